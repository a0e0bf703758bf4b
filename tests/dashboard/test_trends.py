"""Trends: what stands beside what, and what adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import trend_rows
from dashboard.services.overview import Figure
from dashboard.services.trending import Line, Trend, a_year_before
from geo import words
from geo.norms import NORMS
from geo.periods import KEPT_MONTHS, months

FEW = NORMS["small_denominator"]
MONTHS = tuple(months(date(2026, 11, 20), KEPT_MONTHS))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.speak("en")
    st.cache_data.clear()
    yield
    words.speak(words.DEFAULT_LANGUAGE)


def counts(*last: float | None) -> tuple[Figure, ...]:
    """Return figures whose last months are these, and 1 before."""
    filled = [1.0] * (KEPT_MONTHS - len(last)) + list(last)
    return tuple(Figure(value, value) for value in filled)


@pytest.fixture
def tickets() -> Trend:
    lines = (
        Line("110000000001001", "East", counts(4.0)),
        Line("110000000001002", "West", counts(5.0)),
    )
    plans = (("old",),) * 20 + (("new",),) * 4
    total = tuple(Figure(2.0, 2.0) for _month in MONTHS[:-1])
    return Trend("tickets", MONTHS, (*total, Figure(12.0, 12.0)), lines, plans)


def test_a_month_stands_beside_the_same_month_of_last_year(tickets: Trend) -> None:
    found = trend_rows.months(tickets, FEW)
    assert [found[0].key, found[-1].key] == ["2025-12", "2026-11"]
    assert (found[-1].value, found[-1].before, found[-1].partial) == (12.0, 2.0, True)
    assert [month.key for month in found if month.mark] == ["2026-08"]
    assert "Plan: new" in found[-1].help
    assert a_year_before(KEPT_MONTHS - 1) == MONTHS.index(
        next(month for month in MONTHS if month.key == "2025-11")
    )
    assert a_year_before(3) is None


def test_the_verdict_has_both_figures(tickets: Trend) -> None:
    said = trend_rows.verdict(tickets, KEPT_MONTHS - 1, FEW)
    assert "12 tickets" in said
    assert "2 tickets" in said
    assert "500.0%" in said
    assert "Nothing to compare" in trend_rows.verdict(tickets, 2, FEW)


def test_rows_add_up_to_the_whole(tickets: Trend) -> None:
    table = trend_rows.table(tickets, KEPT_MONTHS - 1, FEW, of_grids=True)
    assert [row.cells[0].text for row in table.rows] == ["001 East", "002 West", "In no grid"]
    assert sum(row.cells[1].value or 0 for row in table.rows) == 12.0


def test_nothing_is_left_over_where_grids_hold_everything(tickets: Trend) -> None:
    whole = replace(tickets, total=counts(9.0), lines=tickets.lines)
    whole = replace(whole, total=tuple(Figure(f.value, f.value) for f in counts(9.0)))
    lines = tuple(
        replace(line, figures=counts(v)) for line, v in zip(whole.lines, (4.0, 5.0), strict=True)
    )
    whole = replace(whole, lines=lines, total=(*(Figure(2.0) for _m in MONTHS[:-1]), Figure(9.0)))
    assert len(trend_rows.table(whole, KEPT_MONTHS - 1, FEW, of_grids=True).rows) == 2


def test_too_few_cases_are_said_not_shown(tickets: Trend) -> None:
    rare = tuple(Figure(50.0, 5.0, 10.0) for _month in MONTHS)
    trend = replace(tickets, indicator="on_time_rate", total=rare, lines=())
    found = trend_rows.months(trend, FEW)[-1]
    assert (found.value, found.before, found.text) == (None, None, "too few")
    assert "denominator 10 < 30" in trend_rows.verdict(trend, KEPT_MONTHS - 1, FEW)


def test_an_unknown_month_is_the_last_one(tickets: Trend) -> None:
    assert tickets.position("2026-10") == KEPT_MONTHS - 2
    assert tickets.position("1999-01") == tickets.position(None) == KEPT_MONTHS - 1


def coverage_script() -> None:
    from dashboard.views import coverage  # noqa: PLC0415 - the body is the script

    coverage.page()


@pytest.mark.parametrize("community", ["530111007001", "all"])
def test_trends_of_the_demo(
    use_store: Callable[[str], None], demo_url: str, community: str
) -> None:
    use_store(demo_url)
    app = AppTest.from_function(coverage_script, default_timeout=60)
    for key, value in {"street": "530111007", "community": community, "view": "trends"}.items():
        app.query_params[key] = value
    app.query_params["ind"] = "tickets"
    app.run()
    assert not app.exception
    assert any("2026-11 诉求" in element.value for element in app.markdown)
