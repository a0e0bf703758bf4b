"""Grid sheets: 300 of them as files, one after the other, against matplotlib and geopandas.

Run ``python -m benchmarks.sheets [--peer PYTHON] [--sheets 300]``. It makes a city of communities
of 12 grids, each of 30 to 35 buildings with numbers, 30 residents a building, staff, tickets and
roads, computes its figures, and then, in a process of its own, makes a PDF (A4 portrait) of each
grid as a series does: reading, drawing, setting. Memory is the largest resident set of that process
and its children. The first file is checked: every building of its grid must be on its map and in
its table.

The peer is the script somebody would write: for each grid the same page by ``geopandas.plot`` and
``savefig``: neighbours pale, buildings in four colours with their numbers, borders, figures, the
table. It gets everything in memory and reads no database. Its sheets are fewer (``--peer-sheets``),
so rates are compared. matplotlib is not among our requirements: give the Python of an environment
that has it and geopandas.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa
from pypdf import PdfReader

from benchmarks._city import COLUMNS, ROWS, STEP_DEG, City
from benchmarks.indicators import city_database
from dashboard import state
from dashboard.briefing.formats import SHEET_FORMATS
from dashboard.briefing.kinds import Order
from dashboard.briefing.page import Made
from dashboard.briefing.sheets import each
from dashboard.services import territory
from geo import words
from geo.crs import metric_crs
from geo.schema import HOUSEHOLD_STATES
from geo.store import tables as t
from geo.store.compute import refresh
from geo.store.engine import close_engine
from geo.store.writes import copy_frame

SIZE_OF_300 = 0.12
LEAST_PER_S, MOST_MB = 3.0, 800.0
NOON = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
ROADS = 5
TWICE = 2
FIRST_GRID = [row * COLUMNS + column + 1 for row in range(7) for column in range(5)]
"""Numbers of the buildings of the first grid, see `City.grid_of`."""

# Runs in the peer's environment: reads the town, makes some sheets, tells the seconds.
_PEER = """
import pickle, sys, time
import geopandas as gpd, matplotlib, shapely
matplotlib.use("Agg")
import matplotlib.pyplot as plt
matplotlib.rcParams["font.family"] = ["Noto Sans CJK SC", "Noto Sans CJK JP", "DejaVu Sans"]
town = pickle.load(open(sys.argv[1], "rb"))
most, folder = int(sys.argv[2]), sys.argv[3]
colors = {"resident": "#3E93CC", "rented": "#E6B350", "vacant": "#E2E7EC", "shop": "#793573"}
buildings, grids = (
    gpd.GeoDataFrame(one, geometry=shapely.from_wkb(one.pop("wkb")), crs=4326)
    for one in (town["buildings"], town["grids"]))
roads = gpd.GeoSeries(shapely.from_wkb(town["roads"]), crs=4326)
buildings, grids, roads = (one.to_crs(town["crs"]) for one in (buildings, grids, roads))
states = list(colors)
began = time.perf_counter()
for number in range(most):
    grid = grids.iloc[[number]]
    west, south, east, north = grid.total_bounds
    around = shapely.box(west - 30, south - 30, east + 30, north + 30)
    near, own = buildings.clip(around), buildings[buildings.grid_id == grid.id.iloc[0]]
    figure = plt.figure(figsize=(8.27, 11.69))
    axes = figure.add_axes((0.05, 0.42, 0.9, 0.45))
    near.plot(ax=axes, color="#E9ECEF")
    roads.clip(around).plot(ax=axes, color="#A9B4BD", linewidth=2)
    for key, color in colors.items():
        shown = own[own.dominant == key]
        if len(shown):
            shown.plot(ax=axes, color=color, edgecolor="#3A4752", linewidth=0.3,
                       hatch="//" if key == "vacant" else None)
    grids.clip(around).boundary.plot(ax=axes, color="#3A4752", linewidth=0.7)
    grid.boundary.plot(ax=axes, color="#1B2733", linewidth=2.5)
    for text, point in zip(own.number, own.representative_point()):
        axes.text(point.x, point.y, text, ha="center", va="center", fontsize=6)
    axes.set(xlim=(west - 30, east + 30), ylim=(south - 30, north + 30), xticks=[], yticks=[])
    axes.set_aspect("equal")
    figure.text(0.05, 0.95, grid.code.iloc[0], fontsize=18, weight="bold")
    figure.text(0.05, 0.9, f"{len(own)} 栋, {own[states].sum().sum()} 户, 60+ {own.age60.sum()}")
    table = figure.add_axes((0.05, 0.03, 0.9, 0.37))
    table.axis("off")
    rows = own[["number", *states, "age60", "age80"]]
    made = table.table(rows.to_numpy().tolist(), colLabels=list(rows.columns), loc="upper center")
    made.auto_set_font_size(False)
    made.set_fontsize(6)
    figure.savefig(f"{folder}/{number}.pdf")
    plt.close(figure)
print(time.perf_counter() - began)
"""


def furnish(engine: sa.Engine) -> None:
    """Give buildings numbers and communities roads, which the city of the indicators has not."""
    each_of = ROWS * COLUMNS
    with engine.begin() as connection:
        connection.execute(
            sa.update(t.building).values(
                number=sa.cast((t.building.c.id - 1) % each_of + 1, sa.Text), compound="苑"
            )
        )
        places = connection.execute(
            sa.select(
                t.division.c.id,
                sa.func.ST_XMin(t.division.c.geom),
                sa.func.ST_YMin(t.division.c.geom),
            ).where(t.division.c.kind == "community")
        ).all()
        lines = [
            (community, f"{name}{at + 1}路", shapely.LineString(ends))
            for community, x, y in places
            for at in range(ROADS)
            for name, ends in _roads(x, y, at)
        ]
        rows = pd.DataFrame(lines, columns=["community_id", "name", "geom"])
        copy_frame(connection, t.ground, rows.assign(kind="road_minor"))


def _roads(x: float, y: float, at: int) -> list[tuple[str, list[tuple[float, float]]]]:
    """Return a road along and one across a community, between rows of buildings."""
    wide, high = COLUMNS * STEP_DEG, ROWS * STEP_DEG
    across, along = y + at * high / (ROADS - 1), x + at * wide / (ROADS - 1)
    return [
        ("横", [(x, across), (x + wide, across)]),
        ("纵", [(along, y), (along, y + high)]),
    ]


# ---------------------------------------------------------------------------------------- ours


def ours(most: int) -> None:
    """Make so many sheets and tell, as JSON; run in a process of its own."""
    words.speak("zh")
    began = time.perf_counter()
    made, size, first = 0, 0, b""
    for code in _communities():
        asked = state.parse({"street": code[:9], "community": code})
        scope = territory.resolve(asked)
        if scope is None:
            continue
        order = Order(scope, asked, SHEET_FORMATS["a4p"], "pdf", Made(NOON, "local"))
        for _name, body in each(order):
            first, made, size = first or body, made + 1, size + len(body)
            if made == most:
                break
        if made == most:
            break
    took_s = time.perf_counter() - began
    words_of_first = PdfReader(io.BytesIO(first)).pages[0].extract_text().split()
    usage, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    told = {
        "sheets": made,
        "seconds": took_s,
        "processor_s": usage.ru_utime + usage.ru_stime,
        "mb": (usage.ru_maxrss + children.ru_maxrss) / 1024,
        "kb_each": size / made / 1000,
        "numbers": sum(words_of_first.count(str(number)) >= TWICE for number in FIRST_GRID),
    }
    print(json.dumps(told))
    close_engine()


def _communities() -> list[str]:
    """List the communities' codes."""
    scope = territory.resolve(state.DEFAULT)
    if scope is None:
        return []
    found = []
    for street in scope.streets:
        there = territory.resolve(state.parse({"street": street.code, "community": "all"}))
        found += [] if there is None else [one.code for one in there.communities]
    return found


def run_ours(url: str, most: int) -> dict[str, Any]:
    """Start our process and return what it tells."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sheets", "--ours", str(most)],
        env={**os.environ, "WANGGE_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


# ---------------------------------------------------------------------------------------- peer


def run_peer(python: str, engine: sa.Engine, most: int) -> float:
    """Let the peer make so many sheets; return its seconds."""
    west, south = City(0).corner(pd.Series([1000]).to_numpy())[0]
    with tempfile.TemporaryDirectory(prefix="wangge-peer-") as folder, engine.connect() as reading:
        states = ", ".join(f"s.state_{key} AS {key}" for key in HOUSEHOLD_STATES)
        buildings = pd.read_sql(
            sa.text(
                f"SELECT b.number, a.grid_id, s.dominant_state AS dominant, {states},"  # noqa: S608 - our own words
                " s.age60, s.age80, ST_AsBinary(b.geom) AS wkb FROM building b"
                " JOIN plan_assignment a ON a.building_id = b.id"
                " JOIN building_summary s ON s.building_id = b.id"
            ),
            reading,
        )
        grids = pd.read_sql(
            sa.text("SELECT id, code, ST_AsBinary(geom) AS wkb FROM grid ORDER BY code"), reading
        )
        roads = reading.scalars(sa.text("SELECT ST_AsBinary(geom) FROM ground")).all()
        for frame in (buildings, grids):
            frame["wkb"] = [bytes(one) for one in frame["wkb"]]
        town = {
            "buildings": buildings.to_dict("list"),
            "grids": grids.to_dict("list"),
            "roads": [bytes(one) for one in roads],
            "crs": metric_crs(float(west), float(south)).to_wkt(),
        }
        file = Path(folder) / "town.pickle"
        file.write_bytes(pickle.dumps(town))
        done = subprocess.run(
            [python, "-c", _PEER, str(file), str(most), folder],
            check=True,
            stdout=subprocess.PIPE,
        )
        return float(done.stdout)


def main() -> int:
    """Print a line about each; return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sheets", type=int, default=300)
    parser.add_argument("--peer", help="Python of an environment with matplotlib and geopandas")
    parser.add_argument("--peer-sheets", type=int, default=30)
    parser.add_argument("--ours", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ours:
        ours(given.ours)
        return 0
    with city_database(SIZE_OF_300 * given.sheets / 300) as engine:
        furnish(engine)
        refresh(engine)
        url = engine.url.render_as_string(hide_password=False)
        told = run_ours(url, given.sheets)
        rate = told["sheets"] / told["seconds"]
        print(
            f"ours: {told['sheets']} sheets in {told['seconds']:.1f} s, {rate:.1f} a second "
            f"({told['processor_s']:.1f} s of processor with imports), {told['mb']:.0f} MB, "
            f"{told['kb_each']:.0f} kB each"
        )
        assert told["sheets"] == given.sheets
        assert told["numbers"] == len(FIRST_GRID), told["numbers"]
        kept = rate >= LEAST_PER_S and told["mb"] <= MOST_MB
        if given.peer:
            took_s = run_peer(given.peer, engine, given.peer_sheets)
            theirs = given.peer_sheets / took_s
            print(
                f"matplotlib and geopandas: {given.peer_sheets} sheets in {took_s:.1f} s, "
                f"{theirs:.2f} a second; ours {rate / theirs:.1f} ×"
            )
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
