"""Draw grids: choose a target, choose buildings on the map, see the effect, confirm."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import streamlit as st

from dashboard import (
    choices,
    figures,
    fragments,
    headings,
    maps,
    pages,
    plan_map,
    plan_rows,
    state,
    wording,
)
from dashboard.maps import Gesture, ToolChange
from dashboard.parts.check_list import check_list
from dashboard.parts.plan_list import plan_list
from dashboard.plan_map import Hand
from dashboard.services import people, planning
from dashboard.services.planning import NEW, NOWHERE, Desk, Preview
from dashboard.services.territory import Scope
from dashboard.views import empty, plan_dialogs, plan_frame
from dashboard.views.brief_button import page_button
from geo.errors import WanggeError
from geo.words import _, explain

MAP_SHARE = (0.7, 0.3)
MOST_OF_A_NAME = 30
_HAND, _MAP = "draw_hand", "draw"


@dataclass
class Table:
    """What one session has in hand on one plan.

    Attributes
    ----------
    pending
        What the preview is of: ``choose``, ``merge`` or ``split``.
    other
        The grid that a merge dissolves.
    line
        Of a split, degrees.
    token
        Of the edit on the table: confirmed twice, it is written once.
    trouble
        What went wrong with the last step, in words.
    """

    plan: int
    hand: Hand = field(default_factory=Hand)
    pending: str = "choose"
    other: int = NOWHERE
    line: tuple[tuple[float, float], ...] = ()
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    trouble: str = ""

    def drop(self) -> None:
        """Forget what is chosen; target and tool stay."""
        self.hand = plan_map.with_clear(self.hand)
        self.pending, self.other, self.line = "choose", NOWHERE, ()
        self.token, self.trouble = uuid.uuid4(), ""


def _table(plan_id: int) -> Table:
    held = st.session_state.get(_HAND)
    if not isinstance(held, Table) or held.plan != plan_id:
        held = Table(plan_id)
        st.session_state[_HAND] = held
    return held


def page() -> None:
    """Draw the page."""
    plan_frame.draw("drawing", _board)


def _board(scope: Scope, community_id: int) -> None:
    """Draw everything about the plan; an edit reruns only this."""
    asked = state.read()
    desk = planning.desk(community_id, asked.plan)
    if desk is None:
        empty.no_plans(lambda: plan_dialogs.new_draft(community_id, None))
        return
    table = _table(desk.plan.id)
    _forget_gone(desk, table)
    # Before anything is drawn: a gesture then costs one run.
    told = maps.told(_MAP)
    if told is not None:
        _take(told, desk, table)
    shown = _preview(desk, table)
    _bar(desk, table)
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="draw_map"):
        version = desk.version
        state_ = plan_map.map_state(scope, desk, table.hand, shown, version=version)
        more = maps.show(state_, key=_MAP)
        if more is not None:
            _take(more, desk, table)
            fragments.again()
    with right, st.container(key="draw_side"):
        _targets(desk, table)
        _checks(desk, table)
        _preview_box(desk, table, shown)


def _forget_gone(desk: Desk, table: Table) -> None:
    """Let go of a target that somebody else emptied meanwhile."""
    target = table.hand.target
    if target > NOWHERE and desk.grid_of(target) < 0:
        table.hand = replace(table.hand, target=NEW)


# ------------------------------------------------------------------------------------- gestures


def _take(told: maps.Event, desk: Desk, table: Table) -> None:
    """Take a gesture or a tool into the hand, or make the clicked grid the target."""
    if isinstance(told, ToolChange):
        table.hand = replace(table.hand, tool=told.tool)
    elif isinstance(told, Gesture):
        _try(table, lambda: _choose(told, desk, table))
    else:
        _aim(told, desk, table)


def _aim(click: maps.MapEvent, desk: Desk, table: Table) -> None:
    found = planning.at_place(desk.land, None, (click.lon, click.lat))
    places = desk.plan.grid[found]
    if len(places) and places[0] >= 0:
        _set_target(table, desk.plan.grids[places[0]].id)


def _set_target(table: Table, target: int) -> None:
    table.hand = replace(table.hand, target=target)
    table.token = uuid.uuid4()


def _choose(told: Gesture, desk: Desk, table: Table) -> None:
    if told.kind == "line":
        table.pending, table.line = "split", told.line or ()
        return
    before = desk.land.at(np.array(table.hand.chosen, dtype=np.int64))
    mode = told.mode
    if told.kind == "click":
        found = planning.at_place(desk.land, told.building, told.point)
        # Beside all outlines the map cannot know which building is meant: toggle it here.
        if told.building is None and np.isin(found, before).all():
            mode = "remove"
    else:
        found = planning.in_area(desk.land, told.ring or ())
    chosen = planning.combine(found, before[before >= 0], mode)
    table.pending = "choose"
    table.token = uuid.uuid4()
    table.hand = replace(table.hand, chosen=tuple(desk.land.ids[chosen].tolist()))


def _try(table: Table, step: Callable[[], object]) -> None:
    """Do a step; what goes wrong is said in the preview, and nothing is lost."""
    try:
        table.trouble = ""
        step()
    except WanggeError as error:
        table.trouble = explain(error)


def _preview(desk: Desk, table: Table) -> Preview | None:
    """Say what the edit in hand would do; None where there is none."""
    try:
        return _shown(desk, table)
    except WanggeError as error:
        table.trouble = explain(error)
        return None


def _shown(desk: Desk, table: Table) -> Preview | None:
    hand = table.hand
    if not desk.is_draft:
        return None
    if table.pending == "merge":
        return planning.preview_merge(desk, table.other, hand.target)
    if table.pending == "split" and hand.target > NOWHERE:
        return planning.preview_split(desk, hand.target, table.line)
    if not hand.chosen:
        return None
    chosen = desk.land.at(np.array(hand.chosen, dtype=np.int64))
    return planning.preview(
        desk, chosen[chosen >= 0], hand.target, only_unassigned=hand.only_unassigned
    )


# ------------------------------------------------------------------------------------------ bar


def _bar(desk: Desk, table: Table) -> None:
    """Draw the plan's bar: which plan, how far it is, undo, checks, what can be done with it."""
    with st.container(key="plan_bar", horizontal=True, vertical_alignment="center", wrap=False):
        names = plan_rows.plan_names(desk.plans)
        choices.select("plan", _("Plan"), names, str(desk.plan.id))
        if desk.is_draft:
            st.badge(_("Draft, not published"), color="orange", icon=":material/edit:")
        with st.container(key="plan_facts"):
            st.markdown(f":gray[{plan_rows.facts_line(desk, _based_on(desk), _moment)}]")
        if desk.is_draft:
            _history(desk, table)
        if st.button(_("Compare"), icon=":material/compare:", type="tertiary", key="to_compare"):
            state.put(plan=desk.plan.id)
            pages.go("compare")
        page_button("plan")
        with st.popover(_("More"), icon=":material/more_horiz:", type="tertiary"):
            plan_dialogs.more(desk)
        _main_action(desk)


def _moment(at: datetime) -> str:
    return figures.moment(at, figures.this_year())


def _based_on(desk: Desk) -> str:
    names = {row["id"]: row["name"] for row in desk.plans}
    return str(names.get(desk.plan.based_on_id, ""))


def _history(desk: Desk, table: Table) -> None:
    for key, label, icon, shortcut, able, verb in (
        ("undo", _("Undo"), ":material/undo:", "Ctrl+Z", desk.plan.undoable, planning.undo),
        ("redo", _("Redo"), ":material/redo:", "Ctrl+Shift+Z", desk.plan.redoable, planning.redo),
    ):
        st.button(
            label,
            icon=icon,
            type="tertiary",
            shortcut=shortcut,
            disabled=able is None,
            key=f"draw_{key}",
            on_click=_reverse,
            args=(desk, table, verb),
        )


def _reverse(desk: Desk, table: Table, verb: Callable[[Desk], object]) -> None:
    state.read()
    table.drop()
    _try(table, lambda: verb(desk))


def _main_action(desk: Desk) -> None:
    if desk.is_draft:
        if st.button(_("Publish…"), type="primary", key="draw_publish"):
            plan_dialogs.publish(desk)
    elif st.button(_("Copy to a draft"), type="primary", key="draw_copy"):
        plan_dialogs.new_draft(desk.land.community_id, desk.plan.id)


# -------------------------------------------------------------------------------- right column


def _targets(desk: Desk, table: Table) -> None:
    with st.container(border=True, key="targets"):
        with st.container(horizontal=True, vertical_alignment="center", key="targets_head"):
            headings.section(_("Target grid"), _("choose a row first"))
            if desk.is_draft:
                _target_menu(desk, table)
        norm = desk.norms["grid_households"]
        band = (norm.low or 0.0, norm.high or (norm.low or 0.0)) if desk.counted else (0.0, 0.0)
        target = plan_rows.NONE if table.hand.target == NOWHERE else str(table.hand.target)
        with st.container(key="target_list"):
            plan_list(
                plan_rows.targets(desk),
                plan_rows.heads(desk),
                band,
                target,
                lambda picked: _picked(desk, table, picked),
                editable=desk.is_draft,
            )


def _picked(desk: Desk, table: Table, picked: str) -> None:
    state.read()
    what, _colon, name = picked.partition(":")
    if what == "row":
        _set_target(table, NOWHERE if name == plan_rows.NONE else int(name))
        return
    grid_id = int(name)
    locked = desk.plan.grids[desk.plan.position(grid_id)].locked
    _try(table, lambda: planning.set_grid(desk, grid_id, locked=not locked))


def _target_menu(desk: Desk, table: Table) -> None:
    """Draw what can be done with the target besides drawing."""
    with st.popover(
        _("Target: {name}", name=plan_map.target_name(desk, table.hand.target)), type="tertiary"
    ):
        if st.button(_("New grid"), icon=":material/add:", key="target_new", width="stretch"):
            _set_target(table, NEW)
            fragments.again()
        only = st.toggle(
            _("Take only unassigned buildings"), value=table.hand.only_unassigned, key="only_free"
        )
        if only != table.hand.only_unassigned:
            table.hand = replace(table.hand, only_unassigned=only)
            fragments.again()
        _sub_district_menu(desk, table)
        if table.hand.target > NOWHERE:
            _grid_menu(desk, table)
        _lock_menu(desk, table)


def _sub_district_menu(desk: Desk, table: Table) -> None:
    names = dict(enumerate(desk.land.sub_districts))
    if not names:
        return
    chosen = st.selectbox(
        _("Take a whole sub-district"),
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Choose one"),
        key=f"take_zone_{table.hand.clear}",
    )
    if chosen is not None:
        found = planning.in_sub_district(desk.land, chosen)
        taken = tuple(desk.land.ids[found].tolist())
        if taken != table.hand.chosen:
            table.pending = "choose"
            table.hand = replace(table.hand, chosen=taken)
            fragments.again()


def _grid_menu(desk: Desk, table: Table) -> None:
    one = desk.plan.grids[desk.plan.position(table.hand.target)]
    name = st.text_input(
        _("Name of grid {number}", number=one.number),
        one.name,
        key=f"name_{one.id}",
        max_chars=MOST_OF_A_NAME,
    )
    if name.strip() != one.name:
        _try(table, lambda: planning.set_grid(desk, one.id, name=name.strip()))
        fragments.again()
    others = {
        desk.plan.grids[place].id: desk.plan.grids[place].number
        for place in desk.plan.used.tolist()
        if desk.plan.grids[place].id != one.id
    }
    gone = st.selectbox(
        _("Merge another grid into it"),
        list(others),
        index=None,
        format_func=others.__getitem__,
        placeholder=_("Choose one"),
        key=f"merge_{one.id}_{table.hand.clear}",
    )
    if gone is not None and (table.pending, table.other) != ("merge", gone):
        table.pending, table.other = "merge", gone
        fragments.again()
    if st.button(
        _("Split it by a line"), icon=":material/content_cut:", key="split", width="stretch"
    ):
        table.hand = replace(table.hand, tool="line")
        fragments.again()


def _lock_menu(desk: Desk, table: Table) -> None:
    every = all(desk.plan.grids[place].locked for place in desk.plan.used.tolist())
    label = _("Unlock all grids") if every else _("Lock all grids")
    if st.button(label, icon=":material/lock:", key="lock_all", width="stretch"):
        _try(table, lambda: planning.lock_all(desk, locked=not every))
        fragments.again()


def _checks(desk: Desk, table: Table) -> None:
    with st.container(border=True, key="checks"):
        blocking = len(desk.blocking)
        hint = (
            _("{n} to settle before publishing", n=blocking)
            if blocking
            else _("nothing hinders publishing")
        )
        headings.section(_("Checks"), hint)
        with st.container(key="check_rows"):
            check_list(
                plan_rows.check_rows(desk, people.names_of(desk)),
                _("All checks are met."),
                _("Show it on the map"),
                lambda picked: _go_to(desk, table, int(picked)),
            )


def _go_to(desk: Desk, table: Table, place: int) -> None:
    """Make a finding's grid the target and bring its buildings into view."""
    state.read()
    if place >= len(desk.findings):
        return
    one = desk.findings[place]
    if one.grid is not None:
        _set_target(table, desk.plan.grids[one.grid].id)
    elif one.key == "unassigned":
        _set_target(table, NEW)
    table.hand = plan_map.look_at(desk, table.hand, one.atoms)


def _preview_box(desk: Desk, table: Table, shown: Preview | None) -> None:
    with st.container(border=True, key="preview"):
        if table.trouble:
            st.error(wording.plain(table.trouble), icon=":material/error:")
        if shown is None or not len(shown.moves.buildings):
            _invitation(desk, shown)
            return
        headings.section(plan_rows.chosen_line(desk, shown).replace("**", ""))
        with st.container(horizontal=True, gap="small", key="preview_buttons"):
            _confirm_buttons(desk, table, shown)
        with st.container(key="preview_rows"):
            st.table(plan_rows.preview_table(desk, shown), border="horizontal", hide_index=True)


def _invitation(desk: Desk, shown: Preview | None) -> None:
    if not desk.is_draft:
        headings.section(_("Not a draft"))
        headings.quiet(_("This plan cannot be changed. Copy it to a draft and change the copy."))
        return
    headings.section(_("Preview"))
    if shown is not None and shown.skipped:
        headings.quiet(_("All chosen buildings are in locked grids."))
    headings.quiet(
        _("Choose buildings on the map: here stands what the change would do before it is made.")
    )
    headings.quiet(_("V pick　L lasso　P polygon　R box　Shift adds　Alt takes away　Esc gives up"))


def _confirm_buttons(desk: Desk, table: Table, shown: Preview) -> None:
    target = table.hand.target
    name = plan_map.target_name(desk, target)
    label = {
        "merge": _("Merge into {name}", name=name),
        "split": _("Split {name}", name=name),
    }.get(table.pending, _("Put into {name}", name=name))
    if table.pending == "choose" and target == NEW:
        label = _("Make a new grid")
    if table.pending == "choose" and target == NOWHERE:
        label = _("Take out of their grids")
    st.button(
        label,
        type="primary",
        shortcut="Enter",
        key="confirm",
        on_click=_confirm,
        args=(desk, table, shown),
    )
    if table.pending == "choose" and target != NEW:
        st.button(
            _("New grid"),
            shortcut="N",
            key="confirm_new",
            on_click=_confirm_new,
            args=(desk, table),
        )
    st.button(
        _("Cancel"), type="tertiary", shortcut="Esc", key="cancel", on_click=_cancel, args=(table,)
    )


def _cancel(table: Table) -> None:
    state.read()
    table.drop()


def _confirm_new(desk: Desk, table: Table) -> None:
    state.read()
    table.hand = replace(table.hand, target=NEW)
    shown = _preview(desk, table)
    if shown is not None:
        _confirm(desk, table, shown)


def _confirm(desk: Desk, table: Table, shown: Preview) -> None:
    state.read()
    kind = {"choose": "remove" if table.hand.target == NOWHERE else "assign"}.get(
        table.pending, table.pending
    )

    def write() -> None:
        done = planning.confirm(desk, shown, kind, table.token)
        if done.made and table.pending == "choose":
            table.hand = replace(table.hand, target=done.made)
        table.drop()

    _try(table, write)
