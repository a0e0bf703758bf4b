"""Two plans side by side: who moves where, how the load is shared, last year on either.

Grids of two plans are the same grid when they go on from each other (`geo.codes.successors`):
everything is compared along that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import codes, plans
from geo.norms import Norm
from geo.plans import COUNTS, Ground
from geo.workload import Balance, balance

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KEPT, MOVED, ENTERED, LEFT, NOWHERE = "kept", "moved", "entered", "left", "nowhere"
"""Of a building: in the grid that goes on from its own, in another one, newly in a grid, no longer
in one, in none of either plan."""


@dataclass(frozen=True)
class Pair:
    """A grid of the first plan and the one of the second that goes on from it; -1 for none."""

    before: int
    after: int


@dataclass(frozen=True)
class Comparison:
    """Two plans of one community.

    Attributes
    ----------
    fate : array of (n,)
        `KEPT`, `MOVED`, `ENTERED`, `LEFT` or `NOWHERE` of each building.
    pairs
        Grids that go on, then those that end, then new ones.
    before, after
        Figures per grid, see `geo.plans.figures`; rows of empty grids are there too.
    moved_households, moved_buildings
        How many have another grid than the one that goes on from theirs.
    flows
        (grid before, grid after) to households that go that way; only between grids that do not
        go on from each other. Buildings where no households are on record.
    balances
        By ``households`` and ``hours``: balance before and after, over the grids with buildings.
        By ``buildings`` where no households are on record.
    """

    fate: npt.NDArray[np.str_]
    pairs: tuple[Pair, ...]
    before: pd.DataFrame
    after: pd.DataFrame
    moved_households: float
    moved_buildings: int
    flows: Mapping[tuple[int, int], float]
    balances: Mapping[str, tuple[Balance, Balance]]


def compare(
    ground: Ground,
    first: tuple[Ints, int],
    second: tuple[Ints, int],
    norms: Mapping[str, Norm],
) -> Comparison:
    """Compare two plans.

    Parameters
    ----------
    ground
        The community.
    first, second
        Grid of each building, arrays of (n,), and the number of grids.
    norms
        In force.
    """
    (old, old_size), (new, new_size) = first, second
    weight = ground.weight
    kept = codes.successors(old, new, weight)
    fate = fates(old, new, kept)
    before = plans.figures(ground, old, old_size, norms)
    after = plans.figures(ground, new, new_size, norms)
    common = codes.shared(old, new, weight)
    changed = np.isin(fate, (MOVED, ENTERED, LEFT))
    shared_out = ("households", "hours") if ground.counted else ("buildings",)
    flows = {
        (was, one): float(weight[(old == was) & (new == one)].sum())
        for was, one in common
        if kept.get(one) != was
    }
    return Comparison(
        fate,
        _pairs(old, new, kept),
        before,
        after,
        float(ground.counts["households"][changed].sum()),
        int(changed.sum()),
        flows,
        {key: (_balance(before, key), _balance(after, key)) for key in shared_out},
    )


def fates(old: Ints, new: Ints, kept: Mapping[int, int]) -> npt.NDArray[np.str_]:
    """Say of each building whether it stays with its grid."""
    origin = np.full(int(new.max(initial=-1)) + 2, -2)
    for one, was in kept.items():
        origin[one] = was
    fate = np.where(origin[new] == old, KEPT, MOVED).astype("U8")
    fate[(old < 0) & (new >= 0)] = ENTERED
    fate[(old >= 0) & (new < 0)] = LEFT
    fate[(old < 0) & (new < 0)] = NOWHERE
    return fate


def _pairs(old: Ints, new: Ints, kept: Mapping[int, int]) -> tuple[Pair, ...]:
    going = sorted((was, one) for one, was in kept.items())
    ended = sorted(set(np.unique(old[old >= 0]).tolist()) - set(kept.values()))
    fresh = sorted(set(np.unique(new[new >= 0]).tolist()) - set(kept))
    return (
        *(Pair(was, one) for was, one in going),
        *(Pair(was, -1) for was in ended),
        *(Pair(-1, one) for one in fresh),
    )


def _balance(figures: pd.DataFrame, key: str) -> Balance:
    used = figures["buildings"].to_numpy() > 0
    return balance(figures[key].to_numpy()[used])


def replay(grid: Ints, size: int, monthly: Floats) -> Floats:
    """Count a year's events on a plan's grids.

    Parameters
    ----------
    grid : array of (n,)
        Grid of each building, -1 for none.
    size
        Number of grids.
    monthly : array of (n, months)
        Events by building and month.

    Returns
    -------
    array of (size + 1, months)
        By grid; the last row is what falls in no grid, so that columns sum to the events.
    """
    counted = np.zeros((size + 1, monthly.shape[1]))
    np.add.at(counted, np.where(grid < 0, size, grid), monthly)
    return counted


def table(found: Comparison) -> pd.DataFrame:
    """Return one row a pair: ``before``, ``after`` (positions or -1) and each figure twice."""
    rows = []
    for pair in found.pairs:
        row: dict[str, float] = {"before": pair.before, "after": pair.after}
        for key in ("buildings", *COUNTS, "hours", "workers"):
            row[f"{key}_before"] = _figure(found.before, pair.before, key)
            row[f"{key}_after"] = _figure(found.after, pair.after, key)
        rows.append(row)
    return pd.DataFrame(rows)


def _figure(figures: pd.DataFrame, place: int, key: str) -> float:
    return float(figures[key].to_numpy()[place]) if place >= 0 else 0.0
