"""Density surface: tickets per km² and month, smoothed. A picture, not a test.

A surface is high where many people live. Its colours say how many tickets there are around a place,
not whether that is more than chance or than people would explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.ndimage import gaussian_filter

from geo.errors import N_, GeometryError, RequestError

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

CELL_M = 20.0
MOST_CELLS = 4_000_000

WIDEST_M = 250.0
"""Beyond this a street office is one smooth hill."""

_M2_PER_KM2 = 1e6
_QUARTIC = np.sqrt(8.0)
"""Search radius of a quartic kernel ÷ standard deviation, along one axis, of the same kernel."""


@dataclass(frozen=True)
class Mask:
    """The ground that is looked at, on square cells.

    Attributes
    ----------
    origin
        Lower left corner of cell (0, 0), metres; rows go north, columns east.
    cell_m
        Side of a cell.
    share : array of (rows, cols)
        Part of each cell that belongs to the ground, 0 to 1.
    """

    origin: tuple[float, float]
    cell_m: float
    share: Floats

    @property
    def area_km2(self) -> float:
        """Area of the ground, km²."""
        return float(self.share.sum()) * self.cell_m**2 / _M2_PER_KM2


@dataclass(frozen=True)
class Surface:
    """Tickets per km² and month.

    Attributes
    ----------
    origin
        Lower left corner of cell (0, 0), metres; rows go north, columns east.
    cell_m
        Side of a cell.
    per_km2_month : array of (rows, cols)
        NaN outside the ground.
    bandwidth_m
        Standard deviation of the Gaussian kernel.
    tickets, outside
        Tickets counted, and tickets left out because their cell does not touch the ground.
    """

    origin: tuple[float, float]
    cell_m: float
    per_km2_month: Floats
    bandwidth_m: float
    tickets: int
    outside: int


def mask(polygon: Any, cell_m: float = CELL_M) -> Mask:
    """Lay cells over a polygon.

    Parameters
    ----------
    polygon
        Polygon or multipolygon, metres.
    cell_m
        Side of a cell.

    Raises
    ------
    GeometryError
        If the polygon has no area.
    RequestError
        If there would be too many cells.
    """
    if polygon is None or not polygon.area > 0:
        raise GeometryError(N_("The ground has no area."))
    west, south, east, north = polygon.bounds
    cols, rows = (max(int(np.ceil(side / cell_m)), 1) for side in (east - west, north - south))
    if not 0 < rows * cols <= MOST_CELLS:
        raise RequestError(N_("The cells are too small for this ground: {n} cells."), n=rows * cols)
    x, y = west + np.arange(cols) * cell_m, south + np.arange(rows) * cell_m
    left, low = np.meshgrid(x, y)
    cells = shapely.box(left, low, left + cell_m, low + cell_m)
    shapely.prepare(polygon)
    share = shapely.covers(polygon, cells).astype(float)
    border = (share == 0) & shapely.intersects(polygon, cells)
    share[border] = shapely.area(shapely.intersection(cells[border], polygon)) / cell_m**2
    return Mask((float(west), float(south)), float(cell_m), share)


def default_bandwidth_m(xy: npt.ArrayLike, cell_m: float = CELL_M) -> float:
    """Return how wide to smooth, metres: the standard deviation of a Gaussian.

    The search radius of ArcGIS, 0.9 · min(SD, √(1 ÷ ln 2) · D) · n^-0.2, where SD is the standard
    distance and D the median distance to the mean centre ("How Kernel Density works"; a spatial
    variant of Silverman 1986, section 3.4.2). ArcGIS means it for a quartic kernel, whose standard
    deviation is its radius ÷ √8: taken as it stands it would smooth almost three times as wide.
    Not narrower than a cell, which the grid could not show, nor wider than `WIDEST_M`.

    Parameters
    ----------
    xy : array of (n, 2)
        Metres.
    """
    points = np.asarray(xy, dtype=float).reshape(-1, 2)
    if not len(points):
        return float(cell_m)
    away = np.hypot(*(points - points.mean(axis=0)).T)
    spread = min(np.sqrt((away**2).mean()), np.sqrt(1 / np.log(2)) * np.median(away))
    radius = 0.9 * spread * len(points) ** -0.2
    return float(np.clip(radius / _QUARTIC, cell_m, max(WIDEST_M, cell_m)))


def surface(
    xy: npt.ArrayLike,
    *,
    months: float,
    mask: Mask | None = None,
    bounds: Box | None = None,
    cell_m: float = CELL_M,
    bandwidth_m: float | None = None,
) -> Surface:
    """Smooth tickets into a surface that does not sink at the edge of the ground.

    Counts on cells are blurred by a Gaussian and divided by the blurred ground, so that what the
    kernel looks at beyond the edge does not count as empty (uniform correction of Diggle 1985,
    Applied Statistics 34:138): tickets spread evenly give a flat surface up to the edge. The price
    is that the surface over the ground adds up to the tickets only nearly: within some per cent
    where the kernel is small against the ground, more where tickets crowd at the edge.

    Parameters
    ----------
    xy : array of (n, 2)
        Metres. Tickets with no place are to be left out before.
    months
        Length of the period.
    mask
        The ground; `cell_m` is then the mask's.
    bounds
        The ground as west, south, east, north, metres, without a mask.
    cell_m
        Side of a cell, metres.
    bandwidth_m
        Standard deviation of the kernel; `default_bandwidth_m` without it.

    Raises
    ------
    RequestError
        If the period or the bandwidth is not positive, there is neither mask nor bounds, or there
        would be too many cells.
    GeometryError
        If the bounds enclose nothing.
    """
    ground = _ground(mask, bounds, cell_m)
    points = np.asarray(xy, dtype=float).reshape(-1, 2)
    if not months > 0 or (bandwidth_m is not None and not bandwidth_m > 0):
        raise RequestError(N_("A density needs a period and a width above 0."))
    cell = _cell_of(points, ground)
    counts = np.bincount(cell[cell >= 0], minlength=ground.share.size).reshape(ground.share.shape)
    width_m = bandwidth_m or default_bandwidth_m(points[cell >= 0], ground.cell_m)
    blurred, area = (
        gaussian_filter(layer.astype(float), width_m / ground.cell_m, mode="constant")
        for layer in (counts, ground.share)
    )
    inside = ground.share > 0
    density = np.full(ground.share.shape, np.nan)
    per_cell = blurred[inside] / area[inside]
    density[inside] = per_cell * _M2_PER_KM2 / ground.cell_m**2 / months
    tickets = int(counts.sum())
    return Surface(
        ground.origin, ground.cell_m, density, width_m, tickets, outside=len(points) - tickets
    )


def _ground(given: Mask | None, bounds: Box | None, cell_m: float) -> Mask:
    if given is not None:
        return given
    if bounds is None:
        raise RequestError(N_("A density needs the ground it is drawn on."))
    return mask(shapely.box(*bounds), cell_m)


def _cell_of(points: Floats, ground: Mask) -> npt.NDArray[np.int64]:
    """Return the cell of each point, row by row; -1 where it does not touch the ground.

    The upper edges of the grid belong to its last cells.
    """
    rows, cols = ground.share.shape
    col, row = ((points - ground.origin) / ground.cell_m).T
    known = (col >= 0) & (col <= cols) & (row >= 0) & (row <= rows)
    cell = np.full(len(points), -1, dtype=np.int64)
    at = np.minimum(row[known].astype(np.int64), rows - 1) * cols
    at += np.minimum(col[known].astype(np.int64), cols - 1)
    cell[known] = np.where(ground.share.ravel()[at] > 0, at, -1)
    return cell
