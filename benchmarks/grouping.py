"""Point groups and near repeats: ours against plain scikit-learn and pointpats.

Run ``python -m benchmarks.grouping [--peer PYTHON]``. pointpats is not among our requirements: give
the Python of an environment that has it, or only ours is measured.

1. DBSCAN within 30 m, 1 million tickets at 30,000 addresses in a square of 6 km, some of which have
   far more than others. The peer is scikit-learn's DBSCAN over every ticket (1.6 GB, asked once);
   the groups must be the same.
2. Knox, 10,000 tickets, 99 permutations, against pointpats: pairs near in space, in time and in
   both must be equal.

Times are the best of some calls, without imports. scikit-learn is loaded before.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.cluster import DBSCAN

from geo.grouping import group
from geo.repeats import knox

Floats = npt.NDArray[np.float64]

ROUNDS = 5
SIDE_M, ADDRESSES = 6000.0, 30_000
TICKETS = 1_000_000
EPS_M, FOUNDING = 30.0, 8
"""How near is near, and how many times the tickets of a mean address found a group."""

SEED, DRAWS = 5, 99
WITHIN_M, WITHIN_DAYS = 100.0, 7.0

T = TypeVar("T")

# Runs in the peer's environment: reads the tickets, writes the counts, prints seconds.
_PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from pointpats.spacetime import Knox
data = np.load(sys.argv[1])
began = time.perf_counter()
made = Knox(data["xy"], data["day"][:, None], delta=float(data["within_m"]),
            tau=float(data["within_days"]), permutations=int(data["draws"]))
print(time.perf_counter() - began)
table = made.observed
np.save(sys.argv[1] + ".answer.npy", [made.statistic_, table[0].sum(), table[:, 0].sum()])
"""


def timed(call: Callable[[], T], rounds: int = ROUNDS) -> tuple[float, T]:
    """Return the best of some calls, seconds, and the last answer."""
    best = np.inf
    for _round in range(rounds):
        began = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - began)
    return float(best), answer


def row(what: str, ours_s: float, peer_s: float | None) -> None:
    """Print a line of the table."""
    if peer_s is None:
        print(f"| {what} | {ours_s:.3f} s | – | – |")
    else:
        print(f"| {what} | {ours_s:.3f} s | {peer_s:.2f} s | {peer_s / ours_s:.0f} × |")


def tickets(rng: np.random.Generator, count: int) -> Floats:
    """Return tickets at addresses, some of which have far more than others."""
    homes = rng.random((ADDRESSES, 2)) * SIDE_M
    share = rng.gamma(0.5, size=ADDRESSES)
    return np.asarray(homes[rng.choice(ADDRESSES, count, p=share / share.sum())])


def same_groups(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> bool:
    """Tell whether two labellings are the same but for the numbers."""
    pairs = np.unique(np.column_stack((one, other)), axis=0)
    alone = (len(np.unique(column)) == len(pairs) for column in pairs.T)
    return all(alone) and np.array_equal(one < 0, other < 0)


def groups(rng: np.random.Generator) -> None:
    """Measure DBSCAN."""
    xy, least = tickets(rng, TICKETS), FOUNDING * TICKETS // ADDRESSES
    ours_s, found = timed(lambda: group(xy, eps_m=EPS_M, least=least))
    plain_s, fitted = timed(lambda: DBSCAN(eps=EPS_M, min_samples=least).fit(xy), 1)
    assert same_groups(found.label, fitted.labels_)
    row(f"DBSCAN, {TICKETS:,} tickets, {len(found.size):,} groups", ours_s, plain_s)


def near_repeats(python: str | None, rng: np.random.Generator) -> None:
    """Measure Knox."""
    xy = rng.random((10_000, 2)) * SIDE_M
    day = rng.integers(0, 365, len(xy)).astype(float)
    ours_s, found = timed(
        lambda: knox(xy, day, within_m=WITHIN_M, within_days=WITHIN_DAYS, draws=DRAWS)
    )
    peer_s = None
    if python:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "asked.npz")
            asked = {"within_m": np.array(WITHIN_M), "within_days": np.array(WITHIN_DAYS)}
            np.savez(file, xy=xy, day=day, draws=np.array(DRAWS), **asked)  # type: ignore[arg-type]
            done = subprocess.run(
                [python, "-c", _PEER, file], check=True, capture_output=True, text=True
            )
            peer_s = float(done.stdout.split()[-1])
            answer = np.load(file + ".answer.npy").tolist()
        assert answer == [found.pairs, found.near_space, found.near_time]
    row(f"Knox, {len(xy):,} tickets, {found.pairs:,} pairs, {DRAWS} draws", ours_s, peer_s)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="a Python that has pointpats")
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    print("| what | ours | peer | ratio |\n|---|---|---|---|")
    groups(rng)
    near_repeats(options.peer, rng)


if __name__ == "__main__":
    main()
