"""Party contact as recorded: a community counted by hand, and only for who may see it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from geo.store import contact_rows
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.contact_rows import Records

HERE, NEXT_DOOR = 11, 12
LONG_AGO, TODAY = date(2024, 1, 1), date(2026, 11, 20)


def _square(x: float) -> str:
    return f"SRID=4326;MULTIPOLYGON((({x} 26,{x + 0.001} 26,{x + 0.001} 26.001,{x} 26.001,{x} 26)))"


def _building(number: int, community: int) -> dict[str, Any]:
    x = 119.3 + number / 100
    return {
        "id": number,
        "source": "test",
        "external_id": str(number),
        "community_id": community,
        "compound": "东苑",
        "number": str(number),
        "use": "residential",
        "geom": _square(x),
        "anchor": f"SRID=4326;POINT({x + 0.0005} 26.0005)",
    }


def _home(number: int, building: int, state: str, unit: int | None = None) -> dict[str, Any]:
    return {
        "id": number,
        "building_id": building,
        "unit_id": unit,
        "state": state,
        "room": str(number),
    }


HOMES = (
    _home(1, 1, "resident", 5),  # the first party household
    _home(2, 1, "rented", 5),  # in contact
    _home(3, 1, "resident"),  # waits
    _home(4, 1, "vacant"),  # in contact, but nobody lives there
    _home(5, 2, "resident"),  # was in contact once
    _home(6, 2, "resident"),  # the second party household, in contact itself
    _home(7, 3, "resident"),  # next door, in contact
    _home(8, 3, "resident"),  # next door, the third party household
    _home(9, 2, "rented"),  # in contact with the one next door
)
LINKS = (
    (1, 2, None),
    (1, 4, None),
    (1, 6, None),
    (1, 7, None),
    (2, 5, TODAY),
    (3, 3, TODAY),
    (3, 9, None),
)
"""Party household, household, the day it ended."""


def _fill(connection: sa.Connection) -> None:
    def put(table: sa.Table, *rows: dict[str, Any]) -> None:
        connection.execute(sa.insert(table), list(rows))

    put(t.division, {"id": 1, "kind": "street", "code": "350102001", "name": "街道"})
    put(
        t.division,
        *(
            {
                "id": one,
                "kind": "community",
                "code": f"3501020010{one}",
                "name": "社区",
                "parent_id": 1,
            }
            for one in (HERE, NEXT_DOOR)
        ),
    )
    put(t.building, _building(1, HERE), _building(2, HERE), _building(3, NEXT_DOOR))
    put(
        t.unit,
        {"id": 5, "building_id": 1, "number": "1", "geom": "SRID=4326;POINT(119.31 26.0005)"},
    )
    put(t.household, *HOMES)
    put(
        t.plan,
        {
            "id": 1,
            "community_id": HERE,
            "name": "方案",
            "state": "published",
            "source": "drawn",
            "effective_from": LONG_AGO,
        },
    )
    put(t.grid, {"id": 7, "plan_id": 1, "code": f"3501020010{HERE}001", "name": "东"})
    put(t.plan_assignment, {"plan_id": 1, "building_id": 1, "grid_id": 7})
    put(t.party_organisation, {"id": 1, "community_id": HERE, "level": "committee", "name": "党委"})
    put(
        t.party_organisation,
        {
            "id": 2,
            "community_id": HERE,
            "parent_id": 1,
            "level": "grid_branch",
            "name": "支部",
            "grid_id": 7,
        },
    )
    put(
        t.resident,
        {"id": 1, "household_id": 1, "name": "居民一", "birth_date": LONG_AGO},
        {"id": 2, "household_id": 7, "name": "居民二", "birth_date": LONG_AGO},
    )
    own = {"community_id": HERE, "organisation_id": 2, "kind": "own"}
    put(
        t.party_member,
        own | {"id": 1, "name": "党员一", "resident_id": 1},
        own | {"id": 2, "name": "党员二", "resident_id": 2, "organisation_id": None},
        own | {"id": 3, "name": "党员三", "resident_id": None, "kind": "signed_up"},
    )
    put(
        t.party_household,
        {"id": 1, "household_id": 1, "member_id": 1, "since": LONG_AGO},
        {"id": 2, "household_id": 6, "member_id": 1, "since": LONG_AGO},
        {"id": 3, "household_id": 8, "member_id": 2, "since": LONG_AGO},
    )
    put(
        t.contact_link,
        *(
            {"party_household_id": host, "household_id": home, "since": LONG_AGO, "until": until}
            for host, home, until in LINKS
        ),
    )


@pytest.fixture
def records(connection: sa.Connection) -> Records:
    _fill(connection)
    return contact_rows.read(connection, local_leader(), HERE)


def test_buildings_with_their_grid(records: Records) -> None:
    rows = records.buildings[["id", "number", "sub_district_id", "grid_id"]]
    assert rows.to_numpy().tolist() == [[1, "1", 0, 7], [2, "2", 0, 0]]


def test_every_occupied_household_is_one_thing(records: Records) -> None:
    names = ["building", "unit_id", "occupied", "linked", "hosting", "waiting"]
    assert records.homes[names].to_numpy().tolist() == [
        [0, 0, 1, 0, 0, 1],
        [0, 5, 2, 1, 1, 0],
        [1, 0, 3, 2, 0, 1],
    ]


def test_party_households_count_their_active_links(records: Records) -> None:
    assert records.hosts.to_numpy().tolist() == [[0, 5, 4], [1, 0, 0]]


def test_links_are_those_between_buildings_of_the_community(records: Records) -> None:
    assert records.links.to_numpy().tolist() == [[0, 0, 1], [0, 1, 1]]


def test_members_with_home_and_what_they_keep(records: Records) -> None:
    names = ["organisation_id", "building", "signed_up", "host", "served"]
    assert records.members[names].to_numpy().tolist() == [
        [2, 0, False, True, 4],
        [0, -1, False, True, 1],
        [2, -1, True, False, 0],
    ]
    assert records.organisations.to_numpy().tolist() == [
        [1, 0, "committee", "党委", 0],
        [2, 1, "grid_branch", "支部", 7],
    ]


def test_nothing_for_who_may_not_see_it(connection: sa.Connection) -> None:
    _fill(connection)
    stranger = Viewer("somebody", "leader", frozenset({NEXT_DOOR}))
    found = contact_rows.read(connection, stranger, HERE)
    assert all(frame.empty for frame in vars(found).values())


def test_nobody_is_named(records: Records) -> None:
    said = " ".join(frame.to_string() for frame in vars(records).values())
    assert "居民" not in said
    assert "党员" not in said
