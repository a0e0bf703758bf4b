"""A synthetic city of any size for benchmarks: a lattice, made in whole arrays.

A community is a square of 20 × 20 lots; each lot holds one building and is its cell, so cells tile
communities by construction. Coordinates are linear in degrees, hence metres are good to about one
per cent, and lots share their corners exactly. Nobody should look for a real place here: codes
begin with 99, which no province has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.demo import categories, rhythm
from etl.demo.draft import SOURCE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]
Frames = dict[str, pd.DataFrame]

LON, LAT = 115.0, 35.0
LOT_M = 40.0
SIDE = 20
"""Lots along a side of a community."""

PER_COMMUNITY = SIDE * SIDE
SMALLEST = PER_COMMUNITY
COMMUNITIES_PER_STREET = 12
STREET_COLUMNS = 4
GRID_COLUMNS, GRID_ROWS = 4, 3
GRIDS = GRID_COLUMNS * GRID_ROWS
HOUSEHOLDS_PER_BUILDING = 10
PEOPLE_PER_HOUSEHOLD = 3
TICKETS_PER_BUILDING = 10
VISITS_PER_HOUSEHOLD = 0.5
NAMES = 10_000
USES = np.array(["residential", "mixed", "commercial", "public"], dtype=object)
STATES = np.array(["resident", "rented", "vacant", "shop"], dtype=object)
PLAN_FROM = date(2026, 1, 1)
DEGREE_M = 111_320.0


def _lon(x_m: Floats) -> Floats:
    return LON + x_m / (DEGREE_M * math.cos(math.radians(LAT)))


def _lat(y_m: Floats) -> Floats:
    return LAT + y_m / DEGREE_M


def _boxes(x: Floats, y: Floats, width: Floats | float, height: Floats | float) -> Shapes:
    """Return rectangles from their south-west corners and sizes, metres to degrees."""
    return np.asarray(shapely.box(_lon(x), _lat(y), _lon(x + width), _lat(y + height)))


def _points(x: Floats, y: Floats) -> Shapes:
    return np.asarray(shapely.points(_lon(x), _lat(y)))


def _ids(n: int) -> Ints:
    return np.arange(1, n + 1, dtype=np.int64)


def _words(prefix: str, n: int, digits: int) -> npt.NDArray[np.object_]:
    return np.array([f"{prefix}{i:0{digits}d}" for i in range(1, n + 1)], dtype=object)


def _exact(counts: Ints, total: int, low: int, rng: np.random.Generator) -> Ints:
    """Change single counts by one until they sum to `total`; none falls below `low`."""
    while (gap := total - int(counts.sum())) != 0:
        able = np.flatnonzero(counts > low) if gap < 0 else np.arange(len(counts))
        moved = rng.choice(able, min(abs(gap), len(able)), replace=False)
        counts[moved] += np.sign(gap)
    return counts


def _run_length(counts: Ints) -> tuple[Ints, Ints]:
    """Return owner and number within the owner of each of ``counts.sum()`` things."""
    owner = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, nth


@dataclass
class City:
    """The lattice: communities in streets, lots in communities.

    Attributes
    ----------
    n
        Buildings.
    corner : array of (communities, 2)
        South-west corners, metres.
    community, column, row : arrays of (n,)
        Of each building; row 0 is the southern one.
    grid : array of (n,)
        Position of its grid, counted over the whole city.
    """

    n: int
    corner: Floats
    community: Ints
    column: Ints
    row: Ints
    grid: Ints
    rng: np.random.Generator
    as_of: datetime

    @property
    def communities(self) -> int:
        """How many communities."""
        return len(self.corner)

    @property
    def x(self) -> Floats:
        """West side of each lot, metres."""
        return np.asarray(self.corner[self.community, 0] + self.column * LOT_M)

    @property
    def y(self) -> Floats:
        """South side of each lot, metres."""
        return np.asarray(self.corner[self.community, 1] + self.row * LOT_M)


def _lattice(wanted: int, seed: int, as_of: datetime) -> City:
    communities = -(-wanted // PER_COMMUNITY)
    street, nth = np.divmod(np.arange(communities), COMMUNITIES_PER_STREET)
    across = max(1, math.isqrt(-(-communities // COMMUNITIES_PER_STREET)))
    side = SIDE * LOT_M
    column = street % across * STREET_COLUMNS + nth % STREET_COLUMNS
    rows = COMMUNITIES_PER_STREET // STREET_COLUMNS
    row = street // across * rows + nth // STREET_COLUMNS
    corner = np.column_stack([column * side, -row * side]).astype(float)
    community, lot = np.divmod(np.arange(communities * PER_COMMUNITY), PER_COMMUNITY)
    lot_row, lot_column = SIDE - 1 - lot // SIDE, lot % SIDE
    grid = (lot // SIDE) * GRID_ROWS // SIDE * GRID_COLUMNS + lot_column * GRID_COLUMNS // SIDE
    rng = np.random.default_rng([seed, wanted])
    return City(
        len(lot), corner, community, lot_column, lot_row, community * GRIDS + grid, rng, as_of
    )


# ------------------------------------------------------------------------------------ territory


def _divisions(city: City) -> Frames:
    """Make streets and communities; streets come first."""
    side = SIDE * LOT_M
    squares = _boxes(city.corner[:, 0], city.corner[:, 1], side, side)
    street = np.arange(city.communities) // COMMUNITIES_PER_STREET
    streets = int(street.max()) + 1
    shapes = [shapely.union_all(squares[street == i]) for i in range(streets)]
    street_codes = [f"99{i // 999:04d}{i % 999 + 1:03d}" for i in range(streets)]
    codes = [f"{street_codes[s]}{i % COMMUNITIES_PER_STREET + 1:03d}" for i, s in enumerate(street)]
    parent = np.concatenate([np.zeros(streets, dtype=np.int64), street + 1])
    frame = pd.DataFrame(
        {
            "id": _ids(streets + city.communities),
            "kind": ["street"] * streets + ["community"] * city.communities,
            "code": street_codes + codes,
            "name": [f"示范{i + 1:02d}街道" for i in range(streets)]
            + [f"示范{i + 1:03d}社区" for i in range(city.communities)],
            "parent_id": pd.arrays.IntegerArray(parent, parent == 0),
            "geom": np.concatenate([np.array(shapes, dtype=object), squares]),
            "schematic": True,
            "place": ["示范市"] * streets + [""] * city.communities,
            "source": SOURCE,
        }
    )
    return {"division": frame, "ground": _roads(city, streets)}


def _roads(city: City, streets: int) -> pd.DataFrame:
    """Make main roads round the communities and minor ones between their grids."""
    side, rows = SIDE * LOT_M, -(-np.arange(1, GRID_ROWS) * SIDE // GRID_ROWS)
    lines = [(0.0, 0.0, side, 0.0, "road_main"), (0.0, 0.0, 0.0, side, "road_main")]
    lines += [(0.0, side - r * LOT_M, side, side - r * LOT_M, "road_minor") for r in rows]
    step = side / GRID_COLUMNS
    lines += [(k * step, 0.0, k * step, side, "road_minor") for k in range(1, GRID_COLUMNS)]
    ends = np.array([line[:4] for line in lines])
    x0, y0 = city.corner[:, :1], city.corner[:, 1:]
    xs = (x0[:, :, None] + ends[None, :, [0, 2]]).reshape(-1)
    ys = (y0[:, :, None] + ends[None, :, [1, 3]]).reshape(-1)
    pairs = np.column_stack([_lon(xs), _lat(ys)]).reshape(-1, 2, 2)
    return pd.DataFrame(
        {
            "id": _ids(len(pairs)),
            "community_id": np.repeat(np.arange(city.communities), len(lines)) + 1 + streets,
            "kind": [line[4] for line in lines] * city.communities,
            "name": "",
            "geom": shapely.linestrings(pairs),
        }
    )


def _plans(city: City, community_id: Ints, codes: list[str]) -> Frames:
    plan = pd.DataFrame(
        {
            "id": _ids(city.communities),
            "community_id": community_id,
            "name": "2026 版",
            "state": "published",
            "source": "demo",
            "effective_from": PLAN_FROM,
            "created_at": datetime(2026, 1, 1, tzinfo=city.as_of.tzinfo),
        }
    )
    plan_of_grid = np.repeat(_ids(city.communities), GRIDS)
    west, south = (np.full(len(plan_of_grid), np.inf) for _ in range(2))
    east, north = (np.full(len(plan_of_grid), -np.inf) for _ in range(2))
    np.minimum.at(west, city.grid, city.x)
    np.minimum.at(south, city.grid, city.y)
    np.maximum.at(east, city.grid, city.x + LOT_M)
    np.maximum.at(north, city.grid, city.y + LOT_M)
    serial = np.tile(np.arange(1, GRIDS + 1), city.communities)
    grid = pd.DataFrame(
        {
            "id": _ids(len(plan_of_grid)),
            "plan_id": plan_of_grid,
            "code": [f"{codes[p - 1]}{s:03d}" for p, s in zip(plan_of_grid, serial, strict=True)],
            "name": [f"第{s}网格" for s in serial],
            "geom": _boxes(west, south, east - west, north - south),
            "label_point": _points((west + east) / 2, (south + north) / 2),
        }
    )
    belongs = {"plan_id": plan_of_grid[city.grid], "building_id": _ids(city.n)}
    assignment = pd.DataFrame({**belongs, "grid_id": city.grid + 1})
    return {"plan": plan, "grid": grid, "plan_assignment": assignment}


# ------------------------------------------------------------------------------ buildings, homes


def _buildings(city: City, community_id: Ints) -> tuple[pd.DataFrame, Ints]:
    """Make one building per lot; return the frame and each one's use."""
    n, rng = city.n, city.rng
    use = rng.choice(len(USES), n, p=(0.78, 0.08, 0.1, 0.04))
    tower = rng.random(n) < 0.3
    width, depth = np.where(tower, 22.0, 32.0), np.where(tower, 20.0, 12.0)
    x = city.x + (LOT_M - width) / 2 + rng.uniform(-2.5, 2.5, n)
    y = city.y + (LOT_M - depth) / 2 + rng.uniform(-4, 4, n)
    number = city.row * SIDE + city.column + 1
    labels = np.array([str(i) for i in range(PER_COMMUNITY + 1)], dtype=object)
    frame = pd.DataFrame(
        {
            "id": _ids(n),
            "source": SOURCE,
            "external_id": _words("CITY-B", n, 7),
            "community_id": community_id[city.community],
            "compound": _words("示范小区", GRIDS, 2)[city.grid % GRIDS],
            "number": labels[number],
            "address": "",
            "use": USES[use],
            "storeys": np.where(tower, rng.integers(11, 27, n), rng.integers(4, 8, n)),
            "built_year": rng.integers(1985, 2020, n),
            "geom": _boxes(x, y, width, depth),
            "anchor": _points(x + width / 2, y + depth / 2),
            "cell": _boxes(city.x, city.y, LOT_M, LOT_M),
        }
    )
    return frame, use


@dataclass
class _Homes:
    """Dwellings: building, unit and state of each (positions)."""

    building: Ints
    unit: Ints
    state: Ints


def _homes(city: City, use: Ints) -> tuple[Frames, _Homes]:
    n, rng = city.n, city.rng
    lived = np.flatnonzero(use <= 1)
    counts = np.zeros(n, dtype=np.int64)
    counts[lived] = rng.integers(8, 16, len(lived))
    counts[lived] = _exact(counts[lived], n * HOUSEHOLDS_PER_BUILDING, 4, rng)
    shops = np.where(use == 2, 4, np.where(use == 1, 1, 0))
    unit_building, unit_nth = _run_length(np.where(use <= 1, 1 + (counts > 11), 0))
    first_unit = np.searchsorted(unit_building, np.arange(n))
    building, nth = _run_length(counts + shops)
    units = np.bincount(unit_building, minlength=n)[building]
    unit = np.where(units > 0, first_unit[building] + nth % np.maximum(units, 1), -1)
    in_unit = nth // np.maximum(units, 1)
    state = rng.choice(3, len(building), p=(0.66, 0.25, 0.09))
    state[nth >= counts[building]] = 3
    rooms = np.array([f"{k // 2 + 1}{k % 2 + 1:02d}" for k in range(40)], dtype=object)
    x, y = city.x[unit_building], city.y[unit_building]
    unit_frame = {
        "id": _ids(len(unit_building)),
        "building_id": unit_building + 1,
        "number": np.array(["1", "2"], dtype=object)[unit_nth],
        "geom": _points(x + 12 + 14 * unit_nth, y + LOT_M - 7),
    }
    frame = {
        "id": _ids(len(building)),
        "building_id": building + 1,
        "unit_id": pd.arrays.IntegerArray(unit + 1, unit < 0),
        "floor": in_unit // 2 + 1,
        "room": rooms[in_unit],
        "state": STATES[state],
    }
    made = {"unit": pd.DataFrame(unit_frame), "household": pd.DataFrame(frame)}
    return made, _Homes(building, unit, state)


def _residents(city: City, homes: _Homes) -> pd.DataFrame:
    rng = city.rng
    lived_in = np.flatnonzero(homes.state <= 1)
    total = city.n * HOUSEHOLDS_PER_BUILDING * PEOPLE_PER_HOUSEHOLD
    size = 1 + rng.poisson(2.25, len(lived_in))
    home, _ = _run_length(_exact(size.astype(np.int64), total, 1, rng))
    alone = size[home] == 1
    age = np.clip(rng.gamma(3.2, 12.8, total) + 22 * alone, 0.1, 100)
    old = age >= 60
    care = np.where(old, rng.choice(4, total, p=(0.74, 0.03, 0.07, 0.16)), 0)
    living = np.where(old, np.where(alone, 1, rng.integers(2, 4, total)), 0)
    today = np.datetime64(city.as_of.date(), "D")
    return pd.DataFrame(
        {
            "id": _ids(total),
            "household_id": lived_in[home] + 1,
            "name": _words("居民", NAMES, 5)[np.arange(total) % NAMES],
            "birth_date": today - np.ceil(age * 365.2425).astype("timedelta64[D]"),
            "living": np.array([None, "alone", "empty_nest", "with_family"], dtype=object)[living],
            "care_class": np.array([None, "high_risk", "key", "general"], dtype=object)[care],
            "disabled": rng.random(total) < np.where(old, 0.05, 0.006),
            "floating": rng.random(total) < np.where(homes.state[lived_in][home] == 1, 0.8, 0.04),
        }
    )


# --------------------------------------------------------------------------- what goes on there


def _tickets(city: City, community_id: Ints) -> Frames:
    n, rng = city.n * TICKETS_PER_BUILDING, city.rng
    weight = rng.gamma(1.5, 1.0, city.n)
    building = rng.choice(city.n, n, p=weight / weight.sum())
    entries = categories.catalogue()
    shares = entries["weight"].to_numpy()
    category = rng.choice(len(entries), n, p=shares / shares.sum())
    weights = rhythm.day_weights(city.as_of, rng)
    at = np.sort(rhythm.moments(n, weights, rhythm.USUAL, city.as_of, rng))
    as_of = rhythm.utc(city.as_of)
    at[-1] = as_of
    due_h = entries["due_h"].to_numpy()[category]
    used = np.where(rng.random(n) < 0.04, 1.2, rng.beta(1.5, 2.6, n) * 0.97)
    end = at + (used * due_h * 3600).astype("timedelta64[s]")
    closed = end <= as_of
    state = np.where(closed, 2, (at < as_of - np.timedelta64(5, "h")).astype(np.int64))
    x = city.x[building] + rng.uniform(2, LOT_M - 2, n)
    y = city.y[building] + rng.uniform(2, LOT_M - 2, n)
    frame = pd.DataFrame(
        {
            "id": _ids(n),
            "source": SOURCE,
            "external_id": _words("CITY-T", n, 8),
            "channel": np.array(["12345", "patrol", "snapshot"], object)[rng.integers(0, 3, n)],
            "community_id": community_id[city.community[building]],
            "building_id": building + 1,
            "category_code": entries["code"].to_numpy(object)[category],
            "class_code": entries["class_code"].to_numpy(object)[category],
            "handling": entries["handling"].to_numpy(object)[category],
            "state": np.array(["pending", "active", "closed"], object)[state],
            "title": entries["name"].to_numpy(object)[category],
            "reported_at": _utc(at),
            "due_at": _utc(at + due_h * np.timedelta64(1, "h")),
            "closed_at": _utc(np.where(closed, end, np.datetime64("NaT", "us"))),
            "geom": _points(x, y),
        }
    )
    return {"ticket": frame, "ticket_event": _events(frame)}


def _utc(times: npt.NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times.astype("datetime64[us]")).tz_localize("UTC")


def _events(tickets: pd.DataFrame) -> pd.DataFrame:
    """Give open tickets their first step; closed ones of a benchmark need no history."""
    still = tickets[tickets["closed_at"].isna()]
    rows = {"id": _ids(len(still)), "ticket_id": still["id"].to_numpy()}
    return pd.DataFrame({**rows, "at": still["reported_at"].array, "action": "received"})


def _staff(city: City, community_id: Ints) -> Frames:
    """Give each grid a leader and a worker."""
    grids = city.communities * GRIDS
    grid = np.repeat(np.arange(grids), 2)
    staff = {
        "id": _ids(len(grid)),
        "community_id": community_id[grid // GRIDS],
        "name": _words("网格员", len(grid), 5),
        "kind": "staff",
    }
    role = {
        "id": _ids(len(grid)),
        "staff_id": _ids(len(grid)),
        "grid_id": grid + 1,
        "role": np.tile(np.array(["grid_leader", "grid_worker"], dtype=object), grids),
        "from_date": PLAN_FROM,
    }
    return {"staff": pd.DataFrame(staff), "grid_role": pd.DataFrame(role)}


def _visits(city: City, homes: _Homes) -> pd.DataFrame:
    rng = city.rng
    lived_in = np.flatnonzero(homes.state <= 1)
    home = rng.choice(lived_in, int(len(lived_in) * VISITS_PER_HOUSEHOLD))
    at = rhythm.at(
        rng.integers(1, rhythm.DAYS, len(home)), rng.uniform(8.5, 17.5, len(home)), city.as_of
    )
    return pd.DataFrame(
        {
            "id": _ids(len(home)),
            "household_id": home + 1,
            "staff_id": city.grid[homes.building[home]] * 2 + rng.integers(1, 3, len(home)),
            "at": _utc(np.sort(at)),
            "purpose": "routine",
            "result": "met",
        }
    )


def _party(city: City, homes: _Homes, community_id: Ints) -> Frames:
    """Give most buildings a party household that keeps contact with the others there."""
    lived_in = np.flatnonzero(homes.state <= 1)
    building, first = np.unique(homes.building[lived_in], return_index=True)
    chosen = city.rng.random(len(building)) < 0.6
    home, owner = lived_in[first[chosen]], building[chosen]
    ids = _ids(len(home))
    member = {
        "id": ids,
        "community_id": community_id[city.community[owner]],
        "name": _words("党员", len(home), 6),
        "kind": "own",
    }
    household = {"id": ids, "household_id": home + 1, "member_id": ids, "since": PLAN_FROM}
    of_building = np.full(city.n, -1)
    of_building[owner] = ids
    others = np.setdiff1d(lived_in[of_building[homes.building[lived_in]] > 0], home)
    link = {
        "id": _ids(len(others)),
        "party_household_id": of_building[homes.building[others]],
        "household_id": others + 1,
        "since": PLAN_FROM,
    }
    frames = {"party_member": member, "party_household": household, "contact_link": link}
    return {name: pd.DataFrame(rows) for name, rows in frames.items()}


def _facilities(city: City, community_id: Ints, streets: int) -> pd.DataFrame:
    kinds = ["party_centre", "canteen", "clinic", *["grid_station"] * GRIDS, *["bin"] * 24]
    kinds += ["light"] * 24 + ["toilet"] * 3
    n = len(kinds) * city.communities
    community = np.repeat(np.arange(city.communities), len(kinds))
    lot = city.rng.integers(0, SIDE, (n, 2)) * LOT_M + (20.0, 35.0)
    corner = city.corner[community]
    return (
        pd.DataFrame(
            {
                "id": _ids(n),
                "source": SOURCE,
                "external_id": _words("CITY-F", n, 6),
                "community_id": community_id[community],
                "street_id": community // COMMUNITIES_PER_STREET + 1,
                "kind": np.tile(np.array(kinds, dtype=object), city.communities),
                "name": "示范设施",
                "geom": _points(corner[:, 0] + lot[:, 0], corner[:, 1] + lot[:, 1]),
            }
        )
        if streets
        else pd.DataFrame()
    )


def make(wanted: int, seed: int, as_of: datetime) -> Frames:
    """Make a city of `wanted` buildings, rounded up to whole communities of 400.

    Parameters
    ----------
    wanted
        Buildings; households are ten times, people thirty times, tickets ten times as many.
    seed
        Of everything drawn by lot.
    as_of
        Data cut-off, with a zone.

    Returns
    -------
    dict
        One frame per table, ids from 1.
    """
    city = _lattice(wanted, seed, as_of)
    frames = {"ticket_category": categories.table(), **_divisions(city)}
    divisions = frames["division"]
    streets = int((divisions["kind"] == "street").sum())
    community_id = divisions["id"].to_numpy()[streets:]
    codes = divisions["code"].tolist()[streets:]
    frames |= _plans(city, community_id, codes)
    frames["building"], use = _buildings(city, community_id)
    made, homes = _homes(city, use)
    frames |= made
    frames["resident"] = _residents(city, homes)
    frames |= _staff(city, community_id) | _party(city, homes, community_id)
    frames |= _tickets(city, community_id)
    frames["visit"] = _visits(city, homes)
    frames["facility"] = _facilities(city, community_id, streets)
    return frames
