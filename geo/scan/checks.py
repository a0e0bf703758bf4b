"""What a scan accepts: whole numbers of cases, people where cases are, sensible limits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.errors import N_, GeometryError, InputError
from geo.scan.results import SIDES
from geo.scan.zones import Floats, Ints

_XY = 2


def coordinates(xy: npt.ArrayLike) -> Floats:
    """Read coordinates (n, 2) in metres."""
    at = np.asarray(xy, dtype=np.float64)
    at = at.reshape(0, _XY) if at.size == 0 else at
    if at.ndim != _XY or at.shape[1] != _XY:
        raise GeometryError(N_("A scan needs an x and a y for every location."))
    missing = int((~np.isfinite(at)).any(axis=1).sum())
    if missing:
        raise GeometryError(N_("{n} locations of a scan have no coordinates."), n=missing)
    # -0.0 and 0.0 are the same place.
    return at + 0.0


def whole(numbers: npt.ArrayLike, dimensions: int = 1) -> Ints:
    """Read whole numbers that are not negative."""
    given = np.asarray(numbers, dtype=np.float64)
    if given.size == 0 and given.ndim < dimensions:
        given = given.reshape((0,) * dimensions)
    if given.ndim != dimensions:
        raise InputError(N_("The table of cases has the wrong number of dimensions."))
    wrong = int((~np.isfinite(given) | (given < 0) | (given != np.floor(given))).sum())
    if wrong:
        raise InputError(
            N_("{n} numbers of cases or steps are not whole numbers from 0 on."), n=wrong
        )
    return given.astype(np.int64)


def people(population: npt.ArrayLike, cases: Ints, at: Floats) -> Floats:
    """Read the number of people at each location, and see that cases have some."""
    living = np.asarray(population, dtype=np.float64).reshape(-1)
    _same_length(len(cases), len(living), len(at))
    _check_living(living[:, None], cases[:, None])
    return living


def people_in_time(population: npt.ArrayLike, cases: Ints, at: Floats) -> Floats:
    """Read the number of people at each location in each step; one number holds for all steps."""
    living = np.asarray(population, dtype=np.float64)
    _same_length(len(cases), len(living), len(at))
    if living.ndim == 1:
        living = np.repeat(living[:, None], cases.shape[1], axis=1)
    if living.shape != cases.shape:
        raise InputError(N_("The number of people must be given once or for every step."))
    _check_living(living, cases)
    return living


def _same_length(cases: int, living: int, locations: int) -> None:
    if not cases == living == locations:
        raise InputError(
            N_(
                "A scan needs as many numbers of cases ({cases}) and people ({people}) as there "
                "are locations ({locations})."
            ),
            cases=cases,
            people=living,
            locations=locations,
        )


def _check_living(living: Floats, cases: Ints) -> None:
    wrong = int((~np.isfinite(living) | (living < 0)).any(axis=1).sum())
    if wrong:
        raise InputError(N_("{n} locations have a missing or negative number of people."), n=wrong)
    lost = np.where(living == 0.0, cases, 0)
    if lost.any():
        raise InputError(
            N_(
                "{cases} cases lie at {locations} locations where nobody lives. Leave them out, or "
                "scan tickets only."
            ),
            cases=int(lost.sum()),
            locations=int(lost.any(axis=1).sum()),
        )


def events(location: Ints, step: Ints, locations: int, steps: int) -> None:
    """See that every case has a location and a step of the period."""
    if len(location) != len(step):
        raise InputError(
            N_("A scan needs a location and a step of every case ({locations}, {steps})."),
            locations=len(location),
            steps=len(step),
        )
    outside = int(((location >= locations) | (step >= steps)).sum())
    if outside:
        raise InputError(N_("{n} cases have a location or a step that does not exist."), n=outside)


def question(
    max_share: float, max_radius_m: float | None, simulations: int, sides: str = "high"
) -> None:
    """See that the limits make sense."""
    if not 0.0 < max_share <= 1.0:
        raise InputError(N_("The largest share of a cluster lies between 0 and 1."))
    if max_radius_m is not None and not max_radius_m > 0.0:
        raise InputError(N_("The largest radius of a cluster is more than 0 metres."))
    if simulations < 0:
        raise InputError(N_("The number of simulated maps cannot be negative."))
    if sides not in SIDES:
        raise InputError(N_("There is no side {side} of a scan."), side=sides)


def longest(steps: int, asked: int | None) -> int:
    """Read the most steps of a window; half of the period unless said otherwise."""
    if steps < 1:
        raise InputError(N_("A scan in time needs at least one step."))
    most = max(1, steps // 2) if asked is None else asked
    if not 1 <= most <= steps:
        raise InputError(
            N_("The longest window of a scan lies between 1 and {steps} steps."), steps=steps
        )
    return most
