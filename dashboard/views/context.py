"""The row under the header: where, when, which plan; layers, share, language."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import streamlit as st

from dashboard import choices, figures, state, wording
from dashboard.parts.share import share
from dashboard.services import overview
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views.brief_button import brief_button, page_button
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.layers import LAYERS
from geo.periods import PERIODS
from geo.schema import CARE_CLASSES, FACILITY_KINDS, TICKET_SIGNS
from geo.words import _, language


def row(
    page: PageState,
    scope: Scope,
    *,
    colours: bool = True,
    period: bool = True,
    layers: bool = True,
) -> None:
    """Draw the context row of a page that is about a territory and a period.

    Parameters
    ----------
    colours
        Whether the reader chooses what colours grids and buildings; else the page decides.
    period
        Whether the reader chooses the period here.
    layers
        Whether the page has a map whose layers are chosen here.
    """
    with st.container(key="context", horizontal=True, vertical_alignment="center", wrap=False):
        _where(scope)
        if period:
            choices.select("period", _("Period"), choices.translated(PERIODS), page.period)
        with st.container(key="facts"):
            st.markdown(_facts(scope))
        if layers:
            with st.popover(_("Layers"), icon=":material/layers:", type="tertiary"):
                if colours:
                    _colours(page)
                _layers(page, scope)
        if colours:  # a briefing draws what the reader chose
            with st.container(key="brief_box", width="content"):
                brief_button(wall=scope.community is not None)
        with st.container(key="screen_box", width="content"):
            _big_screen(page, scope)
        with st.container(key="share_box", width="content"):
            share()
        language_switch(page)


def parts_row(field: str, parts: dict[str, str], chosen: str, kind: str, *, mapped: bool) -> None:
    """Draw the parts of a page to choose from, and the button of its briefing.

    Parameters
    ----------
    field
        The field of `dashboard.state.PageState`.
    parts
        Value to label.
    kind, mapped
        As in `page_button`.
    """
    with st.container(
        key="parts_row",
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        wrap=False,
    ):
        choices.segments(field, _("Part of the page"), parts, chosen, label_visible=False)
        page_button(kind, mapped=mapped)


def _big_screen(page: PageState, scope: Scope) -> None:
    """Lead to the same place on a wall, in another tab."""
    community = scope.community.code if scope.community else state.WHOLE_STREET
    place = PageState(
        street=scope.street.code,
        community=community,
        period=page.period,
        screen=True,
        lang=page.lang,
    )
    st.link_button(
        _("Big screen"),
        f"/?{urlencode(state.query(place))}",
        icon=":material/tv:",
        type="tertiary",
    )


def plan_row(page: PageState, scope: Scope) -> None:
    """Draw the context row of a page about the plans of one community."""
    with st.container(key="context", horizontal=True, vertical_alignment="center", wrap=False):
        _where(scope, whole=False)
        with st.container(key="facts"):
            st.markdown(_facts(scope))
        with st.container(key="share_box", width="content"):
            share()
        language_switch(page)


def _where(scope: Scope, *, whole: bool = True) -> None:
    streets = {street.code: street.name for street in scope.streets}
    choices.select("street", _("Street office"), streets, scope.street.code, community=None)
    options = {item.code: item.name for item in scope.communities}
    if len(options) > 1 and whole:
        options = {state.WHOLE_STREET: _("All communities"), **options}
    chosen = scope.community.code if scope.community else state.WHOLE_STREET
    choices.select("community", _("Community"), options, chosen, street=scope.street.code)


def _plan(name: str, first: date | None) -> str:
    """Name the plan that counts; one that begins later counts already, and says so."""
    plan = wording.plain(name)
    if first is not None and first > figures.today():
        return _("{plan} (from {day})", plan=plan, day=f"{first:%Y-%m-%d}")
    return _("{plan} (in force)", plan=plan)


def _facts(scope: Scope) -> str:
    """Say which plan counts, and where the data ends."""
    parts = []
    if scope.community and scope.community.plan_name:
        parts.append(_plan(scope.community.plan_name, scope.community.plan_from))
    elif not scope.plan_ids:
        parts.append(_("No grid plan yet"))
    if scope.as_of:
        parts.append(_("data until {time}", time=figures.moment(scope.as_of, figures.this_year())))
    return f":gray[{'　'.join(parts)}]" if parts else ""


def language_switch(page: PageState) -> None:
    """Draw the switch between Chinese and English."""
    names = {"zh": "中", "en": "EN"}
    choices.segments("lang", _("Language"), names, page.lang, label_visible=False)


# ------------------------------------------------------------------------------- the layers


def _colours(page: PageState) -> None:
    indicators = {key: _(entry.label) for key, entry in INDICATORS.items()}
    choices.select("ind", _("Colour grids by"), indicators, page.ind, label_visible=True)
    choices.segments("mode", _("Buildings"), _modes(), page.mode)


def _layers(page: PageState, scope: Scope) -> None:
    choices.pills("layers", _("Show"), _switches(), page.layers)
    if "ticket" in page.layers:
        choices.pills("sign", _("Ticket signs"), choices.translated(TICKET_SIGNS), page.sign)
        choices.pills("cls", _("Ticket classes"), class_names(scope), page.cls)
    if "elderly" in page.layers:
        choices.pills("care", _("Care classes"), choices.translated(CARE_CLASSES), page.care)
    if "facility" in page.layers:
        kinds = choices.translated(FACILITY_KINDS)
        choices.several("kind", _("Facility kinds"), kinds, page.kind, empty=_("All kinds"))


def _modes() -> dict[str, str]:
    return {
        "indicator": _("By indicator"),
        "state": _("Household state"),
        "storeys": _("Storeys"),
        "plain": _("Plain"),
    }


def _switches() -> dict[str, str]:
    labels = {key: entry.label for key, entry in LAYERS.items()} | {"label": N_("Labels")}
    return {key: _(labels[key]) for key in state.SWITCHABLE_LAYERS}


def class_names(scope: Scope) -> dict[str, str]:
    """Return the names of the ticket classes, by code."""
    field = "name" if language() == "zh" else "name_en"
    rows = overview.ticket_classes(scope.edition)
    return {row["code"]: row[field] or row["name"] for row in rows}
