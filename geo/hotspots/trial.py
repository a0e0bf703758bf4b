"""The test of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.errors import N_, InputError
from geo.hotspots.chance import Tails, laid_anew, tails
from geo.hotspots.correction import analytic, corrected, levels
from geo.hotspots.score import standard
from geo.hotspots.windows import Windows, without

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]

MODES = {"calibrated": N_("Calibrated by permutation"), "arcgis": N_("ArcGIS-compatible")}
"""How significance is told.

``calibrated``: each side by the distribution over all orders of the values, then FDR.
``arcgis``: two-sided from the normal curve, then FDR, as ArcGIS does; on sparse counts it raises
false alarms on most maps of pure chance, and is meant for comparing with older reports only.
"""


@dataclass(frozen=True)
class Gi:
    """What was found of each area, arrays of length n; NaN where there was no value.

    Attributes
    ----------
    values
        What was tested.
    window
        Σ_j w_ij x_j.
    size
        Areas in the window, the area itself among them.
    z
        Gi*.
    p_hot, p_cold
        How often chance gives a sum as large or larger, as small or smaller. In ArcGIS mode both
        are the two-sided p on the side where z lies, 1 on the other.
    q_hot, q_cold
        The same after correction: the smallest false discovery rate at which it would be found.
    level
        +3, +2, +1: hot at 99, 95, 90 % after correction; −1 to −3: cold; 0: neither.
    mode
        One of `MODES`.
    way
        One of `WAYS`.
    draws
        Random windows each p was compared with; 0 unless sampled.
    """

    values: Floats
    window: Floats
    size: Ints
    z: Floats
    p_hot: Floats
    p_cold: Floats
    q_hot: Floats
    q_cold: Floats
    level: Levels
    mode: str
    way: str
    draws: int


def test(
    values: npt.ArrayLike,
    weights: Any,
    *,
    mode: str = "calibrated",  # noqa: PT028 - the product's own, no test of pytest
    draws: int | None = None,  # noqa: PT028
    seed: int = 0,  # noqa: PT028
) -> Gi:
    """Test each area for being the middle of a hot or a cold window.

    Parameters
    ----------
    values : (n,)
        Counts or rates; NaN where nothing is known.
    weights : (n, n)
        Windows with the area itself; see `lattice_window`, `band`, `contiguity`.
    mode
        One of `MODES`.
    draws
        Sample that many windows of each size even where chance could be computed exactly.
    seed
        For sampling.

    Returns
    -------
    Gi

    Raises
    ------
    InputError
        The mode is unknown, or the weights do not fit the values.

    Notes
    -----
    Counts in windows whose weights are equal are tested exactly if that takes about a second or
    less. Otherwise windows of the same size share one sample, of max(100,000, 2n ÷ 0.05) draws:
    fewer could not pass the correction, since a sampled p is never below 1 ÷ (draws + 1). With
    unequal weights the whole map is shuffled, at most 99,999 times and much slower; there the
    smallest p may be too large for anything to pass.
    """
    given = np.asarray(values, dtype=np.float64)
    known = np.isfinite(given)
    windows = Windows.of(without(weights, known))
    sums, z = standard(given[known], windows)
    if mode == "arcgis":
        found = analytic(z)
    elif mode == "calibrated":
        found = _permuted(given[known], windows, sums, draws, np.random.default_rng(seed))
    else:
        raise InputError(N_("There is no mode {mode}."), mode=mode)
    return of_all(given, windows.size, (sums, z), found, mode)


test.__test__ = False  # type: ignore[attr-defined]  # for pytest: not a test function


def of_all(
    given: Floats, sizes: Ints, scored: tuple[Floats, Floats], found: Tails, mode: str
) -> Gi:
    """Correct what was found of the areas with a value, and put it among all areas."""
    known = np.isfinite(given)
    size = np.zeros(len(given), dtype=np.int64)
    size[known] = sizes
    parts = (*scored, found.hot, found.cold, *corrected(found))
    window, z, p_hot, p_cold, q_hot, q_cold = (_spread(known, part) for part in parts)
    tested = (given, window, size, z, p_hot, p_cold, q_hot, q_cold, levels(q_hot, q_cold))
    return Gi(*tested, mode, found.way, found.draws)


def _spread(known: npt.NDArray[np.bool_], part: Floats) -> Floats:
    if known.all():
        return part
    answer = np.full(known.shape, np.nan)
    answer[known] = part
    return answer


def _permuted(
    values: Floats, windows: Windows, sums: Floats, draws: int | None, rng: np.random.Generator
) -> Tails:
    if not windows.even:
        return laid_anew(values, windows, (sums, sums), draws, rng, [np.arange(len(values))])
    return tails(values, sums / windows.weight, windows.size, draws=draws, rng=rng)
