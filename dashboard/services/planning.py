"""Plans of a community, and what is done to them: each verb is one transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.services.base import Edition, edition, reading, viewer, writing
from dashboard.services.jobs import Job
from geo import plans
from geo.checks import Duty, Finding
from geo.errors import N_, PlanError
from geo.norms import Norm
from geo.partition import Suggestion, Wish
from geo.store import (
    drafts,
    edits,
    gestures,
    norm_rows,
    plan_polygons,
    plan_state,
    publishing,
    queries,
)
from geo.store.access import Viewer, require_planner
from geo.store.compute import wait_turn
from geo.store.edits import Done, Edit
from geo.store.gestures import Preview
from geo.store.ground import Land, Lands, norms_of
from geo.store.plan_state import NEW, NOWHERE, Plan

__all__ = ["NEW", "NOWHERE", "Desk", "Preview"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Row = dict[str, Any]

_DIGITS = 8
"""Of degrees in the browser: a millimetre, so that it finds the same buildings as we do."""

LANDS = Lands()
"""The communities kept by this process."""


@dataclass(frozen=True)
class Desk:
    """A plan on the table, with all that is judged about it.

    Attributes
    ----------
    plans
        All plans of the community, see `geo.store.plan_state.list_plans`.
    figures
        Per grid, see `geo.plans.figures`.
    findings
        See `geo.store.publishing.findings_of`.
    duties
        Who leads or works where; None where no staff is kept.
    version
        Of the data: what the browser keeps the buildings' places and counts by.
    """

    land: Land
    plan: Plan
    plans: tuple[Row, ...]
    norms: Mapping[str, Norm]
    figures: pd.DataFrame
    findings: tuple[Finding, ...]
    duties: tuple[Duty, ...] | None
    version: str

    @property
    def is_draft(self) -> bool:
        """Whether it can be changed."""
        return self.plan.state == "draft"

    @property
    def counted(self) -> bool:
        """Whether households are on record; where none are, buildings are shown instead."""
        return self.land.pure.counted

    @cached_property
    def blocking(self) -> tuple[Finding, ...]:
        """What hinders publishing."""
        return tuple(one for one in self.findings if one.blocks)

    def figure(self, place: int, key: str) -> float:
        """Return one figure of a grid, by position."""
        return float(self.figures[key].to_numpy()[place])

    def grid_of(self, grid_id: int) -> int:
        """Return the position of a grid that has buildings, -1 for any other."""
        places = [
            place for place in self.plan.used.tolist() if self.plan.grids[place].id == grid_id
        ]
        return places[0] if places else -1


def land_of(connection: Connection, community_id: int) -> Land:
    """Return a community as it is now."""
    return LANDS.get(connection, community_id, queries.data_version(connection))


def plans_of(community_id: int) -> tuple[Row, ...]:
    """Return the plans of a community: drafts, the published one, retired ones."""
    with reading() as connection:
        return tuple(plan_state.list_plans(connection, community_id))


def desk(community_id: int, plan_id: int | None) -> Desk | None:
    """Put a plan on the table.

    Parameters
    ----------
    plan_id
        Which one; None or a stranger: the newest draft, else the published plan.

    Returns
    -------
    Desk or None
        None where the community has no plan at all.
    """
    # What is kept by a version was read after the version, never before.
    now = edition()
    with reading() as connection:
        listed = tuple(plan_state.list_plans(connection, community_id))
        if not listed:
            return None
        revisions = {int(row["id"]): int(row["revision"]) for row in listed}
        chosen = plan_id if plan_id in revisions else next(iter(revisions))
        land = LANDS.get(connection, community_id, now.version)
    return replace(_laid(now, chosen, revisions[chosen], land), plans=listed)


@st.cache_resource(max_entries=32, show_spinner=False)
def _laid(edition: Edition, plan_id: int, revision: int, _land: Land) -> Desk:
    """Read and judge a plan; it stays as it is until its revision or the data change."""
    with reading() as connection:
        plan = plan_state.read_plan(connection, _land, plan_id)
        norms = norms_of(connection, _land.community_id)
        found = publishing.findings_of(connection, _land, plan, norms)
        duties = publishing.duties_of(connection, plan)
    return Desk(
        land=_land,
        plan=plan,
        plans=(),
        norms=norms,
        figures=plans.figures(_land.pure, plan.grid, len(plan.grids), norms),
        findings=tuple(found),
        duties=tuple(duties) if duties is not None else None,
        version=edition.version,
    )


def land_for(connection: Connection, plan_id: int, who: Viewer) -> Land:
    """Return the community of a plan to somebody who may plan there.

    Raises
    ------
    PlanError
        If there is no such plan.
    NotAllowedError
        If the community is not among the viewer's.
    """
    community_id = plan_state.community_of(connection, plan_id)
    require_planner(who, community_id)
    return land_of(connection, community_id)


def atoms_json(plan_id: int, who: Viewer) -> str:
    """Return the buildings of a plan's community as JSON columns, in the order of their ids.

    Raises
    ------
    PlanError
        If there is no such plan.
    NotAllowedError
        If the community is not among the viewer's.
    """
    with reading() as connection:
        land = land_for(connection, plan_id, who)
    counts = land.pure.counts
    columns = {
        "ids": land.ids.tolist(),
        "lon": land.lonlat[:, 0].round(_DIGITS).tolist(),
        "lat": land.lonlat[:, 1].round(_DIGITS).tolist(),
        "households": counts["households"].astype(int).tolist(),
        "residents": counts["residents"].astype(int).tolist(),
    }
    return json.dumps(columns, separators=(",", ":"))


def _actor(community_id: int) -> str:
    who = viewer()
    require_planner(who, community_id)
    return who.name


# ---------------------------------------------------------------------------------- choosing


def in_area(land: Land, ring: Sequence[Sequence[float]]) -> Ints:
    """Return the buildings in a drawn area."""
    return gestures.choose(land, np.array(ring, dtype=np.float64))


def at_place(land: Land, building: int | None, point: Sequence[float] | None) -> Ints:
    """Return the clicked building: the one named, else the one whose ground holds the point."""
    if building is not None:
        at = land.at([building])
        return at[at >= 0]
    found = gestures.at_point(land, *point) if point else None
    return np.array([] if found is None else [found], dtype=np.int64)


def in_sub_district(land: Land, number: int) -> Ints:
    """Return the buildings of a sub-district."""
    return np.flatnonzero(land.pure.sub_district == number)


def combine(chosen: Ints, before: Ints, mode: str) -> Ints:
    """Join a gesture's buildings with those chosen before."""
    return gestures.combine(chosen, before, mode)


def preview(on: Desk, chosen: Ints, target: int, *, only_unassigned: bool = False) -> Preview:
    """Say what would happen if buildings went into a grid."""
    return gestures.preview(
        on.land,
        on.plan,
        chosen,
        target,
        on.norms,
        only_unassigned=only_unassigned,
        figures=on.figures,
    )


def preview_merge(on: Desk, gone: int, into: int) -> Preview:
    """Say what merging two grids would make."""
    moves = gestures.merge(on.land, on.plan, gone, into)
    return gestures.of_moves(on.land, on.plan, moves, on.norms, target=into)


def preview_split(on: Desk, grid_id: int, line: Sequence[Sequence[float]]) -> Preview:
    """Say what splitting a grid along a line would make."""
    moves = gestures.split(on.land, on.plan, grid_id, np.array(line, dtype=np.float64))
    return gestures.of_moves(on.land, on.plan, moves, on.norms, target=plan_state.NEW)


# ----------------------------------------------------------------------------------- changing


def confirm(on: Desk, made: Preview, kind: str, token: uuid.UUID) -> Done:
    """Write what a preview showed; asked twice with one token, it is written once.

    Another edit than the one the token was first used for is another one: it is never taken for
    done.
    """
    actor = _actor(on.land.community_id)
    what = f"{kind} {made.moves.buildings.tolist()} {made.moves.after.tolist()}"
    with writing() as connection:
        edit = Edit(kind, made.moves, actor, uuid.uuid5(token, what))
        return edits.apply(connection, _locked(connection, on), on.plan.id, edit)


def _locked(connection: Connection, on: Desk) -> Land:
    """Lock a draft, then return its land as it is now.

    An import may have cut the cells anew since they were shown, or may be about to: it holds the
    drafts while it does, so what is read after the lock is whole.
    """
    edits.require_draft(connection, on.plan.id)
    return land_of(connection, on.land.community_id)


def undo(on: Desk) -> Done:
    """Take back the last edit."""
    actor = _actor(on.land.community_id)
    with writing() as connection:
        land = _locked(connection, on)
        return edits.undo(connection, land, on.plan.id, actor, on.plan.revision)


def redo(on: Desk) -> Done:
    """Do the last undone edit again."""
    actor = _actor(on.land.community_id)
    with writing() as connection:
        land = _locked(connection, on)
        return edits.redo(connection, land, on.plan.id, actor, on.plan.revision)


def start(community_id: int, name: str, source_id: int | None) -> int:
    """Make a draft from nothing or as a copy; return its number."""
    actor = _actor(community_id)
    with writing() as connection:
        land = land_of(connection, community_id)
        return drafts.start(connection, land, name, actor, source_id=source_id)


def free_name(community_id: int, wanted: str) -> str:
    """Return a name no plan has yet."""
    with reading() as connection:
        return drafts.free_name(connection, community_id, wanted)


def set_grid(on: Desk, grid_id: int, **values: Any) -> None:
    """Lock, unlock or name a grid."""
    _actor(on.land.community_id)
    with writing() as connection:
        drafts.set_grid(connection, on.plan.id, grid_id, **values)


def lock_all(on: Desk, *, locked: bool) -> None:
    """Lock or unlock all grids."""
    _actor(on.land.community_id)
    with writing() as connection:
        drafts.lock_all(connection, on.plan.id, locked=locked)


def rename(on: Desk, name: str) -> None:
    """Give the draft another name."""
    _actor(on.land.community_id)
    with writing() as connection:
        drafts.rename(connection, on.plan.id, name)


def discard(on: Desk) -> None:
    """Delete the draft."""
    _actor(on.land.community_id)
    with writing() as connection:
        drafts.discard(connection, on.plan.id)


def sign(on: Desk, findings: Sequence[Finding], reason: str, signed_by: str) -> None:
    """Sign one reason for some findings; an empty one takes the signatures back."""
    _actor(on.land.community_id)
    with writing() as connection:
        wanted = [(one.key, one.subject, one.figure) for one in findings]
        drafts.sign(connection, on.plan.id, wanted, reason, signed_by)


def set_norm(on: Desk, key: str, low: float | None, high: float | None, source: str) -> None:
    """Set a norm for this community alone; the former row stays as history."""
    actor = _actor(on.land.community_id)
    with writing() as connection:
        norm_rows.set_norm(
            connection, on.land.community_id, key, (low, high), source=source, actor=actor
        )


def mend_polygons(on: Desk) -> None:
    """Close the slivers of a plan that came as polygons."""
    _actor(on.land.community_id)
    with writing() as connection:
        plan_polygons.mend(connection, _locked(connection, on), on.plan.id)


def begin_suggestion(on: Desk, wish: Wish, *, keep_locked: bool) -> Job[Suggestion]:
    """Start cutting the community into grids, in a process of its own.

    What is in force now is what a suggestion may stay close to; locked grids are the draft's.
    """
    _actor(on.land.community_id)
    locked = np.array([*(one.locked for one in on.plan.grids), False])[on.plan.grid]
    held = bool(keep_locked and locked.any())
    with reading() as connection:
        before = publishing.published(connection, on.land)
    today = on.plan.grid if held or before is None else before.grid
    # A read-only mapping does not travel between processes.
    wishes = vars(wish) | {"crossing_cost": dict(wish.crossing_cost)}
    beside = {"today": today, "locked": locked if held else None}
    return Job.begin("geo.partition", (on.land.pure.atoms, wishes, beside))


def take(on: Desk, wanted: Ints, note: str) -> Done:
    """Fill the draft with a suggestion, as one edit.

    Parameters
    ----------
    on
        The draft as it was when the suggestion was begun.

    Raises
    ------
    PlanError
        If the draft or the community's buildings changed since.
    """
    actor = _actor(on.land.community_id)
    with writing() as connection:
        land = _locked(connection, on)
        if not np.array_equal(land.ids, on.land.ids):
            raise PlanError(
                N_("The buildings of this community changed meanwhile. Suggest grids again.")
            )
        seen = on.plan.revision
        return drafts.fill(connection, land, on.plan.id, wanted, actor, note=note, seen=seen)


# --------------------------------------------------------------------------------- publishing


def codings(on: Desk) -> tuple[list[publishing.Coding], list[str]]:
    """Return the codes the grids would have, and those that would end."""
    with reading() as connection:
        return publishing.coding(connection, on.land, on.plan)


def published_from(community_id: int) -> date | None:
    """Return the first day of the plan in force."""
    rows = [row for row in plans_of(community_id) if row["state"] == "published"]
    return rows[0]["effective_from"] if rows else None


def publish(on: Desk, effective_from: date, signed_by: str) -> publishing.Published:
    """Put the draft into force."""
    viewer_name = _actor(on.land.community_id)
    with writing() as connection:
        # Before the land is read: an import that runs now changes it.
        wait_turn(connection)
        return publishing.publish(
            connection,
            land_of(connection, on.land.community_id),
            on.plan.id,
            effective_from=effective_from,
            actor=signed_by.strip() or viewer_name,
            seen=on.plan.revision,
        )


def restore(on: Desk, name: str) -> int:
    """Make a draft of an older plan, to publish it anew."""
    actor = _actor(on.land.community_id)
    with writing() as connection:
        return publishing.restore(connection, on.land, on.plan.id, name, actor)
