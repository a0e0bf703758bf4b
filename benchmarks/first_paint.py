"""First paint: our map over a whole city against an empty page and against folium's own way.

Run on a database filled by ``python -m etl demo --scale city`` (see README.md beside this file)::

    python -m benchmarks.first_paint

Four servers take turns with a cold browser each time: an empty Streamlit page, one with an empty
folium map, the same buildings drawn by ``folium.GeoJson`` (20,000 of them, Leaflet from our own
host so that nothing waits for the internet), and our overview with all its panels. A map counts as
painted when its features are on the screen, not when its frame is.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parent
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DONE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
IN_MAP_FRAME = "[...document.querySelectorAll('iframe')].some(f => {{ {body} }})"


@dataclass(frozen=True)
class Contestant:
    """One page: how to serve it, and the JavaScript that says it is painted."""

    name: str
    command: list[str]
    painted: str
    health: str


def contestants(port: int, buildings: int) -> list[Contestant]:
    """List the pages compared, each served on `port` in its turn."""
    peer = [sys.executable, str(HERE / "peers" / "serve.py"), str(port)]
    drawn = "return f.contentDocument?.querySelector('.leaflet-map-pane') !== null"
    paths = f"return f.contentDocument?.querySelectorAll('path').length >= {buildings}"
    ours = "return f.contentWindow?.wangge?.painted?.() === true"
    return [
        Contestant("empty Streamlit page", [*peer, "empty.py"], DONE, "/_stcore/health"),
        Contestant(
            "empty folium map",
            [*peer, "geojson.py", "0"],
            IN_MAP_FRAME.format(body=drawn),
            "/_stcore/health",
        ),
        Contestant(
            f"folium.GeoJson, {buildings:,} buildings",
            [*peer, "geojson.py", str(buildings)],
            IN_MAP_FRAME.format(body=paths),
            "/_stcore/health",
        ),
        Contestant(
            "Wangge Atlas overview",
            [sys.executable, "-m", "dashboard", "serve", "--port", str(port)],
            IN_MAP_FRAME.format(body=ours),
            "/readyz",
        ),
    ]


def free_port() -> int:
    """Ask the system for a port nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(page: Contestant, port: int) -> Iterator[None]:
    """Serve one contestant until the block ends."""
    process = subprocess.Popen(page.command, cwd=HERE.parent, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}{page.health}")
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)


def wait_for(url: str, seconds: float = 60.0) -> None:
    """Wait until something answers at `url`.

    Raises
    ------
    TimeoutError
        If nothing does.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
            return
        time.sleep(0.2)
    message = f"nothing answers at {url}"
    raise TimeoutError(message)


def seconds_to_paint(url: str, painted: str, chromium: str) -> float:
    """Open `url` in a cold browser and time from navigation to painted."""
    folder = tempfile.mkdtemp()
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder,
                executable_path=chromium,
                args=CHROMIUM_ARGS,
                viewport={"width": 1366, "height": 768},
            )
            page = context.new_page()
            started = time.perf_counter()
            page.goto(url, wait_until="commit")
            _until(page, painted)
            elapsed = time.perf_counter() - started
            context.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return elapsed


def _until(page: Page, painted: str) -> None:
    page.wait_for_function(painted, timeout=180_000, polling=20)


def measure(runs: int, buildings: int, query: str, chromium: str) -> dict[str, list[float]]:
    """Time every contestant `runs` times, after one warm-up of its server."""
    port = free_port()
    times: dict[str, list[float]] = {}
    for page in contestants(port, buildings):
        url = f"http://127.0.0.1:{port}/" + (query if "dashboard" in page.command else "")
        with served(page, port):
            seconds_to_paint(url, page.painted, chromium)
            times[page.name] = [seconds_to_paint(url, page.painted, chromium) for _ in range(runs)]
    return times


def main() -> None:
    """Print a Markdown table: seconds (median, min–max) and the ratio to the empty page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--buildings", type=int, default=20_000)
    parser.add_argument("--query", default="", help="URL state of the overview, for instance ?z=15")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    given = parser.parse_args()
    times = measure(given.runs, given.buildings, given.query, given.chromium)
    base = statistics.median(next(iter(times.values())))
    print("| page | seconds, median (min–max) | ÷ empty page |\n|---|---|---|")
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        spread = f"{min(seconds):.2f}–{max(seconds):.2f}"
        print(f"| {name} | {middle:.2f} ({spread}) | {middle / base:.2f} |")


if __name__ == "__main__":
    main()
