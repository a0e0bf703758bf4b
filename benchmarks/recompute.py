"""One community changes: what that costs in a small city and in a large one; and many at once.

Run ``python -m benchmarks.recompute [--sizes 0.1 1.0] [--workers 2]``. For each size it makes the
city of `benchmarks.indicators` (size 1: 100,000 buildings, 250 communities of 12 grids), computes
it, moves one building to the next grid, and computes that community alone, several times. The
claim is that this takes at most a second whatever the size. Then all communities are computed as
single tasks, in one process and in several: the cost of a community is what a larger city is
reckoned from (docs/large-cities.md).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time

import sqlalchemy as sa

from benchmarks.indicators import city_database
from geo.store import fleet
from geo.store import tables as t
from geo.store.compute import refresh

COMMUNITY = 1000
ROUNDS = 5


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


def again(engine: sa.Engine) -> float:
    """Return the median seconds from a changed grid to figures that know of it."""
    seconds = []
    for _round in range(ROUNDS):
        move(engine)
        began = time.perf_counter()
        refresh(engine, [COMMUNITY], figures_only=True)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def all_of_them(engine: sa.Engine, runner: fleet.Runner) -> fleet.FleetReport:
    """Compute every community as a task of its own."""
    report = fleet.compute(engine, runner=runner)
    assert not report.failed, report.lines()
    return report


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.1, 1.0])
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    print("| size | communities | one community again | a task | 1 process | several |")
    print("|---|---|---|---|---|---|")
    for size in asked.sizes:
        with city_database(size) as engine:
            refresh(engine)
            once = again(engine)
            alone = all_of_them(engine, fleet.Processes(1))
            several = all_of_them(engine, fleet.Processes(asked.workers))
        each = statistics.mean(one.seconds for one in alone.outcomes)
        print(
            f"| {size:g} | {len(alone.outcomes)} | {once:.2f} s | {each:.2f} s |"
            f" {alone.seconds:.1f} s | {several.seconds:.1f} s ({asked.workers}) |"
        )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nLargest child process: {peak:.0f} MiB.")


if __name__ == "__main__":
    main()
