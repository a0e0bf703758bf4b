"""What a page puts on its map besides grids and buildings: areas, circles, lines, marks.

Buildings by a class of their own are painted over the plain ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from dashboard.briefing.captions import FIT_PT, MapBoard
from dashboard.briefing.drawing import NEUTRAL, OUTLINE, PER_MM, SOFT
from dashboard.briefing.drawing import Disc as Dot
from dashboard.briefing.land import Land
from dashboard.maps import Cells, Disc, Lattice, MapState, Mark, tone_color
from geo.crs import to_metric
from geo.papers.drawing import View, hatch
from geo.papers.labels import Label
from geo.papers.terrain import array_of, polygons_of

Shapes = npt.NDArray[Any]

CLEAR: Final = "#FFFFFF"
"""Where a colour says that nothing was found."""

MARK_MM: Final = 0.2
"""Radius of a mark, for each point of running text."""

DOT_SHARE: Final = 0.5
"""A mark without a number is smaller."""

DISC_OPACITY: Final = 0.14
LONG_SHARE: Final = 0.62
LONG: Final = 3
"""So many characters are set smaller, to stay on their mark."""


@dataclass(frozen=True)
class Overlay:
    """What lies on a map: SVG elements above buildings and below borders, and marks on top."""

    over: list[str] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)


def overlay_of(land: Land, view: View, shown: MapState, text_pt: float) -> Overlay:
    """Draw what a page's map shows besides grids and buildings.

    Parameters
    ----------
    land, view
        What there is, and what of it is seen.
    shown
        What the page's map shows; its points in degrees.
    text_pt
        Size of running text: marks grow with it.
    """
    over = [
        *_buildings(land, view, shown),
        *_cells(land, view, shown.cells),
        *(_circle(land, view, one) for one in shown.discs),
        *_traces(land, view, shown, text_pt),
    ]
    marks = [*shown.marks, *(Mark(one.lon, one.lat, one.text, one.tone) for one in shown.discs)]
    radius = text_pt * MARK_MM
    placed = [(one, at) for one, at in _placed(land, view, marks) if _seen(at, view)]
    dots = [_dot(one, at, radius) for one, at in placed]
    return Overlay(over, dots[::-1])  # the first one lies on top


def number_dots(board: MapBoard, dots: Sequence[Dot]) -> None:
    """Put their numbers on marks, and keep other words off them."""
    for dot in dots:
        size = dot.radius * FIT_PT * (LONG_SHARE if len(dot.number) >= LONG else 1.0)
        if dot.number:
            board.labels.append(Label(dot.x, dot.y, (dot.number,), size, "disc"))
        r = dot.radius
        board.reserve((dot.x - r, dot.y - r, dot.x + r, dot.y + r))


# ------------------------------------------------------------------------------------- layers


def _buildings(land: Land, view: View, shown: MapState) -> list[str]:
    """Paint buildings by their class; hatch those of which nothing can be said."""
    held = shown.building_classes
    if held is None:
        return []
    known = land.buildings["id"].to_numpy()[view.building_at].tolist()
    found = np.array([_color(held.classes, held.colors, one) for one in known], dtype=object)
    fills = [
        path(view.buildings[found == color], fill=color, stroke=OUTLINE, width_mm=0.1)
        for color in dict.fromkeys(found.tolist())
        if color and color != SOFT
    ]
    unknown = view.buildings[found == SOFT]
    return [*fills, path(hatch(unknown, view.frame), stroke=SOFT, width_mm=0.16)]


def _color(classes: Any, colors: Sequence[str], building: int) -> str:
    """Return the colour of a building: none where it has no class, `SOFT` to be hatched."""
    if building not in classes:
        return ""
    index = classes[building]
    return SOFT if index is None else colors[index] or NEUTRAL


def _cells(land: Land, view: View, cells: Cells | None) -> list[str]:
    if cells is None:
        return []
    shapes = _paper(land, view, _outlines(cells))
    held = np.array([-1 if one is None else one for one in cells.classes], dtype=np.int64)
    hatched = np.array([*(cells.hatched or [False] * len(cells.colors)), False])
    layers = [
        path(shapes[held == at], fill=color, stroke="#FFFFFF", width_mm=0.12, opacity=cells.opacity)
        if color
        else _nothing_found(cells, shapes[held == at])
        for at, color in enumerate(cells.colors)
    ]
    layers.append(path(hatch(shapes[hatched[held]], view.frame), stroke="#FFFFFF", width_mm=0.16))
    layers.append(path(hatch(shapes[held < 0], view.frame), stroke="#A5AEB6", width_mm=0.13))
    if cells.chosen is not None:
        one = shapes[[cells.chosen]]
        layers.append(path(one, stroke="#FFFFFF", width_mm=1.4))
        layers.append(path(one, stroke="#1B2733", width_mm=0.8))
    return layers


def _nothing_found(cells: Cells, shapes: Shapes) -> str:
    """Draw a faint line where nothing was found; not even that around hundreds of squares."""
    return "" if cells.lattice is not None else path(shapes, stroke="#BCC4CC", width_mm=0.06)


def _outlines(cells: Cells) -> Shapes:
    if cells.lattice is not None:
        return _parallelograms(cells.lattice)
    return array_of([shapely.Polygon(ring) for ring in cells.rings])


def _parallelograms(lattice: Lattice) -> Shapes:
    """Return the outlines of a lattice, degrees."""
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    columns = np.array(lattice.columns)[:, None] + corners[None, :, 0]
    rows = np.array(lattice.rows)[:, None] + corners[None, :, 1]
    lon = lattice.lon0 + columns * lattice.d_lon_per_col + rows * lattice.d_lon_per_row
    lat = lattice.lat0 + columns * lattice.d_lat_per_col + rows * lattice.d_lat_per_row
    return np.asarray(shapely.polygons(np.stack([lon, lat], axis=2)), dtype=object)


def _circle(land: Land, view: View, disc: Disc) -> str:
    """Draw a circle on the ground; a chosen one has a strong outline."""
    point = _paper(land, view, array_of([shapely.Point(disc.lon, disc.lat)]))[0]
    round_ = array_of([point.buffer(disc.radius_m * view.frame.mm_per_m)])
    color = tone_color(disc.tone)
    line, width = ("#1B2733", 0.8) if disc.chosen else (color, 0.4)
    filled = path(round_, fill=color, opacity=DISC_OPACITY)
    return filled + path(round_, stroke=line, width_mm=width)


def _traces(land: Land, view: View, shown: MapState, text_pt: float) -> list[str]:
    width = text_pt * 0.06
    layers = []
    for trace in shown.traces:
        line = _paper(land, view, array_of([shapely.LineString(trace.line)]))
        dash = f'stroke-dasharray="{width * 3 * PER_MM:g} {width * 2 * PER_MM:g}"'
        layers.append(path(line, stroke="#FFFFFF", width_mm=width * 2))
        color = tone_color(trace.tone)
        layers.append(path(line, stroke=color, width_mm=width, more=dash if trace.dashed else ""))
    return layers


def _placed(land: Land, view: View, marks: Sequence[Mark]) -> list[tuple[Mark, Any]]:
    points = array_of([shapely.Point(one.lon, one.lat) for one in marks])
    return list(zip(marks, _paper(land, view, points), strict=True)) if marks else []


def _seen(point: Any, view: View) -> bool:
    return bool(0 <= point.x <= view.frame.width_mm and 0 <= point.y <= view.frame.height_mm)


def _dot(mark: Mark, point: Any, radius: float) -> Dot:
    size = radius if mark.text else radius * DOT_SHARE
    return Dot(point.x, point.y, size, tone_color(mark.tone), mark.text)


def _paper(land: Land, view: View, shapes: Shapes) -> Shapes:
    """Bring shapes in degrees to the map, mm."""
    return view.frame.on_paper(np.asarray(to_metric(shapes, land.terrain.crs), dtype=object))


# ---------------------------------------------------------------------------------- path data


def path(
    shapes: Shapes,
    *,
    fill: str = "none",
    stroke: str = "none",
    width_mm: float = 0.0,
    opacity: float = 1.0,
    more: str = "",
) -> str:
    """Draw polygons and lines as one SVG path.

    Parameters
    ----------
    shapes
        Paper millimetres.

    Returns
    -------
    str
        In hundredths of a millimetre; nothing where there is nothing to draw.
    """
    parts = shapely.get_parts(shapely.get_parts(shapes)) if len(shapes) else array_of([])
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
    rings = shapely.get_rings(polygons_of(shapes)) if len(shapes) else array_of([])
    data = "".join([*(_steps(ring, "Z") for ring in rings), *(_steps(line, "") for line in lines)])
    if not data:
        return ""
    return (
        f'<path d="{data}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}" '
        f'stroke-width="{width_mm * PER_MM:g}" fill-opacity="{opacity:g}" {more}/>'
    )


def _steps(line: Any, closing: str) -> str:
    units = np.rint(shapely.get_coordinates(line) * PER_MM).astype(np.int64)
    if len(units) < 2:  # noqa: PLR2004 - a line needs two places
        return ""
    steps = np.diff(units, axis=0)
    first = f"M{units[0, 0]} {units[0, 1]}"
    return first + "l" + " ".join(f"{x} {y}" for x, y in steps.tolist()) + closing
