"""After buildings changed: cells, grids' shapes, and newcomers joining their grids.

Newcomers join the grids that are in force, since somebody must be responsible for them. In a draft
they stay in no grid: whoever draws it is told so, and decides.
"""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.spatial
import shapely
import sqlalchemy as sa

from etl.arrays import without
from geo import crs
from geo.cells import tessellate
from geo.errors import N_, GeometryError
from geo.plans import grid_shapes
from geo.store import edits, intake, plan_state
from geo.store.tables import building, grid, plan_assignment, plan_edit, plan_gesture
from geo.store.writes import copy_frame

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

ACTOR = "import"


def redraw(connection: sa.Connection, community_id: int) -> None:
    """Bring a community's cells, and the grids of its living plans, up to its buildings.

    Parameters
    ----------
    connection
        In the transaction of the import.
    community_id
        A community with a boundary; without buildings nothing happens.
    """
    buildings = intake.buildings_of(connection, community_id)
    boundary = _boundary(connection, community_id)
    if buildings.empty or boundary is None:
        return
    cells, plane = make_cells(buildings, boundary, intake.barriers_of(connection, community_id))
    stored = crs.to_stored(cells, plane)
    _write_cells(connection, buildings, stored)
    plans = intake.plans_of(connection, community_id).sort_values("id")
    living = plans.loc[plans["state"] != "retired", ["id", "state", "source"]]
    for plan_id, state, source in living.itertuples(index=False):
        # An edit locks the plan, then its grids; so do we, else the two would block each other.
        if plan_state.read_head(connection, plan_id, lock=True) is None:
            continue
        if state == "published":
            _join(connection, plan_id, buildings)
        if source != "imported":
            moved = redraw_grids(connection, plan_id, buildings, cells, plane)
            if moved and state == "draft":
                edits.raise_revision(connection, plan_id)


def _boundary(connection: sa.Connection, community_id: int) -> Any:
    divisions = intake.divisions(connection)
    return divisions.loc[divisions["id"] == community_id, "geom"].iloc[0]


def make_cells(buildings: pd.DataFrame, boundary: Any, barriers: Shapes) -> tuple[Shapes, Any]:
    """Cut a community into cells; return them with the metric CRS they are in.

    Raises
    ------
    GeometryError
        If the outlines make no seamless coverage.
    """
    centre = boundary.centroid
    plane = crs.metric_crs(centre.x, centre.y)
    outlines = crs.to_metric(buildings["geom"].to_numpy(dtype=object), plane)
    ground = crs.to_metric(np.array([boundary], dtype=object), plane)[0]
    lines = crs.to_metric(barriers, plane) if len(barriers) else None
    try:
        return tessellate(outlines, ground, lines), plane
    except shapely.errors.GEOSException as error:
        raise GeometryError(
            N_("The ground could not be cut into one cell per building: {reason}."),
            reason=str(error).splitlines()[0],
        ) from error


def _write_cells(connection: sa.Connection, buildings: pd.DataFrame, cells: Shapes) -> None:
    """Write the cells that moved, and only those."""
    single = shapely.get_type_id(cells) == shapely.GeometryType.POLYGON
    cells = np.where(
        single,
        [shapely.MultiPolygon([c]) if s else c for c, s in zip(cells, single, strict=True)],
        cells,
    )
    before = buildings["cell"].to_numpy(dtype=object)
    moved = ~shapely.equals_identical(before, cells)
    frame = pd.DataFrame({"id": buildings["id"].to_numpy()[moved], "cell": cells[moved]})
    intake.update_frame(connection, building, frame)


# -------------------------------------------------------------------------------------- joining


def _join(connection: sa.Connection, plan_id: int, buildings: pd.DataFrame) -> None:
    """Give buildings without a grid one: the grid they stand in, else their nearest neighbour's.

    Each is a line in the plan's log.
    """
    grids = intake.grids_of(connection, plan_id)
    assigned = intake.assignments_of(connection, plan_id).set_index("building_id")["grid_id"]
    if grids.empty:
        return
    held = assigned.reindex(buildings["id"]).to_numpy(dtype=float)
    chosen = join_grids(buildings["anchor"].to_numpy(dtype=object), held, grids)
    fresh = np.flatnonzero(np.isnan(held) & (chosen >= 0))
    if not len(fresh):
        return
    ids = buildings["id"].to_numpy(dtype=np.int64)[fresh]
    facts = pd.DataFrame({"plan_id": plan_id, "building_id": ids, "grid_id": chosen[fresh]})
    copy_frame(connection, plan_assignment, facts)
    log(connection, plan_id, "join", facts)


def log(connection: sa.Connection, plan_id: int, kind: str, facts: pd.DataFrame) -> None:
    """Note in a plan's log which buildings the import put where.

    Parameters
    ----------
    connection, plan_id
        The plan.
    kind
        Key of `geo.schema.GESTURE_KINDS`.
    facts
        Rows of ``plan_assignment``.
    """
    gesture = sa.insert(plan_gesture).values(
        plan_id=plan_id, token=uuid.uuid4(), kind=kind, actor=ACTOR
    )
    number = connection.execute(gesture.returning(plan_gesture.c.id)).scalar_one()
    edits = facts.rename(columns={"grid_id": "to_grid_id"}).assign(gesture_id=number)
    copy_frame(connection, plan_edit, edits)


def join_grids(anchors: Shapes, held: npt.NDArray[np.float64], grids: pd.DataFrame) -> Ints:
    """Choose a grid for every building.

    Parameters
    ----------
    anchors
        A point inside each building, EPSG:4326, shape (n,).
    held
        Grid id each has already, NaN for none, shape (n,).
    grids
        id and geom (None where not drawn yet); where they overlap, the first one counts.

    Returns
    -------
    array of (n,)
        Grid ids; -1 where there is neither a grid to stand in nor a neighbour with one.
    """
    chosen = np.where(np.isnan(held), -1, held).astype(np.int64)
    shapes = grids["geom"].to_numpy(dtype=object)
    stands = np.append(grids["id"].to_numpy(dtype=np.int64), -1)[standing(anchors, shapes)]
    return _like_neighbours(anchors, np.where(chosen < 0, stands, chosen))


def standing(anchors: Shapes, shapes: Shapes) -> Ints:
    """Return the first of some polygons (None: not drawn) each point stands in; -1 for none."""
    inside, which = shapely.STRtree(shapes).query(anchors, predicate="intersects")
    found = np.full(len(anchors), len(shapes), dtype=np.int64)
    np.minimum.at(found, inside, which)
    return np.where(found < len(shapes), found, -1)


def _like_neighbours(anchors: Shapes, chosen: Ints) -> Ints:
    settled, left = np.flatnonzero(chosen >= 0), np.flatnonzero(chosen < 0)
    if not len(settled) or not len(left):
        return chosen
    x, y = shapely.get_x(anchors), shapely.get_y(anchors)
    flat = np.column_stack([x * np.cos(np.radians(y.mean())), y])
    _far, nearest = scipy.spatial.KDTree(flat[settled]).query(flat[left])
    made = chosen.copy()
    made[left] = chosen[settled[nearest]]
    return made


# --------------------------------------------------------------------------------- grids' shapes


def redraw_grids(
    connection: sa.Connection, plan_id: int, buildings: pd.DataFrame, cells: Shapes, plane: Any
) -> bool:
    """Draw each grid as the union of its buildings' cells; a grid without any loses its shape.

    Parameters
    ----------
    connection, plan_id
        The plan.
    buildings
        In the order of `cells`.
    cells
        In the metric CRS `plane`.

    Returns
    -------
    bool
        Whether any shape changed.
    """
    grids = intake.grids_of(connection, plan_id)
    assigned = intake.assignments_of(connection, plan_id).set_index("building_id")["grid_id"]
    position = pd.Index(grids["id"]).get_indexer(pd.Index(assigned.reindex(buildings["id"])))
    shapes, labels = grid_shapes(cells, position.astype(np.int64))
    geom = _padded(crs.to_stored(shapes, plane), len(grids))
    point = _padded(crs.to_stored(labels, plane), len(grids))
    before = grids["geom"].to_numpy(dtype=object)
    gone = shapely.is_missing(geom)
    moved = ~(shapely.equals_identical(before, geom) | (shapely.is_missing(before) & gone))
    frame = pd.DataFrame({"id": grids["id"], "geom": geom, "label_point": point})
    return intake.update_frame(connection, grid, frame[moved]) > 0


def _padded(shapes: Shapes, count: int) -> Shapes:
    """Bring shapes to one per grid; None where a grid has no building, the last ones included."""
    padded = np.full(count, None, dtype=object)
    padded[: len(shapes)] = without(shapes, shapely.is_empty(shapes))
    return padded
