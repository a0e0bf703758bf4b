"""A briefing of *this view*: exactly what the overview page shows, from the same services."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from dashboard import facts, picture_map, rankings, state, verdicts, wording
from dashboard.briefing import view_report
from dashboard.briefing.captions import (
    MapBoard,
    Sizes,
    label_areas,
    label_grids,
    label_numbers,
    label_roads,
    mark_discs,
)
from dashboard.briefing.drawing import SPOT_MM, Pen, crowded, number_styles, on_map
from dashboard.briefing.formats import PEN_SHARE, VIEW_FORMATS, Format
from dashboard.briefing.heaps import Heaps, read_heaps
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import Land, read_land
from dashboard.briefing.look import SeenState, level_of, part_of
from dashboard.briefing.marks import Marks
from dashboard.briefing.page import (
    Made,
    Page,
    board_of,
    document,
    facts_of,
    few_legend,
    footer_of,
    frame_of,
    legend_of,
    lines_legend,
    map_of,
    nothing_to_draw,
    place_of,
)
from dashboard.briefing.parts import (
    UNIT,
    Parts,
    draw_parts,
    label_sub_districts,
    read_parts,
    units_on,
)
from dashboard.briefing.picked import Picked, picked_of
from dashboard.briefing.points_legend import points_legends
from dashboard.briefing.press import press
from dashboard.briefing.runs import plain_text, runs_of
from dashboard.briefing.tallies import put_marks
from dashboard.briefing.writing import OFFICE, written
from dashboard.choropleth import Classes
from dashboard.legends import elderly_legend, facility_legend, party_legend, ticket_legend
from dashboard.maps import MapState
from dashboard.services import overview, things
from dashboard.services.base import viewer
from dashboard.services.overview import Area, Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo import settings
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.layers import LAYERS
from geo.papers.drawing import View, look
from geo.papers.wording import clean, width_em, wrap
from geo.periods import PERIODS
from geo.words import _

NAME_AIR_EM: Final = 0.4
WIDEST_NAME_EM: Final = 12.0
"""A longer name in the ranking ends in an ellipsis; the map and the card have it all."""

NUMBERS_FROM: Final = 17.0
"""Zoom of a small screen from which the page's map numbers buildings."""

EXPLAINED: Final = frozenset({"ticket", "elderly", "party_household", "facility"})
"""Layers of points with a legend of their own."""

MORE_LEGEND: Final = 0.3
"""For each of these but one, the legend is so much higher."""

NUMBER_SHARE: Final = 0.7
"""Size of a building's number, of running text."""


@dataclass(frozen=True)
class Question:
    """What the page shows: its territory, its state with an indicator we know, its figures."""

    scope: Scope
    state: PageState
    picture: Picture


def question_of(scope: Scope, asked: PageState) -> Question:
    """Read what the overview page reads for the same address."""
    known = asked if asked.ind in INDICATORS else state.with_default(asked, "ind")
    return Question(scope, known, discreet(overview.picture(scope, known.period)))


def discreet(picture: Picture) -> Picture:
    """Leave out what would say a small number of one building."""
    busiest = picture.busiest
    if busiest is None or busiest.tickets >= settings.briefings().briefing_fewest:
        return picture
    ground = discreet(picture.ground) if picture.ground else None
    return replace(picture, busiest=None, ground=ground)


def document_of(question: Question, form: Format, made: Made) -> Page:
    """Compose what `brief.typ` sets, as plain data: words, numbers, SVG.

    Parameters
    ----------
    question
        What the page shows.
    form
        One of `dashboard.briefing.formats.VIEW_FORMATS`.
    made
        Who makes it, and when.
    """
    question, refused = _allowed(question)
    scope, asked, picture = question.scope, question.state, question.picture
    form, land = roomier(form, asked), read_land(scope)
    found = things.chosen(scope, asked, picture.period)
    picked = picked_of(scope, picture, found, land) if found else None
    drawing = _drawing(question, land, picked, form)
    title = _title(scope, asked)
    parts = {
        "heading": {
            "title": title,
            "sub": [clean(f"{scope.street.place} {scope.street.name}"), _period(picture)],
            "facts": facts_of(scope, made, drawing.scale if form.round_scale else None),
        },
        "strip": [_cell(cell) for cell in verdicts.strip_cells(picture)],
        "map": drawing.map,
        "legends": drawing.legends,
        "sentences": _sentences(picture),
        "card": _thing_card(picked) if picked else _card(picture, asked),
        "ranking": ranking_of(question),
        "notes": [*refused, *_notes(question), *([picked.note] if picked and picked.note else [])],
        "footer": footer_of(scope, made, schematic=land is not None and land.schematic),
    }
    return document(form, title, made, parts)


def roomier(form: Format, asked: PageState) -> Format:
    """Give the legend more room at the map's cost where several layers of points are explained."""
    layers = sum(layer in EXPLAINED for layer in asked.layers)
    more = min(max(layers - 1, 0) * MORE_LEGEND * form.legend, form.map_h / 4)
    return replace(form, legend=form.legend + more, map_h=form.map_h - more)


def _allowed(question: Question) -> tuple[Question, list[str]]:
    """Leave out the layers this viewer may not see, and say so."""
    asked, role = question.state, viewer().role
    refused = [key for key in asked.layers if key in LAYERS and role not in LAYERS[key].roles]
    kept = tuple(key for key in asked.layers if key not in refused)
    told = [_("You may not see the layer “{name}”.", name=_(LAYERS[key].label)) for key in refused]
    return replace(question, state=replace(asked, layers=kept)), told


def _title(scope: Scope, asked: PageState) -> str:
    label = _(INDICATORS[asked.ind].label)
    return _("{place}: {indicator}", place=place_of(scope), indicator=label)


def _period(picture: Picture) -> str:
    period = picture.period
    words = {"start": period.start, "end": period.last_day}
    return _("{period}, {start} to {end}", period=_(PERIODS[period.key]), **words)


# ------------------------------------------------------------------------------------- the map


@dataclass(frozen=True)
class Drawing:
    """The map, its legends, and its scale; None where there is no map."""

    map: Page
    legends: list[Page]
    scale: int | None


@dataclass(frozen=True)
class Sheet:
    """What a map is drawn with.

    Attributes
    ----------
    land, view, board, pen
        What there is, what of it is seen, what stands on it, how it is drawn.
    level
        Zoom of a small screen that shows as much.
    parts, marks
        Sub-districts and stairwells, and facilities.
    text
        Size of running text.
    """

    land: Land
    view: View
    board: MapBoard
    pen: Pen
    level: float
    parts: Parts
    marks: Marks
    text: float


def _drawing(question: Question, land: Land | None, picked: Picked | None, form: Format) -> Drawing:
    """Draw the map; where there is nothing to draw, say so."""
    asked = question.state
    tickets = overview.ticket_signs(question.scope, question.picture.period, asked.cls)
    shown, hatch_lowest = _map_state(question, tickets, picked)
    if land is None:
        legends = _legends(shown, [], None, hatch_lowest=hatch_lowest)
        return Drawing(nothing_to_draw(form), legends, None)
    sheet = _sheet(question, land, form, Pen(form.text * PEN_SHARE, hatch_lowest))
    heaps = read_heaps(question.scope, land.terrain.crs, asked, question.picture.period)
    sheet.board.signs.extend(draw_parts(sheet.parts, sheet.view, sheet.pen.weight))
    mark_discs(sheet.board, sheet.marks.discs)
    if shown.focus.point:
        at, reach = on_map(land, sheet.view, shown.focus.point), SPOT_MM * sheet.pen.weight
        sheet.board.reserve((at.x - reach, at.y - reach, at.x + reach, at.y + reach))
    _words(sheet, shown, heaps.values())
    drawn = map_of(land, sheet.view, shown, sheet.board, sheet.marks.discs, sheet.pen)
    points = points_legends(asked, heaps, tickets)
    legends = _legends(shown, points, sheet, hatch_lowest=hatch_lowest)
    return Drawing(drawn, legends, sheet.view.frame.scale)


def _sheet(question: Question, land: Land, form: Format, pen: Pen) -> Sheet:
    """Choose the part of the ground, and look at what is there."""
    asked, terrain = question.state, land.terrain
    part = part_of(asked, terrain.crs, terrain.bounds)
    frame = frame_of(land, form, part)
    view = look(terrain, frame)
    level = asked.look.level if part and isinstance(asked, SeenState) and asked.look else None
    level = level or level_of(frame, terrain.crs)
    kinds = asked.kind if "facility" in asked.layers else None
    return Sheet(
        land=land,
        view=view,
        board=board_of(view, pen),
        pen=pen,
        level=level,
        parts=read_parts(question.scope, terrain.crs, asked, level),
        marks=Marks(land, view, kinds, form.text),
        text=form.text,
    )


def _map_state(
    question: Question, tickets: Mapping[str, int], picked: Picked | None
) -> tuple[MapState, bool]:
    """Return what the page's map shows, and whether its first class needs a hatch in grey."""
    scope, asked, grids = question.scope, question.state, question.picture.grids
    classes = picture_map.classes(scope, grids, asked.ind)
    shown = picture_map.map_state(scope, grids, asked, classes, tickets)
    focus = replace(
        shown.focus,
        building=picked.building if picked else None,
        point=picked.point if picked else None,
    )
    below = classes is not None and classes.ramp == "norm" and classes.counts[0] > 0
    return replace(shown, focus=focus), below and asked.mode == "indicator"


def _words(sheet: Sheet, shown: MapState, heaps: Collection[Heaps]) -> None:
    """Label the map: the grids first, then what is counted; the rest where room is left.

    With points on it, grids have only their codes, as on the page.
    """
    land, view, board, text = sheet.land, sheet.view, sheet.board, sheet.text
    sizes = Sizes(grid=text, road=text * 0.72, place=text * 0.66)
    said: Mapping[int, Sequence[str]] = shown.grid_labels if shown.labels else {}
    if crowded(shown):
        said = {grid: (lines[0].split(" ")[0],) for grid, lines in said.items()}
    label_grids(land, view, board, said, sizes)
    label_sub_districts(sheet.parts, view, board, sizes.road)
    for layer in heaps:
        put_marks(layer, view.frame, board, text, math.sqrt(len(heaps)))
    if not shown.labels:
        return
    if sheet.level >= NUMBERS_FROM:
        label_numbers(land, view, board, number_styles(land, shown), text * NUMBER_SHARE)
    label_roads(land, view, board, sizes.road)
    label_areas(land, view, board, sizes.place, land.grid_names)


def _legends(
    shown: MapState, points: list[Page], sheet: Sheet | None, *, hatch_lowest: bool
) -> list[Page]:
    """Explain colours, points and lines, in the order of the page."""
    counting = _page_titles()
    colours = [
        legend_of(one, hatch_lowest=hatch_lowest and place == 0)
        for place, one in enumerate(shown.legends)
        if one.title not in counting
    ]
    land = sheet.land if sheet else None
    facilities = sheet.marks.legend() if sheet else None
    lines = lines_legend(land, shown)
    if sheet and len(units_on(sheet.parts, sheet.view)):
        row = {"sign": "dot", "color": UNIT, "mark": "", "text": _("Units"), "count": ""}
        lines = {**lines, "rows": [*lines["rows"], row]}
    few = few_legend(land, shown)
    return [*colours, *few, *points, *([facilities] if facilities else []), lines]


def _page_titles() -> set[str]:
    """Return the titles of the page's legends of points: a paper has its own."""
    return {
        one.title
        for one in (ticket_legend({}, ()), elderly_legend(()), party_legend(), facility_legend(()))
    }


# -------------------------------------------------------------------------------------- figures


def _cell(cell: Any) -> Page:
    kept = ("label", "value", "unit", "verdict", "tone", "change", "change_tone")
    return {name: clean(getattr(cell, name)) for name in kept}


def _sentences(picture: Picture) -> Page:
    said = verdicts.three_things(picture)
    return {
        "heading": verdicts.heading(said) if said else "",
        "lines": [runs_of(line) for line in said],
    }


def _card(picture: Picture, asked: PageState) -> Page | None:
    """Return the facts of the chosen grid, as its card on the page."""
    area = picture.area(asked.grid)
    if area is None:
        return None
    return {
        "title": clean(area.label),
        "line": clean(facts.area_line(area)),
        "rows": [_fact(row) for row in facts.of_area(picture, area)],
    }


def _thing_card(picked: Picked) -> Page:
    """Return the card of a picked thing."""
    return {
        "title": plain_text(picked.title),
        "line": plain_text(picked.line),
        "rows": [_fact(row) for row in picked.rows],
    }


def _fact(row: facts.Fact) -> Page:
    return {
        "label": clean(row.label),
        "value": plain_text(row.value),
        "against": runs_of(row.against),
    }


def ranking_of(question: Question) -> Page:
    """Rank the areas as the page does."""
    picture, asked = question.picture, question.state
    label = _(INDICATORS[asked.ind].label)
    heading = _("{areas}: {indicator}", areas=wording.areas_noun(picture), indicator=label)
    found: Classes | None = picture_map.classes(question.scope, picture, asked.ind)
    made = rankings.ranking(picture, asked.ind, found)
    known = any(row.value is not None for row in made.rows)
    names = [" ".join(wrap(row.name, WIDEST_NAME_EM, 1)) for row in made.rows]
    return {
        "heading": heading,
        "head": list(made.head),
        "band": list(made.band) if made.band else None,
        "top": made.top,
        "name_em": max(map(width_em, names), default=0.0) + NAME_AIR_EM,
        "rows": [{**asdict(row), "name": name} for row, name in zip(made.rows, names, strict=True)],
        "chosen": _position(made.rows, picture.area(asked.grid)),
        "more": _("… and {n} more", n="\u0001"),
        "empty": "" if known else _nothing_known(picture, label),
    }


def _position(rows: Iterable[Any], area: Area | None) -> int:
    """Return where the chosen grid stands; -1 for nowhere."""
    return next((at for at, row in enumerate(rows) if area and row.id == area.code), -1)


def _nothing_known(picture: Picture, label: str) -> str:
    if not picture.areas:
        return _("There are no grids yet: nothing to compare.")
    return _("There are no figures of “{indicator}” in this period.", indicator=label)


def _notes(question: Question) -> list[str]:
    """Say what the page says of its ticket filters."""
    asked = question.state
    if "ticket" not in asked.layers:
        return []
    tickets = overview.ticket_signs(question.scope, question.picture.period, asked.cls)
    if not any(tickets.get(sign) for sign in asked.sign):
        return [_("No tickets match.")]
    return [_("Filtered: {n} ticket classes", n=len(asked.cls))] if asked.cls else []


def _body(order: Order) -> bytes:
    question = question_of(order.scope, order.state)
    if order.ending in OFFICE:  # the frame is what a slide's map fills, whatever was asked for
        page = document_of(question, VIEW_FORMATS["slide"], order.made)
        return written(view_report.report_of(page), order)
    page = document_of(question, order.form, order.made)
    return press(page, order.made.at, order.ending, order.form.ppi)


def _file_title(order: Order) -> str:
    known = INDICATORS.get(order.state.ind)
    about = _(known.label) if known else ""
    return _("{place} {about} briefing", place=place_of(order.scope), about=about)


def _stamp(order: Order) -> str:
    return f"{order.state.ind}-{order.state.period}"


KIND: Final = Kind(
    N_("This view"), VIEW_FORMATS, ("png", "pdf", *OFFICE), _body, _file_title, stamp=_stamp
)
