"""Who lives where and what stands where, against a plain recount of the small city's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
import sqlalchemy as sa

from geo.store import service_rows
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.compute import refresh_within
from tests.store import small_city as city

LEADER = local_leader()
LAST_DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def filled(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        city.load(opened, 3)
        refresh_within(opened, now=datetime(2026, 12, 24, tzinfo=UTC))
        yield opened
        transaction.rollback()


def _rows(connection: sa.Connection, table: sa.Table) -> list[Any]:
    return list(connection.execute(sa.select(table)))


def _age(birth: date) -> int:
    had = (LAST_DAY.month, LAST_DAY.day) >= (birth.month, birth.day)
    return LAST_DAY.year - birth.year - (not had)


GROUPS: dict[str, Callable[[Any], bool]] = {
    "residents": lambda _row: True,
    "age60": lambda row: _age(row.birth_date) >= 60,
    "age80": lambda row: _age(row.birth_date) >= 80,
    "alone60": lambda row: _age(row.birth_date) >= 60 and row.living == "alone",
    "children": lambda row: _age(row.birth_date) < 15,
}


def test_people_of_each_building_are_as_counted_one_by_one(filled: sa.Connection) -> None:
    found = service_rows.buildings(filled, LEADER, city.STREET_A).set_index("id")
    own = {row.id for row in _rows(filled, t.building) if row.community_id in (11, 12)}
    assert set(found.index) == own
    home = {row.id: row.building_id for row in _rows(filled, t.household)}
    people = _rows(filled, t.resident)
    for group, belongs in GROUPS.items():
        for building in own:
            there = [row for row in people if home[row.household_id] == building and belongs(row)]
            assert found.loc[building, group] == len(there), (group, building)
    assert found["age80"].sum() > 0


def test_each_building_has_the_grid_of_the_plan_in_force(filled: sa.Connection) -> None:
    found = service_rows.buildings(filled, LEADER, city.STREET_A)
    published = {row.id for row in _rows(filled, t.plan) if row.state == "published"}
    expected = {
        row.building_id: row.grid_id
        for row in _rows(filled, t.plan_assignment)
        if row.plan_id in published
    }
    told = dict(zip(found["id"], found["grid_id"], strict=True))
    assert told == {one: expected.get(one, 0) for one in told}
    assert len(set(told.values())) > 2


def test_buildings_of_others_are_not_told(filled: sa.Connection) -> None:
    viewer = Viewer("someone", "leader", frozenset({12}))
    found = service_rows.buildings(filled, viewer, city.STREET_A)
    assert set(found["community_id"]) == {12}
    assert service_rows.buildings(filled, viewer, city.STREET_B).empty


def test_facilities_outside_every_community_serve_too(filled: sa.Connection) -> None:
    filled.execute(sa.update(t.facility).where(t.facility.c.kind == "clinic").values(capacity=40))
    found = service_rows.facilities(filled, city.STREET_A).set_index("kind")
    assert found.loc["clinic", "capacity"] == 40
    assert found.loc["canteen", "community_id"] == 0
    assert found["capacity"].isna().sum() == len(found) - 1
    west, south = city.corner(11)
    assert (found.loc["clinic", "lon"], found.loc["clinic", "lat"]) == pytest.approx((west, south))
    assert service_rows.facilities(filled, city.STREET_B).empty


def test_grid_shapes_are_those_of_the_plan(filled: sa.Connection) -> None:
    found = service_rows.grid_shapes(filled, [102])
    rows = [row for row in _rows(filled, t.grid) if row.plan_id == 102 and row.geom is not None]
    assert set(found) == {row.id for row in rows}
    assert all(shapely.area(shape) > 0 for shape in found.values())
    assert service_rows.grid_shapes(filled, []) == {}


def test_parts_of_a_network_that_hang_by_themselves_are_told(filled: sa.Connection) -> None:
    filled.execute(
        sa.insert(t.walk_network),
        [{"id": 1, "street_id": city.STREET_A, "tolerance_m": 1.0, "report": {}}],
    )
    parts = [0, 0, 0, 2, 2, 1]
    filled.execute(
        sa.insert(t.walk_node),
        [
            {"network_id": 1, "node": node, "part": part, "geom": f"SRID=4326;POINT({node} {part})"}
            for node, part in enumerate(parts)
        ],
    )
    found = service_rows.islands(filled, city.STREET_A)
    assert [(row["part"], row["nodes"], row["lat"]) for row in found] == [(2, 2, 2), (1, 1, 1)]
    assert service_rows.islands(filled, city.STREET_B) == []
