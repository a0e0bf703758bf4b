"""The shapes of a paper in metres, mended and indexed once for all its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.crs import metric_crs, to_metric
from geo.papers.model import PlanPaper

Shapes = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]

_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass(frozen=True)
class Terrain:
    """Everything with a shape, in one metric CRS.

    Attributes
    ----------
    crs
        Local metric CRS of the community's middle.
    grids, buildings, ground : arrays of shapely geometries
        In the order of the paper.
    building_tree, ground_tree : STRtree
        Over `buildings` and `ground`.
    building_grid : array of (b,)
        Position of each building's grid; -1 for none.
    boundary
        Of the community, or None.
    bounds
        West, south, east, north of the community, metres.
    """

    crs: pyproj.CRS
    grids: Shapes
    buildings: Shapes
    building_tree: Any
    building_grid: Ints
    ground: Shapes
    ground_tree: Any
    boundary: Any | None
    bounds: Bounds


def array_of(shapes: list[Any]) -> Shapes:
    """Make an object array of geometries; numpy would look inside them."""
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def polygons_of(shapes: Shapes) -> Shapes:
    """Return the polygons among the parts of shapes, whatever they are packed in."""
    parts = np.asarray(shapely.get_parts(shapely.get_parts(shapes)), dtype=object)
    kept = np.isin(shapely.get_type_id(parts), (_POLYGON, _MULTIPOLYGON))
    return np.asarray(parts[kept & ~shapely.is_empty(parts)], dtype=object)


def survey(paper: PlanPaper) -> Terrain | None:
    """Project a paper; None where nothing on it has a shape."""
    grids = [sheet.shape for sheet in paper.grids]
    buildings = [outline.shape for outline in paper.buildings]
    boundary = [] if paper.boundary is None else [paper.boundary]
    middle = _middle([boundary, grids, buildings])
    if middle is None:
        return None
    crs = metric_crs(*middle)
    edge = _project(boundary, crs)
    made = [_project(group, crs) for group in (grids, buildings, [g for _k, _n, g in paper.ground])]
    return Terrain(
        crs=crs,
        grids=made[0],
        buildings=made[1],
        building_tree=shapely.STRtree(made[1]),
        building_grid=np.array([outline.grid for outline in paper.buildings], dtype=np.int64),
        ground=made[2],
        ground_tree=shapely.STRtree(made[2]),
        boundary=edge[0] if edge.size and not shapely.is_empty(edge[0]) else None,
        bounds=_bounds([edge, made[0], made[1]]) or (0.0, 0.0, 0.0, 0.0),
    )


def _middle(groups: list[list[Any]]) -> tuple[float, float] | None:
    """Return the middle of the first group that has a shape, degrees."""
    bounds = _bounds([array_of(group) for group in groups])
    if bounds is None:
        return None
    west, south, east, north = bounds
    return (west + east) / 2, (south + north) / 2


def _bounds(groups: list[Shapes]) -> Bounds | None:
    """Return the bounds of the first group that has a shape."""
    for group in groups:
        if not shapely.is_empty(group).all():
            west, south, east, north = shapely.total_bounds(group)
            return float(west), float(south), float(east), float(north)
    return None


def _project(shapes: list[Any], crs: pyproj.CRS) -> Shapes:
    """Project shapes, and mend those that cross themselves: clipping needs valid ones."""
    moved = np.asarray(to_metric(array_of(shapes), crs), dtype=object)
    broken = ~shapely.is_valid(moved)
    moved[broken] = shapely.make_valid(moved[broken])
    return moved
