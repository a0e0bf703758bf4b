"""Filling an empty database with whole tables, and emptying it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack

import pandas as pd
import sqlalchemy as sa

from geo.store.bulk import built_at_end
from geo.store.tables import division, metadata, norm
from geo.store.writes import copy_frame


def _silent(_table: str, _rows: int) -> None:
    """Say nothing."""


def is_empty(connection: sa.Connection) -> bool:
    """Tell whether there is no street yet: nothing else can exist without one."""
    return connection.execute(sa.select(division.c.id).limit(1)).first() is None


def clear(connection: sa.Connection) -> None:
    """Delete all rows but the norms that hold everywhere; only the tables' owner may.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        If this user does not own the tables.
    """
    general = sa.select(norm).where(norm.c.community_id.is_(None))
    kept = [dict(row) for row in connection.execute(general).mappings()]
    listed = ", ".join(table.name for table in metadata.sorted_tables)
    connection.exec_driver_sql(f"TRUNCATE {listed} RESTART IDENTITY")
    if kept:
        copy_frame(connection, norm, pd.DataFrame(kept))


def settle(engine: sa.Engine) -> None:
    """Let the server take stock of what was loaded: its first maps are then as fast as later ones.

    Tiles read from indexes alone only where a table has been vacuumed. Tables of another owner are
    left out by the server itself, with a warning.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM (ANALYZE)")


def fill(
    connection: sa.Connection,
    frames: Mapping[str, pd.DataFrame],
    done: Callable[[str, int], None] = _silent,
) -> int:
    """Copy whole tables into an empty database, parents first.

    Parameters
    ----------
    connection
        In a transaction. The owner's is faster: foreign keys and indexes of large tables are then
        built once, at the end.
    frames
        One frame per table, ids included.
    done
        Told each table and its rows.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        When the rows contradict each other.
    """
    tables = [table for table in metadata.sorted_tables if table.name in frames]
    with ExitStack() as aside:
        for table in tables:
            aside.enter_context(built_at_end(connection, table, len(frames[table.name])))
        for table in tables:
            copy_frame(connection, table, frames[table.name])
            done(table.name, len(frames[table.name]))
    return sum(len(frames[table.name]) for table in tables)
