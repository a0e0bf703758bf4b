"""The walking network of a street: where one can walk, as points joined by lines."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from geo.store.tables.base import key, metadata, part_of, ref, shape

walk_network = Table(
    "walk_network",
    metadata,
    key(),
    Column(
        "street_id", BigInteger, ForeignKey("division.id"), nullable=False, unique=True, index=False
    ),
    Column("name", Text, nullable=False, server_default=""),
    Column("tolerance_m", Float, nullable=False),
    Column("report", JSONB, nullable=False),
    ref("batch_id", "import_batch", required=False),
)
"""At most one walking network a street; a new import takes the place of the old one.

``report`` says what was joined and what does not hang together, see `geo.network.Report`.
"""

walk_node = Table(
    "walk_node",
    metadata,
    Column("network_id", BigInteger, primary_key=True),
    Column("node", Integer, primary_key=True),
    Column("part", SmallInteger, nullable=False),
    shape("geom", "POINT"),
    ForeignKeyConstraint(["network_id"], ["walk_network.id"], ondelete="CASCADE"),
)
"""A place where ways meet or end. ``node`` counts from 0; ``part`` is the connected part of the
network it belongs to, 0 the largest."""

walk_edge = Table(
    "walk_edge",
    metadata,
    key(),
    part_of("network_id", "walk_network"),
    Column("start_node", Integer, nullable=False),
    Column("end_node", Integer, nullable=False),
    Column("length_m", Float, nullable=False),
    Column("kind", Text, nullable=False, server_default=""),
    shape("geom", "LINESTRING"),
    CheckConstraint("length_m >= 0", name="length"),
    Index("ix_walk_edge_geom", "geom", postgresql_using="gist"),
)
"""A way from one node to another, walked both ways; ``kind`` is what the file calls it."""
