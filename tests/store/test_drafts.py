"""Drafts: any sequence of edits keeps every building in one grid at most, and the log tells all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from geo import plans
from geo.errors import ConflictError, InputError, NotAllowedError, PlanError
from geo.polygons import Fault
from geo.store import drafts, edits, geojson, gestures, plan_polygons, plan_state, publishing
from geo.store import tables as t
from geo.store.access import Viewer
from geo.store.ground import Land, norms_of
from geo.store.plan_state import NEW, NOWHERE, Plan
from geo.store.tiles import ask, read_tile
from geo.store.versions import DRAFT, data_version, read_versions
from tests.store import drafting_town as town


def shapes_of(connection: sa.Connection, plan_id: int) -> dict[int, Any]:
    rows = connection.execute(
        sa.select(t.grid.c.id, sa.func.ST_AsBinary(t.grid.c.geom, type_=sa.LargeBinary)).where(
            t.grid.c.plan_id == plan_id, t.grid.c.geom.is_not(None)
        )
    )
    return {row[0]: shapely.from_wkb(bytes(row[1])) for row in rows}


# ------------------------------------------------------------------------------- any sequence


class Editing(RuleBasedStateMachine):
    """Draw, merge, split, undo, redo, publish, roll back, in any order."""

    engine: sa.Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.transaction = self.connection.begin()
        self.land = town.land_of(self.connection)
        self.norms = norms_of(self.connection, town.COMMUNITY)
        self.day = small_day()

    def teardown(self) -> None:
        self.transaction.rollback()
        self.connection.close()

    @initialize(origin=st.sampled_from([None, town.PUBLISHED]))
    def begin(self, origin: int | None) -> None:
        self.draft = drafts.start(self.connection, self.land, "草案", "甲", source_id=origin)
        self.states = [town.assigned(self.connection, self.draft)]
        self.at = 0

    def plan(self) -> Plan:
        return plan_state.read_plan(self.connection, self.land, self.draft)

    def noted(self) -> None:
        """Remember the state after an edit: undo and redo walk along these."""
        self.states = [*self.states[: self.at + 1], town.assigned(self.connection, self.draft)]
        self.at += 1

    def target(self, pick: int) -> int:
        plan = self.plan()
        choices = [NEW, NOWHERE, *(plan.grids[place].id for place in plan.used)]
        return int(choices[pick % len(choices)])

    @rule(
        corners=st.lists(
            st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=6, unique=True
        ),
        pick=st.integers(0, 20),
        only=st.booleans(),
    )
    def draw(self, corners: list[tuple[float, float]], pick: int, only: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        low, high = self.land.lonlat.min(axis=0), self.land.lonlat.max(axis=0)
        ring = low + np.array(corners) * (high - low)
        plan, target = self.plan(), self.target(pick)
        chosen = gestures.choose(self.land, ring)
        shown = gestures.preview(self.land, plan, chosen, target, self.norms, only_unassigned=only)
        try:
            edit = edits.Edit("assign", shown.moves, "甲")
            edits.apply(self.connection, self.land, self.draft, edit)
        except PlanError:
            assert (shown.moves.before == shown.moves.after).all()
            return
        self.noted()
        after = self.plan()
        sums = plans.figures(self.land.pure, after.grid, len(after.grids), self.norms)
        for change in shown.changes:
            if change.grid_id > NOWHERE:
                place = after.position(change.grid_id)
                assert sums.at[place, "households"] == change.after["households"]

    @precondition(lambda self: len(self.plan().used) > 1)
    @rule(one=st.integers(0, 20), other=st.integers(0, 20))
    def merge(self, one: int, other: int) -> None:
        plan = self.plan()
        used = plan.used.tolist()
        gone, into = (plan.grids[used[pick % len(used)]].id for pick in (one, other))
        if gone == into:
            return
        moves = gestures.merge(self.land, plan, gone, into)
        edits.apply(self.connection, self.land, self.draft, edits.Edit("merge", moves, "甲"))
        self.noted()

    @precondition(lambda self: len(self.plan().used) > 0)
    @rule(pick=st.integers(0, 20), share=st.floats(0.1, 0.9), across=st.booleans())
    def split(self, pick: int, share: float, across: bool) -> None:  # noqa: FBT001 - drawn
        plan = self.plan()
        used = plan.used.tolist()
        grid = plan.grids[used[pick % len(used)]]
        low, high = self.land.lonlat.min(axis=0), self.land.lonlat.max(axis=0)
        middle = low + share * (high - low)
        line = (
            np.array([[low[0], middle[1]], [high[0], middle[1]]])
            if across
            else np.array([[middle[0], low[1]], [middle[0], high[1]]])
        )
        try:
            moves = gestures.split(self.land, plan, grid.id, line)
        except PlanError:
            return
        edits.apply(self.connection, self.land, self.draft, edits.Edit("split", moves, "甲"))
        self.noted()

    @rule()
    def undo(self) -> None:
        revision = self.plan().revision
        if self.at == 0:
            with pytest.raises(PlanError):
                edits.undo(self.connection, self.land, self.draft, "甲", revision)
            return
        edits.undo(self.connection, self.land, self.draft, "甲", revision)
        self.at -= 1
        assert town.assigned(self.connection, self.draft) == self.states[self.at]

    @rule()
    def redo(self) -> None:
        revision = self.plan().revision
        if self.at == len(self.states) - 1:
            with pytest.raises(PlanError):
                edits.redo(self.connection, self.land, self.draft, "甲", revision)
            return
        edits.redo(self.connection, self.land, self.draft, "甲", revision)
        self.at += 1
        assert town.assigned(self.connection, self.draft) == self.states[self.at]

    @precondition(lambda self: len(self.plan().used) > 0)
    @rule()
    def publish_and_copy(self) -> None:
        self._publish(self.draft)
        self.draft = drafts.start(
            self.connection, self.land, f"续 {self.day}", "甲", source_id=self.draft
        )
        self.states, self.at = [town.assigned(self.connection, self.draft)], 0

    @rule()
    def roll_back(self) -> None:
        """Publish an older plan anew: the same buildings are in the same grids, by code."""
        sizes = plan_state.sizes(self.connection, town.COMMUNITY)
        older = [
            row["id"]
            for row in plan_state.list_plans(self.connection, town.COMMUNITY)
            if row["state"] == "retired" and row["id"] in sizes
        ]
        if not older:
            return
        before = self._by_code(older[0])
        again = publishing.restore(self.connection, self.land, older[0], "重新发布", "甲")
        self._publish(again)
        now = self._by_code(again)
        assert sorted(map(sorted, now.values())) == sorted(map(sorted, before.values()))

    def _by_code(self, plan_id: int) -> dict[str, list[int]]:
        plan = plan_state.read_plan(self.connection, self.land, plan_id)
        held: dict[str, list[int]] = {}
        for building, place in zip(self.land.ids.tolist(), plan.grid.tolist(), strict=True):
            if place >= 0:
                held.setdefault(plan.grids[place].code, []).append(building)
        return held

    def _publish(self, plan_id: int) -> None:
        plan = plan_state.read_plan(self.connection, self.land, plan_id)
        found = publishing.findings_of(self.connection, self.land, plan, self.norms)
        wanted = [(one.key, one.subject, one.figure) for one in found if one.blocks]
        drafts.sign(self.connection, plan_id, wanted, "试点", "主任")
        self.day += timedelta(days=1)
        used = plan_state.used_codes(self.connection, town.COMMUNITY)
        made = publishing.publish(
            self.connection, self.land, plan_id, effective_from=self.day, actor="主任", now=town.NOW
        )
        codes = [one.code for one in made.codings]
        assert len(set(codes)) == len(codes)
        fresh = [one.code for one in made.codings if one.change == "new"]
        returning = set(fresh) & used
        for code in returning:
            assert set(self._by_code(plan_id)[code]) in self._held_before(code)

    def _held_before(self, code: str) -> list[set[int]]:
        """Return the buildings a code had in each retired plan: a grid that goes on can change."""
        plans_ = [
            row["id"]
            for row in plan_state.list_plans(self.connection, town.COMMUNITY)
            if row["state"] == "retired"
        ]
        held = [self._by_code(plan_id).get(code) for plan_id in plans_]
        return [set(one) for one in held if one]

    @invariant()
    def log_tells_the_state(self) -> None:
        if hasattr(self, "draft"):
            log = edits.replay_log(self.connection, self.draft)
            assert log == town.assigned(self.connection, self.draft)

    @invariant()
    def borders_are_the_cells(self) -> None:
        if not hasattr(self, "draft"):
            return
        plan, shapes = self.plan(), shapes_of(self.connection, self.draft)
        assert set(shapes) == {plan.grids[place].id for place in plan.used}
        for grid_id, shape in shapes.items():
            members = self.land.cells[plan.grid == plan.position(grid_id)]
            assert shapely.area(shape) == pytest.approx(shapely.area(members).sum(), rel=1e-9)
        if shapes:
            assert shapely.coverage_is_valid(np.array(list(shapes.values()), dtype=object))

    @invariant()
    def sums_are_the_buildings(self) -> None:
        if not hasattr(self, "draft"):
            return
        plan = self.plan()
        sums = plans.figures(self.land.pure, plan.grid, len(plan.grids), self.norms)
        held = plan.grid >= 0
        for key in ("households", "residents", "tickets"):
            assert sums[key].sum() == pytest.approx(self.land.pure.counts[key][held].sum())


def small_day() -> Any:
    from datetime import date  # noqa: PLC0415 - one line, one place

    return date(2026, 12, 1)


def test_any_sequence_of_edits(drafting: sa.Engine) -> None:
    machine = type("Editing_", (Editing,), {"engine": drafting})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# ------------------------------------------------------------------------------- two editors


def test_the_second_write_to_a_building_is_told(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    some = np.array([0, 1, 2])
    mine, yours = (town.edit(land, plan, some, NEW) for _ in range(2))
    edits.apply(opened, land, draft, mine)
    state = town.assigned(opened, draft)
    with pytest.raises(ConflictError, match="测试 changed 3 of these buildings"):
        edits.apply(opened, land, draft, yours)
    assert town.assigned(opened, draft) == state


def test_writes_to_other_buildings_go_together(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    mine = town.edit(land, plan, np.array([0, 1]), NEW)
    yours = town.edit(land, plan, np.array([4, 5]), NEW)
    made = [edits.apply(opened, land, draft, one).made for one in (mine, yours)]
    held = town.assigned(opened, draft)
    assert [held[int(land.ids[place])] for place in (0, 1, 4, 5)] == [
        made[0],
        made[0],
        made[1],
        made[1],
    ]


def test_an_edit_asked_twice_is_done_once(opened: sa.Connection, land: Land, draft: int) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    once = town.edit(land, plan, np.array([0, 1, 2]), NEW)
    first = edits.apply(opened, land, draft, once)
    again = edits.apply(opened, land, draft, once)
    assert again == first
    count = sa.select(sa.func.count()).where(t.plan_gesture.c.token == once.token)
    assert opened.scalar(count) == 1


def test_undo_of_what_was_not_seen_is_refused(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0]), NEW))
    with pytest.raises(ConflictError, match="changed this draft"):
        edits.undo(opened, land, draft, "乙", plan.revision)


def test_an_undo_passes_what_went_with_its_buildings(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0]), NEW))
    between = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, between, np.array([5]), NEW))
    opened.execute(sa.delete(t.plan_edit).where(t.plan_edit.c.building_id == int(land.ids[5])))
    seen = plan_state.read_plan(opened, land, draft)
    done = edits.undo(opened, land, draft, "甲", seen.revision)
    edits.undo(opened, land, draft, "甲", done.revision)
    now = plan_state.read_plan(opened, land, draft)
    assert now.undoable is None
    assert now.ids_of(np.array([0])) == plan.ids_of(np.array([0]))


def test_a_new_grid_inherits_nothing(opened: sa.Connection, land: Land, draft: int) -> None:
    """Neither name, staff nor signed reasons of a grid that was emptied come with a new one."""
    inherited = {
        "name": lambda one: drafts.set_grid(opened, draft, one, name="老格"),
        "staff": lambda one: opened.execute(
            sa.insert(t.grid_role).values(
                staff_id=opened.scalar(sa.select(sa.func.min(t.staff.c.id))),
                grid_id=one,
                role="grid_worker",
                from_date=town.NOW.date(),
            )
        ),
        "reason": lambda one: drafts.sign(
            opened, draft, [("households", f"grid:{one}", None)], "试点", "主任"
        ),
    }
    for what, give in inherited.items():
        made = [_new_grid_and_undo(opened, land, draft, give) for _ in range(2)]
        assert made[0] != made[1], what


def test_an_emptied_grid_without_anything_is_taken_again(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    made = [_new_grid_and_undo(opened, land, draft, lambda _one: None) for _ in range(2)]
    assert made[0] == made[1]


def _new_grid_and_undo(
    connection: sa.Connection, land: Land, draft: int, give: Callable[[int], object]
) -> int:
    plan = plan_state.read_plan(connection, land, draft)
    made = edits.apply(connection, land, draft, town.edit(land, plan, np.array([0]), NEW)).made
    assert made is not None
    give(made)
    seen = plan_state.read_plan(connection, land, draft).revision
    edits.undo(connection, land, draft, "甲", seen)
    return made


# ------------------------------------------------------------------------------------- copies


def test_only_a_plan_of_the_community_is_copied(opened: sa.Connection, land: Land) -> None:
    other = opened.scalar(
        sa.select(t.plan.c.id).where(t.plan.c.community_id != town.COMMUNITY).limit(1)
    )
    for stranger in (other, 987_654_321):
        with pytest.raises(PlanError, match="no such plan"):
            drafts.start(opened, land, "外来", "甲", source_id=stranger)


def test_reasons_of_grids_that_went_are_not_copied(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    gone = [("households", "grid:987654321", 1.0), ("households", "grid:987654322", 1.0)]
    drafts.sign(opened, draft, [*gone, ("unassigned", "plan", None)], "试点", "主任")
    copy = drafts.start(opened, land, "副本", "甲", source_id=draft, signed=True)
    assert list(drafts.reasons_of(opened, copy)) == [("unassigned", "plan")]


def test_a_new_plan_needs_signatures_of_its_own(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    drafts.sign(opened, draft, [("unassigned", "plan", None)], "试点", "主任")
    copy = drafts.start(opened, land, "副本", "甲", source_id=draft)
    assert drafts.reasons_of(opened, copy) == {}


# ------------------------------------------------------------------------------------- locks


def test_a_locked_grid_takes_and_gives_nothing(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    first, second = (plan.grids[place] for place in plan.used[:2])
    drafts.set_grid(opened, draft, first.id, locked=True)
    locked = plan_state.read_plan(opened, land, draft)
    norms = norms_of(opened, town.COMMUNITY)
    inside = np.flatnonzero(locked.grid == locked.position(first.id))
    shown = gestures.preview(land, locked, inside, second.id, norms)
    assert len(shown.moves.buildings) == 0
    assert shown.skipped == len(inside)
    with pytest.raises(PlanError, match=first.number):
        gestures.preview(land, locked, inside, first.id, norms)
    with pytest.raises(PlanError, match=first.number):
        edits.apply(opened, land, draft, town.edit(land, plan, inside[:1], second.id))


def test_lock_all_and_unlock_all(opened: sa.Connection, land: Land, draft: int) -> None:
    drafts.lock_all(opened, draft, locked=True)
    assert all(one.locked for one in plan_state.read_plan(opened, land, draft).grids)
    drafts.lock_all(opened, draft, locked=False)
    assert not any(one.locked for one in plan_state.read_plan(opened, land, draft).grids)


# -------------------------------------------------------------------------------- other things


def test_only_unassigned_leaves_the_others(opened: sa.Connection, land: Land, draft: int) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    loose = np.array([0, 1])
    edits.apply(opened, land, draft, town.edit(land, plan, loose, NOWHERE, "remove"))
    now = plan_state.read_plan(opened, land, draft)
    everything = np.arange(len(land))
    norms = norms_of(opened, town.COMMUNITY)
    shown = gestures.preview(land, now, everything, NEW, norms, only_unassigned=True)
    assert shown.moves.buildings.tolist() == land.ids[now.grid < 0].tolist()
    assert {0, 1} <= set(np.flatnonzero(now.grid < 0).tolist())


def test_a_published_plan_cannot_be_edited(opened: sa.Connection, land: Land) -> None:
    plan = plan_state.read_plan(opened, land, town.PUBLISHED)
    with pytest.raises(PlanError, match="no draft"):
        edits.apply(opened, land, town.PUBLISHED, town.edit(land, plan, np.array([0, 1]), NEW))


def test_names_are_asked_for_and_unique(opened: sa.Connection, land: Land, draft: int) -> None:
    for name, message in (("", "Give the plan a name"), ("草案", "already")):
        with pytest.raises(InputError, match=message):
            drafts.start(opened, land, name, "甲")
    assert drafts.free_name(opened, town.COMMUNITY, "草案") == "草案 2"
    drafts.rename(opened, draft, "新名")
    assert plan_state.read_plan(opened, land, draft).name == "新名"


def test_a_discarded_draft_leaves_nothing(opened: sa.Connection, land: Land, draft: int) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0]), NEW))
    drafts.discard(opened, draft)
    for table in (t.plan_gesture, t.plan_edit, t.plan_assignment, t.grid):
        count = sa.select(sa.func.count()).where(table.c.plan_id == draft)
        assert opened.scalar(count) == 0, table.name
    with pytest.raises(PlanError):
        drafts.discard(opened, town.PUBLISHED)


def test_a_draft_makes_nothing_stale_that_is_in_force(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    before, drafted = data_version(opened), read_versions(opened)[DRAFT]
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0, 1]), NEW))
    drafts.set_grid(opened, draft, plan.grids[0].id, locked=True)
    assert data_version(opened) == before
    assert read_versions(opened)[DRAFT] != drafted


@pytest.mark.parametrize("table", ["plan", "grid", "plan_assignment", "grid_role"])
def test_a_change_of_what_is_in_force_is_noted(opened: sa.Connection, table: str) -> None:
    before = read_versions(opened)
    own = sa.select(t.grid.c.id).where(t.grid.c.plan_id == town.PUBLISHED)
    changed = {
        "plan": sa.update(t.plan).values(name="改").where(t.plan.c.id == town.PUBLISHED),
        "grid": sa.update(t.grid).values(name="改").where(t.grid.c.plan_id == town.PUBLISHED),
        "plan_assignment": sa.delete(t.plan_assignment).where(
            t.plan_assignment.c.plan_id == town.PUBLISHED
        ),
        "grid_role": sa.delete(t.grid_role).where(t.grid_role.c.grid_id.in_(own)),
    }
    opened.execute(changed[table])
    after = read_versions(opened)
    assert {key for key in after if after[key] != before.get(key)} == {table}


def test_a_wall_screen_sees_no_draft(opened: sa.Connection, land: Land, draft: int) -> None:
    wall, leader = Viewer("大厅", "wall"), Viewer("主任", "leader")
    assert geojson.read_shapes(opened, leader, geojson.GRIDS, draft)
    assert geojson.read_shapes(opened, wall, geojson.GRIDS, town.PUBLISHED)
    with pytest.raises(NotAllowedError):
        geojson.read_shapes(opened, wall, geojson.GRIDS, draft)
    lon, lat = land.lonlat[0]
    side = 2**15
    row = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * side
    address = ("15", str(int((lon + 180) / 360 * side)), str(int(row)))
    numbers = {}
    for who in (wall, leader):
        asked = ask("grid", address, {"plan": str(draft)}, who)
        tile = mapbox_vector_tile.decode(read_tile(opened, asked, who))
        numbers[who.role] = {one["id"] for one in tile.get("grid", {}).get("features", [])}
    own = set(shapes_of(opened, draft))
    assert numbers["leader"] & own
    assert not numbers["wall"] & own


def test_a_statement_that_changes_no_row_makes_nothing_stale(
    opened: sa.Connection, land: Land
) -> None:
    before = data_version(opened)
    bare = drafts.start(opened, land, "空", "甲")
    drafts.start(opened, land, "空的副本", "甲", source_id=bare)
    drafts.lock_all(opened, bare, locked=True)
    assert data_version(opened) == before


def test_a_suggestion_is_one_edit(opened: sa.Connection, land: Land, draft: int) -> None:
    before = town.assigned(opened, draft)
    wanted = np.arange(len(land)) % 3
    drafts.fill(opened, land, draft, wanted, "甲", note="三个")
    held = town.assigned(opened, draft)
    grids = [held[int(one)] for one in land.ids]
    assert len(set(zip(grids, wanted.tolist(), strict=True))) == 3
    now = plan_state.read_plan(opened, land, draft)
    edits.undo(opened, land, draft, "甲", now.revision)
    assert town.assigned(opened, draft) == before


def test_a_suggestion_for_an_older_state_is_refused(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0]), NEW))
    state = town.assigned(opened, draft)
    with pytest.raises(ConflictError, match="测试 changed this draft"):
        drafts.fill(opened, land, draft, np.arange(len(land)) % 3, "甲", seen=plan.revision)
    assert town.assigned(opened, draft) == state


def test_an_edit_redraws_an_imported_plan_along_its_cells(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    opened.execute(sa.update(t.plan).where(t.plan.c.id == draft).values(source="imported"))
    plan = plan_state.read_plan(opened, land, draft)
    edits.apply(opened, land, draft, town.edit(land, plan, np.array([0]), NEW))
    now = plan_state.read_plan(opened, land, draft)
    assert now.source == "drawn"
    shapes = shapes_of(opened, draft)
    assert shapely.coverage_is_valid(np.array(list(shapes.values()), dtype=object))


def test_slivers_of_an_imported_plan_are_mended(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    opened.execute(sa.update(t.plan).where(t.plan.c.id == draft).values(source="imported"))
    plan = plan_state.read_plan(opened, land, draft)
    one = plan.grids[int(plan.used[0])].id
    # Half a metre of grid is gone all round: gaps narrower than the tolerance.
    opened.execute(
        sa.text(
            "UPDATE grid SET geom = ST_Multi(ST_Buffer(geom::geography, -0.5)::geometry)"
            " WHERE id = :id"
        ),
        {"id": one},
    )
    # (A building that is in no grid leaves a real hole, which no repair may close.)
    assert _narrow(plan_polygons.faults(opened, land, plan))
    before = town.assigned(opened, draft)
    plan_polygons.mend(opened, land, draft)
    left = plan_polygons.faults(opened, land, plan_state.read_plan(opened, land, draft))
    assert not _narrow(left)
    assert town.assigned(opened, draft) == before


def _narrow(faults: list[Fault]) -> list[Fault]:
    return [one for one in faults if one.kind in ("gap", "overlap") and one.width_m < 1]


def test_merging_a_grid_with_itself_is_refused(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    one = plan.grids[int(plan.used[0])].id
    with pytest.raises(PlanError, match="itself"):
        gestures.merge(land, plan, one, one)


def test_a_line_beside_the_grid_parts_nothing(
    opened: sa.Connection, land: Land, draft: int
) -> None:
    plan = plan_state.read_plan(opened, land, draft)
    one = plan.grids[int(plan.used[0])].id
    with pytest.raises(PlanError, match="one side"):
        gestures.split(land, plan, one, np.array([[100.0, 20.0], [100.0, 30.0]]))
