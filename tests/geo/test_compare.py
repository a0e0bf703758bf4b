"""Two plans side by side, drawn by hand and counted one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import plans
from geo.atoms import Atoms, find_borders
from geo.codes import successors
from geo.compare import (
    ENTERED,
    KEPT,
    LEFT,
    MOVED,
    NOWHERE,
    Comparison,
    Pair,
    compare,
    fates,
    replay,
    table,
)
from geo.norms import NORMS
from geo.plans import COUNTS, Ground, hull_corners
from geo.workload import balance

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def row_of(households: Sequence[float]) -> Ground:
    """Return a row of square cells with some households each."""
    people = np.array(households, dtype=np.float64)
    west = np.arange(len(people)) * 50.0
    cells = np.asarray(shapely.box(west, 0, west + 50, 50), dtype=object)
    corners, owner = hull_corners(cells)
    atoms = Atoms(
        xy=shapely.get_coordinates(shapely.centroid(cells)).reshape(-1, 2),
        area_m2=shapely.area(cells),
        households=people,
        load=people,
        compound=np.full(len(cells), -1),
        borders=find_borders(cells),
    )
    counts = {key: np.zeros(len(cells)) for key in COUNTS}
    counts |= {"households": people, "tickets": people * 2, "visits_due": people / 3}
    return Ground(atoms, counts, np.full(len(cells), -1), corners, owner)


def side_by_side(households: Sequence[float], old: list[int], new: list[int]) -> Comparison:
    sizes = (max(old, default=-1) + 1, max(new, default=-1) + 1)
    return compare(
        row_of(households),
        (np.array(old, dtype=np.int64), sizes[0]),
        (np.array(new, dtype=np.int64), sizes[1]),
        NORMS,
    )


# A grid grows at the cost of its neighbour, one is given up, one is new, ground comes and goes.
HOUSEHOLDS = [10, 20, 30, 40, 50, 60, 70, 80]
OLD = [0, 0, 1, 1, 2, -1, 0, -1]
NEW = [1, 1, 1, 0, 2, 2, -1, -1]


@pytest.fixture(scope="module")
def drawn() -> Comparison:
    return side_by_side(HOUSEHOLDS, OLD, NEW)


def test_fates_of_buildings(drawn: Comparison) -> None:
    # Old 1 has 40 in new 0 and 30 in new 1; old 0 has 30 in new 1, old 2 has 50 in new 2.
    assert drawn.fate.tolist() == [KEPT, KEPT, MOVED, KEPT, KEPT, ENTERED, LEFT, NOWHERE]


def test_grids_that_go_on_are_pairs(drawn: Comparison) -> None:
    assert drawn.pairs == (Pair(0, 1), Pair(1, 0), Pair(2, 2))


def test_households_that_move_are_those_without_their_grid(drawn: Comparison) -> None:
    assert drawn.moved_households == 30 + 60 + 70


def test_flows_are_between_grids_that_do_not_go_on(drawn: Comparison) -> None:
    assert drawn.flows == {(1, 1): 30}


def test_without_households_on_record_buildings_are_compared() -> None:
    found = side_by_side([0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 1])
    assert (found.moved_households, found.moved_buildings) == (0, 1)
    assert set(found.balances) == {"buildings"}
    assert [round(much) for much in found.flows.values()] == [1]


def test_balances_are_over_the_grids_of_each_plan(drawn: Comparison) -> None:
    before, after = drawn.balances["households"]
    assert before == balance(np.array([100.0, 70, 50]))
    assert after == balance(np.array([40.0, 60, 110]))
    hours = drawn.balances["hours"]
    assert hours[0] == balance(drawn.before["hours"].to_numpy())
    assert hours[1].mean == pytest.approx(drawn.after["hours"].mean())


def test_a_row_a_pair_with_every_figure_twice(drawn: Comparison) -> None:
    found = table(drawn)
    assert found["households_before"].tolist() == [100, 70, 50]
    assert found["households_after"].tolist() == [60, 40, 110]
    assert found["buildings_before"].tolist() == [3, 2, 1]
    assert found["buildings_after"].tolist() == [3, 1, 2]
    assert found["tickets_after"].tolist() == [120, 80, 220]
    assert found["workers_after"].tolist() == [1, 1, 1]
    assert found["hours_before"].tolist() == drawn.before["hours"].tolist()


def test_a_split_goes_on_in_the_larger_half() -> None:
    found = side_by_side([10, 20, 30], [0, 0, 0], [0, 1, 1])
    assert found.pairs == (Pair(0, 1), Pair(-1, 0))
    assert found.fate.tolist() == [MOVED, KEPT, KEPT]
    assert found.flows == {(0, 0): 10}
    assert table(found)["households_before"].tolist() == [60, 0]
    assert table(found)["households_after"].tolist() == [50, 10]


def test_a_merger_ends_the_smaller() -> None:
    found = side_by_side([10, 20, 31], [0, 0, 1], [0, 0, 0])
    assert found.pairs == (Pair(1, 0), Pair(0, -1))
    assert found.fate.tolist() == [MOVED, MOVED, KEPT]
    assert found.moved_households == 30
    assert table(found)["households_after"].tolist() == [61, 0]


def test_a_first_plan_only_has_new_grids() -> None:
    found = side_by_side([10, 20], [-1, -1], [1, 0])
    assert found.pairs == (Pair(-1, 0), Pair(-1, 1))
    assert found.fate.tolist() == [ENTERED, ENTERED]
    assert found.balances["households"][0] == balance(np.empty(0))
    assert len(found.before) == 0


def test_empty_grids_do_not_weigh_in_the_balance() -> None:
    ground = row_of([10, 10])
    plan = np.array([0, 2])
    found = compare(ground, (plan, 4), (plan, 3), NORMS)
    for one in found.balances["households"]:
        assert (one.count, one.low, one.high, one.moves) == (2, 10, 10, 0)
    assert found.pairs == (Pair(0, 0), Pair(2, 2))


def test_no_buildings_are_no_comparison() -> None:
    found = side_by_side([], [], [])
    assert (found.pairs, found.flows, found.moved_households) == ((), {}, 0)
    assert found.fate.size == 0
    assert table(found).empty


GRIDS = st.lists(
    st.tuples(st.integers(-1, 4), st.integers(-1, 4), st.integers(0, 50)), min_size=1, max_size=20
)


@settings(max_examples=60, deadline=None)
@given(GRIDS)
def test_the_same_plan_moves_nothing(made: list[tuple[int, int, int]]) -> None:
    plan, _, households = (list(one) for one in zip(*made, strict=True))
    found = side_by_side(households, plan, plan)
    assert set(found.fate.tolist()) <= {KEPT, NOWHERE}
    assert found.moved_households == 0
    assert found.flows == {}
    assert found.pairs == tuple(Pair(one, one) for one in sorted({*plan} - {-1}))
    assert all(before == after for before, after in found.balances.values())


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.permutations(range(5)))
def test_names_of_grids_are_of_no_account(
    made: list[tuple[int, int, int]], order: list[int]
) -> None:
    plan, _, households = (list(one) for one in zip(*made, strict=True))
    found = side_by_side(households, plan, [-1 if one < 0 else order[one] for one in plan])
    assert found.moved_households == 0
    assert {(pair.before, pair.after) for pair in found.pairs} == {
        (one, order[one]) for one in {*plan} - {-1}
    }


@settings(max_examples=60, deadline=None)
@given(GRIDS)
def test_any_two_plans_counted_one_by_one(made: list[tuple[int, int, int]]) -> None:
    old, new, households = (list(one) for one in zip(*made, strict=True))
    found = side_by_side(households, old, new)
    heir = {pair.before: pair.after for pair in found.pairs if pair.before >= 0}
    flows: Counter[tuple[int, int]] = Counter()
    moved = 0
    for at, (was, one, count) in enumerate(made):
        if was < 0 or one < 0:
            expected = {(True, True): NOWHERE, (True, False): ENTERED}.get((was < 0, one < 0), LEFT)
        else:
            expected = KEPT if heir[was] == one else MOVED
        assert found.fate[at] == expected
        moved += count if expected in {MOVED, ENTERED, LEFT} else 0
        if expected == MOVED:
            flows[was, one] += count if any(households) else 1  # nobody on record: by building
    assert found.moved_households == moved
    assert dict(found.flows) == dict(flows)
    # Every grid of either plan is in one pair.
    assert sorted(heir) == sorted({*old} - {-1})
    assert sorted(p.after for p in found.pairs if p.after >= 0) == sorted({*new} - {-1})


@settings(max_examples=60, deadline=None)
@given(GRIDS)
def test_households_of_the_table_are_those_of_the_plans(made: list[tuple[int, int, int]]) -> None:
    old, new, households = (list(one) for one in zip(*made, strict=True))
    found = table(side_by_side(households, old, new))
    for side, plan in (("before", old), ("after", new)):
        inside = sum(count for one, count in zip(plan, households, strict=True) if one >= 0)
        assert found.get(f"households_{side}", np.zeros(1)).sum() == inside


def test_fates_need_no_grid_to_go_on() -> None:
    old, new = np.array([0, 1]), np.array([1, 0])
    assert fates(old, new, {}).tolist() == [MOVED, MOVED]
    assert fates(old, new, successors(old, new, np.ones(2))).tolist() == [KEPT, KEPT]


# -------------------------------------------------------------------------------------- replay


def test_a_year_is_counted_on_the_grids() -> None:
    monthly = np.array([[1, 0], [2, 1], [4, 0], [8, 3]], dtype=np.float64)
    assert replay(np.array([1, 0, 1, -1]), 3, monthly).tolist() == [[2, 1], [5, 0], [0, 0], [8, 3]]


@settings(max_examples=60, deadline=None)
@given(GRIDS, st.integers(0, 2**32 - 1))
def test_what_is_replayed_sums_to_the_events(made: list[tuple[int, int, int]], seed: int) -> None:
    grid = np.array([one for one, _, _ in made])
    monthly = np.random.default_rng(seed).integers(0, 9, (len(grid), 12)).astype(np.float64)
    counted = replay(grid, 5, monthly)
    assert counted.shape == (6, 12)
    assert counted.sum(axis=0).tolist() == monthly.sum(axis=0).tolist()
    for one in range(5):
        assert counted[one].tolist() == monthly[grid == one].sum(axis=0).tolist()


def test_a_replay_agrees_with_the_figures() -> None:
    ground, grid = row_of(HOUSEHOLDS), np.array(OLD)
    yearly = replay(grid, 3, ground.counts["tickets"][:, None])[:-1, 0]
    assert yearly.tolist() == plans.figures(ground, grid, 3, NORMS)["tickets"].tolist()
