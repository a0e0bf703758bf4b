"""Squares, hexagons, buildings and grids: who lives in each, what counts, who is next to whom."""

from __future__ import annotations

from dataclasses import replace

import h3
import numpy as np
import numpy.typing as npt
import pytest
import shapely

from geo import crs
from geo.areas import FROM_HOME_M, UNITS, Areas, areas_of, at_homes, rings
from geo.cases import Cases
from geo.errors import RequestError
from tests.geo import hot_town as town


@pytest.fixture(scope="module")
def cases() -> Cases:
    return town.town()


def _moved(cases: Cases, xy: list[tuple[float, float]]) -> Cases:
    """Return the ground with the first tickets at places of our own."""
    places = town.lon_lat(xy)
    few = cases.tickets.iloc[: len(xy)].assign(lon=places[:, 0], lat=places[:, 1], building=-1)
    return replace(cases, tickets=few.reset_index(drop=True))


def _shapes(areas: Areas, cases: Cases) -> npt.NDArray[np.object_]:
    found = np.array([shapely.Polygon(ring) for ring in rings(areas, cases)], dtype=object)
    return np.asarray(crs.to_metric(found, cases.metres), dtype=object)


@pytest.mark.parametrize("unit", ["s0", "s-75", "h16", "circle", ""])
def test_an_unknown_unit_is_a_sentence(cases: Cases, unit: str) -> None:
    with pytest.raises(RequestError, match=f"“{unit}”"):
        areas_of(cases, unit)


@pytest.mark.parametrize("unit", list(UNITS))
def test_everybody_lives_somewhere_and_every_ticket_counts_once(cases: Cases, unit: str) -> None:
    areas = areas_of(cases, unit)
    assert areas.unit == unit
    assert len(set(areas.keys)) == len(areas) == len(areas.xy) == areas.window.shape[0]
    assert areas.households.sum() == cases.households.sum() == 256 * 20
    assert (areas.of_ticket >= 0).all()
    assert areas.count().sum() == len(cases.tickets)
    some = np.arange(0, len(cases.tickets), 7)
    assert areas.count(some).sum() == len(some)
    assert (areas.window.diagonal() == 1).all()
    assert abs(areas.window - areas.window.T).nnz == 0
    assert set(areas.window.data.tolist()) == {1.0}


@pytest.mark.parametrize(("unit", "size"), [("s50", 50), ("s75", 75), ("s100", 100)])
def test_squares_are_those_with_a_building_and_those_around(
    cases: Cases, unit: str, size: float
) -> None:
    areas = areas_of(cases, unit)
    homes = {tuple(cell) for cell in (cases.homes_xy // size).astype(int).tolist()}
    ring = {(c + i, r + j) for c, r in homes for i in (-1, 0, 1) for j in (-1, 0, 1)}
    assert {tuple(cell) for cell in areas.cells.tolist()} == ring
    assert set(areas.keys) == {f"{c}.{r}" for c, r in ring}
    empty = np.flatnonzero(areas.households == 0)
    assert len(empty) == len(ring - homes) > 0
    middle = np.flatnonzero(np.diff(areas.window.indptr) == 9)
    assert len(middle) > 50
    away = np.abs(areas.xy[areas.window[middle[0]].indices] - areas.xy[middle[0]])
    assert away.max() == pytest.approx(size)


def test_squares_stay_in_place_whatever_lies_in_them(cases: Cases) -> None:
    areas = areas_of(cases, "s75")
    few = areas_of(cases.between(town.STOP - 7, town.STOP), "s75")
    part = replace(cases, buildings=cases.buildings.iloc[:40])
    fewer = areas_of(_moved(part, [(10, 10)]), "s75")
    assert few.keys == areas.keys
    # Without the east another mean longitude could choose another zone; here it is the same.
    assert set(fewer.keys) < set(areas.keys)
    np.testing.assert_array_equal(fewer.xy, areas.xy[[areas.keys.index(key) for key in fewer.keys]])


def test_tickets_beyond_the_ring_count_nowhere(cases: Cases) -> None:
    held = _moved(cases, [(400, 400), (-20, 400), (-500, 400), (3000, 3000)])
    for unit in ("s50", "s75", "s100", "h10", "h11"):
        areas = areas_of(held, unit)
        assert (areas.of_ticket >= 0).tolist() == [True, True, False, False], unit
        assert areas.count().sum() == 2
    assert (areas_of(held, "building").of_ticket >= 0).all()
    assert (areas_of(held, "grid").of_ticket >= 0).tolist() == [True, False, False, False]


@pytest.mark.parametrize("unit", ["s50", "s75", "s100", "h10", "h11"])
def test_outlines_hold_what_is_counted_in_them(cases: Cases, unit: str) -> None:
    areas = areas_of(cases, unit)
    assert areas.has_rings
    shapes = _shapes(areas, cases)
    points = shapely.points(cases.xy)
    assert (shapely.distance(shapes[areas.of_ticket], points) < 0.05).all()
    assert (shapely.distance(shapes, shapely.points(areas.xy)) == 0).all()
    size = np.sqrt(shapely.area(shapes))
    if unit.startswith("s"):
        np.testing.assert_allclose(size, float(unit[1:]), rtol=1e-4)
    # Next to each other in the window exactly if the outlines touch.
    touching = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=0.05)
    assert {(int(i), int(j)) for i, j in touching.T} == {
        (int(i), int(j)) for i, j in zip(*areas.window.nonzero(), strict=True)
    }


@pytest.mark.parametrize("unit", ["h10", "h11"])
def test_hexagons_are_those_of_h3(cases: Cases, unit: str) -> None:
    areas = areas_of(cases, unit)
    resolution = int(unit[1:])
    row = cases.tickets.iloc[5]
    assert areas.keys[areas.of_ticket[5]] == h3.latlng_to_cell(row["lat"], row["lon"], resolution)
    homes = cases.buildings
    lived = {
        h3.latlng_to_cell(lat, lon, resolution)
        for lat, lon in zip(homes["lat"], homes["lon"], strict=True)
    }
    assert set(areas.keys) == {near for cell in lived for near in h3.grid_disk(cell, 1)}


def test_buildings_are_areas_named_by_their_id(cases: Cases) -> None:
    areas = areas_of(cases, "building")
    assert areas.keys[:2] == ("1001", "1002")
    np.testing.assert_array_equal(areas.of_ticket, cases.nearest)
    inner = 8 * town.SIDE + 8
    assert np.diff(areas.window.indptr)[inner] == 9  # 50 m and 71 m away, not 100 m
    assert not areas.has_rings
    with pytest.raises(ValueError, match="shapes of their own"):
        rings(areas, cases)


def test_grids_are_areas_named_by_their_code(cases: Cases) -> None:
    areas = areas_of(cases, "grid")
    assert areas.keys == tuple(cases.grids["code"])
    assert areas.households.tolist() == [64 * 20] * 4
    assert areas.window.toarray().tolist() == np.ones((4, 4)).tolist()  # all meet in the middle
    np.testing.assert_allclose(areas.xy[0] - town.ORIGIN, [200, 200], atol=1)


def test_a_grid_without_a_shape_has_no_neighbours_but_a_place(cases: Cases) -> None:
    shapes = cases.shapes.copy()
    shapes[3] = None
    areas = areas_of(replace(cases, shapes=shapes), "grid")
    assert areas.window.toarray()[3].tolist() == [0, 0, 0, 1]
    np.testing.assert_allclose(areas.xy[3] - town.ORIGIN, [600, 600], atol=1)
    assert areas.households[3] == 64 * 20
    homes = cases.buildings.assign(grid=0)
    lost = areas_of(replace(cases, shapes=shapes, buildings=homes), "grid")
    assert np.isnan(lost.xy[3]).all()


@pytest.mark.parametrize("unit", list(UNITS))
def test_a_place_without_buildings_or_tickets_is_no_error(cases: Cases, unit: str) -> None:
    homeless = replace(_moved(cases, [(10, 10), (12, 12)]), buildings=cases.buildings.iloc[:0])
    areas = areas_of(homeless, unit)
    assert areas.households.sum() == 0
    if unit not in {"building", "grid"}:
        assert areas.count().sum() == 2
    nothing = areas_of(cases.between(1, 2), unit)
    assert nothing.count().sum() == 0
    assert len(nothing) > 0


def test_rates_count_tickets_where_somebody_lives(cases: Cases) -> None:
    homes = cases.households.copy()
    shops = np.flatnonzero(np.arange(len(homes)) % 7 == 0)
    homes[shops] = 0
    bare = replace(cases, buildings=cases.buildings.assign(households=homes))
    plain = areas_of(bare, "building")
    moved = at_homes(plain, bare)
    was_at_shop = np.isin(plain.of_ticket, shops)
    assert was_at_shop.any()
    np.testing.assert_array_equal(moved.of_ticket[~was_at_shop], plain.of_ticket[~was_at_shop])
    lived = np.flatnonzero(homes > 0)
    for ticket in np.flatnonzero(was_at_shop):
        away_m = np.hypot(*(bare.homes_xy[lived] - bare.xy[ticket]).T)
        at = moved.of_ticket[ticket]
        assert at == -1 if away_m.min() > FROM_HOME_M else homes[at] > 0
        if at >= 0:
            assert np.hypot(*(bare.homes_xy[at] - bare.xy[ticket])) == pytest.approx(away_m.min())
