"""Norms and indicators: what is measured, against what, and on whose word."""

from __future__ import annotations

import streamlit as st

from dashboard import headings, registry_tables, state
from dashboard.services import registry
from dashboard.views import context
from dashboard.views.brief_button import page_button
from geo.words import _


def page() -> None:
    """Draw the page."""
    asked = state.read()
    with st.container(key="data_page"):
        with st.container(horizontal=True, vertical_alignment="center"):
            headings.title(_("Norms & indicators"))
            page_button("norms", mapped=False)
            context.language_switch(asked)
        headings.title(_("Norms"), 4)
        headings.quiet(_("A floor or ceiling with its source. The office may change it."))
        st.table(registry_tables.norms(registry.norms()), border="horizontal", hide_index=True)
        headings.title(_("Indicators"), 4)
        headings.quiet(_("Every figure on the map, and how it comes about."))
        st.table(
            registry_tables.indicators(registry.indicators()), border="horizontal", hide_index=True
        )
