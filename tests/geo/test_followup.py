"""Afterwards: matched spots by hand, exact intervals, and effects that cover what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from geo.errors import InputError, RequestError
from geo.followup import (
    CHANGES,
    DAYS_PER_MONTH,
    RELATIONS,
    VERDICTS,
    Change,
    Spots,
    before_after,
    before_after_weekly,
    compare,
    rate_ratio,
)

# ----------------------------------------------------------------------------------- ratio of rates


def test_interval_as_published() -> None:
    # R, ?poisson.test: 11 in 800 person-years against 21 in 3,011; interval as printed there.
    found = rate_ratio((11, 800), (21, 3011))
    assert found.ratio == pytest.approx(1.971488, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.8584264, 4.2772659), abs=1e-6)
    assert not found.clear


def test_interval_covers_at_least_what_it_says() -> None:
    # Exact: every pair of counts, weighed with its probability.
    mean, true = 6.0, 1.5
    n = np.arange(60)
    after, before = stats.poisson.pmf(n, mean * true), stats.poisson.pmf(n, mean)
    covered = sum(
        after[a] * before[b]
        for a in range(40)
        for b in range(30)
        if a + b == 0 or (found := rate_ratio((a, 1.0), (b, 1.0))).low <= true <= found.high
    )
    assert 0.95 <= covered <= 0.99


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0.1, 50), st.floats(0.1, 50))
def test_turned_round_the_ratio_is_turned_over(n: int, m: int, e: float, f: float) -> None:
    one, other = rate_ratio((n, e), (m, f)), rate_ratio((m, f), (n, e))
    if n + m == 0:
        assert np.isnan(one.ratio)
        return
    assert one.p == pytest.approx(other.p)
    assert one.low <= one.ratio * (1 + 1e-9)
    assert one.ratio <= one.high * (1 + 1e-9)
    if n and m:
        turned = 1 / other.ratio, 1 / other.high, 1 / other.low
        assert (one.ratio, one.low, one.high) == pytest.approx(turned, rel=1e-6)
    assert one.clear == (one.p < 0.05) or one.p == pytest.approx(0.05)


def test_nothing_against_something() -> None:
    fallen, risen = rate_ratio((0, 10), (10, 10)), rate_ratio((10, 10), (0, 10))
    assert (fallen.ratio, fallen.low) == (0.0, 0.0)
    assert fallen.high == pytest.approx(1 / risen.low)
    assert (risen.ratio, risen.high) == (np.inf, np.inf)
    assert fallen.clear
    assert np.isnan(rate_ratio((3, 0), (2, 1)).low)


# ------------------------------------------------------------------------------------- two periods


def spots(*given_spots: tuple[list[int], float, float], **more: Any) -> Spots:
    members, observed, expected = zip(*given_spots, strict=True) if given_spots else ((),) * 3
    return Spots(members, observed, expected, **more)


def told(change: Change) -> tuple[Any, ...]:
    return (
        change.before,
        change.after,
        change.change,
        change.relation,
        change.others,
        change.merged,
    )


def test_changes_by_hand() -> None:
    before = spots(
        ([1, 2, 3], 30, 10),  # grows, and shifts by a cell
        ([10, 11, 12], 40, 20),  # breaks in two
        ([20, 21], 40, 5),  # takes in the next, and fades
        ([30], 9, 3),
        ([40, 41], 12, 4),  # gone
    )
    after = spots(
        ([2, 3, 4], 60, 10),
        ([99], 8, 2),  # appeared
        ([12], 16, 7),
        ([10, 11], 27, 13),
        ([20, 21, 30], 22, 8),
    )
    rows = compare(before, after)
    assert [told(row) for row in rows] == [
        (0, 0, "grew", "same", (), ()),
        (1, 3, "steady", "same", (2,), ()),
        (2, 4, "faded", "same", (), (3,)),
        (3, None, "steady", "merged", (4,), ()),
        (4, None, "gone", "alone", (), ()),
        (None, 1, "appeared", "alone", (), ()),
        (None, 2, "steady", "split", (1,), ()),
    ]
    assert [row.overlap for row in rows] == pytest.approx([1 / 2, 2 / 3, 2 / 3, 1 / 3, 0, 0, 1 / 3])
    assert rows[0].ratio == pytest.approx(2.0)
    exact = rate_ratio((60, 10), (30, 10))
    assert (rows[0].low, rows[0].high, rows[0].p) == (exact.low, exact.high, exact.p)
    assert np.isnan([rows[4].ratio, rows[5].ratio]).all()
    assert not rows[4].clear


def test_a_spot_that_crossed_the_line_by_a_hair_is_not_clear() -> None:
    # Found before with 20 for 10; after there were 17, which was not enough to be found again.
    before = spots(([1, 2], 20, 10), ([7], 20, 5), other_observed=[17, 2], other_expected=[10, 5])
    near, far = compare(before, spots())
    assert [(row.change, row.clear) for row in (near, far)] == [("gone", False), ("gone", True)]
    assert (near.ratio, far.ratio) == pytest.approx((0.85, 0.1))
    after = spots(([5], 18, 6), other_observed=[4], other_expected=[6])
    (new,) = compare(spots(), after)
    assert (new.change, new.clear) == ("appeared", True)
    assert new.ratio == pytest.approx(4.5)


def test_the_same_ground_decides_where_it_is_known() -> None:
    # The later spot is twice as large; on its ground nothing has changed.
    before = spots(([1], 30, 5))
    after = spots(([1, 2], 40, 10), other_observed=[40], other_expected=[10])
    (row,) = compare(before, after)
    assert row.change == "steady"
    assert row.ratio == pytest.approx(1.0)


def test_a_sliver_is_not_the_same_spot() -> None:
    large, other = list(range(30)), list(range(29, 60))
    rows = compare(spots((large, 60, 20)), spots((other, 60, 20)))
    assert [row.relation for row in rows] == ["alone", "alone"]
    (same,) = compare(spots((large, 60, 20)), spots((other, 60, 20)), shared=0.03)
    assert same.relation == "same"


def test_the_best_matches_together() -> None:
    # Both overlap the second; the first has nothing else, and would take it by size.
    before = spots(([1, 2, 3, 4], 9, 3), ([5, 6], 9, 3))
    after = spots(([3, 4, 5], 9, 3), ([1, 2], 9, 3))
    assert [(row.before, row.after) for row in compare(before, after)] == [(0, 1), (1, 0)]


SPOT = st.tuples(
    st.lists(st.integers(0, 8), min_size=1, max_size=4), st.integers(0, 30), st.integers(1, 20)
)


@settings(deadline=None)
@given(st.lists(SPOT, max_size=5), st.lists(SPOT, max_size=5))
def test_every_spot_once_and_mirrored(before: list[Any], after: list[Any]) -> None:
    rows = compare(spots(*before), spots(*after))
    assert sorted(row.before for row in rows if row.before is not None) == list(range(len(before)))
    assert sorted(row.after for row in rows if row.after is not None) == list(range(len(after)))
    for row in rows:
        assert row.change in CHANGES
        assert row.relation in RELATIONS
        assert (row.before is not None and row.after is not None) == (row.relation == "same")
        if row.relation == "alone":
            mine = before[row.before][0] if row.after is None else after[row.after][0]
            theirs = after if row.after is None else before
            assert not any(set(mine) & set(spot[0]) for spot in theirs)


def test_ids_may_be_words() -> None:
    before = Spots([np.array(["甲", "乙"])], [9], [3])
    (row,) = compare(before, Spots([np.array(["乙"])], [9], [3]))
    assert row.overlap == 0.5


# ---------------------------------------------------------------------------- before and afterwards

EVEN = (90.0, 90.0, 90.0, 90.0)


def test_effect_by_hand() -> None:
    # Halved where something was done, a fifth fewer where nothing was: 0.5 ÷ 0.8.
    found = before_after(200, 100, 500, 400, exposures=EVEN)
    assert found.ratio == pytest.approx(0.625)
    error = np.sqrt(1 / 200 + 1 / 100 + 1 / 500 + 1 / 400)
    assert found.error == pytest.approx(error)
    ends = 0.625 * np.exp(np.array([-1.959964, 1.959964]) * error)
    assert (found.low, found.high) == pytest.approx(tuple(ends), rel=1e-6)
    # 160 would have come in 90 days; 100 did.
    assert found.per_month == pytest.approx(-60 / 90 * DAYS_PER_MONTH)
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(np.log(0.625)) / error))
    assert (found.verdict, found.enough, found.dispersion) == ("fewer", True, 1.0)
    assert found.per_month_low < found.per_month < found.per_month_high < 0


def test_exposures_make_rates() -> None:
    one = before_after(100, 100, 100, 100, exposures=(30, 60, 30, 30))
    assert one.ratio == pytest.approx(0.5)
    assert before_after(100, 100, 100, 100, exposures=(30, 60, 30, 60)).ratio == pytest.approx(1.0)


def test_too_few_tickets_are_told() -> None:
    few = before_after(30, 9, 40, 40, exposures=EVEN)
    assert (few.verdict, few.enough) == ("small", False)
    assert few.high < 1  # the figure would say so, the tickets do not bear it
    none = before_after(30, 0, 40, 40, exposures=EVEN)
    assert none.verdict == "small"
    assert np.isnan([none.ratio, none.low, none.p, none.per_month]).all()


def test_counts_that_vary_more_than_chance_widen_the_interval() -> None:
    calm = tuple(np.full(10, level) for level in (20, 10, 50, 40))
    wild = tuple(np.tile([0.0, 2.0], 5) * weeks for weeks in calm)
    asked = (200, 100, 500, 400)
    plain = before_after(*asked, exposures=EVEN)
    assert before_after(*asked, exposures=EVEN, weekly=calm).dispersion == 1.0
    wide = before_after(*asked, exposures=EVEN, weekly=wild)
    # Each count is off by its mean: Σ (x - m)² ÷ m = 10 m, over 36 degrees of freedom.
    assert wide.dispersion == pytest.approx(10 * (20 + 10 + 50 + 40) / 36)
    assert wide.error == pytest.approx(plain.error * np.sqrt(wide.dispersion))
    assert wide.verdict == "unclear"
    assert wide.ratio == plain.ratio


def test_impossible_counts_and_weeks() -> None:
    with pytest.raises(InputError):
        before_after(-1, 1, 1, 1, exposures=EVEN)
    with pytest.raises(RequestError):
        before_after(1, 1, 1, 1, exposures=(0, 1, 1, 1))
    with pytest.raises(InputError):
        before_after_weekly([1, 2, 3], [1, 2], 1)
    for cut in (0, 3):
        with pytest.raises(RequestError):
            before_after_weekly([1, 2, 3], [1, 2, 3], cut)


def series(rng: np.random.Generator, kind: str, weeks: int = 40) -> tuple[Any, Any]:
    """Return two grounds where nothing happens; rates may scatter, apart or together."""
    together = rng.gamma(5, 1 / 5, weeks) if kind == "together" else 1.0
    scatter = [1.0, 1.0] if kind == "chance" else rng.gamma(6, 1 / 6, (2, weeks))
    return rng.poisson(8 * together * scatter[0], weeks), rng.poisson(
        14 * scatter[1] * together, weeks
    )


@pytest.mark.parametrize("kind", ["chance", "apart", "together"])
def test_where_nothing_happens_the_interval_covers_it(kind: str) -> None:
    rng = np.random.default_rng(8)
    draws, cut = 800, 22
    weekly = four = poisson = drift = 0
    for _draw in range(draws):
        treated, control = series(rng, kind)
        found = before_after_weekly(treated, control, cut)
        weekly += int(found.effect.low <= 1 <= found.effect.high)
        drift += int(found.trend.parallel is False)
        parts = treated[:cut], treated[cut:], control[:cut], control[cut:]
        sums = [float(part.sum()) for part in parts]
        asked: dict[str, Any] = {"exposures": (22, 18, 22, 18)}
        wide = before_after(*sums, **asked, weekly=parts)
        four += int(wide.low <= 1 <= wide.high)
        narrow = before_after(*sums, **asked)
        poisson += int(narrow.low <= 1 <= narrow.high)
    assert 0.93 <= weekly / draws <= 0.985
    assert four / draws >= 0.93
    assert drift / draws <= 0.085
    # Without the weeks, counts are taken for Poisson, and are wrong where they are not.
    assert (poisson / draws > 0.93) == (kind == "chance")


@pytest.mark.parametrize(("kind", "often"), [("chance", 0.98), ("apart", 0.7)])
def test_an_effect_is_found_and_covered(kind: str, often: float) -> None:
    rng = np.random.default_rng(9)
    covered = found = 0
    for _draw in range(300):
        treated, control = series(rng, kind)
        fewer = np.concatenate((treated[:20], rng.binomial(treated[20:], 0.5)))
        effect = before_after_weekly(fewer, control, 20).effect
        covered += int(effect.low <= 0.5 <= effect.high)
        found += int(effect.verdict == "fewer")
    assert covered / 300 > 0.92
    assert found / 300 > often


def test_weeks_give_the_ratio_of_their_sums() -> None:
    treated, control = series(np.random.default_rng(10), "apart", 20)
    found = before_after_weekly(treated, control, 12).effect
    sums = [part.sum() for part in (treated[:12], treated[12:], control[:12], control[12:])]
    plain = before_after(*sums, exposures=(84, 56, 84, 56))
    assert (found.ratio, found.per_month) == pytest.approx((plain.ratio, plain.per_month))
    assert found.error >= plain.error


def test_a_shared_wave_drops_out() -> None:
    wave = np.tile([10, 30, 60, 20], 5)
    found = before_after_weekly(wave, 2 * wave, 10)
    assert found.effect.ratio == pytest.approx(1.0)
    assert found.effect.dispersion == 1.0
    assert found.trend.parallel


def test_large_weeks_that_scatter_more_widen_the_interval() -> None:
    # On either side four weeks of 10 + 10 and two of 70 + 30 and 30 + 70; half of all is treated.
    treated, control = np.tile([10, 10, 10, 10, 70, 30], 2), np.tile([10, 10, 10, 10, 30, 70], 2)
    found = before_after_weekly(treated, control, 6).effect
    # HC2: 2 × 20² ÷ (1 - 100/280) ÷ (280/4)², against 4/280 by chance; Pearson gives 64 ÷ 10.
    assert found.dispersion == pytest.approx(800 / (1 - 100 / 280) / 70)
    assert found.dispersion > 6.4


def test_a_drift_before_the_measure_is_seen() -> None:
    weeks = np.arange(24)
    treated = np.round(100 * 0.97**weeks)
    control = np.full(24, 100)
    found = before_after_weekly(treated, control, 12)
    assert found.effect.verdict == "fewer"  # which is only the old trend going on
    assert found.trend.parallel is False
    assert found.trend.per_week == pytest.approx(0.97, abs=0.002)
    assert found.trend.low < 0.97 < found.trend.high


def test_the_trend_is_the_likeliest() -> None:
    treated, control = series(np.random.default_rng(11), "apart", 16)
    week, total = np.arange(10), (treated + control)[:10]

    def loss(beta: Any) -> float:
        odds = beta[0] + beta[1] * week
        return float((total * np.logaddexp(0, odds) - treated[:10] * odds).sum())

    slow = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9})
    found = before_after_weekly(treated, control, 10).trend
    assert np.log(found.per_week) == pytest.approx(slow.x[1], abs=1e-6)


@pytest.mark.parametrize(
    ("treated", "control", "cut"),
    [
        (np.full(20, 9), np.full(20, 9), 3),  # weeks before
        (np.full(20, 9), np.full(20, 9), 17),  # weeks after
        (np.r_[np.full(10, 3), np.zeros(10)], np.full(20, 9), 10),  # none left
        (np.zeros(20), np.full(20, 9), 10),
        (np.zeros(20), np.zeros(20), 10),
    ],
)
def test_too_few_weeks_or_tickets_are_told(treated: Any, control: Any, cut: int) -> None:
    found = before_after_weekly(treated, control, cut)
    assert (found.effect.verdict, found.effect.enough) == ("small", False)
    if cut < 4 or not treated.any():
        assert found.trend.parallel is None


def test_verdicts_have_words() -> None:
    assert set(VERDICTS) == {"fewer", "more", "unclear", "small"}
    more = before_after(100, 200, 300, 300, exposures=EVEN)
    assert (more.verdict, more.per_month > 0) == ("more", True)
