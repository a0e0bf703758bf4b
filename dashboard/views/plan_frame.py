"""What the pages about plans have in common: one community, its context row, a live body."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import fragments, state
from dashboard.parts.address import keep_map_view
from dashboard.services import territory
from dashboard.services.territory import Scope
from dashboard.views import context, empty


def draw(key: str, body: Callable[[Scope, int], None]) -> None:
    """Draw a page about the plans of one community.

    Parameters
    ----------
    key
        Of the page's container.
    body
        Draws the rest; gets the scope and the community's id, and is run alone where it can be.
        Where the address names a whole street, its first community is taken.
    """
    asked = state.read()
    scope = territory.resolve(asked)
    if scope is None:
        empty.no_data(asked)
        return
    if scope.community is None:
        state.put(community=scope.communities[0].code)
        st.rerun()
    with st.container(key=key):
        context.plan_row(asked, scope)
        keep_map_view()
        fragments.fragment()(body)(scope, scope.community.id)
