"""Take the picture in the README: the overview of the demo, in Chinese, at 1366 x 768.

::

    python scripts/screenshot.py [FILE]        # default docs/screenshot.png

The demo is loaded into a database of its own under build/, so whoever has real data here keeps
them. Needs Chromium or Google Chrome.
"""

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
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = (1366, 768)
DATA = ROOT / "build" / "screenshot-data"
START_S = 60
PAINT_MS = 60_000
PAINTED = """() => [...document.querySelectorAll('iframe')]
    .some(frame => frame.contentWindow?.wangge?.painted?.() === true)"""
SETTLED = """() => document.querySelector('[data-testid=stApp]')
    ?.dataset.testScriptState === 'notRunning'"""


def find_browser() -> str:
    """Return the path of an installed browser, or stop with a sentence."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or sys.exit("No Chromium or Google Chrome here; run scripts/setup.sh test.")


def demo_environment() -> dict[str, str]:
    """Point the product at a database of our own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANGGE_")}
    return kept | {"WANGGE_DATA_DIR": str(DATA)}


def free_port() -> int:
    """Ask the system for a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(base: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers, or stop when it has ended or takes too long."""
    end = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{base}/readyz", timeout=2).close()  # noqa: S310 - our own
            return
        time.sleep(0.2)
    sys.exit("The server did not start; its words are above.")


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve a fresh demo on a free port; gives the address."""
    shutil.rmtree(DATA, ignore_errors=True)  # yesterday's demo may differ
    environment = demo_environment()
    command = [sys.executable, "-m"]
    subprocess.run([*command, "etl", "demo", "--if-empty"], env=environment, check=True, cwd=ROOT)
    port = free_port()
    server = subprocess.Popen(
        [*command, "dashboard", "serve", "--port", str(port)], env=environment, cwd=ROOT
    )
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(base, server)
        yield base
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def shoot(base: str, target: Path) -> None:
    """Open the overview, wait until every tile is painted, keep the picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="zh-CN")
        page.goto(base)
        page.wait_for_function(PAINTED, timeout=PAINT_MS)
        page.wait_for_function(SETTLED, timeout=PAINT_MS)
        page.wait_for_function(PAINTED, timeout=PAINT_MS)
        page.screenshot(path=target)
        browser.close()


def main() -> None:
    """Take the picture and say where it is."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshot.png"
    find_browser()
    with served() as base:
        shoot(base, target)
    print(f"{target}: {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
