"""How often chance gives a sum as large, or as small: computed exactly, or sampled."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.hotspots.windows import Windows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WAYS = ("exact", "sampled", "analytic")

_ALPHA = 0.05
_FEWEST_DRAWS = 100_000
_FEWEST_MAPS, _MOST_MAPS = 999, 99_999
_MAP_WORK = 1e9
_BATCH = 1_000_000
_SLACK = 1e-12
"""Share of a sum by which two sums of the same numbers may differ."""

_EXACT_STEPS = 5e8
"""Multiplications the exact distribution may take: about a second."""
_EXACT_STATES = 5e6

EXACT_SIZE = 512
_SMALL_BITS = 6
"""Sizes that differ by more than a factor of 2 are computed apart, except small ones (below 64),
and none above 512: else the chance of drawing just that many would be too small a number."""


class Tails(NamedTuple):
    """How often chance gives as much or more (`hot`), as little or less (`cold`)."""

    hot: Floats
    cold: Floats
    way: str
    draws: int


def tails(
    pool: Floats,
    sums: Floats,
    sizes: Ints,
    *,
    draws: int | None = None,
    rng: np.random.Generator,
) -> Tails:
    """Compare sums of some values with all ways of choosing as many from a pool.

    Parameters
    ----------
    pool : (n,)
        The values of the map, finite.
    sums : (m,)
        Observed sums.
    sizes : (m,) int
        How many values each is made of; 0 gives NaN.
    draws
        Sample that many instead of computing exactly.
    rng
        For sampling.
    """
    wanted, row = np.unique(sizes, return_inverse=True)
    if not len(wanted) or wanted[-1] == 0:
        nothing = np.full(len(sums), np.nan)
        return Tails(nothing, nothing, "exact", 0)
    exact = _exact(pool, sums, sizes, wanted, row) if draws is None else None
    hot, cold, count = exact or _sampled(pool, sums, sizes, draws, rng)
    hot[sizes == 0] = cold[sizes == 0] = np.nan
    return Tails(hot, cold, "sampled" if count else "exact", count)


def _exact(
    pool: Floats, sums: Floats, sizes: Ints, wanted: Ints, row: Ints
) -> tuple[Floats, Floats, int] | None:
    """Return the tails of all sums, or None where that is not possible or takes too long."""
    if (pool != np.round(pool)).any() or pool.max() - pool.min() > 2**40:
        return None
    low = int(pool.min())
    value, times = multiplicity((pool - low).astype(np.int64))
    step = int(np.gcd.reduce(value)) or 1
    value = value // step
    place = np.round((sums - low * sizes) / step).astype(np.int64)
    most, cap = int(wanted[-1]), int(place.max()) + 1
    reached = np.minimum(cap, most * value[1:]) + 1
    work = float(np.sum((np.minimum(times[1:], most) + 1.0) * (most + 1) * reached))
    if most > EXACT_SIZE or work > _EXACT_STEPS or (most + 1.0) * (cap + 1) > _EXACT_STATES:
        return None
    alike = np.maximum(np.frexp(wanted)[1], _SMALL_BITS)
    groups = [wanted[alike == bits] for bits in np.unique(alike)]
    chance = np.concatenate([distribution(value, times, group, cap) for group in groups])
    at_least = np.cumsum(chance[:, ::-1], axis=1)[:, ::-1]
    at_most = np.cumsum(chance, axis=1)
    return np.minimum(at_least[row, place], 1.0), np.minimum(at_most[row, place], 1.0), 0


def multiplicity(counts: Ints) -> tuple[Ints, Ints]:
    """Return 0 and the distinct values above, rising, and how often each occurs (0 maybe never)."""
    if counts.max() <= 4 * len(counts) + 1_000_000:
        every = np.bincount(counts)
        value = np.concatenate(([0], np.flatnonzero(every[1:]) + 1))
        return value, every[value]
    value, times = np.unique(np.append(counts, 0), return_counts=True)
    times[0] -= 1
    return value, times


def distribution(value: Ints, times: Ints, wanted: Ints, cap: int) -> Floats:
    """Compute how likely each sum of k values drawn without putting back is, for all k at once.

    The generating function Π_v Σ_j C(times_v, j) y^j x^(jv) counts the choices by their number (y)
    and sum (x). Each factor is weighted into a binomial distribution: as if every cell were chosen
    by itself with the same chance. Given that k were chosen, all choices of k are then equally
    likely, which is what is wanted; and every number is a probability, so that none overflows, and
    all are added, so that the smallest are as precise as the largest.

    Parameters
    ----------
    value, times
        Distinct values, rising from 0, and how many cells have each.
    wanted
        The numbers k.
    cap
        Sums from here on are one.

    Returns
    -------
    (len(wanted), cap + 1)
        Probabilities; each row adds up to 1.
    """
    most, n = int(wanted[-1]), int(times.sum())
    share = math.sqrt(max(int(wanted[0]), 1) * most) / (n + 1)
    table = np.zeros((most + 1, cap + 1))
    table[0, 0] = 1.0
    top = 0
    for one, many in zip(value[1:].tolist(), times[1:].tolist(), strict=True):
        reached = min(cap, most * one)
        _choose(table, one, _binomial(many, share, most), (top, reached))
        top = reached
    nothing = _binomial(int(times[0]), share, most)
    rest = wanted[:, None] - np.arange(most + 1)
    fits = (rest >= 0) & (rest < len(nothing))
    chance = np.where(fits, nothing[np.where(fits, rest, 0)], 0.0) @ table
    answer: Floats = chance / chance.sum(axis=1, keepdims=True)
    return answer


def _binomial(many: int, share: float, most: int) -> Floats:
    """Return the chances that 0, 1 … of `many` are chosen, up to `most`."""
    chosen = np.arange(min(many, most))
    steps = np.log((many - chosen) / (chosen + 1) * (share / (1 - share)))
    return np.exp(many * math.log1p(-share) + np.concatenate(([0.0], np.cumsum(steps))))


def _choose(table: Floats, value: int, chances: Floats, span: tuple[int, int]) -> None:
    """Let some cells of a value be chosen too: `table` (number, sum) changes in place.

    `span` is the largest sum there was, and there can be; sums beyond the last column stay in it.
    """
    top, reached = span
    cap = table.shape[1] - 1
    before = table[:, : top + 1].copy()
    beyond = np.cumsum(before[:, ::-1], axis=1)[:, ::-1]
    table[:, : reached + 1] *= chances[0]
    for number in range(1, len(chances)):
        step, rows = number * value, len(table) - number
        kept = min(top, cap - 1 - step) + 1
        if kept > 0:
            table[number:, step : step + kept] += chances[number] * before[:rows, :kept]
        if kept <= top:
            table[number:, cap] += chances[number] * beyond[:rows, max(kept, 0)]


def _sampled(
    pool: Floats, sums: Floats, sizes: Ints, draws: int | None, rng: np.random.Generator
) -> tuple[Floats, Floats, int]:
    """Compare with random choices; windows of a size share one sample."""
    count = draws or max(_FEWEST_DRAWS, math.ceil(2 * len(sums) / _ALPHA))
    hot, cold = np.full(len(sums), np.nan), np.full(len(sums), np.nan)
    slack = _SLACK * float(np.abs(pool).max())
    for size, reference in _references(pool, np.unique(sizes[sizes > 0]), count, rng):
        here = np.flatnonzero(sizes == size)
        reference.sort()
        below = np.searchsorted(reference, sums[here] - slack * size, side="left")
        upto = np.searchsorted(reference, sums[here] + slack * size, side="right")
        hot[here] = (1 + count - below) / (count + 1)
        cold[here] = (1 + upto) / (count + 1)
    return hot, cold, count


def _references(
    pool: Floats, wanted: Ints, count: int, rng: np.random.Generator
) -> Iterator[tuple[int, Floats]]:
    """Draw `count` sums of each number of values; a shuffled map is cut into many windows."""
    n = len(pool)
    parts: dict[int, list[Floats]] = {int(size): [] for size in wanted}
    missing = dict.fromkeys(parts, count)
    while missing:
        maps = min(max(1, _BATCH // n), max(-(-left // (n // k)) for k, left in missing.items()))
        shuffled = rng.permuted(np.broadcast_to(pool, (maps, n)), axis=1)
        for size in list(missing):
            cut = shuffled[:, : n // size * size].reshape(-1, size)[: missing[size]].sum(axis=1)
            parts[size].append(cut)
            missing[size] -= len(cut)
            if not missing[size]:
                del missing[size]
                yield size, np.concatenate(parts.pop(size))


def laid_anew(
    values: Floats,
    windows: Windows,
    observed: tuple[Floats, Floats],
    draws: int | None,
    rng: np.random.Generator,
    groups: Sequence[Ints],
) -> Tails:
    """Compare with whole maps laid out anew, each group of areas among themselves.

    `observed` are the sums to be reached from below, and from above.
    """
    n, work = len(values), max(windows.weights.nnz, 1)
    count = draws or int(np.clip(_MAP_WORK / work, _FEWEST_MAPS, _MOST_MAPS))
    # Sums of the same numbers in another order may differ in the last digits.
    slack = _SLACK * (abs(windows.weights) @ np.abs(values))
    enough, little = ((observed[0] - slack)[:, None], (observed[1] + slack)[:, None])
    more, less = np.ones(n), np.ones(n)
    at_once = max(1, _BATCH // max(n, 1))
    for start in range(0, count, at_once):
        laid = np.empty((min(at_once, count - start), n))
        for members in groups:
            same = np.broadcast_to(values[members], (len(laid), len(members)))
            laid[:, members] = rng.permuted(same, axis=1)
        sums = windows.weights @ laid.T
        more += (sums >= enough).sum(axis=1)
        less += (sums <= little).sum(axis=1)
    empty = np.where(windows.size == 0, np.nan, 1.0)
    return Tails(empty * more / (count + 1), empty * less / (count + 1), "sampled", count)
