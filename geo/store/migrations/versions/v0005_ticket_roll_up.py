"""Find the counts of all ticket classes together by their own small index.

Revision: 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ticket_bin_all",
        "ticket_bin",
        ["res", "h3", "month"],
        postgresql_include=["community_id", "sign", "n"],
        postgresql_where=sa.text("class_code = '*'"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_bin_all", "ticket_bin")
