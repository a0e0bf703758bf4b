"""The map itself: an SVG in paper millimetres, shapes only; words are set by `paper.typ`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.papers.frame import Frame
from geo.papers.model import PlanPaper
from geo.papers.terrain import Terrain, array_of, polygons_of

Shapes = npt.NDArray[Any]

INK, SOFT, LINE = "#1B2733", "#55636F", "#9AA5AF"
OUTSIDE, INSIDE = "#ECEFF2", "#FBFBFA"
ROAD, CASING, GREEN, WATER = "#FFFFFF", "#A9B4BD", "#DFEADB", "#CFE1EE"
NEIGHBOUR, NEIGHBOUR_LINE = "#E9ECEF", "#B7C0C8"
STATES = {
    "resident": "#3E93CC",
    "rented": "#E6B350",
    "vacant": "#E2E7EC",
    "shop": "#793573",
    "none": "#D3D9DF",
}
HATCHED = "vacant"
GRID_LINE = "#3A4752"

ROAD_M = {"road_main": 16.0, "road_minor": 9.0, "lane": 3.5}
"""Assumed widths: the ground knows axes only."""

ROAD_MM = {"road_main": (1.6, 5.0), "road_minor": (1.0, 3.4), "lane": (0.35, 1.4)}
"""A road is drawn at least and at most so wide."""

BLEED_MM = 4.0
"""Shapes are cut this far outside the frame, so that no cut is seen."""

EDGE_MM = 0.9
"""The community's boundary is drawn this far outside the grids' borders, to be seen beside them."""


@dataclass(frozen=True)
class View:
    """What of a terrain a frame shows, in paper millimetres.

    Attributes
    ----------
    frame : Frame
    grids, buildings, ground : arrays of shapely geometries
        Cut to the frame with some bleed; empty where nothing is seen.
    building_at, ground_at : arrays of int
        Positions of `buildings` and `ground` in the terrain.
    boundary
        Of the community, cut likewise; None where there is none.
    edge
        Its line, drawn aside; None likewise.
    """

    frame: Frame
    grids: Shapes
    buildings: Shapes
    building_at: npt.NDArray[np.int64]
    ground: Shapes
    ground_at: npt.NDArray[np.int64]
    boundary: Any | None
    edge: Any | None


def look(terrain: Terrain, frame: Frame) -> View:
    """Cut a terrain to a frame."""
    window = frame.window(BLEED_MM)
    pane = shapely.box(*window)

    def cut(shapes: Shapes) -> Shapes:
        return frame.on_paper(shapely.clip_by_rect(shapes, *window))

    buildings = np.sort(terrain.building_tree.query(pane, predicate="intersects"))
    ground = np.sort(terrain.ground_tree.query(pane, predicate="intersects"))
    boundary = edge = None
    if terrain.boundary is not None:
        aside = terrain.boundary.buffer(EDGE_MM / frame.mm_per_m, join_style="mitre").boundary
        boundary, edge = cut(array_of([terrain.boundary, aside]))
    return View(
        frame=frame,
        grids=cut(terrain.grids),
        buildings=frame.on_paper(terrain.buildings[buildings]),
        building_at=buildings,
        ground=cut(terrain.ground[ground]),
        ground_at=ground,
        boundary=boundary,
        edge=edge,
    )


def svg_of(paper: PlanPaper, terrain: Terrain, view: View, focus: int | None, north: Any) -> str:
    """Draw a map.

    Parameters
    ----------
    paper, terrain, view
        What there is, and what of it is seen.
    focus
        Position of the grid the map is about; None for the whole community.
    north
        Bounds of the north arrow, mm.

    Returns
    -------
    str
        SVG in millimetres, without any text.
    """
    frame = view.frame
    size = f"{frame.width_mm:.2f} {frame.height_mm:.2f}"
    layers = [
        _land(view),
        *_ground(paper, view),
        *_buildings(paper, terrain, view, focus),
        *_borders(view, focus),
        _north(north),
    ]
    width, height = size.split()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {size}" fill="none" stroke-linejoin="round" stroke-linecap="round">'
        + "".join(layers)
        + "</svg>"
    )


# -------------------------------------------------------------------------------------- layers


def _land(view: View) -> str:
    frame = view.frame
    outside = OUTSIDE if view.boundary is not None else INSIDE
    land = f'<path d="M0 0H{frame.width_mm:.2f}V{frame.height_mm:.2f}H0Z" fill="{outside}"/>'
    if view.boundary is None:
        return land
    return land + _path(array_of([view.boundary]), f'fill="{INSIDE}"')


def _ground(paper: PlanPaper, view: View) -> list[str]:
    """Draw compounds, greens and waters, then roads, the small ones first, casings below."""
    kinds = np.array([paper.ground[at][0] for at in view.ground_at], dtype=object)
    dotted = f'stroke="{LINE}" stroke-width="0.2" stroke-dasharray="0.2 1"'
    layers = [
        _path(view.ground[kinds == "green"], f'fill="{GREEN}"'),
        _path(
            view.ground[kinds == "water"], f'fill="{WATER}" stroke="#8FB4CF" stroke-width="0.15"'
        ),
        _path(view.ground[kinds == "compound"], dotted),
    ]
    for color, more in ((CASING, 0.3), (ROAD, 0.0)):
        for kind in ("lane", "road_minor", "road_main"):
            width = road_mm(kind, view.frame) + more
            drawn = f'stroke="{color}" stroke-width="{width:.2f}"'
            layers.append(_path(view.ground[kinds == kind], drawn))
    return layers


def road_mm(kind: str, frame: Frame) -> float:
    """Return how wide a road is drawn."""
    least, most = ROAD_MM[kind]
    return min(max(ROAD_M[kind] * frame.mm_per_m, least), most)


def _buildings(paper: PlanPaper, terrain: Terrain, view: View, focus: int | None) -> list[str]:
    own = np.ones(len(view.building_at), dtype=bool)
    if focus is not None:
        own = terrain.building_grid[view.building_at] == focus
    states = np.array([paper.buildings[at].dominant for at in view.building_at], dtype=object)
    states[~np.isin(states, list(STATES))] = "none"
    other = f'fill="{NEIGHBOUR}" stroke="{NEIGHBOUR_LINE}" stroke-width="0.1"'
    layers = [_path(view.buildings[~own], other)]
    for state, color in STATES.items():
        shapes = view.buildings[own & (states == state)]
        layers.append(_path(shapes, f'fill="{color}" stroke="{GRID_LINE}" stroke-width="0.12"'))
        if state == HATCHED:
            layers.append(_path(hatch(shapes, view.frame), f'stroke="{SOFT}" stroke-width="0.13"'))
    return layers


def hatch(shapes: Shapes, frame: Frame) -> Shapes:
    """Return the lines at 45° that mark shapes; lines print sharp where patterns do not."""
    if not len(shapes):
        return shapes
    step = 1.2 if frame.scale <= 4_000 else 0.8  # noqa: PLR2004 - small on small buildings
    west, north, east, south = shapely.total_bounds(shapes)
    drop = south - north
    starts = np.arange(np.floor((west - drop) / step) * step, east, step * np.sqrt(2))
    ends = np.stack(
        [
            np.column_stack([starts, np.full(len(starts), south)]),
            np.column_stack([starts + drop, np.full(len(starts), north)]),
        ],
        axis=1,
    )
    lines = shapely.multilinestrings(shapely.linestrings(ends))
    return np.asarray(shapely.intersection(lines, shapes), dtype=object)


def _borders(view: View, focus: int | None) -> list[str]:
    layers = []
    others = np.ones(len(view.grids), dtype=bool)
    if focus is None:
        layers.append(_path(view.grids, 'stroke="#FFFFFF" stroke-width="1.1"'))
        layers.append(_path(view.grids, f'stroke="{GRID_LINE}" stroke-width="0.45"'))
    else:
        others[focus] = False
        layers.append(_path(view.grids[others], 'stroke="#FFFFFF" stroke-width="0.7"'))
        layers.append(_path(view.grids[others], f'stroke="{GRID_LINE}" stroke-width="0.25"'))
        own = view.grids[~others]
        layers.append(_path(own, 'stroke="#FFFFFF" stroke-width="1.9"'))
        layers.append(_path(own, f'stroke="{INK}" stroke-width="1" id="border"'))
    if view.edge is not None:
        dashed = 'stroke-dasharray="4 1.3 0.01 1.3" stroke-width="0.55"'
        layers.append(_path(array_of([view.edge]), f'stroke="{INK}" {dashed}'))
    return layers


def _north(box: Any) -> str:
    """Draw an arrow, its right half filled; the letter is set below it."""
    west, top, east, bottom = box
    middle = (west + east) / 2
    foot, notch, wide = bottom - 4.2, bottom - 6.2, (east - west) / 2 - 1.6
    plate = f"M{west:.2f} {top:.2f}H{east:.2f}V{bottom:.2f}H{west:.2f}Z"
    tip = f"M{middle:.2f} {top + 1:.2f}"
    left = f"{tip}L{middle - wide:.2f} {foot:.2f}L{middle:.2f} {notch:.2f}Z"
    right = f"{tip}L{middle + wide:.2f} {foot:.2f}L{middle:.2f} {notch:.2f}Z"
    line = f'stroke="{INK}" stroke-width="0.2"'
    return (
        f'<path d="{plate}" fill="#FFFFFF" fill-opacity="0.88"/>'
        f'<path d="{left}" fill="#FFFFFF" {line}/><path d="{right}" fill="{INK}" {line}/>'
    )


def _path(shapes: Shapes, style: str) -> str:
    """Draw shapes as one path; polygons with their holes, lines as lines."""
    data = "".join([*_rings(shapes), *_lines(shapes)])
    return f'<path d="{data}" fill-rule="evenodd" {style}/>' if data else ""


def _rings(shapes: Shapes) -> list[str]:
    rings = shapely.get_rings(polygons_of(shapes))
    return [f"{piece}Z" for piece in _strokes(rings)]


def _lines(shapes: Shapes) -> list[str]:
    parts = np.asarray(shapely.get_parts(shapely.get_parts(shapes)), dtype=object)
    return _strokes(parts[np.isin(shapely.get_type_id(parts), (1, 2))])


def _strokes(lines: Shapes) -> list[str]:
    """Write lines as path data, to a hundredth of a millimetre."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if not len(xy):
        return []
    words = [f"{x:.2f} {y:.2f}" for x, y in xy.tolist()]
    cuts = np.flatnonzero(np.diff(line)) + 1
    starts, stops = [0, *cuts.tolist()], [*cuts.tolist(), len(words)]
    return ["M" + "L".join(words[start:stop]) for start, stop in zip(starts, stops, strict=True)]
