"""Leading from one run of a page to the next."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _script() -> None:
    import streamlit as st  # noqa: PLC0415 - the test runs this function's text alone

    from dashboard import fragments  # noqa: PLC0415 - likewise

    if "told" not in st.session_state:
        st.session_state["told"] = True
        fragments.again()
    st.markdown("drawn")


def test_what_is_told_in_the_run_of_the_whole_page_draws_the_page_anew() -> None:
    """A browser back from a restart of the server tells its last gesture in such a run."""
    ran = AppTest.from_function(_script).run()
    assert not ran.exception
    assert [one.value for one in ran.markdown] == ["drawn"]
