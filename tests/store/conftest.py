"""A town to draw plans on, one for each module that asks, put back after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from geo.store import drafts
from geo.store.cluster import Lease
from geo.store.ground import Land
from tests.store import drafting_town as town


@pytest.fixture(scope="module")
def drafting(lease: Lease) -> Iterator[sa.Engine]:
    with town.database(lease) as engine:
        yield engine


@pytest.fixture
def opened(drafting: sa.Engine) -> Iterator[sa.Connection]:
    with drafting.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def land(opened: sa.Connection) -> Land:
    return town.land_of(opened)


@pytest.fixture
def draft(opened: sa.Connection, land: Land) -> int:
    return drafts.start(opened, land, "草案", "甲", source_id=town.PUBLISHED)
