"""The button that makes a briefing of what a page shows: sizes, and links to take it along."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard import fragments, state
from dashboard.briefing.formats import VIEW_FORMATS, WALL_FORMATS
from dashboard.state import PageState
from geo.words import _

ADDRESS = "/export/brief"


@fragments.fragment()
def brief_button(*, wall: bool) -> None:
    """Draw the button. What it offers is made when it is opened: the page may have moved on.

    Parameters
    ----------
    wall
        Whether the page is about one community, of which there is a wall map.
    """
    opened = st.popover(
        _("Briefing"),
        icon=":material/slideshow:",
        type="tertiary",
        key="brief",
        on_change="rerun",
    )
    if opened.open:
        with opened:
            asked = state.read()
            _view(asked)
            if wall:
                _wall(asked)


def _view(asked: PageState) -> None:
    sizes = {key: _(form.label) for key, form in VIEW_FORMATS.items()}
    frame = st.selectbox(
        _("Size of the page"), list(sizes), format_func=sizes.__getitem__, key="brief_frame"
    )
    st.link_button(
        _("Picture (PNG)"),
        link("view.png", asked, frame),
        icon=":material/image:",
        width="stretch",
    )
    st.link_button(
        _("Document (PDF)"),
        link("view.pdf", asked, frame),
        icon=":material/picture_as_pdf:",
        width="stretch",
    )


def _wall(asked: PageState) -> None:
    for key, form in WALL_FORMATS.items():
        st.link_button(
            _("Wall map, {size} (PDF)", size=_(form.label)),
            link("wall.pdf", asked, key),
            icon=":material/map:",
            width="stretch",
        )


def link(name: str, asked: PageState, frame: str) -> str:
    """Return the address of a briefing of a page's state."""
    return (
        f"{ADDRESS}/{name}?{urlencode({**state.query(asked), 'lang': asked.lang, 'frame': frame})}"
    )
