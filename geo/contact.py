"""Party contact: which household could be kept in contact by which party household.

A party household keeps contact with 10–15 others, first on its own corridor, then in its own
building, then near by. Recorded links stand; what is asked here is who could look after the
households that *wait* for one. That is a transport problem, and it is solved exactly:

1. as many households as possible are served;
2. among all plans that do so, the one of least cost. Each step away costs one `reach_m`: 0 on the
   own corridor, 1 in the own building, 2 in the same grid and sub-district, 3 elsewhere; and each
   metre walked costs 1. So a nearer tier is always cheaper than a farther one, and within a tier
   the shorter way is.

Nobody is sent farther than `reach_m`; the own building is always within.

A party household needs nobody: it counts as looked after, and never waits. Households of one
stairwell are interchangeable, and so are the party households of one, so both come as *groups*.

The linear programme is a flow through a network (party households → buildings → buildings →
households), whose vertices are whole numbers, so the simplex method finds a plan of whole
households. Ways are measured between buildings.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack
from scipy.sparse.csgraph import maximum_flow

from geo.network import Ways

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

OWN_CORRIDOR, OWN_BUILDING, NEAR, ELSEWHERE = range(4)
"""Tiers, nearest first. ``NEAR``: same grid and same sub-district."""

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Groups:
    """Households of one kind, one row a stairwell. Rows of a building share its place.

    Attributes
    ----------
    building : array of (n,)
        Number of the building; any numbers, but the same for homes and hosts.
    unit : array of (n,)
        Number of the stairwell, -1 where it is not known.
    xy : array of (n, 2)
        Where the building is, metres, in the CRS of the ways.
    grid, sub_district : arrays of (n,)
        Their numbers, -1 for none.
    """

    building: Integers
    unit: Integers
    xy: Floats
    grid: Integers
    sub_district: Integers

    def __len__(self) -> int:
        return len(self.building)


@dataclass(frozen=True)
class Homes(Groups):
    """Occupied households.

    Attributes
    ----------
    waiting : array of (n,)
        Households of the group that have no contact and are no party household.
    """

    waiting: Integers


@dataclass(frozen=True)
class Hosts(Groups):
    """Party households.

    Attributes
    ----------
    free : array of (n,)
        How many more households the group could look after: for each party household the ceiling
        of the norm less its recorded links, not below 0. A group that is full has 0 and still
        counts as being there.
    """

    free: Integers


class Arcs(NamedTuple):
    """Who looks after whom: positions of host and home, households, metres between them."""

    host: Integers
    home: Integers
    households: Integers
    metres: Floats


@dataclass(frozen=True)
class Assignment:
    """A plan. `assignable` + `no_capacity` + `out_of_reach` is what waits, group by group.

    Attributes
    ----------
    assignable : array of (homes,)
        Households the plan serves.
    no_capacity : array of (homes,)
        Households with a party household in reach that are left over: all of them are full.
    out_of_reach : array of (homes,)
        Households without any party household in reach.
    taken : array of (hosts,)
        Households each group of hosts would take on.
    arcs
        The plan itself; by host, then home.
    cost
        Its cost: metres, and `reach_m` for each step away.
    """

    assignable: Integers
    no_capacity: Integers
    out_of_reach: Integers
    taken: Integers
    arcs: Arcs
    cost: float


class Addition(NamedTuple):
    """One more party household.

    Attributes
    ----------
    building
        Where.
    gain
        Households more than could be served without it, after those listed before.
    served
        Households served with it and all listed before.
    """

    building: int
    gain: int
    served: int


def assign(homes: Homes, hosts: Hosts, ways: Ways, *, reach_m: float) -> Assignment:
    """Plan who could look after the households that wait.

    Parameters
    ----------
    homes, hosts
        Of one community.
    ways
        How one walks.
    reach_m
        Longest way to a household of another building, metres.
    """
    town = _town(homes, hosts)
    hosting = np.unique(town.host_at)
    streets = _streets(town, ways, reach_m, hosting)
    net = _network(town, streets, homes, hosts)
    most = _most(net, hosts.free, homes.waiting)
    flow = _cheapest(net, hosts.free, homes.waiting, most)
    arcs = _trace(net, flow, streets, town.host_at, town.home_at)
    served = _total(arcs.home, arcs.households, len(homes))
    reached = np.zeros(len(town), dtype=bool)
    reached[streets.target] = True
    near = reached[town.home_at]
    return Assignment(
        assignable=served,
        no_capacity=np.where(near, homes.waiting - served, 0),
        out_of_reach=np.where(near, 0, homes.waiting),
        taken=_total(arcs.host, arcs.households, len(hosts)),
        arcs=arcs,
        cost=float(flow @ net.cost),
    )


def _total(where: Integers, amount: Integers, size: int) -> Integers:
    return np.bincount(where, amount, minlength=size).astype(np.int64)


# ------------------------------------------------------------------------------- the network


@dataclass(frozen=True)
class _Town:
    """Buildings, numbered from 0 in the order of their own numbers.

    Attributes
    ----------
    number, xy, grid, sub_district
        Of each building.
    home_at, host_at
        Position of the building of each group.
    """

    number: Integers
    xy: Floats
    grid: Integers
    sub_district: Integers
    home_at: Integers
    host_at: Integers

    def __len__(self) -> int:
        return len(self.number)


class _Streets(NamedTuple):
    """Ways from building to building, its own among them: positions, metres, cost."""

    origin: Integers
    target: Integers
    metres: Floats
    cost: Floats


def _town(homes: Homes, hosts: Hosts) -> _Town:
    number, first, at = np.unique(
        np.concatenate([homes.building, hosts.building]), return_index=True, return_inverse=True
    )
    return _Town(
        number=number,
        xy=np.concatenate([homes.xy, hosts.xy])[first],
        grid=np.concatenate([homes.grid, hosts.grid])[first],
        sub_district=np.concatenate([homes.sub_district, hosts.sub_district])[first],
        home_at=at[: len(homes)],
        host_at=at[len(homes) :],
    )


def _streets(town: _Town, ways: Ways, reach_m: float, origins: Integers) -> _Streets:
    """Find the ways from some buildings to all with homes."""
    targets = np.unique(town.home_at)
    pairs = ways.pairs_m(town.xy[origins], town.xy[targets], reach_m)
    start, end = origins[pairs.origin], targets[pairs.target]
    away = start != end
    start, end, metres = start[away], end[away], pairs.metres[away]
    tier = np.where(_near(town, start, end), NEAR, ELSEWHERE)
    own = np.intersect1d(origins, targets)
    return _Streets(
        np.concatenate([own, start]),
        np.concatenate([own, end]),
        np.concatenate([np.zeros(len(own)), metres]),
        np.concatenate([np.full(len(own), OWN_BUILDING * reach_m), tier * reach_m + metres]),
    )


def _near(town: _Town, start: Integers, end: Integers) -> Flags:
    """Tell which pairs of buildings are of one grid and one sub-district.

    Of the two, one may be unknown to both; two buildings of which nothing is known are not near.
    """
    known = (town.grid[start] >= 0) | (town.sub_district[start] >= 0)
    same_grid = town.grid[start] == town.grid[end]
    return np.asarray(
        known & same_grid & (town.sub_district[start] == town.sub_district[end]), dtype=bool
    )


# ------------------------------------------------------------------------------ the programme


@dataclass(frozen=True)
class _Network:
    """The flow: hosts → (out of their building → into a building →) homes.

    Nodes are hosts, buildings (out), buildings (into) and homes, numbered on in this order; links
    are own corridors, hosts to buildings, streets, and buildings to homes, in this order.

    Attributes
    ----------
    out, into, home, size
        Where the second, third and fourth kind of nodes begin, and how many there are.
    tail, head, cost
        Of each link.
    parts
        Where the second, third and fourth kind of links begin.
    """

    out: int
    into: int
    home: int
    size: int
    tail: Integers
    head: Integers
    cost: Floats
    parts: tuple[int, int, int]


def _network(town: _Town, streets: _Streets, homes: Homes, hosts: Hosts) -> _Network:
    out, into = len(hosts), len(hosts) + len(town)
    first_home = into + len(town)
    host, home = _corridors(homes, hosts)
    tail = [host, np.arange(len(hosts)), out + streets.origin, into + town.home_at]
    head = [
        first_home + home,
        out + town.host_at,
        into + streets.target,
        first_home + np.arange(len(homes)),
    ]
    cost = [np.zeros(len(host) + len(hosts)), streets.cost, np.zeros(len(homes))]
    ends = np.cumsum([len(part) for part in tail])
    return _Network(
        out=out,
        into=into,
        home=first_home,
        size=first_home + len(homes),
        tail=np.concatenate(tail),
        head=np.concatenate(head),
        cost=np.concatenate(cost),
        parts=(int(ends[0]), int(ends[1]), int(ends[2])),
    )


def _corridors(homes: Homes, hosts: Hosts) -> tuple[Integers, Integers]:
    """Return the pairs of host and home groups of one known stairwell."""
    here = pd.DataFrame({"building": homes.building, "unit": homes.unit, "home": range(len(homes))})
    there = pd.DataFrame(
        {"building": hosts.building, "unit": hosts.unit, "host": range(len(hosts))}
    )
    both = there[there["unit"] >= 0].merge(here, on=["building", "unit"])
    return both["host"].to_numpy(np.int64), both["home"].to_numpy(np.int64)


def _most(net: _Network, free: Integers, waiting: Integers) -> int:
    """Return how many households can be served at all."""
    source, sink = net.size, net.size + 1
    tail = [net.tail, np.full(len(free), source), np.arange(net.home, net.size)]
    head = [net.head, np.arange(len(free)), np.full(len(waiting), sink)]
    plenty = np.full(len(net.tail), free.sum())
    graph = csr_array(
        (
            np.concatenate([plenty, free, waiting]).astype(np.int32),
            (np.concatenate(tail), np.concatenate(head)),
        ),
        shape=(sink + 1, sink + 1),
    )
    return int(maximum_flow(graph, source, sink).flow_value)


def _cheapest(net: _Network, free: Integers, waiting: Integers, most: int) -> Integers:
    """Return the cheapest flow that serves `most` households: whole numbers, one a link."""
    if most == 0:
        return np.zeros(len(net.tail), dtype=np.int64)
    link, one = np.arange(len(net.tail)), np.ones(len(net.tail))
    leaving = csr_array((one, (net.tail, link)), shape=(net.size, len(link)))
    coming = csr_array((one, (net.head, link)), shape=(net.size, len(link)))
    ends = {"hosts": (leaving[: net.out], free), "homes": (coming[net.home :], waiting)}
    satisfied = [name for name, (_rows, limit) in ends.items() if limit.sum() == most]
    # Where every host, or every home, is to be satisfied, saying so is simpler than saying how much
    # in all, which is the flow out of one more node before the hosts. In each case the programme
    # remains that of a network.
    total = csr_array((net.tail < net.out).astype(np.float64)[None, :])
    exact, amount = ends.pop(satisfied[0]) if satisfied else (total, np.array([most]))
    found = linprog(
        net.cost,
        A_ub=vstack([rows for rows, _limit in ends.values()]),
        b_ub=np.concatenate([limit for _rows, limit in ends.values()]),
        A_eq=vstack([(coming - leaving)[net.out : net.home], exact]),
        b_eq=np.append(np.zeros(net.home - net.out), amount),
        method="highs-ds",
    )
    return _whole(found.x)


def _whole(flow: Floats) -> Integers:
    """Round a vertex of the programme, after seeing that it is whole."""
    whole = np.rint(flow)
    if not np.allclose(flow, whole, rtol=0, atol=_ROUNDING):
        message = "the plan is not of whole households"
        raise ArithmeticError(message)
    return whole.astype(np.int64)


# ------------------------------------------------------------------- from flow to who serves whom


def _trace(
    net: _Network, flow: Integers, streets: _Streets, hosts_at: Integers, homes_at: Integers
) -> Arcs:
    """Follow every household through the network: whatever meets in a building is alike."""
    own, out, street, into = np.split(flow, net.parts)
    host = np.repeat(np.arange(len(out)), out)
    way = np.repeat(np.arange(len(street)), street)
    home = np.repeat(np.arange(len(into)), into)
    # As many households leave a building as its hosts send out, and come into one as go home.
    host = host[np.argsort(hosts_at[host], kind="stable")]
    way = way[np.argsort(streets.origin[way], kind="stable")]
    arrival = np.argsort(streets.target[way], kind="stable")
    home = home[np.argsort(homes_at[home], kind="stable")]
    corridor = np.repeat(np.arange(len(own)), own)
    return _gathered(
        np.concatenate([net.tail[corridor], host[arrival]]),
        np.concatenate([net.head[corridor] - net.home, home]),
        np.concatenate([np.zeros(len(corridor)), streets.metres[way[arrival]]]),
    )


def _gathered(host: Integers, home: Integers, metres: Floats) -> Arcs:
    """Count equal pairs of host and home; the way between two of them is always the same."""
    pairs, first, count = np.unique(
        np.column_stack([host, home]), axis=0, return_index=True, return_counts=True
    )
    return Arcs(pairs[:, 0], pairs[:, 1], count.astype(np.int64), metres[first])


# ------------------------------------------------------------------------------ one host more


def best_hosts(
    homes: Homes,
    hosts: Hosts,
    ways: Ways,
    found: Assignment,
    *,
    capacity: int,
    reach_m: float,
    count: int,
) -> list[Addition]:
    """List the buildings where one more party household would add most households served.

    One building after the other is taken, each time the one that adds most; of equal ones that
    where the plan leaves more households of the building itself over, then the one with the lower
    number.

    How many households can be served is the rank of a transversal matroid (party households, each
    copied as often as it may serve, against households), so it is monotone and submodular in the
    buildings added, and this greedy choice of k buildings adds at least 1 − 1/e (63 %) of what the
    best k buildings could (Nemhauser, Wolsey, Fisher 1978). Where every one of them adds its full
    capacity, nothing can be better.

    The new party household is not itself counted, since it is not known which one it would be.

    Parameters
    ----------
    homes, hosts, ways, reach_m
        As `assign`; a building is to choose where `homes` has a row of it, waiting or not.
    found
        What `assign` answers.
    capacity
        Households a new party household would look after.
    count
        How many buildings to list at most.

    Returns
    -------
    list of Addition
        Buildings that add anything, each at most once, in the order chosen.
    """
    town = _town(homes, hosts)
    places = np.unique(town.home_at)
    waiting = _total(town.home_at, homes.waiting, len(town))
    streets = _streets(town, ways, reach_m, np.arange(len(town)))
    flow = _Residual(streets, _total(town.host_at, hosts.free, len(town)), waiting)
    served = flow.served
    left = _total(town.home_at, homes.waiting - found.assignable, len(town))
    # A gain only shrinks as others are chosen, so what was found earlier is a bound.
    queue = [(-capacity, -int(left[at]), at, -1) for at in places.tolist()]
    heapq.heapify(queue)
    chosen: list[Addition] = []
    while queue and len(chosen) < count and queue[0][0] < 0:
        bound, wait, at, round_ = heapq.heappop(queue)
        if round_ < len(chosen):
            heapq.heappush(queue, (-flow.gain(at, capacity), wait, at, len(chosen)))
            continue
        served += -bound
        flow.add(at, capacity)
        chosen.append(Addition(int(town.number[at]), -bound, served))
    return chosen


class _Residual:
    """What can still flow from building to building, with a largest flow in it.

    Nodes are the source, buildings (out), buildings (into) and the sink.

    Parameters
    ----------
    streets
        From every building.
    free, waiting
        By building.
    """

    def __init__(self, streets: _Streets, free: Integers, waiting: Integers) -> None:
        size = len(free)
        self._source, self._sink, self._size = 2 * size, 2 * size + 1, 2 * size + 2
        every = np.arange(size)
        tail = [streets.origin, np.full(size, self._source), size + every]
        head = [size + streets.target, every, np.full(size, self._sink)]
        plenty = np.full(len(streets.origin), waiting.sum())
        self._left = self._graph(
            np.concatenate([plenty, free, waiting]), np.concatenate(tail), np.concatenate(head)
        )
        self.served = self._push(self._left)

    def _graph(self, capacity: Integers, tail: Integers, head: Integers) -> csr_array:
        return csr_array((capacity.astype(np.int32), (tail, head)), shape=(self._size, self._size))

    def _push(self, graph: csr_array) -> int:
        found = maximum_flow(graph, self._source, self._sink)
        self._left = csr_array(graph - found.flow)
        return int(found.flow_value)

    def _with(self, building: int, capacity: int) -> csr_array:
        more = self._graph(np.array([capacity]), np.array([self._source]), np.array([building]))
        return csr_array(self._left + more)

    def gain(self, building: int, capacity: int) -> int:
        """Return how many households more a host of this building would serve."""
        grown = self._with(building, capacity)
        return int(maximum_flow(grown, self._source, self._sink).flow_value)

    def add(self, building: int, capacity: int) -> int:
        """Put a host into a building; return how many households more are served."""
        return self._push(self._with(building, capacity))
