"""Gi* and Gi: how far sums over windows lie from their mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags_array

from geo.hotspots.windows import Windows, without

Floats = npt.NDArray[np.float64]

_NO_ROOM = 1e-12
"""Below that share a variance is a rounding error: the window is the whole map in equal parts."""


def gi_star(values: npt.ArrayLike, weights: Any) -> Floats:
    """Compute Gi* of each area.

    Parameters
    ----------
    values : (n,)
        Counts or rates; NaN where nothing is known.
    weights : (n, n)
        Sparse or dense; row i is the window of area i, with the area itself.

    Returns
    -------
    (n,)
        Standard scores. NaN where the value is NaN (the area is left out of all windows too), where
        a window is empty or is the whole map in equal parts, and everywhere if all values are the
        same: then no window could differ from another.
    """
    return _sparsely(values, weights, lambda known, kept: standard(known, Windows.of(kept))[1])


def gi(values: npt.ArrayLike, weights: Any) -> Floats:
    """Compute Gi of each area: its neighbours without itself, against all others.

    Parameters and NaN are as at `gi_star`; weights of the areas themselves are not looked at.
    """
    return _sparsely(values, weights, _without_own)


def _without_own(values: Floats, weights: csr_matrix) -> Floats:
    n = len(values)
    windows = Windows.of(weights - diags_array(weights.diagonal()))
    others = max(n - 1, 1)
    mean = (values.sum() - values) / others
    off = values - values.mean()
    spread = np.sqrt(
        np.maximum((np.sum(off**2) - off**2) / others - (mean - values.mean()) ** 2, 0)
    )
    room = others * windows.squares - windows.total**2
    room[room <= _NO_ROOM * others * windows.squares] = 0.0
    # Of sums of squares half the digits are left, of values all but two.
    alike = max(1e-7 * np.abs(off).max(initial=0), 1e-14 * np.abs(values).max(initial=0))
    scale = np.where(spread > alike, spread, 0.0) * np.sqrt(room / max(n - 2, 1))
    z: Floats = (windows.weights @ values - mean * windows.total) / np.where(
        scale > 0, scale, np.nan
    )
    return z


def _sparsely(values: npt.ArrayLike, weights: Any, found: Any) -> Floats:
    """Compute something of the areas with a value; NaN for the others."""
    given = np.asarray(values, dtype=np.float64)
    known = np.isfinite(given)
    answer = np.full(given.shape, np.nan)
    answer[known] = found(given[known], without(weights, known))
    return answer


def standard(values: Floats, windows: Windows) -> tuple[Floats, Floats]:
    """Return sums over windows, and z."""
    if not len(values):
        return values, values
    # Off by a whole number: sums of counts stay exact, and far from 0 little is lost.
    level = float(np.round(values.mean()))
    off = values - level
    sums = windows.weights @ off
    return sums + level * windows.total, scores(off, sums, windows.total, windows.squares)


def scores(values: Floats, sums: Floats, total: Floats, squares: Floats) -> Floats:
    """Compute Gi* from all values of a map or a cube (any shape) and sums over windows.

    Parameters
    ----------
    values
        All values, finite.
    sums, total, squares
        Of each window Σ w x, Σ w and Σ w².

    Returns
    -------
    z
        NaN as said at `gi_star`.
    """
    n, spread = values.size, values.std() if values.min() < values.max() else 0.0
    room = n * squares - total**2
    room[room <= _NO_ROOM * n * squares] = 0.0
    scale = spread * np.sqrt(room / max(n - 1, 1))
    z: Floats = (sums - values.mean() * total) / np.where(scale > 0, scale, np.nan)
    return z
