"""What the indicators count: from facts and a window to a numerator and a denominator per area.

One indicator is one function; what it means in words stands in `geo.indicators`. Where a formula is
not plain from the code, its docstring says it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import visits as calling
from geo.facts import DAY_US, NEVER_US, Facts, Window
from geo.workload import DAYS_PER_MONTH, handling_hours, walking_hours

Floats = npt.NDArray[np.float64]
Fraction = tuple[Floats, Floats | None]
Compute = Callable[[Facts, Window], Fraction]

T = TypeVar("T")

VISIT_YEAR_DAYS = 365


def _shared(step: Callable[[Facts, Window], T]) -> Callable[[Facts, Window], T]:
    """Mark a step that several indicators rest on: it is done once for each window."""

    @wraps(step)
    def once(facts: Facts, window: Window) -> T:
        return facts.once(step, window)

    return once


def _count(areas: pd.Series, size: int, where: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Count rows per area."""
    position = areas.to_numpy()
    chosen = position if where is None else position[where]
    return np.bincount(chosen, minlength=size).astype(np.float64)


def _sum(facts: Facts, column: str) -> Floats:
    """Sum a column of the buildings per area."""
    buildings = facts.buildings
    return np.bincount(
        buildings["area"].to_numpy(), buildings[column].to_numpy(), minlength=facts.size
    ).astype(np.float64)


def summed(column: str) -> Compute:
    """Make the computation of an indicator that is one column of the buildings."""

    def compute(facts: Facts, _window: Window) -> Fraction:
        return _sum(facts, column), None

    return compute


def occupied(facts: Facts) -> Floats:
    """Count occupied dwellings (resident or rented) per area."""
    return _sum(facts, "state_resident") + _sum(facts, "state_rented")


def party_members(facts: Facts, _window: Window) -> Fraction:
    """Count party members."""
    return _count(facts.members["area"], facts.size), None


def party_contact(facts: Facts, window: Window) -> Fraction:
    """Count occupied households with an active link, of all occupied ones."""
    since, until = facts.links["since_day"].to_numpy(), facts.links["until_day"].to_numpy()
    active = (since <= window.day) & (until > window.day)
    return _count(facts.links["area"], facts.size, active), occupied(facts)


@_shared
def _reported_in(facts: Facts, window: Window) -> npt.NDArray[np.bool_]:
    reported = facts.tickets["reported_us"].to_numpy()
    return np.asarray((reported >= window.start_us) & (reported < window.stop_us))


@_shared
def _reported(facts: Facts, window: Window) -> Floats:
    return _count(facts.tickets["area"], facts.size, _reported_in(facts, window))


def care_elderly(facts: Facts, _window: Window) -> Fraction:
    """Count old people of any class of care."""
    classes = ("care_high_risk", "care_key", "care_general")
    return np.sum([_sum(facts, name) for name in classes], axis=0), None


def rented_share(facts: Facts, _window: Window) -> Fraction:
    """Relate rented dwellings to all households."""
    return _sum(facts, "state_rented"), _sum(facts, "households")


def party_served(facts: Facts, _window: Window) -> Fraction:
    """Count occupied households that are, or could be, in contact with a party household."""
    missed = _sum(facts, "contact_no_capacity") + _sum(facts, "contact_out_of_reach")
    homes = occupied(facts)
    return homes - missed, homes


def tickets(facts: Facts, window: Window) -> Fraction:
    """Count tickets reported in the window."""
    return _reported(facts, window), None


def tickets_proactive(facts: Facts, window: Window) -> Fraction:
    """Count tickets the grid's own patrol reported in the window."""
    own = facts.tickets["patrol"].to_numpy()
    return _count(facts.tickets["area"], facts.size, _reported_in(facts, window) & own), None


def tickets_received(facts: Facts, window: Window) -> Fraction:
    """Count tickets others reported in the window."""
    others = ~facts.tickets["patrol"].to_numpy()
    return _count(facts.tickets["area"], facts.size, _reported_in(facts, window) & others), None


def repeat_addresses(facts: Facts, window: Window) -> Fraction:
    """Count buildings that a ticket of the window repeats an earlier one from."""
    building = facts.tickets["building"].to_numpy()
    again = _reported_in(facts, window) & facts.tickets["repeat"].to_numpy() & (building >= 0)
    _buildings, rows = np.unique(building[again], return_index=True)
    return _count(facts.tickets["area"][again].iloc[rows], facts.size), None


@_shared
def _open_at(facts: Facts, window: Window) -> npt.NDArray[np.bool_]:
    """Tell which tickets were waiting at the snapshot.

    When a ticket was returned, or found unfounded or a duplicate, is not recorded: those were
    never open. A ticket closed later was.
    """
    tickets = facts.tickets
    closed = tickets["closed_us"].to_numpy()
    waiting = tickets["open"].to_numpy() | (closed != NEVER_US)
    reported = tickets["reported_us"].to_numpy() <= window.at_us
    return np.asarray(waiting & reported & (closed > window.at_us))


def tickets_open(facts: Facts, window: Window) -> Fraction:
    """Count tickets that were waiting at the snapshot."""
    return _count(facts.tickets["area"], facts.size, _open_at(facts, window)), None


def tickets_overdue(facts: Facts, window: Window) -> Fraction:
    """Count tickets that were waiting past their due time."""
    late = facts.tickets["due_us"].to_numpy() < window.at_us
    return _count(facts.tickets["area"], facts.size, _open_at(facts, window) & late), None


def tickets_per_1000(facts: Facts, window: Window) -> Fraction:
    """Relate tickets to households."""
    return _reported(facts, window), _sum(facts, "households")


def on_time(facts: Facts, window: Window) -> Fraction:
    """Relate tickets closed in time to those that had to be."""
    due, closed = facts.tickets["due_us"].to_numpy(), facts.tickets["closed_us"].to_numpy()
    finished = (due != NEVER_US) & (closed >= window.start_us) & (closed < window.stop_us)
    failed = _open_at(facts, window) & (due >= window.start_us) & (due < window.at_us)
    area = facts.tickets["area"]
    return (
        _count(area, facts.size, finished & (closed <= due)),
        _count(area, facts.size, finished | failed),
    )


@_shared
def workers(facts: Facts, window: Window) -> Floats:
    """Count leaders and workers per area; somebody on k grids counts 1/k on each."""
    staff, area = facts.roles["staff"].to_numpy(), facts.roles["area"].to_numpy()
    begun = facts.roles["from_day"].to_numpy() <= window.day
    active = begun & (facts.roles["to_day"].to_numpy() > window.day)
    # Several roles of one person on one grid are one.
    person, place = np.divmod(np.unique(staff[active] * facts.size + area[active]), facts.size)
    _people, who, grids = np.unique(person, return_inverse=True, return_counts=True)
    return np.bincount(place, 1.0 / grids[who], minlength=facts.size).astype(np.float64)


def households_per_worker(facts: Facts, window: Window) -> Fraction:
    """Relate households to leaders and workers."""
    return _sum(facts, "households"), workers(facts, window)


def visits(facts: Facts, window: Window) -> Fraction:
    """Count visits that met somebody."""
    inside = _made(facts, window.start_us, window.stop_us)
    return _count(facts.visits["area"][inside], facts.size), None


def _made(facts: Facts, start_us: int, stop_us: int) -> slice:
    """Return which visits were made in a half-open range of instants."""
    start, stop = np.searchsorted(facts.visits["at_us"].to_numpy(), [start_us, stop_us])
    return slice(int(start), int(stop))


def _last_met_us(facts: Facts, before_us: int) -> npt.NDArray[np.int64]:
    """Return when each occupied household was last met before an instant."""
    # One more, last, for visits to what is not an occupied household (-1).
    last = np.full(len(facts.households) + 1, calling.NEVER_MET_US)
    past = facts.visits[_made(facts, calling.NEVER_MET_US, before_us)]
    # Oldest first, and the last assignment wins.
    last[past["household"].to_numpy()] = past["at_us"].to_numpy()
    return last[:-1]


@_shared
def _last_met_at(facts: Facts, window: Window) -> npt.NDArray[np.int64]:
    """Return when each occupied household was last met, up to the snapshot."""
    return _last_met_us(facts, window.at_us + 1)


def households_visited(facts: Facts, window: Window) -> Fraction:
    """Count occupied households met within a year, of all occupied ones."""
    recent = _last_met_at(facts, window) > window.at_us - VISIT_YEAR_DAYS * DAY_US
    return _count(facts.households["area"], facts.size, recent), occupied(facts)


def visits_overdue(facts: Facts, window: Window) -> Fraction:
    """Count households not met within their interval."""
    allowed = facts.households["visit_days"].to_numpy().astype(np.int64) * DAY_US
    late = _last_met_at(facts, window) < window.at_us - allowed
    return _count(facts.households["area"], facts.size, late), None


def elderly_reach(facts: Facts, _window: Window) -> Fraction:
    """Count residents of 60 or more within reach of an elderly service."""
    return _sum(facts, "elderly_near"), _sum(facts, "age60")


@_shared
def _due(facts: Facts, window: Window) -> calling.Standing:
    until_us = min(window.stop_us, window.at_us + 1)
    seen = np.zeros(len(facts.households) + 1, dtype=bool)
    seen[facts.visits["household"].to_numpy()[_made(facts, window.start_us, until_us)]] = True
    return calling.standing(
        _last_met_us(facts, window.start_us),
        seen[:-1],
        facts.households["visit_days"].to_numpy(),
        window.start_us,
        until_us,
    )


def visits_due(facts: Facts, window: Window) -> Fraction:
    """Count households whose interval ran out before the end of the window."""
    return _count(facts.households["area"], facts.size, _due(facts, window).due), None


def visit_coverage(facts: Facts, window: Window) -> Fraction:
    """Relate the due households that were met in the window to all that were due."""
    standing, area = _due(facts, window), facts.households["area"]
    done = standing.due & standing.done
    return _count(area, facts.size, done), _count(area, facts.size, standing.due)


def circle_reach(facts: Facts, _window: Window) -> Fraction:
    """Count residents who reach every required service in its time."""
    return _sum(facts, "circle_near"), _sum(facts, "residents")


def of_ground(column: str) -> Compute:
    """Make the computation of an indicator that is one column of the ground."""

    def compute(facts: Facts, _window: Window) -> Fraction:
        return facts.ground[column].to_numpy(np.float64), None

    return compute


def green_share(facts: Facts, _window: Window) -> Fraction:
    """Relate green ground to all ground."""
    ground = facts.ground
    return ground["green_m2"].to_numpy(np.float64), ground["ground_m2"].to_numpy(np.float64)


def stock(kind: str) -> Compute:
    """Make the computation of an indicator that counts facilities of one kind."""

    def compute(facts: Facts, _window: Window) -> Fraction:
        return _count(facts.stock["area"], facts.size, facts.stock["kind"].to_numpy() == kind), None

    return compute


@_shared
def workload_hours(facts: Facts, window: Window) -> Fraction:
    """Add up the hours a month that an area's tickets, visits and ways take.

    Tickets of the window are scaled to a month; visits are those that keep every household within
    its interval, whether they are made or not. See `geo.workload`.
    """
    tickets = _reported(facts, window) * DAYS_PER_MONTH / window.days
    households = facts.households
    each = DAYS_PER_MONTH / households["visit_days"].to_numpy()
    due = np.bincount(households["area"].to_numpy(), each, minlength=facts.size)
    area_m2, hours = facts.ground["ground_m2"].to_numpy(np.float64), np.zeros(facts.size)
    for community, norms in enumerate(facts.norms):
        own = facts.community == community
        hours[own] = handling_hours(tickets[own], due[own], norms)
        hours[own] += walking_hours(due[own], area_m2[own], norms)
    return hours, None


def hours_per_worker(facts: Facts, window: Window) -> Fraction:
    """Relate the hours of work to the people who do it."""
    return workload_hours(facts, window)[0], workers(facts, window)
