"""What a page says about its own filters."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import headings, state
from dashboard.state import PageState
from geo.schema import TICKET_SIGNS
from geo.words import _


def filters(page: PageState, tickets: Mapping[str, int]) -> None:
    """Say that the tickets are filtered, or that none match, with the way out."""
    if "ticket" not in page.layers:
        return
    none = not any(tickets.get(sign) for sign in page.sign)
    if not none and not page.cls:
        return
    text = _("No tickets match.") if none else _("Filtered: {n} ticket classes", n=len(page.cls))
    with st.container(key="filter_notice", horizontal=True, vertical_alignment="center"):
        headings.quiet(text)
        st.button(
            _("Clear"), key="clear_filters", type="tertiary", on_click=_clear, args=(page, none)
        )


def _clear(page: PageState, none: bool) -> None:  # noqa: FBT001 - a callback's arguments
    """Drop the class filter; where nothing matched, show every sign as well."""
    state.put(cls=(), sign=tuple(TICKET_SIGNS) if none else page.sign)
