"""Services within reach: who gets there on foot, who does not, and where one more would help."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    choices,
    fragments,
    headings,
    maps,
    reach_lists,
    reach_map,
    reach_rows,
    state,
    wording,
)
from dashboard.parts.table import area_table
from dashboard.reach_rows import Told
from dashboard.services import overview, reaching, things
from dashboard.services.overview import Picture
from dashboard.services.reaching import Street
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import empty, tab_norms
from geo.schema import COVERED_GROUPS, WALKERS
from geo.sites import Sites
from geo.words import _

_MORE = "services_more"
_GAPS = "services_gaps"


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    found = reaching.street(scope)
    if found is None:
        empty.no_buildings()
        return
    _body(scope, overview.picture(scope, asked.period), found)


@fragments.fragment()
def _body(scope: Scope, picture: Picture, found: Street) -> None:
    """Draw controls, map and panel; a click on any reruns only this."""
    asked = state.read()
    gaps = _controls(asked, found)
    question = reaching.question(asked)

    def told(of: Picture) -> Told:
        return Told(scope, found, reaching.answer(found, scope, of.areas, question), of)

    here = told(picture)
    best = reaching.best(scope, question, st.session_state.get(_MORE) or 1)
    left, right = st.columns(tab_norms.MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        by_grid = None if picture.of_grids else told(picture.grids)
        shown = reach_map.map_state(here, asked, best, gaps=gaps, grids=by_grid)
        click = maps.show(shown, key="services_map")
        if isinstance(click, maps.MapEvent) and _take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        _panel(here, asked, best)


def _controls(asked: PageState, found: Street) -> bool:
    """Draw what can be asked; return whether gaps of the walking network are to be shown."""
    with st.container(key="services_bar", horizontal=True, vertical_alignment="center", wrap=False):
        choices.select(
            "service", _("Service"), reach_rows.services(), reach_rows.service_key(asked)
        )
        choices.select("group", _("Whose reach"), choices.translated(COVERED_GROUPS), asked.group)
        choices.select("walker", _("Who walks"), choices.translated(WALKERS), asked.walker)
        choices.segments(
            "minutes", _("Minutes"), reach_rows.minutes(), asked.minutes, label_visible=False
        )
        return bool(found.flaws) and st.toggle(_("Gaps of the network"), key=_GAPS)


def _take(click: maps.MapEvent, scope: Scope, asked: PageState, shown: maps.MapState) -> bool:
    """Write what was clicked into the URL; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    if meant.grid and not scope.community:
        state.put(**state.territory_of(meant.grid[: state.COMMUNITY_DIGITS]))
        st.rerun(scope="app")
    return state.write(grid=meant.grid, pick=meant.pick) != asked


def _panel(told: Told, asked: PageState, best: Sites | None) -> None:
    # In a box of its own, so that what comes and goes here leaves the open tab below open.
    with st.container(gap="xsmall"):
        _head(told, asked)
    kinds, areas, out, more, places, ground = st.tabs(
        [
            _("By service"),
            _("By area"),
            _("Beyond reach"),
            _("Best sites"),
            _("Places"),
            _("Green and stock"),
        ]
    )
    with kinds:
        area_table(
            reach_rows.by_kind(told, asked),
            reach_rows.service_key(asked),
            lambda kind: state.put(service=kind),
            key="services_kinds",
        )
    with areas:
        area_table(reach_rows.by_area(told), asked.grid, _show_area, key="services_areas")
    with out:
        st.markdown(reach_lists.beyond_line(told))
        area_table(
            reach_lists.beyond(told),
            str(asked.pick[1]) if asked.pick else None,
            _show_building,
            key="services_beyond",
        )
    with more:
        _sites(told, best)
    with places:
        _places(told)
    with ground:
        _ground(told, asked)


def _head(told: Told, asked: PageState) -> None:
    headings.section(reach_rows.place_name(told, asked))
    st.markdown(reach_rows.verdict(told, asked))
    for remark in filter(None, (reach_rows.unrecorded(told), reach_rows.adrift(told))):
        st.markdown(remark)
    st.markdown(reach_rows.basis(told))
    at = reach_lists.picked(told, asked)
    if at is not None:
        _building(told, at)


def _show_area(code: str) -> None:
    """Choose a grid, or let go of it; a community becomes the page's territory."""
    if code:
        chosen = state.territory_of(code)
        state.put(**chosen | ({"grid": None} if code == state.read().grid else {}))


def _show_building(number: str) -> None:
    state.put(pick=("building", int(number)))


def _building(told: Told, at: int) -> None:
    headings.section(wording.plain(reach_lists.name(told, at)))
    st.table(reach_lists.of_building(told, at), border="horizontal", hide_index=True)


def _sites(told: Told, best: Sites | None) -> None:
    if best is None:
        headings.quiet(
            _(
                "Choose one service and one community: then the buildings are found where one "
                "more would reach the most people who lack it."
            )
        )
        return
    st.segmented_control(
        _("How many more"), range(1, reaching.MOST_SITES + 1), default=1, key=_MORE, required=True
    )
    st.markdown(reach_lists.sites_sum(told, best))
    if best.chosen:
        st.markdown(reach_lists.sites(told, best))
        headings.quiet(reach_lists.proof(best))


def _places(told: Told) -> None:
    if not told.answer.places:
        headings.quiet(_("No facility here has its places on record."))
        return
    area_table(
        reach_rows.by_places(told),
        told.answer.question.kind,
        lambda kind: state.put(service=kind),
        key="services_places",
    )
    headings.quiet(reach_rows.places_note(told))


def _ground(told: Told, asked: PageState) -> None:
    stock = reaching.standing(told.found, told.scope, told.areas)
    there = reach_lists.loaded(told, stock)
    if there:
        area_table(
            reach_lists.ground(told, stock, there), asked.grid, _show_area, key="services_ground"
        )
    headings.quiet(reach_lists.absent(there))
