"""Keep simplified boundaries beside the true ones, for small scales.

Revision: 0004. Generated columns: the database keeps them right by itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("division", "grid")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table,
            sa.Column(
                "geom_small",
                Geometry("MULTIPOLYGON", srid=4326, spatial_index=False),
                sa.Computed("st_simplify(geom, '5e-05'::double precision, true)", persisted=True),
            ),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "geom_small")
