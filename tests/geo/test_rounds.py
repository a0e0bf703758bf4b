"""Rounds: walks against all walks there are, and a full round of each area."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.network import StraightLine
from geo.rounds import round_m, tour

Floats = npt.NDArray[np.float64]


def _metres(places: Floats) -> Floats:
    return StraightLine(1.0).between_m(places)


def _length(metres: Floats, order: list[int], *, closed: bool) -> float:
    legs = pairwise([*order, order[0]] if closed else order)
    return float(sum(metres[here, there] for here, there in legs))


def _shortest(metres: Floats, *, closed: bool) -> float:
    others = permutations(range(1, len(metres)))
    return min(_length(metres, [0, *rest], closed=closed) for rest in others)


@pytest.mark.parametrize("closed", [True, False])
def test_walks_are_nearly_the_shortest_of_all(*, closed: bool) -> None:
    rng = np.random.default_rng(4)
    excess = []
    for _try in range(60):
        metres = _metres(rng.random((int(rng.integers(2, 8)), 2)) * 100)
        excess.append(tour(metres, closed=closed).length_m / _shortest(metres, closed=closed))
    assert min(excess) > 1 - 1e-9
    assert np.mean(excess) < 1.01
    assert max(excess) < 1.15


@st.composite
def _walks(draw: st.DrawFn) -> tuple[Floats, int, bool]:
    """Draw places on a small lattice (some on one spot), a start, and closed or open."""
    spot = st.tuples(st.integers(0, 9), st.integers(0, 9))
    places = draw(st.lists(spot, min_size=1, max_size=25))
    start = draw(st.integers(0, len(places) - 1))
    return np.array(places, dtype=np.float64) * 10, start, draw(st.booleans())


@given(_walks())
def test_a_walk_passes_each_place_once(walk: tuple[Floats, int, bool]) -> None:
    places, start, closed = walk
    metres = _metres(places)
    found = tour(metres, start, closed=closed)
    order = found.order.tolist()
    assert sorted(order) == list(range(len(places)))
    assert order[0] == start
    assert found.length_m == pytest.approx(_length(metres, order, closed=closed))
    again = tour(metres, start, closed=closed)
    assert again.order.tolist() == order


@given(_walks())
def test_no_two_legs_can_be_crossed_over_for_less(walk: tuple[Floats, int, bool]) -> None:
    places, start, closed = walk
    metres = _metres(places)
    found = tour(metres, start, closed=closed)
    order = found.order.tolist()
    for low in range(1, len(order)):
        for high in range(low + 1, len(order) + 1):
            turned = [*order[:low], *order[low:high][::-1], *order[high:]]
            assert _length(metres, turned, closed=closed) > found.length_m - 1e-6


@given(_walks())
def test_no_place_can_be_put_elsewhere_for_less(walk: tuple[Floats, int, bool]) -> None:
    places, start, closed = walk
    metres = _metres(places)
    found = tour(metres, start, closed=closed)
    first, *order = found.order.tolist()
    for place in order:
        rest = [one for one in order if one != place]
        for there in range(len(order)):
            moved = [first, *rest[:there], place, *rest[there:]]
            assert _length(metres, moved, closed=closed) > found.length_m - 1e-6


def test_many_places_are_walked_by_their_neighbours() -> None:
    places = np.random.default_rng(3).random((400, 2)) * 1000
    found = tour(_metres(places))
    assert sorted(found.order.tolist()) == list(range(400))
    # Beardwood, Halton and Hammersley, and a little for the edge and for not being the shortest.
    assert found.length_m < 1.2 * 0.7124 * np.sqrt(400 * 1e6)


def test_a_square_is_walked_round_its_sides() -> None:
    corners = np.array([[0.0, 0], [100, 100], [100, 0], [0, 100]])
    assert tour(_metres(corners)).length_m == pytest.approx(400)
    assert tour(_metres(corners), closed=False).length_m == pytest.approx(300)


def test_nowhere_to_go_is_no_way() -> None:
    assert tour(np.empty((0, 0))).order.tolist() == []
    alone = tour(np.zeros((1, 1)))
    assert (alone.order.tolist(), alone.length_m) == ([0], 0)


def test_a_place_out_of_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="ways between all"):
        tour(np.array([[0, np.inf], [np.inf, 0]]))


class _Two(StraightLine):
    """Two banks without a bridge: west and east of 0."""

    def between_m(self, places: Floats) -> Floats:
        east = places[:, 0] > 0
        return np.where(east[:, None] == east[None, :], super().between_m(places), np.inf)


def test_each_area_has_its_own_round() -> None:
    square = np.array([[1.0, 0], [101, 0], [101, 100], [1, 100]])
    pair = np.array([[500.0, 0], [500, 50]])
    alone = np.array([[900.0, 900]])
    places = np.vstack([square, pair, alone, alone])
    area = np.array([2, 2, 2, 2, 0, 0, 3, -1])
    found = round_m(StraightLine(1.5), places, area, 5)
    assert found.tolist() == pytest.approx([150, 0, 600, 0, 0])


def test_places_beyond_the_water_are_left_out() -> None:
    places = np.array([[10.0, 0], [110, 0], [-50, 0], [60, 0]])
    found = round_m(_Two(1.0), places, np.zeros(4, dtype=np.int64), 1)
    assert found.tolist() == pytest.approx([200])
