"""Party contact: plans by hand, and against an assignment of every single household."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment, linprog

from geo import contact
from geo.contact import Addition, Assignment, Homes, Hosts
from geo.network import StraightLine

WAYS = StraightLine(1.3)
REACH_M = 300.0
FORBIDDEN = 1e12
UNSERVED = 1e7

Spot = tuple[int, int, float, int, int, int]
"""Building, unit, metres east, grid, sub-district, households (waiting or free)."""


def _common(spots: list[Spot]) -> dict[str, Any]:
    table = np.array(spots, dtype=float).reshape(-1, 6)
    return {
        "building": table[:, 0].astype(np.int64),
        "unit": table[:, 1].astype(np.int64),
        "xy": np.column_stack([table[:, 2], np.zeros(len(table))]),
        "grid": table[:, 3].astype(np.int64),
        "sub_district": table[:, 4].astype(np.int64),
    }


def homes_of(*spots: Spot) -> Homes:
    return Homes(**_common(list(spots)), waiting=np.array([s[5] for s in spots], dtype=np.int64))


def hosts_of(*spots: Spot) -> Hosts:
    return Hosts(**_common(list(spots)), free=np.array([s[5] for s in spots], dtype=np.int64))


def plan(homes: Homes, hosts: Hosts, reach_m: float = REACH_M) -> Assignment:
    return contact.assign(homes, hosts, WAYS, reach_m=reach_m)


def best_hosts(homes: Homes, hosts: Hosts, *, capacity: int, count: int) -> list[Addition]:
    found = plan(homes, hosts)
    return contact.best_hosts(
        homes, hosts, WAYS, found, capacity=capacity, reach_m=REACH_M, count=count
    )


def served(found: Assignment) -> dict[tuple[int, int], int]:
    """Return the plan as (host, home) → households."""
    pairs = zip(found.arcs.host.tolist(), found.arcs.home.tolist(), strict=True)
    return dict(zip(pairs, found.arcs.households.tolist(), strict=True))


# ------------------------------------------------------------------------------------- by hand


def test_own_corridor_comes_first_then_own_building() -> None:
    homes = homes_of((1, 11, 0, 0, 0, 4), (1, 12, 0, 0, 0, 4))
    found = plan(homes, hosts_of((1, 12, 0, 0, 0, 6)))
    assert served(found) == {(0, 0): 2, (0, 1): 4}
    assert found.cost == 2 * REACH_M


def test_hosts_without_a_known_stairwell_serve_the_building() -> None:
    homes = homes_of((1, -1, 0, 0, 0, 4))
    assert plan(homes, hosts_of((1, -1, 0, 0, 0, 3))).cost == 3 * REACH_M


def test_same_grid_and_sub_district_come_before_the_nearer_elsewhere() -> None:
    # Building 2 is nearer, but of another grid; 3 of another sub-district; 4 is alike.
    homes = homes_of((2, 21, 50, 1, 0, 5), (3, 31, -50, 0, 1, 5), (4, 41, 200, 0, 0, 5))
    found = plan(homes, hosts_of((1, 11, 0, 0, 0, 5)))
    assert served(found) == {(0, 2): 5}
    assert found.arcs.metres.tolist() == [260.0]
    assert found.cost == pytest.approx(5 * (2 * REACH_M + 260))


def test_the_nearer_of_two_alike_is_served() -> None:
    homes = homes_of((2, 21, 120, 0, 0, 5), (3, 31, -100, 0, 0, 5))
    assert served(plan(homes, hosts_of((1, 11, 0, 0, 0, 7)))) == {(0, 1): 5, (0, 0): 2}


def test_more_served_is_better_than_nearer() -> None:
    # Host 0 would serve its own building, but only it reaches building 3.
    homes = homes_of((1, 11, 0, 0, 0, 5), (3, 31, -200, 0, 0, 5))
    found = plan(homes, hosts_of((1, 11, 0, 0, 0, 5), (2, 21, 100, 0, 0, 5)))
    assert served(found) == {(0, 1): 5, (1, 0): 5}


def test_a_place_without_grid_and_sub_district_is_near_to_none() -> None:
    homes = homes_of((2, 21, 100, -1, -1, 1))
    assert plan(homes, hosts_of((1, 11, 0, -1, -1, 1))).cost == pytest.approx(3 * REACH_M + 130)
    only_grids = homes_of((2, 21, 100, 4, -1, 1))
    assert plan(only_grids, hosts_of((1, 11, 0, 4, -1, 1))).cost == pytest.approx(2 * REACH_M + 130)


def test_what_is_left_over_is_full_or_out_of_reach() -> None:
    # 230 m straight are 299 m of walking, 231 m are more than 300.
    homes = homes_of((1, 11, 0, 0, 0, 9), (2, 21, 230, 0, 0, 3), (3, 31, 231, 0, 0, 4))
    found = plan(homes, hosts_of((1, 11, 0, 0, 0, 10)))
    assert found.assignable.tolist() == [9, 1, 0]
    assert found.no_capacity.tolist() == [0, 2, 0]
    assert found.out_of_reach.tolist() == [0, 0, 4]
    assert found.taken.tolist() == [10]


def test_a_full_host_is_there_all_the_same() -> None:
    found = plan(homes_of((1, 11, 0, 0, 0, 9)), hosts_of((1, 12, 0, 0, 0, 0)))
    assert (found.no_capacity.tolist(), found.out_of_reach.tolist()) == ([9], [0])
    assert served(found) == {}


def test_the_own_building_is_always_within() -> None:
    found = plan(homes_of((1, 11, 0, 0, 0, 2)), hosts_of((1, 12, 0, 0, 0, 5)), reach_m=0.0)
    assert found.assignable.tolist() == [2]


@pytest.mark.parametrize(
    ("homes", "hosts", "left"),
    [
        (homes_of(), hosts_of(), []),
        (homes_of(), hosts_of((1, 11, 0, 0, 0, 5)), []),
        (homes_of((1, 11, 0, 0, 0, 5)), hosts_of(), [5]),
        (homes_of((1, 11, 0, 0, 0, 0)), hosts_of((1, 11, 0, 0, 0, 5)), [0]),
    ],
)
def test_nobody_there(homes: Homes, hosts: Hosts, left: list[int]) -> None:
    found = plan(homes, hosts)
    assert found.out_of_reach.tolist() == left
    assert found.assignable.sum() == found.no_capacity.sum() == 0
    assert found.taken.tolist() == [0] * len(hosts)
    best = best_hosts(homes, hosts, capacity=15, count=3)
    assert [one.gain for one in best] == ([5] if sum(left) else [])


# --------------------------------------------------------------------- against single households


@st.composite
def towns(draw: st.DrawFn) -> tuple[Homes, Hosts]:
    """Draw up to eight buildings on a street, with a grid and maybe a sub-district each."""
    count = draw(st.integers(1, 8))
    east = draw(st.lists(st.integers(0, 900), min_size=count, max_size=count))
    grid = draw(st.lists(st.integers(-1, 1), min_size=count, max_size=count))
    district = draw(st.lists(st.integers(-1, 1), min_size=count, max_size=count))

    def spots(most: int) -> list[Spot]:
        places = st.tuples(st.integers(0, count - 1), st.integers(-1, 1))
        chosen = draw(st.lists(places, max_size=10, unique=True))
        return [
            (at, unit, east[at], grid[at], district[at], draw(st.integers(0, most)))
            for at, unit in chosen
        ]

    return homes_of(*spots(6)), hosts_of(*spots(5))


def _cost(homes: Homes, hosts: Hosts, home: int, host: int) -> float:
    """Return what one household of a group costs one host, written anew."""
    if homes.building[home] == hosts.building[host]:
        same = homes.unit[home] == hosts.unit[host] >= 0
        return 0.0 if same else REACH_M
    walk = abs(homes.xy[home, 0] - hosts.xy[host, 0]) * 1.3
    if walk > REACH_M:
        return FORBIDDEN
    alike = (homes.grid[home], homes.sub_district[home]) == (
        hosts.grid[host],
        hosts.sub_district[host],
    )
    near = alike and max(homes.grid[home], homes.sub_district[home]) >= 0
    return float((2 if near else 3) * REACH_M + walk)


def oracle(homes: Homes, hosts: Hosts) -> tuple[int, float]:
    """Assign every household to every place at a host, or to nobody."""
    of_home = np.repeat(np.arange(len(homes)), homes.waiting)
    of_host = np.repeat(np.arange(len(hosts)), hosts.free)
    table = np.full((len(of_home), len(of_host) + len(of_home)), UNSERVED)
    for row, home in enumerate(of_home.tolist()):
        for column, host in enumerate(of_host.tolist()):
            table[row, column] = _cost(homes, hosts, home, host)
    rows, columns = linear_sum_assignment(table)
    paid = table[rows, columns]
    return int((paid < UNSERVED).sum()), float(paid[paid < UNSERVED].sum())


@given(towns())
@settings(deadline=None, max_examples=150)
def test_the_plan_is_the_best_there_is(town: tuple[Homes, Hosts]) -> None:
    homes, hosts = town
    found = plan(homes, hosts)
    most, cost = oracle(homes, hosts)
    assert found.assignable.sum() == most
    assert found.cost == pytest.approx(cost)


@given(towns())
@settings(deadline=None, max_examples=150)
def test_the_plan_adds_up(town: tuple[Homes, Hosts]) -> None:
    homes, hosts = town
    found = plan(homes, hosts)
    arcs = found.arcs
    each = [_cost(homes, hosts, home, host) for host, home in served(found)]
    assert max(each, default=0.0) < FORBIDDEN
    assert float(np.dot(each, arcs.households)) == pytest.approx(found.cost)
    assert (np.bincount(arcs.home, arcs.households, len(homes)) == found.assignable).all()
    assert (np.bincount(arcs.host, arcs.households, len(hosts)) == found.taken).all()
    assert (found.taken <= hosts.free).all()
    left = found.no_capacity + found.out_of_reach
    assert (found.assignable + left == homes.waiting).all()
    assert not (found.no_capacity.astype(bool) & found.out_of_reach.astype(bool)).any()
    for home in range(len(homes)):
        reached = any(_cost(homes, hosts, home, host) < FORBIDDEN for host in range(len(hosts)))
        assert (found.no_capacity if reached else found.out_of_reach)[home] == left[home]


# ----------------------------------------------------------------------------- one host more


def _added(homes: Homes, hosts: Hosts, buildings: tuple[int, ...], capacity: int) -> int:
    """Return how many are served with hosts added."""
    for building in buildings:
        at = int(np.flatnonzero(homes.building == building)[0])
        hosts = Hosts(
            **{
                name: np.concatenate([getattr(hosts, name), getattr(homes, name)[at : at + 1]])
                for name in ("building", "unit", "xy", "grid", "sub_district")
            },
            free=np.append(hosts.free, capacity),
        )
    return int(plan(homes, hosts).assignable.sum())


def test_one_more_host_goes_where_most_would_be_served() -> None:
    homes = homes_of((1, 11, 0, 0, 0, 9), (2, 21, 600, 0, 0, 4), (3, 31, 700, 0, 0, 20))
    hosts = hosts_of((3, 31, 700, 0, 0, 10))
    best = best_hosts(homes, hosts, capacity=12, count=5)
    # 14 of 24 wait about buildings 2 and 3, which reach each other; 3 has more of its own.
    assert [(one.building, one.gain, one.served) for one in best] == [
        (3, 12, 22),
        (1, 9, 31),
        (2, 2, 33),
    ]


@given(towns(), st.integers(1, 6))
@settings(deadline=None, max_examples=80)
def test_gains_are_what_planning_anew_finds(town: tuple[Homes, Hosts], capacity: int) -> None:
    homes, hosts = town
    best = best_hosts(homes, hosts, capacity=capacity, count=3)
    chosen: tuple[int, ...] = ()
    before = _added(homes, hosts, (), capacity)
    for one in best:
        others = set(homes.building.tolist()) - set(chosen)
        gains = [_added(homes, hosts, (*chosen, other), capacity) for other in others]
        chosen = (*chosen, one.building)
        assert _added(homes, hosts, chosen, capacity) == one.served == max(gains)
        assert one.gain == one.served - before
        before = one.served
    if len(best) < min(3, len(np.unique(homes.building))):
        rest = set(homes.building.tolist()) - set(chosen)
        assert all(_added(homes, hosts, (*chosen, other), capacity) == before for other in rest)


@given(towns(), st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_greedy_keeps_its_guarantee(town: tuple[Homes, Hosts], capacity: int) -> None:
    homes, hosts = town
    base = _added(homes, hosts, (), capacity)
    best = best_hosts(homes, hosts, capacity=capacity, count=2)
    pairs = combinations(sorted(set(homes.building.tolist())), 2)
    optimum = max((_added(homes, hosts, pair, capacity) - base for pair in pairs), default=0)
    assert sum(one.gain for one in best) >= (1 - 1 / np.e) * optimum - 1e-9


def test_a_plan_that_is_not_whole_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(*args: Any, **kwargs: Any) -> Any:
        found = linprog(*args, **kwargs)
        found.x = found.x / 2
        return found

    monkeypatch.setattr(contact, "linprog", halved)
    with pytest.raises(ArithmeticError):
        plan(homes_of((1, 11, 0, 0, 0, 1)), hosts_of((1, 11, 0, 0, 0, 1)))


def test_order_of_rows_does_not_matter_to_the_figures() -> None:
    homes = homes_of((2, 21, 120, 0, 0, 5), (3, 31, -100, 0, 0, 5), (1, 11, 0, 0, 0, 5))
    turned = Homes(**{name: getattr(homes, name)[::-1] for name in vars(homes)})
    hosts = hosts_of((1, 11, 0, 0, 0, 7))
    assert plan(homes, hosts).cost == plan(turned, replace(hosts, free=hosts.free)).cost
