"""Periods: month lengths, leap years, and that nothing is counted twice or lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.periods import (
    KEPT_MONTHS,
    PERIODS,
    all_periods,
    current,
    first_of_month,
    local_day,
    months,
    previous,
)

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def span(key: str, day: date) -> tuple[date, date]:
    period = current(key, day)
    return period.start, period.end


def before(key: str, day: date) -> tuple[date, date]:
    period = previous(current(key, day))
    return period.start, period.end


def test_current_periods_end_with_the_cut_off() -> None:
    day = date(2026, 11, 20)
    assert span("30d", day) == (date(2026, 10, 22), date(2026, 11, 21))
    assert span("month", day) == (date(2026, 11, 1), date(2026, 11, 21))
    assert span("quarter", day) == (date(2026, 10, 1), date(2026, 11, 21))
    assert span("year", day) == (date(2026, 1, 1), date(2026, 11, 21))


def test_previous_periods_are_as_long() -> None:
    day = date(2026, 11, 20)
    assert before("30d", day) == (date(2026, 9, 22), date(2026, 10, 22))
    assert before("month", day) == (date(2026, 10, 1), date(2026, 10, 21))
    assert before("quarter", day) == (date(2026, 7, 1), date(2026, 8, 21))
    assert before("year", day) == (date(2025, 1, 1), date(2025, 11, 21))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 31), (date(2026, 2, 1), date(2026, 3, 1))),
        (date(2024, 3, 31), (date(2024, 2, 1), date(2024, 3, 1))),  # 29 days
        (date(2024, 3, 29), (date(2024, 2, 1), date(2024, 3, 1))),
        (date(2024, 3, 28), (date(2024, 2, 1), date(2024, 2, 29))),
        (date(2026, 1, 5), (date(2025, 12, 1), date(2025, 12, 6))),
    ],
)
def test_a_shorter_month_is_compared_whole(day: date, expected: tuple[date, date]) -> None:
    assert before("month", day) == expected


def test_a_leap_year_compares_with_the_whole_year_before() -> None:
    assert before("year", date(2024, 12, 31)) == (date(2023, 1, 1), date(2024, 1, 1))
    assert before("year", date(2025, 12, 31)) == (date(2024, 1, 1), date(2024, 12, 31))


def test_months_join_without_gaps_and_end_with_the_cut_off() -> None:
    found = months(date(2024, 3, 10))
    assert [period.key for period in found][:2] == ["2023-04", "2023-05"]
    assert [period.days for period in found][-3:] == [31, 29, 10]
    assert all(a.end == b.start for a, b in pairwise(found))


def test_a_months_comparison_is_the_month_before() -> None:
    month = months(date(2024, 3, 10))[-2]
    assert (month.key, previous(month).key) == ("2024-02", "2024-01")
    assert previous(month).end == date(2024, 1, 30)  # 29 days, as February had


def test_days_are_local_days() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert local_day(late) == date(2026, 11, 21)
    assert current("30d", late).closes_at == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert current("30d", late).opens_at == datetime(2026, 10, 22, 16, tzinfo=UTC)


def test_a_cut_off_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        current("30d", datetime(2026, 11, 20, 12))  # noqa: DTZ001 - the mistake itself


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(KeyError):
        current("week", date(2026, 1, 1))


@given(DAYS, st.sampled_from(sorted(PERIODS)))
def test_every_current_period_holds_its_last_day(day: date, key: str) -> None:
    period = current(key, day)
    assert period.start <= day == period.last_day
    assert period.end - period.start == timedelta(days=period.days)


@given(DAYS, st.sampled_from(sorted(PERIODS)))
def test_the_previous_period_lies_before_and_is_not_longer(day: date, key: str) -> None:
    period = current(key, day)
    earlier = previous(period)
    assert earlier.start < earlier.end <= period.start
    assert earlier.days <= period.days
    assert earlier.days == period.days or earlier.end == period.start


@given(DAYS)
def test_no_range_of_days_is_kept_twice(day: date) -> None:
    ranges = [(period.start, period.end) for period in all_periods(day)]
    assert len(ranges) == len(set(ranges))
    wanted = [current(key, day) for key in PERIODS]
    wanted += [previous(period) for period in wanted] + months(day, KEPT_MONTHS)
    assert {(period.start, period.end) for period in wanted} == set(ranges)


@given(DAYS, st.integers(0, 40))
def test_first_of_month_counts_back(day: date, back: int) -> None:
    found = first_of_month(day, back)
    assert found.day == 1
    assert (day.year - found.year) * 12 + day.month - found.month == back
