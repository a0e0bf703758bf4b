"""First loads: set a table's indexes and foreign keys aside, and build them once at the end.

Keeping ten indexes in order row by row costs several times what building them at once does. It
needs the owner's role and keeps readers of the table waiting until the transaction ends, so it is
for loads larger than what the table holds already; anybody else gets the plain way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import func, select

WORTH_ROWS = 50_000
"""Below this many incoming rows the plain way is as quick."""

_MEMORY = "512MB"

_catalogue = sa.MetaData()
_pg_class = sa.Table(
    "pg_class",
    _catalogue,
    sa.Column("oid", sa.BigInteger),
    sa.Column("relname", sa.Text),
    sa.Column("relowner", sa.BigInteger),
    schema="pg_catalog",
)
_pg_index = sa.Table(
    "pg_index",
    _catalogue,
    sa.Column("indexrelid", sa.BigInteger),
    sa.Column("indrelid", sa.BigInteger),
    schema="pg_catalog",
)
_pg_constraint = sa.Table(
    "pg_constraint",
    _catalogue,
    sa.Column("oid", sa.BigInteger),
    sa.Column("conname", sa.Text),
    sa.Column("contype", sa.Text),
    sa.Column("conrelid", sa.BigInteger),
    sa.Column("conindid", sa.BigInteger),
    schema="pg_catalog",
)


@dataclass(frozen=True)
class _Part:
    """An index or constraint: its name, and the statement that makes it."""

    name: str
    definition: str


@contextmanager
def built_at_end(connection: sa.Connection, table: sa.Table, incoming: int) -> Iterator[bool]:
    """Set a table's indexes and foreign keys aside for a load and build them after it.

    Parameters
    ----------
    connection
        In a transaction; if that is rolled back, everything is as before.
    table
        The table loaded.
    incoming
        How many rows will come.

    Yields
    ------
    bool
        Whether they were set aside: only for the table's owner, and only if more rows come than
        are there.
    """
    if not _worth(connection, table, incoming):
        yield False
        return
    keys, indexes = _foreign_keys(connection, table), _indexes(connection, table)
    name = connection.dialect.identifier_preparer.format_table(table)
    quote = connection.dialect.identifier_preparer.quote
    for part in keys:
        _run(connection, f"ALTER TABLE {name} DROP CONSTRAINT {quote(part.name)}")
    for part in indexes:
        _run(connection, f"DROP INDEX {quote(part.name)}")
    yield True
    _run(connection, f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
    for part in indexes:
        _run(connection, part.definition)
    for part in keys:
        _run(connection, f"ALTER TABLE {name} ADD CONSTRAINT {quote(part.name)} {part.definition}")


def _run(connection: sa.Connection, statement: str) -> None:
    """Run a statement made of names and definitions of the database's own catalogue."""
    connection.exec_driver_sql(statement.replace("%", "%%"))


def _worth(connection: sa.Connection, table: sa.Table, incoming: int) -> bool:
    if incoming < WORTH_ROWS:
        return False
    owns = select(func.pg_has_role(_pg_class.c.relowner, "USAGE")).where(
        _pg_class.c.oid == _oid(table)
    )
    if not connection.scalar(owns):
        return False
    some = select(sa.literal(1)).select_from(table).limit(incoming).subquery()
    return int(connection.scalar(select(func.count()).select_from(some)) or 0) < incoming


def _oid(table: sa.Table) -> sa.ColumnElement[int]:
    return sa.cast(sa.cast(sa.literal(table.name), _Regclass), sa.BigInteger)


class _Regclass(sa.types.UserDefinedType[str]):
    """The type that turns a table's name into its number."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "regclass"


def _foreign_keys(connection: sa.Connection, table: sa.Table) -> list[_Part]:
    asked = select(_pg_constraint.c.conname, func.pg_get_constraintdef(_pg_constraint.c.oid)).where(
        _pg_constraint.c.conrelid == _oid(table), _pg_constraint.c.contype == "f"
    )
    return [_Part(*row) for row in connection.execute(asked)]


def _indexes(connection: sa.Connection, table: sa.Table) -> list[_Part]:
    """Return the indexes no constraint stands on."""
    held = select(_pg_constraint.c.conindid).where(_pg_constraint.c.conrelid == _oid(table))
    asked = (
        select(_pg_class.c.relname, func.pg_get_indexdef(_pg_index.c.indexrelid))
        .join(_pg_index, _pg_index.c.indexrelid == _pg_class.c.oid)
        .where(_pg_index.c.indrelid == _oid(table), _pg_index.c.indexrelid.not_in(held))
    )
    return [_Part(*row) for row in connection.execute(asked)]
