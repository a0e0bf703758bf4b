"""Repeat addresses and near repeats: published fits, hand-counted cases and slow oracles."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from geo import repeats
from geo.errors import GeometryError, InputError
from geo.repeats import concentration, exceedance, knox, knox_table, normalise, reopened
from geo.settings import testing as data_settings

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
Floats = npt.NDArray[np.float64]

# --------------------------------------------------------------------------------- address texts


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("３栋２０１", "3号楼201"),
        ("3幢 201", "3号楼201"),
        ("3#201", "3号楼201"),
        ("3＃楼201", "3号楼201"),
        ("３　号 楼201", "3号楼201"),
        ("三幢", "三号楼"),
        ("a栋", "A号楼"),
        ("虚构路12#", "虚构路12号"),
        ("虚构路12#楼", "虚构路12号楼"),
        ("虚构路12号", "虚构路12号"),
        ("虚构路12－1号", "虚构路12-1号"),
        ("12  main st #4", "12 MAIN ST#4"),
        (None, ""),
        (float("nan"), ""),
        ("  ", ""),
    ],
)
def test_one_address_is_written_one_way(written: Any, plain: str) -> None:
    assert normalise([written]).tolist() == [plain]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3号楼 12", "3号楼 1 2"),
        ("1 23", "12 3"),
        ("三 二号", "三二号"),
        ("3²栋", "32栋"),
        ("03栋", "3栋"),
        ("三栋", "3栋"),
        ("虚构路3号", "虚构路3栋"),
        ("3栋12", "31栋2"),
        ("3-12", "3 12"),
    ],
)
def test_different_addresses_stay_apart(one: str, other: str) -> None:
    assert len(set(normalise([one, other]).tolist())) == 2


def numbers(text: str) -> list[str]:
    return re.findall("[0-9〇零一二三四五六七八九十百千]+", text)


@given(st.lists(st.text(alphabet="12３ 三十　栋幢号楼#＃A路-－", max_size=14), min_size=1))
def test_numbers_are_kept_and_writing_twice_is_writing_once(written: list[str]) -> None:
    plain = normalise(written).tolist()
    assert [numbers(text) for text in plain] == [
        numbers(text.replace("３", "3")) for text in written
    ]
    assert normalise(plain).tolist() == plain


# -------------------------------------------------------------------------------- repeat addresses


def counts(*frequencies: int) -> npt.NDArray[np.int64]:
    return np.repeat(np.arange(len(frequencies)), frequencies)


@pytest.mark.parametrize(
    ("frequencies", "shape"),
    [
        # Bliss & Fisher 1953, Biometrics 9:176: red mites on apple leaves.
        ((70, 38, 17, 10, 9, 3, 2, 1), 1.02459),
        # Greenwood & Yule 1920: accidents of 647 munitions workers; fit by likelihood.
        ((447, 132, 42, 21, 3, 2), 0.8651),
    ],
)
def test_published_fits_of_the_negative_binomial(
    frequencies: tuple[int, ...], shape: float
) -> None:
    n = counts(*frequencies)
    a, b = exceedance(n, np.ones(len(n))).prior
    assert a == pytest.approx(shape, abs=6e-5)
    assert a / b == pytest.approx(n.mean(), rel=1e-6)


def street(seed: int = 1, n: int = 3000, mean: float = 0.02) -> tuple[Any, Any]:
    """Return ordinary addresses: rates differ (shape 2), none is a problem by itself."""
    rng = np.random.default_rng(seed)
    e = rng.integers(1, 60, n) * 12.0
    return rng.poisson(rng.gamma(2.0, mean / 2, n) * e), e


def test_no_other_prior_is_likelier() -> None:
    n, e = street()

    def likelihood(a: float, b: float) -> float:
        return float(stats.nbinom.logpmf(n, a, b / (b + e)).sum())

    a, b = exceedance(n, e).prior
    best = likelihood(a, b)
    for more in itertools.product((0.98, 1.0, 1.02), repeat=2):
        assert likelihood(a * more[0], b * more[1]) <= best + 1e-6
    assert a == pytest.approx(2.0, rel=0.1)


def test_figures_follow_their_distributions() -> None:
    n, e = street(n=200)
    found = exceedance(n, e, times=1.5, sure=0.9)
    a, b = found.prior
    assert found.street_rate == pytest.approx(n.sum() / e.sum())
    assert found.expected.sum() == pytest.approx(n.sum())
    above = stats.gamma.sf(1.5 * found.street_rate, a + n, scale=1 / (b + e))
    assert found.probability == pytest.approx(above)
    assert found.p == pytest.approx(stats.nbinom.sf(n - 1, a, b / (b + e)))
    assert found.q == pytest.approx(stats.false_discovery_control(found.p))
    assert found.shrunk == pytest.approx((a + n) / (b + e))
    assert np.array_equal(found.flagged, above > 0.9)
    assert 0 < found.flagged.sum() < 100


def test_a_planted_address_is_found_and_chance_is_not() -> None:
    rng = np.random.default_rng(3)
    wrong = caught = poisson = 0
    for _draw in range(40):
        e = rng.integers(20, 60, 500) * 12.0
        n = rng.poisson(rng.gamma(8.0, 0.02 / 8, 500) * e)
        n[0] = rng.poisson(0.02 * 5 * e[0])
        found = exceedance(n, e)
        caught += int(found.flagged[0] and found.q[0] < 0.05)
        wrong += int((found.q[1:] < 0.05).sum())
        tail = stats.false_discovery_control(stats.poisson.sf(n - 1, found.expected))
        poisson += int((tail[1:] < 0.05).sum())
    assert caught >= 36
    assert wrong <= 2
    assert poisson > 100  # what a plain Poisson tail would have blamed


def test_equal_addresses_are_not_flagged_however_many_calls() -> None:
    found = exceedance([30] * 50, [12.0] * 50)
    assert not found.flagged.any()
    assert found.shrunk == pytest.approx(2.5, rel=1e-3)


def test_without_calls_addresses_or_exposure() -> None:
    quiet = exceedance([0, 0], [1.0, 1.0])
    assert quiet.p.tolist() == quiet.q.tolist() == [1.0, 1.0]
    assert not quiet.flagged.any()
    assert len(exceedance([], []).q) == 0
    shop = exceedance([40, 1, 0, 2], [0.0, 1.0, 2.0, 1.5])
    assert np.isnan([shop.rate[0], shop.p[0], shop.q[0], shop.probability[0]]).all()
    assert not shop.flagged[0]
    assert shop.street_rate == pytest.approx(3 / 4.5)


@pytest.mark.parametrize("calls", [[-1, 2], [0.5, 1], [1, 2, 3], [np.nan, 1]])
def test_calls_that_are_none(calls: list[float]) -> None:
    with pytest.raises(InputError):
        exceedance(calls, [1.0, 1.0])


# ----------------------------------------------------------------------------------- concentration


def test_fractions_of_an_address_are_counted_by_fraction() -> None:
    found = concentration([6, 4, 2, *[0] * 247], [0.01, 0.002, 1.0])
    # 1 % of 250 is two and a half addresses; 0.2 % is half of the first.
    assert found.found == pytest.approx((11 / 12, 3 / 12, 1.0))
    assert (found.addresses, found.callers, found.calls) == (250, 3, 12)


def test_chance_alone_concentrates_calls() -> None:
    rng = np.random.default_rng(2)
    n = rng.poisson(1.0, 20_000)
    found = concentration(n, [0.1])
    # Of Poisson(1) counts, the tenth with most calls: all of three and more, and part of two.
    k = np.arange(3, 30)
    three, mass = stats.poisson.pmf(k, 1), stats.poisson.sf(2, 1)
    even = (k * three).sum() + (0.1 - mass) * 2
    assert found.even[0] == pytest.approx(even, rel=0.01)
    assert found.found[0] == pytest.approx(found.even[0], rel=0.03)


def test_large_buildings_are_expected_to_call_more() -> None:
    e = np.array([1000.0] * 10 + [1.0] * 990)
    n = np.array([100] * 10 + [0] * 990)
    assert concentration(n, [0.01]).even[0] < 0.1
    assert concentration(n, [0.01], exposure=e).even[0] > 0.9


def test_nothing_to_concentrate() -> None:
    assert np.isnan([*concentration([0, 0]).found, *concentration([]).found]).all()


# ---------------------------------------------------------------------------------------- reopened


def days(*given: float | None) -> npt.NDArray[np.datetime64]:
    start = np.datetime64("2026-03-01", "s")
    return np.array(
        [
            np.datetime64("NaT") if day is None else start + np.timedelta64(int(day * 86400), "s")
            for day in given
        ]
    )


def test_reopened_by_hand() -> None:
    address = ["a", "a", "a", "a", "b", "a", "", "", None, None]
    category = ["x", "x", "x", "y", "x", "x", "x", "x", "x", "x"]
    reported = days(0, 35, 66, 36, 36, 68, 0, 2, 0, 2)
    closed = days(5, 36, 67, 37, None, None, 1, 3, 1, 3)
    # 35 is 30 days after 5; 66 is 30 after 36; 68 a day after 67. Other category, other address
    # and unknown addresses are not the same.
    expected = [False, True, True, False, False, True, False, False, False, False]
    assert reopened(address, category, reported, closed).tolist() == expected
    shorter = reopened(address, category, reported, closed, days=29)
    assert shorter.tolist() == [False] * 5 + [True] + [False] * 4


def test_still_open_wrongly_closed_and_at_once() -> None:
    one, kind = ["a"] * 2, ["x"] * 2
    assert not reopened(one, kind, days(0, 3), days(None, 4)).any()  # a duplicate, not a return
    assert not reopened(one, kind, days(9, 9.5), days(3, 10)).any()  # closed before reported
    assert not reopened(one, kind, days(1, 1), days(1, 1)).any()  # entered together
    assert reopened(one, kind, days(1, 1.5), days(1, 2)).tolist() == [False, True]
    assert not reopened(one, kind, days(0, None), days(1, None)).any()


def test_marked_repeats_count_wherever_they_are() -> None:
    asked = (["a", "b", "c", ""], ["x", "y", "x", "z"], days(0, 3, 60, 9), days(1, None, None, 9))
    assert not reopened(*asked).any()
    found = reopened(*asked, repeat_of=[-1, 0, 0, 1])
    assert found.tolist() == [False, True, False, False]  # too late; and of one never closed
    early = reopened(["a", "b"], ["x"] * 2, days(0, 3), days(4, None), repeat_of=[-1, 0])
    assert not early.any()  # the first was still being worked on


TICKET = st.tuples(
    st.sampled_from(["a", "b", ""]),
    st.sampled_from(["x", "y"]),
    st.integers(0, 12) | st.none(),
    st.integers(0, 12) | st.none(),
)


@given(st.lists(TICKET, max_size=12))
def test_reopened_as_one_by_one(tickets: list[tuple[str, str, int | None, int | None]]) -> None:
    def came_back(later: Any) -> bool:
        place, kind, opened, _closed = later
        return any(
            one[:2] == (place, kind)
            and None not in (opened, one[2], one[3])
            and one[2] <= one[3]
            and one[2] < opened
            and 0 <= opened - one[3] <= 4
            for one in tickets
            if place
        )

    address, category, opened, closed = zip(*tickets, strict=True) if tickets else ((),) * 4
    found = reopened(address, category, days(*opened), days(*closed), days=4)
    assert found.tolist() == [came_back(ticket) for ticket in tickets]


# ------------------------------------------------------------------------------------ near repeats


def events(seed: int, n: int = 40) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 30, (n, 2)) * 10.0, rng.integers(0, 40, n).astype(float)


def test_knox_equals_pointpats() -> None:
    golden = json.loads((GOLDEN / "knox.json").read_text())
    xy, day = np.array(golden["xy"], dtype=float), np.array(golden["day"], dtype=float)
    for case in golden["cases"]:
        limits = {"within_m": case["within_m"], "within_days": case["within_days"]}
        found = knox(xy, day, **limits, draws=1999)
        for name in ("pairs", "near_space", "near_time"):
            assert getattr(found, name) == case[name]
        assert found.expected == pytest.approx(case["expected"])
        assert found.p == pytest.approx(case["p"], abs=0.035)


def burkitt() -> Path:
    folder = data_settings().test_data_dir
    places = [folder / "burkitt" / "burkitt.shp"] if folder else []
    package = importlib.util.find_spec("libpysal")
    if package and package.origin:
        places.append(Path(package.origin).parent / "examples" / "burkitt" / "burkitt.shp")
    found = [place for place in places if place.is_file()]
    if not found:
        pytest.skip("no burkitt in WANGGE_TEST_DATA_DIR, and no libpysal that has it")
    return found[0]


@pytest.mark.data
def test_burkitt_in_the_west_nile_district() -> None:
    frame = pyogrio.read_dataframe(burkitt(), read_geometry=False)
    found = knox(frame[["X", "Y"]].to_numpy(float), frame["T"], within_m=20, within_days=5)
    assert len(frame) == 188
    assert (found.pairs, found.near_space, found.near_time) == (13, 3429, 52)
    assert found.expected == pytest.approx(10.1438161)
    assert 0.15 < found.p < 0.28


def slow_pairs(
    xy: Floats, day: Floats, metres: tuple[float, float], late: tuple[float, float]
) -> int:
    """Count pairs whose distance and time lie in (low, high]."""
    return sum(
        metres[0] < float(np.hypot(*(xy[i] - xy[j]))) <= metres[1]
        and late[0] < abs(day[i] - day[j]) <= late[1]
        for i, j in itertools.combinations(range(len(xy)), 2)
    )


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 20.0, 50.0]), st.sampled_from([0.0, 3.0]))
def test_pairs_counted_one_by_one(seed: int, within_m: float, within_days: float) -> None:
    xy, day = events(seed)
    limits: dict[str, Any] = {"within_m": within_m, "within_days": within_days}
    anywhere, late = (-1.0, np.inf), (-1.0, within_days)
    found = knox(xy, day, **limits, draws=0)
    assert found.pairs == slow_pairs(xy, day, (-1.0, within_m), late)
    assert found.near_space == slow_pairs(xy, day, (-1.0, within_m), (-1.0, np.inf))
    assert found.near_time == slow_pairs(xy, day, anywhere, late)
    near = knox(xy, day, **limits, draws=0, same_place=False)
    assert near.pairs == slow_pairs(xy, day, (0.0, within_m), late)


def test_the_table_counted_one_by_one() -> None:
    xy, day = events(7, 60)
    found = knox_table(xy, day, metres=(50, 100), days=(3, 7, 20), draws=9)
    bands_m, bands_d = ((-1, 0), (0, 50), (50, 100)), ((-1, 3), (3, 7), (7, 20))
    slow = [[slow_pairs(xy, day, metres, late) for late in bands_d] for metres in bands_m]
    assert found.pairs.tolist() == slow
    assert (found.metres, found.days) == ((0.0, 50, 100), (3, 7, 20))
    whole = knox(xy, day, within_m=100, within_days=20, draws=0)
    assert found.pairs.sum() == whole.pairs
    assert found.expected.sum() == pytest.approx(whole.expected)


def test_expectation_and_p_over_all_orders_of_the_times() -> None:
    xy = np.array([[0, 0], [1, 0], [0, 1], [50, 0], [51, 0], [90, 90.0]])
    day = np.array([0, 1, 9, 20, 21, 40.0])
    limits: dict[str, Any] = {"within_m": 2, "within_days": 2}
    every = [
        knox(xy, np.array(order), **limits, draws=0).pairs for order in itertools.permutations(day)
    ]
    found = knox(xy, day, **limits, draws=4000)
    assert found.expected == pytest.approx(np.mean(every))
    assert found.p == pytest.approx(np.mean(np.array(every) >= found.pairs), abs=0.02)
    assert found.ratio == pytest.approx(found.pairs / found.expected)


def test_repeats_at_one_address_and_near_repeats_are_told_apart() -> None:
    rng = np.random.default_rng(4)
    homes = rng.random((300, 2)) * 3000
    day = rng.integers(0, 365, 300).astype(float)
    again = np.vstack((homes, homes[:40])), np.concatenate((day, day[:40] + 2))
    beside = np.vstack((homes, homes[:40] + 15)), again[1]
    limits: dict[str, Any] = {"within_m": 60, "within_days": 7, "draws": 199}
    assert knox(*again, **limits).p < 0.01
    assert knox(*again, **limits, same_place=False).p > 0.05
    assert knox(*beside, **limits, same_place=False).p < 0.01
    table = knox_table(*again, metres=(60, 200), days=(7, 30), draws=199)
    assert table.ratio[0, 0] > 5
    assert table.p[0, 0] < 0.01 < table.p[1, 0]


def test_half_of_noise_is_above_the_middle() -> None:
    p = [knox(*events(seed), within_m=40, within_days=4, draws=99).p for seed in range(150)]
    assert np.mean(np.array(p) <= 0.1) < 0.16
    assert 0.35 < np.mean(np.array(p) <= 0.5) < 0.62


def test_seed_missing_and_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    xy, day = events(1)
    limits: dict[str, Any] = {"within_m": 50, "within_days": 3}
    assert knox(xy, day, **limits, seed=5) == knox(xy, day, **limits, seed=5)
    with pytest.raises(GeometryError, match="1 tickets"):
        knox(xy, np.where(np.arange(40) == 3, np.nan, day), **limits)
    with pytest.raises(InputError):
        knox_table(xy, day, metres=(50, 50))
    monkeypatch.setattr(repeats, "MOST_PAIRS", 10)
    with pytest.raises(GeometryError, match="pairs"):
        knox(xy, day, **limits)


def test_nothing_near_nothing() -> None:
    none = knox(np.zeros((0, 2)), [], within_m=10, within_days=1, draws=9)
    assert (none.pairs, none.expected, none.p) == (0, 0.0, 1.0)
    assert np.isnan(none.ratio)
    alone = knox_table([[0.0, 0.0]], [1.0], draws=9)
    assert not alone.pairs.any()
