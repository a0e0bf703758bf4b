"""Party contact: who is served and who is left over, where one more would help, and two nets."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, fragments, headings, maps, party_map, party_rows, state, wording
from dashboard.parts.table import area_table
from dashboard.party_rows import Subject
from dashboard.services import contacting, overview, things
from dashboard.services.contacting import Contacting
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.words import _

MAP_SHARE = (0.66, 0.34)


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    picture = overview.picture(scope, asked.period)
    found = contacting.contacting(scope)
    if found is None:
        _street(scope, picture)
    else:
        _community(scope, picture, found)


# ---------------------------------------------------------------------------------- a community


@fragments.fragment()
def _community(scope: Scope, picture: Picture, found: Contacting) -> None:
    asked = state.read()
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        shown = party_map.map_state(scope, picture, asked, found)
        click = maps.show(shown, key="party_map")
        if isinstance(click, maps.MapEvent) and _take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        if found.any_party:
            _panel(picture, asked, found)
        else:
            headings.section(_("No party records yet"))
            st.markdown(_("This community has no party members or party households on record."))


def _take(click: maps.MapEvent, scope: Scope, asked: PageState, shown: maps.MapState) -> bool:
    """Write what was clicked into the URL; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    return state.write(grid=meant.grid, pick=meant.pick, org=None) != asked


def _panel(picture: Picture, asked: PageState, found: Contacting) -> None:
    # In a box of its own, whatever stands in it: tabs that move forget which of them is open.
    with st.container(gap="xsmall"):
        _figures(picture, asked, found)
    _tabs(picture, asked, found)


def _figures(picture: Picture, asked: PageState, found: Contacting) -> None:
    about = party_rows.subject(found, picture, asked)
    _head(about)
    if about.part:
        st.markdown(party_rows.host_line(found, about.buildings))
    else:
        st.markdown(party_rows.reach_sentence(picture))
        st.markdown(party_rows.plan_sentence(found))
    names = {"contact": _("Households left over"), "nets": _("The two nets")}
    choices.segments("paint", _("Colour buildings by"), names, asked.paint, label_visible=False)
    st.table(party_rows.parts(found, about.buildings), border="horizontal", hide_index=True)
    building = party_rows.picked(found, asked)
    if building is not None:
        _ties(found, building)


def _head(about: Subject) -> None:
    """Say what the figures are about, with the way back to all."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        headings.section(wording.plain(about.name))
        if about.part:
            st.button(
                _("Back to all"),
                icon=":material/arrow_back:",
                type="tertiary",
                shortcut="Esc",
                key="party_back",
                on_click=lambda: state.put(pick=None, org=None, grid=None),
            )


def _ties(found: Contacting, building: int) -> None:
    rows = party_rows.ties(found, building)
    headings.section(_("Who keeps contact with whom"))
    if rows.empty:
        headings.quiet(_("Nobody from or to this building."))
    else:
        st.table(rows, border="horizontal", hide_index=True)


def _tabs(picture: Picture, asked: PageState, found: Contacting) -> None:
    grids, best, two, tree = st.tabs(
        [_("By grid"), _("Best places"), _("Two nets"), _("Organisation")]
    )
    with grids:
        area_table(party_rows.by_grid(found, picture), asked.grid, _show_grid, key="party_grids")
        headings.quiet(party_rows.method(found))
    with best:
        st.markdown(party_rows.guarantee(found))
        if found.best:
            chosen = str(asked.pick[1]) if asked.pick else None
            area_table(party_rows.best(found), chosen, _show_building, key="party_best")
    with two:
        _nets(picture, asked, found)
    with tree:
        headings.quiet(_("Choose an organisation: the map shows where its members live."))
        area_table(party_rows.tree(found, asked.org), str(asked.org), _show_org, key="party_tree")


def _nets(picture: Picture, asked: PageState, found: Contacting) -> None:
    st.markdown(party_rows.nets_sentence(found))
    for sentence in party_rows.gaps(found, picture):
        st.markdown(sentence)
    if not found.nets.organisations.empty:
        area_table(party_rows.disagreements(found), str(asked.org), _show_org, key="party_nets")


def _show_grid(code: str) -> None:
    """Choose a grid, or let go of it."""
    same = not code or code == state.read().grid
    state.put(grid=None if same else code, pick=None, org=None)


def _show_building(building_id: str) -> None:
    chosen = ("building", int(building_id))
    state.put(pick=None if state.read().pick == chosen else chosen, org=None)


def _show_org(organisation_id: str) -> None:
    """Choose an organisation, or let go of it."""
    chosen = int(organisation_id)
    state.put(org=None if chosen == state.read().org else chosen, pick=None, grid=None)


# ------------------------------------------------------------------------------- a whole street


@fragments.fragment()
def _street(scope: Scope, picture: Picture) -> None:
    asked = state.read()
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        maps.show(party_map.street_state(scope, picture, asked), key="party_map")
    with right, st.container(border=True, key="panel"):
        st.markdown(party_rows.reach_sentence(picture))
        st.markdown(party_rows.street_sentence(picture))
        area_table(party_rows.by_community(picture), None, _show_community, key="party_communities")
        headings.quiet(_("Choose a community to see its buildings and organisations."))


def _show_community(code: str) -> None:
    state.put(**state.territory_of(code))
