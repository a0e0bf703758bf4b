"""Scan statistics: clusters of tickets in space, or in space and time, and how sure they are.

A scan looks at every circle around every place (and, in time, every window: a cylinder) and asks
where the number of cases is least like chance. As it looks at so many zones, the best of them is
compared with the best zones of maps of pure chance.

`poisson`
    Cases against people: do more happen here than elsewhere, for as many households?
    (Kulldorff 1997, 10.1080/03610929708831995)
`space_time_poisson`
    The same in cylinders: more than elsewhere and at other times.
    (Kulldorff 2001, 10.1111/1467-985X.00186)
`space_time_permutation`
    Cases alone: more at this place at this time than its usual number and the usual number of that
    time let expect. It sees neither a place that is always busy nor a time that is busy everywhere.
    (Kulldorff and others 2005, 10.1371/journal.pmed.0020059)

As in SaTScan: a cluster of excess has at least two cases; of each centre only the best zone is
kept; a further cluster is told only if it shares no place with one told before, at whatever time;
of equals the one with fewer places goes first; and all are compared with the largest ratio of each
simulated map, so the p of the further ones is on the safe side. Unlike there, places at the same
distance from a centre enter its circle together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.scan import checks
from geo.scan.results import METHODS, SIDES, Cluster, Found, Scan
from geo.scan.search import Counts, Draw, Task, Told, best_zones, simulated_maxima
from geo.scan.zones import Floats, Ints, Places, circles_of, places_of, windows_of

__all__ = [
    "METHODS",
    "SIDES",
    "Cluster",
    "Scan",
    "poisson",
    "space_time_permutation",
    "space_time_poisson",
]


@dataclass(frozen=True)
class _Study:
    """A scan ready to go."""

    task: Task
    places: Places
    observed: Counts
    draw: Draw
    method: str
    simulations: int
    step_days: float | None = None

    def run(self, told: Told | None) -> Scan:
        """Scan the observed map and the simulated ones."""
        task, tell = self.task, told or _nobody
        best = best_zones(task, self.observed)
        maxima = simulated_maxima(task, self.draw, self.simulations, tell)
        in_time = self.method != "poisson"
        found = Found(task, self.places, best, maxima, in_time, self.step_days)
        zones = task.circles.count * len(task.windows.first)
        tell(1.0)
        return Scan(found.clusters(), self.simulations, maxima, task.total, self.method, zones)


def _nobody(_share: float) -> None:
    """Hear the share done, for nobody."""


def poisson(  # noqa: PLR0913 - the agreed question
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    xy: npt.ArrayLike,
    *,
    max_share: float = 0.5,
    max_radius_m: float | None = None,
    simulations: int = 999,
    seed: int = 0,
    sides: str = "high",
    told: Told | None = None,
) -> Scan:
    """Find clusters in space: more cases (or fewer) than the number of people lets expect.

    Parameters
    ----------
    cases
        Cases at each location (n,), whole numbers.
    population
        People (or households) at each location (n,).
    xy
        Coordinates (n, 2) in metres. Locations with the same coordinates are one place.
    max_share
        No circle holds more than this share of the people.
    max_radius_m
        No circle reaches further than this; None for no limit.
    simulations
        Number of simulated maps.
    seed
        Seed of the random numbers.
    sides
        Key of `SIDES`.
    told
        Hears the share done now and then; what it raises comes through at once.

    Raises
    ------
    GeometryError
        Coordinates are missing or not numbers.
    InputError
        Numbers do not fit together, or there are cases where nobody lives.
    """
    checks.question(max_share, max_radius_m, simulations, sides)
    at, counts = checks.coordinates(xy), checks.whole(cases)
    places = places_of(at)
    share = _share(checks.people(population, counts, at), places)
    circles = circles_of(places.xy, share, max_share, max_radius_m)
    total = int(counts.sum())
    windows = windows_of(1, 1, prospective=False)
    task = Task(circles, windows, total * share[:, None], total, sides)
    rng = np.random.default_rng(seed)
    observed = np.bincount(places.of_row, counts, len(places.xy)).astype(np.int64)[:, None]

    def draw(size: int) -> Counts:
        drawn = rng.multinomial(task.total, share, size=size).T
        return np.ascontiguousarray(drawn[:, None, :], dtype=task.dtype)

    return _Study(task, places, observed, draw, "poisson", simulations).run(told)


def space_time_poisson(  # noqa: PLR0913 - the agreed question
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    xy: npt.ArrayLike,
    *,
    max_share: float = 0.5,
    max_radius_m: float | None = None,
    max_steps: int | None = None,
    prospective: bool = False,
    step_days: float = 1.0,
    simulations: int = 999,
    seed: int = 0,
    told: Told | None = None,
) -> Scan:
    """Find clusters in space and time: more cases than the number of people lets expect.

    Expected is a number proportional to people and to the length of the window. If the number of
    people changes, or what is expected is known for each step (as after adjusting for age), give it
    for each step.

    Parameters
    ----------
    cases
        Cases at each location in each step (n, steps), whole numbers.
    population
        People (or households) at each location (n,), or at each in each step (n, steps).
    xy
        Coordinates (n, 2) in metres. Locations with the same coordinates are one place.
    max_share
        No circle holds more than this share of the people.
    max_radius_m
        No circle reaches further than this; None for no limit.
    max_steps
        Most steps of a window; None for half of the period.
    prospective
        Only windows that end with the last step.
    step_days
        Length of a step, which is also how often one looks.
    simulations
        Number of simulated maps.
    seed
        Seed of the random numbers.
    told
        Hears the share done now and then; what it raises comes through at once.

    Raises
    ------
    GeometryError
        Coordinates are missing or not numbers.
    InputError
        Numbers do not fit together, or there are cases where nobody lives.
    """
    checks.question(max_share, max_radius_m, simulations)
    at, table = checks.coordinates(xy), checks.whole(cases, dimensions=2)
    steps = table.shape[1]
    longest = checks.longest(steps, max_steps)
    windows = windows_of(steps, longest, prospective=prospective)
    places = places_of(at)
    by_step = _by_place(checks.people_in_time(population, table, at), places)
    circles = circles_of(places.xy, by_step.sum(axis=1), max_share, max_radius_m)
    total = int(table.sum())
    task = Task(circles, windows, total * windows.sums(by_step), total, "high")
    rng = np.random.default_rng(seed)
    row, step = (np.repeat(index.ravel(), table.ravel()) for index in np.indices(table.shape))
    observed = _in_windows(task, places.of_row[row], step[None, :])[:, :, 0]
    cells = np.indices(by_step.shape).reshape(2, -1)

    def draw(size: int) -> Counts:
        drawn = (rng.multinomial(total, by_step.ravel()) for _map in range(size))
        events = (np.repeat(cells, number, axis=1) for number in drawn)
        return np.concatenate([_in_windows(task, at, when[None, :]) for at, when in events], axis=2)

    every = step_days if prospective else None
    study = _Study(task, places, observed, draw, "space_time_poisson", simulations, every)
    return study.run(told)


def space_time_permutation(  # noqa: PLR0913 - the agreed question
    location: npt.ArrayLike,
    step: npt.ArrayLike,
    xy: npt.ArrayLike,
    n_steps: int,
    *,
    max_radius_m: float | None = None,
    max_share: float = 0.5,
    max_steps: int | None = None,
    prospective: bool = False,
    step_days: float = 1.0,
    simulations: int = 999,
    seed: int = 0,
    told: Told | None = None,
) -> Scan:
    """Find clusters in space and time from cases alone.

    Expected is a number proportional to the cases at the place and to the cases in the window.
    Maps of chance deal the same steps out anew to the same places.

    Parameters
    ----------
    location
        Position of each case's location in `xy` (m,).
    step
        Step of each case (m,), from 0.
    xy
        Coordinates (n, 2) in metres. Locations with the same coordinates are one place.
    n_steps
        Number of steps of the period.
    max_radius_m
        No circle reaches further than this; None for no limit.
    max_share
        No circle holds more than this share of the cases.
    max_steps
        Most steps of a window; None for half of the period.
    prospective
        Only windows that end with the last step.
    step_days
        Length of a step, which is also how often one looks.
    simulations
        Number of simulated maps.
    seed
        Seed of the random numbers.
    told
        Hears the share done now and then; what it raises comes through at once.

    Raises
    ------
    GeometryError
        Coordinates are missing or not numbers.
    InputError
        Numbers do not fit together.
    """
    checks.question(max_share, max_radius_m, simulations)
    longest = checks.longest(n_steps, max_steps)
    at, row, when = checks.coordinates(xy), checks.whole(location), checks.whole(step)
    checks.events(row, when, len(at), n_steps)
    places = places_of(at)
    # Sorted, so that the same cases in another order are dealt out the same way.
    where = places.of_row[row]
    order = np.lexsort((when, where))
    where, when = where[order], when[order]
    share = _share(np.ones(len(row)), Places(places.xy, places.of_row[row]))
    circles = circles_of(places.xy, share, max_share, max_radius_m)
    windows = windows_of(n_steps, longest, prospective=prospective)
    in_window = windows.sums(np.bincount(when, minlength=n_steps)[None, :].astype(np.float64))
    task = Task(circles, windows, share[:, None] * in_window, len(where), "high")
    rng = np.random.default_rng(seed)
    observed = _in_windows(task, where, when[None, :])[:, :, 0]

    def draw(size: int) -> Counts:
        dealt = rng.permuted(np.broadcast_to(when, (size, len(when))), axis=1)
        return _in_windows(task, where, dealt)

    every = step_days if prospective else None
    study = _Study(task, places, observed, draw, "space_time_permutation", simulations, every)
    return study.run(told)


def _share(weight: Floats, places: Places) -> Floats:
    """Sum weights (rows,) up by place, as shares of their total."""
    return _by_place(weight[:, None], places)[:, 0]


def _by_place(weight: Floats, places: Places) -> Floats:
    """Sum weights (rows, steps) up by place, as shares of their total."""
    sums = np.zeros((len(places.xy), weight.shape[1]))
    np.add.at(sums, places.of_row, weight)
    return sums / max(float(sums.sum()), np.finfo(np.float64).tiny)


def _in_windows(task: Task, where: Ints, steps: Ints) -> Counts:
    """Count cases by place and window.

    Parameters
    ----------
    task
        What is scanned.
    where
        Place of each case (m,).
    steps
        Step of each case in each map (maps, m).

    Returns
    -------
    Counts
        Cases (places, windows, maps).
    """
    windows, places = task.windows, len(task.expected)
    begin = int(windows.first.min())
    width = int(windows.last.max()) + 1 - begin
    counts = np.empty((places, len(windows.first), len(steps)), dtype=task.dtype)
    for number, dealt in enumerate(steps):
        kept = dealt >= begin
        cell = where[kept] * width + (dealt[kept] - begin)
        by_step = np.bincount(cell, minlength=places * width).reshape(places, width)
        until = np.zeros((places, width + 1), dtype=task.dtype)
        np.cumsum(by_step, axis=1, out=until[:, 1:])
        counts[:, :, number] = until[:, windows.last + 1 - begin] - until[:, windows.first - begin]
    return counts
