"""Monthly reports: time and memory of one from nothing, against printing the pages it stands for.

Run on a database filled by ``python -m etl demo``::

    python -m benchmarks.reports

Ours is the command line, started anew each time, as a scheduler would: interpreter, imports,
queries, maps, pages. The peer is what people do without reports: a headless browser starts cold,
opens the overview, the six tabs of workload and coverage and the hot spots, one after the other,
and prints each as PDF, from a server that already runs. Memory is the largest resident set of our
process.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from benchmarks.first_paint import CHROMIUM_ARGS, DONE, Contestant, free_port, served

COMMUNITY = "530111007001"
PAGES = (
    ("", {}),
    *(
        ("coverage", {"view": tab})
        for tab in ("norms", "load", "visits", "party", "services", "trends")
    ),
    ("hotspots", {}),
)
"""What a report stands for: path and query of each page."""

MOST_S, MOST_MB = 8.0, 800.0


def written(kind: str, ending: str, folder: Path) -> tuple[float, bytes]:
    """Make one briefing from the command line; return seconds and the file."""
    command = [sys.executable, "-m", "dashboard", "brief", "--kind", kind, "--format", ending]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--community", COMMUNITY, "--out", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    took_s = time.perf_counter() - began
    (made,) = folder.glob(f"*-{kind}-*.{ending}")
    return took_s, made.read_bytes()


def printed(base: str, chromium: str) -> float:
    """Start a browser, print every page; return seconds."""
    folder = tempfile.mkdtemp()
    began = time.perf_counter()
    try:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                folder, executable_path=chromium, args=CHROMIUM_ARGS
            )
            page = context.new_page()
            for path, query in PAGES:
                page.goto(f"{base}/{path}?{urlencode({'community': COMMUNITY, **query})}")
                page.wait_for_function(DONE, timeout=180_000, polling=20)
                assert page.pdf(format="A4")
            context.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return time.perf_counter() - began


def shown(seconds: list[float]) -> str:
    """Write the median and the spread."""
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f}–{max(seconds):.2f})"


def main() -> int:
    """Print a Markdown table; return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    given = parser.parse_args()
    ours: dict[str, list[float]] = {"pdf": [], "pptx": [], "docx": []}
    pages = 0
    for _run in range(given.runs):
        for ending, times in ours.items():
            with tempfile.TemporaryDirectory() as folder:
                took_s, body = written("monthly", ending, Path(folder))
                times.append(took_s)
                pages = len(PdfReader(io.BytesIO(body)).pages) if ending == "pdf" else pages
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    port = free_port()
    command = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
    with served(Contestant("Wangge Atlas", command, DONE, "/readyz"), port):
        base = f"http://127.0.0.1:{port}"
        printed(base, given.chromium)  # warms the server up
        theirs = [printed(base, given.chromium) for _run in range(given.runs)]
    took_s = statistics.median(ours["pdf"])
    ratio = statistics.median(theirs) / took_s
    print(f"load {os.getloadavg()[0]:.1f}; largest resident set {peak_mb:.0f} MB\n")
    print("| what | ours, from nothing, median (min–max) | cold browser, 8 pages printed | ratio |")
    print("|---|---|---|---|")
    print(
        f"| monthly, PDF, {pages} pages | {shown(ours['pdf'])} | {shown(theirs)} | {ratio:.1f} × |"
    )
    print(f"| monthly, PPTX | {shown(ours['pptx'])} | – | – |")
    print(f"| monthly, DOCX | {shown(ours['docx'])} | – | – |")
    return 0 if took_s <= MOST_S and peak_mb <= MOST_MB else 1


if __name__ == "__main__":
    sys.exit(main())
