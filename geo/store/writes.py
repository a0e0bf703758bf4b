"""Writing many rows at once: COPY from a frame, fresh ids in bulk, and import by external key.

COPY speaks PostgreSQL's binary format: numbers, times and points go in as whole arrays, and no
text needs quoting, so tabs, quotes, backslashes and any script survive as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError

from geo.errors import N_, InputError, StoreFullError
from geo.store.binary import END, SIGNATURE, encode_rows

_CHUNK_ROWS = 32_768
_SEQUENCE_LOCK = 7_241_906


@dataclass(frozen=True)
class Upserted:
    """How many rows of a frame were new, different from what was there, or just the same."""

    added: int
    changed: int
    unchanged: int


def copy_frame(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> int:
    """Append a frame to a table by COPY, inside the caller's transaction.

    Parameters
    ----------
    connection
        With psycopg 3; nothing is committed here.
    table
        Columns the frame lacks get their defaults.
    frame
        Columns named as the table's. None, NaN, NaT and ``pd.NA`` become NULL. Geometry: shapely
        objects, EPSG:4326 degrees; a polygon in a MULTIPOLYGON column is made a multipolygon.
        Times without a zone are UTC. Text of numbers is not converted: bring the right type.

    Returns
    -------
    int
        Rows written. When the frame brings its own ids, the table's sequence goes on after them.

    Raises
    ------
    InputError
        When the frame has a column the table lacks, or values that cannot be a column's type;
        the message names the column.
    CrsError
        When a GeoSeries is not EPSG:4326.
    sqlalchemy.exc.DBAPIError
        When the database refuses the rows (constraints).
    """
    _require_columns(table, frame)
    if frame.empty:
        return 0
    _copy(connection, sql.Identifier(table.name), [table.c[name] for name in _names(frame)], frame)
    _advance_sequence(connection, table, frame)
    return len(frame)


def reserve_ids(connection: sa.Connection, table: sa.Table, n: int) -> npt.NDArray[np.int64]:
    """Take fresh ids from a table's sequence, so that foreign keys can be built in arrays.

    Parameters
    ----------
    connection
        Ids taken are never given out again, even if its transaction is rolled back.
    table
        With an identity column ``id``.
    n
        How many.

    Returns
    -------
    numpy.ndarray
        `n` different ids, ascending; consecutive unless another session took some meanwhile.
    """
    if n == 0:
        return np.empty(0, dtype=np.int64)
    # One statement that draws ids is safe beside any other session; most often the range is whole
    # and need not travel.
    drawn = sql.SQL(
        "SELECT min(v), max(v), CASE WHEN max(v) - min(v) + 1 <> count(*) THEN array_agg(v) END"
        " FROM (SELECT nextval({sequence}) AS v FROM generate_series(1, {n})) AS drawn"
    ).format(sequence=sql.Literal(_sequence(connection, table)), n=sql.Literal(n))
    first, last, scattered = _run(connection, drawn) or (0, 0, [])
    if scattered is None:
        return np.arange(first, last + 1, dtype=np.int64)
    return np.sort(np.array(scattered, dtype=np.int64))


def upsert_frame(
    connection: sa.Connection,
    table: sa.Table,
    frame: pd.DataFrame,
    *,
    conflict: Sequence[str],
    uncompared: Sequence[str] = (),
) -> Upserted:
    """Insert new rows, update rows that differ, and leave equal rows alone.

    For imports: the second run of the same file writes no row.

    Parameters
    ----------
    connection, table, frame
        As for `copy_frame`. Columns the frame lacks keep their values in rows that exist.
    conflict
        Columns of a unique constraint, e.g. ``["source", "external_id"]``: all in the frame,
        never empty, and no two rows of the frame alike in them.
    uncompared
        Columns written with a new or changed row, but no reason by themselves to change one
        (``batch_id``: which import wrote the row last).

    Returns
    -------
    Upserted
        Their sum is ``len(frame)``.

    Raises
    ------
    InputError
        As `copy_frame`; also when a key is empty or occurs twice in the frame.
    """
    _require_columns(table, frame)
    _require_keys(frame, conflict)
    if frame.empty:
        return Upserted(0, 0, 0)
    incoming = f"incoming_{uuid.uuid4().hex[:8]}"
    names = {
        "table": sql.Identifier(table.name),
        "incoming": sql.Identifier(incoming),
        "columns": _listed(_names(frame)),
    }
    _run(
        connection,
        sql.SQL(
            "CREATE TEMPORARY TABLE {incoming} ON COMMIT DROP AS"
            " SELECT {columns} FROM {table} WITH NO DATA"
        ).format(**names),
    )
    _copy(connection, names["incoming"], [table.c[name] for name in _names(frame)], frame)
    row = _run(connection, _upsert(names, frame, conflict, uncompared))
    _run(connection, sql.SQL("DROP TABLE {incoming}").format(**names))
    _advance_sequence(connection, table, frame)
    added, changed = row or (0, 0)
    return Upserted(added, changed, len(frame) - added - changed)


def _upsert(
    names: dict[str, Any], frame: pd.DataFrame, conflict: Sequence[str], uncompared: Sequence[str]
) -> sql.Composed:
    written = [name for name in _names(frame) if name not in conflict]
    compared = [name for name in written if name not in uncompared]
    action = sql.SQL("NOTHING").format()
    if compared:
        action = sql.SQL("UPDATE SET {set} WHERE ({old}) IS DISTINCT FROM ({new})").format(
            set=sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in written
            ),
            old=_listed(compared, "t"),
            new=_listed(compared, "excluded"),
        )
    # A row that was inserted has no deleting transaction yet: xmax tells added from changed.
    return sql.SQL(
        "WITH done AS ("
        " INSERT INTO {table} AS t ({columns}) SELECT {columns} FROM {incoming}"
        " ON CONFLICT ({key}) DO {action} RETURNING (t.xmax = 0) AS added"
        ") SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM done"
    ).format(**names, key=_listed(conflict), action=action)


def _listed(columns: Sequence[str], alias: str = "") -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in columns
    )


def _run(connection: sa.Connection, statement: sql.Composed) -> tuple[Any, ...] | None:
    """Run composed SQL on the driver's connection; return its first row, if it has rows."""
    with _said_by_sqlalchemy(connection) as driver, driver.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
        return row


@contextmanager
def _said_by_sqlalchemy(connection: sa.Connection) -> Iterator[psycopg.Connection[Any]]:
    """Give the driver's connection, in a transaction; its errors come out as SQLAlchemy's."""
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):  # pragma: no cover - our engines all are
        message = "COPY needs psycopg 3"
        raise TypeError(message)
    try:
        yield driver
    except psycopg.errors.DiskFull as error:
        raise StoreFullError(
            N_("The disk of the database is full. Free some space and start again.")
        ) from error
    except psycopg.Error as error:
        raise DBAPIError.instance(
            "COPY", None, error, psycopg.Error, dialect=connection.dialect
        ) from error


def _names(frame: pd.DataFrame) -> list[str]:
    return [str(name) for name in frame.columns]


def _require_columns(table: sa.Table, frame: pd.DataFrame) -> None:
    strangers = [name for name in _names(frame) if name not in table.c]
    if strangers:
        raise InputError(
            N_("Table {table} has no column {column}."), table=table.name, column=strangers[0]
        )


def _require_keys(frame: pd.DataFrame, conflict: Sequence[str]) -> None:
    keys = frame[list(conflict)]
    if keys.isna().to_numpy().any():
        raise InputError(
            N_("Rows without {columns} cannot be told apart."), columns=_said(conflict)
        )
    if keys.duplicated().any():
        twice = keys[keys.duplicated()].iloc[0].tolist()
        raise InputError(
            N_("{columns} {values} occurs twice."), columns=_said(conflict), values=_said(twice)
        )


def _said(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values)


def _sequence(connection: sa.Connection, table: sa.Table) -> str:
    """Return the name of the identity sequence of ``id``, quoted by the catalogue."""
    return str(connection.scalar(sa.select(sa.func.pg_get_serial_sequence(table.name, "id"))))


def _advance_sequence(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> None:
    """Let the identity sequence go on after ids a frame brought along."""
    if "id" not in frame or table.c["id"].identity is None:
        return
    # The lock keeps two bulk loads from setting the sequence back.
    lock = sa.func.pg_advisory_xact_lock(_SEQUENCE_LOCK, sa.func.hashtext(table.name))
    connection.execute(sa.select(lock))
    sequence = sa.literal(_sequence(connection, table)).cast(REGCLASS)
    last = int(frame["id"].max())
    behind = sa.func.coalesce(sa.func.pg_sequence_last_value(sequence), 0) < last
    connection.execute(sa.select(sa.func.setval(sequence, last)).where(behind))


def _copy(
    connection: sa.Connection,
    target: sql.Composable,
    columns: Sequence[sa.Column[Any]],
    frame: pd.DataFrame,
) -> None:
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN WITH (FORMAT binary)").format(
        table=target, columns=_listed([column.name for column in columns])
    )
    with (
        _said_by_sqlalchemy(connection) as driver,
        driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(SIGNATURE)
        for start in range(0, len(frame), _CHUNK_ROWS):
            copy.write(encode_rows(columns, frame.iloc[start : start + _CHUNK_ROWS]))
        copy.write(END)
