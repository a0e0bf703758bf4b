"""One indicator month by month, under the plans that were in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from dashboard.services.base import Edition, reading, viewer
from dashboard.services.overview import UNKNOWN, Figure, Values, recorded
from dashboard.services.territory import Scope
from geo import periods
from geo.indicators import INDICATORS
from geo.periods import MONTHS_PER_YEAR, Period
from geo.store import queries


@dataclass(frozen=True)
class Line:
    """One area through the months.

    Attributes
    ----------
    code, name
        Of a grid or community; grids of different plans are one line where their code is the same.
    figures
        One a month, oldest first.
    """

    code: str
    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Trend:
    """An indicator through the last 24 months.

    Attributes
    ----------
    months
        Oldest first; the last one ends with the data.
    total
        The community or street, one figure a month.
    lines
        Its grids or communities, by code.
    plans
        Names of the plans each month was counted on.
    """

    indicator: str
    months: tuple[Period, ...]
    total: tuple[Figure, ...]
    lines: tuple[Line, ...]
    plans: tuple[tuple[str, ...], ...]

    def position(self, key: str | None) -> int:
        """Return which month a key like ``2026-11`` means; the last one for any other."""
        return next((i for i, month in enumerate(self.months) if month.key == key), -1) % len(
            self.months
        )


def a_year_before(position: int) -> int | None:
    """Return the position of the same month a year before, None where it is not kept."""
    return position - MONTHS_PER_YEAR if position >= MONTHS_PER_YEAR else None


def trend(scope: Scope, indicator: str) -> Trend:
    """Return an indicator of a scope month by month."""
    ids = (scope.street.id, *scope.community_ids)
    return _trend(scope.edition, scope, ids, indicator)


@st.cache_data(max_entries=64, show_spinner=False)
def _trend(edition: Edition, _scope: Scope, ids: tuple[int, ...], indicator: str) -> Trend:
    """Read it; `ids` (street and communities) stand for the scope in the key."""
    who, scope = viewer(), _scope
    as_of = scope.as_of or datetime.now(periods.ZONE)
    months = periods.months(as_of, periods.KEPT_MONTHS)
    with reading() as connection:
        found = queries.indicator_values(connection, who, ids, months, [indicator])
        plan_ids = sorted({row["plan_id"] for row in found if row["plan_id"] is not None})
        grids = queries.grids(connection, who, plan_ids)
        names = {row["id"]: row["name"] for row in queries.plan_terms(connection, who, plan_ids)}
        began = queries.first_days(connection, who, scope.community_ids)
    values = Values(found)

    def through(kind: str, area_ids: Iterable[int]) -> tuple[Figure, ...]:
        return tuple(_figure(values, kind, area_ids, month, indicator, began) for month in months)

    lines = (
        [
            Line(code, name, through("grid", ids))
            for code, (name, ids) in _by_code(grids, scope.plan_ids).items()
        ]
        if scope.community
        else [Line(one.code, one.name, through("community", [one.id])) for one in scope.shown]
    )
    whole = ("community", scope.community.id) if scope.community else ("street", scope.street.id)
    counted = [plans_of(found, month, names) for month in months]
    return Trend(
        indicator, tuple(months), through(whole[0], [whole[1]]), tuple(lines), tuple(counted)
    )


def _figure(
    values: Values,
    kind: str,
    area_ids: Iterable[int],
    month: Period,
    indicator: str,
    began: Mapping[str, date | None],
) -> Figure:
    """Return the figure of whichever of the areas was there in a month."""
    for area_id in area_ids:
        found = values.of(kind, area_id, month)
        if indicator in found:
            return recorded(found, month, began).get(indicator, UNKNOWN)
    return UNKNOWN


def _by_code(grids: list[queries.Row], now: tuple[int, ...]) -> dict[str, tuple[str, list[int]]]:
    """Put grids of one code together, those of today's plan first; by code."""
    together: dict[str, tuple[str, list[int]]] = {}
    by_plan = sorted(grids, key=lambda row: (row["plan_id"] not in now, row["code"]))
    for row in by_plan:
        name, ids = together.setdefault(row["code"], (row["name"], []))
        together[row["code"]] = (name, [*ids, row["id"]])
    return dict(sorted(together.items()))


def plans_of(found: list[queries.Row], month: Period, names: Mapping[int, str]) -> tuple[str, ...]:
    """Return the names of the plans a month's figures were counted by."""
    counted = dict.fromkeys(
        row["plan_id"]
        for row in found
        if row["period_from"] == month.start and row["plan_id"] in names
    )
    return tuple(names[plan_id] for plan_id in counted)


def kept() -> list[str]:
    """Return the indicators whose past is recorded, in the registry's order."""
    return [key for key, entry in INDICATORS.items() if entry.history]
