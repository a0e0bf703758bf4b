"""Compare two plans, and count last year again on either."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, headings, maps, plan_compare_map, plan_rows, state
from dashboard.services import comparing, people
from dashboard.services.comparing import Sides
from dashboard.services.territory import Scope
from dashboard.views import empty, plan_frame
from dashboard.views.brief_button import page_button
from geo.words import _

MAP_SHARE = (0.58, 0.42)


def page() -> None:
    """Draw the page."""
    plan_frame.draw("comparing", _body)


def _body(scope: Scope, community_id: int) -> None:
    asked = state.read()
    found = comparing.sides(community_id, asked.plan, asked.other)
    if found is None:
        empty.one_plan()
        return
    _bar(found)
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="draw_map"):
        maps.show(plan_compare_map.map_state(scope, found), key="compare")
    with right, st.container(key="compare_panel"):
        _verdict(found)
        grids, staff, replayed = st.tabs([_("Grids"), _("Staff"), _("Replay of last year")])
        with grids:
            _grids(found)
        with staff:
            _staff(found)
        with replayed:
            _replay(found)


def _bar(found: Sides) -> None:
    names = plan_rows.plan_names(found.second.plans)
    with st.container(key="plan_bar", horizontal=True, vertical_alignment="center", wrap=False):
        choices.select("plan", _("Plan"), names, str(found.second.plan.id))
        headings.quiet(_("against"))
        others = {key: name for key, name in names.items() if key != str(found.second.plan.id)}
        choices.select("other", _("Compared with"), others, str(found.first.id))
        with st.container(key="plan_facts"):
            st.markdown(" ")
        page_button("compare")


def _verdict(found: Sides) -> None:
    headings.section(plan_rows.moved_line(found.second, found.found))
    st.table(plan_rows.balance_table(found.found), border="horizontal", hide_index=True)


def _grids(found: Sides) -> None:
    table = plan_rows.comparison_table(found.first, found.second, found.found)
    with st.container(key="compare_grids"):
        st.table(table, border="horizontal", hide_index=True)
    if found.found.flows:
        headings.section(_("Who moves where"))
        table = plan_rows.flow_table(found.first, found.second, found.found)
        st.table(table, border="horizontal", hide_index=True)


def _staff(found: Sides) -> None:
    if not found.loads:
        headings.quiet(_("No grid leaders or workers are on record under either plan."))
        return
    names = people.names_of(found.second)
    norm = found.second.norms["worker_households"]
    table = plan_rows.load_table(found.loads, names, norm)
    st.table(table, border="horizontal", hide_index=True)


def _replay(found: Sides) -> None:
    labels = {"tickets": _("Tickets"), "visits": _("Visits")}
    subject = st.segmented_control(
        _("What is counted"),
        list(labels),
        format_func=labels.__getitem__,
        default="tickets",
        required=True,
        key="replay_subject",
        label_visibility="collapsed",
    )
    land = found.second.land
    if not (land.tickets if subject == "tickets" else land.visits).any():
        headings.quiet(_("Nothing of this kind is on record for the last 12 months."))
        return
    months = [f"{month.start:%y-%m}" for month in land.months]
    for at in (found.second.plan, found.first):
        counted = comparing.replay(at, found.second, subject or "tickets")
        headings.section(at.name, _("as if it had been in force all year"))
        numbers = [at.grids[place].number for place in at.used.tolist()]
        with st.container(key=f"replay_{at.id}"):
            st.table(
                plan_rows.replay_table(numbers, months, counted),
                border="horizontal",
                hide_index=True,
            )
