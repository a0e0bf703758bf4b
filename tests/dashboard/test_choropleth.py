"""Classes: the norm's own, and rounded quantiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import choropleth


@pytest.mark.parametrize(
    ("households", "expected"),
    [(299, 0), (300, 1), (500, 1), (501, 2), (750, 2), (751, 3), (1000, 3), (1500, 4), (1501, 5)],
)
def test_norm_classes_are_the_norm_and_its_multiples(households: float, expected: int) -> None:
    assert choropleth.norm_class(households, 300, 500) == expected


def test_a_floor_alone_has_two_sides() -> None:
    assert choropleth.norm_class(299, 300, None) == 0
    assert choropleth.norm_class(9999, 300, None) == 1
    assert len(choropleth.against_norm({1: 1.0}, 300, None).texts) == 2


def test_counts_keep_zero_and_unknown_apart() -> None:
    classes = choropleth.against_norm({1: 3261.0, 2: 712.0, 3: None}, 300, 500)
    assert classes.counts == [0, 0, 1, 0, 0, 1]
    assert classes.unknown == 1
    assert len(classes.texts) == 6


def test_few_areas_are_not_coloured() -> None:
    values: dict[int, float | None] = {n: float(n) for n in range(choropleth.FEWEST_AREAS - 1)}
    assert choropleth.by_breaks(values, [1, 2]) is None
    assert choropleth.by_breaks(values | {99: 1.0}, []) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_breaks_ascend_and_every_value_finds_a_class(values: list[float]) -> None:
    breaks = choropleth.quantile_breaks(values)
    assert breaks == sorted(set(breaks))
    areas: dict[int, float | None] = dict(enumerate(values * choropleth.FEWEST_AREAS))
    classes = choropleth.by_breaks(areas, breaks)
    assert classes is not None
    assert sum(classes.counts) == len(areas)
    assert len(classes.texts) == len(breaks) + 1
    for area, index in classes.of.items():
        value = areas[area]
        assert index is not None
        assert value is not None
        assert index == sum(value >= limit for limit in breaks)


def test_percentages_prefer_known_limits() -> None:
    spread = [50.0, 70.0, 80.0, 90.0, 99.0]
    assert choropleth.quantile_breaks(spread, percent=True) == [60.0, 75.0, 85.0, 95.0]
    assert choropleth.quantile_breaks([96.0, 97.0, 98.0, 99.0], percent=True)[0] > 90
