"""The shapes of what a briefing is about, in metres, read once for its map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from dashboard.services.base import reading, viewer
from dashboard.services.territory import Scope
from geo.crs import metric_crs, to_metric
from geo.papers.terrain import Terrain, array_of
from geo.papers.wording import clean
from geo.store import brief_rows

Shapes = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

NO_GRID = -1


@dataclass(frozen=True)
class Land:
    """What there is to draw.

    Attributes
    ----------
    terrain
        Grids, buildings, ground and the outline of all communities, metres.
    grid_id : array of (g,)
        Database ids, in the order of ``terrain.grids``.
    grid_names
        Likewise.
    buildings, ground : DataFrame
        ``number storeys households dominant_state grid_id`` and ``kind name``, in the order of
        the terrain's shapes; households are 0 and the grid is `NO_GRID` where there are none.
    communities : array of (c,)
        Their outlines, metres; those that have one.
    facilities : DataFrame
        ``kind name``, in the order of `places`.
    places : array of (f,) Point
        Metres.
    schematic
        Whether a boundary is drawn for illustration.
    """

    terrain: Terrain
    grid_id: Ints
    grid_names: tuple[str, ...]
    buildings: pd.DataFrame
    ground: pd.DataFrame
    communities: Shapes
    facilities: pd.DataFrame
    places: Shapes
    schematic: bool


def read_land(scope: Scope) -> Land | None:
    """Read the shapes of a scope; None where nothing in it has a place.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer.
    """
    ids, who = scope.community_ids, viewer()
    with reading() as connection:
        outlines = brief_rows.boundaries(connection, who, ids)
        grids = brief_rows.grids(connection, who, scope.plan_ids)
        buildings = brief_rows.buildings(connection, who, ids)
        ground = brief_rows.ground_of(connection, who, ids)
        facilities = brief_rows.facilities(connection, who, ids)
    frames = (outlines, grids, buildings, ground, facilities)
    raw = [_shapes(frame["geom"]) for frame in frames]
    middle = _middle(raw[:3])
    if middle is None:
        return None
    crs = metric_crs(*middle)
    edges, cells, blocks, soil, spots = (_project(shapes, crs) for shapes in raw)
    edges = edges[~shapely.is_empty(edges)]
    return Land(
        terrain=_terrain(crs, edges, cells, blocks, soil),
        grid_id=grids["id"].to_numpy(dtype=np.int64),
        grid_names=tuple(map(clean, grids["name"])),
        buildings=_known(buildings),
        ground=ground[["kind", "name"]],
        communities=edges,
        facilities=facilities[["kind", "name"]],
        places=spots,
        schematic=bool(outlines["schematic"].any()),
    )


def _known(buildings: pd.DataFrame) -> pd.DataFrame:
    """Give the missing a value of its own, so that columns are whole numbers."""
    filled = buildings.drop(columns="geom")
    filled["households"] = filled["households"].fillna(0).astype("int64")
    filled["grid_id"] = filled["grid_id"].fillna(NO_GRID).astype("int64")
    filled["storeys"] = pd.to_numeric(filled["storeys"]).fillna(0.0).astype("float64")
    filled["dominant_state"] = filled["dominant_state"].fillna("none")
    return filled


def _shapes(column: Iterable[Any]) -> Shapes:
    """Make an array of shapes; what has none gets an empty one."""
    return array_of([shapely.MultiPolygon() if shape is None else shape for shape in column])


def _middle(groups: list[Shapes]) -> tuple[float, float] | None:
    """Return the middle of the first group that has a shape, degrees."""
    bounds = _bounds(groups)
    if bounds is None:
        return None
    west, south, east, north = bounds
    return (west + east) / 2, (south + north) / 2


def _bounds(groups: list[Shapes]) -> tuple[float, float, float, float] | None:
    for group in groups:
        if not shapely.is_empty(group).all():
            west, south, east, north = shapely.total_bounds(group)
            return float(west), float(south), float(east), float(north)
    return None


def _project(shapes: Shapes, crs: pyproj.CRS) -> Shapes:
    """Project shapes, and mend those that cross themselves: clipping needs valid ones."""
    moved = np.asarray(to_metric(shapes, crs), dtype=object)
    broken = ~shapely.is_valid(moved)
    moved[broken] = shapely.make_valid(moved[broken])
    return moved


def _terrain(
    crs: pyproj.CRS, edges: Shapes, cells: Shapes, blocks: Shapes, soil: Shapes
) -> Terrain:
    return Terrain(
        crs=crs,
        grids=cells,
        buildings=blocks,
        building_tree=shapely.STRtree(blocks),
        building_grid=np.full(len(blocks), NO_GRID, dtype=np.int64),
        ground=soil,
        ground_tree=shapely.STRtree(soil),
        boundary=shapely.union_all(edges) if len(edges) else None,
        bounds=_bounds([edges, cells, blocks]) or (0.0, 0.0, 0.0, 0.0),
    )
