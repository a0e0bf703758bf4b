"""The import log: which files went in, and which rows did not."""

from __future__ import annotations

import streamlit as st

from dashboard import headings, registry_tables, state
from dashboard.services import intake
from dashboard.services.intake import Row
from dashboard.views import context
from dashboard.views.brief_button import page_button
from geo.words import _


def page() -> None:
    """Draw the page."""
    asked = state.read()
    with st.container(key="data_page"):
        with st.container(horizontal=True, vertical_alignment="center"):
            headings.title(_("Import log"))
            page_button("imports", mapped=False)
            context.language_switch(asked)
        batches = intake.batches()
        if not batches:
            _nothing()
            return
        st.table(registry_tables.batches(batches), border="horizontal", hide_index=True)
        _refused([batch for batch in batches if batch["rows_rejected"]])


def _nothing() -> None:
    with st.container(key="empty"):
        headings.title(_("Nothing imported yet"), 4)
        st.markdown(
            _(
                "Files come in by the command `python -m etl import`; every one of them, and "
                "every row it refused, is then listed here."
            )
        )


def _refused(batches: list[Row]) -> None:
    headings.title(_("Refused rows"), 4)
    if not batches:
        st.markdown(_("No row was refused."))
        return
    names = {batch["id"]: batch["file_name"] for batch in batches}
    chosen = st.selectbox(
        _("File"), list(names), format_func=names.__getitem__, key="refused_file", width=420
    )
    found = intake.rejections(chosen)
    st.table(registry_tables.rejections(found), border="horizontal", hide_index=True)
