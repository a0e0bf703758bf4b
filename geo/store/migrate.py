"""Bring a database to the tables this version of the program needs."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from geo.errors import N_, StoreVersionError
from geo.norms import NORMS
from geo.store import tables
from geo.store.postgres import APP

_ONE_AT_A_TIME = 7_241_905
"""Advisory lock: two programs started together migrate one after the other."""


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("geo.store") / "migrations"))
    config.attributes["connection"] = connection
    return config


def ours(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:  # noqa: FBT001 - Alembic's signature
    """Tell Alembic which things are ours: not PostGIS's own tables, nor another program's."""
    return not (kind == "table" and reflected and name not in tables.metadata.tables)


@cache
def newest() -> str:
    """Return the revision this program needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return head or ""


def current(connection: sa.Connection) -> str:
    """Return the revision a database has; empty when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_current(connection: sa.Connection) -> bool:
    """Tell whether a database has exactly the tables this program needs (readiness checks)."""
    return current(connection) == newest()


def upgrade(engine: sa.Engine, revision: str = "head") -> bool:
    """Bring the database up to `revision`, in one transaction, and add missing norms.

    Parameters
    ----------
    engine
        Connected as the owner.
    revision
        Where to stop; tests migrate in steps.

    Returns
    -------
    bool
        Whether anything changed in the tables.

    Raises
    ------
    StoreVersionError
        When the database was made by a newer version of this program.
    """
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
        before = current(connection)
        try:
            command.upgrade(_config(connection), revision)
        except CommandError as error:
            raise StoreVersionError(
                N_(
                    "The database has tables of revision {found}, which this version of the "
                    "program does not know. Use the newer version it was made with."
                ),
                found=before,
            ) from error
        _protect_history(connection)
        after = current(connection)
        if after == newest():
            _add_norms(connection)
    return before != after


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Go back to an earlier revision; data that has no place there is lost (development only)."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def differences(connection: sa.Connection) -> list[Any]:
    """Compare the database with the tables the code declares; empty when they agree."""
    context = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "compare_server_default": True, "include_object": ours},
    )
    return list(compare_metadata(context, tables.metadata))


def _protect_history(connection: sa.Connection) -> None:
    """Keep the app role, where there is one, from rewriting which revision this is."""
    if connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :app"), {"app": APP}):
        connection.execute(sa.text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {APP}"))


def _add_norms(connection: sa.Connection) -> None:
    """Insert the default norms whose key has no row yet; edited ones are left alone."""
    kept = tables.norm
    known = set(connection.scalars(sa.select(kept.c.key)))
    rows = [
        {name: getattr(norm, name) for name in ("key", "low", "high", "unit", "source", "note")}
        | {"verified": norm.verified}
        for norm in NORMS.values()
        if norm.key not in known
    ]
    if rows:
        connection.execute(sa.insert(kept), rows)
