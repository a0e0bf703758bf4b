"""The pages about plans, run as Streamlit runs them, over a database of their own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import plan_rows
from dashboard.services import comparing, paperwork, planning, rostering
from dashboard.services.planning import NEW, NOWHERE, Desk
from geo import plans, words
from geo.errors import ConflictError, NotAllowedError
from geo.partition import Wish
from geo.plans import COUNTS
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.cluster import Lease
from geo.store.engine import make_engine
from tests.store import drafting_town as town

UseStore = Callable[[str], None]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = "350102001011"
PLACE = {"street": CODE[:9], "community": CODE}


@pytest.fixture(scope="module")
def town_url(lease: Lease) -> Iterator[str]:
    with town.database(lease) as engine:
        yield engine.url.render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def _on_the_town(use_store: UseStore, town_url: str) -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    use_store(town_url)
    yield
    st.cache_data.clear()
    st.cache_resource.clear()
    words.speak("en")


def opened(plan_id: int | None = None) -> Desk:
    found = planning.desk(town.COMMUNITY, plan_id)
    assert found is not None
    return found


def grids_of(desk: Desk) -> list[int]:
    """Return the grid id of every building; positions shift when a grid is made."""
    return [int(one) for one in desk.plan.ids_of(np.arange(len(desk.land)))]


@pytest.fixture
def draft() -> Iterator[int]:
    name = planning.free_name(town.COMMUNITY, "试画")
    made = planning.start(town.COMMUNITY, name, town.PUBLISHED)
    yield made
    left = planning.desk(town.COMMUNITY, made)
    if left is not None and left.plan.id == made and left.is_draft:
        planning.discard(left)


def uncounted(desk: Desk) -> Desk:
    """Return a desk as if nobody had imported dwellings of the community."""
    pure = desk.land.pure
    nobody = replace(pure, counts={key: np.zeros(len(pure)) for key in COUNTS})
    land = replace(desk.land, pure=nobody)
    figures = plans.figures(nobody, desk.plan.grid, len(desk.plan.grids), desk.norms)
    return replace(desk, land=land, figures=figures)


# -------------------------------------------------------------------------------- the services


def test_an_edit_is_previewed_then_written(draft: int) -> None:
    desk = opened(draft)
    shown = planning.preview(desk, np.array([0, 1]), NEW)
    assert desk.plan.revision == opened(draft).plan.revision, "a preview writes nothing"
    done = planning.confirm(desk, shown, "assign", uuid.uuid4())
    after = opened(draft)
    place = after.plan.position(done.made or 0)
    assert after.plan.grid[[0, 1]].tolist() == [place, place]
    change = next(one for one in shown.changes if one.grid_id == NEW)
    assert after.figure(place, "households") == change.after["households"]


def test_two_desks_on_one_draft(draft: int) -> None:
    mine, yours = opened(draft), opened(draft)
    shown = [planning.preview(one, np.array([2]), NEW) for one in (mine, yours)]
    planning.confirm(mine, shown[0], "assign", uuid.uuid4())
    with pytest.raises(ConflictError):
        planning.confirm(yours, shown[1], "assign", uuid.uuid4())


def test_a_double_click_edits_once(draft: int) -> None:
    desk, token = opened(draft), uuid.uuid4()
    shown = planning.preview(desk, np.array([3]), NEW)
    planning.confirm(desk, shown, "assign", token)
    planning.confirm(desk, shown, "assign", token)
    assert opened(draft).plan.revision == desk.plan.revision + 1


def test_another_edit_with_an_old_token_is_not_taken_for_done(draft: int) -> None:
    """An answer that got lost must not swallow the next edit."""
    token = uuid.uuid4()
    for place in (3, 4):
        desk = opened(draft)
        shown = planning.preview(desk, np.array([place]), NEW)
        planning.confirm(desk, shown, "assign", token)
    after = opened(draft).plan
    assert after.grid[3] != after.grid[4]
    assert (after.grid == after.grid[4]).sum() == 1


def test_a_signature_is_no_permission(draft: int, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = opened(draft)
    planning.sign(desk, desk.blocking, "试点", "主任")
    desk = opened(draft)
    with monkeypatch.context() as patched:
        patched.setattr(planning, "viewer", lambda: Viewer("大厅", "wall"))
        with pytest.raises(NotAllowedError):
            planning.publish(desk, date(2026, 12, 1), "主任")
        with pytest.raises(NotAllowedError):
            planning.begin_suggestion(desk, Wish(), keep_locked=False)


def test_a_suggestion_for_a_draft_that_changed_is_refused(draft: int) -> None:
    begun = opened(draft)
    planning.confirm(begun, planning.preview(begun, np.array([0]), NEW), "assign", uuid.uuid4())
    state = grids_of(opened(draft))
    with pytest.raises(ConflictError, match="suggest again"):
        planning.take(begun, np.arange(len(begun.land)) % 3, "三个")
    assert grids_of(opened(draft)) == state


def test_a_building_is_named_as_people_do(draft: int) -> None:
    land = opened(draft).land
    said = land.named({"building": 0, "households": 7})
    assert said["households"] == 7
    row = land.names.iloc[0]
    assert str(row["number"] or row["name"] or land.ids[0]) in said["building"]
    assert land.named({"households": 7}) == {"households": 7}


def test_the_browser_gets_the_same_buildings(draft: int) -> None:
    import json  # noqa: PLC0415 - one use

    land = opened(draft).land
    told = json.loads(planning.atoms_json(draft, local_leader()))
    assert told["ids"] == land.ids.tolist()
    assert sum(told["households"]) == land.pure.counts["households"].sum()
    assert set(told) == {"ids", "lon", "lat", "households", "residents"}, "nothing personal"


def test_whoever_may_not_plan_gets_nothing(draft: int) -> None:
    for who in (Viewer("wall", "wall"), Viewer("x", "leader", frozenset({12}))):
        with pytest.raises(NotAllowedError):
            planning.atoms_json(draft, who)
        with pytest.raises(NotAllowedError):
            paperwork.make(draft, who, "registration")


def test_a_norm_of_its_own_changes_the_verdict(draft: int, town_url: str) -> None:
    desk = opened(draft)
    before = [one for one in desk.findings if one.key == "households"]
    planning.set_norm(desk, "grid_households", 0, 1, "试点")
    after = opened(draft)
    assert len([one for one in after.findings if one.key == "households"]) > len(before)
    engine = make_engine(town_url)
    with engine.begin() as connection:
        connection.execute(sa.delete(t.norm).where(t.norm.c.community_id == town.COMMUNITY))
    engine.dispose()


def test_comparison_and_replay_add_up(draft: int) -> None:
    desk = opened(draft)
    half = np.arange(len(desk.land) // 2)
    planning.confirm(desk, planning.preview(desk, half, NEW), "assign", uuid.uuid4())
    found = comparing.sides(town.COMMUNITY, draft, None)
    assert found is not None
    assert found.first.id == town.PUBLISHED
    for subject, events in (("tickets", desk.land.tickets), ("visits", desk.land.visits)):
        counted = comparing.replay(found.second.plan, found.second, subject)
        assert counted.sum(axis=0).tolist() == events.sum(axis=0).tolist()
    flows = sum(found.found.flows.values())
    assert flows <= desk.land.pure.counts["households"].sum()


def test_papers_of_a_draft(draft: int) -> None:
    for kind, start in (("registration", b"PK"), ("drawings", b"%PDF")):
        made = paperwork.make(draft, local_leader(), kind)
        assert made.body.startswith(start)
        assert made.name.endswith((".xlsx", ".pdf"))


def test_an_offer_is_taken(draft: int) -> None:
    desk = opened(draft)
    made = rostering.offer(desk)
    rostering.take(desk, made, date(2026, 12, 1))
    held = {grid for duty in opened(draft).duties or () for grid in duty.grids}
    assert held == set(desk.plan.used.tolist())


# ----------------------------------------------------------------------------------- the pages


def drawing_script() -> None:
    from dashboard.views import drawing  # noqa: PLC0415 - the body is the script

    drawing.page()


def comparing_script() -> None:
    from dashboard.views import comparing as view  # noqa: PLC0415

    view.page()


def staffing_script() -> None:
    from dashboard.views import staffing  # noqa: PLC0415

    staffing.page()


def run(script: Callable[[], None], **params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for key, value in {**PLACE, **params}.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.parametrize("script", [drawing_script, comparing_script, staffing_script])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_runs(script: Callable[[], None], lang: str, draft: int) -> None:
    app = run(script, plan=str(draft), lang=lang)
    assert not app.exception
    assert not app.error
    if lang == "en":
        labels = [button.label for button in app.button] + [box.label for box in app.selectbox]
        assert labels
        assert not [label for label in labels if CHINESE.search(label)]


def test_a_plan_in_force_is_only_looked_at() -> None:
    app = run(drawing_script, plan=str(town.PUBLISHED))
    assert not app.exception
    keys = {button.key for button in app.button}
    assert "draw_copy" in keys
    assert not keys & {"draw_publish", "draw_undo", "confirm"}


def test_a_confirmed_edit_can_be_undone_on_the_page(draft: int) -> None:
    desk = opened(draft)
    planning.confirm(desk, planning.preview(desk, np.array([0]), NEW), "assign", uuid.uuid4())
    app = run(drawing_script, plan=str(draft))
    assert app.button(key="draw_redo").disabled
    app.button(key="draw_undo").click().run()
    assert not app.exception
    assert grids_of(opened(draft)) == grids_of(desk)
    assert not app.button(key="draw_redo").disabled


def test_what_was_chosen_is_previewed_and_confirmed(draft: int) -> None:
    app = AppTest.from_function(drawing_script, default_timeout=60)
    for key, value in {**PLACE, "plan": str(draft), "lang": "en"}.items():
        app.query_params[key] = value
    land = opened(draft).land
    app.session_state["draw"] = {
        "last_clicked": None,
        "gesture": {
            "kind": "click",
            "building": int(land.ids[0]),
            "point": None,
            "ring": None,
            "line": None,
            "mode": "add",
            "at": 1,
        },
    }
    app.run()
    assert not app.exception
    assert app.button(key="confirm").label == "Make a new grid"
    app.button(key="confirm").click().run()
    assert not app.exception
    after = opened(draft)
    assert after.plan.grid[0] >= 0
    assert (after.plan.grid == after.plan.grid[0]).sum() == 1


def test_a_conflict_is_told_and_nothing_is_lost(draft: int) -> None:
    app = AppTest.from_function(drawing_script, default_timeout=60)
    for key, value in {**PLACE, "plan": str(draft), "lang": "en"}.items():
        app.query_params[key] = value
    desk = opened(draft)
    gesture = {"kind": "click", "building": int(desk.land.ids[1]), "point": None, "at": 2}
    app.session_state["draw"] = {"gesture": {**gesture, "ring": None, "line": None, "mode": "add"}}
    app.run()
    planning.confirm(desk, planning.preview(desk, np.array([1]), NEW), "assign", uuid.uuid4())
    state = grids_of(opened(draft))
    app.button(key="confirm").click().run()
    assert not app.exception
    assert any("changed 1 of these buildings" in error.value for error in app.error)
    assert grids_of(opened(draft)) == state


def test_targets_have_the_unassigned_on_top(draft: int) -> None:
    desk = opened(draft)
    shown = planning.preview(desk, np.array([0]), NOWHERE)
    planning.confirm(desk, shown, "remove", uuid.uuid4())
    rows = plan_rows.targets(opened(draft))
    assert rows[0].id == plan_rows.NONE
    assert rows[0].locked is None
    assert plan_rows.check_rows(opened(draft), {})[0].state == "incomplete"


# ----------------------------------------------------------------- nothing is known of households


def test_what_is_not_on_record_is_left_out_and_buildings_are_shown(draft: int) -> None:
    desk = uncounted(opened(draft))
    rows = plan_rows.targets(desk)
    assert sum(row.value for row in rows) == len(desk.land)
    assert all(not row.tone for row in rows if row.id != plan_rows.NONE)
    assert plan_rows.heads(desk)[2:] == ("Buildings", "Area")
    assert "norm" not in plan_rows.facts_line(desk, "", str)
    shown = planning.preview(desk, np.arange(3), NEW)
    assert plan_rows.chosen_line(desk, shown) == "**3 buildings** chosen"
    table = plan_rows.preview_table(desk, shown)
    assert table[""].tolist() == ["State", "Buildings"]
    assert not table.astype(str).apply(lambda column: column.str.contains("too few")).any().any()


def test_a_plan_that_begins_later_is_not_called_in_force() -> None:
    row = {"id": 1, "name": "明年", "state": "published", "effective_from": date(2999, 1, 1)}
    assert plan_rows.plan_names([row]) == {"1": "明年 · from 2999-01-01"}
