"""Note every changing statement on a table the map or a figure shows.

Revision: 0002. Caches compare the notes of a subject (its table) with those they were made at.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SUBJECTS = (
    "division",
    "ground",
    "plan",
    "grid",
    "plan_assignment",
    "building",
    "building_summary",
    "unit",
    "household",
    "resident",
    "party_household",
    "contact_link",
    "ticket",
    "ticket_bin",
    "facility",
    "visit",
    "indicator_value",
    "norm",
)


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION note_data_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO data_change (subject) VALUES (TG_TABLE_NAME);
            RETURN NULL;
        END
        $$
        """
    )
    for table in SUBJECTS:
        op.execute(
            f"CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
        )


def downgrade() -> None:
    for table in SUBJECTS:
        op.execute(f"DROP TRIGGER note_data_change ON {table}")
    op.execute("DROP FUNCTION note_data_change()")
