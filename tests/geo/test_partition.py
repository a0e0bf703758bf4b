"""Automatic grids: what must hold for every plan, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.atoms import MAIN_ROAD, Atoms, find_borders
from geo.errors import InputError
from geo.partition import (
    Cancelled,
    Candidate,
    Finding,
    Measures,
    Suggestion,
    Wish,
    feasibility,
    measure,
    suggest,
)
from geo.partition.case import subset
from geo.partition.flips import Cooling, Plan, Weights, anneal
from geo.partition.units import gather

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

SIDE_M = 50.0


def lattice(columns: int, rows: int, seed: int = 0, east: float = 0.0) -> Shapes:
    """Return quadrangles that tile a rectangle, none of them square."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0), indexing="ij")
    inner = np.zeros_like(x)
    inner[1:-1, 1:-1] = 1
    x += inner * rng.uniform(-0.2, 0.2, x.shape) + east
    y += inner * rng.uniform(-0.2, 0.2, y.shape)
    corner = np.stack([x, y], axis=-1) * SIDE_M
    ring = [corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]]
    return np.asarray(shapely.polygons(np.stack(ring, axis=2).reshape(-1, 4, 2)), dtype=object)


def make(cells: Shapes, households: Iterable[float], compound: Ints | None = None) -> Atoms:
    people = np.array(list(households), dtype=np.float64)
    none = np.full(len(cells), -1)
    return Atoms(
        xy=shapely.get_coordinates(shapely.centroid(cells)).reshape(-1, 2),
        area_m2=shapely.area(cells),
        households=people,
        load=people,
        compound=none if compound is None else compound,
        borders=find_borders(cells),
    )


def town(columns: int, rows: int, seed: int, mean: float = 20) -> tuple[Atoms, Shapes]:
    """Return buildings of uneven size; pairs of rows of three are compounds."""
    cells = lattice(columns, rows, seed)
    rng = np.random.default_rng(seed + 1)
    column, row = np.divmod(np.arange(columns * rows), rows)
    compound = (column // 2) * rows + row // 3
    people = rng.integers(0, int(2 * mean) + 1, len(cells))
    people[0] += 1
    return make(cells, people, compound), cells


def parts_of(atoms: Atoms, grid: Ints) -> dict[int, int]:
    """Count each grid's connected pieces by walking (nothing of ours is used)."""
    near: dict[int, set[int]] = {atom: set() for atom in range(len(atoms))}
    for one, other in zip(atoms.borders.left, atoms.borders.right, strict=True):
        near[int(one)].add(int(other))
        near[int(other)].add(int(one))
    seen: set[int] = set()
    count: dict[int, int] = {}
    for first in near:
        if first in seen:
            continue
        count[int(grid[first])] = count.get(int(grid[first]), 0) + 1
        todo = [first]
        while todo:
            atom = todo.pop()
            if atom not in seen:
                seen.add(atom)
                todo += [other for other in near[atom] if grid[other] == grid[first]]
    return count


def slowly(atoms: Atoms, cells: Shapes, grid: Ints, wish: Wish, today: Ints) -> Measures:
    """Measure a plan from its shapes and by trying, for grids that today's number fits onto."""
    names = sorted(set(grid.tolist()))
    people = [float(atoms.households[grid == name].sum()) for name in names]
    shapes = [shapely.union_all(cells[grid == name]) for name in names]
    shares = [4 * np.pi * shape.area / shape.length**2 for shape in shapes]
    where: dict[int, set[int]] = {}
    for compound, name in zip(atoms.compound.tolist(), grid.tolist(), strict=True):
        if compound >= 0:
            where.setdefault(compound, set()).add(name)
    return Measures(
        balance=float(np.std(people) / np.mean(people)),
        in_band=sum(wish.floor <= number <= wish.ceiling for number in people),
        grids=len(names),
        parts=sum(parts_of(atoms, grid).values()) - len(names),
        polsby_popper=float(np.mean(shares)),
        polsby_popper_min=float(np.min(shares)),
        compounds_split=sum(len(grids) > 1 for grids in where.values()),
        compounds=len(where),
        households_moved=fewest_moved(atoms, grid, today),
        low=min(people),
        high=max(people),
    )


def fewest_moved(atoms: Atoms, grid: Ints, today: Ints) -> float:
    """Try every way to take today's grids for new ones."""

    def most(old: list[int], free: frozenset[int]) -> float:
        if not old:
            return 0.0
        shared = (
            atoms.households[(today == old[0]) & (grid == name)].sum()
            + most(old[1:], free - {name})
            for name in free
        )
        return max(most(old[1:], free), *shared) if free else 0.0

    known = sorted(set(today[today >= 0].tolist()))
    stays = most(known, frozenset(grid.tolist()))
    return float(atoms.households[today >= 0].sum() - stays)


def kinds(findings: Iterable[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


def told(suggestion: Suggestion) -> list[str]:
    """Write all sentences, which fails on a place without a value."""
    reasons = [reason for plan in suggestion.plans for reason in plan.reasons.values()]
    said = [(finding.message_id, finding.params) for finding in suggestion.findings]
    return [message_id.format(**params) for message_id, params in [*said, *reasons]]


# ------------------------------------------------------------------------------- what must hold


@settings(max_examples=8, deadline=None)
@given(
    columns=st.integers(1, 6),
    rows=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    mean=st.sampled_from([1, 10, 40, 150]),
    count=st.none() | st.integers(1, 5),
)
def test_every_plan_is_whole(
    columns: int, rows: int, seed: int, mean: float, count: int | None
) -> None:
    atoms, _cells = town(columns, rows, seed, mean)
    wish = Wish(count=count, seed=seed)
    suggestion = suggest(atoms, wish)
    told(suggestion)
    for plan in suggestion.plans:
        assert len(plan.grid) == len(atoms)
        assert sorted(set(plan.grid.tolist())) == list(range(plan.measures.grids))
        assert set(parts_of(atoms, plan.grid).values()) == {1}
        assert plan.measures.parts == 0
        people = np.bincount(plan.grid, atoms.households)
        out = {grid for grid, number in enumerate(people) if not 300 <= number <= 500}
        assert set(plan.reasons) == out
        if count is not None:
            assert plan.measures.grids == min(count, len(atoms))
    again = suggest(atoms, wish)
    assert [plan.grid.tolist() for plan in again.plans] == [
        plan.grid.tolist() for plan in suggestion.plans
    ]


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_measures_equal_those_of_the_shapes(data: st.DataObject, seed: int) -> None:
    atoms, cells = town(4, 5, seed)
    numbers = st.lists(st.integers(0, 4), min_size=20, max_size=20)
    grid = np.array(data.draw(numbers))
    today = np.array(data.draw(numbers)) - 1
    wish = Wish(floor=60, ceiling=120)
    quick, slow = measure(atoms, grid, wish, today), slowly(atoms, cells, grid, wish, today)
    for name in Measures.__dataclass_fields__:
        assert getattr(quick, name) == pytest.approx(getattr(slow, name), rel=1e-9), name


def test_a_real_band_is_kept_with_whole_compounds() -> None:
    atoms, _cells = town(12, 12, 3, mean=22)
    plan = suggest(atoms, Wish()).plans[0]
    assert plan.kind == "recommended"
    assert plan.measures.in_band == plan.measures.grids == 8
    assert plan.measures.compounds_split == 0
    assert plan.measures.compounds == 24
    assert set(parts_of(atoms, plan.grid).values()) == {1}
    assert plan.measures.polsby_popper > 0.5
    assert not plan.reasons


@pytest.mark.parametrize("seed", [1, 3, 10])
def test_lumpy_buildings_in_a_narrow_band(seed: int) -> None:
    weight = np.minimum(np.random.default_rng(seed).pareto(1.2, 64) + 0.2, 9)
    people = np.round(weight / weight.sum() * 3600)
    assert people.max() > 200
    # Without the hotter attempts one grid of nine stays out.
    plan = suggest(make(lattice(8, 8, seed), people), Wish(floor=330, ceiling=430)).plans[0]
    assert plan.measures.in_band == plan.measures.grids == 9


def test_no_plan_is_worse_in_everything() -> None:
    atoms, _cells = town(12, 12, 3, mean=22)
    suggestion = suggest(atoms, Wish(), today=np.arange(144) // 18)
    assert 3 <= len(suggestion.plans) <= 5
    assert len({plan.kind for plan in suggestion.plans}) == len(suggestion.plans)

    def faults(plan: Candidate) -> list[float]:
        m = plan.measures
        return [m.balance, -m.polsby_popper, m.compounds_split, m.households_moved]

    for one in suggestion.plans[1:]:
        for other in suggestion.plans:
            if other is not one:
                pairs = zip(faults(one), faults(other), strict=True)
                assert any(mine < theirs for mine, theirs in pairs)


def test_borders_with_others_become_outline() -> None:
    atoms, cells = town(6, 5, 9)
    some = np.array([3, 4, 8, 9, 14, 21, 22])
    inner = subset(atoms, some)
    outline_m = inner.borders.outer_m.sum()
    assert outline_m == pytest.approx(shapely.union_all(cells[some]).length)
    assert inner.borders.outer_m + sums_at(inner) == pytest.approx(shapely.length(cells[some]))


def sums_at(atoms: Atoms) -> npt.NDArray[np.float64]:
    """Return what each atom shares with others."""
    total = np.zeros(len(atoms))
    np.add.at(total, atoms.borders.left, atoms.borders.length_m)
    np.add.at(total, atoms.borders.right, atoms.borders.length_m)
    return total


def test_sums_are_right_after_many_flips() -> None:
    atoms, _cells = town(10, 9, 5)
    wish = Wish(crossing_cost={})
    units = gather(atoms, np.arange(90), wish)
    plan = Plan(units, np.arange(90) // 30, 3, wish, Weights())
    anneal(plan, Cooling(20_000, 0.2, 0.01), np.random.default_rng(0), lambda _trials: None)
    grid = np.array(plan.grid)[units.member]
    fresh = Plan(units, np.array(plan.grid), 3, wish, Weights())
    assert (grid != np.arange(90) // 30).any()
    np.testing.assert_allclose(plan.sums, fresh.sums, rtol=1e-9)
    assert plan.lies_in == fresh.lies_in
    assert plan.size == np.bincount(grid).tolist()
    outline_m = np.array(plan.sums[3])
    area_m2 = np.array(plan.sums[2])
    share = measure(atoms, grid, wish).polsby_popper
    assert np.mean(4 * np.pi * area_m2 / outline_m**2) == pytest.approx(share)


def test_grids_stay_in_one_piece_even_when_hot() -> None:
    atoms, _cells = town(8, 8, 5)
    wish = Wish()
    units = gather(atoms, np.arange(64), wish)
    plan = Plan(units, np.arange(64) // 16, 4, wish, Weights(shape=0, split=0))
    anneal(plan, Cooling(20_000, 50, 50), np.random.default_rng(0), lambda _trials: None)
    grid = np.array(plan.grid)[units.member]
    assert parts_of(atoms, grid) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert (grid != np.arange(64) // 16).sum() > 20


def test_another_seed_may_find_another_plan() -> None:
    atoms, _cells = town(8, 8, 3, mean=22)
    wish = Wish(keep_together=False)
    one, other = (suggest(atoms, replace(wish, seed=seed)).plans[0] for seed in (1, 2))
    assert one.grid.tolist() != other.grid.tolist()


# ------------------------------------------------------------------------------- what is wished


def test_work_is_balanced_when_asked_for() -> None:
    atoms, _cells = town(10, 10, 2, mean=24)
    east = atoms.xy[:, 0] / atoms.xy[:, 0].max()
    atoms = replace(atoms, load=atoms.households * (0.8 + 0.4 * east), compound=np.full(100, -1))
    plain, loaded = (suggest(atoms, Wish(by_load=by_load)).plans[0] for by_load in (False, True))
    by_load = Wish(by_load=True)
    assert loaded.measures.balance < measure(atoms, plain.grid, by_load).balance
    assert loaded.measures.in_band == loaded.measures.grids


def test_a_main_road_is_not_crossed_without_need() -> None:
    atoms, _cells = town(11, 6, 7, mean=25)
    atoms = replace(atoms, compound=np.full(66, -1))
    borders = atoms.borders
    west = np.arange(66) < 5 * 6
    across = west[borders.left] != west[borders.right]
    atoms = replace(atoms, borders=replace(borders, crossing=np.where(across, MAIN_ROAD, 0)))

    def crossed_m(wish: Wish) -> float:
        grid = suggest(atoms, wish).plans[0].grid
        inside = grid[borders.left] == grid[borders.right]
        return float(borders.length_m[across & inside].sum())

    assert crossed_m(Wish()) < 0.5 * crossed_m(Wish(crossing_cost={}))


def test_staying_close_moves_fewer_households() -> None:
    atoms, _cells = town(9, 9, 3, mean=22)
    today = (atoms.xy[:, 0] // (1.5 * SIDE_M)).astype(np.int64) + 40
    free, half, close = (
        suggest(atoms, Wish(stay_close=share), today=today).plans[0].measures
        for share in (0.0, 0.5, 1.0)
    )
    assert close.households_moved <= half.households_moved <= free.households_moved
    assert close.households_moved < 0.5 * free.households_moved
    assert close.in_band == close.grids


def test_today_stays_when_it_is_good() -> None:
    cells = lattice(8, 8, 1)
    atoms = make(cells, [25.0] * 64)
    column, row = np.divmod(np.arange(64), 8)
    today = (column // 4) * 2 + row // 4
    plan = suggest(atoms, Wish(stay_close=1.0), today=today).plans[0]
    assert plan.measures.households_moved == 0
    assert plan.measures.grids == 4


def test_today_may_be_partly_unknown() -> None:
    atoms, _cells = town(8, 8, 3, mean=25)
    today = np.where(np.arange(64) < 30, np.arange(64) // 10, -1)
    for plan in suggest(atoms, Wish(stay_close=0.8), today=today).plans:
        assert plan.measures.parts == 0
        assert plan.measures.in_band == plan.measures.grids


def test_locked_grids_stay_and_come_first() -> None:
    atoms, _cells = town(12, 12, 3, mean=22)
    today = (np.arange(144) // 18) * 7 + 3
    locked = np.isin(today, [3, 24])
    for plan in suggest(atoms, Wish(), today=today, locked=locked).plans:
        assert (plan.grid[today == 3] == 0).all()
        assert (plan.grid[today == 24] == 1).all()
        assert plan.grid[~locked].min() == 2
        assert plan.measures.parts == 0
    only = suggest(atoms, Wish(), today=today, locked=np.ones(144, dtype=bool))
    assert len(only.plans) == 1
    assert only.plans[0].grid.tolist() == (np.arange(144) // 18).tolist()
    assert not only.findings


def test_locked_grids_count() -> None:
    atoms = make(lattice(8, 5, 1), [50.0] * 40)
    today = np.arange(40) // 8
    suggestion = suggest(atoms, Wish(count=6), today=today, locked=today == 0)
    assert {plan.measures.grids for plan in suggestion.plans} == {6}
    assert not suggestion.findings
    few = suggest(atoms, Wish(count=1), today=today, locked=today == 0)
    assert "count_too_low" in kinds(few.findings)
    assert any("1 grids are too few" in sentence for sentence in told(few))


def test_a_locked_building_needs_its_grid() -> None:
    atoms = make(lattice(2, 2), [100.0] * 4)
    with pytest.raises(InputError, match="no grid today"):
        suggest(atoms, Wish(), locked=np.array([True, False, False, False]))
    with pytest.raises(InputError, match="one entry"):
        suggest(atoms, Wish(), today=np.zeros(3, dtype=np.int64))


def test_progress_is_told_and_can_stop_it() -> None:
    atoms, _cells = town(6, 6, 1)
    shares: list[float] = []

    def go_on(share: float) -> bool:
        shares.append(share)
        return True

    suggest(atoms, Wish(), progress=go_on)
    assert shares[-1] == 1
    assert all(before <= after for before, after in pairwise(shares))
    assert len(shares) > 20
    asked: list[float] = []

    def stop(share: float) -> bool:
        asked.append(share)
        return len(asked) < 5

    with pytest.raises(Cancelled):
        suggest(atoms, Wish(), progress=stop)
    assert len(asked) == 5


# ------------------------------------------------------------------------------- what cannot be


def row_of(total: int, buildings: int = 10) -> Atoms:
    """Return buildings in a row with so many households together."""
    people = np.full(buildings, total // buildings)
    people[: total % buildings] += 1
    return make(lattice(buildings, 1), people)


@pytest.mark.parametrize("total", [501, 550, 599])
def test_a_part_between_has_no_valid_number_of_grids(total: int) -> None:
    suggestion = suggest(row_of(total), Wish())
    assert kinds(suggestion.findings) == {"part_between"}
    assert suggestion.findings[0].params["fewer"] == 1
    assert "no valid number of grids" in told(suggestion)[0]
    best = suggestion.plans[0]
    assert best.reasons
    assert best.measures.grids == (1 if total <= 550 else 2)
    assert all("no valid number" in message_id for message_id, _p in best.reasons.values())


@pytest.mark.parametrize("total", [300, 500, 600, 1000, 901])
def test_a_part_that_can_be_cut_is_cut(total: int) -> None:
    suggestion = suggest(row_of(total), Wish())
    assert not suggestion.findings
    assert suggestion.plans[0].measures.in_band == suggestion.plans[0].measures.grids


def test_too_few_households() -> None:
    suggestion = suggest(row_of(299), Wish())
    assert kinds(suggestion.findings) == {"part_below_floor"}
    assert suggestion.plans[0].measures.grids == 1
    assert any("fewer than the floor of 300" in sentence for sentence in told(suggestion))


@given(total=st.integers(1, 5000), floor=st.integers(1, 400), width=st.integers(0, 400))
def test_feasible_means_that_some_number_fits(total: int, floor: int, width: int) -> None:
    wish = Wish(floor=floor, ceiling=floor + width)
    fits = any(k * floor <= total <= k * (floor + width) for k in range(1, total + 1))
    atoms = make(lattice(2, 1), [total - total // 2, total // 2])
    found = kinds(feasibility(atoms, wish)) - {"building_over_ceiling"}
    assert (not found) == fits


def test_a_building_over_the_ceiling_is_a_grid_of_its_own() -> None:
    people = [60.0] * 20
    people[7] = 600
    suggestion = suggest(make(lattice(5, 4), people), Wish())
    first = suggestion.findings[0]
    assert first.kind == "building_over_ceiling"
    assert first.atoms.tolist() == [7]
    assert "split it by stairwell" in told(suggestion)[0]
    for plan in suggestion.plans:
        alone = plan.grid[7]
        assert (plan.grid == alone).sum() == 1
        assert set(plan.reasons) == {alone}
        assert plan.reasons[alone][1]["building"] == 7


def test_an_island_below_the_floor_is_named() -> None:
    cells = np.concatenate([lattice(5, 4), lattice(2, 1, east=50)])
    suggestion = suggest(make(cells, [40.0] * 22), Wish())
    assert kinds(suggestion.findings) == {"part_below_floor"}
    assert suggestion.findings[0].atoms.tolist() == [20, 21]
    for plan in suggestion.plans:
        assert plan.measures.parts == 0
        assert len(plan.reasons) == 1
        assert plan.measures.in_band == 2


def test_an_island_where_nobody_lives_joins_the_nearest_grid() -> None:
    cells = np.concatenate([lattice(5, 4), lattice(2, 1, east=9)])
    suggestion = suggest(make(cells, [40.0] * 20 + [0.0] * 2), Wish())
    assert kinds(suggestion.findings) == {"no_households"}
    for plan in suggestion.plans:
        assert plan.measures.parts == 1
        assert plan.measures.in_band == plan.measures.grids == 2
        assert plan.grid[20] == plan.grid[21]
        assert plan.grid[20] in plan.grid[16:20]


def test_more_parts_than_grids() -> None:
    cells = np.concatenate([lattice(5, 4), lattice(2, 1, east=9), lattice(1, 1, east=20)])
    suggestion = suggest(make(cells, [20.0] * 23), Wish(count=1))
    assert "parts_over_count" in kinds(suggestion.findings)
    assert suggestion.plans[0].measures.grids == 1
    assert suggestion.plans[0].measures.parts == 2


@pytest.mark.parametrize(("count", "kind"), [(2, "count_too_low"), (9, "count_too_high")])
def test_an_impossible_number_of_grids(count: int, kind: str) -> None:
    suggestion = suggest(row_of(1600, 20), Wish(count=count))
    assert kinds(suggestion.findings) == {kind}
    plan = suggestion.plans[0]
    assert plan.measures.grids == count
    assert plan.measures.parts == 0
    assert set(plan.reasons) == set(range(count))
    assert plan.measures.balance < 0.2
    assert any(f"{1600 // count}" in sentence for sentence in told(suggestion))


def test_a_compound_over_the_ceiling_is_cut_no_more_than_it_takes() -> None:
    compound = np.repeat([0, 1], 20)
    atoms = make(lattice(10, 4), [40.0] * 40, compound)
    suggestion = suggest(atoms, Wish())
    assert [finding.params["grids"] for finding in suggestion.findings] == [2, 2]
    grid = suggestion.plans[0].grid
    assert [len(set(grid[compound == one].tolist())) for one in (0, 1)] == [2, 2]


# ---------------------------------------------------------------------------------- odd ground


def test_nothing_at_all() -> None:
    atoms = make(np.empty(0, dtype=object), [])
    suggestion = suggest(atoms, Wish())
    assert [plan.grid.size for plan in suggestion.plans] == [0]
    assert suggestion.plans[0].measures.grids == 0
    assert not feasibility(atoms, Wish())


def test_one_building() -> None:
    suggestion = suggest(make(lattice(1, 1), [400.0]), Wish(count=3))
    assert suggestion.plans[0].grid.tolist() == [0]
    assert kinds(suggestion.findings) == {"count_too_high"}


def test_nobody_lives_here() -> None:
    atoms = make(lattice(6, 6, 4), [0.0] * 36)
    with pytest.raises(InputError, match="no households to share out"):
        suggest(atoms, Wish())
    plan = suggest(atoms, Wish(count=4)).plans[0]
    assert plan.measures.grids == 4
    assert plan.measures.parts == 0
    ground = np.bincount(plan.grid, atoms.area_m2)
    assert ground.std() / ground.mean() < 0.15
    assert {message_id for message_id, _p in plan.reasons.values()} == {
        "Nobody lives in this grid."
    }


def test_nobody_lives_beside_the_locked() -> None:
    atoms = make(lattice(6, 2), [200.0, 200.0] + [0.0] * 10)
    today = np.where(np.arange(12) < 2, 0, -1)
    plan = suggest(atoms, Wish(), today=today, locked=today == 0).plans[0]
    assert plan.grid.tolist() == [0, 0] + [1] * 10


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_numbers_that_make_no_sense(value: float) -> None:
    atoms = make(lattice(2, 1), [100.0, value])
    for call in (suggest, feasibility):
        with pytest.raises(InputError, match="Building 1 has"):
            call(atoms, Wish())


@pytest.mark.parametrize(
    "wish",
    [
        Wish(floor=500, ceiling=300),
        Wish(floor=-1),
        Wish(count=0),
        Wish(stay_close=2),
        Wish(floor=0, ceiling=0),
        Wish(ceiling=np.nan),
    ],
)
def test_wishes_that_make_no_sense(wish: Wish) -> None:
    with pytest.raises(InputError):
        suggest(make(lattice(2, 1), [100.0, 100.0]), wish)


def test_more_grids_than_buildings() -> None:
    atoms = make(lattice(3, 1), [400.0, 400.0, 400.0])
    suggestion = suggest(atoms, Wish(floor=100, ceiling=200, count=8))
    assert suggestion.plans[0].measures.grids == 3
    assert "building_over_ceiling" in kinds(suggestion.findings)


def test_compounds_are_cut_when_there_are_fewer_than_grids() -> None:
    atoms = make(lattice(4, 2), [100.0] * 8, np.zeros(8, dtype=np.int64))
    plan = suggest(atoms, Wish(floor=300, ceiling=900, count=2)).plans[0]
    assert plan.measures.grids == plan.measures.in_band == 2


def test_all_in_one_place() -> None:
    atoms, _cells = town(6, 6, 2, mean=40)
    atoms = replace(atoms, xy=np.zeros((36, 2)))
    plan = suggest(atoms, Wish()).plans[0]
    assert plan.measures.parts == 0
    assert plan.measures.in_band == plan.measures.grids > 2


def test_numbers_of_grids_and_compounds_may_be_large() -> None:
    atoms, _cells = town(6, 6, 2, mean=40)
    plain = suggest(atoms, Wish(), today=np.arange(36) // 12).plans[0]
    huge = replace(atoms, compound=atoms.compound + 10**12)
    same = suggest(huge, Wish(), today=np.arange(36) // 12 + 10**12).plans[0]
    assert plain.grid.tolist() == same.grid.tolist()
    assert plain.measures == same.measures
