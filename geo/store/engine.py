"""Connections: to the server the setting names, else to the embedded one.

Two roles from the start: ``owner`` makes and changes tables (migrations, bulk loads that truncate),
``app`` reads and writes rows and owns nothing. On a server of your own both are the user of
``WANGGE_DATABASE_URL``.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from geo import settings
from geo.errors import (
    N_,
    SettingError,
    StoreMissingError,
    StoreUnreachableError,
    StoreVersionError,
)
from geo.store.cluster import DATABASE, ROLE_NAMES, Cluster, Lease, open_lease

Role = Literal["app", "owner"]

PAGE_TIMEOUT_S = 15.0
"""How long one statement of a page may take (`engine`); commands have no limit."""

MIN_POSTGIS = (3, 2)
MIN_POSTGRESQL = 13
_CONNECT_SECONDS = 10
_DRIVER = "postgresql+psycopg"


def url_of(lease: Lease, role: Role | Literal["admin"] = "app", database: str = DATABASE) -> URL:
    """Return the address of a database in the embedded cluster, for SQLAlchemy."""
    return URL.create(
        _DRIVER, username=ROLE_NAMES[role], database=database, query={"host": str(lease.sockets)}
    )


def make_engine(
    url: URL | str, *, timeout_s: float | None = None, name: str = "wangge"
) -> sa.Engine:
    """Make an engine with modest pools that survives a restart of the database.

    Parameters
    ----------
    url
        Any PostgreSQL address; ``postgres://`` and ``postgresql://`` are read as psycopg 3.
    timeout_s
        Seconds one statement may take; None for no limit. ``SET LOCAL statement_timeout`` changes
        it for a transaction.
    name
        Shown by PostgreSQL as the application.

    Raises
    ------
    SettingError
        When the address cannot be read or is not PostgreSQL's.
    """
    arguments: dict[str, object] = {
        "application_name": name,
        "connect_timeout": _CONNECT_SECONDS,
        "options": f"-c statement_timeout={int((timeout_s or 0) * 1000)} -c timezone=UTC",
    }
    return sa.create_engine(
        read_url(url),
        connect_args=arguments,
        pool_size=5,
        max_overflow=15,
        pool_pre_ping=True,
        pool_recycle=1800,
    )


def read_url(url: URL | str) -> URL:
    """Read a database address as one for psycopg 3.

    Raises
    ------
    SettingError
        When it cannot be read or is not PostgreSQL's.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _bad_url() from error
    if parsed.drivername.partition("+")[0] not in ("postgres", "postgresql"):
        raise _bad_url()
    return parsed.set(drivername=_DRIVER)


def _bad_url() -> SettingError:
    return SettingError(  # the value may hold a password: it is not repeated
        N_(
            "WANGGE_DATABASE_URL is not a PostgreSQL address. It should look like "
            "postgresql://user:password@host:5432/name."
        )
    )


@dataclass(frozen=True)
class Store:
    """An engine and, for the embedded cluster, the lease that keeps the server up."""

    engine: sa.Engine
    lease: Lease | None

    def close(self) -> None:
        """Close the connections; the cluster's last user stops it."""
        self.engine.dispose()
        if self.lease is not None:
            self.lease.release()


def connect_store(role: Role = "app", *, timeout_s: float | None = None) -> Store:
    """Connect to the configured server, or start the embedded one; the caller closes it.

    Parameters
    ----------
    role
        ``"app"`` for rows, ``"owner"`` for tables.
    timeout_s
        Seconds one statement may take; None for no limit (commands, bulk loads).

    Raises
    ------
    SettingError
        The setting is not a PostgreSQL address.
    StoreMissingError, StoreVersionError, StoreFullError, StoreUnreachableError
        As their names say; each says what to do.
    """
    wanted = settings.store()
    if wanted.database_url:
        engine = make_engine(wanted.database_url, timeout_s=timeout_s, name=f"wangge {role}")
        return Store(_checked(engine), None)
    lease = open_lease(Cluster(wanted.data_dir, wanted.postgres_user))
    url = url_of(lease, role)
    return Store(make_engine(url, timeout_s=timeout_s, name=f"wangge {role}"), lease)


@contextmanager
def open_store(role: Role = "app", *, timeout_s: float | None = None) -> Iterator[sa.Engine]:
    """Give an engine for the length of a ``with`` block (commands, scripts).

    Parameters and errors as `connect_store`.
    """
    store = connect_store(role, timeout_s=timeout_s)
    try:
        yield store.engine
    finally:
        store.close()


_held: list[Store] = []
_holding = threading.Lock()


def engine() -> sa.Engine:
    """Return the app engine of a long-lived process (the dashboard), made at the first call.

    The embedded cluster is watched: should the server die, it is started again. Everything is
    closed when the process ends, or by `close_engine`.

    Raises
    ------
    SettingError, StoreError
        As `connect_store`.
    """
    with _holding:
        if not _held:
            store = connect_store("app", timeout_s=PAGE_TIMEOUT_S)
            if store.lease is not None:
                store.lease.watch()
            _held.append(store)
        return _held[0].engine


@atexit.register
def close_engine() -> None:
    """Close what `engine` opened; the next call of `engine` opens anew."""
    with _holding:
        while _held:
            _held.pop().close()


def _checked(engine: sa.Engine) -> sa.Engine:
    """Check that a server of somebody else answers and is new enough."""
    try:
        with engine.connect() as connection:
            _check_versions(connection)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreUnreachableError(
            N_(
                "The database {url} does not answer: {reason}. Check WANGGE_DATABASE_URL, or leave "
                "it empty to use the embedded database."
            ),
            url=engine.url.render_as_string(hide_password=True),
            reason=str(getattr(error, "orig", None) or error).strip().rstrip("."),
        ) from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def _check_versions(connection: sa.Connection) -> None:
    server = connection.scalar(sa.text("SHOW server_version_num"))
    if int(server) < MIN_POSTGRESQL * 10_000:
        raise StoreVersionError(
            N_("The server runs PostgreSQL {found}; at least {needed} is needed."),
            found=int(server) // 10_000,
            needed=MIN_POSTGRESQL,
        )
    postgis = _postgis_version(connection)
    if tuple(int(part) for part in postgis.split(".")[:2]) < MIN_POSTGIS:
        raise StoreVersionError(
            N_("The server has PostGIS {found}; at least {needed} is needed."),
            found=postgis,
            needed=".".join(str(part) for part in MIN_POSTGIS),
        )


def _postgis_version(connection: sa.Connection) -> str:
    asked = sa.text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    found = connection.scalar(asked)
    if found is None:
        # Managed servers often let the database's owner do this.
        with suppress(SQLAlchemyError), connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION postgis"))
        found = connection.scalar(asked)
        connection.commit()
    if found is None:
        raise StoreMissingError(
            N_(
                "The database {name} has no PostGIS. Ask its administrator to run "
                "CREATE EXTENSION postgis; in it."
            ),
            name=str(connection.engine.url.database),
        )
    return str(found)
