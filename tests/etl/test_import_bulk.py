"""Indexes set aside for a large load come back exactly as they were."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from geo.store import bulk
from geo.store.tables import ticket, ticket_category
from geo.store.writes import copy_frame

FRAME = pd.DataFrame(
    {
        "code": ["a", "b"],
        "class_code": "k",
        "class_name": "类",
        "name": ["甲", "乙"],
        "kind": "event",
    }
)


def _rules(connection: sa.Connection, name: str) -> list[Any]:
    inspector = sa.inspect(connection)
    return [
        sorted(map(str, inspector.get_indexes(name))),
        sorted(map(str, inspector.get_foreign_keys(name))),
        str(inspector.get_pk_constraint(name)),
    ]


def test_everything_is_back_after_the_load(
    scratch_owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "WORTH_ROWS", 1)
    with scratch_owner_engine.begin() as connection:
        before = _rules(connection, "ticket")
        with bulk.built_at_end(connection, ticket, 10) as aside:
            assert aside
            assert _rules(connection, "ticket") != before
        assert _rules(connection, "ticket") == before
        assert len(before[0]) > 5


def test_it_is_left_alone_where_it_does_not_pay_or_is_not_ours(
    scratch_engine: sa.Engine, scratch_owner_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch_owner_engine.begin() as connection:
        with bulk.built_at_end(connection, ticket_category, 10) as aside:
            assert not aside, "few rows"
        monkeypatch.setattr(bulk, "WORTH_ROWS", 1)
        copy_frame(connection, ticket_category, FRAME)
        with bulk.built_at_end(connection, ticket_category, 2) as aside:
            assert not aside, "as many rows are there"
    with (
        scratch_engine.begin() as connection,
        bulk.built_at_end(connection, ticket_category, 100) as aside,
    ):
        assert not aside, "the app role owns nothing"
