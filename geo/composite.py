"""A composite load: several measured terms made comparable, weighed, and added up.

The score says who carries more than others, nothing absolute; `geo.workload` counts hours. Its
weights are the office's (norms ``weight_<term>``), every part of a score can be shown, and how the
ranking hangs on the weights is part of the answer (OECD/JRC Handbook on Constructing Composite
Indicators, 2008: sensitivity belongs to every composite indicator).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Method = Literal["z", "ratio"]

CUT = 0.01
"""Share of each end that winsorising draws in."""

SPREAD = 0.25
"""Standard deviation of a sampled weight ÷ the weight, where all weights are equal."""

DRAWS = 1_000
TOP = 3
_SURE = (0.05, 0.95)

_DECIMALS = 10
"""Scores that differ by less are equal: sums in another order must not break a tie."""

_CONSTANT = 1e-12
"""A term whose values differ by less than this part of their size is the same everywhere."""


@dataclass(frozen=True)
class Composite:
    """Scores of areas, and what they are made of.

    Attributes
    ----------
    keys
        The terms that count, in the order given.
    weights : array of (t,)
        Their weights, summing to 1.
    standard : array of (n, t)
        The terms made comparable: 0 is the mean. What is unknown stands at the mean.
    parts : array of (n, t)
        What each term adds to each score: weight × `standard`.
    score : array of (n,)
        Sum of the parts; NaN for an area no term is known of.
    rank : array of (n,)
        1 for the largest score; equal scores share the smaller rank. 0 for an area without score.
    unknown : array of (n, t)
        Where a term was not known.
    absent
        Terms that are known nowhere, and left out.
    unweighed
        Terms with a weight of 0, left out.
    """

    keys: tuple[str, ...]
    weights: Floats
    standard: Floats
    parts: Floats
    score: Floats
    rank: Ints
    unknown: npt.NDArray[np.bool_]
    absent: tuple[str, ...] = ()
    unweighed: tuple[str, ...] = ()


@dataclass(frozen=True)
class RankRange:
    """How the ranks move when the weights do; arrays of (n,).

    Attributes
    ----------
    low, high
        5 % and 95 % quantiles of the ranks drawn.
    best, worst
        The smallest and the largest of them.
    top
        Part of the draws in which the area is among the first `TOP`, 0 to 1.
    """

    low: Ints
    high: Ints
    best: Ints
    worst: Ints
    top: Floats


def winsorised(values: Floats, cut: float = CUT) -> Floats:
    """Draw the ends of each term in to its quantiles.

    Parameters
    ----------
    values
        Areas × terms, NaN where unknown.
    cut
        Share of each end, 0 to 0.5.
    """
    if not len(values) or cut <= 0:
        return values
    known = ~np.isnan(values).all(axis=0)
    drawn = values.copy()
    ends = np.nanquantile(values[:, known], [cut, 1 - cut], axis=0)
    drawn[:, known] = np.clip(values[:, known], *ends)
    return drawn


def standardised(values: Floats, method: Method = "z") -> Floats:
    """Make terms comparable, so that 0 is their mean over the areas.

    Parameters
    ----------
    values
        Areas × terms, NaN where unknown.
    method
        ``z``: (x - mean) ÷ standard deviation (n). ``ratio``: x ÷ mean - 1, which keeps what twice
        as much is, but lets the terms that differ most decide; for terms that are not negative.

    Returns
    -------
    array of (n, t)
        0 where a term is unknown, and for a term that is the same everywhere.
    """
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / count
    away = np.where(known, values - mean, 0.0)
    size = np.abs(filled).max(axis=0, initial=0.0)
    scale = np.sqrt((away**2).sum(axis=0) / count) if method == "z" else mean
    varied = (np.abs(away).max(axis=0, initial=0.0) > _CONSTANT * size) & (scale > 0)
    return np.where(varied, away / np.where(varied, scale, 1.0), 0.0)


def composite(
    terms: Mapping[str, Floats],
    weights: Mapping[str, float],
    *,
    method: Method = "z",
    cut: float = 0.0,
) -> Composite:
    """Add terms up to one score for each area: Σ w·z ÷ Σ w.

    Parameters
    ----------
    terms
        For each term, the areas' values, shape (n,); NaN where unknown.
    weights
        Of each term, not negative; only their proportions count.
    method
        See `standardised`.
    cut
        Share of each end that is drawn in before (see `winsorised`); 0 for none.

    Raises
    ------
    ValueError
        If a weight is negative or not finite.
    """
    if any(not 0 <= weights[key] < np.inf for key in terms):
        message = "weights must be finite and not negative"
        raise ValueError(message)
    absent = tuple(key for key, values in terms.items() if np.isnan(values).all())
    unweighed = tuple(key for key in terms if weights[key] == 0 and key not in absent)
    keys = tuple(key for key in terms if key not in (*absent, *unweighed))
    size = len(next(iter(terms.values()), ()))
    values = np.array([terms[key] for key in keys], dtype=np.float64).reshape(len(keys), size).T
    weight = np.array([weights[key] for key in keys], dtype=np.float64)
    weight = weight / weight.sum() if keys else weight
    standard = standardised(winsorised(values, cut), method)
    parts = standard * weight
    unknown = np.isnan(values)
    score = np.where(unknown.all(axis=1), np.nan, parts.sum(axis=1))
    ranks = _ranks(score[None, :])[0]
    return Composite(
        keys, weight, standard, parts, score, ranks, unknown, absent=absent, unweighed=unweighed
    )


def _ranks(scores: Floats) -> Ints:
    """Rank each row, 1 for the largest; equal ones share the smaller rank, NaN has rank 0."""
    unknown = np.isnan(scores)
    filled = np.where(unknown, -np.inf, np.round(scores, _DECIMALS))
    ranks = rankdata(-filled, method="min", axis=1).astype(np.int64)
    return np.where(unknown, 0, ranks)


def concentration(terms: int) -> float:
    """Return the concentration of the Dirichlet distribution weights are drawn from.

    With concentration c around weights w, a drawn weight has the variance w(1 - w)/(c + 1); this c
    makes the standard deviation of each of `terms` equal weights `SPREAD` of the weight.
    """
    return max((terms - 1) / SPREAD**2 - 1, 1.0)


def rank_ranges(found: Composite, *, seed: int, draws: int = DRAWS) -> RankRange:
    """Say how the ranks move when the weights vary around those given.

    Parameters
    ----------
    found
        With its weights; a term left out stays out.
    seed
        Same seed, same ranges.
    draws
        Weights sampled from the Dirichlet distribution around those given (`concentration`).
    """
    count = len(found.keys)
    if count > 1 and len(found.score):
        alpha = concentration(count) * found.weights
        weights = np.random.default_rng(seed).dirichlet(alpha, draws)
    else:
        weights = np.tile(found.weights, (1, 1))
    scores = weights @ found.standard.T
    scores[:, np.isnan(found.score)] = np.nan
    ranks = _ranks(scores)
    low, high = np.quantile(ranks, _SURE, axis=0, method="inverted_cdf")
    return RankRange(
        low=low.astype(np.int64),
        high=high.astype(np.int64),
        best=ranks.min(axis=0, initial=len(found.score)),
        worst=ranks.max(axis=0, initial=0),
        top=((ranks > 0) & (ranks <= TOP)).mean(axis=0),
    )


def heaviest(found: Composite) -> Sequence[int]:
    """Return the positions of the areas that have a score, the largest score first."""
    known = np.flatnonzero(~np.isnan(found.score))
    return [int(place) for place in known[np.argsort(found.rank[known], kind="stable")]]
