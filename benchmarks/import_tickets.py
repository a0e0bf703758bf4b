"""Import: a million valid tickets from CSV, checked and stored, against ``to_postgis``.

    python -m benchmarks.import_tickets [--size 1000000]

Starts a database of its own in a temporary folder. Ours reads the CSV, checks every row, and
writes into the real table with its keys, indexes and checks. The peer gets the same rows as a
ready GeoDataFrame, so it neither reads nor checks; once into a table of its own making, with only
a spatial index, and once into an equal of ours (same keys and indexes).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from etl.context import Options
from etl.load import import_file
from geo.crs import STORED_SRID
from geo.store import intake, migrate
from geo.store.cluster import Cluster
from geo.store.engine import make_engine, url_of
from geo.store.tables import ticket

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREET, COMMUNITY = "110101001", "110101001001"
WEST, SOUTH, EAST, NORTH = 116.30, 39.80, 116.50, 40.00
CATEGORIES = 60


def make_rows(size: int) -> pd.DataFrame:
    """Make valid tickets as a portal exports them."""
    draw = np.random.default_rng(7)
    reported = pd.Timestamp("2025-11-01") + pd.to_timedelta(
        draw.integers(0, 380 * 86_400, size), unit="s"
    )
    hours = pd.to_timedelta(draw.integers(1, 72, size), unit="h")
    closed = pd.Series(reported + hours)
    late = closed > pd.Timestamp("2026-11-20 17:00")
    return pd.DataFrame(
        {
            "工单号": [f"T{n:09d}" for n in range(size)],
            "诉求类别": [f"类别{n:02d}" for n in draw.integers(0, CATEGORIES, size)],
            "来源": draw.choice(["12345热线", "随手拍", "网格巡查"], size),
            "标题": [f"第{n}号诉求：楼道照明不亮" for n in draw.integers(0, 5000, size)],
            "地址": [f"示范路{n}号" for n in draw.integers(1, 3000, size)],
            "受理时间": pd.Series(reported).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "办结时限": pd.Series(reported + hours).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "办结时间": closed.mask(late).dt.strftime("%Y-%m-%d %H:%M:%S"),
            "经度": draw.uniform(WEST, EAST, size).round(6),
            "纬度": draw.uniform(SOUTH, NORTH, size).round(6),
        }
    )


def prepare(engine: sa.Engine) -> None:
    """Make the street, the community and the categories the tickets speak of."""
    box = shapely.MultiPolygon([shapely.box(WEST, SOUTH, EAST, NORTH)])
    names = [f"类别{n:02d}" for n in range(CATEGORIES)]
    with engine.begin() as connection:
        street = intake.add_division(connection, kind="street", code=STREET, name="Street")
        intake.add_division(
            connection, kind="community", code=COMMUNITY, name="C", parent_id=street, geom=box
        )
        facts = {"class_code": "E01", "class_name": "环境", "kind": "event"}
        frame = pd.DataFrame({"code": names, "name": names}).assign(**facts)
        intake.add_categories(connection, frame)


def ours(owner: sa.Engine, path: Path, size: int) -> float:
    """Import the CSV; seconds."""
    begun = time.perf_counter()
    options = Options(kind="tickets", now=NOW, source="bench", community=COMMUNITY)
    report = import_file(owner, path, options)
    assert report.added == size, report
    return time.perf_counter() - begun


def ready_frame(engine: sa.Engine) -> gpd.GeoDataFrame:
    """Read back what was stored, as the GeoDataFrame the peer writes."""
    columns = [column for column in ticket.c if column.name not in ("id", "batch_id")]
    with engine.connect() as connection:
        frame = intake.frame_of(connection, sa.select(*columns))
    return gpd.GeoDataFrame(frame, geometry="geom", crs=STORED_SRID).convert_dtypes()


def bare(owner: sa.Engine, frame: gpd.GeoDataFrame) -> float:
    """Write with ``to_postgis`` into a table it makes; seconds."""
    begun = time.perf_counter()
    frame.to_postgis("peer_bare", owner, index=False)
    return time.perf_counter() - begun


def equal(owner: sa.Engine, frame: gpd.GeoDataFrame) -> float:
    """Write with ``to_postgis`` into a table with our keys, checks and indexes; seconds."""
    with owner.begin() as connection:
        connection.execute(sa.text("CREATE TABLE peer_equal (LIKE ticket INCLUDING ALL)"))
        for key in sa.inspect(connection).get_foreign_keys("ticket"):
            if key["referred_table"] != "ticket":
                column, target = key["constrained_columns"][0], key["referred_table"]
                there = key["referred_columns"][0]
                connection.execute(
                    sa.text(
                        f"ALTER TABLE peer_equal ADD FOREIGN KEY ({column})"
                        f" REFERENCES {target} ({there})"
                    )
                )
    begun = time.perf_counter()
    frame.to_postgis("peer_equal", owner, index=False, if_exists="append")
    return time.perf_counter() - begun


def run(size: int, folder: Path) -> None:
    """Measure and print a Markdown table."""
    folder.chmod(0o755)  # as root, the server runs as somebody else
    lease = Cluster(folder / "data").open()
    try:
        owner = make_engine(url_of(lease, "owner"))
        app = make_engine(url_of(lease, "app"))
        migrate.upgrade(owner)
        prepare(app)
        path = folder / "tickets.csv"
        make_rows(size).to_csv(path, index=False)
        mine_s = ours(owner, path, size)
        frame = ready_frame(app)
        peers: list[tuple[str, Callable[[sa.Engine, gpd.GeoDataFrame], float]]] = [
            ("to_postgis, an equal table", equal),
            ("to_postgis, a bare table", bare),
        ]
        print("| import of tickets | rows | seconds | rows/s | ours is faster by |")
        print("|---|---|---|---|---|")
        print(
            f"| CSV, checked and stored (ours) | {size:,} | {mine_s:.1f} | {size / mine_s:,.0f} | |"
        )
        for name, peer in peers:
            took_s = peer(owner, frame)
            ratio = took_s / mine_s
            print(f"| {name} | {size:,} | {took_s:.1f} | {size / took_s:,.0f} | {ratio:.2f} × |")
        app.dispose()
        owner.dispose()
    finally:
        lease.release()


def main() -> None:
    """Read the size and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    size = parser.parse_args().size
    with tempfile.TemporaryDirectory(prefix="wangge-import-") as name:
        run(size, Path(name))


if __name__ == "__main__":
    main()
