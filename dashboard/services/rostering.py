"""Staff on the grids of a plan: who holds what, and a suggestion that changes least."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboard.services.base import reading, viewer, writing
from dashboard.services.planning import Desk
from geo.store import staffing_rows
from geo.store.access import require_planner
from geo.store.staffing_rows import Offer

Row = dict[str, Any]


def staff(on: Desk) -> list[Row]:
    """Return the community's staff."""
    with reading() as connection:
        return staffing_rows.staff_of(connection, on.land.community_id)


def roles(on: Desk) -> list[Row]:
    """Return the roles on the plan's grids."""
    with reading() as connection:
        return staffing_rows.roles_of(connection, on.plan.id)


def _allowed(on: Desk) -> None:
    require_planner(viewer(), on.land.community_id)


def assign(on: Desk, staff_id: int, grid_ids: Sequence[int], role: str, day: date) -> int:
    """Give somebody a role on some grids."""
    _allowed(on)
    with writing() as connection:
        return staffing_rows.assign(connection, on.plan.id, staff_id, grid_ids, role, day)


def end(on: Desk, role_ids: Sequence[int], day: date) -> int:
    """End roles."""
    _allowed(on)
    with writing() as connection:
        return staffing_rows.end(connection, on.plan.id, role_ids, day)


def offer(on: Desk) -> Offer:
    """Suggest who should work where."""
    norm = on.norms["worker_households"]
    with reading() as connection:
        ceiling = norm.high if norm.high is not None else norm.value
        return staffing_rows.offer(connection, on.land, on.plan, ceiling)


def take(on: Desk, made: Offer, day: date) -> int:
    """Assign as suggested."""
    _allowed(on)
    with writing() as connection:
        return staffing_rows.take(connection, on.plan.id, made, day)
