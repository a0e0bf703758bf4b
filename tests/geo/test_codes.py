"""Grid codes: fifteen digits, in reading order, and each means one grid for ever."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.codes import (
    assign_codes,
    free_codes,
    reading_order,
    serial,
    shared,
    successors,
)
from geo.errors import InputError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

COMMUNITY = "120116051013"
NOBODY: dict[int, str] = {}


def codes(*numbers: int) -> list[str]:
    return [f"{COMMUNITY}{number:03d}" for number in numbers]


def places(*xy: tuple[float, float]) -> Floats:
    return np.array(xy, dtype=np.float64).reshape(-1, 2)


# ------------------------------------------------------------------------------- reading order


def test_rows_go_from_the_north_and_each_from_the_west() -> None:
    nine = places(*((x, y) for y in (2, 1, 0) for x in (0, 1, 2)))
    assert reading_order(nine).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert reading_order(nine[::-1]).tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_a_place_a_little_further_north_stays_in_its_row() -> None:
    assert reading_order(places((0, 100), (100, 100), (0, 0), (100, 1))).tolist() == [1, 2, 3, 4]
    assert reading_order(places((0, 100), (100, 101), (0, 0), (100, 1))).tolist() == [1, 2, 3, 4]


def test_a_strip_along_a_street_goes_from_the_west() -> None:
    assert reading_order(places((0, 0), (300, 9), (600, -9))).tolist() == [1, 2, 3]


def test_a_strip_along_a_river_goes_from_the_north() -> None:
    assert reading_order(places((9, 600), (-9, 300), (0, 0))).tolist() == [1, 2, 3]


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_places_that_are_one_have_an_order_all_the_same(count: int) -> None:
    assert sorted(reading_order(np.zeros((count, 2)))) == list(range(1, count + 1))


@settings(deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_an_uneven_lattice_is_read_like_an_even_one(columns: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(rows * columns), columns)
    xy = np.column_stack([column, -row]) + rng.uniform(-0.15, 0.15, (rows * columns, 2))
    mixed = rng.permutation(rows * columns)
    assert reading_order(xy[mixed] * 250).tolist() == (mixed + 1).tolist()


COORDINATE = st.floats(-1e6, 1e6)
PLACES = st.lists(st.tuples(COORDINATE, COORDINATE), max_size=40)


@settings(deadline=None)
@given(PLACES)
def test_every_place_has_one_number(drawn: list[tuple[float, float]]) -> None:
    order = reading_order(places(*drawn))
    assert sorted(order.tolist()) == list(range(1, len(drawn) + 1))


@settings(deadline=None)
@given(PLACES, st.integers(0, 2**32 - 1))
def test_the_order_does_not_hang_on_the_order_given(
    drawn: list[tuple[float, float]], seed: int
) -> None:
    xy = np.unique(places(*drawn), axis=0)
    mixed = np.random.default_rng(seed).permutation(len(xy))
    assert reading_order(xy)[mixed].tolist() == reading_order(xy[mixed]).tolist()


# ---------------------------------------------------------------------------------- free codes


def test_free_codes_are_the_lowest_never_used() -> None:
    assert free_codes(COMMUNITY, 4, codes(1, 3, 4, 900)) == codes(2, 5, 6, 7)
    assert free_codes(COMMUNITY, 0, codes(1)) == []


def test_codes_of_another_community_are_no_matter() -> None:
    assert free_codes(COMMUNITY, 1, ["350102001002001"]) == codes(1)


def test_the_last_serial_is_999() -> None:
    assert free_codes(COMMUNITY, 1, codes(*range(1, 999))) == codes(999)


@pytest.mark.parametrize(("free", "wanted"), [(0, 1), (1, 2), (999, 1000)])
def test_no_serial_after_999_is_said(free: int, wanted: int) -> None:
    with pytest.raises(InputError, match=f"{COMMUNITY} has used up its grid codes"):
        free_codes(COMMUNITY, wanted, codes(*range(1, 1000 - free)))


def test_people_call_a_grid_by_its_serial() -> None:
    assert serial(*codes(7)) == "007"


# ---------------------------------------------------------------------------------- successors


def test_a_grid_goes_on_where_most_of_its_households_are() -> None:
    # Grid 0 has 10 + 20 + 30 households: 30 of them in the new grid 0, the other 30 divided.
    old, new = np.array([0, 0, 0, 1]), np.array([2, 1, 0, 0])
    assert successors(old, new, np.array([10.0, 20, 30, 5])) == {0: 0}


def test_households_count_not_buildings() -> None:
    old, new = np.array([0, 0, 0]), np.array([0, 0, 1])
    assert successors(old, new, np.array([1.0, 1, 3])) == {1: 0}


def test_of_two_that_merge_the_larger_goes_on() -> None:
    assert successors(np.array([0, 1]), np.array([0, 0]), np.array([10.0, 11])) == {0: 1}


def test_who_loses_the_heir_goes_on_in_the_next() -> None:
    # Grid 1 has more in common with the new grid 0, which already goes on from grid 0.
    old, new = np.array([0, 1, 1]), np.array([0, 0, 1])
    assert successors(old, new, np.array([50.0, 20, 10])) == {0: 0, 1: 1}


def test_buildings_without_households_decide_where_nobody_lives() -> None:
    old, new = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 2])
    assert successors(old, new, np.zeros(4)) == {1: 0, 2: 1}


def test_nothing_in_common_goes_on_nowhere() -> None:
    assert successors(np.array([0, -1]), np.array([-1, 0]), np.ones(2)) == {}
    assert successors(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)) == {}
    assert shared(np.array([-1]), np.array([-1]), np.ones(1)) == {}


MOVES = st.lists(
    st.tuples(st.integers(-1, 5), st.integers(-1, 5), st.integers(0, 60)), min_size=1, max_size=40
)
Moves = list[tuple[int, int, int]]


def columns(moves: Moves) -> tuple[Ints, Ints, Floats]:
    old, new, households = np.array(moves).T
    return old, new, households.astype(np.float64)


def in_common(moves: Moves) -> dict[tuple[int, int], tuple[int, int]]:
    """Return households and buildings by pair, counted one by one."""
    common: dict[tuple[int, int], tuple[int, int]] = {}
    for old, new, households in moves:
        if old >= 0 and new >= 0:
            people, buildings = common.get((old, new), (0, 0))
            common[old, new] = people + households, buildings + 1
    return common


@settings(deadline=None)
@given(MOVES)
def test_what_is_shared_is_counted_one_by_one(moves: Moves) -> None:
    found, expected = shared(*columns(moves)), in_common(moves)
    assert found.keys() == expected.keys()
    assert all(found[pair] == pytest.approx(expected[pair][0], abs=0.01) for pair in expected)


@settings(deadline=None)
@given(MOVES)
def test_each_old_grid_goes_on_at_most_once_and_nobody_would_rather(moves: Moves) -> None:
    kept, common = successors(*columns(moves)), in_common(moves)
    assert len(set(kept.values())) == len(kept)
    assert all((was, one) in common for one, was in kept.items())
    heirs = {was: one for one, was in kept.items()}
    for (was, one), much in common.items():
        rivals = [common[was, heirs[was]]] if was in heirs else []
        rivals += [common[kept[one], one]] if one in kept else []
        assert max(rivals, default=(-1, -1)) >= much


@settings(deadline=None)
@given(st.lists(st.integers(-1, 8), min_size=1, max_size=40), st.permutations(range(9)))
def test_the_same_grids_in_another_order_all_go_on(grid: list[int], order: list[int]) -> None:
    old = np.array(grid)
    new = np.append(order, -1)[old]
    assert successors(old, new, np.ones(len(old))) == {order[one]: one for one in {*grid} - {-1}}


# -------------------------------------------------------------------------------------- assign


def test_a_first_plan_is_numbered_in_reading_order() -> None:
    centres = places((1, 0), (0, 0), (1, 1), (0, 1))
    assert assign_codes(COMMUNITY, centres, NOBODY, NOBODY, []) == codes(4, 3, 2, 1)


def test_kept_returning_and_new_grids_have_their_codes() -> None:
    centres = places((0, 3), (1, 3), (0, 0), (1, 0))
    given_ = assign_codes(COMMUNITY, centres, {2: codes(2)[0]}, {1: codes(1)[0]}, codes(1, 2, 3, 5))
    assert given_ == codes(4, 1, 2, 6)


def test_going_on_comes_before_coming_back() -> None:
    seven, eight = codes(7, 8)
    centres = places((0, 0), (1, 0))
    assert assign_codes(COMMUNITY, centres, {0: seven}, {0: eight, 1: seven}, [seven, eight]) == [
        seven,
        codes(1)[0],
    ]


def test_a_code_comes_back_once() -> None:
    (seven,) = codes(7)
    centres = places((0, 0), (1, 0))
    assert assign_codes(COMMUNITY, centres, NOBODY, {0: seven, 1: seven}, [seven]) == [
        seven,
        codes(1)[0],
    ]


def test_a_plan_that_only_goes_on_needs_no_free_code() -> None:
    every = codes(*range(1, 1000))
    assert assign_codes(COMMUNITY, places((0, 0)), {0: every[8]}, NOBODY, every) == [every[8]]
    with pytest.raises(InputError, match="used up"):
        assign_codes(COMMUNITY, places((0, 0), (1, 0)), {0: every[8]}, NOBODY, every)


def test_no_grids_no_codes() -> None:
    assert assign_codes(COMMUNITY, places(), NOBODY, NOBODY, codes(1)) == []


@st.composite
def histories(draw: st.DrawFn) -> tuple[Floats, dict[int, str], dict[int, str], set[str]]:
    """Return centres, what goes on, what comes back, and all codes ever used."""
    count = draw(st.integers(0, 12))
    used = draw(st.lists(st.integers(1, 30), unique=True))
    xy = draw(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=count, max_size=count))
    going = draw(st.permutations(used))[:count]
    grids = draw(st.permutations(range(count)))
    cut = draw(st.integers(0, len(going)))
    kept = dict(zip(grids[:cut], codes(*going[:cut]), strict=True))
    back = draw(st.dictionaries(st.integers(0, max(count - 1, 0)), st.sampled_from(used or [1])))
    returning = {grid: codes(number)[0] for grid, number in back.items() if used and grid < count}
    return places(*xy), kept, returning, set(codes(*used))


@settings(max_examples=200, deadline=None)
@given(histories())
def test_no_used_code_goes_to_a_new_grid_and_all_differ(
    history: tuple[Floats, dict[int, str], dict[int, str], set[str]],
) -> None:
    centres, kept, returning, used = history
    given_ = assign_codes(COMMUNITY, centres, kept, returning, used)
    assert len(given_) == len(centres)
    assert len(set(given_)) == len(given_)
    assert all(len(code) == 15 and code.isdigit() and code[:12] == COMMUNITY for code in given_)
    assert all(given_[grid] == code for grid, code in kept.items())
    for grid, code in enumerate(given_):
        assert code not in used or code in {kept.get(grid), returning.get(grid)}
    # A code that nobody goes on with comes back, if its grid has no other.
    back = {code for grid, code in returning.items() if grid not in kept}
    assert back - set(kept.values()) <= set(given_)


@settings(deadline=None)
@given(histories())
def test_from_a_code_to_its_grid_and_back(
    history: tuple[Floats, dict[int, str], dict[int, str], set[str]],
) -> None:
    centres, kept, returning, used = history
    given_ = assign_codes(COMMUNITY, centres, kept, returning, used)
    grid_of = {code: grid for grid, code in enumerate(given_)}
    assert [given_[grid_of[code]] for code in given_] == given_
    assert [grid_of[given_[grid]] for grid in range(len(centres))] == list(range(len(centres)))
    # The next publication with nothing changed gives the same codes.
    again = assign_codes(COMMUNITY, centres, dict(enumerate(given_)), {}, {*used, *given_})
    assert again == given_


@settings(deadline=None)
@given(PLACES.filter(bool), st.sets(st.integers(1, 50)))
def test_new_serials_rise_in_reading_order(
    drawn: list[tuple[float, float]], used: set[int]
) -> None:
    centres = places(*drawn)
    given_ = assign_codes(COMMUNITY, centres, NOBODY, NOBODY, codes(*used))
    assert np.argsort(given_).tolist() == np.argsort(reading_order(centres)).tolist()
    unused = [number for number in range(1, 200) if number not in used]
    assert sorted(given_) == codes(*unused[: len(centres)])
