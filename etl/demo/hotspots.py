"""Hotspots planted on purpose: what the analysis must find again.

Each is a disc, a class of tickets and a stretch of days in which far more of them are reported
than elsewhere. The truth is kept in ``data/demo_truth.json``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from etl.demo.categories import catalogue
from etl.demo.place import Place
from etl.demo.rhythm import DAYS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SPECS = (
    ("E04", 40, 0, "street stalls in the evening, still going on"),
    ("E01", 62, 96, "rubbish heaps in a hot summer"),
    ("C05", 45, 228, "blocked drains after the winter"),
    ("S03", 50, 20, "noise at night"),
    ("S02", 56, 150, "cars parked in the way"),
)
"""Class, length in days, days from its end to the cut-off, what happened."""

PER_COMMUNITY = 3
TIMES_EXPECTED = 10
AT_LEAST = 22
RADIUS_M = (48.0, 62.0)


@dataclass(frozen=True)
class Hotspot:
    """A planted hotspot.

    Attributes
    ----------
    x, y, radius_m
        The disc in the community's metric CRS.
    class_code
        Of its tickets.
    first_day, last_day
        Day numbers, 0 a year before the cut-off, both included.
    expected
        Tickets of that class to be expected there and then without it.
    planted
        Tickets planted.
    story
        What it stands for.
    """

    x: float
    y: float
    radius_m: float
    class_code: str
    first_day: int
    last_day: int
    expected: float
    planted: int
    story: str


def class_share(class_code: str) -> float:
    """Return the usual share of a class among all tickets."""
    entries = catalogue()
    of_class = entries["class_code"] == class_code
    return float(entries.loc[of_class, "weight"].sum() / entries["weight"].sum())


def _centres(place: Place, rng: np.random.Generator) -> Ints:
    """Choose homes well inside and far from each other."""
    land = place.land
    inner = land.outline.buffer(-75)
    homes = np.array([b.use == "residential" for b in land.built])
    homes &= shapely.contains(inner, land.anchors)
    at = np.flatnonzero(homes)
    chosen = [int(rng.choice(at))]
    while len(chosen) < PER_COMMUNITY:
        gap = np.sqrt(((land.xy[at, None] - land.xy[None, chosen]) ** 2).sum(axis=2)).min(axis=1)
        chosen.append(int(at[np.argmax(gap * rng.uniform(0.6, 1.0, len(at)))]))
    return np.array(chosen)


def plant(place: Place, specs: tuple[int, ...]) -> list[Hotspot]:
    """Decide where, when and how strong this community's hotspots are."""
    rng = place.chance("hotspots")
    spots = []
    for spec, centre in zip(specs, _centres(place, rng), strict=True):
        class_code, days, until_end, story = SPECS[spec]
        radius = float(rng.uniform(*RADIUS_M))
        x, y = place.land.xy[centre]
        disc = shapely.intersection(shapely.Point(x, y).buffer(radius), place.land.outline)
        share = disc.area / place.land.outline.area
        of_class = place.land.recipe.tickets * class_share(class_code)
        expected = of_class * share * days / DAYS
        planted = max(AT_LEAST, round(expected * TIMES_EXPECTED) + 12)
        last = DAYS - until_end
        spots.append(
            Hotspot(
                float(x),
                float(y),
                radius,
                class_code,
                last - days + 1,
                last,
                float(expected),
                planted,
                story,
            )
        )
    return spots


def scattered(place: Place, spot: Hotspot, rng: np.random.Generator) -> Floats:
    """Scatter a hotspot's tickets in its disc, inside the community; shape (planted, 2)."""
    kept = np.empty((0, 2))
    while len(kept) < spot.planted:
        drawn = rng.normal(0, spot.radius_m * 0.42, (spot.planted * 2, 2))
        drawn = drawn[np.hypot(*drawn.T) < spot.radius_m * 0.97] + (spot.x, spot.y)
        inside = shapely.contains_xy(place.land.outline, drawn[:, 0], drawn[:, 1])
        kept = np.vstack([kept, drawn[inside]])
    return kept[: spot.planted]
