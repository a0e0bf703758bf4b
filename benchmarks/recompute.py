"""One community changes: what that costs in a small city and in a large one; and many at once.

Run ``python -m benchmarks.recompute [--sizes 0.1 0.3] [--workers 2]``. For each size it makes the
city of `benchmarks.indicators` (size 1: 100,000 buildings, 250 communities of 12 grids), computes
it, moves one building to the next grid, and computes that community alone, several times. The
claim is that this takes at most a second whatever the size. Times depend on what else the machine
does; rows read and written do not, so they are counted too, by table where they grew.

Then all communities are computed as single tasks, in one process and in several by turns, the best
of each counting: the cost of a community is what a larger city is reckoned from
(docs/large-cities.md).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks.indicators import city_database
from geo.store import fleet
from geo.store import tables as t
from geo.store.compute import refresh

COMMUNITY = 1000
ROUNDS = 9
TURNS = 2
PROBE_S = 1.5
"""A server adds up what a session did when that ends, within about a second."""

_TRAFFIC = sa.text(
    "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0), n_tup_ins FROM pg_stat_user_tables"
)


@dataclass(frozen=True)
class Traffic:
    """Rows read of each table, and rows written to all."""

    read: dict[str, int]
    written: int


def move(engine: sa.Engine) -> None:
    """Put one building of the community into another of its grids."""
    assigned = t.plan_assignment
    with engine.begin() as connection:
        grids = connection.scalars(
            sa.select(t.grid.c.id).where(t.grid.c.plan_id == COMMUNITY).order_by(t.grid.c.id)
        ).all()
        building, grid = connection.execute(
            sa.select(assigned.c.building_id, assigned.c.grid_id)
            .where(assigned.c.plan_id == COMMUNITY)
            .order_by(assigned.c.building_id)
            .limit(1)
        ).one()
        other = grids[(grids.index(grid) + 1) % len(grids)]
        connection.execute(
            sa.update(assigned)
            .where(assigned.c.plan_id == COMMUNITY, assigned.c.building_id == building)
            .values(grid_id=other)
        )


def again(engine: sa.Engine) -> list[float]:
    """Return the seconds from a changed grid to figures that know of it, shortest first."""
    seconds = []
    for _round in range(ROUNDS):
        move(engine)
        began = time.perf_counter()
        refresh(engine, [COMMUNITY], figures_only=True)
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)


def traffic(engine: sa.Engine, action: Callable[[], object]) -> Traffic:
    """Count the rows that `action` reads and writes."""
    before = _counters(engine)
    action()
    after = _counters(engine)
    read = {name: rows - before[name][0] for name, (rows, _new) in after.items()}
    written = sum(new - before[name][1] for name, (_rows, new) in after.items())
    return Traffic({name: rows for name, rows in read.items() if rows}, written)


def _counters(engine: sa.Engine) -> dict[str, tuple[int, int]]:
    engine.dispose()
    time.sleep(PROBE_S)
    with engine.connect() as connection:
        return {name: (read, new) for name, read, new in connection.execute(_TRAFFIC)}


@dataclass(frozen=True)
class Weight:
    """What a task cost its worker: processor seconds, and the worker's largest size so far, MiB."""

    outcome: fleet.Outcome
    cpu_s: float
    peak_mib: float


def weigh(task: fleet.Task) -> Weight:
    """Do a task and weigh it; without what the database did."""
    began = time.process_time()
    outcome = fleet.perform(task)
    return Weight(outcome, time.process_time() - began, _peak_mib())


def _peak_mib() -> float:
    # Not from getrusage: there a process begins with the peak of the one that started it.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


class Scales:
    """One worker process that weighs every task."""

    def __init__(self) -> None:
        self.weights: list[Weight] = []

    def outcomes(self, tasks: Sequence[fleet.Task]) -> Iterator[fleet.Outcome]:
        """Do them all; tell of each as soon as it is done."""
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            for weight in pool.map(weigh, tasks):
                self.weights.append(weight)
                yield weight.outcome


def all_of_them(engine: sa.Engine, runner: fleet.Runner) -> fleet.FleetReport:
    """Compute every community as a task of its own."""
    report = fleet.compute(engine, runner=runner)
    assert not report.failed, report.lines()
    return report


def measure(engine: sa.Engine, workers: int) -> tuple[str, Traffic]:
    """Return the cells of a row of the table, and what one community's figures read and wrote."""
    refresh(engine)
    once = again(engine)
    scales, alone, several = Scales(), [], []
    for _turn in range(TURNS):
        alone.append(all_of_them(engine, scales).seconds)
        several.append(all_of_them(engine, fleet.Processes(workers)).seconds)
    figures = traffic(engine, lambda: refresh(engine, [COMMUNITY], figures_only=True))
    whole = traffic(engine, lambda: refresh(engine, [COMMUNITY]))
    each = sorted(one.outcome.seconds for one in scales.weights)
    cpu_s = statistics.median(one.cpu_s for one in scales.weights)
    peak = max(one.peak_mib for one in scales.weights)
    cells = (
        f"{len(each) // TURNS} | {once[0]:.2f} s, {statistics.median(once):.2f} s |"
        f" {sum(figures.read.values()):,} | {each[0]:.2f} s, {statistics.median(each):.2f} s |"
        f" {cpu_s:.2f} s | {peak:.0f} MiB | {sum(whole.read.values()):,} | {whole.written:,} |"
        f" {min(alone):.1f} s | {min(several):.1f} s | {min(alone) / min(several):.2f} ×"
    )
    return cells, figures


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.1, 0.3])
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print(
        "| size | communities | a changed grid: best, median | rows read | a task: best, median |"
        " its processor time outside the database | worker | rows read | rows written |"
        f" 1 process | {asked.workers} processes | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    first: Traffic | None = None
    for size in asked.sizes:
        with city_database(size) as engine:
            cells, read = measure(engine, asked.workers)
        print(f"| {size:g} | {cells} |", flush=True)
        first = first or read
        grown = [
            f"{name} {first.read.get(name, 0):,} → {rows:,}"
            for name, rows in read.read.items()
            if rows > first.read.get(name, 0)
        ]
    print(f"\nLoad of the machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores.")
    print(f"Tables of which more was read than in the smallest city: {'; '.join(grown) or 'none'}.")


if __name__ == "__main__":
    main()
