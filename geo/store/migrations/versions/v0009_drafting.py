"""Drafts that are edited: gestures, exceptions, revisions; and notes that tell drafts apart.

Revision: 0009. An edit of a draft must not make every page and tile of what is in force stale, so
changes of plans, grids, assignments and roles are noted as *draft* when they touch drafts only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KINDS = ("start", "assign", "remove", "merge", "split", "suggest", "join", "undo", "redo")

PLANS_OF = {
    "plan": "SELECT state FROM changed",
    "grid": "SELECT p.state FROM changed AS c LEFT JOIN plan AS p ON p.id = c.plan_id",
    "plan_assignment": "SELECT p.state FROM changed AS c LEFT JOIN plan AS p ON p.id = c.plan_id",
    "grid_role": "SELECT p.state FROM changed AS c LEFT JOIN grid AS g ON g.id = c.grid_id"
    " LEFT JOIN plan AS p ON p.id = g.plan_id",
}
"""The state of the plan of each changed row; null where the plan has gone."""

EVENTS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    op.add_column(
        "plan", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("plan", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plan", sa.Column("published_by", sa.Text(), nullable=False, server_default=""))
    _gestures()
    _edits()
    _exceptions()
    _notes()


def _gestures() -> None:
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "plan_gesture",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_gesture")),
        sa.UniqueConstraint("token", name=op.f("uq_plan_gesture_token")),
        sa.CheckConstraint(f"kind IN ({listed})", name=op.f("ck_plan_gesture_kind_known")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_gesture_plan_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_plan_gesture_plan_id"), "plan_gesture", ["plan_id"])
    op.execute(
        "INSERT INTO plan_gesture (plan_id, token, kind, at, actor)"
        " SELECT plan_id, gesture, 'join', min(at), min(actor) FROM plan_edit"
        " GROUP BY plan_id, gesture"
    )


def _edits() -> None:
    op.add_column("plan_edit", sa.Column("gesture_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE plan_edit SET gesture_id = g.id FROM plan_gesture AS g"
        " WHERE g.token = plan_edit.gesture"
    )
    op.alter_column("plan_edit", "gesture_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_plan_edit_gesture_id"),
        "plan_edit",
        "plan_gesture",
        ["gesture_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("ix_plan_edit_gesture_id"), "plan_edit", ["gesture_id"])
    for name in ("from_grid_id", "to_grid_id"):
        op.drop_constraint(op.f(f"fk_plan_edit_{name}"), "plan_edit", type_="foreignkey")
        op.drop_index(op.f(f"ix_plan_edit_{name}"), "plan_edit")
    for name in ("gesture", "at", "actor", "undoes"):
        op.drop_column("plan_edit", name)


def _exceptions() -> None:
    op.create_table(
        "plan_exception",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("check_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_exception")),
        sa.UniqueConstraint(
            "plan_id",
            "check_key",
            "subject",
            name=op.f("uq_plan_exception_plan_id_check_key_subject"),
        ),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_plan_exception_reason")),
        sa.CheckConstraint("btrim(signed_by) <> ''", name=op.f("ck_plan_exception_signed")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_exception_plan_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_plan_exception_plan_id"), "plan_exception", ["plan_id"])


def _notes() -> None:
    for table, states in PLANS_OF.items():
        op.execute(
            f"""
            CREATE FUNCTION note_{table}_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT FROM ({states}) AS s (state)
                           WHERE state IS DISTINCT FROM 'draft')
                THEN INSERT INTO data_change (subject) VALUES (TG_TABLE_NAME);
                ELSIF EXISTS (SELECT FROM changed)
                THEN INSERT INTO data_change (subject) VALUES ('draft');
                END IF;
                RETURN NULL;
            END
            $$
            """  # noqa: S608 - tables of ours
        )
        op.execute(f"DROP TRIGGER note_data_change ON {table}")
        op.execute(
            f"CREATE TRIGGER note_data_change AFTER TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
        )
        for event, rows in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER note_{event.lower()} AFTER {event} ON {table}"
                f" REFERENCING {rows} TABLE AS changed"
                f" FOR EACH STATEMENT EXECUTE FUNCTION note_{table}_change()"
            )


def downgrade() -> None:
    for table in PLANS_OF:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER note_{event.lower()} ON {table}")
        op.execute(f"DROP TRIGGER note_data_change ON {table}")
        op.execute(f"DROP FUNCTION note_{table}_change()")
        op.execute(
            f"CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
        )
    op.drop_table("plan_exception")
    op.execute("DELETE FROM plan_edit")
    op.drop_constraint(op.f("fk_plan_edit_gesture_id"), "plan_edit", type_="foreignkey")
    op.drop_index(op.f("ix_plan_edit_gesture_id"), "plan_edit")
    op.drop_column("plan_edit", "gesture_id")
    op.drop_table("plan_gesture")
    op.add_column("plan_edit", sa.Column("gesture", sa.Uuid(), nullable=False))
    op.add_column(
        "plan_edit",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.add_column("plan_edit", sa.Column("actor", sa.Text(), nullable=False))
    op.add_column("plan_edit", sa.Column("undoes", sa.Integer(), nullable=True))
    for name in ("from_grid_id", "to_grid_id"):
        op.create_foreign_key(op.f(f"fk_plan_edit_{name}"), "plan_edit", "grid", [name], ["id"])
        op.create_index(op.f(f"ix_plan_edit_{name}"), "plan_edit", [name])
    for name in ("revision", "published_at", "published_by"):
        op.drop_column("plan", name)
