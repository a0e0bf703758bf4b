"""Cells tile the ground: drawn cases counted by hand, properties, and a real city block."""

from __future__ import annotations

import itertools
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.cells import tessellate, tessellate_stored
from geo.errors import GeometryError
from geo.settings import testing as testing_settings

SQUARE = shapely.box(0, 0, 100, 100)
# False eastings and northings are large: whatever works near zero must work there, too.
FAR = np.array([39_500_000.0, 4_300_000.0])


def shapes(*given_: Any) -> npt.NDArray[Any]:
    array = np.empty(len(given_), dtype=object)
    array[:] = given_
    return array


def check(cells: npt.NDArray[Any], outlines: npt.NDArray[Any], boundary: Any) -> None:
    """Check what is true of every tessellation."""
    assert len(cells) == len(outlines)
    assert (shapely.get_type_id(cells) == shapely.GeometryType.MULTIPOLYGON).all()
    assert shapely.is_valid(cells).all()
    assert not shapely.is_empty(cells).any()
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells).sum() == pytest.approx(boundary.area, rel=1e-9)
    whole = shapely.union_all(cells)
    assert shapely.symmetric_difference(whole, boundary).area <= 1e-7 * boundary.area
    assert shapely.contains_properly(cells, shapely.point_on_surface(outlines)).all()


def test_one_building_owns_everything() -> None:
    outlines = shapes(shapely.box(10, 10, 20, 20))
    cells = tessellate(outlines, SQUARE)
    check(cells, outlines, SQUARE)
    assert cells[0].area == 10_000


def test_two_buildings_share_along_the_middle() -> None:
    outlines = shapes(shapely.box(10, 40, 30, 60), shapely.box(70, 40, 90, 60))
    cells = tessellate(outlines, SQUARE)
    check(cells, outlines, SQUARE)
    assert [cell.area for cell in cells] == pytest.approx([5000, 5000])
    assert cells[0].bounds == pytest.approx((0, 0, 50, 100))


def test_order_is_kept() -> None:
    outlines = shapes(*(shapely.box(x, 10, x + 10, 20) for x in (70, 10, 40)))
    cells = tessellate(outlines, SQUARE)
    middles = [cell.centroid.x for cell in cells]
    assert np.argsort(middles).tolist() == [1, 2, 0]


def test_a_road_is_not_crossed() -> None:
    outlines = shapes(shapely.box(10, 10, 20, 20), shapely.box(70, 70, 90, 90))
    road = shapes(shapely.LineString([(30, -10), (30, 110)]))
    cells = tessellate(outlines, SQUARE, road)
    check(cells, outlines, SQUARE)
    assert [cell.area for cell in cells] == pytest.approx([3000, 7000])


def test_ground_without_buildings_joins_the_longest_border() -> None:
    # Two roads make four quarters; the empty north-west has 40 m with the north-east, 60 m with
    # the south-west.
    outlines = shapes(
        shapely.box(10, 10, 20, 20), shapely.box(80, 10, 90, 20), shapely.box(80, 80, 90, 90)
    )
    roads = shapes(
        shapely.LineString([(60, 0), (60, 100)]), shapely.LineString([(0, 60), (100, 60)])
    )
    cells = tessellate(outlines, SQUARE, roads)
    check(cells, outlines, SQUARE)
    assert [cell.area for cell in cells] == pytest.approx([6000, 2400, 1600])


def test_a_dead_end_road_cuts_nothing() -> None:
    outlines = shapes(shapely.box(10, 40, 30, 60), shapely.box(70, 40, 90, 60))
    cells = tessellate(outlines, SQUARE, shapes(shapely.LineString([(20, 0), (20, 30)])))
    assert [cell.area for cell in cells] == pytest.approx([5000, 5000])


def test_roads_on_and_outside_the_boundary_are_harmless() -> None:
    outlines = shapes(shapely.box(10, 40, 30, 60), shapely.box(70, 40, 90, 60))
    roads = shapes(
        shapely.LineString([(0, 0), (0, 100)]), shapely.LineString([(200, 0), (200, 100)])
    )
    cells = tessellate(outlines, SQUARE, roads)
    check(cells, outlines, SQUARE)
    assert [cell.area for cell in cells] == pytest.approx([5000, 5000])


def test_overlapping_buildings_each_keep_ground() -> None:
    outlines = shapes(shapely.box(20, 20, 60, 60), shapely.box(50, 30, 70, 50))
    cells = tessellate(outlines, SQUARE)
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells).sum() == pytest.approx(10_000)
    # The smaller one owns the common ground, but for the wall.
    assert cells[1].contains(shapely.box(53, 33, 69, 47))


def test_a_building_inside_a_courtyard_has_its_cell() -> None:
    ring = shapely.box(20, 20, 80, 80).difference(shapely.box(35, 35, 65, 65))
    outlines = shapes(ring, shapely.box(45, 45, 55, 55))
    cells = tessellate(outlines, SQUARE)
    check(cells, outlines, SQUARE)
    assert cells[1].bounds == pytest.approx((40, 40, 60, 60), abs=2.0)


def test_duplicates_all_have_ground() -> None:
    twice = shapely.box(20, 20, 40, 40)
    outlines = shapes(twice, twice, twice, shapely.box(60, 60, 80, 80))
    cells = tessellate(outlines, SQUARE)
    assert shapely.coverage_is_valid(cells)
    assert (shapely.area(cells) > 0).all()
    assert shapely.area(cells).sum() == pytest.approx(10_000)


def test_a_building_across_the_boundary_counts_inside() -> None:
    outlines = shapes(shapely.box(-30, 40, 10, 60), shapely.box(70, 40, 90, 60))
    cells = tessellate(outlines, SQUARE)
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells).sum() == pytest.approx(10_000)
    assert cells[0].covers(shapely.box(0.5, 41, 9.5, 59))


def test_buildings_of_several_parts() -> None:
    two = shapely.MultiPolygon([shapely.box(5, 5, 15, 15), shapely.box(85, 85, 95, 95)])
    outlines = shapes(two, shapely.box(45, 45, 55, 55))
    cells = tessellate(outlines, SQUARE)
    check(cells, outlines, SQUARE)
    assert len(cells[0].geoms) == 2


def test_a_community_in_two_parts_with_a_hole() -> None:
    lake = shapely.box(30, 30, 50, 50)
    island = shapely.box(200, 0, 250, 50)
    boundary = shapely.MultiPolygon([SQUARE.difference(lake), island])
    outlines = shapes(shapely.box(5, 5, 15, 15), shapely.box(80, 80, 90, 90))
    cells = tessellate(outlines, boundary)
    check(cells, outlines, boundary)
    assert cells[1].area > 2500  # the island has no building: the nearest part takes it


def test_a_tiny_shed_and_touching_walls() -> None:
    outlines = shapes(
        shapely.box(20, 20, 40, 40), shapely.box(40, 20, 60, 40), shapely.box(60, 20, 60.5, 20.5)
    )
    check(tessellate(outlines, SQUARE), outlines, SQUARE)


def test_no_buildings_no_cells() -> None:
    assert tessellate(shapes(), SQUARE).size == 0


def test_buildings_outside_are_listed() -> None:
    outlines = shapes(
        shapely.box(10, 10, 20, 20), shapely.box(200, 0, 210, 10), shapely.box(-9, 0, 0, 9)
    )
    with pytest.raises(GeometryError, match=r"outside the boundary: 1, 2\."):
        tessellate(outlines, SQUARE)


def test_impossible_outlines_are_listed() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    outlines = shapes(shapely.box(1, 1, 2, 2), bow, shapely.Point(3, 3), shapely.Polygon())
    with pytest.raises(GeometryError, match=r"outline: 1, 2, 3\."):
        tessellate(outlines, SQUARE)


@pytest.mark.parametrize("boundary", [shapely.Polygon(), shapely.LineString([(0, 0), (1, 1)])])
def test_a_boundary_needs_an_area(boundary: Any) -> None:
    with pytest.raises(GeometryError, match="no area"):
        tessellate(shapes(shapely.box(1, 1, 2, 2)), boundary)


def test_a_boundary_must_not_cross_itself() -> None:
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 50)])
    with pytest.raises(GeometryError, match="crosses itself"):
        tessellate(shapes(shapely.box(1, 1, 2, 2)), bow)


def _far(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(xy + FAR)


LOT = st.tuples(
    st.floats(0.05, 0.45), st.floats(0.05, 0.45), st.floats(0.02, 0.5), st.floats(0.02, 0.5)
)


@st.composite
def villages(draw: Any) -> tuple[npt.NDArray[Any], Any, npt.NDArray[Any]]:
    """Disjoint buildings on some lots of a lattice, a boundary around, straight roads across."""
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    lots = list(itertools.product(range(columns), range(rows)))
    chosen = draw(st.lists(st.sampled_from(lots), min_size=1, unique=True))
    side = 40.0
    outlines = [
        shapely.box((x + dx) * side, (y + dy) * side, (x + dx + w) * side, (y + dy + h) * side)
        for (x, y), (dx, dy, w, h) in ((lot, draw(LOT)) for lot in chosen)
    ]
    width, height = columns * side, rows * side
    boundary = shapely.box(-3, -3, width + 3, height + 3)
    ends = st.tuples(st.floats(-10, height + 10), st.floats(-10, height + 10))
    roads = [
        shapely.LineString([(-10, left), (width + 10, right)])
        for left, right in draw(st.lists(ends, max_size=3))
    ]
    moved = [shapely.transform(one, _far) for one in (shapes(*outlines), boundary, shapes(*roads))]
    return moved[0], moved[1], moved[2]


@settings(max_examples=60, deadline=None)
@given(villages())
def test_cells_tile_any_village(village: tuple[npt.NDArray[Any], Any, npt.NDArray[Any]]) -> None:
    outlines, boundary, roads = village
    cells = tessellate(outlines, boundary, roads)
    check(cells, outlines, boundary)
    again = tessellate(outlines, boundary, roads)
    assert shapely.equals_exact(cells, again).all()


@settings(max_examples=30, deadline=None)
@given(villages())
def test_most_of_a_building_lies_in_its_cell(
    village: tuple[npt.NDArray[Any], Any, npt.NDArray[Any]],
) -> None:
    outlines, boundary, _roads = village
    cells = tessellate(outlines, boundary)
    inside = shapely.area(shapely.intersection(cells, outlines)) / shapely.area(outlines)
    assert inside.min() > 0.9


def test_stored_cells_tile_the_stored_boundary() -> None:
    boundary = shapely.Polygon([(119.30, 26.08), (119.33, 26.085), (119.325, 26.11), (119.3, 26.1)])
    outlines = shapes(
        *(
            shapely.box(x, y, x + 0.0003, y + 0.0002)
            for x in (119.304, 119.311, 119.318)
            for y in (26.086, 26.093, 26.098)
        )
    )
    cells = tessellate_stored(outlines, boundary)
    assert shapely.coverage_is_valid(cells)
    difference = shapely.symmetric_difference(shapely.union_all(cells), boundary).area
    assert difference / boundary.area < 1e-10


@pytest.mark.data
@pytest.mark.parametrize("with_roads", [False, True])
def test_a_real_city_block(*, with_roads: bool) -> None:
    folder = testing_settings().test_data_dir
    path = folder / "shanghai_bund_osm" / "buildings_dissolved.geojson" if folder else None
    if path is None or not path.exists():
        pytest.skip("WANGGE_TEST_DATA_DIR has no shanghai_bund_osm")
    frame = gpd.read_file(path)
    metres = crs.metric_crs_of(frame)
    outlines = frame.to_crs(metres).geometry.to_numpy()
    boundary = shapely.buffer(shapely.convex_hull(shapely.union_all(outlines)), 10)
    roads = gpd.read_file(path.with_name("roads_tiled_raw.geojson"))
    main = roads[roads["kind"].isin(["major_road", "minor_road"])]
    barriers = main.to_crs(metres).geometry.to_numpy() if with_roads else None
    cells = tessellate(outlines, boundary, barriers)
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells).sum() == pytest.approx(boundary.area, rel=1e-12)
    own = shapely.contains_properly(cells, shapely.point_on_surface(outlines))
    assert (~own).sum() == 1  # one building is in the file twice
