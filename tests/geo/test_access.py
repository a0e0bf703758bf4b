"""Access: hand arithmetic, a plain loop, and that nothing gets lost."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.access import Decay, Gaussian, Steps, access
from geo.network import Pairs

# Homes a, b, c and facilities s1, s2.
PAIRS = Pairs(
    np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1]), np.array([200.0, 900, 800, 400, 1500])
)
PEOPLE = np.array([100.0, 300, 50])
CAPACITY = np.array([10.0, 20])
PLAIN = Steps((1000.0,), (1.0,))


def test_two_steps_as_by_hand() -> None:
    found = access(PAIRS, PEOPLE, CAPACITY, PLAIN)
    assert found.places == pytest.approx([0.075, 0.075, 0])
    assert found.demand.tolist() == [400, 400]
    assert found.offered == pytest.approx([0.025, 0.05])


def test_zones_as_by_hand() -> None:
    found = access(PAIRS, PEOPLE, CAPACITY, Steps())
    assert found.places == pytest.approx([0.0797100, 0.0734300, 0], abs=5e-8)
    assert found.demand == pytest.approx([100 + 0.22 * 300, 0.22 * 100 + 0.68 * 300])
    assert float(PEOPLE @ found.places) == pytest.approx(30)


def test_the_edge_of_a_zone_belongs_to_it() -> None:
    weights = Steps()(np.array([0.0, 300, 300.1, 500, 1000, 1000.1, np.inf]))
    assert weights.tolist() == [1, 1, 0.68, 0.68, 0.22, 0, 0]


def test_the_smooth_weight_falls_from_one_to_nothing() -> None:
    weights = Gaussian(800.0)(np.array([0.0, 400, 800, 900]))
    middle = (math.exp(-1 / 8) - math.exp(-1 / 2)) / (1 - math.exp(-1 / 2))
    assert weights == pytest.approx([1, middle, 0, 0])


def test_nothing_in_reach_is_nothing_and_not_unknown() -> None:
    none = np.empty(0, dtype=int)
    found = access(Pairs(none, none, np.empty(0)), PEOPLE, CAPACITY, Steps())
    assert found.places.tolist() == [0, 0, 0]
    assert found.offered.tolist() == [0, 0]
    # A facility among buildings nobody lives in.
    found = access(PAIRS, np.array([0.0, 0, 50]), CAPACITY, PLAIN)
    assert [part.tolist() for part in found] == [[0, 0, 0], [0, 0], [0, 0]]


towns = st.integers(1, 6).flatmap(
    lambda homes: st.tuples(
        st.lists(st.integers(0, 90), min_size=homes, max_size=homes),
        st.lists(
            st.tuples(
                st.integers(0, 200),
                st.lists(st.floats(0, 1500), min_size=homes, max_size=homes),
            ),
            min_size=1,
            max_size=4,
        ),
    )
)


@pytest.mark.parametrize("decay", [Steps(), PLAIN, Gaussian()])
@given(town=towns)
def test_access_is_what_a_loop_finds(
    decay: Decay, town: tuple[list[int], list[tuple[int, list[float]]]]
) -> None:
    people, facilities = town
    expected, served = [0.0] * len(people), 0
    for capacity, ways in facilities:
        weights = [float(decay(np.array([way]))[0]) for way in ways]
        demand = sum(w * n for w, n in zip(weights, people, strict=True))
        if demand > 0:
            served += capacity
            expected = [
                got + w * capacity / demand for got, w in zip(expected, weights, strict=True)
            ]
    metres = np.array([ways for _capacity, ways in facilities]).T
    origin, target = np.nonzero(metres <= 1000)
    found = access(
        Pairs(origin, target, metres[origin, target]),
        np.array(people, dtype=float),
        np.array([capacity for capacity, _ways in facilities], dtype=float),
        decay,
    )
    assert found.places == pytest.approx(expected)
    assert float(np.array(people) @ found.places) == pytest.approx(served)
