"""A made-up city of any size, for the benchmark of the indicators: plain, seeded, and all of it.

Communities stand in rows of squares, buildings on a lattice; every table an indicator reads has
rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geo.store import tables as t
from geo.store.writes import copy_frame
from geo.tickets import h3_cells

AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
STREETS, PER_STREET, GRIDS = 25, 10, 12
ROWS, COLUMNS = 20, 20
STEP_DEG = 0.0006
HOMES, PEOPLE = 10, 3
PER_HOST = 20
GREENS = 15
RECORDED_DAYS = 730

SERVICES = ("party_centre", "clinic", "school", "kindergarten")
"""Facilities every community has one of; a canteen there is in each street."""

COUNTED = {"bin": 60, "light": 100, "car_park": 8}
"""Facilities counted where they stand, and how many a community has."""


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
            self.homes_rows,
            self.people,
            self.contact,
            self.facilities,
            self.greens,
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

    def homes_rows(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make two stairwells a building, and the households."""
        rng, homes = self.rng, self.homes
        units = np.arange(self.buildings.size * 2) + 1
        at = shapely.points(self.place(self.buildings) + 0.4 * STEP_DEG)
        yield (
            t.unit,
            pd.DataFrame(
                {
                    "id": units,
                    "building_id": np.repeat(self.buildings, 2),
                    "number": np.tile(["1", "2"], self.buildings.size),
                    "geom": np.repeat(at, 2),
                }
            ),
        )
        states = np.array(["resident", "rented", "vacant", "shop"], dtype=object)
        room = (homes - 1) % HOMES
        yield (
            t.household,
            pd.DataFrame(
                {
                    "id": homes,
                    "building_id": (homes - 1) // HOMES + 1,
                    "unit_id": (homes - 1) // HOMES * 2 + room * 2 // HOMES + 1,
                    "room": room.astype(str),
                    "state": states[rng.choice(4, homes.size, p=[0.65, 0.2, 0.1, 0.05])],
                }
            ),
        )

    def people(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make residents."""
        rng, n = self.rng, self.homes.size * PEOPLE
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
        """Make party households, one in every 20, and links: from few to many by community."""
        rng = self.rng
        first = self.homes[::PER_HOST]
        hosts = first + rng.integers(0, PER_HOST, first.size)
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
        often = np.linspace(0.1, 0.8, self.communities.size)
        share = often[self.community_of((self.homes - 1) // HOMES + 1) - 1000]
        linked = self.homes[rng.random(self.homes.size) < share]
        yield (
            t.contact_link,
            pd.DataFrame(
                {
                    "party_household_id": (linked - 1) // PER_HOST + 1,
                    "household_id": linked,
                    "since": since,
                }
            ),
        )

    def within(self, community: Any) -> Any:
        """Return a random place in each of some communities, (n, 2) degrees."""
        side = np.array([COLUMNS, ROWS]) * STEP_DEG
        return self.corner(community) + self.rng.random((community.size, 2)) * side

    def facilities(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make what stands in the communities, and a canteen in one of each street."""
        counts = {**dict.fromkeys(SERVICES, 1), **COUNTED}
        places = [("canteen", self.communities[::PER_STREET])]
        places += [(kind, np.repeat(self.communities, n)) for kind, n in counts.items()]
        kinds = np.repeat([kind for kind, _at in places], [at.size for _kind, at in places])
        community = np.concatenate([at for _kind, at in places])
        yield (
            t.facility,
            pd.DataFrame(
                {
                    "source": "bench",
                    "external_id": np.arange(kinds.size).astype(str),
                    "street_id": self.streets[(community - 1000) // PER_STREET],
                    "community_id": community,
                    "kind": kinds,
                    "geom": shapely.points(self.within(community)),
                }
            ),
        )

    def greens(self) -> Iterator[tuple[sa.Table, pd.DataFrame]]:
        """Make boxes of green, some over each other, cut off at the community's border."""
        community = np.repeat(self.communities, GREENS)
        south_west = self.within(community)
        limit = self.corner(community) + np.array([COLUMNS, ROWS]) * STEP_DEG
        size = self.rng.uniform(0.3, 3, south_west.shape) * STEP_DEG
        north_east = np.minimum(south_west + size, limit)
        boxes = shapely.box(*south_west.T, *north_east.T)
        yield (
            t.ground,
            pd.DataFrame({"community_id": community, "kind": "green", "geom": boxes}),
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
        reported = self.times(n, RECORDED_DAYS)
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
        number = np.arange(n) + 1
        earlier = rng.integers(1, np.maximum(number, 2))
        again = (rng.random(n) < 0.15) & (number > 1)
        yield (
            t.ticket,
            pd.DataFrame(
                {
                    "id": number,
                    "source": "bench",
                    "external_id": number.astype(str),
                    "channel": np.where(rng.random(n) < 0.4, "patrol", "12345"),
                    "repeat_of_id": pd.Series(earlier, dtype="Int64").where(again),
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
                    "at": self.times(n, RECORDED_DAYS),
                    "purpose": "routine",
                    "result": np.where(met, "met", "absent"),
                }
            ),
        )
