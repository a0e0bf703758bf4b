"""Briefings: what to show tomorrow, as files, for the place the page is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import choices, figures, headings, state
from dashboard.briefing.formats import Ending
from dashboard.briefing.kinds import Kind
from dashboard.briefing.making import KINDS
from dashboard.services import overview, spotting, territory
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import brief_series, context, empty
from dashboard.views.brief_button import FILES, link
from geo import periods
from geo.words import _


def page() -> None:
    """Draw the page."""
    asked = state.read()
    scope = territory.resolve(asked)
    if scope is None:
        empty.no_data(asked)
        return
    with st.container(key="briefings_page"):
        context.row(asked, scope, colours=False, period=False, layers=False)
        left, right = st.columns(2)
        with left:
            _card("monthly", scope, asked)
            _card("sheets", scope, asked)
        with right:
            _card("wall", scope, asked)
            _card("set", scope, asked)
            with st.container(border=True, key="brief_series_box"):
                brief_series.series(scope, asked)


def _card(name: str, scope: Scope, asked: PageState) -> None:
    """Draw one kind: what it is, its choices, a button for each kind of file."""
    kind = KINDS[name]
    with st.container(border=True, key=f"brief_card_{name}"):
        headings.section(_(kind.label))
        headings.quiet(_about(name, scope))
        if name != "monthly" and scope.community is None:
            headings.quiet(_("Choose one community above."))
            return
        if name != "monthly" and not scope.plan_ids:
            headings.quiet(_("No grid plan yet"))
            return
        if name == "monthly":
            _month(asked, scope)
        if name == "sheets":
            _grid(asked, scope)
        _buttons(kind, name, asked, _size(kind, name))


def _about(name: str, scope: Scope) -> str:
    words = {
        "monthly": _(
            "Figures against the month and the year before, the map of the load, hot spots, "
            "norms, visits, coverage, tickets by class, three grids to look at."
        ),
        "sheets": _(
            "A page for each grid: its map with numbered buildings, people by role, figures, "
            "elderly residents by building."
        ),
        "wall": _("The whole community on one large sheet, every building numbered."),
        "set": _("The papers of the plan in force, as they are filed: drawings and register."),
    }
    if name != "monthly":
        return words[name]
    listed = len(spotting.in_briefing(scope))
    spots = _("{n} hot spots are on the list for it.", n=figures.integer(listed)) if listed else ""
    return f"{words[name]} {spots}".strip()


def _month(asked: PageState, scope: Scope) -> None:
    """Choose a month: the last complete one, unless the reader wants another."""
    known = periods.months(scope.as_of or figures.today())
    complete = [month.key for month in known if month.end == periods.first_of_month(month.end)]
    keys = {key: key for key in reversed(complete)}
    if keys:
        choices.select("month", _("Month"), keys, asked.month or "", label_visible=True)


def _grid(asked: PageState, scope: Scope) -> None:
    areas = overview.picture(scope, asked.period).grids.areas
    names = {area.code: area.label for area in areas}
    choices.maybe("grid", _("Grid"), names, asked.grid, empty=_("All grids"))


def _size(kind: Kind, name: str) -> str:
    sizes: Mapping[str, str] = {key: _(form.label) for key, form in kind.formats.items()}
    if len(sizes) == 1:
        return next(iter(sizes))
    chosen: str = st.selectbox(
        _("Size of the page"), list(sizes), format_func=sizes.__getitem__, key=f"size_{name}"
    )
    return chosen


def _buttons(kind: Kind, name: str, asked: PageState, frame: str) -> None:
    with st.container(horizontal=True):
        for ending in _offered(kind, name, asked):
            label, icon = FILES[ending]
            st.link_button(_(label), link(f"{name}.{ending}", asked, frame), icon=icon)


def _offered(kind: Kind, name: str, asked: PageState) -> Sequence[Ending]:
    """Leave out a picture of grid sheets where no single grid is chosen."""
    single = name != "sheets" or asked.grid is not None
    return [ending for ending in kind.endings if single or ending != "png"]
