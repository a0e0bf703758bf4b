"""What a page says when there is nothing to show: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import headings
from dashboard.state import PageState
from dashboard.views import context
from geo.words import _


def no_data(page: PageState) -> None:
    """Say that nothing was imported yet."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        context.language_switch(page)
    with st.container(key="empty"):
        headings.title(_("No communities yet"), 4)
        st.markdown(
            _(
                "Import boundaries and buildings first, or load the demonstration data: "
                "`python -m etl import boundaries FILE` or `python -m etl demo`."
            )
        )


def no_figures(label: str) -> None:
    """Say that an indicator has no figure in any area here."""
    st.markdown(
        _(
            "No area here has figures for {indicator}: import the records it counts, then run "
            "`python -m geo compute`.",
            indicator=label,
        )
    )


def no_grids() -> None:
    """Say that a community has no grids in force."""
    headings.section(_("No grids yet"))
    st.markdown(
        _(
            "This community has no grid plan in force, so there is nothing to compare. Buildings "
            "and points are on the map; click one to see it."
        )
    )


def no_buildings() -> None:
    """Say that a street has no buildings to walk from."""
    headings.section(_("No buildings yet"))
    st.markdown(
        _("Who reaches which service is told by building: import the buildings of this street.")
    )


def no_visits() -> None:
    """Say that a community has no visits on record."""
    headings.section(_("No visits yet"))
    st.markdown(
        _(
            "This community has no visits on record, so nothing can be said about who was met "
            "and who is overdue."
        )
    )


def no_plans(begin: Callable[[], None]) -> None:
    """Say that a community has no plan yet, with the way to the first one."""
    with st.container(key="empty"):
        headings.title(_("No grid plan yet"), 4)
        st.markdown(
            _("Make a draft and draw grids on it, or let the program suggest some to start from.")
        )
        if st.button(_("New draft…"), type="primary", key="first_draft"):
            begin()


def one_plan() -> None:
    """Say that there is nothing to compare with."""
    with st.container(key="empty"):
        headings.title(_("Nothing to compare"), 4)
        st.markdown(_("This community has fewer than two plans. Make a draft, then compare it."))
