"""Walking reach along a network: ours against networkx and pandana.

Run ``python -m benchmarks.walking [--peer PYTHON]``. pandana is not among our requirements (its
licence is another one): give the Python of an environment with pandana, else only networkx is
compared.

A made-up town: a lattice of streets with blocks of 60 to 100 m, from which one way in fifty is
missing, about 50,000 edges. Corners are off by up to 15 m: in a perfect lattice thousands of ways
are equally long, which no town has and pandana's contraction hierarchies do not bear. 5,000
origins on nodes, ten kinds of services of 3 to 300 places each, on nodes too; asked is the way from
each origin to the nearest place of each kind, up to 1,500 m.
networkx walks from all places of a kind at once, which is the best it can do; it is the oracle:
answers must be equal. Each is given its edges as arrays; told apart are making the network once
and asking. Ours measures any place on any edge, and joins the origins to the network within the
time to ask; the peers are given the nodes.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely

from geo.network import WalkNetwork

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SIDE, MISSING = 160, 0.02
ORIGINS, LIMIT_M = 5_000, 1_500.0
PLACES = (3, 5, 8, 12, 20, 35, 60, 100, 180, 300)
SEED, ROUNDS = 11, 5
NETWORKX_REACH, PANDANA_REACH = 5.0, 1.0

# Runs in the peer's environment: reads the town, keeps seconds to make and to ask, and answers.
_PEER = """
import sys, time
import numpy as np, pandas as pd, pandana
data = np.load(sys.argv[1])
began = time.perf_counter()
nodes, limit = data["nodes"], float(data["limit"])
network = pandana.Network(
    pd.Series(nodes[:, 0]), pd.Series(nodes[:, 1]), pd.Series(data["start"]),
    pd.Series(data["end"]), pd.DataFrame({"m": data["metres"]}), twoway=True)
made = time.perf_counter() - began
times = []
for _round in range(int(data["rounds"])):
    began = time.perf_counter()
    answers = []
    for kind in range(int(data["kinds"])):
        at = nodes[data[f"kind{kind}"]]
        network.set_pois(str(kind), limit, 1, pd.Series(at[:, 0]), pd.Series(at[:, 1]))
        far = network.nearest_pois(limit, str(kind), num_pois=1, imp_name="m")
        answers.append(far[1].to_numpy()[data["origins"]])
    times.append(time.perf_counter() - began)
np.savez(sys.argv[2], metres=np.array(answers), make_s=made, ask_s=min(times))
"""


@dataclass(frozen=True)
class Town:
    """Nodes (metres), edges with their length, origins and places as nodes."""

    nodes: Floats
    start: Ints
    end: Ints
    metres: Floats
    origins: Ints
    kinds: tuple[Ints, ...]


@dataclass(frozen=True)
class Run:
    """Seconds to make the network and to ask; metres by kind and origin."""

    make_s: float
    ask_s: float
    metres: Floats


def town(rng: np.random.Generator) -> Town:
    """Make the town up."""
    across, along = (np.cumsum(rng.uniform(60, 100, SIDE)) for _axis in range(2))
    nodes = np.stack(np.meshgrid(across, along, indexing="ij"), axis=-1).reshape(-1, 2)
    nodes += rng.uniform(-15, 15, nodes.shape)
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    start = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    end = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    there = rng.random(len(start)) >= MISSING
    start, end = start[there], end[there]
    metres = np.hypot(*(nodes[start] - nodes[end]).T)
    used = np.unique([start, end])
    origins = rng.choice(used, ORIGINS, replace=False)
    kinds = tuple(rng.choice(used, count, replace=False) for count in PLACES)
    return Town(nodes, start, end, metres, origins, kinds)


def ours(made_up: Town) -> Run:
    """Measure ours once, with a network that has not been asked yet."""
    lines = shapely.linestrings(
        np.stack([made_up.nodes[made_up.start], made_up.nodes[made_up.end]], axis=1)
    )
    began = time.perf_counter()
    network = WalkNetwork(made_up.nodes, made_up.start, made_up.end, made_up.metres, lines)
    network.join(made_up.nodes[:1])  # the tree is built when first needed
    made = time.perf_counter()
    origins = made_up.nodes[made_up.origins]
    metres = [network.nearest_m(origins, made_up.nodes[at], LIMIT_M) for at in made_up.kinds]
    return Run(made - began, time.perf_counter() - made, np.array(metres))


def by_networkx(made_up: Town) -> Run:
    """Measure networkx once: one walk from all places of a kind."""
    began = time.perf_counter()
    graph = nx.Graph()
    edges = (made_up.start.tolist(), made_up.end.tolist(), made_up.metres.tolist())
    graph.add_weighted_edges_from(zip(*edges, strict=True))
    made = time.perf_counter()
    rows = []
    for at in made_up.kinds:
        far = nx.multi_source_dijkstra_path_length(graph, set(at.tolist()), cutoff=LIMIT_M)
        rows.append([far.get(one, np.inf) for one in made_up.origins.tolist()])
    return Run(made - began, time.perf_counter() - made, np.array(rows))


def in_turn(made_up: Town) -> tuple[Run, Run]:
    """Measure both in turn, so that both meet the same machine; the best of each counts."""
    rounds = [(ours(made_up), by_networkx(made_up)) for _round in range(ROUNDS)]
    own, peer = (
        Run(min(run.make_s for run in runs), min(run.ask_s for run in runs), runs[0].metres)
        for runs in zip(*rounds, strict=True)
    )
    return own, peer


def by_pandana(python: str, made_up: Town) -> Run:
    """Measure pandana in its own environment; it says the limit where nothing is in reach."""
    with tempfile.TemporaryDirectory() as folder:
        file, answers = Path(folder) / "town.npz", Path(folder) / "answers.npz"
        places: Any = {f"kind{number}": at for number, at in enumerate(made_up.kinds)}
        np.savez(
            file,
            nodes=made_up.nodes,
            start=made_up.start,
            end=made_up.end,
            metres=made_up.metres,
            origins=made_up.origins,
            limit=LIMIT_M,
            rounds=ROUNDS,
            kinds=len(made_up.kinds),
            **places,
        )
        subprocess.run(
            [python, "-c", _PEER, str(file), str(answers)], check=True, stdout=subprocess.DEVNULL
        )
        with np.load(answers) as told:
            return Run(float(told["make_s"]), float(told["ask_s"]), told["metres"])


def main() -> int:
    """Run all; return 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--peer", help="Python of an environment with pandana")
    asked = parser.parse_args()
    made_up = town(np.random.default_rng(SEED))
    print(f"{len(made_up.start):,} edges, {ORIGINS:,} origins, {len(PLACES)} kinds")
    own, oracle = in_turn(made_up)
    np.testing.assert_allclose(own.metres, oracle.metres, atol=1e-4)
    _tell("ours", own)
    _tell("networkx", oracle, own)
    kept = oracle.ask_s >= NETWORKX_REACH * own.ask_s
    if asked.peer:
        peer = by_pandana(asked.peer, made_up)
        reached = np.minimum(own.metres, LIMIT_M)
        print(f"pandana's answers differ by up to {np.abs(peer.metres - reached).max():.3f} m")
        _tell("pandana", peer, own)
        kept = kept and peer.ask_s >= PANDANA_REACH * own.ask_s
    return 0 if kept else 1


def _tell(name: str, run: Run, own: Run | None = None) -> None:
    ratio = "" if own is None else f"; {run.ask_s / own.ask_s:.1f} × our time to ask"
    print(f"{name}: made in {run.make_s:.2f} s, asked in {run.ask_s:.3f} s{ratio}")


if __name__ == "__main__":
    raise SystemExit(main())
