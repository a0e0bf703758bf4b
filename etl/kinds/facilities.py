"""Facilities: a kind and a place; an id of their own where the file has none."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl import checks
from etl.arrays import absent, without
from etl.checks import Areas
from etl.context import Context
from etl.mapping import NOT_KEPT, facility_kinds
from etl.rows import Rows
from geo import crs
from geo.errors import N_

Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

KEPT_WHERE_EMPTY = ("name", "address", "capacity", "area_m2")

MAX_CAPACITY = 1_000_000
MAX_AREA_M2 = 1e8


def prepare(rows: Rows, shapes: Shapes, context: Context) -> pd.DataFrame:
    """Check the rows and return the good ones as the table wants them.

    Returns
    -------
    DataFrame
        Columns of ``facility``, one row per accepted row; index: position in the file.
    """
    places = checks.points(rows, shapes)
    frame = pd.DataFrame({"kind": _kinds(rows, context)})
    frame["name"] = rows.text("name").fillna("")
    frame["address"] = rows.text("address").fillna("")
    frame["capacity"] = rows.number("capacity", 0, MAX_CAPACITY)
    frame["area_m2"] = rows.number("area_m2", 0, MAX_AREA_M2, whole=False)
    frame["external_id"] = _ids(rows, frame, places)
    frame["geom"] = places
    _place(rows, frame, places, context)
    return frame[rows.findings.accepted]


def _kinds(rows: Rows, context: Context) -> Shapes:
    forced = context.options.facility_kind
    if forced:
        return np.full(rows.size, forced, dtype=object)
    text = rows.raw("kind")
    kinds = facility_kinds(text, rows.mapping)
    rows.findings.refuse(text.isna(), "kind", text, N_("has no kind; give one with --kind"))
    unknown = absent(kinds) & text.notna().to_numpy()
    rows.findings.refuse(
        unknown, "kind", text, N_("is an unknown kind; name it in --mapping or give --kind")
    )
    left_out = np.equal(kinds, NOT_KEPT)
    rows.findings.refuse(left_out, "kind", text, N_("is no facility this map keeps"))
    return without(kinds, left_out)


def _ids(rows: Rows, frame: pd.DataFrame, places: Shapes) -> pd.Series:
    """Return the file's ids; without such a column, a stable one from name and place."""
    if rows.has("external_id"):
        return rows.key()
    lon, lat = shapely.get_x(places), shapely.get_y(places)
    made = [stable_id(name, x, y) for name, x, y in zip(frame["name"], lon, lat, strict=True)]
    ids = pd.Series(made, index=frame.index, dtype="str").mask(shapely.is_missing(places))
    rows.refuse_repeats(ids, "name", N_("same name and place as row {first}"))
    return ids


def stable_id(name: str, lon: float, lat: float) -> str:
    """Make an id from a name and a place rounded to 0.1 m, the same whenever it is imported."""
    key = f"{name}|{lon:.6f}|{lat:.6f}".encode()
    return "h-" + hashlib.blake2b(key, digest_size=8).hexdigest()


def _place(rows: Rows, frame: pd.DataFrame, places: Shapes, context: Context) -> None:
    """Set community and street; a facility a short way outside still serves its street."""
    areas = context.communities()
    area = checks.locate(places, areas)
    ids = areas.ids[area] if len(areas.ids) else np.full(len(area), -1)
    frame["community_id"] = np.where(area >= 0, ids, np.nan)
    parents = context.divisions.set_index("id")["parent_id"]
    street = parents.reindex(np.where(area >= 0, ids, -1)).to_numpy(dtype=float)
    near, distance_m = nearest(places, areas)
    reach_m = context.options.reach_m
    lost = ~shapely.is_missing(places) & ~(distance_m <= reach_m)
    rows.findings.refuse(
        lost,
        "geometry",
        checks.shown(places),
        N_("stands more than {reach} m outside the street"),
        reach=f"{reach_m:g}",
    )
    close = areas.ids[near] if len(areas.ids) else np.full(len(near), -1)
    beside = parents.reindex(close).to_numpy(dtype=float)
    frame["street_id"] = np.where(np.isnan(street), beside, street)


def nearest(places: Shapes, areas: Areas) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return each point's nearest area and the distance to it in metres, inf for none.

    The plane is the local one of each area, so areas may lie on different continents.
    """
    best = np.full(len(places), np.inf)
    which = np.zeros(len(places), dtype=np.int64)
    present = np.flatnonzero(~shapely.is_missing(places))
    for at, shape in enumerate(areas.shapes):
        plane = crs.metric_crs(*shapely.get_coordinates(shape.centroid)[0])
        near = present[_roughly_near(places[present], shape)]
        ground = crs.to_metric(np.array([shape], dtype=object), plane)[0]
        distance_m = shapely.distance(crs.to_metric(places[near], plane), ground)
        closer = distance_m < best[near]
        best[near[closer]], which[near[closer]] = distance_m[closer], at
    return which, best


def _roughly_near(places: Shapes, shape: Any) -> npt.NDArray[np.bool_]:
    """Leave out what lies degrees away: a plane far from its middle has no true metres."""
    west, south, east, north = shape.bounds
    x, y = shapely.get_x(places), shapely.get_y(places)
    return np.asarray((x > west - 1) & (x < east + 1) & (y > south - 1) & (y < north + 1))
