"""Which tickets are looked at, and where each counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.cases import Cases, project, to_degrees
from tests.geo import hot_town as town


@pytest.fixture(scope="module")
def cases() -> Cases:
    return town.town()


def _at(cases: Cases, xy: list[tuple[float, float]], building: list[int]) -> Cases:
    """Return the ground with tickets at places of our own, metres from the corner."""
    places = town.lon_lat(xy)
    tickets = pd.DataFrame(
        {
            "lon": places[:, 0],
            "lat": places[:, 1],
            "building": building,
            "day": 700_000 + np.arange(len(xy)),
            "class_code": ["A", "B", "A", "B"][: len(xy)],
            "repeat": [False, True, True, False][: len(xy)],
        }
    )
    return replace(cases, tickets=tickets)


def test_places_go_to_metres_and_back(cases: Cases) -> None:
    back = to_degrees(cases.xy, cases.metres)
    np.testing.assert_allclose(back, cases.tickets[["lon", "lat"]], atol=1e-9)
    step = np.hypot(*(cases.homes_xy[1] - cases.homes_xy[0]))
    assert step == pytest.approx(town.STEP_M, rel=1e-3)
    assert project(cases.buildings, cases.metres).shape == (256, 2)


def test_a_ticket_is_in_the_grid_of_its_building_else_in_the_one_around_it(cases: Cases) -> None:
    # West of the middle, but of a building of the east; west without a building; nowhere.
    held = _at(cases, [(100, 100), (100, 100), (5000, 100), (700, 700)], [8, -1, -1, -1])
    assert held.grid.tolist() == [1, 0, -1, 3]


def test_a_building_of_no_grid_leaves_its_ticket_to_the_ground(cases: Cases) -> None:
    homes = cases.buildings.assign(grid=-1)
    held = replace(_at(cases, [(700, 100)], [8]), buildings=homes)
    assert held.grid.tolist() == [1]


def test_a_grid_without_a_shape_has_the_tickets_of_its_buildings_only(cases: Cases) -> None:
    shapes = cases.shapes.copy()
    shapes[1] = None
    held = replace(_at(cases, [(700, 100), (700, 100), (700, 700)], [8, -1, -1]), shapes=shapes)
    assert held.grid.tolist() == [1, -1, 3]
    bare = replace(held, shapes=np.array([None] * 4, dtype=object))
    assert bare.grid.tolist() == [1, -1, -1]


def test_a_ticket_counts_at_its_own_building_else_at_the_nearest(cases: Cases) -> None:
    held = _at(cases, [(30, 30), (30, 30), (5000, 5000)], [17, -1, -1])
    assert held.nearest.tolist() == [17, 0, 255]
    own = cases.tickets["building"].to_numpy()
    assert (cases.nearest[own >= 0] == own[own >= 0]).all()
    assert (own == -1).any()  # nearest did not write into the tickets


def test_nearest_is_really_the_nearest(cases: Cases) -> None:
    lost = np.flatnonzero(cases.tickets["building"] < 0)
    away = np.hypot(*(cases.xy[lost][:, None] - cases.homes_xy[None]).transpose(2, 0, 1))
    assert cases.nearest[lost].tolist() == away.argmin(axis=1).tolist()


def test_without_buildings_nothing_is_nearest(cases: Cases) -> None:
    held = replace(_at(cases, [(30, 30)], [-1]), buildings=cases.buildings.iloc[:0])
    assert held.nearest.tolist() == [-1]
    assert not held.counts_homes
    assert held.metres == cases.metres


def test_filters_leave_out_the_same_of_what_has_no_place(cases: Cases) -> None:
    held = replace(
        _at(cases, [(1, 1)] * 4, [-1] * 4),
        unplaced=pd.DataFrame(
            {
                "day": [700_000, 700_001, 700_002],
                "class_code": ["A", "B", "A"],
                "repeat": [False, True, False],
            }
        ),
    )
    assert held.of_classes(()) is held
    assert [len(one) for one in _sizes(held.of_classes(["A"]))] == [2, 2]
    assert [len(one) for one in _sizes(held.between(700_001, 700_003))] == [2, 2]
    assert [len(one) for one in _sizes(held.first_reports())] == [2, 2]
    assert held.between(700_001, 700_003).tickets["day"].tolist() == [700_001, 700_002]
    assert held.between(1, 2).tickets.index.tolist() == []
    assert len(held.tickets) == 4  # the first one is as it was


def _sizes(cases: Cases) -> tuple[pd.DataFrame, pd.DataFrame]:
    return cases.tickets, cases.unplaced


def test_a_filtered_ground_is_worked_out_anew(cases: Cases) -> None:
    assert len(cases.grid) == len(cases.tickets)
    some = cases.between(town.STOP - 7, town.STOP)
    assert 0 < len(some.grid) == len(some.tickets) == len(some.xy) < len(cases.grid)
    assert date.fromordinal(int(some.tickets["day"].max())) <= date(2026, 11, 20)
    assert shapely.contains(
        cases.shapes[some.grid[0]], shapely.Point(some.tickets.loc[0, ["lon", "lat"]])
    )
