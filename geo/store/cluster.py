"""The embedded database: a private PostgreSQL that lives exactly as long as somebody uses it.

Every process that uses the cluster holds a shared lock on ``cluster.use``; starting and stopping
happen under an exclusive lock on ``cluster.start``. Who leaves tries to make its shared lock
exclusive: whoever succeeds was the last and stops the server. So Ctrl-C stops everything; after a
``kill -9`` of a program its server stays and the next program adopts it; after a ``kill -9`` of
the server the next program starts it again, and PostgreSQL recovers by itself.

Locks are ``flock``: the kernel gives them back however a process ends.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, LiteralString

import psycopg
from psycopg import sql

from geo.errors import N_, StoreError, StoreUnreachableError
from geo.store import postgres
from geo.store.postgres import APP, LOG, OWNER, SUPERUSER, Postmaster, SystemUser

DATABASE = "wangge"

Role = Literal["app", "owner", "admin"]
ROLE_NAMES: dict[Role, str] = {"app": APP, "owner": OWNER, "admin": SUPERUSER}

START_SECONDS = 30.0
"""How long starting may fail before we give up; leftovers of a killed server take a few seconds."""

RECOVERY_SECONDS = 600.0
"""How long a living server may take to recover before we give up waiting for it."""

STOP_SECONDS = 60.0
_PAUSE_SECONDS = 0.1
_RETRY_SECONDS = 0.5

_REFUSED = "authentication failed"
_MOST_REFUSALS = 20
"""A server reads a new list of who may connect within a moment; after that a no is a no."""

_PASSING = ("pre-existing shared memory block", "already exists")
"""What a server says on start while leftovers of a killed one are still going away."""


@dataclass(frozen=True)
class Cluster:
    """A private PostgreSQL cluster in one folder.

    Attributes
    ----------
    data_dir
        Folder for the data, the socket, the locks and the log; made when missing.
    user
        Operating-system user to run the server when we are root; empty to choose.
    durable
        False only for tests: initialise without waiting for the disk.
    settings
        Server settings beyond `geo.store.postgres.CONFIG`.
    """

    data_dir: Path
    user: str = ""
    durable: bool = True
    settings: dict[str, str] = field(default_factory=dict)

    def open(self) -> Lease:
        """Use the cluster: initialise and start it where needed, or adopt the running one.

        Returns
        -------
        Lease
            Release it when done; the last one stops the server.

        Raises
        ------
        StoreMissingError
            PostgreSQL or PostGIS is not installed.
        StoreVersionError
            The data are of a major version that is not installed.
        StoreFullError
            The disk is full.
        StoreUnreachableError
            Anything else: permissions, a broken data directory, a server that does not come up.
        """
        runner = postgres.system_user(self.user, self.data_dir / "postgres")
        base = postgres.home(self.data_dir, runner)
        data = base / "postgres"
        if base != self.data_dir.absolute():
            runner = postgres.system_user(self.user, data)
        server = _Server(self, base, data, runner)
        try:
            return Lease(server)
        except OSError as error:
            raise postgres.trouble(error, Path(error.filename or base)) from error


@dataclass(frozen=True)
class _Server:
    """One cluster resolved to folders and a user; its methods expect the start lock held."""

    cluster: Cluster
    base: Path
    data: Path
    user: SystemUser | None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Hold the start lock."""
        with self.lock_file("cluster.start").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def lock_file(self, name: str) -> Path:
        path = self.base / name
        if not path.exists():
            path.touch(mode=0o644)
            postgres.give(path, self.user)
        return path

    def ensure(self) -> Path:
        """Make the server answer; return its socket folder."""
        living = postgres.postmaster(self.data)
        if living and living.ready and not (living.sockets / postgres.SOCKET_NAME).exists():
            self.stop()  # the temporary directory was swept: nobody can reach this server
            living = None
        sockets = self._adopt(living) if living else self._start()
        self._bootstrap(sockets, fresh=living is None)
        return sockets

    def _adopt(self, living: Postmaster) -> Path:
        if self._configure(living.sockets):
            os.kill(living.pid, signal.SIGHUP)
            time.sleep(_PAUSE_SECONDS)  # so that we are let in at the first try, mostly
        self._wait(living.sockets)
        return living.sockets

    def _configure(self, sockets: Path) -> bool:
        return postgres.configure(
            self.data, sockets, self.user, self.cluster.settings, {postgres.invoker()}
        )

    def _start(self) -> Path:
        if (self.data / "PG_VERSION").exists():
            programs = postgres.matching(self.data)
            postgres.require_space(self.data, postgres.START_FREE_MB)
        else:
            programs = postgres.newest()
            postgres.initialise(programs, self.data, self.user, durable=self.cluster.durable)
        sockets = postgres.socket_folder(self.base, self.user)
        self._configure(sockets)
        deadline = time.monotonic() + START_SECONDS
        while (words := self._launch(programs.folder, sockets)) is not None:
            passing = any(sign in words for sign in _PASSING)
            if not passing or time.monotonic() > deadline:
                raise postgres.failure(words, self.data)
            time.sleep(_RETRY_SECONDS)
        return sockets

    def _launch(self, programs: Path, sockets: Path) -> str | None:
        """Start the server once; return None when it answers, else what its log said."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # its process is gone: we looked
        log = self.base / "postgres.log"
        postgres.rotate(log)
        before = log.stat().st_size if log.exists() else 0
        process = postgres.spawn(self.user, [programs / "postgres", "-D", self.data], log)
        # A dead child stays in the process table until somebody waits for it.
        threading.Thread(target=process.wait, name="postgres-reaper", daemon=True).start()
        try:
            self._wait(sockets, process)
        except StoreError:
            if process.poll() is None:
                raise
        else:
            return None
        with log.open("rb") as written:
            written.seek(before)
            return written.read().decode("utf-8", "replace")

    def _wait(self, sockets: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        """Wait until the server answers, for as long as it lives."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        refusals = 0
        while True:
            try:
                with _connect(sockets, "admin", "postgres"):
                    return
            except psycopg.OperationalError as error:
                if _REFUSED in str(error):
                    refusals += 1
                if (
                    refusals > _MOST_REFUSALS
                    or not self._lives(process)
                    or time.monotonic() > deadline
                ):
                    raise postgres.failure(str(error), self.data) from error
            time.sleep(_PAUSE_SECONDS)

    def _lives(self, process: subprocess.Popen[bytes] | None) -> bool:
        if process is not None:
            return process.poll() is None
        return postgres.postmaster(self.data) is not None

    def _bootstrap(self, sockets: Path, *, fresh: bool) -> None:
        """Make roles and database, unless an earlier start is known to have done it."""
        done = self.base / "postgres" / "wangge.ready"
        if done.exists() and not fresh:
            return
        with _connect(sockets, "admin", "postgres") as connection:
            _make_roles(connection)
            _make_database(connection, DATABASE)
        prepare_database(sockets, DATABASE)
        done.touch(mode=0o600)
        postgres.give(done, self.user)

    def stop(self) -> None:
        """Stop the server and wait until it is gone; sessions are cut off, nothing is lost."""
        for how in (signal.SIGINT, signal.SIGQUIT):
            living = postgres.postmaster(self.data)
            if living is None:
                return
            with suppress(ProcessLookupError):
                os.kill(living.pid, how)
            deadline = time.monotonic() + STOP_SECONDS
            while postgres.postmaster(self.data) and time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS / 4)


class Lease:
    """The right to use a running cluster, until released or until the process ends.

    Attributes
    ----------
    sockets
        Folder of the server's Unix socket: the ``host`` to connect to.
    """

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._owner_pid = os.getpid()
        self._watching: threading.Event | None = None
        self._use = os.open(server.lock_file("cluster.use"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            with server.starting():
                fcntl.flock(self._use, fcntl.LOCK_SH)
                self.sockets = server.ensure()
        except BaseException:
            os.close(self._use)
            raise

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self._server.data

    def pid(self) -> int | None:
        """Return the process id of the server, None when it is down."""
        living = postgres.postmaster(self._server.data)
        return living.pid if living else None

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make another database with the same roles and rights (tests, benchmarks).

        Parameters
        ----------
        name
            Its name; nothing happens when it exists.
        template
            A database nobody is connected to, to copy from. None: an empty one with PostGIS.
        """
        with _connect(self.sockets, "admin", "postgres") as connection:
            _make_database(connection, name, template)
        if template is None:
            prepare_database(self.sockets, name)

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting off whoever is connected."""
        with _connect(self.sockets, "admin", "postgres") as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def watch(self, interval_s: float = 2.0) -> None:
        """Restart the server in the background should it die while we use it."""
        if self._watching is None:
            self._watching = threading.Event()
            watcher = threading.Thread(
                target=self._watch, args=(interval_s, self._watching), daemon=True
            )
            watcher.start()

    def _watch(self, interval_s: float, stopped: threading.Event) -> None:
        while not stopped.wait(interval_s):
            if self.pid() is not None:
                continue
            try:
                with self._server.starting():
                    if not stopped.is_set():
                        self._server.ensure()
            except (StoreError, OSError, psycopg.Error) as error:
                LOG.error("The database is down and does not start again: %s", error)
            else:
                LOG.warning("The database had died; it was started again.")

    def release(self) -> None:
        """Stop using the cluster; the last user stops the server. Twice is once."""
        if self._use < 0:
            return
        use, self._use = self._use, -1
        if self._watching is not None:
            self._watching.set()
        if os.getpid() != self._owner_pid:  # a forked child: the lease is its parent's
            os.close(use)
            return
        try:
            with self._server.starting(), suppress(BlockingIOError):
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._server.stop()
        except FileNotFoundError:
            # Somebody deleted the folder: the server sees that too, and ends by itself.
            pass
        finally:
            os.close(use)


def _connect(sockets: Path, role: Role, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(sockets),
        user=ROLE_NAMES[role],
        dbname=database,
        autocommit=True,
        connect_timeout=10,
        application_name="wangge start",
    )


def _make_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for role in (OWNER, APP):
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _make_database(
    connection: psycopg.Connection[tuple[object, ...]], name: str, template: str | None = None
) -> None:
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    names = {
        "name": sql.Identifier(name),
        "owner": sql.Identifier(OWNER),
        "app": sql.Identifier(APP),
        "template": sql.Identifier(template or "template0"),
    }
    statements: tuple[LiteralString, ...] = (
        "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}",
    )
    for statement in statements[1 if known else 0 :]:
        connection.execute(sql.SQL(statement).format(**names))


_PREPARE: tuple[LiteralString, ...] = (
    "CREATE EXTENSION IF NOT EXISTS postgis",
    # Without this, row-level security would keep box searches from using their indexes (a hundred
    # times slower); dumps and PostGIS upgrades lose it, so it is said again at every start.
    "ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF",
    "ALTER SCHEMA public OWNER TO {owner}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {app}",
    """
    ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}
    """,
    """
    ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO {app}
    """,
)


def prepare_database(sockets: Path, name: str) -> None:
    """Give a database PostGIS and the two roles their rights: the owner makes tables, the app
    reads and writes rows.
    """  # noqa: D205
    roles = {"owner": sql.Identifier(OWNER), "app": sql.Identifier(APP)}
    with _connect(sockets, "admin", name) as connection:
        for statement in _PREPARE:
            connection.execute(sql.SQL(statement).format(**roles))


def open_lease(cluster: Cluster) -> Lease:
    """Open `cluster`, turning driver errors on the way into sentences.

    Raises
    ------
    StoreError
        As `Cluster.open`.
    """
    try:
        return cluster.open()
    except psycopg.Error as error:
        raise StoreUnreachableError(
            N_("The database in {path} does not start: {reason}"),
            path=str(cluster.data_dir),
            reason=str(error).strip(),
        ) from error
