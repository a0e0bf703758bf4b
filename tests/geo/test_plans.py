"""Grids as unions of cells, and their figures without geometry against those with it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.atoms import MAIN_ROAD, WATER, Atoms, find_borders
from geo.cells import tessellate
from geo.norms import NORMS, Norm
from geo.plans import (
    COUNTS,
    Ground,
    figures,
    grid_shapes,
    hull_corners,
    inside,
    label_points,
    neighbours,
    parts,
    pieces,
    polsby_popper,
    reock,
    sides,
    workers_needed,
)

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]


def test_cells_unite_into_their_grids() -> None:
    cells = np.array([shapely.box(x, 0, x + 1, 1) for x in range(5)], dtype=object)
    shapes, labels = grid_shapes(cells, np.array([0, 0, 3, -1, 0]))
    assert shapely.area(shapes).tolist() == [3, 0, 0, 1]
    assert len(shapes[0].geoms) == 2
    assert shapes[1].is_empty
    assert labels[1].is_empty
    assert shapely.get_type_id(shapes).tolist() == [shapely.GeometryType.MULTIPOLYGON] * 4


def test_no_cells_no_grids() -> None:
    shapes, labels = grid_shapes(np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
    assert shapes.size == labels.size == 0


def test_a_label_stands_in_the_widest_place() -> None:
    hammer = shapely.union_all([shapely.box(0, 0, 20, 1), shapely.box(20, -5, 30, 6)])
    far = shapely.box(100, 0, 103, 3)
    label = label_points(np.array([shapely.MultiPolygon([far, hammer])], dtype=object))[0]
    assert label.distance(shapely.Point(25, 0.5)) < 1


# ------------------------------------------------------------------------------------- figures


def make(cells: Shapes, seed: int = 0, barriers: dict[str, Shapes] | None = None) -> Ground:
    """Return ground with random counts on given cells."""
    rng = np.random.default_rng(seed)
    counts = {key: rng.integers(0, 90, len(cells)).astype(np.float64) for key in COUNTS}
    corners, owner = hull_corners(cells)
    atoms = Atoms(
        xy=shapely.get_coordinates(shapely.point_on_surface(cells)),
        area_m2=shapely.area(cells),
        households=counts["households"],
        load=counts["households"],
        compound=np.full(len(cells), -1),
        borders=find_borders(cells, barriers),
    )
    return Ground(atoms, counts, np.full(len(cells), -1), corners, owner)


def squares(columns: int, rows: int, side: float = 50) -> Shapes:
    """Return a lattice, numbered from the south-west, row by row."""
    row, column = np.divmod(np.arange(columns * rows), columns)
    return np.asarray(
        shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side), dtype=object
    )


class Case(NamedTuple):
    """A random plan on random ground; the last grids may be empty, some buildings in none."""

    cells: Shapes
    ground: Ground
    grid: Ints
    size: int


def _case(seed: int, *, lattice: bool) -> Case:
    rng = np.random.default_rng(seed)
    if lattice:
        cells = squares(*rng.integers(1, 7, 2))
    else:
        spots = rng.uniform(0, 990, (rng.integers(1, 30), 2))
        outlines = np.asarray(shapely.box(*spots.T, *(spots + 10).T), dtype=object)
        cells = tessellate(outlines, shapely.box(0, 0, 1000, 1000))
    size = int(rng.integers(1, 6))
    grid = rng.integers(-1, size, len(cells))
    return Case(cells, make(cells, seed), grid, size + 1)


CASES = st.builds(_case, st.integers(0, 2**32 - 1), lattice=st.booleans())


def lost_m(case: Case) -> float:
    """Return the outline that contacts too short to be a border take from the figures."""
    borders = case.ground.atoms.borders
    told = borders.outer_m.sum() + 2 * borders.length_m.sum()
    return float(shapely.length(case.cells).sum() - told) + 1e-6


def plain(case: Case) -> bool:
    """Tell whether no contact is too short to hold a grid together and no cell has two parts."""
    return lost_m(case) < 1e-3 and bool((shapely.get_num_geometries(case.cells) == 1).all())


def dissolved(case: Case) -> Shapes:
    members = [case.cells[case.grid == one] for one in range(case.size)]
    return np.array([shapely.union_all(one) for one in members], dtype=object)


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_counts_are_those_of_a_group_by(case: Case) -> None:
    found = figures(case.ground, case.grid, case.size, NORMS)
    naive = (
        pd.DataFrame(dict(case.ground.counts))
        .assign(grid=case.grid, buildings=1)
        .query("grid >= 0")
        .groupby("grid")
        .sum()
        .reindex(range(case.size), fill_value=0)
    )
    for key in ("buildings", *COUNTS):
        assert found[key].tolist() == naive[key].tolist()


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_shapes_are_those_of_the_dissolved_cells(case: Case) -> None:
    found = figures(case.ground, case.grid, case.size, NORMS)
    shapes, tolerance = dissolved(case), lost_m(case)
    area, perimeter = shapely.area(shapes), shapely.length(shapes)
    assert found["area_m2"].to_numpy() == pytest.approx(area)
    assert found["perimeter_m"].to_numpy() == pytest.approx(perimeter, abs=tolerance)
    filled = area > 0
    compact = 4 * np.pi * area[filled] / perimeter[filled] ** 2
    rel = 3 * tolerance / perimeter[filled].min(initial=np.inf)
    assert found["polsby_popper"][filled].to_numpy() == pytest.approx(compact, rel=rel)
    assert found["polsby_popper"][~filled].isna().all()
    around = np.pi * shapely.minimum_bounding_radius(shapes[filled]) ** 2
    circle = reock(case.ground, case.grid, case.size, area)
    assert circle[filled] == pytest.approx(area[filled] / around)
    assert np.isnan(circle[~filled]).all()


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_parts_are_those_of_the_dissolved_cells(case: Case) -> None:
    assume(plain(case))
    shapes = dissolved(case)
    expected = np.where(shapely.is_empty(shapes), 0, shapely.get_num_geometries(shapes))
    assert parts(case.ground.atoms, case.grid, case.size).tolist() == expected.tolist()


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_pieces_are_the_polygons_that_hold_the_buildings(case: Case) -> None:
    assume(plain(case))
    label = pieces(case.ground.atoms, case.grid)
    polygons, owner = shapely.get_parts(dissolved(case), return_index=True)
    spots = shapely.points(case.ground.atoms.xy)
    home = [
        [at for at in range(len(polygons)) if owner[at] == one and polygons[at].covers(spot)]
        for one, spot in zip(case.grid, spots, strict=True)
    ]
    held = np.flatnonzero(case.grid >= 0)
    for one in held:
        for other in held:
            assert (label[one] == label[other]) == (home[one] == home[other])


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_neighbours_share_a_line(case: Case) -> None:
    assume(plain(case))
    shapes = dissolved(case)
    expected = {
        (one, other)
        for one in range(case.size)
        for other in range(one + 1, case.size)
        if shapely.intersection(shapes[one], shapes[other]).length > 0.1
    }
    assert neighbours(case.ground.atoms, case.grid) == expected


def test_hours_are_of_tickets_visits_and_the_way() -> None:
    ground = make(squares(2, 2))
    ground.counts["tickets"][:] = [12, 24, 0, 0]
    ground.counts["visits_due"][:] = [21, 0, 30, 0]
    found = figures(ground, np.array([0, 0, 1, -1]), 3, NORMS)
    # Three tickets of an hour and 21 visits of twenty minutes; one visit a day in 5,000 m².
    walk = 21 * 0.7124 * np.sqrt(5000) * 1.3 / 60 / 60
    assert found["hours"][0] == pytest.approx(3 + 7 + walk)
    walk = 21 * 0.7124 * np.sqrt(2500 * 30 / 21) * 1.3 / 60 / 60
    assert found["hours"][1] == pytest.approx(10 + walk)
    assert found["hours"][2] == 0


@pytest.mark.parametrize(
    ("households", "workers"), [(0, 0), (1, 1), (600, 1), (601, 2), (1483, 3), (13350, 23)]
)
def test_workers_needed_at_the_ceiling(households: float, workers: int) -> None:
    assert workers_needed(np.array([households]), NORMS["worker_households"]) == workers


def test_a_norm_with_a_floor_alone_is_the_ceiling_too() -> None:
    floor = Norm("worker_households", "", 400, None, "", "")
    assert workers_needed(np.array([401.0]), floor) == 2


# Analytics §6 G1: what is known of simple shapes.
@pytest.mark.parametrize(
    ("columns", "rows", "outline", "circle"),
    [
        (1, 1, 0.7854, 0.6366),
        (4, 1, 0.5027, 0.2996),
        (1, 4, 0.5027, 0.2996),
        (3, 3, 0.7854, 0.6366),
    ],
)
def test_compactness_of_known_shapes(
    columns: int, rows: int, outline: float, circle: float
) -> None:
    ground = make(squares(columns, rows))
    grid = np.zeros(columns * rows, dtype=np.int64)
    found = figures(ground, grid, 1, NORMS)
    assert found["polsby_popper"][0] == pytest.approx(outline, abs=5e-5)
    assert reock(ground, grid, 1, found["area_m2"].to_numpy())[0] == pytest.approx(circle, abs=5e-5)


def test_a_circle_is_as_compact_as_can_be() -> None:
    disc = np.array([shapely.Point(0, 0).buffer(100, quad_segs=500)], dtype=object)
    ground, grid = make(disc), np.zeros(1, dtype=np.int64)
    found = figures(ground, grid, 1, NORMS)
    assert found["polsby_popper"][0] == pytest.approx(1, abs=1e-4)
    assert reock(ground, grid, 1, found["area_m2"].to_numpy())[0] == pytest.approx(1, abs=1e-4)


def test_what_has_no_outline_has_no_compactness() -> None:
    assert np.isnan(polsby_popper(np.zeros(1), np.zeros(1))).all()
    ground = make(squares(1, 1))
    assert np.isnan(reock(ground, np.array([-1]), 2, np.zeros(2))).all()


def test_a_lake_that_is_in_no_grid_is_part_of_the_outline() -> None:
    grid = np.zeros(9, dtype=np.int64)
    grid[4] = -1
    assert figures(make(squares(3, 3)), grid, 1, NORMS)["perimeter_m"][0] == 600 + 200


# --------------------------------------------------------------------------- parts, neighbours


def test_a_common_corner_does_not_hold_together() -> None:
    ground = make(squares(2, 2))
    assert parts(ground.atoms, np.array([0, 1, 1, 0]), 3).tolist() == [2, 2, 0]
    assert parts(ground.atoms, np.array([0, 1, 0, 0]), 3).tolist() == [1, 1, 0]


def test_a_building_without_ground_is_no_part() -> None:
    cells = np.append(squares(2, 1), np.array([shapely.Polygon()], dtype=object))
    ground = make(squares(2, 1))
    atoms = Atoms(
        np.zeros((3, 2)),
        shapely.area(cells),
        *(np.zeros(3),) * 2,
        np.zeros(3, dtype=np.int64),
        find_borders(cells),
    )
    assert parts(atoms, np.array([0, 0, 0]), 1).tolist() == [1]
    assert parts(atoms, np.array([0, 0, 1]), 2).tolist() == [1, 0]
    assert parts(ground.atoms, np.array([-1, -1]), 2).tolist() == [0, 0]


def test_a_building_with_ground_on_both_sides_of_another_is_one_part() -> None:
    west, middle, east = squares(3, 1)
    cells = np.array([shapely.MultiPolygon([west, east]), middle], dtype=object)
    assert parts(make(cells).atoms, np.array([0, 1]), 2).tolist() == [1, 1]


def test_barriers_part_what_lies_on_both_sides() -> None:
    barriers = {
        "road_main": np.array([shapely.LineString([(50, 0), (50, 50)])], dtype=object),
        "water": np.array([shapely.box(99, 0, 101, 50)], dtype=object),
    }
    atoms, grid = make(squares(4, 1), barriers=barriers).atoms, np.zeros(4, dtype=np.int64)
    assert parts(atoms, grid, 1).tolist() == [1]
    assert parts(atoms, grid, 1, hindrance=WATER).tolist() == [2]
    assert parts(atoms, grid, 1, hindrance=MAIN_ROAD).tolist() == [3]


def test_neighbours_do_not_meet_at_corners_or_across_the_unassigned() -> None:
    atoms = make(squares(3, 2)).atoms
    assert neighbours(atoms, np.array([0, -1, 3, 0, 2, 1])) == {(0, 2), (1, 2), (1, 3)}


# -------------------------------------------------------------------------------- inside, sides

WHOLE = st.integers(0, 12)
RING = st.lists(st.tuples(WHOLE, WHOLE), min_size=3, max_size=9)
PLAIN = st.lists(st.tuples(WHOLE, WHOLE), min_size=3, max_size=5, unique=True)


def odd(ring: list[tuple[int, int]], x: Fraction, y: Fraction) -> bool:
    """Count the edges straight above a point, exactly; the browser looks to the side."""
    above = 0
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ax > x) != (bx > x):
            above += ay + (x - ax) * (by - ay) / (bx - ax) > y
    return above % 2 == 1


def off_whole(value: int, over: int) -> Fraction:
    """Return a coordinate that no edge between whole corners can meet."""
    return value + Fraction(1, 2) + Fraction(1, over)


@settings(max_examples=100, deadline=None)
@given(RING)
def test_a_lasso_holds_what_an_odd_number_of_edges_is_above(ring: list[tuple[int, int]]) -> None:
    exact = [(off_whole(x, 1009), off_whole(y, 7919)) for x in range(-1, 13) for y in range(-1, 13)]
    points = np.array(exact, dtype=np.float64)
    expected = [odd(ring, x, y) for x, y in exact]
    assert inside(np.array(ring, dtype=np.float64), points).tolist() == expected


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_a_plain_lasso_holds_what_its_polygon_contains(ring: list[tuple[int, int]]) -> None:
    polygon = shapely.Polygon(ring)
    assume(polygon.is_valid)
    points = np.random.default_rng(0).uniform(-1, 13, (50, 2))
    found = inside(np.array(ring, dtype=np.float64), points)
    assert found.tolist() == shapely.contains_xy(polygon, points).tolist()


def test_the_middle_of_a_five_pointed_star_is_outside() -> None:
    turn = np.arange(5) * 4 * np.pi / 5
    star = np.column_stack([np.sin(turn), np.cos(turn)])
    points = np.array([[0, 0], [0, 0.8], [0, -0.8], [0.5, 0.26]])
    assert inside(star, points).tolist() == [False, True, False, True]


def test_a_lasso_may_be_closed_or_not() -> None:
    ring = np.array([[0, 0], [4, 0], [4, 4], [0, 4]], dtype=np.float64)
    points = np.array([[2, 2], [5, 2], [-1, 2], [2, 5], [2, -1]], dtype=np.float64)
    assert inside(ring, points).tolist() == [True, False, False, False, False]
    assert inside(np.vstack([ring, ring[:1]]), points).tolist() == inside(ring, points).tolist()
    assert inside(ring[::-1], points).tolist() == inside(ring, points).tolist()


def test_no_points_are_inside_and_on_no_side() -> None:
    nothing = np.empty((0, 2))
    line = np.array([[0, 0], [1, 1], [2, 0]], dtype=np.float64)
    assert inside(line, nothing).size == sides(line, nothing).size == 0


def left_of(line: list[tuple[float, float]], xy: tuple[float, float]) -> bool:
    """Tell whether a point lies above a line that only goes east, straight on at both ends."""
    (x, y), at = xy, 0
    while at < len(line) - 2 and x > line[at + 1][0]:
        at += 1
    (ax, ay), (bx, by) = line[at : at + 2]
    return y > ay + (x - ax) * (by - ay) / (bx - ax)


@st.composite
def eastward(draw: st.DrawFn) -> list[tuple[float, float]]:
    steps = draw(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 100)), min_size=2, max_size=7)
    )
    east = np.cumsum([step for step, _ in steps])
    return [(float(x), float(y)) for x, (_, y) in zip(east, steps, strict=True)]


@settings(max_examples=150, deadline=None)
@given(eastward(), st.integers(0, 2**32 - 1), st.lists(st.integers(0, 6), max_size=3))
def test_left_of_a_line_to_the_east_is_above_it(
    line: list[tuple[float, float]], seed: int, doubled: list[int]
) -> None:
    points = np.random.default_rng(seed).uniform((-60, -60), (160, 160), (40, 2))
    expected = [left_of(line, (x, y)) for x, y in points.tolist()]
    drawn = np.array([corner for at, corner in enumerate(line) for _ in range(1 + (at in doubled))])
    assert sides(drawn, points).tolist() == expected
    assert sides(drawn[::-1], points).tolist() == [not one for one in expected]


@settings(max_examples=60, deadline=None)
@given(eastward(), st.integers(0, 2**32 - 1), st.floats(0, 2 * np.pi))
def test_sides_turn_and_travel_with_the_picture(
    line: list[tuple[float, float]], seed: int, turn: float
) -> None:
    points = np.random.default_rng(seed).uniform((-60, -60), (160, 160), (40, 2))
    expected = [left_of(line, (x, y)) for x, y in points.tolist()]
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * 1e-5
    away = np.array([117.4, 38.8])  # degrees, as drawn
    found = sides(np.array(line) @ matrix + away, points @ matrix + away)
    assert found.tolist() == expected


def test_a_line_goes_on_straight_beyond_its_ends() -> None:
    line = np.array([[0, 0], [10, 0]], dtype=np.float64)
    points = np.array([[-500, 1], [-500, -1], [500, 1], [500, -1], [5, 0]], dtype=np.float64)
    assert sides(line, points).tolist() == [True, False, True, False, False]


def test_behind_a_sharp_bend_is_one_side() -> None:
    hairpin = np.array([[0, 0], [10, 0], [0, 2]], dtype=np.float64)
    points = np.array([[12, 0.5], [12, -0.5], [12, 2], [5, 0.5]])
    assert sides(hairpin, points).tolist() == [False, False, False, True]


@pytest.mark.parametrize("twice", [[0, 0, 1], [0, 1, 1], [0, 0, 1, 1]])
def test_a_corner_clicked_twice_changes_nothing(twice: list[int]) -> None:
    line = np.array([[0, 0], [10, 0]], dtype=np.float64)[twice]
    points = np.array([[-5, 1], [-5, -1], [15, 1], [15, -1]], dtype=np.float64)
    assert sides(line, points).tolist() == [True, False, True, False]


def test_a_line_without_length_has_no_left() -> None:
    line = np.zeros((2, 2))
    assert not sides(line, np.array([[1, 1], [-1, -1]], dtype=np.float64)).any()
