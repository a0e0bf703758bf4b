"""What a grid's sheet says in words and figures: its state against the norm, its staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from dashboard import facts, figures, legends, verdicts, wording
from dashboard.briefing.drawing import NEUTRAL
from dashboard.briefing.land import Land
from dashboard.briefing.page import few_legend, legend_of
from dashboard.briefing.runs import Run, plain_text, runs_of
from dashboard.briefing.sheets.table import HIDDEN, Register
from dashboard.facts import Fact
from dashboard.maps import MapState
from dashboard.services.overview import Area, Picture
from geo.discretion import small
from geo.indicators import INDICATORS
from geo.papers.wording import clean
from geo.periods import PERIODS
from geo.schema import GRID_ROLES
from geo.words import _, language

Page = dict[str, Any]

SHOWN: Final = (
    "households",
    "households_per_worker",
    "residents",
    "age60",
    "age80",
    "alone60",
    "tickets",
    "tickets_open",
    "tickets_overdue",
    "visits_overdue",
    "party_contact_coverage",
    "elderly_service_reach",
)
"""The figures of a sheet, in order."""

_BLANK: Final = {"color": "", "mark": "", "count": ""}

OF_PEOPLE: Final = frozenset({"households", "residents", "age60", "age80", "alone60"})
"""Figures that are one building's where all who are counted live there."""


@dataclass(frozen=True)
class Subject:
    """A grid and what is known of it.

    Attributes
    ----------
    picture
        Of its community.
    area
        The grid.
    register
        Its buildings.
    fewest
        The smallest number that may be told of a building.
    """

    picture: Picture
    area: Area
    register: Register
    fewest: int

    def value(self, key: str) -> float | None:
        """Return a figure of the grid."""
        return self.picture.figure(key, self.area.id).value

    def hidden(self, key: str) -> bool:
        """Tell whether a figure is a small number of one building, or gives one away."""
        value = self.value(key)
        known = self.register.told
        block = known.elderly if key in ("age60", "age80", "alone60") else known.homes
        if key not in OF_PEOPLE or not block.lone or not figures.known(value):
            return False
        rest = (self.value("age60") or 0.0) - value if key == "alone60" else 0.0
        counts = np.array([value, rest], dtype=np.int64)
        return bool(small(counts, self.fewest).any()) or (key == "age80" and block.secret)


# ------------------------------------------------------------------------------------ figures


def cells_of(subject: Subject) -> list[Page]:
    """Return the figures of a grid, each with what it is held against."""
    known = {fact.label: fact for fact in facts.of_area(subject.picture, subject.area)}
    return [_cell(_fact(subject, key, known)) for key in SHOWN]


def _fact(subject: Subject, key: str, known: Mapping[str, Fact]) -> Fact:
    label = _(INDICATORS[key].label)
    if subject.hidden(key):
        return Fact(label, HIDDEN)
    figure = subject.picture.figure(key, subject.area.id)
    return known.get(label) or Fact(label, wording.shown_short(subject.picture, key, figure))


def _cell(fact: Fact) -> Page:
    return {
        "label": clean(fact.label),
        "value": plain_text(fact.value),
        "against": runs_of(fact.against),
    }


# ------------------------------------------------------------------------------------ verdict


def verdict_of(subject: Subject) -> list[Run]:
    """Say how the grid stands against its norm, who is missing, and what waits."""
    said = [*_sizes(subject), _waiting(subject)]
    return runs_of(("" if language() == "zh" else " ").join(part for part in said if part))


def _sizes(subject: Subject) -> list[str]:
    """Say how large the grid is: above its norm as the overview says it, with its workers."""
    area, norm = subject.area, subject.picture.norms["grid_households"]
    value, name = subject.value("households"), wording.plain(area.label)
    if not figures.known(value):
        return [_("Nobody knows yet how many households {name} has.", name=name)]
    if subject.hidden("households"):
        return [_("{name} has hardly any households.", name=name)]
    if norm.high is not None and value > norm.high:
        return verdicts.three_things(_alone(subject))
    words = {
        "name": name,
        "value": figures.integer(value),
        "range": figures.bounds(norm.low, norm.high),
    }
    if norm.low is not None and value < norm.low:
        missing = figures.integer(norm.low - value)
        return [
            _(
                "{name} has **{value} households**, **{n} fewer** than the norm of {range}.",
                n=missing,
                **words,
            )
        ]
    return [_("{name} has **{value} households**, within the norm of {range}.", **words)]


def _alone(subject: Subject) -> Picture:
    """Return a picture of the grid alone, so that what is said of all is said of it."""
    picture, area = subject.picture, subject.area
    total = {key: picture.figure(key, area.id) for key in INDICATORS}
    return replace(
        picture, areas=(area,), total=total, tickets=0, repeats=0, busiest=None, ground=None
    )


def _waiting(subject: Subject) -> str:
    late, due = subject.value("tickets_overdue"), subject.value("visits_overdue")
    words = {"tickets": figures.integer(late), "visits": figures.integer(due)}
    if not figures.known(late) and not figures.known(due):
        return ""
    if not late and not due:
        return _("No ticket is overdue and no visit is due.")
    if not due:
        return _("Now waiting: **{tickets}** overdue tickets.", **words)
    if not late:
        return _("Now waiting: **{visits}** households to visit.", **words)
    return _(
        "Now waiting: **{tickets}** overdue tickets, **{visits}** households to visit.", **words
    )


# --------------------------------------------------------------------------- staff and the rest


def staff_of(area: Area) -> list[str]:
    """Say how many people work on the grid, by role; never who."""
    said = [
        _("{role}: {n}", role=_(label), n=figures.integer(area.roles[role]))
        for role, label in GRID_ROLES.items()
        if area.roles.get(role)
    ]
    return said or [_("nobody has a role on this grid")]


def legends_of(subject: Subject, land: Land, state: MapState) -> list[Page]:
    """Explain the map: the colours of its buildings and its lines."""
    colours = _state_legend(subject) if subject.register.counted else _plain_legend()
    few = [row for legend in few_legend(land, state) for row in legend["rows"]]
    inside = land.buildings["grid_id"] == subject.area.id
    empty = inside & (land.buildings["dominant_state"] == "none")
    if subject.register.counted and empty.any():
        few.append({**_BLANK, "sign": "fill", "color": NEUTRAL, "text": _("No dwellings")})
    rows = [("chosen", _("Border of this grid")), ("grid", _("Neighbouring grid"))]
    if land.terrain.boundary is not None:
        rows.append(("edge", _("Community boundary")))
    lines = [{**_BLANK, "sign": sign, "text": text} for sign, text in rows]
    return [
        {**colours, "rows": [*colours["rows"], *few]},
        {"title": "", "subtitle": "", "rows": lines},
    ]


def _plain_legend() -> Page:
    row = {**_BLANK, "sign": "fill", "color": NEUTRAL, "text": _("Building and its number")}
    return {"title": _("No dwellings are on record."), "subtitle": "", "rows": [row]}


def _state_legend(subject: Subject) -> Page:
    """Explain the states, and how many dwellings of the grid are of each."""
    here = replace(subject.picture, states=dict(subject.area.states))
    made = legend_of(legends.state_legend(here))
    if subject.register.told.homes.secret:
        made = {**made, "rows": [{**row, "count": ""} for row in made["rows"]]}
    return made


def period_of(picture: Picture) -> str:
    """Name the period the tickets are of."""
    period = picture.period
    words = {"start": period.start, "end": period.last_day}
    return _("{period}, {start} to {end}", period=_(PERIODS[period.key]), **words)
