"""Take the pictures in the README: pages of the demo, in Chinese, 1366 x 768, and the wall.

::

    python scripts/screenshot.py [FOLDER]        # default docs/

The demo is loaded into a database of its own under build/, so whoever has real data here keeps
them. Needs Chromium or Google Chrome.
"""

from __future__ import annotations

import contextlib
import io
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

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZE = (1366, 768)
COLORS = 256
WALL = (1920, 1080)
DATA = ROOT / "build" / "screenshot-data"
START_S = 60
PAINT_MS = 60_000
SCAN_MS = 300_000
COMMUNITY = "530111007001"
BUSY = "350102001002"
"""The community with most tickets."""

DRAFT = "2026 秋季调整"
TARGET = "031"
POLYGON = ((352, 436), (402, 436), (402, 480), (352, 480))
"""Corners of what is drawn, pixels of the map."""

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


@contextlib.contextmanager
def opened() -> Iterator[Page]:
    """Give an empty page of a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_ARGS)
        yield browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, locale="zh-CN")
        browser.close()


def settle(page: Page) -> None:
    """Wait until the page has run and every tile is painted."""
    page.wait_for_function(PAINTED, timeout=PAINT_MS)
    page.wait_for_function(SETTLED, timeout=PAINT_MS)
    page.wait_for_function(PAINTED, timeout=PAINT_MS)


def keep_small(png: bytes, target: Path) -> None:
    """Keep a large picture with few colours, not smoothed into each other."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLORS, dither=Image.Dither.NONE).save(target, optimize=True)


def shoot_overview(page: Page, base: str, target: Path) -> None:
    """Keep the picture of the overview."""
    page.goto(base)
    settle(page)
    page.screenshot(path=target)


def shoot_coverage(page: Page, base: str, target: Path) -> None:
    """Keep the picture of the norms kept and broken."""
    page.goto(f"{base}/coverage?community={COMMUNITY}")
    settle(page)
    page.screenshot(path=target)


def shoot_hotspots(page: Page, base: str, target: Path) -> None:
    """Look for clusters, and keep the picture of what was found."""
    page.goto(f"{base}/hotspots?community={BUSY}&method=scan")
    page.locator(".st-key-scan_start button").click()
    page.locator(".st-key-hotspots_found").wait_for(timeout=SCAN_MS)
    settle(page)
    page.screenshot(path=target)


def shoot_screen(page: Page, base: str, target: Path) -> None:
    """Keep the picture of the wall, in the size its type is set for."""
    page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    page.goto(f"{base}/?mode=screen&every=600&community={COMMUNITY}&embed_options=dark_theme")
    settle(page)
    page.locator(".wg-swatch").first.wait_for()
    keep_small(page.screenshot(), target)


def shoot_briefing(page: Page, base: str, target: Path) -> None:
    """Keep a briefing, as the page's button makes it."""
    asked = f"frame=slide&community={COMMUNITY}&layers=ticket,label&lang=zh"
    made = page.request.get(f"{base}/export/brief/view.png?{asked}")
    keep_small(made.body(), target)


def shoot_drawing(page: Page, base: str, target: Path) -> None:
    """Draw on a suggestion and keep the picture of the preview."""
    suggest = ["-m", "geo", "plan", "suggest", "--community", COMMUNITY, "--name", DRAFT]
    subprocess.run([sys.executable, *suggest], env=demo_environment(), check=True, cwd=ROOT)
    page.goto(f"{base}/draw?community={COMMUNITY}")
    settle(page)
    page.locator("button.row", has_text=TARGET).click()
    page.wait_for_timeout(1000)
    settle(page)
    box = page.locator("iframe[title*='folium']").bounding_box()
    assert box is not None  # noqa: S101 - the map is there: it was painted
    for x, y in POLYGON:
        page.mouse.click(box["x"] + x, box["y"] + y)
        page.wait_for_timeout(350)
    page.keyboard.press("Enter")
    page.locator(".st-key-confirm button").wait_for()
    settle(page)
    page.mouse.move(box["x"] + 600, box["y"] + 5)
    page.screenshot(path=target)


SHOTS = {
    "screenshot.png": shoot_overview,
    "coverage.png": shoot_coverage,
    "hotspots.png": shoot_hotspots,
    "screen.png": shoot_screen,
    "briefing.png": shoot_briefing,
    "drawing.png": shoot_drawing,
}


def main() -> None:
    """Take the pictures and say where they are."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"
    find_browser()
    with served() as base:
        for name, shoot in SHOTS.items():
            with opened() as page:
                shoot(page, base, folder / name)
            print(f"{folder / name}: {(folder / name).stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
