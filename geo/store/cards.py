"""What is said about one clicked thing: counts, states and times; never a name, phone or door.

Each function returns None where the thing is not there, or is not this viewer's to see.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from geo.layers import LAYERS
from geo.periods import Period
from geo.schema import CARE_CLASSES, HOUSEHOLD_STATES
from geo.store.access import Viewer
from geo.store.queries import Row, first, grids_in_force, rows, seen, sign_of
from geo.store.tables import (
    building,
    building_summary,
    division,
    facility,
    household,
    ticket,
    ticket_category,
    ticket_event,
    unit,
    unit_summary,
)

_ADDRESS = ("compound", "number", "name")


def _states(column: ColumnElement[str]) -> list[ColumnElement[int]]:
    return [func.count().filter(column == state).label(state) for state in HOUSEHOLD_STATES]


def _place(point: ColumnElement[Any]) -> list[ColumnElement[float]]:
    return [func.ST_X(point).label("lon"), func.ST_Y(point).label("lat")]


def _whereabouts() -> list[ColumnElement[Any]]:
    return [building.c[name].label(f"building_{name}") for name in _ADDRESS]


def building_card(connection: Connection, viewer: Viewer, building_id: int) -> Row | None:
    """Return a building, its counts, and the grid it belongs to under the published plan."""
    homes = grids_in_force()
    columns = ("id", "compound", "number", "name", "use", "storeys", "built_year", "community_id")
    counts = [column for column in building_summary.c if column.name != "building_id"]
    return first(
        connection,
        select(
            *(building.c[name] for name in columns),
            *counts,
            homes.c.grid_id,
            homes.c.grid_code,
            homes.c.grid_name,
            division.c.name.label("community_name"),
            *_place(building.c.anchor),
        )
        .select_from(
            building.join(division, division.c.id == building.c.community_id)
            .outerjoin(building_summary)
            .outerjoin(homes, homes.c.building_id == building.c.id)
        )
        .where(building.c.id == building_id, seen(viewer, building.c.community_id)),
    )


def building_units(connection: Connection, viewer: Viewer, building_id: int) -> list[Row]:
    """Return a building's units with their dwellings by state: ``id number`` and the states."""
    return rows(
        connection,
        select(unit.c.id, unit.c.number, *_states(household.c.state))
        .select_from(unit.join(building).outerjoin(household, household.c.unit_id == unit.c.id))
        .where(unit.c.building_id == building_id, seen(viewer, building.c.community_id))
        .group_by(unit.c.id)
        .order_by(func.length(unit.c.number), unit.c.number),
    )


def building_tickets(
    connection: Connection, viewer: Viewer, building_id: int, period: Period
) -> dict[str, int]:
    """Count a building's tickets of a period by what the map shows of them."""
    sign = sign_of(func.coalesce(division.c.as_of, func.now())).label("sign")
    found = rows(
        connection,
        select(sign, func.count().label("n"))
        .select_from(ticket.join(division, division.c.id == ticket.c.community_id))
        .where(
            ticket.c.building_id == building_id,
            ticket.c.reported_at >= period.opens_at,
            ticket.c.reported_at < period.closes_at,
            seen(viewer, ticket.c.community_id),
        )
        .group_by(sign),
    )
    return {row["sign"]: row["n"] for row in found}


def unit_card(connection: Connection, viewer: Viewer, unit_id: int) -> Row | None:
    """Return a unit, where it is, and its dwellings by state."""
    return first(
        connection,
        select(
            unit.c.id,
            unit.c.number,
            unit.c.building_id,
            building.c.community_id,
            building.c.storeys,
            *_place(unit.c.geom),
            *_whereabouts(),
            *_states(household.c.state),
        )
        .select_from(unit.join(building).outerjoin(household, household.c.unit_id == unit.c.id))
        .where(unit.c.id == unit_id, seen(viewer, building.c.community_id))
        .group_by(unit.c.id, building.c.id),
    )


def unit_floors(connection: Connection, viewer: Viewer, unit_id: int) -> list[Row]:
    """Return a unit's dwellings per floor by state, top floor first; the floor may be unknown."""
    return rows(
        connection,
        select(household.c.floor, *_states(household.c.state))
        .select_from(household.join(building, building.c.id == household.c.building_id))
        .where(household.c.unit_id == unit_id, seen(viewer, building.c.community_id))
        .group_by(household.c.floor)
        .order_by(household.c.floor.desc().nulls_last()),
    )


def _summary_card(
    connection: Connection, viewer: Viewer, layer: str, summary_id: int, columns: tuple[str, ...]
) -> Row | None:
    if viewer.role not in LAYERS[layer].roles:
        return None
    source = unit_summary.join(building, building.c.id == unit_summary.c.building_id).outerjoin(
        unit, unit.c.id == unit_summary.c.unit_id
    )
    return first(
        connection,
        select(
            unit_summary.c.id,
            unit_summary.c.unit_id,
            unit_summary.c.building_id,
            unit_summary.c.community_id,
            unit.c.number,
            *_place(unit_summary.c.geom),
            *_whereabouts(),
            *(unit_summary.c[name] for name in columns),
        )
        .select_from(source)
        .where(unit_summary.c.id == summary_id, seen(viewer, building.c.community_id)),
    )


def elderly_card(connection: Connection, viewer: Viewer, summary_id: int) -> Row | None:
    """Count the people of 60 and more at one stairwell: all, alone, by care class."""
    columns = ("age60", "alone60", *(f"care_{care}" for care in CARE_CLASSES))
    return _summary_card(connection, viewer, "elderly", summary_id, columns)


def party_card(connection: Connection, viewer: Viewer, summary_id: int) -> Row | None:
    """Count the party households at one stairwell and the households in contact with them."""
    columns = ("party_households", "contact_linked")
    return _summary_card(connection, viewer, "party_household", summary_id, columns)


def ticket_card(connection: Connection, viewer: Viewer, ticket_id: int) -> Row | None:
    """Return a ticket: category, sign, channel, times and the building; no title, no people."""
    columns = ("id", "channel", "handling", "state", "reported_at", "due_at", "closed_at")
    source = (
        ticket.join(ticket_category)
        .join(division, division.c.id == ticket.c.community_id)
        .outerjoin(building, building.c.id == ticket.c.building_id)
    )
    as_of = func.coalesce(division.c.as_of, func.now())
    return first(
        connection,
        select(
            *(ticket.c[name] for name in columns),
            ticket.c.repeat_of_id.is_not(None).label("repeats"),
            ticket.c.building_id,
            ticket.c.community_id,
            ticket_category.c.name.label("category"),
            ticket_category.c.class_name,
            ticket_category.c.class_name_en,
            sign_of(as_of).label("sign"),
            as_of.label("as_of"),
            *_place(ticket.c.geom),
            *_whereabouts(),
        )
        .select_from(source)
        .where(ticket.c.id == ticket_id, seen(viewer, ticket.c.community_id)),
    )


def ticket_steps(connection: Connection, viewer: Viewer, ticket_id: int) -> list[Row]:
    """Return a ticket's history: ``at action``, oldest first; who did it is not said."""
    return rows(
        connection,
        select(ticket_event.c.at, ticket_event.c.action)
        .select_from(ticket_event.join(ticket))
        .where(ticket_event.c.ticket_id == ticket_id, seen(viewer, ticket.c.community_id))
        .order_by(ticket_event.c.at, ticket_event.c.id),
    )


def facility_card(connection: Connection, viewer: Viewer, facility_id: int) -> Row | None:
    """Return a facility: kind, name, address, capacity and floor area."""
    columns = ("id", "community_id", "kind", "name", "address", "capacity", "area_m2")
    allowed = seen(viewer, func.coalesce(facility.c.community_id, facility.c.street_id))
    return first(
        connection,
        select(*(facility.c[name] for name in columns), *_place(facility.c.geom)).where(
            facility.c.id == facility_id, allowed
        ),
    )
