"""What the pages read: right sums, only what the viewer may see, nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from geo import periods
from geo.schema import HOUSEHOLD_STATES
from geo.store import cards, fill, queries
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.versions import Versions, data_version
from tests.store import small_city as city

LEADER = local_leader()
PERSONAL = {"phone", "room", "title", "birth_date", "note", "actor"}


@pytest.fixture(scope="module")
def demo(demo_engine: sa.Engine) -> Iterator[sa.Connection]:
    with demo_engine.connect() as connection:
        yield connection


def community(demo: sa.Connection, code: str) -> int:
    found = demo.scalar(sa.select(t.division.c.id).where(t.division.c.code == code))
    assert found is not None
    return int(found)


def plan_of(demo: sa.Connection, community_id: int) -> int:
    found = demo.scalar(
        sa.select(t.plan.c.id).where(
            t.plan.c.community_id == community_id, t.plan.c.state == "published"
        )
    )
    assert found is not None
    return int(found)


def test_streets_and_communities(demo: sa.Connection) -> None:
    streets = queries.streets(demo, LEADER)
    assert len(streets) == 5
    codes = [street["code"] for street in streets]
    assert codes == sorted(codes)
    sports = next(street for street in streets if street["code"] == "530111007")
    assert sports["households"] == 13350
    found = queries.communities(demo, LEADER, sports["id"])
    assert [row["code"] for row in found] == ["530111007001"]
    assert found[0]["plan_id"] is not None


def test_a_viewer_sees_only_their_communities(demo: sa.Connection) -> None:
    mine, other = community(demo, "120116051013"), community(demo, "530111007001")
    viewer = Viewer("someone", "leader", frozenset({mine}))
    assert [street["code"] for street in queries.streets(demo, viewer)] == ["120116051"]
    assert queries.grids(demo, viewer, [plan_of(demo, other)]) == []
    assert queries.grid_states(demo, viewer, [plan_of(demo, other)]) == []
    assert queries.bounds(demo, viewer, [other]) is None
    period = periods.current("year", datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert queries.indicator_values(demo, viewer, [other], [period]) == []
    assert queries.ticket_signs(demo, viewer, [other], period) == {}
    assert queries.ticket_repeats(demo, viewer, [other], period) == (0, 0)
    assert queries.busiest_building(demo, viewer, [other], period) is None
    assert queries.import_batches(demo, viewer) == []
    assert queries.attributions(demo, viewer, [other], 1) == []


def test_grids_add_up_to_their_community(demo: sa.Connection) -> None:
    here = community(demo, "530111007001")
    plan = plan_of(demo, here)
    grids = queries.grids(demo, LEADER, [plan])
    assert len(grids) == 9
    assert all(row["area_m2"] > 0 and row["lon"] is not None for row in grids)
    states = queries.grid_states(demo, LEADER, [plan])
    whole = queries.community_states(demo, LEADER, [here])
    assert whole is not None
    for state in HOUSEHOLD_STATES:
        assert sum(row[state] for row in states) == whole[state]
    homes = sum(whole[state] for state in HOUSEHOLD_STATES if state != "shop")
    assert homes == 13350


def test_every_building_has_a_height_class(demo: sa.Connection) -> None:
    here = community(demo, "530111007001")
    counts = queries.buildings_by_storeys(demo, LEADER, [here], [4, 7, 12, 19])
    buildings = demo.scalar(sa.select(sa.func.count()).where(t.building.c.community_id == here))
    assert len(counts) == 6
    assert sum(counts) == buildings


def test_tickets_by_sign_are_the_period_s_tickets(demo: sa.Connection) -> None:
    here = community(demo, "350102001002")
    period = periods.current("30d", datetime(2026, 11, 20, 10, tzinfo=UTC))
    signs = queries.ticket_signs(demo, LEADER, [here], period)
    total, repeats = queries.ticket_repeats(demo, LEADER, [here], period)
    assert sum(signs.values()) == total > repeats > 0
    one = queries.ticket_classes(demo)[0]["code"]
    assert sum(queries.ticket_signs(demo, LEADER, [here], period, [one]).values()) < total


def test_the_version_follows_the_data(scratch_engine: sa.Engine) -> None:
    with scratch_engine.begin() as connection:
        before = queries.data_version(connection)
        connection.execute(t.division.insert().values(kind="street", code="999999999", name="S"))
        after = queries.data_version(connection)
        assert after != before
    # So that a browser may keep the tiles the page asks for.
    assert Versions(scratch_engine).of() == after


def test_a_database_filled_anew_is_another_version(scratch_owner_engine: sa.Engine) -> None:
    found = []
    for name in ("one", "two"):
        with scratch_owner_engine.begin() as connection:
            fill.clear(connection)
            street = {"kind": "street", "code": "999999999", "name": name}
            connection.execute(t.division.insert().values(street))
            found.append(data_version(connection))
    assert found[0] != found[1]


def test_a_wall_screen_gets_no_cards_about_people(demo: sa.Connection) -> None:
    for card in (cards.elderly_card, cards.party_card):
        first = demo.scalar(sa.select(sa.func.min(t.unit_summary.c.id)))
        assert card(demo, Viewer("hall", "wall"), first) is None


def test_roles_are_those_of_the_local_day(connection: sa.Connection) -> None:
    rows = partial(queries.grid_roles, connection, LEADER)
    city.load(connection, 1)
    some = connection.execute(sa.select(t.grid_role).limit(1)).one()
    plan = connection.scalars(sa.select(t.grid.c.plan_id).where(t.grid.c.id == some.grid_id)).one()
    began = date(2026, 11, 21)
    connection.execute(sa.update(t.grid_role).values(from_date=began, to_date=None))
    assert rows([plan], datetime(2026, 11, 20, 16, 1, tzinfo=UTC))  # 00:01 on the 21st in China
    assert not rows([plan], datetime(2026, 11, 20, 15, 59, tzinfo=UTC))


def test_norms_of_a_community_come_before_everybody_s(connection: sa.Connection) -> None:
    street = connection.scalar(
        t.division.insert()
        .values(kind="street", code="999999998", name="S")
        .returning(t.division.c.id)
    )
    own = connection.scalar(
        t.division.insert()
        .values(kind="community", code="999999998001", name="C", parent_id=street)
        .returning(t.division.c.id)
    )
    changed = {"key": "grid_households", "low": 200, "high": 400, "unit": "households"}
    connection.execute(t.norm.insert().values(**changed, source="x", community_id=own))
    by_key = {row["key"]: row for row in queries.norms(connection, own)}
    assert by_key["grid_households"]["high"] == 400
    everybody = {row["key"]: row for row in queries.norms(connection)}
    assert everybody["grid_households"]["high"] == 500
    assert len(everybody) == len(by_key)


CARDS: dict[str, tuple[Callable[..., dict[str, Any] | None], sa.Table]] = {
    "building": (cards.building_card, t.building),
    "unit": (cards.unit_card, t.unit),
    "ticket": (cards.ticket_card, t.ticket),
    "facility": (cards.facility_card, t.facility),
    "elderly": (cards.elderly_card, t.unit_summary),
    "party_household": (cards.party_card, t.unit_summary),
}


@pytest.mark.parametrize("layer", sorted(CARDS))
def test_cards_hold_nothing_personal_and_only_for_their_viewers(
    demo: sa.Connection, layer: str
) -> None:
    card, table = CARDS[layer]
    thing = demo.scalar(sa.select(sa.func.min(table.c.id)))
    if thing is None:
        pytest.skip(f"the demo has no {table.name}")
    found = card(demo, LEADER, thing)
    assert found is not None
    assert not PERSONAL & set(found)
    assert card(demo, Viewer("nobody", "leader", frozenset()), thing) is None
    assert card(demo, LEADER, 10**15) is None


def test_a_building_s_units_hold_its_dwellings(demo: sa.Connection) -> None:
    number = demo.scalar(
        sa.select(t.unit.c.building_id)
        .group_by(t.unit.c.building_id)
        .order_by(sa.func.count().desc())
    )
    assert number is not None
    card = cards.building_card(demo, LEADER, number)
    units = cards.building_units(demo, LEADER, number)
    assert card is not None
    assert len(units) == card["units"]
    for state in HOUSEHOLD_STATES:
        assert sum(row[state] for row in units) == card[f"state_{state}"]
    floors = cards.unit_floors(demo, LEADER, units[0]["id"])
    assert sum(row["resident"] for row in floors) == units[0]["resident"]


def test_a_ticket_s_steps_are_in_order(demo: sa.Connection) -> None:
    number = demo.scalar(
        sa.select(t.ticket_event.c.ticket_id)
        .group_by(t.ticket_event.c.ticket_id)
        .order_by(sa.func.count().desc())
    )
    assert number is not None
    steps = cards.ticket_steps(demo, LEADER, number)
    assert len(steps) > 1
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    assert set(steps[0]) == {"at", "action"}
