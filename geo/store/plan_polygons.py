"""Plans that came as polygons: their faults as findings, and the one-click repair."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa
from sqlalchemy import select

from geo import crs, polygons
from geo.checks import VIOLATED, WARNING, Finding
from geo.plans import label_points
from geo.polygons import Fault
from geo.store import edits, intake, plan_state
from geo.store.arrays import run
from geo.store.ground import Land
from geo.store.plan_state import Plan
from geo.store.tables import division, grid

Shapes = npt.NDArray[Any]

SERIOUS = ("overlap", "invalid")
"""Faults that leave open which grid a place belongs to."""


def read_polygons(connection: sa.Connection, at: Plan) -> Shapes:
    """Return the grids' polygons, EPSG:4326, in the order of the plan's grids."""
    found = intake.frame_of(
        connection, select(grid.c.id, grid.c.geom).where(grid.c.plan_id == at.id)
    ).set_index("id")["geom"]
    return np.array([*(found[one.id] for one in at.grids), None], dtype=object)[:-1]


def faults(connection: sa.Connection, land: Land, at: Plan) -> list[Fault]:
    """Return what is wrong with a plan's polygons; shapes in the land's metres."""
    shapes, boundary = _metric(connection, land, at)
    return polygons.find_faults(shapes, boundary)


def _metric(connection: sa.Connection, land: Land, at: Plan) -> tuple[Shapes, Any]:
    stored = read_polygons(connection, at)
    shapes = np.where(shapely.is_missing(stored), shapely.MultiPolygon(), stored)
    boundary = intake.frame_of(
        connection, select(division.c.geom).where(division.c.id == land.community_id)
    )["geom"].iloc[0]
    around = crs.to_metric(np.array([boundary], dtype=object), land.plane)[0]
    return crs.to_metric(shapes, land.plane), around


def findings(connection: sa.Connection, land: Land, at: Plan) -> list[Finding]:
    """Return the faults of a plan's polygons as findings, each with the buildings it concerns."""
    numbers = [one.number for one in at.grids]
    return [_finding(one, land, numbers) for one in faults(connection, land, at)]


def _finding(fault: Fault, land: Land, numbers: list[str]) -> Finding:
    grid_at = fault.grids[0] if fault.grids else None
    message, params = polygons.describe(fault, numbers)
    near = shapely.dwithin(shapely.points(land.pure.atoms.xy), fault.shape, 30.0)
    subject = "plan" if grid_at is None else f"grid:{grid_at}"
    state = VIOLATED if fault.kind in SERIOUS else WARNING
    atoms = tuple(np.flatnonzero(near).tolist())
    return Finding(
        fault.kind, state, subject, grid_at, fault.area_m2, None, None, message, params, atoms
    )


def mend(connection: sa.Connection, land: Land, plan_id: int) -> int:
    """Close slivers, gaps and overlaps narrower than the tolerance; return the new revision.

    Buildings stay in the grids they are in; only polygons move.
    """
    edits.require_draft(connection, plan_id)
    at = plan_state.read_plan(connection, land, plan_id)
    shapes, boundary = _metric(connection, land, at)
    mended, _left = polygons.repair(shapes, boundary)
    stored = crs.to_stored(mended, land.plane)
    run(
        connection,
        "compute/set_grid_shapes",
        ids=at.ids.tolist(),
        shapes=list(shapely.to_wkb(edits.multi(stored))),
        labels=list(shapely.to_wkb(crs.to_stored(label_points(mended), land.plane))),
    )
    return edits.raise_revision(connection, plan_id)
