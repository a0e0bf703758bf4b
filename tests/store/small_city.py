"""A small random city in the database, and a slow, plain recount of every figure.

The recount loops over rows in Python and shares no code with `geo.store.compute`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import networkx as nx
import pandas as pd
import pyproj
import shapely
import shapely.affinity
import sqlalchemy as sa

from geo.store import tables as t
from geo.store.writes import copy_frame

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
STREET_A, STREET_B = 1, 2
COMMUNITIES = {11: STREET_A, 12: STREET_A, 13: STREET_B}
PLANS = {
    101: (11, "retired", date(2025, 6, 1), date(2026, 6, 10)),
    102: (11, "published", date(2026, 6, 10), None),
    103: (12, "published", date(2026, 3, 5), None),
}
SIDE_DEG = 0.004


def corner(community: int) -> tuple[float, float]:
    """Return the south-west corner of a community: squares in a row."""
    return 119.3 + (community - 11) * SIDE_DEG, 26.08


def load(connection: sa.Connection, seed: int) -> None:
    """Fill an empty database."""
    _City(connection, random.Random(seed)).load()  # noqa: S311 - test data


class _City:
    def __init__(self, connection: sa.Connection, rng: random.Random) -> None:
        self.connection = connection
        self.rng = rng

    def put(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        copy_frame(self.connection, table, pd.DataFrame(rows))

    def load(self) -> None:
        self.divisions()
        self.buildings()
        self.plans()
        self.people()
        self.party()
        self.tickets()
        self.visits()
        self.facilities()
        self.greens()

    def divisions(self) -> None:
        streets = [
            {"id": i, "kind": "street", "code": f"35010200{i}", "name": f"街道{i}"}
            for i in (STREET_A, STREET_B)
        ]
        self.put(t.division, streets)
        self.put(
            t.division,
            [
                {
                    "id": i,
                    "kind": "community",
                    "code": f"35010200{street}0{i}",
                    "name": f"社区{i}",
                    "parent_id": street,
                    "geom": shapely.box(x, y, x + SIDE_DEG, y + SIDE_DEG),
                }
                for i, street in COMMUNITIES.items()
                for x, y in [corner(i)]
            ],
        )

    def buildings(self) -> None:
        rows, step = [], SIDE_DEG / 4
        for community in COMMUNITIES:
            x0, y0 = corner(community)
            for number in range(16):
                x, y = x0 + step * (number % 4 + 0.2), y0 + step * (number // 4 + 0.2)
                width = step * self.rng.uniform(0.2, 0.6)
                outline = shapely.box(x, y, x + width, y + step * self.rng.uniform(0.2, 0.6))
                rows.append(
                    {
                        "id": community * 100 + number,
                        "source": "test",
                        "external_id": f"{community}-{number}",
                        "community_id": community,
                        "use": "residential",
                        "geom": outline,
                        "anchor": outline.centroid,
                    }
                )
        self.put(t.building, rows)
        self.building_ids = [row["id"] for row in rows]
        units = [
            {"id": i * 10 + k, "building_id": i, "number": str(k), "geom": shapely.Point(x, y)}
            for i in self.building_ids
            for k in range(self.rng.randint(0, 3))
            for x, y in [corner(i // 100)]
        ]
        self.put(t.unit, units)
        self.units = {
            i: [u["id"] for u in units if u["building_id"] == i] for i in self.building_ids
        }

    def plans(self) -> None:
        self.put(
            t.plan,
            [
                {
                    "id": plan,
                    "community_id": community,
                    "name": f"方案{plan}",
                    "state": state,
                    "source": "drawn",
                    "effective_from": start,
                    "effective_to": end,
                }
                for plan, (community, state, start, end) in PLANS.items()
            ],
        )
        grids: list[dict[str, Any]] = []
        assigned: list[dict[str, Any]] = []
        for plan, (community, *_rest) in PLANS.items():
            street = COMMUNITIES[community]
            for k in range(3):
                code = f"35010200{street}0{community}{plan % 10}{k:02}"
                grids.append({"id": plan * 10 + k, "plan_id": plan, "code": code})
            for building in self.building_ids:
                # The last building of each community stays in no grid.
                if building // 100 == community and building % 100 < 15:
                    grid = plan * 10 + self.rng.randrange(3)
                    assigned.append({"plan_id": plan, "building_id": building, "grid_id": grid})
        self.put(t.grid, grids)
        self.put(t.plan_assignment, assigned)
        self.grid_ids = [row["id"] for row in grids]

    def people(self) -> None:
        self.homes: list[dict[str, Any]] = []
        residents: list[dict[str, Any]] = []
        for building in self.building_ids:
            if building // 100 == 13 and self.rng.random() < 0.5:
                continue
            for number in range(self.rng.randint(0, 9)):
                state = self.rng.choice(["resident"] * 5 + ["rented", "vacant", "shop"])
                home = {
                    "id": len(self.homes) + 1,
                    "building_id": building,
                    "unit_id": self.rng.choice([None, *self.units[building]]),
                    "room": str(number),
                    "state": state,
                }
                self.homes.append(home)
                for _one in range(self.rng.randint(0, 3)):
                    residents.append(self.resident(len(residents) + 1, home["id"]))
        self.put(t.household, self.homes)
        self.put(t.resident, residents)
        self.residents = residents

    def resident(self, number: int, home: int) -> dict[str, Any]:
        birth = date(1930, 1, 1) + timedelta(days=self.rng.randrange(35_000))
        if self.rng.random() < 0.1:  # exactly sixty on the last day, or one day short
            birth = self.rng.choice([date(1966, 11, 20), date(1966, 11, 21), date(1946, 11, 20)])
        return {
            "id": number,
            "household_id": home,
            "name": f"居民{number:04}",
            "birth_date": birth,
            "living": self.rng.choice([None, "alone", "with_family"]),
            "care_class": self.rng.choice([None, None, "high_risk", "key", "general"]),
        }

    def party(self) -> None:
        staff = [
            {"id": i, "community_id": 11 + i % 2, "name": f"网格员{i:02}", "kind": "staff"}
            for i in range(1, 8)
        ]
        self.put(t.staff, staff)
        roles = []
        for one in staff:
            for grid in self.rng.sample(self.grid_ids, 4):
                start = date(2026, 1, 1) + timedelta(days=self.rng.randrange(300))
                role = self.rng.choice(["grid_leader", "grid_worker", "police"])
                end = self.rng.choice([None, None, start + timedelta(days=60)])
                roles.append(
                    {
                        "staff_id": one["id"],
                        "grid_id": grid,
                        "role": role,
                        "from_date": start,
                        "to_date": end,
                    }
                )
        self.put(t.grid_role, roles)
        members = [
            {
                "id": i,
                "community_id": self.rng.choice([11, 12]),
                "resident_id": self.rng.choice([None, self.rng.choice(self.residents)["id"]]),
                "name": f"党员{i:03}",
                "kind": "own",
            }
            for i in range(1, 31)
        ]
        self.put(t.party_member, members)
        hosts = self.rng.sample(self.homes, 8)
        self.put(
            t.party_household,
            [
                {"id": i + 1, "household_id": host["id"], "member_id": 1, "since": date(2026, 1, 1)}
                for i, host in enumerate(hosts)
            ],
        )
        links = []
        for home in self.rng.sample(self.homes, len(self.homes) // 2):
            since = date(2025, 9, 1) + timedelta(days=self.rng.randrange(440))
            until = self.rng.choice([None, None, since + timedelta(days=100)])
            links.append(
                {
                    "party_household_id": self.rng.randint(1, 8),
                    "household_id": home["id"],
                    "since": since,
                    "until": until if until is None or until <= AS_OF.date() else None,
                }
            )
        self.put(t.contact_link, links)

    def tickets(self) -> None:
        categories = [
            {"code": c, "class_code": c[:2], "class_name": "类", "name": "项", "kind": "event"}
            for c in ("0101", "0102", "0201")
        ]
        self.put(t.ticket_category, categories)
        rows = [self.ticket(number) for number in range(1, 601)]
        rows[0] |= {"reported_at": AS_OF, "state": "pending", "closed_at": None, "due_at": None}
        self.put(t.ticket, rows)

    def ticket(self, number: int) -> dict[str, Any]:
        community = self.rng.choice([11, 11, 12])
        reported = AS_OF - timedelta(minutes=self.rng.randrange(60 * 24 * 420))
        closed = reported + timedelta(minutes=self.rng.randrange(60 * 24 * 40))
        due = reported + timedelta(minutes=self.rng.randrange(60 * 24 * 20))
        state = self.rng.choice(["closed"] * 6 + ["pending", "active", "returned", "duplicate"])
        if state == "closed" and closed > AS_OF:
            state = "active"
        building = self.rng.choice([b for b in self.building_ids if b // 100 == community])
        x, y = corner(community)
        place = shapely.Point(
            x + self.rng.uniform(-0.1, 1) * SIDE_DEG, y + self.rng.random() * SIDE_DEG
        )
        code = self.rng.choice(["0101", "0102", "0201"])
        return {
            "id": number,
            "source": "test",
            "external_id": str(number),
            "channel": self.rng.choice(["12345", "patrol"]),
            "repeat_of_id": self.rng.choice(
                [None, self.rng.randrange(1, number)] if number > 9 else [None]
            ),
            "community_id": community,
            "building_id": self.rng.choice([building, None]),
            "category_code": code,
            "class_code": code[:2],
            "handling": "promised",
            "state": state,
            "reported_at": reported,
            "due_at": self.rng.choice([due, due, None]),
            "closed_at": closed if state == "closed" else None,
            "geom": self.rng.choice([place, place, None]),
        }

    def visits(self) -> None:
        rows = []
        for home in self.homes:
            if home["building_id"] // 100 == 13:
                continue
            rows += [self.visit(home["id"]) for _visit in range(self.rng.randint(0, 3))]
        self.put(t.visit, rows)

    def visit(self, home: int) -> dict[str, Any]:
        return {
            "household_id": home,
            "staff_id": self.rng.randint(1, 7),
            "at": AS_OF - timedelta(minutes=self.rng.randrange(60 * 24 * 500)),
            "purpose": "routine",
            "result": self.rng.choice(["met", "met", "absent"]),
        }

    def facilities(self) -> None:
        x, y = corner(11)
        places = {
            "canteen": (x + SIDE_DEG, y),
            "party_centre": (x + SIDE_DEG, y),
            "clinic": (x, y),
            "school": (x - 0.6 * SIDE_DEG, y),
            "kindergarten": (x, y + SIDE_DEG),
            "bin": (x + 0.3 * SIDE_DEG, y + 0.4 * SIDE_DEG),
            "light": (x + 0.7 * SIDE_DEG, y + 0.9 * SIDE_DEG),
            "car_park": (x + 0.2 * SIDE_DEG, y + 0.1 * SIDE_DEG),
        }
        rows = [
            {
                "source": "test",
                "external_id": kind,
                "street_id": STREET_A,
                "community_id": 11 if kind in COUNTED else None,
                "kind": kind,
                "geom": shapely.Point(place),
            }
            for kind, place in places.items()
        ]
        self.put(t.facility, rows)

    def greens(self) -> None:
        x, y = corner(11)
        boxes = [(0.1, 0.1, 0.5, 0.4), (0.3, 0.2, 0.8, 0.9)]  # they overlap
        rows = [
            {
                "community_id": 11,
                "kind": "green",
                "geom": shapely.affinity.translate(
                    shapely.box(*(edge * SIDE_DEG for edge in box)), x, y
                ),
            }
            for box in boxes
        ]
        self.put(t.ground, rows)


COUNTED = {"bin": "bins", "light": "lights", "car_park": "car_parks"}
"""Kinds of facilities that are counted where they stand, with their indicator."""

# ------------------------------------------------------------------------------------- the recount

Key = tuple[str, str, int, date, date]


def rows_of(connection: sa.Connection, table: sa.Table) -> list[Any]:
    """Return a table's rows; geometry as shapely."""
    names = [column.name for column in table.c]
    columns = [
        sa.func.ST_AsBinary(column).label(name) if name in ("geom", "anchor", "cell") else column
        for name, column in zip(names, table.c, strict=True)
    ]
    return list(connection.execute(sa.select(*columns)))


@dataclass
class Span:
    """A period of the recount."""

    start: date
    end: date

    @property
    def first(self) -> datetime:
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=ZONE)

    @property
    def stop(self) -> datetime:
        return datetime(self.end.year, self.end.month, self.end.day, tzinfo=ZONE)

    @property
    def at(self) -> datetime:
        return min(self.stop, AS_OF)

    @property
    def day(self) -> date:
        return self.end - timedelta(days=1)


class Recount:
    """Every figure, counted the long way."""

    def __init__(self, connection: sa.Connection) -> None:
        self.rows = {
            table.name: rows_of(connection, table)
            for table in (
                t.building,
                t.household,
                t.resident,
                t.party_member,
                t.contact_link,
                t.party_household,
                t.ticket,
                t.visit,
                t.grid_role,
                t.grid,
                t.plan_assignment,
                t.facility,
                t.ground,
            )
        }
        self.home = {row.id: row for row in self.rows["household"]}
        self.person = {row.id: row for row in self.rows["resident"]}
        self.community_of = {row.id: row.community_id for row in self.rows["building"]}
        self.shape = {
            row.id: (row.plan_id, shapely.from_wkb(bytes(row.geom)))
            for row in self.rows["grid"]
            if row.geom is not None
        }

    def plan(self, community: int, day: date) -> int | None:
        own = {p: v for p, v in PLANS.items() if v[0] == community}
        for plan, (_c, _s, start, end) in own.items():
            if start <= day and (end is None or end > day):
                return plan
        return min(own, key=lambda plan: own[plan][2]) if own else None

    def grid_of_building(self, building: int, day: date) -> int | None:
        plan = self.plan(self.community_of[building], day)
        for row in self.rows["plan_assignment"]:
            if row.plan_id == plan and row.building_id == building:
                return int(row.grid_id)
        return None

    def grid_of_ticket(self, ticket: Any, day: date) -> int | None:
        if ticket.building_id is not None:
            return self.grid_of_building(ticket.building_id, day)
        if ticket.geom is None:
            return None
        place, plan = shapely.from_wkb(bytes(ticket.geom)), self.plan(ticket.community_id, day)
        holding = [
            grid
            for grid, (of_plan, shape) in self.shape.items()
            if of_plan == plan and shape.intersects(place)
        ]
        return min(holding, default=None)

    def places(self, span: Span) -> dict[str, Callable[[Any], tuple[int, int | None]]]:
        """Return for each table how a row finds its community and grid."""
        grid = {b: self.grid_of_building(b, span.day) for b in self.community_of}

        def home(row: Any) -> tuple[int, int | None]:
            building = self.home[row.household_id].building_id
            return self.community_of[building], grid[building]

        def member(row: Any) -> tuple[int, int | None]:
            if row.resident_id is None:
                return row.community_id, None
            where = home(self.person[row.resident_id])
            # Who lives in another community counts for the one that keeps the record.
            return where if where[0] == row.community_id else (row.community_id, None)

        def ticket(row: Any) -> tuple[int, int | None]:
            return row.community_id, self.grid_of_ticket(row, span.day)

        def house(row: Any) -> tuple[int, int | None]:
            return self.community_of[row.building_id], grid[row.building_id]

        return {"home": home, "member": member, "ticket": ticket, "house": house}

    def counts(self, span: Span) -> Iterator[tuple[str, str, tuple[int, int | None], float]]:
        """Yield indicator, numerator or denominator, where, and how much."""
        place = self.places(span)
        yield from self._homes(span, place)
        yield from self._due(span, place)
        yield from self._people(place)
        yield from self._ground(span)
        yield from self._tickets(span, place)
        for community, grid, _building in self.repeat_addresses(span):
            yield "repeat_addresses", "n", (community, grid), 1

    def _homes(self, span: Span, place: Any) -> Iterator[Any]:  # noqa: C901 - one plain loop
        met: dict[int, list[datetime]] = {}
        for row in self.rows["visit"]:
            if row.result == "met":
                if span.first <= row.at < span.stop:
                    yield "visits", "n", place["home"](row), 1
                if row.at <= span.at:
                    met.setdefault(row.household_id, []).append(row.at)
        for row in self.rows["household"]:
            where = place["house"](row)
            if row.state != "shop":
                yield "households", "n", where, 1
                yield "households_per_worker", "n", where, 1
                yield "tickets_per_1000_households", "d", where, 1
                yield "rented_share", "d", where, 1
            if row.state == "rented":
                yield "rented_share", "n", where, 1
            if row.state in ("resident", "rented"):
                yield "party_contact_coverage", "d", where, 1
                yield "households_visited_year", "d", where, 1
                last = max(met.get(row.id, []), default=None)
                if last and last > span.at - timedelta(days=365):
                    yield "households_visited_year", "n", where, 1
                if last is None or last < span.at - timedelta(days=self.interval(row.id)):
                    yield "visits_overdue", "n", where, 1
        for row in self.rows["contact_link"]:
            lived_in = self.home[row.household_id].state in ("resident", "rented")
            if lived_in and row.since <= span.day and (row.until is None or row.until > span.day):
                yield "party_contact_coverage", "n", place["home"](row), 1

    def _due(self, span: Span, place: Any) -> Iterator[Any]:
        until = min(span.stop, AS_OF + timedelta(microseconds=1))
        month = timedelta(days=365) / 12
        for row in self.rows["household"]:
            if row.state not in ("resident", "rented"):
                continue
            where, interval = place["house"](row), timedelta(days=self.interval(row.id))
            met = [
                visit.at
                for visit in self.rows["visit"]
                if visit.result == "met" and visit.household_id == row.id
            ]
            last = max((at for at in met if at < span.first), default=None)
            if last is None or last + interval < until:
                yield "visits_due", "n", where, 1
                yield "visit_coverage", "d", where, 1
                if any(span.first <= at < until for at in met):
                    yield "visit_coverage", "n", where, 1
            yield "workload_hours", "n", where, month / interval * 20 / 60

    def _ground(self, span: Span) -> Iterator[Any]:
        globe = pyproj.Geod(ellps="GRS80")
        greens = shapely.union_all(
            [shapely.from_wkb(bytes(row.geom)) for row in self.rows["ground"]]
        )
        for community in (11, 12):
            x, y = corner(community)
            left = shapely.box(x, y, x + SIDE_DEG, y + SIDE_DEG)
            plan, pieces = self.plan(community, span.day), {}
            for grid, (of_plan, shape) in self.shape.items():
                if of_plan == plan:
                    pieces[grid] = shape
                    left = left.difference(shape)
            for grid, shape in [*pieces.items(), (None, left)]:
                where = (community, grid)
                area = abs(globe.geometry_area_perimeter(shape)[0])
                green = abs(globe.geometry_area_perimeter(shape.intersection(greens))[0])
                yield "workload_hours", "n", where, self.walk_hours(span, community, grid, area)
                if community == 11:
                    yield "green_share", "d", where, area
                    yield "green_share", "n", where, green
                yield from self._stock(where, shape)

    def _stock(self, where: tuple[int, int | None], shape: Any) -> Iterator[Any]:
        for row in self.rows["facility"]:
            inside = shape.intersects(shapely.from_wkb(bytes(row.geom)))
            if row.kind in COUNTED and row.community_id == where[0] and inside:
                yield COUNTED[row.kind], "n", where, 1

    def walk_hours(self, span: Span, community: int, grid: int | None, area_m2: float) -> float:
        """Walk 21 rounds a month past the visits due in an area."""
        due = 0.0
        for row in self.rows["household"]:
            if row.state in ("resident", "rented"):
                here = self.community_of[row.building_id] == community
                if here and self.grid_of_building(row.building_id, span.day) == grid:
                    due += 365 / 12 / self.interval(row.id)
        return float(21 * 0.7124 * (area_m2 * due / 21) ** 0.5 * 1.3 / 60 / 60)

    def interval(self, home: int) -> int:
        days = {"high_risk": 7, "key": 30, "general": 90, None: 365}
        classes = [row.care_class for row in self.rows["resident"] if row.household_id == home]
        return min((days[one] for one in classes), default=365)

    def _people(self, place: Any) -> Iterator[Any]:  # noqa: C901 - one plain loop
        today = AS_OF.astimezone(ZONE).date()
        for row in self.rows["resident"]:
            where = place["home"](row)
            yield "residents", "n", where, 1
            yield "circle_15min", "d", where, 1
            if self.in_circle(self.home[row.household_id].building_id):
                yield "circle_15min", "n", where, 1
            age = today.year - row.birth_date.year
            age -= (today.month, today.day) < (row.birth_date.month, row.birth_date.day)
            if age < 15:
                yield "children", "n", where, 1
            if age >= 60 and row.care_class:
                yield f"care_{row.care_class}", "n", where, 1
                yield "care_elderly", "n", where, 1
            if age >= 60:
                yield "age60", "n", where, 1
                yield "elderly_service_reach", "d", where, 1
                if self.reaches(self.home[row.household_id].building_id):
                    yield "elderly_service_reach", "n", where, 1
                if row.living == "alone":
                    yield "alone60", "n", where, 1
            if age >= 80:
                yield "age80", "n", where, 1
        for row in self.rows["party_member"]:
            yield "party_members", "n", place["member"](row), 1

    def reaches(self, building: int) -> bool:
        return any(
            walk <= 500
            for kind, walk in self.walks(building, 500)
            if kind in ("canteen", "party_centre")
        )

    def in_circle(self, building: int) -> bool:
        near = {kind for kind, walk in self.walks(building, 900) if walk <= 900}
        return {"party_centre", "canteen", "clinic", "school", "kindergarten"} <= near

    def walks(self, building: int, limit: float) -> Iterator[tuple[str, float]]:
        """Return the way to each facility that serves the building's street."""
        row = next(one for one in self.rows["building"] if one.id == building)
        home = shapely.from_wkb(bytes(row.anchor))
        globe = pyproj.Geod(ellps="GRS80")
        for facility in self.rows["facility"]:
            service = shapely.from_wkb(bytes(facility.geom))
            walk = globe.inv(home.x, home.y, service.x, service.y)[2] * 1.3
            # The plane differs from the globe by a few centimetres here.
            assert abs(walk - limit) > 0.2, "a building too near the limit to tell"
            if facility.street_id == COMMUNITIES[row.community_id]:
                yield facility.kind, walk

    def contact_graph(self, community: int) -> tuple[nx.DiGraph, int, int]:
        """Return hosts → waiting households in reach, how many wait, and how many nobody reaches.

        Every household stands alone here.
        """
        globe, graph, cut_off = pyproj.Geod(ellps="GRS80"), nx.DiGraph(), 0
        at = {row.id: shapely.from_wkb(bytes(row.anchor)) for row in self.rows["building"]}
        links = [row for row in self.rows["contact_link"] if row.until is None]
        hosts = [
            row
            for row in self.rows["party_household"]
            if self.community_of[self.home[row.household_id].building_id] == community
        ]
        served = {row.household_id for row in links}
        served |= {row.household_id for row in self.rows["party_household"]}
        waiting = [
            row
            for row in self.rows["household"]
            if row.state in ("resident", "rented")
            and row.id not in served
            and self.community_of[row.building_id] == community
        ]
        graph.add_nodes_from(["in", "out"])
        for host in hosts:
            taken = sum(row.party_household_id == host.id for row in links)
            graph.add_edge("in", ("host", host.id), capacity=max(0, 15 - taken))
        for row in waiting:
            graph.add_edge(("home", row.id), "out", capacity=1)
            here, reached = at[row.building_id], False
            for host in hosts:
                there = at[self.home[host.household_id].building_id]
                walk = globe.inv(here.x, here.y, there.x, there.y)[2] * 1.3
                if walk <= 300:
                    graph.add_edge(("host", host.id), ("home", row.id), capacity=1)
                    reached = True
            cut_off += not reached
        return graph, len(waiting), cut_off

    def shortest_round(self, buildings: list[int]) -> float:
        """Return the shortest round trip by dynamic programming over all subsets."""
        globe = pyproj.Geod(ellps="GRS80")
        points = [
            shapely.from_wkb(bytes(row.anchor))
            for row in self.rows["building"]
            if row.id in buildings
        ]
        if len(points) < 2:
            return 0.0
        way = [[globe.inv(a.x, a.y, b.x, b.y)[2] * 1.3 for b in points] for a in points]
        best = {(1, 0): 0.0}
        for visited in range(1, 1 << len(points), 2):
            for last in range(len(points)):
                if (visited, last) not in best:
                    continue
                for new in range(1, len(points)):
                    if not visited >> new & 1:
                        key = (visited | 1 << new, new)
                        length = best[visited, last] + way[last][new]
                        best[key] = min(best.get(key, length), length)
        every = (1 << len(points)) - 1
        ends = [last for last in range(len(points)) if (every, last) in best]
        return float(min(best[every, last] + way[last][0] for last in ends))

    def _tickets(self, span: Span, place: Any) -> Iterator[Any]:
        for row in self.rows["ticket"]:
            where = place["ticket"](row)
            if span.first <= row.reported_at < span.stop:
                yield "tickets", "n", where, 1
                yield "tickets_per_1000_households", "n", where, 1
                own = row.channel == "patrol"
                yield "tickets_proactive" if own else "tickets_received", "n", where, 1
                days = (span.end - span.start).days
                yield "workload_hours", "n", where, 365 / 12 / days
            waiting = (
                row.state in ("pending", "active", "closed")
                and row.reported_at <= span.at
                and (row.closed_at is None or row.closed_at > span.at)
            )
            if waiting:
                yield "tickets_open", "n", where, 1
            if waiting and row.due_at and row.due_at < span.at:
                yield "tickets_overdue", "n", where, 1
            if row.due_at is None:
                continue
            finished = row.closed_at is not None and span.first <= row.closed_at < span.stop
            if finished or (waiting and span.first <= row.due_at < span.at):
                yield "on_time_rate", "d", where, 1
            if finished and row.closed_at <= row.due_at:
                yield "on_time_rate", "n", where, 1

    def repeat_addresses(self, span: Span) -> set[tuple[int, int | None, int]]:
        """Return community, grid and building of every address that called again."""
        return {
            (row.community_id, self.grid_of_building(row.building_id, span.day), row.building_id)
            for row in self.rows["ticket"]
            if span.first <= row.reported_at < span.stop and row.repeat_of_id and row.building_id
        }

    def workers(self, span: Span) -> dict[tuple[str, int], float]:
        """Count leaders and workers of the plans in force in street A: equal parts of a person."""
        plans = {self.plan(community, span.day) for community in (11, 12)}
        held: dict[tuple[int, int], set[int]] = {}
        plan_of = {row.id: row.plan_id for row in self.rows["grid"]}
        for row in self.rows["grid_role"]:
            active = row.from_date <= span.day and (row.to_date is None or row.to_date > span.day)
            known = row.role in ("grid_leader", "grid_worker") and plan_of[row.grid_id] in plans
            if active and known:
                held.setdefault((row.staff_id, plan_of[row.grid_id]), set()).add(row.grid_id)
        counted: dict[tuple[str, int], float] = {}
        for grids in held.values():
            for grid in grids:
                community = PLANS[plan_of[grid]][0]
                for key in (("grid", grid), ("community", community), ("street", STREET_A)):
                    counted[key] = counted.get(key, 0) + 1 / len(grids)
        return counted

    def figures(self, span: Span) -> dict[tuple[str, str, str, int], float]:
        """Return (indicator, n or d, area kind, area id) → count."""
        counted: dict[tuple[str, str, str, int], float] = {}
        for indicator, side, (community, grid), n in self.counts(span):
            areas = [("community", community), ("street", COMMUNITIES[community])]
            for kind, area in [*areas, *([("grid", grid)] if grid else [])]:
                key = (indicator, side, kind, int(area))
                counted[key] = counted.get(key, 0) + n
        for (kind, area), share in self.workers(span).items():
            counted["households_per_worker", "d", kind, area] = share
            counted["hours_per_worker", "d", kind, area] = share
        for (indicator, side, kind, area), n in list(counted.items()):
            if indicator == "workload_hours":
                counted["hours_per_worker", side, kind, area] = n
        return counted
