"""Vector tiles: one SQL path for all layers.

Every layer's statement (``sql/layers/<key>.sql``) is wrapped the same way — box, viewer, filters,
Mercator, clipping — and the layers of a request are concatenated in one statement: one round trip.
Values are bound, identifiers come from the registry, and the tile's box is what gets transformed,
never the indexed column.

A tile carries 128 of 4096 units (16 of 512 pixels) of its neighbours, so that strokes and symbols
are whole at its edges. A feature belongs to the one tile that holds its anchor; in a neighbour's
tile it has the property ``edge``.
"""

from __future__ import annotations

import gzip
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import h3
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from geo.errors import N_, RequestError, StoreUnreachableError
from geo.layers import (
    CELL_RESOLUTION,
    LAYERS,
    MAX_ZOOM,
    PLANNERS,
    Cells,
    Filters,
    Layer,
    choose,
    read_filters,
)
from geo.store import sql
from geo.store.access import Viewer
from geo.store.versions import DRAFT, Versions

EXTENT = 4096
BUFFER = 128
TILE_TIMEOUT_S = 2.0
CACHE_BYTES = 64 * 1024 * 1024

_PACKING = 1  # half the time of the usual level for a sixth more bytes, and nobody is far away
_LOCAL_TIME = ZoneInfo("Asia/Shanghai")
_AROUND_DEG = 0.1
_CELL_REACH_M = 100  # the finest cells have edges of 60 to 85 m
_FINE_ZOOM = 13  # below, the tile is most of a city, and the days alone are the better filter
_MERCATOR_LATITUDE = 85.06  # the pyramid ends at 85.0511
_LONG_AGO, _FAR_AHEAD = date(1900, 1, 1), date(9999, 1, 1)


@dataclass(frozen=True)
class Address:
    """A tile address of the usual Web Mercator pyramid: zoom, column from west, row from north."""

    z: int
    x: int
    y: int

    @classmethod
    def read(cls, z: str, x: str, y: str) -> Address:
        """Read the three parts of an address.

        Raises
        ------
        RequestError
            If a part is not a plain number, or there is no such tile.
        """
        parts = [
            int(part) if part.isascii() and part.isdigit() and len(part) < 10 else -1  # noqa: PLR2004 - longer cannot be a tile
            for part in (z, x, y)
        ]
        address = cls(*parts)
        if not (0 <= address.z <= MAX_ZOOM and address.exists()):
            raise RequestError(
                N_("There is no tile {z}/{x}/{y}; zooms go from 0 to {last}."),
                z=z[:12],
                x=x[:12],
                y=y[:12],
                last=MAX_ZOOM,
            )
        return address

    def exists(self) -> bool:
        """Tell whether the pyramid has this tile at its zoom."""
        side = 1 << self.z
        return 0 <= self.x < side and 0 <= self.y < side

    def box(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees; `margin` is a share of the tile's side.

        Neighbours share their border to the last bit: both compute it from the same number. The
        outermost borders reach beyond the world, so that every place has a tile.
        """
        side = 2**self.z
        return (
            -181.0 if self.x == 0 else _longitude((self.x - margin) / side),
            -90.0 if self.y == side - 1 else _latitude((self.y + 1 + margin) / side),
            181.0 if self.x == side - 1 else _longitude((self.x + 1 + margin) / side),
            90.0 if self.y == 0 else _latitude((self.y - margin) / side),
        )

    def limits(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Return the same box, ending where the world of the map does."""
        west, south, east, north = self.box(margin)
        end = _MERCATOR_LATITUDE
        return max(west, -180.0), max(south, -end), min(east, 180.0), min(north, end)

    def owns(self, lon: float, lat: float) -> bool:
        """Tell whether a place belongs to this tile; each place belongs to one of a zoom."""
        west, south, east, north = self.box()
        return west <= lon < east and south < lat <= north

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Return where in the tile a place lies, whole tile units from its north-west corner."""
        side = 2**self.z
        down = (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0
        across = (lon + 180.0) / 360.0
        return (
            float(round((across * side - self.x) * EXTENT)),
            float(round((down * side - self.y) * EXTENT)),
        )


def _longitude(share: float) -> float:
    return share * 360.0 - 180.0


def _latitude(share: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * share))))


@dataclass(frozen=True)
class Question:
    """A checked tile request.

    Attributes
    ----------
    layers
        In registry order.
    address
        Which tile.
    filters
        Only those some layer of the request listens to at this zoom, so that an idle parameter
        does not make another tile of it.
    """

    layers: tuple[Layer, ...]
    address: Address
    filters: tuple[tuple[str, Any], ...]

    @property
    def subjects(self) -> frozenset[str]:
        """The tables the answer depends on."""
        z = self.address.z
        read = frozenset(subject for layer in self.layers for subject in layer.subjects_at(z))
        return read | {DRAFT} if self.names_plan else read

    @property
    def names_plan(self) -> bool:
        """Whether a plan is asked for by number: it may be a draft, which changes by itself."""
        return any(key == "plan" for key, _value in self.filters)


def ask(
    keys: str, address: tuple[str, str, str], parameters: Mapping[str, str], viewer: Viewer
) -> Question:
    """Check a tile request.

    Parameters
    ----------
    keys
        Comma-joined layer keys.
    address
        Zoom, column, row, as written.
    parameters
        The filters, as written.
    viewer
        Who asks.

    Raises
    ------
    RequestError
        Unknown layer, tile, filter or value.
    NotAllowedError
        A layer this viewer may not see.
    """
    layers = choose(keys, viewer.role)
    tile = Address.read(*address)
    filters = read_filters(parameters)
    heard = {key for layer in layers for key in _listens_to(layer, tile.z)}
    return Question(layers, tile, tuple(sorted((k, v) for k, v in filters.items() if k in heard)))


def _listens_to(layer: Layer, zoom: int) -> Iterable[str]:
    cells = layer.cells_at(zoom)
    return (cells or layer).filters


# ------------------------------------------------------------------------------- the statement

LINEAR_ZOOM = 12
"""From here on a tile is so low that latitude runs linearly in it (to half a unit of 4096): the
degrees are scaled as they are, and nothing needs to be projected."""

_BOX = "ST_MakeEnvelope(:box_w, :box_s, :box_e, :box_n, 4326)"
_IN_BOX = f"l.geom && {_BOX}"
# Not a condition an index on the geometry could serve: it would be taken for the better one.
_IN_BOX_BY_CELLS = (
    "ST_X(l.geom) BETWEEN :box_w AND :box_e AND ST_Y(l.geom) BETWEEN :box_s AND :box_n"
)
_EDGE = (
    "CASE WHEN ST_X(l.anchor) >= :own_w AND ST_X(l.anchor) < :own_e AND ST_Y(l.anchor) > :own_s"
    " AND ST_Y(l.anchor) <= :own_n THEN NULL ELSE true END AS edge"
)
_MERCATOR = (
    "ST_AsMVTGeom(ST_Transform(l.shape, 3857), ST_TileEnvelope(:z, :x, :y),"
    f" {EXTENT}, {BUFFER}, true)"
)
_LINEAR = (
    "ST_AsMVTGeom(l.shape, ST_MakeEnvelope(:lin_w, :lin_s, :lin_e, :lin_n, 4326),"
    f" {EXTENT}, {BUFFER}, true)"
)
# A building is far smaller than a tile: cutting it at the edge costs more than it saves.
_WHOLE = (
    "ST_SnapToGrid(ST_TransScale(ST_ForcePolygonCW(l.shape), -CAST(:lin_w AS float8),"
    " -CAST(:lin_n AS float8), CAST(:scale_x AS float8), -CAST(:scale_y AS float8)), 1)"
)
_POINT = (
    "ST_MakePoint(round((ST_X(l.geom) - CAST(:lin_w AS float8)) * CAST(:scale_x AS float8)),"
    " round((CAST(:lin_n AS float8) - ST_Y(l.geom)) * CAST(:scale_y AS float8)))"
)
_FEATURES = "SELECT l.id, {shape} AS geom, {columns} FROM ({body}) AS l WHERE {in_box}{conditions}"
_COUNTED = "SELECT l.cell, {sums} FROM ({body}) AS l WHERE true{conditions} GROUP BY l.cell"
_COUNTS = (
    "SELECT k.cell AS id, ST_MakePoint(c.px, c.py) AS geom, c.edge, {sums} FROM ({parts}) AS k"
    " INNER JOIN unnest(CAST(:cells AS bigint[]), CAST(:pxs AS float8[]), CAST(:pys AS float8[]),"
    " CAST(:edges AS boolean[])) AS c (cell, px, py, edge) ON c.cell = k.cell"
    " GROUP BY k.cell, c.px, c.py, c.edge HAVING sum(k.n) > 0"
)
_LAYER = (
    "COALESCE((SELECT ST_AsMVT(t, '{key}', {extent}, 'geom', 'id') FROM ({rows}) AS t), ''::bytea)"
)


def conditions(filters: Mapping[str, str | None], present: Iterable[str], *, scoped: bool) -> str:
    """Write the conditions on a layer's rows: its filters and the viewer's divisions."""
    parts = [
        f"l.{filters[key]} = ANY(:{key})" for key in sorted(present) if filters.get(key) is not None
    ]
    if scoped:
        parts.append("l.community_id = ANY(CAST(:divisions AS bigint[]))")
    return "".join(f" AND {part}" for part in parts)


@dataclass(frozen=True)
class Statement:
    """A statement and the names of the values it binds."""

    text: sa.TextClause
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Statement:
        """Read the bound names from the text."""
        return cls(sa.text(text), tuple(sorted(set(_BOUND.findall(text)))))

    def pick(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values it binds."""
        return {name: values[name] for name in self.names}


_BOUND = re.compile(r"(?<!:):([a-z_]+)")


@lru_cache(maxsize=512)
def _statement(
    keys: tuple[str, ...], zoom: int, present: frozenset[str], *, scoped: bool
) -> Statement | None:
    """Write the statement of a request; None where no layer shows anything at this zoom."""
    parts = [
        _LAYER.format(key=key, extent=EXTENT, rows=rows)
        for key in keys
        if (rows := _rows(LAYERS[key], zoom, present, scoped=scoped))
    ]
    return Statement.of("SELECT " + " || ".join(parts)) if parts else None


def _rows(layer: Layer, zoom: int, present: frozenset[str], *, scoped: bool) -> str:
    cells = layer.cells_at(zoom)
    if cells:
        return _counted(cells, present, scoped=scoped)
    if not layer.shows_features_at(zoom):
        return ""
    columns = [f'l."{name}"' for name in layer.fields]
    return _FEATURES.format(
        shape=_shape(layer, zoom),
        columns=", ".join([*columns, _EDGE] if layer.owned else columns),
        body=sql.read(f"layers/{layer.key}"),
        in_box=_IN_BOX_BY_CELLS if layer.by_cells else _IN_BOX,
        conditions=conditions(layer.filters, present, scoped=scoped),
    )


def _shape(layer: Layer, zoom: int) -> str:
    if layer.geometry == "point":
        return _POINT
    if zoom < LINEAR_ZOOM:
        return _MERCATOR
    return _LINEAR if layer.clipped else _WHOLE


def _counted(cells: Cells, present: frozenset[str], *, scoped: bool) -> str:
    """Write the counts: each statement on its own, so that it computes only what is asked."""
    narrowed = conditions(cells.filters, present, scoped=scoped)
    parts = (
        _COUNTED.format(
            sums=_sums("l", cells.sums), body=sql.read(f"layers/{name}"), conditions=narrowed
        )
        for name in cells.sql
    )
    return _COUNTS.format(sums=_sums("k", cells.sums), parts=" UNION ALL ".join(parts))


def _sums(source: str, names: tuple[str, ...]) -> str:
    return ", ".join(f'CAST(sum({source}."{name}") AS integer) AS "{name}"' for name in names)


@cache
def code_version() -> str:
    """Return a token of the registry and its statements: tiles of older code are other tiles."""
    texts = [repr(layer) for layer in LAYERS.values()]
    texts += [sql.read(f"layers/{layer.key}") for layer in LAYERS.values()]
    texts += [
        sql.read(f"layers/{name}")
        for layer in LAYERS.values()
        for cells in layer.cells
        for name in cells.sql
    ]
    texts += [_FEATURES, _COUNTED, _COUNTS, _LAYER, _EDGE, _MERCATOR, _LINEAR, _WHOLE, _POINT]
    return blake2b("".join(texts).encode(), digest_size=6).hexdigest()


# --------------------------------------------------------------------------------- bound values


def bind(question: Question, viewer: Viewer) -> dict[str, object]:
    """Return the values a statement may bind; those it does not name are simply left out."""
    address, filters = question.address, dict(question.filters)
    values = {**bind_filters(filters, viewer), **_bind_address(address)}
    if any(layer.cells_at(address.z) for layer in question.layers):
        values |= _cell_values(address)
    else:
        values["around"] = cells_around(*address.limits(BUFFER / EXTENT))
    return values


def _bind_address(address: Address) -> dict[str, object]:
    west, south, east, north = address.limits()
    values: dict[str, object] = {
        "zoom": address.z,
        "scale_x": EXTENT / (east - west),
        "scale_y": EXTENT / (north - south),
        "z": address.z,
        "x": address.x,
        "y": address.y,
    }
    boxes = {
        "own": address.box(),
        "box": address.limits(BUFFER / EXTENT),
        "lin": (west, south, east, north),
    }
    for prefix, box in boxes.items():
        values |= {f"{prefix}_{side}": edge for side, edge in zip("wsen", box, strict=True)}
    return values


def bind_filters(filters: Filters, viewer: Viewer) -> dict[str, object]:
    """Return the bound values of the filters (all of them, None where not asked for)."""
    values: dict[str, object] = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in ((key, filters.get(key)) for key in LAYER_FILTER_KEYS)
    }
    first, last = filters.get("from"), filters.get("to")
    values |= _period(
        first if isinstance(first, date) else None, last if isinstance(last, date) else None
    )
    values["divisions"] = sorted(viewer.divisions) if viewer.divisions is not None else None
    values["drafts"] = viewer.role in PLANNERS
    return values


LAYER_FILTER_KEYS = ("community", "plan", "sign", "class", "care", "kind")


def _period(first: date | None, last: date | None) -> dict[str, object]:
    """Split a half-open period of days into whole months and the ragged days around them.

    What is empty is None: the planner sees that nothing can be there and does not look.
    """
    start, end = first or _LONG_AGO, last or _FAR_AHEAD
    next_month = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    month_from, month_to = start if start.day == 1 else next_month, end.replace(day=1)
    if month_from < month_to:
        months: tuple[date | None, date | None] = (month_from, month_to)
        head, tail = (start, month_from), (month_to, end)
    else:  # no whole month: all days are ragged
        months, head, tail = (None, None), (start, end), (end, end)
    return {
        "from_at": _midnight(first),
        "to_at": _midnight(last),
        "month_from": months[0],
        "month_to": months[1],
        **_ragged("head", *head),
        **_ragged("tail", *tail),
    }


def _ragged(name: str, start: date, end: date) -> dict[str, object]:
    some = start < end
    return {
        f"{name}_from": _midnight(start) if some else None,
        f"{name}_to": _midnight(end) if some else None,
    }


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time(), _LOCAL_TIME).astimezone(UTC)


@lru_cache(maxsize=4096)
def _cell_values(address: Address) -> dict[str, object]:
    """Return the H3 cells whose centres lie in the tile or its margin, and where in the tile."""
    resolution = CELL_RESOLUTION[address.z]
    west, south, east, north = address.limits(BUFFER / EXTENT)
    ring = [(south, west), (south, east), (north, east), (north, west)]
    cells = h3.polygon_to_cells(h3.LatLngPoly(ring), resolution)
    centres = [h3.cell_to_latlng(cell) for cell in cells]
    placed = [address.place(lon, lat) for lat, lon in centres]
    return {
        "res": resolution,
        "cells": [h3.str_to_int(cell) for cell in cells],
        "fine": _children(cells) if address.z >= _FINE_ZOOM else None,
        "pxs": [px for px, _py in placed],
        "pys": [py for _px, py in placed],
        "edges": [None if address.owns(lon, lat) else True for lat, lon in centres],
    }


def cells_around(west: float, south: float, east: float, north: float) -> list[int]:
    """Return the finest H3 cells that touch a box, and some more; none for a box of a country.

    A cell that touches has its centre less than a cell's reach away.
    """
    if north - south > _AROUND_DEG:
        return []
    reach_lat = _CELL_REACH_M / 111_000
    reach_lon = reach_lat / math.cos(math.radians(max(abs(south), abs(north)) + 0.01))
    low, high = south - reach_lat, north + reach_lat
    left, right = west - reach_lon, east + reach_lon
    ring = [(low, left), (low, right), (high, right), (high, left)]
    cells = h3.polygon_to_cells(h3.LatLngPoly(ring), max(CELL_RESOLUTION.values()))
    return [h3.str_to_int(cell) for cell in cells]


def _children(cells: list[str]) -> list[int]:
    """Return the finest cells inside, so that the index can be asked for just these."""
    finest = max(CELL_RESOLUTION.values())
    return [h3.str_to_int(fine) for cell in cells for fine in h3.cell_to_children(cell, finest)]


# ------------------------------------------------------------------------------------- reading


NEAR_ZOOM = 14
"""From here on tiles are alike and small: planning each anew would take longer than reading it."""


def tile_engine(engine: sa.Engine, connections: int = 4, *, near: bool = False) -> sa.Engine:
    """Make the tiles' own small pool on the database of `engine`.

    Read only, two seconds a statement, no transaction round trips.

    Parameters
    ----------
    engine
        Where the data are.
    connections
        Most connections.
    near
        Whether statements are prepared once and planned for any values (`NEAR_ZOOM`), or planned
        for the values at hand: a month of a whole city and a year of a block want different ways.
    """
    options = {
        "statement_timeout": str(int(TILE_TIMEOUT_S * 1000)),
        "default_transaction_read_only": "on",
        "jit": "off",
        "plan_cache_mode": "force_generic_plan" if near else "force_custom_plan",
        "max_parallel_workers_per_gather": "0",
        "work_mem": "32MB",
        "random_page_cost": "1.1",  # what a map asks for is in memory
        "timezone": "UTC",
    }
    return sa.create_engine(
        engine.url,
        connect_args={
            "application_name": "wangge tiles",
            "connect_timeout": 5,
            "options": " ".join(f"-c {key}={value}" for key, value in options.items()),
            "prepare_threshold": 0 if near else None,
        },
        isolation_level="AUTOCOMMIT",
        pool_size=connections,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_reset_on_return=None,
        pool_recycle=1800,
    )


def read_tile(connection: sa.Connection, question: Question, viewer: Viewer) -> bytes:
    """Ask the database for a tile.

    Returns
    -------
    bytes
        A Mapbox vector tile, not compressed; empty where there is nothing.
    """
    present = frozenset(key for key, _value in question.filters)
    keys = tuple(layer.key for layer in question.layers)
    statement = _statement(keys, question.address.z, present, scoped=viewer.divisions is not None)
    if statement is None:
        return b""
    values = statement.pick(bind(question, viewer))
    return bytes(connection.scalar(statement.text, values) or b"")


@dataclass(frozen=True)
class Tile:
    """A finished answer.

    Attributes
    ----------
    etag
        Weak entity tag, quoted.
    packed
        The tile, gzipped.
    """

    etag: str
    packed: bytes

    def unpacked(self) -> bytes:
        """Return the tile for a reader that does not take gzip."""
        return gzip.decompress(self.packed)


class Tiles:
    """Tiles with a cache that goes stale when the data changes.

    Parameters
    ----------
    engine
        See `tile_engine`; closed by whoever made it.
    versions
        The data versions.
    near
        The engine for near tiles; None: the same.
    cache_bytes
        Most bytes of packed tiles to keep; the longest unused go first.
    """

    def __init__(
        self,
        engine: sa.Engine,
        versions: Versions,
        *,
        near: sa.Engine | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._far, self._near = engine, near or engine
        self.versions = versions
        self._limit = cache_bytes
        self._kept: OrderedDict[str, Tile] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def etag(self, question: Question, viewer: Viewer) -> str:
        """Return the entity tag of the answer as the data stand now; may ask the database."""
        address = question.address
        parts = (
            code_version(),
            self.versions.of(question.subjects),
            viewer.fingerprint,
            ",".join(layer.key for layer in question.layers),
            f"{address.z}/{address.x}/{address.y}",
            repr(question.filters),
        )
        return 'W/"' + blake2b("|".join(parts).encode(), digest_size=12).hexdigest() + '"'

    def kept(self, etag: str) -> Tile | None:
        """Return the tile from the cache."""
        with self._lock:
            tile = self._kept.get(etag)
            if tile:
                self._kept.move_to_end(etag)
            return tile

    def make(self, question: Question, viewer: Viewer, etag: str) -> Tile:
        """Ask the database, pack and keep the answer.

        Raises
        ------
        StoreUnreachableError
            If the database does not answer in time.
        """
        tile = Tile(etag, gzip.compress(self._read(question, viewer), _PACKING, mtime=0))
        self._keep(tile)
        return tile

    def _read(self, question: Question, viewer: Viewer) -> bytes:
        try:
            return self._read_once(question, viewer)
        except OperationalError as error:
            # A restarted database leaves dead connections in the pool: once more, with a new one.
            if not error.connection_invalidated:
                raise _too_slow() from error
            return self._read_again(question, viewer)

    def _read_again(self, question: Question, viewer: Viewer) -> bytes:
        try:
            return self._read_once(question, viewer)
        except DBAPIError as error:
            raise _too_slow() from error

    def _read_once(self, question: Question, viewer: Viewer) -> bytes:
        engine = self._near if question.address.z >= NEAR_ZOOM else self._far
        with engine.connect() as connection:
            return read_tile(connection, question, viewer)

    def _keep(self, tile: Tile) -> None:
        with self._lock:
            known = self._kept.pop(tile.etag, None)
            self._bytes += len(tile.packed) - (len(known.packed) if known else 0)
            self._kept[tile.etag] = tile
            while self._bytes > self._limit and self._kept:
                _etag, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.packed)


def _too_slow() -> StoreUnreachableError:
    return StoreUnreachableError(
        N_("The database did not answer in time. Wait a moment and try again.")
    )
