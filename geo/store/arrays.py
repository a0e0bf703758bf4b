"""Reading many rows at once: a query's answer as arrays.

The server collects each column into one array, and the one row of arrays comes by COPY in the
binary format: a million rows are a few blocks of memory and need no loop on either side. (COPY of
the rows themselves costs some microseconds a row in the driver, ten times as much.) The SQL lives
in ``geo/store/sql``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import shapely
import sqlalchemy as sa

NEVER_DAY = 1_000_000
"""What ``'infinity'::date`` becomes."""

_TYPES = {
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "float8": ">f8",
    "bool": "?",
    "date": ">i4",
    "instant": ">i8",
}
_HEADER_BYTES = 19
_WIDTH_BYTES = 2
_SIZE_BYTES = 4
_ARRAY_HEAD_BYTES = 20
_EPOCH_2000_US = 946_684_800_000_000
_ORDINAL_2000 = date(2000, 1, 1).toordinal()


@cache
def statement(name: str, *, everything: bool = False) -> str:
    """Return the text of ``geo/store/sql/<name>.sql``.

    Lines between ``-- some:`` and ``-- :some`` restrict it to some communities; they are left out
    when everything is wanted. (Told by a parameter, ``true OR id IN (SELECT …)``, the planner
    would not use an index for the few.)
    """
    text = (files("geo.store") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r"-- some:.*?-- :some", "", text, flags=re.DOTALL) if everything else text


def read_arrays(
    connection: sa.Connection, name: str, columns: Mapping[str, str], **params: object
) -> pd.DataFrame:
    """Run a query whose columns are never null and have a fixed width.

    Parameters
    ----------
    connection
        With psycopg 3.
    name
        Of the SQL resource.
    columns
        Name and type in the order of the query: ``int2 int4 int8 float8 bool``, ``date`` (becomes
        the ordinal of the day, infinity `NEVER_DAY`) or ``instant`` (becomes microseconds since
        1970 UTC, infinity the largest integer).
    **params
        Values bound in the query.

    Returns
    -------
    DataFrame
        Native numbers.

    Raises
    ------
    ValueError
        If the answer does not have these columns, or holds a null.
    """
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    gathered = ", ".join(f"array_agg({column})" for column in columns)
    query = f"SELECT {gathered} FROM ({_text(name, params)}) AS asked ({', '.join(columns)})"  # noqa: S608 - names of ours
    copy = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    with raw.cursor() as cursor, cursor.copy(copy.encode(), params) as stream:
        answer = b"".join(stream)
    return _decode(name, answer, columns)


def _text(name: str, params: Mapping[str, object]) -> str:
    return statement(name, everything=bool(params.get("everything")))


def _decode(name: str, answer: bytes, columns: Mapping[str, str]) -> pd.DataFrame:
    decoded, at = {}, _HEADER_BYTES + _WIDTH_BYTES
    for column, kind in columns.items():
        size = int.from_bytes(answer[at : at + _SIZE_BYTES], "big", signed=True)
        at += _SIZE_BYTES
        decoded[column] = _native(_elements(name, answer[at : at + size], column, kind), kind)
        at += max(size, 0)
    return pd.DataFrame(decoded)


def _elements(name: str, array: bytes, column: str, kind: str) -> npt.NDArray[Any]:
    """Take the elements out of an array as PostgreSQL sends it: head, then length and value each.

    No rows at all make no array (null, size -1), which arrives here as no bytes.
    """
    element = np.dtype([("bytes", ">i4"), ("value", _TYPES[kind])])
    body = len(array) - _ARRAY_HEAD_BYTES
    if body <= 0:
        return np.empty(0, _TYPES[kind])
    rows = None if body % element.itemsize else np.frombuffer(array, element, -1, _ARRAY_HEAD_BYTES)
    if rows is None or not (rows["bytes"] == element["value"].itemsize).all():
        message = f"column {column} of {name} is not of type {kind}, or has nulls"
        raise ValueError(message)
    return np.asarray(rows["value"])


def _native(values: npt.NDArray[Any], kind: str) -> npt.NDArray[Any]:
    native = values.astype(values.dtype.newbyteorder("="))
    if kind == "date":
        endless = native == np.iinfo(np.int32).max
        return np.where(endless, NEVER_DAY, native.astype(np.int64) + _ORDINAL_2000)
    if kind == "instant":
        endless = native == np.iinfo(np.int64).max
        return np.where(endless, native, np.where(endless, 0, native) + _EPOCH_2000_US)
    return native if kind in ("float8", "bool") else native.astype(np.int64)


def read_rows(connection: sa.Connection, name: str, **params: object) -> pd.DataFrame:
    """Run a query of any columns; for answers of thousands of rows at most."""
    found = connection.exec_driver_sql(_text(name, params), params)
    return pd.DataFrame(found.fetchall(), columns=list(found.keys()))


def read_shapes(connection: sa.Connection, name: str, **params: object) -> pd.DataFrame:
    """Run a query whose column ``geom`` is WKB; it becomes shapely geometry."""
    frame = read_rows(connection, name, **params)
    blobs = [bytes(blob) for blob in frame["geom"]]
    return frame.assign(geom=np.array([*shapely.from_wkb(blobs), None], dtype=object)[:-1])


def run(connection: sa.Connection, name: str, **params: object) -> int:
    """Run a statement that changes rows.

    Returns
    -------
    int
        How many rows it touched.
    """
    return connection.exec_driver_sql(_text(name, params), params).rowcount


def positions(ids: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return where each wanted id stands in ascending unique `ids`; -1 where it does not.

    Ids come from sequences, so they are nearly dense, and a table beats a search.
    """
    if ids.size == 0:
        return np.full(wanted.shape, -1)
    low, span = int(ids[0]), int(ids[-1] - ids[0]) + 1
    if span > 8 * ids.size + 1024:
        place = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
        return np.where(ids[place] == wanted, place, -1)
    table = np.full(span + 1, -1)
    table[ids - low] = np.arange(ids.size)
    offset = wanted - low
    return table[np.where((offset >= 0) & (offset < span), offset, span)]
