"""What is said of a found place: where, what drives it, which addresses, how it went on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from geo import words
from geo.cases import Cases
from geo.spots import (
    Address,
    Describer,
    Driver,
    Find,
    Spot,
    drivers,
    middle,
    together,
    top_addresses,
    weekly,
)
from geo.studies.words import KINDS, kind_words, place_words
from tests.geo import hot_town as town


@pytest.fixture(scope="module")
def cases() -> Cases:
    return town.town()


def test_a_driver_is_more_frequent_here_than_everywhere() -> None:
    codes = pd.Series(list("AAAABBBBCCDD"))  # A and B a third each, C and D a sixth each
    # Here 3 A, 1 B, 2 C of six: A a half, B a sixth, C a third.
    here = np.array([0, 1, 2, 4, 8, 9])
    assert drivers(codes, here) == (Driver("A", 3, 1.5), Driver("C", 2, 2.0))


def test_as_frequent_as_everywhere_drives_nothing() -> None:
    codes = pd.Series(list("AABB"))
    assert drivers(codes, np.array([0, 2])) == ()
    assert drivers(codes, np.arange(4)) == ()


def test_three_drivers_at_most_and_ties_by_code() -> None:
    codes = pd.Series(list("DCBA" + "X" * 20))
    assert [one.class_code for one in drivers(codes, np.arange(4))] == ["A", "B", "C"]


def test_addresses_are_counted_by_building(cases: Cases) -> None:
    tickets = cases.tickets.assign(
        building=[5] * 3 + [2] * 3 + [9] + [-1] * (len(cases.tickets) - 7)
    )
    held = replace(cases, tickets=tickets)
    found = top_addresses(held, None, 2)
    assert found == (Address(1003, "西苑", "3", "", 3), Address(1006, "西苑", "6", "", 3))
    assert top_addresses(held, np.array([0, 6, 8]), 5) == (
        Address(1006, "西苑", "6", "", 1),
        Address(1010, "东苑", "10", "", 1),
    )
    assert top_addresses(held, np.array([8]), 5) == ()


def test_weeks_end_with_the_last_day() -> None:
    day = np.array([100, 106, 107, 113, 114, 99, 92])
    assert weekly(day, 93, 114) == (1, 2, 2)  # 93–99, 100–106, 107–113; 92 and 114 are outside
    assert weekly(day, 97, 114) == (1, 2, 2)  # the first week is cut short
    assert weekly(day, 112, 114) == (1,)
    assert sum(weekly(np.arange(50, 70), 50, 70)) == 20


def test_neighbours_are_one_and_the_largest_comes_first() -> None:
    line = np.abs(np.subtract.outer(np.arange(9), np.arange(9))) <= 1
    chosen = np.isin(np.arange(9), [0, 2, 3, 5, 6, 7])
    found = together(chosen, csr_matrix(line.astype(float)))
    assert [part.tolist() for part in found] == [[5, 6, 7], [2, 3], [0]]
    assert together(np.zeros(9, dtype=bool), csr_matrix(line.astype(float))) == []


def test_the_middle_is_weighted_and_the_radius_reaches_the_farthest() -> None:
    xy = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert middle(xy, np.array([3.0, 1.0])) == ((2.5, 0.0), 7.5)
    assert middle(xy, np.zeros(2)) == ((5.0, 0.0), 5.0)
    assert middle(xy[:1], np.ones(1), 37.5) == ((0.0, 0.0), 37.5)


def _found(cases: Cases, x: float, y: float, tickets: np.ndarray) -> Spot:
    at = (x + town.ORIGIN[0], y + town.ORIGIN[1])
    find = Find("hot", at, 50.0, tickets, 1, 2, keys=("k",), p=0.01, q=0.02, expected=3.0)
    return Describer(cases, town.STOP - 14, town.STOP).spots([find, find])[1]


def test_a_spot_is_told_by_compound_road_and_grids(cases: Cases) -> None:
    at = cases.tickets["building"].to_numpy()
    east = np.flatnonzero((at % 16 >= 8) & (at // 16 < 8) & (at >= 0))[:3]
    west = np.flatnonzero((at % 16 < 8) & (at // 16 < 8) & (at >= 0))[:1]
    spot = _found(cases, 610, 225, np.concatenate((west, east)))
    assert (spot.number, spot.compound, spot.road, spot.observed) == (2, "东苑", "八一七路", 4)
    assert spot.grids == ("350102001002002", "350102001002001")
    assert (spot.kind, spot.keys, spot.p, spot.q, spot.expected) == ("hot", ("k",), 0.01, 0.02, 3.0)
    np.testing.assert_allclose([[spot.lon, spot.lat]], town.lon_lat([(610, 225)]), atol=1e-9)
    assert len(spot.weeks) == 2


def test_a_far_road_says_nothing_and_a_wide_spot_reaches_it(cases: Cases) -> None:
    nothing = np.array([], dtype=np.int64)
    assert _found(cases, 530, 225, nothing).road == ""
    assert _found(cases, 545, 225, nothing).road == "八一七路"
    bare = replace(cases, roads=cases.roads.iloc[:0], buildings=cases.buildings.iloc[:0])
    at = replace(bare, tickets=bare.tickets.assign(building=-1))
    spot = _found(at, 545, 225, nothing)
    assert (spot.road, spot.compound, spot.addresses, spot.grids) == ("", "", (), ())


def test_a_compound_without_a_name_is_told_by_its_building(cases: Cases) -> None:
    homes = cases.buildings.assign(compound="", name="文化宫")
    spot = _found(replace(cases, buildings=homes), 30, 30, np.array([0]))
    assert spot.compound == "文化宫"


# ------------------------------------------------------------------------------------- in words


def _spot(**given: object) -> Spot:
    plain = {"number": 1, "kind": "hot", "keys": (), "lon": 0.0, "lat": 0.0, "radius_m": 0.0}
    return Spot(**(plain | {"first_day": 1, "last_day": 1, "observed": 1} | given))  # type: ignore[arg-type]


def test_a_place_in_words() -> None:
    words.speak("en")
    spot = _spot(compound="东苑", road="八一七路", grids=("350102001002003", "350102001002011"))
    assert place_words(spot) == "near 东苑, 八一七路, grid 003, 011"
    assert place_words(_spot(road="八一七路")) == "八一七路"
    assert place_words(_spot()) == ""
    many = tuple(f"35010200100200{n}" for n in range(1, 6))
    assert place_words(_spot(grids=many)) == "grid 001, 002, 003…"


def test_a_repeat_address_is_told_by_its_building() -> None:
    words.speak("en")
    address = Address(1, "东苑", "7", "", 30)
    spot = _spot(kind="address", compound="东苑", addresses=(address,))
    assert place_words(spot) == "东苑 building 7"
    assert place_words(_spot(compound="东苑", addresses=(address,))) == "near 东苑"


def test_every_kind_has_its_words() -> None:
    words.speak("en")
    assert {kind_words(_spot(kind=one)) for one in KINDS} == set(KINDS.values())
    assert kind_words(_spot(kind="new_hot")) == "New hot spot"
