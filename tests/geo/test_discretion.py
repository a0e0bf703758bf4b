"""Whoever subtracts what is printed from the totals learns of no small count."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from geo.discretion import put_together, small

TABLES = some.lists(
    some.tuples(some.integers(0, 9), some.integers(0, 9)), min_size=1, max_size=12
).map(lambda rows: np.array(rows, dtype=np.int64))
"""60 to 79, 80 and older, by building."""


@given(TABLES, some.integers(2, 6))
def test_neither_what_is_told_nor_what_is_left_is_small(counts: np.ndarray, fewest: int) -> None:
    together = put_together(counts, fewest)
    told, left = counts[~together], counts.sum(axis=0) - counts[~together].sum(axis=0)
    assert not small(told, fewest).any()
    assert not small(told.sum(axis=1), fewest).any()
    if together.any() and not together.all():
        assert not small(left, fewest).any()
        assert together.sum() >= 2


@given(TABLES)
def test_with_nothing_small_everything_is_told(counts: np.ndarray) -> None:
    assert not put_together(counts, 1).any()
    assert not put_together(counts * 10, 10).any()


def test_a_single_small_building_takes_the_smallest_that_covers_it_along() -> None:
    counts = np.array([[20, 5], [1, 0], [4, 3], [0, 0], [30, 9]])
    assert put_together(counts, 3).tolist() == [False, True, True, False, False]


def test_a_building_alone_is_put_with_itself() -> None:
    assert put_together(np.array([[1, 0]]), 3).tolist() == [True]
    assert not put_together(np.empty((0, 2), dtype=np.int64), 3).any()
