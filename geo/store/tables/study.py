"""Kept answers of the analysis of hot spots, and what of them goes into a briefing."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.store.tables.base import key, metadata, ref

study = Table(
    "study",
    metadata,
    key(),
    Column("key", Text, nullable=False, unique=True),
    Column("method", Text, nullable=False),
    ref("street_id", "division"),
    ref("community_id", "division", required=False),
    Column("parameters", JSONB, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("plans", JSONB, nullable=False),
    Column("as_of", DateTime(timezone=True)),
    Column("data_version", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("made_by", Text, nullable=False, server_default=""),
    Column("seconds", Float, nullable=False),
    Column("result", JSONB, nullable=False),
    Index("ix_study_made", "street_id", "made_at"),
)
"""One answer: what was asked (``parameters``, ``seed``), under which ``plans`` (ids) and of which
data (``as_of``, ``data_version``), and ``result`` as `geo.studies.as_json` writes it.

``key`` is the same for the same question about the same data: it is answered once. ``community_id``
is empty for a whole street.
"""

briefing_item = Table(
    "briefing_item",
    metadata,
    key(),
    ref("study_id", "study"),
    Column("spot", Integer, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("added_by", Text, nullable=False, server_default=""),
    UniqueConstraint("study_id", "spot"),
)
"""A spot (its number in the study) somebody wants in the next briefing."""
