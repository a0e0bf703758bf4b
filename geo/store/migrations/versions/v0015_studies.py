"""Kept answers of the analysis of hot spots.

Revision: 0015.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("street_id", sa.BigInteger(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("parameters", JSONB(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("plans", JSONB(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("data_version", sa.Text(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("made_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("result", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("key", name=op.f("uq_study_key")),
        sa.ForeignKeyConstraint(["street_id"], ["division.id"], name=op.f("fk_study_street_id")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_study_community_id")
        ),
    )
    op.create_index(op.f("ix_study_street_id"), "study", ["street_id"])
    op.create_index(op.f("ix_study_community_id"), "study", ["community_id"])
    op.create_index("ix_study_made", "study", ["street_id", "made_at"])
    op.create_table(
        "briefing_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("study_id", sa.BigInteger(), nullable=False),
        sa.Column("spot", sa.Integer(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("added_by", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing_item")),
        sa.UniqueConstraint("study_id", "spot", name=op.f("uq_briefing_item_study_id_spot")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_briefing_item_study_id")),
    )
    op.create_index(op.f("ix_briefing_item_study_id"), "briefing_item", ["study_id"])


def downgrade() -> None:
    op.drop_table("briefing_item")
    op.drop_table("study")
