"""Where figures stand against the norms, and what would mend what is broken.

Arithmetic only: whole numbers of grids, workers and households, from which the page writes its
sentences. Who holds how many households is counted as at publishing (`geo.checks`): each grid's are
shared equally among its leaders and workers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.checks import Duty, worker_households
from geo.norms import Norm

Floats = npt.NDArray[np.float64]

_DECIMALS = 6
"""Parts of a worker (1/3 + 1/3 + 1/3) add up to a whole one within so many decimals."""


def _whole(value: float) -> float:
    return round(value, _DECIMALS)


@dataclass(frozen=True)
class Gauge:
    """A figure beside its norm.

    Attributes
    ----------
    verdict
        ``"below"``, ``"within"`` or ``"above"``.
    gap
        How far outside: negative below, positive above, 0 within.
    """

    value: float
    low: float | None
    high: float | None
    verdict: str
    gap: float


def gauge(value: float, norm: Norm) -> Gauge:
    """Hold a figure against its norm."""
    return Gauge(value, norm.low, norm.high, norm.verdict(value), norm.gap(value))


@dataclass(frozen=True)
class Fit:
    """How many grids some households can be cut into.

    Attributes
    ----------
    least
        Fewest grids none of which is above the ceiling; 1 without a ceiling.
    most
        Most grids none of which is below the floor; None without a floor.
    """

    least: int
    most: int | None

    @property
    def possible(self) -> bool:
        """Whether any number of grids keeps both floor and ceiling.

        With 300 to 500 households, fewer than 300 and 501 to 599 households have no valid number.
        """
        return self.most is None or self.least <= self.most


def fit(households: float, norm: Norm) -> Fit:
    """Return how many grids households can be cut into, as if they could be cut anywhere.

    Parameters
    ----------
    households
        Above 0.
    norm
        Of households per grid.
    """
    return Fit(
        math.ceil(households / norm.high) if norm.high else 1,
        math.floor(households / norm.low) if norm.low else None,
    )


@dataclass(frozen=True)
class Sizes:
    """The grids of a community against the norm of their size.

    Attributes
    ----------
    mean
        Households ÷ grids; None without a grid.
    fit
        None without households.
    to_add, to_merge
        Grids to add (or to take away) until their number is a possible one, or the fewest that
        keep to the ceiling where none is; 0 where it is one.
    """

    households: float
    grids: int
    mean: Gauge | None
    fit: Fit | None
    to_add: int
    to_merge: int


def sizes(households: float, grids: int, norm: Norm) -> Sizes:
    """Hold a community's grids against the norm of households per grid."""
    mean = gauge(households / grids, norm) if grids else None
    if households <= 0:
        return Sizes(households, grids, mean, None, 0, 0)
    found = fit(households, norm)
    most = found.least if not found.possible else found.most
    to_merge = max(grids - most, 0) if most is not None else 0
    return Sizes(households, grids, mean, found, max(found.least - grids, 0), to_merge)


@dataclass(frozen=True)
class Pieces:
    """One grid against the norm of its size.

    Attributes
    ----------
    gauge
        Its households.
    fit
        How many grids it could be cut into; None without households.
    split_into
        Fewest grids of at most the ceiling; 1 where it need not be split.
    """

    gauge: Gauge
    fit: Fit | None
    split_into: int


def pieces(households: float, norm: Norm) -> Pieces:
    """Hold one grid against the norm of households per grid."""
    found = fit(households, norm) if households > 0 else None
    return Pieces(gauge(households, norm), found, found.least if found else 1)


@dataclass(frozen=True)
class Hands:
    """The workers of a community against the households there are.

    Attributes
    ----------
    mean
        Households ÷ workers; None without a worker.
    most
        Households the workers hold at the ceiling; None without a ceiling.
    without
        Households nobody holds even then.
    missing
        Workers missing for everybody to be held at the ceiling.
    missing_at_floor
        Workers missing for nobody to hold more than the floor; None without a floor.
    """

    households: float
    workers: float
    mean: Gauge | None
    most: float | None
    without: float
    missing: int
    missing_at_floor: int | None


def hands(households: float, workers: float, norm: Norm) -> Hands:
    """Hold a community's workers against the norm of households per worker.

    Parameters
    ----------
    workers
        People, or parts of them where somebody's other grids are elsewhere.
    """
    workers = _whole(workers)
    most = workers * norm.high if norm.high is not None else None
    return Hands(
        households=households,
        workers=workers,
        mean=gauge(households / workers, norm) if workers > 0 else None,
        most=most,
        without=max(households - most, 0.0) if most is not None else 0.0,
        missing=_lacking(households, workers, norm.high),
        missing_at_floor=_lacking(households, workers, norm.low) if norm.low else None,
    )


def _lacking(households: float, workers: float, each: float | None) -> int:
    """Count the people who must join until each holds at most so many households."""
    return max(math.ceil(_whole(households / each - workers)), 0) if each else 0


@dataclass(frozen=True)
class Contact:
    """What a community's party members can reach.

    Attributes
    ----------
    least, most
        Households in contact when each member keeps to the floor, and to the ceiling; None where
        there is no such bound.
    needed
        Fewest members that could reach every household at the ceiling; None without a ceiling.
    """

    households: float
    members: float
    least: float | None
    most: float | None
    needed: int | None

    @property
    def missing(self) -> int:
        """How many members are missing for every household to be reached."""
        return max(self.needed - math.floor(self.members), 0) if self.needed is not None else 0

    def share(self, reached: float | None) -> float | None:
        """Return what part of the households that is, 0 to 1; None where nothing is known."""
        if reached is None or self.households <= 0:
            return None
        return min(reached / self.households, 1.0)


def contact(households: float, members: float, norm: Norm) -> Contact:
    """Hold a community's party members against the norm of households in contact with each."""
    return Contact(
        households,
        members,
        members * norm.low if norm.low is not None else None,
        members * norm.high if norm.high is not None else None,
        math.ceil(households / norm.high) if norm.high else None,
    )


@dataclass(frozen=True)
class Worker:
    """Somebody's households against the norm.

    Attributes
    ----------
    staff
        Id.
    grids
        Positions of the grids held.
    gauge
        Of the households held.
    """

    staff: int
    grids: tuple[int, ...]
    gauge: Gauge


def workers(households: Floats, duties: Sequence[Duty], norm: Norm) -> list[Worker]:
    """Hold every worker's households against the norm.

    Parameters
    ----------
    households
        Of each grid, shape (k,).
    duties
        Who leads or works which grids.
    norm
        Of households per worker.

    Returns
    -------
    list of Worker
        Those who hold a grid, in the order of `duties`.
    """
    held = worker_households(households, duties)
    return [
        Worker(duty.staff, duty.grids, gauge(held[duty.staff], norm))
        for duty in duties
        if duty.grids
    ]


def unstaffed(households: Floats, duties: Sequence[Duty]) -> float:
    """Count the households of grids nobody leads or works."""
    held = np.zeros(len(households), dtype=bool)
    held[[grid for duty in duties for grid in duty.grids]] = True
    return float(households[~held].sum())
