"""Briefings: a picture of *this view* against a screenshot of the same page.

Run on a database filled by ``python -m etl demo``::

    python -m benchmarks.briefing

One server answers both. The peer is what people do without briefings: a headless browser starts
cold, opens the overview at the size of the slide, waits until the map is painted, and takes a
screenshot. Ours is one request to ``/export/brief``, with another indicator each time, so that
nothing set before helps. Before anything is timed, every sentence the browser shows must be in our
PDF of the same address. Wall maps and papers have no such peer; their times stand alone.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from benchmarks.first_paint import CHROMIUM_ARGS, DONE, IN_MAP_FRAME, Contestant, free_port, served

COMMUNITY = "530111007001"
INDICATORS = (
    "households",
    "tickets_per_1000_households",
    "on_time_rate",
    "age60",
    "party_contact_coverage",
    "visits_overdue",
    "alone60",
)
PAINTED = IN_MAP_FRAME.format(body="return f.contentWindow?.wangge?.painted?.() === true")
NUMBERED = (
    "[...document.querySelectorAll('[data-testid=stMarkdown] ol > li')].map(e => e.innerText)"
)
LEAST_RATIO, MOST_S = 3.0, 2.0
POINTS = "ticket,elderly,party_household,label"
"""The layers that count people and tickets: the most there is to draw."""


def fetched(
    base: str, name: str, frame: str, ind: str, layers: str = "label"
) -> tuple[float, bytes]:
    """Ask for a briefing; return seconds and the file."""
    asked = {"community": COMMUNITY, "ind": ind, "layers": layers, "frame": frame, "lang": "zh"}
    query = urlencode(asked)
    began = time.perf_counter()
    with urllib.request.urlopen(f"{base}/export/brief/{name}?{query}") as reply:  # noqa: S310 - our own address
        body = reply.read()
    return time.perf_counter() - began, body


def photographed(
    base: str, ind: str, scale: float, chromium: str, layers: str = "label"
) -> tuple[float, list[str]]:
    """Start a browser, open the page, take its picture; return seconds and the sentences."""
    folder = tempfile.mkdtemp()
    began = time.perf_counter()
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder,
                executable_path=chromium,
                args=CHROMIUM_ARGS,
                viewport={"width": 1920, "height": 1080},
                device_scale_factor=scale,
            )
            page = context.new_page()
            asked = {"community": COMMUNITY, "ind": ind, "layers": layers}
            page.goto(f"{base}/?{urlencode(asked)}")
            for ready in (PAINTED, DONE, PAINTED):
                page.wait_for_function(ready, timeout=180_000, polling=20)
            page.screenshot()
            took_s = time.perf_counter() - began
            sentences = page.evaluate(NUMBERED)
            context.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return took_s, [str(one) for one in sentences]


def same_words(base: str, chromium: str) -> None:
    """See that the page and our PDF say the same, and warm the server up for both."""
    _took, sentences = photographed(base, INDICATORS[0], 1.0, chromium)
    _took, pdf = fetched(base, "view.pdf", "a4", INDICATORS[0])
    printed = "".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
    assert len(sentences) == 3
    for sentence in sentences:
        assert "".join(sentence.split()) in printed, sentence


def timed(call: Callable[[str], float], runs: int) -> list[float]:
    """Time a call with one indicator after the other."""
    return [call(INDICATORS[at % len(INDICATORS)]) for at in range(runs)]


def shown(seconds: list[float]) -> str:
    """Write the median and the spread."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def compare(
    base: str, frame: str, scale: float, given: argparse.Namespace, layers: str = "label"
) -> bool:
    """Print a line for a size that has a peer; tell whether it reaches what it must."""
    ours = timed(lambda ind: fetched(base, "view.png", frame, ind, layers)[0], given.runs)
    theirs = timed(
        lambda ind: photographed(base, ind, scale, given.chromium, layers)[0], given.runs
    )
    ratio = statistics.median(theirs) / statistics.median(ours)
    what = "this view" if layers == "label" else "this view with points"
    print(f"| {what}, PNG, {frame} | {shown(ours)} | {shown(theirs)} | {ratio:.1f} × |")
    return ratio >= LEAST_RATIO and statistics.median(ours) <= MOST_S


def alone(base: str, name: str, frame: str, runs: int) -> None:
    """Print a line for a size that has none."""
    ours = timed(lambda ind: fetched(base, name, frame, ind)[0], runs)
    print(f"| {name}, {frame} | {shown(ours)} | – | – |")


def main() -> int:
    """Print a Markdown table; return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    given = parser.parse_args()
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
    with served(Contestant("Wangge Atlas", command, PAINTED, "/readyz"), port):
        first_s, _body = fetched(base, "view.png", "slide", INDICATORS[0])
        same_words(base, given.chromium)
        print("| what | ours, median (min–max) | cold browser, screenshot | ratio |")
        print("|---|---|---|---|")
        kept = [
            compare(base, "slide", 1.0, given),
            compare(base, "slide", 1.0, given, POINTS),
            compare(base, "slide4k", 2.0, given),
        ]
        for name, frame in (("view.pdf", "a4"), ("wall.pdf", "a1"), ("wall.pdf", "a0")):
            alone(base, name, frame, given.runs)
        print(f"\nThe first briefing of a server just started: {first_s:.2f} s.")
    return 0 if kept[0] and kept[1] else 1


if __name__ == "__main__":
    sys.exit(main())
