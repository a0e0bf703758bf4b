"""Which words stand on the maps, the most important first."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.papers.drawing import View, road_mm
from geo.papers.labels import PAD_MM, Board, Label, clear_first, extent, insides, places
from geo.papers.model import GridSheet, PlanPaper
from geo.papers.terrain import Terrain, array_of, polygons_of
from geo.papers.wording import MM_PER_PT, clean, count, wrap
from geo.plans import label_points
from geo.words import _

Shapes = npt.NDArray[Any]

NUMBER_PT = (7.0, 6.0, 5.0, 4.5)
"""Sizes of building numbers; the largest that stays inside its building is taken."""

STYLES = {"shop": "number-light", "vacant": "number-plate"}
"""Numbers on purple are white; on hatching they have a plate."""

NEIGHBOUR_PT = (8.0, 7.0, 6.0)
GRID_PT = (10.0, 9.0, 8.0, 7.0, 6.0)
ROAD_PT = {"road_main": (8.0, 7.0), "road_minor": (7.0, 6.0), "lane": (5.5,)}
AREA_PT = 6.5
NAME_EM = 12.0
"""A name on the map is broken after so many characters."""

ASIDE_MM = (1.2, 2.2)
"""Where a road is also a border, its name stands so far beside."""

_FRAME_MM = 1.2
_BORDER_MM = 0.9


def label_grid(paper: PlanPaper, terrain: Terrain, view: View, board: Board, grid: int) -> None:
    """Put the words on a grid's map."""
    if view.grids[grid].is_empty and terrain.grids[grid].is_empty:
        label_nothing(board, _("This grid has no shape yet."))
    own = np.flatnonzero(terrain.building_grid[view.building_at] == grid)
    left = _numbers(paper, view, board, own)
    for other in np.flatnonzero(~shapely.is_empty(view.grids)):
        if other != grid:
            _neighbour(paper.grids[other], view.grids[other], board)
    borders = _border_lines(view)
    _roads(paper, view, board, borders)
    _compounds(paper, view, board, own, clean(paper.grids[grid].name))
    _areas(paper, view, board, borders)
    for label in left:
        board.put(label)


def label_community(paper: PlanPaper, view: View, board: Board) -> None:
    """Put the words on the community's map."""
    points = label_points(view.grids)
    built = shapely.STRtree(view.buildings)
    for grid in np.argsort(shapely.area(view.grids), kind="stable"):
        sheet = paper.grids[grid]
        _grid(sheet, _value(paper, sheet), view.grids[grid], points[grid], board, built)
    borders = _border_lines(view)
    _roads(paper, view, board, borders)
    _areas(paper, view, board, borders)


def label_nothing(board: Board, text: str) -> None:
    """Say in the middle of a map why there is nothing on it."""
    middle = (board.width_mm / 2, board.height_mm / 2)
    board.put(Label(*middle, tuple(wrap(text, 40, 3)), 10.0, "notice"))


# --------------------------------------------------------------------------------------- grids


def _value(paper: PlanPaper, sheet: GridSheet) -> tuple[str, str]:
    """Return the figure of a grid with its unit and bare: households, else buildings."""
    if paper.counted:
        number = count(sheet.households)
        return _("{n} households", n=number), number
    number = count(sheet.buildings)
    return _("{n} buildings", n=number), number


def _grid(
    sheet: GridSheet, value: tuple[str, str], shape: Any, point: Any, board: Board, built: Any
) -> None:
    """Label a grid inside itself; where that is too narrow, with less, at last with its serial."""
    if point.is_empty:
        return
    shapely.prepare(shape)
    figure, bare = value
    name = wrap(sheet.name, NAME_EM, 2)
    short = wrap(sheet.name, 6.0, 3)
    spots = clear_first(places(shape, point), (sheet.serial, *name, figure), 8.0, built)
    for size in GRID_PT:
        for lines in ((sheet.serial, *name, figure), (sheet.serial, *short, figure)):
            if _somewhere(board, spots, lines, size, "grid", shape):
                return
    for lines in ((sheet.serial, bare), (sheet.serial,)):
        for size in GRID_PT[2:]:
            if _somewhere(board, spots, lines, size, "grid", shape):
                return
    _somewhere(board, spots, (sheet.serial,), GRID_PT[-1], "grid", None)


def _neighbour(sheet: GridSheet, shape: Any, board: Board) -> None:
    """Name a neighbour where it is seen."""
    if shape.is_empty:
        return
    seen = shapely.clip_by_rect(
        shape, _FRAME_MM, _FRAME_MM, board.width_mm - _FRAME_MM, board.height_mm - _FRAME_MM
    ).buffer(-_BORDER_MM)
    if seen.is_empty:
        return
    spots = places(seen, label_points(array_of([seen]))[0])
    shapely.prepare(seen)
    full = wrap(f"{sheet.serial} {sheet.name}", NAME_EM, 2)
    tall = (sheet.serial, *wrap(sheet.name, 5.0, 3))
    for lines in (full, tall, (sheet.serial,)):
        for size in NEIGHBOUR_PT:
            if _somewhere(board, spots, tuple(lines), size, "neighbour", seen):
                return


def _somewhere(
    board: Board,
    spots: list[tuple[float, float]],
    lines: tuple[str, ...],
    size: float,
    style: str,
    inside: Any,
) -> bool:
    """Put a label on the first of several places that has room."""
    width, height = extent(lines, size)
    if inside is not None:
        west, north, east, south = inside.bounds
        if width > east - west or height > south - north:
            return False
    return board.put_first((Label(x, y, lines, size, style) for x, y in spots), inside=inside)


# ----------------------------------------------------------------------------------- buildings


def _numbers(paper: PlanPaper, view: View, board: Board, own: npt.NDArray[np.int64]) -> list[Label]:
    """Put numbers into buildings; return those that stay inside at no size."""
    texts = [clean(paper.buildings[view.building_at[at]].number) for at in own]
    shapes = view.buildings[own]
    points = insides(shapes)
    sizes = _sizes(shapes, points, texts)
    left = []
    for at, text, point, size in zip(own, texts, points, sizes, strict=True):
        if not text:
            continue
        style = STYLES.get(paper.buildings[view.building_at[at]].dominant, "number")
        if size:
            board.put(Label(point.x, point.y, (text,), size, style))
        else:
            left.append(Label(point.x, point.y, (text,), NUMBER_PT[-1], "number-aside"))
    return left


def _sizes(shapes: Shapes, points: Shapes, texts: list[str]) -> npt.NDArray[np.float64]:
    """Return the largest size at which each text stays inside its building; 0 for none."""
    chosen = np.zeros(len(texts))
    xs, ys = shapely.get_x(points), shapely.get_y(points)
    for size in NUMBER_PT[::-1]:
        extents = np.array([extent((text,), size) for text in texts]).reshape(-1, 2) - 1.4 * PAD_MM
        half_w, half_h = extents[:, 0] / 2, size * MM_PER_PT * 0.4
        boxes = shapely.box(xs - half_w, ys - half_h, xs + half_w, ys + half_h)
        chosen[shapely.contains(shapes, boxes)] = size
    return chosen


def _compounds(
    paper: PlanPaper, view: View, board: Board, own: npt.NDArray[np.int64], grid_name: str
) -> None:
    """Name the compounds of a grid, beside buildings rather than on them: numbers repeat."""
    members = defaultdict(list)
    for at in own:
        members[clean(paper.buildings[view.building_at[at]].compound)].append(at)
    members.pop("", None)
    if set(members) <= {grid_name}:
        return
    tree = shapely.STRtree(view.buildings)
    for name, group in members.items():
        hull = shapely.convex_hull(shapely.union_all(view.buildings[group]))
        spots = places(hull, hull.centroid)
        lines = tuple(wrap(name, NAME_EM, 2))
        built = set(tree.query(_boxes(spots, lines), predicate="intersects")[0].tolist())
        spots = [spot for place, spot in enumerate(spots) if place not in built]
        _somewhere(board, spots, lines, AREA_PT, "compound", None)


# -------------------------------------------------------------------------------------- ground


def _border_lines(view: View) -> Any:
    """Index the lines that no name should stand on."""
    edge = array_of([] if view.edge is None else [view.edge])
    lines = np.append(shapely.boundary(polygons_of(view.grids)), edge)
    return shapely.STRtree(shapely.get_parts(lines))


def _roads(paper: PlanPaper, view: View, board: Board, borders: Any) -> None:
    """Name roads along their axes, the main ones first, each once."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for place, at in enumerate(view.ground_at):
        kind, name, _shape = paper.ground[at]
        if kind in ROAD_PT and clean(name):
            found[kind, clean(name)].append(view.ground[place])
    for kind, sizes in ROAD_PT.items():
        for (other, name), lines in found.items():
            if other == kind:
                fitting = [size for size in sizes if _fits(kind, size, view)] or [sizes[-1]]
                _road(board, name, lines, fitting, borders)


def _fits(kind: str, size: float, view: View) -> bool:
    return size * MM_PER_PT <= road_mm(kind, view.frame)


def _road(board: Board, name: str, lines: list[Any], sizes: list[float], borders: Any) -> None:
    merged = shapely.line_merge(shapely.union_all(array_of(lines)))
    parts = np.asarray(shapely.get_parts(shapely.get_parts(np.array([merged], dtype=object))))
    parts = parts[shapely.get_type_id(parts) == 1]
    for part in parts[np.argsort(-shapely.length(parts), kind="stable")]:
        for size in sizes:
            half = size * MM_PER_PT / 2
            asides = [way * (half + aside) for aside in ASIDE_MM for way in (-1, 1)]
            for line in (part, *(part.offset_curve(aside) for aside in asides)):
                if line.geom_type == "LineString" and board.put_along(
                    name, line, size, "road", borders
                ):
                    return


def _areas(paper: PlanPaper, view: View, board: Board, borders: Any) -> None:
    """Name waters and greens where they have room."""
    for place, at in enumerate(view.ground_at):
        kind, name, _shape = paper.ground[at]
        if kind not in {"water", "green"} or not clean(name):
            continue
        shapes = polygons_of(view.ground[place : place + 1])
        if not len(shapes):
            continue
        shape = shapely.multipolygons(shapes)
        point = label_points(array_of([shape]))[0]
        lines = (clean(name),)
        spots = places(shape, point)
        crossed = set(borders.query(_boxes(spots, lines), predicate="intersects")[0].tolist())
        spots = [spot for place, spot in enumerate(spots) if place not in crossed]
        _somewhere(board, spots, lines, AREA_PT, kind, shape)


def _boxes(spots: list[tuple[float, float]], lines: tuple[str, ...]) -> Shapes:
    """Return what the name of an area would cover at each of several places."""
    width, height = extent(lines, AREA_PT)
    xs, ys = np.array(spots).T
    made = shapely.box(xs - width / 2, ys - height / 2, xs + width / 2, ys + height / 2)
    return np.asarray(made, dtype=object)
