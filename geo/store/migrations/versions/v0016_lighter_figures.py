"""Write figures without looking up their plan and community row by row.

Revision: 0016. Half of what writing a figure cost were its two foreign keys. A computation writes
hundreds of figures of each plan, so it holds the plans and divisions once instead (``FOR KEY
SHARE``, as the keys did for each row), and two triggers take the figures along when one goes.
"""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWNERS = {"division": "community_id", "plan": "plan_id"}


def upgrade() -> None:
    # Another index begins with this column.
    op.drop_index(op.f("ix_indicator_value_community_id"), "indicator_value")
    for owner, column in OWNERS.items():
        op.drop_constraint(op.f(f"fk_indicator_value_{column}"), "indicator_value", "foreignkey")
        # Nothing is deleted where there is nothing: each statement is noted as a change.
        op.execute(
            f"""
            CREATE FUNCTION forget_{owner}_figures() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM indicator_value AS v JOIN gone ON gone.id = v.{column}) THEN
                    DELETE FROM indicator_value WHERE {column} IN (SELECT id FROM gone);
                END IF;
                RETURN NULL;
            END $$
            """  # noqa: S608 - names of ours
        )
        op.execute(
            f"CREATE TRIGGER forget_figures AFTER DELETE ON {owner}"
            f" REFERENCING OLD TABLE AS gone"
            f" FOR EACH STATEMENT EXECUTE FUNCTION forget_{owner}_figures()"
        )


def downgrade() -> None:
    for owner, column in OWNERS.items():
        op.execute(f"DROP TRIGGER forget_figures ON {owner}")
        op.execute(f"DROP FUNCTION forget_{owner}_figures()")
        op.create_foreign_key(
            op.f(f"fk_indicator_value_{column}"),
            "indicator_value",
            owner,
            [column],
            ["id"],
            ondelete="CASCADE",
        )
    op.create_index(op.f("ix_indicator_value_community_id"), "indicator_value", ["community_id"])
