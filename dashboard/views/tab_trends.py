"""Trends: an indicator by month, under the plans in force then, beside the year before."""

from __future__ import annotations

import streamlit as st

from dashboard import choices, fragments, headings, state, trend_rows
from dashboard.parts.months import month_chart
from dashboard.parts.table import area_table
from dashboard.services import overview, trending
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.views import empty
from geo.indicators import INDICATORS
from geo.words import _

WIDTHS = (0.6, 0.4)


def body(scope: Scope, asked: PageState) -> None:
    """Draw the part."""
    _drawn(scope, asked)


@fragments.fragment()
def _drawn(scope: Scope, _before: PageState) -> None:
    asked = state.read()
    indicator = asked.ind if asked.ind in trending.kept() else "tickets"
    trend = trending.trend(scope, indicator)
    norm = overview.picture(scope, asked.period).norms["small_denominator"]
    position = trend.position(asked.month)
    left, right = st.columns(WIDTHS, gap="small")
    with left, st.container(key="trend"):
        names = {key: _(INDICATORS[key].label) for key in trending.kept()}
        choices.select("ind", _("Indicator"), names, indicator, label_visible=True)
        if not any(figure.value is not None for figure in trend.total):
            empty.no_figures(names[indicator])
            return
        st.markdown(trend_rows.verdict(trend, position, norm))
        month_chart(
            trend_rows.months(trend, norm),
            (_("this year"), _("the same month a year before")),
            trend.months[position].key,
            lambda key: state.put(month=key),
        )
        st.table(trend_rows.months_frame(trend, norm), border="horizontal", hide_index=True)
        headings.quiet(_(INDICATORS[indicator].formula))
        headings.quiet(
            _(
                "Each month is counted on the grid plan in force then. "
                "The hatched month is not over."
            )
        )
    with right, st.container(border=True, key="panel"):
        of_grids = scope.community is not None
        heading = _("By grid, {month}") if of_grids else _("By community, {month}")
        headings.section(
            heading.format(month=trend.months[position].key), _("click a head to sort")
        )
        table = trend_rows.table(trend, position, norm, of_grids=of_grids)
        area_table(table, asked.grid, _show_area, key="trend_table")


def _show_area(code: str) -> None:
    if code:
        state.put(**state.territory_of(code))
