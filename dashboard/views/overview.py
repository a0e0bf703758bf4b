"""The overview: which grids break the norm, by how much, and what to look at first."""

from __future__ import annotations

import streamlit as st

from dashboard import fragments, headings, maps, picture_map, rankings, state, verdicts, wording
from dashboard.choropleth import Classes
from dashboard.parts.address import keep_map_view
from dashboard.parts.rank import rank
from dashboard.parts.strip import strip
from dashboard.parts.table import area_table
from dashboard.services import overview, territory, things
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import cards, context, empty, notices
from geo.indicators import INDICATORS
from geo.words import _

MAP_SHARE = (0.66, 0.34)


def page() -> None:
    """Draw the page."""
    asked = state.read()
    scope = territory.resolve(asked)
    if scope is None:
        empty.no_data(asked)
        return
    picture = overview.picture(scope, asked.period)
    with st.container(key="overview"):
        context.row(asked, scope)
        keep_map_view()
        strip(verdicts.strip_cells(picture), verdicts.strip_key(asked.ind), _show_indicator)
        _body(scope, picture)


def _show_indicator(key: str) -> None:
    state.put(ind=verdicts.MAPPED.get(key, key))


def _show_area(code: str) -> None:
    """Choose a grid, or make a community the page's territory."""
    state.put(**state.territory_of(code))


@fragments.fragment()
def _body(scope: Scope, picture: Picture) -> None:
    """Draw map and panel; a click on either reruns only this."""
    asked = _known(state.read())
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    thing = things.chosen(scope, asked, picture.period)
    tickets = overview.ticket_signs(scope, picture.period, asked.cls)
    with left, st.container(key="map"):
        point = thing.point if thing else None
        classes = picture_map.classes(scope, picture.grids, asked.ind)
        shown = picture_map.map_state(scope, picture.grids, asked, classes, tickets, point)
        click = maps.show(shown, key="overview_map")
        if isinstance(click, maps.MapEvent) and _take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        notices.filters(asked, tickets)
        _panel(picture, asked, picture_map.classes(scope, picture, asked.ind), thing)


def _known(asked: PageState) -> PageState:
    """Replace an indicator the registry does not have."""
    return asked if asked.ind in INDICATORS else state.with_default(asked, "ind")


def _take(click: maps.MapEvent, scope: Scope, asked: PageState, shown: maps.MapState) -> bool:
    """Write what was clicked into the URL; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    if meant.grid and not scope.community:
        state.put(**state.territory_of(meant.grid[: state.COMMUNITY_DIGITS]))
        st.rerun(scope="app")
    return state.write(grid=meant.grid, pick=meant.pick) != asked


def _panel(
    picture: Picture,
    asked: PageState,
    found: Classes | None,
    thing: things.Thing | None,
) -> None:
    area = picture.area(asked.grid)
    if thing is not None:
        cards.thing(picture, thing, area)
    elif area is not None:
        cards.area(picture, area)
    elif not picture.areas:
        empty.no_grids()
    else:
        _ranking(picture, asked, found)


def _ranking(picture: Picture, asked: PageState, found: Classes | None) -> None:
    label = _(INDICATORS[asked.ind].label)
    heading = _("{areas}: {indicator}", areas=wording.areas_noun(picture), indicator=label)
    headings.section(heading, _("click a row to see it"))
    if any(figure.value is not None for figure in picture.figures.get(asked.ind, {}).values()):
        rank(rankings.ranking(picture, asked.ind, found), asked.grid, _show_area)
    else:
        empty.no_figures(label)
    sentences = verdicts.three_things(picture)
    if sentences:
        headings.section(verdicts.heading(sentences))
        st.markdown("\n".join(f"{n}. {text}" for n, text in enumerate(sentences, 1)))
    title = _("Indicators by grid") if picture.of_grids else _("Indicators by community")
    headings.section(title, _("click a head to sort"))
    area_table(rankings.table(picture), asked.grid, _show_area)
