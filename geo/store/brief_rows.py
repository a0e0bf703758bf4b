"""The shapes a briefing draws: of some communities, for one viewer.

Everything comes in one order and as it is stored (EPSG:4326), so that the same data make the same
page. No person, phone or door is among the columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Connection, select

from geo.store.access import Viewer
from geo.store.intake import frame_of
from geo.store.queries import grids_in_force, seen
from geo.store.tables import (
    building,
    building_summary,
    division,
    facility,
    grid,
    ground,
    plan,
)


def boundaries(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> pd.DataFrame:
    """Return communities: ``id name schematic geom``; the shape is None where there is none."""
    here = (division.c.id.in_(community_ids), seen(viewer, division.c.id))
    columns = (division.c.id, division.c.name, division.c.schematic, division.c.geom)
    return frame_of(connection, select(*columns).where(*here).order_by(division.c.id))


def grids(connection: Connection, viewer: Viewer, plan_ids: Sequence[int]) -> pd.DataFrame:
    """Return the grids of some plans by code: ``id code name geom``."""
    return frame_of(
        connection,
        select(grid.c.id, grid.c.code, grid.c.name, grid.c.geom)
        .select_from(grid.join(plan, plan.c.id == grid.c.plan_id))
        .where(grid.c.plan_id.in_(plan_ids), seen(viewer, plan.c.community_id))
        .order_by(grid.c.code, grid.c.id),
    )


def buildings(connection: Connection, viewer: Viewer, community_ids: Sequence[int]) -> pd.DataFrame:
    """Return buildings with what the map colours them by, and their grid in force.

    Columns ``id number storeys households dominant_state grid_id geom``; households and state are
    missing where no dwelling is on record, the grid where the building is in none.
    """
    summary, assigned = building_summary, grids_in_force()
    source = building.outerjoin(summary, summary.c.building_id == building.c.id).outerjoin(
        assigned, assigned.c.building_id == building.c.id
    )
    return frame_of(
        connection,
        select(
            building.c.id,
            building.c.number,
            building.c.storeys,
            summary.c.households,
            summary.c.dominant_state,
            assigned.c.grid_id,
            building.c.geom,
        )
        .select_from(source)
        .where(building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id))
        .order_by(building.c.id),
    )


def ground_of(connection: Connection, viewer: Viewer, community_ids: Sequence[int]) -> pd.DataFrame:
    """Return roads, greens, waters and compounds: ``kind name geom``."""
    return frame_of(
        connection,
        select(ground.c.kind, ground.c.name, ground.c.geom)
        .where(ground.c.community_id.in_(community_ids), seen(viewer, ground.c.community_id))
        .order_by(ground.c.id),
    )


def facilities(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> pd.DataFrame:
    """Return the facilities that stand in some communities: ``kind name geom``."""
    return frame_of(
        connection,
        select(facility.c.kind, facility.c.name, facility.c.geom)
        .where(facility.c.community_id.in_(community_ids), seen(viewer, facility.c.community_id))
        .order_by(facility.c.kind, facility.c.name, facility.c.id),
    )
