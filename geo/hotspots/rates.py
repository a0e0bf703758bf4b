"""Tickets per household."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.hotspots.chance import EXACT_SIZE, Tails, distribution, laid_anew, multiplicity
from geo.hotspots.score import standard
from geo.hotspots.trial import Gi, of_all
from geo.hotspots.windows import Windows, without

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STRATUM = 25
"""Fewest areas with about as many households; groups of 50 found cold spots too often."""
_STRATUM_SPREAD = 1.2
_STRATA_STEPS = 5e9
"""Multiplications the exact distributions may take: a few seconds."""
_ROUNDING = 1e-9


def smoothed_rates(cases: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Estimate rates, the less sure drawn nearer to the rate of all (global empirical Bayes).

    By moments (Marshall 1991, 10.2307/2347593): with c cases and h households in an area and the
    rate of all, m = Σc ÷ Σh,

        A = max(0, Σ h (c ÷ h − m)² ÷ Σ h − m ÷ mean(h)),  rate = m + (c ÷ h − m) A ÷ (A + m ÷ h).

    Returns
    -------
    (n,)
        Cases per household; NaN where nobody lives or something is missing, and such areas do not
        count in m either. All are m where areas differ no more than by chance (A = 0).
    """
    given, homes = np.asarray(cases, dtype=np.float64), np.asarray(population, dtype=np.float64)
    known = np.isfinite(given) & np.isfinite(homes) & (homes > 0)
    answer = np.full(given.shape, np.nan)
    if not known.any():
        return answer
    c, h = given[known], homes[known]
    mean = c.sum() / h.sum()
    between = max(0.0, float(np.sum(h * (c / h - mean) ** 2) / h.sum() - mean / h.mean()))
    trust = between / (between + mean / h) if between else 0.0
    answer[known] = mean + trust * (c / h - mean)
    return answer


def test_rates(
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    weights: Any,
    *,
    draws: int | None = None,  # noqa: PT028 - the product's own, no test of pytest
    seed: int = 0,  # noqa: PT028
) -> Gi:
    """Test whether households call more, or less, around each area than elsewhere.

    Parameters
    ----------
    cases, population : (n,)
        Tickets and households. Areas without a household are left out.
    weights : (n, n)
        Windows with the area itself.
    draws
        Sample that many maps even where chance could be computed exactly.
    seed
        For sampling.

    Returns
    -------
    Gi
        `values` are the smoothed rates, `window` and `z` are of them and describe; the p are of
        cases, as said below.

    Notes
    -----
    Smoothed rates must not be shuffled over the map: those of few households are all near the mean,
    those of many spread widely, and both lie in clusters, as houses do. On maps of pure chance with
    10 to 400 households a cell that finds cold spots on a third to all of them. Nor does a negative
    binomial tail with fitted spread do: where a few addresses call far more often than others
    (log-normal) it finds hot spots on two maps of five.

    So cases are shuffled, but only among areas with about as many households (groups of 25 or more
    that differ by a fifth, by more only where there are too few), and a window's sum is compared
    with those of windows made up of the same groups. What differs within a group is taken off: the
    sum is corrected by the cases the window's households let expect, less those of as many average
    members of its groups, and rounded so that less is found.

    Measured on maps of chance with gamma distributed addresses, at most 10 % have anything flagged
    at 95 %, from 81 areas on; with fewer than 150 areas whose own rates differ wildly (log-normal,
    σ = 1) 15 to 18 % have.

    A window's chance is computed exactly, as its groups' draws added up, or sampled where that
    takes more than a few seconds.

    A spot is thus a place whose households call more than those of places of its size: where all
    large compounds call more often, that by itself is none.
    """
    c, h = np.asarray(cases, dtype=np.float64), np.asarray(population, dtype=np.float64)
    rates = smoothed_rates(c, h)
    known = np.isfinite(rates)
    windows = Windows.of(without(weights, known))
    found = _by_strata(c[known], h[known], windows, draws, np.random.default_rng(seed))
    return of_all(rates, windows.size, standard(rates[known], windows), found, "calibrated")


test_rates.__test__ = False  # type: ignore[attr-defined]  # for pytest: not a test function


def expected_cases(cases: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Return what `test_rates` expects of each area: as many as places of its size have.

    That is the mean of the areas with about as many households, and for the households it has more
    or less than they have, what those let expect.

    Parameters
    ----------
    cases, population : (n,)
        Tickets and households.

    Returns
    -------
    (n,) float
        0 where nobody lives. They add up to the cases of the inhabited areas.
    """
    c, h = np.asarray(cases, dtype=np.float64), np.asarray(population, dtype=np.float64)
    found = np.zeros(len(c))
    lived = np.flatnonzero(h > 0)
    if lived.size:
        by_homes = h[lived] * (c[lived].sum() / h[lived].sum())
        for members in _strata(h[lived]):
            apart = by_homes[members] - by_homes[members].mean()
            found[lived[members]] = c[lived[members]].mean() + apart
    return found


def _by_strata(
    cases: Floats, homes: Floats, windows: Windows, draws: int | None, rng: np.random.Generator
) -> Tails:
    """Compare cases with those of areas with about as many households."""
    if not len(cases):
        return Tails(cases, cases, "exact", 0)
    groups = _strata(homes)
    expected = homes * (cases.sum() / homes.sum())
    usual = np.empty(len(cases))
    for members in groups:
        usual[members] = expected[members].mean()
    excess = windows.weights @ (cases - expected + usual)
    if not windows.even or (cases != np.round(cases)).any():
        return laid_anew(cases, windows, (excess, excess), draws, rng, groups)
    plain = np.maximum(excess / windows.weight, 0.0)
    observed = (np.floor(plain + _ROUNDING), np.ceil(plain - _ROUNDING))
    exact = None if draws else _exact_strata(cases, windows, observed, groups)
    if exact is None:
        weighted = (observed[0] * windows.weight, observed[1] * windows.weight)
        return laid_anew(cases, windows, weighted, draws, rng, groups)
    hot, cold = (np.where(windows.size == 0, np.nan, np.minimum(side, 1.0)) for side in exact)
    return Tails(hot, cold, "exact", 0)


def _strata(homes: Floats) -> list[Ints]:
    """Sort areas into groups with about as many households, never parting equal ones."""
    order = np.argsort(homes, kind="stable")
    rising, groups, start = homes[order], [], 0
    while start < len(order):
        alike = np.searchsorted(rising, rising[start] * _STRATUM_SPREAD, side="right")
        end = min(max(start + _STRATUM, int(alike)), len(order))
        end = int(np.searchsorted(rising, rising[end - 1], side="right"))
        if len(order) - end < _STRATUM:
            end = len(order)
        groups.append(order[start:end])
        start = end
    return groups


def _makeup(windows: Windows, groups: Sequence[Ints]) -> Ints:
    """Count how many members of each group a window has, (n, groups)."""
    member = np.zeros((len(windows.size), len(groups)))
    for number, members in enumerate(groups):
        member[members, number] = 1.0
    counted: Ints = np.round((windows.weights != 0) @ member).astype(np.int64)
    return counted


def _exact_strata(
    cases: Floats, windows: Windows, observed: tuple[Floats, Floats], groups: Sequence[Ints]
) -> tuple[Floats, Floats] | None:
    """Return the tails of sums that draw from several groups, or None if it takes too long."""
    at_least, at_most = (side.astype(np.int64) for side in observed)
    cap = int(max(at_least.max(), at_most.max())) + 1
    kinds, kind = np.unique(_makeup(windows, groups), axis=0, return_inverse=True)
    work = np.count_nonzero(kinds) * float(cap) ** 2
    if kinds.max() > EXACT_SIZE or work > _STRATA_STEPS:
        return None
    tables = []
    for members, most in zip(groups, kinds.max(axis=0).tolist(), strict=True):
        value, times = multiplicity(cases[members].astype(np.int64))
        tables.append(distribution(value, times, np.arange(most + 1), cap))
    hot, cold = np.empty(len(kind)), np.empty(len(kind))
    by_kind = np.split(np.argsort(kind, kind="stable"), np.cumsum(np.bincount(kind))[:-1])
    for taken, here in zip(kinds, by_kind, strict=True):
        chance = _added([table[number] for table, number in zip(tables, taken, strict=True)])
        hot[here] = _at(np.cumsum(chance[::-1])[::-1], at_least[here])
        cold[here] = _at(np.cumsum(chance), at_most[here])
    return hot, cold


def _at(tail: Floats, sums: Ints) -> Floats:
    """Return the tail at some sums.

    A corrected sum can lie beyond all that shuffling can make. Then the chance of the farthest
    possible sum is told: smaller than that cannot be known, and nothing is impossible.
    """
    found: Floats = np.maximum(tail[sums], tail[tail > 0].min())
    return found


def _added(parts: Sequence[Floats]) -> Floats:
    """Return the distribution of a sum of independent parts; the last bin is open, as in each."""
    first, *others = (_trimmed(part) for part in parts)
    cap = len(parts[0]) - 1
    for other in others:
        first = np.convolve(first, other)
        if len(first) > cap + 1:
            first = np.append(first[:cap], first[cap:].sum())
    return np.append(first, np.zeros(cap + 1 - len(first)))


def _trimmed(part: Floats) -> Floats:
    """Leave the impossible sums at the end out."""
    return part[: int(np.flatnonzero(part)[-1]) + 1]
