"""Access and best sites: ours against `access` (E2SFCA) and spopt (maximal covering location).

Run ``python -m benchmarks.sites [--peer PYTHON]``. The peers are not among our requirements: give
the Python of an environment that has access and spopt, or only ours is measured.

1. 20,000 homes and 300 facilities at random in a square of 6 km, shared in the zones of 300, 500
   and 1,000 m. Both get the same list of pairs; the answers must be equal where somebody has a
   facility in reach (elsewhere ours is 0 and the peer's is missing).
2. Best 3 and 10 sites among 600 buildings, within 300 m. Both solve the integer programme to its
   end (spopt by CBC); the people covered must be the same.

Times are the best of three calls, without imports and without measuring ways.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from geo.access import Steps, access
from geo.network import StraightLine
from geo.sites import best_sites

Floats = npt.NDArray[np.float64]

ROUNDS = 3
SIDE_M = 6000.0
SITES = (3, 10)

T = TypeVar("T")

# Runs in the peer's environment: reads what is asked, writes the answer, prints seconds.
_SHARED = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pandas as pd
from access import Access, weights
data, rounds = np.load(sys.argv[1]), int(sys.argv[2])
homes = pd.DataFrame({"id": np.arange(len(data["people"])), "people": data["people"]})
services = pd.DataFrame({"id": np.arange(len(data["places"])), "places": data["places"]})
pairs = pd.DataFrame({"o": data["origin"], "d": data["target"], "cost": data["metres"]})
zones = weights.step_fn({300: 1, 500: 0.68, 1000: 0.22})
best = 1e9
for _round in range(rounds):
    made = Access(demand_df=homes, demand_index="id", demand_value="people", supply_df=services,
                  supply_index="id", supply_value="places", cost_df=pairs, cost_origin="o",
                  cost_dest="d", cost_name="cost")
    began = time.perf_counter()
    found = made.enhanced_two_stage_fca(name="e2sfca", weight_fn=zones)
    best = min(best, time.perf_counter() - began)
np.save(sys.argv[1] + ".answer.npy", found["e2sfca_places"].reindex(homes["id"]).to_numpy())
print(best)
"""

_COVERED = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np, pulp
from spopt.locate import MCLP
data, rounds, k = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
best = 1e9
for _round in range(rounds):
    began = time.perf_counter()
    model = MCLP.from_cost_matrix(data["ways"].T, data["people"], float(data["reach_m"]), k)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False))
    best = min(best, time.perf_counter() - began)
np.save(sys.argv[1] + ".answer.npy", np.array([model.problem.objective.value()]))
print(best)
"""


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Return the best of some calls, seconds, and the answer."""
    best = np.inf
    for _round in range(ROUNDS):
        began = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - began)
    return float(best), answer


def theirs(python: str, script: str, asked: dict[str, Any], *more: str) -> tuple[float, Floats]:
    """Run a peer in its environment."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "asked.npz")
        np.savez(file, **asked)
        command = [python, "-c", script, file, str(ROUNDS), *more]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1]), np.load(file + ".answer.npy")


def row(what: str, ours_s: float, peer_s: float | None) -> None:
    """Print a line of the table."""
    if peer_s is None:
        print(f"| {what} | {ours_s * 1000:,.1f} ms | – | – |")
    else:
        ratio = peer_s / ours_s
        print(f"| {what} | {ours_s * 1000:,.1f} ms | {peer_s * 1000:,.1f} ms | {ratio:.1f} × |")


def shared(python: str | None, rng: np.random.Generator) -> None:
    """Measure the shared places."""
    homes, services = rng.random((20_000, 2)) * SIDE_M, rng.random((300, 2)) * SIDE_M
    people = rng.integers(0, 40, len(homes)).astype(float)
    places = rng.integers(10, 100, len(services)).astype(float)
    pairs = StraightLine(1.3).pairs_m(homes, services, 1000.0)
    ours_s, found = timed(lambda: access(pairs, people, places, Steps()))
    peer_s = None
    if python:
        asked = {"people": people, "places": places, **pairs._asdict()}
        peer_s, answer = theirs(python, _SHARED, asked)
        known = ~np.isnan(answer)
        assert np.allclose(found.places[known], answer[known])
        assert not found.places[~known].any()
    row(f"E2SFCA, {len(pairs.metres):,} pairs", ours_s, peer_s)


def covered(python: str | None, rng: np.random.Generator, k: int) -> None:
    """Measure the best sites."""
    places, reach_m = rng.random((600, 2)) * 2500, 300.0
    people = rng.integers(0, 40, len(places)).astype(float)
    ways = StraightLine(1.3)
    pairs = ways.pairs_m(places, places, reach_m)
    ours_s, found = timed(
        lambda: best_sites((pairs.origin, pairs.target), people, len(places), k=k, seconds=60)
    )
    assert found.proven
    peer_s = None
    if python:
        asked = {"people": people, "ways": ways.between_m(places), "reach_m": np.array(reach_m)}
        peer_s, answer = theirs(python, _COVERED, asked, str(k))
        assert answer[0] == found.covered
    row(f"best {k} of {len(places)} sites", ours_s, peer_s)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python that has access and spopt")
    options = parser.parse_args()
    rng = np.random.default_rng(4)
    print("| what | ours | peer | ratio |\n|---|---|---|---|")
    shared(options.peer, rng)
    for k in SITES:
        covered(options.peer, rng, k)


if __name__ == "__main__":
    main()
