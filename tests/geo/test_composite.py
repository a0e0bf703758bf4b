"""The composite load against plain loops, and what it must not depend on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo import composite as c
from geo.composite import Composite, Method, composite, rank_ranges

Floats = npt.NDArray[np.float64]
NAN = math.nan


def terms_of(rows: Sequence[Sequence[float]]) -> dict[str, Floats]:
    """Turn one list a term into terms called a, b, c …"""
    return {chr(97 + n): np.array(row, dtype=np.float64) for n, row in enumerate(rows)}


def even(terms: dict[str, Floats]) -> dict[str, float]:
    return dict.fromkeys(terms, 1.0)


@st.composite
def problems(draw: st.DrawFn) -> tuple[dict[str, Floats], dict[str, float]]:
    areas, count = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    value = st.one_of(st.integers(0, 30).map(float), st.just(NAN))
    rows = [draw(st.lists(value, min_size=areas, max_size=areas)) for _term in range(count)]
    terms = terms_of(rows)
    return terms, {key: float(draw(st.integers(0, 4))) for key in terms}


def slow_standard(values: Sequence[float], method: Method) -> list[float]:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return [0.0] * len(values)
    mean = sum(known) / len(known)
    spread = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
    if spread == 0:
        return [0.0] * len(values)
    scale = spread if method == "z" else mean
    return [0.0 if math.isnan(value) else (value - mean) / scale for value in values]


def slow_score(
    terms: dict[str, Floats], weights: dict[str, float], method: Method
) -> tuple[list[float], dict[str, list[float]]]:
    used = [k for k in terms if weights[k] > 0 and not np.isnan(terms[k]).all()]
    total = sum(weights[key] for key in used)
    standard = {key: slow_standard(terms[key].tolist(), method) for key in used}
    scores: list[float] = []
    parts: dict[str, list[float]] = {key: [] for key in used}
    for area in range(len(next(iter(terms.values())))):
        score, known = 0.0, False
        for key in used:
            part = weights[key] * standard[key][area] / total
            parts[key].append(part)
            score += part
            known = known or not math.isnan(terms[key][area])
        scores.append(score if known else NAN)
    return scores, parts


def slow_ranks(scores: Sequence[float]) -> list[int]:
    return [
        0
        if math.isnan(score)
        else 1 + sum(not math.isnan(other) and other > score + 1e-9 for other in scores)
        for score in scores
    ]


# ---------------------------------------------------------------------------------- by hand


def test_two_terms_by_hand() -> None:
    # a: mean 2, deviation √(2/3); b: mean 5, deviation √(50/3).
    found = composite(terms_of([[1, 2, 3], [10, 5, 0]]), {"a": 3, "b": 1})
    z = math.sqrt(1.5)
    assert found.weights.tolist() == [0.75, 0.25]
    assert np.allclose(found.standard.T, [[-z, 0, z], [z, 0, -z]])
    assert found.score == pytest.approx([-z / 2, 0, z / 2])
    assert found.rank.tolist() == [3, 2, 1]
    assert c.heaviest(found) == [2, 1, 0]


def test_the_ratio_keeps_what_twice_as_much_is() -> None:
    found = composite(terms_of([[1, 2, 3], [10, 5, 0]]), {"a": 1, "b": 1}, method="ratio")
    assert found.standard.T.tolist() == [[-0.5, 0, 0.5], [1, 0, -1]]
    assert found.score.tolist() == [0.25, 0, -0.25]


@pytest.mark.parametrize("method", ["z", "ratio"])
def test_what_is_the_same_everywhere_says_nothing(method: Method) -> None:
    found = composite(terms_of([[4.1, 4.1, 4.1], [0, 0, 0], [1, 2, 6]]), {"a": 5, "b": 5, "c": 1})
    assert (found.parts[:, :2] == 0).all()
    alone = composite(terms_of([[4.1, 4.1, 4.1]]), {"a": 1}, method=method)
    assert alone.score.tolist() == [0, 0, 0]
    assert alone.rank.tolist() == [1, 1, 1]


def test_a_mean_that_was_rounded_makes_no_difference() -> None:
    assert sum([0.1] * 3) / 3 != 0.1
    assert c.standardised(np.full((3, 1), 0.1)).tolist() == [[0], [0], [0]]


def test_sums_in_another_order_are_equal() -> None:
    assert 0.1 + 0.2 + 0.3 != 0.3 + 0.2 + 0.1
    scores = np.array([[0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 0]])
    assert c._ranks(scores).tolist() == [[1, 1, 3]]


def test_what_is_unknown_stands_at_the_mean_and_is_told() -> None:
    found = composite(terms_of([[1, NAN, 3], [2, 4, 9], [NAN, NAN, NAN]]), even(terms_of([[]] * 3)))
    assert found.absent == ("c",)
    assert found.keys == ("a", "b")
    assert found.unknown.tolist() == [[False, False], [True, False], [False, False]]
    assert found.parts[1, 0] == 0


def test_an_area_of_which_nothing_is_known_has_no_score() -> None:
    found = composite(terms_of([[1, NAN, 3], [2, NAN, 9]]), {"a": 1, "b": 1})
    assert np.isnan(found.score).tolist() == [False, True, False]
    assert found.rank.tolist() == [2, 0, 1]
    assert c.heaviest(found) == [2, 0]
    ranges = rank_ranges(found, seed=1)
    assert (ranges.low[1], ranges.worst[1], ranges.top[1]) == (0, 0, 0)


def test_a_weight_of_0_leaves_a_term_out_and_says_so() -> None:
    found = composite(terms_of([[1, 2], [2, 1], [NAN, NAN]]), {"a": 1, "b": 0, "c": 0})
    assert (found.keys, found.unweighed, found.absent) == (("a",), ("b",), ("c",))


def test_without_any_term_nobody_has_a_score() -> None:
    found = composite(terms_of([[1, 2]]), {"a": 0})
    assert np.isnan(found.score).all()
    assert rank_ranges(found, seed=1).top.tolist() == [0, 0]


def test_without_areas_there_is_nothing() -> None:
    found = composite(terms_of([[], []]), {"a": 1, "b": 1}, cut=0.1)
    assert len(found.score) == 0
    assert len(rank_ranges(found, seed=1).low) == 0


@pytest.mark.parametrize("weight", [-1, NAN, math.inf])
def test_a_weight_that_makes_no_sense_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weights"):
        composite(terms_of([[1, 2]]), {"a": weight})


def test_winsorising_draws_the_ends_in() -> None:
    values = np.array([[0.0, NAN], [10, NAN], [20, NAN], [30, NAN], [1_000, NAN]])
    found = c.winsorised(values, 0.25)
    assert found[:, 0].tolist() == [10, 10, 20, 30, 30]
    assert np.isnan(found[:, 1]).all()
    assert values[4, 0] == 1_000  # what came in stays
    assert c.winsorised(values, 0) is values


# ------------------------------------------------------------------------------ against loops


@settings(deadline=None)
@given(problems(), st.sampled_from(["z", "ratio"]))
def test_scores_are_those_of_plain_loops(
    problem: tuple[dict[str, Floats], dict[str, float]], method: Method
) -> None:
    terms, weights = problem
    found = composite(terms, weights, method=method)
    scores, parts = slow_score(terms, weights, method)
    if not found.keys:
        assert np.isnan(found.score).all()
        return
    assert found.score == pytest.approx(scores, abs=1e-9, nan_ok=True)
    assert found.rank.tolist() == slow_ranks(scores)
    for column, key in enumerate(found.keys):
        assert found.parts[:, column] == pytest.approx(parts[key], abs=1e-9)


@settings(deadline=None)
@given(problems())
def test_the_parts_add_up_to_the_score(
    problem: tuple[dict[str, Floats], dict[str, float]],
) -> None:
    found = composite(*problem)
    scored = ~np.isnan(found.score)
    assert (found.parts.sum(axis=1)[scored] == found.score[scored]).all()


@settings(deadline=None)
@given(problems(), st.floats(0.01, 1_000), st.integers(0, 2**32 - 1))
def test_only_proportions_of_weights_count_and_no_order_of_areas(
    problem: tuple[dict[str, Floats], dict[str, float]], times: float, seed: int
) -> None:
    terms, weights = problem
    one = composite(terms, weights)
    order = np.random.default_rng(seed).permutation(len(one.score))
    other = composite(
        {key: values[order] for key, values in terms.items()},
        {key: weight * times for key, weight in weights.items()},
    )
    assert other.score == pytest.approx(one.score[order], abs=1e-9, nan_ok=True)
    assert other.rank.tolist() == one.rank[order].tolist()
    drawn, again = rank_ranges(one, seed=3, draws=50), rank_ranges(other, seed=3, draws=50)
    assert again.best.tolist() == drawn.best[order].tolist()
    assert again.worst.tolist() == drawn.worst[order].tolist()


@given(problems(), st.floats(0.1, 50), st.floats(-100, 100))
def test_a_term_has_no_unit(
    problem: tuple[dict[str, Floats], dict[str, float]], unit: float, start: float
) -> None:
    terms, weights = problem
    moved = {key: values * unit + start for key, values in terms.items()}
    one, other = composite(terms, weights), composite(moved, weights)
    assert other.score == pytest.approx(one.score, abs=1e-6, nan_ok=True)


# --------------------------------------------------------------------------------- sensitivity


def drawn_ranks(found: Composite, seed: int, draws: int) -> list[list[int]]:
    """Rank under every draw, the slow way."""
    alpha = c.concentration(len(found.keys)) * found.weights
    rng = np.random.default_rng(seed)
    ranks = []
    for weights in rng.dirichlet(alpha, draws):
        scores = [sum(w * z for w, z in zip(weights, row, strict=True)) for row in found.standard]
        ranks.append(slow_ranks(scores))
    return ranks


@settings(deadline=None, max_examples=25)
@given(problems(), st.integers(0, 1000))
def test_ranges_are_those_of_the_ranks_drawn(
    problem: tuple[dict[str, Floats], dict[str, float]], seed: int
) -> None:
    found = composite(*problem)
    assume(len(found.keys) > 1 and not np.isnan(found.score).any())
    ranges = rank_ranges(found, seed=seed, draws=40)
    ranks = np.array(drawn_ranks(found, seed, 40))
    assert ranges.best.tolist() == ranks.min(axis=0).tolist()
    assert ranges.worst.tolist() == ranks.max(axis=0).tolist()
    assert ranges.top == pytest.approx((ranks <= c.TOP).mean(axis=0))
    ordered = np.sort(ranks, axis=0)
    assert ranges.low.tolist() == ordered[1].tolist()  # the second of forty is the 5 % quantile
    assert ranges.high.tolist() == ordered[37].tolist()


def test_drawn_weights_vary_by_a_quarter() -> None:
    rng = np.random.default_rng(1)
    for count in (2, 4, 8):
        drawn = rng.dirichlet(np.full(count, c.concentration(count) / count), 40_000)
        assert drawn.mean(axis=0) == pytest.approx(1 / count, rel=0.02)
        assert drawn.std(axis=0) * count == pytest.approx(c.SPREAD, rel=0.03)


def test_whoever_leads_in_every_term_always_leads() -> None:
    found = composite(terms_of([[9, 1, 5], [8, 2, 1], [7, 0, 6]]), {"a": 1, "b": 2, "c": 3})
    ranges = rank_ranges(found, seed=0)
    assert (ranges.best[0], ranges.worst[0]) == (1, 1)
    assert ranges.top.tolist() == [1, 1, 1]


def test_terms_that_contradict_each_other_leave_the_ranks_open() -> None:
    found = composite(terms_of([[1, 2, 3, 4], [4, 3, 2, 1]]), {"a": 1, "b": 1})
    ranges = rank_ranges(found, seed=0)
    assert (ranges.best[0], ranges.worst[0]) == (1, 4)
    assert 0 < ranges.top[0] < 1


def test_one_term_alone_leaves_nothing_open() -> None:
    ranges = rank_ranges(composite(terms_of([[3, 1, 2]]), {"a": 1}), seed=0)
    assert ranges.low.tolist() == ranges.high.tolist() == [1, 3, 2]


def test_the_same_seed_draws_the_same() -> None:
    rng = np.random.default_rng(5)
    found = composite(terms_of(rng.random((4, 12)).tolist()), dict.fromkeys("abcd", 1.0))
    one, same, other = (rank_ranges(found, seed=seed) for seed in (1, 1, 2))
    assert one.top.tolist() == same.top.tolist()
    assert one.top.tolist() != other.top.tolist()
