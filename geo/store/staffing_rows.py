"""Staff and their roles on the grids of a plan: reading, assigning, ending, suggesting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy import select

from geo import staffing
from geo.errors import N_, InputError, PlanError
from geo.schema import GRID_ROLES
from geo.staffing import Staffing
from geo.store import edits, publishing, queries
from geo.store.access import Viewer
from geo.store.ground import Land
from geo.store.plan_state import Plan
from geo.store.tables import grid, grid_role, plan, staff

Ints = npt.NDArray[np.int64]
Row = dict[str, Any]


@dataclass(frozen=True)
class Offer:
    """A suggested assignment.

    Attributes
    ----------
    staff_ids
        Whose loads these are, in the order of ``found.load``.
    grid_ids
        Grids, in the order of ``found.worker``.
    """

    found: Staffing
    staff_ids: tuple[int, ...]
    grid_ids: tuple[int, ...]


def staff_of(connection: sa.Connection, community_id: int) -> list[Row]:
    """Return a community's staff: ``id name kind line``, by id."""
    columns = (staff.c.id, staff.c.name, staff.c.kind, staff.c.line)
    asked = select(*columns).where(staff.c.community_id == community_id).order_by(staff.c.id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def roles_of(connection: sa.Connection, plan_id: int) -> list[Row]:
    """Return the roles on a plan's grids.

    Columns ``id staff_id name grid_id code role from_date to_date``.
    """
    columns = (
        grid_role.c.id,
        grid_role.c.staff_id,
        staff.c.name,
        grid_role.c.grid_id,
        grid.c.code,
        grid_role.c.role,
        grid_role.c.from_date,
        grid_role.c.to_date,
    )
    asked = (
        select(*columns)
        .join(staff, staff.c.id == grid_role.c.staff_id)
        .join(grid, grid.c.id == grid_role.c.grid_id)
        .where(grid.c.plan_id == plan_id)
        .order_by(grid.c.code, grid_role.c.role, staff.c.id)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]


def duties(
    connection: sa.Connection, viewer: Viewer, plan_ids: Sequence[int], day: date
) -> list[Row]:
    """Return who leads or works which grids of some plans on a day; nobody's name.

    Columns ``community_id staff_id grid_id role``, by community, person and grid code.
    """
    asked = (
        select(plan.c.community_id, grid_role.c.staff_id, grid_role.c.grid_id, grid_role.c.role)
        .select_from(grid_role.join(grid).join(plan, plan.c.id == grid.c.plan_id))
        .where(grid.c.plan_id.in_(list(plan_ids)), queries.on_duty(day))
        .where(grid_role.c.role.in_(publishing.WORKER_ROLES))
        .where(queries.seen(viewer, plan.c.community_id))
        .order_by(plan.c.community_id, grid_role.c.staff_id, grid.c.code, grid_role.c.role)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]


def _require_changeable(connection: sa.Connection, plan_id: int) -> None:
    state = connection.scalar(select(plan.c.state).where(plan.c.id == plan_id).with_for_update())
    if state is None or state == "retired":
        raise PlanError(N_("This plan is no longer in force; its staff stay as they were."))


def assign(
    connection: sa.Connection,
    plan_id: int,
    staff_id: int,
    grid_ids: Sequence[int],
    role: str,
    from_date: date,
) -> int:
    """Give somebody a role on some grids; return how many roles are new.

    Raises
    ------
    PlanError
        If the plan is retired.
    InputError
        If there is no such role.
    """
    _require_changeable(connection, plan_id)
    if role not in GRID_ROLES:
        raise InputError(N_("There is no role “{role}”."), role=role)
    own = select(grid.c.id).where(grid.c.plan_id == plan_id, grid.c.id.in_(list(grid_ids)))
    held = select(grid_role.c.grid_id).where(
        grid_role.c.staff_id == staff_id, grid_role.c.role == role, grid_role.c.to_date.is_(None)
    )
    fresh = connection.scalars(own.where(grid.c.id.not_in(held))).all()
    if fresh:
        connection.execute(
            sa.insert(grid_role),
            [
                {"staff_id": staff_id, "grid_id": one, "role": role, "from_date": from_date}
                for one in fresh
            ],
        )
    edits.raise_revision(connection, plan_id)
    return len(fresh)


def end(connection: sa.Connection, plan_id: int, role_ids: Sequence[int], to_date: date) -> int:
    """End roles; on a draft, where nobody has worked yet, they are taken away.

    Raises
    ------
    PlanError
        If the plan is retired.
    InputError
        If a role would end before it began.
    """
    _require_changeable(connection, plan_id)
    own = select(grid.c.id).where(grid.c.plan_id == plan_id)
    wanted = grid_role.c.id.in_(list(role_ids)) & grid_role.c.grid_id.in_(own)
    state = connection.scalar(select(plan.c.state).where(plan.c.id == plan_id))
    if state == "draft":
        done = connection.execute(sa.delete(grid_role).where(wanted))
    else:
        early = connection.scalar(
            select(grid_role.c.from_date).where(wanted, grid_role.c.from_date > to_date).limit(1)
        )
        if early is not None:
            raise InputError(
                N_("A role that began on {day} cannot end before."), day=early.isoformat()
            )
        done = connection.execute(sa.update(grid_role).where(wanted).values(to_date=to_date))
    edits.raise_revision(connection, plan_id)
    return int(done.rowcount)


def offer(connection: sa.Connection, land: Land, at: Plan, ceiling: float) -> Offer:
    """Suggest one worker for each grid, changing as few familiar households as possible.

    Whoever leads or works a grid of the published plan is familiar with its households; they are
    the people to choose from, and all community staff besides them.

    Parameters
    ----------
    ceiling
        Most households one worker should hold.

    Raises
    ------
    PlanError
        If there is no staff.
    """
    before = publishing.published(connection, land)
    duties = (publishing.duties_of(connection, before) or []) if before is not None else []
    known = [duty.staff for duty in duties]
    rest = [
        row["id"]
        for row in staff_of(connection, land.community_id)
        if row["kind"] == "staff" and row["id"] not in known
    ]
    people = [*known, *rest]
    weight = land.pure.counts["households"]
    used = at.used
    dense = np.full(len(at.grids) + 1, -1)
    dense[used] = np.arange(len(used))
    new = dense[at.grid]
    holds = np.zeros((len(people), len(before.grids) if before else 0), dtype=bool)
    for row, duty in enumerate(duties):
        holds[row, list(duty.grids)] = True
    old = before.grid if before else np.full(len(land), -1, dtype=np.int64)
    held = new >= 0
    households = np.bincount(new[held], weight[held], minlength=len(used)).astype(np.float64)
    familiar = staffing.familiarity(old, new, holds, weight)
    found = staffing.suggest(familiar, households, ceiling)
    return Offer(found, tuple(people), tuple(at.grids[place].id for place in used.tolist()))


def take(connection: sa.Connection, plan_id: int, made: Offer, from_date: date) -> int:
    """Replace the grid workers of a draft by an offer; other roles stay.

    Raises
    ------
    PlanError
        If the plan is no draft.
    """
    edits.require_draft(connection, plan_id)
    own = select(grid.c.id).where(grid.c.plan_id == plan_id)
    connection.execute(
        sa.delete(grid_role).where(
            grid_role.c.grid_id.in_(own), grid_role.c.role.in_(publishing.WORKER_ROLES)
        )
    )
    rows = [
        {
            "staff_id": made.staff_ids[int(worker)],
            "grid_id": grid_id,
            "role": "grid_worker",
            "from_date": from_date,
        }
        for grid_id, worker in zip(made.grid_ids, made.found.worker, strict=True)
    ]
    if rows:
        connection.execute(sa.insert(grid_role), rows)
    edits.raise_revision(connection, plan_id)
    return len(rows)
