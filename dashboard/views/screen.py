"""The big screen: one place on a wall, without anybody at the keyboard."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Final

import streamlit as st

from dashboard import fragments, maps, screen_wall, state, theme
from dashboard.parts.wall import wall
from dashboard.screen_wall import Shown

REFRESH: Final = timedelta(seconds=15)
"""How often the data are looked at; unless there are new ones that costs one question."""

_LAST: Final = "screen_shown"


def page() -> None:
    """Draw the page."""
    with st.container(key="screen"):
        _picture()


@fragments.fragment(run_every=REFRESH)
def _picture() -> None:
    """Draw the picture anew; the map stays the one that is there."""
    asked = state.read()
    about = (replace(asked, scene=None), theme.mode())
    known, last = st.session_state.get(_LAST, (None, None))
    shown: Shown = screen_wall.refresh(asked, last if known == about else None)
    st.session_state[_LAST] = (about, shown)
    now_ms = round(time.time() * 1000)
    wall(shown.wall, now_ms, REFRESH.total_seconds())
    if shown.first is not None:
        maps.show(shown.first, key="screen_map")
