"""Reading tickets and the ground they are judged against, for the analysis of hot spots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import func, select

from geo.cases import Cases
from geo.facts import DAY_US, microseconds
from geo.periods import midnight
from geo.store.access import Viewer
from geo.store.arrays import positions, read_arrays
from geo.store.queries import frame, grids_in_force, seen
from geo.store.tables import (
    building,
    building_summary,
    grid,
    ground,
    plan,
    ticket,
    ticket_category,
)

_TICKETS = {
    "id": "int8",
    "building_id": "int8",
    "reported_us": "instant",
    "closed_us": "instant",
    "class": "int2",
    "category": "int2",
    "repeat": "bool",
    "lon": "float8",
    "lat": "float8",
}


def read(
    connection: sa.Connection,
    viewer: Viewer,
    community_ids: Sequence[int],
    start: date,
    stop: date,
) -> Cases:
    """Read the tickets of some communities reported on days ``start <= day < stop``.

    Communities this viewer may not see are left out.
    """
    ids = [one for one in community_ids if viewer.may_see(one)]
    grids, shapes = _grids(connection, viewer, ids)
    buildings = _buildings(connection, viewer, ids, grids)
    return Cases(
        tickets=_tickets(connection, ids, buildings, (start, stop)),
        buildings=buildings,
        grids=grids,
        shapes=shapes,
        roads=_roads(connection, ids),
        unplaced=_unplaced(connection, ids, (start, stop)),
    )


def _grids(
    connection: sa.Connection, viewer: Viewer, ids: Sequence[int]
) -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    asked = (
        select(
            grid.c.id,
            grid.c.code,
            grid.c.name,
            plan.c.community_id,
            func.ST_AsBinary(grid.c.geom).label("geom"),
        )
        .select_from(grid.join(plan, plan.c.id == grid.c.plan_id))
        .where(
            plan.c.state == "published",
            plan.c.community_id.in_(ids),
            seen(viewer, plan.c.community_id),
        )
        .order_by(grid.c.code)
    )
    found = frame(connection, asked)
    shapes = [None if blob is None else shapely.from_wkb(bytes(blob)) for blob in found["geom"]]
    return found.drop(columns="geom"), np.array([*shapes, None], dtype=object)[:-1]


def _buildings(
    connection: sa.Connection, viewer: Viewer, ids: Sequence[int], grids: pd.DataFrame
) -> pd.DataFrame:
    homes = grids_in_force()
    columns = (
        *(building.c[name] for name in ("id", "community_id", "compound", "number", "name")),
        func.coalesce(homes.c.grid_id, 0).label("grid_id"),
        func.coalesce(building_summary.c.households, 0).label("households"),
        func.ST_X(building.c.anchor).label("lon"),
        func.ST_Y(building.c.anchor).label("lat"),
    )
    asked = (
        select(*columns)
        .select_from(
            building.outerjoin(
                building_summary, building_summary.c.building_id == building.c.id
            ).outerjoin(homes, homes.c.building_id == building.c.id)
        )
        .where(building.c.community_id.in_(ids), seen(viewer, building.c.community_id))
        .order_by(building.c.id)
    )
    found = frame(connection, asked)
    place = {int(one): at for at, one in enumerate(grids["id"])}
    return found.assign(grid=[place.get(int(one), -1) for one in found["grid_id"]]).drop(
        columns="grid_id"
    )


def _tickets(
    connection: sa.Connection,
    ids: Sequence[int],
    buildings: pd.DataFrame,
    days: tuple[date, date],
) -> pd.DataFrame:
    categories = connection.execute(
        select(ticket_category.c.code, ticket_category.c.class_code).order_by(
            ticket_category.c.code
        )
    ).all()
    codes = [row.code for row in categories]
    classes = sorted({row.class_code for row in categories})
    found = read_arrays(
        connection,
        "study/tickets",
        _TICKETS,
        communities=list(ids),
        classes=classes,
        categories=codes,
        **_instants(days),
    )
    reported = found["reported_us"].to_numpy()
    building_ids = buildings["id"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            **{name: found[name] for name in ("id", "lon", "lat", "reported_us", "closed_us")},
            "day": local_days(reported),
            "class_code": np.array(classes, dtype=object)[found["class"].to_numpy() - 1],
            "category_code": np.array(codes, dtype=object)[found["category"].to_numpy() - 1],
            "building": positions(building_ids, found["building_id"].to_numpy()),
            "repeat": found["repeat"].to_numpy(bool),
        }
    )


def local_days(instant_us: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the ordinal of the local day of instants (microseconds since 1970 UTC).

    China has kept one time without summer time since 1992, so a fixed shift tells the day.
    """
    shift_us = microseconds(midnight(date(1970, 1, 1)))
    return (instant_us - shift_us) // DAY_US + date(1970, 1, 1).toordinal()


def _instants(days: tuple[date, date]) -> dict[str, object]:
    return {"opens": midnight(days[0]), "closes": midnight(days[1])}


def _unplaced(
    connection: sa.Connection, ids: Sequence[int], days: tuple[date, date]
) -> pd.DataFrame:
    opens, closes = (midnight(day) for day in days)
    asked = select(
        ticket.c.reported_at,
        ticket.c.class_code,
        ticket.c.repeat_of_id.is_not(None).label("repeat"),
    ).where(
        ticket.c.community_id.in_(ids),
        ticket.c.reported_at >= opens,
        ticket.c.reported_at < closes,
        ticket.c.geom.is_(None) | func.ST_IsEmpty(ticket.c.geom),
    )
    found = frame(connection, asked)
    reported = np.array([microseconds(one) for one in found["reported_at"]], dtype=np.int64)
    return pd.DataFrame(
        {
            "day": local_days(reported),
            "class_code": found["class_code"].astype(object),
            "repeat": found["repeat"].astype(bool),
        }
    )


def _roads(connection: sa.Connection, ids: Sequence[int]) -> pd.DataFrame:
    asked = select(ground.c.name, func.ST_AsBinary(ground.c.geom).label("geom")).where(
        ground.c.community_id.in_(ids),
        ground.c.kind.in_(("road_main", "road_minor", "lane")),
        ground.c.name != "",
    )
    found = frame(connection, asked)
    lines = [shapely.from_wkb(bytes(blob)) for blob in found["geom"]]
    return found.assign(geom=np.array([*lines, None], dtype=object)[:-1])


def span(connection: sa.Connection, community_ids: Sequence[int]) -> tuple[date, date] | None:
    """Return the local days of the first and the last ticket of some communities, if any."""
    asked = select(func.min(ticket.c.reported_at), func.max(ticket.c.reported_at)).where(
        ticket.c.community_id.in_(list(community_ids))
    )
    first, last = connection.execute(asked).one()
    if first is None:
        return None
    days = local_days(np.array([microseconds(first), microseconds(last)])).tolist()
    return date.fromordinal(days[0]), date.fromordinal(days[1])
