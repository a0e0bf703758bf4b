"""Note changes of staff, party and categories too: pages show their counts and names.

Revision: 0008.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SUBJECTS = (
    "grid_role",
    "party_member",
    "party_organisation",
    "staff",
    "ticket_category",
    "ticket_event",
)


def upgrade() -> None:
    for table in SUBJECTS:
        op.execute(
            f"CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
        )


def downgrade() -> None:
    for table in SUBJECTS:
        op.execute(f"DROP TRIGGER note_data_change ON {table}")
