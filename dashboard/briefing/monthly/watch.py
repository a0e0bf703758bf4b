"""The three grids of a monthly report that are worth a look, by a rule anybody can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dashboard import figures, load_map, load_rows, spot_rows
from dashboard.briefing.monthly.maps import Atlas
from dashboard.briefing.monthly.spots import hot
from dashboard.briefing.monthly.words import Told, joined, listed, n_of, said
from dashboard.briefing.report import Block, Section, Table
from dashboard.services.overview import Area
from dashboard.state import DEFAULT
from geo.errors import N_
from geo.words import _

HOW_MANY: Final = 3
MARKS: Final = (3, 2, 1)
"""Of the first, second and third grid in each question."""

Values = Mapping[str, float]
"""By a grid's code; only grids with something to tell."""


@dataclass(frozen=True)
class Question:
    """One thing grids are asked.

    Attributes
    ----------
    head
        Message id of its column.
    values
        Says how bad each grid is; above 0 only.
    reason
        Says one grid's answer.
    write
        Writes its number.
    """

    head: str
    values: Callable[[Told], Values]
    reason: Callable[[Told, Area], str]
    write: Callable[[float], str] = n_of


@dataclass(frozen=True)
class Watched:
    """A grid to look at: its marks in each question, in the order of `QUESTIONS`."""

    area: Area
    marks: tuple[int, ...]

    @property
    def total(self) -> int:
        """All marks."""
        return sum(self.marks)


# ----------------------------------------------------------------------------------- questions


def _of_indicator(key: str) -> Callable[[Told], Values]:
    def values(told: Told) -> Values:
        picture = told.picture.grids
        found = {area.code: picture.figure(key, area.id).value for area in picture.areas}
        return {code: value for code, value in found.items() if figures.known(value) and value > 0}

    return values


def _over(told: Told) -> Values:
    high = told.picture.norms["grid_households"].high
    if not high:
        return {}
    found = _of_indicator("households")(told)
    return {code: value / high for code, value in found.items() if value > high}


def _loaded(told: Told) -> Values:
    found = {area.code: told.load.score(area) or 0.0 for area in told.load.order}
    return {code: score for code, score in found.items() if score > 0}


def _hot(told: Told) -> Values:
    counted: dict[str, float] = {}
    for spot in hot(told.study):
        for code in spot.grids[:1]:
            counted[code] = counted.get(code, 0.0) + spot.observed
    codes = {area.code for area in told.picture.grids.areas} - told.withheld
    return {code: n for code, n in counted.items() if code in codes}


def _value(told: Told, key: str, area: Area) -> float:
    return told.picture.grids.figure(key, area.id).value or 0.0


def _why_over(told: Told, area: Area) -> str:
    high, value = (
        told.picture.norms["grid_households"].high or 0.0,
        _value(told, "households", area),
    )
    return _(
        "{n} households, {times} times the ceiling of {limit}",
        n=n_of(value),
        times=figures.decimal(value / high),
        limit=figures.plain(high),
    )


def _why_loaded(told: Told, area: Area) -> str:
    return _(
        "composite load {score}, rank {rank} of {n}",
        score=load_rows.score_text(told.load.score(area)),
        rank=told.load.order.index(area) + 1,
        n=len(told.load.order),
    )


def _why_late(told: Told, area: Area) -> str:
    late, every = _value(told, "tickets_overdue", area), told.picture.sum("tickets_overdue").value
    return _(
        "{n} of {all} overdue tickets ({share})",
        n=n_of(late),
        all=n_of(every),
        share=figures.share(late, every),
    )


def _why_unmet(told: Told, area: Area) -> str:
    return _("{n} households overdue for a visit", n=n_of(_value(told, "visits_overdue", area)))


def _why_hot(told: Told, area: Area) -> str:
    own = [one for one in hot(told.study) if one.grids[:1] == (area.code,)]
    return _(
        "hot spots: {spots}, {n} tickets", spots=len(own), n=n_of(sum(one.observed for one in own))
    )


QUESTIONS: Final = (
    Question(N_("Above the norm"), _over, _why_over, spot_rows.times),
    Question(N_("Composite load"), _loaded, _why_loaded, load_rows.score_text),
    Question(N_("Overdue tickets"), _of_indicator("tickets_overdue"), _why_late),
    Question(N_("Visits overdue"), _of_indicator("visits_overdue"), _why_unmet),
    Question(N_("Hot spots inside"), _hot, _why_hot),
)
"""What grids are asked, one after the other."""


# -------------------------------------------------------------------------------------- the rule


def watched(told: Told) -> list[Watched]:
    """Return the grids with the most marks, at most `HOW_MANY`.

    In each question the first three grids get 3, 2 and 1 marks. Equal answers, and equal sums, go
    by the load, then by the code.
    """
    scores = {area.code: told.load.score(area) or 0.0 for area in told.load.picture.areas}

    def marks_of(values: Values) -> dict[str, int]:
        order = sorted(values, key=lambda code: (-values[code], -scores.get(code, 0.0), code))
        return dict(zip(order, MARKS, strict=False))

    given = [marks_of(question.values(told)) for question in QUESTIONS]
    found = [
        Watched(area, tuple(one.get(area.code, 0) for one in given))
        for area in told.picture.grids.areas
        if area.code not in told.withheld
    ]
    found.sort(key=lambda one: (-one.total, -scores.get(one.area.code, 0.0), one.area.code))
    return [one for one in found[:HOW_MANY] if one.total]


def summary(told: Told) -> str:
    """Name the grids for the first page."""
    names = [
        _("{name} ({marks} marks)", name=load_rows.name(one.area), marks=one.total)
        for one in watched(told)
    ]
    return _("Grids to look at first: {names}.", names=listed(names)) if names else ""


# ------------------------------------------------------------------------------------- section


def section(told: Told, atlas: Atlas) -> Section:
    """Return the section."""
    found = watched(told)
    title = _("Three grids to look at, and why")
    if not found:
        n = n_of(len(told.picture.grids.areas))
        return Section(title, said(_("{n} grids: none stands out in anything.", n=n)), ())
    blocks: list[Block] = [_table(told, found)]
    state = load_map.map_state(told.found.scope, told.picture.grids, DEFAULT, told.load)
    for one in found:
        shown = replace(
            state,
            focus=replace(state.focus, grid=one.area.id),
            legends=[],
        )
        blocks.append(atlas.close_up(one.area.label, shown, HOW_MANY))
    return Section(title, said(*(_why(told, one) for one in found)), tuple(blocks))


def _why(told: Told, one: Watched) -> str:
    reasons = [
        question.reason(told, one.area)
        for question, marks in zip(QUESTIONS, one.marks, strict=True)
        if marks
    ]
    return _(
        "**{name}**: {reasons}. {n} marks.",
        name=load_rows.name(one.area),
        reasons=listed(reasons),
        n=one.total,
    )


def _table(told: Told, found: list[Watched]) -> Table:
    heads = (_("Grid"), *(_(question.head) for question in QUESTIONS), _("Marks"))
    rows = tuple(
        (one.area.label, *(_mark(told, one, at) for at in range(len(QUESTIONS))), str(one.total))
        for one in found
    )
    return Table(
        _("Marks of the grids"),
        heads,
        rows,
        (False, *[True] * (len(heads) - 1)),
        joined(
            _(
                "In each question the first three grids get 3, 2 and 1 marks; equal answers go by "
                "the load."
            ),
            _("Tickets of a hot spot count for the grid most of them lie in."),
        ),
    )


def _mark(told: Told, one: Watched, at: int) -> str:
    if not one.marks[at]:
        return figures.MISSING
    value = QUESTIONS[at].values(told)[one.area.code]
    return _("{value} ({marks} marks)", value=QUESTIONS[at].write(value), marks=one.marks[at])
