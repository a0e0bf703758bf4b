"""The wall map (网格图) of a community: grids, numbered buildings, roads, facilities; A1 or A0."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from dashboard import figures, legends, picture_map, wording
from dashboard.briefing.captions import (
    MapBoard,
    Sizes,
    label_areas,
    label_discs,
    label_grids,
    label_numbers,
    label_roads,
    mark_discs,
)
from dashboard.briefing.drawing import Pen, number_styles
from dashboard.briefing.formats import PEN_SHARE, WALL_FORMATS, Format
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
    legend_of,
    lines_legend,
    map_of,
    nothing_to_draw,
    place_of,
)
from dashboard.briefing.press import press
from dashboard.briefing.view import Question, question_of, ranking_of
from dashboard.maps import Legend, LegendRow, MapState
from dashboard.services.overview import Picture
from geo.errors import N_, InputError
from geo.indicators import INDICATORS
from geo.papers.drawing import View, look
from geo.papers.wording import clean
from geo.schema import GRID_ROLES
from geo.words import _

SHOWN: Final = "households"
"""The indicator the grids are labelled by."""

TOTALS: Final = ("households", "residents", "age60", "age80")


def wall_question(question: Question) -> Question:
    """Turn a page's state into a wall map's: grids by households, buildings plain unless asked.

    Raises
    ------
    InputError
        If no community is chosen: a wall map is of one.
    """
    if question.scope.community is None:
        raise InputError(N_("A wall map is of one community. Choose one."))
    asked = question.state
    plain = replace(asked, ind=SHOWN, grid=None, pick=None, layers=("facility", "label"))
    mode = "plain" if asked.mode == "indicator" else asked.mode
    return replace(question, state=replace(plain, mode=mode))


def document_of(question: Question, form: Format, made: Made) -> Page:
    """Compose what `brief.typ` sets, as plain data: words, numbers, SVG.

    Parameters
    ----------
    question
        From `wall_question`.
    form
        One of `dashboard.briefing.formats.WALL_FORMATS`.
    made
        Who makes it, and when.
    """
    scope, picture = question.scope, question.picture
    land, state = read_land(scope), _map_state(question)
    drawn, scale, marks = nothing_to_draw(form), None, None
    if land is not None:
        frame = frame_of(land, form)
        view = look(land.terrain, frame)
        marks = Marks(land, view, question.state.kind, form.text, equipment=True)
        pen = Pen(form.text * PEN_SHARE)
        board = board_of(view, pen)
        _words(land, view, board, state, marks, form.text)
        drawn = map_of(land, view, state, board, marks.discs, pen)
        scale = frame.scale
    title = _("{place}: grid map", place=place_of(scope))
    parts = {
        "heading": {
            "title": title,
            "sub": [clean(f"{scope.street.place} {scope.street.name}")],
            "facts": facts_of(scope, made, scale),
        },
        "map": drawn,
        "figures": _figures(picture, land),
        "legends": _legends(question, state, land, marks),
        "ranking": ranking_of(question),
        "footer": footer_of(scope, made, schematic=land is not None and land.schematic),
    }
    return document(form, title, made, parts)


def _map_state(question: Question) -> MapState:
    grids = question.picture.grids
    return picture_map.map_state(question.scope, grids, question.state, None, {})


def _words(
    land: Land, view: View, board: MapBoard, state: MapState, marks: Marks, text: float
) -> None:
    """Label the map; numbers of buildings before the rest: that is what it hangs there for."""
    mark_discs(board, marks.discs)
    label_numbers(land, view, board, number_styles(land, state), text)
    sizes = Sizes(grid=text * 1.3, road=text * 0.75, place=text * 0.6)
    label_grids(land, view, board, state.grid_labels, sizes)
    label_roads(land, view, board, sizes.road)
    label_discs(board, marks.discs, marks.names, text * 0.5)
    label_areas(land, view, board, sizes.place, land.grid_names)


def _figures(picture: Picture, land: Land | None) -> list[tuple[str, str]]:
    """Return the community's figures: totals, and people by role on its grids."""
    built = 0 if land is None else len(land.buildings)
    roles = {role: sum(area.roles.get(role, 0) for area in picture.areas) for role in GRID_ROLES}
    totals = [
        (_(INDICATORS[key].label), wording.with_unit(key, picture.sum(key).value)) for key in TOTALS
    ]
    return [
        (_("Grids"), figures.integer(len(picture.areas))),
        (_("Buildings"), figures.integer(built)),
        *totals,
        *((_(GRID_ROLES[role]), figures.integer(n)) for role, n in roles.items() if n),
    ]


def _legends(
    question: Question, state: MapState, land: Land | None, marks: Marks | None
) -> list[Page]:
    makers: dict[str, Any] = {"state": legends.state_legend, "storeys": legends.storey_legend}
    mode = question.state.mode
    colours = makers[mode](question.picture) if mode in makers else _plain()
    points = marks.legend() if marks else None
    few = few_legend(land, state)
    return [lines_legend(land, state), legend_of(colours), *few, *([points] if points else [])]


def _plain() -> Legend:
    row = LegendRow("fill", _("Building and its number"), "#D3D9DF")
    return Legend("", [row])


def _body(order: Order) -> bytes:
    question = wall_question(question_of(order.scope, order.state))
    page = document_of(question, order.form, order.made)
    return press(page, order.made.at, order.ending, order.form.ppi)


def _file_title(order: Order) -> str:
    return _("{place} grid map", place=place_of(order.scope))


KIND: Final = Kind(N_("Wall map"), WALL_FORMATS, ("pdf", "png"), _body, _file_title)
