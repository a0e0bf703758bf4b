"""Workload by hand, and balance by its definitions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.norms import NORMS, Norm, in_force
from geo.workload import (
    CARE,
    Balance,
    balance,
    handling_hours,
    lorenz,
    visit_days,
    visits_due,
    walking_hours,
)

Floats = npt.NDArray[np.float64]


def changed(**values: float) -> dict[str, Norm]:
    return in_force({key: Norm(key, "", value, None, "", "") for key, value in values.items()})


def care(**people: list[int]) -> dict[str, npt.NDArray[np.int64]]:
    count = len(next(iter(people.values())))
    return {name: np.array(people.get(name, [0] * count)) for name in CARE}


# -------------------------------------------------------------------------------------- visits


def test_care_classes_are_from_the_most_urgent() -> None:
    days = [NORMS[f"visit_days_{name}"].value for name in CARE]
    assert days == sorted(days) == [7, 30, 90]


def test_the_most_urgent_member_decides_how_often_a_household_is_visited() -> None:
    found = visit_days(
        care(high_risk=[0, 1, 0, 0, 2], key=[0, 1, 1, 0, 0], general=[0, 0, 3, 1, 0]), NORMS
    )
    assert found.tolist() == [365, 7, 30, 90, 7]


def test_nobody_is_visited_less_often_than_every_household() -> None:
    norms = changed(household_visit_days=60)
    found = visit_days(care(general=[1, 0], key=[0, 1]), norms)
    assert found.tolist() == [60, 30]


def test_visits_due_a_month_are_a_twelfth_of_a_years() -> None:
    assert visits_due(np.array([365, 73, 1])) == pytest.approx([1 / 12, 5 / 12, 365 / 12])


def test_visits_of_a_grid_of_400_households() -> None:
    days = visit_days(care(high_risk=[1] * 10 + [0] * 390), NORMS)
    assert visits_due(days).sum() * 12 == pytest.approx(10 * 365 / 7 + 390)


# --------------------------------------------------------------------------------------- hours


def test_handling_is_minutes_of_tickets_and_visits() -> None:
    found = handling_hours(np.array([3.0, 0, 0.5]), np.array([0.0, 30, 6]), NORMS)
    assert found == pytest.approx([3, 10, 2.5])


def test_handling_follows_the_norms() -> None:
    norms = changed(ticket_minutes=30, visit_minutes=45)
    assert handling_hours(np.array([4.0]), np.array([4.0]), norms) == pytest.approx([5])


def test_the_way_is_a_tour_a_working_day() -> None:
    # 84 visits on 21 days are 4 a day in 40,000 m²: 0.7124 · √160,000 = 284.96 m, 370.448 m with
    # the detour, 6.174 minutes a day.
    found = walking_hours(np.array([84.0]), np.array([40_000.0]), NORMS)
    assert found == pytest.approx([21 * 370.448 / 60 / 60])


def test_the_way_follows_the_norms() -> None:
    # One round of nine visits in a hectare: 0.7124 · 300 m in three minutes.
    norms = changed(rounds_per_month=1, detour=1, walk_speed_m_min=71.24)
    assert walking_hours(np.array([9.0]), np.array([10_000.0]), norms) == pytest.approx([3 / 60])


@pytest.mark.parametrize(("due", "area_m2"), [(0, 10_000), (50, 0)])
def test_nothing_to_visit_or_no_ground_is_no_way(due: float, area_m2: float) -> None:
    assert walking_hours(np.array([due]), np.array([area_m2]), NORMS) == 0


@given(st.floats(0.1, 500), st.floats(1, 1e6), st.floats(1, 9))
def test_four_times_the_ground_is_twice_the_way(due: float, area_m2: float, more: float) -> None:
    one = walking_hours(np.array([due]), np.array([area_m2]), NORMS)
    larger = walking_hours(np.array([due]), np.array([area_m2 * more**2]), NORMS)
    fuller = walking_hours(np.array([due * more**2]), np.array([area_m2]), NORMS)
    assert larger == pytest.approx(one * more)
    assert fuller == pytest.approx(one * more)


def test_rounds_through_a_grid_cost_more_the_more_there_are() -> None:
    due, area_m2 = np.array([60.0]), np.array([50_000.0])
    one, four = changed(rounds_per_month=5), changed(rounds_per_month=20)
    assert walking_hours(due, area_m2, four) == pytest.approx(2 * walking_hours(due, area_m2, one))


# ------------------------------------------------------------------------------------- balance


# Analytics §6 E2.
@pytest.mark.parametrize(
    ("shares", "gini"), [([0, 0, 0, 1], 0.75), ([1, 1, 1, 1], 0), ([1, 2, 3, 4], 0.25)]
)
def test_gini_of_known_shares(shares: list[float], gini: float) -> None:
    assert balance(np.array(shares, dtype=np.float64)).gini == pytest.approx(gini)


def test_balance_by_hand() -> None:
    found = balance(np.array([4.0, 1, 3, 2]))
    assert (found.count, found.low, found.high, found.mean) == (4, 1, 4, 2.5)
    assert found.cv == pytest.approx(np.sqrt(1.25) / 2.5)
    assert found.moves == 2
    assert found.hoover == pytest.approx(0.2)
    assert found.peak == pytest.approx(1.6)
    assert (found.within_10, found.within_20) == (0, 0.5)  # 3 and 2 are exactly 20 % away


def test_shares_at_the_edge_are_within() -> None:
    found = balance(np.array([90.0, 110, 100, 80, 120, 79, 121]))
    assert found.mean == 100
    assert (found.within_10, found.within_20) == pytest.approx((3 / 7, 5 / 7))


@pytest.mark.parametrize(
    ("shares", "gini"), [([0, 0, 0, 1], 1), ([1, 1, 1, 1], 0), ([1, 2, 3, 4], 1 / 3), ([5], 0)]
)
def test_the_small_sample_correction_makes_one_who_has_everything_1(
    shares: list[float], gini: float
) -> None:
    found = balance(np.array(shares, dtype=np.float64), small_sample=True)
    assert found.gini == pytest.approx(gini)


def test_lorenz_by_hand() -> None:
    found = lorenz(np.array([4.0, 1, 3, 2]))
    assert found.tolist() == [[0, 0], [0.25, 0.1], [0.5, 0.3], [0.75, 0.6], [1, 1]]


@pytest.mark.parametrize("shares", [[], [0.0], [0.0, 0.0, 0.0]])
def test_where_there_is_nothing_to_share_the_curve_is_the_diagonal(shares: list[float]) -> None:
    found = lorenz(np.array(shares))
    assert found.shape == (len(shares) + 1, 2)
    assert (found[:, 0] == found[:, 1]).all()


@pytest.mark.parametrize("shares", [[], [0.0], [0.0, 0.0]])
def test_nothing_to_share_is_even(shares: list[float]) -> None:
    assert balance(np.array(shares)) == Balance(len(shares), 0, 0, 0, 0, 0, 0)


SHARES = st.lists(st.integers(0, 2000), min_size=1, max_size=25).filter(any)


@settings(deadline=None)
@given(SHARES)
def test_balance_is_that_of_the_definitions(drawn: list[int]) -> None:
    # The Gini coefficient over all pairs, as in the inequality package (§6 E1) and analytics §3.
    count, mean = len(drawn), sum(drawn) / len(drawn)
    apart = sum(abs(one - other) for one in drawn for other in drawn)
    spread = (sum((one - mean) ** 2 for one in drawn) / count) ** 0.5
    found = balance(np.array(drawn, dtype=np.float64))
    assert (found.low, found.high) == (min(drawn), max(drawn))
    assert found.mean == pytest.approx(mean)
    assert found.gini == pytest.approx(apart / (2 * count**2 * mean), abs=1e-12)
    assert found.cv == pytest.approx(spread / mean, abs=1e-12)


@settings(deadline=None)
@given(SHARES)
def test_gini_and_moves_are_seen_in_the_lorenz_curve(drawn: list[int]) -> None:
    shares = np.array(drawn, dtype=np.float64)
    part, carried = lorenz(shares).T
    found = balance(shares)
    # Twice the area between diagonal and curve, and their largest distance.
    below = float(((carried[1:] + carried[:-1]) / 2 * np.diff(part)).sum())
    assert found.gini == pytest.approx(1 - 2 * below, abs=1e-9)
    assert found.hoover == pytest.approx(float((part - carried).max()), abs=1e-9)
    assert (np.diff(np.diff(carried)) >= -1e-9).all()


@settings(deadline=None)
@given(SHARES)
def test_moves_are_carried_one_by_one(drawn: list[int]) -> None:
    # In units of 1/count the mean is whole: carry from the fullest to the emptiest until even.
    count, total = len(drawn), sum(drawn)
    over = sorted(one * count - total for one in drawn)
    carried = 0
    while over[-1] > 0:
        load = min(over[-1], -over[0])
        over = sorted([over[0] + load, *over[1:-1], over[-1] - load])
        carried += load
    found = balance(np.array(drawn, dtype=np.float64))
    assert found.moves == pytest.approx(carried / count, abs=1e-9)


@settings(deadline=None)
@given(SHARES, st.floats(0.01, 100), st.integers(0, 2**32 - 1))
def test_balance_has_no_unit_and_no_order(drawn: list[int], unit: float, seed: int) -> None:
    shares = np.array(drawn, dtype=np.float64)
    one = balance(shares)
    other = balance(np.random.default_rng(seed).permutation(shares) * unit)
    assert (other.cv, other.gini) == pytest.approx((one.cv, one.gini), abs=1e-12)
    assert other.moves == pytest.approx(one.moves * unit, abs=1e-12 * shares.sum() * unit)


@settings(deadline=None)
@given(SHARES)
def test_one_who_has_everything_is_the_most_uneven(drawn: list[int]) -> None:
    count = len(drawn)
    found = balance(np.array(drawn, dtype=np.float64))
    worst = balance(np.array([*[0.0] * (count - 1), 1.0]))
    assert worst.gini == pytest.approx((count - 1) / count)
    assert worst.cv == pytest.approx((count - 1) ** 0.5)
    assert -1e-12 <= found.gini <= worst.gini + 1e-12
    assert 0 <= found.cv <= worst.cv + 1e-12
