"""Workload: how often a household is due for a visit, what a grid's work takes, who carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.norms import Norm
from geo.schema import CARE_CLASSES

CARE = tuple(CARE_CLASSES)
"""Care classes, most urgent first."""


def visit_days(
    care: Mapping[str, npt.NDArray[np.int64]], norms: Mapping[str, Norm]
) -> npt.NDArray[np.int64]:
    """Return the longest time allowed between two visits of each household, days.

    Parameters
    ----------
    care
        For each care class, how many people of it live in each household, arrays of (n,).
    norms
        The norms in force: ``visit_days_<class>`` and ``household_visit_days``.

    Returns
    -------
    array of (n,) days
        The shortest interval of the household's members, else that of every household.
    """
    yearly = round(norms["household_visit_days"].value)
    days = np.full(len(next(iter(care.values()))), yearly, dtype=np.int64)
    for name in CARE:
        interval = round(norms[f"visit_days_{name}"].value)
        days = np.where(care[name] > 0, np.minimum(days, interval), days)
    return days


DAYS_PER_MONTH = 365 / 12

_TOUR = 0.7124
"""Beardwood, Halton and Hammersley 1959: the shortest tour through m places of an area A is about
0.7124 √(A m)."""

_MINUTES_PER_HOUR = 60

Floats = npt.NDArray[np.float64]


def visits_due(visit_days: npt.NDArray[np.int64]) -> Floats:
    """Return the visits a month that keep each household within its longest interval."""
    return np.asarray(DAYS_PER_MONTH / visit_days, dtype=np.float64)


def handling_hours(tickets: Floats, due: Floats, norms: Mapping[str, Norm]) -> Floats:
    """Return the hours a month of tickets and visits themselves, without the way.

    Parameters
    ----------
    tickets, due
        Tickets reported and visits due a month, any shape.
    norms
        ``ticket_minutes``, ``visit_minutes``.
    """
    minutes = tickets * norms["ticket_minutes"].value + due * norms["visit_minutes"].value
    return np.asarray(minutes / _MINUTES_PER_HOUR)


def walking_hours(due: Floats, area_m2: Floats, norms: Mapping[str, Norm]) -> Floats:
    """Return the hours a month walked from visit to visit.

    The visits due are spread over the month's working days, and each day's are one round through
    the grid; its length is that of the shortest tour through places strewn over the area, times
    the detour of streets.

    Parameters
    ----------
    due
        Visits a month, shape (k,).
    area_m2
        Ground of each grid, shape (k,).
    norms
        ``rounds_per_month``, ``detour``, ``walk_speed_m_min``.
    """
    rounds = norms["rounds_per_month"].value
    length_m = rounds * _TOUR * np.sqrt(area_m2 * due / rounds) * norms["detour"].value
    return np.asarray(length_m / norms["walk_speed_m_min"].value / _MINUTES_PER_HOUR)


@dataclass(frozen=True)
class Balance:
    """How evenly something is shared out.

    Attributes
    ----------
    low, high, mean
        Of the shares.
    cv
        Coefficient of variation: standard deviation (n) ÷ mean.
    gini
        0 when all are equal; (n - 1)/n when one has everything, or 1 with the small-sample
        correction.
    moves
        How much would have to move for all to be equal: half the sum of the distances to the mean.
    peak
        The largest share ÷ the mean.
    within_10, within_20
        Part of the shares that are within 10 % or 20 % of the mean, 0 to 1.
    """

    count: int
    low: float
    high: float
    mean: float
    cv: float
    gini: float
    moves: float
    peak: float = 0.0
    within_10: float = 0.0
    within_20: float = 0.0

    @property
    def hoover(self) -> float:
        """What would have to move, as a part of everything there is (Hoover index)."""
        total = self.mean * self.count
        return self.moves / total if total > 0 else 0.0


SMALL_SAMPLE = 30
"""Below so many shares, the Gini coefficient is reported with its small-sample correction."""

_NEAR = 1e-9
"""A share exactly at the edge of ±10 % is inside, however the mean was rounded."""


def balance(shares: Floats, *, small_sample: bool = False) -> Balance:
    """Measure how evenly something is shared out.

    Parameters
    ----------
    shares
        Not negative, shape (k,).
    small_sample
        Multiply the Gini coefficient by n/(n - 1), so that one who has everything is 1 however few
        there are.

    Returns
    -------
    Balance
        All zero where there is nothing to share.
    """
    count = len(shares)
    total = float(shares.sum())
    if count == 0 or total <= 0:
        return Balance(count, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    mean = total / count
    rank = np.arange(1, count + 1)
    gini = float((2 * rank - count - 1) @ np.sort(shares)) / (count * total)
    away = np.abs(shares / mean - 1) - _NEAR
    return Balance(
        count,
        float(shares.min()),
        float(shares.max()),
        mean,
        float(shares.std()) / mean,
        gini * count / (count - 1) if small_sample and count > 1 else gini,
        float(np.abs(shares - mean).sum()) / 2,
        float(shares.max()) / mean,
        float((away <= 0.1).mean()),  # noqa: PLR2004 - the names of the attributes
        float((away <= 0.2).mean()),  # noqa: PLR2004
    )


def lorenz(shares: Floats) -> Floats:
    """Return the Lorenz curve: what part of everything the least loaded part of all carries.

    Parameters
    ----------
    shares
        Not negative, shape (k,).

    Returns
    -------
    array of (k + 1, 2)
        Part of those who share, part of what is shared, both from 0 to 1; the diagonal where there
        is nothing to share.
    """
    part = np.linspace(0, 1, len(shares) + 1)
    total = float(shares.sum())
    if total <= 0:
        return np.stack([part, part], axis=1)
    carried = np.append(0.0, np.cumsum(np.sort(shares))) / total
    carried[-1] = 1.0  # a sum in another order may end beside it
    return np.stack([part, carried], axis=1)
