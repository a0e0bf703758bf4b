"""The simple split: every building in one group, groups about equally heavy, codes by place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from etl.changes import CHANGED, NEW, SAME, decide
from etl.grids import bisect, weights
from etl.target import surround

_coordinates = st.floats(0, 1000, allow_nan=False, width=32)


@given(st.data())
def test_a_split_leaves_no_group_empty(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 60))
    count = data.draw(st.integers(1, n))
    x, y = (data.draw(arrays(float, n, elements=_coordinates)) for _axis in "xy")
    weight = data.draw(arrays(float, n, elements=st.floats(0, 50)))
    group = bisect(x, y, weight, count)
    assert sorted(set(group.tolist())) == list(range(count))


def test_even_weights_make_even_groups() -> None:
    draw = np.random.default_rng(1)
    x, y = draw.uniform(0, 2000, (2, 1000))
    group = bisect(x, y, np.ones(1000), 8)
    assert np.bincount(group).tolist() == pytest.approx([125] * 8, abs=4)


def test_heavy_buildings_get_small_groups() -> None:
    x, y = np.arange(10.0), np.zeros(10)
    weight = np.array([9.0] + [1.0] * 9)
    assert bisect(x, y, weight, 2).tolist() == [0] + [1] * 9


def test_households_weigh_first_and_floor_area_stands_in() -> None:
    area, storeys = np.array([100.0, 200.0]), np.array([np.nan, 3.0])
    assert weights(np.array([3.0, 0.0]), storeys, area)[1] == "households"
    weight, what = weights(np.zeros(2), storeys, area)
    assert what == "floor area"
    assert weight.tolist() == pytest.approx([100, 600])


@given(st.lists(st.tuples(_coordinates, _coordinates), min_size=1, max_size=20))
def test_a_drawn_boundary_holds_everything_in_one_piece(corners: list[tuple[float, float]]) -> None:
    places = np.array(
        [shapely.Point(121.4 + x * 1e-5, 31.2 + y * 1e-5) for x, y in corners], dtype=object
    )
    made = surround(places)
    assert made.is_valid
    assert len(made.geoms) == 1
    assert not made.geoms[0].interiors
    assert shapely.contains(made, places).all()


def test_decide_by_hand() -> None:
    stored = pd.DataFrame({"external_id": ["a", "b"], "name": ["A", "B"], "n": [1, None]})
    incoming = pd.DataFrame(
        {"external_id": ["c", "b", "a"], "name": ["C", "B2", ""], "n": [3.0, np.nan, 1.0]}
    )
    made = decide(incoming, stored, ["name"])
    assert made.verdict.tolist() == [NEW, CHANGED, SAME]
    assert made.of(CHANGED)["name"].tolist() == ["B2"]
    assert decide(incoming, stored).verdict.tolist() == [NEW, CHANGED, CHANGED]
