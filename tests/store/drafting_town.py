"""A small computed community to draw plans on, shared by the tests of drafts and publishing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from geo.store import tables as t
from geo.store.cluster import Lease
from geo.store.compute import refresh_within
from geo.store.edits import Edit, Moves
from geo.store.engine import make_engine, url_of
from geo.store.ground import Land, read_land
from geo.store.plan_state import NOWHERE
from tests.store import small_city

COMMUNITY = 11
PUBLISHED = 102
NOW = datetime(2026, 12, 24, tzinfo=UTC)


def load(connection: sa.Connection) -> None:
    """Fill an empty database with the small city, computed, all staff and norms within reach."""
    small_city.load(connection, 7)
    # Norms that the small city can meet, so that publishing is about publishing.
    connection.execute(
        sa.insert(t.norm),
        [
            {"key": "grid_households", "low": 0, "high": 10_000, "unit": "households"}
            | {"source": "test"},
            {"key": "worker_households", "low": 0, "high": 10_000, "unit": "households"}
            | {"source": "test"},
            {"key": "grid_parts", "low": None, "high": 99, "unit": "parts", "source": "test"},
        ],
    )
    refresh_within(connection, now=NOW)


@contextmanager
def database(lease: Lease) -> Iterator[sa.Engine]:
    """Lend a database of one's own with the town in it."""
    name = f"drafting_{uuid.uuid4().hex[:8]}"
    lease.create_database(name, "wangge_template")
    engine = make_engine(url_of(lease, "app", name))
    try:
        with engine.begin() as connection:
            load(connection)
        yield engine
    finally:
        engine.dispose()
        lease.drop_database(name)


def land_of(connection: sa.Connection) -> Land:
    """Read the community."""
    return read_land(connection, COMMUNITY)


def edit(
    land: Land, plan: object, positions: npt.NDArray[np.int64], after: int, kind: str = "assign"
) -> Edit:
    """Move buildings by position."""
    before = plan.ids_of(positions)  # type: ignore[attr-defined]
    moves = Moves(land.ids[positions], before, np.full(len(positions), after))
    return Edit(kind, moves, "测试")


def assigned(connection: sa.Connection, plan_id: int) -> dict[int, int]:
    """Return building to grid as the assignments have it."""
    rows = connection.execute(
        sa.select(t.plan_assignment.c.building_id, t.plan_assignment.c.grid_id).where(
            t.plan_assignment.c.plan_id == plan_id
        )
    )
    return {int(row.building_id): int(row.grid_id) for row in rows if row.grid_id != NOWHERE}
