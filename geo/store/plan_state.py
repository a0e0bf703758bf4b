"""Plans as they stand: reading one, its history of edits, and the codes that were in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy import func, select

from geo import codes
from geo.errors import N_, PlanError
from geo.store.ground import Land
from geo.store.tables import grid, plan, plan_assignment, plan_gesture

Ints = npt.NDArray[np.int64]

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


def list_plans(connection: sa.Connection, community_id: int) -> list[dict[str, Any]]:
    """Return a community's plans: drafts, then the published one, then the retired; newest first.

    Columns ``id name state source effective_from effective_to created_at created_by revision
    based_on_id``.
    """
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
        select(*(plan.c[name] for name in names))
        .where(plan.c.community_id == community_id)
        .order_by(order, plan.c.effective_from.desc().nulls_last(), plan.c.id.desc())
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def sizes(connection: sa.Connection, community_id: int) -> dict[int, tuple[int, int]]:
    """Return how many grids with buildings, and how many buildings, each plan has."""
    own = select(plan.c.id).where(plan.c.community_id == community_id)
    rows = connection.execute(
        select(
            plan_assignment.c.plan_id,
            func.count(func.distinct(plan_assignment.c.grid_id)),
            func.count(),
        )
        .where(plan_assignment.c.plan_id.in_(own))
        .group_by(plan_assignment.c.plan_id)
    )
    return {int(plan_id): (int(grids), int(buildings)) for plan_id, grids, buildings in rows}


def read_plan(connection: sa.Connection, land: Land, plan_id: int) -> Plan:
    """Read a plan.

    Raises
    ------
    PlanError
        If the community has no such plan.
    """
    head = read_head(connection, plan_id)
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
    last, undoable, redoable = history(connection, plan_id)
    return Plan(
        **head,
        grids=grids,
        grid=_held(connection, land, plan_id, grids),
        saved_at=last["at"] if last else head_time(connection, plan_id),
        saved_by=last["actor"] if last else "",
        undoable=undoable,
        redoable=redoable,
    )


def read_head(
    connection: sa.Connection, plan_id: int, *, lock: bool = False
) -> dict[str, Any] | None:
    """Return the row of a plan, None where there is none; `lock` keeps others from changing it."""
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
    head = read_head(connection, plan_id)
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


def history(
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


def used_codes(connection: sa.Connection, community_id: int) -> set[str]:
    """Return every grid code of a community that was ever in force; drafts' are not lasting."""
    return set(
        connection.scalars(
            select(grid.c.code)
            .join(plan, plan.c.id == grid.c.plan_id)
            .where(plan.c.community_id == community_id, plan.c.state != "draft")
        )
    )
