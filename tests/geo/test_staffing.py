"""Who works where: against every possible assignment, and by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import staffing
from geo.errors import PlanError
from geo.staffing import OVERLOAD_COST, familiarity, suggest

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CEILING = 600.0


def cost_of(known: Floats, households: Floats, ceiling: float, worker: tuple[int, ...]) -> float:
    """Return what an assignment costs: strangers, households above ceilings, idle workers."""
    load = [0.0] * known.shape[1]
    cost = 0.0
    for grid, one in enumerate(worker):
        load[one] += households[grid]
        cost -= known[grid, one]
    cost += OVERLOAD_COST * sum(max(0.0, one - ceiling) for one in load)
    idle = known.shape[1] - len(set(worker))
    return float(cost + 0.5 * max(households.mean(), 1.0) * idle)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1), st.booleans())
def test_no_assignment_of_all_is_cheaper(
    grids: int,
    workers: int,
    seed: int,
    tight: bool,  # noqa: FBT001 - hypothesis calls it
) -> None:
    rng = np.random.default_rng(seed)
    households = rng.integers(0, 500, grids).astype(np.float64)
    known = np.floor(households[:, None] * rng.dirichlet(np.ones(workers), grids))
    ceiling = 350.0 if tight else CEILING
    every = product(range(workers), repeat=grids)
    best = min(cost_of(known, households, ceiling, one) for one in every)
    found = suggest(known, households, ceiling)
    cost = cost_of(known, households, ceiling, tuple(found.worker.tolist()))
    # The solver may stop at half a per cent.
    assert best - 1e-6 <= cost <= best + 0.005 * abs(best) + 1e-6
    assert found.familiar == known[np.arange(grids), found.worker].sum()
    assert found.households == households.sum()
    assert found.load.tolist() == [households[found.worker == w].sum() for w in range(workers)]


def plan_of(grid: list[int], households: list[float]) -> tuple[Ints, Floats]:
    return np.array(grid), np.array(households, dtype=np.float64)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(300, 500), min_size=1, max_size=6), st.permutations(range(6)))
def test_where_nothing_changes_everybody_stays(households: list[int], order: list[int]) -> None:
    grids = len(households)
    now, weight = plan_of(list(range(grids)), [float(one) for one in households])
    worker = [one for one in order if one < grids]
    holds = np.zeros((grids, grids), dtype=bool)
    holds[worker, np.arange(grids)] = True
    found = suggest(familiarity(now, now, holds, weight), weight, CEILING)
    assert found.worker.tolist() == worker
    assert found.familiar == found.households == weight.sum()


def test_who_holds_two_small_grids_keeps_both() -> None:
    now, weight = plan_of([0, 1, 2], [250, 250, 500])
    holds = np.array([[True, True, False], [False, False, True]])
    found = suggest(familiarity(now, now, holds, weight), weight, CEILING)
    assert found.worker.tolist() == [0, 0, 1]
    assert found.load.tolist() == [500, 500]


def test_a_grid_goes_to_whom_most_of_its_households_know() -> None:
    now, weight = plan_of([0, 0, 1, 1], [100, 200, 50, 300])
    new = np.array([0, 1, 1, 0])
    known = familiarity(now, new, np.eye(2, dtype=bool), weight)
    assert known.tolist() == [[100, 300], [200, 50]]
    assert suggest(known, np.array([400.0, 250]), CEILING).worker.tolist() == [1, 0]


def test_what_is_too_much_for_one_is_spread() -> None:
    known = np.array([[400.0, 0], [400, 0]])
    found = suggest(known, np.array([400.0, 400]), CEILING)
    assert sorted(found.worker.tolist()) == [0, 1]
    assert found.load.tolist() == [400, 400]
    assert found.familiar == 400


def test_below_the_ceiling_familiar_hands_hold_more_than_one() -> None:
    known = np.array([[300.0, 0], [300, 0]])
    assert suggest(known, np.array([300.0, 300]), CEILING).worker.tolist() == [0, 0]


def test_strangers_spread_before_work_is_piled() -> None:
    found = suggest(np.zeros((3, 3)), np.array([100.0, 100, 100]), CEILING)
    assert sorted(found.worker.tolist()) == [0, 1, 2]


def test_too_much_for_everybody_still_has_a_worker_each() -> None:
    # 新亚洲: 13,350 households in 9 grids and 22 workers: every grid is above anybody's ceiling.
    households = np.full(9, 13_350 / 9)
    found = suggest(np.zeros((9, 22)), households, CEILING)
    assert len(set(found.worker.tolist())) == 9
    assert found.load.sum() == pytest.approx(13_350)


def test_one_worker_holds_everything() -> None:
    found = suggest(np.zeros((3, 1)), np.array([500.0, 400, 300]), CEILING)
    assert found.worker.tolist() == [0, 0, 0]
    assert found.load.tolist() == [1200]


def test_without_workers_it_is_said() -> None:
    with pytest.raises(PlanError, match="no workers to assign"):
        suggest(np.zeros((2, 0)), np.ones(2), CEILING)


def test_no_grids_need_nobody() -> None:
    found = suggest(np.zeros((0, 2)), np.empty(0), CEILING)
    assert found.worker.size == 0
    assert found.load.tolist() == [0, 0]
    assert (found.familiar, found.households) == (0, 0)


def test_no_answer_of_the_solver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        x = None

    monkeypatch.setattr(staffing, "milp", lambda *_args, **_more: Nothing())
    with pytest.raises(PlanError, match="No assignment of workers was found"):
        suggest(np.zeros((1, 1)), np.ones(1), CEILING)


# ---------------------------------------------------------------------------------- familiarity


def test_buildings_in_no_grid_are_familiar_to_nobody() -> None:
    now, weight = plan_of([0, -1, 0], [10, 20, 40])
    new = np.array([0, 0, -1])
    assert familiarity(now, new, np.array([[True]]), weight).tolist() == [[10]]


def test_two_who_hold_one_grid_both_know_it() -> None:
    now, weight = plan_of([0, 0], [10, 20])
    assert familiarity(now, now, np.array([[True], [True], [False]]), weight).tolist() == [
        [30, 30, 0]
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 40)),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.sets(st.integers(0, 3)), max_size=4),
)
def test_familiar_households_counted_one_by_one(
    made: list[tuple[int, int, int]], held: list[set[int]]
) -> None:
    now, new, weight = (np.array(one) for one in zip(*made, strict=True))
    holds = np.array([[one in of for one in range(4)] for of in held], dtype=bool).reshape(-1, 4)
    known = familiarity(now, new, holds, weight.astype(np.float64))
    assert known.shape == (max(new.max() + 1, 0), len(held))
    for grid, worker in np.ndindex(*known.shape):
        one_by_one = sum(h for was, one, h in made if one == grid and was in held[worker])
        assert known[grid, worker] == one_by_one
