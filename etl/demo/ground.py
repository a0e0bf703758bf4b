"""From a recipe to the ground: outline, roads, and the blocks between them.

All shapes here are in local metres (see `recipes`); `placed` moves them to the metric CRS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from scipy.interpolate import CubicSpline
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from etl.demo import calibration as cal
from etl.demo.recipes import Plot, Recipe, Road
from geo.crs import STORED_CRS, metric_crs

Shapes = npt.NDArray[Any]

BEYOND_M = 170.0
"""How far roads run on past the outline: a map that ends at its border looks cut out."""

STRIP_SETBACK_M = 7.0
STRIP_DEPTH_M = 15.0
WALL_M = 5.0
CORNER_M = 14.0


@dataclass(frozen=True)
class Block:
    """The land of one plot.

    Attributes
    ----------
    plot
        What stands on it.
    face
        All of it, to the middle of the roads around it.
    land
        Without the roads.
    park
        The part that is a park; empty where there is none.
    """

    plot: Plot
    face: Polygon
    land: Polygon
    park: Polygon


@dataclass(frozen=True)
class Ground:
    """A community's outline, roads and blocks in local metres."""

    recipe: Recipe
    outline: Polygon
    roads: tuple[Road, ...]
    lines: Shapes
    edges: tuple[Road, ...]
    edge_lines: Shapes
    blocks: tuple[Block, ...]

    @property
    def main_lines(self) -> BaseGeometry:
        """All main roads, those along the outline too."""
        roads = [*zip(self.roads, self.lines, strict=True)]
        roads += [*zip(self.edges, self.edge_lines, strict=True)]
        return shapely.union_all([line for road, line in roads if road.kind == "road_main"])


def smooth(points: tuple[tuple[float, float], ...], n: int = 48) -> LineString:
    """Draw a curve through points, `n` vertices."""
    xy = np.asarray(points, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    curve = CubicSpline(along, xy, bc_type="natural")
    return LineString(curve(np.linspace(0.0, along[-1], n)))


def outline_of(recipe: Recipe) -> Polygon:
    """Draw the outline with rounded corners, scaled to the known area where there is one."""
    sharp = Polygon(recipe.outline)
    round_ = sharp.buffer(-CORNER_M).buffer(CORNER_M, quad_segs=4)
    known = [
        entry.value * 1e6
        for entry in cal.FIGURES
        if (entry.community, entry.key) == (recipe.code, "area_km2")
    ]
    factor = math.sqrt(known[0] / round_.area) if known else 1.0
    return affinity.scale(round_, factor, factor, origin=(0, 0))


def _edge_roads(recipe: Recipe, outline: Polygon) -> tuple[tuple[Road, ...], Shapes]:
    """Roads that run along the outline, on past its corners."""
    factor = math.sqrt(outline.area / Polygon(recipe.outline).area)
    corners = [(x * factor, y * factor) for x, y in recipe.outline]
    roads, lines = [], []
    for name, kind, first, last in recipe.edges:
        points = [corners[i % len(corners)] for i in range(first, last + 1)]
        roads.append(Road(name, kind, tuple(points), 30.0 if kind == "road_main" else 18.0))
        lines.append(_lengthened(LineString(points), BEYOND_M))
    return tuple(roads), np.asarray(lines, dtype=object)


def _lengthened(line: LineString, by_m: float) -> LineString:
    xy = np.asarray(line.coords)
    start, end = xy[0] - xy[1], xy[-1] - xy[-2]
    head = xy[0] + start / np.hypot(*start) * by_m
    tail = xy[-1] + end / np.hypot(*end) * by_m
    return LineString(np.vstack([head, xy, tail]))


def _largest(shape: BaseGeometry) -> Polygon:
    """Return the largest polygon of a geometry (empty when there is none)."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area, default=Polygon())


def _cut_park(land: Polygon, share: float) -> tuple[Polygon, Polygon]:
    """Cut the east `share` of a block off as a park."""
    if not share:
        return land, Polygon()
    west, south, east, north = land.bounds
    x = east - (east - west) * share
    park = land.intersection(shapely.box(x, south, east, north)).buffer(-4)
    return _largest(land.intersection(shapely.box(west, south, x, north))), _largest(park)


def _blocks(
    recipe: Recipe, outline: Polygon, roads: tuple[Road, ...], lines: Shapes
) -> tuple[Block, ...]:
    net = shapely.union_all([outline.exterior, *lines])
    faces = np.asarray(shapely.get_parts(shapely.polygonize([*shapely.get_parts(net)])))
    taken = [line.buffer(road.width_m / 2) for road, line in zip(roads, lines, strict=True)]
    paved = shapely.union_all([*taken, outline.exterior.buffer(recipe.edge_m)])
    blocks = []
    for plot in recipe.plots:
        face = next(f for f in faces if f.contains(Point(plot.at)) and outline.covers(f.centroid))
        land, park = _cut_park(_largest(face.difference(paved)), plot.park)
        blocks.append(Block(plot, face, land, park))
    return tuple(blocks)


def lay_out(recipe: Recipe) -> Ground:
    """Lay out a community's ground; no chance is involved."""
    outline = outline_of(recipe)
    near = outline.buffer(BEYOND_M)
    whole = [smooth(road.points) for road in recipe.roads]
    lines = np.asarray([shapely.intersection(line, near) for line in whole], dtype=object)
    edges, edge_lines = _edge_roads(recipe, outline)
    blocks = _blocks(recipe, outline, recipe.roads, lines)
    return Ground(recipe, outline, recipe.roads, lines, edges, edge_lines, blocks)


def crs_of(code: str) -> pyproj.CRS:
    """Return the metric CRS of a community."""
    return metric_crs(*cal.CENTRES[code])


@cache
def _origin(code: str) -> tuple[float, float]:
    """Return the rough centre in the metric CRS."""
    move = pyproj.Transformer.from_crs(STORED_CRS, crs_of(code), always_xy=True).transform
    x, y = move(*cal.CENTRES[code])
    return float(x), float(y)


def placed(shapes: Shapes, code: str) -> Shapes:
    """Move shapes from local metres to the community's metric CRS."""
    shift = np.asarray(_origin(code))
    return np.asarray(shapely.transform(shapes, lambda xy: xy + shift), dtype=object)


def multi(shapes: Shapes) -> Shapes:
    """Make every polygon a multipolygon, as the tables hold them."""
    return np.asarray(
        [s if isinstance(s, MultiPolygon) else MultiPolygon([s]) for s in shapes], dtype=object
    )
