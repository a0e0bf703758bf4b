"""Many cells are tested: what of it is chance, and how sure the rest is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr
from scipy.stats import false_discovery_control

from geo.hotspots.chance import Tails

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int8]

LEVELS = (0.10, 0.05, 0.01)
"""False discovery rates of the levels 1, 2 and 3: 90, 95 and 99 % confidence."""


def fdr(p: npt.ArrayLike) -> Floats:
    """Correct for the number of tests (Benjamini and Hochberg 1995).

    Returns
    -------
    q
        Of each p the smallest false discovery rate at which it would be found; NaN where p is NaN,
        which does not count as a test.
    """
    given = np.asarray(p, dtype=np.float64)
    known = ~np.isnan(given)
    answer = np.full(given.shape, np.nan)
    if known.any():
        answer[known] = false_discovery_control(given[known])
    return answer


def pooled(p: Sequence[npt.ArrayLike]) -> list[Floats]:
    """Correct for the number of tests in several lists together, as for several categories."""
    parts = [np.asarray(one, dtype=np.float64) for one in p]
    if not parts:
        return []
    together = fdr(np.concatenate(parts))
    return np.split(together, np.cumsum([len(one) for one in parts])[:-1])


def levels(q_hot: npt.ArrayLike, q_cold: npt.ArrayLike) -> Levels:
    """Say how sure: +3, +2, +1 hot at 99, 95, 90 % confidence, −1 to −3 cold, 0 neither."""
    hot, cold = (_steps_passed(np.asarray(q, dtype=np.float64)) for q in (q_hot, q_cold))
    return np.where(hot >= cold, hot, -cold).astype(np.int8)


def _steps_passed(q: Floats) -> Levels:
    return sum((q <= limit).astype(np.int8) for limit in LEVELS)  # type: ignore[return-value]


def analytic(z: Floats) -> Tails:
    """Read both sides from the normal curve, as ArcGIS does: two-sided where z lies, else 1."""
    both = 2 * ndtr(-np.abs(z))
    return Tails(np.where(z < 0, 1.0, both), np.where(z > 0, 1.0, both), "analytic", 0)


def corrected(found: Tails) -> tuple[Floats, Floats]:
    """Correct each side for the number of tests; two-sided ones, from the normal curve, together.

    Returns
    -------
    q_hot, q_cold
    """
    if found.way != "analytic":
        return fdr(found.hot), fdr(found.cold)
    q = fdr(np.minimum(found.hot, found.cold))
    return np.where(found.hot < 1, q, 1.0), np.where(found.cold < 1, q, 1.0)
