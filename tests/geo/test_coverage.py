"""Reach of services, who is beyond it, and green ground."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.coverage import (
    STEPS,
    Reach,
    circled,
    detour,
    farthest,
    green_m2,
    limits_m,
    missing,
    reach,
    required,
    speed_m_min,
    walk_table,
)
from geo.network import Pairs, StraightLine
from geo.norms import NORMS, REQUIRED_AT_FIRST, Norm
from geo.schema import WALKERS

Floats = npt.NDArray[np.float64]

HOMES = np.array([[0.0, 0.0], [300.0, 400.0], [1000.0, 0.0]])
FAR = np.inf


def test_each_kind_has_a_column_of_its_nearest() -> None:
    targets = {
        "clinic": np.array([[0.0, 0.0], [900.0, 0.0]]),
        "park": np.array([[0.0, 400.0]]),
        "school": np.empty((0, 2)),
    }
    walked = walk_table(StraightLine(1.3), HOMES, targets)
    expected = np.array([[0, 400, FAR], [500, 300, FAR], [100, math.hypot(1000, 400), FAR]]) * 1.3
    assert np.allclose(walked, expected)
    assert walk_table(StraightLine(1.0), HOMES, targets, 350)[:, 1].tolist() == [FAR, 300, FAR]
    assert walk_table(StraightLine(1.0), HOMES, {}).shape == (3, 0)
    assert walk_table(StraightLine(1.0), HOMES[:0], targets).shape == (0, 3)


def test_norms_say_who_walks_how_fast_and_what_is_required() -> None:
    assert [speed_m_min(NORMS, walker) for walker in WALKERS] == [60, 45, 40]
    assert required(NORMS) == dict.fromkeys(REQUIRED_AT_FIRST, 15.0)
    own = {**NORMS, "service_minutes_toilet": Norm("", "", None, 5, "", "")}
    assert required(own)["toilet"] == 5


def test_a_service_has_its_own_time_at_most() -> None:
    found = limits_m(np.array([15.0, 8.0, 20.0]), 60.0)
    assert found.tolist() == [[300, 600, 900], [300, 480, 480], [300, 600, 1200]]


# Two kinds, the first required within 15 minutes, the second within 10, at 60 m/min.
WALKED = np.array([[200.0, 100], [550, 650], [900, 600], [901, 0], [0, FAR], [0, 0]])
PEOPLE = np.array([10.0, 20, 40, 80, 160, 320])
AREA = np.array([0, 0, 1, 1, 2, -1])
MINUTES = np.array([15.0, 10.0])


def _reach() -> Reach:
    return reach(WALKED, PEOPLE, AREA, 4, speed=60.0, minutes=MINUTES)


def test_people_are_counted_by_hand() -> None:
    found = _reach()
    assert found.people.tolist() == [30, 120, 160, 0]
    assert found.kinds[0].tolist() == [[10, 30, 30], [10, 10, 30]]
    assert found.kinds[1].tolist() == [[0, 0, 40], [80, 120, 120]]
    assert found.kinds[2].tolist() == [[160, 160, 160], [0, 0, 0]]
    # The second home is 650 m from what it should reach in 10 minutes, even within 15.
    assert found.circle.tolist() == [[10, 10, 10], [0, 0, 40], [0, 0, 0], [0, 0, 0]]


def test_what_is_missing_is_counted() -> None:
    found = missing(WALKED, MINUTES, 60.0)
    assert found[:, -1].tolist() == [0, 1, 0, 1, 1, 0]
    assert found[:, 0].tolist() == [0, 2, 2, 1, 1, 0]
    assert circled(WALKED, np.zeros(2), 60.0).all()


def test_areas_add_up() -> None:
    found = _reach().total()
    assert found.people.tolist() == [310]
    assert found.kinds[0].tolist() == [[170, 190, 230], [90, 130, 150]]
    assert found.circle.tolist() == [[10, 10, 50]]


def test_norms_may_differ_from_place_to_place() -> None:
    speeds = np.array([60.0, 60, 45, 45, 60, 60])
    minutes = np.array([[15.0, 10], [0, 0], [15, 0], [20, 0], [15, 10], [15, 10]])
    found = reach(WALKED, PEOPLE, AREA, 4, speed=speeds, minutes=minutes)
    assert found.circle[:, -1].tolist() == [30, 0, 0, 0]
    assert found.kinds[1, 0].tolist() == [0, 0, 0]
    assert missing(WALKED, minutes, speeds)[:, -1].tolist() == [0, 0, 1, 1, 1, 0]
    assert farthest(WALKED[:, 0], PEOPLE, speeds * 10).tolist() == [3, 2]


homes = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.integers(0, 50),
        st.tuples(*[st.one_of(st.floats(0, 2000), st.just(FAR)) for _kind in range(3)]),
    ),
    max_size=20,
)


@given(homes, st.tuples(*[st.sampled_from([0.0, 5.0, 10.0, 15.0]) for _kind in range(3)]))
def test_reach_is_what_a_loop_counts(
    rows: list[tuple[int, int, tuple[float, ...]]], minutes: tuple[float, ...]
) -> None:
    speed = 45.0
    found = reach(
        np.array([row[2] for row in rows]).reshape(-1, 3),
        np.array([row[1] for row in rows], dtype=float),
        np.array([row[0] for row in rows], dtype=int),
        3,
        speed=speed,
        minutes=np.array(minutes),
    )
    for area in range(3):
        own = [row for row in rows if row[0] == area]
        assert found.people[area] == sum(row[1] for row in own)
        for i, step in enumerate(STEPS):
            for kind in range(3):
                near = [row[1] for row in own if row[2][kind] / speed <= step]
                assert found.kinds[area, kind, i] == sum(near)
            whole = [
                people
                for _area, people, walked in own
                if all(
                    m == 0 or way / speed <= (m if step == STEPS[-1] else min(m, step))
                    for m, way in zip(minutes, walked, strict=True)
                )
            ]
            assert found.circle[area, i] == sum(whole)
    assert (found.kinds <= found.people[:, None, None]).all()
    assert (np.diff(found.circle, axis=1) >= 0).all()


def test_the_farthest_come_first() -> None:
    walked = np.array([100.0, 800, FAR, 600, FAR, 800, 900])
    people = np.array([9.0, 1, 2, 3, 7, 1, 0])
    assert farthest(walked, people, 500).tolist() == [4, 2, 1, 5, 3]


class _Blocks(StraightLine):
    """Walks along streets that run north and east only."""

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        metres = np.abs(origins[:, None] - targets[None, :]).sum(axis=2)
        origin, target = np.nonzero(metres <= limit_m)
        return Pairs(origin, target, metres[origin, target])


BLOCKS = _Blocks(1.0)


def test_the_detour_is_estimated_from_the_ways() -> None:
    corners = np.array([[0.0, 0.0], [0.0, 100.0], [100.0, 100.0]])
    assert detour(StraightLine(1.3), corners, corners, 1000) == pytest.approx(1.3)
    assert detour(BLOCKS, corners[:1], corners[2:], 1000) == pytest.approx(math.sqrt(2))
    assert math.isnan(detour(BLOCKS, corners[:1], corners[2:], 150))
    assert math.isnan(detour(BLOCKS, corners, corners + 10, 50))


def _shapes(*shapes: object) -> npt.NDArray[np.object_]:
    return np.array([*shapes, None], dtype=object)[:-1]


def test_overlapping_greens_count_once() -> None:
    grids = _shapes(
        shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(50, 0, 60, 9)
    )
    greens = _shapes(shapely.box(5, 0, 12, 10), shapely.box(8, 0, 14, 5), shapely.box(80, 0, 81, 1))
    assert green_m2(grids, greens).tolist() == [50, 20 + 10, 0]


def test_odd_greens_are_no_trouble() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    grids = _shapes(shapely.box(0, 0, 10, 10), None)
    assert green_m2(grids, _shapes(bow, None, shapely.Polygon())).tolist() == [50, 0]
    assert green_m2(grids, _shapes()).tolist() == [0, 0]
    assert green_m2(_shapes(), _shapes(bow)).tolist() == []


@given(st.lists(st.tuples(*[st.integers(0, 12) for _side in range(4)]), max_size=6))
def test_green_of_tiles_adds_up_to_the_whole(boxes: list[tuple[int, int, int, int]]) -> None:
    greens = _shapes(*[shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes if w and h])
    tiles = _shapes(*[shapely.box(x, y, x + 4, y + 4) for x in (0, 4, 8) for y in (0, 4, 8)])
    cells = {(x + i, y + j) for x, y, w, h in boxes for i in range(w) for j in range(h)}
    expected = [
        sum((x + i, y + j) in cells for i in range(4) for j in range(4))
        for x in (0, 4, 8)
        for y in (0, 4, 8)
    ]
    assert np.allclose(green_m2(tiles, greens), expected)
