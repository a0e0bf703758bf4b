"""Coordinates: the one place that knows reference systems and metres.

Stored geometry is EPSG:4326. The official Chinese system, CGCS2000 (EPSG:4490), differs from it by
centimetres, far below what any of our layers is surveyed to, while every browser, tile and GeoJSON
reader speaks 4326 without a conversion; so 4490 is accepted at the door and stored as 4326.

GCJ-02 (Amap, Tencent) and BD-09 (Baidu) are not in any registry of reference systems: they shift
WGS84 by 50–700 m, not linearly. The forward formulas are the ones everybody uses; the inverse is
found by iteration, to below a millimetre.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import N_, CrsError

STORED_SRID = 4326
STORED_CRS = pyproj.CRS.from_epsg(STORED_SRID)
SPECIAL_CRS = ("gcj02", "bd09")

Floats = npt.NDArray[np.float64]

_KRASOVSKY_A_M = 6378245.0
_KRASOVSKY_E2 = 0.00669342162296594323
_CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_ZONE_3_DEGREES = {"first": 4534, "first_meridian": 75, "last_meridian": 135}


def metric_crs(lon: float, lat: float) -> pyproj.CRS:
    """Choose a local CRS in metres for a place.

    In China the CGCS2000 3° Gauss–Krüger zone (EPSG:4534–4554), elsewhere the WGS84 UTM zone.

    Parameters
    ----------
    lon, lat
        The place, degrees, EPSG:4326.

    Raises
    ------
    CrsError
        If the numbers are not a place on earth.
    """
    if not (-180 <= lon <= 180 and -84 <= lat <= 84):  # noqa: PLR2004 - the range of UTM
        raise CrsError(
            N_("Longitude {lon}, latitude {lat} is not a place on earth."), lon=lon, lat=lat
        )
    west, south, east, north = _CHINA_BOX
    meridian = 3 * round(lon / 3)
    zone = _ZONE_3_DEGREES
    covered = zone["first_meridian"] <= meridian <= zone["last_meridian"]
    if covered and west <= lon <= east and south <= lat <= north:
        return pyproj.CRS.from_epsg(zone["first"] + (meridian - zone["first_meridian"]) // 3)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + int((lon + 180) // 6) % 60 + 1)


def metric_crs_of(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> pyproj.CRS:
    """Choose the local metric CRS of a frame by the middle of its bounds.

    Raises
    ------
    CrsError
        If the frame has no CRS or no geometry.
    """
    if frame.crs is None:
        raise CrsError(N_("These coordinates have no reference system; say which one they are in."))
    west, south, east, north = frame.to_crs(STORED_CRS).total_bounds
    if not math.isfinite(west):
        raise CrsError(N_("There is no geometry to place."))
    return metric_crs(float(west + east) / 2, float(south + north) / 2)


def to_metric(shapes: npt.NDArray[Any], crs: pyproj.CRS) -> npt.NDArray[Any]:
    """Project an array of stored (EPSG:4326) shapely geometries to a metric CRS."""
    return _project(shapes, STORED_CRS, crs)


def to_stored(shapes: npt.NDArray[Any], crs: pyproj.CRS) -> npt.NDArray[Any]:
    """Project an array of shapely geometries in `crs` to the stored EPSG:4326."""
    return _project(shapes, crs, STORED_CRS)


def _project(shapes: npt.NDArray[Any], source: pyproj.CRS, target: pyproj.CRS) -> npt.NDArray[Any]:
    move = _transformer(source, target).transform
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1])))
    )


@cache
def _transformer(source: pyproj.CRS, target: pyproj.CRS) -> pyproj.Transformer:
    """Make a transformer once: that takes longer than projecting ten thousand points."""
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def in_china(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Tell where the GCJ-02 shift applies (a box, as in the public formulas)."""
    west, south, east, north = _CHINA_BOX
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def _wave(value: Floats) -> Floats:
    pi = math.pi
    return (20.0 * np.sin(6.0 * value * pi) + 20.0 * np.sin(2.0 * value * pi)) * 2.0 / 3.0


def _shift(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the GCJ-02 shift at WGS84 places, degrees."""
    pi = math.pi
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + _wave(x)
    north += (20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + _wave(x)
    east += (20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    curve = 1 - _KRASOVSKY_E2 * np.sin(phi) ** 2
    meridian_m = _KRASOVSKY_A_M * (1 - _KRASOVSKY_E2) / curve**1.5
    parallel_m = _KRASOVSKY_A_M / np.sqrt(curve) * np.cos(phi)
    inside = in_china(lon, lat)
    return (
        np.where(inside, np.degrees(east / parallel_m), 0.0),
        np.where(inside, np.degrees(north / meridian_m), 0.0),
    )


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift WGS84 degrees to GCJ-02; arrays of shape (n,)."""
    d_lon, d_lat = _shift(lon, lat)
    return lon + d_lon, lat + d_lat


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Undo the GCJ-02 shift by fixed-point iteration; arrays of shape (n,)."""
    x, y = lon.copy(), lat.copy()
    for _step in range(12):
        d_lon, d_lat = _shift(x, y)
        x, y = lon - d_lon, lat - d_lat
    return x, y


def bd09_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Shift BD-09 degrees to GCJ-02; arrays of shape (n,)."""
    k = math.pi * 3000.0 / 180.0
    x, y = lon - 0.0065, lat - 0.006
    radius = np.hypot(x, y) - 0.00002 * np.sin(y * k)
    angle = np.arctan2(y, x) - 0.000003 * np.cos(x * k)
    return radius * np.cos(angle), radius * np.sin(angle)


def bd09_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Bring BD-09 degrees to WGS84; arrays of shape (n,)."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def parse_crs(name: str) -> pyproj.CRS | str:
    """Read a CRS given by a person: ``gcj02``, ``bd09``, ``EPSG:4490`` or ``4490``.

    Raises
    ------
    CrsError
        If nothing of that name exists.
    """
    text = name.strip().lower().replace("-", "")
    if text in SPECIAL_CRS:
        return text
    try:
        return pyproj.CRS.from_user_input(int(text) if text.isdigit() else name)
    except pyproj.exceptions.CRSError as error:
        raise CrsError(
            N_("There is no reference system {name}. Try EPSG:4326, EPSG:4490, gcj02 or bd09."),
            name=name,
        ) from error


def bring_to_stored(shapes: npt.NDArray[Any], crs: pyproj.CRS | str) -> npt.NDArray[Any]:
    """Bring shapely geometries in any accepted CRS (see `parse_crs`) to EPSG:4326."""
    if isinstance(crs, pyproj.CRS):
        return to_stored(shapes, crs)
    undo = gcj02_to_wgs84 if crs == "gcj02" else bd09_to_wgs84
    return np.asarray(
        shapely.transform(shapes, lambda xy: np.column_stack(undo(xy[:, 0], xy[:, 1])))
    )
