"""The peer of the benchmark of the indicators: a straightforward geopandas/pandas pipeline.

It does what one would write first: read the tables with ``read_postgis``/``read_sql``, find the
grid of every building and ticket with ``sjoin``, merge people to buildings, the nearest services
with ``sjoin_nearest``, greens with ``overlay``, a plain nearest-neighbour walk with 2-opt through
each grid, one linear programme a community for party contact, ``groupby`` per period, ``to_sql``.

It shares norms, periods and the projection with ours, and no other code. It counts grids only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import sqlalchemy as sa
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from geo.norms import NORMS
from geo.periods import ZONE, Period, all_periods, current

DAYS_PER_MONTH = 365 / 12
DETOUR = NORMS["detour"].value
SPEED_M_MIN = NORMS["walk_speed_m_min"].value
CAPACITY = NORMS["party_contact"].high
ELDERLY_SERVICES = ("canteen", "day_care", "party_centre")
REQUIRED = {
    key.removeprefix("service_minutes_"): norm.value * SPEED_M_MIN
    for key, norm in NORMS.items()
    if key.startswith("service_minutes_") and norm.value > 0
}
COUNTED = {"bin": "bins", "light": "lights", "car_park": "car_parks"}
CARE = ("high_risk", "key", "general")
OCCUPIED = ("resident", "rented")

TABLES = {
    "homes": "SELECT id, building_id, state FROM household",
    "people": "SELECT household_id, birth_date, living, care_class FROM resident",
    "visits": "SELECT household_id, at FROM visit WHERE result = 'met'",
    "links": "SELECT party_household_id, household_id, since, until FROM contact_link",
    "hosts": "SELECT id, household_id FROM party_household",
    "members": "SELECT household_id FROM party_member"
    " JOIN resident ON resident.id = party_member.resident_id",
    "roles": "SELECT staff_id, grid_id, from_date, to_date FROM grid_role"
    " WHERE role IN ('grid_leader', 'grid_worker')",
}
LAYERS = {
    "grids": "SELECT grid.id, plan_id, community_id, geom FROM grid"
    " JOIN plan ON plan.id = grid.plan_id",
    "buildings": "SELECT building.id, community_id, parent_id AS street_id, anchor AS geom"
    " FROM building JOIN division ON division.id = building.community_id",
    "tickets": "SELECT id, building_id, channel, repeat_of_id, state, reported_at, due_at,"
    " closed_at, geom FROM ticket",
    "facilities": "SELECT id, street_id, kind, geom FROM facility",
    "greens": "SELECT community_id, geom FROM ground WHERE kind = 'green'",
}


class Pipeline:
    """The straightforward pipeline; its steps in the order of `STEPS`.

    Parameters
    ----------
    engine
        The city.
    as_of
        The data cut-off.
    metres
        The projection in which ground and ways are measured.
    """

    STEPS = ("read", "join", "people", "reach", "ground", "rounds", "contact", "periods", "write")

    homes: Any
    persons: Any
    tickets: Any
    visits: Any
    links: Any

    def __init__(self, engine: sa.Engine, as_of: datetime, metres: pyproj.CRS) -> None:
        self.engine, self.as_of, self.metres = engine, as_of, metres
        self.rows: list[pd.DataFrame] = []
        self.snapshot: dict[str, tuple[Any, Any]] = {}

    def read(self) -> None:
        """Read the tables."""
        with self.engine.connect() as connection:
            table = {name: pd.read_sql(sa.text(text), connection) for name, text in TABLES.items()}
            layer = {
                name: gpd.read_postgis(sa.text(text), connection, geom_col="geom")
                for name, text in LAYERS.items()
            }
        self.homes, self.persons, self.visits = table["homes"], table["people"], table["visits"]
        self.links, self.hosts, self.members = table["links"], table["hosts"], table["members"]
        self.roles = table["roles"]
        self.grids, self.buildings, self.tickets = (
            layer["grids"],
            layer["buildings"],
            layer["tickets"],
        )
        self.facilities, self.greens = layer["facilities"], layer["greens"]

    def join(self) -> None:
        """Find every row's grid."""
        shapes = self.grids[["id", "geom"]].rename(columns={"id": "grid"})

        def placed(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
            found = gpd.sjoin(layer, shapes, predicate="within")
            return found.drop(columns="index_right").drop_duplicates("id")

        self.buildings, self.tickets = placed(self.buildings), placed(self.tickets)
        self.counted = placed(self.facilities[self.facilities["kind"].isin(COUNTED)])
        self.homes["grid"] = self.homes["building_id"].map(self.buildings.set_index("id")["grid"])
        home = self.homes.set_index("id")
        for frame in (self.persons, self.visits, self.links, self.members, self.hosts):
            for column in ("grid", "state", "building_id"):
                frame[column] = frame["household_id"].map(home[column])

    def people(self) -> None:
        """Count what is known as it is now: dwellings, people, members."""
        today = pd.Timestamp(self.as_of.astimezone(ZONE).date())
        persons, homes = self.persons, self.homes
        born = pd.to_datetime(persons["birth_date"])
        persons["old"] = born <= today - pd.DateOffset(years=60)
        older = born <= today - pd.DateOffset(years=80)
        young = born > today - pd.DateOffset(years=15)
        self.households = homes[homes["state"] != "shop"].groupby("grid").size()
        self.occupied_homes = homes[homes["state"].isin(OCCUPIED)].copy()
        self.occupied = self.occupied_homes.groupby("grid").size()
        care = persons[persons["old"] & persons["care_class"].notna()]
        alone = persons["old"] & (persons["living"] == "alone")
        counted = {
            "households": homes[homes["state"] != "shop"],
            "residents": persons,
            "age60": persons[persons["old"]],
            "age80": persons[older],
            "alone60": persons[alone],
            "children": persons[young],
            "care_elderly": care,
            "party_members": self.members,
            **{f"care_{name}": care[care["care_class"] == name] for name in CARE},
        }
        for key, frame in counted.items():
            self.snapshot[key] = (frame.groupby("grid").size(), None)
        rented = homes[homes["state"] == "rented"].groupby("grid").size()
        self.snapshot["rented_share"] = (rented, self.households)
        limits = {name: NORMS[f"visit_days_{name}"].value for name in CARE}
        shortest = persons["care_class"].map(limits).groupby(persons["household_id"]).min()
        every = NORMS["household_visit_days"].value
        self.occupied_homes["days"] = self.occupied_homes["id"].map(shortest).fillna(every)

    def reach(self) -> None:
        """Find who is near which service of the own street."""
        places = self.buildings.to_crs(self.metres)[["id", "street_id", "geom"]]
        services = self.facilities.to_crs(self.metres)
        walk_m = pd.DataFrame(index=places["id"])
        for kind in {*REQUIRED, *ELDERLY_SERVICES}:
            walk_m[kind] = self._nearest(places, services[services["kind"] == kind])
        limit = NORMS["elderly_service_reach_m"].value
        near = walk_m[list(ELDERLY_SERVICES)].min(axis=1) <= limit
        circle = (walk_m[list(REQUIRED)] <= pd.Series(REQUIRED)).all(axis=1)
        persons = self.persons
        old = persons[persons["old"]]
        for key, group, reached in (
            ("elderly_service_reach", old, near),
            ("circle_15min", persons, circle),
        ):
            there = group[group["building_id"].map(reached)]
            self.snapshot[key] = (there.groupby("grid").size(), group.groupby("grid").size())

    @staticmethod
    def _nearest(places: gpd.GeoDataFrame, services: gpd.GeoDataFrame) -> Any:
        found = [
            gpd.sjoin_nearest(
                own, services.loc[services["street_id"] == street, ["geom"]], distance_col="metres"
            ).drop_duplicates("id")
            for street, own in places.groupby("street_id")
        ]
        near = pd.concat(found).set_index("id")["metres"] * DETOUR
        return near.reindex(places["id"]).fillna(math.inf)

    def ground(self) -> None:
        """Measure ground and greens, and count what stands there."""
        grids = self.grids.to_crs(self.metres).rename(columns={"id": "grid"})
        greens = self.greens.to_crs(self.metres).dissolve(by="community_id")
        self.area_m2 = grids.set_index("grid").geometry.area
        cut = gpd.overlay(grids, greens.reset_index(), how="intersection")
        # Not the hair's breadth by which a neighbour's green comes over the border when projected.
        cut = cut[cut["community_id_1"] == cut["community_id_2"]]
        self.snapshot["green_share"] = (cut.geometry.area.groupby(cut["grid"]).sum(), self.area_m2)
        for kind, key in COUNTED.items():
            own = self.counted[self.counted["kind"] == kind]
            self.snapshot[key] = (own.groupby("grid").size(), None)

    def rounds(self) -> None:
        """Walk past the buildings of each grid and back."""
        places = self.buildings.to_crs(self.metres)
        length = {
            grid: DETOUR * walk(list(zip(own.geometry.x, own.geometry.y, strict=True)))
            for grid, own in places.groupby("grid")
        }
        self.snapshot["round_m"] = (pd.Series(length), None)

    def contact(self) -> None:
        """Serve as many waiting households as there is room for, community by community."""
        active = self.links[self.links["until"].isna()]
        taken = active.groupby("party_household_id").size()
        free = (CAPACITY - self.hosts["id"].map(taken).fillna(0)).clip(lower=0)
        room = free.groupby(self.hosts["building_id"]).sum()
        homes = self.occupied_homes
        served = homes["id"].isin(active["household_id"]) | homes["id"].isin(
            self.hosts["household_id"]
        )
        waiting = homes[~served].groupby("building_id").size()
        places = self.buildings.to_crs(self.metres).set_index("id")
        parts = [
            self._served(own, room, waiting) for _community, own in places.groupby("community_id")
        ]
        found = pd.concat(parts).fillna(0)
        sums = found.groupby(places["grid"].reindex(found.index)).sum()
        missed = sums["no_room"] + sums["out_of_reach"]
        self.snapshot["party_no_room"] = (sums["no_room"], None)
        self.snapshot["party_out_of_reach"] = (sums["out_of_reach"], None)
        self.snapshot["party_served"] = (self.occupied.sub(missed, fill_value=0), self.occupied)

    @staticmethod
    def _served(places: gpd.GeoDataFrame, room: pd.Series, waiting: pd.Series) -> pd.DataFrame:
        """Return the households without room and out of reach in each building."""
        hosts = places.loc[places.index.isin(room.index), ["geom"]].rename_axis("host")
        homes = places.loc[places.index.isin(waiting.index), ["geom"]].rename_axis("home")
        reach_m = NORMS["contact_reach_m"].value / DETOUR
        arcs = gpd.sjoin(
            hosts.reset_index(), homes.reset_index(), predicate="dwithin", distance=reach_m
        )
        host, hosts_at = pd.factorize(arcs["host"])
        home, homes_at = pd.factorize(arcs["home"])
        arc, one = np.arange(len(arcs)), np.ones(len(arcs))
        from_host = csr_array((one, (host, arc)), shape=(len(hosts_at), len(arcs)))
        to_home = csr_array((one, (home, arc)), shape=(len(homes_at), len(arcs)))
        limits = np.concatenate([room.loc[hosts_at], waiting.loc[homes_at]])
        best = linprog(-one, vstack([from_host, to_home]), limits)
        served = pd.Series(np.rint(to_home @ best.x), homes_at)
        there = waiting.reindex(homes.index)
        return pd.DataFrame(
            {
                "no_room": waiting.loc[homes_at] - served,
                "out_of_reach": there[~there.index.isin(homes_at)],
            }
        )

    def periods(self) -> None:
        """Count every period."""
        last = current("30d", self.as_of).end
        for period in all_periods(self.as_of):
            start, stop = pd.Timestamp(period.opens_at), pd.Timestamp(period.closes_at)
            at = min(stop, pd.Timestamp(self.as_of))
            workers = self._workers(pd.Timestamp(period.last_day))
            figures = dict(self._tickets(start, stop, at))
            figures |= dict(self._visits(start, stop, at))
            active = self.links[
                self.links["state"].isin(OCCUPIED)
                & (self.links["since"] <= period.last_day)
                & (self.links["until"].isna() | (self.links["until"] > period.last_day))
            ]
            figures["party_contact_coverage"] = (active.groupby("grid").size(), self.occupied)
            hours = self._hours(figures["tickets"][0], period.days)
            figures["workload_hours"] = (hours, None)
            figures["hours_per_worker"] = (hours, workers)
            if period.end == last:
                figures |= self.snapshot
                figures["households_per_worker"] = (self.households, workers)
            for key, (numerator, denominator) in figures.items():
                self._keep(key, period, numerator, denominator)

    def _workers(self, day: Any) -> Any:
        roles = self.roles
        until = pd.to_datetime(roles["to_date"])
        active = (pd.to_datetime(roles["from_date"]) <= day) & (until.isna() | (until > day))
        pairs = roles.loc[active, ["staff_id", "grid_id"]].drop_duplicates()
        share = 1 / pairs.groupby("staff_id")["grid_id"].transform("size")
        return share.groupby(pairs["grid_id"]).sum()

    def _hours(self, tickets: Any, days: int) -> Any:
        grids = self.grids["id"]
        homes = self.occupied_homes
        due = (DAYS_PER_MONTH / homes["days"]).groupby(homes["grid"]).sum().reindex(grids).fillna(0)
        month = tickets.reindex(grids).fillna(0) * DAYS_PER_MONTH / days
        rounds = NORMS["rounds_per_month"].value
        walk_m = rounds * 0.7124 * np.sqrt(self.area_m2.reindex(grids) * due / rounds) * DETOUR
        minutes = month * NORMS["ticket_minutes"].value + due * NORMS["visit_minutes"].value
        return (minutes + walk_m / SPEED_M_MIN) / 60

    def _tickets(self, start: Any, stop: Any, at: Any) -> Iterator[tuple[str, Any]]:
        tickets = self.tickets
        reported = tickets[(tickets["reported_at"] >= start) & (tickets["reported_at"] < stop)]
        count = reported.groupby("grid").size()
        yield "tickets", (count, None)
        yield "tickets_per_1000_households", (count, self.households)
        own = reported["channel"] == "patrol"
        yield "tickets_proactive", (reported[own].groupby("grid").size(), None)
        yield "tickets_received", (reported[~own].groupby("grid").size(), None)
        again = reported[reported["repeat_of_id"].notna()].dropna(subset=["building_id"])
        yield "repeat_addresses", (again.groupby("grid")["building_id"].nunique(), None)
        waiting = tickets[
            (tickets["state"].isin(["pending", "active"]) | tickets["closed_at"].notna())
            & (tickets["reported_at"] <= at)
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
        in_time = done[done["closed_at"] <= done["due_at"]]
        yield "on_time_rate", (in_time.groupby("grid").size(), due)

    def _visits(self, start: Any, stop: Any, at: Any) -> Iterator[tuple[str, Any]]:
        visits, homes = self.visits, self.occupied_homes
        met = visits[(visits["at"] >= start) & (visits["at"] < stop)]
        yield "visits", (met.groupby("grid").size(), None)
        allowed = pd.to_timedelta(homes["days"], unit="D")
        seen = homes["id"].map(visits[visits["at"] <= at].groupby("household_id")["at"].max())
        year = homes[seen > at - timedelta(days=365)]
        yield "households_visited_year", (year.groupby("grid").size(), self.occupied)
        late = homes[seen.isna() | (seen < at - allowed)]
        yield "visits_overdue", (late.groupby("grid").size(), None)
        # What happened at the cut-off itself is inside.
        until = min(stop, at + timedelta(microseconds=1))
        before = homes["id"].map(visits[visits["at"] < start].groupby("household_id")["at"].max())
        due = homes[before.isna() | (before + allowed < until)]
        asked = due.groupby("grid").size()
        yield "visits_due", (asked, None)
        done = due[due["id"].isin(met.loc[met["at"] < until, "household_id"])]
        yield "visit_coverage", (done.groupby("grid").size(), asked)

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
            community_id=grids["community_id"],
            period_from=period.start,
            period_to=period.end,
            as_of=self.as_of,
        )
        self.rows.append(frame.rename_axis("area_id").reset_index())

    def write(self) -> None:
        """Store the figures with to_sql, in a table of its own."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("CREATE TEMP TABLE peer (LIKE indicator_value)"))
            connection.execute(sa.text("ALTER TABLE peer ALTER id DROP NOT NULL"))
            connection.execute(sa.text("ALTER TABLE peer ALTER computed_at DROP NOT NULL"))
            # Rows one by one in batches are fifteen times as fast as method="multi".
            self.frame().to_sql(
                "peer", connection, if_exists="append", index=False, chunksize=10_000
            )

    def frame(self) -> pd.DataFrame:
        """Return all figures."""
        return pd.concat(self.rows, ignore_index=True)


def walk(places: list[tuple[float, float]]) -> float:
    """Return the length of a closed walk: to the nearest place each time, then 2-opt."""
    if len(places) < 2:
        return 0.0
    order, ahead = [places[0]], set(range(1, len(places)))
    while ahead:
        nearest = min(ahead, key=lambda place: math.dist(order[-1], places[place]))
        ahead.remove(nearest)
        order.append(places[nearest])
    better = True
    while better:
        better = False
        for i in range(len(order) - 1):
            for j in range(i + 2, len(order) - (i == 0)):
                a, b, c, d = order[i], order[i + 1], order[j], order[(j + 1) % len(order)]
                new = math.dist(a, c) + math.dist(b, d)
                if new < math.dist(a, b) + math.dist(c, d) - 1e-9:
                    order[i + 1 : j + 1] = order[i + 1 : j + 1][::-1]
                    better = True
    return sum(math.dist(a, b) for a, b in zip(order, [*order[1:], order[0]], strict=True))
