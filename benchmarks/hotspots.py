"""Hot spots: ours against esda (Gi* with permutations), tickets to significance, and the cube.

Run ``python -m benchmarks.hotspots [--peer PYTHON]``. The peer is not among our requirements: give
the Python of an environment that has esda and libpysal, or only ours is measured.

1. Gi* of 10,000 and 100,000 cells of a square with the eight cells around, with 999 permutations
   in one process; windows are made beforehand. The peer takes binary weights (by row its scores
   are wrong), compiles before it is timed, and keeps no simulations. Scores must be equal. Ours
   also corrects for the number of cells; beside it, the exact chance that ours computes by itself.
2. A million tickets at 30,000 addresses to squares of 50 m, counts, windows and Gi* with exact
   significance.
3. A cube of 10,000 cells and 52 weeks: Gi* of each bin with exact significance, Mann-Kendall,
   categories.

Times are the best of three calls, without imports.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from geo import hotspots, spacetime

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROUNDS = 3
DRAWS = 999
SIZES = (10_000, 100_000)
WEEKS = 52

T = TypeVar("T")

# Runs in the peer's environment: reads counts, writes scores, prints seconds.
_PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from esda.getisord import G_Local
from libpysal.weights import lat2W
side, rounds, draws = (int(one) for one in sys.argv[2:5])
def scores(counts, weights):
    return G_Local(counts, weights, transform="B", star=True, permutations=draws, n_jobs=1,
                   keep_simulations=False, seed=1).Zs
scores(np.arange(25.0), lat2W(5, 5, rook=False))
counts = np.load(sys.argv[1]).astype(float)
weights = lat2W(side, side, rook=False)
best = 1e9
for _round in range(rounds):
    began = time.perf_counter()
    found = scores(counts, weights)
    best = min(best, time.perf_counter() - began)
np.save(sys.argv[1] + ".answer.npy", found)
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


def theirs(python: str, counts: Ints, side: int) -> tuple[float, Floats]:
    """Run the peer in its environment."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "counts.npy")
        np.save(file, counts)
        command = [python, "-c", _PEER, file, str(side), str(ROUNDS), str(DRAWS)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1]), np.load(file + ".answer.npy")


def board(side: int) -> Ints:
    """List the cells of a square, row by row."""
    row, column = np.divmod(np.arange(side * side), side)
    return np.column_stack((column, row))


def row(what: str, ours_s: float, peer_s: float | None = None) -> None:
    """Print a line of the table."""
    peer = "– | –" if peer_s is None else f"{peer_s * 1000:,.0f} ms | {peer_s / ours_s:.0f} ×"
    print(f"| {what} | {ours_s * 1000:,.1f} ms | {peer} |", flush=True)


def one_map(python: str | None, rng: np.random.Generator, n: int) -> None:
    """Measure Gi* of a map."""
    side = math.isqrt(n)
    counts = rng.poisson(2, side * side)
    windows_s, windows = timed(lambda: hotspots.lattice_window(board(side)))
    ours_s, found = timed(lambda: hotspots.test(counts, windows, draws=DRAWS))
    exact_s, exact = timed(lambda: hotspots.test(counts, windows))
    assert (found.way, found.draws, exact.way) == ("sampled", DRAWS, "exact")
    assert np.abs(found.p_hot - exact.p_hot).max() < 5 / math.sqrt(DRAWS)
    peer_s = None
    if python:
        peer_s, answer = theirs(python, counts, side)
        assert np.allclose(found.z, answer, rtol=0, atol=1e-12)
    row(f"windows of {side * side:,} cells", windows_s)
    row(f"Gi*, {DRAWS} permutations, {side * side:,} cells", ours_s, peer_s)
    row(f"Gi*, exact, {side * side:,} cells", exact_s, peer_s)


def from_tickets(rng: np.random.Generator) -> None:
    """Measure the way from tickets to significance."""
    addresses = rng.random((30_000, 2)) * 5000
    x, y = addresses[rng.integers(0, len(addresses), 1_000_000)].T

    def found() -> hotspots.Gi:
        cells, position = hotspots.squares(x, y, 50)
        counts = np.bincount(position, minlength=len(cells))
        return hotspots.test(counts, hotspots.lattice_window(cells))

    seconds, answer = timed(found)
    assert (answer.way, answer.values.sum()) == ("exact", len(x))
    row(f"1,000,000 tickets to Gi* of {len(answer.z):,} squares", seconds)


def cube(rng: np.random.Generator) -> None:
    """Measure the cube."""
    side = 100
    counts = rng.poisson(rng.gamma(1, 0.5, side * side)[:, None], (side * side, WEEKS))
    windows = hotspots.lattice_window(board(side))
    seconds, answer = timed(lambda: spacetime.emerging(counts, windows))
    assert (answer.way, answer.z.shape) == ("exact", counts.shape)
    row(f"cube of {side * side:,} cells × {WEEKS} weeks", seconds)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python that has esda and libpysal")
    options = parser.parse_args()
    rng = np.random.default_rng(5)
    print("| what | ours | esda | ratio |\n|---|---|---|---|")
    for n in SIZES:
        one_map(options.peer, rng, n)
    from_tickets(rng)
    cube(rng)


if __name__ == "__main__":
    main()
