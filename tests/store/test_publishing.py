"""Publishing: codes that last, plans that follow each other, and all of it or nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from geo.errors import InputError, PlanError, UnmetError
from geo.store import drafts, edits, intake, migrate, plan_state, publishing, staffing_rows
from geo.store import tables as t
from geo.store.cluster import DATABASE, Cluster
from geo.store.engine import make_engine, url_of
from geo.store.ground import Land, norms_of
from geo.store.plan_state import NEW, NOWHERE, Plan
from tests.store import drafting_town as town

DAY = date(2026, 12, 1)


def sign_all(connection: sa.Connection, land: Land, plan_id: int) -> None:
    plan = plan_state.read_plan(connection, land, plan_id)
    found = publishing.findings_of(connection, land, plan, norms_of(connection, town.COMMUNITY))
    wanted = [(one.key, one.subject, one.figure) for one in found if one.blocks]
    drafts.sign(connection, plan_id, wanted, "试点", "主任")


def publish(
    connection: sa.Connection, land: Land, plan_id: int, day: date = DAY
) -> publishing.Published:
    sign_all(connection, land, plan_id)
    return publishing.publish(
        connection, land, plan_id, effective_from=day, actor="主任", now=town.NOW
    )


def row_of(connection: sa.Connection, plan_id: int) -> sa.Row[tuple[object, ...]]:
    return connection.execute(sa.select(t.plan).where(t.plan.c.id == plan_id)).one()


def by_code(connection: sa.Connection, land: Land, plan_id: int) -> dict[str, set[int]]:
    plan = plan_state.read_plan(connection, land, plan_id)
    held: dict[str, set[int]] = {}
    for building, place in zip(land.ids.tolist(), plan.grid.tolist(), strict=True):
        if place >= 0:
            held.setdefault(plan.grids[place].code, set()).add(building)
    return held


def move(connection: sa.Connection, land: Land, draft: int, some: list[int], after: int) -> Plan:
    plan = plan_state.read_plan(connection, land, draft)
    edits.apply(connection, land, draft, town.edit(land, plan, np.array(some), after))
    return plan_state.read_plan(connection, land, draft)


def test_the_previous_plan_ends_where_the_new_one_begins(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    publish(opened, land, draft)
    old, new = row_of(opened, town.PUBLISHED), row_of(opened, draft)
    assert (old.state, old.effective_to) == ("retired", DAY)
    assert (new.state, new.effective_from, new.published_by) == ("published", DAY, "主任")


def test_an_unchanged_grid_keeps_its_code(opened: sa.Connection, land: Land, draft: int) -> None:
    before = by_code(opened, land, town.PUBLISHED)
    made = publish(opened, land, draft)
    assert by_code(opened, land, draft) == before
    assert {one.change for one in made.codings} == {"kept"}
    assert made.retired == ()


def test_the_larger_part_of_a_split_grid_keeps_the_code(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    before = by_code(opened, land, town.PUBLISHED)
    code, members = max(before.items(), key=lambda item: len(item[1]))
    weight = dict(zip(land.ids.tolist(), land.pure.counts["households"], strict=True))
    light = sorted(members, key=lambda one: weight[one])[: len(members) // 3]
    move(opened, land, draft, [land.position[one] for one in light], NEW)
    publish(opened, land, draft)
    after = by_code(opened, land, draft)
    assert after[code] == members - set(light)
    fresh = set(after) - set(before)
    assert len(fresh) == 1
    assert after[fresh.pop()] == set(light)


def test_a_code_that_ended_is_never_given_again(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    before = by_code(opened, land, town.PUBLISHED)
    gone, into = sorted(before)[:2]
    plan = plan_state.read_plan(opened, land, draft)
    target = next(one.id for one in plan.grids if one.code == into)
    places = [land.position[one] for one in before[gone]]
    move(opened, land, draft, places, target)
    made = publish(opened, land, draft)
    smaller = {one.code for one in made.codings}
    assert len(made.retired) == 1
    ended = made.retired[0]
    assert ended not in smaller
    again = drafts.start(opened, land, "再切", "甲", source_id=draft)
    some = [land.position[one] for one in sorted(before[gone])[:1]]
    move(opened, land, again, some, NEW)
    publish(opened, land, again, date(2026, 12, 2))
    if before[gone] != {land.ids[some[0]]}:
        assert ended not in by_code(opened, land, again)


def test_codes_run_from_the_north_west(opened: sa.Connection, land: Land) -> None:
    fresh = drafts.start(opened, land, "全新", "甲")
    x, y = land.pure.atoms.xy.T
    quarter = 2 * (y < np.median(y)) + (x > np.median(x))
    drafts.fill(opened, land, fresh, quarter.astype(np.int64), "甲")
    # Nothing to go on from: the grids of the published plan are taken away first.
    opened.execute(
        sa.update(t.plan)
        .where(t.plan.c.id == town.PUBLISHED)
        .values(state="retired", effective_to=date(2026, 11, 1))
    )
    publish(opened, land, fresh)
    held = by_code(opened, land, fresh)
    order = [quarter[land.position[min(held[code])]] for code in sorted(held)]
    assert order == [0, 1, 2, 3]


def test_unmet_checks_must_be_signed_for(opened: sa.Connection, land: Land, draft: int) -> None:
    move(opened, land, draft, [0], NOWHERE)
    with pytest.raises(UnmetError, match=r"in no grid|不属于任何网格"):
        publishing.publish(opened, land, draft, effective_from=DAY, actor="主任", now=town.NOW)
    assert row_of(opened, draft).state == "draft"
    with pytest.raises(InputError, match="who signs"):
        drafts.sign(opened, draft, [("unassigned", "plan", None)], "空楼", " ")
    publish(opened, land, draft)
    assert row_of(opened, draft).state == "published"


def test_a_taken_back_signature_blocks_again(opened: sa.Connection, land: Land, draft: int) -> None:
    move(opened, land, draft, [0], NOWHERE)
    sign_all(opened, land, draft)
    drafts.sign(opened, draft, [("unassigned", "plan", None)], "", "")
    with pytest.raises(UnmetError):
        publishing.publish(opened, land, draft, effective_from=DAY, actor="主任", now=town.NOW)


def test_it_must_begin_after_the_plan_in_force(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    with pytest.raises(InputError, match="must begin after"):
        publish(opened, land, draft, date(2026, 6, 10))


def test_an_empty_draft_cannot_be_published(opened: sa.Connection, land: Land) -> None:
    bare = drafts.start(opened, land, "空", "甲")
    with pytest.raises(PlanError, match="no grids"):
        publish(opened, land, bare)


def test_what_was_not_seen_is_not_published(opened: sa.Connection, land: Land, draft: int) -> None:
    sign_all(opened, land, draft)
    with pytest.raises(PlanError, match="changed since"):
        publishing.publish(
            opened, land, draft, effective_from=DAY, actor="主任", seen=0, now=town.NOW
        )


def test_rolling_back_gives_every_grid_its_code_again(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    before = by_code(opened, land, town.PUBLISHED)
    publish_merged(opened, land, draft)
    assert by_code(opened, land, draft) != before
    again = publishing.restore(opened, land, town.PUBLISHED, "2026 版", "甲")
    publish(opened, land, again, date(2026, 12, 5))
    assert by_code(opened, land, again) == before


def publish_merged(connection: sa.Connection, land: Land, draft: int) -> None:
    plan = plan_state.read_plan(connection, land, draft)
    first, second = (plan.grids[place].id for place in plan.used[:2])
    places = np.flatnonzero(plan.grid == plan.position(first)).tolist()
    move(connection, land, draft, places, second)
    publish(connection, land, draft)


def test_a_restored_plan_has_its_last_workers(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, town.PUBLISHED)
    before = publishing.duties_of(opened, plan)
    publish_merged(opened, land, draft)
    again = publishing.restore(opened, land, town.PUBLISHED, "2026 版", "甲")
    restored = plan_state.read_plan(opened, land, again)
    assert publishing.duties_of(opened, restored) == before


def test_an_official_code_from_a_file_is_kept(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    one, other = (plan.grids[int(place)].id for place in plan.used[:2])
    official = f"{land.code}777"
    for grid_id, code, given in ((one, official, True), (other, f"{land.code}888", False)):
        values = {"code": code, "code_given": given}
        opened.execute(sa.update(t.grid).where(t.grid.c.id == grid_id).values(values))
    publish(opened, land, draft)
    held = set(by_code(opened, land, draft))
    assert official in held
    assert f"{land.code}888" not in held, "only for the time being"


def test_past_months_keep_the_plan_of_their_day(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    publish_merged(opened, land, draft)
    rows = opened.execute(
        sa.select(t.indicator_value.c.plan_id, t.indicator_value.c.period_to)
        .where(
            t.indicator_value.c.community_id == town.COMMUNITY,
            t.indicator_value.c.area_kind == "grid",
            t.indicator_value.c.indicator == "tickets",
        )
        .distinct()
    ).all()
    cut_off = max(row.period_to for row in rows)
    assert {row.plan_id for row in rows if row.period_to == cut_off} == {draft}
    past = {row.plan_id for row in rows if row.period_to < cut_off}
    assert town.PUBLISHED in past
    assert draft not in past


def test_people_of_the_old_plan_end_with_it(opened: sa.Connection, land: Land, draft: int) -> None:
    publish(opened, land, draft)
    old = sa.select(t.grid.c.id).where(t.grid.c.plan_id == town.PUBLISHED)
    open_ = sa.select(sa.func.count()).where(
        t.grid_role.c.grid_id.in_(old), t.grid_role.c.to_date.is_(None)
    )
    assert opened.scalar(open_) == 0
    new = plan_state.read_plan(opened, land, draft)
    assert publishing.duties_of(opened, new)


def test_a_role_planned_to_end_later_ends_with_the_plan(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    own = staffing_rows.roles_of(opened, town.PUBLISHED)[0]
    staffing_rows.end(opened, town.PUBLISHED, [own["id"]], date(2027, 6, 1))
    publish(opened, land, draft)
    ends = sa.select(t.grid_role.c.to_date).where(t.grid_role.c.id == own["id"])
    assert opened.scalar(ends) == DAY


def test_party_organisations_follow_their_grid(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, town.PUBLISHED)
    one = plan.grids[int(plan.used[0])]
    made = opened.execute(
        sa.insert(t.party_organisation)
        .values(community_id=town.COMMUNITY, level="grid_branch", name="支部", grid_id=one.id)
        .returning(t.party_organisation.c.id)
    ).scalar_one()
    publish(opened, land, draft)
    follows = sa.select(t.grid.c.code, t.grid.c.plan_id).join(
        t.party_organisation, t.party_organisation.c.grid_id == t.grid.c.id
    )
    assert opened.execute(follows.where(t.party_organisation.c.id == made)).one() == (
        one.code,
        draft,
    )


def test_it_waits_for_imports_and_computations(
    drafting: sa.Engine, opened: sa.Connection, land: Land, draft: int
) -> None:
    """Both write figures; the one that waits holds nothing the other could want."""
    with drafting.connect() as other, other.begin():
        intake.lock(other)
        opened.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            publish(opened, land, draft)


# ----------------------------------------------------------------------------------- staff


def test_roles_are_given_once_and_ended(opened: sa.Connection, land: Land, draft: int) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    person = staffing_rows.staff_of(opened, town.COMMUNITY)[0]["id"]
    grids = [plan.grids[int(place)].id for place in plan.used]
    staffing_rows.assign(opened, draft, person, grids, "volunteer", DAY)
    assert staffing_rows.assign(opened, draft, person, grids, "volunteer", DAY) == 0
    own = [row for row in staffing_rows.roles_of(opened, draft) if row["role"] == "volunteer"]
    assert len(own) == len(grids)
    staffing_rows.end(opened, draft, [row["id"] for row in own], DAY)
    left = [row for row in staffing_rows.roles_of(opened, draft) if row["role"] == "volunteer"]
    assert left == []
    with pytest.raises(InputError, match="no role"):
        staffing_rows.assign(opened, draft, person, grids, "king", DAY)


def test_in_force_a_role_is_ended_and_kept_as_history(opened: sa.Connection) -> None:
    own = [row for row in staffing_rows.roles_of(opened, town.PUBLISHED) if not row["to_date"]]
    staffing_rows.end(opened, town.PUBLISHED, [own[0]["id"]], DAY)
    now = {row["id"]: row for row in staffing_rows.roles_of(opened, town.PUBLISHED)}
    assert now[own[0]["id"]]["to_date"] == DAY
    with pytest.raises(InputError, match="cannot end before"):
        staffing_rows.end(opened, town.PUBLISHED, [own[1]["id"]], date(2000, 1, 1))


def test_an_offer_keeps_everybody_where_nothing_changes(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    made = staffing_rows.offer(opened, land, plan, 10_000)
    known = {
        (grid, duty.staff)
        for duty in publishing.duties_of(opened, plan) or []
        for grid in duty.grids
    }
    manned = {grid for grid, _staff in known}
    for place, (grid_id, worker) in enumerate(
        zip(made.grid_ids, made.found.worker.tolist(), strict=True)
    ):
        position = plan.position(grid_id)
        if position in manned and land.pure.counts["households"][plan.grid == position].sum():
            assert (position, made.staff_ids[worker]) in known, place
    staffing_rows.take(opened, draft, made, DAY)
    after = publishing.duties_of(opened, plan_state.read_plan(opened, land, draft)) or []
    assert sorted(grid for duty in after for grid in duty.grids) == plan.used.tolist()


# --------------------------------------------------------------------------------- the crash


def test_a_database_killed_while_publishing_has_published_all_or_nothing(
    test_folder: Path,
) -> None:
    """Kill the server at moments spread over a publication; look after it has recovered."""
    folder = test_folder / "crash"
    outcomes = set()
    held = Cluster(folder, settings={"fsync": "off"}).open()
    try:
        owner = make_engine(url_of(held, "owner", DATABASE))
        migrate.upgrade(owner)
        owner.dispose()
        engine = make_engine(url_of(held, "app", DATABASE))
        with engine.begin() as connection:
            town.load(connection)
        for attempt, delay_s in enumerate((0.02, 0.15, 0.4, 60.0)):
            outcomes.add(_killed_after(engine, folder, attempt, delay_s))
            held.release()
            held = Cluster(folder, settings={"fsync": "off"}).open()
            _whole_or_nothing(engine)
        engine.dispose()
    finally:
        held.release()
    assert outcomes == {True, False}, "some were cut short, and one was not"


def _killed_after(engine: sa.Engine, folder: Path, attempt: int, delay_s: float) -> bool:
    """Publish, kill the server meanwhile; tell whether the publisher was told it is done."""
    with engine.begin() as connection:
        land = town.land_of(connection)
        now = publishing.published(connection, land)
        assert now is not None
        name = f"草案 {attempt}"
        draft = drafts.start(connection, land, name, "甲", source_id=now.id)
        sign_all(connection, land, draft)
        move(connection, land, draft, [attempt], NEW if attempt % 2 else NOWHERE)
        sign_all(connection, land, draft)
    killer = threading.Timer(delay_s, _kill, [folder])
    killer.start()
    try:
        with engine.begin() as connection:
            day = date(2026, 12, 1 + attempt)
            publishing.publish(
                connection, land, draft, effective_from=day, actor="主任", now=town.NOW
            )
        done = True
    except sa.exc.DBAPIError:
        done = False
    if done:
        killer.cancel()
        _kill(folder)
    killer.join()
    engine.dispose()
    return done


def _kill(folder: Path) -> None:
    for file in folder.rglob("postmaster.pid"):
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
    time.sleep(0.2)


def _whole_or_nothing(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        land = town.land_of(connection)
        rows = plan_state.list_plans(connection, town.COMMUNITY)
        in_force = [row for row in rows if row["state"] == "published"]
        assert len(in_force) == 1
        retired = [row for row in rows if row["state"] == "retired"]
        ends = [row["effective_to"] for row in retired]
        assert in_force[0]["effective_from"] in ends
        plan = plan_state.read_plan(connection, land, in_force[0]["id"])
        assert len(plan.used) == len(plan.grids), "no emptied grid is left"
        figures = sa.select(sa.func.count()).where(t.indicator_value.c.plan_id == plan.id)
        assert connection.scalar(figures) > 0
