"""All indicators of all grids of a city: ours against a straightforward geopandas pipeline.

Run ``python -m benchmarks.indicators [--size 1.0]``. Size 1 is a city of 100,000 buildings,
1 million households, 3 million people, 1 million tickets and visits, 3,000 grids; it needs about
6 GB of memory. The city is made in a database of its own beside the configured one, in a private
cluster unless WANGGE_DATABASE_URL says otherwise.

The peer is `benchmarks._pipeline`. Both compute every indicator for every period, and the script
refuses to print a ratio when they differ. Three figures have more than one right answer: who of a
community finds no room in party contact is compared by community, and the way round a grid must be
about as long as the peer's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from benchmarks._city import AS_OF, City
from benchmarks._pipeline import Pipeline
from geo.crs import metric_crs
from geo.indicators import INDICATORS
from geo.store import migrate
from geo.store.cluster import Cluster
from geo.store.compute import Report, refresh
from geo.store.engine import make_engine, url_of

FIGURE_STEPS = ("gather", "indicators")
PROGRAMMES = ("rounds", "contact")
"""Steps of the peer that stand or fall with how they are programmed, not with pandas."""

SHARED_OUT = ("party_served", "party_no_room")
"""Indicators whose sum over a community is one number, but not how it is shared out to grids."""

ROUND = "round_m"
ROUND_RATIO, ROUNDS_RATIO = (0.8, 1.08), (0.9, 1.01)
"""How much of the peer's way round ours may be: in a grid, and in all together."""


@contextmanager
def city_database(size: float) -> Iterator[sa.Engine]:
    """Make a city in a cluster of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        Path(folder).chmod(0o755)
        lease = Cluster(Path(folder)).open()
        try:
            migrate.upgrade(make_engine(url_of(lease, "owner")))
            engine = make_engine(url_of(lease, "app"))
            with engine.begin() as connection:
                City(size).load(connection)
            owner = make_engine(url_of(lease, "owner"))
            with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(sa.text("VACUUM ANALYZE"))
            owner.dispose()
            yield engine
            engine.dispose()
        finally:
            lease.release()


def peer(engine: sa.Engine) -> tuple[dict[str, float], pd.DataFrame]:
    """Run the pipeline, timing its steps in seconds."""
    west, south = City(0).corner(np.array([1000]))[0]
    pipeline, seconds = Pipeline(engine, AS_OF, metric_crs(west, south)), {}
    for step in Pipeline.STEPS:
        began = time.perf_counter()
        getattr(pipeline, step)()
        seconds[step] = time.perf_counter() - began
    return seconds, pipeline.frame()


def same(engine: sa.Engine, theirs: pd.DataFrame) -> int:
    """Check that both found the same; return how many figures were compared."""
    by = ["indicator", "area_id", "period_from", "period_to"]
    with engine.connect() as connection:
        ours = pd.read_sql(
            sa.text(
                "SELECT indicator, area_id, period_from, period_to, numerator, denominator"
                " FROM indicator_value WHERE area_kind = 'grid'"
            ),
            connection,
        )
    both = ours.merge(theirs, on=by, how="outer", suffixes=("", "_peer"), indicator="side")
    assert (both["side"] == "both").all(), both[both["side"] != "both"].groupby("indicator").size()
    assert set(both["indicator"]) == set(INDICATORS)
    shared_out = both["indicator"].isin(SHARED_OUT)
    sides = ["numerator", "denominator", "numerator_peer", "denominator_peer"]
    key = ["indicator", "community_id", "period_to"]
    _equal(both[~shared_out & (both["indicator"] != ROUND)])
    _equal(both[shared_out].groupby(key, as_index=False)[sides].sum(min_count=1))
    way = both[both["indicator"] == ROUND]
    _between(way["numerator"] / way["numerator_peer"], ROUND_RATIO)
    _between(way[["numerator"]].sum() / way["numerator_peer"].sum(), ROUNDS_RATIO)
    return len(both)


def _equal(both: pd.DataFrame) -> None:
    for side in ("numerator", "denominator"):
        found, peers = both[side].astype(float), both[f"{side}_peer"].astype(float)
        wrong = ~np.isclose(found, peers, rtol=1e-9, atol=1e-4, equal_nan=True)
        assert not wrong.any(), both[wrong].groupby("indicator").head(2).to_string()


def _between(ratio: pd.Series, bounds: tuple[float, float]) -> None:
    low, high = bounds
    assert ratio.between(low, high).all(), ratio.describe()


def main() -> None:
    """Print the times and a Markdown row."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=float, default=1.0, help="1: a city of 100,000 buildings")
    size = parser.parse_args().size
    with city_database(size) as engine:
        report: Report = refresh(engine)
        print("ours:", {step: round(s, 2) for step, s in report.seconds.items()})
        one = refresh(engine, [1000])
        print(f"one community again: {sum(one.seconds.values()):.2f} s")
        print({step: round(s, 2) for step, s in one.seconds.items()})
        seconds, theirs = peer(engine)
        print("geopandas:", {step: round(s, 2) for step, s in seconds.items()})
        figures = same(engine, theirs)
    print("| figures of all grids | ours | geopandas | ratio |\n|---|---|---|---|")
    computed = sum(report.seconds[step] for step in FIGURE_STEPS)
    theirs_computed = sum(seconds.values()) - seconds["write"]
    _row(f"{figures:,} (size {size:g}), read and computed", computed, theirs_computed)
    plain = theirs_computed - sum(seconds[step] for step in PROGRAMMES)
    _row("the same, without the peer's rounds and contact, with ours", computed, plain)
    written = computed + report.seconds["write indicators"]
    _row("read, computed, written", written, theirs_computed + seconds["write"])


def _row(name: str, ours: float, peers: float) -> None:
    print(f"| {name} | {ours:.1f} s | {peers:.1f} s | {peers / ours:.1f} × |")


if __name__ == "__main__":
    main()
