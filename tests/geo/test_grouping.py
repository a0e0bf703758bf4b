"""Point groups: plain DBSCAN over every single point is the oracle."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from geo.errors import GeometryError, RequestError
from geo.grouping import group, unique_places

Labels = npt.NDArray[np.int64]


def partition(label: Labels) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(label == one).tolist()) for one in set(label[label >= 0])}


PLACE = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=50, deadline=None)
@given(st.lists(PLACE, min_size=1, max_size=40), st.integers(1, 6), st.sampled_from([1.0, 1.5, 2]))
def test_as_plain_dbscan_over_every_point(
    places: list[tuple[int, int]], least: int, eps_m: float
) -> None:
    # Many points share a place; points on the border of two groups go to the same one.
    xy = np.array(places, dtype=float)
    plain = DBSCAN(eps=eps_m, min_samples=least, algorithm="brute").fit(xy).labels_
    found = group(xy, eps_m=eps_m, least=least)
    assert partition(found.label) == partition(plain)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(PLACE, st.integers(0, 4)), min_size=1, max_size=25), st.integers(1, 6))
def test_a_weight_is_as_many_points(
    given_places: list[tuple[tuple[int, int], int]], least: int
) -> None:
    xy = np.array([place for place, _weight in given_places], dtype=float)
    weight = np.array([weight for _place, weight in given_places])
    repeated = np.repeat(np.arange(len(xy)), weight)
    plain = DBSCAN(eps=1.0, min_samples=least).fit(xy[repeated]).labels_ if len(repeated) else None
    found = group(xy, weight, eps_m=1.0, least=least)
    if plain is None:
        assert not len(found.size)
    else:
        assert partition(found.label[repeated]) == partition(plain)


def test_groups_by_hand() -> None:
    # A corner of three places 30 m apart (five points), a pair of places, one far away.
    corner = [[0, 0], [0, 0], [0, 0], [30, 0], [0, 30]]
    pair, far = [[500, 0], [510, 0]], [[900, 900]]
    found = group(np.array([*pair, *corner, *far], dtype=float), eps_m=31, least=2)
    assert found.label.tolist() == [1, 1, 0, 0, 0, 0, 0, -1]
    assert (found.size.tolist(), found.places.tolist()) == ([5, 2], [3, 2])
    assert found.weight.tolist() == [5.0, 2.0]
    assert found.centre.tolist() == [[6.0, 6.0], [505.0, 0.0]]
    assert found.radius_m == pytest.approx([np.hypot(24, 6), 5.0])
    assert [shape.geom_type for shape in found.hull] == ["Polygon", "LineString"]
    assert found.hull[0].area == pytest.approx(450.0)


def test_weights_move_the_centre_and_the_order() -> None:
    xy = np.array([[0, 0], [10, 0], [100, 0], [110, 0]], dtype=float)
    found = group(xy, [1.0, 1.0, 1.0, 3.0], eps_m=10, least=2)
    assert found.label.tolist() == [1, 1, 0, 0]
    assert found.centre.tolist() == [[107.5, 0.0], [5.0, 0.0]]


def test_the_limit_is_included_and_one_place_is_a_group() -> None:
    assert group([[0.0, 0.0], [3.0, 4.0]], eps_m=5, least=2).size.tolist() == [2]
    alone = group([[7.0, 7.0]] * 4, eps_m=1, least=4)
    assert (alone.places.tolist(), alone.radius_m.tolist()) == ([1], [0.0])
    assert alone.hull[0].geom_type == "Point"


def test_no_points_and_no_groups() -> None:
    for xy in (np.zeros((0, 2)), [[0.0, 0.0], [99.0, 0.0]]):
        found = group(xy, eps_m=5, least=2)
        assert not len(found.size)
        assert found.centre.shape == (0, 2)
        assert (found.label == -1).all()
        assert not len(found.hull)


def test_places_keep_the_order_of_points() -> None:
    xy = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [1.0, 1.0], [-0.0, 1.0], [0.0, 1.0]])
    place, first = unique_places(xy)
    assert place.tolist() == [0, 1, 0, 2, 3, 3]
    assert first.tolist() == [0, 1, 3, 4]


@pytest.mark.parametrize("wrong", [{"eps_m": 0, "least": 2}, {"eps_m": 5, "least": 0}])
def test_what_makes_no_groups(wrong: dict[str, Any]) -> None:
    with pytest.raises(RequestError):
        group([[0.0, 0.0]], **wrong)


def test_a_missing_place_and_a_negative_weight() -> None:
    with pytest.raises(RequestError, match="negative"):
        group([[0.0, 0.0]], [-1.0], eps_m=5, least=1)
    with pytest.raises(GeometryError, match="1 points"):
        group([[0.0, 0.0], [np.nan, 1.0]], eps_m=5, least=1)


def test_importing_costs_no_scikit_learn() -> None:
    asked = "import sys, geo.grouping; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
