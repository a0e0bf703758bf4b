"""Territory: the division tree, the ground itself, and grids under their plans."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)

from geo.schema import DIVISION_KINDS, GESTURE_KINDS, GROUND_KINDS, PLAN_SOURCES, PLAN_STATES
from geo.store.tables.base import key, metadata, one_of, part_of, ref, shape, small_shape

division = Table(
    "division",
    metadata,
    key(),
    one_of("kind", DIVISION_KINDS),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    ref("parent_id", "division", required=False),
    shape("geom", "MULTIPOLYGON", required=False),
    small_shape(),
    Column("schematic", Boolean, nullable=False, server_default="false"),
    Column("place", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default=""),
    Column("as_of", DateTime(timezone=True)),
    ref("batch_id", "import_batch", required=False),
    CheckConstraint("kind <> 'street' OR code ~ '^[0-9]{9}$'", name="street_code"),
    CheckConstraint("kind <> 'community' OR code ~ '^[0-9]{12}$'", name="community_code"),
    CheckConstraint("kind = 'street' OR parent_id IS NOT NULL", name="parent"),
    Index("ix_division_geom", "geom", postgresql_using="gist"),
)
"""Street offices, communities and sub-districts as one tree.

``place`` says where a street is (city and district, in words); ``schematic`` marks boundaries
drawn for illustration; ``as_of`` is the data cut-off (latest ticket or visit), set by
`geo.store.compute`: periods end there and *overdue* is judged there, so old data stays readable.
"""

ground = Table(
    "ground",
    metadata,
    key(),
    part_of("community_id", "division"),
    one_of("kind", GROUND_KINDS),
    Column("name", Text, nullable=False, server_default=""),
    shape("geom", "GEOMETRY"),
    Index("ix_ground_geom", "geom", postgresql_using="gist"),
)
"""The plain base map: roads (lines), greens, waters and compounds (polygons)."""

plan = Table(
    "plan",
    metadata,
    key(),
    ref("community_id", "division"),
    Column("name", Text, nullable=False),
    one_of("state", PLAN_STATES),
    one_of("source", PLAN_SOURCES),
    Column("effective_from", Date),
    Column("effective_to", Date),
    ref("based_on_id", "plan", required=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False, server_default=""),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("published_at", DateTime(timezone=True)),
    Column("published_by", Text, nullable=False, server_default=""),
    UniqueConstraint("community_id", "name"),
    CheckConstraint("state = 'draft' OR effective_from IS NOT NULL", name="published_from"),
    CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="period"),
    Index(
        "ix_plan_one_published",
        "community_id",
        unique=True,
        postgresql_where="state = 'published'",
    ),
)
"""A grid plan of one community: draft, published (one at a time) or retired.

``revision`` grows with every change of the draft, whatever it changes: who knows the number knows
the draft. ``effective_to`` is the first day the plan no longer holds.
"""

grid = Table(
    "grid",
    metadata,
    key(),
    part_of("plan_id", "plan"),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    ref("sub_district_id", "division", required=False),
    Column("locked", Boolean, nullable=False, server_default="false"),
    shape("geom", "MULTIPOLYGON", required=False),
    small_shape(),
    shape("label_point", "POINT", required=False),
    Column("code_given", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("plan_id", "code"),
    UniqueConstraint("plan_id", "id"),
    CheckConstraint("code ~ '^[0-9]{15}$'", name="code"),
    Index("ix_grid_geom", "geom", postgresql_using="gist"),
)
"""A grid of one plan; ``geom`` is the union of its buildings' cells, or an imported polygon.

The code of a draft's grid is for the time being, unless a file brought it (``code_given``).
"""

plan_assignment = Table(
    "plan_assignment",
    metadata,
    Column("plan_id", BigInteger, primary_key=True),
    Column("building_id", BigInteger, primary_key=True),
    Column("grid_id", BigInteger, nullable=False),
    ForeignKeyConstraint(["plan_id"], ["plan.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["building_id"], ["building.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["plan_id", "grid_id"], ["grid.plan_id", "grid.id"], ondelete="CASCADE"),
    Index("ix_plan_assignment_grid_id", "grid_id"),
    Index("ix_plan_assignment_building_id", "building_id"),
)
"""Which grid a building belongs to under a plan: in one or in none, by primary key."""

plan_gesture = Table(
    "plan_gesture",
    metadata,
    key(),
    part_of("plan_id", "plan"),
    Column("token", Uuid, nullable=False, unique=True),
    one_of("kind", GESTURE_KINDS),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("reverses_id", BigInteger),
)
"""One edit of a plan. ``token`` is chosen by whoever asks, so that asking twice edits once;
``reverses_id`` is the gesture that an undo takes back, or the undo that a redo takes back."""

plan_edit = Table(
    "plan_edit",
    metadata,
    key(),
    part_of("plan_id", "plan"),
    part_of("gesture_id", "plan_gesture"),
    part_of("building_id", "building"),
    Column("from_grid_id", BigInteger),
    Column("to_grid_id", BigInteger),
)
"""Append-only log: one row per building moved by a gesture; null is *in no grid*.

Grids are named by number only: the log outlives grids that were emptied and went.
"""

plan_exception = Table(
    "plan_exception",
    metadata,
    key(),
    part_of("plan_id", "plan"),
    Column("check_key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("signed_by", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("figure", Float),
    UniqueConstraint("plan_id", "check_key", "subject"),
    CheckConstraint("btrim(reason) <> ''", name="reason"),
    CheckConstraint("btrim(signed_by) <> ''", name="signed"),
)
"""A signed reason why a plan may be published although a check is not met.

``subject`` is what failed: ``grid:<id>``, ``staff:<id>`` or ``plan``; ``figure`` is what was signed
for: what gets worse afterwards must be signed anew.
"""
