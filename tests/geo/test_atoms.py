"""Which cells are neighbours: drawn cases counted by hand, and a slow geometric oracle."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import atoms
from geo.atoms import (
    ALONG_M,
    CORNER_M,
    MAIN_ROAD,
    MINOR_ROAD,
    OPEN,
    WATER,
    Atoms,
    Borders,
    find_borders,
)
from geo.cells import tessellate

Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

NOTHING = shapely.MultiPolygon()

# False eastings and northings are large: whatever works near zero must work there, too.
FAR = np.array([39_500_000.0, 4_300_000.0])


def shapes(*given_: Any) -> Shapes:
    array = np.empty(len(given_), dtype=object)
    array[:] = given_
    return array


def lines(*ends: Sequence[tuple[float, float]]) -> Shapes:
    return shapes(*(shapely.LineString(one) for one in ends))


def squares(columns: int, rows: int, side: float = 100) -> Shapes:
    """Return a lattice, numbered from the south-west, row by row."""
    return shapes(
        *(
            shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side)
            for y in range(rows)
            for x in range(columns)
        )
    )


def pairs(borders: Borders) -> list[tuple[int, int]]:
    return list(zip(borders.left.tolist(), borders.right.tolist(), strict=True))


def kinds(borders: Borders) -> dict[tuple[int, int], int]:
    return dict(zip(pairs(borders), borders.crossing.tolist(), strict=True))


def coverage(seed: int, count: int, away: Floats) -> Shapes:
    """Return cells around buildings strewn over a square; some cells are given to another one."""
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 290, (count, 2)) + away
    outlines = shapes(*(shapely.box(x, y, x + 10, y + 10) for x, y in spots))
    cells = tessellate(outlines, shapely.box(*away, *(away + 300)))
    # Cells far from each other become one of several parts; a number nobody has is an empty cell.
    owner = np.where(rng.random(count) < 0.3, rng.integers(0, count, count), np.arange(count))
    members = (cells[owner == one] for one in range(count))
    return shapes(*(shapely.coverage_union_all(one) if len(one) else NOTHING for one in members))


COVERAGES = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 25))


@settings(max_examples=30, deadline=None)
@given(COVERAGES)
def test_neighbours_are_those_whose_outlines_share_a_length(made: tuple[int, int]) -> None:
    cells = coverage(*made, np.zeros(2))
    found = find_borders(cells)
    outlines = shapely.boundary(cells)
    common = {
        (one, other): shapely.intersection(outlines[one], outlines[other]).length
        for one, other in combinations(range(len(cells)), 2)
    }
    common = {pair: length for pair, length in common.items() if length > CORNER_M}
    assert pairs(found) == sorted(common)
    assert found.length_m == pytest.approx([common[pair] for pair in sorted(common)])
    assert (found.crossing == OPEN).all()


@settings(max_examples=30, deadline=None)
@given(COVERAGES)
def test_the_outer_length_is_what_lies_on_the_edge_of_all(made: tuple[int, int]) -> None:
    cells = coverage(*made, np.zeros(2))
    edge = shapely.boundary(shapely.union_all(cells))
    on_edge = shapely.length(shapely.intersection(shapely.boundary(cells), edge))
    assert find_borders(cells).outer_m == pytest.approx(on_edge)


@settings(max_examples=30, deadline=None)
@given(COVERAGES)
def test_borders_twice_and_the_outer_lengths_are_all_outlines(made: tuple[int, int]) -> None:
    cells = coverage(*made, FAR)
    found = find_borders(cells)
    both = 2 * found.length_m.sum() + found.outer_m.sum()
    corners = len(cells) ** 2 * CORNER_M  # contacts too short to be a border
    assert 0 <= shapely.length(cells).sum() - both + 1e-6 <= corners
    own = found.outer_m.copy()
    np.add.at(own, found.left, found.length_m)
    np.add.at(own, found.right, found.length_m)
    assert (own <= shapely.length(cells) + 1e-6).all()
    assert own == pytest.approx(shapely.length(cells), abs=len(cells) * CORNER_M)


@settings(max_examples=20, deadline=None)
@given(COVERAGES)
def test_the_direction_of_rings_is_of_no_account(made: tuple[int, int]) -> None:
    cells = coverage(*made, np.zeros(2))
    turned = cells.copy()
    turned[::2] = shapely.reverse(turned[::2])
    one, other = find_borders(cells), find_borders(turned)
    assert pairs(one) == pairs(other)
    assert one.length_m == pytest.approx(other.length_m)
    assert one.outer_m == pytest.approx(other.outer_m)


def test_four_squares_meet_at_a_corner_and_are_two_and_two() -> None:
    found = find_borders(squares(2, 2))
    assert pairs(found) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert found.length_m.tolist() == [100] * 4
    assert found.outer_m.tolist() == [200] * 4


@pytest.mark.parametrize(("length_m", "is_border"), [(0.05, False), (0.2, True)])
def test_a_contact_shorter_than_a_hand_is_a_corner(length_m: float, *, is_border: bool) -> None:
    cells = shapes(
        shapely.Polygon([(0, 0), (10, 0), (10, 5), (10, 5 + length_m), (10, 10), (0, 10)]),
        shapely.Polygon([(10, 5), (20, 5), (20, 5 + length_m), (10, 5 + length_m)]),
    )
    assert bool(pairs(find_borders(cells))) is is_border


def test_pieces_of_one_border_are_one_pair_with_their_sum() -> None:
    # The east cell lies around a lake that both touch: their border is in two pieces.
    lake = shapely.Polygon([(90, 40), (110, 40), (110, 60), (90, 60)])
    west = shapely.Polygon([(0, 0), (100, 0), (100, 40), (90, 40), (90, 60), (100, 60), (100, 100),
                            (0, 100)])  # fmt: skip
    east = shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100, 60), (110, 60),
                            (110, 40), (100, 40)])  # fmt: skip
    assert shapely.coverage_is_valid(shapes(west, east))
    found = find_borders(shapes(west, east))
    assert pairs(found) == [(0, 1)]
    assert found.length_m.tolist() == [80]
    assert found.outer_m.tolist() == [340, 340]
    assert found.outer_m.sum() == 600 + lake.length


def test_a_cell_inside_another_has_no_outer_length() -> None:
    inner = shapely.box(40, 40, 60, 60)
    found = find_borders(shapes(shapely.box(0, 0, 100, 100).difference(inner), inner))
    assert pairs(found) == [(0, 1)]
    assert found.length_m.tolist() == [80]
    assert found.outer_m.tolist() == [400, 0]


def test_all_parts_of_a_cell_have_neighbours() -> None:
    a, b, c = squares(3, 1)
    found = find_borders(shapes(shapely.MultiPolygon([a, c]), b))
    assert pairs(found) == [(0, 1)]
    assert found.length_m.tolist() == [200]
    assert found.outer_m.tolist() == [600, 200]


def test_empty_cells_keep_their_place_and_have_nobody() -> None:
    a, b = squares(2, 1)
    found = find_borders(shapes(shapely.MultiPolygon(), a, shapely.Polygon(), b))
    assert pairs(found) == [(1, 3)]
    assert found.outer_m.tolist() == [0, 300, 0, 300]


@pytest.mark.parametrize("cells", [shapes(), shapes(shapely.Polygon())])
def test_where_there_is_nothing_there_are_no_borders(cells: Shapes) -> None:
    found = find_borders(cells, {"water": squares(1, 1)})
    assert len(found.left) == len(found.length_m) == len(found.crossing) == 0
    assert found.outer_m.tolist() == [0] * len(cells)


def test_kinds_of_ground_part_neighbours_along_them() -> None:
    barriers = {
        "road_minor": lines([(100, 0), (100, 100)]),
        "road_main": lines([(200, 0), (200, 100)]),
        "water": shapes(shapely.box(300, 0, 320, 100)),
        "lane": lines([(400, 0), (400, 100)]),
    }
    found = find_borders(squares(6, 1), barriers)
    assert kinds(found) == {
        (0, 1): MINOR_ROAD,
        (1, 2): MAIN_ROAD,
        (2, 3): WATER,
        (3, 4): OPEN,
        (4, 5): OPEN,
    }


def test_a_road_across_a_border_does_not_run_along_it() -> None:
    cells = shapes(
        shapely.Polygon([(0, 0), (100, 0), (100, 40), (100, 60), (100, 100), (0, 100)]),
        shapely.Polygon([(100, 0), (200, 0), (200, 100), (100, 100), (100, 60), (100, 40)]),
    )
    assert kinds(find_borders(cells, {"road_main": lines([(0, 50), (200, 50)])})) == {(0, 1): OPEN}


@pytest.mark.parametrize(("beside_m", "kind"), [(0.9, MAIN_ROAD), (1.1, OPEN)])
def test_along_is_within_a_metre(beside_m: float, kind: int) -> None:
    road = lines([(100 + beside_m, 0), (100 + beside_m, 100)])
    assert kinds(find_borders(squares(2, 1), {"road_main": road})) == {(0, 1): kind}


@pytest.mark.parametrize(("reach_m", "kind"), [(49, OPEN), (51, WATER)])
def test_a_barrier_counts_along_more_than_half(reach_m: float, kind: int) -> None:
    west = [(100, 0), (100, reach_m), (100, 100)]
    cells = shapes(
        shapely.Polygon([(0, 0), *west, (0, 100)]), shapely.Polygon([(200, 100), *west[::-1]])
    )
    water = shapes(shapely.box(90, -50, 110, reach_m - 1))
    assert kinds(find_borders(cells, {"water": water})) == {(0, 1): kind}


def test_the_greatest_hindrance_wins() -> None:
    along = [(100.0, 0.0), (100.0, 100.0)]
    cells = squares(2, 1)
    roads = {"road_main": lines(along), "road_minor": lines(along)}
    assert kinds(find_borders(cells, roads)) == {(0, 1): MAIN_ROAD}
    water = {**roads, "water": shapes(shapely.box(95, 0, 105, 100))}
    assert kinds(find_borders(cells, water)) == {(0, 1): WATER}


def test_the_order_of_kinds_is_of_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    along = lines([(100.0, 0.0), (100.0, 100.0)])
    monkeypatch.setattr(atoms, "CROSSINGS", dict(list(atoms.CROSSINGS.items())[::-1]))
    found = find_borders(squares(2, 1), {"road_minor": along, "road_main": along})
    assert kinds(found) == {(0, 1): MAIN_ROAD}


def test_hindrances_add_up_to_the_lesser_one() -> None:
    # 40 m along water and 40 m along a minor road: neither is more than half, the road at least is.
    west = [(100, 0), (100, 40), (100, 80), (100, 100)]
    cells = shapes(
        shapely.Polygon([(0, 0), *west, (0, 100)]), shapely.Polygon([(200, 100), *west[::-1]])
    )
    barriers = {
        "water": shapes(shapely.box(99, 0, 101, 38)),
        "road_minor": lines([(100, 42), (100, 78)]),
    }
    assert kinds(find_borders(cells, barriers)) == {(0, 1): MINOR_ROAD}


SEGMENT = st.tuples(*[st.integers(-10, 410)] * 4)
ROADS = st.lists(SEGMENT, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), ROADS, ROADS)
def test_crossings_are_told_by_the_distance_to_each_barrier(
    seed: int, minor: list[tuple[int, ...]], main: list[tuple[int, ...]]
) -> None:
    cells = squares(4, 4)
    rng = np.random.default_rng(seed)
    # Some roads lie on borders, or nothing would run along anything.
    at = rng.integers(0, 5, 4) * 100.0
    drawn = {
        "road_minor": [*minor, (at[0], 0, at[0], 400)],
        "road_main": [*main, (at[1], 100, at[1], 300), (100, at[2], 400, at[2])],
    }
    barriers = {
        kind: lines(*([(a, b), (c, d)] for a, b, c, d in segments))
        for kind, segments in drawn.items()
    }
    for (one, other), crossing in kinds(find_borders(cells, barriers)).items():
        middle = shapely.intersection(cells[one], cells[other]).centroid
        expected = OPEN
        for kind, level in (("road_minor", MINOR_ROAD), ("road_main", MAIN_ROAD)):
            if min(middle.distance(road) for road in barriers[kind]) <= ALONG_M:
                expected = level
        assert crossing == expected


def test_there_are_as_many_atoms_as_buildings() -> None:
    cells = squares(3, 1)
    none = np.zeros(3)
    xy = shapely.get_coordinates(shapely.centroid(cells))
    made = Atoms(xy, shapely.area(cells), none, none, none.astype(int), find_borders(cells))
    assert len(made) == 3
