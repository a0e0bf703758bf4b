"""Coverage: who reaches which service on foot, and how green the ground is.

What is walked is measured once, as a table of buildings × kinds of services (`walk_table`).
Everything else is read off that table: for a group of people, a speed and a number of minutes.
Counts come before shares, so that grids add up to their community.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.network import Ways
from geo.norms import SERVICES, Norm

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

STEPS = (5.0, 10.0, 15.0)
"""Minutes that reach is told for; the last one is the circle every service has its own time in."""

_TOO_NEAR_M = 50.0
"""Nearer pairs say nothing of a detour: on them the way to the street is most of the way."""

_SPEEDS = {
    "adult": "walk_speed_m_min",
    "elderly": "elderly_speed_m_min",
    "wheelchair": "wheelchair_speed_m_min",
}


def speed_m_min(norms: Mapping[str, Norm], walker: str) -> float:
    """Return how fast one of ``geo.schema.WALKERS`` goes, metres a minute."""
    return norms[_SPEEDS[walker]].value


def required(norms: Mapping[str, Norm]) -> dict[str, float]:
    """Return the kinds of services everybody should reach, each with its minutes."""
    minutes = {kind: norms[f"service_minutes_{kind}"].value for kind in SERVICES}
    return {kind: most for kind, most in minutes.items() if most > 0}


def walk_table(
    ways: Ways, places: Floats, targets: Mapping[str, Floats], limit_m: float = np.inf
) -> Floats:
    """Measure the way from each place to the nearest service of each kind.

    Parameters
    ----------
    places : array of (n, 2)
    targets
        Kind to an array of (m, 2), in the metric CRS of the ways as `places`; the columns follow
        its order.

    Returns
    -------
    array of (n, kinds) metres
        Infinite beyond the limit, and for a kind there is nothing of.
    """
    columns = [ways.nearest_m(places, found, limit_m) for found in targets.values()]
    return np.column_stack(columns) if columns else np.empty((len(places), 0))


def limits_m(minutes: Floats, speed: float | Floats) -> Floats:
    """Return how far one gets in each of `STEPS` on the way to services with times of their own.

    Parameters
    ----------
    minutes
        The time each kind should be reached in, shape (kinds,), or (n, kinds) for each place.
    speed
        Metres a minute, one or one for each place.

    Returns
    -------
    array of (kinds, steps) or (n, kinds, steps)
        No farther than the kind's own time; the last step is that time itself.
    """
    steps = np.minimum(minutes[..., None], np.array(STEPS))
    steps[..., -1] = minutes
    return np.asarray(steps * np.asarray(speed)[..., None, None])


@dataclass(frozen=True)
class Reach:
    """How many people of each area reach what.

    Attributes
    ----------
    people
        Shape (areas,).
    kinds
        Who reaches each kind within each of `STEPS`, shape (areas, kinds, steps).
    circle
        Who reaches every required kind, each within its own time or the step if that is shorter,
        shape (areas, steps).
    """

    people: Floats
    kinds: Floats
    circle: Floats

    def total(self) -> Reach:
        """Return the one area that all of them make."""
        return Reach(*(part.sum(axis=0, keepdims=True) for part in self._parts))

    def of(self, area: int) -> Reach:
        """Return one of the areas."""
        return Reach(*(part[[area]] for part in self._parts))

    @property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        return self.people, self.kinds, self.circle


def reach(
    walk_m: Floats,
    people: Floats,
    area: Positions,
    size: int,
    *,
    speed: float | Floats,
    minutes: Floats,
) -> Reach:
    """Count, for each area, the people whose building reaches the services.

    Parameters
    ----------
    walk_m
        From `walk_table`, shape (n, kinds).
    people
        Of one group in each building, shape (n,).
    area
        Area of each building, below `size`; -1 counts nowhere.
    speed
        Metres a minute, one or one for each building.
    minutes
        The time each kind should be reached in, 0 where it is not required; shape (kinds,), or
        (n, kinds) for each building.
    """
    steps_m = np.array(STEPS) * np.asarray(speed)[..., None, None]
    within = walk_m[:, :, None] <= steps_m
    circle = circled(walk_m, minutes, speed)
    return Reach(
        _per_area(people, area, size),
        _per_area(people[:, None, None] * within, area, size),
        _per_area(people[:, None] * circle, area, size),
    )


def _per_area(values: Floats, area: Positions, size: int) -> Floats:
    found = np.zeros((size, *values.shape[1:]))
    np.add.at(found, area[area >= 0], values[area >= 0])
    return found


def circled(walk_m: Floats, minutes: Floats, speed: float | Floats) -> Flags:
    """Tell who reaches every required kind within each of `STEPS`, shape (n, steps).

    Where nothing is required everybody does. Arguments as `reach`.
    """
    return np.asarray(missing(walk_m, minutes, speed) == 0)


def missing(walk_m: Floats, minutes: Floats, speed: float | Floats) -> Positions:
    """Count the required kinds each place does not reach within each of `STEPS`, (n, steps)."""
    asked = (minutes > 0)[..., None]
    beyond = (walk_m[:, :, None] > limits_m(minutes, speed)) & asked
    return np.asarray(beyond.sum(axis=1), dtype=np.int64)


def farthest(walk_m: Floats, people: Floats, limit_m: float | Floats) -> Positions:
    """Return the places with people that are beyond the limit, farthest first.

    Where there is no way at all, and among equally far ones, most people first.

    Parameters
    ----------
    walk_m
        Way to the service, shape (n,).
    limit_m
        One, or one for each place.
    """
    beyond = np.flatnonzero((walk_m > limit_m) & (people > 0))
    return beyond[np.lexsort((beyond, -people[beyond], -walk_m[beyond]))]


def detour(ways: Ways, places: Floats, targets: Floats, limit_m: float) -> float:
    """Estimate walking ÷ straight line on some ways: the median over pairs within the limit.

    Returns
    -------
    float
        NaN where there is no pair to tell by.
    """
    pairs = ways.pairs_m(places, targets, limit_m)
    across = places[pairs.origin] - targets[pairs.target]
    straight_m = np.hypot(across[:, 0], across[:, 1])
    telling = straight_m >= _TOO_NEAR_M
    if not telling.any():
        return float("nan")
    return float(np.median(pairs.metres[telling] / straight_m[telling]))


def green_m2(areas: npt.NDArray[Any], greens: npt.NDArray[Any]) -> Floats:
    """Measure the green ground in each area.

    Greens that overlap count once, so that areas which tile a whole add up to it.

    Parameters
    ----------
    areas, greens
        Polygons in one metric CRS; empty or missing ones are 0 m².

    Returns
    -------
    array of (areas,)
    """
    found = np.zeros(len(areas))
    areas, greens = _valid(areas), _valid(greens)
    # Only greens that touch an area: a union is slow where there are many.
    touched = np.unique(shapely.STRtree(greens).query(areas, predicate="intersects")[1])
    if touched.size == 0:
        return found
    parts = shapely.get_parts(shapely.union_all(greens[touched]))
    area, part = shapely.STRtree(parts).query(areas, predicate="intersects")
    np.add.at(found, area, shapely.area(shapely.intersection(areas[area], parts[part])))
    return found


def _valid(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Mend rings that cross themselves: they would stop a union."""
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    mended = shapes.copy()
    mended[broken] = shapely.make_valid(shapes[broken])
    return mended
