"""Afterwards: what became of the spots, and whether a measure has helped.

Two questions that are easily answered wrongly by eye. A spot that is on one period's map and not
on the other's need not have changed: it may have crossed the line of significance by a hair.
`compare` therefore judges by the ratio of the rates and its interval. And tickets that fell after
a measure may have fallen everywhere: `before_after` compares with ground that was left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, stats
from scipy.optimize import linear_sum_assignment

from geo.errors import N_, InputError, RequestError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SURE = 0.95

# ------------------------------------------------------------------------------------- two periods

CHANGES = {
    "appeared": N_("Appeared"),
    "grew": N_("Grew"),
    "steady": N_("No clear change"),
    "faded": N_("Faded"),
    "gone": N_("Gone"),
}
"""What became of a spot, in the order of worry."""

RELATIONS = {
    "same": N_("In both periods"),
    "split": N_("Split off from a spot of the earlier period"),
    "merged": N_("Merged into a spot of the later period"),
    "alone": N_("In one period only"),
}

SHARED = 0.1
"""Part of the smaller spot that two spots must share to have to do with each other."""


@dataclass(frozen=True)
class Spots:
    """Spots of one period.

    Attributes
    ----------
    members
        Ids of each spot's cells, grids or buildings; the same ids in both periods.
    observed, expected : arrays of (k,)
        Tickets, and tickets to be expected.
    other_observed, other_expected : arrays of (k,), optional
        The same of the same members in the other period, whether there was a spot or not. With
        them a change is that of the same ground, and appeared and gone spots get a ratio too.
    """

    members: Sequence[npt.ArrayLike]
    observed: npt.ArrayLike
    expected: npt.ArrayLike
    other_observed: npt.ArrayLike | None = None
    other_expected: npt.ArrayLike | None = None


@dataclass(frozen=True)
class Change:
    """What became of a spot. Two spots that are each other's match share one row.

    Attributes
    ----------
    before, after
        Its number in either period; None where it has none.
    change
        Key of `CHANGES`. "appeared" and "gone" say that the other period has no spot there.
    relation
        Key of `RELATIONS`.
    others
        Spots of the other period with which it shares members but is not matched, most shared
        first; in a shared row, the later ones: parts that split off.
    merged
        In a shared row, the earlier ones: spots that `after` has taken in.
    overlap
        Members shared ÷ members of either (Jaccard), with its match or else the first of `others`.
    ratio, low, high
        Rate after ÷ rate before and its interval; NaN where one is not known.
    p
        Two-sided, that the rate is the same.
    clear
        Whether the interval leaves out 1. An appeared or gone spot that is not clear may have
        crossed the line of significance by chance.
    """

    before: int | None
    after: int | None
    change: str
    relation: str
    others: tuple[int, ...]
    merged: tuple[int, ...]
    overlap: float
    ratio: float
    low: float
    high: float
    p: float
    clear: bool


@dataclass(frozen=True)
class Ratio:
    """A ratio of two rates with its exact interval."""

    ratio: float
    low: float
    high: float
    p: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low > 1 or self.high < 1


_UNKNOWN = Ratio(np.nan, np.nan, np.nan, np.nan)


def rate_ratio(
    after: tuple[float, float], before: tuple[float, float], sure: float = SURE
) -> Ratio:
    """Return the ratio of two Poisson rates.

    Given their sum, the later count is binomial with odds ratio × exposures; its Clopper–Pearson
    interval is turned back into one of the ratio (Przyborowski & Wilenski 1940, Biometrika 31:313).
    It covers at least what it says, for any counts.

    Parameters
    ----------
    after, before
        Count and exposure (or expected count).
    sure
        Cover of the interval.
    """
    (n, e), (m, f) = after, before
    if n + m <= 0 or not (e > 0 and f > 0):
        return _UNKNOWN
    out, chance = (1 - sure) / 2, e / (e + f)
    low = stats.beta.ppf(out, n, m + 1) if n else 0.0
    high = stats.beta.isf(out, n + 1, m) if m else 1.0
    ratio, lowest, highest = (_odds(part) * f / e for part in (n / (n + m), low, high))
    # Twice the smaller tail, which agrees with the interval.
    tails = stats.binom.cdf(n, n + m, chance), stats.binom.sf(n - 1, n + m, chance)
    return Ratio(ratio, lowest, highest, float(min(1.0, 2 * min(tails))))


def _odds(part: float) -> float:
    return float(part / (1 - part)) if part < 1 else np.inf


def _overlaps(before: Spots, after: Spots) -> tuple[Floats, Floats]:
    """Return Jaccard, and shared ÷ members of the smaller, (before, after)."""
    lists = [np.unique(np.asarray(ids)) for ids in (*before.members, *after.members)]
    sizes = np.array([len(ids) for ids in lists], dtype=np.int64)
    spot = np.repeat(np.arange(len(lists)), sizes)
    code, ids = pd.factorize(np.concatenate(lists)) if lists else (spot, spot)
    holds = sparse.csr_array((np.ones(len(spot)), (spot, code)), shape=(len(lists), len(ids)))
    first = len(before.members)
    shared = (holds[:first] @ holds[first:].T).toarray()
    one, other = sizes[:first, np.newaxis], sizes[np.newaxis, first:]
    jaccard = shared / np.maximum(one + other - shared, 1)
    return jaccard, shared / np.maximum(np.minimum(one, other), 1)


def _matched(jaccard: Floats, related: npt.NDArray[np.bool_]) -> dict[int, int]:
    """Match spots one to one so that the overlaps add up to the most."""
    if not jaccard.size:
        return {}
    rows, columns = linear_sum_assignment(np.where(related, jaccard, 0.0), maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if related[row, column]}


def compare(
    before: Spots, after: Spots, *, shared: float = SHARED, sure: float = SURE
) -> tuple[Change, ...]:
    """Match the spots of two periods and tell what became of them.

    A spot belongs to the one of the other period with which it shares most members, one to one;
    what also shares members with a matched spot has split off or merged. Changes are judged by the
    ratio of observed ÷ expected, with the exact interval of two Poisson counts: as the expected
    counts are each period's own, a spot grows if it rises against the whole street.

    A spot is on the list because its count was high, so its next count tends to be lower by itself
    (regression to the mean): "faded" alone does not prove that a measure worked.

    Parameters
    ----------
    before, after
        Spots of the earlier and of the later period.
    shared
        Part of the smaller spot that two must share.
    sure
        Cover of the intervals.

    Returns
    -------
    tuple of Change
        Each spot of either period once: those before in their order, with their match, then those
        after that have none.
    """
    jaccard, part = _overlaps(before, after)
    related = part >= max(shared, np.finfo(float).tiny)
    pair = _matched(jaccard, related)
    book = _Book(before, after, jaccard, related, pair, sure)
    unmatched = sorted(set(range(len(after.members))) - set(pair.values()))
    return (
        *(book.earlier(one) for one in range(len(before.members))),
        *(book.later(one) for one in unmatched),
    )


@dataclass(frozen=True)
class _Book:
    """Two periods' spots, how they overlap, and which are each other's match."""

    before: Spots
    after: Spots
    jaccard: Floats
    related: npt.NDArray[np.bool_]
    pair: dict[int, int]
    sure: float

    def earlier(self, one: int) -> Change:
        """Return the row of a spot of the earlier period."""
        match = self.pair.get(one)
        others = _most(self.jaccard[one], self.related[one], match)
        if match is not None:
            merged = _most(self.jaccard[:, match], self.related[:, match], one)
            found = self._ratio(one, match)
            return self._row((one, match), _verdict(found), "same", (others, merged), found)
        found = self._ratio(one, others[0] if others else None)
        change, relation = (_verdict(found), "merged") if others else ("gone", "alone")
        return self._row((one, None), change, relation, (others, ()), found)

    def later(self, one: int) -> Change:
        """Return the row of a spot of the later period that has no match."""
        others = _most(self.jaccard[:, one], self.related[:, one], None)
        found = self._ratio(others[0] if others else None, one)
        change, relation = (_verdict(found), "split") if others else ("appeared", "alone")
        return self._row((None, one), change, relation, (others, ()), found)

    def _row(
        self,
        spots: tuple[int | None, int | None],
        change: str,
        relation: str,
        also: tuple[tuple[int, ...], tuple[int, ...]],
        found: Ratio,
    ) -> Change:
        before, after = spots
        row = before if before is not None else next(iter(also[0]), None)
        column = after if after is not None else next(iter(also[0]), None)
        known = row is not None and column is not None
        return Change(
            before=before,
            after=after,
            change=change,
            relation=relation,
            others=also[0],
            merged=also[1],
            overlap=float(self.jaccard[row, column]) if known else 0.0,
            ratio=found.ratio,
            low=found.low,
            high=found.high,
            p=found.p,
            clear=found.clear,
        )

    def _ratio(self, row: int | None, column: int | None) -> Ratio:
        """Return the ratio on the same ground where it is known, else of the two spots."""
        if column is not None and (then := _other(self.after, column)):
            return rate_ratio(_own(self.after, column), then, self.sure)
        if row is not None and (now := _other(self.before, row)):
            return rate_ratio(now, _own(self.before, row), self.sure)
        if row is None or column is None:
            return _UNKNOWN
        return rate_ratio(_own(self.after, column), _own(self.before, row), self.sure)


def _own(spots: Spots, one: int) -> tuple[float, float]:
    return float(np.asarray(spots.observed)[one]), float(np.asarray(spots.expected)[one])


def _other(spots: Spots, one: int) -> tuple[float, float] | None:
    if spots.other_observed is None or spots.other_expected is None:
        return None
    observed, expected = np.asarray(spots.other_observed), np.asarray(spots.other_expected)
    return float(observed[one]), float(expected[one])


def _most(overlap: Floats, related: npt.NDArray[np.bool_], without: int | None) -> tuple[int, ...]:
    """Return the related ones, most overlap first."""
    order = np.argsort(-overlap, kind="stable").tolist()
    return tuple(one for one in order if related[one] and one != without)


def _verdict(found: Ratio) -> str:
    if found.low > 1:
        return "grew"
    return "faded" if found.high < 1 else "steady"


# ---------------------------------------------------------------------------- before and afterwards

VERDICTS = {
    "fewer": N_("Fewer than without the measure"),
    "more": N_("More than without the measure"),
    "unclear": N_("No clear effect"),
    "small": N_("Too few tickets to tell"),
}

LEAST = 10
"""Tickets each of the four counts needs: with fewer the normal interval of a logarithm is off."""

LEAST_WEEKS = 4
"""Weeks needed on either side of a measure, and before it to see whether the two were parallel."""

DAYS_PER_MONTH = 365.25 / 12
DAYS_PER_WEEK = 7

_ALPHA = 0.05
_STEPS = 50
_EXACT = 1e-10

Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class Effect:
    """What a measure changed, against ground that was left alone.

    Attributes
    ----------
    ratio, low, high
        Rate after ÷ before where something was done, ÷ the same where nothing was, and its
        interval: 0.7 is 30 % fewer than the control ground leads one to expect. NaN where one of
        the four counts is 0.
    error
        Standard error of log `ratio`.
    per_month, per_month_low, per_month_high
        Tickets more than expected in a month of exposure after the measure (negative: fewer), for
        the ratio and its interval: given the tickets that came, rate × (1 - 1 ÷ ratio).
    p
        Two-sided, that nothing changed.
    dispersion
        Variance ÷ that of Poisson counts, at least 1; 1 as well where it is not known.
    enough
        Whether there are tickets (and weeks) enough to tell.
    verdict
        Key of `VERDICTS`.
    """

    ratio: float
    low: float
    high: float
    error: float
    per_month: float
    per_month_low: float
    per_month_high: float
    p: float
    dispersion: float
    enough: bool
    verdict: str


@dataclass(frozen=True)
class Trend:
    """Whether treated and control ground moved in parallel before the measure.

    Attributes
    ----------
    per_week, low, high
        Factor by which treated ÷ control changed each week, and its interval. NaN with too few
        weeks or tickets.
    p
        Two-sided, that the factor is 1.
    parallel
        Whether no drift shows at 5 %; None if that cannot be told. That none shows is no proof
        that there is none: see how far the interval reaches.
    """

    per_week: float
    low: float
    high: float
    p: float
    parallel: bool | None


@dataclass(frozen=True)
class WeeklyEffect:
    """The effect of a measure from weekly counts, and the check before it."""

    effect: Effect
    trend: Trend


_NO_TREND = Trend(np.nan, np.nan, np.nan, np.nan, None)


@dataclass(frozen=True)
class _Spread:
    """Variance ÷ Poisson variance, the degrees of freedom behind it, and the cover asked for."""

    dispersion: float
    freedom: float
    sure: float

    @classmethod
    def of(cls, pearson: float, freedom: int, sure: float) -> _Spread:
        """Take Pearson's statistic ÷ degrees of freedom; never less than chance itself."""
        if freedom < 1:
            return cls(1.0, np.inf, sure)
        return cls(max(1.0, pearson / freedom), float(freedom), sure)

    @property
    def reach(self) -> float:
        """Standard errors on either side of an interval."""
        return float(stats.t.isf((1 - self.sure) / 2, self.freedom))

    def p(self, errors: float) -> float:
        """Return the two-sided p of an estimate so many standard errors away."""
        return float(2 * stats.t.sf(abs(errors), self.freedom))


def before_after(
    treated_before: float,
    treated_after: float,
    control_before: float,
    control_after: float,
    *,
    exposures: Four,
    weekly: Sequence[npt.ArrayLike] | None = None,
    sure: float = SURE,
) -> Effect:
    """Compare before and after a measure with ground that was left alone.

    Difference in differences on the logarithm of rates: what would have changed anyway is taken
    from the control ground. Variance 1/n for each count, times the dispersion.

    Parameters
    ----------
    treated_before, treated_after, control_before, control_after
        Tickets.
    exposures
        Of the four, in that order: days, or household-days.
    weekly
        The same four as weekly counts, of any length each, from which the dispersion is estimated
        around each mean. Without them counts are taken to be Poisson, and the interval of counts
        that vary more than that is too narrow: `before_after_weekly` is the better question.
    sure
        Cover of the interval.

    Raises
    ------
    InputError
        If a count is negative.
    RequestError
        If an exposure is not positive.
    """
    counts = (treated_before, treated_after, control_before, control_after)
    return _effect(counts, exposures, _dispersed(weekly, sure))


def _dispersed(weekly: Sequence[npt.ArrayLike] | None, sure: float) -> _Spread:
    """Estimate the dispersion of four series, each around its own mean."""
    series = [np.asarray(one, dtype=float) for one in weekly or ()]
    full = [one for one in series if one.sum() > 0]
    pearson = sum(float(((one - one.mean()) ** 2).sum() / one.mean()) for one in full)
    return _Spread.of(pearson, sum(len(one) - 1 for one in full), sure)


def _effect(counts: Four, exposures: Four, spread: _Spread, *, enough: bool = True) -> Effect:
    """Return the effect of four counts, in the order of `before_after`."""
    n, e = np.array(counts, dtype=float), np.array(exposures, dtype=float)
    if not (n >= 0).all():
        raise InputError(N_("Counts cannot be negative."))
    if not (e > 0).all():
        raise RequestError(N_("Before and after, with and without the measure: each needs days."))
    with np.errstate(divide="ignore", invalid="ignore"):
        log = float(np.array([-1.0, 1.0, 1.0, -1.0]) @ np.log(n / e)) if n.all() else np.nan
        error = float(np.sqrt(spread.dispersion * (1 / n).sum())) if n.all() else np.nan
    ends = np.exp(log + np.array([0.0, -1.0, 1.0]) * spread.reach * error)
    ratio, low, high = map(float, ends)
    month, month_low, month_high = map(float, n[1] / e[1] * DAYS_PER_MONTH * (1 - 1 / ends))
    told = enough and bool(n.min() >= LEAST)
    return Effect(
        ratio=ratio,
        low=low,
        high=high,
        error=error,
        per_month=month,
        per_month_low=month_low,
        per_month_high=month_high,
        p=spread.p(log / error),
        dispersion=spread.dispersion,
        enough=told,
        verdict=_told(low, high) if told else "small",
    )


def _told(low: float, high: float) -> str:
    if high < 1:
        return "fewer"
    return "more" if low > 1 else "unclear"


def before_after_weekly(
    treated: npt.ArrayLike, control: npt.ArrayLike, cut: int, *, sure: float = SURE
) -> WeeklyEffect:
    """Compare before and after a measure week by week.

    The treated part of each week's tickets is binomial, with one odds before and one after: a week
    of rain or a holiday that moves both grounds alike drops out. The dispersion is that of the part
    around its two levels: the quasi-binomial one (McCullagh & Nelder 1989, section 4.5) or that of
    the residuals (HC2, MacKinnon & White 1985), whichever is larger, since the first is too small
    where large weeks scatter more. Simulated intervals then cover 94 to 98 % for 95. Weeks are
    taken as independent: where one bad week leads to the next, the interval is too narrow.

    Parameters
    ----------
    treated, control : arrays of (T,)
        Tickets of each week, where something was done and where nothing was. The control ground
        should be like the treated, and far enough that the measure does not push tickets into it.
    cut
        Weeks before the measure: the first week after it is number `cut`, from 0. The week in which
        it came is better left out.
    sure
        Cover of the intervals.

    Raises
    ------
    InputError
        If the two are not equally long, or a count is negative.
    RequestError
        If the cut leaves no week on one side.
    """
    t, c = np.asarray(treated, dtype=float), np.asarray(control, dtype=float)
    if t.shape != c.shape or t.ndim != 1:
        raise InputError(N_("Treated and control ground need the same weeks."))
    if not 0 < cut < len(t):
        raise RequestError(N_("There must be weeks before and after the measure."))
    sides = slice(None, cut), slice(cut, None)
    counts = tuple(float(one[side].sum()) for one in (t, c) for side in sides)
    days = tuple(float(DAYS_PER_WEEK * len(t[side])) for _one in (t, c) for side in sides)
    spread = _weekly_spread([(t[side], c[side]) for side in sides], sure)
    enough = min(cut, len(t) - cut) >= LEAST_WEEKS
    effect = _effect(_four(counts), _four(days), spread, enough=enough)
    return WeeklyEffect(effect, _trend(t[:cut], c[:cut], sure))


def _four(given: tuple[float, ...]) -> Four:
    treated_before, treated_after, control_before, control_after = given
    return treated_before, treated_after, control_before, control_after


def _weekly_spread(sides: Sequence[tuple[Floats, Floats]], sure: float) -> _Spread:
    """Estimate how far the treated parts of the weeks scatter around those before and after."""
    pearson, robust, chance, weeks = np.sum([_around(*side) for side in sides], axis=0)
    freedom = int(weeks) - len(sides)
    quasi = _Spread.of(float(pearson), freedom, sure)
    if not (freedom > 0 and chance > 0):
        return quasi
    return replace(quasi, dispersion=max(quasi.dispersion, float(robust / chance)))


def _around(treated: Floats, control: Floats) -> tuple[float, float, float, int]:
    """Measure the scatter of the treated parts of some weeks around that of all of them.

    Returns
    -------
    tuple
        Pearson's statistic; the variance of the log odds from the residuals (HC2) and by chance;
        and the weeks with tickets.
    """
    seen = treated + control > 0
    total = (treated + control)[seen]
    if len(total) <= 1 or not (treated.any() and control.any()):
        return 0.0, 0.0, 0.0, len(total)
    part = treated.sum() / total.sum()
    squares = (treated[seen] - total * part) ** 2
    information = total.sum() * part * (1 - part)
    pearson = squares / (total * part * (1 - part))
    robust = squares / (1 - total / total.sum()) / information**2
    return float(pearson.sum()), float(robust.sum()), 1 / information, len(total)


def _trend(treated: Floats, control: Floats, sure: float) -> Trend:
    """Fit log odds of the treated part on the week, by Newton's method."""
    total = treated + control
    if (
        min(len(total), (total > 0).sum()) < LEAST_WEEKS
        or min(treated.sum(), control.sum()) < LEAST
    ):
        return _NO_TREND
    week = np.arange(len(total)) - (len(total) - 1) / 2
    design = np.column_stack((np.ones_like(week), week))
    beta = np.array([np.log(treated.sum() / control.sum()), 0.0])
    for _step in range(_STEPS):
        part = 1 / (1 + np.exp(-design @ beta))
        weight = total * part * (1 - part)
        information = design.T @ (weight[:, np.newaxis] * design)
        step = np.linalg.solve(information, design.T @ (treated - total * part))
        beta = beta + step
        if np.abs(step).max() < _EXACT:
            break
    seen = weight > 0
    pearson = float(((treated - total * part)[seen] ** 2 / weight[seen]).sum())
    spread = _Spread.of(pearson, int(seen.sum()) - len(beta), sure)
    error = float(np.sqrt(spread.dispersion * np.linalg.inv(information)[1, 1]))
    low, high = (float(np.exp(beta[1] + side * spread.reach * error)) for side in (-1, 1))
    p = spread.p(beta[1] / error)
    return Trend(float(np.exp(beta[1])), low, high, p, parallel=p >= _ALPHA)
