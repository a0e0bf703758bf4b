"""Command line of the dashboard: ``python -m dashboard serve`` and ``brief``."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from geo import settings, words
from geo.errors import N_, PortTakenError, SettingError, WanggeError
from geo.words import _, explain

if TYPE_CHECKING:
    from dashboard.briefing import command

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)

_GRACE_S = 2
"""Seconds open connections get to finish."""


@app.callback()
def main() -> None:
    """Run the dashboard of 网格一张图."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 0,
    check: Annotated[bool, typer.Option("--check", help="Only see if the port is free.")] = False,
) -> None:
    """Serve the dashboard until Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    try:
        wanted = settings.server()
        words.speak(settings.language().language)
        if check:
            listen(host or wanted.host, port or wanted.port).close()
            return
        _serve(host or wanted.host, port or wanted.port)
    except WanggeError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        pass
    typer.echo(_("Stopped."))


def _serve(host: str, port: int) -> None:
    """Take the port, open the store, serve, close everything."""
    with listen(host, port) as listener:
        import uvicorn

        from dashboard import server
        from geo.store.engine import close_engine

        _check_store()
        signal.signal(signal.SIGTERM, _stop)
        running = uvicorn.Config(
            server.make_app(host=host, port=port),
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        try:
            server.Announcing(running, lambda: _announce(host, port)).run(sockets=[listener])
        finally:
            close_engine()


def _check_store() -> None:
    """Open the store before anything is promised.

    Raises
    ------
    StoreError
        If it cannot be opened, or its tables are of another version.
    """
    from geo.errors import StoreVersionError
    from geo.store import migrate
    from geo.store.engine import close_engine, engine

    with engine().connect() as connection:
        if migrate.is_current(connection):
            return
    close_engine()
    raise StoreVersionError(
        N_(
            "The database does not have the tables of this version yet. "
            "Run “python -m geo migrate” first."
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything slow is started.

    Raises
    ------
    PortTakenError
        If another program has it.
    SettingError
        If the address is not one of this machine's, or the port is reserved.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and each answer waits 40 ms.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen(1)
    except OSError as error:
        taken.close()
        raise _cannot_listen(error, host, port) from error
    return taken


def _cannot_listen(error: OSError, host: str, port: int) -> WanggeError:
    if error.errno == errno.EADDRINUSE:
        return PortTakenError(
            N_(
                "Port {port} is taken by another program, perhaps an earlier start of this one. "
                "Stop that, or choose another: “python -m dashboard serve --port {other}”."
            ),
            port=port,
            other=port + 1 if port < 65535 else 8501,  # noqa: PLR2004 - the last port there is
        )
    if error.errno == errno.EACCES:
        return SettingError(
            N_("Port {port} needs rights this user does not have. Choose one above 1023."),
            port=port,
        )
    return SettingError(
        N_("“{host}” is not an address of this computer. Use 127.0.0.1, or 0.0.0.0 for all."),
        host=host,
    )


def _announce(host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    typer.echo(_("Ready: {address}", address=f"http://{shown}:{port}"))
    typer.echo(_("Ctrl-C stops it."))
    sys.stdout.flush()


@app.command()
def brief(  # noqa: PLR0913, PLR0917 - each option is a parameter
    out: Annotated[Path, typer.Option(help="Folder the files are written into.")],
    community: Annotated[
        str, typer.Option(help="Code, 12 digits, or all for a whole street. Empty: every one.")
    ] = "",
    street: Annotated[str, typer.Option(help="Code, 9 digits.")] = "",
    kind: Annotated[str, typer.Option(help="view, monthly, sheets, wall, set, …")] = "view",
    each: Annotated[str, typer.Option(help="communities or grids: one file of each.")] = "",
    frame: Annotated[list[str] | None, typer.Option(help="Size; may be repeated.")] = None,
    ending: Annotated[str, typer.Option("--format", help="png, pdf, …; else as usual.")] = "",
    period: Annotated[str, typer.Option(help="30d, month, quarter or year.")] = "",
    month: Annotated[str, typer.Option(help="Of a monthly report, YYYY-MM. Empty: last.")] = "",
    ind: Annotated[str, typer.Option(help="Indicator the map shows.")] = "",
    grid: Annotated[str, typer.Option(help="Code of a chosen grid.")] = "",
    plan: Annotated[str, typer.Option(help="Number of a plan. Empty: the one in force.")] = "",
    view: Annotated[str, typer.Option(help="Part of a page, as in its address.")] = "",
    layers: Annotated[str, typer.Option(help="Layers, as in a page's address.")] = "",
    mode: Annotated[str, typer.Option(help="Colour of buildings, as in a page's address.")] = "",
    lang: Annotated[str, typer.Option(help="zh or en.")] = "",
    by: Annotated[str, typer.Option(help="Who makes it; printed at the foot.")] = "command",
) -> None:
    """Write briefings as files, with a line about each; exit 1 where one could not be made."""
    # Outside its server, Streamlit warns of every answer it keeps; our errors are told below.
    logging.disable(logging.WARNING)
    from dashboard.briefing import command
    from geo.store.engine import close_engine

    asked = {
        "community": community,
        "street": street,
        "period": period,
        "month": month,
        "ind": ind,
        "grid": grid,
        "plan": plan,
        "view": view,
        "layers": layers,
        "mode": mode,
        "lang": lang,
    }
    given = {key: value for key, value in asked.items() if value}
    try:
        words.speak(lang or settings.language().language)
        _check_store()
        task = command.Task(kind, given, frame or (), ending, each, out, by)
        good = [_told(line) for line in command.write(task)]
        if not all(good):
            raise typer.Exit(1)
    except WanggeError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(1) from error
    finally:
        close_engine()


def _told(line: command.Line) -> bool:
    """Print a line of the log; say whether the file is there."""
    typer.echo(line.text, err=not line.good)
    return line.good


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(app())
