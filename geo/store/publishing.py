"""Publishing a draft: checks, lasting codes, the end of the previous plan, fresh figures.

All of it is one transaction: after a crash a plan is wholly published or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy import func, select

from geo import checks, codes
from geo.checks import Duty, Finding
from geo.errors import N_, InputError, PlanError, UnmetError
from geo.norms import Norm
from geo.store import drafts, edits, plan_polygons, plan_state
from geo.store.compute import refresh_within, wait_turn
from geo.store.ground import Land, norms_of
from geo.store.plan_state import Plan
from geo.store.tables import (
    grid,
    grid_role,
    party_organisation,
    plan,
    plan_assignment,
    staff,
)
from geo.words import _

Ints = npt.NDArray[np.int64]

WORKER_ROLES = ("grid_leader", "grid_worker")
_PARKED = "9" * codes.COMMUNITY_DIGITS
"""Codes stand here while they are exchanged: two grids may swap theirs, and a code is unique."""


@dataclass(frozen=True)
class Coding:
    """What becomes of a grid's code.

    Attributes
    ----------
    grid_id
    code
        The lasting one.
    change
        ``kept`` (same buildings), ``changed`` (goes on with others) or ``new``.
    former
        Codes of the grids of the previous plan it has buildings of, most households first.
    """

    grid_id: int
    code: str
    change: str
    former: tuple[str, ...]


@dataclass(frozen=True)
class Published:
    """What was published: the codes given, and the codes that end."""

    plan_id: int
    codings: tuple[Coding, ...]
    retired: tuple[str, ...]


# -------------------------------------------------------------------------------------- checks


def duties_of(connection: sa.Connection, at: Plan, day: date | None = None) -> list[Duty] | None:
    """Return who leads or works which grids; None where the community keeps no staff.

    Parameters
    ----------
    day
        Roles that hold on that day; None: those without an end.
    """
    kept = select(staff.c.id).where(staff.c.community_id == at.community_id).limit(1)
    if connection.scalar(kept) is None:
        return None
    ends = grid_role.c.to_date
    active = ends.is_(None) if day is None else (ends.is_(None) | (ends > day))
    rows = connection.execute(
        select(grid_role.c.staff_id, grid_role.c.grid_id)
        .where(grid_role.c.grid_id.in_(at.ids.tolist()), active)
        .where(grid_role.c.role.in_(WORKER_ROLES))
        .distinct()
        .order_by(grid_role.c.staff_id, grid_role.c.grid_id)
    )
    place = {one.id: position for position, one in enumerate(at.grids)}
    held: dict[int, list[int]] = {}
    for staff_id, grid_id in rows:
        held.setdefault(staff_id, []).append(place[grid_id])
    used = set(at.used.tolist())
    return [Duty(one, tuple(g for g in grids if g in used)) for one, grids in sorted(held.items())]


def findings_of(
    connection: sa.Connection, land: Land, at: Plan, norms: Mapping[str, Norm]
) -> list[Finding]:
    """Check a plan and lay its signed reasons over the findings; subjects name grids by id."""
    duties = duties_of(connection, at)
    found = checks.check(land.pure, at.grid, len(at.grids), norms, duties)
    if at.source == "imported":
        found += plan_polygons.findings(connection, land, at)
    named = [named_by_id(one, at) for one in found]
    return checks.excused(named, drafts.reasons_of(connection, at.id))


def named_by_id(one: Finding, at: Plan) -> Finding:
    """Put the grid's id in place of its position."""
    if one.grid is None or not one.subject.startswith("grid:"):
        return one
    return replace(one, subject=f"grid:{at.grids[one.grid].id}")


# --------------------------------------------------------------------------------------- codes


def coding(connection: sa.Connection, land: Land, at: Plan) -> tuple[list[Coding], list[str]]:
    """Say which code each grid of a draft will have for good, and which codes end.

    Returns
    -------
    list of Coding
        In the order of the codes.
    list of str
        Codes of the published plan that end.

    Raises
    ------
    InputError
        If no serial up to 999 is free.
    """
    before = published(connection, land)
    weight = land.pure.counts["households"]
    used = at.used
    dense = np.full(len(at.grids) + 1, -1)
    dense[used] = np.arange(len(used))
    new = dense[at.grid]
    old = before.grid if before else np.full(len(land), -1, dtype=np.int64)
    kept = codes.successors(old, new, weight)
    old_codes = [one.code for one in before.grids] if before else []
    ever = plan_state.used_codes(connection, land.community_id)
    given = codes.assign_codes(
        land.code,
        _centres(land, new, len(used)),
        {one: old_codes[was] for one, was in kept.items()} | _given(connection, at, used, ever),
        _returning(connection, land, new, len(used)),
        ever,
    )
    common = codes.shared(old, new, weight)
    made = [
        Coding(
            at.grids[place].id,
            given[one],
            _change_of(one, kept, old, new, same_code=given[one] in old_codes),
            _former(one, common, old_codes),
        )
        for one, place in enumerate(used.tolist())
    ]
    ended = sorted({old_codes[one] for one in np.unique(old[old >= 0])} - set(given))
    return sorted(made, key=lambda one: one.code), ended


def published(connection: sa.Connection, land: Land) -> Plan | None:
    """Read the community's published plan."""
    found = connection.scalar(
        select(plan.c.id).where(
            plan.c.community_id == land.community_id, plan.c.state == "published"
        )
    )
    return plan_state.read_plan(connection, land, int(found)) if found is not None else None


def _centres(land: Land, grid_: Ints, size: int) -> npt.NDArray[np.float64]:
    held = grid_ >= 0
    count = np.maximum(np.bincount(grid_[held], minlength=size), 1)
    xy = land.pure.atoms.xy[held]
    return np.stack(
        [np.bincount(grid_[held], xy[:, axis], minlength=size) / count for axis in (0, 1)], axis=1
    )


def _change_of(one: int, kept: Mapping[int, int], old: Ints, new: Ints, *, same_code: bool) -> str:
    if one not in kept:
        return "new"
    same = same_code and np.array_equal(new == one, old == kept[one])
    return "kept" if same else "changed"


def _former(
    one: int, common: Mapping[tuple[int, int], float], old_codes: Sequence[str]
) -> tuple[str, ...]:
    pairs = [pair for pair in common if pair[1] == one]
    return tuple(old_codes[was] for was, _one in sorted(pairs, key=lambda pair: -common[pair]))


def _given(connection: sa.Connection, at: Plan, used: Ints, ever: set[str]) -> dict[int, str]:
    """Return the official codes that a file brought and that no grid ever had here."""
    brought = set(
        connection.scalars(select(grid.c.code).where(grid.c.plan_id == at.id, grid.c.code_given))
    )
    own = {one: at.grids[place].code for one, place in enumerate(used.tolist())}
    return {one: code for one, code in own.items() if code in brought - ever}


def _returning(connection: sa.Connection, land: Land, new: Ints, size: int) -> dict[int, str]:
    """Find grids that come back: exactly the buildings that a retired grid had."""
    rows = connection.execute(
        select(grid.c.code, func.array_agg(plan_assignment.c.building_id))
        .join(plan_assignment, plan_assignment.c.grid_id == grid.c.id)
        .join(plan, plan.c.id == grid.c.plan_id)
        .where(plan.c.community_id == land.community_id, plan.c.state == "retired")
        .group_by(grid.c.id, grid.c.code, plan.c.effective_from)
        .order_by(plan.c.effective_from, grid.c.id)
    )
    went = {frozenset(members): code for code, members in rows}
    back = {}
    for one in range(size):
        code = went.get(frozenset(land.ids[new == one].tolist()))
        if code is not None:
            back[one] = code
    return back


# ---------------------------------------------------------------------------------- publishing


def publish(
    connection: sa.Connection,
    land: Land,
    plan_id: int,
    *,
    effective_from: date,
    actor: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Published:
    """Put a draft into force.

    The previous plan ends the day before; what happened until then stays counted on it.

    Parameters
    ----------
    connection
        In a transaction; nothing is committed here.
    land
    plan_id
        A draft of it.
    effective_from
        Its first day.
    actor
        Who publishes.
    seen
        The revision the publisher looked at; None: whatever it is.
    now
        When (default: the clock).

    Raises
    ------
    PlanError
        If it is no draft, has no grids, or changed since it was looked at.
    UnmetError
        If a check is incomplete or violated and nobody signed for it.
    InputError
        If the day is not after the previous plan's first day, or no code is free.
    """
    wait_turn(connection)
    drafts.lock_community(connection, land.community_id)
    edits.require_draft(connection, plan_id)
    at = plan_state.read_plan(connection, land, plan_id)
    _require_ready(connection, land, at, seen)
    before = published(connection, land)
    _require_later(before, effective_from)
    codings, ended = coding(connection, land, at)
    _drop_emptied(connection, at)
    _recode(connection, codings)
    if before is not None:
        _retire(connection, before, effective_from)
        _hand_on(connection, land, before, at)
    connection.execute(
        sa.update(plan)
        .where(plan.c.id == plan_id)
        .values(
            state="published",
            effective_from=effective_from,
            published_at=now or datetime.now(UTC),
            published_by=actor,
            revision=plan.c.revision + 1,
        )
    )
    refresh_within(connection, [land.community_id], now=now, figures_only=True)
    return Published(plan_id, tuple(codings), tuple(ended))


def _require_ready(connection: sa.Connection, land: Land, at: Plan, seen: int | None) -> None:
    if seen is not None and at.revision != seen:
        raise PlanError(
            N_("This draft changed since you looked at it. Look at it as it is now, then publish.")
        )
    if not len(at.used):
        raise PlanError(N_("This draft has no grids yet."))
    found = findings_of(connection, land, at, norms_of(connection, land.community_id))
    open_ = [one for one in found if one.blocks]
    if open_:
        raise UnmetError(
            N_("{count} checks are not met. Mend the draft, or sign a reason for each: {findings}"),
            count=len(open_),
            findings=" ".join(describe(one, at) for one in open_[:_LISTED])
            + (" …" if len(open_) > _LISTED else ""),
        )


_LISTED = 5


def describe(one: Finding, at: Plan) -> str:
    """Say a finding in the language of this context, its grid's number in front."""
    number = f"{at.grids[one.grid].number} " if one.grid is not None else ""
    params = {
        key: f"{value:g}" if isinstance(value, float) else value
        for key, value in one.params.items()
    }
    return number + _(one.message_id, **params)


def _require_later(before: Plan | None, effective_from: date) -> None:
    if before is not None and effective_from <= before.effective_from:
        raise InputError(
            N_("The plan in force began on {day}; the new one must begin after that day."),
            day=before.effective_from.isoformat(),
        )


def _drop_emptied(connection: sa.Connection, at: Plan) -> None:
    """Delete the grids that editing emptied; the log remembers them by number."""
    used = set(at.used.tolist())
    bare = [one.id for place, one in enumerate(at.grids) if place not in used]
    if bare:
        connection.execute(sa.delete(grid_role).where(grid_role.c.grid_id.in_(bare)))
        connection.execute(sa.delete(grid).where(grid.c.id.in_(bare)))


def _recode(connection: sa.Connection, codings: Sequence[Coding]) -> None:
    for parked in (True, False):
        values = sa.values(
            sa.column("id", sa.BigInteger), sa.column("code", sa.Text), name="coding"
        ).data(
            [
                (one.grid_id, _PARKED + codes.serial(one.code) if parked else one.code)
                for one in codings
            ]
        )
        connection.execute(
            sa.update(grid).where(grid.c.id == values.c.id).values(code=values.c.code)
        )


def _retire(connection: sa.Connection, before: Plan, until: date) -> None:
    connection.execute(
        sa.update(plan).where(plan.c.id == before.id).values(state="retired", effective_to=until)
    )
    ends = grid_role.c.to_date
    connection.execute(
        sa.update(grid_role)
        .where(grid_role.c.grid_id.in_(before.ids.tolist()), ends.is_(None) | (ends > until))
        .values(to_date=func.greatest(grid_role.c.from_date, sa.cast(until, sa.Date)))
    )


def _hand_on(connection: sa.Connection, land: Land, before: Plan, at: Plan) -> None:
    """Let party organisations of a grid follow it to the grid that goes on from it."""
    kept = codes.successors(before.grid, at.grid, land.pure.counts["households"])
    heirs = {before.grids[was].id: at.grids[one].id for one, was in kept.items()}
    organisations = connection.execute(
        select(party_organisation.c.id, party_organisation.c.grid_id).where(
            party_organisation.c.grid_id.in_(before.ids.tolist())
        )
    ).all()
    for row in organisations:
        connection.execute(
            sa.update(party_organisation)
            .where(party_organisation.c.id == row.id)
            .values(grid_id=heirs.get(row.grid_id))
        )


def restore(connection: sa.Connection, land: Land, plan_id: int, name: str, actor: str) -> int:
    """Make a draft of an older plan, to publish it anew; return the draft's id.

    Its signed reasons come along: what was accepted then is shown again before publishing.
    """
    wanted = drafts.free_name(connection, land.community_id, name)
    return drafts.start(connection, land, wanted, actor, source_id=plan_id, signed=True)
