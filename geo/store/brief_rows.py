"""The shapes a briefing draws: of some communities, for one viewer.

Everything comes in one order and as it is stored (EPSG:4326), so that the same data make the same
page. No person, phone or door is among the columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import ColumnElement, Connection, case, func, literal, select, text

from geo.layers import LAYERS
from geo.periods import Period
from geo.schema import CARE_CLASSES
from geo.store.access import Viewer
from geo.store.intake import frame_of
from geo.store.queries import frame, grids_in_force, seen, sign_of
from geo.store.tables import (
    building,
    building_summary,
    division,
    facility,
    grid,
    ground,
    plan,
    ticket,
    unit,
)

PEOPLE = (*CARE_CLASSES, "none")
"""The classes of care in `homes`, the most urgent first."""


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


def inhabited() -> ColumnElement[bool]:
    """Return the condition that somebody may live in a building of `building_summary`."""
    counts = building_summary.c
    return (counts.households > 0) | (counts.residents > 0) | (counts.party_households > 0)


def homes(connection: Connection, viewer: Viewer, community_ids: Sequence[int]) -> pd.DataFrame:
    """Count the people of each building in which somebody may live.

    Columns ``building_id community_id x y`` (degrees), ``residents``, the people of 60 and more by
    class of care, which share nobody (`PEOPLE`), and ``party_household``. The last two are nought
    for a viewer who may not see where such people live.
    """
    counts = building_summary.c
    classed = [counts[f"care_{care}"] for care in CARE_CLASSES]
    rest = func.greatest(0, counts.age60 - sum(classed[1:], classed[0]))
    people = {**dict(zip(CARE_CLASSES, classed, strict=True)), "none": rest}
    seen_people = viewer.role in LAYERS["elderly"].roles
    seen_party = viewer.role in LAYERS["party_household"].roles
    statement = (
        select(
            building.c.id.label("building_id"),
            building.c.community_id,
            func.ST_X(building.c.anchor).label("x"),
            func.ST_Y(building.c.anchor).label("y"),
            counts.residents,
            *((people[key] if seen_people else literal(0)).label(key) for key in PEOPLE),
            (counts.party_households if seen_party else literal(0)).label("party_household"),
        )
        .select_from(building.join(building_summary))
        .where(
            inhabited(),
            building.c.community_id.in_(community_ids),
            seen(viewer, building.c.community_id),
        )
        .order_by(building.c.id)
    )
    return frame(connection, statement)


def tickets(
    connection: Connection,
    viewer: Viewer,
    community_ids: Sequence[int],
    period: Period,
    classes: Sequence[str] = (),
) -> pd.DataFrame:
    """Count a period's tickets by what the map shows of them, and where.

    Parameters
    ----------
    classes
        Only tickets of these; empty for all.

    Returns
    -------
    DataFrame
        ``building_id x y sign n``: tickets at homes by building, all others by place (degrees);
        of a ticket either the one or the other is missing. Without a place it is not among them.
    """
    sign = sign_of(func.coalesce(division.c.as_of, func.now()))
    at_home = (building_summary.c.households > 0) & (
        building.c.community_id == ticket.c.community_id
    )
    place = case((at_home, None), else_=ticket.c.geom)
    columns = {
        "building_id": case((at_home, building.c.id)),
        "x": func.ST_X(place),
        "y": func.ST_Y(place),
        "sign": sign,
    }
    statement = (
        select(*(column.label(name) for name, column in columns.items()), func.count().label("n"))
        .select_from(
            ticket.join(division, division.c.id == ticket.c.community_id)
            .outerjoin(building, building.c.id == ticket.c.building_id)
            .outerjoin(building_summary, building_summary.c.building_id == building.c.id)
        )
        .where(
            ticket.c.geom.is_not(None),
            ticket.c.community_id.in_(community_ids),
            ticket.c.reported_at >= period.opens_at,
            ticket.c.reported_at < period.closes_at,
            *([ticket.c.class_code.in_(classes)] if classes else []),
            seen(viewer, ticket.c.community_id),
        )
        .group_by(*(text(str(at)) for at in range(1, len(columns) + 1)))
        .order_by(*(text(str(at)) for at in range(1, len(columns) + 1)))
    )
    return frame(connection, statement)


def sub_districts(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> pd.DataFrame:
    """Return zones, compounds and courtyards that have a boundary: ``name geom``."""
    parent = division.c.parent_id
    return frame_of(
        connection,
        select(division.c.name, division.c.geom)
        .where(
            division.c.kind == "sub_district",
            division.c.geom.is_not(None),
            parent.in_(community_ids),
            seen(viewer, parent),
        )
        .order_by(division.c.id),
    )


def units(connection: Connection, viewer: Viewer, community_ids: Sequence[int]) -> pd.DataFrame:
    """Return stairwells and entrances: ``geom``."""
    return frame_of(
        connection,
        select(unit.c.geom)
        .select_from(unit.join(building, building.c.id == unit.c.building_id))
        .where(building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id))
        .order_by(unit.c.id),
    )
