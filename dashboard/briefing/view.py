"""A briefing of *this view*: exactly what the overview page shows, from the same services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from dashboard import facts, picture_map, rankings, state, verdicts, wording
from dashboard.briefing.captions import (
    Sizes,
    label_areas,
    label_grids,
    label_roads,
    mark_discs,
)
from dashboard.briefing.drawing import Pen
from dashboard.briefing.formats import PEN_SHARE, VIEW_FORMATS, Format
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import Land, read_land
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
    joined,
    legend_of,
    lines_legend,
    map_of,
    nothing_to_draw,
    place_of,
)
from dashboard.briefing.press import press
from dashboard.briefing.runs import plain_text, runs_of
from dashboard.choropleth import Classes
from dashboard.maps import MapState
from dashboard.services import overview
from dashboard.services.overview import Area, Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo import settings
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.layers import LAYERS
from geo.papers.drawing import look
from geo.papers.wording import clean, width_em, wrap
from geo.periods import PERIODS
from geo.words import _

NAME_AIR_EM: Final = 0.4
WIDEST_NAME_EM: Final = 12.0
"""A longer name in the ranking ends in an ellipsis; the map and the card have it all."""

DRAWN: Final = ("facility", "label")
"""The switchable layers a briefing draws besides grids and buildings."""


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
    scope, asked, picture = question.scope, question.state, question.picture
    land = read_land(scope)
    shown, hatch_lowest = _map_state(question)
    drawn, scale, marks = nothing_to_draw(form), None, None
    if land is not None:
        frame = frame_of(land, form)
        view = look(land.terrain, frame)
        marks = _marks(land, view, asked, form)
        pen = Pen(form.text * PEN_SHARE, hatch_lowest)
        board = board_of(view, pen)
        _words(land, view, board, shown, marks, form)
        drawn = map_of(land, view, shown, board, marks.discs, pen)
        scale = frame.scale if form.round_scale else None
    title = _title(scope, asked)
    parts = {
        "heading": {
            "title": title,
            "sub": [clean(f"{scope.street.place} {scope.street.name}"), _period(picture)],
            "facts": facts_of(scope, made, scale),
        },
        "strip": [_cell(cell) for cell in verdicts.strip_cells(picture)],
        "map": drawn,
        "legends": _legends(shown, land, marks, hatch_lowest=hatch_lowest),
        "sentences": _sentences(picture),
        "card": _card(picture, asked),
        "ranking": ranking_of(question),
        "notes": _notes(asked),
        "footer": footer_of(scope, made, schematic=land is not None and land.schematic),
    }
    return document(form, title, made, parts)


def _title(scope: Scope, asked: PageState) -> str:
    label = _(INDICATORS[asked.ind].label)
    return _("{place}: {indicator}", place=place_of(scope), indicator=label)


def _period(picture: Picture) -> str:
    period = picture.period
    words = {"start": period.start, "end": period.last_day}
    return _("{period}, {start} to {end}", period=_(PERIODS[period.key]), **words)


# ------------------------------------------------------------------------------------- the map


def _map_state(question: Question) -> tuple[MapState, bool]:
    """Return what the page's map shows, and whether its first class needs a hatch in grey."""
    scope, asked, grids = question.scope, question.state, question.picture.grids
    layers = tuple(layer for layer in asked.layers if layer in DRAWN)
    classes = picture_map.classes(scope, grids, asked.ind)
    shown = picture_map.map_state(scope, grids, replace(asked, layers=layers), classes, {})
    below = classes is not None and classes.ramp == "norm" and classes.counts[0] > 0
    return shown, below and asked.mode == "indicator"


def _marks(land: Land, view: Any, asked: PageState, form: Format) -> Marks:
    kinds = asked.kind if "facility" in asked.layers else None
    return Marks(land, view, kinds, form.text)


def _words(land: Land, view: Any, board: Any, shown: MapState, marks: Marks, form: Format) -> None:
    """Label the map: the grids first, roads and places where room is left."""
    sizes = Sizes(grid=form.text, road=form.text * 0.72, place=form.text * 0.66)
    mark_discs(board, marks.discs)
    if not shown.labels:
        return
    label_grids(land, view, board, shown.grid_labels, sizes)
    label_roads(land, view, board, sizes.road)
    label_areas(land, view, board, sizes.place, land.grid_names)


def _legends(
    shown: MapState,
    land: Land | None,
    marks: Marks | None,
    *,
    hatch_lowest: bool,
) -> list[Page]:
    colours = [
        legend_of(one, hatch_lowest=hatch_lowest and place == 0)
        for place, one in enumerate(shown.legends)
        if one.title != _("Facilities")
    ]
    points = marks.legend() if marks else None
    few = few_legend(land, shown)
    return [*colours, *few, *([points] if points else []), lines_legend(land, shown)]


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


def _notes(asked: PageState) -> list[str]:
    """Name the layers the page shows and this briefing does not draw."""
    left = [_(LAYERS[key].label) for key in asked.layers if key not in DRAWN]
    return [_("Not drawn here: {layers}.", layers=joined(left))] if left else []


def _body(order: Order) -> bytes:
    page = document_of(question_of(order.scope, order.state), order.form, order.made)
    return press(page, order.made.at, order.ending, order.form.ppi)


def _file_title(order: Order) -> str:
    known = INDICATORS.get(order.state.ind)
    about = _(known.label) if known else ""
    return _("{place} {about} briefing", place=place_of(order.scope), about=about)


def _stamp(order: Order) -> str:
    return f"{order.state.ind}-{order.state.period}"


KIND: Final = Kind(
    N_("This view"), VIEW_FORMATS, ("png", "pdf"), _body, _file_title, stamp=_stamp
)
