"""Services as those who plan them need them: who lives where, what stands where, and its places.

People are counts by building; nobody is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import func, select

from geo.schema import COVERED_GROUPS
from geo.store.access import Viewer
from geo.store.queries import Row, frame, grids_in_force, rows, seen
from geo.store.tables import (
    building,
    building_summary,
    division,
    facility,
    grid,
    walk_network,
    walk_node,
)


def buildings(connection: sa.Connection, viewer: Viewer, street_id: int) -> pd.DataFrame:
    """Return the buildings of a street's communities and the people in them.

    Returns
    -------
    DataFrame
        By id: id, community_id, compound, number, name, grid_id (of the plan in force; 0: none),
        lon, lat (degrees), and a count for each of ``geo.schema.COVERED_GROUPS``.
    """
    homes = grids_in_force()
    community = division.alias("community")
    columns = (
        *(building.c[name] for name in ("id", "community_id", "compound", "number", "name")),
        func.coalesce(homes.c.grid_id, 0).label("grid_id"),
        func.ST_X(building.c.anchor).label("lon"),
        func.ST_Y(building.c.anchor).label("lat"),
        *(func.coalesce(building_summary.c[name], 0).label(name) for name in COVERED_GROUPS),
    )
    asked = (
        select(*columns)
        .select_from(
            building.join(community, community.c.id == building.c.community_id)
            .outerjoin(building_summary, building_summary.c.building_id == building.c.id)
            .outerjoin(homes, homes.c.building_id == building.c.id)
        )
        .where(community.c.parent_id == street_id, seen(viewer, building.c.community_id))
        .order_by(building.c.id)
    )
    return frame(connection, asked)


def facilities(connection: sa.Connection, street_id: int) -> pd.DataFrame:
    """Return the facilities that serve a street, those just outside it too.

    Returns
    -------
    DataFrame
        By id: id, kind, name, community_id (0: none), capacity (NaN: not on record), lon, lat.
    """
    columns = (
        *(facility.c[name] for name in ("id", "kind", "name")),
        func.coalesce(facility.c.community_id, 0).label("community_id"),
        facility.c.capacity,
        func.ST_X(facility.c.geom).label("lon"),
        func.ST_Y(facility.c.geom).label("lat"),
    )
    asked = (
        select(*columns)
        .where(facility.c.street_id == street_id, ~func.ST_IsEmpty(facility.c.geom))
        .order_by(facility.c.id)
    )
    numbers = dict.fromkeys(("capacity", "lon", "lat"), "float64")
    return frame(connection, asked).astype(numbers)


def grid_shapes(connection: sa.Connection, plan_ids: Sequence[int]) -> dict[int, Any]:
    """Return the polygons (shapely, EPSG:4326) of the grids of some plans, by grid."""
    asked = select(grid.c.id, func.ST_AsBinary(grid.c.geom)).where(
        grid.c.plan_id.in_(list(plan_ids)), grid.c.geom.is_not(None)
    )
    return {one: shapely.from_wkb(bytes(shape)) for one, shape in connection.execute(asked)}


def islands(connection: sa.Connection, street_id: int) -> list[Row]:
    """Return the parts of a street's walking network that do not hang together with the largest.

    Columns ``part nodes lon lat``, of one node each; most nodes first.
    """
    own = walk_node.join(walk_network, walk_network.c.id == walk_node.c.network_id)
    first = func.array_agg(walk_node.c.geom)[1]
    asked = (
        select(
            walk_node.c.part,
            func.count().label("nodes"),
            func.ST_X(first).label("lon"),
            func.ST_Y(first).label("lat"),
        )
        .select_from(own)
        .where(walk_network.c.street_id == street_id, walk_node.c.part > 0)
        .group_by(walk_node.c.part)
        .order_by(func.count().desc(), walk_node.c.part)
    )
    return rows(connection, asked)
