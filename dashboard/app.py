"""The page script: language, header, navigation. Streamlit runs it for every visit and change."""

from __future__ import annotations

from importlib.resources import files

import streamlit as st

from dashboard import pages, state, theme
from dashboard.views import (
    briefings,
    comparing,
    coverage,
    drawing,
    hotspots,
    imports,
    norms,
    overview,
    screen,
    staffing,
)
from geo.words import _, language

_BRAND = files("dashboard") / "static/brand"


def _navigation() -> dict[str, list[st.Page]]:
    return {
        "": [st.Page(overview.page, title=_("Overview"), url_path="overview", default=True)],
        _("Grids"): [
            st.Page(drawing.page, title=_("Draw grids"), url_path="draw"),
            st.Page(comparing.page, title=_("Compare & replay"), url_path="compare"),
            st.Page(staffing.page, title=_("Staff on grids"), url_path="staff"),
        ],
        _("Tickets"): [
            st.Page(hotspots.page, title=_("Hot spots"), url_path="hotspots"),
        ],
        _("Services"): [
            st.Page(coverage.page, title=_("Workload & coverage"), url_path="coverage"),
        ],
        _("Reports"): [
            st.Page(briefings.page, title=_("Briefings"), url_path="briefings"),
        ],
        _("Data"): [
            st.Page(norms.page, title=_("Norms & indicators"), url_path="norms"),
            st.Page(imports.page, title=_("Import log"), url_path="imports"),
        ],
    }


def _carry(page: str) -> None:
    """Bring language and territory along: the navigation opens a page without a query string."""
    before, carried = st.session_state.get("open_page"), st.session_state.get("carried_query")
    st.session_state["open_page"] = page
    if carried and before not in (None, page) and not st.query_params.to_dict():
        st.query_params.from_dict(carried)
        st.rerun()
    st.session_state["carried_query"] = state.query(state.read())


def main() -> None:
    """Draw header and page, or the wall's picture without any header."""
    asked = state.read()
    st.set_page_config(
        page_title=_("Wangge Atlas"),
        page_icon=str(_BRAND / "favicon.svg"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    if asked.screen:
        _wall()
        return
    st.logo(str(_BRAND / f"logo-{language()}-{theme.mode()}.svg"), size="medium")
    sections = _navigation()
    pages.remember([page for listed in sections.values() for page in listed])
    page = st.navigation(sections, position="top")
    _carry(page.url_path)
    theme.apply_style()
    page.run()


def _wall() -> None:
    """Draw what a wall shows; the pages are there all the same, or their paths would be unknown."""
    listed = [page for pages_of in _navigation().values() for page in pages_of]
    st.navigation(listed, position="hidden")
    theme.apply_style()
    screen.page()


main()
