"""Households as those who visit them need them: where, how often due, when last met, by whom.

Nothing here names a person who lives there. Which door a household is behind comes from `doors`,
for the few on the list a worker takes along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import select

from geo import visits
from geo.facts import Window
from geo.norms import Norm
from geo.schema import CARE_CLASSES, HOUSEHOLD_STATES
from geo.store.access import Viewer
from geo.store.arrays import positions, read_arrays
from geo.store.queries import Row, grids_in_force, on_duty, rows, seen
from geo.store.tables import building, facility, grid, grid_role, household, plan, staff, unit
from geo.workload import CARE, visit_days

OTHERS = len(CARE)
"""Stands in ``care`` for households where nobody is in care; below it positions in `CARE`."""

_OCCUPIED = ("resident", "rented")
_WORKERS = ("grid_leader", "grid_worker")

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Worker:
    """A grid leader or worker, and the grids held."""

    id: int
    name: str
    grids: tuple[int, ...]


@dataclass(frozen=True)
class Calls:
    """The households of a community and the visits paid to them up to the end of a window.

    Attributes
    ----------
    homes
        Occupied dwellings, by id: id, building (position in `buildings`), unit_id (0: none), care
        (position in `CARE` of the most urgent member's class, or `OTHERS`), visit_days, last_us,
        last_before_us (`geo.visits.NEVER_MET_US` for never), met (in the window).
    buildings
        By id: id, compound, number, name, grid_id (0: none), lon, lat.
    visits
        How many visits of the window met somebody.
    since_us
        The first visit on record that met somebody; None without any.
    """

    homes: pd.DataFrame
    buildings: pd.DataFrame
    visits: int
    since_us: int | None


def read(
    connection: sa.Connection,
    viewer: Viewer,
    community_id: int,
    window: Window,
    norms: Mapping[str, Norm],
) -> Calls:
    """Read the households of a community and how they were visited.

    Parameters
    ----------
    norms
        In force in the community; `geo.workload.visit_days` says which are used.
    """
    buildings = _buildings(connection, viewer, community_id)
    homes = _homes(connection, community_id, buildings["id"].to_numpy(np.int64))
    care = _care(connection, community_id, homes["id"].to_numpy())
    made = read_arrays(
        connection,
        "compute/visits",
        {"household_id": "int8", "at_us": "instant"},
        **_only(community_id),
    )
    who = positions(homes["id"].to_numpy(), made["household_id"].to_numpy())
    at, size = made["at_us"].to_numpy(), len(homes)
    stop_us = min(window.stop_us, window.at_us + 1)
    most_urgent = np.select([care[name] > 0 for name in CARE], range(OTHERS), OTHERS)
    return Calls(
        homes.assign(
            care=most_urgent,
            visit_days=visit_days(care, norms),
            last_before_us=visits.last_before(size, who, at, window.start_us),
            last_us=visits.last_before(size, who, at, stop_us),
            met=visits.met_between(size, who, at, window.start_us, stop_us),
        ),
        buildings,
        int(((at >= window.start_us) & (at < stop_us)).sum()),
        int(at.min()) if at.size else None,
    )


def _only(community_id: int) -> dict[str, object]:
    return {"everything": False, "communities": [community_id]}


def _buildings(connection: sa.Connection, viewer: Viewer, community_id: int) -> pd.DataFrame:
    homes = grids_in_force()
    columns = (
        *(building.c[name] for name in ("id", "compound", "number", "name")),
        sa.func.coalesce(homes.c.grid_id, 0).label("grid_id"),
        sa.func.ST_X(building.c.anchor).label("lon"),
        sa.func.ST_Y(building.c.anchor).label("lat"),
    )
    asked = (
        select(*columns)
        .select_from(building.outerjoin(homes, homes.c.building_id == building.c.id))
        .where(building.c.community_id == community_id, seen(viewer, building.c.community_id))
        .order_by(building.c.id)
    )
    found = connection.execute(asked)
    return pd.DataFrame(found.fetchall(), columns=list(found.keys()))


def _homes(connection: sa.Connection, community_id: int, building_ids: Integers) -> pd.DataFrame:
    found = read_arrays(
        connection,
        "compute/households",
        {"id": "int8", "building_id": "int8", "unit_id": "int8", "state": "int2"},
        states=list(HOUSEHOLD_STATES),
        **_only(community_id),
    )
    lived_in = [list(HOUSEHOLD_STATES).index(state) + 1 for state in _OCCUPIED]
    place = positions(building_ids, found["building_id"].to_numpy())
    kept = found.assign(building=place)[found["state"].isin(lived_in) & (place >= 0)]
    return kept[["id", "building", "unit_id"]].reset_index(drop=True)


def _care(connection: sa.Connection, community_id: int, home_ids: Integers) -> dict[str, Integers]:
    """Count the people of each class of care in each household."""
    people = read_arrays(
        connection,
        "compute/residents",
        {"household_id": "int8", "birth_day": "date", "alone": "bool", "care": "int2"},
        care=list(CARE_CLASSES),
        **_only(community_id),
    )
    home = positions(home_ids, people["household_id"].to_numpy())
    care = people["care"].to_numpy()
    return {
        name: np.bincount(home[(care == place + 1) & (home >= 0)], minlength=len(home_ids))
        for place, name in enumerate(CARE)
    }


def workers(
    connection: sa.Connection, viewer: Viewer, community_id: int, day: date
) -> tuple[Worker, ...]:
    """Return who leads or works the grids of a community's published plan on a day, by name."""
    asked = (
        select(staff.c.id, staff.c.name, grid.c.id.label("grid_id"))
        .distinct()
        .select_from(grid_role.join(staff).join(grid).join(plan, plan.c.id == grid.c.plan_id))
        .where(plan.c.community_id == community_id, plan.c.state == "published")
        .where(grid_role.c.role.in_(_WORKERS), on_duty(day))
        .where(seen(viewer, plan.c.community_id))
        .order_by(staff.c.name, staff.c.id, grid.c.id)
    )
    held: dict[tuple[int, str], list[int]] = {}
    for row in rows(connection, asked):
        held.setdefault((row["id"], row["name"]), []).append(row["grid_id"])
    return tuple(Worker(one, name, tuple(grids)) for (one, name), grids in held.items())


def stations(connection: sa.Connection, street_id: int) -> pd.DataFrame:
    """Return where the grid stations of a street are: lon, lat, degrees."""
    asked = select(
        sa.func.ST_X(facility.c.geom).label("lon"), sa.func.ST_Y(facility.c.geom).label("lat")
    ).where(
        facility.c.street_id == street_id,
        facility.c.kind == "grid_station",
        ~sa.func.ST_IsEmpty(facility.c.geom),
    )
    found = connection.execute(asked.order_by(facility.c.id)).fetchall()
    return pd.DataFrame(found, columns=["lon", "lat"], dtype=np.float64)


def doors(
    connection: sa.Connection, viewer: Viewer, household_ids: Sequence[int]
) -> dict[int, Row]:
    """Return behind which door some households are: ``unit floor room``, by household.

    Personal data: only for whoever may take the list of visits along.
    """
    asked = (
        select(household.c.id, unit.c.number.label("unit"), household.c.floor, household.c.room)
        .select_from(household.join(building).outerjoin(unit, unit.c.id == household.c.unit_id))
        .where(household.c.id.in_(list(household_ids)), seen(viewer, building.c.community_id))
    )
    found: dict[int, Any] = {row["id"]: row for row in rows(connection, asked)}
    return found
