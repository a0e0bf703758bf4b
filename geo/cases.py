"""Tickets of a place and a time, and the ground they are judged against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo import crs

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NO_PLACE = pd.DataFrame(
    {
        "day": pd.Series(dtype="int64"),
        "class_code": pd.Series(dtype=object),
        "repeat": pd.Series(dtype=bool),
    }
)


@dataclass(frozen=True)
class Cases:
    """What a hot spot analysis looks at.

    Attributes
    ----------
    tickets
        id, lon, lat (degrees), day (ordinal of the local date), reported_us, closed_us
        (`geo.facts.NEVER_US`: not closed), class_code, category_code, building (position in
        `buildings`, -1 for none), repeat (of an earlier one). Those without a place or outside
        every community are not among them.
    buildings
        id, community_id, compound, number, name, grid (position in `grids`, -1 for none),
        households (resident, rented and vacant dwellings), lon, lat. By id.
    grids
        id, code, name, community_id; by code.
    shapes
        Polygon of each grid, EPSG:4326; None where it has none.
    roads
        name, geom (line, EPSG:4326); named ones only.
    unplaced
        day, class_code and repeat of the tickets that have no place on record.
    """

    tickets: pd.DataFrame
    buildings: pd.DataFrame
    grids: pd.DataFrame
    shapes: npt.NDArray[np.object_]
    roads: pd.DataFrame
    unplaced: pd.DataFrame = field(default_factory=lambda: _NO_PLACE)

    @cached_property
    def metres(self) -> pyproj.CRS:
        """The metric CRS of the place."""
        at = self.buildings if len(self.buildings) else self.tickets
        return crs.metric_crs(float(at["lon"].mean()), float(at["lat"].mean()))

    @cached_property
    def xy(self) -> Floats:
        """Place of each ticket, (n, 2) metres."""
        return project(self.tickets, self.metres)

    @cached_property
    def homes_xy(self) -> Floats:
        """Place of each building, (n, 2) metres."""
        return project(self.buildings, self.metres)

    @cached_property
    def households(self) -> Floats:
        """Households of each building."""
        return self.buildings["households"].to_numpy(np.float64)

    @property
    def counts_homes(self) -> bool:
        """Whether households are on record, so that rates can be told."""
        return bool(self.households.sum() > 0)

    @cached_property
    def grid(self) -> Positions:
        """Grid of each ticket (position): its building's, else the one around it; -1 for none."""
        building = self.tickets["building"].to_numpy(np.int64)
        of_building = np.append(self.buildings["grid"].to_numpy(np.int64), -1)
        found: Positions = of_building[building]
        lost = np.flatnonzero(found < 0)
        shaped = [one for one, shape in enumerate(self.shapes) if shape is not None]
        if lost.size == 0 or not shaped:
            return found
        points = shapely.points(self.tickets[["lon", "lat"]].to_numpy(np.float64)[lost])
        tree = shapely.STRtree(self.shapes[shaped])
        point, shape = tree.query(points, predicate="intersects")
        found[lost[point[::-1]]] = np.array(shaped)[shape[::-1]]
        return found

    @cached_property
    def nearest(self) -> Positions:
        """The building a ticket counts at: its own, else the nearest; -1 without buildings."""
        own: Positions = self.tickets["building"].to_numpy(np.int64).copy()
        lost = np.flatnonzero(own < 0)
        if lost.size and len(self.buildings):
            tree = shapely.STRtree(shapely.points(self.homes_xy))
            own[lost] = tree.nearest(shapely.points(self.xy[lost]))
        return own

    def _where(self, chosen: Callable[[pd.DataFrame], pd.Series]) -> Cases:
        """Return the same ground with some of the tickets, and some of those without a place."""
        tickets, unplaced = self.tickets, self.unplaced
        kept = tickets[chosen(tickets)].reset_index(drop=True)
        return replace(self, tickets=kept, unplaced=unplaced[chosen(unplaced)])

    def of_classes(self, codes: Sequence[str]) -> Cases:
        """Return the tickets of some classes; all of them for none."""
        return self._where(lambda rows: rows["class_code"].isin(codes)) if codes else self

    def between(self, start: int, stop: int) -> Cases:
        """Return the tickets of days ``start <= day < stop`` (ordinals)."""
        return self._where(lambda rows: (rows["day"] >= start) & (rows["day"] < stop))

    def first_reports(self) -> Cases:
        """Return the tickets that repeat no earlier one: addresses that call, not calls."""
        return self._where(lambda rows: ~rows["repeat"].astype(bool))


def project(places: pd.DataFrame, metres: pyproj.CRS) -> Floats:
    """Return lon, lat of a frame as (n, 2) metres."""
    points = shapely.points(*(places[name].to_numpy(np.float64) for name in ("lon", "lat")))
    return np.asarray(shapely.get_coordinates(crs.to_metric(points, metres))).reshape(-1, 2)


def to_degrees(xy: Floats, metres: pyproj.CRS) -> Floats:
    """Return places in metres as (n, 2) lon, lat."""
    found = crs.to_stored(shapely.points(xy), metres)
    return np.asarray(shapely.get_coordinates(found)).reshape(-1, 2)
