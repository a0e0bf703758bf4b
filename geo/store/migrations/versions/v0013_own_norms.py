"""A community may take its own norm back: a row without bounds.

Revision: 0013.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _bound("low IS NOT NULL OR high IS NOT NULL OR community_id IS NOT NULL")


def downgrade() -> None:
    # What a community took back is its own again: without the row, the one before is in force.
    op.execute("DELETE FROM norm WHERE low IS NULL AND high IS NULL")
    _bound("low IS NOT NULL OR high IS NOT NULL")


def _bound(rule: str) -> None:
    op.drop_constraint(op.f("ck_norm_bound"), "norm")
    op.create_check_constraint(op.f("ck_norm_bound"), "norm", rule)
