"""PostgreSQL as found on this machine: its programs, its system user, a data directory, its log.

Nothing here starts or stops a server; `geo.store.cluster` does, with these pieces.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from geo.errors import (
    N_,
    SettingError,
    StoreError,
    StoreFullError,
    StoreMissingError,
    StoreUnreachableError,
    StoreVersionError,
)

LOG = logging.getLogger("geo.store")

SUPERUSER = "wangge_admin"
OWNER = "wangge_owner"
APP = "wangge_app"

INIT_FREE_MB = 400
"""Free space to ask for before making a data directory (an empty one takes about 60 MB)."""

START_FREE_MB = 64
"""Free space to ask for before starting: PostgreSQL stops hard when its log cannot be written."""

SOCKET_PATH_BYTES = 100
"""Longest socket path to use; the kernel's limit is 107."""

SOCKET_NAME = ".s.PGSQL.5432"
_LOG_BYTES = 10 * 2**20
_SMALL_SHM_MB = 512

CONFIG = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than any of our queries takes
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",  # we read the log ourselves
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    # The log must not collect personal data: no statements, no failing rows.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
"""Server settings that suit an office PC with two cores and a few GB."""


@dataclass(frozen=True)
class Programs:
    """One installed PostgreSQL that has PostGIS.

    Attributes
    ----------
    folder
        Where ``initdb`` and ``postgres`` are.
    major
        Major version, e.g. 15.
    """

    folder: Path
    major: int


@dataclass(frozen=True)
class SystemUser:
    """The operating-system user that runs PostgreSQL."""

    name: str
    uid: int
    gid: int


def _candidates() -> Iterator[Path]:
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    yield from Path("/usr").glob("pgsql-*/bin")
    yield Path("/usr/local/pgsql/bin")
    for program in ("pg_config", "postgres"):
        found = shutil.which(program)
        if found and program == "pg_config":
            yield Path(_ask(found, "--bindir"))
        elif found:
            yield Path(found).resolve().parent


def _ask(program: str | Path, *arguments: str) -> str:
    """Run a program for its one line of output; empty when it cannot run."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the PostgreSQL installation
            [str(program), *arguments], capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return ""
    return done.stdout.strip()


def _major(folder: Path) -> int:
    if folder.parent.parent.name == "postgresql" and folder.parent.name.isdigit():
        return int(folder.parent.name)
    found = re.search(r"\b(\d+)", _ask(folder / "postgres", "--version"))
    return int(found.group(1)) if found else 0


def _has_postgis(folder: Path, major: int) -> bool:
    debian = Path(f"/usr/share/postgresql/{major}")
    share = debian if debian.is_dir() else Path(_ask(folder / "pg_config", "--sharedir") or "/none")
    return (share / "extension" / "postgis.control").exists()


@cache
def installed() -> tuple[tuple[Programs, ...], tuple[int, ...]]:
    """Look for PostgreSQL installations.

    Returns
    -------
    tuple
        Installations with PostGIS, newest first; and the major versions found without PostGIS.
    """
    folders = {folder.resolve() for folder in _candidates() if (folder / "initdb").exists()}
    versions = sorted(((_major(folder), folder) for folder in folders), reverse=True)
    good = tuple(
        Programs(folder, major) for major, folder in versions if _has_postgis(folder, major)
    )
    bare = tuple(major for major, folder in versions if not _has_postgis(folder, major))
    return good, bare


def newest() -> Programs:
    """Return the newest PostgreSQL that has PostGIS.

    Raises
    ------
    StoreMissingError
        When there is none, saying what to install.
    """
    good, bare = installed()
    if good:
        return good[0]
    if bare:
        raise StoreMissingError(
            N_(
                "PostgreSQL {major} is installed, but PostGIS is not. Run `make setup`, or install "
                "the package postgresql-{major}-postgis-3."
            ),
            major=bare[0],
        )
    raise StoreMissingError(
        N_(
            "PostgreSQL with PostGIS is not installed. Run `make setup`, or install the packages "
            "postgresql and postgis (on Debian and Ubuntu: sudo apt-get install postgresql "
            "postgresql-postgis)."
        )
    )


def matching(data: Path) -> Programs:
    """Return the PostgreSQL that can open an existing data directory.

    Raises
    ------
    StoreVersionError
        When the directory was made by a major version that is not installed.
    """
    made_by = int((data / "PG_VERSION").read_text().strip())
    good, _bare = installed()
    for programs in good:
        if programs.major == made_by:
            return programs
    raise StoreVersionError(
        N_(
            "The database in {path} was made by PostgreSQL {found}, and this machine has "
            "{installed}. Install postgresql-{found} and postgresql-{found}-postgis-3; or, if the "
            "data can be loaded again, move the folder away and start afresh."
        ),
        path=str(data),
        found=made_by,
        installed=", ".join(f"PostgreSQL {programs.major}" for programs in good) or "PostgreSQL -",
    )


def invoker() -> str:
    """Return the name of the operating-system user we are.

    Raises
    ------
    StoreUnreachableError
        When the user has a number but no name: PostgreSQL then cannot tell who connects.
    """
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise StoreUnreachableError(
            N_(
                "The operating-system user number {uid} has no name, and PostgreSQL needs one. Run "
                "as a user of /etc/passwd, or set WANGGE_DATABASE_URL to another server."
            ),
            uid=os.geteuid(),
        ) from error


def system_user(wanted: str, data: Path) -> SystemUser | None:
    """Choose who runs the server: nobody else unless we are root, which PostgreSQL refuses.

    Parameters
    ----------
    wanted
        The setting ``postgres_user``; empty for the owner of an existing `data` directory, else
        ``postgres``, else ``nobody``.
    data
        The data directory; it need not exist.

    Returns
    -------
    SystemUser or None
        None: run it as ourselves.

    Raises
    ------
    SettingError
        When the wanted user does not exist or is root.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0 and not wanted:
        return _user(pwd.getpwuid(data.stat().st_uid))
    for name in [wanted] if wanted else ["postgres", "nobody"]:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return _user(entry)
    raise SettingError(
        N_(
            "PostgreSQL cannot run as root and needs an ordinary user; {name} is none. Set "
            "WANGGE_POSTGRES_USER to an existing user."
        ),
        name=wanted or "nobody",
    )


def _user(entry: pwd.struct_passwd) -> SystemUser:
    return SystemUser(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _environment() -> dict[str, str]:
    # Nothing of ours (PGDATA, locale, …) may change how the server behaves.
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def run_as(
    user: SystemUser | None, command: Sequence[str | Path]
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end as `user` (None: ourselves) in a clean environment."""
    return subprocess.run(  # noqa: S603 - fixed programs
        [str(part) for part in command],
        env=_environment(),
        cwd="/",
        umask=0o077,
        capture_output=True,
        text=True,
        check=False,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )


def spawn(
    user: SystemUser | None, command: Sequence[str | Path], log: Path
) -> subprocess.Popen[bytes]:
    """Start a server as `user`, out of reach of the terminal's Ctrl-C, writing to `log`.

    File descriptors (our locks!) are not inherited.
    """
    with log.open("ab") as output:
        give(log, user)
        return subprocess.Popen(  # noqa: S603 - fixed programs
            [str(part) for part in command],
            env=_environment(),
            cwd="/",
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            close_fds=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )


def give(path: Path, user: SystemUser | None) -> None:
    """Hand a file or folder made by root to the user who runs the server."""
    if user is not None and path.stat().st_uid != user.uid:
        os.chown(path, user.uid, user.gid)


def home(data_dir: Path, user: SystemUser | None) -> Path:
    """Return the folder to keep the cluster in: `data_dir`, unless `user` cannot get there.

    A project below root's private home is out of reach of an unprivileged user; the cluster then
    lives in ``/var/lib/wangge`` under a name made of the folder's path.

    Raises
    ------
    StoreUnreachableError
        When the folder cannot be made.
    """
    chosen = data_dir.absolute()
    _make(chosen)
    if user is None or run_as(user, ["/bin/sh", "-c", 'cd "$0"', chosen]).returncode == 0:
        return chosen
    digest = hashlib.sha256(os.fsencode(chosen)).hexdigest()[:12]
    other = Path("/var/lib/wangge") / digest
    if not other.exists():
        LOG.warning("%s is closed to user %s: the database lives in %s", chosen, user.name, other)
    _make(other)
    return other


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise trouble(error, folder) from error


def trouble(error: OSError, path: Path) -> StoreError:
    """Turn an operating-system error about `path` into a sentence."""
    if error.errno in (28, 122):  # ENOSPC, EDQUOT
        return StoreFullError(
            N_("The disk holding {path} is full. Free some space and start again."), path=str(path)
        )
    return StoreUnreachableError(
        N_(
            "{path} cannot be used: {reason}. It must belong to the user who runs this program; "
            "or set WANGGE_DATA_DIR to a folder that does."
        ),
        path=str(path),
        reason=error.strerror or str(error),
    )


def require_space(folder: Path, need_mb: int) -> None:
    """Check that `folder` has room.

    Raises
    ------
    StoreFullError
        When less than `need_mb` megabytes are free.
    """
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < need_mb:
        raise StoreFullError(
            N_(
                "Only {free} MB are free on the disk holding {path}, and the database needs "
                "{need} MB. Free some space, or set WANGGE_DATA_DIR to another disk."
            ),
            free=free_mb,
            path=str(folder),
            need=need_mb,
        )


def socket_folder(base: Path, user: SystemUser | None) -> Path:
    """Make the private folder of the socket: below `base` if the path is short enough.

    Raises
    ------
    StoreUnreachableError
        When somebody else owns a folder of that name in the temporary directory.
    """
    folder = base / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES:
        digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"wangge-{digest}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        uid = folder.lstat().st_uid
        if uid not in (os.geteuid(), user.uid if user else uid) or folder.is_symlink():
            raise PermissionError(13, "it belongs to another user")
        give(folder, user)
        folder.chmod(0o700)
    except OSError as error:
        raise trouble(error, folder) from error
    return folder


def initialise(programs: Programs, data: Path, user: SystemUser | None, *, durable: bool) -> None:
    """Make a data directory; it gets its name only when it is complete.

    Raises
    ------
    StoreFullError
        When the disk is too full.
    StoreUnreachableError
        When ``initdb`` fails, with its last words.
    """
    require_space(data.parent, INIT_FREE_MB)
    unfinished = data.with_name(data.name + ".new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    give(unfinished, user)
    done = _initdb(programs, unfinished, user, "C.UTF-8", durable=durable)
    if done.returncode and "invalid locale" in done.stderr:
        done = _initdb(programs, unfinished, user, "C", durable=durable)
    if done.returncode:
        raise failure(done.stderr, unfinished)
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.write("\ninclude_if_exists = 'wangge.conf'\n")
    unfinished.rename(data)


def _initdb(
    programs: Programs, data: Path, user: SystemUser | None, locale: str, *, durable: bool
) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [programs.folder / "initdb", "-D", data, "-U", SUPERUSER]
    command += ["--data-checksums", "-E", "UTF8", f"--locale={locale}", "--no-instructions"]
    command += ["--auth-local=peer", "--auth-host=reject"]
    return run_as(user, command if durable else [*command, "--no-sync"])


def failure(words: str, path: Path) -> StoreError:
    """Turn the last words of a PostgreSQL program into a sentence."""
    silenced = not words.strip() and shutil.disk_usage(path.parent).free < 2**20
    if silenced or "No space left on device" in words or "Disk quota exceeded" in words:
        return trouble(OSError(28, "No space left on device"), path)
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"\b(FATAL|PANIC|ERROR|error)\b", line)]
    return StoreUnreachableError(
        N_("The database in {path} does not start: {reason}"),
        path=str(path),
        reason=(telling or lines or ["?"])[-1],
    )


def configure(
    data: Path, sockets: Path, user: SystemUser | None, extra: dict[str, str], names: set[str]
) -> bool:
    """Write the server's settings and who may connect as whom.

    Parameters
    ----------
    data, sockets, user
        Data directory, socket folder, who runs the server.
    extra
        Settings beyond (or instead of) `CONFIG`.
    names
        Operating-system users who may connect; those already listed stay.

    Returns
    -------
    bool
        Whether anything changed, so that a running server should read it again.
    """
    settings = {**CONFIG, "unix_socket_directories": f"'{sockets}'", **_shared_memory(), **extra}
    listed = set(re.findall(r"^wangge\s+(\S+)", _text(data / "pg_ident.conf"), re.MULTILINE))
    people = sorted(names | {name.strip('"') for name in listed})
    roles = (SUPERUSER, OWNER, APP)
    wanted = {
        "wangge.conf": "".join(f"{key} = {value}\n" for key, value in settings.items()),
        "pg_hba.conf": "local all all peer map=wangge\n",
        "pg_ident.conf": "".join(f'wangge "{name}" {role}\n' for name in people for role in roles),
    }
    stale = [name for name, text in wanted.items() if _text(data / name) != text]
    for name in stale:
        part = data / f"{name}.new"
        part.write_text(wanted[name], encoding="utf-8")
        give(part, user)
        part.chmod(0o600)
        part.replace(data / name)
    return bool(stale)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _shared_memory() -> dict[str, str]:
    # Containers give /dev/shm 64 MB by default: too little for one parallel query.
    shm = Path("/dev/shm")  # noqa: S108 - asked for its size only
    roomy = shm.is_dir() and shutil.disk_usage(shm).total >= _SMALL_SHM_MB * 2**20
    return {"dynamic_shared_memory_type": "posix" if roomy else "mmap"}


def rotate(log: Path) -> None:
    """Keep the server's log and one older one, about 10 MB each."""
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


@dataclass(frozen=True)
class Postmaster:
    """The server process as its own ``postmaster.pid`` tells it."""

    pid: int
    sockets: Path
    ready: bool


def postmaster(data: Path) -> Postmaster | None:
    """Return the living server of a data directory, or None.

    A dead process nobody has buried (a zombie), and a stranger who got the number of a dead
    server, do not count.
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_server_of(pid, data):
        return None
    lines += [""] * (8 - len(lines))
    return Postmaster(pid, Path(lines[4].strip()), lines[7].strip() == "ready")


def _is_server_of(pid: int, data: Path) -> bool:
    process = Path(f"/proc/{pid}")
    if not process.exists():
        return False
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in ("Z", "X") and (process / "cwd").samefile(data)
    except OSError:
        # Ended meanwhile, or somebody else's process: the server would be ours to read.
        return False
