"""Everything a monthly report tells of a street or community, from the figures the pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import streamlit as st

from dashboard.services import overview, spotting, trending, visiting
from dashboard.services.base import Edition, reading, viewer
from dashboard.services.overview import UNKNOWN, Area, Figure, Picture, Values, recorded
from dashboard.services.spotting import Kept
from dashboard.services.territory import Scope
from dashboard.services.visiting import Visiting
from dashboard.state import DEFAULT
from geo import periods
from geo.errors import N_, InputError
from geo.indicators import INDICATORS
from geo.periods import KEPT_MONTHS, ZONE, Period
from geo.store import monthly_rows, queries

Totals = Mapping[str, Figure]
Grids = Mapping[str, tuple[int, ...]]
"""Grids of all plans by code, today's first."""


@dataclass(frozen=True)
class Category:
    """Tickets of one category, see `geo.store.monthly_rows.categories`."""

    code: str
    name: str
    class_code: str
    class_name: str
    class_name_en: str
    reported: int
    repeats: int
    before: int
    year_before: int
    on_time: int
    had_to: int
    open: int
    overdue: int


@dataclass(frozen=True)
class Monthly:
    """A month of a street or community.

    Attributes
    ----------
    scope
        As the data stand.
    then
        As if the data had ended with the month.
    month
        The days it is about.
    whole
        Whether the month is over; where it is not, nothing compares with it.
    picture
        What the pages show, of this month: what has no past is as things stand now, and ``before``
        is the month before.
    year_before
        Indicator key → figure of the same month of the year before.
    categories
        Of tickets; by class, then code.
    visiting
        How households were visited; None for a whole street.
    plans
        Names of the plans the month's grids were counted on.
    began
        First days of ``tickets`` and ``visits`` on record.
    """

    scope: Scope
    then: Scope
    month: Period
    whole: bool
    picture: Picture
    year_before: Totals
    categories: tuple[Category, ...]
    visiting: Visiting | None
    plans: tuple[str, ...]
    began: Mapping[str, date | None]


# ------------------------------------------------------------------------------- which month


def month_of(scope: Scope, key: str | None) -> Period:
    """Return the month that is asked for; without one the last that is over.

    Parameters
    ----------
    key
        ``YYYY-MM``, or None.

    Raises
    ------
    InputError
        If no figures are kept of that month.
    """
    kept = periods.months(_cut_off(scope), KEPT_MONTHS)
    if key is None:
        return next(month for month in reversed(kept) if is_over(month))
    found = next((month for month in kept if month.key == key), None)
    if found is None:
        raise InputError(
            N_("No figures are kept of {month}: there are {first} to {last}."),
            month=key,
            first=kept[0].key,
            last=kept[-1].key,
        )
    return found


def is_over(month: Period) -> bool:
    """Tell whether all days of a calendar month are in it."""
    return month.end.day == 1


def _cut_off(scope: Scope) -> datetime:
    return scope.as_of or datetime.now(ZONE)


def neighbours(month: Period) -> tuple[Period, Period]:
    """Return the whole months a month is compared with: the one before, and a year before."""
    before, year_before = (_whole(month, back) for back in (1, periods.MONTHS_PER_YEAR))
    return before, year_before


def _whole(month: Period, back: int) -> Period:
    start = periods.first_of_month(month.start, back)
    return Period(f"{start:%Y-%m}", start, periods.first_of_month(month.start, back - 1))


def as_if_ended(scope: Scope, month: Period) -> Scope:
    """Return a scope as if its data had ended with a month."""
    end = min(_cut_off(scope), month.closes_at - timedelta(microseconds=1))
    community = scope.community and replace(scope.community, as_of=end)
    return replace(scope, street=replace(scope.street, as_of=end), community=community)


# ------------------------------------------------------------------------------------ figures


def monthly(scope: Scope, month: Period) -> Monthly:
    """Return what there is to tell of a month.

    Parameters
    ----------
    month
        From `month_of`.
    """
    ids = (scope.street.id, *scope.community_ids)
    return _monthly(scope.edition, ids, month, scope)


@st.cache_data(max_entries=32, show_spinner=False)
def _monthly(edition: Edition, ids: tuple[int, ...], month: Period, _scope: Scope) -> Monthly:
    """Read it all; `ids` (street and communities) stand for the scope in the key."""
    then, (before, year_before) = as_if_ended(_scope, month), neighbours(month)
    shown, who = (month, before, year_before), viewer()
    at = min(month.closes_at, _cut_off(_scope))
    now = overview.picture(_scope, DEFAULT.period)
    with reading() as connection:
        found = queries.indicator_values(connection, who, ids, shown)
        plan_ids = sorted({row["plan_id"] for row in found if row["plan_id"] is not None})
        grids = _by_code(queries.grids(connection, who, plan_ids), _scope.plan_ids)
        names = {row["id"]: row["name"] for row in queries.plan_terms(connection, who, plan_ids)}
        began = queries.first_days(connection, who, _scope.community_ids)
        counted = queries.ticket_repeats(connection, who, _scope.community_ids, month)
        rows = monthly_rows.categories(connection, who, _scope.community_ids, shown, at)
        visited = visiting.read(connection, then, "month") if _scope.community else None
    past = _Past(Values(found), grids, began)
    whole = is_over(month)
    picture = _picture(now, past, _area(_scope), month, before if whole else None)
    return Monthly(
        scope=_scope,
        then=then,
        month=month,
        whole=whole,
        picture=_with(picture, tickets=counted[0], repeats=counted[1], busiest=None),
        year_before=past.peer(_area(_scope), year_before) if whole else {},
        categories=tuple(Category(**row) for row in rows),
        visiting=visited,
        plans=trending.plans_of(found, month, names),
        began=began,
    )


def _area(scope: Scope) -> tuple[str, tuple[int, ...]]:
    """Return kind and id of everything shown."""
    if scope.community:
        return "community", (scope.community.id,)
    return "street", (scope.street.id,)


@dataclass(frozen=True)
class _Past:
    """What is kept of past months, and since when there are records."""

    values: Values
    grids: Grids
    began: Mapping[str, date | None]

    def of(self, kind: str, ids: tuple[int, ...], month: Period) -> dict[str, Figure]:
        """Return the figures of whichever of some areas was there in a month."""
        for area_id in ids:
            found = self.values.of(kind, area_id, month)
            if found:
                return {key: one for key, one in found.items() if self._begun(key, month)}
        return {}

    def peer(self, whole: tuple[str, tuple[int, ...]], month: Period) -> dict[str, Figure]:
        """Return what a month compares with: nothing that records do not reach back to."""
        return recorded(self.of(*whole, month), month, self.began)

    def _begun(self, key: str, month: Period) -> bool:
        """Tell whether an indicator has a past, and its records had begun by a month's end."""
        starts = [self.began[subject] for subject in INDICATORS[key].needs if subject in self.began]
        begun = all(first is not None and first < month.end for first in starts)
        return INDICATORS[key].history and begun

    def ids(self, area: Area) -> tuple[int, ...]:
        """Return an area's own id, and those of grids of other plans with its code."""
        return (area.id,) if area.kind != "grid" else self.grids.get(area.code, (area.id,))


def _by_code(found: list[queries.Row], now: tuple[int, ...]) -> Grids:
    together: dict[str, tuple[int, ...]] = {}
    for row in sorted(found, key=lambda row: (row["plan_id"] not in now, row["code"], row["id"])):
        together[row["code"]] = (*together.get(row["code"], ()), row["id"])
    return together


def _picture(
    now: Picture,
    past: _Past,
    whole: tuple[str, tuple[int, ...]],
    month: Period,
    before: Period | None,
) -> Picture:
    """Lay a month over the picture of today: what has no past stays as it stands now."""
    figures = {key: one for key, one in now.figures.items() if not INDICATORS[key].history}
    for area in now.areas:
        for key, figure in past.of(area.kind, past.ids(area), month).items():
            figures.setdefault(key, {})[area.id] = figure
    today = {key: one for key, one in now.total.items() if not INDICATORS[key].history}
    return replace(
        now,
        period=month,
        figures=figures,
        total={**today, **past.of(*whole, month)},
        before=past.peer(whole, before) if before else {},
        trend={},
        ground=_picture(now.ground, past, whole, month, before) if now.ground else None,
    )


def _with(picture: Picture, **changes: Any) -> Picture:
    ground = picture.ground and replace(picture.ground, **changes)
    return replace(picture, ground=ground, **changes)


def total_before(found: Monthly, key: str) -> tuple[Figure, Figure]:
    """Return an indicator's figures of the month before and of a year before."""
    return found.picture.before.get(key, UNKNOWN), found.year_before.get(key, UNKNOWN)


# ----------------------------------------------------------------------------------- hot spots


def hot_spots(found: Monthly) -> Kept:
    """Return the answer to the page's usual question, for the weeks up to the month's end."""
    return spotting.answer(found.then, spotting.question(found.then, DEFAULT))


def clusters(found: Monthly) -> Kept | None:
    """Return the clusters somebody had looked for in the same weeks, if anybody did."""
    return spotting.on_record(
        found.then, spotting.question(found.then, replace(DEFAULT, method="scan"))
    ) or spotting.on_record(
        found.scope, spotting.question(found.scope, replace(DEFAULT, method="scan"))
    )


def in_briefing(scope: Scope) -> list[dict[str, Any]]:
    """Return what is on the list for the next briefing and lies in what is shown."""
    listed = [row for row in spotting.in_briefing(scope) if row["found"]]
    community = scope.community
    if community is None:
        return listed
    return [
        row
        for row in listed
        if row["place"] == community.name
        or any(code.startswith(community.code) for code in row["found"]["grids"])
    ]
