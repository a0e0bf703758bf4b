"""Parts of a page that are drawn by themselves, when something in them is used.

Streamlit draws such a part alone in a context of its own, which knows nothing of the page's
language; so each begins by reading the address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Literal, NoReturn, ParamSpec

import streamlit as st
from streamlit.errors import StreamlitAPIException

from dashboard import state

P = ParamSpec("P")


def fragment(
    *, run_every: timedelta | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function draw a part of the page, if need be now and then."""
    return lambda body: st.fragment(_spoken(body), run_every=run_every)


def dialog(
    *, width: Literal["small", "large"] = "small"
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Make a function draw a dialog; its title is the first thing it draws."""
    return lambda body: st.dialog(" ", width=width)(_spoken(body))


def _spoken(body: Callable[P, None]) -> Callable[P, None]:
    @wraps(body)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> None:
        state.read()
        body(*args, **kwargs)

    return spoken


def again() -> NoReturn:
    """Draw this part anew, or the page where all of it is being drawn.

    A browser that comes back after a restart brings its widgets' values along, so that what is
    usually told while one part is drawn is then told in the run of the whole page.
    """
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
