"""What was imported, and what was refused."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.services.base import Edition, edition, reading, viewer
from geo.store import queries

Row = dict[str, Any]


@st.cache_data(max_entries=4, show_spinner=False)
def _batches(edition: Edition) -> list[Row]:
    with reading() as connection:
        return queries.import_batches(connection, viewer())


def batches() -> list[Row]:
    """Return the latest imports, newest first.

    Columns ``id kind file_name crs imported_at actor rows_read rows_added rows_changed
    rows_unchanged rows_rejected``.
    """
    return _batches(edition())


def rejections(batch_id: int) -> list[Row]:
    """Return the refused rows of an import: ``row_number column_name value reason``."""
    with reading() as connection:
        return queries.rejections(connection, viewer(), batch_id)
