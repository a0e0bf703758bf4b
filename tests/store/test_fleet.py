"""Community by community gives what all at once gives; one that fails harms no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from geo.errors import InputError, StoreUnreachableError
from geo.store import fleet
from geo.store import tables as t
from geo.store.cluster import Lease
from geo.store.compute import check_cut_off, refresh
from geo.store.engine import make_engine, url_of
from tests.store import small_city as city

NOW = datetime(2026, 12, 24, tzinfo=UTC)
KEPT = (t.indicator_value, t.building_summary, t.building_bin, t.ticket_bin, t.unit_summary)


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
    kept = {}
    with engine.connect() as connection:
        for table in KEPT:
            names = [c.name for c in table.c if c.name not in ("id", "computed_at", "geom")]
            rows = connection.execute(sa.select(*(table.c[name] for name in names))).all()
            frame = pd.DataFrame([tuple(row) for row in rows], columns=names)
            kept[table.name] = frame.sort_values(names, ignore_index=True)
    return kept


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

    task = fleet.Task("", 1, 1, "350102001011", NOW, "en")
    assert "OSError" in fleet._told(Dead(), task).trouble
