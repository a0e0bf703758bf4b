"""Staff and their roles: several people on each grid (一网多员)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.demo.homes import shares
from etl.demo.place import Place

Ints = npt.NDArray[np.int64]

LINES = (
    "综合治理",
    "民政救助",
    "计生卫健",
    "社会保障",
    "党建宣传",
    "城市管理",
    "老龄服务",
    "物业协调",
)
SINCE = date(2026, 1, 1)
GRIDS_PER_OFFICER = 3
BUILDINGS_PER_HEAD = 7


@dataclass(frozen=True)
class Team:
    """Community staff: their ids and names, and the grid (position) each works on."""

    staff_id: Ints
    names: npt.NDArray[np.object_]
    grid: Ints


def _numbered(word: str, n: int) -> npt.NDArray[np.object_]:
    return np.array([f"{word}{i:02d}" for i in range(1, n + 1)], dtype=object)


def _hire(place: Place, kind: str, names: npt.NDArray[np.object_]) -> Ints:
    ids = place.draft.take("staff", len(names))
    line = [LINES[i % len(LINES)] if kind == "staff" else "" for i in range(len(names))]
    rows = {
        "id": ids,
        "community_id": place.community_id,
        "name": names,
        "kind": kind,
        "line": line,
    }
    place.draft.add("staff", pd.DataFrame(rows))
    return ids


def _assign(place: Place, role: str, staff_id: Ints, grid: Ints) -> None:
    n = len(staff_id)
    rows = {
        "id": place.draft.take("grid_role", n),
        "staff_id": staff_id,
        "grid_id": place.grid_id[grid],
        "role": role,
        "from_date": SINCE,
    }
    place.draft.add("grid_role", pd.DataFrame(rows))


def employ(place: Place) -> Team:
    """Employ a community's staff, at least one worker a grid, and give everybody a role.

    Every member of staff works on exactly one grid; the first of each grid also leads it.
    """
    n, grids = place.land.recipe.staff, len(place.grid_id)
    households = np.bincount(place.home_grid, minlength=grids)
    extra = shares(n - grids, households.astype(float))
    grid = np.repeat(np.arange(grids), 1 + extra)
    names = _numbered("网格员", n)
    ids = _hire(place, "staff", names)
    _assign(place, "grid_worker", ids, grid)
    first = np.unique(grid, return_index=True)[1]
    _assign(place, "grid_leader", ids[first], grid[first])
    _helpers(place, grids)
    return Team(ids, names, grid)


def _helpers(place: Place, grids: int) -> None:
    """Add police officers, volunteers, party members and building heads."""
    everywhere = np.arange(grids)
    officers = _hire(place, "police", _numbered("民警", -(-grids // GRIDS_PER_OFFICER)))
    _assign(place, "police", officers[everywhere // GRIDS_PER_OFFICER], everywhere)
    volunteers = np.repeat(everywhere, 2)
    ids = _hire(place, "volunteer", _numbered("志愿者", len(volunteers)))
    _assign(place, "volunteer", ids, volunteers)
    _assign(place, "party_member", ids[::2], everywhere)
    buildings = np.bincount(place.land.cut.of_building, minlength=grids)
    heads = np.repeat(everywhere, np.maximum(1, buildings // BUILDINGS_PER_HEAD))
    _assign(
        place, "building_head", _hire(place, "volunteer", _numbered("楼栋长", len(heads))), heads
    )
