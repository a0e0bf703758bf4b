"""Best sites against every choice there is, and what stands where."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import sites
from geo.sites import GREEDY_SHARE, Sites, area_of, best_sites, stock

Reached = list[set[int]]


def _best(reached: Reached, people: list[int], k: int, seconds: float = 5.0) -> Sites:
    pairs = [(site, home) for site, homes in enumerate(reached) for home in sorted(homes)]
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    waiting = np.array(people, dtype=float)
    return best_sites((at[:, 0], at[:, 1]), waiting, len(reached), k=k, seconds=seconds)


def _covered(reached: Reached, people: list[int], sites: tuple[int, ...]) -> int:
    return sum(people[home] for home in set().union(*(reached[site] for site in sites)))


def _most(reached: Reached, people: list[int], k: int) -> int:
    count = min(k, len(reached))
    return max(
        _covered(reached, people, sites) for sites in combinations(range(len(reached)), count)
    )


# The middle site reaches most, and the two beside it reach more together.
TRAP: Reached = [{0, 1, 2}, {1, 2, 3, 4}, {3, 4, 5}]
TRAPPED = [3, 4, 4, 4, 4, 3]


def test_one_site_is_counted() -> None:
    found = _best(TRAP, TRAPPED, 1)
    assert found == Sites((1,), (16.0,), 16.0, "counted")
    assert found.proven


def test_two_sites_are_better_than_one_after_the_other() -> None:
    found = _best(TRAP, TRAPPED, 2)
    assert (found.chosen, found.gains) == ((0, 2), (11.0, 11.0))
    assert (found.method, found.proven, found.bound) == ("programmed", True, 22.0)


def test_without_time_the_choice_is_greedy_and_says_how_far_off_it_may_be() -> None:
    found = _best(TRAP, TRAPPED, 2, seconds=0)
    assert (found.chosen, found.gains) == ((1, 0), (16.0, 3.0))
    assert (found.method, found.proven, found.bound) == ("greedy", False, 22.0)


def test_too_many_pairs_for_the_programme_leave_the_greedy_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sites, "MOST_PAIRS", 9)
    assert _best(TRAP, TRAPPED, 2) == _best(TRAP, TRAPPED, 2, seconds=0)
    monkeypatch.setattr(sites, "MOST_PAIRS", 10)
    assert _best(TRAP, TRAPPED, 2).proven


def test_sites_that_add_nobody_are_left_out() -> None:
    assert _best([{0}, {0}], [5], 2) == Sites((0,), (5.0,), 5.0, "greedy")
    assert _best([{0}, set()], [0], 1) == Sites((), (), 0.0, "counted")
    assert _best([], [], 3).chosen == ()


def test_a_pair_told_twice_counts_once() -> None:
    at = np.array([0, 0, 1])
    found = best_sites((at, np.array([0, 0, 1])), np.array([5.0, 7.0]), 2)
    assert found == Sites((1,), (7.0,), 7.0, "counted")


grounds = st.integers(1, 7).flatmap(
    lambda homes: st.tuples(
        st.lists(st.sets(st.integers(0, homes - 1)), min_size=1, max_size=6),
        st.lists(st.integers(0, 9), min_size=homes, max_size=homes),
    )
)


@settings(deadline=None)
@given(grounds, st.integers(1, 3))
def test_sites_are_the_best_of_all_choices(ground: tuple[Reached, list[int]], k: int) -> None:
    reached, people = ground
    most = _most(reached, people, k)
    found = _best(reached, people, k)
    assert found.covered == most == _covered(reached, people, found.chosen)
    assert found.proven
    assert len(found.chosen) <= k


@given(grounds, st.integers(1, 3))
def test_greedy_keeps_its_promise(ground: tuple[Reached, list[int]], k: int) -> None:
    reached, people = ground
    most = _most(reached, people, k)
    found = _best(reached, people, k, seconds=0)
    assert GREEDY_SHARE * most <= found.covered <= most <= found.bound
    assert not found.proven or found.covered == most


def test_points_belong_to_the_first_area_they_touch() -> None:
    areas = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    points = shapely.points([[0.5, 0.5], [1.5, 0.5], [1.0, 0.5], [3.0, 0.5]])
    assert area_of(points, areas).tolist() == [0, 1, 0, -1]
    assert area_of(points, areas[:0]).tolist() == [-1] * 4


def test_stock_is_counted_with_its_places() -> None:
    area, kind = np.array([0, 0, 1, -1, 1]), np.array([1, 1, 0, 0, -1])
    found = stock(area, kind, np.array([40, np.nan, 30, 99, 99]), (2, 2))
    assert found.number.tolist() == [[0, 2], [1, 0]]
    assert found.places.tolist() == [[0, 40], [30, 0]]
    assert found.unknown.tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("k", [2, 3])
def test_a_programme_out_of_time_is_no_worse_than_greedy(k: int) -> None:
    rng = np.random.default_rng(3)
    reached = [set(rng.choice(60, 9).tolist()) for _site in range(40)]
    people = rng.integers(0, 9, 60).tolist()
    found = _best(reached, people, k, seconds=1e-9)
    assert found.covered >= _best(reached, people, k, seconds=0).covered
    assert found.covered <= found.bound


@pytest.mark.parametrize("seed", range(4))
def test_many_sites_are_the_best_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reached = [set(rng.choice(50, 9).tolist()) for _site in range(24)]
    people = rng.integers(1, 9, 50).tolist()
    found = _best(reached, people, 3, seconds=60)
    assert found.covered == found.bound == _most(reached, people, 3)
