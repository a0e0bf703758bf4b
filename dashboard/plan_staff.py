"""Staff of a plan in rows: by grid, by worker, as suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import figures, wording
from dashboard.services.planning import Desk
from geo.checks import worker_households
from geo.schema import GRID_ROLES
from geo.store.staffing_rows import Offer
from geo.words import _

Row = Mapping[str, Any]


def norm_range(desk: Desk) -> str:
    """Return the norm of households per worker."""
    norm = desk.norms["worker_households"]
    return figures.bounds(norm.low, norm.high)


def verdict(desk: Desk) -> str:
    """Say whether the workers can hold the households at all, with the arithmetic."""
    if desk.duties is None:
        return ""
    norm = desk.norms["worker_households"]
    households = float(desk.land.pure.counts["households"].sum())
    workers = sum(bool(duty.grids) for duty in desk.duties)
    most = workers * (norm.high or 0)
    values = {
        "workers": workers,
        "ceiling": figures.plain(norm.high),
        "most": figures.integer(most),
        "households": figures.integer(households),
    }
    if norm.high and most < households:
        return _("{workers} workers × {ceiling} = {most} < {households} households", **values)
    return _("{workers} workers × {ceiling} = {most} ≥ {households} households", **values)


def by_grid(desk: Desk, roles: Sequence[Row]) -> pd.DataFrame:
    """List every grid with its people."""
    rows = []
    for place in desk.plan.used.tolist():
        one = desk.plan.grids[place]
        own = [role for role in roles if role["grid_id"] == one.id and role["to_date"] is None]
        rows.append(
            {
                _("Grid"): wording.plain(f"{one.number} {one.name}".strip()),
                _("Households"): figures.integer(desk.figure(place, "households")),
                _("Workers needed"): figures.integer(desk.figure(place, "workers")),
                _("Grid leader"): _named(own, "grid_leader"),
                _("Grid worker"): _named(own, "grid_worker"),
                _("Others"): "、".join(
                    f"{wording.plain(role['name'])}（{_(GRID_ROLES[role['role']])}）"
                    for role in own
                    if role["role"] not in ("grid_leader", "grid_worker")
                ),
            }
        )
    return pd.DataFrame(rows)


def _named(roles: Sequence[Row], role: str) -> str:
    names = [wording.plain(row["name"]) for row in roles if row["role"] == role]
    return "、".join(names) or figures.MISSING


def by_worker(desk: Desk, staff: Sequence[Row]) -> pd.DataFrame:
    """List the workers with the households they hold, most first."""
    duties = desk.duties or ()
    held = worker_households(desk.figures["households"].to_numpy(), duties)
    grids = {duty.staff: duty.grids for duty in duties}
    norm = desk.norms["worker_households"]
    rows = []
    for person in sorted(staff, key=lambda row: (-held.get(row["id"], -1.0), row["id"])):
        own = grids.get(person["id"], ())
        load = held.get(person["id"], 0.0)
        rows.append(
            {
                _("Worker"): wording.plain(person["name"]),
                _("Grids"): ", ".join(desk.plan.grids[place].number for place in own)
                or figures.MISSING,
                _("Households"): figures.integer(load) if own else figures.MISSING,
                _("State"): figures.gap(load, norm.low, norm.high) if own else figures.MISSING,
            }
        )
    return pd.DataFrame(rows)


def role_text(row: Row) -> str:
    """Return a role in words."""
    return f"{row['code'][-3:]} {_(GRID_ROLES[row['role']])} {row['name']}"


def offered(desk: Desk, staff: Sequence[Row], made: Offer) -> pd.DataFrame:
    """List a suggested assignment by grid."""
    names = {row["id"]: row["name"] for row in staff}
    numbers = {one.id: one.number for one in desk.plan.grids}
    rows = []
    for grid_id, worker in zip(made.grid_ids, made.found.worker.tolist(), strict=True):
        staff_id = made.staff_ids[worker]
        rows.append(
            {
                _("Grid"): numbers[grid_id],
                _("Worker"): wording.plain(names.get(staff_id, str(staff_id))),
                _("Holds in all"): figures.integer(float(made.found.load[worker])),
            }
        )
    return pd.DataFrame(rows)
