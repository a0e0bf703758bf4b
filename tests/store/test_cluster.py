"""The embedded database starts, is shared, survives kills, and ends with its last user."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest

from geo.errors import (
    SettingError,
    StoreError,
    StoreFullError,
    StoreMissingError,
    StoreUnreachableError,
    StoreVersionError,
)
from geo.store import cluster as cluster_module
from geo.store import postgres
from geo.store.cluster import Cluster, Lease
from geo.store.postgres import Programs

AS_ROOT = os.geteuid() == 0
root_only = pytest.mark.skipif(not AS_ROOT, reason="needs root")

# Opens the cluster, says the server's pid, and holds on until its input ends.
USER = """
import logging, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from pathlib import Path
from geo.store.cluster import Cluster
folder, uid = Path(sys.argv[1]), int(sys.argv[2])
if uid:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
lease = Cluster(folder, durable=False, settings={"fsync": "off"}).open()
try:
    print(lease.pid(), flush=True)
    sys.stdin.read()
finally:
    lease.release()
"""


@pytest.fixture
def place(test_folder: Path) -> Iterator[Path]:
    """A folder the server's user can reach, cleared afterwards with whatever still runs in it."""
    folder = Path(tempfile.mkdtemp(dir=test_folder))
    folder.chmod(0o755)
    yield folder
    living = postgres.postmaster(folder / "postgres")
    if living:
        os.kill(living.pid, signal.SIGQUIT)
        _until(lambda: postgres.postmaster(folder / "postgres") is None)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def initialised(test_folder: Path) -> Path:
    """An initialised, stopped cluster to copy: making one takes a second or two."""
    folder = test_folder / "initialised"
    _cluster(folder).open().release()
    return folder


@pytest.fixture
def folder(place: Path, initialised: Path) -> Path:
    subprocess.run(["cp", "-a", f"{initialised}/.", str(place)], check=True)
    return place


def _cluster(folder: Path) -> Cluster:
    return Cluster(folder, durable=False, settings={"fsync": "off"})


def _until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _ask(lease: Lease, question: str, user: str = "wangge_app", database: str = "wangge") -> object:
    with psycopg.connect(host=str(lease.sockets), user=user, dbname=database) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


def _down(folder: Path) -> bool:
    return postgres.postmaster(folder / "postgres") is None


@contextlib.contextmanager
def _user(folder: Path, uid: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the cluster; it lets go when its input is closed."""
    command = [sys.executable, "-c", USER, str(folder), str(uid)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _pid(process: subprocess.Popen[str]) -> int:
    """Wait for another process's server and return its process id."""
    return int(_pipe(process.stdout).readline())


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def test_a_new_cluster_is_private(place: Path) -> None:
    lease = _cluster(place).open()
    try:
        assert _ask(lease, "SHOW listen_addresses") == ""
        assert _ask(lease, "SHOW data_checksums") == "on"
        assert _ask(lease, "SHOW server_encoding") == "UTF8"
        assert lease.sockets.stat().st_mode & 0o777 == 0o700
        assert lease.data.stat().st_mode & 0o777 == 0o700
        assert _ask(lease, "SELECT count(*) FROM pg_stat_activity WHERE client_addr NOTNULL") == 0
        assert _ask(lease, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        people = {
            line.split()[1] for line in (lease.data / "pg_ident.conf").read_text().splitlines()
        }
        assert people == {f'"{pwd.getpwuid(os.geteuid()).pw_name}"'}
    finally:
        lease.release()
    assert _down(place)


def test_only_the_invoker_may_connect(folder: Path) -> None:
    lease = _cluster(folder).open()
    try:
        with pytest.raises(psycopg.OperationalError, match=r"Peer authentication failed|not exist"):
            _ask(lease, "SELECT 1", user="postgres")
        (lease.data / "pg_ident.conf").write_text("")
        os.kill(lease.pid() or 0, signal.SIGHUP)
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):  # noqa: PT012
            for _ in range(100):
                _ask(lease, "SELECT 1")
                time.sleep(0.05)
        _cluster(folder).open().release()  # adopting puts us back on the list
        _until(lambda: _answers(lease))
    finally:
        lease.release()


def _answers(lease: Lease) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        return _ask(lease, "SELECT 1") == 1
    return False


def test_the_last_user_stops_it(folder: Path) -> None:
    first, second = _cluster(folder).open(), _cluster(folder).open()
    assert first.pid() == second.pid()
    first.release()
    first.release()
    assert _ask(second, "SELECT 1") == 1
    second.release()
    assert _down(folder)


def test_the_last_process_stops_it(folder: Path) -> None:
    with _user(folder) as other:
        pid = _pid(other)
        lease = _cluster(folder).open()
        assert lease.pid() == pid
        _pipe(other.stdin).close()
        other.wait(30)
        assert _ask(lease, "SELECT 1") == 1
        lease.release()
        assert _down(folder)


def test_many_start_at_once_and_share_one_server(place: Path) -> None:
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(_user(place)) for _ in range(4)]
        assert len({_pid(user) for user in users}) == 1
        for user in users:
            _pipe(user.stdin).close()
        assert [user.wait(30) for user in users] == [0] * 4
    assert _down(place)


def test_ctrl_c_stops_program_and_server(folder: Path) -> None:
    with _user(folder) as other:
        pid = _pid(other)
        assert os.getpgid(pid) != os.getpgid(other.pid), "the terminal's Ctrl-C must not reach it"
        os.killpg(other.pid, signal.SIGINT)
        other.wait(30)
        assert _down(folder)


def test_a_killed_program_leaves_a_server_to_adopt(folder: Path) -> None:
    with _user(folder) as other:
        pid = _pid(other)
        other.kill()
        other.wait()
    lease = _cluster(folder).open()
    assert lease.pid() == pid
    lease.release()
    assert _down(folder)


def test_a_killed_server_recovers(folder: Path) -> None:
    lease = _cluster(folder).open()
    with psycopg.connect(host=str(lease.sockets), user="wangge_owner", dbname="wangge") as one:
        one.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    busy = psycopg.connect(host=str(lease.sockets), user="wangge_app", dbname="wangge")
    old = lease.pid() or 0
    os.kill(old, signal.SIGKILL)
    again = _cluster(folder).open()
    assert again.pid() not in (None, old)
    assert _ask(again, "SELECT count(*) FROM kept") == 1000
    with contextlib.suppress(psycopg.Error):
        busy.close()
    again.release()
    lease.release()
    assert _down(folder)


def test_program_and_server_killed_together(folder: Path) -> None:
    with _user(folder) as other:
        pid = _pid(other)
        other.kill()
        os.kill(pid, signal.SIGKILL)
        other.wait()
    lease = _cluster(folder).open()
    assert _ask(lease, "SELECT 1") == 1
    lease.release()
    assert _down(folder)


def test_a_program_killed_while_initialising(place: Path) -> None:
    with _user(place) as other:
        _until((place / "postgres.new" / "base").exists)
        other.kill()
        other.wait()
    _until(lambda: not _initdb_runs(place))
    assert not (place / "postgres").exists()
    lease = _cluster(place).open()
    assert _ask(lease, "SELECT postgis_lib_version()")
    lease.release()
    assert not (place / "postgres.new").exists()


def _initdb_runs(place: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(place / "postgres.new").encode() in process.read_bytes():
                return True
    return False


def test_a_program_killed_before_the_database_was_made(folder: Path) -> None:
    lease = _cluster(folder).open()
    (lease.data / "wangge.ready").unlink()
    with psycopg.connect(
        host=str(lease.sockets), user="wangge_admin", dbname="postgres", autocommit=True
    ) as one:
        one.execute("DROP DATABASE wangge")
    second = _cluster(folder).open()  # adopts the running, half-made one
    assert _ask(second, "SELECT postgis_lib_version()")
    second.release()
    lease.release()


def test_a_stale_pid_file_of_a_stranger(folder: Path) -> None:
    file = folder / "postgres" / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{folder}/postgres\n0\n5432\n/nowhere\n\n0 0\nready   \n")
    lease = _cluster(folder).open()
    assert lease.pid() not in (None, os.getpid())
    lease.release()


def test_locks_are_not_inherited_by_the_server(folder: Path) -> None:
    lease = _cluster(folder).open()
    held = {os.path.realpath(fd) for fd in Path(f"/proc/{lease.pid()}/fd").iterdir()}
    assert not {path for path in held if "cluster." in path}
    lease.release()


def test_a_forked_child_does_not_stop_it(folder: Path) -> None:
    lease = _cluster(folder).open()
    child = os.fork()
    if child == 0:
        lease.release()
        os._exit(0)
    os.waitpid(child, 0)
    assert _ask(lease, "SELECT 1") == 1
    lease.release()
    assert _down(folder)


def test_a_watched_server_is_started_again(folder: Path) -> None:
    lease = _cluster(folder).open()
    lease.watch(0.1)
    old = lease.pid() or 0
    os.kill(old, signal.SIGKILL)
    _until(lambda: lease.pid() not in (None, old) and _answers(lease))
    lease.release()
    assert _down(folder)


def test_a_long_path_gets_its_socket_elsewhere_and_survives_its_loss(
    folder: Path, place: Path
) -> None:
    deep = place / ("long" * 25)
    deep.mkdir()
    for part in ("postgres", "cluster.use", "cluster.start"):
        (folder / part).rename(deep / part)
    lease = _cluster(deep).open()
    try:
        assert not lease.sockets.is_relative_to(deep)
        assert lease.sockets.stat().st_mode & 0o777 == 0o700
        old = lease.pid()
        shutil.rmtree(lease.sockets)  # the temporary directory was swept
        again = _cluster(deep).open()
        assert _ask(again, "SELECT 1") == 1
        assert again.pid() != old
        again.release()
    finally:
        lease.release()
    assert _down(deep)
    shutil.rmtree(lease.sockets)


def test_data_of_another_major_version(folder: Path) -> None:
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(StoreVersionError, match=r"PostgreSQL 9.*Install postgresql-9"):
        _cluster(folder).open()


def test_the_matching_version_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = postgres.newest()
    newer = Programs(Path("/nowhere"), real.major + 1)
    monkeypatch.setattr(postgres, "installed", lambda: ((newer, real), ()))
    lease = _cluster(folder).open()
    assert _ask(lease, "SELECT 1") == 1
    lease.release()


@pytest.mark.parametrize(
    ("bare", "words"), [((), "make setup"), ((15,), "postgresql-15-postgis-3")]
)
def test_nothing_installed(
    place: Path, monkeypatch: pytest.MonkeyPatch, bare: tuple[int, ...], words: str
) -> None:
    monkeypatch.setattr(postgres, "installed", lambda: ((), bare))
    with pytest.raises(StoreMissingError, match=words):
        _cluster(place).open()


@pytest.mark.parametrize("made", [False, True])
def test_a_full_disk(
    place: Path, initialised: Path, monkeypatch: pytest.MonkeyPatch, *, made: bool
) -> None:
    if made:
        subprocess.run(["cp", "-a", f"{initialised}/.", str(place)], check=True)
    real = shutil.disk_usage(place)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=3 * 2**20))
    with pytest.raises(StoreFullError, match="Only 3 MB are free"):
        _cluster(place).open()


def test_a_disk_that_fills_while_starting() -> None:
    words = "LOG: x\nPANIC:  could not write to file: No space left on device\n"
    assert isinstance(postgres.failure(words, Path("/d")), StoreFullError)


def test_a_disk_too_full_for_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=0))
    assert isinstance(postgres.failure("", tmp_path / "data"), StoreFullError)


def test_a_broken_data_directory_is_one_sentence(folder: Path) -> None:
    shutil.rmtree(folder / "postgres" / "global")
    with pytest.raises(StoreUnreachableError, match=r"does not start: .*global") as caught:
        _cluster(folder).open()
    assert "\n" not in str(caught.value)
    assert _down(folder)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnreachableError, match="WANGGE_DATA_DIR"):
        _cluster(tmp_path / "file" / "data").open()


def test_a_deleted_folder_starts_afresh(folder: Path) -> None:
    lease = _cluster(folder).open()
    pid = lease.pid() or 0
    for part in folder.iterdir():
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    again = _cluster(folder).open()
    assert _ask(again, "SELECT 1") == 1
    again.release()
    lease.release()
    assert _down(folder)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)


def test_errors_release_the_locks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(cluster_module._Server, "ensure", _fail)
        with pytest.raises(StoreFullError):
            _cluster(folder).open()
    lease = _cluster(folder).open()
    lease.release()
    assert _down(folder)


def _fail(_server: object) -> Path:
    raise StoreFullError("full")


@root_only
@pytest.mark.parametrize("name", ["root", "no-such-user"])
def test_an_impossible_user(place: Path, name: str) -> None:
    with pytest.raises(SettingError, match=name):
        Cluster(place, user=name).open()


@root_only
def test_root_runs_it_as_somebody_else(folder: Path) -> None:
    lease = _cluster(folder).open()
    assert Path(f"/proc/{lease.pid()}").stat().st_uid != 0
    lease.release()


@root_only
def test_root_joins_the_cluster_of_an_ordinary_user(place: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(place, nobody, nobody)
    with _user(place, nobody) as other:
        pid = _pid(other)
        lease = _cluster(place).open()
        assert lease.pid() == pid
        assert _ask(lease, "SELECT 1") == 1
        lease.release()
        assert not _down(place)
        _pipe(other.stdin).close()
        other.wait(30)
    assert _down(place)
    _cluster(place).open().release()
    with _user(place, nobody) as other:  # root left nothing behind that the user cannot use
        assert _pid(other)
        _pipe(other.stdin).close()
        assert other.wait(30) == 0
    assert _down(place)


@root_only
def test_an_ordinary_user_cannot_take_roots_cluster(folder: Path) -> None:
    uid = pwd.getpwnam("nobody").pw_uid
    done = subprocess.run(
        [sys.executable, "-c", USER, str(folder), str(uid)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "StoreUnreachableError" in done.stderr


@root_only
def test_a_folder_the_server_cannot_reach(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tmp_path.chmod(0o700)
    lease = _cluster(tmp_path / "data").open()
    base = lease.data.parent
    try:
        assert base.is_relative_to("/var/lib/wangge")
        assert str(base) in caplog.text
        _cluster(tmp_path / "data").open().release()
    finally:
        lease.release()
        shutil.rmtree(base)
        with contextlib.suppress(OSError):  # only if no other cluster lives there
            base.parent.rmdir()


def test_every_error_is_a_store_error() -> None:
    for kind in (StoreFullError, StoreMissingError, StoreUnreachableError, StoreVersionError):
        assert issubclass(kind, StoreError)
