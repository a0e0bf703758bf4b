"""Demo: rows a second through COPY, five communities and a city, against ``to_postgis``.

    python -m benchmarks.demo_load [--size 100000] [--sample 100000]

Starts a database of its own in a temporary folder. The city is written as `etl.demo` writes it:
all tables, then indexes and foreign keys, in one transaction. The peer gets a sample of the same
tickets as a ready GeoDataFrame and writes it with ``GeoDataFrame.to_postgis`` into an equal table;
ours writes the same sample into another equal table with ``copy_frame``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from etl.demo import DEFAULT_AS_OF, DEFAULT_SEED, city, load_demo
from geo.crs import STORED_SRID
from geo.store import fill, migrate
from geo.store.cluster import Cluster
from geo.store.engine import make_engine, url_of
from geo.store.tables import metadata
from geo.store.writes import copy_frame

ROUNDS = 3


def timed(work: Callable[[], object]) -> float:
    """Return the seconds `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def equal_table(engine: sa.Engine, name: str) -> None:
    """Make an empty table like ``ticket``, with its keys and indexes."""
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE ticket INCLUDING ALL)")


def ours(engine: sa.Engine, rows: pd.DataFrame) -> float:
    """Write the sample with `copy_frame`; seconds."""
    equal_table(engine, "sample_ours")
    table = sa.Table("sample_ours", sa.MetaData(), *(_plain(c) for c in _ticket().columns))

    def write() -> None:
        with engine.begin() as connection:
            copy_frame(connection, table, rows)

    return timed(write)


def _ticket() -> sa.Table:
    return metadata.tables["ticket"]


def _plain(column: sa.Column[object]) -> sa.Column[object]:
    return sa.Column(column.name, column.type, primary_key=column.primary_key)


def theirs(engine: sa.Engine, rows: pd.DataFrame) -> float:
    """Write the sample with ``to_postgis``; seconds."""
    equal_table(engine, "sample_theirs")
    frame = gpd.GeoDataFrame(rows, geometry="geom", crs=STORED_SRID)
    return timed(lambda: frame.to_postgis("sample_theirs", engine, if_exists="append"))


def same(engine: sa.Engine) -> bool:
    """Tell whether both wrote the same rows."""
    asked = "SELECT count(*) FROM (TABLE sample_ours EXCEPT TABLE sample_theirs) AS d"
    with engine.connect() as connection:
        return connection.exec_driver_sql(asked).scalar() == 0


def whole(engine: sa.Engine, frames: city.Frames, name: str) -> None:
    """Write whole tables and say how fast."""
    with engine.begin() as connection:
        fill.clear(connection)
    copied: list[float] = []
    start = time.perf_counter()
    with engine.begin() as connection:
        rows = fill.fill(
            connection, frames, lambda _t, _n: copied.append(time.perf_counter() - start)
        )
    seconds = time.perf_counter() - start
    print(
        f"{name}: {rows:,} rows; COPY {copied[-1]:.1f} s = {rows / copied[-1]:,.0f} rows/s; "
        f"with indexes and foreign keys {seconds:.1f} s = {rows / seconds:,.0f} rows/s"
    )


def five(engine: sa.Engine) -> None:
    """Load the five communities from nothing."""
    with engine.begin() as connection:
        fill.clear(connection)
    done = load_demo(engine, seed=DEFAULT_SEED, as_of=DEFAULT_AS_OF)
    print(
        f"five communities: {done.rows:,} rows; made in {done.make_s:.1f} s, written in "
        f"{done.copy_s:.1f} s = {done.rows / done.copy_s:,.0f} rows/s, computed in "
        f"{done.compute_s:.1f} s"
    )


def measure(engine: sa.Engine, size: int, sample: int) -> None:
    """Run everything on one database."""
    five(engine)
    start = time.perf_counter()
    frames = city.make(size, DEFAULT_SEED, DEFAULT_AS_OF)
    print(f"city of {size:,} buildings made in {time.perf_counter() - start:.1f} s")
    whole(engine, frames, f"city of {size:,} buildings")
    rows = frames["ticket"].head(sample)
    mine = min(ours(engine, rows) for _ in range(ROUNDS))
    peer = min(theirs(engine, rows) for _ in range(ROUNDS))
    assert same(engine)
    print(
        f"{len(rows):,} tickets into an equal table: copy_frame {mine:.2f} s "
        f"({len(rows) / mine:,.0f} rows/s), to_postgis {peer:.2f} s, ratio {peer / mine:.1f}"
    )


def main() -> None:
    """Read the options and run."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--size", type=int, default=100_000, help="buildings of the city")
    options.add_argument("--sample", type=int, default=100_000, help="tickets to compare with")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        Path(folder).chmod(0o755)
        lease = Cluster(Path(folder)).open()
        try:
            engine = make_engine(url_of(lease, "owner"))
            migrate.upgrade(engine)
            measure(engine, chosen.size, chosen.sample)
            engine.dispose()
        finally:
            lease.release()


if __name__ == "__main__":
    main()
