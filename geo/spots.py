"""From a found place to what can be acted on: where, since when, what drives it, whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo import crs
from geo.cases import Cases, to_degrees
from geo.codes import serial

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

MOST_DRIVERS = 3
MOST_ADDRESSES = 5
WEEK_DAYS = 7

_ROAD_M = 60.0
"""A road farther away does not say where something is."""


@dataclass(frozen=True)
class Driver:
    """A class of tickets that is more frequent in a spot than elsewhere.

    Attributes
    ----------
    observed
        Tickets of the class in the spot.
    times
        Its share there ÷ its share among all tickets.
    """

    class_code: str
    observed: int
    times: float


@dataclass(frozen=True)
class Address:
    """A building tickets of a spot come from.

    Attributes
    ----------
    compound
        What it belongs to: numbers begin anew in each compound. Its grid, where it has none.
    """

    building_id: int
    compound: str
    number: str
    name: str
    calls: int


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place that was found.

    Attributes
    ----------
    number
        1 for the first of its study.
    kind
        What it is: ``hot``, ``cold``, a key of `geo.spacetime.EMERGING`, ``cluster``, ``address``
        or ``group``.
    class_code
        The class it was found in; empty for all that were asked for.
    keys
        The areas, buildings or addresses that make it up.
    lon, lat, radius_m
        Its middle, degrees, and how far it reaches.
    first_day, last_day
        Ordinals of the first and last local day it is about.
    observed, expected, relative_risk
        Tickets there; how many were to be expected; one against the other outside.
    p, q
        How surely it is no accident: unadjusted, and after the correction that was made; None for
        what is only described.
    recurrence_days
        So many days between such alarms where nothing is going on; None unless it is an alarm.
    compound, road
        The compound of the building next to it, and the road along it; empty without any.
    grids
        Codes of the grids its tickets lie in, most tickets first.
    drivers, addresses
        Classes that are more frequent there than elsewhere, where all were counted together;
        buildings most tickets come from.
    weeks
        Tickets in each week of the study, the last one ending with it.
    """

    number: int
    kind: str
    class_code: str = ""
    keys: tuple[str, ...]
    lon: float
    lat: float
    radius_m: float
    first_day: int
    last_day: int
    observed: int
    expected: float | None = None
    relative_risk: float | None = None
    p: float | None = None
    q: float | None = None
    recurrence_days: float | None = None
    compound: str = ""
    road: str = ""
    grids: tuple[str, ...] = ()
    drivers: tuple[Driver, ...] = ()
    addresses: tuple[Address, ...] = ()
    weeks: tuple[int, ...] = ()


@dataclass(frozen=True)
class Find:
    """What an analysis says of a place, before it is described.

    Attributes
    ----------
    kind, class_code, keys, expected, relative_risk, p, q, recurrence_days
        As in `Spot`.
    xy, radius_m
        Where, metres.
    tickets
        The tickets that make it up (positions in the cases).
    first_day, last_day
        As in `Spot`.
    """

    kind: str
    xy: tuple[float, float]
    radius_m: float
    tickets: Positions
    first_day: int
    last_day: int
    keys: tuple[str, ...] = ()
    class_code: str = ""
    expected: float | None = None
    relative_risk: float | None = None
    p: float | None = None
    q: float | None = None
    recurrence_days: float | None = None


@dataclass
class Describer:
    """Says of places of one set of cases what they are near and what they consist of."""

    cases: Cases
    start: int
    stop: int
    _roads: shapely.STRtree | None = field(init=False, default=None)
    _homes: shapely.STRtree | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Lay trees over buildings and roads."""
        if len(self.cases.roads):
            lines = crs.to_metric(self.cases.roads["geom"].to_numpy(object), self.cases.metres)
            self._roads = shapely.STRtree(lines)
        if len(self.cases.buildings):
            self._homes = shapely.STRtree(shapely.points(self.cases.homes_xy))

    def spots(self, found: Sequence[Find]) -> tuple[Spot, ...]:
        """Describe places, in the order given."""
        return tuple(self._spot(number, one) for number, one in enumerate(found, 1))

    def _spot(self, number: int, one: Find) -> Spot:
        (lon, lat), *_rest = to_degrees(np.array([one.xy]), self.cases.metres).tolist()
        kept = ("kind", "class_code", "keys", "radius_m", "first_day", "last_day", "expected")
        more = ("relative_risk", "p", "q", "recurrence_days")
        return Spot(
            number=number,
            lon=lon,
            lat=lat,
            observed=len(one.tickets),
            compound=self._compound(one.xy),
            road=self._road(one.xy, one.radius_m),
            grids=self._grids(one.tickets),
            drivers=()
            if one.class_code
            else drivers(self.cases.tickets["class_code"], one.tickets),
            addresses=self._addresses(one.tickets),
            weeks=self._weeks(one.tickets),
            **{name: getattr(one, name) for name in (*kept, *more)},
        )

    def _compound(self, xy: tuple[float, float]) -> str:
        if self._homes is None:
            return ""
        row = self.cases.buildings.iloc[int(self._homes.nearest(shapely.Point(xy)))]
        return str(row["compound"] or row["name"])

    def _road(self, xy: tuple[float, float], radius_m: float) -> str:
        if self._roads is None:
            return ""
        near, away_m = self._roads.query_nearest(
            shapely.Point(xy), return_distance=True, all_matches=False
        )
        close = near.size and away_m[0] <= max(radius_m, _ROAD_M)
        return str(self.cases.roads["name"].iloc[int(near[0])]) if close else ""

    def _grids(self, tickets: Positions) -> tuple[str, ...]:
        at = self.cases.grid[tickets]
        counted = pd.Series(at[at >= 0]).value_counts(sort=False).sort_index()
        order = counted.sort_values(ascending=False, kind="stable").index
        return tuple(self.cases.grids["code"].iloc[order.to_numpy()].tolist())

    def _addresses(self, tickets: Positions) -> tuple[Address, ...]:
        return top_addresses(self.cases, tickets, MOST_ADDRESSES)

    def _weeks(self, tickets: Positions) -> tuple[int, ...]:
        return weekly(self.cases.tickets["day"].to_numpy()[tickets], self.start, self.stop)


def drivers(class_code: pd.Series, tickets: Positions) -> tuple[Driver, ...]:
    """Return the classes that make up more of some tickets than of all, most tickets first.

    Parameters
    ----------
    class_code
        Of every ticket.
    tickets
        The tickets in question (positions).
    """
    codes, at = np.unique(class_code.to_numpy(str), return_inverse=True)
    everywhere = np.bincount(at, minlength=len(codes)) / max(len(at), 1)
    here = np.bincount(at[tickets], minlength=len(codes))
    times = here / max(len(tickets), 1) / everywhere
    found = [
        Driver(str(codes[one]), int(here[one]), float(times[one]))
        for one in np.argsort(-here, kind="stable")
        if times[one] > 1
    ]
    return tuple(found[:MOST_DRIVERS])


def top_addresses(cases: Cases, tickets: Positions | None, most: int) -> tuple[Address, ...]:
    """Return the buildings most tickets come from (positions; None: of all tickets)."""
    building = cases.tickets["building"].to_numpy(np.int64)
    building = building if tickets is None else building[tickets]
    calls = np.bincount(building[building >= 0], minlength=len(cases.buildings))
    order = np.argsort(-calls, kind="stable")[:most].tolist()
    return tuple(_address(cases, at, int(calls[at])) for at in order if calls[at] > 0)


def _address(cases: Cases, at: int, calls: int) -> Address:
    one = cases.buildings.iloc[at]
    compound = one["compound"]
    if not compound and one["grid"] >= 0:
        grid = cases.grids.iloc[int(one["grid"])]
        compound = f"{serial(grid['code'])} {grid['name']}".strip()
    return Address(int(one["id"]), compound, one["number"], one["name"], calls)


def weekly(day: npt.NDArray[np.int64], start: int, stop: int) -> tuple[int, ...]:
    """Count days in weeks that end with ``stop`` (exclusive); the first week may be cut short."""
    weeks = max(1, -(-(stop - start) // WEEK_DAYS))
    at = weeks - 1 - (stop - 1 - day) // WEEK_DAYS
    inside = (day >= start) & (day < stop)
    return tuple(np.bincount(at[inside], minlength=weeks).tolist())


def together(chosen: npt.NDArray[np.bool_], window: sparse.csr_matrix) -> list[Positions]:
    """Join chosen areas that are next to each other; largest first.

    Parameters
    ----------
    window
        Neighbours, (n, n).
    """
    at = np.flatnonzero(chosen)
    if at.size == 0:
        return []
    _n, label = connected_components(window[at][:, at], directed=False)
    parts = [at[label == one] for one in range(label.max() + 1)]
    return sorted(parts, key=lambda part: (-part.size, int(part[0])))


def middle(xy: Floats, weight: Floats, least_m: float = 0.0) -> tuple[tuple[float, float], float]:
    """Return the weighted middle of places and the distance of the farthest, at least `least_m`."""
    share = weight if weight.sum() > 0 else np.ones(len(xy))
    x, y = np.average(xy, axis=0, weights=share).tolist()
    return (x, y), max(float(np.hypot(xy[:, 0] - x, xy[:, 1] - y).max()), least_m)
