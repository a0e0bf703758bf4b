"""What every briefing has: the map with its scale, the heading, the foot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import shapely

from dashboard import figures
from dashboard.briefing.captions import MapBoard
from dashboard.briefing.drawing import (
    NEUTRAL,
    Disc,
    Pen,
    scale_m,
    svg_of,
    too_few,
)
from dashboard.briefing.formats import Format
from dashboard.briefing.land import Land
from dashboard.maps import Legend, MapState
from dashboard.services.territory import Scope
from geo import settings
from geo.papers.drawing import View
from geo.papers.frame import MM_PER_M, Frame
from geo.papers.labels import Board, Label
from geo.papers.wording import clean, count, minute, wrap
from geo.periods import ZONE
from geo.store.access import known_as
from geo.words import _, language

Page = dict[str, Any]
Box = tuple[float, float, float, float]

MARGIN_SHARE: Final = 0.02
"""Ground beside what the map is about, of the map's width."""

SMALLEST: Final = 0.1
"""Metres of ground on a millimetre of map, at least: a single building need not fill a wall."""

CORNER_MM: Final = 2.0
ARROW_MM: Final = (9.0, 13.0)
BAR_MM: Final = (8.0, 9.0)
"""Air beside the scale bar, and the height of its plate."""

BUILT_WEIGHT: Final = 10.0
"""Hiding a building is so much worse than hiding ground."""


@dataclass(frozen=True)
class Made:
    """When a briefing is made, and for whom it says it was made by."""

    at: datetime
    by: str


def frame_of(land: Land, form: Format, part: Box | None = None) -> Frame:
    """Lay the map's frame around everything or a part of the ground, as large as it fits.

    Where people measure, to a scale of two digits (1:3,100): a bar goes with it, and the usual
    steps (1:3,000, 1:4,000) would leave up to half of the sheet empty.

    Parameters
    ----------
    part
        West, south, east, north, metres; it may touch the map's edge.
    """
    wide, high = form.map_mm
    west, south, east, north = part or land.terrain.bounds
    margin = 0.0 if part else wide * MARGIN_SHARE
    room_w, room_h = wide - 2 * margin, high - 2 * margin
    needed = MM_PER_M * max((east - west) / room_w, (north - south) / room_h, SMALLEST)
    step = 10 ** max(int(math.log10(needed)) - 1, 0) if form.round_scale else 1
    scale = math.ceil(needed / step) * step
    return Frame(wide, high, scale, (west + east) / 2, (south + north) / 2)


@dataclass(frozen=True)
class Furniture:
    """Where the north arrow and the scale bar stand on the map, mm."""

    arrow: Box
    bar: Box


def furniture_of(view: View, pen: Pen) -> Furniture:
    """Put arrow and bar into the corners where they hide least."""
    frame = view.frame
    air, high = (size * pen.weight for size in BAR_MM)
    long = scale_m(frame) * frame.mm_per_m + 2 * air
    low = frame.height_mm - CORNER_MM - high
    return Furniture(
        arrow=_emptier(view, CORNER_MM, (ARROW_MM[0] * pen.weight, ARROW_MM[1] * pen.weight)),
        bar=_emptier(view, low, (long, high)),
    )


def _emptier(view: View, top: float, size: tuple[float, float]) -> Box:
    """Return the box at the right or at the left that hides less, buildings above all."""
    wide, high = size
    boxes = [
        (x, top, x + wide, top + high) for x in (view.frame.width_mm - CORNER_MM - wide, CORNER_MM)
    ]
    costs = [
        sum(
            weight * float(shapely.area(shapely.clip_by_rect(shapes, *box)).sum())
            for weight, shapes in ((BUILT_WEIGHT, view.buildings), (1.0, view.grids))
        )
        for box in boxes
    ]
    return boxes[costs.index(min(costs))]


def board_of(view: View, pen: Pen) -> MapBoard:
    """Make the map's board, with room kept for the scale bar and the north arrow."""
    board, furniture = MapBoard(view.frame.width_mm, view.frame.height_mm), furniture_of(view, pen)
    for box in (furniture.arrow, furniture.bar):
        board.reserve(box)
    return board


def map_of(
    land: Land,
    view: View,
    state: MapState,
    board: Board,
    discs: list[Disc],
    pen: Pen,
    over: Sequence[str] = (),
) -> Page:
    """Put the map together: its drawing (`over` as in `svg_of`), its words, bar and arrow.

    A `MapBoard` may have signs, which stand above the drawing.
    """
    frame, furniture = view.frame, furniture_of(view, pen)
    length = scale_m(frame)
    signs = board.signs if isinstance(board, MapBoard) else ()
    return {
        **_size(frame),
        "svg": svg_of(land, view, state, discs, pen, over, signs),
        "labels": [asdict(label) for label in board.labels],
        "arrow": {"box": furniture.arrow, "text": _("N")},
        "bar": {
            "box": furniture.bar,
            "length": length * frame.mm_per_m,
            "ticks": ["0", _("{n} m", n=count(length))],
        },
        "alt": _("Map of {place}", place=state.community_name or state.community),
    }


def nothing_to_draw(form: Format) -> Page:
    """Say in the middle of an empty map why there is nothing on it."""
    wide, high = form.map_mm
    frame = Frame(wide, high, 1_000, 0.0, 0.0)
    text = _("There is nothing to draw yet: no boundary, no grids, no buildings.")
    label = Label(wide / 2, high / 2, tuple(wrap(text, 24, 4)), form.text * 1.2, "notice")
    return {
        **_size(frame),
        "svg": "",
        "labels": [asdict(label)],
        "arrow": None,
        "bar": None,
        "alt": text,
    }


def _size(frame: Frame) -> Page:
    return {"width": frame.width_mm, "height": frame.height_mm}


# -------------------------------------------------------------------------------------- words


def place_of(scope: Scope) -> str:
    """Return what the briefing is about: the community, or the whole street."""
    if scope.community:
        return clean(scope.community.name)
    return _("{street}: all communities", street=clean(scope.street.name))


def facts_of(scope: Scope, made: Made, scale: int | None) -> list[str]:
    """Say which plan counts, where the data ends, and the scale where one is kept."""
    facts = [_plan(scope, made.at.astimezone(ZONE).date())]
    if scope.as_of:
        facts.append(_("data until {time}", time=minute(scope.as_of)))
    if scale:
        facts.append(_("Scale 1:{n}", n=count(scale)))
    return facts


def _plan(scope: Scope, today: date) -> str:
    if not scope.plan_ids:
        return _("No grid plan yet")
    if scope.community is None:
        return _("plans in force: {n}", n=figures.integer(len(scope.plan_ids)))
    name, first = clean(scope.community.plan_name or ""), scope.community.plan_from
    if first is None:
        return _("{plan} (in force)", plan=name)
    if first > today:
        return _("{plan} (from {day})", plan=name, day=f"{first:%Y-%m-%d}")
    return _("{plan} (in force since {day})", plan=name, day=f"{first:%Y-%m-%d}")


def footer_of(scope: Scope, made: Made, *, schematic: bool) -> dict[str, str]:
    """Say whose data it is, who made it when, and for which use."""
    return {
        "warning": _("Schematic: boundaries and ground are drawn for illustration.")
        if schematic
        else "",
        "source": clean(" · ".join(scope.attributions)),
        "made": _(
            "Made for internal use by {name}, {time}. Data version {version}.",
            name=clean(known_as(made.by)),
            time=minute(made.at),
            version=scope.edition.version[:8],
        ),
        "page": _("Page {page} of {pages}", page="\u0001", pages="\u0002"),
    }


def legend_of(legend: Legend, *, hatch_lowest: bool = False) -> Page:
    """Take over a legend of the page's map.

    Parameters
    ----------
    hatch_lowest
        Whether the drawing hatches the first class.
    """
    rows = [
        {
            "sign": "hatched_fill" if hatch_lowest and place == 0 else row.swatch,
            "color": row.color,
            "mark": "",
            "text": clean(row.text),
            "count": row.count or "",
        }
        for place, row in enumerate(legend.rows)
    ]
    return {"title": clean(legend.title), "subtitle": clean(legend.subtitle), "rows": rows}


def few_legend(land: Land | None, state: MapState) -> list[Page]:
    """Say that small buildings do not show their state; nothing where there are none."""
    if land is None or state.building_mode != "state" or not too_few(land).any():
        return []
    text = _("Fewer than {n} dwellings: not shown", n=settings.briefings().briefing_fewest)
    row = {"sign": "fill", "color": NEUTRAL, "mark": "", "text": text, "count": ""}
    return [{"title": "", "subtitle": "", "rows": [row]}]


def lines_legend(land: Land | None, state: MapState) -> Page:
    """Explain the lines."""
    rows = []
    if land is not None and len(land.grid_id):
        rows.append({"sign": "grid", "text": _("Border of a grid")})
    if state.focus.grid:
        rows.append({"sign": "chosen", "text": _("Chosen grid")})
    if state.focus.building:
        rows.append({"sign": "chosen", "text": _("Chosen building")})
    if state.focus.point:
        rows.append({"sign": "spot", "text": _("Chosen thing")})
    if "sub_district" in state.layers:
        rows.append({"sign": "sub_district", "text": _("Sub-district")})
    if land is not None and land.terrain.boundary is not None:
        rows.append({"sign": "edge", "text": _("Community boundary")})
    full = [{"color": "", "mark": "", "count": "", **row} for row in rows]
    return {"title": "", "subtitle": "", "rows": full}


def document(form: Format, title: str, made: Made, parts: Page) -> Page:
    """Wrap a page into the document `brief.typ` sets; what it does not have stays empty."""
    panel_w, panel_h = form.panel
    nothing: Page = {
        "strip": [],
        "sentences": {"heading": "", "lines": []},
        "card": None,
        "notes": [],
        "figures": [],
    }
    return {
        "title": title,
        "author": clean(known_as(made.by)),
        "lang": language(),
        "form": {**_plain(form), "panel_w": panel_w, "panel_h": panel_h},
        **nothing,
        **parts,
    }


def _plain(form: Format) -> Page:
    kept = ("arrange", "width", "height", "margin", "text", "header", "strip", "legend", "footer")
    return {name: getattr(form, name) for name in (*kept, "map_w", "map_h")}


def joined(names: Sequence[str]) -> str:
    """List some names."""
    return _(", ").join(names)
