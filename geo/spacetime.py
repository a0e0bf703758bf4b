"""Emerging hot spots: where hot spots are new, lasting, growing, fading, or come and go.

A cube has a row of bins in time for each cell. Each bin is tested like a cell of a map
(`geo.hotspots`), its window being the cell's neighbours in the same step and in the steps before; a
trend is looked for in each cell's row; both together put a cell into one of 17 categories (Esri's
"emerging hot spot analysis").
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, eye, kron
from scipy.special import ndtr

from geo.errors import N_, InputError
from geo.hotspots import (
    Shortage,
    Tails,
    Windows,
    analytic,
    corrected,
    levels,
    scores,
    tails,
    test,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Levels = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]

EMERGING = {
    "new_hot": N_("New hot spot"),
    "consecutive_hot": N_("Consecutive hot spot"),
    "intensifying_hot": N_("Intensifying hot spot"),
    "persistent_hot": N_("Persistent hot spot"),
    "diminishing_hot": N_("Diminishing hot spot"),
    "sporadic_hot": N_("Sporadic hot spot"),
    "oscillating_hot": N_("Oscillating hot spot"),
    "historical_hot": N_("Historical hot spot"),
    "new_cold": N_("New cold spot"),
    "consecutive_cold": N_("Consecutive cold spot"),
    "intensifying_cold": N_("Intensifying cold spot"),
    "persistent_cold": N_("Persistent cold spot"),
    "diminishing_cold": N_("Diminishing cold spot"),
    "sporadic_cold": N_("Sporadic cold spot"),
    "oscillating_cold": N_("Oscillating cold spot"),
    "historical_cold": N_("Historical cold spot"),
    "none": N_("No pattern"),
}
"""The categories; `categorise` gives positions in this order."""

UNITS = {"week": N_("By week"), "month": N_("By month")}
MIN_STEPS = 10
MIN_POINTS = 60
ALPHA = 0.05
"""A bin is hot or cold, and a trend is one, at 95 % confidence."""

_NONE = len(EMERGING) - 1
_SIDE = _NONE // 2
_SURE = 2


# ------------------------------------------------------------------------------------------ steps


@dataclass(frozen=True)
class Steps:
    """Steps of equal kind that follow each other.

    Attributes
    ----------
    edges
        First day of each step, and the day after the last.
    unit
        ``"week"`` or ``"month"``.
    """

    edges: tuple[date, ...]
    unit: str

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.edges) - 1


def steps(last_day: date, unit: str, count: int) -> Steps:
    """Lay steps back from the last day of the data, so that the last one is complete.

    Months begin on the day after `last_day` of each month, or on the month's last day where it is
    shorter: for data until 31 March they are calendar months.

    Raises
    ------
    InputError
        The unit is neither ``"week"`` nor ``"month"``, or there is no step.
    """
    if unit not in UNITS:
        raise InputError(N_("There is no step {unit}."), unit=unit)
    if count < 1:
        raise InputError(N_("There must be at least one step."))
    end = last_day + timedelta(days=1)
    back = range(count, -1, -1)
    if unit == "week":
        return Steps(tuple(end - timedelta(weeks=number) for number in back), unit)
    return Steps(tuple(_months_before(end, number) for number in back), unit)


def _months_before(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def cube(
    cell_position: npt.ArrayLike, day: npt.ArrayLike | Sequence[date], laid: Steps, n_cells: int
) -> Ints:
    """Count tickets by cell and step.

    Parameters
    ----------
    cell_position : (m,) int
        Cell of each ticket; below 0 for none.
    day : (m,) datetime64 or dates
        Its day; those outside all steps, or missing, are not counted.
    laid
        The steps.
    n_cells
        Number of cells.

    Returns
    -------
    (n_cells, T) int
    """
    cell = np.asarray(cell_position, dtype=np.int64)
    days = np.asarray(day, dtype="datetime64[D]")
    edges = np.array(laid.edges, dtype="datetime64[D]")
    step = np.searchsorted(edges, days, side="right") - 1
    inside = (cell >= 0) & (step >= 0) & (step < laid.count) & ~np.isnat(days)
    flat = cell[inside] * laid.count + step[inside]
    return np.bincount(flat, minlength=n_cells * laid.count).reshape(n_cells, laid.count)


# ------------------------------------------------------------------------------ windows and trend


def space_time_window_z(counts: npt.ArrayLike, weights: Any, back: int = 1) -> Floats:
    """Compute Gi* of each bin, against mean and spread of the whole cube.

    Parameters
    ----------
    counts : (n, T)
        The cube.
    weights : (n, n)
        Windows in space, with the cell itself.
    back
        How many steps before a bin belong to its window, with the same cells and weights; the first
        bins of a cell have fewer.

    Returns
    -------
    (n, T)
        NaN as at `geo.hotspots.gi_star`.
    """
    return _Bins.of(np.asarray(counts), Windows.of(weights), back).z


class _Bins(NamedTuple):
    """Windows of all bins, (n, T) each."""

    sums: Floats
    size: Ints
    z: Floats

    @classmethod
    def of(cls, counts: Any, windows: Windows, back: int) -> _Bins:
        values = counts.astype(np.float64)
        here = windows.weights @ values
        sums = here.copy()
        for lag in range(1, min(back, values.shape[1] - 1) + 1):
            sums[:, lag:] += here[:, :-lag]
        depth = np.minimum(np.arange(values.shape[1]), back) + 1
        total, squares = windows.total[:, None] * depth, windows.squares[:, None] * depth
        z = scores(values, sums, total, squares) if values.size else values
        return cls(sums, windows.size[:, None] * depth, z)


class Trend(NamedTuple):
    """Mann-Kendall of each series: S, standard score, two-sided p."""

    s: Floats
    z: Floats
    p: Floats


def mann_kendall(series: npt.ArrayLike) -> Trend:
    """Look for a trend in each series (Mann 1945, Kendall 1975), with correction for ties.

    S counts pairs that rise minus pairs that fall. Without a trend its variance is
    (T (T − 1) (2T + 5) − Σ t (t − 1) (2t + 5)) ÷ 18 with t members in each group of ties, and
    z = (S ∓ 1) ÷ √variance.

    Parameters
    ----------
    series : (n, T)
        One series per row.

    Returns
    -------
    Trend
        Arrays (n,); NaN for a series with a NaN; z 0 and p 1 where all values are alike.
    """
    given = np.atleast_2d(np.asarray(series, dtype=np.float64))
    n, length = given.shape
    rank, ties = _ranks(given)
    s = np.zeros(n, dtype=np.int64)
    for lag in range(1, length):
        late, early = rank[lag:], rank[:-lag]
        s += np.sum((late > early).astype(np.int8) - (late < early), axis=0, dtype=np.int32)
    variance = (length * (length - 1) * (2 * length + 5) - ties) / 18
    z = (s - np.sign(s)) / np.sqrt(np.where(variance > 0, variance, 1.0))
    unknown = np.where(np.isnan(given).any(axis=1), np.nan, 1.0)
    return Trend(s.astype(np.float64) * unknown, z * unknown, 2 * ndtr(-np.abs(z)) * unknown)


def _ranks(given: Floats) -> tuple[npt.NDArray[np.int16], Ints]:
    """Return dense ranks, (T, n), and Σ t (t − 1) (2t + 5) over the ties of each series."""
    n, length = given.shape
    order = np.argsort(given, axis=1)
    ordered = np.take_along_axis(given, order, axis=1)
    dense = np.zeros((n, length), dtype=np.int64)
    np.cumsum(ordered[:, 1:] > ordered[:, :-1], axis=1, out=dense[:, 1:])
    group = (dense + np.arange(n)[:, None] * length).ravel()
    t = np.bincount(group, minlength=n * length).reshape(n, length)
    rank = np.empty((n, length), dtype=np.int16)
    np.put_along_axis(rank, order, dense.astype(np.int16), axis=1)
    return np.ascontiguousarray(rank.T), np.sum(t * (t - 1) * (2 * t + 5), axis=1)


# ------------------------------------------------------------------------------------- categories


def categorise(hot: npt.ArrayLike, trend_z: npt.ArrayLike, trend_p: npt.ArrayLike) -> Ints:
    """Put each cell into a category, by its bins and its trend.

    With n steps, and for cold spots in the same way with cold for hot and falling for rising:

    ============  =================================================================================
    new           hot in step n and never before
    consecutive   one unbroken run of at least 2 hot steps up to n, never hot before it, hot in
                  less than 90 % of the steps
    intensifying  hot in at least 90 % of the steps and in step n, Gi* rises (Mann-Kendall, 5 %)
    persistent    the same without a trend
    diminishing   the same, Gi* falls
    sporadic      hot in step n and, with gaps, before; in less than 90 % of the steps; never cold
    oscillating   hot in step n, in less than 90 % of the steps, and cold in an earlier one
    historical    hot in at least 90 % of the steps but not in step n
    none          all others
    ============  =================================================================================

    The rules leave open, and here it is settled so:

    - hot for the first time, or in one run, but cold in the past: oscillating, neither new nor
      consecutive;
    - hot in exactly 90 % of the steps counts as at least 90 %;
    - cold now, and hot in at least 90 % of the steps: what is now decides, so it is an oscillating
      cold spot and not a historical hot one;
    - a trend that is not known (NaN) is none.

    Parameters
    ----------
    hot : (n, T) int
        +1 hot, −1 cold, 0 neither.
    trend_z, trend_p : (n,)
        Of `mann_kendall`.

    Returns
    -------
    (n,) int
        Positions in `EMERGING`.
    """
    bins = np.atleast_2d(np.asarray(hot))
    z, p = np.asarray(trend_z, dtype=np.float64), np.asarray(trend_p, dtype=np.float64)
    trend = np.where(p < ALPHA, np.sign(z), 0)
    category = np.full(len(bins), _NONE)
    if not bins.shape[1]:
        return category
    for first, side in ((0, 1), (_SIDE, -1)):
        _label(category, bins * side, trend * side, first)
    return category


def _label(category: Ints, bins: Any, trend: Any, first: int) -> None:
    """Put the cells of the hot side into their categories, which begin at `first`."""
    length = bins.shape[1]
    hot = bins > 0
    times, now = hot.sum(axis=1), hot[:, -1]
    mostly = 10 * times >= 9 * length
    was_cold = (bins < 0).any(axis=1)
    one_run = np.diff(hot, axis=1, prepend=False).sum(axis=1) == 1  # begins once, never ends
    rules = (
        now & ~was_cold & (times == 1),
        now & ~mostly & ~was_cold & one_run,
        now & mostly & (trend > 0),
        now & mostly & (trend == 0),
        now & mostly & (trend < 0),
        now & ~mostly & ~was_cold,
        now & ~mostly & was_cold,
        mostly & (bins[:, -1] == 0),
    )
    for position in reversed(range(len(rules))):
        category[rules[position]] = first + position


# -------------------------------------------------------------------------------------- all of it


@dataclass(frozen=True)
class Emerging:
    """What was found; arrays (n, T) of bins and (n,) of cells.

    Attributes
    ----------
    z
        Gi* of each bin; NaN in cells without any ticket.
    q_hot, q_cold
        False discovery rates, over all bins of the cube.
    level
        +3 to −3, as `geo.hotspots.Gi.level`.
    trend_s, trend_z, trend_p
        Mann-Kendall of each cell's z.
    category
        Position in `EMERGING`.
    counts
        The cube.
    way
        One of `geo.hotspots.WAYS`.
    """

    z: Floats
    q_hot: Floats
    q_cold: Floats
    level: Levels
    trend_s: Floats
    trend_z: Floats
    trend_p: Floats
    category: Ints
    counts: Ints
    way: str


def emerging(
    counts: npt.ArrayLike,
    weights: Any,
    *,
    back: int = 1,
    mode: str = "calibrated",
    seed: int = 0,
) -> Emerging:
    """Test all bins of a cube, look for trends, and put cells into categories.

    Parameters
    ----------
    counts : (n, T)
        The cube. Cells without a ticket in any step are left out here: they belong to no window,
        do not count in the mean, and their category is "none".
    weights : (n, n)
        Windows in space, with the cell itself.
    back
        Steps before a bin that belong to its window.
    mode
        One of `geo.hotspots.MODES`.
    seed
        For sampling, where chance cannot be computed exactly.

    Notes
    -----
    A bin is hot or cold for the categories at 95 % confidence after correction (level ±2 and ±3).
    """
    given = np.asarray(counts)
    kept: Bools = np.any(given, axis=1)
    windows = Windows.of(csr_matrix(weights)[kept][:, kept])
    bins = _Bins.of(given[kept], windows, back)
    found = _tails(given[kept], windows, bins, (back, mode, seed))
    q_hot, q_cold = (q.reshape(bins.z.shape) for q in corrected(found))
    level = levels(q_hot, q_cold)
    trend = mann_kendall(bins.z)
    hot = np.sign(level) * (np.abs(level) >= _SURE)
    category = np.full(len(given), _NONE)
    category[kept] = categorise(hot, trend.z, trend.p)
    z, full_hot, full_cold = (_full(kept, part) for part in (bins.z, q_hot, q_cold))
    s, trend_z, trend_p = (_full(kept, part) for part in trend)
    answer = (z, full_hot, full_cold, levels(full_hot, full_cold), s, trend_z, trend_p)
    return Emerging(*answer, category, given, found.way)


def _full(kept: Bools, part: Floats) -> Floats:
    """Put what was found of the tested cells among all; NaN for the others."""
    answer = np.full((len(kept), *part.shape[1:]), np.nan)
    answer[kept] = part
    return answer


def _tails(counts: Any, windows: Windows, bins: _Bins, how: tuple[int, str, int]) -> Tails:
    back, mode, seed = how
    if mode == "arcgis":
        return analytic(bins.z.ravel())
    if mode != "calibrated":
        raise InputError(N_("There is no mode {mode}."), mode=mode)
    values = counts.astype(np.float64).ravel()
    if windows.even:
        plain = bins.sums / windows.weight[:, None]
        rng = np.random.default_rng(seed)
        return tails(values, plain.ravel(), bins.size.ravel(), rng=rng)
    length = counts.shape[1]
    before = sum(eye(length, k=-lag) for lag in range(back + 1))
    found = test(values, kron(windows.weights, before, format="csr"), seed=seed)
    return Tails(found.p_hot, found.p_cold, found.way, found.draws)


def shortage(counts: npt.ArrayLike) -> Shortage | None:
    """Say whether a cube is too small to test, and why; None if it suffices."""
    given = np.asarray(counts)
    points, length = int(given.sum()), given.shape[1]
    if length < MIN_STEPS:
        return Shortage("steps", length, points, MIN_STEPS)
    if points < MIN_POINTS:
        return Shortage("cases", length, points, MIN_POINTS)
    if given.min() == given.max():
        return Shortage("constant", length, points, MIN_POINTS)
    return None
