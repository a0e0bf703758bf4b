"""Party contact of a whole community: ours against an exact solver of another kind.

Run ``python -m benchmarks.contact [--peer PYTHON]``. NetworkX is not among our requirements: give
the Python of an environment that has it, or only ours is measured.

A made-up community as large as 新亚洲体育城: 500 buildings on 2.6 km², 9 grids and 4 sub-districts,
1,800 stairwells, 13,350 households, 764 of them a party member's who looks after up to 15. Party
members cluster, so that some buildings have many and most have none. Two cases: nobody is in
contact yet, and two thirds of the capacity are taken by recorded links. (By a straight line × 1.3;
a walking network changes how pairs are found, not the programme.)

The peer runs network simplex over the plain graph: every party household's group against every
group of households in reach, all costs in whole centimetres. It is told the flow and proves nothing
about ours: served households and cost are compared. Also told: what is lost when each party
household, one after the other, simply takes the nearest who wait.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geo import contact
from geo.contact import Assignment, Homes, Hosts
from geo.network import StraightLine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BUILDINGS, STAIRWELLS, HOUSEHOLDS, PARTY_HOUSEHOLDS = 500, 1_800, 13_350, 764
SIDE_M = 2_600_000**0.5
CAPACITY, REACH_M, DETOUR = 15, 300.0, 1.3
SEED, ROUNDS, SITES = 4, 5, 10
CENTIMETRES = 100
LIMIT_S, WITHIN = 5.0, 0.01

# Runs in the peer's environment: reads arcs and capacities, prints seconds, served, cost.
_PEER = """
import sys, time
import networkx as nx
import numpy as np
data = np.load(sys.argv[1])
began = time.perf_counter()
graph = nx.DiGraph()
for host, free in enumerate(data["free"].tolist()):
    graph.add_edge("s", ("h", host), capacity=free, weight=0)
for home, waiting in enumerate(data["waiting"].tolist()):
    graph.add_edge(("g", home), "t", capacity=waiting, weight=0)
for host, home, cost in zip(*(data[name].tolist() for name in ("host", "home", "cost"))):
    graph.add_edge(("h", host), ("g", home), weight=cost)
cost, flow = 0, nx.max_flow_min_cost(graph, "s", "t")
served = sum(flow["s"].values())
cost = nx.cost_of_flow(graph, flow)
print(time.perf_counter() - began, served, cost)
"""


@dataclass(frozen=True)
class Case:
    """One community, and what it is called."""

    name: str
    homes: Homes
    hosts: Hosts


def community(rng: np.random.Generator, taken: float) -> tuple[Homes, Hosts]:
    """Make the community up; `taken` of each capacity is taken by recorded links."""
    xy = rng.random((BUILDINGS, 2)) * SIDE_M
    building = np.sort(np.append(np.arange(BUILDINGS), _some(rng, STAIRWELLS - BUILDINGS)))
    grid = (xy // (SIDE_M / 3)).astype(np.int64) @ np.array([3, 1])
    district = (xy // (SIDE_M / 2)).astype(np.int64) @ np.array([2, 1])
    rest = rng.multinomial(HOUSEHOLDS - STAIRWELLS, rng.dirichlet(np.full(STAIRWELLS, 20.0)))
    households = 1 + rest
    party = np.minimum(
        rng.multinomial(PARTY_HOUSEHOLDS, rng.dirichlet(np.full(STAIRWELLS, 0.4))), households
    )
    links = np.floor(party * CAPACITY * taken).astype(np.int64)
    served = _spread(households - party, int(links.sum()))
    holding = np.flatnonzero(party)

    def groups(rows: Ints) -> dict[str, Any]:
        at = building[rows]
        return {
            "building": at,
            "unit": rows,
            "xy": xy[at],
            "grid": grid[at],
            "sub_district": district[at],
        }

    waiting = households - party - served
    homes = Homes(**groups(np.arange(STAIRWELLS)), waiting=waiting)
    hosts = Hosts(**groups(holding), free=(party * CAPACITY - links)[holding])
    return homes, hosts


def _some(rng: np.random.Generator, count: int) -> Ints:
    return rng.choice(BUILDINGS, count, p=rng.dirichlet(np.full(BUILDINGS, 3.0)))


def _spread(households: Ints, links: int) -> Ints:
    """Give recorded links to the first stairwells, as many as live there."""
    before = np.cumsum(households) - households
    given: Ints = np.minimum(np.maximum(links - before, 0), households)
    return given


def plain_arcs(homes: Homes, hosts: Hosts) -> tuple[Ints, Ints, Ints]:
    """List every host group with every home group in reach, and the cost in centimetres."""
    apart = homes.xy[None, :, :] - hosts.xy[:, None, :]
    metres = np.hypot(apart[..., 0], apart[..., 1]) * DETOUR
    same_building = hosts.building[:, None] == homes.building
    same_unit = same_building & (hosts.unit[:, None] == homes.unit)
    near = (hosts.grid[:, None] == homes.grid) & (hosts.sub_district[:, None] == homes.sub_district)
    tier = np.where(same_unit, 0, np.where(same_building, 1, np.where(near, 2, 3)))
    host, home = np.nonzero(same_building | (metres <= REACH_M))
    cost = tier * REACH_M + metres
    return host, home, np.rint(cost[host, home] * CENTIMETRES).astype(np.int64)


def nearest_first(case: Case) -> int:
    """Let each party group, one after the other, take the cheapest who wait; count the served."""
    host, home, cost = plain_arcs(case.homes, case.hosts)
    free, waiting = case.hosts.free.copy(), case.homes.waiting.copy()
    for row in np.lexsort((cost, host)).tolist():
        taken = min(free[host[row]], waiting[home[row]])
        free[host[row]] -= taken
        waiting[home[row]] -= taken
    return int(case.homes.waiting.sum() - waiting.sum())


def ours(case: Case) -> tuple[Assignment, float]:
    """Plan it some times; return the plan and the middle time, seconds."""
    times = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        found = contact.assign(case.homes, case.hosts, StraightLine(DETOUR), reach_m=REACH_M)
        times.append(time.perf_counter() - began)
    return found, float(np.median(times))


def sites(case: Case, found: Assignment) -> float:
    """Return the time the list of best buildings takes after the plan, seconds."""
    began = time.perf_counter()
    contact.best_hosts(
        case.homes,
        case.hosts,
        StraightLine(DETOUR),
        found,
        capacity=CAPACITY,
        reach_m=REACH_M,
        count=SITES,
    )
    return time.perf_counter() - began


def peer(python: str, case: Case) -> tuple[float, int, float]:
    """Return the peer's seconds, served households and cost (metres)."""
    host, home, cost = plain_arcs(case.homes, case.hosts)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arcs.npz"
        np.savez(
            file,
            host=host,
            home=home,
            cost=cost,
            free=case.hosts.free,
            waiting=case.homes.waiting,
        )
        answer = subprocess.run(
            [python, "-c", _PEER, str(file)], check=True, capture_output=True, text=True
        ).stdout.split()
    return float(answer[0]), int(answer[1]), float(answer[2]) / CENTIMETRES


def report(case: Case, python: str | None) -> bool:
    """Print one case; tell whether it keeps its promises."""
    found, seconds = ours(case)
    served = int(found.assignable.sum())
    greedy = nearest_first(case)
    print(
        f"{case.name}: {case.homes.waiting.sum():,} wait, {case.hosts.free.sum():,} places free\n"
        f"  ours: {served:,} served, cost {found.cost:,.0f}, {seconds:.2f} s "
        f"(limit {LIMIT_S:.0f}); {SITES} best buildings in {sites(case, found):.2f} s\n"
        f"  nearest first, one by one: {greedy:,} served"
    )
    kept = seconds <= LIMIT_S
    if python:
        peer_s, most, cost = peer(python, case)
        kept = kept and served >= (1 - WITHIN) * most and found.cost <= (1 + WITHIN) * cost
        print(
            f"  networkx: {most:,} served, cost {cost:,.0f}, {peer_s:.1f} s; "
            f"{peer_s / seconds:.0f} × our time"
        )
    return kept


def main() -> int:
    """Run both cases; return 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--peer", help="Python of an environment with networkx")
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    cases = [
        Case("nobody in contact yet", *community(rng, 0.0)),
        Case("two thirds recorded", *community(rng, 2 / 3)),
    ]
    kept = [report(case, asked.peer) for case in cases]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
