"""The ASGI application: Streamlit, our routes beside it, one gate before both.

``uvicorn dashboard.server:app`` works; ``python -m dashboard serve`` says more when something is
wrong. Streamlit reads its configuration from the current folder and, under a foreign server, most
of its environment variables not at all, so everything that matters is set here.
"""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import secrets
import socket
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit import config

import dashboard
from dashboard import routes
from dashboard.backend import Backend
from dashboard.gate import Gate, Names
from geo import settings
from geo.errors import N_, StoreUnreachableError, WanggeError
from geo.store import engine as store_engine
from geo.words import _, explain

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "app.py"
THEME_FILES = (HERE / ".streamlit" / "config.toml", settings.PROJECT_DIR / ".streamlit/config.toml")
"""Where our look is described; the first that exists is read."""

OPTIONS: Mapping[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "global.developmentMode": False,
    "runner.postScriptGC": False,
    "server.enableStaticServing": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.runOnSave": False,
}
"""Set whatever a file says. ``server.trustedUserHeaders`` must join them with the sign-in: without
it Streamlit takes every viewer for the same one, and who presents a session id gets the session."""

_LOG = logging.getLogger("wangge.server")
_open: list[Backend] = []


def backend() -> Backend:
    """Return the running server's backend.

    Raises
    ------
    StoreUnreachableError
        Before it has started.
    """
    if not _open:
        raise StoreUnreachableError(N_("The server is still starting. Try again in a moment."))
    return _open[0]


def make_app(script: Path = SCRIPT, host: str = "", port: int = 0) -> st.App:
    """Make the application.

    Parameters
    ----------
    script
        The Streamlit page script.
    host, port
        Where it will listen; empty: as the settings say.
    """
    wanted = settings.server()
    configure(host or wanted.host, port or wanted.port)
    return st.App(
        script,
        routes=routes.build(backend),
        middleware=[Middleware(Gate, names=Names.of(host or wanted.host))],
        lifespan=_lifespan,
        on_script_error=say_sorry,
    )


def configure(host: str, port: int) -> None:
    """Set Streamlit's options: our look from its file, then what we insist on."""
    path = next((path for path in THEME_FILES if path.is_file()), None)
    look = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
    for key, value in (*_flat(look), *OPTIONS.items()):
        config.set_option(key, value)
    config.set_option("server.address", host)
    config.set_option("server.port", port)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield ``section.key`` and value of a configuration file."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the store, load everything, freeze it; close the store at the end."""
    engine = await anyio.to_thread.run_sync(store_engine.engine)
    opened = Backend(engine, settings.server().assets_dir)
    _open.append(opened)
    await anyio.to_thread.run_sync(_settle)
    try:
        yield
    finally:
        _open.remove(opened)
        opened.close()
        # Shielded: a second Ctrl-C must not leave the database running.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(store_engine.close_engine)


def _settle() -> None:
    """Import what the first page would, then keep it out of every later garbage collection.

    With a hundred sessions a rerun went from ten seconds to forty milliseconds.
    """
    # streamlit-folium looks for a page when it is imported; here there is none, and that is fine.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel("ERROR")
    skipped = (f"{dashboard.__name__}.app", f"{dashboard.__name__}.__main__")
    for found in pkgutil.walk_packages(dashboard.__path__, f"{dashboard.__name__}."):
        if found.name not in skipped:
            importlib.import_module(found.name)
    gc.collect()
    gc.freeze()


def say_sorry(error: Exception) -> bool:
    """Show a page's failure as a sentence; the details go to the log under a number.

    Returns
    -------
    bool
        True: Streamlit need not show it as well.
    """
    if isinstance(error, WanggeError):
        st.error(explain(error), icon=":material/error:")
        return True
    number = secrets.token_hex(3).upper()
    _LOG.error("error %s", number, exc_info=error)
    st.error(
        _("**This page failed; nothing was changed.** Number {number}.", number=number),
        icon=":material/error:",
    )
    st.button(_("Try again"), key=f"retry-{number}")
    return True


class Announcing(uvicorn.Server):
    """A server that says when it really answers.

    Parameters
    ----------
    configuration
        What to serve.
    ready
        Called once, after the application has started.
    """

    def __init__(self, configuration: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(configuration)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def __getattr__(name: str) -> st.App:
    """Make ``app`` when a server asks for it, so that importing this module does nothing."""
    if name == "app":
        return _the_app()
    raise AttributeError(name)


def _the_app() -> st.App:
    made = make_app()
    globals()["app"] = made
    return made
