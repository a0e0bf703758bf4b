"""Staff of a plan in rows: by grid, by worker, as suggested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard import choropleth, figures, legends, wording
from dashboard.maps import Choropleth, Legend, LegendRow, MapState
from dashboard.services.planning import Desk
from dashboard.services.territory import Scope
from geo.checks import worker_households
from geo.schema import GRID_ROLES
from geo.store.staffing_rows import Offer
from geo.words import _

Row = Mapping[str, Any]

WORKERS = ("grid_leader", "grid_worker")


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
                _("Others"): _counted(own),
            }
        )
    return pd.DataFrame(rows)


def _counted(roles: Sequence[Row]) -> str:
    """Count the people in the roles that are not named here."""
    others = {role: label for role, label in GRID_ROLES.items() if role not in WORKERS}
    counts = {role: sum(row["role"] == role for row in roles) for role in others}
    shown = [f"{_(others[role])} {n}" for role, n in counts.items() if n]
    return " · ".join(shown) or figures.MISSING


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


# ------------------------------------------------------------------------------------- the map


def loads(desk: Desk) -> dict[int, float | None]:
    """Return the heaviest load among each grid's workers, by grid id; None without a worker."""
    duties = desk.duties or ()
    held = worker_households(desk.figures["households"].to_numpy(), duties)
    found: dict[int, float | None] = {}
    for place in desk.plan.used.tolist():
        own = [held[duty.staff] for duty in duties if place in duty.grids]
        found[desk.plan.grids[place].id] = max(own, default=None)
    return found


def map_state(scope: Scope, desk: Desk) -> MapState:
    """Colour each grid by what its most burdened worker holds in all, against the norm."""
    norm, values = desk.norms["worker_households"], loads(desk)
    found = choropleth.against_norm(values, norm.low, norm.high)
    rows = [
        LegendRow("fill", text, color, count=figures.integer(count))
        for color, text, count in zip(
            legends.class_colors(found), found.texts, found.counts, strict=True
        )
    ]
    rows.append(LegendRow("hatch", _("No worker"), count=figures.integer(found.unknown)))
    return MapState(
        community=desk.land.code,
        community_name=desk.land.name,
        bounds_lon_lat=scope.bounds or (73.5, 18.0, 135.0, 53.6),
        boundary_urls=[f"/api/community/{desk.land.community_id}"],
        grids_urls=[f"/api/grids/{desk.plan.id}?r={desk.plan.revision}"],
        version=desk.version,
        plan=desk.plan.id,
        choropleth=Choropleth(found.of, legends.class_colors(found)),
        grid_labels=_labels(desk, values),
        legends=[Legend(_("Households per worker"), rows, _("right: grids"))],
        attribution=" · ".join(scope.attributions),
    )


def _labels(desk: Desk, values: Mapping[int, float | None]) -> dict[int, tuple[str, str]]:
    hands: dict[int, int] = {}
    for duty in desk.duties or ():
        for place in duty.grids:
            hands[place] = hands.get(place, 0) + 1
    return {
        one.id: (
            one.number,
            _("{n} people · {load}", n=hands[place], load=figures.integer(values[one.id]))
            if place in hands
            else _("No worker"),
        )
        for place in desk.plan.used.tolist()
        for one in [desk.plan.grids[place]]
    }
