"""The migrations end at the declared tables, from nothing and from a filled database."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from geo.errors import StoreVersionError
from geo.norms import NORMS
from geo.store import migrate, tables
from geo.store.cluster import Lease
from geo.store.engine import make_engine, url_of

CATALOGUE = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default,
               is_identity, identity_generation
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "geometries": "SELECT f_table_name, f_geometry_column, type, srid FROM geometry_columns",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}


def _catalogue(engine: sa.Engine) -> dict[str, set[tuple[Any, ...]]]:
    ours = set(tables.metadata.tables)
    with engine.connect() as connection:
        return {
            what: {tuple(row) for row in connection.execute(sa.text(query)) if row[0] in ours}
            for what, query in CATALOGUE.items()
        }


@pytest.fixture
def bare_engine(lease: Lease) -> Any:
    """The owner on an empty database with PostGIS and nothing of ours."""
    lease.create_database("bare")
    engine = make_engine(url_of(lease, "owner", "bare"))
    yield engine
    engine.dispose()
    lease.drop_database("bare")


def test_migrated_database_equals_the_declared_tables(
    owner_engine: sa.Engine, bare_engine: sa.Engine
) -> None:
    tables.metadata.create_all(bare_engine)
    assert _catalogue(owner_engine) == _catalogue(bare_engine)


def test_alembic_sees_no_difference(owner_engine: sa.Engine) -> None:
    with owner_engine.connect() as connection:
        assert migrate.is_current(connection)
        assert migrate.differences(connection) == []


def test_alembic_sees_a_difference(scratch_owner_engine: sa.Engine) -> None:
    with scratch_owner_engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE facility DROP COLUMN area_m2"))
        assert migrate.differences(connection)


def test_a_filled_database_keeps_its_rows(bare_engine: sa.Engine) -> None:
    assert migrate.upgrade(bare_engine, "0001")
    with bare_engine.begin() as connection:
        assert not migrate.is_current(connection)
        street = sa.insert(tables.division).values(kind="street", code="310000001", name="测试街道")
        connection.execute(street)
        own = {"key": "grid_households", "high": 450, "unit": "households", "source": "街道"}
        connection.execute(sa.insert(tables.norm).values(**own))
    assert migrate.upgrade(bare_engine)
    assert not migrate.upgrade(bare_engine)
    with bare_engine.begin() as connection:
        assert connection.scalars(sa.select(tables.division.c.name)).all() == ["测试街道"]
        norms = connection.execute(sa.select(tables.norm.c.key, tables.norm.c.high)).all()
        assert len(norms) == len(NORMS)
        assert ("grid_households", 450) in [tuple(row) for row in norms]
        changes = sa.select(sa.func.count()).select_from(tables.data_change)
        before = connection.scalar(changes)
        connection.execute(sa.update(tables.division).values(name="新街道"))
        assert connection.scalar(changes) == (before or 0) + 1


def test_down_and_up_again(scratch_owner_engine: sa.Engine) -> None:
    migrate.downgrade(scratch_owner_engine, "base")
    with scratch_owner_engine.connect() as connection:
        assert migrate.current(connection) == ""
        assert not set(sa.inspect(connection).get_table_names()) & set(tables.metadata.tables)
    assert migrate.upgrade(scratch_owner_engine)


def test_a_database_of_a_newer_program_is_left_alone(scratch_owner_engine: sa.Engine) -> None:
    with scratch_owner_engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreVersionError, match="9999"):
        migrate.upgrade(scratch_owner_engine)


MAP_TABLES = sorted(
    set(tables.metadata.tables)
    - {"app_fact", "data_change", "import_batch", "import_rejection"}
    - {"plan_edit", "plan_exception", "plan_gesture"}
    - {"study", "briefing_item"}  # made from the data: keeping an answer makes nothing stale
    # Noted by what they change, see `tests/store/test_drafts.py`.
    - {"plan", "grid", "plan_assignment", "grid_role"}
)


@pytest.mark.parametrize("table", MAP_TABLES)
def test_a_changing_statement_is_noted(connection: sa.Connection, table: str) -> None:
    notes = sa.select(sa.func.count()).where(tables.data_change.c.subject == table)
    before = connection.scalar(notes) or 0
    connection.execute(sa.delete(tables.metadata.tables[table]))
    assert connection.scalar(notes) == before + 1


def test_the_app_reads_and_writes_rows_and_makes_no_tables(scratch_engine: sa.Engine) -> None:
    with scratch_engine.begin() as connection:
        connection.execute(sa.insert(tables.app_fact).values(key="a", value="1"))
        connection.execute(sa.update(tables.app_fact).values(value="2"))
        connection.execute(sa.delete(tables.app_fact))
        connection.execute(sa.text("CREATE TEMPORARY TABLE mine (a int)"))
    refused = [
        "CREATE TABLE other (a int)",
        "DROP TABLE app_fact",
        "ALTER TABLE app_fact ADD COLUMN b int",
        "TRUNCATE app_fact",
        "CREATE SCHEMA other",
        "SET ROLE wangge_owner",
        "UPDATE alembic_version SET version_num = '0'",
        "ALTER TABLE ticket DISABLE TRIGGER ALL",
    ]
    for statement in refused:
        with (
            scratch_engine.connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"),
        ):
            connection.execute(sa.text(statement))


def test_box_searches_are_leakproof(owner_engine: sa.Engine) -> None:
    asked = (
        "SELECT proleakproof FROM pg_proc"
        " WHERE oid = 'geometry_overlaps(geometry, geometry)'::regprocedure"
    )
    with owner_engine.connect() as connection:
        assert connection.scalar(sa.text(asked)) is True
