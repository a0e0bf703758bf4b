"""Community by community gives what all at once gives; one that fails harms no other."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from geo import words
from geo.__main__ import app
from geo.errors import InputError, StoreUnreachableError
from geo.periods import local_day
from geo.store import compute, fleet
from geo.store import tables as t
from geo.store.cluster import Lease
from geo.store.compute import ONE_AT_A_TIME, check_cut_off, refresh
from geo.store.engine import make_engine, url_of
from geo.store.gather import Selection
from tests.store import small_city as city

NOW = datetime(2026, 12, 24, tzinfo=UTC)
KEPT = (t.indicator_value, t.building_summary, t.building_bin, t.ticket_bin, t.unit_summary)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = words.language()
    words.speak("en")
    yield
    words.speak(before)


@pytest.fixture(autouse=True)
def _plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let new processes begin with nothing: they would run whatever stands for the main module.

    Pages run by an earlier test leave their script there.
    """
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.fixture(scope="module")
def town(lease: Lease) -> Iterator[sa.Engine]:
    """A small city in a database of its own, computed at once."""
    lease.create_database("fleet", template="wangge_template")
    made = make_engine(url_of(lease, "app", "fleet"))
    with made.begin() as connection:
        city.load(connection, 3)
    refresh(made, now=NOW)
    yield made
    made.dispose()
    lease.drop_database("fleet")


def everything(engine: sa.Engine) -> dict[str, pd.DataFrame]:
    """Return what is derived, without what every writing changes."""
    with engine.connect() as connection:
        return derived(connection)


def derived(connection: sa.Connection) -> dict[str, pd.DataFrame]:
    kept = {}
    for table in KEPT:
        names = [c.name for c in table.c if c.name not in ("id", "computed_at", "geom")]
        rows = connection.execute(sa.select(*(table.c[name] for name in names))).all()
        frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
        kept[table.name] = frame.sort_values(names, ignore_index=True)
    return kept


def cut_offs(engine: sa.Engine) -> dict[int, datetime]:
    with engine.connect() as connection:
        found = connection.execute(sa.select(t.division.c.id, t.division.c.as_of))
        return {row.id: row.as_of for row in found}


def age(engine: sa.Engine, by: timedelta) -> None:
    """Let figures be of an earlier cut-off than the records now are."""
    fleet.compute(engine, runner=fleet.Here(), as_of=city.AS_OF - by)


def assert_same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, other[name], check_dtype=False)


@pytest.mark.parametrize("runner", [fleet.Here(), fleet.Processes(2)], ids=["here", "processes"])
def test_one_by_one_gives_what_all_at_once_gives(town: sa.Engine, runner: fleet.Runner) -> None:
    at_once = everything(town)
    with town.begin() as connection:
        connection.execute(sa.delete(t.indicator_value))
    told: list[tuple[int, int]] = []
    report = fleet.compute(
        town, runner=runner, now=NOW, told=lambda n, of, _one: told.append((n, of))
    )
    assert not report.failed
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert_same(at_once, everything(town))
    fleet.compute(town, runner=runner, now=NOW)
    assert_same(at_once, everything(town))


def test_on_dask_it_is_the_same(town: sa.Engine) -> None:
    distributed = pytest.importorskip("distributed")
    at_once = everything(town)
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    with cluster:
        report = fleet.compute(town, runner=fleet.Dask(cluster.scheduler_address), now=NOW)
    assert not report.failed
    assert_same(at_once, everything(town))


def test_a_broken_community_fails_alone(town: sa.Engine) -> None:
    before = everything(town)
    spoilt = t.building.c.id == 1200
    flat = sa.func.ST_GeomFromText("MULTIPOLYGON(((0 0, 1 1, 2 2, 0 0)))", 4326)
    with town.begin() as connection:
        kept = connection.execute(sa.select(t.building.c.geom, t.building.c.cell).where(spoilt))
        outline, cell = kept.one()
        connection.execute(sa.update(t.building).where(spoilt).values(geom=flat, cell=None))
    try:
        report = fleet.compute(town, runner=fleet.Here(), now=NOW)
        assert [one.code for one in report.failed] == ["350102001012"]
        assert report.failed[0].trouble
        assert any("350102001012" in line for line in report.lines())
        # Its figures and those of its street stay; the others' are there.
        assert_same(before, everything(town))
    finally:
        with town.begin() as connection:
            values = {"geom": outline, "cell": cell}
            connection.execute(sa.update(t.building).where(spoilt).values(**values))


class Breaking:
    """Does the tasks of all communities but some; after the last it breaks off."""

    def __init__(self, *broken: str, end: BaseException | None = None) -> None:
        self.broken, self.end = broken, end

    def outcomes(self, tasks: Sequence[fleet.Task]) -> Iterator[fleet.Outcome]:
        for task in tasks:
            if task.code in self.broken:
                if self.end is not None:
                    raise self.end
                yield fleet.Outcome(task.code, trouble="broken")
            else:
                yield fleet.perform(task)


@pytest.fixture
def aged(town: sa.Engine) -> Iterator[sa.Engine]:
    """The town with figures of forty days before, put right again afterwards."""
    age(town, timedelta(days=40))
    yield town
    refresh(town, now=NOW)


def test_what_fails_keeps_the_cut_off_its_figures_are_of(aged: sa.Engine) -> None:
    before = cut_offs(aged)
    report = fleet.compute(aged, runner=Breaking("350102001012"), now=NOW)
    assert any("left as they were" in line for line in report.lines())
    after = cut_offs(aged)
    assert after[11] == city.AS_OF
    assert (after[12], after[city.STREET_A]) == (before[12], before[city.STREET_A])
    with aged.connect() as connection:
        value = t.indicator_value.c
        found = connection.execute(
            sa.select(value.area_kind, value.area_id, value.as_of).distinct()
        )
        whole = {(kind, area): as_of for kind, area, as_of in found if kind != "grid"}
    assert {area: as_of for (_kind, area), as_of in whole.items()} == after
    # The next computation of any community of the street takes along what was left behind.
    refresh(aged, [11], now=NOW)
    assert {cut_offs(aged)[one] for one in (11, 12, city.STREET_A)} == {city.AS_OF}


def test_publishing_after_as_of_brings_the_whole_street_up_to_date(aged: sa.Engine) -> None:
    # The latest record of the street is not of the community that is asked about.
    refresh(aged, [11], now=NOW)
    assert {cut_offs(aged)[one] for one in (11, 12, city.STREET_A)} == {city.AS_OF}


def test_interrupted_it_keeps_what_is_finished_and_sums_whole_streets(aged: sa.Engine) -> None:
    before = cut_offs(aged)
    with pytest.raises(KeyboardInterrupt):
        fleet.compute(aged, runner=Breaking("350102002013", end=KeyboardInterrupt()), now=NOW)
    after = cut_offs(aged)
    assert {after[one] for one in (11, 12, city.STREET_A)} == {city.AS_OF}
    assert (after[13], after[city.STREET_B]) == (before[13], before[city.STREET_B])


def test_an_import_meanwhile_is_not_set_back(aged: sa.Engine) -> None:
    """Somebody computes the street with newer records after the tasks were made."""
    at_once: dict[str, pd.DataFrame] = {}

    class Late(fleet.Here):
        def outcomes(self, tasks: Sequence[fleet.Task]) -> Iterator[fleet.Outcome]:
            refresh(aged, now=NOW)
            at_once.update(everything(aged))
            yield from super().outcomes(tasks)

    fleet.compute(aged, runner=Late(), as_of=city.AS_OF - timedelta(days=20))
    # (The other street has no records, so nothing newer was known of it.)
    kept, after = (
        values[values["community_id"].isin([city.STREET_A, 11, 12])].reset_index(drop=True)
        for values in (at_once["indicator_value"], everything(aged)["indicator_value"])
    )
    pd.testing.assert_frame_equal(kept, after, check_dtype=False)
    assert cut_offs(aged)[city.STREET_A] == city.AS_OF


def test_nothing_moves_when_there_is_nobody_to_do_it(
    town: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(fleet, "_SCHEDULER_WAIT_S", 1)
    before, figures = cut_offs(town), everything(town)
    nobody, earlier = fleet.Dask("tcp://127.0.0.1:9"), city.AS_OF - timedelta(days=40)
    with pytest.raises(StoreUnreachableError):
        fleet.compute(town, runner=nobody, as_of=earlier)
    assert cut_offs(town) == before
    assert_same(figures, everything(town))


def test_a_scheduler_without_workers_is_one_sentence(
    town: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(fleet, "_SCHEDULER_WAIT_S", 1)
    cluster = distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None)
    with cluster, pytest.raises(StoreUnreachableError, match="no workers"):
        fleet.compute(town, runner=fleet.Dask(cluster.scheduler_address), now=NOW)


def test_a_task_waits_for_imports_and_its_own_community_only(town: sa.Engine) -> None:
    url = town.url.render_as_string(hide_password=False)
    task = fleet.Task(url, 11, city.STREET_A, "350102001011", city.AS_OF, city.AS_OF, "en")

    def refused(*keys: int, shared: bool = False) -> bool:
        """Whether the task, given no time to wait, could not begin beside such a lock."""
        take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
        with town.begin() as other, town.begin() as ours:
            other.execute(sa.select(take(*keys)))
            ours.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
            try:
                fleet._compute_alone(ours, task)
            except sa.exc.OperationalError:
                ours.rollback()
                return True
            ours.rollback()
            return False

    assert refused(ONE_AT_A_TIME)
    assert refused(ONE_AT_A_TIME, 11)
    assert not refused(ONE_AT_A_TIME, shared=True)
    assert not refused(ONE_AT_A_TIME, 12)


def test_a_database_out_of_reach_is_a_sentence() -> None:
    url = "postgresql://nobody@127.0.0.1:9/nothing"
    told = fleet.perform(fleet.Task(url, 1, 1, "350102001011", NOW, None, "en"))
    assert "WANGGE_DATABASE_URL" in told.trouble


def test_workers_do_not_hear_ctrl_c() -> None:
    with fleet._uninterrupted():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_dask_missing_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="pip install"):
        fleet._dask()


class TestCommand:
    """``python -m geo compute``."""

    @pytest.fixture(autouse=True)
    def _store(self, town: sa.Engine, use_store: Callable[[str], None]) -> None:
        use_store(town.url.render_as_string(hide_password=False))

    @staticmethod
    def compute(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["compute", *arguments])

    def test_at_once_and_in_processes_say_what_was_done(self) -> None:
        assert "Computed 3 communities" in self.compute().output
        told = self.compute("--workers", "2")
        assert told.exit_code == 0
        assert "Computed 3 of 3 communities" in told.output

    def test_a_failed_community_is_named_and_the_code_is_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = compute.derive

        def broken(connection: sa.Connection, selection: Selection, *rest: Any) -> Any:
            if 12 in selection.ids:
                raise ZeroDivisionError
            return real(connection, selection, *rest)

        monkeypatch.setattr(fleet, "derive", broken)
        monkeypatch.setattr(compute, "derive", broken)
        told = self.compute()
        assert told.exit_code == 1
        assert "350102001012: Not computed: ZeroDivisionError" in told.output
        assert "Computed 2 of 3 communities" in told.output

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ([], "Nothing was changed"),
            (["--workers", "1"], "What was finished is kept"),
        ],
    )
    def test_ctrl_c_says_what_is_kept(
        self, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
    ) -> None:
        def stop(*_arguments: object, **_options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(fleet, "compute", stop)
        monkeypatch.setattr(compute, "refresh", stop)
        told = self.compute(*arguments)
        assert told.exit_code == 130
        assert sentence in told.output

    def test_a_day_means_its_end(self, town: sa.Engine) -> None:
        try:
            told = self.compute("--as-of", "2026-10-20")
            assert told.exit_code == 0
            assert "as if the records ended at 2026-10-20 23:59" in told.output.lower()
            assert local_day(cut_offs(town)[11]) == date(2026, 10, 20)
            assert self.compute("--as-of", "2026-10-20T12:00").exit_code == 0
            assert cut_offs(town)[11] == datetime(2026, 10, 20, 4, tzinfo=UTC)
        finally:
            refresh(town, now=NOW)

    @pytest.mark.parametrize("text", ["yesterday", "2999-01-01", "1999-01-01"])
    def test_a_senseless_day_is_refused(self, text: str) -> None:
        assert isinstance(self.compute("--as-of", text).exception, InputError)

    def test_two_ways_at_once_are_refused(self) -> None:
        told = self.compute("--workers", "2", "--scheduler", "tcp://127.0.0.1:9")
        assert isinstance(told.exception, InputError)


def test_as_if_the_data_ended_earlier(town: sa.Engine) -> None:
    earlier = city.AS_OF - timedelta(days=40)
    try:
        fleet.compute(town, runner=fleet.Here(), as_of=earlier)
        one_by_one = everything(town)
        refresh(town, as_of=earlier)
        assert_same(one_by_one, everything(town))
        values = one_by_one["indicator_value"]
        assert set(values["as_of"]) == {earlier}
        assert values["period_to"].max() <= (earlier + timedelta(days=2)).date()
    finally:
        refresh(town, now=NOW)
    with town.connect() as connection:
        of_street = sa.select(t.division.c.as_of).where(t.division.c.id == city.STREET_A)
        assert connection.scalar(of_street) == city.AS_OF


def test_what_came_after_the_cut_off_does_not_count(town: sa.Engine) -> None:
    """The figures are those of a database that ends there."""
    earlier = city.AS_OF - timedelta(days=40, hours=3)  # in the midst of a day
    later = sa.select(t.ticket.c.id).where(t.ticket.c.reported_at > earlier)
    with town.connect() as connection, connection.begin() as transaction:
        # Repeats of tickets that are only reported later cannot be told from first reports.
        loose = sa.update(t.ticket).where(t.ticket.c.repeat_of_id.in_(later))
        connection.execute(loose.values(repeat_of_id=None))
        compute.refresh_within(connection, as_of=earlier)
        one = derived(connection)
        connection.execute(sa.delete(t.ticket_event).where(t.ticket_event.c.ticket_id.in_(later)))
        gone = connection.execute(sa.delete(t.ticket).where(t.ticket.c.reported_at > earlier))
        assert gone.rowcount
        assert connection.execute(sa.delete(t.visit).where(t.visit.c.at > earlier)).rowcount
        compute.refresh_within(connection, as_of=earlier)
        assert_same(one, derived(connection))
        transaction.rollback()


def test_a_cut_off_with_nothing_to_tell_is_refused(town: sa.Engine) -> None:
    with town.connect() as connection:
        with pytest.raises(InputError, match="not come yet"):
            check_cut_off(connection, NOW + timedelta(days=1), NOW)
        with pytest.raises(InputError, match="records begin"):
            check_cut_off(connection, city.AS_OF - timedelta(days=4000), NOW)
        check_cut_off(connection, city.AS_OF, NOW)


def test_no_scheduler_is_one_sentence(town: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(fleet, "_SCHEDULER_WAIT_S", 1)
    with pytest.raises(StoreUnreachableError, match=r"127\.0\.0\.1:9"):
        fleet.compute(town, runner=fleet.Dask("tcp://127.0.0.1:9"), now=NOW)


def test_a_worker_that_dies_is_told() -> None:
    class Dead:
        def result(self) -> fleet.Outcome:
            raise OSError

    task = fleet.Task("", 1, 1, "350102001011", NOW, None, "en")
    assert "OSError" in fleet._told(Dead(), task).trouble
