"""Home visits."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table

from geo.schema import VISIT_PURPOSES, VISIT_RESULTS
from geo.store.tables.base import key, metadata, one_of, part_of, ref

visit = Table(
    "visit",
    metadata,
    key(),
    part_of("household_id", "household"),
    ref("resident_id", "resident", required=False),
    ref("staff_id", "staff"),
    Column("at", DateTime(timezone=True), nullable=False),
    one_of("purpose", VISIT_PURPOSES),
    one_of("result", VISIT_RESULTS),
    Index("ix_visit_at", "at"),
)
"""Somebody of the staff went to a household."""
