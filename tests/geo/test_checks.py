"""Checks of a plan: a drawn community of sixteen square cells, counted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.atoms import Atoms, find_borders
from geo.checks import (
    BLOCKING,
    CHECKS,
    INCOMPLETE,
    STATES,
    VIOLATED,
    WARNING,
    Duty,
    Finding,
    Signed,
    check,
    excused,
    ordered,
    worker_households,
)
from geo.norms import NORMS, in_force
from geo.plans import COUNTS, Ground, figures, hull_corners

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]

SIDE_M = 50.0
QUARTERS = "0011/0011/2233/2233"


def community(
    households: float | Sequence[float] = 100,
    barriers: Mapping[str, Shapes] | None = None,
    columns: int = 4,
    rows: int = 4,
) -> Ground:
    """Return square cells numbered like the letters on a page: from the north-west, row by row."""
    row, column = np.divmod(np.arange(columns * rows), columns)
    west, south = column * SIDE_M, (rows - 1 - row) * SIDE_M
    cells = np.asarray(shapely.box(west, south, west + SIDE_M, south + SIDE_M), dtype=object)
    people = np.broadcast_to(np.asarray(households, dtype=np.float64), len(cells)).copy()
    corners, owner = hull_corners(cells)
    atoms = Atoms(
        xy=shapely.get_coordinates(shapely.centroid(cells)),
        area_m2=shapely.area(cells),
        households=people,
        load=people,
        compound=np.full(len(cells), -1),
        borders=find_borders(cells, barriers),
    )
    counts = {key: np.zeros(len(cells)) for key in COUNTS} | {"households": people}
    return Ground(atoms, counts, np.full(len(cells), -1), corners, owner)


def drawn(picture: str) -> Ints:
    """Return the plan of a picture, a figure a building and a dot for one in no grid."""
    return np.array([-1 if sign == "." else int(sign) for sign in picture.replace("/", "")])


def look(
    ground: Ground, picture: str, duties: Sequence[Duty] | None = None, **changed: float
) -> list[Finding]:
    """Check a drawn plan, its grids numbered 0 to 4; `changed` are other floors of norms."""
    norms = in_force({key: replace(NORMS[key], low=low) for key, low in changed.items()})
    return check(ground, drawn(picture), 5, norms, duties)


def told(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(one.key, one.state, one.subject) for one in found]


def words(found: Finding) -> str:
    return found.message_id.format(**found.params)


def staff(*grids: tuple[int, ...]) -> list[Duty]:
    return [Duty(number, held) for number, held in enumerate(grids)]


def line(*ends: tuple[float, float]) -> Shapes:
    return np.array([shapely.LineString(ends)], dtype=object)


def test_where_all_is_well_nothing_is_found() -> None:
    assert look(community(), QUARTERS, staff((0,), (1,), (2,), (3,))) == []


def test_empty_grids_are_no_matter() -> None:
    # Grid 4 of the five has no building: no worker, no households, no piece of ground.
    assert not [one for one in look(community(), QUARTERS, []) if one.grid == 4]


# ---------------------------------------------------------------------------- one check at a time


def test_buildings_in_no_grid_are_on_top_with_their_households() -> None:
    ground = community([100] * 12 + [100, 77, 100, 100])
    (top, *rest) = look(ground, "0011/0011/2233/2.33")
    assert (top.key, top.state, top.subject, top.grid) == ("unassigned", INCOMPLETE, "plan", None)
    assert words(top) == "1 buildings with 77 households are in no grid."
    assert top.atoms == (13,)
    assert top.figure == 1
    assert top.blocks
    assert rest == []  # 300 households are left in grid 2: the floor itself


@pytest.mark.parametrize(
    ("each", "state", "sentence"),
    [
        (74.75, VIOLATED, "299 households, 1 below the floor of 300."),
        (75, None, ""),
        (125, None, ""),
        (125.25, VIOLATED, "501 households, 1 above the ceiling of 500."),
        (370.75, VIOLATED, "1483 households, 983 above the ceiling of 500."),
    ],
)
def test_households_say_the_figure_and_the_gap(each: float, state: str, sentence: str) -> None:
    households = [100.0] * 16
    for place in (0, 1, 4, 5):
        households[place] = each
    found = look(community(households), QUARTERS)
    if not state:
        assert found == []
        return
    (one,) = found
    assert (one.key, one.state, one.subject, one.grid) == ("households", state, "grid:0", 0)
    assert (one.figure, one.low, one.high) == (4 * each, 300, 500)
    assert words(one) == sentence
    assert one.atoms == (0, 1, 4, 5)


def test_where_no_households_are_on_record_it_is_said_once() -> None:
    (one,) = look(community(0), QUARTERS)
    assert (one.key, one.state, one.subject) == ("households", WARNING, "plan")
    assert not one.blocks
    assert [one.key for one in look(community(0), "." * 16)] == ["unassigned"]


def test_a_corner_does_not_join_two_parts() -> None:
    # Grid 0 is two squares of two cells that meet at one corner in the middle.
    found = look(community(), "0011/0011/2200/2200", grid_households=0, polsby_popper=0.0)
    (one,) = [one for one in found if one.key == "parts"]
    assert (one.state, one.grid, one.figure) == (VIOLATED, 0, 2)
    assert words(one) == "2 separate parts; at most 1 allowed."


def test_parts_are_counted() -> None:
    found = look(community(), "0101/1010/0101/1010", grid_households=0)
    parts = {one.grid: one.figure for one in found if one.key == "parts"}
    assert parts == {0: 8, 1: 8}


def test_an_office_may_allow_two_parts() -> None:
    norms = in_force({"grid_parts": replace(NORMS["grid_parts"], high=2)})
    found = check(community(50), drawn("0011/0011/1100/1100"), 2, norms)
    assert "parts" not in {one.key for one in found}
    assert "parts" in {
        one.key for one in check(community(50), drawn("0101/1010/0101/1010"), 2, norms)
    }


def test_a_grid_reaching_into_two_sub_districts_is_a_warning() -> None:
    halves = np.repeat([0, 1], 8)
    ground = replace(community(), sub_district=halves)
    assert look(ground, QUARTERS) == []
    found = look(ground, "0123/0123/0123/0123")
    assert told(found) == [("sub_district", WARNING, f"grid:{grid}") for grid in range(4)]
    assert words(found[0]) == "Reaches into 2 sub-districts."
    assert not found[0].blocks


def test_buildings_outside_any_sub_district_reach_into_none() -> None:
    ground = replace(community(), sub_district=np.array([0, -1] * 8))
    assert look(ground, QUARTERS) == []


@pytest.mark.parametrize(
    ("kind", "grids"), [("road_main", [0, 2]), ("water", [0, 2]), ("road_minor", []), ("lane", [])]
)
def test_a_main_road_or_water_through_a_grid_is_a_warning(kind: str, grids: list[int]) -> None:
    found = look(community(barriers={kind: line((50, 0), (50, 200))}), QUARTERS)
    assert told(found) == [("barrier", WARNING, f"grid:{grid}") for grid in grids]
    assert all(words(one) == "A main road or water cuts it into 2 pieces." for one in found)


def test_a_main_road_between_grids_hinders_nobody() -> None:
    assert look(community(barriers={"road_main": line((100, 0), (100, 200))}), QUARTERS) == []


def test_a_road_that_ends_inside_does_not_cut() -> None:
    # The northern half of the border only: the grid hangs together around its end.
    assert look(community(barriers={"road_main": line((50, 150), (50, 200))}), QUARTERS) == []


def test_parts_that_are_apart_anyway_are_not_cut_by_the_road_between() -> None:
    road = {"road_main": line((50, 0), (50, 200))}
    found = look(community(50, road), "0101/0101/0101/0101", reock=0.0)
    assert {one.key for one in found if one.grid == 0} == {"parts"}


def test_a_grid_nobody_works_in_is_incomplete() -> None:
    found = look(community(), QUARTERS, staff((0,), (1, 3)))
    missing = [one for one in found if one.key == "worker"]
    assert told(missing) == [("worker", INCOMPLETE, "grid:2")]
    assert words(missing[0]) == "No grid leader or grid worker."
    assert missing[0].atoms == (8, 9, 12, 13)


def test_an_office_without_staff_is_told_nothing_about_workers() -> None:
    assert look(community(), QUARTERS, None) == []
    assert len(look(community(), QUARTERS, [])) == 4


def test_a_worker_above_the_ceiling_violates_and_one_below_the_floor_is_a_warning() -> None:
    ground = community([75] * 16)
    found = look(ground, QUARTERS, staff((0, 1, 2), (3,)))
    assert told(found) == [
        ("worker_load", VIOLATED, "staff:0"),
        ("worker_load", WARNING, "staff:1"),
    ]
    assert words(found[0]) == "Holds 900 households, 300 above the ceiling of 600."
    assert words(found[1]) == "Holds 300 households, 100 below the floor of 400."
    assert [one.grid for one in found] == [None, None]


def test_workers_of_one_grid_share_its_households() -> None:
    duties = staff((0, 1), (0,), ())
    assert worker_households(np.array([400.0, 120]), duties) == {0: 320, 1: 200, 2: 0}


def test_who_holds_no_grid_is_no_finding() -> None:
    assert look(community(), QUARTERS, staff((0,), (1,), (2,), (3,), ())) == []


@pytest.mark.parametrize(
    ("columns", "outline", "circle"), [(1, 0.7854, 0.6366), (4, 0.5027, 0.2996)]
)
def test_compactness_is_that_of_known_shapes(columns: int, outline: float, circle: float) -> None:
    # Analytics §6 G1: the floors are set around the published values.
    strip = community(400 / columns, columns=columns, rows=1)
    grid = np.zeros(columns, dtype=np.int64)

    def keys(pp: float, reock: float) -> list[str]:
        norms = in_force(
            {
                "polsby_popper": replace(NORMS["polsby_popper"], low=pp),
                "reock": replace(NORMS["reock"], low=reock),
            }
        )
        return [words(one).split(":")[0] for one in check(strip, grid, 1, norms)]

    assert keys(outline - 1e-4, circle - 1e-4) == []
    assert keys(outline + 1e-4, circle - 1e-4) == ["Long or jagged"]
    assert keys(outline - 1e-4, circle + 1e-4) == ["Stretched"]
    assert keys(outline + 1e-4, circle + 1e-4) == ["Long or jagged"]


def test_a_strip_is_within_both_floors_and_a_longer_one_is_stretched() -> None:
    # 1 × 5: Reock 5 / (π · 26 / 4) = 0.245, and Polsby–Popper 0.44.
    strip = community(80, columns=5, rows=1)
    (one,) = check(strip, np.zeros(5, dtype=np.int64), 1, NORMS)
    assert (one.key, one.state, one.blocks) == ("compactness", WARNING, False)
    assert one.figure == pytest.approx(20 / (26 * np.pi))
    assert words(one) == "Stretched: Reock 0.24, below 0.25."
    assert look(community(), "0123/0123/0123/0123") == []


# ---------------------------------------------------------------------------- order, exceptions


def test_figures_known_already_are_used() -> None:
    ground, grid = community(), drawn(QUARTERS)
    table = figures(ground, grid, 4, NORMS).assign(households=[400.0, 400, 400, 501])
    assert told(check(ground, grid, 4, NORMS, figures=table)) == [
        ("households", VIOLATED, "grid:3")
    ]


def test_what_blocks_comes_first_in_the_order_of_the_checks() -> None:
    ground = replace(
        community(80, {"road_main": line((150, 0), (150, 200))}), sub_district=np.arange(16) // 8
    )
    # Grid 0 has 5 × 80 in two parts, grid 1 has 6 × 80, grid 2 too few, one building is left out.
    found = look(ground, "0011/0011/.211/2220", staff((0, 1)), polsby_popper=0.5)
    assert told(found) == [
        ("unassigned", INCOMPLETE, "plan"),
        ("parts", VIOLATED, "grid:0"),
        ("worker", INCOMPLETE, "grid:2"),
        ("worker_load", VIOLATED, "staff:0"),
        ("sub_district", WARNING, "grid:0"),
        ("sub_district", WARNING, "grid:1"),
        ("barrier", WARNING, "grid:1"),
        ("compactness", WARNING, "grid:0"),
    ]


def test_of_one_check_the_worst_comes_first() -> None:
    households = [120] * 4 + [130] * 4 + [10] * 4 + [400] * 4
    found = look(community(households), "0000/1111/2222/3333", polsby_popper=0.0, reock=0.0)
    assert [(one.grid, one.figure) for one in found] == [(3, 1600), (2, 40), (1, 520)]


def test_a_reason_takes_away_what_blocks_and_the_place_on_top() -> None:
    households = [60.0] * 4 + [100.0] * 12
    found = look(community(households), "0000/1111/2222/3333")
    assert [one.blocks for one in found] == [True]
    (signed,) = excused(found, {("households", "grid:0"): Signed("山地")})
    assert signed.reason == "山地"
    assert signed.state == VIOLATED
    assert not signed.blocks
    assert excused([signed], {})[0].blocks


def test_a_reason_is_laid_over_its_own_subject_and_sends_it_to_the_end() -> None:
    found = look(community([60.0] * 8 + [100.0] * 8), "0000/1111/2222/3333")
    signed = excused(found, {("households", "grid:0"): Signed("山地")})
    assert [(one.grid, one.reason, one.blocks) for one in signed] == [
        (1, "", True),
        (0, "山地", False),
    ]
    signed = excused(found, {("households", "grid:1"): Signed("山地")})
    assert [(one.grid, one.blocks) for one in signed] == [(0, True), (1, False)]


def test_unassigned_buildings_stay_on_top_even_if_signed() -> None:
    mixed = [finding("households", VIOLATED, 1), finding("unassigned", INCOMPLETE, None, "signed")]
    assert [one.key for one in ordered(mixed)] == ["unassigned", "households"]


@pytest.mark.parametrize("key", [("households", "grid:1"), ("parts", "grid:0"), ("households", "")])
def test_a_reason_is_for_one_check_of_one_subject(key: tuple[str, str]) -> None:
    found = look(community([60.0] * 4 + [100.0] * 12), "0000/1111/2222/3333")
    assert all(one.blocks for one in excused(found, {key: Signed("x")}))


def finding(key: str, state: str, grid: int | None = None, reason: str = "") -> Finding:
    return Finding(key, state, f"grid:{grid}", grid, 0.0, None, None, "", {}, (), reason)


@pytest.mark.parametrize("state", STATES)
def test_what_blocks_is_incomplete_or_violated(state: str) -> None:
    assert finding("parts", state).blocks is (state in BLOCKING)
    assert not finding("parts", state, reason="signed").blocks


def test_every_check_has_its_place() -> None:
    one_each = [finding(key, VIOLATED) for key in CHECKS]
    assert [one.key for one in ordered(one_each[::-1])] == list(CHECKS)
    assert next(iter(CHECKS)) == "unassigned"


def test_states_have_their_places_and_signed_ones_are_last() -> None:
    expected = [
        finding("unassigned", INCOMPLETE),
        finding("households", VIOLATED, 1),
        finding("households", VIOLATED, 3),
        finding("worker", INCOMPLETE, 0),
        finding("parts", WARNING, 0),
        finding("households", VIOLATED, 2, "signed"),
    ]
    for mixed in permutations(expected):
        assert ordered(mixed) == expected


# ---------------------------------------------------------------------------- any plan


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-1, 4), min_size=16, max_size=16),
    st.lists(st.integers(0, 300), min_size=16, max_size=16),
    st.lists(st.lists(st.integers(0, 4), max_size=3, unique=True), max_size=4),
)
def test_blocking_findings_of_any_plan_counted_one_by_one(
    plan: list[int], households: list[int], held: list[list[int]]
) -> None:
    grid, duties = np.array(plan), staff(*(tuple(one) for one in held))
    found = check(community([float(one) for one in households]), grid, 5, NORMS, duties)
    used = sorted({*plan} - {-1})
    sums = {one: sum(h for g, h in zip(plan, households, strict=True) if g == one) for one in used}
    expected = {("unassigned", "plan")} if -1 in plan else set()
    expected |= {("worker", f"grid:{one}") for one in used if not any(one in of for of in held)}
    if sum(sums.values()):
        expected |= {("households", f"grid:{one}") for one in used if not 300 <= sums[one] <= 500}
    for number, of in enumerate(held):
        load = sum(sums.get(one, 0) / sum(one in each for each in held) for one in of)
        expected |= {("worker_load", f"staff:{number}")} if load > 600 else set()
    expected |= {("parts", f"grid:{one}") for one in used if walked(plan, one) > 1}
    assert {(one.key, one.subject) for one in found if one.blocks} == expected
    blocking = [one.blocks for one in found]
    assert blocking == sorted(blocking, reverse=True)


def walked(plan: list[int], grid: int) -> int:
    """Count the parts of a grid by walking from square to square."""
    left, count = {at for at, one in enumerate(plan) if one == grid}, 0
    while left:
        count += 1
        edge = [left.pop()]
        while edge:
            at = edge.pop()
            beside = [
                at - 4,
                at + 4,
                *([at - 1] if at % 4 else []),
                *([at + 1] if at % 4 < 3 else []),
            ]
            edge += [one for one in beside if one in left]
            left -= {*beside}
    return count


def test_what_gets_worse_must_be_signed_anew() -> None:
    def found(figure: float) -> Finding:
        return Finding("households", "violated", "grid:1", 0, figure, 300, 500, "", {})

    signed = {("households", "grid:1"): Signed("山地", 600)}
    assert not excused([found(600)], signed)[0].blocks
    assert not excused([found(550)], signed)[0].blocks
    assert excused([found(601)], signed)[0].blocks
    assert not excused([found(9_000)], {("households", "grid:1"): Signed("山地")})[0].blocks
