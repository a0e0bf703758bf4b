"""Find the best zone of every centre, and the largest ratio of every simulated map.

A simulated map is only asked for its largest ratio, so of all its zones only those matter which can
beat the largest found so far. For a count that is decided by comparing whole numbers: `Bar` turns
the ratio to beat into a least count per zone. Counts of many maps stand side by side in a row per
place, and a circle's counts are those of the next smaller one plus a row. The result is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geo.scan.likelihood import LLR_DIGITS, Bar, sided
from geo.scan.zones import Circles, Floats, Ints, Windows

Counts = npt.NDArray[Any]
"""Counts (places, windows, maps), int16 or int32."""

Told = Callable[[float], None]
Draw = Callable[[int], Counts]
"""Draws so many maps of pure chance."""

_ROW = 1 << 12
"""Counts in a row, about: small enough that a centre's rows stay in the processor's cache."""

_ABREAST = 64
"""Fewest maps side by side: a window's counts are compared in one go."""

_BUFFER = 1 << 19
"""Counts of a centre's circles that are compared at once."""

_MAPS_BYTES = 1 << 26
"""Most memory for drawn maps."""

_STEP = 0.25
"""The bar is raised by steps of this much."""

_WARM_UP = 16
"""Every sixteenth centre goes first: the bar is high before most circles are looked at."""


@dataclass(frozen=True)
class Task:
    """What is scanned.

    Attributes
    ----------
    circles, windows
        The zones.
    expected
        Cases that chance puts at each place in each window (places, windows).
    total
        Cases in all.
    sides
        "high", "low" or "both".
    """

    circles: Circles
    windows: Windows
    expected: Floats
    total: int
    sides: str

    def inside(self, members: slice) -> Floats:
        """Sum what chance puts into the circles that end with each of `members`, by window."""
        return np.cumsum(self.expected[self.circles.member[members]], axis=0)

    @property
    def largest_expected(self) -> float:
        """Expected cases of the zone with most."""
        largest = self.expected.max(axis=1, initial=0.0)
        around = (self.circles.around(centre) for centre in range(len(largest)))
        sums = (float(largest[self.circles.member[members]].sum()) for members in around)
        return max(sums, default=0.0)

    @property
    def dtype(self) -> npt.DTypeLike:
        """Whole numbers that hold every count, and one more."""
        return np.int16 if self.total < np.iinfo(np.int16).max else np.int32


class Best(NamedTuple):
    """The best zone around a centre."""

    llr: float
    centre: int
    size: int
    """Places in the circle."""
    window: int
    cases: int
    expected: float


def best_zones(task: Task, counts: Counts) -> list[Best]:
    """Find the best zone around every centre that has one, in the order of centres.

    Of equals it is the smallest circle, then the shortest window, then the earliest.

    Parameters
    ----------
    task
        What is scanned.
    counts
        Observed cases (places, windows).
    """
    found = []
    for centre in range(len(task.circles.start) - 1):
        members = task.circles.around(centre)
        if members.start == members.stop:
            continue
        cases = np.cumsum(counts[task.circles.member[members]], axis=0, dtype=np.float64)
        expected = task.inside(members)
        ratios = sided(cases, expected, task.total, task.sides)
        ratios[~task.circles.ends[members]] = 0.0
        rounded = ratios.round(LLR_DIGITS)
        size, window = np.unravel_index(np.argmax(rounded), rounded.shape)
        at = int(size), int(window)
        if rounded[at] > 0.0:
            found.append(
                Best(
                    float(ratios[at]), centre, at[0] + 1, at[1], int(cases[at]), float(expected[at])
                )
            )
    return found


def simulated_maxima(task: Task, draw: Draw, simulations: int, told: Told) -> Floats:
    """Draw maps of pure chance and find the largest ratio of each.

    Parameters
    ----------
    task
        What is scanned.
    draw
        Draws so many maps; called again and again.
    simulations
        Number of maps.
    told
        Hears the share done; what it raises comes through.
    """
    maxima = np.zeros(simulations)
    if not task.total or not task.circles.count:
        return maxima
    largest = task.largest_expected

    @cache
    def bar(steps: int) -> Bar:
        return Bar(steps * _STEP, largest, task.total)

    for first in range(0, simulations, maps_at_once(task)):
        block = maxima[first : first + maps_at_once(task)]
        told(first / simulations)
        sweep = _Sweep(task, draw(len(block)), block, bar)
        for share in sweep.run():
            told((first + share * len(block)) / simulations)
    return maxima


def maps_at_once(task: Task) -> int:
    """How many maps stand side by side."""
    windows, places = len(task.windows.first), len(task.expected)
    room = _MAPS_BYTES // (np.dtype(task.dtype).itemsize * windows * max(places, 1))
    return max(1, min(max(_ROW // windows, _ABREAST), room))


class _Sweep:
    """One pass over all circles with some maps; raises `best`, the largest ratio of each map."""

    def __init__(self, task: Task, counts: Counts, best: Floats, bar: Callable[[int], Bar]) -> None:
        self._task, self._best, self._bars = task, best, bar
        self._rows = list(counts.reshape(len(counts), -1))
        self._shape = counts.shape[1:]
        width = max(1, counts[0].size)
        self._buffer = np.zeros((max(1, _BUFFER // width) + 1, width), dtype=counts.dtype)
        self._lines = list(self._buffer)
        self._bar = bar(0)

    def run(self) -> Iterator[float]:
        """Look at every circle; yields the share done now and then."""
        centres = len(self._task.circles.start) - 1
        turn = [c for begin in range(_WARM_UP) for c in range(begin, centres, _WARM_UP)]
        for number, centre in enumerate(turn, 1):
            self._look(self._task.circles.around(centre))
            self._bar = self._bars(int(self._best.min() / _STEP))
            if number % _WARM_UP == 0:
                yield number / centres

    def _look(self, members: slice) -> None:
        """Sum the rows up from near to far, a buffer at a time, and compare."""
        task, lines = self._task, self._lines
        expected = task.inside(members)
        places = task.circles.member[members].tolist()
        ends = task.circles.ends[members]
        lines[0][:] = 0
        for first in range(0, len(places), len(lines) - 1):
            some = places[first : first + len(lines) - 1]
            for line, place in enumerate(some):
                np.add(lines[line], self._rows[place], out=lines[line + 1])
            part = slice(first, first + len(some))
            self._compare(len(some), expected[part], ends[part])
            lines[0][:] = lines[len(some)]

    def _compare(self, size: int, expected: Floats, ends: npt.NDArray[np.bool_]) -> None:
        """Compute the ratios of the zones whose counts reach the bar."""
        cases = self._buffer[1 : size + 1].reshape(size, *self._shape)
        if self._task.sides != "low":
            least = self._bar.least(expected)
            least[~ends] = self._task.total + 1
            self._evaluate(cases, cases >= least.astype(cases.dtype)[:, :, None], expected)
        if self._task.sides != "high":
            most = self._bar.most(expected)
            most[~ends] = -1
            self._evaluate(cases, cases <= most.astype(cases.dtype)[:, :, None], expected)

    def _evaluate(self, cases: Counts, reached: npt.NDArray[np.bool_], expected: Floats) -> None:
        hits: Ints = np.flatnonzero(reached)
        if len(hits):
            zone, drawn = np.divmod(hits, self._shape[1])
            counts = cases.reshape(-1)[hits].astype(np.float64)
            means = expected.reshape(-1)[zone]
            ratios = sided(counts, means, self._task.total, self._task.sides)
            np.maximum.at(self._best, drawn, ratios)
