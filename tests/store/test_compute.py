"""What is computed is what a plain recount finds, on real PostGIS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from geo.errors import InputError
from geo.indicators import INDICATORS
from geo.periods import all_periods, current, local_day
from geo.store import tables as t
from geo.store.compute import communities_of, refresh, refresh_within
from geo.tickets import parents
from tests.store import small_city as city

NOW = datetime(2026, 12, 24, tzinfo=UTC)

OTHERWISE = ("round_m", "party_served", "party_no_room", "party_out_of_reach")
"""Figures with more than one right answer, which have tests of their own below."""


@pytest.fixture(scope="module", params=[1, 2])
def filled(engine: sa.Engine, request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """A small city, computed; not to be changed."""
    yield from _computed(engine, request.param)


def _computed(engine: sa.Engine, seed: int) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        city.load(opened, seed)
        refresh_within(opened, now=NOW)
        yield opened
        transaction.rollback()


@pytest.fixture
def one(filled: sa.Connection) -> Iterator[sa.Connection]:
    """A small city, computed; a test's changes are rolled back."""
    with filled.begin_nested() as savepoint:
        yield filled
        savepoint.rollback()


def values(connection: sa.Connection) -> pd.DataFrame:
    return pd.DataFrame(
        connection.execute(sa.select(t.indicator_value)).mappings().all()
    ).sort_values(["indicator", "area_kind", "area_id", "period_from", "period_to"])


def each(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def test_every_figure_equals_the_recount(filled: sa.Connection) -> None:
    recount, kept = city.Recount(filled), values(filled)
    street_a = kept[
        kept["area_id"].isin([city.STREET_A]) & (kept["area_kind"] == "street")
        | kept["community_id"].isin([11, 12])
    ]
    checked = 0
    for days, rows in street_a.groupby(["period_from", "period_to"]):
        start, end = cast("tuple[date, date]", days)
        counted = recount.figures(city.Span(start, end))
        for row in each(rows[~rows["indicator"].isin(OTHERWISE)]):
            key = (row.area_kind, row.area_id)
            # Ground is measured in a plane here, on the globe there.
            close = pytest.approx(counted.get((row.indicator, "n", *key), 0), rel=2e-4)
            assert row.numerator == close, row
            if not pd.isna(row.denominator):
                assert row.denominator == pytest.approx(
                    counted.get((row.indicator, "d", *key), 0), rel=2e-4
                ), row
            checked += 1
    assert checked > 1500


def now_values(connection: sa.Connection, indicator: str) -> dict[tuple[str, int], float]:
    now, kept = current("30d", city.AS_OF), values(connection)
    rows = kept[(kept["period_from"] == now.start) & (kept["period_to"] == now.end)]
    rows = rows[rows["indicator"] == indicator]
    keys = zip(rows["area_kind"], rows["area_id"], strict=True)
    return dict(zip(keys, rows["numerator"], strict=True))


@pytest.mark.parametrize("community", [11, 12])
def test_as_many_are_in_contact_as_there_could_be(one: sa.Connection, community: int) -> None:
    recount = city.Recount(one)
    graph, waiting, cut_off = recount.contact_graph(community)
    most = nx.maximum_flow_value(graph, "in", "out")
    lived_in = sum(
        row.state in ("resident", "rented") and recount.community_of[row.building_id] == community
        for row in recount.rows["household"]
    )
    area = ("community", community)
    assert now_values(one, "party_served")[area] == lived_in - waiting + most
    assert now_values(one, "party_out_of_reach")[area] == cut_off
    assert now_values(one, "party_no_room")[area] == waiting - most - cut_off


def test_the_way_round_is_about_the_shortest(one: sa.Connection) -> None:
    recount, found = city.Recount(one), now_values(one, "round_m")
    for grid in (1020, 1021, 1022):
        inside = [
            row.building_id
            for row in recount.rows["plan_assignment"]
            if row.grid_id == grid and row.plan_id == 102
        ]
        shortest = recount.shortest_round(inside)
        assert shortest * 0.999 <= found["grid", grid] <= shortest * 1.06
    assert found["community", 11] == pytest.approx(
        sum(found["grid", g] for g in (1020, 1021, 1022))
    )


def test_every_indicator_has_a_value_for_every_area_and_period(one: sa.Connection) -> None:
    kept = values(one)
    wanted = {(p.start, p.end) for p in all_periods(city.AS_OF)}
    for key, indicator in INDICATORS.items():
        rows = kept[(kept["indicator"] == key) & (kept["community_id"] == 11)]
        periods = set(zip(rows["period_from"], rows["period_to"], strict=True))
        last = {p for p in wanted if p[1] == current("30d", city.AS_OF).end}
        assert periods == (wanted if indicator.history else last), key
        assert set(rows["version"]) == {indicator.version}


def test_grids_and_unassigned_make_the_community(one: sa.Connection) -> None:
    kept = values(one)
    now = current("30d", city.AS_OF)
    rows = kept[(kept["period_from"] == now.start) & (kept["period_to"] == now.end)]
    own = rows[(rows["community_id"] == 11) & (rows["indicator"] == "households")]
    in_grids = own[own["area_kind"] == "grid"]["numerator"].sum()
    apart = one.scalar(
        sa.select(t.building_summary.c.households).where(t.building_summary.c.building_id == 1115)
    )
    assert in_grids + apart == own[own["area_kind"] == "community"]["numerator"].item()


def test_values_follow_from_their_parts(one: sa.Connection) -> None:
    for row in each(values(one)):
        indicator = INDICATORS[row.indicator]
        if indicator.kind == "count":
            assert row.value == row.numerator
            assert pd.isna(row.denominator)
        elif row.denominator > 0:
            assert row.value == pytest.approx(indicator.scale * row.numerator / row.denominator)
        else:
            assert pd.isna(row.value)


def test_past_periods_are_kept_under_the_plan_in_force_then(one: sa.Connection) -> None:
    kept = values(one)
    own = kept[(kept["community_id"] == 11) & (kept["area_kind"] == "community")]
    ended = pd.to_datetime(own["period_to"])
    old = set(own[ended <= "2026-06-10"]["plan_id"])
    new = set(own[ended > "2026-06-10"]["plan_id"])
    assert (old, new) == ({101}, {102})
    # Community 12 had no plan before March: its first plan stands in.
    assert set(kept[(kept["area_id"] == 12)]["plan_id"]) == {103}


def test_a_plan_published_after_the_data_ended_has_figures(one: sa.Connection) -> None:
    last = city.AS_OF.date() + timedelta(days=9)
    new = one.execute(sa.select(t.plan).where(t.plan.c.state == "published").limit(1)).one()
    own = t.plan.c.community_id == new.community_id
    one.execute(sa.update(t.plan).where(own, t.plan.c.state == "retired").values(effective_to=last))
    one.execute(sa.update(t.plan).where(t.plan.c.id == new.id).values(effective_from=last))
    own_grids = sa.select(t.grid.c.id).where(t.grid.c.plan_id == new.id)
    roles = sa.update(t.grid_role).where(t.grid_role.c.grid_id.in_(own_grids))
    one.execute(roles.values(from_date=last, to_date=None))
    leading = t.grid_role.c.role.in_(["grid_leader", "grid_worker"])
    people = one.scalar(
        sa.select(sa.func.count(sa.distinct(t.grid_role.c.staff_id))).where(
            leading, t.grid_role.c.grid_id.in_(own_grids)
        )
    )
    refresh_within(one, now=NOW)
    kept = values(one).query(f"plan_id == {new.id}")
    of_grids = kept[kept["area_kind"] == "grid"]
    assert set(of_grids["period_to"]) == {current("30d", city.AS_OF).end}
    # Its people begin with it: until then they count with it.
    staffed = kept[(kept["area_kind"] == "community") & (kept["indicator"] == "hours_per_worker")]
    assert people > 0
    assert set(staffed["denominator"]) == {people}


def test_a_ticket_at_an_empty_point_is_no_error(one: sa.Connection) -> None:
    empty = sa.func.ST_GeomFromText("POINT EMPTY", 4326)
    one.execute(sa.update(t.ticket).values(geom=empty, building_id=None, h3_10=None))
    assert refresh_within(one, now=NOW).ticket_bins == 0


def test_what_nobody_recorded_has_no_value(one: sa.Connection) -> None:
    kept = values(one)
    third = kept[(kept["community_id"] == 13) & (kept["area_kind"] == "community")]
    there = set(third["indicator"])
    assert {"households", "residents", "age60"} <= there
    assert not there & {"tickets", "visits", "elderly_service_reach", "households_per_worker"}
    assert third["plan_id"].isna().all()


def test_the_cut_off_is_the_streets_latest_event(one: sa.Connection) -> None:
    found = dict(one.execute(sa.select(t.division.c.id, t.division.c.as_of)).all())
    assert {found[i] for i in (city.STREET_A, 11, 12)} == {city.AS_OF}
    assert {found[i] for i in (city.STREET_B, 13)} == {NOW}


def test_a_quiet_street_keeps_its_cut_off(one: sa.Connection) -> None:
    refresh_within(one, now=NOW + timedelta(days=9))
    assert one.scalar(sa.select(t.division.c.as_of).where(t.division.c.id == 13)) == NOW


def test_computing_twice_changes_nothing(one: sa.Connection) -> None:
    before = values(one).drop(columns=["id", "computed_at"])
    report = refresh_within(one, now=NOW)
    after = values(one).drop(columns=["id", "computed_at"])
    pd.testing.assert_frame_equal(
        before.reset_index(drop=True), after.reset_index(drop=True), check_dtype=False
    )
    assert (report.cells, report.grid_shapes, report.ticket_cells) == (0, 0, 0)


def test_one_community_computed_alone_gives_the_same(one: sa.Connection) -> None:
    one.execute(
        t.plan_assignment.update()
        .where(t.plan_assignment.c.building_id == 1100, t.plan_assignment.c.plan_id == 102)
        .values(grid_id=1020)
    )
    one.execute(
        t.plan_assignment.update()
        .where(t.plan_assignment.c.building_id == 1101, t.plan_assignment.c.plan_id == 102)
        .values(grid_id=1021)
    )
    report = refresh_within(one, [11], now=NOW)
    assert report.communities == 1
    alone = values(one).drop(columns=["id", "computed_at"])
    refresh_within(one, now=NOW)
    everything = values(one).drop(columns=["id", "computed_at"])
    pd.testing.assert_frame_equal(
        alone.reset_index(drop=True), everything.reset_index(drop=True), check_dtype=False
    )


def test_moving_a_building_changes_exactly_the_two_grids(one: sa.Connection) -> None:
    assigned = t.plan_assignment
    moved = one.execute(
        sa.select(assigned.c.building_id, assigned.c.grid_id)
        .join(t.building_summary, t.building_summary.c.building_id == assigned.c.building_id)
        .where(assigned.c.plan_id == 102, t.building_summary.c.households > 0)
        .order_by(assigned.c.building_id)
        .limit(1)
    ).one()
    target = 1020 if moved.grid_id != 1020 else 1021
    before = values(one)
    one.execute(
        sa.update(assigned)
        .where(assigned.c.plan_id == 102, assigned.c.building_id == moved.building_id)
        .values(grid_id=target)
    )
    # Drawn grids are reshaped when a plan is published; here only the assignment is meant.
    report = refresh_within(one, [11], now=NOW, figures_only=True)
    assert (report.buildings, report.ticket_bins) == (0, 0)
    quick = values(one).drop(columns=["id", "computed_at"]).reset_index(drop=True)
    refresh_within(one, [11], now=NOW)
    whole = values(one).drop(columns=["id", "computed_at"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(quick, whole, check_dtype=False)
    key = ["indicator", "area_kind", "area_id", "period_from", "period_to"]
    both = before.merge(values(one), on=key, suffixes=("", "_after"))
    # Who could keep contact is one plan for the community: there a move may pass a place on.
    both = both[~both["indicator"].str.startswith("party_")]
    same = np.isclose(both["numerator"], both["numerator_after"])
    changed = both[~same & (both["area_kind"] == "grid")]
    assert set(changed["area_id"]) == {moved.grid_id, target}
    wider = both[~same & (both["area_kind"] != "grid")]
    # The way and its hours are not the sum of parts that know nothing of each other.
    assert set(wider["indicator"]) <= {"round_m", "workload_hours", "hours_per_worker"}


def test_a_moved_cut_off_takes_the_streets_other_communities_along(one: sa.Connection) -> None:
    one.execute(
        t.ticket.update()
        .where(t.ticket.c.id == 1)
        .values(reported_at=city.AS_OF + timedelta(days=2))
    )
    community = one.scalars(sa.select(t.ticket.c.community_id).where(t.ticket.c.id == 1)).one()
    assert refresh_within(one, [community], now=NOW).communities == 2
    assert set(values(one).query("community_id in (11, 12)")["as_of"]) == {
        city.AS_OF + timedelta(days=2)
    }


def test_figures_go_with_their_plan(one: sa.Connection) -> None:
    assert set(values(one)["plan_id"].dropna()) >= {102, 103}
    one.execute(sa.delete(t.grid_role).where(t.grid_role.c.grid_id.in_(_grids_of(102))))
    one.execute(sa.delete(t.plan_assignment).where(t.plan_assignment.c.plan_id == 102))
    one.execute(sa.delete(t.grid).where(t.grid.c.plan_id == 102))
    before = values(one)
    one.execute(sa.delete(t.plan).where(t.plan.c.id == 102))
    left = values(one).reset_index(drop=True)
    others = before[before["plan_id"] != 102].reset_index(drop=True)
    pd.testing.assert_frame_equal(left, others, check_dtype=False)
    noted = _noted(one)
    one.execute(sa.delete(t.plan).where(t.plan.c.id == -1))
    assert _noted(one) == noted  # a statement that takes no figures along is no change of figures


def _grids_of(plan: int) -> Any:
    return sa.select(t.grid.c.id).where(t.grid.c.plan_id == plan)


def _noted(connection: sa.Connection) -> int:
    notes = sa.select(sa.func.count()).where(t.data_change.c.subject == "indicator_value")
    return connection.scalar(notes) or 0


def test_figures_go_with_their_division(one: sa.Connection) -> None:
    kept = values(one)
    street = {"id": 901, "kind": "street", "code": "999999901", "name": "街道"}
    one.execute(sa.insert(t.division).values(**street))
    figure = {"indicator": "households", "version": 1, "area_kind": "street", "area_id": 901}
    days = {"period_from": date(2026, 1, 1), "period_to": date(2026, 2, 1), "as_of": NOW}
    one.execute(sa.insert(t.indicator_value).values(**figure, **days, community_id=901))
    assert len(values(one)) == len(kept) + 1
    one.execute(sa.delete(t.division).where(t.division.c.id == 901))
    pd.testing.assert_frame_equal(values(one), kept)


@pytest.mark.parametrize("table", [t.plan, t.division])
def test_what_has_figures_stays_until_they_are_written(
    scratch_engine: sa.Engine, table: sa.Table
) -> None:
    with scratch_engine.begin() as connection:
        city.load(connection, 1)
    refresh(scratch_engine, now=NOW)  # nothing of the divisions changes the second time
    with scratch_engine.connect() as computing, scratch_engine.connect() as other:
        refresh_within(computing, [11, 12], now=NOW)
        other.execute(sa.text("SET lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            other.execute(sa.delete(table).where(table.c.id.in_([11, 102])))


def test_building_summary_equals_a_plain_count(filled: sa.Connection) -> None:
    recount = city.Recount(filled)
    cut_offs = sa.select(t.building.c.id, t.division.c.as_of).join(
        t.division, t.division.c.id == t.building.c.community_id
    )
    days = {number: local_day(as_of) for number, as_of in filled.execute(cut_offs)}
    for row in filled.execute(sa.select(t.building_summary)):
        homes = [h for h in recount.rows["household"] if h.building_id == row.building_id]
        people = [p for p in recount.rows["resident"] if recount.home[p.household_id] in homes]
        states = [h.state for h in homes]
        assert row.households == sum(state != "shop" for state in states)
        assert row.state_shop == states.count("shop")
        assert row.state_vacant == states.count("vacant")
        assert row.residents == len(people)
        today = days[row.building_id]
        old = [p for p in people if p.birth_date <= today.replace(year=today.year - 60)]
        assert row.age60 == len(old)
        assert row.care_high_risk == sum(p.care_class == "high_risk" for p in old)
        assert row.care_general == sum(p.care_class == "general" for p in old)
        active = [
            link
            for link in recount.rows["contact_link"]
            if link.until is None
            and recount.home[link.household_id] in homes
            and recount.home[link.household_id].state in ("resident", "rented")
        ]
        assert row.contact_linked == len(active)
        if homes:
            assert states.count(row.dominant_state) == max(map(states.count, states))
        else:
            assert row.dominant_state == "none"


def test_ticket_bins_hold_every_placed_ticket_once(filled: sa.Connection) -> None:
    placed = filled.scalar(
        sa.select(sa.func.count()).select_from(t.ticket).where(t.ticket.c.geom.is_not(None))
    )
    counted = filled.execute(
        sa.text("SELECT res, class_code = '*' AS every, sum(n) AS n FROM ticket_bin GROUP BY 1, 2")
    ).all()
    assert len(counted) > 4
    assert {n for _res, _every, n in counted} == {placed}


def test_ticket_bins_agree_with_the_tickets_below(filled: sa.Connection) -> None:
    tickets = filled.execute(
        sa.select(t.ticket.c.h3_10, t.ticket.c.state, t.ticket.c.due_at).where(
            t.ticket.c.geom.is_not(None), t.ticket.c.class_code == "01"
        )
    ).all()
    overdue: dict[int, int] = {}
    for row in tickets:
        if row.state in ("pending", "active") and row.due_at and row.due_at < city.AS_OF:
            cell = int(parents(np.array([row.h3_10]), 8)[0])
            overdue[cell] = overdue.get(cell, 0) + 1
    b = t.ticket_bin.c
    found = filled.execute(
        sa.select(b.h3, sa.func.sum(b.n))
        .where(b.res == 8, b.sign == "overdue", b.class_code == "01")
        .group_by(b.h3)
    )
    assert dict(found.all()) == overdue


def test_building_bins_sum_to_the_buildings(filled: sa.Connection) -> None:
    people = filled.scalar(sa.select(sa.func.sum(t.building_summary.c.residents)))
    b = t.building_bin.c
    found = filled.execute(sa.select(b.res, sa.func.sum(b.residents)).group_by(b.res)).all()
    assert {n for _res, n in found} == {people}


def test_cells_tile_each_community_and_grids_are_their_unions(one: sa.Connection) -> None:
    recount = city.Recount(one)
    for community in city.COMMUNITIES:
        cells = np.array(
            [
                shapely.from_wkb(bytes(row.cell))
                for row in recount.rows["building"]
                if row.community_id == community
            ],
            dtype=object,
        )
        assert shapely.coverage_is_valid(cells)
        x, y = city.corner(community)
        area = shapely.area(cells).sum()
        assert area == pytest.approx(city.SIDE_DEG**2, rel=1e-9)
        assert (
            shapely.box(x, y, x + city.SIDE_DEG, y + city.SIDE_DEG)
            .buffer(1e-12)
            .covers(shapely.union_all(cells))
        )
    grids = [shape for plan, shape in recount.shape.values() if plan == 102]
    assert shapely.coverage_is_valid(np.array(grids))


def test_labels_stand_in_their_grids(one: sa.Connection) -> None:
    outside = one.scalar(
        sa.select(sa.func.count())
        .select_from(t.grid)
        .where(~sa.func.ST_Contains(t.grid.c.geom, t.grid.c.label_point))
    )
    assert outside == 0


def test_a_communitys_own_norm_is_used(one: sa.Connection) -> None:
    def reached() -> dict[int, float]:
        kept = values(one)
        rows = kept[(kept["indicator"] == "elderly_service_reach")]
        return dict(zip(rows["area_id"], rows["numerator"], strict=True))

    before = reached()
    one.execute(
        t.norm.insert().values(
            key="elderly_service_reach_m", community_id=12, high=5000, unit="m", source="test"
        )
    )
    refresh_within(one, now=NOW)
    after = reached()
    assert after[11] == before[11]
    assert after[12] > before[12]


def test_an_empty_database_is_no_error(connection: sa.Connection) -> None:
    report = refresh_within(connection, now=NOW)
    assert report.communities == 0
    assert len(report.lines()) == 1


def test_a_community_without_anything_is_no_error(connection: sa.Connection) -> None:
    connection.execute(
        t.division.insert().values(id=901, kind="street", code="999999001", name="街道")
    )
    connection.execute(
        t.division.insert().values(
            id=911, kind="community", code="999999001001", name="社区", parent_id=901
        )
    )
    assert refresh_within(connection, now=NOW).values == 0


def test_refresh_commits_and_names_communities(scratch_engine: sa.Engine) -> None:
    with scratch_engine.begin() as connection:
        city.load(connection, 1)
    report = refresh(scratch_engine, communities_of(scratch_engine, ["350102001011"]), now=NOW)
    assert report.communities == 2  # the first time, the cut-off of the whole street is new
    assert report.lines()
    with scratch_engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.indicator_value))
    with pytest.raises(InputError, match="999999999999"):
        communities_of(scratch_engine, ["999999999999"])
