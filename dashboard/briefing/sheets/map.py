"""The map of a grid: its buildings numbered, in the colours of their dwellings; all else pale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from dashboard.briefing.captions import (
    MapBoard,
    label_areas,
    label_numbers,
    label_roads,
)
from dashboard.briefing.drawing import INSIDE, PER_MM, SOFT, Pen, number_styles
from dashboard.briefing.formats import PEN_SHARE, Format
from dashboard.briefing.land import Land
from dashboard.briefing.page import Page, board_of, map_of
from dashboard.maps import Focus, MapState
from dashboard.services.overview import Area
from geo.papers.drawing import View, look
from geo.papers.frame import Frame, fit
from geo.papers.labels import Label, extent, insides, places
from geo.papers.terrain import array_of, polygons_of
from geo.papers.wording import clean, wrap
from geo.plans import label_points

Shapes = npt.NDArray[Any]

LARGEST: Final = 1_000
SMALLEST: Final = 3_000
"""Denominators between which a sheet should stay; a larger grid goes beyond the second."""

AROUND_MM: Final = 7.0
"""Ground beside a grid, for its neighbours' names."""

VEIL: Final = 0.62
"""How much the ground outside the grid is paled."""

NUMBER_SHARE: Final = 1.2
LED_SHARES: Final = (0.5, 0.42)
NAME_SHARE: Final = 0.95
ROAD_SHARE: Final = 0.8
PLACE_SHARE: Final = 0.75
"""Sizes of words on the map, of running text; a number that is led to its building is small."""

SIDES: Final = 24
RINGS_MM: Final = (2.0, 3.0, 4.5, 6.0, 8.0, 11.0, 14.0, 18.0, 23.0, 29.0, 36.0)
"""Where a number is tried that has no room in or beside its building."""

LEAST_MM2: Final = 150.0
"""A neighbour of which less is seen goes unnamed."""

FORMS: Final = ((9.0, 2), (5.0, 3))
"""A neighbour's name is broken after so many characters, into so many lines at most."""

_BLEED_MM: Final = 1.0


@dataclass(frozen=True)
class Ground:
    """What the maps of a community's grids are drawn from.

    Attributes
    ----------
    land
        Its shapes.
    state
        What the maps show: buildings by state.
    areas
        Its grids, by database id.
    """

    land: Land
    state: MapState
    areas: Mapping[int, Area]


@dataclass(frozen=True)
class Own:
    """The grid a map is about.

    Attributes
    ----------
    id
        Its database id.
    name
        What it is called.
    marks
        By building id.
    """

    id: int
    name: str
    marks: Mapping[int, str]


@dataclass(frozen=True)
class Drawn:
    """A map: what `sheets.typ` sets, its scale, and the land as it was drawn."""

    map: Page
    scale: int
    land: Land


def draw(ground: Ground, own: Own, form: Format) -> Drawn | None:
    """Draw the map of a grid; None where it has neither a shape nor buildings.

    Parameters
    ----------
    ground
        Of the community.
    own
        The grid.
    form
        One of `dashboard.briefing.formats.SHEET_FORMATS`.
    """
    land, frame = ground.land, frame_of(ground.land, own, form)
    if frame is None:
        return None
    shown = replace(ground.state, focus=Focus(grid=own.id), community_name=own.name)
    mine = _only(land, own)
    view, pen = look(land.terrain, frame), Pen(form.text * PEN_SHARE)
    board = board_of(view, pen)
    label_numbers(mine, view, board, number_styles(mine, shown), form.text * NUMBER_SHARE)
    lines = _led(mine, view, board, form.text)
    said = _neighbours(ground, own, view, board, form.text * NAME_SHARE)
    label_roads(land, view, board, form.text * ROAD_SHARE)
    label_areas(land, view, board, form.text * PLACE_SHARE, {*said, own.name})
    over = [*_veil(land, own, view), *lines]
    return Drawn(map_of(mine, view, shown, board, [], pen, over), frame.scale, mine)


def frame_of(land: Land, own: Own, form: Format) -> Frame | None:
    """Lay the frame around a grid at a round scale; None where there is nothing to frame."""
    shapes = np.concatenate(
        [
            land.terrain.grids[land.grid_id == own.id],
            land.terrain.buildings[(land.buildings["grid_id"] == own.id).to_numpy()],
        ]
    )
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    frame = fit((west, south, east, north), *form.map_mm, AROUND_MM)
    return replace(frame, scale=max(frame.scale, LARGEST))


def _only(land: Land, own: Own) -> Land:
    """Leave numbers and colours to the grid's own buildings."""
    known = land.buildings
    inside = (known["grid_id"] == own.id).to_numpy()
    mine = known.assign(
        number=[own.marks.get(number, "") for number in known["id"].tolist()],
        dominant_state=known["dominant_state"].where(inside, "none"),
        households=known["households"].where(inside, 0),
    )
    return replace(land, buildings=mine)


def _veil(land: Land, own: Own, view: View) -> list[str]:
    """Pale everything outside the grid."""
    pane = shapely.box(
        -_BLEED_MM, -_BLEED_MM, view.frame.width_mm + _BLEED_MM, view.frame.height_mm + _BLEED_MM
    )
    grid = view.grids[land.grid_id == own.id]
    around = shapely.difference(pane, shapely.union_all(shapely.buffer(grid, 0)))
    rings = shapely.get_rings(polygons_of(array_of([around])))
    data = "".join(_path(ring) for ring in rings)
    return [f'<path d="{data}" fill-rule="evenodd" fill="{INSIDE}" fill-opacity="{VEIL}"/>']


def _path(ring: Any) -> str:
    xy = np.rint(shapely.get_coordinates(ring) * PER_MM).astype(int).tolist()
    return "M" + "L".join(f"{x} {y}" for x, y in xy) + "Z"


# -------------------------------------------------------------------------------------- words


def _led(mine: Land, view: View, board: MapBoard, text: float) -> list[str]:
    """Put the numbers that found no room near their buildings, and lead a line to each.

    Where there is no room at all, a number stands on its building whatever else is there: one
    without a number could not be found in the table.
    """
    texts = [clean(number) for number in mine.buildings["number"].to_numpy()[view.building_at]]
    there = {label.lines[0] for label in board.labels}
    lines = []
    for place in [at for at, number in enumerate(texts) if number and number not in there]:
        (point,) = insides(view.buildings[place : place + 1])
        if any(_beside(board, point, texts[place], share * text) for share in LED_SHARES):
            to = board.labels[-1]
            lines.append(_line((point.x, point.y), (to.x, to.y)))
        else:
            size = LED_SHARES[-1] * text
            board.labels.append(Label(point.x, point.y, (texts[place],), size, "number-aside"))
    return lines


def _beside(board: MapBoard, point: Any, number: str, size: float) -> bool:
    """Put a number at the nearest free place around a point."""
    turns = np.arange(SIDES) * 2 * np.pi / SIDES
    ring = np.column_stack([np.cos(turns), np.sin(turns)]).round(6)
    middles = np.array([point.x, point.y]) + np.concatenate([ring * far for far in RINGS_MM])
    half = np.array(extent((number,), size)) / 2
    free = np.flatnonzero(board.free(np.hstack([middles - half, middles + half])))
    spots = (middles[at].tolist() for at in free[:1])
    return board.put_first(Label(x, y, (number,), size, "number-aside") for x, y in spots)


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x0, y0), (x1, y1) = ([round(v * PER_MM) for v in xy] for xy in (start, end))
    return f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{SOFT}" stroke-width="15"/>'


def _neighbours(ground: Ground, own: Own, view: View, board: MapBoard, size: float) -> list[str]:
    """Name the grids around where they have room; return the names that are said."""
    pane = (0.0, 0.0, view.frame.width_mm, view.frame.height_mm)
    seen = np.asarray(shapely.clip_by_rect(view.grids, *pane), dtype=object)
    ids = ground.land.grid_id
    around = np.flatnonzero((shapely.area(seen) >= LEAST_MM2) & (ids != own.id)).tolist()
    said = []
    for place in around:
        area = ground.areas.get(int(ids[place]))
        if area and _named(area, seen[place], board, size):
            said.append(clean(area.name))
    return said


def _named(area: Area, shape: Any, board: MapBoard, size: float) -> bool:
    """Put a grid's name inside what is seen of it, else its code."""
    (point,) = label_points(array_of([shape]))
    label = clean(area.label)
    spots = places(shape, point)
    shapely.prepare(shape)
    return any(
        board.put_first(
            (Label(x, y, lines, size, "compound") for x, y in spots),
            inside=shape,
        )
        for lines in (*(tuple(wrap(label, *form)) for form in FORMS), (area.short,))
    )
