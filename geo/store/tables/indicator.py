"""Computed indicator values, with what is needed to say how each came about."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from geo.schema import AREA_KINDS
from geo.store.tables.base import key, metadata, one_of

indicator_value = Table(
    "indicator_value",
    metadata,
    key(),
    Column("indicator", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("community_id", BigInteger, nullable=False),
    one_of("area_kind", AREA_KINDS),
    Column("area_id", BigInteger, nullable=False),
    Column("plan_id", BigInteger, index=True),
    Column("period_from", Date, nullable=False),
    Column("period_to", Date, nullable=False),
    Column("value", Float),
    Column("numerator", Float),
    Column("denominator", Float),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("computed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("indicator", "area_kind", "area_id", "plan_id", "period_from", "period_to"),
    Index("ix_indicator_value_community", "community_id", "period_from", "period_to"),
    Index("ix_indicator_value_whole", "area_id", postgresql_where="area_kind = 'community'"),
)
"""``value`` is null where there is nothing to measure; too few cases is judged by the reader from
``denominator``. The period is the half-open range of days ``[period_from, period_to)``. ``plan_id``
is the plan in force then; it is null for a street, and for a community that has no plan yet. A
street's own rows carry the street in ``community_id``. Triggers take the rows along when their plan
or division goes; they are no foreign keys, which would look both up for every row written."""
