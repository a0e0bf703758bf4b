"""What was imported, and what was refused."""

from __future__ import annotations

from typing import Any

from dashboard.services.base import reading, viewer
from geo.store import queries

Row = dict[str, Any]


def batches() -> list[Row]:
    """Return the latest imports, newest first.

    Columns ``id kind file_name crs imported_at actor rows_read rows_added rows_changed
    rows_unchanged rows_rejected``.
    """
    # Asked each time: an import that changes no row is one all the same, and has no data version.
    with reading() as connection:
        return queries.import_batches(connection, viewer())


def rejections(batch_id: int) -> list[Row]:
    """Return the refused rows of an import: ``row_number column_name value reason``."""
    with reading() as connection:
        return queries.rejections(connection, viewer(), batch_id)
