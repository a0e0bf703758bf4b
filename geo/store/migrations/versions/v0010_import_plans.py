"""Grid plans are imported from files, too.

Revision: 0010.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ck_import_batch_kind_known"
BEFORE = ("boundaries", "buildings", "facilities", "tickets")


def upgrade() -> None:
    _allow((*BEFORE, "plan"))


def downgrade() -> None:
    op.execute("DELETE FROM import_batch WHERE kind = 'plan'")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f(NAME), "import_batch", type_="check")
    op.create_check_constraint(op.f(NAME), "import_batch", f"kind IN ({listed})")
