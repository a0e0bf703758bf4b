"""Find what one community left in the tables of derived counts without reading all of them.

Revision: 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_bin_community_id", "ticket_bin", ["community_id"])
    op.create_index("ix_building_bin_community_id", "building_bin", ["community_id"])
    op.create_index(
        "ix_indicator_value_whole",
        "indicator_value",
        ["area_id"],
        postgresql_where=sa.text("area_kind = 'community'"),
    )


def downgrade() -> None:
    op.drop_index("ix_indicator_value_whole", "indicator_value")
    op.drop_index("ix_building_bin_community_id", "building_bin")
    op.drop_index("ix_ticket_bin_community_id", "ticket_bin")
