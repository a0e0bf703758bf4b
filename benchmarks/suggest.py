"""Automatic grids: ours against spopt, GerryChain and METIS on the same atoms.

Run ``python -m benchmarks.suggest [--peer PYTHON] [--folder FOLDER] [--only street|florida]``.
The peers (spopt, gerrychain, pymetis) are not among our requirements: give the Python of an
environment that has them, or only ours is measured.

1. A made-up street office: 16 by 15 blocks between roads that are nowhere quite straight, two
   compounds in each (towers, slabs or courtyard houses), 5,000 buildings, 40,000 households, to
   become 100 grids of 300 to 500. Cells come from our tessellation with the roads as barriers;
   they are made once and kept in the temporary folder.
2. Florida's precincts (needs the public data sets, WANGGE_TEST_DATA_DIR or ``--folder``) into 3, 7
   and 15 districts of equal population. GerryChain gets the time ours took and takes each step
   that does not add to the deviation; spopt knows a floor only, so it makes as many districts as
   that allows.

All plans are measured by the same function. Times are processor seconds, so that other work on the
machine counts less; all run on one core, so on a quiet machine that is what a person waits. A
peer's time is that of its call, without imports; ours is that of `suggest`, which returns several
plans: the table has the recommended one first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs, settings
from geo.atoms import Atoms, Borders, find_borders
from geo.cells import tessellate
from geo.partition import Measures, Wish, measure, suggest

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

ROUNDS = 3
COLUMNS, ROWS = 16, 15
BLOCK_M = (190.0, 150.0)
BUILDINGS, HOUSEHOLDS = 5000, 40_000

# Share of compounds, rows and columns of buildings, how much of its plot one covers each way,
# and how its households weigh.
KINDS = (
    (0.15, (2, 3), (0.45, 0.5), 30.0),
    (0.45, (5, 2), (0.8, 0.4), 12.0),
    (0.40, (4, 4), (0.75, 0.7), 2.2),
)

# Runs in the peer's environment: reads atoms, writes a plan, prints seconds.
_PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
folder, method, count, floor, ceiling, seconds = sys.argv[1:]
count, floor, ceiling, seconds = int(count), float(floor), float(ceiling), float(seconds)
data = np.load(f"{folder}/atoms.npz")
people, left, right = data["households"], data["left"], data["right"]
middle = people.sum() / count

def spopt_maxp():
    import geopandas as gpd
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic
    near = {i: [] for i in range(len(people))}
    for a, b in zip(left.tolist(), right.tolist()):
        near[a].append(b)
        near[b].append(a)
    xy = data["xy"]
    frame = gpd.GeoDataFrame(
        {"people": people, "x": xy[:, 0], "y": xy[:, 1]}, geometry=gpd.points_from_xy(*xy.T)
    )
    w = W(near, silence_warnings=True)
    began = time.process_time()
    np.random.seed(0)
    model = MaxPHeuristic(
        frame, w, ["x", "y"], "people", floor, 2,
        max_iterations_construction=5, max_iterations_sa=1,
    )
    model.solve()
    return time.process_time() - began, np.asarray(model.labels_) - 1

def gerrychain_recom():
    import random
    from functools import partial
    import networkx
    from gerrychain import Graph, MarkovChain, Partition, constraints, updaters
    from gerrychain.proposals import recom
    from gerrychain.tree import recursive_tree_part
    random.seed(0)
    graph = networkx.Graph()
    for i, number in enumerate(people.tolist()):
        graph.add_node(i, people=number)
    graph.add_edges_from(zip(left.tolist(), right.tolist()))
    graph = Graph.from_networkx(graph)
    epsilon = min(1 - floor / middle, ceiling / middle - 1)
    began = time.process_time()
    first = recursive_tree_part(graph, range(count), middle, "people", epsilon, 2)
    kept = {"people": updaters.Tally("people"), "cut": updaters.cut_edges}

    def worth(plan):
        # On a street any plan in the band will do, so short borders count.
        if not seconds:
            return len(plan["cut"])
        return max(abs(value - middle) for value in plan["people"].values())

    def no_worse(plan):
        return plan.parent is None or worth(plan) <= worth(plan.parent)

    start = Partition(graph, first, kept)
    chain = MarkovChain(
        partial(recom, pop_col="people", pop_target=middle, epsilon=epsilon, node_repeats=2),
        [constraints.within_percent_of_ideal_population(start, epsilon, "people")],
        no_worse, start, 10**6 if seconds else 500,
    )
    for step in chain:
        last = step
        if seconds and time.process_time() - began > seconds:
            break
    found = np.array([last.assignment[i] for i in range(len(people))])
    return time.process_time() - began, found

def metis():
    import pymetis
    compound, n = data["compound"], len(people)
    same = (compound[left] == compound[right]) & (compound[left] >= 0)
    weight = np.maximum(1, np.round(data["length_m"] * np.where(same, 5, 1))).astype(int)
    tail, head = np.append(left, right), np.append(right, left)
    order = np.lexsort((head, tail))
    starts = np.searchsorted(tail[order], np.arange(n + 1))
    began = time.process_time()
    options = pymetis.Options(contig=1, ufactor=80, seed=0)
    labels = pymetis.part_graph(
        count, xadj=starts.tolist(), adjncy=head[order].tolist(),
        eweights=np.append(weight, weight)[order].tolist(),
        vweights=np.round(people).astype(int).tolist(), recursive=False, options=options,
    )[1]
    return time.process_time() - began, np.asarray(labels)

took, labels = {"spopt": spopt_maxp, "gerrychain": gerrychain_recom, "metis": metis}[method]()
np.save(f"{folder}/plan.npy", labels)
print(took)
"""

PEERS = {
    "spopt": "spopt MaxP (5 starts, 1 round)",
    "gerrychain": "GerryChain ReCom (500 steps, no longer borders)",
    "metis": "METIS k-way, contiguous, borders weighted",
}


# ----------------------------------------------------------------------------------- the street


def crossroads(rng: np.random.Generator) -> Floats:
    """Return where roads cross, an array of (columns + 1, rows + 1, 2) metres."""
    x = np.arange(COLUMNS + 1) * BLOCK_M[0] + rng.uniform(-30, 30, COLUMNS + 1)
    y = np.arange(ROWS + 1) * BLOCK_M[1] + rng.uniform(-25, 25, ROWS + 1)
    nodes = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    return np.asarray(nodes + rng.uniform(-15, 15, nodes.shape))


def compounds(nodes: Floats, rng: np.random.Generator) -> list[Floats]:
    """Cut each block in two."""
    found = []
    for column in range(COLUMNS):
        for row in range(ROWS):
            block = nodes[[column, column + 1, column + 1, column], [row, row, row + 1, row + 1]]
            if rng.random() < 0.3:
                block = np.roll(block, 1, axis=0)
            near, far = rng.uniform(0.38, 0.62, 2)
            low = block[0] + near * (block[1] - block[0])
            high = block[3] + far * (block[2] - block[3])
            found += [np.array([block[0], low, high, block[3]])]
            found += [np.array([low, block[1], block[2], high])]
    return found


def buildings(quad: Floats, kind: int, rng: np.random.Generator) -> Floats:
    """Return the outlines in a compound, an array of (n, 4, 2)."""
    _share, (across, along), covered, _weight = KINDS[kind]
    plot = 0.8 / np.array([across, along])
    place = np.stack(np.meshgrid(np.arange(across), np.arange(along), indexing="ij"), axis=-1)
    middle = 0.1 + plot * (place.reshape(-1, 2) + 0.5)
    middle += rng.uniform(-0.2, 0.2, middle.shape) * plot * (1 - np.array(covered))
    corner = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    uv = middle[:, None] + corner * plot * covered
    u, v = uv[..., :1], uv[..., 1:]
    return np.asarray(
        (1 - u) * (1 - v) * quad[0]
        + u * (1 - v) * quad[1]
        + u * v * quad[2]
        + (1 - u) * v * quad[3]
    )


@dataclass(frozen=True)
class Street:
    """A made-up street, metres: outlines, cells, roads by kind, and per building the rest."""

    outlines: Shapes
    cells: Shapes
    boundary: shapely.Polygon
    roads: dict[str, Shapes]
    households: Floats
    compound: Ints


def street(seed: int = 0) -> Street:
    """Make the street."""
    rng = np.random.default_rng(seed)
    nodes = crossroads(rng)
    quads = compounds(nodes, rng)
    kind = rng.choice(len(KINDS), len(quads), p=[share for share, *_rest in KINDS])
    rings = [buildings(quad, int(one), rng) for quad, one in zip(quads, kind, strict=True)]
    compound = np.repeat(np.arange(len(quads)), [len(ring) for ring in rings])
    weight = np.array([weight for *_rest, weight in KINDS])[kind[compound]]
    kept = np.sort(rng.permutation(len(compound))[:BUILDINGS])
    compound, weight = compound[kept], weight[kept] * rng.uniform(0.7, 1.3, len(kept))
    exact = weight / weight.sum() * HOUSEHOLDS
    households = np.floor(exact)
    more = np.argsort(households - exact, kind="stable")[: int(HOUSEHOLDS - households.sum())]
    households[more] += 1
    outlines = shapely.polygons(np.concatenate(rings)[kept])
    rim = [nodes[:, 0], nodes[-1, 1:], nodes[-2::-1, -1], nodes[0, -2:0:-1]]
    roads = lines(nodes)
    barriers = np.concatenate(list(roads.values()))
    boundary = shapely.Polygon(np.concatenate(rim))
    cells = tessellate(outlines, boundary, barriers)
    assert shapely.coverage_is_valid(cells)
    return Street(outlines, cells, boundary, roads, households, compound)


def atoms_of(made: Street) -> Atoms:
    """Return the street as what grids are made of."""
    return Atoms(
        xy=shapely.get_coordinates(shapely.centroid(made.outlines)),
        area_m2=shapely.area(made.cells),
        households=made.households,
        load=made.households,
        compound=made.compound,
        borders=find_borders(made.cells, made.roads),
    )


def lines(nodes: Floats) -> dict[str, Shapes]:
    """Return roads by kind; every fourth or fifth is a main road."""
    roads: dict[str, list[Any]] = {"road_main": [], "road_minor": []}
    for column in range(COLUMNS + 1):
        roads["road_minor" if column % 4 else "road_main"].append(nodes[column])
    for row in range(ROWS + 1):
        roads["road_minor" if row % 5 else "road_main"].append(nodes[:, row])
    return {
        kind: np.array([shapely.LineString(path) for path in paths], dtype=object)
        for kind, paths in roads.items()
    }


def save(atoms: Atoms, path: Path) -> None:
    """Write atoms for the peers, and for the next time."""
    parts = {
        name: getattr(atoms, name) for name in ("xy", "area_m2", "households", "load", "compound")
    }
    np.savez(path, **parts, **vars(atoms.borders))


def load(path: Path) -> Atoms:
    """Read what `save` wrote."""
    with np.load(path) as file:
        data = dict(file)
    borders = Borders(**{name: data.pop(name) for name in Borders.__dataclass_fields__})
    return Atoms(**data, borders=borders)


def kept_street(seed: int) -> Atoms:
    """Make the street, once."""
    path = Path(tempfile.gettempdir()) / f"wangge_benchmark_street_{seed}.npz"
    if not path.exists():
        save(atoms_of(street(seed)), path)
    return load(path)


def precincts(folder: Path, name: str) -> Atoms:
    """Read Florida's precincts; their people stand for households."""
    frame = gpd.read_file(folder / "florida_precincts" / f"{name}.geojson")
    cells = crs.to_metric(frame.geometry.to_numpy(), crs.metric_crs_of(frame))
    assert shapely.coverage_is_valid(cells)
    people = frame["pop"].to_numpy(dtype=np.float64)
    return Atoms(
        xy=shapely.get_coordinates(shapely.point_on_surface(cells)),
        area_m2=shapely.area(cells),
        households=people,
        load=people,
        compound=np.full(len(cells), -1),
        borders=find_borders(cells),
    )


# ------------------------------------------------------------------------------------- the runs


def ours(atoms: Atoms, wish: Wish, rounds: int) -> tuple[float, dict[str, Measures]]:
    """Return the best time of some runs, and the plans by kind."""
    best = np.inf
    for _round in range(rounds):
        began = time.process_time()
        suggestion = suggest(atoms, wish)
        best = min(best, time.process_time() - began)
    return float(best), {plan.kind: plan.measures for plan in suggestion.plans}


def theirs(
    python: str, method: str, atoms: Atoms, wish: Wish, seconds: float = 0
) -> tuple[float, Measures] | None:
    """Run a peer in its environment; None when it finds no plan."""
    with tempfile.TemporaryDirectory() as folder:
        save(atoms, Path(folder) / "atoms.npz")
        numbers = [str(value) for value in (wish.count, wish.floor, wish.ceiling, seconds)]
        command = [python, "-c", _PEER, folder, method, *numbers]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
            return None
        grid = np.load(f"{folder}/plan.npy").astype(np.int64)
    return float(done.stdout.strip().splitlines()[-1]), measure(atoms, grid, wish)


def street_table(peer: str | None, seed: int) -> None:
    """Print the table of the street."""
    atoms = kept_street(seed)
    wish = Wish(count=100)
    print(f"\n{len(atoms):,} buildings, {atoms.households.sum():,.0f} households, seed {seed}:\n")
    print("| method | time | in band | extra parts | PP mean / min | compounds split | CV |")
    print("|---|---|---|---|---|---|---|")
    took, plans = ours(atoms, wish, ROUNDS)
    for kind, found in plans.items():
        print(street_row(f"ours, {kind}", f"{took:.1f} s (all)", found))
    for method, name in PEERS.items() if peer else ():
        answer = theirs(str(peer), method, atoms, wish)
        if answer:
            print(street_row(name, f"{answer[0]:.1f} s", answer[1]), flush=True)
        else:
            print(f"| {name} | no plan | | | | | |")


def street_row(name: str, took: str, found: Measures) -> str:
    """Return a line of the street's table."""
    return (
        f"| {name} | {took} | {found.in_band}/{found.grids} | {found.parts} |"
        f" {found.polsby_popper:.3f} / {found.polsby_popper_min:.3f} |"
        f" {found.compounds_split}/{found.compounds} | {found.balance:.3f} |"
    )


def florida_table(peer: str | None, folder: Path) -> None:
    """Print the table of Florida."""
    print("\n| precincts, districts | method | time | in band | deviation | extra parts | PP |")
    print("|---|---|---|---|---|---|---|")
    for name in ("fl70", "fl250"):
        atoms = precincts(folder, name)
        for count in (3, 7, 15):
            ideal = float(atoms.households.sum()) / count
            within = 0.1 if (name, count) == ("fl70", 15) else 0.05
            wish = Wish(floor=(1 - within) * ideal, ceiling=(1 + within) * ideal, count=count)
            case = f"{name}, {count} (± {within:.0%})"
            took, plans = ours(atoms, wish, 1)
            print(florida_row(case, "ours", took, plans["recommended"], ideal), flush=True)
            for method in ("gerrychain", "spopt") if peer else ():
                answer = theirs(str(peer), method, atoms, wish, took)
                if answer:
                    print(florida_row(case, method, *answer, ideal), flush=True)
                else:
                    print(f"| {case} | {method} | no plan | | | | |")


def florida_row(case: str, method: str, took: float, found: Measures, ideal: float) -> str:
    """Return a line of Florida's table."""
    off = max(found.high - ideal, ideal - found.low) / ideal
    return (
        f"| {case} | {method} | {took:.1f} s | {found.in_band}/{found.grids} | {off:.1%} |"
        f" {found.parts} | {found.polsby_popper:.3f} |"
    )


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python that has spopt, gerrychain and pymetis")
    parser.add_argument("--folder", type=Path, default=settings.testing().test_data_dir)
    parser.add_argument("--only", choices=("street", "florida"))
    options = parser.parse_args()
    if options.only != "florida":
        street_table(options.peer, 0)
    if options.only != "street" and options.folder:
        florida_table(options.peer, options.folder)


if __name__ == "__main__":
    main()
