"""The part of the ground a page's map shows, as its address says it.

``z`` is the zoom of a small screen and ``c`` the middle, latitude first, as the map's script writes
them; ``s`` is the size of the map there. Whatever makes no sense is no part: the whole area then.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pyproj
import shapely

from dashboard.state import PageState
from geo.crs import to_metric, to_stored
from geo.papers.frame import Frame

Bounds = tuple[float, float, float, float]

USUAL_PX: Final = (900.0, 600.0)
"""Size of the map on a small screen, where the address does not say."""

DEEPEST: Final = 23.0
FURTHEST_LAT, FURTHEST_LON = 85.0, 180.0
MOST_PX: Final = 20_000.0

WORLD_PX: Final = 256
WORLD_M: Final = 40_075_016.686
CSS_PX_MM: Final = 25.4 / 96

_NUMBER: Final = r"-?[0-9]{1,5}(?:\.[0-9]{1,20})?"
_ZOOM: Final = re.compile(_NUMBER)
_PLACE: Final = re.compile(f"({_NUMBER}),({_NUMBER})")
_SIZE: Final = re.compile(f"({_NUMBER})x({_NUMBER})")


@dataclass(frozen=True)
class Look:
    """Where a map looks.

    Attributes
    ----------
    level
        Zoom of a small screen: tiles of 256 pixels.
    lat, lon
        Its middle, degrees.
    size_px
        Width and height of the map on such a screen.
    """

    level: float
    lat: float
    lon: float
    size_px: tuple[float, float] = USUAL_PX

    def bounds(self, crs: pyproj.CRS) -> Bounds:
        """Return the ground it shows, metres in `crs`: west, south, east, north."""
        x, y = shapely.get_coordinates(
            to_metric(np.array([shapely.Point(self.lon, self.lat)]), crs)
        )[0]
        around = WORLD_M * math.cos(math.radians(self.lat))
        half_w, half_h = (side / 2 * around / WORLD_PX / 2**self.level for side in self.size_px)
        return float(x - half_w), float(y - half_h), float(x + half_w), float(y + half_h)


@dataclass(frozen=True)
class SeenState(PageState):
    """What a page's address says, and where its map looks."""

    look: Look | None = None


def with_look(asked: PageState, query: Mapping[str, str]) -> PageState:
    """Add where the map looks, if the address says so.

    Parameters
    ----------
    query
        The query string of the address.
    """
    look = look_of(query)
    if look is None:
        return asked
    return SeenState(**{one.name: getattr(asked, one.name) for one in fields(PageState)}, look=look)


def look_of(query: Mapping[str, str]) -> Look | None:
    """Read where the map looks; None for the whole area."""
    zoom = _ZOOM.fullmatch(query.get("z", ""))
    place = _PLACE.fullmatch(query.get("c", ""))
    if not zoom or not place:
        return None
    level, (lat, lon) = float(zoom[0]), map(float, place.groups())
    if not (0 < level < DEEPEST and abs(lat) < FURTHEST_LAT and abs(lon) <= FURTHEST_LON):
        return None
    return Look(level, lat, lon, _size(query.get("s", "")))


def _size(text: str) -> tuple[float, float]:
    found = _SIZE.fullmatch(text)
    if not found:
        return USUAL_PX
    width, height = map(float, found.groups())
    return (width, height) if 1 <= width <= MOST_PX and 1 <= height <= MOST_PX else USUAL_PX


def part_of(asked: PageState, crs: pyproj.CRS, whole: Bounds) -> Bounds | None:
    """Return the part of an area a page's map shows, metres; None for the whole.

    The whole also where the map shows all of it, however small, and where it shows none of it: an
    empty map helps nobody.
    """
    look = asked.look if isinstance(asked, SeenState) else None
    if look is None:
        return None
    part = look.bounds(crs)
    all_of_it, seen = shapely.box(*whole), shapely.box(*part)
    return None if seen.covers(all_of_it) or not seen.intersects(all_of_it) else part


def level_of(frame: Frame, crs: pyproj.CRS) -> float:
    """Return the zoom at which a small screen shows the ground as large as a paper does."""
    (middle,) = to_stored(np.array([shapely.Point(frame.x, frame.y)]), crs)
    m_per_px = CSS_PX_MM / frame.mm_per_m
    return math.log2(WORLD_M * math.cos(math.radians(middle.y)) / WORLD_PX / m_per_px)
