"""Indicators on facts small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo import words
from geo.facts import DAY_US, NEVER_DAY, NEVER_US, Facts, Window, Windows, microseconds, window
from geo.handbook import page
from geo.indicators import INDICATORS, Indicator, too_few
from geo.norms import NORMS
from geo.periods import current

# Thirty days that end on day 100; nothing happens after the cut-off at noon of the last day.
AT = 100 * DAY_US - DAY_US // 2
MONTH = Window(start_us=70 * DAY_US, stop_us=100 * DAY_US, at_us=AT, day=99)


def day(number: float) -> int:
    return round(number * DAY_US)


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


BUILDINGS = frame(
    "area households state_resident state_rented residents age60 age80 alone60 children"
    " care_high_risk care_key care_general elderly_near circle_near"
    " contact_assignable contact_no_capacity contact_out_of_reach",
    (0, 10, 6, 2, 20, 5, 1, 1, 3, 1, 1, 0, 5, 20, 4, 1, 0),
    (0, 5, 5, 0, 9, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2),
    (2, 4, 1, 0, 3, 2, 2, 1, 0, 0, 0, 2, 0, 3, 0, 0, 1),
)
TICKETS = frame(
    "area building patrol repeat reported_us due_us closed_us open",
    (0, 0, True, True, day(80), day(90), day(89), False),  # in the period, on time
    (0, 0, False, True, day(60), day(75), day(76), False),  # closed in the period, late
    (0, 0, False, True, day(75), day(95), NEVER_US, True),  # open and overdue
    (1, -1, False, True, day(99), day(120), NEVER_US, True),  # open, not due
    (1, 3, False, False, day(99.2), NEVER_US, NEVER_US, False),  # unfounded
    (1, 4, False, True, day(50), NEVER_US, day(80), False),  # closed without a due time
    (1, 4, False, False, day(60), day(65), NEVER_US, True),  # overdue since before the period
)
GROUND = frame(
    "ground_m2 green_m2 round_m", (10_000.0, 2_500.0, 640.0), (0.0, 0.0, 0.0), (2_500.0, 0.0, 0.0)
)


@pytest.fixture
def facts() -> Facts:
    return Facts(
        size=3,
        community=np.zeros(3, dtype=np.int64),
        norms=[NORMS],
        buildings=BUILDINGS,
        members=frame("area", (0,), (0,), (2,)),
        tickets=TICKETS,
        households=frame("area visit_days", (0, 365), (0, 7), (1, 30), (2, 365)),
        visits=frame(
            "area at_us household",
            (2, day(99) - 365 * DAY_US, 3),
            (0, day(10), 0),
            (0, day(95), 1),
            (1, day(99), -1),
            (1, day(99.4), 2),
        ),
        links=frame(
            "area since_day until_day", (0, 10, NEVER_DAY), (0, 10, 99), (1, 99, NEVER_DAY)
        ),
        roles=frame(
            "area staff from_day to_day",
            (0, 1, 0, NEVER_DAY),
            (1, 1, 0, NEVER_DAY),
            (1, 1, 50, NEVER_DAY),  # two roles of one person on one grid
            (1, 2, 0, 99),  # ended
            (0, 3, 99, NEVER_DAY),
            (0, 4, 100, NEVER_DAY),  # not yet
        ),
        stock=frame("area kind", (0, "bin"), (0, "bin"), (2, "light"), (1, "school")),
        ground=GROUND,
    )


def computed(key: str, facts: Facts, *windows: Window) -> list[Any]:
    """Return numerator and denominator as tables of a row a window."""
    found = INDICATORS[key].compute(facts, Windows.of(windows))
    shape = (len(windows), facts.size)
    return [None if part is None else np.broadcast_to(part, shape) for part in found]


def fraction(key: str, facts: Facts, at: Window = MONTH) -> tuple[Any, Any]:
    numerator, denominator = computed(key, facts, at)
    return numerator[0].tolist(), None if denominator is None else denominator[0].tolist()


def test_windows_together_are_windows_one_by_one(facts: Facts) -> None:
    other = Window(start_us=40 * DAY_US, stop_us=70 * DAY_US, at_us=70 * DAY_US, day=69)
    early = Window(start_us=0, stop_us=day(12), at_us=day(12), day=11)
    windows = (MONTH, other, early, MONTH)
    for key in INDICATORS:
        together = computed(key, facts, *windows)
        alone = [computed(key, replace(facts), at) for at in windows]
        for side in (0, 1):
            if together[side] is None:
                assert all(one[side] is None for one in alone), key
            else:
                one_by_one = np.concatenate([one[side] for one in alone])
                np.testing.assert_array_equal(together[side], one_by_one, key)


def test_counts_of_buildings(facts: Facts) -> None:
    assert fraction("households", facts) == ([15, 0, 4], None)
    assert fraction("residents", facts) == ([29, 0, 3], None)
    assert fraction("age60", facts) == ([5, 0, 2], None)
    assert fraction("age80", facts) == ([1, 0, 2], None)
    assert fraction("alone60", facts) == ([1, 0, 1], None)
    assert fraction("children", facts) == ([5, 0, 0], None)
    assert fraction("care_high_risk", facts) == ([1, 0, 0], None)
    assert fraction("care_elderly", facts) == ([2, 0, 2], None)
    assert fraction("rented_share", facts) == ([2, 0, 0], [15, 0, 4])
    assert fraction("elderly_service_reach", facts) == ([5, 0, 0], [5, 0, 2])
    assert fraction("circle_15min", facts) == ([20, 0, 3], [29, 0, 3])


def test_ground_and_what_stands_on_it(facts: Facts) -> None:
    assert fraction("green_share", facts) == ([2500, 0, 0], [10_000, 0, 2_500])
    assert fraction("round_m", facts) == ([640, 0, 0], None)
    assert fraction("bins", facts) == ([2, 0, 0], None)
    assert fraction("lights", facts) == ([0, 0, 1], None)
    assert fraction("car_parks", facts) == ([0, 0, 0], None)


def test_who_could_keep_contact(facts: Facts) -> None:
    # Of 13 occupied households one has no room and two are out of reach; of one it is the only one.
    assert fraction("party_served", facts) == ([10, 0, 0], [13, 0, 1])
    assert fraction("party_no_room", facts) == ([1, 0, 0], None)
    assert fraction("party_out_of_reach", facts) == ([2, 0, 1], None)


def test_tickets_by_who_found_them(facts: Facts) -> None:
    assert fraction("tickets_proactive", facts) == ([1, 0, 0], None)
    assert fraction("tickets_received", facts) == ([1, 2, 0], None)


def test_an_address_that_calls_again_counts_once(facts: Facts) -> None:
    # Building 0 twice in the period; the repeat without a building has no address, that of
    # building 4 lies before the period.
    assert fraction("repeat_addresses", facts) == ([1, 0, 0], None)


def test_who_was_due_and_who_was_met(facts: Facts) -> None:
    # Before day 70 household 0 was met on day 10, household 3 more than a year before the end;
    # the weekly and the monthly one never. The two last were met in the period.
    assert fraction("visits_due", facts) == ([1, 1, 1], None)
    assert fraction("visit_coverage", facts) == ([1, 1, 0], [1, 1, 1])


def test_hours_of_work_by_hand(facts: Facts) -> None:
    month = 365 / 12
    tickets = [2, 2, 0]
    due = [month / 365 + month / 7, month / 30, month / 365]
    area_m2 = [10_000, 0, 2_500]
    expected = []
    for n, visits, area in zip(tickets, due, area_m2, strict=True):
        desk = (n * month / 30 * 60 + visits * 20) / 60
        way_m = 21 * 0.7124 * (area * visits / 21) ** 0.5 * 1.3
        expected.append(desk + way_m / 60 / 60)
    hours, none = fraction("workload_hours", facts)
    assert hours == pytest.approx(expected)
    assert none is None
    each, people = fraction("hours_per_worker", facts)
    assert each == hours
    assert people == [1.5, 0.5, 0]


def test_party(facts: Facts) -> None:
    assert fraction("party_members", facts) == ([2, 0, 1], None)
    # A link that ends on a day no longer holds on it; one that begins on it does.
    assert fraction("party_contact_coverage", facts) == ([1, 1, 0], [13, 0, 1])


def test_tickets(facts: Facts) -> None:
    assert fraction("tickets", facts) == ([2, 2, 0], None)
    assert fraction("tickets_per_1000_households", facts) == ([2, 2, 0], [15, 0, 4])
    assert fraction("tickets_open", facts) == ([1, 2, 0], None)
    assert fraction("tickets_overdue", facts) == ([1, 1, 0], None)


def test_on_time_rate(facts: Facts) -> None:
    # One on time, one late, one overdue since day 95; what fell due before the period is past.
    assert fraction("on_time_rate", facts) == ([1, 0, 0], [3, 0, 0])


def test_tickets_of_the_past_are_seen_as_they_were(facts: Facts) -> None:
    past = Window(start_us=day(60), stop_us=day(78), at_us=day(78), day=77)
    opened, _none = fraction("tickets_open", facts, past)
    assert opened == [1, 2, 0]  # the one closed on day 80 was still open


def test_workers_are_split_over_their_grids(facts: Facts) -> None:
    assert fraction("households_per_worker", facts) == ([15, 0, 4], [1.5, 0.5, 0])


def test_visits(facts: Facts) -> None:
    assert fraction("visits", facts) == ([1, 2, 0], None)
    # Day 99 a year ago is 365.5 days before noon of the last day: too long ago.
    assert fraction("households_visited_year", facts) == ([2, 1, 0], [13, 0, 1])
    assert fraction("visits_overdue", facts) == ([0, 0, 1], None)


def test_a_household_never_met_is_overdue(facts: Facts) -> None:
    before = Window(start_us=0, stop_us=day(5), at_us=day(5), day=4)
    late, _none = fraction("visits_overdue", facts, before)
    assert late == [2, 1, 0]


def test_no_facts_at_all_are_zeros() -> None:
    empty = Facts(
        size=2,
        community=np.zeros(2, dtype=np.int64),
        norms=[NORMS],
        buildings=BUILDINGS[:0],
        members=frame("area").astype(int),
        tickets=TICKETS[:0],
        households=frame("area visit_days").astype(int),
        visits=frame("area at_us household").astype(int),
        links=frame("area since_day until_day").astype(int),
        roles=frame("area staff from_day to_day").astype(int),
        stock=frame("area kind", (0, "bin"))[:0],
        ground=GROUND.iloc[:2] * 0,
    )
    for indicator in INDICATORS.values():
        numerator, denominator = computed(indicator.key, empty, MONTH, MONTH)
        assert numerator.tolist() == [[0, 0]] * 2, indicator.key
        assert denominator is None or denominator.tolist() == [[0, 0]] * 2
        if denominator is not None:
            assert np.isnan(indicator.value(numerator, denominator)).all()


def test_values_are_scaled() -> None:
    two, four = np.array([2.0]), np.array([4.0])
    assert INDICATORS["tickets"].value(two, None) == 2
    assert INDICATORS["on_time_rate"].value(two, four) == 50
    assert INDICATORS["tickets_per_1000_households"].value(two, four) == 500
    assert INDICATORS["households_per_worker"].value(four, two) == 2


def test_too_few_cases() -> None:
    norm = NORMS["small_denominator"]
    assert too_few(29, norm)
    assert not too_few(30, norm)
    assert not too_few(None, norm)
    assert INDICATORS["on_time_rate"].too_few(29, norm)
    assert not INDICATORS["households_per_worker"].too_few(2, norm)


def test_a_window_ends_at_the_cut_off() -> None:
    as_of = datetime(2026, 11, 20, 10, tzinfo=UTC)
    now = window(current("30d", as_of), as_of)
    assert now.at_us == microseconds(as_of) < now.stop_us
    assert now.day == date(2026, 11, 20).toordinal()
    earlier = window(current("30d", date(2026, 10, 1)), as_of)
    assert earlier.at_us == earlier.stop_us


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=list(INDICATORS))
def test_every_entry_says_what_it_is(indicator: Indicator) -> None:
    assert indicator.label
    assert indicator.unit
    assert indicator.numerator
    assert indicator.formula.endswith(".")
    assert indicator.direction in ("up_good", "down_good", "norm", "neutral")
    assert indicator.timing in ("snapshot", "period")
    assert (indicator.kind == "count") == (indicator.denominator == "")
    assert indicator.scale == {"count": 1, "mean": 1, "share": 100, "rate": 1000}[indicator.kind]
    assert (indicator.norm is not None) == (indicator.direction == "norm")
    assert indicator.norm is None or indicator.norm in NORMS
    assert indicator.source.endswith(".")
    assert indicator.edges.endswith(".")
    assert indicator.version >= 1


@pytest.mark.parametrize(
    ("language", "name"), [("en", "indicators.md"), ("zh", "indicators.zh.md")]
)
def test_the_handbook_is_that_of_the_registry(language: str, name: str) -> None:
    words.speak(language)
    kept = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
    assert kept == page(), "run python scripts/handbook.py"
    assert all(f"`{key}`" in kept for key in INDICATORS)
