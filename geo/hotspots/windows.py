"""Cells, their neighbours, and windows made of them; coordinates in metres."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from geo.errors import N_, GeometryError, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def squares(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    size_m: float,
    *,
    origin: tuple[float, float] | None = None,
) -> tuple[Ints, Ints]:
    """Sort points into regular squares.

    Parameters
    ----------
    x, y
        Coordinates, metres in a projected reference system.
    size_m
        Side of a square, metres.
    origin
        A corner of the lattice; without one (0, 0), so that the same ground has the same squares
        whatever lies in it.

    Returns
    -------
    cells : (k, 2) int
        Column and row of each square with a point, by row, then column. Square (c, r) covers
        ``origin + size_m × [c, c + 1) × [r, r + 1)``.
    position : (n,) int
        Which of them each point lies in.

    Raises
    ------
    GeometryError
        A coordinate is missing or infinite, or the size is not positive.
    """
    if not (math.isfinite(size_m) and size_m > 0):
        raise GeometryError(N_("A square must have a size above 0 m, not {size}."), size=size_m)
    left, bottom = origin or (0.0, 0.0)
    column = np.floor((np.asarray(x, dtype=np.float64) - left) / size_m)
    row = np.floor((np.asarray(y, dtype=np.float64) - bottom) / size_m)
    if not (np.isfinite(column).all() and np.isfinite(row).all()):
        raise GeometryError(N_("A point has no coordinates."))
    if not len(column):
        return np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.int64)
    lattice = _Lattice.around(np.column_stack((column, row)).astype(np.int64), 0)
    key, position = _distinct(lattice.key)
    return lattice.cells(key), position


class _Lattice(NamedTuple):
    """Cells numbered row by row, with a margin all around."""

    low: Ints
    width: int
    height: int
    key: Ints

    @classmethod
    def around(cls, cells: Ints, margin: int) -> _Lattice:
        low = cells.min(axis=0) - margin
        width, height = (int(side) for side in cells.max(axis=0) - low + 1 + margin)
        key = (cells[:, 1] - low[1]) * width + (cells[:, 0] - low[0])
        return cls(low, width, height, key)

    def cells(self, key: Ints) -> Ints:
        row, column = np.divmod(key, self.width)
        return np.column_stack((column, row)) + self.low


def _distinct(key: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys in order, and the position of each key among them."""
    span = int(key.max()) + 1
    if span > 4 * len(key) + 1_000_000:
        found, position = np.unique(key, return_inverse=True)
        return found, position.astype(np.int64)
    there = np.zeros(span, dtype=bool)
    there[key] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[key]


def suggested_size_m(xy: npt.ArrayLike) -> float:
    """Suggest the side of squares for points, metres, from how far apart they lie.

    Twice the larger of mean and median distance to the nearest other place (ArcGIS, Optimized Hot
    Spot Analysis), over distinct places; those more than three standard deviations above the mean
    are left out. Clip it to what suits a street, 50 to 100 m.

    Returns
    -------
    float
        NaN for fewer than two places.
    """
    places = np.unique(np.asarray(xy, dtype=np.float64).reshape(-1, 2), axis=0)
    if len(places) < 2:  # noqa: PLR2004 - a place and another
        return math.nan
    nearest = cKDTree(places).query(places, k=2)[0][:, 1]
    usual = nearest[nearest <= nearest.mean() + 3 * nearest.std()]
    return 2.0 * max(float(usual.mean()), float(np.median(usual)))


def lattice_window(cells: npt.ArrayLike, reach: float = 1.5) -> csr_matrix:
    """Find the neighbours of the cells of a lattice: all within a reach, and the cell itself.

    Parameters
    ----------
    cells : (k, 2) int
        Column and row, each cell once.
    reach
        Greatest distance between centres, in cells: 1 for the four that share a side, 1.5 for all
        eight around, 2.5 for twenty.

    Raises
    ------
    InputError
        A cell is there twice.
    """
    at = np.asarray(cells, dtype=np.int64).reshape(-1, 2)
    if not len(at):
        return csr_matrix((0, 0))
    span = math.floor(reach)
    lattice = _Lattice.around(at, span)
    offsets = [
        down * lattice.width + right
        for down in range(-span, span + 1)
        for right in range(-span, span + 1)
        if right * right + down * down <= reach * reach
    ]
    neighbours = _look_up(lattice, np.array(offsets))
    there = neighbours >= 0
    starts = np.concatenate(([0], np.cumsum(there.sum(axis=1))))
    found = neighbours[there]
    return csr_matrix((np.ones(len(found)), found, starts), shape=(len(at), len(at)))


def _look_up(lattice: _Lattice, offsets: Ints) -> Ints:
    """Return which cell stands at each offset from each cell, (k, offsets), -1 for none."""
    key, area = lattice.key, lattice.width * lattice.height
    wanted = key[:, None] + offsets
    if area <= 64 * len(key) + 1_000_000:
        table = np.full(area, -1, dtype=np.int64)
        table[key] = np.arange(len(key))
        if np.count_nonzero(table >= 0) < len(key):
            raise InputError(N_("A cell is there twice."))
        at_offset: Ints = table[wanted]
        return at_offset
    order = np.argsort(key)
    ordered = key[order]
    if (np.diff(ordered) == 0).any():
        raise InputError(N_("A cell is there twice."))
    place = np.minimum(np.searchsorted(ordered, wanted), len(key) - 1)
    return np.where(ordered[place] == wanted, order[place], -1)


def band(xy: npt.ArrayLike, distance_m: float) -> csr_matrix:
    """Find the neighbours of places: all within a distance, and the place itself.

    Parameters
    ----------
    xy : (n, 2)
        Coordinates, metres in a projected reference system.
    distance_m
        Greatest distance, metres; it is included.

    Raises
    ------
    GeometryError
        A coordinate is missing.
    """
    at = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(at).all():
        raise GeometryError(N_("A point has no coordinates."))
    if not len(at):
        return csr_matrix((0, 0))
    return contiguity(cKDTree(at).query_pairs(distance_m, output_type="ndarray"), len(at))


def contiguity(pairs: npt.ArrayLike, n: int) -> csr_matrix:
    """Make windows of areas from the pairs that touch; each holds the area itself.

    Parameters
    ----------
    pairs : (m, 2) int
        Positions; a pair may be given in either order or both.
    n
        Number of areas.
    """
    one, other = np.asarray(pairs, dtype=np.int64).reshape(-1, 2).T
    own = np.arange(n)
    ends = (np.concatenate((one, other, own)), np.concatenate((other, one, own)))
    made = csr_matrix((np.ones(len(ends[0])), ends), shape=(n, n))
    made.sum_duplicates()
    made.data[:] = 1.0
    return made


class Windows(NamedTuple):
    """Weights with what the formula needs of each row.

    Attributes
    ----------
    weights
        The windows, without zeros.
    size, total, squares
        Number, sum and sum of squares of a row's weights.
    even
        Whether the weights of each row are alike.
    """

    weights: csr_matrix
    size: Ints
    total: Floats
    squares: Floats
    even: bool

    @property
    def weight(self) -> Floats:
        """Weight of each member where they are alike; 1 in empty windows."""
        return np.where(self.size > 0, self.total, 1.0) / np.maximum(self.size, 1)

    @classmethod
    def of(cls, weights: Any) -> Windows:
        """Take weights, sparse or dense, as they are."""
        held = csr_matrix(weights, dtype=np.float64, copy=False)
        if not held.has_canonical_format or not held.data.all():
            held = held.copy()
            held.sum_duplicates()
            held.eliminate_zeros()
        size = np.diff(held.indptr).astype(np.int64)
        if (held.data == 1.0).all():
            total = size.astype(np.float64)
            return cls(held, size, total, total, even=True)
        total = np.asarray(held.sum(axis=1)).ravel()
        power = np.asarray(held.multiply(held).sum(axis=1)).ravel()
        # By Cauchy and Schwarz both sides are equal only where all weights are.
        even = np.isclose(total**2, size * power, rtol=1e-12, atol=0.0) & (total >= 0)
        return cls(held, size, total, power, even=bool(even.all()))


def without(weights: Any, known: npt.NDArray[np.bool_]) -> csr_matrix:
    """Return the windows of the areas that are known, without the others.

    Raises
    ------
    InputError
        There are not as many rows and columns as areas.
    """
    held = csr_matrix(weights, copy=False)
    rows, columns = held.shape
    if rows != len(known) or columns != len(known):
        raise InputError(
            N_("There are {n} values, but weights for {rows} by {columns}."),
            n=len(known),
            rows=rows,
            columns=columns,
        )
    return held if known.all() else held[known][:, known]
