"""The pages there are, so that one page can lead to another."""

from __future__ import annotations

import streamlit as st

_PAGES = "known_pages"


def remember(pages: list[st.Page]) -> None:
    """Note the pages of this run."""
    st.session_state[_PAGES] = {page.url_path: page for page in pages}


def go(url_path: str) -> None:
    """Open another page with what the address says now."""
    query = st.query_params.to_dict()
    st.switch_page(st.session_state[_PAGES][url_path], query_params=query)
