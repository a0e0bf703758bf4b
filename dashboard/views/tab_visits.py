"""Visits to homes: who was due, who was met, who is overdue, and whom to see next."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, fragments, headings, maps, state, visit_map, visit_rows
from dashboard.parts.table import area_table
from dashboard.services import overview, things, visiting
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.services.visiting import Visiting, Walk
from dashboard.state import PageState
from dashboard.views import empty
from geo.words import _

MAP_SHARE = (0.66, 0.34)


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    picture = overview.picture(scope, asked.period)
    found = visiting.visiting(scope, asked.period)
    if found is None:
        _street(scope, picture)
    else:
        _community(scope, picture, found)


def _show_area(code: str) -> None:
    """Choose a grid, or let go of it; a community becomes the page's territory."""
    state.put(**state.territory_of(code) | ({"grid": None} if code == state.read().grid else {}))


# ---------------------------------------------------------------------------------- a community


@fragments.fragment()
def _community(scope: Scope, picture: Picture, found: Visiting) -> None:
    asked = state.read()
    worker = found.worker(asked.staff)
    walk = visiting.next_walk(scope, found, worker.id) if worker else None
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        shown = visit_map.map_state(scope, picture, asked, found, walk)
        click = maps.show(shown, key="visits_map")
        if isinstance(click, maps.MapEvent) and _take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        if found.since is None:
            empty.no_visits()
        else:
            _panel(picture, asked, found, walk)


def _take(click: maps.MapEvent, scope: Scope, asked: PageState, shown: maps.MapState) -> bool:
    """Write what was clicked into the URL; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    return state.write(grid=meant.grid, pick=meant.pick) != asked


def _panel(picture: Picture, asked: PageState, found: Visiting, walk: Walk | None) -> None:
    title, homes = visit_rows.chosen(found, picture, asked)
    headings.section(title)
    for sentence in visit_rows.verdict(found, homes):
        st.markdown(sentence)
    st.table(visit_rows.by_class(found, homes), border="horizontal", hide_index=True)
    grids, following = st.tabs([_("By grid"), _("Next visits")])
    with grids:
        headings.quiet(visit_rows.quota(found))
        area_table(visit_rows.by_grid(found, picture), asked.grid, _show_area, key="visits_grids")
        headings.quiet(visit_rows.records(found))
    with following:
        _next(picture, asked, found, walk)


def _next(picture: Picture, asked: PageState, found: Visiting, walk: Walk | None) -> None:
    names = visit_rows.worker_names(found, picture)
    if not names:
        headings.quiet(_("Nobody leads or works a grid here on the last day of the period."))
        return
    chosen = str(asked.staff) if walk is not None else None
    choices.maybe("staff", _("Worker"), names, chosen, empty=_("Choose a worker"))
    if walk is None:
        return
    headings.quiet(visit_rows.walk_line(found, walk))
    st.table(visit_rows.next_rows(found, walk), border="horizontal", hide_index=True)
    st.link_button(_("Print the list"), visit_rows.list_url(found, asked), icon=":material/print:")


# ------------------------------------------------------------------------------- a whole street


@fragments.fragment()
def _street(scope: Scope, picture: Picture) -> None:
    asked = state.read()
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        maps.show(visit_map.street_state(scope, picture, asked), key="visits_map")
    with right, st.container(border=True, key="panel"):
        st.markdown(visit_rows.street_verdict(picture))
        area_table(visit_rows.by_community(picture), None, _show_area, key="visits_communities")
        headings.quiet(_("Choose a community to see its buildings and the next visits."))
