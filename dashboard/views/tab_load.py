"""The workload: who carries most, of what, how sure that is, and how evenly it is shared out."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, fragments, headings, load_map, load_rows, maps, state
from dashboard.load_rows import Load
from dashboard.parts.breakdown import breakdown
from dashboard.parts.lorenz import lorenz
from dashboard.parts.table import area_table
from dashboard.services import overview, weighing
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import empty, norm_dialogs, tab_norms
from geo.words import _


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    _body(scope, overview.picture(scope, asked.period))


@fragments.fragment()
def _body(scope: Scope, picture: Picture) -> None:
    """Draw map and panel; a click on either reruns only this."""
    asked = _known(state.read())
    left, right = st.columns(tab_norms.MAP_SHARE, gap="xsmall")
    with left, st.container(key="map"):
        ground = load_rows.load(picture.grids, asked.scale)
        shown = load_map.map_state(scope, picture.grids, asked, ground)
        click = maps.show(shown, key="load_map")
        if isinstance(click, maps.MapEvent) and tab_norms.take(click, scope, asked, shown):
            fragments.again()
    with right, st.container(border=True, key="panel"):
        made = ground if picture.of_grids else load_rows.load(picture, asked.scale)
        _panel(scope, made, asked)


def _known(asked: PageState) -> PageState:
    """Replace a term nothing is known of."""
    known = asked.term in load_rows.choices()
    return asked if known else state.with_default(asked, "term")


def _panel(scope: Scope, made: Load, asked: PageState) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        choices.select("term", _("Colour grids by"), load_rows.choices(), asked.term)
    if not made.order:
        empty.no_figures(_("Workload"))
        return
    st.markdown(load_rows.verdict(made))
    shared = load_rows.shared(made.picture.grids, weighing.people(scope))
    sentences = load_rows.balance_sentences(shared)
    st.markdown(sentences[0] if sentences else "")
    _score(made, asked)
    _weights(scope, asked)
    headings.section(_("Measured terms"), _("click a head to sort"))
    area_table(load_rows.table(made), asked.grid, tab_norms.show_area, key="load_table")
    headings.quiet(load_rows.sampling_text())
    _balance(shared)


def _score(made: Load, asked: PageState) -> None:
    """Take one score apart: the chosen area's, else the largest."""
    area = made.picture.area(asked.grid) or made.order[0]
    headings.section(_("{name}: what the load is made of", name=load_rows.name(area)))
    breakdown(load_rows.breakdown(made, area))
    headings.quiet(load_rows.told(made))


def _weights(scope: Scope, asked: PageState) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        names = choices.translated(load_rows.SCALE_NAMES)
        choices.select("scale", _("Terms made comparable by"), names, asked.scale)
        if st.button(_("Weights…"), icon=":material/tune:", key="load_weights"):
            norm_dialogs.weights(scope)


def _balance(shared: list[load_rows.Shared]) -> None:
    headings.section(_("How evenly it is shared out"))
    st.table(load_rows.balance_frame(shared), border="horizontal", hide_index=True)
    lorenz(load_rows.curves(shared), load_rows.curve_axes())
    for sentence in load_rows.balance_sentences(shared)[1:]:
        st.markdown(sentence)
