"""Keep what must be said wherever imported data is shown, and which import drew a boundary.

Revision: 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LINK = "fk_division_batch_id"


def upgrade() -> None:
    op.add_column(
        "import_batch", sa.Column("attribution", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("division", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f(LINK), "division", "import_batch", ["batch_id"], ["id"])
    op.create_index(op.f("ix_division_batch_id"), "division", ["batch_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_division_batch_id"), "division")
    op.drop_constraint(op.f(LINK), "division", type_="foreignkey")
    op.drop_column("division", "batch_id")
    op.drop_column("import_batch", "attribution")
