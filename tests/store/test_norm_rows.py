"""Norms set, taken back and told; what depends on them follows, what is judged by them does not."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sqlalchemy as sa

from geo.errors import InputError
from geo.norms import NORMS, WORKLOAD_TERMS
from geo.store import norm_rows, queries
from geo.store import tables as t
from geo.store.compute import refresh_within
from geo.store.gather import read_norms
from geo.store.norm_rows import JUDGED_ONLY, Bounds
from tests.store import drafting_town as town

ELSEWHERE = 12


def put(
    connection: sa.Connection,
    key: str,
    low: float | None = None,
    high: float | None = None,
    where: int | None = town.COMMUNITY,
    source: str = "街道会议",
) -> None:
    norm_rows.set_norm(connection, where, key, (low, high), source=source, actor="甲")


def back(connection: sa.Connection, key: str, where: int | None = town.COMMUNITY) -> None:
    norm_rows.take_back(connection, where, key, source="不再另定", actor="乙")


def in_force(connection: sa.Connection, key: str, where: int | None) -> Bounds:
    """Return a norm as both readers of norms see it."""
    row = {row["key"]: row for row in queries.norms(connection, where)}[key]
    norms = read_norms(connection)
    read = norms.get(where or 0, norms[0])[key]
    assert (row["low"], row["high"]) == (read.low, read.high)
    return Bounds(read.low, read.high)


def test_a_community_comes_before_everybody(opened: sa.Connection) -> None:
    put(opened, "party_contact", 5, 8, where=None)
    put(opened, "party_contact", 8, 10)
    assert in_force(opened, "party_contact", town.COMMUNITY) == (8, 10)
    assert in_force(opened, "party_contact", ELSEWHERE) == (5, 8)
    assert in_force(opened, "party_contact", None) == (5, 8)


def test_the_latest_row_counts(opened: sa.Connection) -> None:
    for high in (9, 12, 11):
        put(opened, "party_contact", 5, high)
    assert in_force(opened, "party_contact", town.COMMUNITY) == (5, 11)


def test_a_community_that_takes_its_norm_back_follows_everybody(opened: sa.Connection) -> None:
    put(opened, "party_contact", 8, 10)
    back(opened, "party_contact")
    assert in_force(opened, "party_contact", town.COMMUNITY) == (10, 15)
    put(opened, "party_contact", 5, 8, where=None)
    assert in_force(opened, "party_contact", town.COMMUNITY) == (5, 8)
    put(opened, "party_contact", 1, 2)
    assert in_force(opened, "party_contact", town.COMMUNITY) == (1, 2)


def test_everybody_goes_back_to_the_default(opened: sa.Connection) -> None:
    put(opened, "party_contact", 5, 8, where=None)
    back(opened, "party_contact", where=None)
    assert in_force(opened, "party_contact", ELSEWHERE) == (10, 15)


def test_history_says_who_changed_what_from_what(opened: sa.Connection) -> None:
    put(opened, "party_contact", 8, 10)
    put(opened, "party_contact", 5, 8, where=None, source=" 区里文件 ")
    back(opened, "party_contact")
    put(opened, "party_contact", None, 20)
    told = norm_rows.history(opened, "party_contact", town.COMMUNITY)
    assert [(one.community_id, one.before, one.after, one.by, one.source) for one in told] == [
        (town.COMMUNITY, (5, 8), (None, 20), "甲", "街道会议"),
        (town.COMMUNITY, (8, 10), None, "乙", "不再另定"),
        (None, (10, 15), (5, 8), "甲", "区里文件"),
        (town.COMMUNITY, (10, 15), (8, 10), "甲", "街道会议"),
    ]
    everybody = norm_rows.history(opened, "party_contact", None)
    assert [one.after for one in everybody] == [(5, 8)]
    assert norm_rows.history(opened, "party_contact", ELSEWHERE) == everybody


def test_what_the_database_began_with_is_no_history(opened: sa.Connection) -> None:
    assert norm_rows.history(opened, "party_contact", town.COMMUNITY) == []


BAD: list[tuple[str, float | None, float | None, str, str]] = [
    ("no_such_norm", 1, 2, "x", "There is no norm"),
    ("party_contact", None, None, "x", "floor or a ceiling"),
    ("party_contact", 9, 8, "x", "The floor 9 is above the ceiling 8"),
    ("party_contact", -1, 8, "x", "from 0 to 1,000,000"),
    ("party_contact", 1, 1_000_001, "x", "from 0 to 1,000,000"),
    ("party_contact", math.nan, 8, "x", "from 0 to"),
    ("party_contact", 1, math.inf, "x", "from 0 to"),
    ("party_contact", 8, 9, "  ", "Say why"),
    ("walk_speed_m_min", 0, None, "x", "at least 1"),
    ("visit_days_key", None, 0.5, "x", "at least 1"),
    ("detour", 0.9, None, "x", "at least 1"),
]


@pytest.mark.parametrize(("key", "low", "high", "source", "said"), BAD)
def test_what_makes_no_sense_is_refused(
    opened: sa.Connection,
    key: str,
    low: float | None,
    high: float | None,
    source: str,
    said: str,
) -> None:
    before = opened.scalar(sa.select(sa.func.count()).select_from(t.norm))
    with pytest.raises(InputError, match=said):
        put(opened, key, low, high, source=source)
    assert opened.scalar(sa.select(sa.func.count()).select_from(t.norm)) == before


def test_taking_back_needs_a_reason_too(opened: sa.Connection) -> None:
    with pytest.raises(InputError, match="Say why"):
        norm_rows.take_back(opened, None, "party_contact", source="", actor="甲")
    with pytest.raises(InputError, match="no norm"):
        norm_rows.take_back(opened, None, "zzz", source="x", actor="甲")


def test_nobody_s_norm_is_without_bounds(opened: sa.Connection) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        opened.execute(sa.insert(t.norm).values(key="detour", unit="", source="x"))


# ------------------------------------------------------------------------------- what follows


def figures(connection: sa.Connection) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    columns = t.indicator_value.c
    rows = connection.execute(
        sa.select(
            columns.indicator,
            columns.area_kind,
            columns.area_id,
            columns.period_from,
            columns.period_to,
            columns.value,
            columns.numerator,
            columns.denominator,
        )
    )
    return {tuple(row)[:5]: tuple(row)[5:] for row in rows}


def test_what_depends_on_a_norm_is_computed_anew_there_alone(opened: sa.Connection) -> None:
    before = figures(opened)
    norm_rows.wait(opened, "household_visit_days")
    put(opened, "household_visit_days", None, 5)
    assert norm_rows.recompute(opened, town.COMMUNITY, "household_visit_days")
    after = figures(opened)
    changed = {key[1:3] for key in before if before[key] != after[key]}
    assert ("community", town.COMMUNITY) in changed
    assert ("community", ELSEWHERE) not in changed
    late = [key for key in before if key[0] == "visits_overdue" and key[2] == town.COMMUNITY]
    assert any(after[key] != before[key] for key in late)


def test_everybody_s_norm_is_computed_anew_everywhere(opened: sa.Connection) -> None:
    before = figures(opened)
    put(opened, "household_visit_days", None, 5, where=None)
    assert norm_rows.recompute(opened, None, "household_visit_days")
    after = figures(opened)
    changed = {key[1:3] for key in before if before[key] != after[key]}
    assert {("community", town.COMMUNITY), ("community", ELSEWHERE)} <= changed


def test_norms_that_only_judge_leave_every_figure_as_it_is(opened: sa.Connection) -> None:
    refresh_within(opened, now=town.NOW)
    before = figures(opened)
    for key in JUDGED_ONLY:
        put(opened, key, NORMS[key].low and 7, 9, where=None)
        assert not norm_rows.recompute(opened, None, key)
    refresh_within(opened, now=town.NOW)
    assert figures(opened) == before


def test_every_weight_only_judges() -> None:
    assert {f"weight_{term}" for term in WORKLOAD_TERMS} <= JUDGED_ONLY <= NORMS.keys()
