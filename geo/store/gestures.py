"""From a gesture on the map to an edit, and what the edit would do: nothing is written here.

Everything is answered from the land and the plan in memory: the drawn area chooses buildings by
their representative point, the figures are sums, and only the boundary that would result needs
geometry, of the one grid that grows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import plans
from geo.errors import N_, PlanError
from geo.norms import Norm
from geo.plans import COUNTS
from geo.store.edits import Moves
from geo.store.ground import Land
from geo.store.plan_state import NEW, NOWHERE, Plan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REPLACE, ADD, REMOVE = "set", "add", "remove"

SHOWN = ("buildings", *COUNTS, "hours", "workers")
"""The figures of a preview."""


@dataclass(frozen=True)
class Change:
    """One grid before and after.

    Attributes
    ----------
    grid_id
        `NEW` for the grid to be made, `NOWHERE` for the buildings that are in no grid.
    number
        What people call it.
    before, after
        By key of `SHOWN`.
    parts
        Separate parts afterwards.
    verdict
        Of the households afterwards: ``below``, ``within``, ``above``; empty for `NOWHERE`.
    """

    grid_id: int
    number: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    parts: int
    verdict: str


@dataclass(frozen=True)
class Preview:
    """What an edit would do.

    Attributes
    ----------
    moves
        To be confirmed as they are: they carry what the editor saw.
    chosen
        Totals of the chosen buildings, by key of `SHOWN`.
    changes
        The touched grids, the target first.
    boundary
        Of the target afterwards, EPSG:4326; None where the buildings go nowhere.
    skipped
        Chosen buildings left out because their grid is locked.
    """

    moves: Moves
    chosen: Mapping[str, float]
    changes: tuple[Change, ...]
    boundary: Any
    skipped: int


def choose(land: Land, ring: Floats) -> Ints:
    """Return the positions of the buildings whose representative point is in a drawn area.

    Parameters
    ----------
    ring : array of (k, 2)
        Corners, degrees.

    Raises
    ------
    PlanError
        If the area has fewer than three corners. One that crosses itself is told by odd and even.
    """
    if len(ring) < 3:  # noqa: PLR2004 - a triangle
        raise PlanError(N_("An area needs at least three corners."))
    return np.flatnonzero(plans.inside(ring, land.lonlat))


def at_point(land: Land, lon: float, lat: float) -> int | None:
    """Return the position of the building whose cell holds a point, None outside all cells."""
    point = shapely.Point(lon, lat)
    near = np.hypot(*(land.lonlat - (lon, lat)).T)
    for place in np.argsort(near, kind="stable")[:12]:
        if shapely.intersects(land.cells[place], point):
            return int(place)
    return None


def combine(chosen: Ints, before: Ints, mode: str) -> Ints:
    """Join a gesture's buildings with those chosen before: replace them, add, or take away."""
    if mode == ADD:
        return np.union1d(before, chosen)
    return np.setdiff1d(before, chosen) if mode == REMOVE else chosen


def preview(
    land: Land,
    plan: Plan,
    chosen: Ints,
    target: int,
    norms: Mapping[str, Norm],
    *,
    only_unassigned: bool = False,
    figures: pd.DataFrame | None = None,
) -> Preview:
    """Say what would happen if buildings went into a grid.

    Parameters
    ----------
    land, plan
    chosen : array of (m,)
        Positions of buildings; those of locked grids are left out and counted.
    target
        Grid id, `NEW`, or `NOWHERE` to take them out.
    norms
        In force.
    only_unassigned
        Leave buildings that have a grid where they are.
    figures
        Of the plan as it is, where they are known already.

    Raises
    ------
    PlanError
        If the target is locked or gone.
    """
    if target > NOWHERE and plan.grids[plan.position(target)].locked:
        number = plan.grids[plan.position(target)].number
        raise PlanError(N_("Grid {grids} is locked. Unlock it first."), grids=number)
    if only_unassigned:
        chosen = chosen[plan.grid[chosen] < 0]
    free = _free(plan, chosen)
    moving = chosen[free]
    before = plan.ids_of(moving)
    moves = Moves(land.ids[moving], before, np.full(len(moving), target, dtype=np.int64))
    skipped = int((~free).sum())
    return of_moves(land, plan, moves, norms, target=target, skipped=skipped, figures=figures)


def _free(plan: Plan, chosen: Ints) -> npt.NDArray[np.bool_]:
    locked = np.array([*(one.locked for one in plan.grids), False])
    return ~locked[plan.grid[chosen]]


def of_moves(
    land: Land,
    plan: Plan,
    moves: Moves,
    norms: Mapping[str, Norm],
    *,
    target: int,
    skipped: int = 0,
    figures: pd.DataFrame | None = None,
) -> Preview:
    """Say what some moves would do; see `preview`."""
    size = len(plan.grids)
    places = {**{one.id: place for place, one in enumerate(plan.grids)}, NOWHERE: -1, NEW: size}
    after = plan.grid.copy()
    at = land.at(moves.buildings)
    after[at] = [places[int(one)] for one in moves.after]
    known = plans.figures(land.pure, plan.grid, size, norms) if figures is None else figures
    # The grid to be made is there beforehand, empty.
    old = {key: np.append(column, 0.0) for key, column in _columns(known).items()}
    new = _columns(plans.figures(land.pure, after, size + 1, norms))
    parts = plans.parts(land.pure.atoms, after, size + 1)
    touched = [target, *np.unique(moves.before).tolist(), *np.unique(moves.after).tolist()]
    changes = []
    for one in dict.fromkeys(touched):
        if one == NOWHERE:
            changes.append(_nowhere(land, plan.grid, after))
        else:
            place = places[one]
            number = plan.grids[place].number if place < size else ""
            changes.append(_change(one, number, old, new, place, parts, norms))
    return Preview(
        moves,
        _totals(land, at),
        tuple(changes),
        _boundary(land, after, places[target]) if target != NOWHERE else None,
        skipped,
    )


def _columns(figures: pd.DataFrame) -> dict[str, Floats]:
    """Return the columns as arrays: a frame takes its time for every single cell."""
    return {key: figures[key].to_numpy() for key in SHOWN}


def _change(
    grid_id: int,
    number: str,
    old: Mapping[str, Floats],
    new: Mapping[str, Floats],
    place: int,
    parts: Ints,
    norms: Mapping[str, Norm],
) -> Change:
    before = {key: float(old[key][place]) for key in SHOWN}
    after = {key: float(new[key][place]) for key in SHOWN}
    verdict = norms["grid_households"].verdict(after["households"]) if after["buildings"] else ""
    return Change(grid_id, number, before, after, int(parts[place]), verdict)


def _nowhere(land: Land, before: Ints, after: Ints) -> Change:
    old, new = (_totals(land, np.flatnonzero(grid < 0)) for grid in (before, after))
    return Change(NOWHERE, "", old, new, 0, "")


def _totals(land: Land, at: Ints) -> dict[str, float]:
    sums = {key: float(land.pure.counts[key][at].sum()) for key in COUNTS}
    return {"buildings": float(len(at)), **sums, "hours": 0.0, "workers": 0.0}


def _boundary(land: Land, after: Ints, place: int) -> Any:
    members = land.cells[after == place]
    return shapely.coverage_union_all(members) if len(members) else None


# ------------------------------------------------------------------------- whole-grid gestures


def merge(land: Land, plan: Plan, gone: int, into: int) -> Moves:
    """Move all buildings of one grid into another (ids).

    Raises
    ------
    PlanError
        If it is the same grid.
    """
    if gone == into:
        raise PlanError(N_("A grid cannot be merged with itself."))
    members = np.flatnonzero(plan.grid == plan.position(gone))
    count = len(members)
    return Moves(land.ids[members], np.full(count, gone), np.full(count, into))


def split(land: Land, plan: Plan, grid_id: int, line: Floats) -> Moves:
    """Move the buildings on the smaller side of a drawn line into a new grid.

    Parameters
    ----------
    line : array of (k, 2)
        Corners, degrees.

    Raises
    ------
    PlanError
        If all buildings lie on one side.
    """
    members = np.flatnonzero(plan.grid == plan.position(grid_id))
    scale = np.array([np.cos(np.radians(land.lonlat[:, 1].mean())), 1.0])
    left = plans.sides(line * scale, land.lonlat[members] * scale)
    weight = land.pure.counts["households"][members] + 1e-6
    side = left if weight[left].sum() <= weight[~left].sum() else ~left
    if not side.any() or side.all():
        raise PlanError(N_("The line does not part this grid: all its buildings are on one side."))
    count = int(side.sum())
    return Moves(land.ids[members[side]], np.full(count, grid_id), np.full(count, NEW))
