"""What borders a grid in the east, south, west and north, read from the shapes.

From each piece of a grid's outline we look outwards, over a road's width, for the grid we meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.papers.model import SIDES, PlanPaper
from geo.papers.terrain import Terrain, polygons_of
from geo.papers.wording import NOTHING
from geo.words import _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

EDGE, OPEN = -1, -2
"""Instead of a grid's position: the community ends here; ground that is in no grid."""

LOOKS_M = (1.0, 5.0, 15.0, 30.0)
"""How far outwards we look, one after the other: grids may be parted by a road."""

PIECE_M = 10.0
LEAST_SHARE = 0.15
"""What makes up less of a side than this is left out of it …"""

LEAST_M = 10.0
"""… unless it borders the grid this long and would be named on no side."""

_UNKNOWN = -3


def sides_of(terrain: Terrain, grid: int, tree: Any) -> dict[str, tuple[int, ...]]:
    """Name what lies on each side of a grid.

    Parameters
    ----------
    terrain
        Metric shapes.
    grid
        Position of the grid.
    tree : STRtree
        Over ``terrain.grids``.

    Returns
    -------
    dict
        ``east``, ``south``, ``west``, ``north`` to positions of grids, `EDGE` or `OPEN`, the
        longest border first; empty for a grid without shape.
    """
    middles, normals, length_m = _pieces(terrain.grids[grid])
    if not len(middles):
        return dict.fromkeys(SIDES, ())
    met = _met(terrain, grid, tree, middles, normals)
    side = _side(middles, terrain.grids[grid].bounds)
    totals: dict[str, dict[int, float]] = {name: defaultdict(float) for name in SIDES}
    for number, other, metres in zip(side, met, length_m, strict=True):
        if other != grid:
            totals[tuple(SIDES)[number]][int(other)] += float(metres)
    return _longest(totals)


def _pieces(shape: Any) -> tuple[Floats, Floats, Floats]:
    """Cut the outer rings into pieces: middles, outward unit normals, lengths (metres)."""
    parts = polygons_of(np.array([shape], dtype=object))
    rings = shapely.get_exterior_ring(shapely.orient_polygons(parts, exterior_cw=False))
    xy, ring = shapely.get_coordinates(shapely.segmentize(rings, PIECE_M), return_index=True)
    inside = ring[:-1] == ring[1:]
    begin, end = xy[:-1][inside], xy[1:][inside]
    step = end - begin
    length = np.hypot(step[:, 0], step[:, 1])
    real = length > 0
    step, length = step[real], length[real]
    normals = np.column_stack([step[:, 1], -step[:, 0]]) / length[:, None]
    return (begin[real] + end[real]) / 2, normals, length


def _met(terrain: Terrain, grid: int, tree: Any, middles: Floats, normals: Floats) -> Ints:
    """Look outwards from each piece; return what is met first."""
    met = np.full(len(middles), _UNKNOWN, dtype=np.int64)
    for look_m in LOOKS_M:
        points = shapely.points(middles + normals * look_m)
        open_ = np.flatnonzero(met == _UNKNOWN)
        seen, other = tree.query(points[open_], predicate="intersects")
        met[open_[seen]] = other
        if terrain.boundary is not None:
            beyond = ~shapely.intersects_xy(
                terrain.boundary, *(middles + normals * look_m)[open_].T
            )
            left = open_[beyond]
            met[left[met[left] == _UNKNOWN]] = EDGE
    met[met == _UNKNOWN] = OPEN
    return np.where(met == grid, grid, met)


def _side(middles: Floats, bounds: tuple[float, float, float, float]) -> Ints:
    """Tell on which side pieces lie, by their direction from the middle: 0 east … 3 north."""
    west, south, east, north = bounds
    x = (middles[:, 0] - (west + east) / 2) / max(east - west, 1.0)
    y = (middles[:, 1] - (south + north) / 2) / max(north - south, 1.0)
    across = np.abs(x) >= np.abs(y)
    return np.where(across, np.where(x >= 0, 0, 2), np.where(y >= 0, 3, 1)).astype(np.int64)


def _longest(totals: dict[str, dict[int, float]]) -> dict[str, tuple[int, ...]]:
    """Keep what makes up a good part of a side, and every real neighbour once."""
    kept = {
        side: [key for key, metres in found.items() if metres >= LEAST_SHARE * sum(found.values())]
        for side, found in totals.items()
    }
    everybody = {key for found in totals.values() for key in found if key >= 0}
    for key in sorted(everybody - {key for keys in kept.values() for key in keys}):
        side = max(SIDES, key=lambda name: totals[name].get(key, 0.0))
        if totals[side][key] >= LEAST_M:
            kept[side].append(key)
    return {side: tuple(sorted(kept[side], key=lambda k: (-totals[side][k], k))) for side in SIDES}


def bounds_in_words(
    paper: PlanPaper, terrain: Terrain | None, wanted: Iterable[int], *, whole_codes: bool
) -> dict[int, dict[str, str]]:
    """Say the four bounds (四至) of some grids.

    Parameters
    ----------
    paper, terrain
        Facts and metric shapes.
    wanted
        Positions of the grids.
    whole_codes
        Whether neighbours are named by 15 digits or by the last three.

    Returns
    -------
    dict
        Position to side to words: the office's own where it gave some.
    """
    tree = shapely.STRtree(terrain.grids) if terrain else None
    said = {}
    for grid in wanted:
        found = sides_of(terrain, grid, tree) if terrain else {}
        own = paper.grids[grid].bounds
        said[grid] = {
            side: own.get(side) or _words(paper, found.get(side, ()), whole_codes=whole_codes)
            for side in SIDES
        }
    return said


def _words(paper: PlanPaper, met: tuple[int, ...], *, whole_codes: bool) -> str:
    sheets = [paper.grids[key] for key in met if key >= 0]
    codes = [sheet.code if whole_codes else sheet.serial for sheet in sheets]
    said = [_("grid {codes}", codes=_(", ").join(codes))] if codes else []
    if EDGE in met:
        said.append(_("edge of the community"))
    if OPEN in met:
        said.append(_("ground in no grid") if paper.boundary is not None else _("no grid"))
    return _("; ").join(said) or NOTHING
