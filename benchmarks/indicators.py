"""All indicators of all grids of a city: ours against a straightforward geopandas pipeline.

Run ``python -m benchmarks.indicators [--size 1.0]``. Size 1 is a city of 100,000 buildings,
1 million households, 3 million people, 1 million tickets and visits, 3,000 grids; it needs about
6 GB of memory. The city is made in a database of its own beside the configured one, in a private
cluster unless WANGGE_DATABASE_URL says otherwise.

The peer does what one would write first: read the tables with ``read_postgis``/``read_sql``, find
the grid of every building and ticket with ``sjoin``, merge people to buildings, ``groupby`` per
period, ``to_sql``. Both compute the same figures for the same periods; the script refuses to print
a ratio when they differ.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geo.periods import ZONE, Period, all_periods, current
from geo.store import migrate
from geo.store import tables as t
from geo.store.cluster import Cluster
from geo.store.compute import Report, refresh
from geo.store.engine import make_engine, url_of
from geo.store.writes import copy_frame
from geo.tickets import h3_cells

AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
STREETS, PER_STREET, GRIDS = 25, 10, 12
ROWS, COLUMNS = 20, 20
STEP_DEG = 0.0006
HOMES, PEOPLE = 10, 3
FIGURE_STEPS = ("gather", "indicators", "write indicators")
PEER_STEPS = ("read", "compute", "write")


# -------------------------------------------------------------------------------------- the city


class City:
    """Rows of a city as arrays: communities in a row, buildings on a lattice."""

    def __init__(self, size: float, seed: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.streets = np.arange(1, max(1, round(STREETS * size)) + 1)
        self.communities = np.arange(self.streets.size * PER_STREET) + 1000
        self.buildings = np.arange(self.communities.size * ROWS * COLUMNS) + 1
        self.homes = np.arange(self.buildings.size * HOMES) + 1

    def load(self, connection: sa.Connection) -> None:
        """Write everything."""
        for make in (
            self.divisions,
            self.building_rows,
            self.plans,
            self.people,
            self.contact,
            self.tickets,
            self.visits,
        ):
            for table, frame in make():
                copy_frame(connection, table, frame)

    def community_of(self, building: Any) -> Any:
        """Return the community of buildings."""
        return self.communities[(building - 1) // (ROWS * COLUMNS)]

    def corner(self, community: Any) -> Any:
        """Return the south-west corner of communities, (n, 2) degrees."""
        i = community - 1000
        return np.column_stack(
            [
                118.0 + (i % 25) * COLUMNS * STEP_DEG,
                26.0 + (i // 25) * ROWS * STEP_DEG,
            ]
        )

    def place(self, building: Any) -> Any:
        """Return the south-west corner of the buildings' cells, (n, 2) degrees."""
        k = (building - 1) % (ROWS * COLUMNS)
        inside = np.column_stack([k % COLUMNS, k // COLUMNS]) * STEP_DEG
        return self.corner(self.community_of(building)) + inside

    def boxes(self, xy: Any, width: float, height: float) -> Any:
        """Return boxes from their south-west corners."""
        return shapely.box(xy[:, 0], xy[:, 1], xy[:, 0] + width, xy[:, 1] + height)

    def divisions(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make streets and communities."""
        streets, communities = self.streets, self.communities
        codes = [f"{350100000 + one}" for one in streets]
        yield (
            t.division,
            pd.DataFrame({"id": streets, "kind": "street", "code": codes, "name": "街道"}),
        )
        shapes = self.boxes(self.corner(communities), COLUMNS * STEP_DEG, ROWS * STEP_DEG)
        yield (
            t.division,
            pd.DataFrame(
                {
                    "id": communities,
                    "kind": "community",
                    "code": [f"350100{one:06}" for one in communities],
                    "name": "社区",
                    "parent_id": streets[(communities - 1000) // PER_STREET],
                    "geom": shapes,
                }
            ),
        )

    def building_rows(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make buildings with square cells."""
        at = self.place(self.buildings)
        outlines = self.boxes(at + 0.2 * STEP_DEG, 0.5 * STEP_DEG, 0.3 * STEP_DEG)
        yield (
            t.building,
            pd.DataFrame(
                {
                    "id": self.buildings,
                    "source": "bench",
                    "external_id": self.buildings.astype(str),
                    "community_id": self.community_of(self.buildings),
                    "use": "residential",
                    "geom": outlines,
                    "anchor": shapely.centroid(outlines),
                    "cell": self.boxes(at, STEP_DEG, STEP_DEG),
                }
            ),
        )

    def grid_of(self, building: Any) -> Any:
        """Return the grid of buildings: 3 × 4 rectangles a community."""
        k = (building - 1) % (ROWS * COLUMNS)
        column, row = (k % COLUMNS) * 4 // COLUMNS, (k // COLUMNS) * 3 // ROWS
        return (self.community_of(building) - 1000) * GRIDS + row * 4 + column + 1

    def plans(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make one published plan a community, its grids, assignments, staff and roles."""
        communities = self.communities
        yield (
            t.plan,
            pd.DataFrame(
                {
                    "id": communities,
                    "community_id": communities,
                    "name": "方案",
                    "state": "published",
                    "source": "drawn",
                    "effective_from": datetime(2025, 1, 1, tzinfo=UTC).date(),
                }
            ),
        )
        grid = self.grid_of(self.buildings)
        cells = gpd.GeoDataFrame(
            {"grid": grid}, geometry=self.boxes(self.place(self.buildings), STEP_DEG, STEP_DEG)
        )
        ids = np.arange(communities.size * GRIDS) + 1
        plan = np.repeat(communities, GRIDS)
        bounds = cells.geometry.bounds.groupby(grid).agg(
            {"minx": "min", "miny": "min", "maxx": "max", "maxy": "max"}
        )
        codes = [f"350100{p:06}{k:03}" for p, k in zip(plan, (ids - 1) % GRIDS, strict=True)]
        yield (
            t.grid,
            pd.DataFrame(
                {
                    "id": ids,
                    "plan_id": plan,
                    "code": codes,
                    "geom": shapely.box(*bounds.to_numpy().T),
                }
            ),
        )
        yield (
            t.plan_assignment,
            pd.DataFrame(
                {
                    "plan_id": self.community_of(self.buildings),
                    "building_id": self.buildings,
                    "grid_id": grid,
                }
            ),
        )
        yield (
            t.staff,
            pd.DataFrame({"id": ids, "community_id": plan, "name": "网格员", "kind": "staff"}),
        )
        yield (
            t.grid_role,
            pd.DataFrame(
                {
                    "staff_id": ids,
                    "grid_id": ids,
                    "role": "grid_worker",
                    "from_date": datetime(2025, 1, 1, tzinfo=UTC).date(),
                }
            ),
        )

    def people(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make households and residents."""
        rng, homes = self.rng, self.homes
        states = np.array(["resident", "rented", "vacant", "shop"], dtype=object)
        yield (
            t.household,
            pd.DataFrame(
                {
                    "id": homes,
                    "building_id": (homes - 1) // HOMES + 1,
                    "room": ((homes - 1) % HOMES).astype(str),
                    "state": states[rng.choice(4, homes.size, p=[0.65, 0.2, 0.1, 0.05])],
                }
            ),
        )
        n = homes.size * PEOPLE
        born = np.datetime64("1930-01-01") + rng.integers(0, 35_000, n).astype("timedelta64[D]")
        care = np.array([None, "high_risk", "key", "general"], dtype=object)
        living = np.array([None, "alone", "with_family"], dtype=object)
        yield (
            t.resident,
            pd.DataFrame(
                {
                    "household_id": (np.arange(n)) // PEOPLE + 1,
                    "name": "居民",
                    "birth_date": born.astype("datetime64[s]"),
                    "care_class": care[rng.choice(4, n, p=[0.94, 0.01, 0.02, 0.03])],
                    "living": living[rng.choice(3, n, p=[0.7, 0.05, 0.25])],
                }
            ),
        )

    def contact(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make party households, links and one canteen a street."""
        hosts = self.homes[::20]
        members = np.arange(hosts.size) + 1
        community = self.community_of((hosts - 1) // HOMES + 1)
        yield (
            t.party_member,
            pd.DataFrame(
                {
                    "id": members,
                    "community_id": community,
                    "resident_id": (hosts - 1) * PEOPLE + 1,
                    "name": "党员",
                    "kind": "own",
                }
            ),
        )
        since = datetime(2026, 1, 1, tzinfo=UTC).date()
        yield (
            t.party_household,
            pd.DataFrame(
                {"id": members, "household_id": hosts, "member_id": members, "since": since}
            ),
        )
        linked = self.homes[self.rng.random(self.homes.size) < 0.5]
        yield (
            t.contact_link,
            pd.DataFrame(
                {
                    "party_household_id": (linked - 1) // 20 + 1,
                    "household_id": linked,
                    "since": since,
                }
            ),
        )
        first = self.communities[::PER_STREET]
        yield (
            t.facility,
            pd.DataFrame(
                {
                    "source": "bench",
                    "external_id": first.astype(str),
                    "street_id": self.streets,
                    "kind": "canteen",
                    "geom": shapely.points(self.corner(first)),
                }
            ),
        )

    def times(self, n: int, days: int) -> Any:
        """Return instants before the cut-off."""
        end = np.datetime64(AS_OF.replace(tzinfo=None), "s")
        return end - self.rng.integers(0, days * 86_400, n).astype("timedelta64[s]")

    def tickets(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make tickets, seven in ten with a building."""
        rng, n = self.rng, self.buildings.size * 10
        classes = [f"{k:02}" for k in range(1, 7)]
        yield (
            t.ticket_category,
            pd.DataFrame(
                {
                    "code": [f"{one}01" for one in classes],
                    "class_code": classes,
                    "class_name": "类",
                    "name": "项",
                    "kind": "event",
                }
            ),
        )
        building = rng.choice(self.buildings, n)
        xy = self.place(building) + rng.random((n, 2)) * STEP_DEG
        reported = self.times(n, 365)
        # One report in each street at the cut-off itself, so that all streets share it.
        street = (self.community_of(building) - 1000) // PER_STREET
        reported[np.unique(street, return_index=True)[1]] = AS_OF.replace(tzinfo=None)
        wait = rng.integers(0, 40 * 86_400, n).astype("timedelta64[s]")
        due = reported + rng.integers(0, 20 * 86_400, n).astype("timedelta64[s]")
        closed = (reported + wait <= np.datetime64(AS_OF.replace(tzinfo=None), "s")) & (
            rng.random(n) < 0.95
        )
        class_code = np.array(classes, dtype=object)[rng.integers(0, 6, n)]
        known = rng.random(n) < 0.7
        yield (
            t.ticket,
            pd.DataFrame(
                {
                    "source": "bench",
                    "external_id": np.arange(n).astype(str),
                    "channel": "12345",
                    "community_id": self.community_of(building),
                    "building_id": pd.Series(building, dtype="Int64").where(known),
                    "category_code": class_code + "01",
                    "class_code": class_code,
                    "handling": "promised",
                    "state": np.where(closed, "closed", "active"),
                    "reported_at": reported,
                    "due_at": due,
                    "closed_at": pd.Series(reported + wait).where(closed),
                    "geom": shapely.points(xy),
                    "h3_10": h3_cells(xy[:, 0], xy[:, 1]),
                }
            ),
        )

    def visits(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make visits, seven in ten met somebody."""
        n = self.homes.size
        home = self.rng.choice(self.homes, n)
        met = self.rng.random(n) < 0.7
        yield (
            t.visit,
            pd.DataFrame(
                {
                    "household_id": home,
                    "staff_id": self.grid_of((home - 1) // HOMES + 1),
                    "at": self.times(n, 400),
                    "purpose": "routine",
                    "result": np.where(met, "met", "absent"),
                }
            ),
        )


# -------------------------------------------------------------------------------------- the peer


class Pipeline:
    """The straightforward pipeline."""

    homes: Any
    people: Any
    tickets: Any
    visits: Any
    links: Any

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.rows: list[pd.DataFrame] = []

    def read(self) -> None:
        """Read the tables and find every row's grid."""
        with self.engine.connect() as connection:
            self._read(connection)
        grids = self.grids[["id", "geom"]].rename(columns={"id": "grid"})
        joined = gpd.sjoin(self.buildings, grids, predicate="within")
        self.grid_of = joined.drop_duplicates("id").set_index("id")["grid"]
        tickets = gpd.sjoin(self.tickets, grids, predicate="within")
        self.tickets = tickets.drop_duplicates("id")
        self.homes["grid"] = self.homes["building_id"].map(self.grid_of)
        home = self.homes.set_index("id")
        self.people = self.people.merge(
            self.homes.rename(columns={"id": "household_id"})[
                ["household_id", "grid", "building_id"]
            ],
            on="household_id",
        )
        for frame in (self.visits, self.links):
            frame["grid"] = frame["household_id"].map(home["grid"])
            frame["state"] = frame["household_id"].map(home["state"])

    def _read(self, connection: sa.Connection) -> None:
        def table(query: str) -> pd.DataFrame:
            return pd.read_sql(sa.text(query), connection)

        def layer(query: str, geom: str) -> gpd.GeoDataFrame:
            return gpd.read_postgis(sa.text(query), connection, geom_col=geom)

        self.grids = layer("SELECT id, plan_id, geom FROM grid", "geom")
        self.buildings = layer("SELECT id, community_id, anchor FROM building", "anchor")
        self.tickets = layer(
            "SELECT id, state, reported_at, due_at, closed_at, geom FROM ticket", "geom"
        )
        self.homes = table("SELECT id, building_id, state FROM household")
        self.people = table("SELECT household_id, birth_date, living, care_class FROM resident")
        self.visits = table("SELECT household_id, at FROM visit WHERE result = 'met'")
        self.links = table("SELECT household_id, since, until FROM contact_link")
        self.members = table(
            "SELECT household_id FROM party_member"
            " JOIN resident ON resident.id = party_member.resident_id"
        )
        self.roles = table("SELECT staff_id, grid_id FROM grid_role WHERE to_date IS NULL")
        self.canteens = layer("SELECT geom FROM facility WHERE kind = 'canteen'", "geom")

    def compute(self) -> None:
        """Compute every indicator of every grid for every period."""
        self._once()
        for period in all_periods(AS_OF):
            self._period(period)

    def _once(self) -> None:
        today = AS_OF.astimezone(ZONE).date()
        people = self.people
        born = pd.to_datetime(people["birth_date"])
        old = born <= pd.Timestamp(today) - pd.DateOffset(years=60)
        older = born <= pd.Timestamp(today) - pd.DateOffset(years=80)
        households = self.homes[self.homes["state"] != "shop"]
        self.households = households.groupby("grid").size()
        occupied = self.homes[self.homes["state"].isin(["resident", "rented"])].copy()
        self.occupied = occupied.groupby("grid").size()
        people["near"] = people["building_id"].map(self._near())
        self.snapshot = {
            "households": (self.households, None),
            "residents": (people.groupby("grid").size(), None),
            "age60": (people[old].groupby("grid").size(), None),
            "age80": (people[older].groupby("grid").size(), None),
            "alone60": (people[old & (people["living"] == "alone")].groupby("grid").size(), None),
            "party_members": (
                self.members["household_id"].map(self.homes.set_index("id")["grid"]).value_counts(),
                None,
            ),
            "households_per_worker": (
                self.households,
                self.roles.groupby("grid_id")["staff_id"].nunique(),
            ),
            "elderly_service_reach": (
                people[old & people["near"]].groupby("grid").size(),
                people[old].groupby("grid").size(),
            ),
        }
        days = people["care_class"].map({"high_risk": 7, "key": 30, "general": 90})
        shortest = days.groupby(people["household_id"]).min()
        occupied["days"] = occupied["id"].map(shortest).fillna(365)
        self.occupied_homes = occupied

    def _near(self) -> pd.Series:
        metric = self.buildings.estimate_utm_crs()
        found = gpd.sjoin_nearest(
            self.buildings.to_crs(metric), self.canteens.to_crs(metric), distance_col="metres"
        ).drop_duplicates("id")
        near: pd.Series = found.set_index("id")["metres"] * 1.3 <= 500
        return near

    def _period(self, period: Period) -> None:
        start, stop = pd.Timestamp(period.opens_at), pd.Timestamp(period.closes_at)
        at = min(stop, pd.Timestamp(AS_OF))
        figures = dict(self._tickets(start, stop, at))
        met = self.visits[(self.visits["at"] >= start) & (self.visits["at"] < stop)]
        figures["visits"] = (met.groupby("grid").size(), None)
        last = self.visits[self.visits["at"] <= at].groupby("household_id")["at"].max()
        homes = self.occupied_homes
        seen = homes["id"].map(last)
        year = homes[seen > at - timedelta(days=365)]
        figures["households_visited_year"] = (year.groupby("grid").size(), self.occupied)
        late = seen.isna() | (seen < at - pd.to_timedelta(homes["days"], unit="D"))
        figures["visits_overdue"] = (homes[late].groupby("grid").size(), None)
        lived_in = self.links["state"].isin(["resident", "rented"])
        active = self.links[lived_in & (self.links["since"] <= period.last_day)]
        figures["party_contact_coverage"] = (active.groupby("grid").size(), self.occupied)
        if period.end == current("30d", AS_OF).end:
            figures |= self.snapshot
        for key, (numerator, denominator) in figures.items():
            self._keep(key, period, numerator, denominator)

    def _tickets(self, start: Any, stop: Any, at: Any) -> Iterator[tuple[str, Any]]:
        tickets = self.tickets
        reported = tickets[(tickets["reported_at"] >= start) & (tickets["reported_at"] < stop)]
        count = reported.groupby("grid").size()
        yield "tickets", (count, None)
        yield "tickets_per_1000_households", (count, self.households)
        waiting = tickets[
            (tickets["reported_at"] <= at)
            & (tickets["closed_at"].isna() | (tickets["closed_at"] > at))
        ]
        yield "tickets_open", (waiting.groupby("grid").size(), None)
        late = waiting[waiting["due_at"] < at]
        yield "tickets_overdue", (late.groupby("grid").size(), None)
        done = tickets[
            (tickets["closed_at"] >= start)
            & (tickets["closed_at"] < stop)
            & tickets["due_at"].notna()
        ]
        failed = late[late["due_at"] >= start]
        due = done.groupby("grid").size().add(failed.groupby("grid").size(), fill_value=0)
        yield (
            "on_time_rate",
            (done[done["closed_at"] <= done["due_at"]].groupby("grid").size(), due),
        )

    def _keep(self, key: str, period: Period, numerator: Any, denominator: Any) -> None:
        grids = self.grids.set_index("id")
        frame = pd.DataFrame({"numerator": numerator.reindex(grids.index).fillna(0)})
        if denominator is not None:
            frame["denominator"] = denominator.reindex(grids.index).fillna(0)
        frame = frame.assign(
            indicator=key,
            version=1,
            area_kind="grid",
            plan_id=grids["plan_id"],
            community_id=grids["plan_id"],
            period_from=period.start,
            period_to=period.end,
            as_of=AS_OF,
        )
        self.rows.append(frame.rename_axis("area_id").reset_index())

    def write(self) -> None:
        """Store the figures with to_sql, in a table of its own."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("CREATE TEMP TABLE peer (LIKE indicator_value)"))
            connection.execute(sa.text("ALTER TABLE peer ALTER id DROP NOT NULL"))
            connection.execute(sa.text("ALTER TABLE peer ALTER computed_at DROP NOT NULL"))
            self.frame().to_sql(
                "peer",
                connection,
                if_exists="append",
                index=False,
                method="multi",
                chunksize=5000,
            )

    def frame(self) -> pd.DataFrame:
        """Return all figures."""
        return pd.concat(self.rows, ignore_index=True)


# -------------------------------------------------------------------------------------- the race


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
    pipeline, seconds = Pipeline(engine), {}
    for step in PEER_STEPS:
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
    both = ours.merge(theirs, on=by, how="outer", suffixes=("", "_peer"), indicator=True)
    assert (both["_merge"] == "both").all(), both["_merge"].value_counts()
    # The nearest canteen of any street, in another projection: a few people differ.
    exact = both[both["indicator"] != "elderly_service_reach"]
    for side in ("numerator", "denominator"):
        wrong = ~np.isclose(
            exact[side].astype(float), exact[f"{side}_peer"].astype(float), equal_nan=True
        )
        assert not wrong.any(), exact[wrong].head()
    return len(both)


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
    steps = list(zip(FIGURE_STEPS, PEER_STEPS, strict=True))
    for name, pairs in (("read and computed", steps[:-1]), ("read, computed, written", steps)):
        ours = sum(report.seconds[own] for own, _other in pairs)
        whole = sum(seconds[other] for _own, other in pairs)
        print(
            f"| {figures:,} (size {size:g}), {name} | {ours:.1f} s | {whole:.1f} s |"
            f" {whole / ours:.1f} × |"
        )


if __name__ == "__main__":
    main()
