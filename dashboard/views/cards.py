"""The panel's cards: what is known about the grid, building or point that was clicked."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import facts, headings, state, wording
from dashboard.facts import Fact
from dashboard.parts.state_bar import state_bar
from dashboard.services.overview import Area, Picture
from dashboard.services.things import Thing
from geo.words import _


def _title(text: str, back_to: str | None = None) -> None:
    """Draw a card's head with the way back; Esc goes back too."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        headings.title(wording.plain(text), 4)
        st.button(
            _("Back to {place}", place=back_to) if back_to else _("Back to the ranking"),
            icon=":material/arrow_back:",
            type="tertiary",
            shortcut="Esc",
            key="card_back",
            on_click=_back,
        )


def _back() -> None:
    """Close the innermost card: a picked thing first, then the grid."""
    if state.read().pick:
        state.put(pick=None)
    else:
        state.put(grid=None)


def _table(rows: Sequence[Fact]) -> None:
    st.table(facts.frame(rows), border="horizontal", hide_index=True)


def area(picture: Picture, chosen: Area) -> None:
    """Draw the card of a grid."""
    _title(chosen.label)
    headings.quiet(facts.area_line(chosen))
    state_bar(chosen.states, "area_states")
    _table(facts.of_area(picture, chosen))


def thing(picture: Picture, found: Thing, inside: Area | None) -> None:
    """Draw the card of a building, unit, ticket, facility, elderly point or party household.

    Parameters
    ----------
    inside
        The grid whose card lies below this one; None for the ranking.
    """
    _title(facts.title(found), inside.label if inside else None)
    headings.quiet(facts.line(found))
    if found.layer in ("building", "unit"):
        state_bar(found.states, "thing_states")
    _table(facts.of_thing(picture, found))
    if found.parts:
        headings.section(facts.parts_title(found))
        st.table(facts.parts_frame(found), border="horizontal", hide_index=True)
    if found.layer in ("unit", "elderly", "party_household", "ticket"):
        _to_building(found)


def _to_building(found: Thing) -> None:
    building = found.facts.get("building_id")
    if building is None:
        return
    st.button(
        _("Show the building"),
        icon=":material/apartment:",
        key="card_building",
        on_click=lambda: state.put(pick=("building", int(building))),
    )
