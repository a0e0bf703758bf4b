"""Why a grid is out of band."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.atoms import Atoms
from geo.errors import N_
from geo.partition.feasible import (
    BUILDING_OVER,
    PART_BELOW,
    PART_BETWEEN,
    free_parts,
    plain,
    possible,
)
from geo.partition.measures import in_band, sums
from geo.partition.wish import Bools, Ints, Message, Wish

LOCKED = N_("This grid is locked and stays as it is, with {households} households.")
NOBODY = N_("Nobody lives in this grid.")
BY_COUNT = N_(
    "{households} households: with {grids} grids a grid of this part has {mean} on average."
)
LUMPY = N_(
    "{households} households: its buildings ({largest} households in the largest) and their"
    " neighbours allow no better cut that was found."
)


def reasons(atoms: Atoms, grid: Ints, wish: Wish, locked: Bools) -> dict[int, Message]:
    """Return for each grid out of band a sentence that says why.

    Parameters
    ----------
    atoms : Atoms
    grid : array of (n,)
        0 to k - 1.
    wish : Wish
    locked : array of (n,) bool

    Returns
    -------
    dict
        Message id and parameters by grid.
    """
    if len(atoms) == 0:
        return {}
    households = sums(grid, atoms.households, 0)
    bad = np.flatnonzero(~in_band(households, wish)).tolist()
    part_of = np.full(len(atoms), -1, dtype=np.int64)
    if bad:
        for number, part in enumerate(free_parts(atoms, ~locked)):
            part_of[part] = number
    return {one: _reason(atoms, grid, wish, one, part_of) for one in bad}


def _reason(atoms: Atoms, grid: Ints, wish: Wish, one: int, part_of: Ints) -> Message:
    members = np.flatnonzero(grid == one)
    total = float(atoms.households[members].sum())
    heaviest = int(members[atoms.households[members].argmax()])
    largest = float(atoms.households[heaviest])
    params: dict[str, Any] = {
        "households": plain(total),
        "floor": plain(wish.floor),
        "ceiling": plain(wish.ceiling),
    }
    if part_of[heaviest] < 0:
        return LOCKED, params
    if total == 0:
        return NOBODY, params
    if largest > wish.ceiling:
        return BUILDING_OVER, params | {"building": heaviest, "households": plain(largest)}
    return _of_part(
        atoms, grid, wish, part_of == part_of[heaviest], params | {"largest": plain(largest)}
    )


def _of_part(atoms: Atoms, grid: Ints, wish: Wish, part: Bools, params: dict[str, Any]) -> Message:
    """Return why the part a grid lies in does not come out even."""
    total = float(atoms.households[part].sum())
    least, most = possible(total, wish)
    facts = params | {"buildings": int(part.sum())}
    if total < wish.floor:
        return PART_BELOW, facts | {"households": plain(total)}
    if least > most:
        numbers = {"households": plain(total), "fewer": most, "more": least}
        return PART_BETWEEN, facts | numbers
    grids = len(np.unique(grid[part]))
    if not least <= grids <= most:
        return BY_COUNT, facts | {"grids": grids, "mean": plain(total / grids)}
    return LUMPY, facts
