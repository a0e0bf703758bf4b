"""Real PostGIS for every test that asks: one cluster a run, in a temporary folder.

Fixtures
--------
engine
    The app role on a migrated, empty database (session). Do not commit into it.
owner_engine
    The owner role on the same database (session).
connection
    A connection of `engine` in a transaction that is rolled back (function).
scratch_engine, scratch_owner_engine
    The two roles on a migrated, empty database of the test's own: commit at will (function).
store_url
    Address of the session's database, as WANGGE_DATABASE_URL wants it.
demo_engine, demo_url
    A database with the whole demo loaded and computed (session). Read only.
use_store
    ``use_store(url)`` makes `geo.store.engine` use a database for the rest of the test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo import settings
from geo.store import engine as store_engine
from geo.store import migrate
from geo.store.cluster import DATABASE, Cluster, Lease
from geo.store.engine import make_engine, url_of

TEMPLATE = "wangge_template"
DEMO = "wangge_demo"

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""A test database need not survive a power cut."""

# Waits for the end of its parent, however it ends, and then clears up behind it.
_JANITOR = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
for file in folder.rglob("postmaster.pid"):
    try:
        os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)
        time.sleep(1)
    except (OSError, ValueError, IndexError):
        pass
shutil.rmtree(folder, ignore_errors=True)
"""


@pytest.fixture(scope="session")
def test_folder() -> Iterator[Path]:
    """Make a folder that is gone after the run, with servers in it, even if the run is killed."""
    folder = Path(tempfile.mkdtemp(prefix="wangge-test-"))
    folder.chmod(0o755)  # as root, the server runs as somebody else
    with subprocess.Popen(
        [sys.executable, "-c", _JANITOR, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    ):
        yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lease(test_folder: Path) -> Iterator[Lease]:
    """Run the session's cluster, with a migrated template database."""
    held = Cluster(test_folder / "main", durable=False, settings=FAST).open()
    try:
        held.create_database(TEMPLATE)
        owner = make_engine(url_of(held, "owner", TEMPLATE))
        migrate.upgrade(owner)
        owner.dispose()
        held.drop_database(DATABASE)
        held.create_database(DATABASE, TEMPLATE)
        yield held
    finally:
        held.release()


@pytest.fixture(scope="session")
def store_url(lease: Lease) -> str:
    return url_of(lease, "app").render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def engine(lease: Lease) -> Iterator[sa.Engine]:
    made = make_engine(url_of(lease, "app"))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(lease: Lease) -> Iterator[sa.Engine]:
    made = make_engine(url_of(lease, "owner"))
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        yield opened
        transaction.rollback()


@pytest.fixture
def scratch_database(lease: Lease) -> Iterator[str]:
    name = f"scratch_{uuid.uuid4().hex[:8]}"
    lease.create_database(name, TEMPLATE)
    yield name
    lease.drop_database(name)


@pytest.fixture
def scratch_engine(lease: Lease, scratch_database: str) -> Iterator[sa.Engine]:
    made = make_engine(url_of(lease, "app", scratch_database))
    yield made
    made.dispose()


@pytest.fixture
def scratch_owner_engine(lease: Lease, scratch_database: str) -> Iterator[sa.Engine]:
    made = make_engine(url_of(lease, "owner", scratch_database))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def demo_url(lease: Lease) -> str:
    """Load the demo once a run."""
    from etl.demo import load_demo  # noqa: PLC0415 - only runs that need the demo load it

    lease.create_database(DEMO, TEMPLATE)
    owner = make_engine(url_of(lease, "owner", DEMO))
    load_demo(owner)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as opened:
        opened.execute(sa.text("VACUUM ANALYZE"))
    owner.dispose()
    return url_of(lease, "app", DEMO).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def demo_engine(demo_url: str) -> Iterator[sa.Engine]:
    made = make_engine(demo_url, timeout_s=60)
    yield made
    made.dispose()


@pytest.fixture
def use_store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def use(url: str) -> None:
        store_engine.close_engine()
        monkeypatch.setenv("WANGGE_DATABASE_URL", url)
        settings.forget()

    yield use
    store_engine.close_engine()
    monkeypatch.undo()
    settings.forget()


@pytest.fixture(autouse=True)
def _own_environment() -> None:
    """Fail loudly rather than write into a developer's own database."""
    assert "WANGGE_DATABASE_URL" not in os.environ, "unset WANGGE_DATABASE_URL to run the tests"
