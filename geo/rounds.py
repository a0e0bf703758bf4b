"""Rounds: a short walk past a number of places, and how long one through each grid is.

A nearest-neighbour walk is shortened step by step, always by the one change that saves most: two
legs are crossed over (2-opt), or one to three places in a row are put elsewhere (or-opt), until
neither helps. No chance is involved; the same places give the same walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.network import Ways

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

_NEAR = 8
"""Neighbours of a place that are tried first as the next stop."""

_THOROUGH = 150
"""Up to so many places all others are tried as the next stop in the end."""

_SEGMENT = 3
"""Longest row of places put elsewhere together."""

_EPS_M = 1e-7
"""A change that saves less is rounding."""

_TRIVIAL = 4
"""A closed walk past fewer places can only be walked one way round."""


class Tour(NamedTuple):
    """A walk: places in their order, and the way in metres (back to the first when closed)."""

    order: Positions
    length_m: float


def tour(metres: Floats, start: int = 0, *, closed: bool = True) -> Tour:
    """Find a short walk past all places.

    Parameters
    ----------
    metres
        Ways between the places, symmetric and finite, shape (n, n).
    start
        The place the walk begins at.
    closed
        Whether it returns there; else it ends anywhere.

    Raises
    ------
    ValueError
        If a place cannot be reached from another.
    """
    if not np.isfinite(metres).all():
        message = "a walk needs ways between all its places"
        raise ValueError(message)
    if len(metres) == 0:
        return Tour(np.empty(0, dtype=np.int64), 0.0)
    order = _closed(metres, start) if closed else _open(metres, start)
    legs = metres[order, np.roll(order, -1)]
    return Tour(order, float(legs.sum() if closed else legs[:-1].sum()))


def _closed(metres: Floats, start: int) -> Positions:
    order = _nearest_first(metres, start)
    if len(order) < _TRIVIAL:
        return order
    for near in _neighbours(metres):
        order = _shortened(metres, order, near)
    return np.roll(order, -int(np.flatnonzero(order == start)[0]))


def _open(metres: Floats, start: int) -> Positions:
    """Walk from `start` to anywhere.

    A gate is added that costs nothing to pass and is tied to the start: a closed walk through it is
    an open one without it.
    """
    count = len(metres)
    gated = np.zeros((count + 1, count + 1))
    gated[:count, :count] = metres
    gated[count, start] = gated[start, count] = -float(metres.max()) * count - 1
    order = _closed(gated, count)[1:]
    return order if order[0] == start else order[::-1]


def _nearest_first(metres: Floats, start: int) -> Positions:
    count = len(metres)
    order, ahead = np.full(count, start), np.ones(count, dtype=bool)
    for step in range(1, count):
        ahead[order[step - 1]] = False
        order[step] = np.argmin(np.where(ahead, metres[order[step - 1]], np.inf))
    return order


def _neighbours(metres: Floats) -> Iterator[Positions]:
    """Yield for each place whom to try as the next stop: the nearest few, then all if not many."""
    count = len(metres)
    own = metres.copy()
    np.fill_diagonal(own, np.inf)
    nearest = np.argsort(own, axis=1, kind="stable")[:, :-1]
    if count > _NEAR + 1:
        yield nearest[:, :_NEAR]
    if count <= _THOROUGH:
        yield nearest


def _shortened(metres: Floats, order: Positions, near: Positions) -> Positions:
    """Apply the best change again and again until none helps."""
    better: Positions | None = order
    while better is not None:
        order = better
        better = _crossed_over(metres, order, near)
        if better is None:
            better = _put_elsewhere(metres, order, near)
    return order


def _ahead(order: Positions, by: int) -> Positions:
    """Return who stands so many places ahead of each (the quick half of ``np.roll``)."""
    return np.concatenate([order[by:], order[:by]])


def _crossed_over(metres: Floats, order: Positions, near: Positions) -> Positions | None:
    """Replace the two legs a–a' and c–c' by a–c and a'–c', where that saves most."""
    count = len(order)
    place = np.argsort(order)
    other = place[near[order]]
    best, change = _EPS_M, (0, 0)
    for side in (1, -1):
        beyond = _ahead(order, side)
        leg = metres[order, beyond]
        beside = order[(other + side) % count]
        joined = metres[order[:, None], order[other]]
        joined += metres[beyond[:, None], beside]
        saved = leg[:, None] + leg[other] - joined
        at, kth = np.unravel_index(np.argmax(saved), saved.shape)
        if saved[at, kth] > best:
            low, high = sorted((int(at), int(other[at, kth])))
            best, change = saved[at, kth], (low + (side == 1), high + (side == 1))
    low, high = change
    if low == high:
        return None
    return np.concatenate([order[:low], order[low:high][::-1], order[high:]])


def _put_elsewhere(metres: Floats, order: Positions, near: Positions) -> Positions | None:
    """Move a row of places s…t next to another place c, where that saves most.

    Either behind it, c s…t, or reversed before it, t…s c.
    """
    count = len(order)
    other = np.argsort(order)[near[order]]
    target = order[other]
    to_target = metres[order[:, None], target]
    beside = {side: order[(other + side) % count] for side in (1, -1)}
    gap = {side: metres[target, ones] for side, ones in beside.items()}
    best, change = _EPS_M, (0, 0, 0, 0)
    for length in range(1, min(_SEGMENT, count - 2) + 1):
        before, last, after = (_ahead(order, by) for by in (-1, length - 1, length))
        spared = metres[before, order] + metres[last, after] - metres[before, after]
        # Where c stands when the row is taken out and what follows it comes first.
        rest = (other - np.arange(count)[:, None]) % count - length
        for side in (1, -1):
            added = to_target + metres[last[:, None], beside[side]] - gap[side]
            saved = spared[:, None] - added
            unmoved = count - length - 1 if side == 1 else 0
            saved[(rest < 0) | (rest == unmoved)] = -np.inf
            at, kth = np.unravel_index(np.argmax(saved), saved.shape)
            if saved[at, kth] > best:
                best = saved[at, kth]
                change = (int(at), length, int(rest[at, kth]), side)
    return _moved(order, *change) if change[1] else None


def _moved(order: Positions, at: int, length: int, target: int, side: int) -> Positions:
    turned = _ahead(order, at)
    row, rest = turned[:length], turned[length:]
    cut = target + 1 if side == 1 else target
    return np.concatenate([rest[:cut], row[::side], rest[cut:]])


def round_m(ways: Ways, places: Floats, area: Positions, size: int) -> Floats:
    """Measure a full round of each area: past all its places and back.

    Parameters
    ----------
    ways
        How one walks.
    places
        Shape (n, 2), metric CRS of the ways, metres.
    area
        Position of the area of each place below `size`, -1 for none, shape (n,).
    size
        Number of areas.

    Returns
    -------
    array of (size,) metres
        0 with fewer than two places. A place that no way leads to from most of the others is left
        out.
    """
    metres = np.zeros(size)
    order = np.argsort(area, kind="stable")
    borders = np.searchsorted(area[order], np.arange(size + 1))
    for index in np.flatnonzero(np.diff(borders) > 1):
        between = ways.between_m(places[order[borders[index] : borders[index + 1]]])
        together = _most(between)
        metres[index] = tour(between[np.ix_(together, together)]).length_m
    return metres


def _most(between: Floats) -> Positions:
    """Return the most places that can be reached from each other."""
    finite = np.isfinite(between)
    return np.flatnonzero(finite[np.argmax(finite.sum(axis=1))])
