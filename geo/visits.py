"""Home visits: who was due in a window, who was met, whom a worker should see next.

A household has to be met once every *interval*, a number of days that follows from its members
(see `geo.workload.visit_days`). Its *deadline* is the instant it was last met plus that interval;
being met exactly at the deadline is in time. A household that was never met has a deadline that
passed long ago.

In a window ``[start, stop)`` a household is

due
    when, going by the visits before the window, its deadline is before ``stop``;
done
    when it is due and was met in the window at least once;
missed
    when it is due and was not met in the window.

Visit coverage is done ÷ due. It counts households, not visits: somebody to be met every week counts
once in a month. Whether such a household is behind again at the end of the month is another
question, which `days_over` answers.

Intervals are days of 24 hours: China has no daylight saving time, so they are local days too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.facts import DAY_US
from geo.network import Ways
from geo.norms import Norm
from geo.rounds import tour
from geo.workload import DAYS_PER_MONTH

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEVER_MET_US = int(np.iinfo(np.int64).min)
"""Stands for *never met*: longer ago than any interval."""


class Standing(NamedTuple):
    """How each household stood in a window: due, due and met, due and not met; all of (n,)."""

    due: Flags
    done: Flags
    missed: Flags


def standing(
    last_before_us: Integers,
    met_in_window: Flags,
    interval_days: Integers,
    start_us: int,
    stop_us: int,
) -> Standing:
    """Tell which households were due in a window and which of them were met.

    Parameters
    ----------
    last_before_us
        When each was last met before the window, `NEVER_MET_US` for never, shape (n,).
    met_in_window
        Whether each was met in the window, shape (n,).
    interval_days
        Longest time between two visits, shape (n,).
    start_us, stop_us
        The window, half-open.

    Raises
    ------
    ValueError
        If a visit "before" the window is not before it.
    """
    if np.any(last_before_us >= start_us):
        message = "a visit before the window lies in or after it"
        raise ValueError(message)
    due = last_before_us + interval_days.astype(np.int64) * DAY_US < stop_us
    return Standing(due, due & met_in_window, due & ~met_in_window)


def last_before(count: int, household: Integers, at_us: Integers, before_us: int) -> Integers:
    """Return when each household was last met before an instant.

    Parameters
    ----------
    count
        Number of households, n.
    household, at_us
        Visits that met somebody, in any order: position of the household (-1: none of these).

    Returns
    -------
    array of (n,)
        `NEVER_MET_US` for those never met.
    """
    last = np.full(count, NEVER_MET_US)
    past = (at_us < before_us) & (household >= 0)
    np.maximum.at(last, household[past], at_us[past])
    return last


def met_between(
    count: int, household: Integers, at_us: Integers, start_us: int, stop_us: int
) -> Flags:
    """Tell which households were met in a window; arguments as `last_before`."""
    met = np.zeros(count, dtype=bool)
    met[household[(at_us >= start_us) & (at_us < stop_us) & (household >= 0)]] = True
    return met


def days_over(last_us: Integers, interval_days: Integers, at_us: int) -> Floats:
    """Return how long ago each household's deadline was.

    Parameters
    ----------
    last_us
        When each was last met up to `at_us`, shape (n,).
    interval_days
        Longest time between two visits, shape (n,).

    Returns
    -------
    array of (n,) days
        Positive: overdue. Negative: the time that is left. Infinite: never met.
    """
    since_days = (at_us - np.maximum(last_us, 0)) / DAY_US
    return np.where(last_us == NEVER_MET_US, np.inf, since_days - interval_days)


@dataclass(frozen=True)
class Quota:
    """Visits made against the visits asked for.

    Attributes
    ----------
    per_worker
        True where each worker has to make `each` visits a month, False where each grid.
    made
        Visits of the window, scaled to a month.
    holders
        Workers (or grids) the quota is counted for.
    """

    per_worker: bool
    each: float
    made: float
    holders: float

    @property
    def asked(self) -> float:
        """Visits asked for in a month."""
        return self.each * self.holders

    @property
    def share(self) -> float | None:
        """Made ÷ asked; None where nobody is asked."""
        return self.made / self.asked if self.asked > 0 else None


def quota(
    visits: int, days: float, norms: Mapping[str, Norm], *, workers: float, grids: int
) -> Quota:
    """Relate the visits of a window to the monthly quota.

    Parameters
    ----------
    visits
        Visits that met somebody in the window.
    days
        Length of the window.
    norms
        ``visits_per_month`` and ``visit_quota_per_worker`` (1: per worker, 0: per grid).
    """
    per_worker = norms["visit_quota_per_worker"].value > 0
    return Quota(
        per_worker,
        norms["visits_per_month"].value,
        visits * DAYS_PER_MONTH / days,
        workers if per_worker else float(grids),
    )


def most_urgent(interval_days: Integers, over_days: Floats, count: int = 10) -> Integers:
    """Choose the households to be seen next.

    Those overdue come first: the class with the shortest interval before the others, within it the
    longest overdue. Then those not yet overdue, the nearest deadline first.

    Parameters
    ----------
    interval_days, over_days
        Of each household, shape (n,); see `days_over`.
    count
        How many at most.

    Returns
    -------
    array of at most (count,) positions
        Most urgent first; equals in the order given.
    """
    late = over_days > 0
    level = np.where(late, interval_days, 0)
    return np.lexsort((-over_days, level, ~late))[:count]


class Round(NamedTuple):
    """An ordered round of visits.

    Attributes
    ----------
    order
        Positions of the visits in the order of the round, shape (k,).
    way_m
        Way to each from the stop before it, shape (k,): 0 within one building and for the first
        without a starting place, NaN for one that no way leads to; those come last.
    """

    order: Integers
    way_m: Floats

    @property
    def length_m(self) -> float:
        """Way of the whole round, as far as there is one."""
        return float(np.nansum(self.way_m))


def in_order(ways: Ways, places: Floats, building: Integers, start: Floats | None = None) -> Round:
    """Put visits in the order of one walk, those in one building after each other.

    Parameters
    ----------
    ways
        How one walks.
    places
        Where each visit is, shape (k, 2), metric CRS.
    building
        In which building, shape (k,).
    start
        Where the worker sets out, shape (2,); by default at the first visit.
    """
    if len(building) == 0:
        return Round(np.empty(0, dtype=np.int64), np.empty(0))
    _unique, first, stop = np.unique(building, return_index=True, return_inverse=True)
    # Stops are numbered by their most urgent visit, so that without a start the walk begins there.
    rank = np.argsort(np.argsort(first))
    stop = rank[stop]
    spots = places[np.sort(first)]
    ahead = 0 if start is None else 1
    if start is not None:
        spots = np.vstack([start, spots])
    walk, step_m = _walk(ways.between_m(spots))
    turn, way_m = np.empty(len(spots), dtype=np.int64), np.empty(len(spots))
    turn[walk], way_m[walk] = np.arange(len(spots)), step_m
    order = np.argsort(turn[stop + ahead], kind="stable")
    where = stop[order]
    arriving = np.diff(where, prepend=-1) != 0
    return Round(order, np.where(arriving, way_m[where + ahead], 0.0))


def _walk(metres: Floats) -> tuple[Integers, Floats]:
    """Walk from the first place through all that can be reached; the others follow, NaN metres."""
    reached = np.flatnonzero(np.isfinite(metres[0]))
    cut_off = np.flatnonzero(~np.isfinite(metres[0]))
    walk = reached[tour(metres[np.ix_(reached, reached)], closed=False).order]
    step_m = np.concatenate([[0.0], metres[walk[:-1], walk[1:]], np.full(len(cut_off), np.nan)])
    return np.concatenate([walk, cut_off]), step_m
