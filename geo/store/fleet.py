"""Computing community by community: one is one task, here, in processes, or on other machines.

A task opens its own connection, gathers the frames of its community, decides in arrays, and writes
its own rows in its own transaction. So the database is source and sink, a community that fails
keeps its former figures and harms no other, and running again changes nothing. What concerns a
whole street is done by the caller: its cut-off is decided before, its communities' figures are
summed after.

Tasks run beside each other, but not beside an import or a computation of everything.
"""

from __future__ import annotations

import logging
import multiprocessing
import platform
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pandas as pd
import sqlalchemy as sa

from geo import words
from geo.errors import N_, InputError, StoreUnreachableError, WanggeError
from geo.store import tables
from geo.store.compute import ONE_AT_A_TIME, choose, derive, roll_up, wait_turn
from geo.store.engine import make_engine
from geo.store.gather import Selection
from geo.words import _

_LOG = logging.getLogger("wangge.compute")
_SCHEDULER_WAIT_S = 10
_LOCK_KEYS = 2**31


@dataclass(frozen=True)
class Task:
    """One community to compute.

    Attributes
    ----------
    url
        Of the database, as the one who does it reaches it.
    cut_off
        Of its street, as decided when the task was made.
    before
        The one its figures were of then.
    language
        What a failure is told in.
    """

    url: str
    community_id: int
    street_id: int
    code: str
    cut_off: datetime
    before: datetime | None
    language: str


@dataclass(frozen=True)
class Outcome:
    """What became of a task; ``trouble`` is a sentence, empty where all went well."""

    code: str
    values: int = 0
    seconds: float = 0.0
    trouble: str = ""


@dataclass
class FleetReport:
    """What became of all of them; ``unsummed``: some streets kept their former sums."""

    outcomes: list[Outcome] = field(default_factory=list)
    street_values: int = 0
    unsummed: bool = False
    seconds: float = 0.0

    @property
    def failed(self) -> list[Outcome]:
        """Those that went wrong."""
        return [one for one in self.outcomes if one.trouble]

    def lines(self) -> list[str]:
        """Say it in the language of this context."""
        if not self.outcomes:
            return [_("There is no community to compute.")]
        done = len(self.outcomes) - len(self.failed)
        written = sum(one.values for one in self.outcomes) + self.street_values
        left = [_("The figures of their streets were left as they were.")] if self.unsummed else []
        return [
            *(f"{one.code}: {one.trouble}" for one in self.failed),
            *left,
            _("Wrote {n} figures.", n=f"{written:,}"),
            _(
                "Computed {n} of {all} communities in {seconds} s.",
                n=done,
                all=len(self.outcomes),
                seconds=f"{self.seconds:.1f}",
            ),
        ]


class Runner(Protocol):
    """Who does the tasks."""

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Do them all; tell of each as soon as it is done."""


class Here:
    """One after the other, in this process."""

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Do them all; tell of each as soon as it is done."""
        yield from map(perform, tasks)


@dataclass(frozen=True)
class Processes:
    """Several at once, in processes of this machine."""

    workers: int

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Do them all; tell of each as soon as it is done."""
        fresh = multiprocessing.get_context("spawn")  # a fork would share this process's sockets
        with ProcessPoolExecutor(self.workers, mp_context=fresh) as pool:
            with _uninterrupted():
                asked: dict[Future[Outcome], Task] = {
                    pool.submit(perform, one): one for one in tasks
                }
            try:
                for future in as_completed(asked):
                    yield _told(future, asked[future])
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let the processes begun here not hear Ctrl-C: the one who began them tells them to end.

    (A blocked signal is handed down, and reaches this process when it is unblocked.)
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class Dask:
    """On the workers of a Dask scheduler, which may be other machines."""

    scheduler: str

    def outcomes(self, tasks: Sequence[Task]) -> Iterator[Outcome]:
        """Do them all; tell of each as soon as it is done.

        Raises
        ------
        InputError
            If Dask is not installed.
        StoreUnreachableError
            If no scheduler answers at the address, or one without workers.
        """
        distributed = _dask()
        try:
            client = distributed.Client(self.scheduler, timeout=_SCHEDULER_WAIT_S)
        except (OSError, ValueError, TimeoutError) as error:
            message = N_("No Dask scheduler answers at {address}. Start `dask scheduler` there.")
            raise StoreUnreachableError(message, address=self.scheduler) from error
        with client:
            self._await_workers(client)
            asked = {client.submit(perform, one, pure=False): one for one in tasks}
            for future in distributed.as_completed(asked):
                yield _told(future, asked[future])

    def _await_workers(self, client: Any) -> None:
        try:
            client.wait_for_workers(1, timeout=_SCHEDULER_WAIT_S)
        except TimeoutError as error:
            message = N_(
                "The Dask scheduler at {address} has no workers. Start `dask worker {address}` on "
                "machines that reach the database."
            )
            raise StoreUnreachableError(message, address=self.scheduler) from error


def _dask() -> Any:
    try:
        import distributed  # noqa: PLC0415 - only who has several machines installs it
    except ImportError as error:
        message = N_("Dask is not installed here: `.venv/bin/pip install distributed`.")
        raise InputError(message) from error
    return distributed


def _told(future: Any, task: Task) -> Outcome:
    """Return what a task told, or that whoever did it is gone."""
    try:
        outcome: Outcome = future.result()
    except Exception as error:  # noqa: BLE001 - the machine or process that did it broke
        _LOG.exception("community %s", task.code)
        trouble = _("The worker stopped: {error}.", error=type(error).__name__)
        return Outcome(task.code, trouble=trouble)
    return outcome


def compute(
    engine: sa.Engine,
    community_ids: Iterable[int] | None = None,
    *,
    runner: Runner,
    now: datetime | None = None,
    as_of: datetime | None = None,
    told: Callable[[int, int, Outcome], None] = lambda _done, _all, _outcome: None,
) -> FleetReport:
    """Compute communities as single tasks, then the sums of their streets.

    Parameters
    ----------
    community_ids, now, as_of
        As `geo.store.compute.refresh`.
    runner
        Who does the tasks.
    told
        Told after each task: how many are done, of how many, and what became of it.

    Returns
    -------
    FleetReport
        A failed community keeps the figures it had.
    """
    began = time.perf_counter()
    with engine.begin() as connection:
        wait_turn(connection)
        selection, cut_offs = choose(connection, community_ids, now=now, as_of=as_of)
    report = FleetReport()
    tasks = _tasks(engine, selection, cut_offs)
    try:
        for outcome in runner.outcomes(tasks):
            report.outcomes.append(outcome)
            told(len(report.outcomes), len(tasks), outcome)
    finally:
        # Also after Ctrl-C: what is finished counts.
        with engine.begin() as connection:
            wait_turn(connection)
            whole = _whole_streets(connection, [*cut_offs])
            report.street_values = roll_up(connection, whole)
            report.unsummed = len(whole) < len(cut_offs)
    report.seconds = time.perf_counter() - began
    return report


def _whole_streets(connection: sa.Connection, streets: Sequence[int]) -> dict[int, datetime]:
    """Return the streets whose communities all have figures of one cut-off, and that cut-off.

    Only theirs can be summed.
    """
    as_of, street = tables.division.c.as_of, tables.division.c.parent_id
    asked = (
        sa.select(street, sa.func.min(as_of))
        .where(tables.division.c.kind == "community", street.in_(streets))
        .group_by(street)
        .having(sa.func.min(as_of) == sa.func.max(as_of))
        .having(sa.func.count(as_of) == sa.func.count())
    )
    return {int(one): cut_off for one, cut_off in connection.execute(asked)}


def _tasks(engine: sa.Engine, selection: Selection, cut_offs: Mapping[int, datetime]) -> list[Task]:
    url = engine.url.render_as_string(hide_password=False)
    return [
        Task(
            url,
            int(row["id"]),
            int(row["street_id"]),
            str(row["code"]),
            cut_offs[int(row["street_id"])],
            None if pd.isna(row["as_of"]) else pd.Timestamp(row["as_of"]).to_pydatetime(),
            words.language(),
        )
        for row in selection.communities.to_dict("records")
    ]


def perform(task: Task) -> Outcome:
    """Compute one community; whatever goes wrong becomes a sentence."""
    words.speak(task.language)
    began = time.perf_counter()
    engine = make_engine(task.url, name="wangge compute")
    try:
        with engine.begin() as connection:
            values = _compute_alone(connection, task)
    except Exception as error:  # noqa: BLE001 - one community's trouble is not the others'
        return Outcome(task.code, trouble=_sentence(task, error))
    finally:
        engine.dispose()
    return Outcome(task.code, values, time.perf_counter() - began)


def _sentence(task: Task, error: Exception) -> str:
    if isinstance(error, WanggeError):
        return words.explain(error)
    if isinstance(error, sa.exc.OperationalError) and not getattr(error.orig, "sqlstate", None):
        # No server said this: it was not reached, or went away.
        return _(
            "The database does not answer {machine}. Workers on other machines need a server of "
            "your own: set WANGGE_DATABASE_URL.",
            machine=platform.node(),
        )
    _LOG.error("community %s", task.code, exc_info=error)
    return _("Not computed: {error}. The log has more.", error=type(error).__name__)


def _compute_alone(connection: sa.Connection, task: Task) -> int:
    beside, own = sa.func.pg_advisory_xact_lock_shared, sa.func.pg_advisory_xact_lock
    connection.execute(sa.select(beside(ONE_AT_A_TIME)))
    connection.execute(sa.select(own(ONE_AT_A_TIME, task.community_id % _LOCK_KEYS)))
    cut_off = _cut_off(connection, task)
    communities = pd.DataFrame(
        {
            "id": [task.community_id],
            "street_id": [task.street_id],
            "code": [task.code],
            "as_of": [cut_off],
        }
    )
    selection = Selection(communities, everything=False)
    return derive(connection, selection, {task.street_id: cut_off}).values


def _cut_off(connection: sa.Connection, task: Task) -> datetime:
    """Return the task's cut-off, or the one an import has computed the street with meanwhile."""
    own = tables.division.c.id == task.community_id
    now = connection.scalar(sa.select(tables.division.c.as_of).where(own))
    return task.cut_off if now in (None, task.before) else now
