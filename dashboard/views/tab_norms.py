"""The norm table: which norms are kept and which cannot be, with the arithmetic written out."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import fragments, headings, maps, norm_lines, picture_map, state, wording
from dashboard.norm_lines import Account, Line
from dashboard.parts.table import area_table
from dashboard.services import overview, things, weighing
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.services.weighing import Norms
from dashboard.state import PageState
from dashboard.views import empty, norm_dialogs
from geo.words import _

MAP_SHARE = (0.66, 0.34)


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    _body(scope, overview.picture(scope, asked.period))


@fragments.fragment()
def _body(scope: Scope, picture: Picture) -> None:
    """Draw map and panel; a click on either reruns only this."""
    asked = replace(state.read(), ind="households", mode="indicator", pick=None)
    left, right = st.columns(MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        classes = picture_map.classes(scope, picture.grids, asked.ind)
        tickets = overview.ticket_signs(scope, picture.period, asked.cls)
        shown = picture_map.map_state(scope, picture.grids, asked, classes, tickets)
        click = maps.show(shown, key="norms_map")
        if isinstance(click, maps.MapEvent) and take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        _panel(scope, picture, asked)


def take(click: maps.MapEvent, scope: Scope, asked: PageState, shown: maps.MapState) -> bool:
    """Choose the grid that was clicked; say whether that changed anything."""
    place = things.Place(click.lon, click.lat, click.zoom or things.USUAL_ZOOM)
    meant = things.at(scope, asked, place, shown.filters)
    if meant.grid and not scope.community:
        state.put(**state.territory_of(meant.grid[: state.COMMUNITY_DIGITS]))
        st.rerun(scope="app")
    return state.write(grid=meant.grid).grid != asked.grid


def show_area(code: str) -> None:
    """Choose a grid, or make a community the page's territory; a worker's row means their grid."""
    state.put(**state.territory_of(code.partition("/")[0]))


def _panel(scope: Scope, picture: Picture, asked: PageState) -> None:
    norms = weighing.norms(scope)
    found = norm_lines.accounts(scope, picture, norms)
    if scope.community is None:
        _street(scope, found)
        return
    made = norm_lines.lines(found[0])
    if not made:
        empty.no_figures(_("Households"))
    for line in made:
        _line(scope, line)
    if picture.areas:
        _grids(picture, norms[scope.community.id], asked)
        _workers(scope, picture, norms[scope.community.id], asked)
    _others(scope)


def _line(scope: Scope, line: Line) -> None:
    """Draw one norm: the figure against floor and ceiling, the arithmetic, what would mend it."""
    with st.container(key=f"norm_line_{line.key}", gap=None):
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
            wrap=False,
        ):
            st.markdown(norm_lines.headline(line))
            if st.button(
                _("Adjust"), icon=":material/edit:", type="tertiary", key=f"norm_edit_{line.key}"
            ):
                norm_dialogs.one(scope, line.key)
        st.markdown(norm_lines.arithmetic(line))
        headings.quiet(norm_lines.standing_on(line))


def _street(scope: Scope, found: list[Account]) -> None:
    """Draw a street's communities: a table, then each one's arithmetic."""
    headings.section(_("Communities against the norms"), _("click a row to see it"))
    area_table(norm_lines.communities(found), None, show_area, key="norm_communities")
    for account in found:
        made = norm_lines.lines(account)
        if made:
            headings.section(wording.plain(account.community.name))
            st.markdown("\n".join(f"- {norm_lines.arithmetic(line)}" for line in made))
    _others(scope, every=True)


def _grids(picture: Picture, norms: Norms, asked: PageState) -> None:
    headings.section(_("Every grid"), _("click a row to see it"))
    chosen = picture.area(asked.grid)
    if chosen is not None:
        st.markdown(norm_lines.grid_sentence(picture, norms, chosen))
    area_table(norm_lines.grids(picture, norms), asked.grid, show_area, key="norm_grids")


def _workers(scope: Scope, picture: Picture, norms: Norms, asked: PageState) -> None:
    people = weighing.people(scope)
    if not people:
        return
    headings.section(_("Every worker"), _("numbers, not names"))
    headings.quiet(norm_lines.unstaffed(picture, people))
    area_table(norm_lines.workers(picture, people, norms), asked.grid, show_area, key="norm_people")


def _others(scope: Scope, *, every: bool = False) -> None:
    keys = [*norm_lines.KEYS, *norm_lines.others()] if every else norm_lines.others()
    label = _("Norms…") if every else _("All other norms…")
    if st.button(label, icon=":material/straighten:", key="norm_others"):
        norm_dialogs.other(scope, keys)
