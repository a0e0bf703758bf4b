"""Hot spots: published scores, all orders counted one by one, and maps of pure chance."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from geo import hotspots
from geo.errors import GeometryError, InputError
from geo.hotspots import chance, rates
from geo.settings import testing as data_settings

Floats = npt.NDArray[np.float64]

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "esda_gi.json").read_text())
SIDE = 60


def windows(name: str) -> sparse.csr_matrix:
    return hotspots.contiguity(GOLDEN[name]["pairs"], n_of(name))


def n_of(name: str) -> int:
    return len(GOLDEN[name]["gi_star"])


def board(side: int) -> npt.NDArray[np.int64]:
    return np.array([(column, row) for row in range(side) for column in range(side)])


def by_rows(weights: sparse.csr_matrix) -> sparse.csr_matrix:
    return sparse.csr_matrix(weights / weights.sum(axis=1))


def all_orders(values: Floats) -> Floats:
    return np.array(list(itertools.permutations(values)))


# ---------------------------------------------------------------------------------------- squares


def test_squares_counted_by_hand() -> None:
    cells, position = hotspots.squares([5, 95, 100, 250, -1], [5, 99, 0, 210, 0], 100)
    assert cells.tolist() == [[-1, 0], [0, 0], [1, 0], [2, 2]]
    assert position.tolist() == [1, 1, 2, 3, 0]


def test_squares_begin_where_told() -> None:
    cells, position = hotspots.squares([149, 151], [0, 0], 100, origin=(50, -10))
    assert cells.tolist() == [[0, 0], [1, 0]]
    assert position.tolist() == [0, 1]


def test_no_points_no_squares() -> None:
    cells, position = hotspots.squares([], [], 50)
    assert cells.shape == (0, 2)
    assert len(position) == 0
    assert hotspots.lattice_window(cells).shape == (0, 0)
    assert hotspots.band(np.empty((0, 2)), 10).shape == (0, 0)


@pytest.mark.parametrize("size", [0, -1, math.nan, math.inf])
def test_a_square_has_a_size(size: float) -> None:
    with pytest.raises(GeometryError, match="size"):
        hotspots.squares([1], [1], size)


@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_a_point_has_coordinates(x: float) -> None:
    with pytest.raises(GeometryError, match="coordinates"):
        hotspots.squares([1, x], [1, 1], 50)
    with pytest.raises(GeometryError, match="coordinates"):
        hotspots.band([(1, 1), (x, 1)], 50)


places = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30)


@given(places, st.sampled_from([1.0, 37.5, 100.0]))
def test_each_point_lies_in_its_square(points: list[tuple[float, float]], size: float) -> None:
    xy = np.array(points)
    cells, position = hotspots.squares(xy[:, 0], xy[:, 1], size)
    assert (np.floor(xy / size) == cells[position]).all()
    assert len(np.unique(cells, axis=0)) == len(cells) == len(np.unique(position))


# ------------------------------------------------------------------------------------- neighbours


@pytest.mark.parametrize(("reach", "most"), [(0, 1), (1, 5), (1.5, 9), (2, 13), (2.5, 21)])
def test_inner_windows_of_a_board(reach: float, most: int) -> None:
    size = np.diff(hotspots.lattice_window(board(9), reach).indptr)
    assert size.max() == size[40] == most


spread = st.sampled_from([4, 20, 3_000_000])


@given(st.data(), spread, st.sampled_from([1.0, 1.5, 2.3]))
def test_neighbours_on_a_lattice_are_those_in_reach(data: Any, span: int, reach: float) -> None:
    one = st.tuples(st.integers(-span, span), st.integers(-span, span))
    cells = np.array(data.draw(st.lists(one, min_size=1, max_size=25, unique=True)))
    apart = np.linalg.norm(cells[:, None] - cells, axis=2)
    found = hotspots.lattice_window(cells, reach)
    assert (found.toarray() == (apart <= reach)).all()


@pytest.mark.parametrize("far", [1, 10**7])
def test_a_cell_is_there_once(far: int) -> None:
    with pytest.raises(InputError, match="twice"):
        hotspots.lattice_window([(0, 0), (far, far), (0, 0)])


@given(places, st.sampled_from([0.0, 10.0, 1e5, 1e6]))
def test_neighbours_within_a_distance(points: list[tuple[float, float]], distance: float) -> None:
    xy = np.array(points)
    apart = np.linalg.norm(xy[:, None] - xy, axis=2)
    clear = np.abs(apart - distance) > 1e-6  # not decided by the last digit
    found = hotspots.band(xy, distance).toarray()
    assert (found == (apart <= distance))[clear].all()
    assert (found.diagonal() == 1).all()


def test_the_distance_itself_is_within() -> None:
    found = hotspots.band([(0, 0), (3, 4), (6, 8.1)], 5).toarray()
    assert found.tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_pairs_may_be_given_twice() -> None:
    found = hotspots.contiguity([(0, 1), (1, 0), (1, 2), (1, 2)], 4).toarray()
    assert found.tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    assert (hotspots.contiguity([], 2).toarray() == np.eye(2)).all()


# ------------------------------------------------------------------------------- published scores


def test_six_points_of_getis_and_ord() -> None:
    case = GOLDEN["six_points"]
    weights = hotspots.band(case["xy"], case["distance"])
    expected = [-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331]
    assert hotspots.gi_star(case["values"], weights) == pytest.approx(expected, abs=1e-8)
    assert hotspots.gi_star(case["values"], by_rows(weights)) == pytest.approx(expected, abs=1e-8)
    expected = [-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941]
    assert hotspots.gi(case["values"], weights) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", ["sids", "columbus"])
def test_scores_are_those_of_esda(name: str) -> None:
    case = GOLDEN[name]
    values = case.get("values") or case["rates"]
    for weights in (windows(name), by_rows(windows(name))):
        assert hotspots.gi_star(values, weights) == pytest.approx(case["gi_star"], abs=1e-12)
        assert hotspots.gi(values, weights) == pytest.approx(case["gi"], abs=1e-12)


def test_sudden_infant_deaths_in_north_carolina() -> None:
    case = GOLDEN["sids"]
    z = hotspots.gi_star(case["rates"], windows("sids"))
    top = np.argsort(-z)
    named = [(case["names"][at], round(float(z[at]), 4)) for at in [*top[:5], top[-1]]]
    assert named == [
        ("Northampton", 4.2518),
        ("Bertie", 3.9458),
        ("Richmond", 3.0076),
        ("Robeson", 2.8695),
        ("Halifax", 2.5927),
        ("Wilkes", -2.3278),
    ]
    assert ((z > 1.96).sum(), (z < -1.96).sum()) == (9, 3)
    found = hotspots.test(case["rates"], windows("sids"), mode="arcgis")
    assert (np.abs(found.level) >= 2).sum() == 2
    assert (np.abs(found.level) >= 1).sum() == 3


@pytest.mark.data
def test_sudden_infant_deaths_from_the_file() -> None:
    gpd = pytest.importorskip("geopandas")
    folder = data_settings().test_data_dir
    file = folder / "spdata_ref" / "sids.gpkg" if folder else None
    if not file or not file.is_file():
        pytest.skip("WANGGE_TEST_DATA_DIR has no spdata_ref/sids.gpkg")
    counties = gpd.read_file(file)
    one, other = counties.sindex.query(counties.geometry, predicate="intersects")
    apart = one != other
    touching = hotspots.contiguity(np.column_stack((one, other))[apart], len(counties))
    z = hotspots.gi_star(counties["SID74"] / counties["BIR74"] * 1000, touching)
    assert counties["NAME"].tolist() == GOLDEN["sids"]["names"]
    assert z == pytest.approx(GOLDEN["sids"]["gi_star"], abs=1e-5)  # esda's rates have 6 digits


# -------------------------------------------------------------------------- scores, by definition


def dense(n: int) -> st.SearchStrategy[Floats]:
    one = st.sampled_from([0.0, 0.0, 0.25, 1.0, 3.0])
    return st.lists(one, min_size=n * n, max_size=n * n).map(lambda w: np.reshape(w, (n, n)))


@settings(max_examples=25)
@given(st.lists(st.integers(-3, 9), min_size=5, max_size=5), dense(5))
def test_scores_are_standardised_over_all_orders(drawn: list[int], weights: Floats) -> None:
    """For any weights: mean 0 and standard deviation 1 when the values change places."""
    values = np.array(drawn, dtype=float) / 2
    sums = weights @ all_orders(values).T
    spread_of = sums.std(axis=1)
    z = hotspots.gi_star(values, weights)
    varies = spread_of > 1e-9
    assert np.isnan(z[~varies]).all()
    expected = (weights @ values - sums.mean(axis=1))[varies] / spread_of[varies]
    assert z[varies] == pytest.approx(expected, abs=1e-9)


@given(st.floats(0.01, 1e3), st.integers(-(10**9), 10**9))
def test_units_do_not_matter(factor: float, added: int) -> None:
    rng = np.random.default_rng(1)
    values, weights = rng.integers(0, 9, 49), hotspots.lattice_window(board(7))
    z = hotspots.gi_star(values, weights)
    assert hotspots.gi_star(values * factor, weights * factor) == pytest.approx(z, rel=1e-9)
    assert hotspots.gi_star(values + added, weights) == pytest.approx(z, rel=1e-6, abs=1e-6)


def test_areas_without_a_value_are_as_if_not_there() -> None:
    rng = np.random.default_rng(2)
    values, weights = rng.poisson(2, 49).astype(float), hotspots.lattice_window(board(7))
    values[[3, 20, 21]] = np.nan
    known = np.flatnonzero(np.isfinite(values))
    left = weights[known][:, known]
    found, expected = hotspots.test(values, weights), hotspots.test(values[known], left)
    for name in ("z", "window", "p_hot", "p_cold", "q_hot", "q_cold", "size", "level"):
        assert (getattr(found, name)[known] == getattr(expected, name)).all()
    assert np.isnan([found.z[3], found.p_hot[3], found.q_cold[3]]).all()
    assert (found.size[3], found.level[3]) == (0, 0)
    assert np.isnan(hotspots.gi_star(values, weights)[[3, 20, 21]]).all()


def test_an_island_is_its_own_window() -> None:
    values = np.array([1.0, 2, 6, 3])
    z = hotspots.gi_star(values, np.eye(4))
    assert z == pytest.approx((values - 3) / values.std())
    assert hotspots.test(values, np.eye(4)).p_hot == pytest.approx([1.0, 0.75, 0.25, 0.5])
    assert np.isnan(hotspots.gi(values, np.eye(4))).all()


def test_an_empty_window_has_no_score() -> None:
    weights = np.eye(3)
    weights[1, 1] = 0
    for values in ([1, 5, 2], [0.5, 2.5, 1.1]):
        found = hotspots.test(values, weights, draws=50)
        assert np.isnan([found.z[1], found.p_hot[1], found.q_cold[1]]).all()
        assert (found.level[1], found.size[1]) == (0, 0)
    assert np.isnan(hotspots.test([1, 5, 2], np.zeros((3, 3))).p_hot).all()


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1, 1e9 + 0.1])
def test_nothing_stands_out_where_all_is_alike(value: float) -> None:
    weights = hotspots.lattice_window(board(5))
    for mode in hotspots.MODES:
        found = hotspots.test(np.full(25, value), weights, mode=mode, draws=200)
        assert np.isnan(found.z).all()
        assert not found.level.any()
    assert np.isnan(hotspots.gi(np.full(25, value), weights)).all()


def test_a_window_of_the_whole_map_has_no_score() -> None:
    everywhere = np.full((4, 4), 0.1)
    found = hotspots.test([1, 2, 3, 9], everywhere)
    assert np.isnan(found.z).all()
    assert found.p_hot == pytest.approx(1.0)
    assert found.p_cold == pytest.approx(1.0)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_maps(n: int) -> None:
    for mode in hotspots.MODES:
        found = hotspots.test(np.arange(n), np.eye(n), mode=mode)
        assert len(found.z) == len(found.level) == n
        assert not found.level.any()


def test_weights_fit_the_values() -> None:
    with pytest.raises(InputError, match="3 values, but weights for 2 by 2"):
        hotspots.test([1, 2, 3], np.eye(2))
    with pytest.raises(InputError, match="mode"):
        hotspots.test([1, 2, 3], np.eye(3), mode="guess")


# ------------------------------------------------------------------------- chance, counted exactly


def counted(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Count over all orders how often a window's sum is as large, and as small."""
    sums, seen = weights @ all_orders(values).T, (weights @ values)[:, None]
    slack = 1e-9
    return (sums >= seen - slack).mean(axis=1), (sums <= seen + slack).mean(axis=1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-4, 12), min_size=1, max_size=7),
    st.integers(1, 5),
    st.data(),
)
def test_chance_is_that_over_all_orders(drawn: list[int], times: int, data: Any) -> None:
    n = len(drawn)
    values = np.array(drawn, dtype=float) * times
    weights = np.reshape(data.draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n)), (n, n))
    weights = (weights | np.eye(n, dtype=bool)).astype(float)
    hot, cold = counted(values, weights)
    for given_weights in (weights, weights / weights.sum(axis=1, keepdims=True)):
        found = hotspots.test(values, given_weights)
        assert (found.way, found.draws) == ("exact", 0)
        assert found.p_hot == pytest.approx(hot, rel=1e-9)
        assert found.p_cold == pytest.approx(cold, rel=1e-9)


@pytest.mark.parametrize("ones", [1, 40, 500, 999])
def test_chance_of_yes_and_no_is_hypergeometric(ones: int) -> None:
    """In windows of one member to 512, far into the tails."""
    n = 1000
    pool = np.repeat([1.0, 0.0], [ones, n - ones])
    sizes = np.array([1, 2, 9, 63, 64, 65, 200, 511, 512])
    for share in (0.0, 0.1, 0.5, 1.0):
        least, most = np.maximum(0, sizes - n + ones), np.minimum(sizes, ones)
        sums = np.round(least + share * (most - least))
        found = hotspots.tails(pool, sums, sizes, rng=np.random.default_rng(0))
        assert found.way == "exact"
        expected = stats.hypergeom(n, ones, sizes)
        logs = np.log(found.hot), np.log(found.cold)
        assert logs[0] == pytest.approx(expected.logsf(sums - 1), rel=1e-7, abs=1e-9)
        assert logs[1] == pytest.approx(expected.logcdf(sums), rel=1e-7, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=14), st.integers(1, 14), st.data())
def test_chance_is_precise_in_fractions(drawn: list[int], size: int, data: Any) -> None:
    size = min(size, len(drawn))
    picks = [sum(some) for some in itertools.combinations(drawn, size)]
    seen = data.draw(st.sampled_from(picks))
    hot = Fraction(sum(one >= seen for one in picks), len(picks))
    cold = Fraction(sum(one <= seen for one in picks), len(picks))
    pool, rng = np.array(drawn, dtype=float), np.random.default_rng(0)
    found = hotspots.tails(pool, np.array([float(seen)]), np.array([size]), rng=rng)
    assert (found.hot[0], found.cold[0]) == pytest.approx((float(hot), float(cold)), rel=1e-12)


def test_the_smallest_chance_has_no_floor() -> None:
    values = np.zeros(10_000)
    values[:9] = 1000
    found = hotspots.test(
        values, hotspots.contiguity(list(itertools.combinations(range(9), 2)), 10_000)
    )
    assert found.p_hot[0] == pytest.approx(1 / math.comb(10_000, 9), rel=1e-9)
    assert found.level[:10].tolist() == [3] * 9 + [0]


def test_exact_and_sampled_agree() -> None:
    rng = np.random.default_rng(5)
    values = rng.poisson(rng.gamma(0.5, 4, 400))
    weights = hotspots.lattice_window(board(20))
    exact = hotspots.test(values, weights)
    sampled = hotspots.test(values, weights, draws=40_000, seed=1)
    again = hotspots.test(values, weights, draws=40_000, seed=1)
    assert (exact.way, sampled.way, sampled.draws) == ("exact", "sampled", 40_000)
    for side in ("p_hot", "p_cold"):
        error = np.sqrt(getattr(exact, side) * (1 - getattr(exact, side)) / 40_000) + 1e-4
        assert (np.abs(getattr(exact, side) - getattr(sampled, side)) < 5 * error).all()
        assert (getattr(sampled, side) == getattr(again, side)).all()
        assert getattr(sampled, side).min() >= 1 / 40_001
    assert (exact.z == sampled.z).all()


def test_fractions_are_sampled_and_so_are_values_too_many_to_count() -> None:
    weights, rng = hotspots.lattice_window(board(6)), np.random.default_rng(3)
    for values in (rng.random(36), rng.integers(0, 10**12, 36), rng.integers(0, 10**6, 36)):
        found = hotspots.test(values, weights)
        assert (found.way, found.draws) == ("sampled", 100_000)


def test_huge_counts_in_round_thousands_are_exact() -> None:
    weights, rng = hotspots.lattice_window(board(6)), np.random.default_rng(3)
    values = rng.poisson(3, 36)
    small, large = (hotspots.test(values * unit, weights) for unit in (1, 10**9))
    assert (small.way, large.way) == ("exact", "exact")
    assert (small.p_hot == large.p_hot).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([0.0, 0.3, 1.1, 2.5, 7.0]), min_size=5, max_size=5), dense(5))
def test_uneven_weights_by_whole_maps(drawn: list[float], weights: Floats) -> None:
    weights = weights + np.diag([0.5, 1, 1, 1, 2])
    weights[0, 1] = 0.125  # so that at least one row is uneven
    hot, cold = counted(np.array(drawn), weights)
    found = hotspots.test(drawn, weights, draws=3000)
    assert (found.way, found.draws) == ("sampled", 3000)
    assert found.p_hot == pytest.approx(hot, abs=0.06)
    assert found.p_cold == pytest.approx(cold, abs=0.06)


def test_draws_are_without_putting_back() -> None:
    """Windows of all but one: a sum is the total less one value, so there are five sums."""
    pool, rng = np.array([1.5, 2, 4, 8, 16]), np.random.default_rng(0)
    ((size, drawn),) = chance._references(pool, np.array([4]), 20_000, rng)
    assert (size, len(drawn)) == (4, 20_000)
    sums, times = np.unique(drawn, return_counts=True)
    assert (pool.sum() - sums[::-1]).tolist() == pool.tolist()
    assert (np.abs(times / 20_000 - 0.2) < 0.02).all()


# -------------------------------------------------------------------------------------- correction


def test_false_discoveries_by_hand() -> None:
    q = hotspots.fdr([0.01, np.nan, 0.04, 0.02, 0.9])
    assert q.tolist() == pytest.approx([0.04, np.nan, 0.04 * 4 / 3, 0.04, 0.9], nan_ok=True)
    assert np.isnan(hotspots.fdr([np.nan])).all()
    assert len(hotspots.fdr([])) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.1]))
def test_false_discoveries_by_definition(p: list[float], rate: float) -> None:
    """Found is what is not above p(k), the largest with p(k) <= rate k / n."""
    ordered = sorted(p)
    passed = [one for k, one in enumerate(ordered, 1) if one * len(p) / k <= rate]
    limit = passed[-1] if passed else -1.0
    assert (hotspots.fdr(p) <= rate).tolist() == [one <= limit for one in p]


def test_several_categories_are_corrected_together() -> None:
    first, second = [0.01, np.nan, 0.04], [0.02, 0.9]
    together = hotspots.fdr([*first, *second])
    found = hotspots.pooled([first, second])
    assert [len(one) for one in found] == [3, 2]
    assert np.array_equal(np.concatenate(found), together, equal_nan=True)
    assert hotspots.pooled([]) == []


def test_levels() -> None:
    q = [0.01, 0.011, 0.05, 0.051, 0.1, 0.11, np.nan]
    ones = np.ones(7)
    assert hotspots.levels(q, ones).tolist() == [3, 2, 2, 1, 1, 0, 0]
    assert hotspots.levels(ones, q).tolist() == [-3, -2, -2, -1, -1, 0, 0]


def test_the_arcgis_way() -> None:
    rng = np.random.default_rng(3)
    values = rng.poisson(0.1, 900)
    found = hotspots.test(values, hotspots.lattice_window(board(30)), mode="arcgis")
    p = 2 * stats.norm.sf(np.abs(found.z))
    assert (found.mode, found.way, found.draws) == ("arcgis", "analytic", 0)
    assert np.where(found.z > 0, found.p_hot, found.p_cold) == pytest.approx(p)
    assert np.where(found.z > 0, found.p_cold, found.p_hot).tolist() == [1.0] * 900
    q = stats.false_discovery_control(p)
    levels = sum((q <= rate).astype(int) for rate in (0.01, 0.05, 0.1)) * np.sign(found.z)
    assert (found.level == levels).all()
    assert found.level.any()  # a false alarm, as is to be expected of this way


# --------------------------------------------------------------------------- maps of pure chance


def planted() -> npt.NDArray[np.int64]:
    return np.array([row * SIDE + column for row in range(20, 24) for column in range(30, 34)])


@pytest.mark.parametrize("mean", [0.3, 2.0])
def test_noise_is_left_alone_and_a_planted_spot_is_found(mean: float) -> None:
    maps, weights, spot = 60, hotspots.lattice_window(board(SIDE)), planted()
    flagged = alarms_of_arcgis = hits = stray = 0
    for seed in range(10_000, 10_000 + maps):
        rng = np.random.default_rng(seed)
        noise = rng.poisson(mean, SIDE**2)
        flagged += bool((np.abs(hotspots.test(noise, weights).level) >= 2).any())
        analytic = hotspots.test(noise, weights, mode="arcgis")
        alarms_of_arcgis += bool((np.abs(analytic.level) >= 2).any())
        noise[spot] += rng.poisson(mean + 0.8, len(spot))
        hot = hotspots.test(noise, weights).level >= 2
        hits += hot[spot].sum()
        stray += hot.sum() - hot[spot].sum()
    assert flagged <= maps // 10
    assert hits / maps >= 4
    assert stray / maps < 1
    assert alarms_of_arcgis > flagged


# ----------------------------------------------------------------------------------- per household


def test_smoothed_rates_are_those_of_esda() -> None:
    case = GOLDEN["sids"]
    found = hotspots.smoothed_rates(case["cases"], case["births"])
    assert found == pytest.approx(case["smoothed_per_birth"], rel=1e-12)


def test_smoothed_rates_by_hand() -> None:
    # m = 12 / 40; s2 = (10 * .3**2 + 10 * .1**2 + 20 * .1**2) / 40 = 0.03; A = 0.03 - .3 / (40 / 3)
    between, mean = 0.03 - 0.3 * 3 / 40, 0.3
    expected = [
        mean + (rate - mean) * between / (between + mean / homes)
        for rate, homes in ((0.6, 10), (0.2, 10), (0.2, 20))
    ]
    found = hotspots.smoothed_rates([6, 2, 4, 5, np.nan], [10, 10, 20, 0, 7])
    assert found.tolist() == pytest.approx([*expected, np.nan, np.nan], nan_ok=True)


def test_rates_no_more_different_than_by_chance_are_one_rate() -> None:
    assert hotspots.smoothed_rates([3, 3, 2], [10, 11, 9]).tolist() == [8 / 30] * 3
    assert hotspots.smoothed_rates([0, 0], [10, 11]).tolist() == [0, 0]
    assert np.isnan(hotspots.smoothed_rates([1, 2], [0, 0])).all()


def test_with_as_many_households_everywhere_rates_are_counts() -> None:
    rng, weights = np.random.default_rng(6), hotspots.lattice_window(board(12))
    cases = rng.poisson(rng.gamma(1, 2, 144))
    by_rate = hotspots.test_rates(cases, np.full(144, 30), weights)
    by_count = hotspots.test(cases, weights)
    assert by_rate.way == "exact"
    assert by_rate.p_hot == pytest.approx(by_count.p_hot, rel=1e-9)
    assert by_rate.p_cold == pytest.approx(by_count.p_cold, rel=1e-9)
    assert (by_rate.values == hotspots.smoothed_rates(cases, np.full(144, 30))).all()


def test_rates_are_shuffled_within_groups_of_the_same_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every order of 4 small and 4 large areas among themselves, counted one by one."""
    monkeypatch.setattr(rates, "_STRATUM", 4)
    homes = np.array([10, 90, 10, 90, 90, 10, 90, 10])
    cases = np.array([1, 7, 0, 2, 3, 2, 9, 0])
    weights = hotspots.contiguity([(at, at + 1) for at in range(7)], 8)
    small, large = (list(itertools.permutations(cases[homes == size])) for size in (10, 90))
    laid = np.empty((len(small) * len(large), 8))
    laid[:, homes == 10] = np.repeat(small, len(large), axis=0)
    laid[:, homes == 90] = np.tile(large, (len(small), 1))
    sums, seen = weights @ laid.T, (weights @ cases)[:, None]
    hot, cold = (sums >= seen).mean(axis=1), (sums <= seen).mean(axis=1)
    for factor in (1.0, 0.2):
        found = hotspots.test_rates(cases, homes, weights * factor)
        assert found.way == "exact"
        assert found.p_hot == pytest.approx(hot, rel=1e-9)
        assert found.p_cold == pytest.approx(cold, rel=1e-9)
        sampled = hotspots.test_rates(cases, homes, weights * factor, draws=4000)
        assert sampled.way == "sampled"
        assert sampled.p_hot == pytest.approx(hot, abs=0.05)
        assert sampled.p_cold == pytest.approx(cold, abs=0.05)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=200))
def test_groups_never_part_equal_areas(drawn: list[int]) -> None:
    homes = np.array(drawn, dtype=float)
    groups = rates._strata(homes)
    assert sorted(np.concatenate(groups).tolist()) == list(range(len(homes)))
    assert min(len(one) for one in groups) >= min(rates._STRATUM, len(homes))
    for lower, upper in itertools.pairwise(groups):
        assert homes[lower].max() < homes[upper].min()


def test_more_households_are_no_hot_spot() -> None:
    """Ten times the households and ten times the tickets; then one corner calls more often."""
    rng, weights, cells = np.random.default_rng(4), hotspots.lattice_window(board(20)), board(20)
    homes = np.where(cells[:, 0] < 10, 20, 200) + rng.integers(0, 4, 400)
    cases = rng.poisson(homes * 0.05)
    assert hotspots.test(cases, weights).level.max() == 3
    assert not (np.abs(hotspots.test_rates(cases, homes, weights).level) >= 2).any()
    corner = (cells < 4).all(axis=1)
    found = hotspots.test_rates(cases + rng.poisson(3, 400) * corner, homes, weights)
    assert (found.level[corner] >= 2).sum() >= 10
    assert (found.level[~corner] >= 2).sum() <= 6


def test_areas_without_households_are_left_out() -> None:
    rng, weights = np.random.default_rng(4), hotspots.lattice_window(board(8))
    homes, cases = rng.integers(10, 99, 64), rng.poisson(2, 64)
    homes[[5, 6]] = 0
    found = hotspots.test_rates(cases, homes, weights)
    assert np.isnan(found.p_hot[[5, 6]]).all()
    assert np.isfinite(np.delete(found.p_hot, [5, 6])).all()
    assert np.isnan(hotspots.test_rates(cases, homes * 0, weights).p_hot).all()


def lumpy_homes(side: int, rng: np.random.Generator) -> Floats:
    """Make 10 to 400 households a cell, many beside many."""
    rough = rng.normal(size=(side, side))
    for _round in range(6):
        rough = sum((np.roll(rough, by, axis) for axis in (0, 1) for by in (-1, 0, 1)), start=rough)
    rank = np.argsort(np.argsort(rough.ravel())) / side**2
    return np.round(10 * 40**rank * rng.uniform(0.8, 1.25, side**2))


def calls(kind: str, homes: Floats, rng: np.random.Generator) -> Any:
    """Draw tickets, 2 a cell on average, from alike, or from very different, addresses."""
    mean = homes * 2 / homes.mean()
    if kind == "alike":
        return rng.poisson(mean)
    if kind == "addresses":  # of 40 households each, gamma distributed
        count = np.maximum(1, homes // 40)
        return rng.poisson(rng.gamma(count, mean / count))
    return rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(homes)))


@pytest.mark.parametrize("kind", ["alike", "addresses", "cells"])
def test_rates_of_pure_chance_are_left_alone(kind: str) -> None:
    maps, side = 20, 24
    weights, flagged = hotspots.lattice_window(board(side)), 0
    for seed in range(maps):
        rng = np.random.default_rng(seed)
        homes = lumpy_homes(side, rng)
        found = hotspots.test_rates(calls(kind, homes, rng), homes, weights)
        flagged += bool((np.abs(found.level) >= 2).any())
    assert flagged <= maps // 10


# ------------------------------------------------------------------------------- before the test


def test_the_size_of_squares_follows_the_points() -> None:
    xy = board(6) * 30.0
    assert hotspots.suggested_size_m(xy) == 60
    assert hotspots.suggested_size_m(np.vstack((xy, xy))) == 60  # coincident points count once
    assert hotspots.suggested_size_m(np.vstack((xy, [(5000, 5000)]))) == 60  # an outlier does not
    line = [(0, 0), (10, 0), (20, 0), (30, 0), (70, 0)]  # nearest: 10 four times, 40
    assert hotspots.suggested_size_m(line) == pytest.approx(2 * 80 / 5)
    assert math.isnan(hotspots.suggested_size_m([(1, 1), (1, 1)]))


def test_too_little_to_test() -> None:
    found = hotspots.shortage([1.0] * 29)
    assert (found.reason, found.areas, found.cases, found.least) == ("areas", 29, 29, 30)
    found = hotspots.shortage([0.0] * 50 + [29.0])
    assert found.message_id.format(**found.params) == "Only 29 tickets; at least 30 are needed."
    assert hotspots.shortage([2.0] * 30).reason == "constant"
    assert hotspots.shortage([1.0] * 29 + [2, np.nan]) is None
    assert hotspots.shortage([]).reason == "areas"


def test_what_is_expected_of_an_area_is_what_places_of_its_size_have() -> None:
    rng = np.random.default_rng(3)
    homes = np.r_[np.full(30, 10.0), np.full(30, 200.0), np.zeros(5)]
    cases = np.r_[rng.poisson(2, 30), rng.poisson(20, 30), rng.poisson(1, 5)].astype(float)
    found = hotspots.expected_cases(cases, homes)
    np.testing.assert_allclose(found[:30], cases[:30].mean())
    np.testing.assert_allclose(found[30:60], cases[30:60].mean())
    np.testing.assert_array_equal(found[60:], 0)
    assert found.sum() == pytest.approx(cases[:60].sum())


def test_of_two_areas_alike_in_size_the_larger_is_expected_to_have_more() -> None:
    homes = np.linspace(100, 119, 40)
    cases = np.full(40, 5.0)
    found = hotspots.expected_cases(cases, homes)
    assert (np.diff(found) > 0).all()
    assert found.sum() == pytest.approx(cases.sum())
