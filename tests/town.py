"""A small computed city, read only, in which every personal column holds a canary."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import mapbox_vector_tile
import pytest
import sqlalchemy as sa

from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.cluster import Lease
from geo.store.compute import refresh_within
from geo.store.engine import make_engine, url_of
from geo.store.tiles import Address, ask, read_tile, tile_engine
from tests.store import small_city

TEMPLATE = "wangge_template"
CANARY = "机密-PERSONAL"
LEADER = local_leader()

PERSONAL = {
    t.household: ("room",),
    t.resident: ("name", "phone"),
    t.party_member: ("name",),
    t.staff: ("name", "phone"),
    t.ticket: ("title", "address"),
    t.building: ("address",),
    t.facility: ("address",),
}
"""What identifies a person or a door: names, phones, door numbers, addresses, free text."""

WEST, SOUTH = small_city.corner(11)
BOX = (WEST - 0.002, SOUTH - 0.002, WEST + 4 * small_city.SIDE_DEG, SOUTH + 0.008)


def fill(connection: sa.Connection) -> None:
    """Load, add what the small city lacks, compute."""
    small_city.load(connection, 7)
    x, y = WEST, SOUTH
    connection.execute(
        sa.insert(t.division),
        [
            {
                "kind": "sub_district",
                "code": f"片{i}",
                "name": f"片区{i}",
                "parent_id": 11,
                "geom": f"SRID=4326;MULTIPOLYGON((({x} {y},{x + 0.002} {y},{x + 0.002}"
                f" {y + 0.002 * i},{x} {y + 0.002 * i},{x} {y})))",
            }
            for i in (1, 2)
        ],
    )
    connection.execute(
        sa.insert(t.ground),
        [
            {
                "community_id": 11,
                "kind": kind,
                "name": kind,
                "geom": f"SRID=4326;LINESTRING({x} {y + k / 1000},{x + 0.012} {y + k / 1000})",
            }
            for k, kind in enumerate(("road_main", "road_minor", "lane"))
        ],
    )
    connection.execute(sa.text("UPDATE household SET unit_id = (SELECT min(u.id) FROM unit u"
                               " WHERE u.building_id = household.building_id)"))  # fmt: skip
    for table, columns in PERSONAL.items():
        connection.execute(sa.update(table).values({
            name: sa.func.concat(CANARY, sa.cast(table.c.id, sa.Text)) for name in columns
        }))  # fmt: skip
    refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))


@pytest.fixture(scope="module")
def town(lease: Lease) -> Iterator[sa.Engine]:
    """Give the tiles' engine on the town."""
    name = f"town_{uuid.uuid4().hex[:8]}"
    lease.create_database(name, TEMPLATE)
    made = make_engine(url_of(lease, "app", name))
    with made.begin() as connection:
        fill(connection)
    tiles = tile_engine(made)
    yield tiles
    tiles.dispose()
    made.dispose()
    lease.drop_database(name)


def addresses(zoom: int, margin: int = 1) -> list[tuple[int, int]]:
    """Return the tiles around the town."""
    west, south, east, north = BOX
    side = 2**zoom
    xs = range(max(0, column(west, zoom) - margin), min(side, column(east, zoom) + margin + 1))
    ys = range(max(0, row(north, zoom) - margin), min(side, row(south, zoom) + margin + 1))
    return [(x, y) for x in xs for y in ys]


def column(lon: float, zoom: int) -> int:
    """Find the tile column by bisection of `Address.box`."""
    return _bisect(zoom, lambda at: Address(zoom, at, 0).box()[2] <= lon)


def row(lat: float, zoom: int) -> int:
    """Find the tile row likewise."""
    return _bisect(zoom, lambda at: Address(zoom, 0, at).box()[1] >= lat)


def _bisect(zoom: int, beyond: Any) -> int:
    low, high = 0, 2**zoom - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if beyond(middle) else (low, middle)
    return low


def features(
    connection: sa.Connection,
    keys: str,
    address: tuple[int, int, int],
    viewer: Viewer = LEADER,
    **filters: str,
) -> dict[str, list[dict[str, Any]]]:
    """Return a decoded tile: features by layer."""
    z, x, y = (str(part) for part in address)
    question = ask(keys, (z, x, y), filters, viewer)
    body = read_tile(connection, question, viewer)
    return {key: layer["features"] for key, layer in mapbox_vector_tile.decode(body).items()}


def owned(
    connection: sa.Connection, key: str, zoom: int, viewer: Viewer = LEADER, /, **filters: str
) -> list[dict[str, Any]]:
    """Return a layer's features of all tiles, each from the tile that owns it."""
    return [
        feature
        for x, y in addresses(zoom)
        for feature in features(connection, key, (zoom, x, y), viewer, **filters).get(key, [])
        if "edge" not in feature["properties"]
    ]
