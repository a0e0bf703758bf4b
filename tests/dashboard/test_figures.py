"""Numbers as people read them, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dashboard import figures
from geo import words


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    words.speak("zh")
    yield
    words.speak("zh")


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (0, "0", "0"),
        (13350, "13,350", "13,350"),
        (99_999, "99,999", "99,999"),
        (100_000, "10.0 万", "100k"),
        (1_234_567, "123.5 万", "1,235k"),
        (None, "—", "—"),
        (float("nan"), "—", "—"),
    ],
)
def test_counts(value: float | None, zh: str, en: str) -> None:
    assert figures.integer(value) == zh
    words.speak("en")
    assert figures.integer(value) == en


def test_changes_are_against_something() -> None:
    assert figures.change_percent(1083, 1000) == "+8.3%"
    assert figures.change_percent(950, 1000) == "−5.0%"
    assert figures.change_percent(5, 0) == "—"
    assert figures.change_percent(None, 3) == "—"
    assert figures.change_points(96.3, 95.7) == "+0.6 个百分点"
    assert figures.change_points(96.31, 96.3) == "±0.0 个百分点"


def test_a_gap_says_its_side() -> None:
    assert figures.gap(799, 300, 500) == "多 299"
    assert figures.gap(259, 300, 500) == "少 41"
    assert figures.gap(300, 300, 500) == "规范内"
    assert figures.gap(None, 300, 500) == "—"


def test_bounds_of_a_norm() -> None:
    assert figures.bounds(300, 500) == "300–500"
    assert figures.bounds(1.3, None) == "≥ 1.3"
    assert figures.bounds(None, 1000) == "≤ 1,000"


def test_shares_of_nothing_are_missing() -> None:
    assert figures.share(0, 0) == "—"
    assert figures.share(1, 3) == "33.3%"
    assert figures.whole_share(1, 0) == "—"


def test_times_are_local_and_leave_the_year_out() -> None:
    at = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert figures.moment(at, 2026) == "11-20 18:00"
    assert figures.moment(at, 2027) == "2026-11-20"
    assert figures.moment(None) == "—"
