"""The pages there are, so that one page can lead to another."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException

_PAGES = "known_pages"


def remember(pages: list[st.Page]) -> None:
    """Note the pages of this run."""
    st.session_state[_PAGES] = {page.url_path: page for page in pages}


def go(url_path: str) -> None:
    """Open another page with what the address says now."""
    query = st.query_params.to_dict()
    st.switch_page(st.session_state[_PAGES][url_path], query_params=query)


def again() -> NoReturn:
    """Draw this part anew, or the page where all of it is being drawn.

    A browser that comes back after a restart brings its widgets' values along, so that what is
    usually told while one part is drawn is then told in the run of the whole page.
    """
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
