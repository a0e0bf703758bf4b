"""Columns of a frame in PostgreSQL's binary COPY format.

Numbers, times and points are encoded as whole arrays. Each encoder takes a Series and returns one
bytes object a value: its length in front, or `NULL`.
"""

from __future__ import annotations

import json
import operator
import uuid
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry
from geopandas.array import GeometryDtype
from sqlalchemy.dialects.postgresql import JSONB

from geo.crs import STORED_CRS, STORED_SRID
from geo.errors import N_, CrsError, InputError

Column: TypeAlias = "pd.Series[Any]"
Fields = list[bytes]
Encoder: TypeAlias = "Callable[[Column], Fields]"

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

_EPOCH = np.datetime64("2000-01-01")
_EWKB_POINT = np.dtype(
    [("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")]
)
_POINT_WITH_SRID = 0x20000001
_POINT = 0
_MULTI = {
    "MULTIPOINT": (0, shapely.multipoints),
    "MULTILINESTRING": (1, shapely.multilinestrings),
    "MULTIPOLYGON": (3, shapely.multipolygons),
}
"""Column type to the single type that may stand for it, and the maker of the multiple one."""


def encode_rows(columns: Sequence[sa.Column[Any]], frame: pd.DataFrame) -> bytes:
    """Encode the rows of a frame; its columns are those of `columns`, by name.

    Raises
    ------
    InputError
        When values cannot be of a column's type; the message names the column.
    CrsError
        When geometry is not EPSG:4326.
    """
    count = len(columns).to_bytes(2, "big")
    fields = [_encode(column, frame[column.name]) for column in columns]
    return b"".join(chain.from_iterable(zip([count] * len(frame), *fields, strict=True)))


def _encode(column: sa.Column[Any], values: Column) -> Fields:
    encoder = _encoder(column.type)
    try:
        return encoder(values)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise InputError(
            N_("Column {column} has values that are not of type {type}: {reason}"),
            column=column.name,
            type=str(column.type.__class__.__name__),
            reason=str(error),
        ) from error


def _encoder(kind: sa.types.TypeEngine[Any]) -> Callable[[Column], Fields]:
    if isinstance(kind, Geometry):
        return lambda values: _geometry(kind, values)
    for known, encoder in _ENCODERS:
        if isinstance(kind, known):
            return encoder
    message = f"no binary format for {kind!r}"
    raise TypeError(message)


def _fixed(values: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> Fields:
    """Encode fixed-width values, already big-endian, each behind its length."""
    width = values.dtype.itemsize
    records = np.empty(len(values), dtype=[("length", ">i4"), ("value", values.dtype)])
    records["length"] = width
    records["value"] = values
    # As opaque records each becomes one bytes object, without a loop here.
    return _with_nulls(records.view(f"V{records.dtype.itemsize}").tolist(), missing)


def _with_nulls(fields: Fields, missing: npt.NDArray[np.bool_]) -> Fields:
    for at in np.flatnonzero(missing).tolist():
        fields[at] = NULL
    return fields


def _missing(values: Column) -> npt.NDArray[np.bool_]:
    return values.isna().to_numpy(dtype=bool)


def _integers(dtype: str) -> Callable[[Column], Fields]:
    limits = np.iinfo(dtype)

    def encode(values: Column) -> Fields:
        missing = _missing(values)
        if values.dtype.kind in "mM":
            message = f"{values.dtype} is no whole number"
            raise TypeError(message)
        present = values[~missing]
        numbers = present.to_numpy()
        with np.errstate(invalid="ignore"):  # infinity is caught by the comparison
            whole = numbers.astype(np.int64)
        if not np.array_equal(whole, numbers):
            broken = next(a for a, b in zip(numbers, whole, strict=True) if a != b)
            message = f"{broken!r} is no whole number"
            raise ValueError(message)
        if len(whole) and not limits.min <= whole.min() <= whole.max() <= limits.max:
            message = f"{whole.min()} to {whole.max()} is out of range"
            raise OverflowError(message)
        out = np.zeros(len(values), dtype=dtype)
        out[~missing] = whole
        return _fixed(out, missing)

    return encode


def _floats(values: Column) -> Fields:
    if any(isinstance(value, str) for value in (values if values.dtype.kind == "O" else ())):
        message = "text is no number"
        raise TypeError(message)
    return _fixed(values.to_numpy(dtype=">f8", na_value=np.nan), _missing(values))


def _booleans(values: Column) -> Fields:
    missing = _missing(values)
    out = np.zeros(len(values), dtype="u1")
    present = values[~missing].to_numpy()
    if not np.isin(present, (True, False)).all():
        message = "neither true nor false"
        raise ValueError(message)
    out[~missing] = present.astype(bool)
    return _fixed(out, missing)


def _text(values: Column) -> Fields:
    missing = _missing(values)
    texts = values.tolist()
    if missing.any():
        texts = ["" if gone else text for text, gone in zip(texts, missing.tolist(), strict=True)]
    raw = [text.encode() for text in texts]
    if b"\x00" in b"".join(raw):
        message = "text with a NUL character"
        raise ValueError(message)
    lengths = np.fromiter(map(len, raw), dtype=">i4", count=len(raw)).view("V4").tolist()
    return _with_nulls(list(map(operator.add, lengths, raw)), missing)


def _moments(values: Column) -> npt.NDArray[np.datetime64]:
    """Bring any column of times to UTC microseconds."""
    times = pd.to_datetime(values, utc=True)
    return times.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")


def _timestamps(values: Column) -> Fields:
    _refuse_numbers(values)
    since = (_moments(values) - _EPOCH.astype("datetime64[us]")).astype(np.int64)
    return _fixed(since.astype(">i8"), _missing(values))


def _dates(values: Column) -> Fields:
    _refuse_numbers(values)
    missing = _missing(values)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)
    days = np.full(len(values), _EPOCH, dtype="datetime64[D]")
    days[~missing] = values[~missing].to_numpy(dtype="datetime64[D]")
    return _fixed((days - _EPOCH).astype(np.int64).astype(">i4"), missing)


def _refuse_numbers(values: Column) -> None:
    # pandas would read a number as nanoseconds since 1970.
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "boolean" or "integer" in kind or "float" in kind or kind == "decimal":
        if values.isna().all():
            return
        message = "a number is no time"
        raise TypeError(message)


def _each(raw_of: Callable[[Any], bytes]) -> Callable[[Column], Fields]:
    def encode(values: Column) -> Fields:
        return [
            NULL if gone else len(raw := raw_of(value)).to_bytes(4, "big") + raw
            for value, gone in zip(values.tolist(), _missing(values).tolist(), strict=True)
        ]

    return encode


def _uuid_raw(value: object) -> bytes:
    return (value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))).bytes


def _json_raw(value: object) -> bytes:
    return b"\x01" + json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _geometry(kind: Geometry, values: Column) -> Fields:
    shapes = _shapes(values)
    missing = shapely.is_missing(shapes)
    if kind.geometry_type in ("POINT", "GEOMETRY") and _are_points(shapes[~missing]):
        return _points(shapes, missing)
    shapes = shapely.set_srid(_fitting(kind, shapes), STORED_SRID)
    raw = shapely.to_wkb(shapes, include_srid=True, byte_order=1)
    return [NULL if wkb is None else len(wkb).to_bytes(4, "big") + wkb for wkb in raw.tolist()]


def _shapes(values: Column) -> npt.NDArray[Any]:
    """Take the shapely objects out of a column, after a look at its CRS."""
    if isinstance(values.dtype, GeometryDtype):
        crs = getattr(values.array, "crs", None)
        if crs is None or not crs.equals(STORED_CRS, ignore_axis_order=True):
            raise CrsError(
                N_("Geometry to be stored must be EPSG:{srid}, not {crs}."),
                srid=STORED_SRID,
                crs=crs.to_string() if crs else "-",
            )
    shapes = np.array(values.to_numpy(), dtype=object)
    shapes[_missing(values)] = None
    return shapes


def _fitting(kind: Geometry, shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Drop heights, and make single shapes multiple where the column wants that."""
    flat: npt.NDArray[Any] = shapely.force_2d(shapes)
    if kind.geometry_type in _MULTI:
        single, many = _MULTI[kind.geometry_type]
        at = np.flatnonzero(shapely.get_type_id(flat) == single)
        flat[at] = many(flat[at], indices=np.arange(len(at)))
    return flat


def _are_points(shapes: npt.NDArray[Any]) -> bool:
    return (
        bool((shapely.get_type_id(shapes) == _POINT).all()) and not shapely.is_empty(shapes).any()
    )


def _points(shapes: npt.NDArray[Any], missing: npt.NDArray[np.bool_]) -> Fields:
    records = np.zeros(len(shapes), dtype=_EWKB_POINT)
    records["order"] = 1
    records["type"] = _POINT_WITH_SRID
    records["srid"] = STORED_SRID
    records["x"] = shapely.get_x(shapes)
    records["y"] = shapely.get_y(shapes)
    if np.isnan(records["x"] + records["y"])[~missing].any():
        message = "a point without coordinates"
        raise ValueError(message)
    return _fixed(records, missing)


_ENCODERS: tuple[tuple[type[sa.types.TypeEngine[Any]], Encoder], ...] = (
    # The narrower types first: each is a kind of Integer.
    (sa.SmallInteger, _integers(">i2")),
    (sa.BigInteger, _integers(">i8")),
    (sa.Integer, _integers(">i4")),
    (sa.Float, _floats),
    (sa.Boolean, _booleans),
    (sa.DateTime, _timestamps),
    (sa.Date, _dates),
    (sa.Uuid, _each(_uuid_raw)),
    (JSONB, _each(_json_raw)),
    (sa.Text, _text),
)
