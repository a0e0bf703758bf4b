"""How Alembic reaches the database: by the connection `geo.store.migrate` hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context

from geo.store import tables
from geo.store.migrate import ours

if TYPE_CHECKING:
    import sqlalchemy as sa

connection: sa.Connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=tables.metadata, include_object=ours, compare_type=True
)
with context.begin_transaction():
    context.run_migrations()
