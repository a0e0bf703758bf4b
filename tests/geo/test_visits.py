"""Visits: who is due, done and missed at the boundaries; quotas; the next ten in one walk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import visits
from geo.facts import DAY_US
from geo.network import StraightLine
from geo.norms import NORMS, Norm

START, STOP = 100 * DAY_US, 130 * DAY_US

INTERVALS = (7, 30, 90, 365)


def _stand(last: list[int], met: list[bool], days: list[int]) -> visits.Standing:
    return visits.standing(np.array(last), np.array(met), np.array(days), START, STOP)


def test_never_met_is_due_at_once() -> None:
    standing = _stand([visits.NEVER_MET_US] * 2, [True, False], [365, 365])
    assert standing.due.tolist() == [True, True]
    assert standing.done.tolist() == [True, False]
    assert standing.missed.tolist() == [False, True]


def test_a_deadline_on_the_end_is_not_yet_due_and_a_microsecond_before_it_is() -> None:
    last = STOP - 90 * DAY_US
    standing = _stand([last, last - 1], [False, False], [90, 90])
    assert standing.due.tolist() == [False, True]


def test_a_visit_that_was_not_due_covers_nothing() -> None:
    standing = _stand([START - DAY_US], [True], [365])
    assert [part.tolist() for part in standing] == [[False], [False], [False]]


def test_a_visit_before_the_window_cannot_lie_in_it() -> None:
    with pytest.raises(ValueError, match="before the window"):
        _stand([START], [False], [7])


def test_the_window_takes_its_first_instant_and_leaves_its_last() -> None:
    household, at = np.array([0, 1, 2]), np.array([START - 1, START, STOP])
    met = visits.met_between(3, household, at, START, STOP)
    assert met.tolist() == [False, True, False]
    last = visits.last_before(3, household, at, START)
    assert last.tolist() == [START - 1, visits.NEVER_MET_US, visits.NEVER_MET_US]


def test_the_latest_visit_counts_in_whatever_order_they_come() -> None:
    household, at = np.array([0, 0, 0, -1]), np.array([START - 5, START - 2, START - 9, START - 1])
    assert visits.last_before(1, household, at, START).tolist() == [START - 2]


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    """Draw intervals of some households, and visits (household or -1, instant) on the hour."""
    days = draw(st.lists(st.sampled_from(INTERVALS), min_size=1, max_size=6))
    hour = st.integers(-300 * 24, 140 * 24).map(lambda hour: hour * DAY_US // 24)
    who = st.integers(-1, len(days) - 1)
    return days, draw(st.lists(st.tuples(who, hour), max_size=30))


def _by_hand(days: int, mine: list[int]) -> tuple[bool, bool, bool]:
    """Judge one household by its own visits, one after the other."""
    before = [at for at in mine if at < START]
    due = not before or max(before) + days * DAY_US < STOP
    met = any(START <= at < STOP for at in mine)
    return due, due and met, due and not met


@given(_histories())
def test_all_at_once_equals_one_by_one(history: tuple[list[int], list[tuple[int, int]]]) -> None:
    days, made = history
    who = np.array([one for one, _at in made], dtype=np.int64)
    at = np.array([when for _one, when in made], dtype=np.int64)
    standing = visits.standing(
        visits.last_before(len(days), who, at, START),
        visits.met_between(len(days), who, at, START, STOP),
        np.array(days),
        START,
        STOP,
    )
    for one, interval in enumerate(days):
        mine = [when for household, when in made if household == one]
        assert tuple(bool(part[one]) for part in standing) == _by_hand(interval, mine)
    assert np.array_equal(standing.done | standing.missed, standing.due)


def test_days_over_counts_from_the_deadline() -> None:
    last = np.array([STOP - 7 * DAY_US, STOP - 37 * DAY_US, STOP - DAY_US, visits.NEVER_MET_US])
    over = visits.days_over(last, np.array([7, 30, 90, 365]), STOP)
    assert over.tolist() == [0, 7, -89, np.inf]


def _norms(per_worker: float) -> dict[str, Norm]:
    key = "visit_quota_per_worker"
    return {**NORMS, key: Norm(key, "", per_worker, None, "", "")}


def test_a_quota_says_whose_it_is() -> None:
    by_worker = visits.quota(365, 365, _norms(1), workers=2.5, grids=2)
    by_grid = visits.quota(365, 365, _norms(0), workers=2.5, grids=2)
    # A visit a day is 365/12 a month.
    assert (by_worker.per_worker, by_worker.asked) == (True, 750)
    assert (by_grid.per_worker, by_grid.asked) == (False, 600)
    assert by_grid.share == pytest.approx(365 / 12 / 600)
    assert visits.quota(9, 30, _norms(1), workers=0, grids=2).share is None


def test_the_overdue_come_first_by_class_then_by_days() -> None:
    interval = np.array([365, 7, 7, 30, 90, 7])
    over = np.array([np.inf, 3.0, 20.0, 400.0, -2.0, -6.0])
    assert visits.most_urgent(interval, over).tolist() == [2, 1, 3, 0, 4, 5]
    assert visits.most_urgent(interval, over, 2).tolist() == [2, 1]


@given(
    st.lists(
        st.tuples(st.sampled_from(INTERVALS), st.one_of(st.floats(-400, 400), st.just(np.inf))),
        max_size=30,
    )
)
def test_urgency_equals_a_sort_with_a_key(people: list[tuple[int, float]]) -> None:
    interval = np.array([days for days, _over in people], dtype=np.int64)
    over = np.array([over for _days, over in people])

    def key(one: int) -> tuple[bool, int, float]:
        days, late = people[one]
        return (late <= 0, days if late > 0 else 0, -late)

    assert visits.most_urgent(interval, over).tolist() == sorted(range(len(people)), key=key)[:10]


LINE = StraightLine(1.3)


def test_households_of_one_building_follow_each_other() -> None:
    # Buildings 7 and 5 stand 100 m and 300 m east of the station.
    places = np.array([[300.0, 0], [100, 0], [300, 0], [100, 0]])
    walk = visits.in_order(LINE, places, np.array([5, 7, 5, 7]), np.array([0.0, 0]))
    assert walk.order.tolist() == [1, 3, 0, 2]
    assert walk.way_m.tolist() == pytest.approx([130, 0, 260, 0])
    assert walk.length_m == pytest.approx(390)


def test_without_a_station_the_walk_begins_at_the_most_urgent() -> None:
    places = np.array([[300.0, 0], [0, 0], [100, 0]])
    walk = visits.in_order(LINE, places, np.array([9, 1, 4]))
    assert walk.order.tolist() == [0, 2, 1]
    assert walk.way_m.tolist() == pytest.approx([0, 260, 130])


def test_nobody_to_visit_is_no_walk() -> None:
    walk = visits.in_order(LINE, np.empty((0, 2)), np.empty(0, dtype=np.int64))
    assert (len(walk.order), walk.length_m) == (0, 0)


class _Island(StraightLine):
    """No way leads to what lies beyond 1 km east."""

    def between_m(self, places: np.ndarray) -> np.ndarray:
        far = places[:, 0] > 1000
        return np.where(far[:, None] == far[None, :], super().between_m(places), np.inf)


def test_whom_no_way_leads_to_comes_last_without_a_way() -> None:
    places = np.array([[2000.0, 0], [100, 0]])
    walk = visits.in_order(_Island(1.0), places, np.array([1, 2]), np.array([0.0, 0]))
    assert walk.order.tolist() == [1, 0]
    assert walk.way_m[0] == pytest.approx(100)
    assert np.isnan(walk.way_m[1])
    assert walk.length_m == pytest.approx(100)


@given(
    homes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=10),
    station=st.booleans(),
)
def test_a_walk_meets_each_once_and_never_returns(
    *, homes: list[tuple[int, int]], station: bool
) -> None:
    spots = np.random.default_rng(6).random((6, 2)) * 500
    building = np.array([where for where, _home in homes])
    start = np.zeros(2) if station else None
    walk = visits.in_order(LINE, spots[building], building, start)
    assert sorted(walk.order.tolist()) == list(range(len(homes)))
    arrivals = building[walk.order][walk.way_m > 0].tolist()
    assert len(arrivals) == len(set(arrivals)) == len(set(building.tolist())) - (not station)
