"""The setting chooses the server; what cannot be used is told in a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from geo import settings
from geo.errors import (
    SettingError,
    StoreMissingError,
    StoreUnreachableError,
    StoreVersionError,
)
from geo.store import engine as engines
from geo.store import postgres
from geo.store.cluster import Lease
from geo.store.engine import connect_store, make_engine, open_store, read_url, url_of

UseStore = Callable[[str], None]


@pytest.mark.parametrize(
    "given", ["postgres://a@h/n", "postgresql://a@h/n", "postgresql+psycopg2://a@h/n"]
)
def test_every_spelling_means_psycopg_3(given: str) -> None:
    assert read_url(given).render_as_string() == "postgresql+psycopg://a@h/n"


@pytest.mark.parametrize(
    "given", ["nonsense", "mysql://u:secret@h/n", "postgresql://h:port/secret"]
)
def test_other_addresses_are_refused_without_repeating_them(given: str) -> None:
    with pytest.raises(SettingError, match="WANGGE_DATABASE_URL") as caught:
        read_url(given)
    assert "secret" not in str(caught.value)


def test_a_server_by_setting(use_store: UseStore, store_url: str) -> None:
    use_store(store_url)
    with open_store() as engine, engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == "0"
        assert connection.scalar(sa.text("SHOW application_name")) == "wangge app"
        assert connection.scalar(sa.text("SHOW timezone")) == "UTC"
    with open_store(timeout_s=2) as engine, engine.connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == "2s"


def test_a_server_that_does_not_answer(use_store: UseStore) -> None:
    use_store("postgresql://somebody:secret@127.0.0.1:1/none")
    with pytest.raises(StoreUnreachableError, match="does not answer") as caught:
        connect_store()
    assert "secret" not in str(caught.value)


def test_a_database_without_postgis(use_store: UseStore, lease: Lease) -> None:
    url = url_of(lease, "admin", "postgres").set(username="wangge_app")
    use_store(url.render_as_string())
    with pytest.raises(StoreMissingError, match="CREATE EXTENSION postgis"):
        connect_store()


@pytest.mark.parametrize(("name", "least"), [("MIN_POSTGIS", (9, 0)), ("MIN_POSTGRESQL", 99)])
def test_too_old_a_server(
    use_store: UseStore, store_url: str, monkeypatch: pytest.MonkeyPatch, name: str, least: object
) -> None:
    use_store(store_url)
    monkeypatch.setattr(engines, name, least)
    with pytest.raises(StoreVersionError, match="at least 9"):
        connect_store()


def test_the_long_lived_engine_is_one(use_store: UseStore, store_url: str) -> None:
    use_store(store_url)
    first = engines.engine()
    assert engines.engine() is first
    with first.connect() as connection:
        assert connection.scalar(sa.text("SHOW statement_timeout")) == "15s"
    engines.close_engine()
    assert engines.engine() is not first


def test_a_slow_statement_is_cut_off(store_url: str) -> None:
    impatient = make_engine(store_url, timeout_s=0.1)
    with impatient.connect() as connection, pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.text("SELECT pg_sleep(5)"))
    impatient.dispose()


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch, test_folder: Path) -> Path:
    """The embedded cluster as the product starts it, in a folder of the test."""
    folder = test_folder / "embedded"
    monkeypatch.setenv("WANGGE_DATA_DIR", str(folder))
    settings.forget()
    return folder


def test_the_embedded_database_is_the_default(embedded: Path) -> None:
    try:
        with open_store("owner") as outer, outer.connect() as connection:
            assert connection.scalar(sa.text("SELECT current_user")) == "wangge_owner"
            assert connection.scalar(sa.text("SHOW fsync")) == "on"
            engine = engines.engine()
            with engine.connect() as own:
                assert own.scalar(sa.text("SELECT current_user")) == "wangge_app"
        _survives_a_restart(engine, embedded)
        engines.close_engine()
        assert postgres.postmaster(embedded / "postgres") is None
    finally:
        engines.close_engine()
        settings.forget()


def _survives_a_restart(engine: sa.Engine, folder: Path) -> None:
    old = postgres.postmaster(folder / "postgres")
    assert old is not None
    os.kill(old.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while True:
        try:
            with engine.connect() as connection:
                assert connection.scalar(sa.text("SELECT 1")) == 1
                return
        except sa.exc.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_the_command_migrates_and_speaks(embedded: Path) -> None:
    said = [
        subprocess.run(
            [sys.executable, "-m", "geo", "migrate"],
            env={**os.environ, "WANGGE_LANGUAGE": "en"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert said == ["The tables were updated.\n", "The tables are up to date.\n"]
    assert postgres.postmaster(embedded / "postgres") is None


def test_the_command_says_errors_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geo", "migrate"],
        env={**os.environ, "WANGGE_DATABASE_URL": "nonsense", "WANGGE_LANGUAGE": "en"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("WANGGE_DATABASE_URL is not a PostgreSQL address")
    assert "Traceback" not in done.stderr
