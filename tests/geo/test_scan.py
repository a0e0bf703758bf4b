"""Scan statistics: SaTScan's published answer, hand-counted maps, and a slow scan of all zones."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

import geo.scan as scan_module
from geo.errors import GeometryError, InputError
from geo.scan import Cluster, Scan, poisson, space_time_permutation, space_time_poisson
from geo.scan.likelihood import Bar, llr, sided
from geo.scan.results import gumbel_p, rank_p
from geo.scan.search import Counts, Draw, Task, Told, simulated_maxima
from geo.settings import testing as data_settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GOLDEN = Path(__file__).parents[1] / "golden" / "scan_sids.json"

SQUARE = np.array([[0, 0], [100, 0], [0, 100], [100, 100], [1000, 1000]], dtype=np.float64)


# --------------------------------------------------------------------------- a slow scan, by hand


class Zone(NamedTuple):
    """A zone of the slow scan: places, window, ratio, cases, expected."""

    places: frozenset[int]
    first: int
    last: int
    ratio: float
    cases: float
    expected: float


def ratio(cases: float, expected: float, total: float, sides: str = "high") -> float:
    """Write the formula down once more, without numpy."""
    high = cases > expected and cases >= 2 and sides != "low"
    low = cases < expected and sides != "high"
    if not (high or low):
        return 0.0
    inside = cases * math.log(cases / expected) if cases else 0.0
    rest = total - cases
    return inside + (rest * math.log(rest / (total - expected)) if rest else 0.0)


def circles(xy: Floats, weight: Floats, share: float, radius: float | None) -> list[list[set[int]]]:
    """Every circle around every place: all places as near as some place."""
    found = []
    for at in xy:
        away = [math.dist(at, other) for other in xy]
        around = []
        for reach in sorted({round(metres, 6) for metres in away}):
            inside = {i for i, metres in enumerate(away) if metres <= reach + 1e-6}
            fits = sum(weight[i] for i in inside) <= share * sum(weight) + 1e-9
            if fits and (radius is None or reach <= radius):
                around.append(inside)
        found.append(around)
    return found


def best_by_hand(
    around: list[list[set[int]]],
    windows: list[tuple[int, int]],
    cases: Floats,
    expected: Floats,
    total: float,
    sides: str = "high",
) -> list[Zone]:
    """Best zone of each centre, among all circles and windows."""
    best = []
    for growing in around:
        zones = [
            Zone(frozenset(inside), first, last, ratio(c, e, total, sides), c, e)
            for inside in growing
            for first, last in windows
            for c in [sum(cases[i, first : last + 1].sum() for i in inside)]
            for e in [sum(expected[i, first : last + 1].sum() for i in inside)]
        ]
        best.extend([max(zones, key=lambda zone: round(zone.ratio, 9))] if zones else [])
    return best


def told_apart(best: list[Zone]) -> Iterator[Zone]:
    taken: set[int] = set()
    for zone in sorted(best, key=lambda zone: (-round(zone.ratio, 9), len(zone.places))):
        if round(zone.ratio, 9) > 0 and not taken & zone.places:
            taken |= zone.places
            yield zone


def spans(steps: int, longest: int, *, prospective: bool) -> list[tuple[int, int]]:
    """Windows, the short ones first: of equals the first is kept."""
    return [
        (first, first + length - 1)
        for length in range(1, longest + 1)
        for first in range(steps - length + 1)
        if not prospective or first + length == steps
    ]


def agrees(found: Scan, best: list[Zone]) -> None:
    """Compare ratios; of zones with the same ratio either may be told."""
    wanted = list(told_apart(best))
    if not wanted:
        assert not found.clusters
        return
    top = found.clusters[0]
    assert top.llr == pytest.approx(wanted[0].ratio, abs=1e-9)
    equal = {(zone.places, zone.first) for zone in best if zone.ratio >= top.llr - 1e-9}
    assert (frozenset(top.members.tolist()), top.first_step or 0) in equal
    for cluster in found.clusters:
        zones = [zone for zone in best if zone.places == frozenset(cluster.members.tolist())]
        assert any(abs(zone.ratio - cluster.llr) < 1e-9 for zone in zones)
        assert any(abs(zone.expected - cluster.expected) < 1e-9 for zone in zones)
        assert any(zone.cases == cluster.cases for zone in zones)
    members = [place for cluster in found.clusters for place in cluster.members]
    assert len(members) == len(set(members))
    if len({round(zone.ratio, 9) for zone in best}) == len(best):
        assert [sorted(zone.places) for zone in wanted] == [
            cluster.members.tolist() for cluster in found.clusters
        ]


def keep_draws(setattr_: Callable[..., None]) -> list[tuple[Task, Counts]]:
    kept: list[tuple[Task, Counts]] = []

    def keeping(task: Task, draw: Draw, simulations: int, told: Told) -> Floats:
        def keep(size: int) -> Counts:
            counts = draw(size)
            kept.append((task, counts.copy()))
            return counts

        return simulated_maxima(task, keep, simulations, told)

    setattr_(scan_module, "simulated_maxima", keeping)
    return kept


def maxima_by_hand(
    kept: list[tuple[Task, Counts]],
    around: list[list[set[int]]],
    expected: Floats,
    sides: str = "high",
) -> list[float]:
    """Largest ratio of each drawn map, over all zones, one by one."""
    return [
        max((*zones_of(task, counts[:, :, number], around, expected, sides), 0.0))
        for task, counts in kept
        for number in range(counts.shape[2])
    ]


def zones_of(
    task: Task, counts: Counts, around: list[list[set[int]]], expected: Floats, sides: str
) -> Iterator[float]:
    """Ratios of all zones of one drawn map."""
    windows = zip(task.windows.first.tolist(), task.windows.last.tolist(), strict=True)
    spans_ = list(enumerate(windows))
    for inside in (inside for growing in around for inside in growing):
        for number, (first, last) in spans_:
            cases = float(sum(counts[i, number] for i in inside))
            mean = float(sum(expected[i, first : last + 1].sum() for i in inside))
            yield ratio(cases, mean, task.total, sides)


def sorted_places(xy: list[tuple[int, int]]) -> Floats:
    """Rows in the order in which a scan keeps places, so that oracle and scan speak of the same."""
    return np.array(sorted(set(xy)), dtype=np.float64)


coordinates = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=7, unique=True
).map(sorted_places)


# ---------------------------------------------------------------------------- the slow scan agrees


@settings(max_examples=60, deadline=None)
@given(coordinates, st.data())
def test_poisson_equals_a_scan_of_all_zones(xy: Floats, data: st.DataObject) -> None:
    numbers = st.integers(0, 6)
    cases = np.array(data.draw(st.lists(numbers, min_size=len(xy), max_size=len(xy))))
    people = np.array(data.draw(st.lists(st.integers(1, 9), min_size=len(xy), max_size=len(xy))))
    sides = data.draw(st.sampled_from(["high", "low", "both"]))
    share = data.draw(st.sampled_from([0.3, 0.5, 1.0]))
    radius = data.draw(st.sampled_from([None, 1.5, 3.0]))
    with pytest.MonkeyPatch.context() as patch:
        kept = keep_draws(patch.setattr)
        found = poisson(
            cases, people, xy, max_share=share, max_radius_m=radius, sides=sides, simulations=9
        )
    around = circles(xy, people, share, radius)
    expected = cases.sum() * (people / people.sum())[:, None]
    assert found.zones == sum(len(growing) for growing in around)
    if cases.sum() == 0:
        assert found.clusters == ()
        return
    total = float(cases.sum())
    agrees(found, best_by_hand(around, [(0, 0)], cases[:, None], expected, total, sides))
    by_hand = maxima_by_hand(kept, around, expected, sides)
    assert found.maxima.tolist() == pytest.approx(by_hand or [0.0] * 9, abs=1e-9)
    assert all(counts.sum(axis=(0, 1)).tolist() == [total] * 9 for _task, counts in kept)


@settings(max_examples=40, deadline=None)
@given(coordinates, st.data())
def test_space_time_poisson_equals_a_scan_of_all_zones(xy: Floats, data: st.DataObject) -> None:
    steps, prospective = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    longest = data.draw(st.integers(1, steps))
    size = len(xy) * steps
    flat = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    cases = np.array(flat).reshape(-1, steps)
    changing = data.draw(st.booleans())
    shape = (len(xy), steps) if changing else (len(xy),)
    some = int(np.prod(shape))
    people = np.array(data.draw(st.lists(st.integers(1, 9), min_size=some, max_size=some)))
    people = people.reshape(shape)
    with pytest.MonkeyPatch.context() as patch:
        kept = keep_draws(patch.setattr)
        found = space_time_poisson(
            cases, people, xy, max_steps=longest, prospective=prospective, simulations=6
        )
    by_step = people if changing else np.repeat(people[:, None], steps, axis=1)
    around = circles(xy, by_step.sum(axis=1).astype(float), 0.5, None)
    expected = cases.sum() * by_step / by_step.sum()
    windows = spans(steps, longest, prospective=prospective)
    assert found.zones == sum(len(growing) for growing in around) * len(windows)
    if cases.sum() == 0:
        assert found.clusters == ()
        return
    agrees(found, best_by_hand(around, windows, cases, expected, float(cases.sum())))
    by_hand = maxima_by_hand(kept, around, expected)
    assert found.maxima.tolist() == pytest.approx(by_hand or [0.0] * 6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(coordinates, st.data())
def test_permutation_equals_a_scan_of_all_zones(xy: Floats, data: st.DataObject) -> None:
    steps, prospective = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    longest = data.draw(st.integers(1, steps))
    event = st.tuples(st.integers(0, len(xy) - 1), st.integers(0, steps - 1))
    events = np.array(data.draw(st.lists(event, min_size=1, max_size=25)))
    radius = data.draw(st.sampled_from([None, 2.0]))
    with pytest.MonkeyPatch.context() as patch:
        kept = keep_draws(patch.setattr)
        found = space_time_permutation(
            events[:, 0], events[:, 1], xy, steps,
            max_radius_m=radius, max_steps=longest, prospective=prospective, simulations=6,
        )  # fmt: skip
    cases = np.zeros((len(xy), steps))
    np.add.at(cases, tuple(events.T), 1)
    around = circles(xy, cases.sum(axis=1), 0.5, radius)
    expected = np.outer(cases.sum(axis=1), cases.sum(axis=0)) / len(events)
    windows = spans(steps, longest, prospective=prospective)
    agrees(found, best_by_hand(around, windows, cases, expected, float(len(events))))
    by_hand = maxima_by_hand(kept, around, expected)
    assert found.maxima.tolist() == pytest.approx(by_hand or [0.0] * 6, abs=1e-9)
    for task, counts in kept:  # both margins stay as they are
        for number in np.flatnonzero(task.windows.first == task.windows.last):
            step = task.windows.first[number]
            assert (counts[:, number].sum(axis=0) == cases[:, step].sum()).all()


@settings(max_examples=200, deadline=None)
@given(
    st.integers(2, 400), st.floats(0.0, 30.0), st.floats(0.001, 1.0), st.floats(0.001, 1.0)
)  # fmt: skip
def test_a_bar_never_hides_a_zone(total: int, height: float, part: float, most: float) -> None:
    largest = most * total
    expected = np.array([part * largest])
    bar, counts = Bar(height, largest, total), np.arange(total + 1.0)
    least, fewest = int(bar.least(expected)[0]), int(bar.most(expected)[0])
    high, low = (sided(counts, expected, total, side) for side in ("high", "low"))
    reached = np.flatnonzero((high >= height) & (high > 0))
    assert least <= (reached[0] if len(reached) else total + 1)
    below = np.flatnonzero((low >= height) & (low > 0))
    assert fewest >= (below[-1] if len(below) else -1)
    # And it lets through little else: the count next to the bar does not reach it.
    assert least < 3 or high[least - 1] < height + 1e-6
    assert fewest < 0 or fewest + 1 > expected[0] or low[fewest + 1] < height + 1e-6


# --------------------------------------------------------------------------------- hand-counted


def test_ratio_by_hand() -> None:
    # 8 of 10 where 5 are expected: 8 ln 1.6 + 2 ln 0.4.
    assert float(llr(8, 5.0, 10)) == pytest.approx(8 * math.log(1.6) + 2 * math.log(0.4))
    assert float(llr(10, 5.0, 10)) == pytest.approx(10 * math.log(2))
    assert float(llr(0, 5.0, 10)) == pytest.approx(10 * math.log(2))
    assert float(llr(10, 10.0, 10)) == 0.0


def test_one_busy_corner() -> None:
    found = poisson([6, 1, 1, 1, 1], [10] * 5, SQUARE, simulations=99)
    (first, *_more) = found.clusters
    assert (first.centre, first.members.tolist(), first.radius_m) == (0, [0], 0.0)
    assert (first.cases, first.expected) == (6, 2.0)
    assert first.relative_risk == pytest.approx((6 / 2) / (4 / 8))
    assert first.llr == pytest.approx(6 * math.log(3) + 4 * math.log(0.5))
    assert (first.first_step, first.last_step, first.recurrence_days) == (None, None, None)
    assert (found.total, found.method, found.simulations) == (10, "poisson", 99)
    # Each corner: itself; the neighbours at 100 m enter together, which is 60 % of the people.
    assert found.zones == 5 + 1  # the far place also has a circle with its nearest


def test_neighbours_at_the_same_distance_enter_together() -> None:
    row = np.array([[0, 0], [-10, 0], [10, 0], [500, 0], [600, 0], [700, 0], [900, 0]], dtype=float)
    cases = [2, 5, 0, 0, 0, 0, 0]
    first = poisson(cases, [1] * 7, row, simulations=0).clusters[0]
    assert first.members.tolist() == [1] or first.members.tolist() == [0, 1]
    around_middle = circles(row, np.ones(7), 0.5, None)[0]
    assert [sorted(inside) for inside in around_middle] == [[0], [0, 1, 2]]


def test_a_single_case_is_no_cluster() -> None:
    assert poisson([1, 0, 0], [1, 500, 500], SQUARE[:3], simulations=9).clusters == ()
    assert poisson([2, 0, 0], [1, 500, 500], SQUARE[:3], simulations=9).clusters[0].cases == 2


def test_a_quiet_corner_is_a_cluster_of_lack() -> None:
    cases, people = [0, 9, 10, 11, 10], [10] * 5
    assert poisson(cases, people, SQUARE, simulations=99, sides="low").clusters[0].members == [0]
    high = poisson(cases, people, SQUARE, simulations=99)
    assert all(cluster.high for cluster in high.clusters)
    both = poisson(cases, people, SQUARE, simulations=99, sides="both").clusters
    assert {cluster.high for cluster in both} == {True, False}
    assert both[0].members.tolist() == [0]
    assert both[0].relative_risk == 0.0
    assert both[0].llr == pytest.approx(40 * math.log(40 / 32))


def test_a_circle_ends_at_the_largest_share_and_radius() -> None:
    people = [20, 20, 20, 20, 20]
    cases = [5, 5, 0, 0, 0]
    sizes = {
        share: max(len(c.members) for c in poisson(cases, people, SQUARE, max_share=share).clusters)
        for share in (0.2, 0.6, 1.0)
    }
    assert sizes == {0.2: 1, 0.6: 3, 1.0: 3}
    near = poisson(cases, people, SQUARE, max_share=1.0, max_radius_m=99.0, simulations=0)
    assert near.zones == 5
    assert poisson(cases, people, SQUARE, max_share=1.0, max_radius_m=100.0).zones == 9


def test_exactly_half_of_the_people_still_fits() -> None:
    xy = np.array([[0, 0], [1, 0], [10, 0], [11.5, 0]])
    found = poisson([7, 8, 1, 1], [0.1, 0.2, 0.1, 0.2], xy, simulations=0)
    assert found.clusters[0].members.tolist() == [0, 1]


def test_locations_at_the_same_place_are_one() -> None:
    xy = np.array([[5, 5], [0, 0], [5, 5], [9, 9]], dtype=float)
    found = poisson([3, 0, 4, 1], [10, 30, 10, 50], xy, simulations=99)
    assert (found.clusters[0].members.tolist(), found.clusters[0].centre) == ([0, 2], 0)
    merged = poisson([7, 0, 1], [20, 30, 50], xy[[0, 1, 3]], simulations=99)
    assert np.array_equal(found.maxima, merged.maxima)
    assert found.clusters[0].llr == merged.clusters[0].llr


def test_what_is_new_in_the_last_step() -> None:
    table = np.ones((5, 10), dtype=int)
    table[0, 9] = 9
    found = space_time_poisson(
        table, [10] * 5, SQUARE, prospective=True, step_days=7.0, simulations=99
    )
    first = found.clusters[0]
    assert (first.members.tolist(), first.first_step, first.last_step) == ([0], 9, 9)
    assert first.expected == pytest.approx(58 / 50)
    assert first.recurrence_days == pytest.approx(7.0 / first.p)
    assert found.zones == 6 * 5  # windows of one to five steps, half of the period
    ended = np.ones((5, 10), dtype=int)
    ended[0, 3] = 9
    back = space_time_poisson(ended, [10] * 5, SQUARE, simulations=19)
    assert (back.clusters[0].first_step, back.clusters[0].last_step) == (3, 3)
    assert back.clusters[0].recurrence_days is None
    alive = space_time_poisson(ended, [10] * 5, SQUARE, prospective=True, simulations=19)
    assert all(cluster.last_step == 9 for cluster in alive.clusters)


def test_permutation_is_blind_to_a_place_that_is_always_busy() -> None:
    location = np.concatenate([np.repeat(0, 40), np.repeat([1, 2, 3, 4], 4)])
    step = np.concatenate([np.tile(np.arange(4), 10), np.tile(np.arange(4), 4)])
    found = space_time_permutation(location, step, SQUARE, 4, max_share=1.0, simulations=19)
    assert found.clusters == ()
    assert (found.total, found.method) == (56, "space_time_permutation")


def test_permutation_expects_margins() -> None:
    # Four cases at place 0, all in step 2; eight elsewhere, earlier.
    location, step = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [2, 2, 2, 2, 0, 1, 0, 1, 0, 1, 0, 1]
    found = space_time_permutation(location, step, SQUARE, 3, max_steps=1, simulations=99)
    first = found.clusters[0]
    assert (first.cases, first.first_step, first.last_step) == (4, 2, 2)
    assert first.expected == pytest.approx(4 * 4 / 12)
    assert first.llr == pytest.approx(4 * math.log(3) + 8 * math.log(3 / 4))
    assert first.relative_risk == pytest.approx(4.0)
    assert first.members.tolist() == [0]


# ----------------------------------------------------------------------------------------- edges


def test_nothing_to_find() -> None:
    none = poisson([0] * 5, [10] * 5, SQUARE, simulations=9)
    assert (none.clusters, none.total) == ((), 0)
    assert none.maxima.tolist() == [0.0] * 9
    nowhere = poisson([], [], np.zeros((0, 2)), simulations=9)
    assert (nowhere.clusters, nowhere.zones) == ((), 0)
    alone = poisson([5], [10], [[0, 0]], simulations=9)
    assert (alone.clusters, alone.zones) == ((), 0)
    whole = poisson([5], [10], [[0, 0]], max_share=1.0, simulations=9)
    assert (whole.clusters, whole.zones) == ((), 1)
    empty: list[int] = []
    assert space_time_permutation(empty, empty, SQUARE, 4, simulations=9).clusters == ()
    assert space_time_poisson(np.zeros((5, 4)), [1] * 5, SQUARE, simulations=9).clusters == ()


def test_all_cases_at_one_place() -> None:
    found = poisson([7, 0, 0, 0, 0], [10] * 5, SQUARE, simulations=99)
    first = found.clusters[0]
    assert first.relative_risk == math.inf
    assert first.llr == pytest.approx(7 * math.log(5))
    assert first.p == 0.01
    assert len(found.clusters) == 1
    moved = space_time_permutation([0] * 6, [0, 0, 1, 2, 3, 3], SQUARE, 4, simulations=19)
    assert moved.clusters == ()  # the whole is larger than half of the cases


def test_places_where_nobody_lives() -> None:
    found = poisson([6, 1, 0, 1, 2], [10, 10, 0, 10, 10], SQUARE, simulations=19)
    assert found.clusters[0].members.tolist() == [0]
    # The empty place lies in circles, and is told with them.
    wide = poisson([6, 6, 0, 1, 2], [10, 10, 0, 10, 10], SQUARE, simulations=19)
    assert wide.clusters[0].members.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="3 cases lie at 2 locations where nobody lives"):
        poisson([6, 1, 2, 1, 1], [10, 10, 0, 10, 0], SQUARE)
    with pytest.raises(InputError, match="1 cases lie at 1 locations"):
        space_time_poisson([[1, 0], [0, 1]], [[1, 0], [1, 0]], SQUARE[:2])


@pytest.mark.parametrize(
    "asked",
    [
        {"max_share": 0.0},
        {"max_share": 1.5},
        {"max_radius_m": 0.0},
        {"max_radius_m": -3.0},
        {"simulations": -1},
        {"sides": "left"},
        {"cases": [1, 2]},
        {"cases": [1, 2, 3, 4, 0.5]},
        {"cases": [1, 2, 3, 4, -1]},
        {"cases": [1, 2, 3, 4, math.nan]},
        {"population": [1, 2, 3, 4, -1]},
        {"population": [1, 2, 3, 4, math.inf]},
        {"cases": [[1, 2, 3, 4, 5]]},
    ],
)
def test_questions_that_make_no_sense(asked: dict[str, Any]) -> None:
    question: dict[str, Any] = {"cases": [1] * 5, "population": [1] * 5, "xy": SQUARE} | asked
    with pytest.raises(InputError):
        poisson(question.pop("cases"), question.pop("population"), question.pop("xy"), **question)


def test_events_that_make_no_sense() -> None:
    for location, step in ([[5], [0]], [[0], [3]], [[0, 1], [0]], [[0], [-1]]):
        with pytest.raises(InputError):
            space_time_permutation(location, step, SQUARE, 3)
    with pytest.raises(InputError, match="between 1 and 3 steps"):
        space_time_permutation([0], [0], SQUARE, 3, max_steps=4)
    with pytest.raises(InputError, match="at least one step"):
        space_time_permutation([0], [0], SQUARE, 0)
    with pytest.raises(InputError, match="once or for every step"):
        space_time_poisson(np.ones((5, 3)), np.ones((5, 2)), SQUARE)


def test_places_without_coordinates() -> None:
    with pytest.raises(GeometryError, match="2 locations"):
        poisson([1, 1, 1], [1, 1, 1], np.array([[0, 0], [math.nan, 0], [0, math.inf]]))
    with pytest.raises(GeometryError, match="an x and a y"):
        poisson([1, 1, 1], [1, 1, 1], [0, 1, 2])


# --------------------------------------------------------------------------- chance, seed, order


def town(seed: int, n: int = 60) -> tuple[Floats, Ints, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.random((n, 2)) * 1000.0, rng.integers(1, 40, n), rng


def test_p_is_uniform_on_noise() -> None:
    ps: dict[str, list[float]] = {"poisson": [], "cylinder": [], "permutation": []}
    for seed in range(100):
        xy, people, rng = town(seed, 30)
        noise = rng.multinomial(300, people / people.sum())
        steps = rng.integers(0, 12, 300)
        where = np.repeat(np.arange(len(xy)), noise)
        table = np.zeros((len(xy), 12), dtype=int)
        np.add.at(table, (where, steps), 1)
        asked: dict[str, Any] = {"simulations": 39, "seed": seed}
        looking: dict[str, Any] = {"prospective": True, "max_steps": 3, **asked}
        ps["poisson"].append(top_p(poisson(noise, people, xy, **asked)))
        ps["cylinder"].append(top_p(space_time_poisson(table, people, xy, **looking)))
        ps["permutation"].append(top_p(space_time_permutation(where, steps, xy, 12, **looking)))
    for method, found in ps.items():
        assert kstest(found, "uniform").pvalue > 0.01, method
        assert sum(p <= 0.05 for p in found) <= 11, method  # 5 of 100 on average


def top_p(scan: Scan) -> float:
    return scan.clusters[0].p if scan.clusters else 1.0


def test_a_planted_cluster_is_found() -> None:
    xy, people, rng = town(1, 150)
    planted = np.hypot(*(xy - xy[62]).T) < 180.0
    risk = people * np.where(planted, 4.0, 1.0)
    first = poisson(rng.multinomial(600, risk / risk.sum()), people, xy).clusters[0]
    assert first.p == 0.001
    assert first.p_gumbel < 0.001
    hit = planted[first.members].sum()
    assert hit >= 0.8 * planted.sum()
    assert hit >= 0.7 * len(first.members)

    where = rng.choice(len(xy), 600, p=people / people.sum())
    when = rng.integers(0, 30, 600)
    new = rng.choice(np.flatnonzero(planted), 25)
    location = np.concatenate([where, new])
    step = np.concatenate([when, rng.integers(27, 30, 25)])
    alive = space_time_permutation(location, step, xy, 30, max_steps=7, prospective=True)
    top = alive.clusters[0]
    assert top.p == 0.001
    assert top.recurrence_days == 1000.0
    assert (top.first_step, top.last_step) == (27, 29)
    assert planted[top.members].mean() > 0.7


def answers(scan: Scan, row: Ints) -> list[tuple[Any, ...]]:
    """Tell clusters by names that do not depend on the order of rows."""
    return [
        (sorted(row[c.members].tolist()), row[c.centre], c.llr, c.p, c.p_gumbel, c.first_step)
        for c in scan.clusters
    ]


def test_same_seed_same_answer_in_any_order() -> None:
    xy, people, rng = town(3)
    cases = rng.multinomial(200, people / people.sum())
    location = rng.choice(len(xy), 200)
    step = rng.integers(0, 10, 200)
    table = np.zeros((len(xy), 10), dtype=int)
    np.add.at(table, (location, step), 1)
    row = np.arange(len(xy))

    def three(order: Ints, events: Ints, seed: int) -> list[Any]:
        place = np.argsort(order)
        asked: dict[str, Any] = {"simulations": 49, "seed": seed}
        scans = (
            poisson(cases[order], people[order], xy[order], **asked),
            space_time_poisson(table[order], people[order], xy[order], **asked),
            space_time_permutation(
                place[location[events]], step[events], xy[order], 10, **asked
            ),
        )  # fmt: skip
        return [(answers(scan, order), scan.maxima.tolist()) for scan in scans]

    once = three(row, np.arange(200), 5)
    assert once == three(row, np.arange(200), 5)
    assert once == three(rng.permutation(len(xy)), rng.permutation(200), 5)
    assert once != three(row, np.arange(200), 6)


def test_maps_in_several_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    xy, people, rng = town(4)
    cases = rng.multinomial(200, people / people.sum())
    asked: dict[str, Any] = {"simulations": 50, "sides": "both"}
    at_once = poisson(cases, people, xy, **asked)
    monkeypatch.setattr("geo.scan.search._ROW", 7)
    monkeypatch.setattr("geo.scan.search._ABREAST", 1)
    monkeypatch.setattr("geo.scan.search._BUFFER", 35)
    in_blocks = poisson(cases, people, xy, **asked)
    assert np.array_equal(at_once.maxima, in_blocks.maxima)


def test_many_cases_do_not_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep_draws(monkeypatch.setattr)
    xy = sorted_places([(0, 0), (3, 0), (0, 5), (9, 9)])
    people = np.array([10, 10, 10, 50])
    found = poisson([9_000, 9_000, 12_000, 40_000], people, xy, max_share=1.0, simulations=9)
    assert all((counts.sum(axis=(0, 1), dtype=int) == 70_000).all() for _task, counts in kept)
    around = circles(xy, people, 1.0, None)
    by_hand = maxima_by_hand(kept, around, 70_000 * (people / 80)[:, None])
    assert found.maxima.tolist() == pytest.approx(by_hand, abs=1e-6)


# ------------------------------------------------------------------------------------- how sure


def test_p_is_a_rank() -> None:
    maxima = np.array([1.0, 2.0, 3.0, 4.0])
    assert [rank_p(value, maxima) for value in (5.0, 4.0, 3.5, 0.0)] == [0.2, 0.4, 0.4, 1.0]
    # The same ratio, summed in another order, is as large.
    assert rank_p(4.0 + 1e-12, maxima) == 0.4
    assert rank_p(4.0, np.zeros(0)) == 1.0


def test_gumbel_has_the_moments_of_the_maxima() -> None:
    maxima = np.array([3.0, 5.0])
    scale = math.sqrt(2.0) * math.sqrt(6.0) / math.pi
    mode = 4.0 - 0.5772156649 * scale
    assert gumbel_p(7.0, maxima) == pytest.approx(1 - math.exp(-math.exp(-(7 - mode) / scale)))
    assert 0.0 < gumbel_p(200.0, maxima) < 1e-60
    assert gumbel_p(7.0, np.array([3.0, 3.0])) == rank_p(7.0, np.array([3.0, 3.0]))
    drawn_ = np.random.default_rng(0).gumbel(8.0, 1.2, 999)
    assert gumbel_p(float(np.quantile(drawn_, 0.95)), drawn_) == pytest.approx(0.05, abs=0.015)


def test_progress_is_told() -> None:
    xy, people, rng = town(6)
    shares: list[float] = []
    poisson(rng.multinomial(90, people / people.sum()), people, xy, told=shares.append)
    assert shares == list(accumulate(shares, max))
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 3


class StoppedError(Exception):
    """Somebody pressed cancel."""


@pytest.mark.parametrize("after", [0.0, 0.3, 0.7])
def test_cancelling_comes_through(after: float) -> None:
    xy, people, rng = town(7)

    def cancel(share: float) -> None:
        if share >= after:
            raise StoppedError

    cases = rng.multinomial(90, people / people.sum())
    with pytest.raises(StoppedError):
        poisson(cases, people, xy, simulations=999, told=cancel)
    with pytest.raises(StoppedError):
        space_time_permutation(row_of(cases), np.zeros(90), xy, 9, told=cancel)


def row_of(cases: Ints) -> Ints:
    return np.repeat(np.arange(len(cases)), cases)


# ------------------------------------------------------------------------------------- published


@pytest.fixture(scope="module")
def sids() -> tuple[Ints, Ints, Floats, list[str]]:
    folder = data_settings().test_data_dir
    file = None if folder is None else folder / "spdata_ref" / "sids.gpkg"
    if file is None or not file.exists():
        pytest.skip("needs spdata_ref/sids.gpkg in WANGGE_TEST_DATA_DIR")
    counties = gpd.read_file(file)
    cases = (counties.SID74 + counties.SID79).to_numpy(dtype=np.int64)
    births = (counties.BIR74 + counties.BIR79).to_numpy(dtype=np.int64)
    seats = counties[["east", "north"]].to_numpy(dtype=np.float64)
    return cases, births, seats, counties.NAME.tolist()


@pytest.mark.data
def test_sudden_deaths_in_north_carolina(sids: tuple[Ints, Ints, Floats, list[str]]) -> None:
    cases, births, seats, names = sids
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = poisson(cases, births, seats, simulations=999, seed=1)
    assert (found.total, int(births.sum())) == (golden["cases"], golden["births"])
    for cluster, told in zip(found.clusters, golden["clusters"], strict=False):
        same_as_published(cluster, told, names)
    assert [cluster.p <= 0.001 for cluster in found.clusters[:3]] == [True, True, False]
    assert found.clusters[2].p == pytest.approx(0.036, abs=0.02)
    assert found.clusters[3].p > 0.5
    # The published p of the second, 0.0003, is below what 999 maps can say; the curve can.
    assert found.clusters[1].p_gumbel == pytest.approx(0.0003, abs=0.0002)


def same_as_published(cluster: Cluster, told: dict[str, Any], names: list[str]) -> None:
    assert sorted(names[member] for member in cluster.members) == sorted(told["counties"])
    assert cluster.llr == pytest.approx(told["llr"], abs=told["within"])
    for value, known in (
        (cluster.cases, told.get("cases")),
        (round(cluster.expected, 2), told.get("expected")),
        (round(cluster.relative_risk, 2), told.get("relative_risk")),
    ):
        assert known is None or value == known
