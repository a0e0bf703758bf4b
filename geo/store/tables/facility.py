"""Facilities: service stations, canteens, clinics, toilets, bins, lights."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Float, Index, Integer, Table, Text, UniqueConstraint

from geo.schema import FACILITY_KINDS
from geo.store.tables.base import key, metadata, one_of, ref, shape

facility = Table(
    "facility",
    metadata,
    key(),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    ref("community_id", "division", required=False),
    ref("street_id", "division"),
    one_of("kind", FACILITY_KINDS),
    Column("name", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("capacity", Integer),
    Column("area_m2", Float),
    shape("geom", "POINT"),
    ref("batch_id", "import_batch", required=False),
    UniqueConstraint("source", "external_id"),
    CheckConstraint("capacity >= 0", name="capacity"),
    CheckConstraint("area_m2 >= 0", name="area"),
    Index("ix_facility_geom", "geom", postgresql_using="gist"),
)
"""A facility that serves a street; ``community_id`` is empty when it stands just outside every
community of that street and still serves its people."""
