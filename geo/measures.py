"""What the indicators count: from facts and windows to a numerator and a denominator per area.

All windows are counted at once, in tables of a row a window and a column a thing. One indicator is
one function; what it means in words stands in `geo.indicators`. Where a formula is not plain from
the code, its docstring says it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import visits as calling
from geo.facts import DAY_US, NEVER_US, Facts, Windows
from geo.workload import DAYS_PER_MONTH, handling_hours, walking_hours

Floats = npt.NDArray[np.float64]
Instants = npt.NDArray[np.int64]
Table = npt.NDArray[np.bool_]
Fraction = tuple[Floats, Floats | None]
"""Numerator and denominator, shape (windows, areas), or (areas,) where all windows have the same;
the denominator is None where nothing is divided."""

Compute = Callable[[Facts, Windows], Fraction]

T = TypeVar("T")

VISIT_YEAR_DAYS = 365


def _shared(step: Callable[[Facts, Windows], T]) -> Callable[[Facts, Windows], T]:
    """Mark a step that several indicators rest on: it is done once for the same windows."""

    @wraps(step)
    def once(facts: Facts, windows: Windows) -> T:
        return facts.once(step, windows)

    return once


def _count(areas: pd.Series, size: int) -> Floats:
    """Count rows per area."""
    return np.bincount(areas.to_numpy(), minlength=size).astype(np.float64)


def _count_in(where: Table, areas: pd.Series, size: int) -> Floats:
    """Count the chosen rows per window and area; `where` is of shape (windows, rows)."""
    window, row = np.nonzero(where)
    return _tally(window, areas.to_numpy()[row], (len(where), size))


def _tally(
    window: npt.NDArray[np.int64], area: npt.NDArray[np.int64], shape: tuple[int, int]
) -> Floats:
    """Count pairs of a window and an area."""
    counted = np.bincount(window * shape[1] + area, minlength=shape[0] * shape[1])
    return counted.reshape(shape).astype(np.float64)


def _sum(facts: Facts, column: str) -> Floats:
    """Sum a column of the buildings per area."""
    buildings = facts.buildings
    return np.bincount(
        buildings["area"].to_numpy(), buildings[column].to_numpy(), minlength=facts.size
    ).astype(np.float64)


def summed(column: str) -> Compute:
    """Make the computation of an indicator that is one column of the buildings."""

    def compute(facts: Facts, _windows: Windows) -> Fraction:
        return _sum(facts, column), None

    return compute


def occupied(facts: Facts) -> Floats:
    """Count occupied dwellings (resident or rented) per area."""
    return _sum(facts, "state_resident") + _sum(facts, "state_rented")


def party_members(facts: Facts, _windows: Windows) -> Fraction:
    """Count party members."""
    return _count(facts.members["area"], facts.size), None


def party_contact(facts: Facts, windows: Windows) -> Fraction:
    """Count occupied households with an active link, of all occupied ones."""
    since, until = facts.links["since_day"].to_numpy(), facts.links["until_day"].to_numpy()
    active = (since <= windows.day) & (until > windows.day)
    return _count_in(active, facts.links["area"], facts.size), occupied(facts)


@_shared
def _reported_in(facts: Facts, windows: Windows) -> Table:
    reported = facts.tickets["reported_us"].to_numpy()
    return np.asarray((reported >= windows.start_us) & (reported < windows.stop_us))


@_shared
def _reported(facts: Facts, windows: Windows) -> Floats:
    return _count_in(_reported_in(facts, windows), facts.tickets["area"], facts.size)


@_shared
def _patrolled(facts: Facts, windows: Windows) -> Floats:
    own = _reported_in(facts, windows) & facts.tickets["patrol"].to_numpy()
    return _count_in(own, facts.tickets["area"], facts.size)


def care_elderly(facts: Facts, _windows: Windows) -> Fraction:
    """Count old people of any class of care."""
    classes = ("care_high_risk", "care_key", "care_general")
    return np.sum([_sum(facts, name) for name in classes], axis=0), None


def rented_share(facts: Facts, _windows: Windows) -> Fraction:
    """Relate rented dwellings to all households."""
    return _sum(facts, "state_rented"), _sum(facts, "households")


def party_served(facts: Facts, _windows: Windows) -> Fraction:
    """Count occupied households that are, or could be, in contact with a party household."""
    missed = _sum(facts, "contact_no_capacity") + _sum(facts, "contact_out_of_reach")
    homes = occupied(facts)
    return homes - missed, homes


def tickets(facts: Facts, windows: Windows) -> Fraction:
    """Count tickets reported in the window."""
    return _reported(facts, windows), None


def tickets_proactive(facts: Facts, windows: Windows) -> Fraction:
    """Count tickets the grid's own patrol reported in the window."""
    return _patrolled(facts, windows), None


def tickets_received(facts: Facts, windows: Windows) -> Fraction:
    """Count tickets others reported in the window."""
    return _reported(facts, windows) - _patrolled(facts, windows), None


def repeat_addresses(facts: Facts, windows: Windows) -> Fraction:
    """Count buildings that a ticket of the window repeats an earlier one from."""
    building = facts.tickets["building"].to_numpy()
    again = np.flatnonzero(facts.tickets["repeat"].to_numpy() & (building >= 0))
    window, row = np.nonzero(_reported_in(facts, windows)[:, again])
    address = window * (building.max(initial=0) + 1) + building[again[row]]
    _addresses, first = np.unique(address, return_index=True)
    area = facts.tickets["area"].to_numpy()[again[row[first]]]
    return _tally(window[first], area, (len(windows), facts.size)), None


@_shared
def _open_at(facts: Facts, windows: Windows) -> Table:
    """Tell which tickets were waiting at the snapshot.

    When a ticket was returned, or found unfounded or a duplicate, is not recorded: those were
    never open. A ticket closed later was.
    """
    tickets = facts.tickets
    closed = tickets["closed_us"].to_numpy()
    waiting = tickets["open"].to_numpy() | (closed != NEVER_US)
    reported = tickets["reported_us"].to_numpy() <= windows.at_us
    return np.asarray(waiting & reported & (closed > windows.at_us))


def tickets_open(facts: Facts, windows: Windows) -> Fraction:
    """Count tickets that were waiting at the snapshot."""
    return _count_in(_open_at(facts, windows), facts.tickets["area"], facts.size), None


def tickets_overdue(facts: Facts, windows: Windows) -> Fraction:
    """Count tickets that were waiting past their due time."""
    late = _open_at(facts, windows) & (facts.tickets["due_us"].to_numpy() < windows.at_us)
    return _count_in(late, facts.tickets["area"], facts.size), None


def tickets_per_1000(facts: Facts, windows: Windows) -> Fraction:
    """Relate tickets to households."""
    return _reported(facts, windows), _sum(facts, "households")


def on_time(facts: Facts, windows: Windows) -> Fraction:
    """Relate tickets closed in time to those that had to be."""
    due, closed = facts.tickets["due_us"].to_numpy(), facts.tickets["closed_us"].to_numpy()
    finished = (due != NEVER_US) & (closed >= windows.start_us) & (closed < windows.stop_us)
    failed = _open_at(facts, windows) & (due >= windows.start_us) & (due < windows.at_us)
    area = facts.tickets["area"]
    return (
        _count_in(finished & (closed <= due), area, facts.size),
        _count_in(finished | failed, area, facts.size),
    )


@_shared
def workers(facts: Facts, windows: Windows) -> Floats:
    """Count leaders and workers per area; somebody on k grids counts 1/k on each."""
    return np.stack([_workers_on(facts, day) for day in windows.day.ravel().tolist()])


def _workers_on(facts: Facts, day: int) -> Floats:
    staff, area = facts.roles["staff"].to_numpy(), facts.roles["area"].to_numpy()
    active = facts.roles["from_day"].to_numpy() <= day
    active &= facts.roles["to_day"].to_numpy() > day
    # Several roles of one person on one grid are one.
    person, place = np.divmod(np.unique(staff[active] * facts.size + area[active]), facts.size)
    _people, who, grids = np.unique(person, return_inverse=True, return_counts=True)
    return np.bincount(place, 1.0 / grids[who], minlength=facts.size).astype(np.float64)


def households_per_worker(facts: Facts, windows: Windows) -> Fraction:
    """Relate households to leaders and workers."""
    return _sum(facts, "households"), workers(facts, windows)


def visits(facts: Facts, windows: Windows) -> Fraction:
    """Count visits that met somebody."""
    made = _made(facts, windows.start_us, windows.stop_us)
    return np.stack([_count(facts.visits["area"][inside], facts.size) for inside in made]), None


def _made(facts: Facts, start_us: Instants, stop_us: Instants) -> list[slice]:
    """Return which visits were made in each of some half-open ranges of instants."""
    at_us = facts.visits["at_us"].to_numpy()
    start, stop = (np.searchsorted(at_us, ends.ravel()).tolist() for ends in (start_us, stop_us))
    return [slice(*ends) for ends in zip(start, stop, strict=True)]


def _last_met_us(facts: Facts, before_us: Instants) -> Instants:
    """Return when each occupied household was last met before some instants.

    Parameters
    ----------
    before_us
        Shape (windows, 1).

    Returns
    -------
    array of (windows, households)
    """
    household, at_us = (facts.visits[name].to_numpy() for name in ("household", "at_us"))
    # One more, last, for visits to what is not an occupied household (-1).
    now = np.full(len(facts.households) + 1, calling.NEVER_MET_US)
    last = np.empty((len(before_us), len(now)), dtype=np.int64)
    stops, done = np.searchsorted(at_us, before_us.ravel()), 0
    for window in np.argsort(stops, kind="stable"):
        # Oldest first, and the last assignment wins.
        now[household[done : stops[window]]] = at_us[done : stops[window]]
        last[window], done = now, stops[window]
    return last[:, :-1]


@_shared
def _last_met_at(facts: Facts, windows: Windows) -> Instants:
    """Return when each occupied household was last met, up to the snapshot."""
    return _last_met_us(facts, windows.at_us + 1)


def households_visited(facts: Facts, windows: Windows) -> Fraction:
    """Count occupied households met within a year, of all occupied ones."""
    recent = _last_met_at(facts, windows) > windows.at_us - VISIT_YEAR_DAYS * DAY_US
    return _count_in(recent, facts.households["area"], facts.size), occupied(facts)


def visits_overdue(facts: Facts, windows: Windows) -> Fraction:
    """Count households not met within their interval."""
    allowed = facts.households["visit_days"].to_numpy().astype(np.int64) * DAY_US
    late = _last_met_at(facts, windows) < windows.at_us - allowed
    return _count_in(late, facts.households["area"], facts.size), None


def elderly_reach(facts: Facts, _windows: Windows) -> Fraction:
    """Count residents of 60 or more within reach of an elderly service."""
    return _sum(facts, "elderly_near"), _sum(facts, "age60")


@_shared
def _due(facts: Facts, windows: Windows) -> calling.Standing:
    """Tell how each household stood in each window, tables of (windows, households)."""
    until_us = np.minimum(windows.stop_us, windows.at_us + 1)
    household = facts.visits["household"].to_numpy()
    seen = np.zeros((len(windows), len(facts.households) + 1), dtype=bool)
    for window, inside in enumerate(_made(facts, windows.start_us, until_us)):
        seen[window, household[inside]] = True
    days = facts.households["visit_days"].to_numpy()
    before_us = _last_met_us(facts, windows.start_us)
    ends = zip(windows.start_us.ravel().tolist(), until_us.ravel().tolist(), strict=True)
    each = [
        calling.standing(before_us[window], seen[window, :-1], days, start_us, stop_us)
        for window, (start_us, stop_us) in enumerate(ends)
    ]
    return calling.Standing(*(np.stack(table) for table in zip(*each, strict=True)))


@_shared
def _due_count(facts: Facts, windows: Windows) -> Floats:
    return _count_in(_due(facts, windows).due, facts.households["area"], facts.size)


def visits_due(facts: Facts, windows: Windows) -> Fraction:
    """Count households whose interval ran out before the end of the window."""
    return _due_count(facts, windows), None


def visit_coverage(facts: Facts, windows: Windows) -> Fraction:
    """Relate the due households that were met in the window to all that were due."""
    done = _count_in(_due(facts, windows).done, facts.households["area"], facts.size)
    return done, _due_count(facts, windows)


def circle_reach(facts: Facts, _windows: Windows) -> Fraction:
    """Count residents who reach every required service in its time."""
    return _sum(facts, "circle_near"), _sum(facts, "residents")


def of_ground(column: str) -> Compute:
    """Make the computation of an indicator that is one column of the ground."""

    def compute(facts: Facts, _windows: Windows) -> Fraction:
        return facts.ground[column].to_numpy(np.float64), None

    return compute


def green_share(facts: Facts, _windows: Windows) -> Fraction:
    """Relate green ground to all ground."""
    ground = facts.ground
    return ground["green_m2"].to_numpy(np.float64), ground["ground_m2"].to_numpy(np.float64)


def stock(kind: str) -> Compute:
    """Make the computation of an indicator that counts facilities of one kind."""

    def compute(facts: Facts, _windows: Windows) -> Fraction:
        own = facts.stock["kind"].to_numpy() == kind
        return _count(facts.stock["area"][own], facts.size), None

    return compute


@_shared
def workload_hours(facts: Facts, windows: Windows) -> Fraction:
    """Add up the hours a month that an area's tickets, visits and ways take.

    Tickets of the window are scaled to a month; visits are those that keep every household within
    its interval, whether they are made or not. See `geo.workload`.
    """
    tickets = _reported(facts, windows) * DAYS_PER_MONTH / windows.days
    households = facts.households
    each = DAYS_PER_MONTH / households["visit_days"].to_numpy()
    due = np.bincount(households["area"].to_numpy(), each, minlength=facts.size)
    area_m2, hours = facts.ground["ground_m2"].to_numpy(np.float64), np.zeros(tickets.shape)
    for community, norms in enumerate(facts.norms):
        own = facts.community == community
        hours[:, own] = handling_hours(tickets[:, own], due[own], norms)
        hours[:, own] += walking_hours(due[own], area_m2[own], norms)
    return hours, None


def hours_per_worker(facts: Facts, windows: Windows) -> Fraction:
    """Relate the hours of work to the people who do it."""
    return workload_hours(facts, windows)[0], workers(facts, windows)
