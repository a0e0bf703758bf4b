"""Walking networks; children per building.

Revision: 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IMPORTS = "ck_import_batch_kind_known"
IMPORTED = ("boundaries", "buildings", "facilities", "tickets", "plan")
NOTED = ("walk_network", "walk_node", "walk_edge")


def upgrade() -> None:
    _networks()
    for table in ("building_summary", "building_bin"):
        op.add_column(
            table, sa.Column("children", sa.Integer(), nullable=False, server_default="0")
        )
    _allow((*IMPORTED, "walkways"))
    for table in NOTED:
        op.execute(
            f"CREATE TRIGGER note_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION note_data_change()"
        )


def _networks() -> None:
    op.create_table(
        "walk_network",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("street_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("tolerance_m", sa.Float(), nullable=False),
        sa.Column("report", JSONB(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_network")),
        sa.UniqueConstraint("street_id", name=op.f("uq_walk_network_street_id")),
        sa.ForeignKeyConstraint(
            ["street_id"], ["division.id"], name=op.f("fk_walk_network_street_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_walk_network_batch_id")
        ),
    )
    op.create_index(op.f("ix_walk_network_batch_id"), "walk_network", ["batch_id"])
    op.create_table(
        "walk_node",
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.Integer(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("network_id", "node", name=op.f("pk_walk_node")),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["walk_network.id"],
            name=op.f("fk_walk_node_network_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "walk_edge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("network_id", sa.BigInteger(), nullable=False),
        sa.Column("start_node", sa.Integer(), nullable=False),
        sa.Column("end_node", sa.Integer(), nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, server_default=""),
        sa.Column("geom", Geometry("LINESTRING", srid=4326, spatial_index=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_edge")),
        sa.CheckConstraint("length_m >= 0", name=op.f("ck_walk_edge_length")),
        sa.ForeignKeyConstraint(
            ["network_id"],
            ["walk_network.id"],
            name=op.f("fk_walk_edge_network_id"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_walk_edge_network_id"), "walk_edge", ["network_id"])
    op.create_index("ix_walk_edge_geom", "walk_edge", ["geom"], postgresql_using="gist")


def downgrade() -> None:
    for table in ("walk_edge", "walk_node", "walk_network"):
        op.drop_table(table)
    for table in ("building_summary", "building_bin"):
        op.drop_column(table, "children")
    op.execute("DELETE FROM import_batch WHERE kind = 'walkways'")
    _allow(IMPORTED)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f(IMPORTS), "import_batch", type_="check")
    op.create_check_constraint(op.f(IMPORTS), "import_batch", f"kind IN ({listed})")
