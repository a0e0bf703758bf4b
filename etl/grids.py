"""Grids by a simple split for now: halve a community again and again by weight of buildings.

Each cut runs across the longer side and leaves both halves their share of households, so grids
come out about equally heavy and fairly round. Grid borders are unions of cells as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from etl import redraw
from geo import crs
from geo.codes import MAX_SERIAL, free_codes, reading_order
from geo.errors import N_, InputError
from geo.store import drafts, intake
from geo.store.tables import grid, plan_assignment
from geo.store.writes import copy_frame, reserve_ids

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Split:
    """What a split made: how many grids, how many buildings, what weighed."""

    plan_id: int
    grids: int
    buildings: int
    weighed_by: str


def bisect(x: Floats, y: Floats, weight: Floats, count: int) -> Ints:
    """Split points into `count` groups of about equal weight.

    Parameters
    ----------
    x, y
        Metres, shape (n,).
    weight
        Not negative, shape (n,).
    count
        From 1 to n.

    Returns
    -------
    array of (n,)
        Group 0 … count-1 of each point; no group is empty.
    """
    group = np.zeros(len(x), dtype=np.int64)
    _halve(np.arange(len(x)), (x, y, weight), count, 0, group)
    return group


def _halve(
    members: Ints, points: tuple[Floats, Floats, Floats], count: int, first: int, group: Ints
) -> None:
    if count == 1:
        group[members] = first
        return
    x, y, weight = (values[members] for values in points)
    along = x if np.ptp(x) >= np.ptp(y) else y
    order = members[np.argsort(along, kind="stable")]
    low = count // 2
    total = np.cumsum(weight[np.argsort(along, kind="stable")])
    cut = int(np.searchsorted(total, total[-1] * low / count)) + 1
    cut = min(max(cut, low), len(order) - (count - low))
    _halve(order[:cut], points, low, first, group)
    _halve(order[cut:], points, count - low, first + low, group)


def weights(households: Floats, storeys: Floats, area_m2: Floats) -> tuple[Floats, str]:
    """Weigh buildings by households; where nobody counted them, by floor area.

    Returns
    -------
    weight
        Shape (n,), positive: a building without households still has to be somewhere.
    what
        ``"households"`` or ``"floor area"``.
    """
    if households.sum() > 0:
        return households + households.sum() * 1e-6, N_("households")
    return area_m2 * np.where(np.isnan(storeys), 1.0, storeys) + 1e-6, N_("floor area")


def split_community(
    connection: sa.Connection,
    code: str,
    *,
    effective_from: date,
    count: int | None = None,
    households: int = 400,
    name: str = "",
    replace: bool = False,
) -> Split:
    """Split a community's buildings into a published plan.

    Parameters
    ----------
    connection
        In a transaction.
    code
        The community's.
    effective_from
        First day of the plan.
    count
        How many grids; None: as many as `households` a grid makes.
    households
        Wanted size of a grid.
    name
        Of the plan.
    replace
        Whether a published plan is retired for it.

    Raises
    ------
    InputError
        If there is no such community or it has no buildings, if it has a published plan already,
        or if `count` cannot be.
    """
    intake.lock(connection)
    owner = community_id(connection, code)
    buildings = intake.buildings_of(connection, owner)
    if buildings.empty:
        raise InputError(N_("Community {code} has no buildings to make grids of."), code=code)
    plans = intake.plans_of(connection, owner)
    _retire(connection, plans, effective_from, replace=replace)
    redraw.redraw(connection, owner)
    x, y, weight, weighed = _weighed(connection, owner, buildings)
    wanted = count or max(1, round(float(weight.sum()) / households))
    if weighed != "households" and count is None:
        raise InputError(
            N_("Nobody counted the households of {code}; say how many grids with --count."),
            code=code,
        )
    if not 1 <= wanted <= min(MAX_SERIAL, len(buildings)):
        raise InputError(
            N_("{count} grids cannot be made of {buildings} buildings."),
            count=wanted,
            buildings=len(buildings),
        )
    group = bisect(x, y, weight, wanted)
    plan_id = intake.add_plan(
        connection,
        community_id=owner,
        name=drafts.free_name(connection, owner, name or N_("Simple split")),
        state="published",
        source="suggested",
        effective_from=effective_from,
        created_by="import",
    )
    _write(connection, plan_id, code, buildings, (x, y, group))
    redraw.redraw(connection, owner)
    return Split(plan_id, wanted, len(buildings), weighed)


def community_id(connection: sa.Connection, code: str) -> int:
    """Return a community's id by its code.

    Raises
    ------
    InputError
        If there is none.
    """
    divisions = intake.divisions(connection)
    found = divisions[(divisions["code"] == code) & (divisions["kind"] == "community")]
    if found.empty:
        raise InputError(N_("There is no community {code}."), code=code)
    return int(found["id"].iloc[0])


def _retire(connection: sa.Connection, plans: pd.DataFrame, until: date, *, replace: bool) -> None:
    published = plans[plans["state"] == "published"]
    if published.empty:
        return
    if not replace:
        raise InputError(
            N_("There is a published plan, {name}. Add --replace to retire it."),
            name=str(published["name"].iloc[0]),
        )
    intake.retire_plan(connection, int(published["id"].iloc[0]), until)


def _weighed(
    connection: sa.Connection, community_id: int, buildings: pd.DataFrame
) -> tuple[Floats, Floats, Floats, str]:
    anchors = buildings["anchor"].to_numpy(dtype=object)
    middle = shapely.get_coordinates(shapely.multipoints(anchors).centroid)[0]
    plane = crs.metric_crs(*middle)
    places = crs.to_metric(anchors, plane)
    area_m2 = shapely.area(crs.to_metric(buildings["geom"].to_numpy(dtype=object), plane))
    counted = intake.households_of(connection, community_id)["households"].to_numpy(dtype=float)
    storeys = buildings["storeys"].to_numpy(dtype=float, na_value=np.nan)
    weight, weighed = weights(counted, storeys, area_m2)
    return shapely.get_x(places), shapely.get_y(places), weight, weighed


def _write(
    connection: sa.Connection,
    plan_id: int,
    code: str,
    buildings: pd.DataFrame,
    split: tuple[Floats, Floats, Ints],
) -> None:
    x, y, group = split
    centres = pd.DataFrame({"group": group, "x": x, "y": y}).groupby("group").mean()
    serial = reading_order(centres[["x", "y"]].to_numpy())
    ids = reserve_ids(connection, grid, len(centres))
    owner = community_id(connection, code)
    codes = free_codes(code, len(centres), intake.used_grid_codes(connection, owner))
    grids = pd.DataFrame({"id": ids, "plan_id": plan_id, "code": np.array(codes)[serial - 1]})
    copy_frame(connection, grid, grids)
    facts = {"plan_id": plan_id, "building_id": buildings["id"], "grid_id": ids[group]}
    copy_frame(connection, plan_assignment, pd.DataFrame(facts))
