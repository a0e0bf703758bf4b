"""Communities kept in memory: read once per state of the data, and nobody waits for a stranger."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import sqlalchemy as sa

from geo.store import ground
from geo.store.ground import Lands

NOBODY = cast("sa.Connection", None)
"""Nothing is read from it."""
OTHER = 2


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the readings, by community, instead of making them."""
    made: list[int] = []

    def reading(_connection: Any, community_id: int) -> Any:
        made.append(community_id)
        return object()

    monkeypatch.setattr(ground, "read_land", reading)
    return made


def test_a_land_is_read_once_per_state(read: list[int]) -> None:
    lands = Lands()
    first = lands.get(NOBODY, 1, "a")
    assert lands.get(NOBODY, 1, "a") is first
    assert lands.get(NOBODY, 1, "b") is not first
    assert read == [1, 1]


def test_the_longest_unused_goes_first(read: list[int]) -> None:
    lands = Lands(most=2)
    for community in (1, 2, 1, 3, 1, 2):
        lands.get(NOBODY, community, "a")
    assert read == [1, 2, 3, 2]


def test_a_slow_reading_keeps_only_its_own_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    read: list[int] = []

    def reading(_connection: Any, community_id: int) -> Any:
        read.append(community_id)
        if community_id == 1:
            begun.set()
            go_on.wait(30)
        return community_id

    monkeypatch.setattr(ground, "read_land", reading)
    lands: Any = Lands()
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(lands.get, NOBODY, 1, "a") for _ in range(2)]
        begun.wait(30)
        try:
            other = pool.submit(lands.get, NOBODY, OTHER, "a")
            assert other.result(timeout=10) == OTHER
        finally:
            go_on.set()
        assert [one.result(timeout=10) for one in slow] == [1, 1]
    assert read == [1, OTHER]
