"""Edits of a draft: moving buildings, undo and redo.

The state of a draft is its assignments; the log says how it came about. An edit locks the plan's
row, compares what it expects with what is there, writes assignments, log and the shapes of the
grids it touched, and raises the plan's revision, all in the caller's transaction. So two editors
wait for each other for some milliseconds, and the second one is told when the first one moved the
same buildings.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import func, select

from geo import codes, crs
from geo.errors import N_, ConflictError, PlanError
from geo.periods import ZONE
from geo.plans import grid_shapes, label_points
from geo.store.access import known_as
from geo.store.arrays import run
from geo.store.ground import Land
from geo.store.plan_state import NEW, NOWHERE, history, read_head, used_codes
from geo.store.tables import (
    grid,
    grid_role,
    plan,
    plan_assignment,
    plan_edit,
    plan_exception,
    plan_gesture,
)
from geo.store.writes import copy_frame, reserve_ids

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Moves:
    """Where buildings go.

    Attributes
    ----------
    buildings : array of (m,)
        Ids, each once.
    before, after : arrays of (m,)
        Grid ids; `NOWHERE` for none; `NEW` in `after` for the grid to be made.
    """

    buildings: Ints
    before: Ints
    after: Ints


@dataclass(frozen=True)
class Edit:
    """One edit.

    Attributes
    ----------
    kind
        Key of `geo.schema.GESTURE_KINDS`.
    token
        Chosen by whoever asks: an edit whose token is known already is not done again.
    """

    kind: str
    moves: Moves
    actor: str
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    note: str = ""
    reverses_id: int | None = None


@dataclass(frozen=True)
class Done:
    """What an edit did: the new revision, and the grid it made, if any."""

    revision: int
    made: int | None = None


def apply(connection: sa.Connection, land: Land, plan_id: int, edit: Edit) -> Done:
    """Move buildings.

    Parameters
    ----------
    connection
        In a transaction.
    land
        The community.
    plan_id
        A draft of it.
    edit

    Raises
    ------
    PlanError
        If the plan is no draft, has no such grid, or one of the grids is locked.
    ConflictError
        If a building is no longer where the editor saw it. Nothing is written then.
    InputError
        If a grid is to be made and no code is free.
    """
    head = require_draft(connection, plan_id)
    known = _known(connection, plan_id, edit.token)
    if known is not None:
        return Done(head["revision"], known)
    # What an undo takes back may be gone with its buildings; it is taken back all the same.
    moves = _real(edit.moves) if edit.reverses_id is None else edit.moves
    _require_unchanged(connection, plan_id, moves)
    _require_unlocked(connection, plan_id, moves)
    made = _make_grid(connection, land, plan_id) if (moves.after == NEW).any() else None
    if made is not None:
        after = np.where(moves.after == NEW, made, moves.after)
        moves = Moves(moves.buildings, moves.before, after)
    _log(connection, plan_id, edit, moves)
    _assign(connection, plan_id, moves)
    _reshape(connection, land, head, moves)
    return Done(raise_revision(connection, plan_id), made)


def require_draft(connection: sa.Connection, plan_id: int) -> dict[str, Any]:
    """Lock a plan's row and see that it is a draft.

    Raises
    ------
    PlanError
        If it is not.
    """
    head = read_head(connection, plan_id, lock=True)
    if head is None:
        raise PlanError(N_("There is no such plan any more."))
    if head["state"] != "draft":
        raise PlanError(N_("“{name}” is no draft. Copy it and change the copy."), name=head["name"])
    return head


def _known(connection: sa.Connection, plan_id: int, token: uuid.UUID) -> int | None:
    """Return where a known edit put its buildings (`NOWHERE`: out); None for an unknown token."""
    found = connection.scalar(
        select(plan_gesture.c.id).where(
            plan_gesture.c.plan_id == plan_id, plan_gesture.c.token == token
        )
    )
    if found is None:
        return None
    fresh = connection.scalar(
        select(func.max(plan_edit.c.to_grid_id)).where(plan_edit.c.gesture_id == found)
    )
    return int(fresh or NOWHERE)


def _real(moves: Moves) -> Moves:
    """Leave out buildings that stay where they are."""
    real = moves.before != moves.after
    if not real.any():
        raise PlanError(N_("These buildings are in that grid already."))
    return Moves(moves.buildings[real], moves.before[real], moves.after[real])


def _require_unchanged(connection: sa.Connection, plan_id: int, moves: Moves) -> None:
    rows = connection.execute(
        select(plan_assignment.c.building_id, plan_assignment.c.grid_id).where(
            plan_assignment.c.plan_id == plan_id,
            plan_assignment.c.building_id.in_(moves.buildings.tolist()),
        )
    )
    found = {row.building_id: row.grid_id for row in rows}
    now = np.array([found.get(int(one), NOWHERE) for one in moves.buildings], dtype=np.int64)
    moved = moves.buildings[now != moves.before]
    if len(moved):
        raise _conflict(connection, plan_id, moved)


def _conflict(connection: sa.Connection, plan_id: int, moved: Ints) -> ConflictError:
    last = connection.execute(
        select(plan_gesture.c.at, plan_gesture.c.actor)
        .join(plan_edit, plan_edit.c.gesture_id == plan_gesture.c.id)
        .where(plan_edit.c.plan_id == plan_id, plan_edit.c.building_id.in_(moved.tolist()))
        .order_by(plan_gesture.c.id.desc())
        .limit(1)
    ).first()
    return ConflictError(
        N_(
            "{actor} changed {count} of these buildings at {time}. Nothing was written: look at "
            "the draft as it is now and choose again."
        ),
        buildings=tuple(moved.tolist()),
        actor=known_as(last.actor if last else None),
        time=f"{last.at.astimezone(ZONE):%H:%M}" if last else "?",
    )


def _require_unlocked(connection: sa.Connection, plan_id: int, moves: Moves) -> None:
    touched = set(moves.before.tolist()) | set(moves.after.tolist())
    rows = connection.execute(
        select(grid.c.id, grid.c.code, grid.c.locked).where(
            grid.c.plan_id == plan_id, grid.c.id.in_(touched - {NEW, NOWHERE})
        )
    ).all()
    if touched - {NEW, NOWHERE} - {row.id for row in rows}:
        raise PlanError(N_("This plan has no such grid any more. Choose another one."))
    locked = sorted(codes.serial(row.code) for row in rows if row.locked)
    if locked:
        raise PlanError(N_("Grid {grids} is locked. Unlock it first."), grids=", ".join(locked))


def _make_grid(connection: sa.Connection, land: Land, plan_id: int) -> int:
    """Make an empty grid with a code for the time being; publishing gives the lasting one.

    A grid that was emptied is taken again when nothing would come along: no code that was in
    force, no name, no staff, no signed reason.
    """
    in_force = used_codes(connection, land.community_id)
    filled = select(plan_assignment.c.grid_id).where(plan_assignment.c.plan_id == plan_id)
    own = select(grid.c.id).where(grid.c.plan_id == plan_id)
    staffed = select(grid_role.c.grid_id).where(grid_role.c.grid_id.in_(own))
    signed = select(plan_exception.c.subject).where(plan_exception.c.plan_id == plan_id)
    spare = connection.scalar(
        select(func.min(grid.c.id)).where(
            grid.c.plan_id == plan_id,
            grid.c.name == "",
            ~grid.c.locked,
            grid.c.id.not_in(filled),
            grid.c.code.not_in(in_force),
            grid.c.id.not_in(staffed),
            func.concat("grid:", grid.c.id).not_in(signed),
        )
    )
    return int(spare) if spare is not None else make_grids(connection, land, plan_id, 1)[0]


def make_grids(connection: sa.Connection, land: Land, plan_id: int, count: int) -> list[int]:
    """Make empty grids of a draft with codes for the time being; return their ids."""
    own = set(connection.scalars(select(grid.c.code).where(grid.c.plan_id == plan_id)))
    used = used_codes(connection, land.community_id) | own
    ids = reserve_ids(connection, grid, count)
    frame = pd.DataFrame({"id": ids, "plan_id": plan_id})
    copy_frame(connection, grid, frame.assign(code=codes.free_codes(land.code, count, used)))
    return [int(one) for one in ids]


def _log(connection: sa.Connection, plan_id: int, edit: Edit, moves: Moves) -> None:
    number = connection.execute(
        sa.insert(plan_gesture)
        .values(
            plan_id=plan_id,
            token=edit.token,
            kind=edit.kind,
            actor=edit.actor,
            note=edit.note,
            reverses_id=edit.reverses_id,
        )
        .returning(plan_gesture.c.id)
    ).scalar_one()
    frame = pd.DataFrame(
        {
            "plan_id": plan_id,
            "gesture_id": number,
            "building_id": moves.buildings,
            "from_grid_id": _or_null(moves.before),
            "to_grid_id": _or_null(moves.after),
        }
    )
    copy_frame(connection, plan_edit, frame)


def _or_null(ids: Ints) -> Any:
    made = pd.array(ids, dtype="Int64")
    made[ids == NOWHERE] = pd.NA
    return made


def _assign(connection: sa.Connection, plan_id: int, moves: Moves) -> None:
    gone = moves.buildings[moves.before != NOWHERE]
    if len(gone):
        connection.execute(
            sa.delete(plan_assignment).where(
                plan_assignment.c.plan_id == plan_id,
                plan_assignment.c.building_id.in_(gone.tolist()),
            )
        )
    placed = moves.after != NOWHERE
    if placed.any():
        copy_frame(
            connection,
            plan_assignment,
            pd.DataFrame(
                {
                    "plan_id": plan_id,
                    "building_id": moves.buildings[placed],
                    "grid_id": moves.after[placed],
                }
            ),
        )


def _reshape(connection: sa.Connection, land: Land, head: dict[str, Any], moves: Moves) -> None:
    """Unite the cells of the grids that were touched.

    A plan that came as polygons becomes a drawn one at its first edit: all its borders then follow
    the cells, else neighbours would overlap.
    """
    both = np.unique(np.concatenate([moves.before, moves.after]))
    touched: Ints | None = both[both > NOWHERE]
    if head["source"] == "imported":
        connection.execute(sa.update(plan).where(plan.c.id == head["id"]).values(source="drawn"))
        touched = None
    write_shapes(connection, land, head["id"], touched)


def write_shapes(
    connection: sa.Connection, land: Land, plan_id: int, grid_ids: Ints | None = None
) -> int:
    """Unite cells into the shapes of some grids, or of all; emptied ones lose theirs."""
    wanted = select(grid.c.id).where(grid.c.plan_id == plan_id)
    if grid_ids is not None:
        wanted = wanted.where(grid.c.id.in_(grid_ids.tolist()))
    ids = np.array(sorted(connection.scalars(wanted)), dtype=np.int64)
    held = connection.execute(
        select(plan_assignment.c.building_id, plan_assignment.c.grid_id).where(
            plan_assignment.c.plan_id == plan_id, plan_assignment.c.grid_id.in_(ids.tolist())
        )
    ).all()
    at = land.at([row.building_id for row in held])
    where = np.searchsorted(ids, [row.grid_id for row in held])
    filled = np.unique(where[at >= 0])
    bare = np.delete(ids, filled)
    if len(bare):
        connection.execute(
            sa.update(grid)
            .where(grid.c.id.in_(bare.tolist()), grid.c.geom.is_not(None))
            .values(geom=None, label_point=None)
        )
    if not len(filled):
        return 0
    shapes, labels = united(land, at[at >= 0], np.searchsorted(filled, where[at >= 0]))
    return run(
        connection,
        "compute/set_grid_shapes",
        ids=ids[filled].tolist(),
        shapes=list(shapely.to_wkb(shapes)),
        labels=list(shapely.to_wkb(labels)),
    )


def united(land: Land, positions: Ints, where: Ints) -> tuple[Shapes, Shapes]:
    """Unite cells into grids, EPSG:4326; labels are placed in metres.

    Parameters
    ----------
    positions
        Buildings.
    where
        Grid of each, 0 to k - 1.
    """
    shapes, _labels = grid_shapes(land.cells[positions], where)
    labels = label_points(crs.to_metric(shapes, land.plane))
    return shapes, crs.to_stored(labels, land.plane)


def multi(shapes: Shapes) -> Shapes:
    """Make multipolygons of polygons."""
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    made = [
        shapely.MultiPolygon([shape]) if one else shape
        for shape, one in zip(shapes, single, strict=True)
    ]
    return np.array([*made, None], dtype=object)[:-1]


def raise_revision(connection: sa.Connection, plan_id: int) -> int:
    """Note that a draft changed; return its new revision."""
    raised = (
        sa.update(plan)
        .where(plan.c.id == plan_id)
        .values(revision=plan.c.revision + 1)
        .returning(plan.c.revision)
    )
    return int(connection.execute(raised).scalar_one())


def undo(connection: sa.Connection, land: Land, plan_id: int, actor: str, seen: int) -> Done:
    """Take back the last edit that stands.

    Parameters
    ----------
    seen
        The revision the editor looks at: an undo of something they have not seen is refused.

    Raises
    ------
    PlanError
        If there is nothing to undo, or a grid is locked.
    ConflictError
        If the draft changed meanwhile.
    """
    return _reverse(connection, land, plan_id, actor, seen, "undo")


def redo(connection: sa.Connection, land: Land, plan_id: int, actor: str, seen: int) -> Done:
    """Do again what was undone last; parameters and errors as `undo`."""
    return _reverse(connection, land, plan_id, actor, seen, "redo")


def _reverse(
    connection: sa.Connection, land: Land, plan_id: int, actor: str, seen: int, kind: str
) -> Done:
    head = require_draft(connection, plan_id)
    last, undoable, redoable = history(connection, plan_id)
    if head["revision"] != seen:
        raise ConflictError(
            N_(
                "{actor} changed this draft at {time}. Nothing was undone: look at it as it is "
                "now first."
            ),
            buildings=(),
            actor=known_as(last["actor"] if last else None),
            time=f"{last['at'].astimezone(ZONE):%H:%M}" if last else "?",
        )
    gesture = undoable if kind == "undo" else redoable
    if gesture is None:
        raise PlanError(
            N_("There is nothing to undo.")
            if kind == "undo"
            else N_("There is nothing to do again.")
        )
    moves = _moves_of(connection, gesture)
    if kind == "undo":
        moves = Moves(moves.buildings, moves.after, moves.before)
    edit = Edit(kind, moves, actor, reverses_id=gesture)
    return apply(connection, land, plan_id, edit)


def _moves_of(connection: sa.Connection, gesture_id: int) -> Moves:
    rows = connection.execute(
        select(plan_edit.c.building_id, plan_edit.c.from_grid_id, plan_edit.c.to_grid_id).where(
            plan_edit.c.gesture_id == gesture_id
        )
    ).all()
    columns = [[row[place] or NOWHERE for row in rows] for place in range(3)]
    return Moves(*(np.array(column, dtype=np.int64) for column in columns))


def replay_log(connection: sa.Connection, plan_id: int) -> dict[int, int]:
    """Return building to grid as the log alone tells it; equals the assignments at any time."""
    rows = connection.execute(
        select(plan_edit.c.building_id, plan_edit.c.to_grid_id)
        .where(plan_edit.c.plan_id == plan_id)
        .order_by(plan_edit.c.gesture_id, plan_edit.c.id)
    )
    last = {int(row.building_id): row.to_grid_id for row in rows}
    return {one: int(where) for one, where in last.items() if where is not None}
