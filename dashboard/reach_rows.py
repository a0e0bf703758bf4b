"""Services within reach, in words and tables: shares with their arithmetic, who is left out, sites.

Shares are of people of one group; what stands on too few of them says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard import figures, wording
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services import reaching
from dashboard.services.overview import Area, Picture
from dashboard.services.reaching import Answer, Street
from dashboard.services.territory import Scope
from dashboard.state import EVERY_SERVICE, PageState
from geo.coverage import STEPS, Reach, limits_m
from geo.indicators import too_few
from geo.schema import COVERED_GROUPS, FACILITY_KINDS, WALKERS
from geo.words import _

Floats = npt.NDArray[np.float64]

_AS_GIVEN = -1
"""Rows of a table stay in the order they come in."""

_THOUSAND = 1000


@dataclass(frozen=True)
class Told:
    """What was asked of a street, and the answer.

    Attributes
    ----------
    picture
        Whose areas the answer is by.
    """

    scope: Scope
    found: Street
    answer: Answer
    picture: Picture

    @property
    def areas(self) -> Sequence[Area]:
        """The areas, in the order of the answer's."""
        return self.picture.areas

    @property
    def column(self) -> int | None:
        """Column of the kind asked for; None for all that are required."""
        return self.found.column(self.answer.question.kind)

    @property
    def required(self) -> npt.NDArray[np.bool_]:
        """Which kinds are required in some building shown."""
        return np.asarray((self.found.minutes[self.answer.own] > 0).any(axis=0))

    @property
    def unit(self) -> str:
        """Return what is counted."""
        return _("buildings") if self.found.by_buildings else _("people")

    @property
    def group(self) -> str:
        """Return who is counted; where nobody is on record, say so."""
        if self.found.by_buildings:
            return _("nobody is on record")
        return _(COVERED_GROUPS[self.answer.question.group])

    def position(self, code: str | None) -> int | None:
        """Return where an area stands, by its code."""
        return next((i for i, area in enumerate(self.areas) if area.code == code), None)

    def reach(self, code: str | None) -> Reach:
        """Return the reach of an area, or of everything shown."""
        at = self.position(code)
        return self.answer.reach.total() if at is None else self.answer.reach.of(at)

    def exists(self, column: int) -> bool:
        """Tell whether the street has any of a kind on record."""
        return bool((self.found.facilities["kind"] == self.found.kinds[column]).any())

    def row(self, at: int) -> dict[str, Any]:
        """Return a building of the answer."""
        found: dict[str, Any] = self.found.buildings.iloc[self.answer.own[at]].to_dict()
        return found

    def limits(self, at: int) -> Floats:
        """Return how far each kind may be from a building within each step, (kinds, steps)."""
        return limits_m(self.found.minutes[self.answer.own[at]], float(self.answer.speed[at]))

    def residents(self, area: int) -> float:
        """Count the residents of an area, by its position."""
        if self.found.by_buildings:
            return 0.0
        rows = self.found.buildings.iloc[self.answer.own]
        return float(rows["residents"].to_numpy()[self.answer.area == area].sum())

    def reached(self, reach: Reach) -> Floats:
        """Return how many reach what was asked for, by area and step."""
        return reach.circle if self.column is None else reach.kinds[:, self.column]


# --------------------------------------------------------------------------------- the choices


def services() -> dict[str, str]:
    """Return what can be asked for."""
    kinds = {kind: _(FACILITY_KINDS[kind]) for kind in reaching.KINDS}
    return {EVERY_SERVICE: _("All required services"), **kinds}


def service_key(asked: PageState) -> str:
    """Return the choice of a page's state."""
    return reaching.question(asked).kind or EVERY_SERVICE


def minutes() -> dict[str, str]:
    """Return the minutes one can ask for."""
    return {figures.plain(step): _("{n} min", n=figures.plain(step)) for step in STEPS}


# ----------------------------------------------------------------------------------- sentences


def place_name(told: Told, asked: PageState) -> str:
    """Name what the figures are about: the chosen area, else everything shown."""
    at = told.position(asked.grid)
    if at is not None:
        return wording.plain(told.areas[at].label)
    one = told.scope.community
    return wording.plain(one.name if one else told.scope.street.name)


def verdict(told: Told, asked: PageState) -> str:
    """Say with its arithmetic how many get there."""
    one, question = told.reach(asked.grid), told.answer.question
    people, reached = float(one.people[0]), float(told.reached(one)[0, question.step])
    group = told.group
    values = {
        "minutes": figures.plain(question.minutes),
        "part": figures.integer(reached),
        "all": figures.integer(people),
        "unit": told.unit,
        "group": group,
        "share": share(told, reached, people),
    }
    if not people:
        return _("{group}: nobody is on record here.", group=group)
    if question.kind is not None:
        kind = _(FACILITY_KINDS[question.kind])
        return _(
            "{kind} within {minutes} minutes: {part} ÷ {all} {unit} ({group}) = **{share}**",
            kind=kind,
            **values,
        )
    if not told.required.any():
        return _("No service is required here. The norms say which ones everybody should reach.")
    return _(
        "All {n} required services within {minutes} minutes: {part} ÷ {all} {unit} ({group}) = "
        "**{share}**",
        n=int(told.required.sum()),
        **values,
    )


def unrecorded(told: Told) -> str:
    """Name the required services the street has none of on record: then nobody reaches all."""
    absent = [
        _(FACILITY_KINDS[told.found.kinds[column]])
        for column in np.flatnonzero(told.required).tolist()
        if not told.exists(column)
    ]
    if not absent or told.answer.question.kind is not None:
        return ""
    return _(
        "None on record in this street: {kinds}. So nobody reaches all.",
        kinds=" · ".join(absent),
    )


def basis(told: Told) -> str:
    """Say how ways were measured and how fast somebody walks, as a badge and a remark."""
    question, times = told.answer.question, figures.decimal(told.found.detour, 2)
    speeds = told.answer.speed
    pace = _(
        "{walker}: {n} m/min",
        walker=_(WALKERS[question.walker]),
        n=figures.plain(float(speeds[0])) if speeds.size else figures.MISSING,
    )
    if told.found.by_network:
        badge, remark = _("Walking network"), _("here {n} × the straight line", n=times)
        return f":blue-badge[{badge}] :gray[{pace} · {remark}]"
    badge = _("Straight line × {n}", n=figures.plain(told.found.detour))
    remark = _("no walking network is loaded")
    return f":orange-badge[{badge}] :gray[{pace} · {remark}]"


def adrift(told: Told) -> str:
    """Say how many people the network leads to none of what is there: it may have gaps."""
    there = [told.exists(column) for column in range(len(told.found.kinds))]
    asked = told.required if told.column is None else np.arange(len(there)) == told.column
    lost = np.isinf(told.answer.walk_m[:, np.array(there) & asked]).any(axis=1)
    people = float(told.answer.people[lost].sum())
    if not told.found.by_network or not people:
        return ""
    return _(
        "**{n}** of them have no way there on the network at all: it may have gaps.",
        n=figures.integer(people),
    )


def share(told: Told, part: float, whole: float) -> str:
    """Write a share, or that too few people stand behind it."""
    if whole and too_few(whole, told.picture.norms["small_denominator"]):
        return _("too few")
    return figures.share(part, whole)


def _cell(told: Told, part: float, whole: float) -> TableCell:
    text = share(told, part, whole)
    shown = whole and text != _("too few")
    return TableCell(text, part / whole if shown else None, "" if shown else "muted")


# ------------------------------------------------------------------------------------ by kind


def by_kind(told: Told, asked: PageState) -> AreaTable:
    """Set the services against the minutes: those required first, all of them together on top."""
    one = told.reach(asked.grid)
    people, required = float(one.people[0]), told.required
    heads = [Column(text, bar=True) for text in minutes().values()]
    columns = (
        Column(_("Service")),
        Column(_("Norm"), _("Minutes everybody should reach it in; — is not required.")),
        *heads,
    )
    order = np.argsort(~required, kind="stable").tolist()
    rows = [_kind_row(told, one, column) for column in order]
    if required.any():
        cells = [_cell(told, float(part), people) for part in one.circle[0]]
        name = _("All {n} required", n=int(required.sum()))
        rows.insert(0, TableRow(EVERY_SERVICE, (TableCell(name), TableCell(""), *cells)))
    return AreaTable(columns, tuple(rows), sort=_AS_GIVEN)


def _kind_row(told: Told, one: Reach, column: int) -> TableRow:
    kind = told.found.kinds[column]
    norm = float(told.found.minutes[told.answer.own, column].max(initial=0.0))
    names = (
        TableCell(_(FACILITY_KINDS[kind])),
        TableCell(figures.plain(norm) if norm else figures.MISSING, norm or None),
    )
    if not told.exists(column):
        nothing = TableCell(_("none here"), None, "muted")
        return TableRow(kind, (*names, *[nothing] * len(STEPS)))
    cells = (_cell(told, float(part), float(one.people[0])) for part in one.kinds[0, column])
    return TableRow(kind, (*names, *cells))


# ------------------------------------------------------------------------------------ by area


def by_area(told: Told) -> AreaTable:
    """List the areas, the worst first: people, those who get there, the share, known places."""
    places = told.answer.places.get(told.answer.question.kind or "")
    columns = [
        Column(_("Grid") if told.scope.community else _("Community")),
        Column(_("Buildings") if told.found.by_buildings else _("People")),
        Column(_("Get there")),
        Column(_("Share of people"), bar=True),
    ]
    if places is not None:
        columns.append(Column(_("Places/1,000"), _("Places per 1,000 people of the group here")))
    rows = [
        _area_row(told, at, area.code, area.label, places) for at, area in enumerate(told.areas)
    ]
    if told.answer.reach.people[-1] > 0:
        rows.append(_area_row(told, len(told.areas), "", _("In no grid"), places))
    rows.sort(key=lambda row: (row.cells[3].value is None, row.cells[3].value or 0.0))
    return AreaTable(tuple(columns), tuple(rows), sort=_AS_GIVEN)


def _area_row(told: Told, at: int, code: str, label: str, places: Floats | None) -> TableRow:
    one = told.answer.reach.of(at)
    people = float(one.people[0])
    part = float(told.reached(one)[0, told.answer.question.step])
    cells = [
        TableCell(label),
        TableCell(figures.integer(people), people),
        TableCell(figures.integer(part), part),
        _cell(told, part, people),
    ]
    if places is not None:
        cells.append(_places_cell(told, places, told.answer.area == at))
    return TableRow(code, tuple(cells))


# -------------------------------------------------------------------------------------- places


def per_thousand(told: Told, places: Floats, here: npt.NDArray[np.bool_]) -> float | None:
    """Return the places 1,000 people of the group have, on average; None for too few people."""
    people = np.where(here, told.answer.people, 0.0)
    whole = float(people.sum())
    if not whole or too_few(whole, told.picture.norms["small_denominator"]):
        return None
    return float(people @ places) / whole * _THOUSAND


def _places_cell(told: Told, places: Floats, here: npt.NDArray[np.bool_]) -> TableCell:
    value = per_thousand(told, places, here)
    if value is None:
        return TableCell(_("too few") if told.answer.people[here].any() else "", None, "muted")
    return TableCell(figures.decimal(value), value)


def by_places(told: Told) -> AreaTable:
    """Set the kinds with places on record against each other: how many places, who has fewest."""
    columns = (
        Column(_("Service")),
        Column(_("Places"), _("Of the whole street: its people share them")),
        Column(_("Places/1,000"), _("Places per 1,000 people of the group here")),
        Column(_("Fewest in"), _("The grid or community with the fewest places per 1,000 people")),
    )
    rows = [_kind_of_places(told, kind, places) for kind, places in told.answer.places.items()]
    return AreaTable(columns, tuple(rows), sort=_AS_GIVEN)


def _kind_of_places(told: Told, kind: str, places: Floats) -> TableRow:
    facilities = told.found.facilities
    own = facilities[facilities["kind"] == kind]
    capacity = own["capacity"].fillna(0)
    everybody = np.ones(len(told.answer.own), dtype=bool)
    return TableRow(
        kind,
        (
            TableCell(_(FACILITY_KINDS[kind])),
            TableCell(figures.integer(float(capacity.sum())), float(capacity.sum())),
            _places_cell(told, places, everybody),
            TableCell(_fewest(told, places)),
        ),
    )


def _fewest(told: Told, places: Floats) -> str:
    """Name the area with the fewest places for its people."""
    found = [
        (value, area.short or area.name)
        for at, area in enumerate(told.areas)
        for value in [per_thousand(told, places, told.answer.area == at)]
        if value is not None
    ]
    if not found:
        return figures.MISSING
    value, name = min(found)
    return f"{name} · {figures.decimal(value)}"


def places_note(told: Told) -> str:
    """Say how places are shared."""
    zones = told.found.zones
    weights = " · ".join(
        f"≤ {figures.plain(limit)} m: {figures.plain(weight)}"
        for limit, weight in zip(zones.limits_m, zones.weights, strict=True)
    )
    return _(
        "Places are shared among all people of the group within reach (E2SFCA), weighted by "
        "distance ({weights}); who has none within reach has 0. Facilities without places on "
        "record are left out.",
        weights=weights,
    )
