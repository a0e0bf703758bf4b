"""Grid codes that a file brought, and the figure a signed reason was given for.

Revision: 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "grid", sa.Column("code_given", sa.Boolean(), nullable=False, server_default="false")
    )
    op.add_column("plan_exception", sa.Column("figure", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("plan_exception", "figure")
    op.drop_column("grid", "code_given")
