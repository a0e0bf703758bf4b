"""Staff on grids: who holds which, who is missing, and a suggestion that changes least."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from dashboard import (
    choices,
    figures,
    fragments,
    headings,
    maps,
    plan_rows,
    plan_staff,
    state,
    wording,
)
from dashboard.services import planning, rostering
from dashboard.services.planning import Desk
from dashboard.services.rostering import Row
from dashboard.services.territory import Scope
from dashboard.views import empty, plan_frame
from dashboard.views.brief_button import page_button
from geo.errors import WanggeError
from geo.periods import ZONE
from geo.schema import GRID_ROLES
from geo.words import _, explain

MAP_SHARE = (0.58, 0.42)
_OFFER = "staff_offer"


def page() -> None:
    """Draw the page."""
    plan_frame.draw("comparing", _body)


def _body(scope: Scope, community_id: int) -> None:
    asked = state.read()
    desk = planning.desk(community_id, asked.plan)
    if desk is None:
        empty.no_grids()
        return
    names = plan_rows.plan_names(desk.plans)
    with st.container(key="plan_bar", horizontal=True, vertical_alignment="center", wrap=False):
        choices.select("plan", _("Plan"), names, str(desk.plan.id))
        with st.container(key="plan_facts"):
            headings.quiet(plan_staff.verdict(desk))
        page_button("staff")
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="draw_map"):
        maps.show(plan_staff.map_state(scope, desk), key="staff")
    with right, st.container(key="compare_panel"):
        _panel(desk)


def _panel(desk: Desk) -> None:
    staff = rostering.staff(desk)
    if not staff:
        headings.quiet(_("No staff are on record for this community."))
        return
    roles = rostering.roles(desk)
    workers, grids, changes = st.tabs([_("By worker"), _("By grid"), _("Change")])
    with workers:
        headings.quiet(_("norm {range}", range=plan_staff.norm_range(desk)))
        st.table(plan_staff.by_worker(desk, staff), border="horizontal", hide_index=True)
    with grids:
        st.table(plan_staff.by_grid(desk, roles), border="horizontal", hide_index=True)
    with changes:
        if desk.plan.state == "retired":
            headings.quiet(_("This plan is no longer in force; its staff stay as they were."))
        else:
            _changes(desk, staff, roles)


def _changes(desk: Desk, staff: list[Row], roles: list[Row]) -> None:
    if desk.is_draft:
        headings.section(_("Suggest workers"))
        _suggest(desk, staff)
    headings.section(_("Assign somebody"))
    _assign(desk, staff)
    headings.section(_("End roles"))
    _end(desk, roles)


def _do(step: Callable[[], object]) -> None:
    try:
        step()
    except WanggeError as error:
        st.error(wording.plain(explain(error)), icon=":material/error:")
        return
    st.session_state.pop(_OFFER, None)
    fragments.again()


def _grid_names(desk: Desk) -> dict[int, str]:
    return {
        one.id: f"{one.number} {one.name}".strip()
        for place in desk.plan.used.tolist()
        for one in [desk.plan.grids[place]]
    }


def _assign(desk: Desk, staff: list[Row]) -> None:
    people = {row["id"]: row["name"] for row in staff}
    grids, roles = _grid_names(desk), choices.translated(GRID_ROLES)
    one = st.selectbox(_("Who"), list(people), format_func=people.__getitem__, key="role_who")
    role = st.selectbox(
        _("Role"), list(roles), index=1, format_func=roles.__getitem__, key="role_what"
    )
    where = st.multiselect(
        _("Grids"),
        list(grids),
        format_func=grids.__getitem__,
        key="role_where",
        placeholder=_("Choose grids"),
    )
    day = st.date_input(
        _("From day"), datetime.now(ZONE).date(), key="role_from", format="YYYY-MM-DD"
    )
    if st.button(_("Assign"), key="role_do", type="primary", disabled=not where):
        _do(lambda: rostering.assign(desk, one, where, role, day))


def _end(desk: Desk, roles: list[Row]) -> None:
    active = {row["id"]: plan_staff.role_text(row) for row in roles if row["to_date"] is None}
    chosen = st.multiselect(
        _("Roles"),
        list(active),
        format_func=active.__getitem__,
        key="end_what",
        placeholder=_("Choose roles"),
    )
    day = st.date_input(_("Until"), datetime.now(ZONE).date(), key="end_day", format="YYYY-MM-DD")
    if st.button(_("End them"), key="end_do", disabled=not chosen):
        _do(lambda: rostering.end(desk, chosen, day))


def _suggest(desk: Desk, staff: list[Row]) -> None:
    headings.quiet(
        _(
            "One worker for each grid, nobody above the norm where possible, and as many "
            "households as possible keep somebody who knows them."
        )
    )
    if st.button(_("Suggest"), key="offer_make"):
        try:
            st.session_state[_OFFER] = (desk.plan.id, desk.plan.revision, rostering.offer(desk))
        except WanggeError as error:
            st.error(wording.plain(explain(error)), icon=":material/error:")
    held = st.session_state.get(_OFFER)
    if not held or held[:2] != (desk.plan.id, desk.plan.revision):
        return
    made = held[2]
    st.markdown(
        _(
            "**{kept}** of {all} households keep somebody who knows them ({share}).",
            kept=figures.integer(made.found.familiar),
            all=figures.integer(made.found.households),
            share=figures.share(made.found.familiar, made.found.households),
        )
    )
    st.table(plan_staff.offered(desk, staff, made), border="horizontal", hide_index=True)
    if st.button(_("Assign as suggested"), key="offer_take", type="primary"):
        day = datetime.now(ZONE).date()
        _do(lambda: rostering.take(desk, made, day))
