"""What was imported, when, from which file, and which rows were refused."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from geo.schema import IMPORT_KINDS
from geo.store.tables.base import key, metadata, one_of, part_of

import_batch = Table(
    "import_batch",
    metadata,
    key(),
    one_of("kind", IMPORT_KINDS),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("crs", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("imported_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False, server_default=""),
    Column("rows_read", Integer, nullable=False),
    Column("rows_added", Integer, nullable=False),
    Column("rows_changed", Integer, nullable=False),
    Column("rows_unchanged", Integer, nullable=False),
    Column("rows_rejected", Integer, nullable=False),
    Column("attribution", Text, nullable=False, server_default=""),
)
"""One file that went in, in one transaction.

``attribution`` is what must be said wherever the data is shown, one credit a line.
"""

import_rejection = Table(
    "import_rejection",
    metadata,
    key(),
    part_of("batch_id", "import_batch"),
    Column("row_number", Integer, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_import_rejection_row", "batch_id", "row_number"),
)
"""A row that did not go in: which row and column, what stood there, and why not."""
