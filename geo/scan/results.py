"""What a scan found, in numbers for people: clusters that share no place, and how sure they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo.errors import N_
from geo.scan.likelihood import LLR_DIGITS
from geo.scan.search import Best, Task
from geo.scan.zones import Bools, Floats, Ints, Places

METHODS = {
    "poisson": N_("Clusters in space, against the number of people"),
    "space_time_poisson": N_("Clusters in space and time, against the number of people"),
    "space_time_permutation": N_("Clusters in space and time, tickets only"),
}

SIDES = {"high": N_("More than expected"), "low": N_("Fewer than expected"), "both": N_("Both")}


@dataclass(frozen=True)
class Cluster:
    """A zone that is least like chance.

    Attributes
    ----------
    centre
        Position of a location at the centre of the circle.
    members
        Positions of all locations in the circle, sorted.
    radius_m
        Distance from the centre to the furthest of them.
    first_step, last_step
        First and last step of the window, both included; None if there is no time.
    cases, expected
        Cases inside, and how many chance would put there.
    relative_risk
        (cases ÷ expected) ÷ (the same outside); infinite if there are none outside.
    llr
        Log likelihood ratio.
    p
        Share of maps, this one among them, whose best zone is at least as unlikely.
    p_gumbel
        The same by a Gumbel curve through the simulated maxima (Abrams and others 2010,
        10.1186/1476-072X-9-61), which may be smaller than one in the number of maps.
    recurrence_days
        How often pure chance shows such a cluster if one looks once in every step; None if one
        looks back.
    """

    centre: int
    members: Ints
    radius_m: float
    first_step: int | None
    last_step: int | None
    cases: int
    expected: float
    relative_risk: float
    llr: float
    p: float
    p_gumbel: float
    recurrence_days: float | None

    @property
    def high(self) -> bool:
        """Whether there are more cases than expected."""
        return self.cases > self.expected


@dataclass(frozen=True)
class Scan:
    """What a scan found.

    Attributes
    ----------
    clusters
        Clusters by ratio, the largest first; no two share a location.
    simulations
        Number of simulated maps.
    maxima
        Largest ratio of each simulated map.
    total
        Cases in all.
    method
        Key of `METHODS`.
    zones
        Number of zones looked at.
    """

    clusters: tuple[Cluster, ...]
    simulations: int
    maxima: Floats
    total: int
    method: str
    zones: int


@dataclass(frozen=True)
class Found:
    """The best zones of a scan, and what is needed to tell them.

    Attributes
    ----------
    task
        What was scanned.
    places
        Where rows lie.
    best
        Best zone of each centre.
    maxima
        Largest ratio of each simulated map.
    in_time
        Whether windows mean anything.
    step_days
        How often one looks, for clusters that are alive; None if one looks back.
    """

    task: Task
    places: Places
    best: list[Best]
    maxima: Floats
    in_time: bool
    step_days: float | None

    def clusters(self) -> tuple[Cluster, ...]:
        """Tell the zones that share no place with a better one."""
        return tuple(self._cluster(zone, inside) for zone, inside in self._apart())

    def _apart(self) -> Iterator[tuple[Best, Bools]]:
        taken = np.zeros(len(self.places.xy), dtype=np.bool_)
        for zone in sorted(self.best, key=_rank):
            near = self._near(zone)
            if not taken[near].any():
                taken[near] = True
                inside = np.zeros_like(taken)
                inside[near] = True
                yield zone, inside

    def _near(self, zone: Best) -> Ints:
        circles = self.task.circles
        return circles.member[circles.around(zone.centre)][: zone.size].astype(np.int64)

    def _radius_m(self, zone: Best) -> float:
        furthest, centre = self.places.xy[[self._near(zone)[-1], zone.centre]]
        return float(np.hypot(*(furthest - centre)))

    def _cluster(self, zone: Best, inside: Bools) -> Cluster:
        windows = self.task.windows
        p = rank_p(zone.llr, self.maxima)
        return Cluster(
            centre=int(np.flatnonzero(self.places.of_row == zone.centre)[0]),
            members=np.flatnonzero(inside[self.places.of_row]),
            radius_m=self._radius_m(zone),
            first_step=int(windows.first[zone.window]) if self.in_time else None,
            last_step=int(windows.last[zone.window]) if self.in_time else None,
            cases=zone.cases,
            expected=zone.expected,
            relative_risk=_relative_risk(zone.cases, zone.expected, self.task.total),
            llr=zone.llr,
            p=p,
            p_gumbel=gumbel_p(zone.llr, self.maxima),
            recurrence_days=None if self.step_days is None else self.step_days / p,
        )


def _rank(zone: Best) -> tuple[float, int, int]:
    return -round(zone.llr, LLR_DIGITS), zone.size, zone.centre


def _relative_risk(cases: int, expected: float, total: int) -> float:
    if cases == total:
        return math.inf
    return (cases / expected) / ((total - cases) / (total - expected))


def rank_p(llr: float, maxima: Floats) -> float:
    """Share of maps, the observed one among them, with a ratio at least as large."""
    return (1 + int((maxima >= llr - 10.0**-LLR_DIGITS).sum())) / (len(maxima) + 1)


def gumbel_p(llr: float, maxima: Floats) -> float:
    """Chance of a ratio at least as large, by a Gumbel curve with the maxima's mean and variance.

    Without two different maxima there is no curve: then it is the share of maps.
    """
    spread = float(np.std(maxima, ddof=1)) if len(maxima) > 1 else 0.0
    if spread == 0.0:
        return rank_p(llr, maxima)
    scale = spread * math.sqrt(6.0) / math.pi
    mode = float(maxima.mean()) - np.euler_gamma * scale
    return -math.expm1(-math.exp((mode - llr) / scale))
