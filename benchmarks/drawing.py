"""Drawing grids: preview, confirmation and check of a large community against geopandas.

Run ``python -m benchmarks.drawing [--city BUILDINGS] [--gestures N] [--chromium PATH]``. It starts
a database of its own, fills it with a city (100,000 buildings unless said) and beside it one
community of 5,000 buildings, 480 compounds, 40,000 households and 100 grids (the street of
`benchmarks.suggest`), and draws on that.

*On the server*: random polygons of about fifty buildings are previewed as the page does it (see
that the draft is as it was, choose buildings, sum before and after, unite the boundary), confirmed
(locks, log, assignments, shapes, commit), and the whole plan is checked. The peer answers the
preview's question with geopandas: join the points with the polygon, sum every figure per touched
grid before and after, dissolve the cells of the touched grids and join the city's tickets of a year
with them. Its frames are in memory and indexed, so reading costs it nothing. A second row lets it
have what makes ours quick: tickets counted per building beforehand.

*In a browser*: from the double-click that ends a polygon to the painted preview, against the rerun
of an empty fragment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from playwright.sync_api import Page, sync_playwright

from benchmarks._series import Series
from benchmarks.first_paint import CHROMIUM_ARGS, Contestant, free_port, served
from benchmarks.suggest import Street, atoms_of, street
from dashboard.services import planning
from geo import plans, settings
from geo.partition import Wish, suggest
from geo.store import drafts, edits, plan_state, publishing
from geo.store import tables as t
from geo.store.cluster import Cluster
from geo.store.compute import refresh_within
from geo.store.drafts import start
from geo.store.edits import Edit
from geo.store.engine import close_engine, make_engine, url_of
from geo.store.gestures import Preview
from geo.store.ground import Land, norms_of, read_land
from geo.store.plan_state import Plan
from geo.store.writes import copy_frame, reserve_ids

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]

HERE = Path(__file__).resolve().parent
CODE = "980000001001"
LON, LAT = 101.0, 36.5
AS_OF = datetime(2026, 11, 20, 10, tzinfo=UTC)
CHOSEN = 50
MILLISECONDS = 1000
JOINED = "preview by geopandas, tickets joined in space"
COUNTED = "preview by geopandas, all counted per building beforehand"


# ------------------------------------------------------------------------------------- the ground


@contextmanager
def city(buildings: int) -> Iterator[tuple[sa.Engine, Path]]:
    """Make the city and the community in a cluster of their own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        environment = os.environ | {"WANGGE_DATA_DIR": name}
        command = [sys.executable, "-m", "etl", "demo", "--scale", str(buildings)]
        if buildings:
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        else:
            migrate = [sys.executable, "-m", "geo", "migrate"]
            subprocess.run(migrate, check=True, env=environment, stdout=subprocess.DEVNULL)
        lease = Cluster(folder).open()
        address = url_of(lease, "app").render_as_string(hide_password=False)
        os.environ["WANGGE_DATABASE_URL"] = address
        settings.forget()
        try:
            engine = make_engine(url_of(lease, "app"))
            with engine.begin() as connection:
                _community(connection, street())
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
            yield engine, folder
            engine.dispose()
            close_engine()
        finally:
            lease.release()


def _degrees(shapes: Shapes) -> Shapes:
    """Lay metres on the globe; a straight line stays straight and shared corners stay shared."""
    scale = np.array([111_320 * np.cos(np.radians(LAT)), 110_940])
    return np.asarray(shapely.transform(shapes, lambda xy: xy / scale + (LON, LAT)), dtype=object)


def _community(connection: sa.Connection, made: Street) -> None:
    rng = np.random.default_rng(1)
    above = sa.insert(t.division).values(kind="street", code=CODE[:9], name="街道")
    street_id = connection.execute(above.returning(t.division.c.id)).scalar_one()
    boundary = _degrees(np.array([made.boundary], dtype=object))
    frame = pd.DataFrame({"kind": ["community"], "code": [CODE], "name": ["五千栋社区"]})
    copy_frame(connection, t.division, frame.assign(parent_id=street_id, geom=boundary))
    own = int(connection.scalar(sa.select(t.division.c.id).where(t.division.c.code == CODE)) or 0)
    ids = reserve_ids(connection, t.building, len(made.outlines))
    _buildings(connection, made, own, ids)
    for kind, roads in made.roads.items():
        rows = pd.DataFrame({"community_id": own, "kind": kind, "geom": _degrees(roads)})
        copy_frame(connection, t.ground, rows)
    homes = np.repeat(ids, made.households.astype(int))
    _people(connection, homes, rng)
    _tickets(connection, made, own, ids, rng)
    refresh_within(connection, [own], now=AS_OF)
    _plan(connection, made, own)


def _buildings(connection: sa.Connection, made: Street, own: int, ids: Ints) -> None:
    frame = pd.DataFrame({"id": ids, "external_id": [f"b{one}" for one in ids]})
    frame = frame.assign(source="bench", community_id=own, use="residential")
    frame["compound"] = [f"小区{one}" for one in made.compound]
    frame["geom"], frame["cell"] = _degrees(made.outlines), _degrees(made.cells)
    frame["anchor"] = shapely.centroid(frame["geom"].to_numpy())
    copy_frame(connection, t.building, frame)


def _people(connection: sa.Connection, homes: Ints, rng: np.random.Generator) -> None:
    ids = reserve_ids(connection, t.household, len(homes))
    frame = pd.DataFrame({"id": ids, "building_id": homes, "state": "resident"})
    frame["room"] = [str(one) for one in range(len(homes))]
    copy_frame(connection, t.household, frame)
    persons = np.repeat(ids, 3)
    born = rng.integers(0, 33_000, len(persons)).astype("timedelta64[D]")
    births = np.datetime64("1935-01-01") + born
    people = pd.DataFrame({"household_id": persons, "name": "居民", "birth_date": births})
    copy_frame(connection, t.resident, people)
    visited = rng.choice(ids, len(ids) // 2)
    at = AS_OF - pd.to_timedelta(rng.integers(0, 365 * 24, len(visited)), unit="h")
    visits = pd.DataFrame({"household_id": visited, "at": at, "purpose": "routine"})
    staff = sa.insert(t.staff).values(community_id=_own(connection), name="网格员", kind="staff")
    person = connection.execute(staff.returning(t.staff.c.id)).scalar_one()
    copy_frame(connection, t.visit, visits.assign(staff_id=person, result="met"))


def _own(connection: sa.Connection) -> int:
    return int(connection.scalar(sa.select(t.division.c.id).where(t.division.c.code == CODE)) or 0)


def _tickets(
    connection: sa.Connection, made: Street, own: int, ids: Ints, rng: np.random.Generator
) -> None:
    category = connection.execute(
        sa.select(t.ticket_category.c.code, t.ticket_category.c.class_code).limit(1)
    ).one_or_none()
    code, class_code = category or ("X1", "X")
    if category is None:
        row = {"code": "X1", "class_code": "X", "class_name": "类", "name": "件", "kind": "event"}
        connection.execute(sa.insert(t.ticket_category).values(row))
    where = rng.integers(0, len(ids), 10 * len(ids))
    at = AS_OF - pd.to_timedelta(rng.integers(0, 365 * 24, len(where)), unit="h")
    frame = pd.DataFrame({"building_id": ids[where], "reported_at": at})
    frame["external_id"] = [str(one) for one in range(len(where))]
    frame["geom"] = _degrees(shapely.centroid(made.outlines))[where]
    frame = frame.assign(source="bench", channel="12345", community_id=own, handling="on_spot")
    frame = frame.assign(category_code=code, class_code=class_code, state="closed")
    copy_frame(connection, t.ticket, frame.assign(closed_at=frame["reported_at"]))


def _plan(connection: sa.Connection, made: Street, own: int) -> None:
    """Publish a suggestion, past the checks: the benchmark is not about them."""
    land = read_land(connection, own)
    first = start(connection, land, "现行", "bench")
    found = suggest(atoms_of(made), Wish(count=100)).plans[0]
    drafts.fill(connection, land, first, found.grid, "bench")
    values = {"state": "published", "effective_from": date(2026, 1, 1)}
    connection.execute(sa.update(t.plan).where(t.plan.c.id == first).values(values))


# ----------------------------------------------------------------------------------- on the server


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Do something; return the milliseconds it took, and its answer."""
    began = time.perf_counter()
    answer = work()
    return (time.perf_counter() - began) * MILLISECONDS, answer


def rings(land: Land, count: int, rng: np.random.Generator) -> list[Floats]:
    """Draw polygons around random buildings, each over about fifty of them."""
    places = land.lonlat
    drawn = []
    for one in rng.integers(0, len(places), count):
        away = np.hypot(*((places - places[one]) * (np.cos(np.radians(LAT)), 1)).T)
        radius = np.sort(away)[CHOSEN]
        turn = np.linspace(0, 2 * np.pi, 9)[:-1] + rng.uniform(0, 1)
        reach = radius * rng.uniform(0.85, 1.15, 8)
        stretch = np.array([1 / np.cos(np.radians(LAT)), 1])
        corners = np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach[:, None]
        drawn.append(places[one] + corners * stretch)
    return drawn


def preview(land: Land, draft: int, ring: Floats) -> tuple[Plan, Preview]:
    """Do what a gesture costs on a page: see that the draft is as it was, choose, sum, unite."""
    desk = planning.desk(land.community_id, draft)
    assert desk is not None
    chosen = planning.in_area(desk.land, ring.tolist())
    used = desk.plan.used
    target = desk.plan.grids[int(used[len(chosen) % len(used)])].id
    return desk.plan, planning.preview(desk, chosen, target)


def confirm(engine: sa.Engine, land: Land, draft: int, shown: Preview) -> None:
    """Write an edit and commit it."""
    with engine.begin() as connection:
        edits.apply(connection, land, draft, Edit("assign", shown.moves, "bench"))


def check(engine: sa.Engine, land: Land, draft: int) -> int:
    """Check the whole plan."""
    with engine.connect() as connection:
        norms = norms_of(connection, land.community_id)
        plan = plan_state.read_plan(connection, land, draft)
        return len(publishing.findings_of(connection, land, plan, norms))


class Peer:
    """The same question by geopandas, everything in memory and indexed."""

    def __init__(self, engine: sa.Engine, land: Land) -> None:
        points = gpd.points_from_xy(*land.lonlat.T, crs=4326)
        self.buildings = gpd.GeoDataFrame(dict(land.pure.counts), geometry=points)
        self.cells = gpd.GeoDataFrame(geometry=land.cells, crs=4326)
        since = land.months[0].opens_at
        with engine.connect() as connection:
            rows = connection.execute(
                sa.select(sa.func.ST_X(t.ticket.c.geom), sa.func.ST_Y(t.ticket.c.geom)).where(
                    t.ticket.c.reported_at >= since, t.ticket.c.geom.is_not(None)
                )
            )
            places = np.array(rows.all(), dtype=np.float64)
        self.tickets = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*places.T, crs=4326))
        assert self.tickets.sindex.size == len(places)

    def counted(self, plan: Plan, ring: Floats, target: int) -> pd.DataFrame:
        """Answer with all figures counted per building beforehand, as ours are."""
        before, after, touched = self._moved(plan, ring, target)
        self.cells.assign(grid=after["grid"])[after["grid"] == target].dissolve("grid")
        return _side_by_side(before, after, touched, [*plans.COUNTS])

    def joined(self, plan: Plan, ring: Floats, target: int) -> pd.DataFrame:
        """Answer from tickets as the points they are, joined with the touched grids."""
        before, after, touched = self._moved(plan, ring, target)
        keys = [key for key in plans.COUNTS if key != "tickets"]
        table = _side_by_side(before, after, touched, keys)
        for frame, side in ((before, "before"), (after, "after")):
            own = self.cells.assign(grid=frame["grid"])
            grids = own[own["grid"].isin(touched)].dissolve("grid")
            found = self.tickets.sjoin(grids, predicate="within")
            table[f"tickets_{side}"] = found.groupby("grid").size()
        return table.fillna(0)

    def _moved(
        self, plan: Plan, ring: Floats, target: int
    ) -> tuple[pd.DataFrame, pd.DataFrame, list[int]]:
        area = gpd.GeoDataFrame(geometry=[shapely.Polygon(ring)], crs=4326)
        chosen = self.buildings.sjoin(area, predicate="within").index
        before = self.buildings.assign(grid=plan.grid)
        moving = before["grid"].mask(before.index.isin(chosen), target)
        touched = [target, *before.loc[chosen, "grid"].unique()]
        return before, before.assign(grid=moving), touched


def _side_by_side(
    before: pd.DataFrame, after: pd.DataFrame, touched: list[int], keys: list[str]
) -> pd.DataFrame:
    sums = [
        frame[frame["grid"].isin(touched)].groupby("grid")[keys].sum().add_suffix(f"_{side}")
        for frame, side in ((before, "before"), (after, "after"))
    ]
    return pd.concat(sums, axis=1).fillna(0)


def same(plan: Plan, shown: Preview, theirs: pd.DataFrame) -> None:
    """Refuse to time answers that differ."""
    for change in shown.changes:
        row = theirs.loc[plan.position(change.grid_id)]
        for key in plans.COUNTS:
            assert np.isclose(row[f"{key}_before"], change.before[key]), (key, change)
            assert np.isclose(row[f"{key}_after"], change.after[key]), (key, change)


def on_the_server(engine: sa.Engine, count: int) -> tuple[dict[str, Series], int]:
    """Time everything that needs no browser; return the series and the draft."""
    with engine.begin() as connection:
        cold_ms, land = timed(lambda: read_land(connection, _own(connection)))
        in_force = publishing.published(connection, land)
        assert in_force is not None
        draft = start(connection, land, "草案", "bench", source_id=in_force.id)
    series: dict[str, list[float]] = {"read the community, once": [cold_ms]}
    peer = Peer(engine, land)
    drawn = rings(land, count + 3, np.random.default_rng(0))
    for place, ring in enumerate(drawn):
        reread_ms, _desk = timed(lambda: planning.desk(land.community_id, draft))
        took, (plan, shown) = timed(lambda: preview(land, draft, ring))  # noqa: B023
        target = plan.position(shown.changes[0].grid_id)
        counted_ms, theirs = timed(lambda: peer.counted(plan, ring, target))  # noqa: B023
        same(plan, shown, theirs)
        joined_ms, theirs = timed(lambda: peer.joined(plan, ring, target))  # noqa: B023
        same(plan, shown, theirs)
        wrote, _done = timed(lambda: confirm(engine, land, draft, shown))  # noqa: B023
        checked, _found = timed(lambda: check(engine, land, draft))
        if place < 3:
            continue  # warm-up
        for name, value in (
            ("preview", took),
            ("reading and judging the draft anew, after an edit", reread_ms),
            (JOINED, joined_ms),
            (COUNTED, counted_ms),
            ("confirm", wrote),
            ("check of the whole plan", checked),
        ):
            series.setdefault(name, []).append(value)
    return {name: Series(times) for name, times in series.items()}, draft


# ----------------------------------------------------------------------------------- in a browser

PAINTED = """() => [...document.querySelectorAll('iframe')]
    .some(frame => frame.contentWindow?.wangge?.painted?.() === true)"""
READY = """() => document.querySelector('.st-key-confirm button') !== null &&
    [...document.querySelectorAll('iframe')].some(frame => {
        const map = frame.contentWindow?.wangge;
        return map?.painted?.() && map.state?.draft?.result;
    })"""


def in_a_browser(folder: Path, draft: int, count: int, chromium: str) -> tuple[Series, Series]:
    """Time gestures from their end to the painted preview, and reruns of an empty fragment."""
    os.environ["WANGGE_DATA_DIR"] = str(folder)
    port = free_port()
    ours = [sys.executable, "-m", "dashboard", "serve", "--port", str(port)]
    empty = [sys.executable, str(HERE / "peers" / "serve.py"), str(port), "fragment.py"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        with served(Contestant("ours", ours, "", "/readyz"), port):
            page.goto(f"http://127.0.0.1:{port}/draw?community={CODE}&plan={draft}")
            page.wait_for_function(PAINTED, timeout=120_000)
            page.wait_for_timeout(2000)
            drawn = [_draw(page, turn) for turn in range(count + 2)][2:]
        page = browser.new_page()
        with served(Contestant("empty", empty, "", "/_stcore/health"), port):
            page.goto(f"http://127.0.0.1:{port}/")
            page.get_by_text("runs 1", exact=True).wait_for(timeout=60_000)
            bare = [_again(page, turn + 2) for turn in range(count + 2)][2:]
        browser.close()
    return Series(drawn), Series(bare)


def _draw(page: Page, turn: int) -> float:
    """Draw a polygon and wait for its painted preview; then give it up."""
    box = page.locator("iframe[title*='folium']").bounding_box()
    assert box is not None
    x, y = box["x"] + 380 + 9 * (turn % 12), box["y"] + 200 + 11 * (turn % 9)
    corners = ((x, y), (x + 90, y + 5), (x + 95, y + 80), (x - 5, y + 75))
    page.keyboard.press("p")
    for corner in corners[:-1]:
        page.mouse.click(*corner)
        page.wait_for_timeout(320)  # two quick clicks would end the polygon
    page.mouse.move(*corners[-1])
    began = time.perf_counter()
    page.mouse.dblclick(*corners[-1])
    page.wait_for_function(READY, timeout=30_000, polling=5)
    took = (time.perf_counter() - began) * MILLISECONDS
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('.st-key-confirm button') === null")
    page.wait_for_timeout(300)
    return took


def _again(page: Page, wanted: int) -> float:
    began = time.perf_counter()
    page.get_by_role("button", name="again").click()
    page.wait_for_function(f"() => document.body.innerText.includes('runs {wanted}')", polling=5)
    return (time.perf_counter() - began) * MILLISECONDS


# ------------------------------------------------------------------------------------------ main


def main() -> None:
    """Print Markdown rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--city", type=int, default=100_000, help="buildings besides; 0: none")
    parser.add_argument("--gestures", type=int, default=60)
    parser.add_argument("--turns", type=int, default=15, help="gestures in the browser; 0: none")
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    given = parser.parse_args()
    with city(given.city) as (engine, folder):
        series, draft = on_the_server(engine, given.gestures)
        print("| what | p50 | p95 |\n|---|---|---|")
        for name, found in series.items():
            print(f"| {name} | {found.p50:.1f} ms | {found.below(0.95):.1f} ms |")
        for name in (JOINED, COUNTED):
            ratio = series[name].p50 / series["preview"].p50
            print(f"| {name} ÷ preview | {ratio:.1f} × | |")
        if given.turns:
            drawn, bare = in_a_browser(folder, draft, given.turns, given.chromium)
            named = {"end of polygon → painted preview": drawn, "empty fragment rerun": bare}
            for name, one in named.items():
                print(f"| {name} | {one.p50:.0f} ms | {one.below(0.95):.0f} ms |")
            print(f"| ÷ empty fragment | {drawn.p50 / bare.p50:.1f} × | |")


if __name__ == "__main__":
    main()
