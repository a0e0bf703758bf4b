"""Everything the overview page shows of a street or community, in one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import streamlit as st

from dashboard.maps import STOREY_BREAKS
from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Community, Scope
from geo import periods
from geo.indicators import INDICATORS
from geo.norms import NORMS, Norm, in_force
from geo.periods import Period
from geo.store import queries


class Figure(NamedTuple):
    """A value with what it was made of; None is unknown."""

    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None


UNKNOWN = Figure()


@dataclass(frozen=True)
class Area:
    """A grid, or a community where the whole street is shown.

    Attributes
    ----------
    states
        Dwellings by state.
    roles
        People by role; only of grids.
    """

    id: int
    kind: str
    code: str
    name: str
    community_id: int
    area_m2: float | None = None
    buildings: int | None = None
    states: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The serial of a grid (last three digits of its code); nothing for a community."""
        return self.code[-3:] if self.kind == "grid" else ""

    @property
    def label(self) -> str:
        """What the area is called."""
        return f"{self.short} {self.name}".strip()


@dataclass(frozen=True)
class Busiest:
    """The building most tickets of the period come from."""

    id: int
    compound: str
    number: str
    name: str
    tickets: int
    grid: str


class Values:
    """The kept figures, by area and period."""

    def __init__(self, found: Iterable[queries.Row]) -> None:
        self._by: dict[tuple[str, int, Any, Any], dict[str, Figure]] = defaultdict(dict)
        for row in found:
            key = (row["area_kind"], row["area_id"], row["period_from"], row["period_to"])
            if row["indicator"] in INDICATORS:
                self._by[key][row["indicator"]] = Figure(
                    row["value"], row["numerator"], row["denominator"]
                )

    def of(self, kind: str, area_id: int, period: Period) -> dict[str, Figure]:
        """Return every indicator of an area in a period."""
        return self._by.get((kind, area_id, period.start, period.end), {})


@dataclass(frozen=True)
class Picture:
    """What there is to show.

    Attributes
    ----------
    areas
        Grids, or communities for a whole street; by code.
    figures
        Indicator key → area id → figure, in the chosen period.
    total, before
        Indicator key → figure of everything shown, in the period and the one before.
    trend
        Indicator key → value of each of the last twelve months, oldest first.
    norms
        In force here, by key.
    ground
        The picture of the grids, where the areas are communities.
    storeys
        Buildings per height class (`dashboard.maps.STOREY_BREAKS`), then those of unknown height.
    """

    period: Period
    as_of: datetime | None
    areas: tuple[Area, ...]
    figures: dict[str, dict[int, Figure]]
    total: dict[str, Figure]
    before: dict[str, Figure]
    trend: dict[str, tuple[float | None, ...]]
    norms: dict[str, Norm]
    states: dict[str, int]
    storeys: tuple[int, ...]
    tickets: int
    repeats: int
    busiest: Busiest | None
    ground: Picture | None = None

    @property
    def grids(self) -> Picture:
        """The picture of the grids, which the map shows whatever the areas are."""
        return self.ground or self

    @property
    def of_grids(self) -> bool:
        """True where the areas are grids, False where they are communities."""
        return all(area.kind == "grid" for area in self.areas)

    def values(self, indicator: str) -> dict[int, float | None]:
        """Return an indicator's value for every area; None where unknown or too few cases."""
        found = self.figures.get(indicator, {})
        return {
            area.id: None
            if self.too_few(indicator, found.get(area.id, UNKNOWN))
            else found.get(area.id, UNKNOWN).value
            for area in self.areas
        }

    def figure(self, indicator: str, area_id: int) -> Figure:
        """Return the figure of one area."""
        return self.figures.get(indicator, {}).get(area_id, UNKNOWN)

    def sum(self, indicator: str) -> Figure:
        """Return the figure of everything shown."""
        return self.total.get(indicator, UNKNOWN)

    def too_few(self, indicator: str, figure: Figure) -> bool:
        """Say whether a ratio stands on too few cases to be shown."""
        known = INDICATORS[indicator]
        return known.too_few(figure.denominator, self.norms["small_denominator"])

    def norm(self, indicator: str) -> Norm | None:
        """Return the norm an indicator's areas are judged by, if there is one.

        The size of a grid is a norm for grids, not for communities.
        """
        key = INDICATORS[indicator].norm
        if key is None or (key == "grid_households" and not self.of_grids):
            return None
        return self.norms[key]

    def area(self, code: str | None) -> Area | None:
        """Return the area with a code."""
        return next((area for area in self.areas if area.code == code), None)


def _norms(found: Iterable[queries.Row]) -> dict[str, Norm]:
    """Lay the database's rows over the registry's texts."""
    changed = {
        row["key"]: replace(NORMS[row["key"]], low=row["low"], high=row["high"])
        for row in found
        if row["key"] in NORMS
    }
    return in_force(changed)


def _grids(scope: Scope, as_of: datetime | None) -> tuple[Area, ...]:
    with reading() as connection:
        found = queries.grids(connection, viewer(), scope.plan_ids)
        states = queries.grid_states(connection, viewer(), scope.plan_ids)
        roles = queries.grid_roles(connection, viewer(), scope.plan_ids, as_of) if as_of else []
    by_grid: dict[int, dict[str, int]] = defaultdict(dict)
    for row in roles:
        by_grid[row["grid_id"]][row["role"]] = row["n"]
    dwellings = {row.pop("grid_id"): row for row in states}
    names = ("id", "code", "name", "community_id", "area_m2", "buildings")
    return tuple(
        Area(
            kind="grid",
            states=dwellings.get(row["id"], {}),
            roles=by_grid[row["id"]],
            **{name: row[name] for name in names},
        )
        for row in found
    )


def _as_area(community: Community) -> Area:
    return Area(community.id, "community", community.code, community.name, community.id)


def _by_indicator(
    areas: tuple[Area, ...], values: Values, period: Period
) -> dict[str, dict[int, Figure]]:
    turned: dict[str, dict[int, Figure]] = defaultdict(dict)
    for area in areas:
        for indicator, figure in values.of(area.kind, area.id, period).items():
            turned[indicator][area.id] = figure
    return dict(turned)


@st.cache_data(max_entries=128, show_spinner=False)
def _picture(edition: Edition, _scope: Scope, ids: tuple[int, ...], period_key: str) -> Picture:
    """Read it all; `ids` (street and communities) stand for the scope in the key."""
    as_of = _scope.as_of
    now = periods.current(period_key, as_of or datetime.now(periods.ZONE))
    by_grid, values = _read(_scope, now, _grids(_scope, as_of))
    if _scope.community:
        return by_grid
    communities = tuple(map(_as_area, _scope.shown))
    figures = _by_indicator(communities, values, now)
    return replace(by_grid, areas=communities, figures=figures, ground=by_grid)


def _read(scope: Scope, now: Period, grids: tuple[Area, ...]) -> tuple[Picture, Values]:
    """Read the picture of the grids of a scope, and every figure it was made from."""
    months, before = periods.months(now.last_day), periods.previous(now)
    whole = ("community", scope.community.id) if scope.community else ("street", scope.street.id)
    here, who = scope.community_ids, viewer()
    with reading() as connection:
        asked = (scope.street.id, *here), [now, before, *months]
        values = Values(queries.indicator_values(connection, who, *asked))
        tickets, repeats = queries.ticket_repeats(connection, who, here, now)
        storeys = queries.buildings_by_storeys(connection, who, here, STOREY_BREAKS)
        began = queries.first_days(connection, who, here)
        own = scope.community.id if scope.community else None
        picture = Picture(
            period=now,
            as_of=scope.as_of,
            areas=grids,
            figures=_by_indicator(grids, values, now),
            total=values.of(*whole, now),
            before=recorded(values.of(*whole, before), before, began),
            trend=_trend(values, whole, months, began),
            norms=_norms(queries.norms(connection, own)),
            states=queries.community_states(connection, who, here) or {},
            storeys=tuple(storeys),
            tickets=tickets,
            repeats=repeats,
            busiest=_busiest(queries.busiest_building(connection, who, here, now)),
        )
        return picture, values


def recorded(
    found: Mapping[str, Figure], period: Period, began: Mapping[str, date | None]
) -> dict[str, Figure]:
    """Leave out figures of a period the records do not reach back to: half a period is no peer."""

    def covered(key: str) -> bool:
        entry = INDICATORS[key]
        needed_from = min(period.start, period.end - timedelta(days=entry.memory_days))
        starts = [began[subject] for subject in entry.needs if subject in began]
        return all(first is not None and first <= needed_from for first in starts)

    return {key: figure for key, figure in found.items() if covered(key)}


def _trend(
    values: Values,
    whole: tuple[str, int],
    months: list[Period],
    began: Mapping[str, date | None],
) -> dict[str, tuple[float | None, ...]]:
    found = [recorded(values.of(*whole, month), month, began) for month in months]
    return {key: tuple(of.get(key, UNKNOWN).value for of in found) for key in INDICATORS}


def _busiest(row: queries.Row | None) -> Busiest | None:
    if row is None:
        return None
    grid = f"{row['grid_code'][-3:]} {row['grid_name']}".strip() if row["grid_code"] else ""
    return Busiest(row["id"], row["compound"], row["number"], row["name"], row["n"], grid)


def picture(scope: Scope, period_key: str) -> Picture:
    """Return what the overview shows.

    Parameters
    ----------
    scope
        What the page is about.
    period_key
        One of `geo.periods.PERIODS`.
    """
    return _picture(scope.edition, scope, (scope.street.id, *scope.community_ids), period_key)


@st.cache_data(max_entries=256, show_spinner=False)
def _signs(
    edition: Edition, community_ids: tuple[int, ...], period: Period, classes: tuple[str, ...]
) -> dict[str, int]:
    with reading() as connection:
        return queries.ticket_signs(connection, viewer(), community_ids, period, classes)


def ticket_signs(scope: Scope, period: Period, classes: tuple[str, ...]) -> dict[str, int]:
    """Count the period's tickets of some classes (none: all) by what the map shows of them."""
    return _signs(scope.edition, scope.community_ids, period, classes)


@st.cache_data(max_entries=256, show_spinner=False)
def reference_values(edition: Edition, indicator: str, period_days: int) -> list[float]:
    """Return an indicator's values in all grids there are, to cut classes from.

    Kept with the data: one community's map then compares with the next.
    """
    with reading() as connection:
        return queries.all_grid_values(connection, viewer(), indicator, period_days)


@st.cache_data(max_entries=4, show_spinner=False)
def ticket_classes(edition: Edition) -> list[queries.Row]:
    """Return the classes tickets are grouped by."""
    with reading() as connection:
        return queries.ticket_classes(connection)
