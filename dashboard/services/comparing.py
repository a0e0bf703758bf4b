"""Two plans of a community side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from dashboard.services.base import reading
from dashboard.services.planning import Desk, desk
from geo import compare
from geo.checks import Duty, worker_households
from geo.compare import Comparison
from geo.store import plan_state, publishing
from geo.store.plan_state import Plan

Floats = npt.NDArray[np.float64]

SUBJECTS = ("tickets", "visits")


@dataclass(frozen=True)
class Sides:
    """A comparison as a page needs it.

    Attributes
    ----------
    first
        What is compared with: the plan in force, or any other.
    second
        The plan on the table.
    loads
        Staff id to households held under the first and under the second plan.
    """

    first: Plan
    second: Desk
    found: Comparison
    loads: dict[int, tuple[float, float]]


def sides(community_id: int, plan_id: int | None, other_id: int | None) -> Sides | None:
    """Compare a plan with another one, or with the one in force.

    Returns
    -------
    Sides or None
        None where there are not two plans to compare.
    """
    second = desk(community_id, plan_id)
    if second is None:
        return None
    other = _other(second, other_id)
    if other is None:
        return None
    with reading() as connection:
        first = plan_state.read_plan(connection, second.land, other)
        # A retired plan's people are those it had on its last day.
        ends = first.effective_to
        day = None if ends is None else ends - timedelta(days=1)
        before = publishing.duties_of(connection, first, day) or []
    found = compare.compare(
        second.land.pure,
        (first.grid, len(first.grids)),
        (second.plan.grid, len(second.plan.grids)),
        second.norms,
    )
    return Sides(first, second, found, _loads(found, before, second.duties or ()))


def _other(second: Desk, other_id: int | None) -> int | None:
    """Return the plan to compare with: the one asked for, else that in force, else any other."""
    others = [row for row in second.plans if row["id"] != second.plan.id]
    if other_id in [row["id"] for row in others]:
        return other_id
    in_force = [row for row in others if row["state"] == "published"]
    return next((int(row["id"]) for row in (*in_force, *others)), None)


def _loads(
    found: Comparison, before: list[Duty], after: tuple[Duty, ...]
) -> dict[int, tuple[float, float]]:
    old = worker_households(found.before["households"].to_numpy(), before)
    new = worker_households(found.after["households"].to_numpy(), after)
    return {one: (old.get(one, 0.0), new.get(one, 0.0)) for one in sorted({*old, *new})}


def replay(at: Plan, on: Desk, subject: str) -> Floats:
    """Count the last twelve months of tickets or visits on a plan's grids with buildings.

    Returns
    -------
    array of (grids with buildings + 1, 12)
        In the order of ``at.used``; the last row is what falls in no grid.
    """
    monthly = on.land.tickets if subject == "tickets" else on.land.visits
    counted = compare.replay(at.grid, len(at.grids), monthly)
    return np.asarray(counted[[*at.used.tolist(), len(at.grids)]])
