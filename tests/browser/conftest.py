"""The real server on the demo data, and a real browser that tells on every request and error."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    sync_playwright,
)

ARTEFACTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PAINTED = """() => [...document.querySelectorAll('iframe')]
    .some(frame => frame.contentWindow?.wangge?.painted?.() === true)"""
SETTLED = """() => document.querySelector('[data-testid=stApp]')
    ?.dataset.testScriptState === 'notRunning'"""


@dataclass
class Watched:
    """A page, and what it did behind the user's back."""

    page: Page
    base: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> None:
        """Open the overview in a state and wait for its painted map."""
        self.page.goto(f"{self.base}/{query}")
        self.painted()

    def painted(self) -> None:
        """Wait until the script has run and every visible tile is on the screen."""
        self.page.wait_for_function(SETTLED, timeout=60_000)
        self.page.wait_for_function(PAINTED, timeout=60_000)

    def shot(self, name: str) -> Path:
        """Keep a screenshot for people to look at; outside git."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path)
        return path

    def in_map(self, script: str) -> object:
        """Evaluate JavaScript inside the map's frame."""
        frame = self.page.frame_locator("iframe[title*='folium']").owner.element_handle()
        content = frame.content_frame()
        assert content is not None
        return content.evaluate(script)

    def assert_quiet(self) -> None:
        """Fail on any request that left the host, any failed one, and any console error."""
        assert self.foreign == []
        assert self.failed == []
        assert self.errors == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{base}/readyz", timeout=2).close()  # noqa: S310 - our own
            return
        time.sleep(0.2)
    pytest.fail("the dashboard did not become ready")


@pytest.fixture(scope="session")
def server(demo_url: str) -> Iterator[str]:
    """Serve the demo database; to be read only."""
    with served(demo_url) as base:
        yield base


@contextlib.contextmanager
def served(url: str) -> Iterator[str]:
    """Serve a database as a user would, on a free port."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--port", str(port)],
        env=os.environ | {"WANGGE_DATABASE_URL": url},
        start_new_session=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(base, process)
        yield base
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="module")  # its event loop must be gone when other modules start theirs
def browser() -> Iterator[Browser]:
    """Start the system's Chromium once."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine: run `scripts/setup.sh test`")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield opened
        opened.close()


@pytest.fixture
def watched(server: str, browser: Browser) -> Iterator[Watched]:
    """Open an empty page that records foreign requests, failures and console errors."""
    with watching(browser, server) as seen:
        yield seen


@contextlib.contextmanager
def watching(browser: Browser, base: str) -> Iterator[Watched]:
    """Open an empty page of a server that records what it does behind the user's back."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    seen = Watched(context.new_page(), base)
    host = urlsplit(base).hostname

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != host:
            seen.foreign.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not _probe(message.location.get("url", "")):
            seen.errors.append(message.text)

    def on_response(response: Response) -> None:
        if response.status >= 400 and not _probe(response.url):
            seen.failed.append(f"{response.status} {response.url}")

    context.on("request", on_request)
    context.on("response", on_response)
    seen.page.on("console", on_console)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    yield seen
    context.close()


def _probe(url: str) -> bool:
    """Tell whether Streamlit asks below a page's own path where its server is; it is not there."""
    path = urlsplit(url).path
    return "/_stcore/" in path and not path.startswith("/_stcore/")
