"""Memory of the server while somebody pans and zooms for five minutes.

    python -m benchmarks.panning --seconds 300

The browser drags the overview's map about, zooms in and out and switches point layers; every second
the resident memory of the server process is read. The database's processes are not counted.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.first_paint import CHROMIUM_ARGS, free_port, wait_for

MIB = 1024 * 1024
LAYERS = ("label", "ticket,facility", "elderly,party_household", "ticket,unit,label")


def resident_bytes(pid: int) -> int:
    """Read a process's resident memory from the kernel."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def pan(page: Page, random_: random.Random) -> None:
    """Drag the map once, and sometimes zoom."""
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    if random_.random() < 0.3:
        page.mouse.wheel(0, random_.choice([-240, 240]))
    page.mouse.down()
    page.mouse.move(x + random_.uniform(-300, 300), y + random_.uniform(-180, 180), steps=6)
    page.mouse.up()
    page.wait_for_timeout(350)


def measure(seconds: float, chromium: str) -> list[int]:
    """Pan for `seconds`; return resident bytes of the server, about one sample a second."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--port", str(port)], start_new_session=True
    )
    samples = []
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            random_ = random.Random(7)  # noqa: S311 - a repeatable walk
            end = time.monotonic() + seconds
            for layers in itertools.cycle(LAYERS):
                page.goto(f"http://127.0.0.1:{port}/?layers={layers}")
                page.wait_for_selector("iframe", timeout=60_000)
                page.wait_for_timeout(2000)
                stage = min(end, time.monotonic() + seconds / len(LAYERS))
                while time.monotonic() < stage:
                    pan(page, random_)
                    samples.append(resident_bytes(server.pid))
                if time.monotonic() >= end:
                    break
            browser.close()
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=30)
    return samples


def main() -> None:
    """Print one Markdown row: seconds, samples, first, last and highest resident memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    given = parser.parse_args()
    samples = [size / MIB for size in measure(given.seconds, given.chromium)]
    print("| seconds | pans | first MiB | last MiB | highest MiB |\n|---|---|---|---|---|")
    print(
        f"| {given.seconds:.0f} | {len(samples)} | {samples[0]:.0f} | {samples[-1]:.0f}"
        f" | {max(samples):.0f} |"
    )


if __name__ == "__main__":
    main()
