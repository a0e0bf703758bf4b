"""What is at this point? The server's answer to a click, from the same statements as the tiles.

What is drawn is what can be hit: a layer that shows only counts at this zoom, or nothing, is not
asked, and filters hide from the click what they hide from the map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from geo.errors import N_, RequestError
from geo.layers import LAYERS, MAX_ZOOM, POINT_LEAD, Filters, Layer
from geo.store import sql
from geo.store.access import Viewer
from geo.store.tiles import Statement, bind_filters, cells_around, conditions

TOUCH_PX = 10.0
"""How far from a point symbol's centre a click still means it, display pixels."""

BUILDING_FIRST_ZOOM = 17
"""From this display zoom on a click selects the building rather than its grid (ux §5)."""

_PIXELS_AROUND_WORLD = 256
_MERCATOR_LATITUDE = 85.06
_MAX_HITS = 20
_NOT_CLICKED = frozenset({"ground"})

_POINTS = (
    "SELECT l.*, {distance} AS distance_m FROM ({body}) AS l"
    " WHERE l.geom && ST_MakeEnvelope(:box_w, :box_s, :box_e, :box_n, 4326)"
    " AND {distance} <= :radius_m{conditions} ORDER BY distance_m, l.id LIMIT :most"
)
_AREAS = (
    "SELECT l.*, 0.0 AS distance_m FROM ({body}) AS l"
    " WHERE l.geom && {here} AND ST_Intersects(l.geom, {here}){conditions}"
    " ORDER BY l.id LIMIT :most"
)
_OUTER = (
    "SELECT h.id, h.distance_m, ST_X(h.anchor) AS anchor_lon, ST_Y(h.anchor) AS anchor_lat,"
    " {fields} FROM ({rows}) AS h ORDER BY h.distance_m, h.id"
)
_HERE = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)"
_DISTANCE = f"ST_DistanceSphere(l.geom, {_HERE})"


@dataclass(frozen=True)
class Hit:
    """A feature at the point.

    Attributes
    ----------
    layer
        Key of its layer.
    id
        Database id; for ``elderly`` and ``party_household`` that of the row of ``unit_summary``.
    distance_px
        From the point to the symbol's centre, display pixels; 0 inside an area.
    lon, lat
        Where it is (its anchor), degrees.
    properties
        The layer's fields, those with a value. Never personal.
    """

    layer: str
    id: int
    distance_px: float
    lon: float
    lat: float
    properties: dict[str, object]


def identify(
    connection: sa.Connection,
    viewer: Viewer,
    lon: float,
    lat: float,
    zoom: float,
    layers: Iterable[str],
    filters: Filters | None = None,
) -> list[Hit]:
    """Find what is drawn at a point.

    Parameters
    ----------
    connection
        Any connection of the store.
    viewer
        Who asks; layers not for this viewer are left out, as they are from the map.
    lon, lat
        The point, degrees.
    zoom
        Display zoom.
    layers
        Keys of the layers shown.
    filters
        As `geo.layers.read_filters` gives them.

    Returns
    -------
    list of Hit
        Points nearest first, by the priority of their layers; then the building or, below display
        zoom `BUILDING_FIRST_ZOOM`, the grid first; then larger areas.

    Raises
    ------
    RequestError
        If the point or the zoom cannot be, or a layer is unknown.
    """
    _check(lon, lat, zoom)
    shown = _shown(layers, viewer, zoom)
    hits: list[Hit] = []
    for layer in sorted(shown, key=lambda layer: _order(layer, zoom)):
        hits += _ask(connection, viewer, layer, (lon, lat, zoom), filters or {})
    return hits


def _check(lon: float, lat: float, zoom: float) -> None:
    inside = abs(lon) <= 180 and abs(lat) <= _MERCATOR_LATITUDE and 0 <= zoom <= MAX_ZOOM + 1  # noqa: PLR2004 - half the world
    if not inside:  # also for NaN, which compares with nothing
        raise RequestError(N_("This is not a point of the map."))


def _shown(keys: Iterable[str], viewer: Viewer, zoom: float) -> list[Layer]:
    named = set(keys)
    unknown = named - set(LAYERS)
    if unknown:
        raise RequestError(N_("There is no map layer called “{name}”."), name=min(unknown)[:40])
    return [
        LAYERS[key]
        for key in named - _NOT_CLICKED
        if viewer.role in LAYERS[key].roles and _drawn(LAYERS[key], zoom)
    ]


def _drawn(layer: Layer, zoom: float) -> bool:
    """Tell whether the map draws single features of a layer at a display zoom."""
    return layer.shows_features_at(_tile_zoom(zoom + (POINT_LEAD if layer.cells else 0)))


def _tile_zoom(zoom: float) -> int:
    """Return the zoom of the tiles drawn at a display zoom."""
    return max(0, min(MAX_ZOOM, math.ceil(zoom) - 1))


def _order(layer: Layer, zoom: float) -> tuple[int, str]:
    grid_first = zoom < BUILDING_FIRST_ZOOM and layer.key == "grid"
    return (LAYERS["building"].priority - 1 if grid_first else layer.priority, layer.key)


def metres_per_pixel(lat: float, zoom: float) -> float:
    """Return how much ground one display pixel covers, metres."""
    around_m = 2 * math.pi * 6378137.0 * math.cos(math.radians(lat))
    return float(around_m / (_PIXELS_AROUND_WORLD * 2**zoom))


def _ask(
    connection: sa.Connection,
    viewer: Viewer,
    layer: Layer,
    place: tuple[float, float, float],
    filters: Filters,
) -> list[Hit]:
    _lon, lat, zoom = place
    pixel_m = metres_per_pixel(lat, zoom)
    present = frozenset(key for key in filters if key in layer.filters)
    statement = _statement(layer.key, present, scoped=viewer.divisions is not None)
    values = bind_filters(filters, viewer) | _bind_place(place, TOUCH_PX * pixel_m)
    rows = connection.execute(statement.text, statement.pick(values)).mappings()
    return [_hit(layer, row, pixel_m) for row in rows]


def _bind_place(place: tuple[float, float, float], radius_m: float) -> dict[str, object]:
    lon, lat, zoom = place
    d_lat = 1.01 * radius_m / 111_000
    d_lon = d_lat / max(0.01, math.cos(math.radians(lat)))
    box = (lon - d_lon, lat - d_lat, lon + d_lon, lat + d_lat)
    return {
        "lon": lon,
        "lat": lat,
        "zoom": _tile_zoom(zoom),
        "radius_m": radius_m,
        "most": _MAX_HITS,
        "around": cells_around(*box),
        **{f"box_{side}": edge for side, edge in zip("wsen", box, strict=True)},
    }


@lru_cache(maxsize=256)
def _statement(key: str, present: frozenset[str], *, scoped: bool) -> Statement:
    layer = LAYERS[key]
    inner = _POINTS if layer.geometry == "point" else _AREAS
    rows = inner.format(
        body=sql.read(f"layers/{key}"),
        here=_HERE,
        distance=_DISTANCE,
        conditions=conditions(layer.filters, present, scoped=scoped),
    )
    fields = ", ".join(f'h."{name}"' for name in layer.fields)
    return Statement.of(_OUTER.format(fields=fields, rows=rows))


def _hit(layer: Layer, row: sa.RowMapping, pixel_m: float) -> Hit:
    return Hit(
        layer.key,
        int(row["id"]),
        float(row["distance_m"]) / pixel_m,
        float(row["anchor_lon"]),
        float(row["anchor_lat"]),
        {name: row[name] for name in layer.fields if row[name] is not None},
    )
