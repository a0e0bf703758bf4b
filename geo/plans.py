"""Grid plans: the shapes of grids as unions of their buildings' cells, and their figures.

A plan is an array: for each building the position of its grid, -1 for none. Everything about a
grid is summed from its buildings, so a preview needs no geometry but the shape it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.atoms import Atoms
from geo.errors import N_
from geo.norms import Norm
from geo.workload import handling_hours, walking_hours

Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COUNTS: Mapping[str, str] = {
    "households": N_("Households"),
    "residents": N_("Residents"),
    "age60": N_("Residents 60+"),
    "age80": N_("Residents 80+"),
    "party_members": N_("Party members"),
    "tickets": N_("Tickets, last 12 months"),
    "visits_due": N_("Visits due a month"),
}
"""What is counted per building and summed per grid, with its label."""

MONTHS = 12

_LABEL_TOLERANCE = 100

_SAME = 1e-9
"""Distances that differ by this share of the picture are the same."""


def grid_shapes(cells: Shapes, grid_index: npt.NDArray[np.int64]) -> tuple[Shapes, Shapes]:
    """Unite cells into grids.

    Parameters
    ----------
    cells : array of (n,) Polygon or MultiPolygon
        A valid coverage, in any plane (shared vertices stay exactly shared).
    grid_index : array of (n,)
        Which grid each cell belongs to, 0 to k - 1; negative: none.

    Returns
    -------
    shapes : array of (k,) MultiPolygon
        Empty where a grid has no cell.
    label_points : array of (k,) Point
        See `label_points`.
    """
    count = int(grid_index.max(initial=-1)) + 1
    order = np.argsort(grid_index, kind="stable")
    cuts = np.searchsorted(grid_index[order], np.arange(count + 1))
    shapes = np.empty(count, dtype=object)
    for grid in range(count):
        members = cells[order[cuts[grid] : cuts[grid + 1]]]
        parts = shapely.get_parts(shapely.coverage_union_all(members)) if members.size else []
        shapes[grid] = shapely.MultiPolygon(list(parts))
    return shapes, label_points(shapes)


def label_points(shapes: Shapes) -> Shapes:
    """Return where a grid's name stands best: in the middle of its widest place.

    Parameters
    ----------
    shapes : array of (k,) Polygon or MultiPolygon
        In a plane whose axes have one scale, so preferably metric.

    Returns
    -------
    array of (k,) Point
        Inside the largest part; empty for an empty shape.
    """
    return np.array([_label_point(shape) for shape in shapes], dtype=object)


def _label_point(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    if parts.size == 0:
        return shapely.Point()
    widest = parts[np.argmax(shapely.area(parts))]
    tolerance = np.sqrt(widest.area) / _LABEL_TOLERANCE
    radius = shapely.maximum_inscribed_circle(widest, tolerance=tolerance)
    return shapely.get_point(radius, 0)


@dataclass(frozen=True)
class Ground:
    """A community as plans are drawn on it.

    Attributes
    ----------
    atoms
        The buildings.
    counts
        By key of `COUNTS`: arrays of (n,).
    sub_district : array of (n,)
        Number of the sub-district a building lies in, -1 for none.
    corners : array of (c, 2)
        Corners of the convex hulls of the cells, metres; ``corner_atom`` says whose each is.
    """

    atoms: Atoms
    counts: Mapping[str, Floats]
    sub_district: Ints
    corners: Floats
    corner_atom: Ints

    def __len__(self) -> int:
        return len(self.atoms)

    @property
    def counted(self) -> bool:
        """Whether households are on record; where none are, buildings are counted instead."""
        return bool(self.counts["households"].any())

    @property
    def known(self) -> list[str]:
        """Keys of `COUNTS` that have anything on record: the others are missing, not 0."""
        return [key for key in COUNTS if self.counts[key].any()]

    @property
    def weight(self) -> Floats:
        """What a building counts for when plans are compared, array of (n,)."""
        return self.counts["households"] if self.counted else np.ones(len(self))


def hull_corners(cells: Shapes) -> tuple[Floats, Ints]:
    """Return the corners of each cell's convex hull, and whose they are."""
    corners, owner = shapely.get_coordinates(shapely.convex_hull(cells), return_index=True)
    return corners, owner


def figures(ground: Ground, grid: Ints, size: int, norms: Mapping[str, Norm]) -> pd.DataFrame:
    """Sum a plan's figures per grid.

    Parameters
    ----------
    ground
    grid : array of (n,)
        Position of each building's grid below `size`, -1 for none.
    size
        Number of grids.
    norms
        In force.

    Returns
    -------
    DataFrame
        One row a grid: ``buildings``, the `COUNTS`, ``area_m2``, ``perimeter_m``,
        ``polsby_popper`` (NaN without ground), ``hours`` (of work a month) and ``workers``
        (needed for its households at the ceiling of the norm).
    """
    held = grid >= 0
    where = grid[held]
    sums = {key: _summed(ground.counts[key][held], where, size) for key in COUNTS}
    area_m2 = _summed(ground.atoms.area_m2[held], where, size)
    perimeter_m = _perimeters(ground.atoms, grid, size)
    frame = pd.DataFrame({"buildings": np.bincount(where, minlength=size), **sums})
    frame["area_m2"], frame["perimeter_m"] = area_m2, perimeter_m
    frame["polsby_popper"] = polsby_popper(area_m2, perimeter_m)
    due = frame["visits_due"].to_numpy()
    handling = handling_hours(frame["tickets"].to_numpy() / MONTHS, due, norms)
    frame["hours"] = handling + walking_hours(due, area_m2, norms)
    frame["workers"] = workers_needed(frame["households"].to_numpy(), norms["worker_households"])
    return frame


def _summed(values: Floats, where: Ints, size: int) -> Floats:
    return np.bincount(where, values, minlength=size).astype(np.float64)


def workers_needed(households: Floats, norm: Norm) -> Floats:
    """Return how many workers some households need when each holds as many as the norm allows."""
    most = norm.high if norm.high is not None else norm.value
    return np.asarray(np.ceil(households / most), dtype=np.float64)


def _perimeters(atoms: Atoms, grid: Ints, size: int) -> Floats:
    """Sum the pieces of outline that have another grid, no grid or nothing on the other side."""
    borders = atoms.borders
    left, right = grid[borders.left], grid[borders.right]
    apart = left != right
    total = np.zeros(size)
    for side in (left, right):
        outer = apart & (side >= 0)
        total += _summed(borders.length_m[outer], side[outer], size)
    held = grid >= 0
    return total + _summed(borders.outer_m[held], grid[held], size)


def polsby_popper(area_m2: Floats, perimeter_m: Floats) -> Floats:
    """Return 4πA/P²: 1 for a circle, NaN where there is no outline (Polsby and Popper 1991)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(perimeter_m > 0, 4 * np.pi * area_m2 / perimeter_m**2, np.nan))


def reock(ground: Ground, grid: Ints, size: int, area_m2: Floats) -> Floats:
    """Return area ÷ area of the smallest enclosing circle; NaN without ground (Reock 1961)."""
    owner = grid[ground.corner_atom]
    order = np.argsort(owner, kind="stable")
    order = order[owner[order] >= 0]
    present, dense = np.unique(owner[order], return_inverse=True)
    radius = np.full(size, np.nan)
    if len(present):
        # A line through all corners has the same circle as the corners, and is made in one go.
        threads = shapely.linestrings(ground.corners[order], indices=dense)
        radius[present] = shapely.minimum_bounding_radius(threads)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(radius > 0, area_m2 / (np.pi * radius**2), np.nan))


def parts(atoms: Atoms, grid: Ints, size: int, *, hindrance: int | None = None) -> Ints:
    """Count the separate parts of each grid.

    Parameters
    ----------
    hindrance
        Borders with this crossing or a greater one part what they lie between, too. None: only
        what shares no border at all is apart.

    Returns
    -------
    array of (size,)
        0 for an empty grid. Buildings without ground of their own count for nothing.
    """
    label = pieces(atoms, grid, hindrance=hindrance)
    grounded = (grid >= 0) & (atoms.area_m2 > 0)
    pairs = np.unique(grid[grounded] * len(atoms) + label[grounded])
    return np.bincount(pairs // max(len(atoms), 1), minlength=size)


def pieces(atoms: Atoms, grid: Ints, *, hindrance: int | None = None) -> Ints:
    """Give the connected pieces of a plan numbers: same number, same grid and connected."""
    borders = atoms.borders
    left, right = grid[borders.left], grid[borders.right]
    joined = (left == right) & (left >= 0)
    if hindrance is not None:
        joined &= borders.crossing < hindrance
    one, other = borders.left[joined], borders.right[joined]
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), (len(atoms), len(atoms)))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def neighbours(atoms: Atoms, grid: Ints) -> set[tuple[int, int]]:
    """Return the pairs of grids that share a border, the smaller position first."""
    left, right = grid[atoms.borders.left], grid[atoms.borders.right]
    apart = (left != right) & (left >= 0) & (right >= 0)
    low, high = np.minimum(left, right)[apart], np.maximum(left, right)[apart]
    return {(int(one), int(other)) for one, other in zip(low, high, strict=True)}


def inside(ring: Floats, lonlat: Floats) -> npt.NDArray[np.bool_]:
    """Tell which points lie in a drawn area: even-odd over one closed ring, as the browser does.

    Parameters
    ----------
    ring : array of (k, 2)
        Degrees; need not repeat its first point.
    lonlat : array of (n, 2)
        Degrees.
    """
    px, py = lonlat[:, 0], lonlat[:, 1]
    hit = np.zeros(len(lonlat), dtype=bool)
    for (ax, ay), (bx, by) in zip(ring, np.roll(ring, 1, axis=0), strict=True):
        across = (ay > py) != (by > py)
        if not across.any():
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            hit ^= across & (px < (bx - ax) * (py - ay) / (by - ay) + ax)
    return hit


def sides(line: Floats, xy: Floats) -> npt.NDArray[np.bool_]:
    """Tell on which side of a drawn line points lie, the line going on straight at its ends.

    Parameters
    ----------
    line : array of (k, 2)
        At least two corners, same plane as `xy`.
    xy : array of (n, 2)

    Returns
    -------
    array of (n,)
        True to the left of the nearest piece of the line; nowhere if the line has no length.
    """
    line = line[np.append(True, (line[1:] != line[:-1]).any(axis=1))]
    if len(line) == 1:
        return np.zeros(len(xy), dtype=bool)
    start, end = line[:-1].copy(), line[1:].copy()
    reach = 1 + np.ptp(np.vstack([xy, line]), axis=0).sum()
    start[0] -= reach * _unit(end[0] - start[0])
    end[-1] += reach * _unit(end[-1] - start[-1])
    along = end - start
    length = np.hypot(along[:, 0], along[:, 1])
    offset = xy[:, None, :] - start[None, :, :]
    share = np.clip((offset * along).sum(axis=2) / length**2, 0, 1)
    far = np.linalg.norm(offset - share[:, :, None] * along[None, :, :], axis=2)
    beside = (along[:, 0] * offset[:, :, 1] - along[:, 1] * offset[:, :, 0]) / length
    # Beyond a bend both pieces are as near, but a sharp one is seen right only from the piece that
    # lies more across.
    near = far <= far.min(axis=1, keepdims=True) + _SAME * reach
    nearest = np.where(near, np.abs(beside), -1).argmax(axis=1)
    return np.asarray(beside[np.arange(len(xy)), nearest] > 0)


def _unit(vector: Floats) -> Floats:
    length = float(np.hypot(*vector))
    return vector / length if length > 0 else vector
