"""Tickets for the analysis of hot spots as read, against a plain look at the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geo.cases import Cases
from geo.facts import NEVER_US
from geo.store import case_rows
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.compute import refresh_within
from tests.store import small_city as city

LEADER = local_leader()
START, STOP = date(2026, 5, 1), date(2026, 11, 21)
IDS = (11, 12, 13)


@pytest.fixture(scope="module")
def filled(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        city.load(opened, 3)
        x, y = city.corner(11)
        opened.execute(
            sa.insert(t.ground),
            [
                {
                    "community_id": community,
                    "kind": kind,
                    "name": name,
                    "geom": f"SRID=4326;LINESTRING({x} {y},{x + 0.01} {y})",
                }
                for community, kind, name in (
                    (11, "road_main", "一路"),
                    (11, "lane", ""),
                    (11, "green", "绿地"),
                    (13, "lane", "三巷"),
                )
            ],
        )
        refresh_within(opened, now=datetime(2026, 12, 24, tzinfo=UTC))
        yield opened
        transaction.rollback()


@pytest.fixture
def one(filled: sa.Connection) -> Iterator[sa.Connection]:
    """Give the filled store; what a test changes is undone."""
    nested = filled.begin_nested()
    yield filled
    nested.rollback()


def _read(connection: sa.Connection, ids: tuple[int, ...] = IDS, who: Viewer = LEADER) -> Cases:
    return case_rows.read(connection, who, ids, START, STOP)


def _rows(connection: sa.Connection, ids: tuple[int, ...] = IDS) -> dict[int, Any]:
    """Return the tickets of some communities in the period, one by one."""
    return {
        row.id: row
        for row in city.rows_of(connection, t.ticket)
        if row.community_id in ids and START <= row.reported_at.astimezone(city.ZONE).date() < STOP
    }


def test_every_ticket_is_read_as_it_stands(filled: sa.Connection) -> None:
    cases, rows = _read(filled), _rows(filled)
    placed = {number: row for number, row in rows.items() if row.geom is not None}
    assert cases.tickets["id"].tolist() == sorted(placed)
    assert len(cases.unplaced) == len(rows) - len(placed) > 50
    ids = cases.buildings["id"].tolist()
    tickets: list[Any] = list(cases.tickets.itertuples())
    for ticket in tickets:
        row = placed[ticket.id]
        point = shapely.from_wkb(bytes(row.geom))
        assert (ticket.lon, ticket.lat) == (point.x, point.y)
        assert ticket.reported_us == round(row.reported_at.timestamp() * 1e6)
        closed = NEVER_US if row.closed_at is None else round(row.closed_at.timestamp() * 1e6)
        assert ticket.closed_us == closed
        assert date.fromordinal(ticket.day) == row.reported_at.astimezone(city.ZONE).date()
        assert (ticket.class_code, ticket.category_code) == (row.class_code, row.category_code)
        assert ticket.building == (-1 if row.building_id is None else ids.index(row.building_id))
        assert ticket.repeat == (row.repeat_of_id is not None)


def test_what_has_no_place_keeps_its_day_and_class(filled: sa.Connection) -> None:
    cases = _read(filled)
    lost = [row for row in _rows(filled).values() if row.geom is None]
    told = sorted(
        (row.reported_at.astimezone(city.ZONE).date().toordinal(), row.class_code) for row in lost
    )
    assert sorted(zip(cases.unplaced["day"], cases.unplaced["class_code"], strict=True)) == told
    assert cases.unplaced["repeat"].sum() == sum(row.repeat_of_id is not None for row in lost)


def test_an_empty_point_is_no_place(one: sa.Connection) -> None:
    before = _read(one)
    chosen = int(before.tickets["id"].iloc[0])
    one.execute(
        sa.update(t.ticket).where(t.ticket.c.id == chosen).values(geom="SRID=4326;POINT EMPTY")
    )
    after = _read(one)
    assert len(after.tickets) == len(before.tickets) - 1
    assert len(after.unplaced) == len(before.unplaced) + 1


def test_buildings_have_their_households_and_grid_of_the_plan_in_force(
    filled: sa.Connection,
) -> None:
    cases, recount = _read(filled), city.Recount(filled)
    assert cases.grids["code"].tolist() == sorted(cases.grids["code"])
    assert set(cases.grids["community_id"]) == {11, 12}  # nothing is published in 13
    codes = [*cases.grids["code"], None]
    homes = {row.id: row for row in recount.rows["grid"]}
    buildings: list[Any] = list(cases.buildings.itertuples())
    for row in buildings:
        lived = [
            home
            for home in recount.rows["household"]
            if home.building_id == row.id and home.state in ("resident", "rented", "vacant")
        ]
        assert row.households == len(lived)
        grid = recount.grid_of_building(row.id, STOP - timedelta(days=1))
        assert codes[row.grid] == (homes[grid].code if grid else None)
    assert len(cases.shapes) == len(cases.grids)
    assert cases.counts_homes


def test_only_named_roads_are_read(filled: sa.Connection) -> None:
    roads = _read(filled).roads
    assert sorted(roads["name"]) == ["一路", "三巷"]
    assert all(shape.geom_type == "LineString" for shape in roads["geom"])
    assert _read(filled, (11,)).roads["name"].tolist() == ["一路"]


@pytest.mark.parametrize("seen", [frozenset({11}), frozenset({12, 99}), frozenset()])
def test_a_viewer_reads_his_divisions_only(filled: sa.Connection, seen: frozenset[int]) -> None:
    viewer = Viewer("甲", "leader", seen)
    cases = _read(filled, IDS, viewer)
    allowed = tuple(one for one in IDS if one in seen)
    assert set(cases.buildings["community_id"]) == set(allowed)
    assert set(cases.grids["community_id"]) <= set(allowed)
    rows = _rows(filled, allowed)
    assert len(cases.tickets) + len(cases.unplaced) == len(rows)
    assert set(cases.tickets["id"]) <= set(rows)
    assert len(cases.roads) == (11 in seen)


def test_communities_that_were_not_asked_for_are_not_read(filled: sa.Connection) -> None:
    cases = _read(filled, (12,))
    assert set(cases.buildings["community_id"]) == {12}
    assert set(cases.tickets["id"]) <= set(_rows(filled, (12,)))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 9, 16, 0, tzinfo=UTC), date(2026, 7, 10)),
        (datetime(2026, 7, 9, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 7, 9)),
        (datetime(2026, 7, 10, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 7, 10)),
        (datetime(2026, 7, 10, 16, 0, tzinfo=UTC), date(2026, 7, 11)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(
    one: sa.Connection, instant: datetime, day: date
) -> None:
    chosen = int(_read(one).tickets["id"].iloc[0])
    one.execute(sa.update(t.ticket).where(t.ticket.c.id == chosen).values(reported_at=instant))
    held = _read(one).tickets.set_index("id")
    assert date.fromordinal(held["day"].to_dict()[chosen]) == day
    tomorrow = day + timedelta(days=1)
    inside = case_rows.read(one, LEADER, IDS, day, tomorrow)
    assert chosen in set(inside.tickets["id"])
    assert set(inside.tickets["day"]) == {day.toordinal()}
    for other in (day - timedelta(days=1), tomorrow):
        held = case_rows.read(one, LEADER, IDS, other, other + timedelta(days=1)).tickets
        assert chosen not in set(held["id"])


def test_local_days_agree_with_the_time_zone() -> None:
    rng = np.random.default_rng(5)
    seconds = rng.integers(800_000_000, 1_900_000_000, 500)
    told = case_rows.local_days(seconds * 1_000_000)
    expected = [
        datetime.fromtimestamp(int(one), UTC).astimezone(city.ZONE).date().toordinal()
        for one in seconds
    ]
    assert told.tolist() == expected


def test_the_span_is_from_the_first_to_the_last_ticket(filled: sa.Connection) -> None:
    rows = [row for row in city.rows_of(filled, t.ticket) if row.community_id == 12]
    days = [row.reported_at.astimezone(city.ZONE).date() for row in rows]
    assert case_rows.span(filled, [12]) == (min(days), max(days))
    assert case_rows.span(filled, [13]) is None
    assert case_rows.span(filled, []) is None


def test_an_empty_place_is_no_error(filled: sa.Connection) -> None:
    cases = case_rows.read(filled, LEADER, (), START, STOP)
    assert (len(cases.tickets), len(cases.buildings), len(cases.grids)) == (0, 0, 0)
    quiet = case_rows.read(filled, LEADER, (13,), START, STOP)
    assert len(quiet.buildings) == 16
    assert len(quiet.tickets) == len(quiet.unplaced) == 0
