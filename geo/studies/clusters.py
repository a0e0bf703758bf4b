"""Scan statistics: the circles, or cylinders of space and time, that stand out the most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import scan
from geo.cases import Cases
from geo.scan import Cluster, Scan
from geo.spots import Find
from geo.studies.intake import SURE, Asked, Group, Told
from geo.studies.question import Question, Study

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST = 10
"""Fewer tickets of a class are not scanned."""

_LONG_DAYS = 60
"""Longer periods are looked at week by week, shorter ones day by day."""

_WEEK = 7
_MOST_DAYS = 14
_MOST_WEEKS = 13
"""A cluster lasts so long at most, and never more than half of the period (as in SaTScan): what
lasts longer is the rule itself."""

_PART = 2

_ROUNDING = 1e-9


def scanned(asked: Asked, told: Told) -> Study:
    """Answer a question about clusters."""
    question, cases = asked.question, asked.cases
    if question.scan != "space_time_permutation" and not cases.counts_homes:
        return asked.study([], shortage="households")
    places = _Places.of(cases, homes=question.scan != "space_time_permutation")
    asked.told |= {"places": len(places.xy), "step_days": _step_days(question)}
    asked.told["most_days"] = _most_steps(question) * _step_days(question)
    groups = asked.groups(LEAST)
    if not groups or len(cases.tickets) < LEAST:
        return asked.study([], shortage="cases")
    scans = [
        _scan(asked, places, group, _part(told, done, len(groups)))
        for done, group in enumerate(groups)
    ]
    asked.told |= {"scans": len(scans), "zones": max(one.zones for one in scans)}
    finds = [
        _find(asked, places, group, one, q)
        for group, found, corrected in zip(groups, scans, _corrected(scans), strict=True)
        for one, q in zip(found.clusters, corrected, strict=True)
        if q <= SURE
    ]
    finds.sort(key=lambda one: (one.q or 0, one.p or 0, -len(one.tickets)))
    return asked.study(finds)


def _part(told: Told, done: int, parts: int) -> Told:
    """Tell of a part's progress as one of the whole."""
    return lambda share: told((done + share) / parts)


@dataclass(frozen=True)
class _Places:
    """Where tickets are counted: buildings, those with homes where rates are asked for.

    Attributes
    ----------
    building
        Positions in the cases' buildings.
    xy
        (n, 2) metres.
    households
        In each.
    of_ticket
        Place of each ticket.
    """

    building: Positions
    xy: Floats
    households: Floats
    of_ticket: Positions

    @classmethod
    def of(cls, cases: Cases, *, homes: bool) -> _Places:
        """Put each ticket at its building, or the nearest that can be counted at.

        Where tickets alone are compared, a building without any adds nothing to a circle.
        """
        size = len(cases.buildings)
        called = np.bincount(cases.nearest, minlength=size) > 0 if size else np.empty(0, bool)
        usable = cases.households > 0 if homes else called
        building = np.flatnonzero(usable)
        if building.size == 0:
            unique, at = np.unique(np.round(cases.xy), axis=0, return_inverse=True)
            return cls(np.empty(0, np.int64), unique, np.ones(len(unique)), at.ravel())
        at = _positions(building, cases.nearest, len(cases.buildings))
        lost = np.flatnonzero(at < 0)
        tree = shapely.STRtree(shapely.points(cases.homes_xy[building]))
        at[lost] = tree.nearest(shapely.points(cases.xy[lost]))
        return cls(building, cases.homes_xy[building], cases.households[building], at)


def _positions(known: Positions, wanted: Positions, size: int) -> Positions:
    table = np.full(size + 1, -1)
    table[known] = np.arange(known.size)
    return table[wanted]


# -------------------------------------------------------------------------------- one scan


def _step_days(question: Question) -> int:
    return _WEEK if question.days > _LONG_DAYS else 1


def _steps(question: Question) -> int:
    return max(1, question.days // _step_days(question))


def _most_steps(question: Question) -> int:
    most = _MOST_WEEKS if _step_days(question) > 1 else _MOST_DAYS
    return max(1, min(most, _steps(question) // _PART))


def _step(asked: Asked, group: Group) -> Positions:
    """Return the step of each ticket; steps end with the period, the first may be cut off."""
    question = asked.question
    day = asked.cases.tickets["day"].to_numpy()[group.tickets]
    return _steps(question) - 1 - (question.stop - 1 - day) // _step_days(question)


def _scan(asked: Asked, places: _Places, group: Group, told: Told) -> Scan:
    question = asked.question
    drawn: dict[str, Any] = {
        "max_radius_m": question.radius_m,
        "simulations": question.simulations,
        "seed": question.seed,
        "told": told,
    }
    at, step = places.of_ticket[group.tickets], _step(asked, group)
    inside = step >= 0
    at, step = at[inside], step[inside]
    if question.scan == "poisson":
        cases = np.bincount(at, minlength=len(places.xy)).astype(np.float64)
        return scan.poisson(cases, places.households, places.xy, **drawn)
    drawn |= {
        "max_steps": _most_steps(question),
        "prospective": question.prospective,
        "step_days": float(_step_days(question)),
    }
    if question.scan == "space_time_permutation":
        return scan.space_time_permutation(at, step, places.xy, _steps(question), **drawn)
    cases = np.zeros((len(places.xy), _steps(question)))
    np.add.at(cases, (at, step), 1)
    return scan.space_time_poisson(cases, places.households, places.xy, **drawn)


# ------------------------------------------------------------------------------ what is found


def _corrected(scans: Sequence[Scan]) -> list[list[float]]:
    """Return for each cluster how often the strongest of all scans is as strong by accident.

    A ratio is made comparable between scans by the mean and spread of its scan's simulated maxima.
    Simulation number r of all scans makes one period of pure chance; a cluster's rank is that among
    the strongest of each period (single step of Westfall and Young 1993, chapter 2).
    """
    scaled = [_scaled(one.maxima, one.maxima) for one in scans]
    strongest = np.sort(np.max(scaled, axis=0))
    return [
        [
            (1 + len(strongest) - int(np.searchsorted(strongest, ratio - _ROUNDING)))
            / (len(strongest) + 1)
            for ratio in _scaled(np.array([one.llr for one in found.clusters]), found.maxima)
        ]
        for found in scans
    ]


def _scaled(ratios: Floats, maxima: Floats) -> Floats:
    spread = float(maxima.std()) or 1.0
    scaled: Floats = (ratios - maxima.mean()) / spread
    return scaled


def _find(asked: Asked, places: _Places, group: Group, one: Cluster, q: float) -> Find:
    question = asked.question
    start, stop = question.start, question.stop
    inside = np.isin(places.of_ticket[group.tickets], one.members)
    if one.first_step is not None and one.last_step is not None:
        step = _step(asked, group)
        inside &= (step >= one.first_step) & (step <= one.last_step)
        days, steps = _step_days(question), _steps(question)
        start = question.stop - (steps - one.first_step) * days
        stop = question.stop - (steps - 1 - one.last_step) * days
    x, y = places.xy[one.centre].tolist()
    ids = (
        asked.cases.buildings["id"].to_numpy()[places.building[one.members]]
        if len(places.building)
        else one.members
    )
    # So often an alarm like this one comes up by accident if one looks once a step.
    recurrence = None if one.recurrence_days is None else _step_days(question) / q
    return Find(
        kind="cluster",
        class_code=group.code,
        keys=tuple(map(str, ids.tolist())),
        xy=(x, y),
        radius_m=one.radius_m,
        tickets=group.tickets[inside],
        first_day=start,
        last_day=stop - 1,
        expected=one.expected,
        relative_risk=one.relative_risk,
        p=one.p,
        q=q,
        recurrence_days=recurrence,
    )
