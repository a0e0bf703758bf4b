"""Drafts as a whole: begin one, fill one, lock and name its grids, sign for it, delete it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy import select

from geo import codes
from geo.checks import Signed
from geo.errors import N_, ConflictError, InputError, PlanError
from geo.periods import ZONE
from geo.store.access import known_as
from geo.store.edits import Done, Edit, Moves, apply, make_grids, raise_revision, require_draft
from geo.store.ground import Land
from geo.store.plan_state import NOWHERE, read_head, read_plan
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
from geo.store.writes import reserve_ids
from geo.words import _

Ints = npt.NDArray[np.int64]

NAME_LENGTH = 80
"""Characters of a plan's name; pages allow fewer, so that a number still fits behind."""


def start(
    connection: sa.Connection,
    land: Land,
    name: str,
    actor: str,
    *,
    source_id: int | None = None,
    signed: bool = False,
) -> int:
    """Make a draft: from nothing, or as a copy of any plan of the community.

    Parameters
    ----------
    source_id
        The plan to copy; None: begin with nothing.
    signed
        Whether its signed reasons come along: only where the same plan is meant, not a new one.

    Returns
    -------
    int
        The new plan's id.

    Raises
    ------
    InputError
        If the name is empty, too long or taken.
    PlanError
        If the community has no plan `source_id`.
    """
    lock_community(connection, land.community_id)
    name = name.strip()
    _require_free_name(connection, land.community_id, name)
    origin = _origin(connection, land, source_id) if source_id is not None else None
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
        _copy(connection, origin, int(made), actor, signed=signed)
    return int(made)


def _origin(connection: sa.Connection, land: Land, source_id: int) -> dict[str, Any]:
    """Lock what is copied: grids and buildings must be of one moment."""
    head = read_head(connection, source_id, lock=True)
    if head is None or head["community_id"] != land.community_id:
        raise PlanError(N_("There is no such plan any more."))
    return head


def lock_community(connection: sa.Connection, community_id: int) -> None:
    """Let changes of a community's list of plans wait for each other.

    Rows that only name the community, as tickets do, go in meanwhile.
    """
    own = select(division.c.id).where(division.c.id == community_id)
    connection.execute(own.with_for_update(key_share=True))


def _require_free_name(connection: sa.Connection, community_id: int, name: str) -> None:
    if not name:
        raise InputError(N_("Give the plan a name."))
    if len(name) > NAME_LENGTH:
        raise InputError(N_("A plan's name has at most {n} characters."), n=NAME_LENGTH)
    taken = select(plan.c.id).where(plan.c.community_id == community_id, plan.c.name == name)
    if connection.scalar(taken) is not None:
        raise InputError(N_("There is a plan called “{name}” already."), name=name)


def free_name(connection: sa.Connection, community_id: int, wanted: str) -> str:
    """Return the name, with a number behind it where it is taken."""
    taken = set(connection.scalars(select(plan.c.name).where(plan.c.community_id == community_id)))
    tries = (wanted if at == 1 else f"{wanted} {at}" for at in range(1, len(taken) + 2))
    return next(one for one in tries if one not in taken)


def _copy(
    connection: sa.Connection, origin: dict[str, Any], made_id: int, actor: str, *, signed: bool
) -> None:
    """Copy grids, assignments and roles; signed reasons where they still hold."""
    origin_id = int(origin["id"])
    old = connection.execute(
        select(grid.c.id, grid.c.code).where(grid.c.plan_id == origin_id).order_by(grid.c.code)
    ).all()
    fresh = reserve_ids(connection, grid, len(old))
    pairs = dict(zip([row.id for row in old], fresh.tolist(), strict=True))
    if not pairs:
        return
    link = _link(pairs)
    columns = ("code", "code_given", "name", "sub_district_id", "geom", "label_point")
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
    ends = grid_role.c.to_date
    # Of a plan that was retired: those who worked on it until its end.
    last = ends.is_(None) if origin["effective_to"] is None else ends >= origin["effective_to"]
    current = held.where(ends.is_(None) | last)
    connection.execute(sa.insert(grid_role).from_select([*roles, "grid_id"], current))
    if signed:
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
    columns = ("check_key", "subject", "reason", "signed_by", "at", "figure")
    rows = connection.execute(
        select(*(plan_exception.c[name] for name in columns)).where(
            plan_exception.c.plan_id == origin_id
        )
    ).mappings()
    copied = []
    for row in rows:
        what, _colon, number = row["subject"].partition(":")
        if what != "grid":
            copied.append({**row, "plan_id": made_id})
        elif int(number) in pairs:  # publishing dropped the grids that were emptied
            subject = f"grid:{pairs[int(number)]}"
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


def fill(
    connection: sa.Connection,
    land: Land,
    plan_id: int,
    wanted: Ints,
    actor: str,
    *,
    note: str = "",
    seen: int | None = None,
) -> Done:
    """Give every building of a draft a grid at once, as one edit that can be undone.

    Grids that keep most of their households keep their row, name and workers.

    Parameters
    ----------
    wanted : array of (n,)
        Grid number of each building of the land, 0 to k - 1; -1 for none.
    note
        Kept in the log.
    seen
        The revision it was made for; None: whatever it is.

    Raises
    ------
    PlanError
        If it is no draft, or a locked grid would change.
    ConflictError
        If the draft changed since.
    """
    head = require_draft(connection, plan_id)
    now = read_plan(connection, land, plan_id)
    if seen is not None and head["revision"] != seen:
        raise ConflictError(
            N_("{actor} changed this draft at {time}. Nothing was written: suggest again."),
            buildings=(),
            actor=known_as(now.saved_by),
            time=f"{now.saved_at.astimezone(ZONE):%H:%M}",
        )
    weight = land.pure.counts["households"]
    kept = codes.successors(now.grid, wanted, weight)
    fresh = [one for one in np.unique(wanted[wanted >= 0]).tolist() if one not in kept]
    made = dict(zip(fresh, make_grids(connection, land, plan_id, len(fresh)), strict=True))
    target = {**{new: now.grids[old].id for new, old in kept.items()}, **made, -1: NOWHERE}
    after = np.array([target[int(one)] for one in wanted], dtype=np.int64)
    everything = np.arange(len(land))
    moves = Moves(land.ids, now.ids_of(everything), after)
    return apply(connection, land, plan_id, Edit("suggest", moves, actor, note=note))


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
    findings: Iterable[tuple[str, str, float | None]],
    reason: str,
    signed_by: str,
) -> int:
    """Sign a reason for checks that are not met; return the new revision.

    Parameters
    ----------
    findings
        Check, subject, and the figure that is accepted; None accepts any.
    reason
        An empty one takes the signatures back.

    Raises
    ------
    PlanError
        If the plan is no draft.
    InputError
        If nobody signs.
    """
    require_draft(connection, plan_id)
    table = plan_exception
    for key, subject, figure in findings:
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
                    figure=figure,
                    reason=reason.strip(),
                    signed_by=signed_by.strip(),
                )
            )
    return raise_revision(connection, plan_id)


def _require_signature(signed_by: str) -> None:
    if not signed_by.strip():
        raise InputError(N_("Say who signs for it."))


def reasons_of(connection: sa.Connection, plan_id: int) -> dict[tuple[str, str], Signed]:
    """Return the signed reasons of a plan by check and subject."""
    table = plan_exception
    rows = connection.execute(
        select(
            table.c.check_key, table.c.subject, table.c.reason, table.c.signed_by, table.c.figure
        ).where(table.c.plan_id == plan_id)
    )
    return {
        (row.check_key, row.subject): Signed(
            _("{reason} (signed: {who})", reason=row.reason, who=row.signed_by), row.figure
        )
        for row in rows
    }
