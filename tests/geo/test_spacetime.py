"""Emerging hot spots: the categories case by case, trends as published, and the cube as a map."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from geo import hotspots, spacetime
from geo.errors import InputError
from geo.spacetime import EMERGING

Floats = npt.NDArray[np.float64]

KEYS = list(EMERGING)
TRENDS = json.loads((Path(__file__).parents[1] / "golden" / "mann_kendall.json").read_text())
NONE, UP, DOWN = (0.0, 1.0), (3.0, 0.003), (-3.0, 0.003)


def board(side: int) -> npt.NDArray[np.int64]:
    return np.array([(column, row) for row in range(side) for column in range(side)])


def category(bins: list[int], trend: tuple[float, float] = NONE) -> str:
    return KEYS[int(spacetime.categorise([bins], [trend[0]], [trend[1]])[0])]


# ------------------------------------------------------------------------------------------ steps


def test_weeks_end_with_the_last_day() -> None:
    laid = spacetime.steps(date(2026, 3, 1), "week", 3)
    assert laid.edges == (
        date(2026, 2, 9),
        date(2026, 2, 16),
        date(2026, 2, 23),
        date(2026, 3, 2),
    )
    assert (laid.count, laid.unit) == (3, "week")


def test_months_of_complete_data_are_calendar_months() -> None:
    laid = spacetime.steps(date(2026, 3, 31), "month", 15)
    assert [day.day for day in laid.edges] == [1] * 16
    assert laid.edges[:2] == (date(2025, 1, 1), date(2025, 2, 1))
    assert laid.edges[-1] == date(2026, 4, 1)


def test_months_that_are_too_short_begin_on_their_last_day() -> None:
    laid = spacetime.steps(date(2024, 3, 30), "month", 3)
    ends = [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    assert list(laid.edges) == ends


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(["week", "month"]),
    st.integers(1, 60),
)
def test_steps_follow_each_other(last: date, unit: str, count: int) -> None:
    edges = spacetime.steps(last, unit, count).edges
    assert len(edges) == count + 1
    assert edges[-1] == last + timedelta(days=1)
    lengths = {(end - start).days for start, end in itertools.pairwise(edges)}
    assert lengths <= ({7} if unit == "week" else {28, 29, 30, 31})


def test_steps_that_cannot_be() -> None:
    with pytest.raises(InputError, match="year"):
        spacetime.steps(date(2026, 1, 1), "year", 3)
    with pytest.raises(InputError, match="at least one"):
        spacetime.steps(date(2026, 1, 1), "week", 0)


def test_a_cube_counted_by_hand() -> None:
    laid = spacetime.steps(date(2026, 1, 14), "week", 2)  # from 1 January, from 8 January
    days = ["2025-12-31", "2026-01-01", "2026-01-07", "2026-01-08", "2026-01-14", "2026-01-15"]
    day = np.array([*days, "NaT", "2026-01-03"], dtype="datetime64[D]")
    found = spacetime.cube([0, 0, 0, 0, 2, 2, 2, -1], day, laid, 3)
    assert found.tolist() == [[2, 1], [0, 0], [0, 1]]
    dates = [date(2026, 1, 3), date(2026, 1, 9)]
    assert spacetime.cube([1, 1], dates, laid, 2).tolist() == [[0, 0], [1, 1]]
    assert spacetime.cube([], np.array([], dtype="datetime64[D]"), laid, 2).tolist() == [[0, 0]] * 2


def test_hours_count_to_their_day() -> None:
    laid = spacetime.steps(date(2026, 1, 14), "week", 1)
    late = np.array(["2026-01-14T23:59"], dtype="datetime64[m]")
    assert spacetime.cube([0], late, laid, 1).tolist() == [[1]]


# ----------------------------------------------------------------------------------- the ten cases

CASES = [
    ([0] * 9 + [1], NONE, "new"),
    ([0] * 7 + [1, 1, 1], NONE, "consecutive"),
    ([0, 1, 0, 1, 0, 0, 1, 0, 0, 1], NONE, "sporadic"),
    ([0, 1, 0, 1, 0, 0, 1, 0, 0, 0], NONE, "none"),
    ([1] * 9 + [0], NONE, "historical"),
    ([-1] + [0] * 8 + [1], NONE, "oscillating"),
    ([1] * 10, UP, "intensifying"),
    ([1] * 10, DOWN, "diminishing"),
    ([1] * 10, NONE, "persistent"),
    ([1, 1, 1, 1, 0, 1, 1, 0, 1, 1], NONE, "sporadic"),
]
SETTLED = [
    ([0] + [1] * 9, NONE, "persistent"),  # exactly 90 %
    ([1, 1, 0, 0] + [1] * 6, UP, "sporadic"),  # 80 %, whatever the trend
    ([0, -1] + [0] * 5 + [1] * 3, NONE, "oscillating"),  # one run, but cold before
    ([-1] + [1] * 9, UP, "intensifying"),  # 90 % comes before the cold past
    ([1] * 10, (3.0, 0.05), "persistent"),  # a trend is one below 5 %
    ([1] * 10, (np.nan, np.nan), "persistent"),
    ([0] * 10, UP, "none"),
    ([1] * 8 + [0, 0], NONE, "none"),
]


def mirrored(trend: tuple[float, float]) -> tuple[float, float]:
    return -trend[0], trend[1]


@pytest.mark.parametrize(("bins", "trend", "expected"), CASES + SETTLED)
def test_categories(bins: list[int], trend: tuple[float, float], expected: str) -> None:
    known = expected != "none"
    assert category(bins, trend) == (f"{expected}_hot" if known else "none")
    cold = [-one for one in bins]
    assert category(cold, mirrored(trend)) == (f"{expected}_cold" if known else "none")


def test_cold_now_and_hot_before_is_oscillating() -> None:
    assert category([1] * 9 + [-1]) == "oscillating_cold"
    assert category([-1] * 9 + [1]) == "oscillating_hot"


def test_ninety_percent_of_a_year_is_47_weeks() -> None:
    assert category([0] * 5 + [1] * 47) == "persistent_hot"
    assert category([0] * 3 + [1, 0, 0, 0] + [1] * 45) == "sporadic_hot"


def test_the_last_z_need_not_be_low_to_be_historical() -> None:
    z = np.array([2.2] * 9 + [1.0])
    trend = spacetime.mann_kendall(z)
    found = spacetime.categorise([[1] * 9 + [0]], trend.z, trend.p)
    assert KEYS[int(found[0])] == "historical_hot"


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        (np.linspace(2.2, 6, 10), "intensifying_hot"),
        (np.linspace(6, 2.2, 10), "diminishing_hot"),
        (np.array([3, 4] * 5), "persistent_hot"),
    ],
)
def test_trends_of_lasting_hot_spots(z: Floats, expected: str) -> None:
    trend = spacetime.mann_kendall(z)
    assert KEYS[int(spacetime.categorise([[1] * 10], trend.z, trend.p)[0])] == expected
    trend = spacetime.mann_kendall(-z)
    cold = expected.replace("hot", "cold")
    assert KEYS[int(spacetime.categorise([[-1] * 10], trend.z, trend.p)[0])] == cold


# ------------------------------------------------------------------- the rules, one after the other


def side_by_the_rules(bins: list[int], rising: float) -> str:
    """Read the rules one by one, for hot bins; "" where none applies."""
    last, before = bins[-1], bins[:-1]
    hot_steps = [at for at, one in enumerate(bins) if one == 1]
    ninety = len(hot_steps) >= 0.9 * len(bins) - 1e-9
    if last != 1:
        return "historical" if ninety and last == 0 else ""
    if -1 in before and not ninety:
        return "oscillating"
    if 1 not in before and -1 not in before:
        return "new"
    if ninety:
        return "intensifying" if rising > 0 else "diminishing" if rising < 0 else "persistent"
    unbroken = hot_steps == list(range(hot_steps[0], len(bins)))
    return "consecutive" if unbroken and len(hot_steps) >= 2 else "sporadic"


def by_the_rules(bins: list[int], trend: tuple[float, float]) -> str:
    z, p = trend
    rising = 0.0 if not p < 0.05 else z
    hot = side_by_the_rules(bins, rising)
    cold = side_by_the_rules([-one for one in bins], -rising)
    assert not (hot and cold)
    return f"{hot}_hot" if hot else f"{cold}_cold" if cold else "none"


mostly = st.sampled_from([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, -1])
series = st.one_of(
    st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=8),
    st.lists(st.sampled_from([0, 0, 0, 0, 1]), min_size=1, max_size=20),
    st.lists(mostly, min_size=8, max_size=40),
    st.lists(mostly.map(lambda one: -one), min_size=8, max_size=40),
)


@given(st.lists(st.tuples(series, st.sampled_from([NONE, UP, DOWN])), min_size=1, max_size=8))
def test_categories_are_those_of_the_rules(
    drawn: list[tuple[list[int], tuple[float, float]]],
) -> None:
    for bins, trend in drawn:
        assert category(bins, trend) == by_the_rules(bins, trend)


def test_all_series_of_six_steps() -> None:
    bins = list(itertools.product([-1, 0, 1], repeat=6))
    found = spacetime.categorise(bins, np.zeros(len(bins)), np.ones(len(bins)))
    assert [KEYS[at] for at in found] == [by_the_rules(list(one), NONE) for one in bins]


def test_there_are_seventeen() -> None:
    assert len(KEYS) == 17
    assert KEYS[-1] == "none"
    assert [key.replace("_hot", "_cold") for key in KEYS[:8]] == KEYS[8:16]
    assert spacetime.categorise(np.zeros((0, 10)), [], []).tolist() == []
    assert spacetime.categorise(np.zeros((2, 0)), [0, 0], [1, 1]).tolist() == [16, 16]


# ------------------------------------------------------------------------------------------ trend


def test_trends_are_those_of_pymannkendall() -> None:
    for row in TRENDS["rows"]:
        found = spacetime.mann_kendall(row["series"])
        assert found.s[0] == row["s"]
        assert (found.z[0], found.p[0]) == pytest.approx((row["z"], row["p"]), rel=1e-9)


def test_a_trend_by_hand() -> None:
    # 1 3 2 4: rises 1-3 1-2 1-4 3-4 2-4, falls 3-2; S = 4, variance 4 * 3 * 13 / 18 = 26 / 3
    found = spacetime.mann_kendall([[1, 3, 2, 4], [4, 2, 3, 1], [5, 5, 5, 5]])
    assert found.s.tolist() == [4, -4, 0]
    assert found.z == pytest.approx([3 / (26 / 3) ** 0.5, -3 / (26 / 3) ** 0.5, 0])
    assert found.p[2] == 1


@given(st.lists(st.lists(st.integers(-3, 3), min_size=9, max_size=9), min_size=1, max_size=5))
def test_a_trend_counts_pairs(drawn: list[list[int]]) -> None:
    found = spacetime.mann_kendall(np.array(drawn) / 7)
    for row, s in zip(drawn, found.s, strict=True):
        assert s == sum(np.sign(late - early) for early, late in itertools.combinations(row, 2))


def test_a_series_with_a_gap_has_no_trend() -> None:
    found = spacetime.mann_kendall(np.array([[1, np.nan, 3], [1, 2, 3]]))
    assert np.isnan([found.s[0], found.z[0], found.p[0]]).all()
    assert found.s[1] == 3


@pytest.mark.parametrize("length", [0, 1, 2])
def test_short_series(length: int) -> None:
    found = spacetime.mann_kendall(np.arange(3 * length).reshape(3, length))
    assert found.s.tolist() == [length == 2] * 3
    assert (found.p == 1).all()


# --------------------------------------------------------------------------------------- the cube


def unrolled(weights: Any, length: int, back: int) -> sparse.csr_matrix:
    """Write the cube's windows out, bin by bin."""
    dense, n = sparse.csr_matrix(weights).toarray(), len(sparse.csr_matrix(weights).toarray())
    full = np.zeros((n * length, n * length))
    for one, other in itertools.product(range(n), range(n)):
        for late in range(length):
            for early in range(max(0, late - back), late + 1):
                full[one * length + late, other * length + early] = dense[one, other]
    return sparse.csr_matrix(full)


def sample(side: int, length: int, seed: int = 1) -> npt.NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.poisson(rng.gamma(1, 1, side**2)[:, None], (side**2, length)))


@pytest.mark.parametrize("back", [0, 1, 2, 50])
def test_a_cube_is_a_map_with_windows_in_time(back: int) -> None:
    counts, weights = sample(5, 6) + 1, hotspots.lattice_window(board(5))
    asked = hotspots.test(counts.ravel(), unrolled(weights, 6, back))
    found = spacetime.emerging(counts, weights, back=back)
    assert spacetime.space_time_window_z(counts, weights, back).ravel() == pytest.approx(asked.z)
    assert found.z.ravel() == pytest.approx(asked.z)
    assert found.q_hot.ravel() == pytest.approx(asked.q_hot)
    assert found.q_cold.ravel() == pytest.approx(asked.q_cold)
    assert (found.level.ravel() == asked.level).all()
    assert found.way == "exact"


def test_weights_by_row_give_the_same() -> None:
    counts, weights = sample(5, 6) + 1, hotspots.lattice_window(board(5))
    found = spacetime.emerging(counts, weights)
    by_row = spacetime.emerging(counts, sparse.csr_matrix(weights / weights.sum(axis=1)))
    assert by_row.z == pytest.approx(found.z)
    assert by_row.q_hot == pytest.approx(found.q_hot)
    assert by_row.way == "exact"


def test_uneven_weights_are_sampled_as_a_map() -> None:
    counts = sample(3, 4) + 1
    weights = hotspots.lattice_window(board(3)) + sparse.eye(9)
    found = spacetime.emerging(counts, weights, seed=3)
    asked = hotspots.test(counts.ravel(), unrolled(weights, 4, 1), seed=3)
    assert found.way == asked.way == "sampled"
    assert (found.q_hot.ravel() == asked.q_hot).all()


def test_the_arcgis_way() -> None:
    counts, weights = sample(6, 10) + 1, hotspots.lattice_window(board(6))
    found = spacetime.emerging(counts, weights, mode="arcgis")
    asked = hotspots.test(counts.ravel(), unrolled(weights, 10, 1), mode="arcgis")
    assert found.way == "analytic"
    assert (found.level.ravel() == asked.level).all()
    with pytest.raises(InputError, match="mode"):
        spacetime.emerging(counts, weights, mode="guess")


def test_cells_without_tickets_are_left_out() -> None:
    counts, weights = sample(5, 10), hotspots.lattice_window(board(5))
    counts[:, 0] += 1
    counts[[3, 12]] = 0
    kept = np.delete(np.arange(25), [3, 12])
    found = spacetime.emerging(counts, weights)
    alone = spacetime.emerging(counts[kept], weights[kept][:, kept])
    for name in ("z", "q_hot", "q_cold", "level", "trend_s", "trend_z", "trend_p", "category"):
        assert np.array_equal(getattr(found, name)[kept], getattr(alone, name)), name
    assert np.isnan(found.z[[3, 12]]).all()
    assert np.isnan(found.trend_p[[3, 12]]).all()
    assert not found.level[[3, 12]].any()
    assert [KEYS[at] for at in found.category[[3, 12]]] == ["none", "none"]


def test_a_cube_without_tickets() -> None:
    found = spacetime.emerging(np.zeros((4, 12), dtype=int), np.eye(4))
    assert np.isnan(found.z).all()
    assert [KEYS[at] for at in found.category] == ["none"] * 4


def planted(kind: str, side: int, length: int) -> Floats:
    """Say how many more tickets fall into each bin of a corner of three by three."""
    course = {
        "new_hot": np.r_[np.zeros(length - 1), 9],
        "persistent_hot": np.full(length, 6.0),
        "intensifying_hot": np.linspace(4, 14, length),
        "diminishing_hot": np.linspace(14, 4, length),
        "historical_hot": np.r_[np.full(length - 2, 6.0), 0, 0],
    }[kind]
    corner = (board(side) < 3).all(axis=1)
    return np.outer(corner, course)


@pytest.mark.parametrize(
    "kind",
    ["new_hot", "persistent_hot", "intensifying_hot", "diminishing_hot", "historical_hot"],
)
def test_planted_patterns_are_found(kind: str) -> None:
    side, length = 20, 24
    rng = np.random.default_rng(7)
    counts = rng.poisson(0.5 + planted(kind, side, length))
    found = spacetime.emerging(counts, hotspots.lattice_window(board(side)))
    middle = side + 1
    assert KEYS[int(found.category[middle])] == kind
    far = (board(side) > 8).any(axis=1)
    assert np.mean(found.category[far] != len(KEYS) - 1) < 0.02


def test_cubes_of_pure_chance_are_left_alone() -> None:
    cubes, weights = 40, hotspots.lattice_window(board(12))
    flagged = 0
    for seed in range(cubes):
        counts = np.random.default_rng(seed).poisson(0.5, (144, 20))
        flagged += bool((np.abs(spacetime.emerging(counts, weights).level) >= 2).any())
    assert flagged <= cubes // 10


def test_too_little_to_test() -> None:
    found = spacetime.shortage(np.ones((30, 9), dtype=int))
    sentence = found.message_id.format(**found.params)
    assert sentence == "Only 9 steps in time; at least 10 are needed."
    few = np.zeros((30, 10), dtype=int)
    few[0, 0] = 59
    assert spacetime.shortage(few).reason == "cases"
    assert spacetime.shortage(few + 1) is None
    assert spacetime.shortage(np.ones((30, 10), dtype=int)).reason == "constant"
