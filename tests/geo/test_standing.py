"""Norms by hand: the contradictions of the seed communities, and the numbers that cannot be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import standing
from geo.checks import Duty
from geo.norms import NORMS, Norm

GRID, WORKER, PARTY = (
    NORMS[key] for key in ("grid_households", "worker_households", "party_contact")
)


# ------------------------------------------------------- the three contradictions of 新亚洲体育城


def test_9_grids_for_13350_households() -> None:
    found = standing.sizes(13_350, 9, GRID)
    assert found.mean is not None
    assert round(found.mean.value) == 1_483
    assert round(found.mean.gap) == 983
    assert found.mean.verdict == "above"
    assert found.fit == standing.Fit(27, 44)
    assert (found.to_add, found.to_merge) == (18, 0)


def test_22_workers_for_13350_households() -> None:
    found = standing.hands(13_350, 22, WORKER)
    assert found.most == 13_200
    assert found.without == 150
    assert (found.missing, found.missing_at_floor) == (1, 12)
    assert found.mean is not None
    assert found.mean.verdict == "above"


def test_764_members_for_13350_households() -> None:
    found = standing.contact(13_350, 764, PARTY)
    assert (found.least, found.most) == (7_640, 11_460)
    shares = [found.share(found.least), found.share(found.most)]
    assert [round(100 * (share or 0)) for share in shares] == [57, 86]
    assert (found.needed, found.missing) == (890, 126)


# --------------------------------------------------------------------------- numbers of grids


# Analytics §6 J2.
@pytest.mark.parametrize("households", [1, 299, 501, 550, 599])
def test_no_number_of_grids_is_valid(households: int) -> None:
    assert not standing.fit(households, GRID).possible


@pytest.mark.parametrize(("households", "least", "most"), [(300, 1, 1), (500, 1, 1), (600, 2, 2)])
def test_the_edges_are_valid(households: int, least: int, most: int) -> None:
    found = standing.fit(households, GRID)
    assert (found.least, found.most, found.possible) == (least, most, True)


@given(st.integers(1, 20_000))
def test_a_valid_number_is_one_that_even_grids_keep_to(households: int) -> None:
    found = standing.fit(households, GRID)
    # Even grids are whole households apart by one at most.
    good = [k for k in range(1, 80) if households // k >= 300 and -(-households // k) <= 500]
    assert found.possible == bool(good)
    if good:
        assert (found.least, found.most) == (good[0], good[-1])
    assert found.possible or households < 300 or 501 <= households <= 599


def test_a_bound_that_is_not_there_asks_nothing() -> None:
    assert standing.fit(1_000, replace(GRID, low=None)) == standing.Fit(2, None)
    assert standing.fit(1_000, replace(GRID, high=None)) == standing.Fit(1, 3)
    assert standing.fit(1_000, replace(GRID, low=0)).most is None


@pytest.mark.parametrize(
    ("households", "grids", "to_add", "to_merge"),
    [
        (4_000, 10, 0, 0),
        (4_000, 7, 1, 0),  # eight to thirteen
        (4_000, 14, 0, 1),
        (550, 1, 1, 0),  # no valid number: the fewest that keep to the ceiling
        (550, 3, 0, 1),
        (200, 1, 0, 0),
        (0, 3, 0, 0),
        (900, 0, 2, 0),
    ],
)
def test_grids_to_add_or_to_take_away(
    households: int, grids: int, to_add: int, to_merge: int
) -> None:
    found = standing.sizes(households, grids, GRID)
    assert (found.to_add, found.to_merge) == (to_add, to_merge)
    assert (found.mean is None) == (grids == 0)
    assert (found.fit is None) == (households == 0)


@given(st.integers(1, 30_000), st.integers(1, 120))
def test_a_mended_number_is_a_possible_one(households: int, grids: int) -> None:
    found = standing.sizes(households, grids, GRID)
    assert found.fit is not None
    assert not (found.to_add and found.to_merge)
    mended = grids + found.to_add - found.to_merge
    if found.fit.possible:
        assert found.fit.least <= mended <= (found.fit.most or mended)
    else:
        assert mended == found.fit.least


@pytest.mark.parametrize(
    ("households", "verdict", "split"), [(3_261, "above", 7), (500, "within", 1), (41, "below", 1)]
)
def test_one_grid(households: int, verdict: str, split: int) -> None:
    found = standing.pieces(households, GRID)
    assert (found.gauge.verdict, found.split_into) == (verdict, split)


def test_an_empty_grid_is_below_and_cannot_be_cut() -> None:
    found = standing.pieces(0, GRID)
    assert (found.gauge.gap, found.fit, found.split_into) == (-300, None, 1)


# ------------------------------------------------------------------------------------- workers


def test_enough_workers_miss_nobody() -> None:
    found = standing.hands(2_233, 15, WORKER)
    assert (found.without, found.missing, found.missing_at_floor) == (0, 0, 0)
    assert found.mean is not None
    assert found.mean.verdict == "below"


def test_without_workers_everybody_is_missing() -> None:
    found = standing.hands(1_000, 0, WORKER)
    assert (found.mean, found.without, found.missing, found.missing_at_floor) == (None, 1_000, 2, 3)


def test_thirds_of_a_worker_are_whole() -> None:
    assert standing.hands(600, 1 / 3 + 1 / 3 + 1 / 3 - 1e-12, WORKER).missing == 0


@given(st.integers(0, 20_000), st.integers(0, 60))
def test_with_those_who_are_missing_nobody_is_without(households: int, workers: int) -> None:
    found = standing.hands(households, workers, WORKER)
    mended = standing.hands(households, workers + found.missing, WORKER)
    assert mended.without == 0
    if found.missing:
        assert standing.hands(households, workers + found.missing - 1, WORKER).without > 0


def test_a_grid_is_shared_by_its_hands() -> None:
    duties = [Duty(7, (0, 1)), Duty(8, (0,)), Duty(9, ())]
    found = standing.workers(np.array([900.0, 350, 40]), duties, WORKER)
    assert [(one.staff, one.gauge.value) for one in found] == [(7, 800), (8, 450)]
    assert [one.gauge.verdict for one in found] == ["above", "within"]
    assert standing.unstaffed(np.array([900.0, 350, 40]), duties) == 40
    assert standing.unstaffed(np.array([900.0]), []) == 900


@given(
    st.lists(st.integers(0, 3_000), min_size=1, max_size=8),
    st.lists(st.sets(st.integers(0, 7), min_size=1), max_size=6),
)
def test_what_workers_hold_and_what_nobody_holds_is_everything(
    sizes: list[int], held: list[set[int]]
) -> None:
    households = np.array(sizes, dtype=np.float64)
    duties = [
        Duty(number, tuple(sorted(g for g in grids if g < len(sizes))))
        for number, grids in enumerate(held)
    ]
    found = standing.workers(households, duties, WORKER)
    total = sum(one.gauge.value for one in found) + standing.unstaffed(households, duties)
    assert total == pytest.approx(sum(sizes))


# --------------------------------------------------------------------------------------- party


def test_members_who_reach_everybody_reach_no_more() -> None:
    found = standing.contact(100, 50, PARTY)
    assert (found.share(found.least), found.missing) == (1.0, 0)


def test_nothing_is_known_of_nobody() -> None:
    found = standing.contact(0, 5, PARTY)
    assert found.share(found.most) is None
    assert standing.contact(10, 5, Norm("x", "", 1, None, "", "")).needed is None
    assert standing.contact(10, 5, Norm("x", "", None, 3, "", "")).share(None) is None
