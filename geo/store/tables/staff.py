"""Staff and their roles on grids."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Table, Text

from geo.schema import GRID_ROLES, STAFF_KINDS
from geo.store.tables.base import key, metadata, one_of, part_of, ref

staff = Table(
    "staff",
    metadata,
    key(),
    ref("community_id", "division"),
    Column("name", Text, nullable=False),
    one_of("kind", STAFF_KINDS),
    Column("line", Text, nullable=False, server_default=""),
    Column("phone", Text),
)
"""People who work for a community; ``line`` is the business line (管线) they hold."""

grid_role = Table(
    "grid_role",
    metadata,
    key(),
    part_of("staff_id", "staff"),
    part_of("grid_id", "grid"),
    one_of("role", GRID_ROLES),
    Column("from_date", Date, nullable=False),
    Column("to_date", Date),
    CheckConstraint("to_date IS NULL OR to_date >= from_date", name="period"),
    Index(
        "ix_grid_role_active",
        "staff_id",
        "grid_id",
        "role",
        unique=True,
        postgresql_where="to_date IS NULL",
    ),
)
"""Who does what on which grid, from when to when (一网多员)."""
