"""Make small-scale tiles fast: covering indexes for tickets, and counts of buildings by H3 cell.

Revision: 0003. A whole city's tickets of a month are counted from an index alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COVERED = ["community_id", "class_code", "state", "due_at"]
COUNTS = (
    "households",
    "state_resident",
    "state_rented",
    "state_vacant",
    "state_shop",
    "residents",
    "age60",
    "age80",
    "alone60",
    "care_high_risk",
    "care_key",
    "care_general",
    "party_members",
    "party_households",
    "contact_linked",
    "units",
)

AT_UNITS = (
    "age60",
    "alone60",
    "care_high_risk",
    "care_key",
    "care_general",
    "party_households",
    "contact_linked",
)


def upgrade() -> None:
    op.drop_index("ix_ticket_reported_at", "ticket")
    op.create_index(
        "ix_ticket_reported_at", "ticket", ["reported_at"], postgresql_include=["h3_10", *COVERED]
    )
    op.create_index(
        "ix_ticket_h3_10", "ticket", ["h3_10", "reported_at"], postgresql_include=COVERED
    )
    op.create_table(
        "building_bin",
        sa.Column("res", sa.SmallInteger(), nullable=False),
        sa.Column("h3", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("res", "h3", "community_id", name=op.f("pk_building_bin")),
    )
    op.create_table(
        "unit_summary",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in AT_UNITS),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_unit_summary_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_unit_summary_unit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_summary")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_unit_summary_unit_id")),
    )
    op.create_index(op.f("ix_unit_summary_building_id"), "unit_summary", ["building_id"])
    op.create_index("ix_unit_summary_geom", "unit_summary", ["geom"], postgresql_using="gist")
    for table in ("building_bin", "unit_summary"):
        _note_changes(table)


def _note_changes(table: str) -> None:
    op.execute(
        "CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
        f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
    )


def downgrade() -> None:
    op.drop_table("unit_summary")
    op.drop_table("building_bin")
    op.drop_index("ix_ticket_h3_10", "ticket")
    op.drop_index("ix_ticket_reported_at", "ticket")
    op.create_index("ix_ticket_reported_at", "ticket", ["reported_at"])
