"""Grid codes: the community's 12 digits and a serial of three (DB11/T 2157-2023).

A code means one grid for ever. A grid that goes on keeps its code; a new one gets the next serial
never used before, counted from the north-west in reading order; a grid that comes back with exactly
the buildings it went with gets its own code back, since it is that grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from geo.errors import N_, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_SERIAL = 999
COMMUNITY_DIGITS = 12
SERIAL_DIGITS = 3

_UNCOUNTED = 1e-6
"""What a building weighs besides its households, so that those without any decide ties."""


def serial(code: str) -> str:
    """Return the last three digits of a grid's code: how people call the grid."""
    return code[-SERIAL_DIGITS:]


def reading_order(xy: Floats) -> Ints:
    """Return the serials 1 … k of places in reading order: rows from the north, each from the west.

    A row is what lies within half the usual distance south of its northernmost place, so that a
    strip of grids along a street is one row.

    Parameters
    ----------
    xy : array of (k, 2)
        Centres; x to the east, y to the north, any unit.
    """
    count = len(xy)
    order = np.empty(count, dtype=np.int64)
    top, half = np.empty(count), _distance(xy) / 2
    north = np.inf
    for place in np.argsort(-xy[:, 1]):
        if north - xy[place, 1] > half:
            north = xy[place, 1]
        top[place] = north
    order[np.lexsort((-xy[:, 1], xy[:, 0], -top))] = np.arange(1, count + 1)
    return order


def _distance(xy: Floats) -> float:
    """Return how far apart places are if they are a lattice of squares.

    With spacing s it has (width / s + 1) · (height / s + 1) places, which is solved for s.
    """
    if len(xy) <= 1:
        return 0.0
    width, height = np.ptp(xy, axis=0)
    both, others = width + height, len(xy) - 1
    return float(both + np.sqrt(both**2 + 4 * others * width * height)) / (2 * others)


def free_codes(community: str, count: int, used: Iterable[str]) -> list[str]:
    """Return the lowest codes never used before.

    Raises
    ------
    InputError
        If no serial up to 999 is free.
    """
    taken = set(used)
    every = (f"{community}{number:0{SERIAL_DIGITS}d}" for number in range(1, MAX_SERIAL + 1))
    free = [code for code in every if code not in taken]
    if len(free) < count:
        raise InputError(
            N_("Community {code} has used up its grid codes: none is free after 999."),
            code=community,
        )
    return free[:count]


def shared(old: Ints, new: Ints, weight: Floats) -> dict[tuple[int, int], float]:
    """Return how much each old grid has in common with each new one.

    Parameters
    ----------
    old, new : arrays of (n,)
        Grid of each building before and after, -1 for none.
    weight : array of (n,)
        Households.

    Returns
    -------
    dict
        (old, new) to households; pairs with no common building are absent.
    """
    both = (old >= 0) & (new >= 0)
    if not both.any():
        return {}
    width = int(new.max()) + 1
    pairs, place = np.unique(old[both] * width + new[both], return_inverse=True)
    common = np.bincount(place, weight[both] + _UNCOUNTED)
    return {
        (int(pair) // width, int(pair) % width): float(much)
        for pair, much in zip(pairs, common, strict=True)
    }


def successors(old: Ints, new: Ints, weight: Floats) -> dict[int, int]:
    """Say which new grid is which old grid going on: those with the most households in common.

    Parameters as `shared`.

    Returns
    -------
    dict
        New grid to old grid; each old grid goes on in one new grid at most.
    """
    common = shared(old, new, weight)
    kept: dict[int, int] = {}
    gone: set[int] = set()
    for before, after in sorted(common, key=lambda pair: (-common[pair], pair)):
        if before not in gone and after not in kept:
            kept[after] = before
            gone.add(before)
    return kept


def assign_codes(
    community: str,
    centres: Floats,
    kept: Mapping[int, str],
    returning: Mapping[int, str],
    used: Iterable[str],
) -> list[str]:
    """Give every grid of a new plan its code.

    Parameters
    ----------
    community
        12 digits.
    centres : array of (k, 2)
        Of the new grids; x to the east, y to the north.
    kept
        New grid to the code of the grid it goes on from, see `successors`.
    returning
        New grid to the code of the retired grid that had exactly its buildings; `kept` wins, and a
        code goes to one grid only.
    used
        Every code the community ever had.

    Returns
    -------
    list of (k,) str

    Raises
    ------
    InputError
        If no serial up to 999 is free.
    """
    given = dict(kept)
    for grid, code in returning.items():
        if grid not in given and code not in given.values():
            given[grid] = code
    fresh = [grid for grid in range(len(centres)) if grid not in given]
    codes = free_codes(community, len(fresh), [*used, *given.values()])
    order: Sequence[int] = reading_order(centres[fresh]).tolist()
    new = {grid: codes[place - 1] for grid, place in zip(fresh, order, strict=True)}
    return [given[grid] if grid in given else new[grid] for grid in range(len(centres))]
