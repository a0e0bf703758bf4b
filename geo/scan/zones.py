"""What a scan looks at: circles around every place, and windows of time.

A circle around a place grows from one neighbour to the next; neighbours at the same distance enter
together, so that a circle is all places within its radius and nothing depends on the order of rows.
A circle stops growing before it would hold more than the largest share, or reach further than the
largest radius.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SAME_M = 1e-6
"""Distances that differ by less than a micrometre are the same one: coordinates of some million
metres are no more exact than that."""

_SHARE_SLACK = 1e-12
"""Half of the people is half of them, however the sum was rounded."""


class Places(NamedTuple):
    """Where rows lie, each place once, in an order that does not depend on that of the rows."""

    xy: Floats
    """Coordinates (places, 2) in metres."""
    of_row: Ints
    """Place of each row."""


class Windows(NamedTuple):
    """Windows of time, all that are looked at, with both ends included."""

    first: Ints
    last: Ints

    def sums(self, by_step: Floats) -> Floats:
        """Sum each window of a table whose columns are the steps of the period."""
        until = np.zeros((len(by_step), by_step.shape[1] + 1))
        np.cumsum(by_step, axis=1, out=until[:, 1:])
        summed: Floats = until[:, self.last + 1] - until[:, self.first]
        return summed


@dataclass(frozen=True)
class Circles:
    """All circles: those around place i are beginnings of ``member[start[i]:start[i + 1]]``."""

    start: Ints
    member: npt.NDArray[np.int32]
    """Places from near to far."""
    ends: Bools
    """Whether a circle ends with this member; otherwise the next is as near."""

    def around(self, centre: int) -> slice:
        """Members around `centre`."""
        return slice(int(self.start[centre]), int(self.start[centre + 1]))

    @property
    def count(self) -> int:
        """Number of circles."""
        return int(self.ends.sum())


def places_of(xy: Floats) -> Places:
    """Put rows with the same coordinates together."""
    if not len(xy):
        return Places(xy, np.zeros(0, dtype=np.int64))
    places, of_row = np.unique(xy, axis=0, return_inverse=True)
    return Places(places, of_row.reshape(-1).astype(np.int64))


def windows_of(steps: int, longest: int, *, prospective: bool) -> Windows:
    """List the windows of at most `longest` steps, the short ones first.

    Parameters
    ----------
    steps
        Number of steps of the period.
    longest
        Most steps of a window.
    prospective
        Only windows that end with the last step.
    """
    first: list[int] = []
    last: list[int] = []
    for length in range(1, longest + 1):
        ends = range(steps - 1 if prospective else length - 1, steps)
        first.extend(end - length + 1 for end in ends)
        last.extend(ends)
    return Windows(np.array(first, dtype=np.int64), np.array(last, dtype=np.int64))


def circles_of(xy: Floats, share: Floats, max_share: float, max_radius_m: float | None) -> Circles:
    """Grow the circles around every place.

    Parameters
    ----------
    xy
        Places (n, 2) in metres, each once.
    share
        Share of the people (or cases) at each, summing to 1.
    max_share
        No circle holds more than this share.
    max_radius_m
        No circle reaches further than this.
    """
    start, members, ends = [0], [], []
    for near, away in _neighbours(xy, max_radius_m):
        last = np.append(np.diff(away) > SAME_M, max_radius_m is not None or len(near) == len(xy))
        full = np.cumsum(share[near]) <= max_share + _SHARE_SLACK
        inside = np.flatnonzero(last & full)
        size = int(inside[-1]) + 1 if len(inside) else 0
        members.append(near[:size].astype(np.int32))
        ends.append(last[:size])
        start.append(start[-1] + size)
    return Circles(
        np.array(start, dtype=np.int64),
        np.concatenate([np.zeros(0, dtype=np.int32), *members]),
        np.concatenate([np.zeros(0, dtype=np.bool_), *ends]),
    )


def _neighbours(xy: Floats, max_radius_m: float | None) -> Iterator[tuple[Ints, Floats]]:
    """Each place's neighbours from near to far, itself first, with their distances."""
    everybody = np.arange(len(xy), dtype=np.int64)
    tree = None if max_radius_m is None else cKDTree(xy)
    for at in xy:
        near = everybody
        if tree is not None:
            reach = float(max_radius_m or 0.0) + SAME_M
            near = np.sort(np.array(tree.query_ball_point(at, reach), dtype=np.int64))
        away = np.hypot(*(xy[near] - at).T)
        order = np.argsort(away, kind="stable")
        yield near[order], away[order]
