"""The import on public data nobody here wrote (needs WANGGE_TEST_DATA_DIR)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from etl.context import Options
from etl.load import import_file
from geo import settings
from geo.store.tables import building, facility, ticket

pytestmark = pytest.mark.data

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREET, COMMUNITY = "310101002", "310101002001"


@pytest.fixture
def data() -> Path:
    folder = settings.testing().test_data_dir
    if folder is None:
        pytest.skip("WANGGE_TEST_DATA_DIR is not set")
    return folder


def _bund(data: Path, engine: sa.Engine, name: str = "buildings_dissolved") -> object:
    options = Options(
        kind="buildings",
        now=NOW,
        source="osm",
        community=COMMUNITY,
        street_name="外滩街道",
        make_community=True,
        storeys_from_height=True,
    )
    return import_file(engine, data / "shanghai_bund_osm" / f"{name}.geojson", options)


def test_the_bund(data: Path, scratch_engine: sa.Engine) -> None:
    report = _bund(data, scratch_engine)
    assert (report.added, report.refused) == (1321, 0)  # type: ignore[attr-defined]
    with scratch_engine.connect() as connection:
        cells = connection.scalar(sa.select(sa.func.count(building.c.cell)))
    assert cells == 1321
    again = _bund(data, scratch_engine)
    assert (again.added, again.changed) == (0, 0)  # type: ignore[attr-defined]


def test_buildings_cut_at_tile_borders_keep_their_first_piece(
    data: Path, scratch_engine: sa.Engine
) -> None:
    report = _bund(data, scratch_engine, "buildings_tiled_raw")
    assert report.rows_read == 1572  # type: ignore[attr-defined]
    assert report.added + report.refused == 1572  # type: ignore[attr-defined]
    reasons = report.findings.reasons()  # type: ignore[attr-defined]
    assert len(reasons) <= 2, reasons


def test_clinics_and_pois(data: Path, scratch_engine: sa.Engine) -> None:
    _bund(data, scratch_engine)
    for name, source in (
        ("shanghai_poi_amap/shanghai_hospital.csv", "amap"),
        ("shanghai_bund_osm/pois.geojson", "osm"),
    ):
        options = Options(kind="facilities", now=NOW, source=source, street=STREET)
        first = import_file(scratch_engine, data / name, options)
        again = import_file(scratch_engine, data / name, options)
        assert first.added > 200
        assert (again.added, again.changed, again.unchanged) == (0, 0, first.added)
    with scratch_engine.connect() as connection:
        kinds = set(connection.scalars(sa.select(facility.c.kind).distinct()))
    assert {"hospital", "clinic", "toilet", "park"} <= kinds


def test_new_york(data: Path, scratch_engine: sa.Engine) -> None:
    options = Options(
        kind="tickets",
        now=NOW,
        source="nyc311",
        community="990000001001",
        street_name="New York",
        make_community=True,
        add_categories=True,
        zone=ZoneInfo("America/New_York"),
    )
    path = data / "nyc311" / "nyc311_portal_export.csv"
    first = import_file(scratch_engine, path, options)
    assert first.rows_read == 1000
    assert first.added + first.refused == 1000
    assert first.refused < 20
    assert first.without_place > 90
    again = import_file(scratch_engine, path, options)
    assert (again.added, again.changed, again.unchanged) == (0, 0, first.added)
    with scratch_engine.connect() as connection:
        latest = connection.scalar(sa.select(sa.func.max(ticket.c.reported_at)))
    assert latest is not None
    assert latest.year == 2019
