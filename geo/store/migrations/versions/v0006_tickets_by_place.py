"""Let the tickets of a place be read from one index, without touching their scattered rows.

Revision: 0006.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COVERED = ["community_id", "class_code", "state", "due_at"]


def upgrade() -> None:
    _index([*COVERED, "id", "geom"])


def downgrade() -> None:
    _index(COVERED)


def _index(covered: list[str]) -> None:
    op.drop_index("ix_ticket_h3_10", "ticket")
    op.create_index(
        "ix_ticket_h3_10", "ticket", ["h3_10", "reported_at"], postgresql_include=covered
    )
