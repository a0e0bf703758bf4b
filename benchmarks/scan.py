"""Scan statistics: ours against a plain scan of every map in numpy, and one compiled by numba.

Run ``python -m benchmarks.scan [--peer PYTHON]``. numba is not among our requirements: give the
Python of an environment that has it, or it is left out.

1. Poisson: 1,000 locations in a square of 3 km, 3,000 cases, circles up to half of the people.
2. Space-time permutation: 3,000 addresses in a square of 2.5 km, 10,000 tickets in 90 days, circles
   up to 300 m, windows of 1 to 14 days that end today.

999 simulated maps each. The peers get the circles, the expectations and the same simulated maps
ready-made, and look at every zone of every map: numpy a centre at a time, numba in one loop that
keeps the least expectation of every count, so that it needs no logarithm for a zone. numpy is timed
on a few maps and multiplied. All must find the same largest ratio of each map. Ours is timed with
everything: circles, drawing maps, the observed map, telling clusters. Processor seconds of one
process, which a busy machine stretches less than those on the wall; both are printed.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import numpy as np
import numpy.typing as npt

import geo.scan
from geo.scan import Scan, poisson, space_time_permutation
from geo.scan.likelihood import sided
from geo.scan.search import Counts, Draw, Task, Told, simulated_maxima

Floats = npt.NDArray[np.float64]

MAPS = 999
PLAIN_MAPS = 10
"""Maps numpy is timed on."""

_NUMBA = """
import sys, time
import numba, numpy as np
data = np.load(sys.argv[1])

@numba.njit(fastmath=False)
def scan(start, member, ends, expected, counts, total):
    maps, places, windows = counts.shape
    maxima = np.zeros(maps)
    means = np.zeros(windows)
    cases = np.zeros(windows, np.int64)
    for drawn in range(maps):
        least = np.full(total + 1, np.inf)
        for centre in range(places):
            means[:] = 0.0
            cases[:] = 0
            for number in range(start[centre], start[centre + 1]):
                place = member[number]
                for window in range(windows):
                    cases[window] += counts[drawn, place, window]
                    means[window] += expected[place, window]
                    inside = cases[window]
                    if ends[number] and means[window] < least[inside]:
                        least[inside] = means[window]
        for inside in range(2, total + 1):
            mean = least[inside]
            if mean < inside:
                ratio = inside * np.log(inside / mean)
                if inside < total:
                    ratio += (total - inside) * np.log((total - inside) / (total - mean))
                maxima[drawn] = max(maxima[drawn], ratio)
    return maxima

asked = [data[name] for name in ("start", "member", "ends", "expected")]
counts, total = data["counts"], int(data["total"])
scan(*asked, counts[:1], total)
wall, work = time.perf_counter(), time.process_time()
found = scan(*asked, counts, total)
print(time.process_time() - work, time.perf_counter() - wall)
np.save(sys.argv[1] + ".answer.npy", found)
"""


class Seconds(NamedTuple):
    """What something took."""

    work: float
    wall: float


class Kept(NamedTuple):
    """A scan's task and the maps it drew (places, windows, maps)."""

    task: Task
    counts: Counts


def timed(call: Callable[[], Scan]) -> tuple[Seconds, Scan]:
    """Call once; return what it took and the answer."""
    wall, work = time.perf_counter(), time.process_time()
    answer = call()
    return Seconds(time.process_time() - work, time.perf_counter() - wall), answer


def kept(call: Callable[[], Scan]) -> Kept:
    """Scan once more, keeping what is drawn."""
    tasks: list[Task] = []
    blocks: list[Counts] = []

    def keeping(task: Task, draw: Draw, simulations: int, told: Told) -> Floats:
        def keep(size: int) -> Counts:
            blocks.append(draw(size))
            return blocks[-1].copy()

        tasks.append(task)
        return simulated_maxima(task, keep, simulations, told)

    with mock.patch.object(geo.scan, "simulated_maxima", keeping):
        call()
    return Kept(tasks[0], np.concatenate(blocks, axis=2))


def plain(maps: Kept) -> Floats:
    """Scan the first maps one by one, a centre at a time."""
    task = maps.task
    maxima = np.zeros(PLAIN_MAPS)
    for number in range(PLAIN_MAPS):
        drawn = np.ascontiguousarray(maps.counts[:, :, number]).astype(np.float64)
        for centre in range(len(drawn)):
            members = task.circles.around(centre)
            ends = task.circles.ends[members]
            cases = np.cumsum(drawn[task.circles.member[members]], axis=0)[ends]
            ratios = sided(cases, task.inside(members)[ends], task.total, "high")
            maxima[number] = max(maxima[number], ratios.max(initial=0.0))
    return maxima


def numba(python: str, maps: Kept) -> tuple[Seconds, Floats]:
    """Scan the same maps in the peer's environment."""
    task = maps.task
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "asked.npz"
        np.savez(
            file,
            start=task.circles.start,
            member=task.circles.member,
            ends=task.circles.ends,
            expected=task.expected,
            counts=np.ascontiguousarray(np.moveaxis(maps.counts, 2, 0)),
            total=np.array(task.total),
        )
        told = subprocess.run(
            [python, "-c", _NUMBA, str(file)], check=True, capture_output=True, text=True
        )
        work, wall = map(float, told.stdout.split())
        return Seconds(work, wall), np.load(f"{file}.answer.npy")


def compare(what: str, call: Callable[[], Scan], python: str | None) -> None:
    """Measure one scan and print its line."""
    ours, scan = timed(call)
    maps = kept(call)
    began = time.process_time()
    by_numpy = plain(maps)
    numpy_s = (time.process_time() - began) * MAPS / PLAIN_MAPS
    assert np.allclose(scan.maxima[:PLAIN_MAPS], by_numpy, rtol=0, atol=1e-9)
    cells = [what, f"{scan.zones:,}", f"{ours.work:.1f} s ({ours.wall:.1f} s)"]
    cells.append(f"{numpy_s:.0f} s, {numpy_s / ours.work:.0f} ×")
    if python:
        theirs, by_numba = numba(python, maps)
        assert np.allclose(scan.maxima, by_numba, rtol=0, atol=1e-9)
        ratio = theirs.work / ours.work
        cells.append(f"{theirs.work:.1f} s ({theirs.wall:.1f} s), {ratio:.2f} ×")
    print(f"| {' | '.join([*cells, *['–'] * (5 - len(cells))])} |", flush=True)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python that has numba")
    options = parser.parse_args()
    print("| 999 maps | zones | ours (on the wall) | numpy | numba (on the wall) |")
    print("|---|---|---|---|---|")
    rng = np.random.default_rng(5)
    xy, people = rng.random((1000, 2)) * 3000.0, rng.integers(1, 400, 1000)
    cases = rng.multinomial(3000, people / people.sum())
    compare("Poisson, 1,000 locations", lambda: poisson(cases, people, xy), options.peer)
    addresses, busy = rng.random((3000, 2)) * 2500.0, rng.gamma(0.5, 1.0, 3000)
    location, step = rng.choice(3000, 10_000, p=busy / busy.sum()), rng.integers(0, 90, 10_000)
    compare(
        "permutation, 3,000 addresses, 10,000 tickets, 14 windows",
        lambda: space_time_permutation(
            location, step, addresses, 90, max_radius_m=300.0, max_steps=14, prospective=True
        ),
        options.peer,
    )


if __name__ == "__main__":
    main()
