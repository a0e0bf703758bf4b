"""Sub-districts and stairwells: what a page's layers show besides points that count people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from dashboard.briefing.captions import MapBoard, label_parts
from dashboard.briefing.drawing import PALETTE, PER_MM, stroke
from dashboard.services.base import reading, viewer
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.crs import to_metric
from geo.papers.drawing import View
from geo.papers.terrain import array_of
from geo.papers.wording import clean
from geo.store import brief_rows

Shapes = npt.NDArray[Any]

UNITS_FROM: Final = 16.5
"""Zoom of a small screen from which the page's map shows stairwells."""

SUB_DISTRICT: Final = "#6C3363"
UNIT: Final = PALETTE.plain_bar
UNIT_MM: Final = 0.55


@dataclass(frozen=True)
class Parts:
    """Shapes in metres.

    Attributes
    ----------
    sub_districts
        Their outlines.
    names
        Of the sub-districts.
    units
        Points.
    """

    sub_districts: Shapes
    names: tuple[str, ...]
    units: Shapes


def read_parts(scope: Scope, crs: pyproj.CRS, asked: PageState, level: float) -> Parts:
    """Read what is switched on, and what the page's map would show at this zoom.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer.
    """
    ids, who = scope.community_ids, viewer()
    outlines, units = array_of([]), array_of([])
    names: tuple[str, ...] = ()
    with reading() as connection:
        if "sub_district" in asked.layers:
            rows = brief_rows.sub_districts(connection, who, ids)
            outlines, names = _metric(rows["geom"], crs), tuple(map(clean, rows["name"]))
        if "unit" in asked.layers and level >= UNITS_FROM:
            units = _metric(brief_rows.units(connection, who, ids)["geom"], crs)
    return Parts(outlines, names, units)


def _metric(shapes: Any, crs: pyproj.CRS) -> Shapes:
    moved = np.asarray(to_metric(array_of(list(shapes)), crs), dtype=object)
    broken = ~shapely.is_valid(moved)
    moved[broken] = shapely.make_valid(moved[broken])
    return moved


def draw_parts(parts: Parts, view: View, weight: float) -> list[str]:
    """Draw them as SVG, to lie above buildings and below borders."""
    outlines = _seen(parts.sub_districts, view)
    # Not dashed: neighbours share their border, and two dashed lines never match.
    lines = [
        stroke(outlines, "#FFFFFF", 1.9 * weight),
        stroke(outlines, SUB_DISTRICT, 0.8 * weight),
    ]
    dots = [
        f'<circle cx="{round(x * PER_MM)}" cy="{round(y * PER_MM)}" '
        f'r="{round(UNIT_MM * weight * PER_MM)}" fill="{UNIT}" stroke="#FFFFFF" stroke-width="15"/>'
        for x, y in shapely.get_coordinates(units_on(parts, view)).tolist()
    ]
    return [*(line for line in lines if line), *dots]


def units_on(parts: Parts, view: View) -> Shapes:
    """Return the stairwells on the map, mm."""
    points = view.frame.on_paper(parts.units)
    pane = shapely.box(0, 0, view.frame.width_mm, view.frame.height_mm)
    return np.asarray(points[shapely.within(points, pane)], dtype=object)


def _seen(shapes: Shapes, view: View) -> Shapes:
    """Cut areas to what is drawn, mm."""
    return view.frame.on_paper(shapely.clip_by_rect(shapes, *view.frame.window(4.0)))


def label_sub_districts(parts: Parts, view: View, board: MapBoard, size: float) -> None:
    """Name the sub-districts."""
    pane = (0.0, 0.0, view.frame.width_mm, view.frame.height_mm)
    on_map = shapely.clip_by_rect(view.frame.on_paper(parts.sub_districts), *pane)
    label_parts(np.asarray(on_map, dtype=object), parts.names, board, size)
