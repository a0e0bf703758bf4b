"""Workload and coverage: what each grid carries, whom the services reach, and how that changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import state
from dashboard.parts.address import keep_map_view
from dashboard.services import territory
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import (
    context,
    empty,
    tab_load,
    tab_norms,
    tab_party,
    tab_services,
    tab_trends,
    tab_visits,
)
from geo.errors import N_
from geo.words import _

Tab = Callable[[Scope, PageState], None]

TABS: Final[dict[str, tuple[str, Tab]]] = {
    "norms": (N_("Norms kept and broken"), tab_norms.body),
    "load": (N_("Workload"), tab_load.body),
    "visits": (N_("Visits to homes"), tab_visits.body),
    "party": (N_("Party contact"), tab_party.body),
    "services": (N_("Services within reach"), tab_services.body),
    "trends": (N_("Trends"), tab_trends.body),
}
"""One part for each of `dashboard.state.VIEWS`: its name, and what draws it."""


def page() -> None:
    """Draw the page."""
    asked = state.read()
    scope = territory.resolve(asked)
    if scope is None:
        empty.no_data(asked)
        return
    with st.container(key="coverage"):
        context.row(asked, scope, colours=False)
        keep_map_view()
        names = {key: _(name) for key, (name, _body) in TABS.items()}
        context.parts_row("view", names, asked.view, "coverage", mapped=asked.view != "trends")
        TABS[asked.view][1](scope, asked)
