"""Facts about the data set itself."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, func

from geo.store.tables.base import key, metadata

app_fact = Table(
    "app_fact",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Single facts: the data cut-off (``as_of``), the demo's seed, …"""

data_change = Table(
    "data_change",
    metadata,
    key(),
    Column("subject", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("ix_data_change_subject", "subject", "id"),
)
"""One row per changing statement on a map table, written by triggers.

A subject's version is ``(count, max(id))``. An appended row never waits for another transaction,
as an updated counter would; counting as well as taking the maximum keeps the version honest when
transactions commit out of order.
"""
