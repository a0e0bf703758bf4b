"""Who works where: an assignment that changes the fewest familiar households.

A worker is familiar with the households of the grids they hold today. Every grid needs one worker,
a worker may hold several grids, and none should hold more households than the norm's ceiling. It
is an integer program: keep as many households as possible with somebody they know, and pay for
every household above a ceiling. HiGHS solves it exactly at the size of a community.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from geo.errors import N_, PlanError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OVERLOAD_COST = 4.0
"""A household above a worker's ceiling weighs as much as so many that change their worker."""

_IDLE_COST = 0.5
"""Share of the mean grid that a worker without any costs: work is spread before it is piled."""


@dataclass(frozen=True)
class Staffing:
    """A suggestion.

    Attributes
    ----------
    worker : array of (k,)
        Position of each grid's worker.
    familiar
        Households that keep somebody they know, of `households` in all.
    load : array of (w,)
        Households of each worker.
    """

    worker: Ints
    familiar: float
    households: float
    load: Floats


def familiarity(now: Ints, new: Ints, holds: npt.NDArray[np.bool_], households: Floats) -> Floats:
    """Count the households of each new grid that each worker knows.

    Parameters
    ----------
    now, new : arrays of (n,)
        Grid of each building today and in the plan, -1 for none.
    holds : array of (workers, grids today)
        Who holds which grid today.
    households : array of (n,)

    Returns
    -------
    array of (grids of the plan, workers)
    """
    size = int(new.max(initial=-1)) + 1
    common = np.zeros((size, holds.shape[1]))
    both = (now >= 0) & (new >= 0)
    np.add.at(common, (new[both], now[both]), households[both])
    return np.asarray(common @ holds.T.astype(np.float64))


def suggest(known: Floats, households: Floats, ceiling: float) -> Staffing:
    """Give every grid one worker.

    Parameters
    ----------
    known : array of (k, w)
        Households of each grid that each worker knows.
    households : array of (k,)
    ceiling
        Most households a worker should hold.

    Raises
    ------
    PlanError
        If there is nobody, or the program has no solution.
    """
    grids, workers = known.shape
    if workers == 0:
        raise PlanError(N_("There are no workers to assign. Add staff first."))
    if grids == 0:
        return Staffing(np.empty(0, dtype=np.int64), 0.0, 0.0, np.zeros(workers))
    choice = _solve(known, households, ceiling)
    load = np.bincount(choice, households, minlength=workers).astype(np.float64)
    kept = float(known[np.arange(grids), choice].sum())
    return Staffing(choice, kept, float(households.sum()), load)


def _solve(known: Floats, households: Floats, ceiling: float) -> Ints:
    """Choose workers; variables are grid × worker, then overload, then idleness of each worker."""
    grids, workers = known.shape
    pairs = grids * workers
    row_grid = np.repeat(np.arange(grids), workers)
    row_worker = np.tile(np.arange(workers), grids)
    idle = _IDLE_COST * max(float(households.mean()), 1.0)
    cost = np.concatenate([-known.ravel(), np.full(workers, OVERLOAD_COST), np.full(workers, idle)])
    every = np.arange(pairs)
    one_each = coo_array((np.ones(pairs), (row_grid, every)), (grids, pairs + 2 * workers))
    own = np.arange(workers)
    within = coo_array(
        (
            np.concatenate([households[row_grid], -np.ones(workers)]),
            (np.concatenate([row_worker, own]), np.concatenate([every, pairs + own])),
        ),
        (workers, pairs + 2 * workers),
    )
    busy = coo_array(
        (
            np.ones(pairs + workers),
            (np.concatenate([row_worker, own]), np.concatenate([every, pairs + workers + own])),
        ),
        (workers, pairs + 2 * workers),
    )
    found = milp(
        cost,
        constraints=[
            LinearConstraint(one_each, 1, 1),
            LinearConstraint(within, -np.inf, ceiling),
            LinearConstraint(busy, 1, np.inf),
        ],
        integrality=np.concatenate([np.ones(pairs), np.zeros(2 * workers)]),
        bounds=Bounds(0, np.concatenate([np.ones(pairs), np.full(2 * workers, np.inf)])),
        options={"mip_rel_gap": 0.005, "node_limit": 20_000},
    )
    if found.x is None:
        raise PlanError(N_("No assignment of workers was found."))
    return np.asarray(found.x[:pairs].reshape(grids, workers).argmax(axis=1), dtype=np.int64)
