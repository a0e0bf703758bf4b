"""Create the tables.

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "app_fact",
    "data_change",
    "division",
    "import_batch",
    "ticket_bin",
    "ticket_category",
    "building",
    "facility",
    "ground",
    "import_rejection",
    "norm",
    "plan",
    "staff",
    "building_summary",
    "grid",
    "indicator_value",
    "ticket",
    "unit",
    "grid_role",
    "household",
    "party_organisation",
    "plan_assignment",
    "plan_edit",
    "ticket_event",
    "resident",
    "party_member",
    "visit",
    "party_household",
    "contact_link",
)
"""In the order of their foreign keys."""


def upgrade() -> None:
    _app_fact()
    _data_change()
    _division()
    _import_batch()
    _ticket_bin()
    _ticket_category()
    _building()
    _facility()
    _ground()
    _import_rejection()
    _norm()
    _plan()
    _staff()
    _building_summary()
    _grid()
    _indicator_value()
    _ticket()
    _unit()
    _grid_role()
    _household()
    _party_organisation()
    _plan_assignment()
    _plan_edit()
    _ticket_event()
    _resident()
    _party_member()
    _visit()
    _party_household()
    _contact_link()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def _app_fact() -> None:
    op.create_table(
        "app_fact",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_app_fact")),
    )


def _data_change() -> None:
    op.create_table(
        "data_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_change")),
    )
    op.create_index("ix_data_change_subject", "data_change", ["subject", "id"], unique=False)


def _division() -> None:
    op.create_table(
        "division",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind <> 'community' OR code ~ '^[0-9]{12}$'", name=op.f("ck_division_community_code")
        ),
        sa.CheckConstraint(
            "kind <> 'street' OR code ~ '^[0-9]{9}$'", name=op.f("ck_division_street_code")
        ),
        sa.CheckConstraint(
            "kind = 'street' OR parent_id IS NOT NULL", name=op.f("ck_division_parent")
        ),
        sa.CheckConstraint(
            "kind IN ('street', 'community', 'sub_district')", name=op.f("ck_division_kind_known")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["division.id"], name=op.f("fk_division_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division")),
        sa.UniqueConstraint("code", name=op.f("uq_division_code")),
    )
    op.create_index("ix_division_geom", "division", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_division_parent_id"), "division", ["parent_id"], unique=False)


def _import_batch() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("mapping", JSONB(), nullable=False),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_added", sa.Integer(), nullable=False),
        sa.Column("rows_changed", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_rejected", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('boundaries', 'buildings', 'facilities', 'tickets')",
            name=op.f("ck_import_batch_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )


def _ticket_bin() -> None:
    op.create_table(
        "ticket_bin",
        sa.Column("res", sa.SmallInteger(), nullable=False),
        sa.Column("h3", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("sign", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "sign IN ('pending', 'active', 'overdue', 'closed', 'void')",
            name=op.f("ck_ticket_bin_sign_known"),
        ),
        sa.PrimaryKeyConstraint(
            "res", "h3", "month", "class_code", "sign", "community_id", name=op.f("pk_ticket_bin")
        ),
    )
    op.create_index(
        "ix_ticket_bin_geom", "ticket_bin", ["geom"], unique=False, postgresql_using="gist"
    )


def _ticket_category() -> None:
    op.create_table(
        "ticket_category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("class_name", sa.Text(), nullable=False),
        sa.Column("class_name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('component', 'event', 'service')", name=op.f("ck_ticket_category_kind_known")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ticket_category")),
    )


def _building() -> None:
    op.create_table(
        "building",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("sub_district_id", sa.BigInteger(), nullable=True),
        sa.Column("compound", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("storeys", sa.SmallInteger(), nullable=True),
        sa.Column("built_year", sa.SmallInteger(), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.Column("anchor", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("cell", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "use IN ('residential', 'commercial', 'mixed', 'public', 'other')",
            name=op.f("ck_building_use_known"),
        ),
        sa.CheckConstraint("built_year BETWEEN 1000 AND 2100", name=op.f("ck_building_built_year")),
        sa.CheckConstraint("storeys BETWEEN 1 AND 200", name=op.f("ck_building_storeys")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_building_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_building_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_district_id"], ["division.id"], name=op.f("fk_building_sub_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_building_source_external_id")),
    )
    op.create_index(
        "ix_building_anchor", "building", ["anchor"], unique=False, postgresql_using="gist"
    )
    op.create_index(op.f("ix_building_batch_id"), "building", ["batch_id"], unique=False)
    op.create_index(op.f("ix_building_community_id"), "building", ["community_id"], unique=False)
    op.create_index("ix_building_geom", "building", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        op.f("ix_building_sub_district_id"), "building", ["sub_district_id"], unique=False
    )


def _facility() -> None:
    op.create_table(
        "facility",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("street_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=True),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('party_centre', 'grid_station', 'canteen', 'day_care', 'after_school', 'school', 'kindergarten', 'clinic', 'hospital', 'toilet', 'police', 'waste', 'bin', 'light', 'fire', 'charging', 'park', 'manhole', 'aed', 'car_park', 'culture', 'shop', 'institution', 'other')",
            name=op.f("ck_facility_kind_known"),
        ),
        sa.CheckConstraint("area_m2 >= 0", name=op.f("ck_facility_area")),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_facility_capacity")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_facility_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_facility_community_id")
        ),
        sa.ForeignKeyConstraint(["street_id"], ["division.id"], name=op.f("fk_facility_street_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_facility_source_external_id")),
    )
    op.create_index(op.f("ix_facility_batch_id"), "facility", ["batch_id"], unique=False)
    op.create_index(op.f("ix_facility_community_id"), "facility", ["community_id"], unique=False)
    op.create_index("ix_facility_geom", "facility", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_facility_street_id"), "facility", ["street_id"], unique=False)


def _ground() -> None:
    op.create_table(
        "ground",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "kind IN ('road_main', 'road_minor', 'lane', 'green', 'water', 'compound')",
            name=op.f("ck_ground_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["division.id"],
            name=op.f("fk_ground_community_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ground")),
    )
    op.create_index(op.f("ix_ground_community_id"), "ground", ["community_id"], unique=False)
    op.create_index("ix_ground_geom", "ground", ["geom"], unique=False, postgresql_using="gist")


def _import_rejection() -> None:
    op.create_table(
        "import_rejection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["import_batch.id"],
            name=op.f("fk_import_rejection_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rejection")),
    )
    op.create_index(
        op.f("ix_import_rejection_batch_id"), "import_rejection", ["batch_id"], unique=False
    )
    op.create_index(
        "ix_import_rejection_row", "import_rejection", ["batch_id", "row_number"], unique=False
    )


def _norm() -> None:
    op.create_table(
        "norm",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("verified", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("set_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("low <= high", name=op.f("ck_norm_order")),
        sa.CheckConstraint("low IS NOT NULL OR high IS NOT NULL", name=op.f("ck_norm_bound")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_norm_community_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_norm")),
    )
    op.create_index(op.f("ix_norm_community_id"), "norm", ["community_id"], unique=False)
    op.create_index("ix_norm_key", "norm", ["key", "community_id", "set_at"], unique=False)


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("based_on_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "source IN ('drawn', 'imported', 'suggested', 'demo')",
            name=op.f("ck_plan_source_known"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR effective_from IS NOT NULL", name=op.f("ck_plan_published_from")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'retired')", name=op.f("ck_plan_state_known")
        ),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_plan_period")
        ),
        sa.ForeignKeyConstraint(["based_on_id"], ["plan.id"], name=op.f("fk_plan_based_on_id")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_plan_community_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("community_id", "name", name=op.f("uq_plan_community_id_name")),
    )
    op.create_index(op.f("ix_plan_based_on_id"), "plan", ["based_on_id"], unique=False)
    op.create_index(op.f("ix_plan_community_id"), "plan", ["community_id"], unique=False)
    op.create_index(
        "ix_plan_one_published",
        "plan",
        ["community_id"],
        unique=True,
        postgresql_where="state = 'published'",
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('staff', 'police', 'volunteer')", name=op.f("ck_staff_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_staff_community_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
    )
    op.create_index(op.f("ix_staff_community_id"), "staff", ["community_id"], unique=False)


def _building_summary() -> None:
    op.create_table(
        "building_summary",
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_resident", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_rented", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_vacant", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_shop", sa.Integer(), server_default="0", nullable=False),
        sa.Column("residents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("age60", sa.Integer(), server_default="0", nullable=False),
        sa.Column("age80", sa.Integer(), server_default="0", nullable=False),
        sa.Column("alone60", sa.Integer(), server_default="0", nullable=False),
        sa.Column("care_high_risk", sa.Integer(), server_default="0", nullable=False),
        sa.Column("care_key", sa.Integer(), server_default="0", nullable=False),
        sa.Column("care_general", sa.Integer(), server_default="0", nullable=False),
        sa.Column("party_members", sa.Integer(), server_default="0", nullable=False),
        sa.Column("party_households", sa.Integer(), server_default="0", nullable=False),
        sa.Column("contact_linked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("units", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dominant_state", sa.Text(), server_default="none", nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_building_summary_building_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building_summary")),
    )


def _grid() -> None:
    op.create_table(
        "grid",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("sub_district_id", sa.BigInteger(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=True),
        sa.Column("label_point", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.CheckConstraint("code ~ '^[0-9]{15}$'", name=op.f("ck_grid_code")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_grid_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sub_district_id"], ["division.id"], name=op.f("fk_grid_sub_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid")),
        sa.UniqueConstraint("plan_id", "code", name=op.f("uq_grid_plan_id_code")),
        sa.UniqueConstraint("plan_id", "id", name=op.f("uq_grid_plan_id_id")),
    )
    op.create_index("ix_grid_geom", "grid", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_grid_plan_id"), "grid", ["plan_id"], unique=False)
    op.create_index(op.f("ix_grid_sub_district_id"), "grid", ["sub_district_id"], unique=False)


def _indicator_value() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("area_kind", sa.Text(), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("numerator", sa.Float(), nullable=True),
        sa.Column("denominator", sa.Float(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "computed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "area_kind IN ('grid', 'community', 'street')",
            name=op.f("ck_indicator_value_area_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["division.id"],
            name=op.f("fk_indicator_value_community_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_indicator_value_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_value")),
        sa.UniqueConstraint(
            "indicator",
            "area_kind",
            "area_id",
            "plan_id",
            "period_from",
            "period_to",
            name=op.f(
                "uq_indicator_value_indicator_area_kind_area_id_plan_id_period_from_period_to"
            ),
        ),
    )
    op.create_index(
        "ix_indicator_value_community",
        "indicator_value",
        ["community_id", "period_from", "period_to"],
        unique=False,
    )
    op.create_index(
        op.f("ix_indicator_value_community_id"), "indicator_value", ["community_id"], unique=False
    )
    op.create_index(
        op.f("ix_indicator_value_plan_id"), "indicator_value", ["plan_id"], unique=False
    )


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("repeat_of_id", sa.BigInteger(), nullable=True),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
        sa.Column("h3_10", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_ticket_closed_has_time")
        ),
        sa.CheckConstraint(
            "channel IN ('12345', 'snapshot', 'patrol', 'platform', 'qr', 'meeting', 'other')",
            name=op.f("ck_ticket_channel_known"),
        ),
        sa.CheckConstraint(
            "handling IN ('on_spot', 'promised', 'coordinated')",
            name=op.f("ck_ticket_handling_known"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'closed', 'returned', 'unfounded', 'duplicate')",
            name=op.f("ck_ticket_state_known"),
        ),
        sa.CheckConstraint(
            "closed_at >= reported_at", name=op.f("ck_ticket_closed_after_reported")
        ),
        sa.CheckConstraint("due_at >= reported_at", name=op.f("ck_ticket_due_after_reported")),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_ticket_satisfaction")),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"], name=op.f("fk_ticket_batch_id")),
        sa.ForeignKeyConstraint(
            ["building_id"], ["building.id"], name=op.f("fk_ticket_building_id")
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ticket_category.code"], name=op.f("fk_ticket_category_code")
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_ticket_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["repeat_of_id"], ["ticket.id"], name=op.f("fk_ticket_repeat_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_ticket_source_external_id")),
    )
    op.create_index(op.f("ix_ticket_batch_id"), "ticket", ["batch_id"], unique=False)
    op.create_index(op.f("ix_ticket_building_id"), "ticket", ["building_id"], unique=False)
    op.create_index(op.f("ix_ticket_category_code"), "ticket", ["category_code"], unique=False)
    op.create_index(op.f("ix_ticket_community_id"), "ticket", ["community_id"], unique=False)
    op.create_index(
        "ix_ticket_community_reported", "ticket", ["community_id", "reported_at"], unique=False
    )
    op.create_index("ix_ticket_geom", "ticket", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_ticket_repeat_of_id"), "ticket", ["repeat_of_id"], unique=False)
    op.create_index("ix_ticket_reported_at", "ticket", ["reported_at"], unique=False)


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("geom", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"], ["building.id"], name=op.f("fk_unit_building_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("building_id", "number", name=op.f("uq_unit_building_id_number")),
    )
    op.create_index(op.f("ix_unit_building_id"), "unit", ["building_id"], unique=False)
    op.create_index("ix_unit_geom", "unit", ["geom"], unique=False, postgresql_using="gist")


def _grid_role() -> None:
    op.create_table(
        "grid_role",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('grid_leader', 'grid_worker', 'police', 'party_member', 'volunteer', 'building_head')",
            name=op.f("ck_grid_role_role_known"),
        ),
        sa.CheckConstraint(
            "to_date IS NULL OR to_date >= from_date", name=op.f("ck_grid_role_period")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name=op.f("fk_grid_role_grid_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_grid_role_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_role")),
    )
    op.create_index(
        "ix_grid_role_active",
        "grid_role",
        ["staff_id", "grid_id", "role"],
        unique=True,
        postgresql_where="to_date IS NULL",
    )
    op.create_index(op.f("ix_grid_role_grid_id"), "grid_role", ["grid_id"], unique=False)
    op.create_index(op.f("ix_grid_role_staff_id"), "grid_role", ["staff_id"], unique=False)


def _household() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("floor", sa.SmallInteger(), nullable=True),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('resident', 'rented', 'vacant', 'shop')",
            name=op.f("ck_household_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_household_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_household_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint(
            "building_id", "unit_id", "room", name=op.f("uq_household_building_id_unit_id_room")
        ),
    )
    op.create_index(op.f("ix_household_building_id"), "household", ["building_id"], unique=False)
    op.create_index(op.f("ix_household_unit_id"), "household", ["unit_id"], unique=False)


def _party_organisation() -> None:
    op.create_table(
        "party_organisation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "level IN ('committee', 'grid_branch', 'corridor_group')",
            name=op.f("ck_party_organisation_level_known"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_party_organisation_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"], ["grid.id"], name=op.f("fk_party_organisation_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["party_organisation.id"], name=op.f("fk_party_organisation_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_organisation")),
    )
    op.create_index(
        op.f("ix_party_organisation_community_id"),
        "party_organisation",
        ["community_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_party_organisation_grid_id"), "party_organisation", ["grid_id"], unique=False
    )
    op.create_index(
        op.f("ix_party_organisation_parent_id"), "party_organisation", ["parent_id"], unique=False
    )


def _plan_assignment() -> None:
    op.create_table(
        "plan_assignment",
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("grid_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_plan_assignment_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id", "grid_id"],
            ["grid.plan_id", "grid.id"],
            name=op.f("fk_plan_assignment_plan_id_grid_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_assignment_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "building_id", name=op.f("pk_plan_assignment")),
    )
    op.create_index(
        "ix_plan_assignment_building_id", "plan_assignment", ["building_id"], unique=False
    )
    op.create_index("ix_plan_assignment_grid_id", "plan_assignment", ["grid_id"], unique=False)


def _plan_edit() -> None:
    op.create_table(
        "plan_edit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("gesture", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("from_grid_id", sa.BigInteger(), nullable=True),
        sa.Column("to_grid_id", sa.BigInteger(), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["building.id"],
            name=op.f("fk_plan_edit_building_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["from_grid_id"], ["grid.id"], name=op.f("fk_plan_edit_from_grid_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_edit_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["to_grid_id"], ["grid.id"], name=op.f("fk_plan_edit_to_grid_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_edit")),
    )
    op.create_index(op.f("ix_plan_edit_building_id"), "plan_edit", ["building_id"], unique=False)
    op.create_index(op.f("ix_plan_edit_from_grid_id"), "plan_edit", ["from_grid_id"], unique=False)
    op.create_index(op.f("ix_plan_edit_plan_id"), "plan_edit", ["plan_id"], unique=False)
    op.create_index(op.f("ix_plan_edit_to_grid_id"), "plan_edit", ["to_grid_id"], unique=False)


def _ticket_event() -> None:
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "action IN ('received', 'filed', 'dispatched', 'arrived', 'handled', 'feedback', 'closed', 'rated', 'extended', 'returned', 'unfounded', 'duplicate', 'reopened')",
            name=op.f("ck_ticket_event_action_known"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_event_ticket_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
    )
    op.create_index(op.f("ix_ticket_event_ticket_id"), "ticket_event", ["ticket_id"], unique=False)


def _resident() -> None:
    op.create_table(
        "resident",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("living", sa.Text(), nullable=True),
        sa.Column("care_class", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("floating", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "care_class IN ('high_risk', 'key', 'general')",
            name=op.f("ck_resident_care_class_known"),
        ),
        sa.CheckConstraint(
            "living IN ('alone', 'empty_nest', 'with_family')",
            name=op.f("ck_resident_living_known"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_resident_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
    )
    op.create_index(op.f("ix_resident_household_id"), "resident", ["household_id"], unique=False)


def _party_member() -> None:
    op.create_table(
        "party_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("community_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("resident_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('own', 'signed_up')", name=op.f("ck_party_member_kind_known")),
        sa.ForeignKeyConstraint(
            ["community_id"], ["division.id"], name=op.f("fk_party_member_community_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["party_organisation.id"],
            name=op.f("fk_party_member_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_party_member_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_member")),
    )
    op.create_index(
        op.f("ix_party_member_community_id"), "party_member", ["community_id"], unique=False
    )
    op.create_index(
        op.f("ix_party_member_organisation_id"), "party_member", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_party_member_resident_id"), "party_member", ["resident_id"], unique=False
    )


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("resident_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('routine', 'care', 'party', 'ticket')", name=op.f("ck_visit_purpose_known")
        ),
        sa.CheckConstraint(
            "result IN ('met', 'absent', 'refused')", name=op.f("ck_visit_result_known")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_visit_household_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_visit_resident_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_visit_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_at", "visit", ["at"], unique=False)
    op.create_index(op.f("ix_visit_household_id"), "visit", ["household_id"], unique=False)
    op.create_index(op.f("ix_visit_resident_id"), "visit", ["resident_id"], unique=False)
    op.create_index(op.f("ix_visit_staff_id"), "visit", ["staff_id"], unique=False)


def _party_household() -> None:
    op.create_table(
        "party_household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_party_household_household_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["party_member.id"], name=op.f("fk_party_household_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_household")),
        sa.UniqueConstraint("household_id", name=op.f("uq_party_household_household_id")),
    )
    op.create_index(
        op.f("ix_party_household_member_id"), "party_household", ["member_id"], unique=False
    )


def _contact_link() -> None:
    op.create_table(
        "contact_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("party_household_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_contact_link_household_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["party_household_id"],
            ["party_household.id"],
            name=op.f("fk_contact_link_party_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_link")),
    )
    op.create_index(
        "ix_contact_link_active",
        "contact_link",
        ["household_id"],
        unique=True,
        postgresql_where="until IS NULL",
    )
    op.create_index(
        op.f("ix_contact_link_household_id"), "contact_link", ["household_id"], unique=False
    )
    op.create_index(
        op.f("ix_contact_link_party_household_id"),
        "contact_link",
        ["party_household_id"],
        unique=False,
    )
