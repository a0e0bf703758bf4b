"""Density surface: flat where tickets are even, and the kernel written out as oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.density import WIDEST_M, Mask, default_bandwidth_m, mask, surface
from geo.errors import GeometryError, RequestError

Floats = npt.NDArray[np.float64]
BOX = (1000.0, 2000.0, 2000.0, 2600.0)


def lattice(bounds: tuple[float, float, float, float], step: float) -> Floats:
    west, south, east, north = bounds
    x, y = np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
    return np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])


def test_even_tickets_are_flat_up_to_the_edge() -> None:
    found = surface(lattice(BOX, 20.0), months=2, bounds=BOX, bandwidth_m=60)
    # One ticket in 20 m × 20 m, in two months.
    assert found.per_km2_month.shape == (30, 50)
    assert found.per_km2_month == pytest.approx(np.full((30, 50), 1250.0))
    assert (found.tickets, found.outside, found.origin) == (1500, 0, (1000.0, 2000.0))


def test_even_tickets_are_flat_in_a_slanted_ground() -> None:
    ground = shapely.Polygon([(0, 0), (1500, 90), (1100, 1000), (200, 700)]).difference(
        shapely.Point(700, 400).buffer(150)
    )
    points = lattice((0, 0, 1500, 1000), 4.0)
    points = points[shapely.contains_xy(ground, points)]
    found = surface(points, months=1, mask=mask(ground, 20), bandwidth_m=50)
    inside = ~np.isnan(found.per_km2_month)
    assert found.per_km2_month[inside] == pytest.approx(1e6 / 16, rel=0.02)
    assert np.isnan(found.per_km2_month[20, 35])  # the hole
    # Without correction the edge would sink to a half, in corners to a quarter.
    assert found.tickets == len(points)


def test_the_kernel_written_out() -> None:
    rng = np.random.default_rng(2)
    ground = mask(shapely.Polygon([(0, 0), (400, 0), (400, 250), (90, 400), (0, 200)]), 20)
    points = rng.random((60, 2)) * 400
    found = surface(points, months=3, mask=ground, bandwidth_m=50)
    rows, cols = ground.share.shape
    y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(cols) + 0.5, indexing="ij")
    centres = np.column_stack((x.ravel(), y.ravel())) * 20
    counts = np.zeros(ground.share.shape)
    for px, py in points:
        counts[int(py // 20), int(px // 20)] += 1
    counts[ground.share == 0] = 0
    for cell in np.flatnonzero(ground.share > 0):
        kernel = np.exp(-((centres - centres[cell]) ** 2).sum(axis=1) / (2 * 50**2))
        area_km2 = (kernel * ground.share.ravel()).sum() * 400 / 1e6
        slow = (kernel * counts.ravel()).sum() / area_km2 / 3
        assert found.per_km2_month.ravel()[cell] == pytest.approx(slow, rel=2e-3, abs=0.5)


@pytest.mark.parametrize(("spread_m", "within"), [(150.0, 1e-3), (5000.0, 0.05)])
def test_the_surface_adds_up_to_the_tickets(spread_m: float, within: float) -> None:
    rng = np.random.default_rng(3)
    points = np.array([1000.0, 1000.0]) + rng.normal(0, spread_m, (40_000, 2))
    ground = mask(shapely.box(0, 0, 2000, 2000), 20)
    found = surface(points, months=6, mask=ground, bandwidth_m=60)
    whole = np.nansum(found.per_km2_month * ground.share) * 0.0004 * 6
    assert whole == pytest.approx(found.tickets, rel=within)
    assert found.tickets + found.outside == 40_000


def test_more_tickets_and_shorter_periods_scale() -> None:
    points = np.random.default_rng(4).random((200, 2)) * 600 + [1000, 2000]
    asked: dict[str, Any] = {"bounds": BOX, "bandwidth_m": 45.0}
    once = surface(points, months=4, **asked).per_km2_month
    assert surface(np.vstack((points, points)), months=2, **asked).per_km2_month == pytest.approx(
        4 * once
    )


def test_rows_go_north_and_columns_east() -> None:
    found = surface([[1990.0, 2010.0]], months=1, bounds=BOX, bandwidth_m=20)
    assert int(np.nanargmax(found.per_km2_month)) == 49  # the first row's last cell


def test_cells_know_how_much_ground_they_hold() -> None:
    ground = mask(shapely.Polygon([(0, 0), (50, 0), (0, 50)]), 20)
    assert ground.share.shape == (3, 3)
    assert ground.share[0].tolist() == pytest.approx([1, 0.875, 0.125])
    assert ground.share[2].tolist() == pytest.approx([0.125, 0, 0])
    assert ground.area_km2 == pytest.approx(1250e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=8))
def test_the_mask_has_the_area_of_the_ground(corners: list[tuple[int, int]]) -> None:
    ground = shapely.convex_hull(shapely.multipoints(corners))
    if not ground.area:
        with pytest.raises(GeometryError):
            mask(ground, 17)
    else:
        assert mask(ground, 17).area_km2 * 1e6 == pytest.approx(ground.area)


def test_the_upper_edges_belong_and_what_is_beyond_does_not() -> None:
    points = [[2000.0, 2600.0], [1000.0, 2000.0], [2000.1, 2300.0], [1500.0, 1999.9]]
    found = surface(points, months=1, bounds=BOX)
    assert (found.tickets, found.outside) == (2, 2)


def test_default_bandwidth_by_hand() -> None:
    # Four points 500 m from their centre: SD = 500, D = 500, √(1/ln 2) = 1.2 > 1.
    cross = np.array([[500, 0], [-500, 0], [0, 500], [0, -500.0]])
    assert default_bandwidth_m(cross) == pytest.approx(0.9 * 500 * 4**-0.2 / np.sqrt(8))
    # Most in the middle: the median distance decides, and is 0; a cell is the least.
    assert default_bandwidth_m(np.vstack((cross, np.zeros((9, 2)))), 25) == 25
    assert default_bandwidth_m(cross * 100) == WIDEST_M
    assert default_bandwidth_m(np.zeros((0, 2)), 30) == 30


def test_points_far_outside_do_not_widen_the_kernel() -> None:
    points = np.random.default_rng(5).random((300, 2)) * 600 + [1000, 2000]
    astray = np.vstack((points, [[9e6, 9e6]] * 3))
    assert (
        surface(astray, months=1, bounds=BOX).bandwidth_m
        == surface(points, months=1, bounds=BOX).bandwidth_m
    )


def test_no_tickets() -> None:
    found = surface(np.zeros((0, 2)), months=1, bounds=BOX)
    assert not found.per_km2_month.any()
    assert found.tickets == 0


def test_what_cannot_be_drawn() -> None:
    points = [[1500.0, 2300.0]]
    with pytest.raises(RequestError):
        surface(points, months=0, bounds=BOX)
    with pytest.raises(RequestError):
        surface(points, months=1, bounds=BOX, bandwidth_m=0)
    with pytest.raises(RequestError, match="ground"):
        surface(points, months=1)
    with pytest.raises(RequestError, match="cells"):
        surface(points, months=1, bounds=BOX, cell_m=0.01)
    with pytest.raises(GeometryError):
        surface(points, months=1, bounds=(0, 0, 0, 10))


def test_a_mask_of_ones_is_the_bounds() -> None:
    points = np.random.default_rng(6).random((50, 2)) * 600 + [1000, 2000]
    whole = Mask((1000.0, 2000.0), 20.0, np.ones((30, 50)))
    one, other = (
        surface(points, months=1, mask=whole),
        surface(points, months=1, bounds=BOX),
    )
    assert np.array_equal(one.per_km2_month, other.per_km2_month)
