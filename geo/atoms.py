"""The atoms of a community: its buildings, what they weigh, and which are neighbours.

Two buildings are neighbours when their cells share a border of some length (rook contiguity); a
common corner is none. Cells are a seamless coverage, so a shared border is the very same segments
in both, and neighbours are found by comparing numbers, without geometry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

OPEN, MINOR_ROAD, MAIN_ROAD, WATER = range(4)
"""What runs along a border, the least hindrance first."""

CROSSINGS: Mapping[str, int] = {"road_minor": MINOR_ROAD, "road_main": MAIN_ROAD, "water": WATER}
"""Kinds of ground that part neighbours."""

ALONG_M = 1.0
"""A piece of border this near to a road's axis runs along it."""

CORNER_M = 0.1
"""Cells that share less than this only meet at a corner."""

_MOST = 0.5
"""A border counts as along a barrier when more than this share of its length is."""


@dataclass(frozen=True)
class Borders:
    """Which atoms share a border.

    Attributes
    ----------
    left, right : arrays of (m,)
        Positions of atoms, ``left < right``, each pair once, sorted.
    length_m : array of (m,)
        Of the common border.
    crossing : array of (m,)
        `OPEN`, `MINOR_ROAD`, `MAIN_ROAD` or `WATER`.
    outer_m : array of (n,)
        Length of each atom's outline that no other atom shares.
    """

    left: Ints
    right: Ints
    length_m: Floats
    crossing: Ints
    outer_m: Floats


@dataclass(frozen=True)
class Atoms:
    """Buildings as what grids are made of.

    Attributes
    ----------
    xy : array of (n, 2)
        Representative points, metres.
    area_m2 : array of (n,)
        Of the cells.
    households : array of (n,)
    load : array of (n,)
        What a balanced plan shares out: households, or hours of work a month.
    compound : array of (n,)
        Number of the compound a building belongs to; -1 for none.
    borders : Borders
    """

    xy: Floats
    area_m2: Floats
    households: Floats
    load: Floats
    compound: Ints
    borders: Borders

    def __len__(self) -> int:
        return len(self.households)


def find_borders(cells: Shapes, barriers: Mapping[str, Shapes] | None = None) -> Borders:
    """Find which cells are neighbours.

    Parameters
    ----------
    cells : array of (n,) Polygon or MultiPolygon
        A valid coverage in a metric CRS.
    barriers
        Roads (lines) and waters (polygons) by kind, see `CROSSINGS`; same CRS.

    Returns
    -------
    Borders
    """
    ends, owner = _segments(cells)
    order, start = _same(ends)
    runs = np.diff(np.append(start, len(order)))
    length = np.hypot(*(ends[:, 2:] - ends[:, :2]).T)
    alone = order[start[runs == 1]]
    outer_m = np.bincount(owner[alone], length[alone], minlength=len(cells)).astype(np.float64)
    one, other = order[start[runs == 2]], order[start[runs == 2] + 1]  # noqa: PLR2004 - a pair
    left = np.minimum(owner[one], owner[other])
    right = np.maximum(owner[one], owner[other])
    real = left != right
    one, left, right = one[real], left[real], right[real]
    kind = _along((ends[one, :2] + ends[one, 2:]) / 2, barriers or {})
    return _joined(left, right, length[one], kind, outer_m)


def _segments(cells: Shapes) -> tuple[Floats, Ints]:
    """Return all segments of all rings, each in one fixed direction, and whose they are."""
    parts, part_owner = shapely.get_parts(cells, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[:-1] == ring[1:]
    begin, end = xy[:-1][inside], xy[1:][inside]
    swap = (begin[:, 0] > end[:, 0]) | ((begin[:, 0] == end[:, 0]) & (begin[:, 1] > end[:, 1]))
    ends = np.where(swap[:, None], np.hstack([end, begin]), np.hstack([begin, end]))
    return ends, part_owner[ring_part[ring[:-1][inside]]]


def _same(ends: Floats) -> tuple[Ints, Ints]:
    """Sort equal rows together; return the order and where each group starts in it."""
    order = np.lexsort(ends.T)
    ordered = ends[order]
    fresh = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))[: len(order)]
    return order, np.flatnonzero(fresh)


def _along(middles: Floats, barriers: Mapping[str, Shapes]) -> Ints:
    """Tell for each piece of border what runs along it; the greatest hindrance wins."""
    kind = np.zeros(len(middles), dtype=np.int64)
    points = shapely.points(middles)
    for name, crossing in CROSSINGS.items():
        shapes = np.asarray(barriers.get(name, ()), dtype=object)
        if shapes.size == 0 or len(points) == 0:
            continue
        near = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=ALONG_M)[0]
        kind[near] = np.maximum(kind[near], crossing)
    return kind


def _joined(left: Ints, right: Ints, length_m: Floats, kind: Ints, outer_m: Floats) -> Borders:
    """Sum the pieces of each border."""
    pair = left * len(outer_m) + right
    pairs, place = np.unique(pair, return_inverse=True)
    total = np.bincount(place, length_m, minlength=len(pairs)).astype(np.float64)
    crossing = np.zeros(len(pairs), dtype=np.int64)
    for level in (MINOR_ROAD, MAIN_ROAD, WATER):
        along = np.bincount(place, length_m * (kind >= level), minlength=len(pairs))
        crossing[along > _MOST * total] = level
    kept = total > CORNER_M
    size = max(len(outer_m), 1)
    return Borders(pairs[kept] // size, pairs[kept] % size, total[kept], crossing[kept], outer_m)
