"""Plans as they are edited: reading one, moving buildings, undo and redo, locks, copies.

The state of a draft is its assignments; the log says how it came about. An edit locks the plan's
row, compares what it expects with what is there, writes assignments, log and the shapes of the
grids it touched, and raises the plan's revision, all in the caller's transaction. So two editors
wait for each other for some milliseconds, and the second one is told when the first one moved the
same buildings.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import func, select

from geo import codes, crs
from geo.errors import N_, ConflictError, InputError, PlanError
from geo.periods import ZONE
from geo.plans import grid_shapes, label_points
from geo.store import intake
from geo.store.arrays import run
from geo.store.ground import Land
from geo.store.tables import (
    division,
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

NEW = -1
"""Stands for a grid to be made, where a grid's id is expected."""

NOWHERE = 0
"""Stands for *in no grid*, where a grid's id is expected."""

UNDOABLE = ("assign", "remove", "merge", "split", "suggest")


@dataclass(frozen=True)
class PlanGrid:
    """A grid of a plan."""

    id: int
    code: str
    name: str
    locked: bool

    @property
    def number(self) -> str:
        """What people call it: the last three digits of the code."""
        return codes.serial(self.code)


@dataclass(frozen=True)
class Plan:
    """A plan as it stands.

    Attributes
    ----------
    grids
        By code; also emptied ones, which an undo may fill again.
    grid : array of (n,)
        For each building of the land, the position of its grid in `grids`; -1 for none.
    saved_at, saved_by
        The last edit.
    undoable, redoable
        The gesture that an undo or redo would take back, None for none.
    """

    id: int
    community_id: int
    name: str
    state: str
    source: str
    effective_from: Any
    effective_to: Any
    based_on_id: int | None
    revision: int
    grids: tuple[PlanGrid, ...]
    grid: Ints
    saved_at: datetime
    saved_by: str
    undoable: int | None
    redoable: int | None

    def position(self, grid_id: int) -> int:
        """Return the position of a grid.

        Raises
        ------
        PlanError
            If the plan has no such grid.
        """
        for place, one in enumerate(self.grids):
            if one.id == grid_id:
                return place
        raise PlanError(N_("This plan has no such grid any more. Choose another one."))

    @property
    def ids(self) -> Ints:
        """Ids of the grids."""
        return np.array([one.id for one in self.grids], dtype=np.int64)

    @property
    def used(self) -> Ints:
        """Positions of the grids that have buildings."""
        return np.unique(self.grid[self.grid >= 0])

    def ids_of(self, positions: Ints) -> Ints:
        """Return the grid ids of buildings by position; `NOWHERE` for none."""
        return np.append(self.ids, NOWHERE)[self.grid[positions]]


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


# ------------------------------------------------------------------------------------- reading


def list_plans(connection: sa.Connection, community_id: int) -> list[dict[str, Any]]:
    """Return a community's plans: drafts first, then the published one, then the retired, newest
    first.

    Columns ``id name state source effective_from effective_to created_at created_by revision
    based_on_id grids buildings``.
    """  # noqa: D205 - one sentence, two lines
    held = (
        select(
            plan_assignment.c.plan_id,
            func.count().label("buildings"),
            func.count(func.distinct(plan_assignment.c.grid_id)).label("grids"),
        )
        .group_by(plan_assignment.c.plan_id)
        .subquery()
    )
    order = sa.case({"draft": 0, "published": 1}, value=plan.c.state, else_=2)
    names = (
        "id",
        "name",
        "state",
        "source",
        "effective_from",
        "effective_to",
        "created_at",
        "created_by",
        "revision",
        "based_on_id",
    )
    statement = (
        select(
            *(plan.c[name] for name in names),
            func.coalesce(held.c.grids, 0).label("grids"),
            func.coalesce(held.c.buildings, 0).label("buildings"),
        )
        .outerjoin(held, held.c.plan_id == plan.c.id)
        .where(plan.c.community_id == community_id)
        .order_by(order, plan.c.effective_from.desc().nulls_last(), plan.c.id.desc())
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def read_plan(connection: sa.Connection, land: Land, plan_id: int) -> Plan:
    """Read a plan.

    Raises
    ------
    PlanError
        If the community has no such plan.
    """
    head = _head(connection, plan_id)
    if head is None or head["community_id"] != land.community_id:
        raise PlanError(N_("There is no such plan any more."))
    grids = tuple(
        PlanGrid(*row)
        for row in connection.execute(
            select(grid.c.id, grid.c.code, grid.c.name, grid.c.locked)
            .where(grid.c.plan_id == plan_id)
            .order_by(grid.c.code)
        )
    )
    last, undoable, redoable = _history(connection, plan_id)
    return Plan(
        **head,
        grids=grids,
        grid=_held(connection, land, plan_id, grids),
        saved_at=last["at"] if last else head_time(connection, plan_id),
        saved_by=last["actor"] if last else "",
        undoable=undoable,
        redoable=redoable,
    )


def _head(connection: sa.Connection, plan_id: int, *, lock: bool = False) -> dict[str, Any] | None:
    names = (
        "id",
        "community_id",
        "name",
        "state",
        "source",
        "effective_from",
        "effective_to",
        "based_on_id",
        "revision",
    )
    asked = select(*(plan.c[name] for name in names)).where(plan.c.id == plan_id)
    row = connection.execute(asked.with_for_update() if lock else asked).mappings().first()
    return dict(row) if row else None


def community_of(connection: sa.Connection, plan_id: int) -> int:
    """Return whose plan it is.

    Raises
    ------
    PlanError
        If there is no such plan.
    """
    head = _head(connection, plan_id)
    if head is None:
        raise PlanError(N_("There is no such plan any more."))
    return int(head["community_id"])


def head_time(connection: sa.Connection, plan_id: int) -> datetime:
    """Return when a plan was made."""
    made = connection.scalar(select(plan.c.created_at).where(plan.c.id == plan_id))
    assert isinstance(made, datetime)  # noqa: S101 - the column is not null
    return made


def _held(connection: sa.Connection, land: Land, plan_id: int, grids: Sequence[PlanGrid]) -> Ints:
    found = connection.execute(
        select(
            func.array_agg(plan_assignment.c.building_id),
            func.array_agg(plan_assignment.c.grid_id),
        ).where(plan_assignment.c.plan_id == plan_id)
    ).one()
    held = np.full(len(land), -1, dtype=np.int64)
    if found[0]:
        at = land.at(found[0])
        place = {one.id: position for position, one in enumerate(grids)}
        where = np.array([place[one] for one in found[1]], dtype=np.int64)
        held[at[at >= 0]] = where[at >= 0]
    return held


def _history(
    connection: sa.Connection, plan_id: int
) -> tuple[dict[str, Any] | None, int | None, int | None]:
    """Return the last gesture, and what undo and redo would take back."""
    columns = ("id", "kind", "at", "actor", "reverses_id")
    found = connection.execute(
        select(*(plan_gesture.c[name] for name in columns))
        .where(plan_gesture.c.plan_id == plan_id)
        .order_by(plan_gesture.c.id)
    ).mappings()
    rows = [dict(row) for row in found]
    done, undone = stacks((row["id"], row["kind"]) for row in rows)
    last = rows[-1] if rows else None
    return last, (done[-1] if done else None), (undone[-1] if undone else None)


def stacks(gestures: Iterable[tuple[int, str]]) -> tuple[list[int], list[int]]:
    """Return what can be undone and what can be redone, the next one last.

    Parameters
    ----------
    gestures
        Id and kind of each, oldest first.
    """
    done: list[int] = []
    undone: list[int] = []
    for number, kind in gestures:
        if kind == "undo":
            undone.append(done.pop())
        elif kind == "redo":
            done.append(undone.pop())
        elif kind in UNDOABLE:
            done.append(number)
            undone.clear()
    return done, undone


# ------------------------------------------------------------------------------------- editing


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
    known = _known(connection, edit.token)
    if known is not None:
        return Done(head["revision"], known)
    moves = _real(edit.moves)
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
    head = _head(connection, plan_id, lock=True)
    if head is None:
        raise PlanError(N_("There is no such plan any more."))
    if head["state"] != "draft":
        raise PlanError(N_("“{name}” is no draft. Copy it and change the copy."), name=head["name"])
    return head


def _known(connection: sa.Connection, token: uuid.UUID) -> int | None:
    """Return the grid a known edit made (`NOWHERE` for none); None for an unknown token."""
    found = connection.scalar(select(plan_gesture.c.id).where(plan_gesture.c.token == token))
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
        actor=last.actor if last else "?",
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

    A grid that was emptied and never in force is taken again.
    """
    in_force = used_codes(connection, land.community_id)
    filled = select(plan_assignment.c.grid_id).where(plan_assignment.c.plan_id == plan_id)
    spare = connection.scalar(
        select(func.min(grid.c.id)).where(
            grid.c.plan_id == plan_id, grid.c.id.not_in(filled), grid.c.code.not_in(in_force)
        )
    )
    if spare is not None:
        connection.execute(sa.update(grid).where(grid.c.id == spare).values(name="", locked=False))
        return int(spare)
    return _make_grids(connection, land, plan_id, 1)[0]


def used_codes(connection: sa.Connection, community_id: int) -> set[str]:
    """Return every grid code of a community that was ever in force; drafts' are not lasting."""
    return set(
        connection.scalars(
            select(grid.c.code)
            .join(plan, plan.c.id == grid.c.plan_id)
            .where(plan.c.community_id == community_id, plan.c.state != "draft")
        )
    )


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
    touched = np.unique(np.concatenate([moves.before, moves.after]))
    touched = touched[touched > NOWHERE]
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


# ----------------------------------------------------------------------------------- undo, redo


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


def _reverse(  # noqa: PLR0913, PLR0917 - two verbs, one way
    connection: sa.Connection, land: Land, plan_id: int, actor: str, seen: int, kind: str
) -> Done:
    head = require_draft(connection, plan_id)
    last, undoable, redoable = _history(connection, plan_id)
    if head["revision"] != seen:
        raise ConflictError(
            N_(
                "{actor} changed this draft at {time}. Nothing was undone: look at it as it is "
                "now first."
            ),
            buildings=(),
            actor=last["actor"] if last else "?",
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
    state: dict[int, int] = {}
    for building_id, grid_id in rows:
        state[building_id] = grid_id
    return {one: where for one, where in state.items() if where is not None}


# ---------------------------------------------------------------------------- drafts and grids


def start(
    connection: sa.Connection,
    land: Land,
    name: str,
    actor: str,
    *,
    source_id: int | None = None,
) -> int:
    """Make a draft: from nothing, or as a copy of any plan of the community.

    Returns
    -------
    int
        The new plan's id.

    Raises
    ------
    InputError
        If the name is empty or taken.
    """
    lock_community(connection, land.community_id)
    name = name.strip()
    _require_free_name(connection, land.community_id, name)
    origin = _head(connection, source_id) if source_id is not None else None
    made = connection.execute(
        sa.insert(plan)
        .values(
            community_id=land.community_id,
            name=name,
            state="draft",
            source="imported" if origin and origin["source"] == "imported" else "drawn",
            based_on_id=source_id,
            created_by=actor,
        )
        .returning(plan.c.id)
    ).scalar_one()
    if origin:
        _copy(connection, int(origin["id"]), int(made), actor)
    return int(made)


def lock_community(connection: sa.Connection, community_id: int) -> None:
    """Let changes of a community's list of plans wait for each other."""
    connection.execute(select(division.c.id).where(division.c.id == community_id).with_for_update())


def _require_free_name(connection: sa.Connection, community_id: int, name: str) -> None:
    if not name:
        raise InputError(N_("Give the plan a name."))
    taken = select(plan.c.id).where(plan.c.community_id == community_id, plan.c.name == name)
    if connection.scalar(taken) is not None:
        raise InputError(N_("There is a plan called “{name}” already."), name=name)


def free_name(connection: sa.Connection, community_id: int, wanted: str) -> str:
    """Return the name, with a number behind it where it is taken."""
    taken = set(connection.scalars(select(plan.c.name).where(plan.c.community_id == community_id)))
    tries = (wanted if at == 1 else f"{wanted} {at}" for at in range(1, len(taken) + 2))
    return next(one for one in tries if one not in taken)


def _copy(connection: sa.Connection, origin_id: int, made_id: int, actor: str) -> None:
    """Copy grids, assignments, roles and signed reasons."""
    old = connection.execute(
        select(grid.c.id, grid.c.code).where(grid.c.plan_id == origin_id).order_by(grid.c.code)
    ).all()
    fresh = reserve_ids(connection, grid, len(old))
    pairs = dict(zip([row.id for row in old], fresh.tolist(), strict=True))
    if not pairs:
        return
    link = _link(pairs)
    columns = ("code", "name", "sub_district_id", "geom", "label_point")
    copied = select(link.c.new, sa.literal(made_id), *(grid.c[name] for name in columns)).join_from(
        grid, link, link.c.old == grid.c.id
    )
    connection.execute(sa.insert(grid).from_select(["id", "plan_id", *columns], copied))
    moved = select(sa.literal(made_id), plan_assignment.c.building_id, link.c.new).join_from(
        plan_assignment, link, link.c.old == plan_assignment.c.grid_id
    )
    connection.execute(
        sa.insert(plan_assignment).from_select(["plan_id", "building_id", "grid_id"], moved)
    )
    roles = ("staff_id", "role", "from_date")
    held = select(*(grid_role.c[name] for name in roles), link.c.new).join_from(
        grid_role, link, link.c.old == grid_role.c.grid_id
    )
    current = held.where(grid_role.c.to_date.is_(None))
    connection.execute(sa.insert(grid_role).from_select([*roles, "grid_id"], current))
    _copy_reasons(connection, origin_id, made_id, pairs)
    _log_start(connection, made_id, actor)


def _link(pairs: dict[int, int]) -> sa.Subquery:
    """Return the pairs of old and new ids as something to join with."""
    values = sa.values(
        sa.column("old", sa.BigInteger), sa.column("new", sa.BigInteger), name="link"
    ).data(list(pairs.items()))
    return select(values.c.old, values.c.new).subquery("linked")


def _copy_reasons(
    connection: sa.Connection, origin_id: int, made_id: int, pairs: dict[int, int]
) -> None:
    columns = ("check_key", "subject", "reason", "signed_by", "at")
    rows = connection.execute(
        select(*(plan_exception.c[name] for name in columns)).where(
            plan_exception.c.plan_id == origin_id
        )
    ).mappings()
    copied = []
    for row in rows:
        what, _colon, number = row["subject"].partition(":")
        subject = f"grid:{pairs.get(int(number), 0)}" if what == "grid" else row["subject"]
        copied.append({**row, "subject": subject, "plan_id": made_id})
    if copied:
        connection.execute(sa.insert(plan_exception), copied)


def _log_start(connection: sa.Connection, plan_id: int, actor: str) -> None:
    """Log where every building was when the draft began: the log tells the whole state."""
    number = connection.execute(
        sa.insert(plan_gesture)
        .values(plan_id=plan_id, token=uuid.uuid4(), kind="start", actor=actor)
        .returning(plan_gesture.c.id)
    ).scalar_one()
    rows = select(
        sa.literal(plan_id),
        sa.literal(number),
        plan_assignment.c.building_id,
        plan_assignment.c.grid_id,
    ).where(plan_assignment.c.plan_id == plan_id)
    connection.execute(
        sa.insert(plan_edit).from_select(
            ["plan_id", "gesture_id", "building_id", "to_grid_id"], rows
        )
    )


def fill(  # noqa: PLR0913 - what a suggestion brings
    connection: sa.Connection,
    land: Land,
    plan_id: int,
    wanted: Ints,
    actor: str,
    *,
    kind: str = "suggest",
    note: str = "",
) -> Done:
    """Give every building of a draft a grid at once, as one edit that can be undone.

    Grids that keep most of their households keep their row, name and workers.

    Parameters
    ----------
    wanted : array of (n,)
        Grid number of each building, 0 to k - 1; -1 for none.
    """
    now = read_plan(connection, land, plan_id)
    weight = land.pure.counts["households"]
    kept = codes.successors(now.grid, wanted, weight)
    fresh = [one for one in np.unique(wanted[wanted >= 0]).tolist() if one not in kept]
    made = dict(zip(fresh, _make_grids(connection, land, plan_id, len(fresh)), strict=True))
    target = {**{new: now.grids[old].id for new, old in kept.items()}, **made, -1: NOWHERE}
    after = np.array([target[int(one)] for one in wanted], dtype=np.int64)
    everything = np.arange(len(land))
    moves = Moves(land.ids, now.ids_of(everything), after)
    return apply(connection, land, plan_id, Edit(kind, moves, actor, note=note))


def _make_grids(connection: sa.Connection, land: Land, plan_id: int, count: int) -> list[int]:
    own = set(connection.scalars(select(grid.c.code).where(grid.c.plan_id == plan_id)))
    used = used_codes(connection, land.community_id) | own
    ids = reserve_ids(connection, grid, count)
    frame = pd.DataFrame({"id": ids, "plan_id": plan_id})
    copy_frame(connection, grid, frame.assign(code=codes.free_codes(land.code, count, used)))
    return [int(one) for one in ids]


def set_grid(connection: sa.Connection, plan_id: int, grid_id: int, **values: Any) -> int:
    """Lock, unlock or name one grid of a draft; return the new revision."""
    require_draft(connection, plan_id)
    connection.execute(
        sa.update(grid).where(grid.c.plan_id == plan_id, grid.c.id == grid_id).values(**values)
    )
    return raise_revision(connection, plan_id)


def lock_all(connection: sa.Connection, plan_id: int, *, locked: bool) -> int:
    """Lock or unlock all grids of a draft; return the new revision."""
    require_draft(connection, plan_id)
    connection.execute(sa.update(grid).where(grid.c.plan_id == plan_id).values(locked=locked))
    return raise_revision(connection, plan_id)


def rename(connection: sa.Connection, plan_id: int, name: str) -> int:
    """Give a draft another name; return the new revision."""
    head = require_draft(connection, plan_id)
    name = name.strip()
    if name != head["name"]:
        _require_free_name(connection, head["community_id"], name)
        connection.execute(sa.update(plan).where(plan.c.id == plan_id).values(name=name))
    return raise_revision(connection, plan_id)


def discard(connection: sa.Connection, plan_id: int) -> None:
    """Delete a draft with its log; a plan that was ever in force cannot be deleted."""
    require_draft(connection, plan_id)
    connection.execute(
        sa.update(plan).where(plan.c.based_on_id == plan_id).values(based_on_id=None)
    )
    own = select(grid.c.id).where(grid.c.plan_id == plan_id)
    connection.execute(sa.delete(grid_role).where(grid_role.c.grid_id.in_(own)))
    for table in (plan_assignment, grid, plan):
        column = table.c.id if table is plan else table.c.plan_id
        connection.execute(sa.delete(table).where(column == plan_id))


def sign(
    connection: sa.Connection,
    plan_id: int,
    findings: Iterable[tuple[str, str]],
    reason: str,
    signed_by: str,
) -> int:
    """Sign a reason for checks that are not met (check, subject); return the new revision.

    An empty reason takes the signature back.
    """
    require_draft(connection, plan_id)
    table = plan_exception
    for key, subject in findings:
        own = (
            (table.c.plan_id == plan_id) & (table.c.check_key == key) & (table.c.subject == subject)
        )
        connection.execute(sa.delete(table).where(own))
        if reason.strip():
            _require_signature(signed_by)
            connection.execute(
                sa.insert(table).values(
                    plan_id=plan_id,
                    check_key=key,
                    subject=subject,
                    reason=reason.strip(),
                    signed_by=signed_by.strip(),
                )
            )
    return raise_revision(connection, plan_id)


def _require_signature(signed_by: str) -> None:
    if not signed_by.strip():
        raise InputError(N_("Say who signs for it."))


def reasons_of(connection: sa.Connection, plan_id: int) -> dict[tuple[str, str], str]:
    """Return the signed reasons of a plan by check and subject."""
    table = plan_exception
    rows = connection.execute(
        select(table.c.check_key, table.c.subject, table.c.reason, table.c.signed_by).where(
            table.c.plan_id == plan_id
        )
    )
    return {(row.check_key, row.subject): f"{row.reason}（{row.signed_by}）" for row in rows}
