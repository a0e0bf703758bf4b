"""A made-up town of 16 × 16 buildings with one planted hot spot and one address that calls a lot.

Buildings stand 50 m apart. The hot spot is of class ``E04``, in the 35 days before `STOP`, around
`SPOT_M`; the address is `CALLER`, all year, of class ``S01``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo import crs
from geo.cases import Cases, to_degrees
from geo.facts import DAY_US, NEVER_US

LON, LAT = 119.3, 26.08
SIDE, STEP_M = 16, 50.0
STOP = date(2026, 11, 21).toordinal()
YEAR = 364
SPOT_M, SPOT_REACH_M, SPOT_DAYS, PLANTED = (575.0, 225.0), 90.0, 35, 60
CALLER = 200
CALLS = 40
METRES: pyproj.CRS = crs.metric_crs(LON, LAT)
_EPOCH = date(1970, 1, 1).toordinal()
_HOUR_US = DAY_US // 24


def _origin() -> npt.NDArray[np.float64]:
    at = crs.to_metric(np.array([shapely.Point(LON, LAT)], dtype=object), METRES)[0]
    return np.array([at.x, at.y])


ORIGIN = _origin()


def lon_lat(xy: Any) -> npt.NDArray[np.float64]:
    """Return degrees of places in metres from the town's south-west corner."""
    return to_degrees(np.atleast_2d(np.asarray(xy, dtype=float)) + ORIGIN, METRES)


def shaped(*corners_m: float) -> Any:
    """Return a box, given in metres, in degrees."""
    box = shapely.box(*corners_m)
    return shapely.transform(box, lon_lat)


def buildings(households: int = 20) -> pd.DataFrame:
    """Return the buildings, west to east, then south to north; ids from 1001."""
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    xy = np.column_stack([column, row]) * STEP_M + STEP_M / 2
    places = lon_lat(xy)
    return pd.DataFrame(
        {
            "id": 1001 + np.arange(len(xy)),
            "community_id": 1,
            "compound": np.where(column < SIDE // 2, "西苑", "东苑"),
            "number": [str(1 + one) for one in range(len(xy))],
            "name": "",
            "grid": (column >= SIDE // 2) + 2 * (row >= SIDE // 2),
            "households": households,
            "lon": places[:, 0],
            "lat": places[:, 1],
        }
    )


def tickets(homes: pd.DataFrame, seed: int, *, planted: bool = True) -> pd.DataFrame:
    """Return a year of tickets: 200 E04 and 400 C05 anywhere, and what is planted."""
    rng = np.random.default_rng(seed)
    parts = [
        _drawn(rng, "E04", rng.integers(0, len(homes), 200), YEAR),
        _drawn(rng, "C05", rng.integers(0, len(homes), 400), YEAR),
    ]
    if planted:
        xy = _metres(homes)
        near = np.flatnonzero(np.hypot(*(xy - SPOT_M).T) <= SPOT_REACH_M)
        parts.append(_drawn(rng, "E04", rng.choice(near, PLANTED), SPOT_DAYS))
        parts.append(_drawn(rng, "S01", np.full(CALLS, CALLER), YEAR))
    made = pd.concat(parts, ignore_index=True)
    xy = _metres(homes)[made["building"]] + rng.uniform(-8, 8, (len(made), 2))
    places = lon_lat(xy)
    reported = (made["day"] - _EPOCH) * DAY_US + 4 * _HOUR_US  # noon
    return made.assign(
        id=np.arange(1, len(made) + 1),
        lon=places[:, 0],
        lat=places[:, 1],
        reported_us=reported,
        closed_us=np.where(rng.random(len(made)) < 0.9, reported + 2 * DAY_US, NEVER_US),
        category_code=made["class_code"] + "01",
        building=np.where(rng.random(len(made)) < 0.1, -1, made["building"]),
        repeat=rng.random(len(made)) < 0.1,
    )


def _drawn(rng: np.random.Generator, code: str, at: Any, days: int) -> pd.DataFrame:
    day = STOP - 1 - rng.integers(0, days, len(at))
    return pd.DataFrame({"class_code": code, "building": at, "day": day})


def _metres(homes: pd.DataFrame) -> npt.NDArray[np.float64]:
    points = shapely.points(homes["lon"].to_numpy(), homes["lat"].to_numpy())
    return np.asarray(shapely.get_coordinates(crs.to_metric(points, METRES)) - ORIGIN)


def grids() -> tuple[pd.DataFrame, npt.NDArray[np.object_]]:
    """Return four grids, quarters of the town."""
    half = SIDE * STEP_M / 2
    shapes = [
        shaped(x * half, y * half, (x + 1) * half, (y + 1) * half) for y in (0, 1) for x in (0, 1)
    ]
    frame = pd.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "code": [f"35010200100200{n}" for n in (1, 2, 3, 4)],
            "name": "",
            "community_id": 1,
        }
    )
    return frame, np.array([*shapes, None], dtype=object)[:-1]


def roads() -> pd.DataFrame:
    """Return one road, along x = 600 m."""
    line = shapely.transform(shapely.LineString([(600, 0), (600, 800)]), lon_lat)
    return pd.DataFrame({"name": ["八一七路"], "geom": np.array([line, None], dtype=object)[:1]})


def town(seed: int = 1, *, planted: bool = True, households: int = 20) -> Cases:
    """Return the town as cases."""
    homes = buildings(households)
    frame, shapes = grids()
    return Cases(tickets(homes, seed, planted=planted), homes, frame, shapes, roads())
