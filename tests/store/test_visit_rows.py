"""Households and their visits as read for those who visit, against a plain recount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from geo import periods, visits
from geo.facts import window
from geo.norms import NORMS
from geo.store import tables as t
from geo.store import visit_rows
from geo.store.access import Viewer, local_leader
from geo.store.visit_rows import OTHERS, Calls
from geo.workload import CARE
from tests.store import small_city as city

LEADER = local_leader()
PERIODS = ("30d", "month", "year")
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(scope="module", params=[1, 2])
def filled(engine: sa.Engine, request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        city.load(opened, request.param)
        yield opened
        transaction.rollback()


def _read(connection: sa.Connection, period: str, viewer: Viewer = LEADER) -> Calls:
    asked = window(periods.current(period, city.AS_OF), city.AS_OF)
    return visit_rows.read(connection, viewer, 11, asked, NORMS)


def _at(us: int) -> datetime | None:
    return None if us == visits.NEVER_MET_US else datetime.fromtimestamp(us / 1e6, UTC)


class _Home:
    """One household, judged by its own rows, one after the other."""

    def __init__(self, recount: city.Recount, home: Any) -> None:
        self.care = {row.care_class for row in recount.rows["resident"] if row.household_id == home}
        rows = recount.rows["visit"]
        self.met = [row.at for row in rows if row.household_id == home and row.result == "met"]

    @property
    def level(self) -> int:
        return next((place for place, name in enumerate(CARE) if name in self.care), OTHERS)

    @property
    def days(self) -> int:
        return {0: 7, 1: 30, 2: 90, OTHERS: 365}[self.level]

    def last(self, before: datetime) -> datetime | None:
        return max((at for at in self.met if at < before), default=None)


@pytest.mark.parametrize("period", PERIODS)
def test_every_household_equals_the_recount(filled: sa.Connection, period: str) -> None:
    recount, calls = city.Recount(filled), _read(filled, period)
    first, stop = periods.current(period, city.AS_OF).opens_at, city.AS_OF + MICROSECOND
    occupied = {
        row.id
        for row in recount.rows["household"]
        if row.building_id // 100 == 11 and row.state in ("resident", "rented")
    }
    assert set(calls.homes["id"]) == occupied
    rows: list[Any] = list(calls.homes.itertuples())
    for row in rows:
        home = _Home(recount, row.id)
        assert (row.care, row.visit_days) == (home.level, home.days)
        assert _at(row.last_before_us) == home.last(first)
        assert _at(row.last_us) == home.last(stop)
        assert row.met == any(first <= at < stop for at in home.met)
        assert calls.buildings["id"][row.building] == recount.home[row.id].building_id


@pytest.mark.parametrize("period", PERIODS)
def test_visits_count_whoever_was_met(filled: sa.Connection, period: str) -> None:
    recount, calls = city.Recount(filled), _read(filled, period)
    first = periods.current(period, city.AS_OF).opens_at
    own = [
        row.at
        for row in recount.rows["visit"]
        if row.result == "met" and recount.home[row.household_id].building_id // 100 == 11
    ]
    assert calls.visits == sum(first <= at <= city.AS_OF for at in own)
    assert calls.since_us is not None
    assert _at(calls.since_us) == min(own)


def test_buildings_know_their_grid_of_the_plan_in_force(filled: sa.Connection) -> None:
    recount, calls = city.Recount(filled), _read(filled, "30d")
    assigned = {
        row.building_id: row.grid_id
        for row in recount.rows["plan_assignment"]
        if row.plan_id == 102
    }
    found = dict(zip(calls.buildings["id"], calls.buildings["grid_id"], strict=True))
    assert found == {1100 + k: assigned.get(1100 + k, 0) for k in range(16)}


def test_workers_hold_their_grids_of_the_day(filled: sa.Connection) -> None:
    recount, day = city.Recount(filled), datetime(2026, 11, 20, tzinfo=UTC).date()
    held: dict[int, set[int]] = {}
    for row in recount.rows["grid_role"]:
        active = row.from_date <= day and (row.to_date is None or row.to_date > day)
        if row.grid_id // 10 == 102 and row.role in ("grid_leader", "grid_worker") and active:
            held.setdefault(row.staff_id, set()).add(row.grid_id)
    found = visit_rows.workers(filled, LEADER, 11, day)
    assert {one.id: set(one.grids) for one in found} == held
    assert [one.name for one in found] == sorted(one.name for one in found)


def test_another_community_is_not_seen(filled: sa.Connection) -> None:
    stranger = Viewer("other", "leader", frozenset({12}))
    calls = _read(filled, "30d", stranger)
    assert (len(calls.buildings), len(calls.homes)) == (0, 0)
    day = city.AS_OF.date()
    assert visit_rows.workers(filled, stranger, 11, day) == ()
    ids = _read(filled, "30d").homes["id"].tolist()[:3]
    assert visit_rows.doors(filled, stranger, ids) == {}


def test_doors_are_those_asked_for(filled: sa.Connection) -> None:
    recount, ids = city.Recount(filled), _read(filled, "30d").homes["id"].tolist()[:3]
    found = visit_rows.doors(filled, LEADER, ids)
    assert set(found) == set(ids)
    assert [found[one]["room"] for one in ids] == [recount.home[one].room for one in ids]
    assert all(set(row) == {"id", "unit", "floor", "room"} for row in found.values())


def test_nobody_lives_or_visits_in_a_community_without_buildings(filled: sa.Connection) -> None:
    asked = window(periods.current("30d", city.AS_OF), city.AS_OF)
    calls = visit_rows.read(filled, LEADER, 999, asked, NORMS)
    assert (len(calls.homes), calls.visits, calls.since_us) == (0, 0, None)
    assert len(visit_rows.stations(filled, 999)) == 0


def test_stations_are_those_of_the_street(filled: sa.Connection) -> None:
    place = {"source": "test", "street_id": 1, "kind": "grid_station"}
    with filled.begin_nested() as savepoint:
        filled.execute(
            sa.insert(t.facility),
            [
                {**place, "external_id": "s1", "geom": "SRID=4326;POINT(119.301 26.081)"},
                {**place, "external_id": "s2", "street_id": 2, "geom": "SRID=4326;POINT(0 0)"},
            ],
        )
        found = visit_rows.stations(filled, 1)
        savepoint.rollback()
    assert found.to_numpy().tolist() == [[119.301, 26.081]]
