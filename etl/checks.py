"""Shapes and places: coordinates that can be, valid polygons, and where they lie.

Reference systems are settled here: everything that leaves this module is EPSG:4326.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from etl import parse
from etl.arrays import without
from etl.rows import Rows
from geo import crs as reference
from geo.errors import N_, CrsError, FileError

Shapes = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_METRES = 400.0
"""Beyond any degree: such a number is metres (or feet)."""

_FEW_AREAS = 8
_POINT, _MULTIPOINT = 0, 4
_POLYGONS = (3, 6)
_COLLECTION = 7
_KEPT_SHARE = 0.9


# --------------------------------------------------------------------------- from rows to shapes


def shapes_of(rows: Rows, crs_name: str | None, *, required: bool) -> Shapes:
    """Return the rows' shapes, EPSG:4326; None where there is none or it was refused.

    Geometry of the file itself goes first, then a column of WKT, then longitude and latitude.

    Parameters
    ----------
    rows
        The rows; findings are added to them.
    crs_name
        What a person says the coordinates are in (see `geo.crs.parse_crs`); it goes over what
        the file says, because files lie.
    required
        Whether a row without a shape is refused.

    Raises
    ------
    FileError
        If there are no coordinates at all, or nobody says what they are in and they cannot be
        degrees.
    CrsError
        If the reference system does not exist.
    """
    shapes = _raw_shapes(rows, required=required)
    system = choose_crs(crs_name, rows.sheet.crs, shapes)
    _refuse_nothing(rows, shapes, required=required)
    bad = _refuse_impossible(rows, shapes, system)
    shapes = without(shapes, bad | shapely.is_empty(shapes))
    if system == reference.STORED_CRS:
        return shapes
    stored = reference.bring_to_stored(shapes, system)
    lost = ~_finite(stored)
    rows.findings.refuse(
        lost, "geometry", shown(shapes), N_("is no place in the reference system given")
    )
    return without(stored, lost)


def _raw_shapes(rows: Rows, *, required: bool) -> Shapes:
    if rows.sheet.geometry is not None:
        broken = rows.sheet.unreadable
        if broken is not None:
            rows.findings.refuse(broken, "geometry", None, N_("the shape is not closed or damaged"))
        return rows.sheet.geometry.copy()
    if rows.has("wkt"):
        rows.findings.columns["geometry"] = rows.columns.get("wkt", "wkt")
        return _from_wkt(rows)
    if rows.has("lon") and rows.has("lat"):
        pair = [rows.columns.get(name, name) for name in ("lon", "lat")]
        rows.findings.columns["geometry"] = ", ".join(pair)
        return _from_columns(rows)
    if required:
        raise FileError(
            N_("Columns found: {found}; needed: {needed}; use --mapping."),
            found=", ".join(str(name) for name in rows.sheet.frame.columns),
            needed="lon/经度, lat/纬度; wkt",
        )
    return np.full(rows.size, None, dtype=object)


def _from_wkt(rows: Rows) -> Shapes:
    text = rows.raw("wkt")
    cells = text.astype(object).where(text.notna(), None).to_numpy()
    shapes: Shapes = np.asarray(shapely.from_wkt(cells, on_invalid="ignore"), dtype=object)
    broken = shapely.is_missing(shapes) & text.notna().to_numpy()
    rows.findings.refuse(broken, "wkt", text, N_("is not a shape in WKT"))
    return np.asarray(shapely.force_2d(shapes), dtype=object)


def _from_columns(rows: Rows) -> Shapes:
    pair = {}
    for field in ("lon", "lat"):
        text = rows.raw(field)
        pair[field], unreadable = parse.numbers(text)
        rows.findings.refuse(unreadable, field, text, N_("is not a number"))
    lon, lat = pair["lon"], pair["lat"]
    half = np.isnan(lon) != np.isnan(lat)
    half &= rows.findings.accepted
    rows.findings.refuse(half, "lat", None, N_("only one of the two coordinates is there"))
    whole = ~np.isnan(lon) & ~np.isnan(lat)
    shapes = np.full(rows.size, None, dtype=object)
    shapes[whole] = shapely.points(lon[whole], lat[whole])
    return shapes


def choose_crs(said: str | None, stated: pyproj.CRS | None, shapes: Shapes) -> pyproj.CRS | str:
    """Settle the reference system: what a person said, what the file states, else degrees.

    Raises
    ------
    FileError
        If nobody says and the numbers are too large for degrees.
    CrsError
        If the one named does not exist or does not lie on the ground.
    """
    if said is not None:
        system = reference.parse_crs(said)
        if isinstance(system, pyproj.CRS) and not (system.is_geographic or system.is_projected):
            raise CrsError(N_("{name} is no reference system for places on a map."), name=said)
        return system
    if stated is not None and (
        stated.is_projected or (stated.is_geographic and not _all_metres(shapes))
    ):
        return stated
    if _all_metres(shapes):
        raise FileError(
            N_("The coordinates look like metres, not degrees. Say which system with --crs.")
        )
    return reference.STORED_CRS


def _all_metres(shapes: Shapes) -> bool:
    present = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
    if not len(present):
        return False
    sizes = np.abs(shapely.bounds(present)).max(axis=1)
    return bool((sizes > _METRES).mean() > 0.9)  # noqa: PLR2004 - nearly all of them


def _refuse_nothing(rows: Rows, shapes: Shapes, *, required: bool) -> None:
    told = rows.findings.refused
    missing = shapely.is_missing(shapes) & ~told
    if required:
        rows.findings.refuse(missing, "geometry", None, N_("has no shape or coordinates"))
    empty = shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    rows.findings.refuse(empty, "geometry", None, N_("the shape is empty"))


def _refuse_impossible(rows: Rows, shapes: Shapes, system: pyproj.CRS | str) -> Mask:
    """Refuse coordinates that cannot be; only degrees have limits everybody knows."""
    bounds = np.abs(shapely.bounds(shapes))
    x, y = bounds[:, [0, 2]].max(axis=1), bounds[:, [1, 3]].max(axis=1)
    refuse, at = rows.findings.refuse, shown(shapes)
    endless = ~np.isfinite(bounds).all(axis=1) & ~_none(shapes)
    nowhere = (x == 0) & (y == 0)
    bad = refuse(nowhere, "geometry", at, N_("0, 0 is what programs write for no place"))
    if isinstance(system, pyproj.CRS) and system.is_projected:
        return bad | refuse(endless, "geometry", at, _INFINITE)
    metres = (x > _METRES) | (y > _METRES)
    bad |= refuse(metres, "geometry", at, N_("metres where degrees are expected"))
    swapped = ~metres & (y > 90) & (x <= 90) & (y <= 180)  # noqa: PLR2004 - degrees of a globe
    bad |= refuse(swapped, "geometry", at, N_("longitude and latitude are swapped"))
    beyond = ~metres & ~swapped & ((x > 180) | (y > 90))  # noqa: PLR2004 - degrees of a globe
    bad |= refuse(beyond, "geometry", at, N_("there is no such longitude or latitude"))
    return bad | refuse(endless & ~bad, "geometry", at, _INFINITE)


_INFINITE = N_("a coordinate is infinite or no number")


def _none(shapes: Shapes) -> Mask:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _finite(shapes: Shapes) -> Mask:
    """Tell which shapes have only finite coordinates; nothing is finite too."""
    return np.asarray(_none(shapes) | np.isfinite(shapely.bounds(shapes)).all(axis=1))


class _Shown:
    """Coordinates as text, written only for the rows somebody asks about."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes

    def pick(self, where: npt.NDArray[np.intp]) -> list[str]:
        """Return the first corner of each chosen shape's box."""
        return [f"{x:.8g}, {y:.8g}" for x, y, *_rest in shapely.bounds(self.shapes[where])]


class _Faults(_Shown):
    """Why shapes are invalid, asked only where somebody wants to know."""

    def pick(self, where: npt.NDArray[np.intp]) -> list[str]:
        """Return GEOS's reasons."""
        return [str(reason) for reason in shapely.is_valid_reason(self.shapes[where])]


def shown(shapes: Shapes) -> _Shown:
    """Return coordinates in the form `Findings` wants values in."""
    return _Shown(shapes)


# ------------------------------------------------------------------------------- kinds of shape


def polygons(rows: Rows, shapes: Shapes) -> Shapes:
    """Return the shapes as valid multipolygons; what cannot become one is refused.

    An invalid polygon is repaired where its repair keeps at least nine tenths of its ground,
    and a warning says so.
    """
    missing = shapely.is_missing(shapes)
    wrong = ~np.isin(shapely.get_type_id(shapes), _POLYGONS) & ~missing
    rows.findings.refuse(wrong, "geometry", shown(shapes), N_("is not a polygon"))
    shapes = without(shapes, wrong)
    invalid = ~shapely.is_valid(shapes) & ~wrong & ~missing
    repaired = _repair(shapes, invalid)
    hopeless = invalid & shapely.is_missing(repaired)
    rows.findings.refuse(
        hopeless, "geometry", _Faults(shapes), N_("is not a valid polygon and cannot be repaired")
    )
    rows.findings.warn(
        invalid & ~hopeless, "geometry", _Faults(shapes), N_("was not a valid polygon; repaired")
    )
    flat = ~shapely.is_missing(repaired) & ~(shapely.area(repaired) > 0)
    rows.findings.refuse(flat, "geometry", None, N_("is a polygon without ground"))
    return _multi(without(repaired, flat))


def _repair(shapes: Shapes, invalid: Mask) -> Shapes:
    repaired = shapes.copy()
    repaired[invalid] = [_polygonal(shape) for shape in shapely.make_valid(shapes[invalid])]
    before, after = _gross_area(shapes), shapely.area(repaired)
    lost = invalid & ~(after >= _KEPT_SHARE * before)
    return without(repaired, lost)


def _gross_area(shapes: Shapes) -> npt.NDArray[np.float64]:
    """Return the signed area the ring encloses: a bow tie's lobes cancel, a spike adds nothing."""
    return np.asarray(shapely.area(shapes))


def _polygonal(shape: Any) -> Any:
    """Keep the polygons of a repaired shape; None where there are none."""
    parts = shapely.get_parts(shape)
    if shapely.get_type_id(shape) == _COLLECTION:
        parts = np.concatenate([shapely.get_parts(part) for part in parts])
    parts = parts[np.isin(shapely.get_type_id(parts), _POLYGONS)]
    return shapely.union_all(parts) if len(parts) else None


def _multi(shapes: Shapes) -> Shapes:
    """Make every polygon a multipolygon of one."""
    single = shapely.get_type_id(shapes) == _POLYGONS[0]
    made = shapes.copy()
    made[single] = (
        shapely.multipolygons(shapes[single], indices=np.arange(int(single.sum())))
        if single.any()
        else None
    )
    return made


def points(rows: Rows, shapes: Shapes) -> Shapes:
    """Return one point per shape: itself, or a point surely inside a line or area."""
    made = shapes.copy()
    others = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != _POINT)
    made[others] = shapely.point_on_surface(shapes[others])
    lost = others & (shapely.is_missing(made) | shapely.is_empty(made))
    rows.findings.refuse(lost, "geometry", None, N_("the shape is empty"))
    return without(made, lost)


# ----------------------------------------------------------------------------------- where it is


@dataclass(frozen=True)
class Areas:
    """Divisions with their ground.

    Attributes
    ----------
    ids
        Database ids, shape (k,).
    codes, names
        Texts, shape (k,).
    shapes
        Polygons, EPSG:4326, shape (k,); None where unknown.
    """

    ids: Ints
    codes: Shapes
    names: Shapes
    shapes: Shapes

    def only(self, keep: Mask) -> Areas:
        """Return a part of them."""
        return Areas(self.ids[keep], self.codes[keep], self.names[keep], self.shapes[keep])


def locate(places: Shapes, areas: Areas) -> Ints:
    """Return the index of the area each point lies in, -1 for none; shape (n,)."""
    found = np.full(len(places), -1, dtype=np.int64)
    present = np.flatnonzero(~shapely.is_missing(places))
    if not len(present) or not len(areas.ids):
        return found
    if len(areas.ids) > _FEW_AREAS:
        inside, area = shapely.STRtree(areas.shapes).query(places[present], predicate="intersects")
        found[present[inside[::-1]]] = area[::-1]
        return found
    x, y = shapely.get_x(places[present]), shapely.get_y(places[present])
    for at in reversed(range(len(areas.ids))):
        shape = areas.shapes[at]
        if shape is not None:
            shapely.prepare(shape)
            found[present[shapely.intersects_xy(shape, x, y)]] = at
    return found


def refuse_outside(rows: Rows, places: Shapes, area: Ints, areas: Areas) -> None:
    """Refuse points in no area; where the swapped point would lie in one, say that instead."""
    outside = ~shapely.is_missing(places) & (area < 0)
    if not outside.any():
        return
    turned = np.full(len(places), None, dtype=object)
    where = np.flatnonzero(outside)
    turned[where] = shapely.points(shapely.get_y(places[where]), shapely.get_x(places[where]))
    swapped = outside & (locate(turned, areas) >= 0)
    at = shown(places)
    rows.findings.refuse(swapped, "geometry", at, N_("longitude and latitude are swapped"))
    message = (
        N_("lies outside {area}") if len(areas.ids) == 1 else N_("lies outside every community")
    )
    name = str(areas.names[0]) if len(areas.ids) == 1 else ""
    rows.findings.refuse(outside & ~swapped, "geometry", at, message, area=name)
