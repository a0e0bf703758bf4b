"""What the sheet of a grid tells of each building: its number, its dwellings, its elderly.

No person, phone or door is among the columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Connection, func, select

from geo.schema import HOUSEHOLD_STATES
from geo.store.access import Viewer
from geo.store.queries import frame, grids_in_force, seen
from geo.store.tables import building, building_summary


def buildings(connection: Connection, viewer: Viewer, community_ids: Sequence[int]) -> pd.DataFrame:
    """Return the buildings of the grids in force, by grid and id.

    Columns ``building_id grid_id compound number name storeys lon lat``, one column of dwellings
    for each state, ``age60`` (of them ``age80``); nought where nobody is on record, storeys missing
    where unknown.
    """
    counts, assigned = building_summary.c, grids_in_force()
    source = building.join(assigned, assigned.c.building_id == building.c.id).outerjoin(
        building_summary, counts.building_id == building.c.id
    )
    numbers = {
        **{state: counts[f"state_{state}"] for state in HOUSEHOLD_STATES},
        "age60": counts.age60,
        "age80": counts.age80,
    }
    return frame(
        connection,
        select(
            building.c.id.label("building_id"),
            assigned.c.grid_id,
            *(building.c[name] for name in ("compound", "number", "name", "storeys")),
            func.ST_X(building.c.anchor).label("lon"),
            func.ST_Y(building.c.anchor).label("lat"),
            *(func.coalesce(column, 0).label(name) for name, column in numbers.items()),
        )
        .select_from(source)
        .where(building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id))
        .order_by(assigned.c.grid_id, building.c.id),
    )
