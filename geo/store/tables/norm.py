"""Norms are data: the latest row of a key (for a community, else for all) is in force."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Float, Index, Table, Text, func

from geo.store.tables.base import key, metadata, ref

norm = Table(
    "norm",
    metadata,
    key(),
    Column("key", Text, nullable=False),
    ref("community_id", "division", required=False),
    Column("low", Float),
    Column("high", Float),
    Column("unit", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("verified", Boolean, nullable=False, server_default="false"),
    Column("set_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("set_by", Text, nullable=False, server_default=""),
    CheckConstraint(
        "low IS NOT NULL OR high IS NOT NULL OR community_id IS NOT NULL", name="bound"
    ),
    CheckConstraint("low <= high", name="order"),
    Index("ix_norm_key", "key", "community_id", "set_at"),
)
"""A floor and/or ceiling with its source; editing inserts a row, so history is kept.

A community's row with neither takes its own norm back: everybody's is in force there again.
"""
