"""The button that makes a briefing of what a page shows: sizes, and links to take it along."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import streamlit as st

from dashboard import fragments, state
from dashboard.briefing.formats import VIEW_FORMATS, WALL_FORMATS, Ending
from dashboard.briefing.making import kind_of
from dashboard.state import PageState
from geo.errors import N_
from geo.words import _

ADDRESS = "/export/brief"

FILES: Final[dict[Ending, tuple[str, str]]] = {
    "png": (N_("Picture (PNG)"), ":material/image:"),
    "pdf": (N_("Document (PDF)"), ":material/picture_as_pdf:"),
    "pptx": (N_("Slides (PPTX)"), ":material/slideshow:"),
    "docx": (N_("Text (DOCX)"), ":material/description:"),
    "zip": (N_("One zip"), ":material/folder_zip:"),
}
"""What each kind of file is called on its button."""

SHOWN, WHOLE = "shown", "whole"
"""What part of the ground the map of a briefing shows; the browser adds the former to the link
(``parts/address.js``), and leaves a link that says `WHOLE` as it is."""


@fragments.fragment()
def brief_button(*, wall: bool = False, kind: str = "view", mapped: bool = True) -> None:
    """Draw the button. What it offers is made when it is opened: the page may have moved on.

    Parameters
    ----------
    wall
        Whether the page is about one community, of which there is a wall map.
    kind
        One of `dashboard.briefing.making.KINDS`: what the page's own briefing is.
    mapped
        Whether that has a map.
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
            _view(asked, kind, mapped=mapped)
            if wall:
                _wall(asked)


def page_button(kind: str, *, mapped: bool = True) -> None:
    """Draw the button of a page's own briefing, as wide as it is; see `brief_button`."""
    with st.container(key="brief_box", width="content"):
        brief_button(kind=kind, mapped=mapped)


def _view(asked: PageState, kind: str = "view", *, mapped: bool = True) -> None:
    sizes = {key: _(form.label) for key, form in VIEW_FORMATS.items()}
    frame = st.selectbox(
        _("Size of the page"), list(sizes), format_func=sizes.__getitem__, key="brief_frame"
    )
    more = _ground() if mapped else {}
    for ending in kind_of(kind).endings:
        label, icon = FILES[ending]
        st.link_button(
            _(label), link(f"{kind}.{ending}", asked, frame, **more), icon=icon, width="stretch"
        )


def _ground() -> dict[str, str]:
    """Ask what the map is to show; return what that adds to the link."""
    grounds = {SHOWN: _("As the map shows it"), WHOLE: _("The whole area")}
    ground = st.radio(
        _("What the map shows"),
        list(grounds),
        format_func=grounds.__getitem__,
        horizontal=True,
        key="brief_ground",
    )
    return {"z": WHOLE} if ground == WHOLE else {}


def _wall(asked: PageState) -> None:
    for key, form in WALL_FORMATS.items():
        st.link_button(
            _("Wall map, {size} (PDF)", size=_(form.label)),
            link("wall.pdf", asked, key),
            icon=":material/map:",
            width="stretch",
        )


def link(name: str, asked: PageState, frame: str, **more: str) -> str:
    """Return the address of a briefing of a page's state."""
    words = {**state.query(asked), "lang": asked.lang, "frame": frame, **more}
    return f"{ADDRESS}/{name}?{urlencode(words)}"
