"""Repeat addresses and near repeats: who calls again, and whether calls draw others after them.

Calls and addresses are counted apart. A few addresses always have several calls, by chance alone
and because places differ; `exceedance` asks which have more than that, `concentration` how much
rests on the first few, `reopened` which tickets came back after they had been closed, and `knox`
whether tickets near each other in space are also near in time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.spatial import cKDTree
from scipy.special import betainc, digamma, gammaincc, gammaln
from scipy.stats import false_discovery_control

from geo.errors import N_, GeometryError, InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Keys = npt.ArrayLike | Sequence[object]

# --------------------------------------------------------------------------------- address texts

_WIDE = {ord(" ") + 0xFEE0 + gap: chr(ord(" ") + gap) for gap in range(1, 95)}
"""Full-width ASCII (U+FF01 to U+FF5E). Wider folding would read 3² as 32."""

_HALF_WIDTH = _WIDE | {ord(dash): "-" for dash in "‐‑‒–—―−﹣"}

_NUMERAL = "0-9〇零一二三四五六七八九十百千"
_SPACE = re.compile(rf"(?P<left>[{_NUMERAL}A-Z])?\s+(?=(?P<right>[{_NUMERAL}A-Z])?)")
_HOUSE = re.compile(r"(?<=[路街巷弄道])([0-9]+)#")
_BUILDING = re.compile(rf"(?<=[{_NUMERAL}A-Z])(?:号楼|[栋幢]楼?|(?<=[0-9])#楼?)")


def _space(found: re.Match[str]) -> str:
    """Drop a gap unless numbers or Latin words stand on both sides: 3 12 is not 312."""
    left = found["left"] or ""
    return f"{left} " if left and found["right"] else left


def _plain(text: str) -> str:
    half = text.translate(_HALF_WIDTH).strip().upper()
    house = _HOUSE.sub(r"\1号", _SPACE.sub(_space, half))
    return _BUILDING.sub("号楼", house)


def normalise(address: Sequence[str | None]) -> npt.NDArray[np.object_]:
    """Write the same address the same way.

    Full-width letters, digits and dashes become half-width, Latin letters capitals, and gaps go
    except between two numbers or Latin words. 3栋, 3幢, 3#, 3#楼 and 3号楼 become 3号楼; a #
    after a road's name (中山路3#) is the house number 3号. 号 and 号楼 stay apart, since a house on
    a road is not a building of a compound, and so do 03 and 3, 三 and 3: an address written two
    ways costs a little power, two addresses taken for one blame somebody.

    Parameters
    ----------
    address : sequence of (m,)
        As written; None and other missing values become an empty text.

    Returns
    -------
    array of (m,)
        Of str.
    """
    codes, texts = pd.factorize(np.asarray(address, dtype=object))
    known = [*(_plain(str(text)) for text in texts), ""]
    return np.array(known, dtype=object)[codes]


# -------------------------------------------------------------------------------- repeat addresses

TIMES, SURE = 2.0, 0.95
_LOG_SHAPE = (-7.0, 14.0)
"""Where the prior's shape is sought; above, rates that differ by 0.1 % of themselves are equal."""


@dataclass(frozen=True)
class Repeats:
    """Addresses with their calls; arrays of (n,).

    Attributes
    ----------
    calls
        Tickets in the window.
    exposure
        Household-months. Where it is not positive the address is not tested: its figures are NaN.
    rate
        Calls ÷ exposure.
    expected
        Calls at the street's rate.
    shrunk
        Rate drawn towards the others': the posterior mean, (shape + calls) ÷ (rate + exposure).
    probability
        Posterior probability that the rate is above `times` × the street's.
    p
        Chance of so many calls or more at an ordinary address (negative binomial, one-sided).
    q
        The same after Benjamini–Hochberg over the tested addresses.
    flagged
        Where `probability` > `sure`. Of the flagged at most 1 - `sure` are expected to be wrong.
    prior
        Shape and rate (a, b) of the gamma distribution of rates; NaN where there are no calls.
    street_rate
        Calls ÷ exposure of all tested addresses, per household-month.
    times, sure
        As asked.
    """

    calls: Ints
    exposure: Floats
    rate: Floats
    expected: Floats
    shrunk: Floats
    probability: Floats
    p: Floats
    q: Floats
    flagged: Bools
    prior: tuple[float, float]
    street_rate: float
    times: float
    sure: float


def _checked(calls: npt.ArrayLike, exposure: npt.ArrayLike) -> tuple[Ints, Floats]:
    """Return both as arrays.

    Raises
    ------
    InputError
        If calls are negative or not whole numbers, or the lengths differ.
    """
    given, months = np.asarray(calls, dtype=float), np.asarray(exposure, dtype=float)
    if given.shape != months.shape or not np.array_equal(given, np.floor(np.abs(given))):
        raise InputError(N_("Calls must be whole numbers, one for each address."))
    return given.astype(np.int64), months


def _moments(calls: Ints, exposure: Floats) -> float:
    """Return the shape of the gamma prior by moments; infinity if calls vary as by chance or less.

    Var(n) = me + (me)²/a, summed over the addresses and solved for a.
    """
    expected = exposure * calls.sum() / exposure.sum()
    beyond = float(((calls - expected) ** 2 - expected).sum())
    return float((expected**2).sum()) / beyond if beyond > 0 else np.inf


def _fit(calls: Ints, exposure: Floats) -> tuple[float, float]:
    """Return the (shape, rate) of the gamma prior by maximum likelihood, else by moments."""
    street = float(calls.sum() / exposure.sum())
    # Many addresses are alike: the likelihood is asked of each kind once.
    kinds, times = np.unique(np.column_stack((calls, exposure)), axis=0, return_counts=True)
    n, e = kinds.T

    def loss(log: Floats) -> tuple[float, Floats]:
        """Negative log-likelihood and its gradient, by log mean and log shape."""
        mean, a = np.exp(log)
        b = a / mean
        each = gammaln(a + n) - gammaln(a) + a * np.log(b / (b + e)) + n * np.log(e / (b + e))
        by_mean = (n * b - a * e) / (b + e)
        by_shape = a * (digamma(a + n) - digamma(a) - np.log1p(e / b) + (e - n / mean) / (b + e))
        return -float(times @ each), -np.array([times @ by_mean, times @ by_shape])

    start = np.clip(np.log(_moments(calls, exposure)), *_LOG_SHAPE)
    bounds = [(np.log(street) - 5, np.log(street) + 5), _LOG_SHAPE]
    found = minimize(loss, [np.log(street), start], jac=True, bounds=bounds, method="L-BFGS-B")
    mean, shape = np.exp(found.x if found.success else np.array([np.log(street), start]))
    return float(shape), float(shape / mean)


def exceedance(
    calls: npt.ArrayLike, exposure: npt.ArrayLike, *, times: float = TIMES, sure: float = SURE
) -> Repeats:
    """Find the addresses that call more than chance and the spread of ordinary places explain.

    Calls of address i are Poisson with mean rate × exposure, rates are gamma distributed over the
    street (shape a, rate b, by maximum likelihood), so calls are negative binomial and a rate given
    its calls is gamma (a + n, b + e): Clayton & Kaldor 1987, Biometrics 43:671. A plain Poisson
    tail flags too many, because addresses differ without being a problem.

    Parameters
    ----------
    calls : array of (n,)
        Tickets of each address, 0 where there were none: all addresses, not only those that called.
    exposure : array of (n,)
        Households × months.
    times
        How many times the street's rate is too much.
    sure
        The posterior probability asked for.

    Raises
    ------
    InputError
        If calls are not whole numbers, or not one for each exposure.
    """
    n, e = _checked(calls, exposure)
    tested = e > 0
    street = float(n[tested].sum() / e[tested].sum()) if tested.any() else 0.0
    a, b = _fit(n[tested], e[tested]) if street > 0 else (np.nan, np.nan)
    months = np.where(tested, e, np.nan)
    shrunk, probability, p = _posterior(n, months, (a, b), times * street)
    q = np.full(len(n), np.nan)
    if tested.any():
        q[tested] = false_discovery_control(p[tested])
    return Repeats(
        calls=n,
        exposure=e,
        rate=n / months,
        expected=street * months,
        shrunk=shrunk,
        probability=probability,
        p=p,
        q=q,
        flagged=probability > sure,
        prior=(a, b),
        street_rate=street,
        times=times,
        sure=sure,
    )


def _posterior(
    n: Ints, e: Floats, prior: tuple[float, float], limit: float
) -> tuple[Floats, Floats, Floats]:
    """Return the mean rate, P(rate > limit) and the one-sided p; NaN where the exposure is."""
    a, b = prior
    if np.isnan(a):
        still = np.where(np.isnan(e), np.nan, 0.0)
        return still, still, still + 1.0
    # P(N >= n) of a negative binomial is a regularised beta function; of none or more, 1.
    tail = betainc(np.maximum(n, 1), a, e / (b + e))
    p = np.where((n > 0) | np.isnan(e), tail, 1.0)
    return (a + n) / (b + e), gammaincc(a + n, limit * (b + e)), p


# ----------------------------------------------------------------------------------- concentration

SHARES = (0.01, 0.05, 0.10)
_EVEN_DRAWS = 99


@dataclass(frozen=True)
class Concentration:
    """How much of the calls the first few addresses make.

    Attributes
    ----------
    shares
        Parts of the addresses, 0 to 1.
    found
        Part of the calls that comes from them; NaN without calls.
    even
        What it would be if every household called equally often: chance alone concentrates calls.
    addresses, callers, calls
        All addresses, those with a call, and their calls.
    """

    shares: tuple[float, ...]
    found: tuple[float, ...]
    even: tuple[float, ...]
    addresses: int
    callers: int
    calls: int


def _from_top(calls: npt.NDArray[Any], shares: Sequence[float]) -> Floats:
    """Return the part of the calls (…, n) that the top shares of addresses make, (…, s)."""
    falling = -np.sort(-calls, axis=-1)
    added = np.concatenate((np.zeros_like(falling[..., :1]), falling.cumsum(axis=-1)), axis=-1)
    at = np.asarray(shares) * calls.shape[-1]
    low = np.minimum(at.astype(np.int64), calls.shape[-1])
    high = np.minimum(low + 1, calls.shape[-1])
    within = added[..., low] + (at - low) * (added[..., high] - added[..., low])
    return np.asarray(within / added[..., -1:], dtype=float)


def concentration(
    calls: npt.ArrayLike,
    shares: Sequence[float] = SHARES,
    *,
    exposure: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Concentration:
    """Return the part of the calls that comes from the top 1, 5 and 10 % of the addresses.

    A share is rarely a whole number of addresses: of the last one the fraction that is left counts
    (1 % of 250 addresses is the first two and half of the third).

    Parameters
    ----------
    calls : array of (n,)
        Tickets of each address, with those that have none.
    shares
        Parts of the addresses, 0 to 1.
    exposure : array of (n,), optional
        Households × months, by which the even expectation is spread; alike without it. Addresses
        whose exposure is not positive are expected to have no calls.
    seed
        Of the 99 draws the even expectation is the mean of.

    Raises
    ------
    InputError
        If calls are not whole numbers, or not one for each exposure.
    """
    given = np.asarray(calls)
    months = np.ones(len(given)) if exposure is None else np.asarray(exposure, dtype=float)
    n, e = _checked(given, months)
    total, weight = int(n.sum()), np.where(e > 0, e, 0.0)
    if not total or not weight.any():
        nothing = (np.nan,) * len(shares)
        found = tuple(map(float, _from_top(n, shares))) if total else nothing
        return Concentration(tuple(shares), found, nothing, len(n), int((n > 0).sum()), total)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, weight / weight.sum(), size=_EVEN_DRAWS)
    return Concentration(
        shares=tuple(shares),
        found=tuple(map(float, _from_top(n, shares))),
        even=tuple(map(float, _from_top(drawn, shares).mean(axis=0))),
        addresses=len(n),
        callers=int((n > 0).sum()),
        calls=total,
    )


# ---------------------------------------------------------------------------------------- reopened

REOPENED_DAYS = 30
_TICKS_PER_DAY = 2 * 86_400 * 1_000_000
"""Two ticks a microsecond: the odd one is just after it."""


def _ticks(when: npt.NDArray[np.datetime64]) -> Ints:
    return 2 * when.astype("datetime64[us]").astype(np.int64)


def _groups(address: Keys, category: Keys) -> Ints:
    """Give each pair of address and category a number; -1 where the address is not known."""
    places = np.asarray(address, dtype=object)
    unknown = pd.isna(places) | (places == "")
    place, _texts = pd.factorize(places)
    kind, kinds = pd.factorize(np.asarray(category, dtype=object), use_na_sentinel=False)
    return np.where(unknown, -1, place * len(kinds) + kind).astype(np.int64)


def reopened(
    address: Keys,
    category: Keys,
    reported: npt.ArrayLike,
    closed: npt.ArrayLike,
    *,
    days: int = REOPENED_DAYS,
    repeat_of: npt.ArrayLike | None = None,
) -> Bools:
    """Tell which tickets came back: the same address and category within days of a closing.

    Parameters
    ----------
    address, category : arrays of (m,)
        Keys of any kind. Tickets without an address are compared with none.
    reported, closed : arrays of (m,)
        datetime64, in one time zone, exact to the microsecond. NaT: not known, or still open. A
        closing before the ticket's own report is an error of entry and does not count.
    days
        How long after a closing a report counts, the last instant included.
    repeat_of : array of (m,), optional
        Position of the earlier ticket that this one was marked a repeat of, -1 for none. A marked
        pair needs neither the same address nor category, but the same closeness in time.

    Returns
    -------
    array of (m,)
        True for the later ticket, the one that should not have been necessary.
    """
    opened, ended = (np.asarray(when, dtype="datetime64[us]") for when in (reported, closed))
    group, open_at = _groups(address, category), _ticks(opened)
    # A ticket closed the instant it was reported must not be found as its own predecessor, nor as
    # that of others reported in the same instant: its closing comes half a tick later.
    closed_at = _ticks(ended) + (ended == opened)
    valid = ended >= opened
    asking = ~np.isnat(opened) & (group >= 0)
    answer = np.zeros(len(group), dtype=bool)
    answer[asking] = _follows(
        (group[asking], open_at[asking]),
        (group[valid & asking], closed_at[valid & asking]),
        days * _TICKS_PER_DAY,
    )
    if repeat_of is not None:
        at = np.asarray(repeat_of, dtype=np.int64)
        since = open_at - closed_at[at]
        linked = (at >= 0) & valid[at] & ~np.isnat(opened)
        answer |= linked & (since >= 0) & (since <= days * _TICKS_PER_DAY)
    return answer


def _follows(later: tuple[Ints, Ints], earlier: tuple[Ints, Ints], within: int) -> Bools:
    """Tell which (group, tick) have one of `earlier` of their group at most `within` before."""
    order = np.argsort(later[1], kind="stable")
    asked = pd.DataFrame({"group": later[0][order], "at": later[1][order]})
    known = pd.DataFrame({"group": earlier[0], "at": earlier[1], "hit": True}).sort_values("at")
    joined = pd.merge_asof(asked, known, on="at", by="group", tolerance=within)
    answer = np.zeros(len(order), dtype=bool)
    answer[order] = joined["hit"].notna().to_numpy()
    return answer


# ------------------------------------------------------------------------------------ near repeats

DRAWS = 999
MOST_PAIRS = 20_000_000
"""Pairs near in space that are sorted in memory: 1 GB while that lasts."""

_SECONDS_PER_DAY = 86_400
_ENDLESS, _SHORT = 2**53, 2**31
_CHUNK = 1 << 15
"""Pairs looked at together: their times stay in the processor's cache."""

_QUANTILES = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Knox:
    """Pairs of tickets near in space and in time, against chance.

    Attributes
    ----------
    pairs
        Pairs near in both.
    near_space, near_time
        Pairs near in space, and near in time.
    expected
        `near_space` × `near_time` ÷ all pairs: the exact mean over all orders of the times.
    ratio
        `pairs` ÷ `expected`; NaN where nothing is expected.
    p
        (1 + draws with so many pairs or more) ÷ (1 + draws), one-sided.
    draws
        How often the times were permuted.
    simulated
        2.5, 50 and 97.5 % quantiles of the pairs in the draws.
    """

    pairs: int
    near_space: int
    near_time: int
    expected: float
    ratio: float
    p: float
    draws: int
    simulated: tuple[float, float, float]


@dataclass(frozen=True)
class KnoxTable:
    """Knox by bands of distance and of time, (s, t): the near-repeat table.

    Attributes
    ----------
    metres, days
        Upper ends of the bands, included; a band begins after the one before. Distance 0 is a band
        of its own: the same place.
    pairs, expected, ratio, p
        As in `Knox`, for each pair of bands. The cells are many and hang together: one p of 0.04
        in a table of twenty says nothing.
    draws
        How often the times were permuted, for all cells at once.
    """

    metres: tuple[float, ...]
    days: tuple[float, ...]
    pairs: Ints
    expected: Floats
    ratio: Floats
    p: Floats
    draws: int


def _near_pairs(xy: Floats, within_m: float) -> tuple[Ints, Floats]:
    """Return the pairs (k, 2) at most so far apart, and their distances, metres.

    Raises
    ------
    GeometryError
        If there are more than can be held.
    """
    tree = cKDTree(xy)
    count = (int(tree.count_neighbors(tree, within_m)) - len(xy)) // 2
    if count > MOST_PAIRS:
        raise GeometryError(
            N_("{n} pairs of tickets are near each other. Take a shorter distance or period."),
            n=count,
        )
    pairs: Ints = tree.query_pairs(within_m, output_type="ndarray")
    return pairs, np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)


def _events(xy: npt.ArrayLike, day: npt.ArrayLike) -> tuple[Floats, npt.NDArray[Any]]:
    """Return places (m, 2) in metres and times (m,) in whole seconds after the first.

    Whole numbers, so that two days apart is exactly two days apart; short ones while they last
    (68 years).

    Raises
    ------
    GeometryError
        If a place or a day is missing.
    """
    places = np.asarray(xy, dtype=float).reshape(-1, 2)
    when = np.asarray(day, dtype=float)
    missing = ~(np.isfinite(places).all(axis=1) & np.isfinite(when))
    if missing.any():
        raise GeometryError(N_("{n} tickets have no place or no day."), n=int(missing.sum()))
    at = _seconds(when - when.min(initial=np.inf))
    return places, at.astype(np.int32) if at.max(initial=0) < _SHORT else at


def _seconds(days: npt.ArrayLike) -> Ints:
    seconds: Floats = np.rint(np.asarray(days, dtype=float) * _SECONDS_PER_DAY)
    return np.minimum(seconds, _ENDLESS).astype(np.int64)


def _near_times(at: npt.NDArray[Any], ends: Ints) -> Ints:
    """Count all pairs of times at most so far apart, for each end."""
    rising = np.sort(at).astype(np.int64)
    after = np.arange(1, len(at) + 1)
    upto = (np.searchsorted(rising, rising + end, side="right") for end in ends)
    return np.array([int((last - after).sum()) for last in upto], dtype=np.int64)


@dataclass(frozen=True)
class _Bands:
    """Pairs near in space with their bands, and the times that are permuted.

    Attributes
    ----------
    first, second : arrays of (k,)
        The two tickets of a pair, band by band.
    space : array of (s,)
        Pairs in each band of space.
    at : array of (m,)
        Times, seconds after the first.
    ends : array of (t,)
        Ends of the bands of time, seconds.
    """

    first: Ints
    second: Ints
    space: Ints
    at: npt.NDArray[Any]
    ends: Ints

    def counted(self, at: npt.NDArray[Any]) -> Ints:
        """Count the pairs by band of space and of time, (s, t), if the times were these."""
        upto = np.zeros((len(self.space), len(self.ends)), dtype=np.int64)
        last = np.cumsum(self.space).tolist()
        for row, (start, stop) in enumerate(itertools.pairwise([0, *last])):
            for low in range(start, stop, _CHUNK):
                part = slice(low, min(low + _CHUNK, stop))
                apart = np.abs(at[self.first[part]] - at[self.second[part]])
                upto[row] += [np.count_nonzero(apart <= end) for end in self.ends.tolist()]
        return np.diff(upto, prepend=0, axis=1)

    def times(self) -> Ints:
        """Count all pairs by band of time, (t,)."""
        return np.diff(_near_times(self.at, self.ends), prepend=0)

    def expected(self) -> Floats:
        """Return the exact mean over all orders of the times, (s, t)."""
        everyone = len(self.at) * (len(self.at) - 1) / 2
        return np.outer(self.space, self.times()) / max(everyone, 1.0)

    def permuted(self, draws: int, seed: int) -> Ints:
        """Count with the times in a new order each draw, (draws, s, t)."""
        rng = np.random.default_rng(seed)
        counts = [self.counted(rng.permutation(self.at)) for _draw in range(draws)]
        return np.array(counts, dtype=np.int64).reshape(draws, len(self.space), len(self.ends))


def _bands(
    xy: npt.ArrayLike, day: npt.ArrayLike, metres: Sequence[float], days: Sequence[float]
) -> _Bands:
    """Sort the pairs into bands of distance: 0, then up to each of `metres`.

    Raises
    ------
    GeometryError
        If a place or a day is missing, or too many pairs are near each other.
    """
    places, at = _events(xy, day)
    pairs, apart_m = _near_pairs(places, metres[-1])
    # The tree and hypot may round a pair at the very limit to different sides: it is inside.
    band = np.minimum(np.searchsorted([0.0, *metres], apart_m), len(metres)).astype(np.int8)
    order = np.lexsort((pairs[:, 0], band))
    first, second = pairs[order].T.copy()
    space = np.bincount(band, minlength=len(metres) + 1).astype(np.int64)
    return _Bands(first, second, space, at, _seconds(days))


def _exceeded(simulated: Ints, found: Ints) -> Floats:
    """Return the one-sided p of the permutations."""
    return np.asarray((1 + (simulated >= found).sum(axis=0)) / (1 + len(simulated)), dtype=float)


def _ratio(found: Ints, expected: Floats) -> Floats:
    ratio = np.full(expected.shape, np.nan)
    np.divide(found, expected, out=ratio, where=expected > 0)
    return ratio


def knox(
    xy: npt.ArrayLike,
    day: npt.ArrayLike,
    *,
    within_m: float,
    within_days: float,
    draws: int = DRAWS,
    seed: int = 0,
    same_place: bool = True,
) -> Knox:
    """Test whether tickets near each other in space are also near in time.

    Knox 1964, Applied Statistics 13:25. Chance is every order of the times over the fixed places:
    it keeps that some places and some seasons have more tickets than others. It does not keep that
    the spread over the places changes by itself (a new compound is moved into): look at short
    periods.

    Parameters
    ----------
    xy : array of (m, 2)
        Metres.
    day : array of (m,)
        Days since any instant, taken to the second.
    within_m, within_days
        What near is, the limits included. `within_m` of 0: the same place again.
    draws, seed
        Of the permutations.
    same_place
        Whether pairs at the same place count; without them only near repeats are left, with them
        repeat addresses are among the pairs.

    Raises
    ------
    GeometryError
        If a place or a day is missing, or too many pairs are near each other.
    """
    bands = _one_band(_bands(xy, day, [within_m], [within_days]), same_place=same_place)
    pairs, expected = bands.counted(bands.at), bands.expected()
    simulated = bands.permuted(draws, seed)
    low, middle, high = np.quantile(simulated, _QUANTILES) if draws else (np.nan,) * 3
    return Knox(
        pairs=int(pairs[0, 0]),
        near_space=int(bands.space[0]),
        near_time=int(bands.times()[0]),
        expected=float(expected[0, 0]),
        ratio=float(_ratio(pairs, expected)[0, 0]),
        p=float(_exceeded(simulated, pairs)[0, 0]),
        draws=draws,
        simulated=(float(low), float(middle), float(high)),
    )


def _one_band(bands: _Bands, *, same_place: bool) -> _Bands:
    """Put all pairs into one band, with or without those at the same place."""
    begin = 0 if same_place else int(bands.space[0])
    first, second = bands.first[begin:], bands.second[begin:]
    return replace(bands, first=first, second=second, space=np.array([len(first)]))


NEAR_M = (50.0, 100.0, 200.0, 400.0)
NEAR_DAYS = (7.0, 14.0, 28.0, 56.0)


def knox_table(
    xy: npt.ArrayLike,
    day: npt.ArrayLike,
    *,
    metres: Sequence[float] = NEAR_M,
    days: Sequence[float] = NEAR_DAYS,
    draws: int = DRAWS,
    seed: int = 0,
) -> KnoxTable:
    """Return the near-repeat table: Knox by bands of distance and of time.

    Five million pairs (23,000 tickets at 30,000 addresses, up to 400 m) take about 20 ms a draw.

    Parameters
    ----------
    xy : array of (m, 2)
        Metres.
    day : array of (m,)
        Days since any instant, taken to the second.
    metres, days
        Upper ends of the bands, rising. A band for the same place is put before them.
    draws, seed
        Of the permutations, shared by all cells.

    Raises
    ------
    InputError
        If the ends do not rise.
    GeometryError
        If a place or a day is missing, or too many pairs are near each other.
    """
    if not (_rising([0.0, *metres]) and _rising([-1.0, *days])):
        raise InputError(N_("Each distance and period must be longer than the one before."))
    bands = _bands(xy, day, metres, days)
    pairs, expected = bands.counted(bands.at), bands.expected()
    return KnoxTable(
        metres=(0.0, *metres),
        days=tuple(days),
        pairs=pairs,
        expected=expected,
        ratio=_ratio(pairs, expected),
        p=_exceeded(bands.permuted(draws, seed), pairs),
        draws=draws,
    )


def _rising(ends: Sequence[float]) -> bool:
    return len(ends) > 1 and bool((np.diff(ends) > 0).all())
