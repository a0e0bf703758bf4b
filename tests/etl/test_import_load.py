"""Files into a real database: what goes in, what is refused and why, and nothing twice."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.addresses import join_addresses
from etl.context import Options
from etl.grids import split_community
from etl.load import Report, import_file
from geo import crs
from geo.errors import CrsError, FileError, InputError
from geo.store import intake, queries
from geo.store.access import Viewer, local_leader
from geo.store.tables import (
    building,
    data_change,
    division,
    facility,
    grid,
    household,
    import_batch,
    import_rejection,
    plan,
    plan_assignment,
    plan_edit,
    resident,
    ticket,
)
from geo.words import speak

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREET, COMMUNITY = "310101002", "310101002001"
WEST, SOUTH, EAST, NORTH = 121.480, 31.230, 121.500, 31.245


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    speak("en")
    yield
    speak("zh")


@pytest.fixture
def store(scratch_engine: sa.Engine) -> sa.Engine:
    """A street with one community, and two ticket categories."""
    box = shapely.MultiPolygon([shapely.box(WEST, SOUTH, EAST, NORTH)])
    with scratch_engine.begin() as connection:
        street = intake.add_division(connection, kind="street", code=STREET, name="外滩街道")
        facts = {"kind": "community", "code": COMMUNITY, "name": "外滩社区"}
        intake.add_division(connection, parent_id=street, geom=box, **facts)
        names = {"code": ["E0101", "E0102"], "name": ["暴露垃圾", "积存渣土"]}
        rest = {"class_code": "E01", "class_name": "市容环境", "kind": "event"}
        intake.add_categories(connection, pd.DataFrame(names).assign(**rest))
    return scratch_engine


def _options(kind: str, **more: Any) -> Options:
    return Options(kind=kind, now=NOW, source="test", **more)


def _square(column: int, row: int = 0, size: float = 0.0005) -> shapely.Polygon:
    x, y = WEST + 0.002 + column * 0.001, SOUTH + 0.002 + row * 0.001
    return shapely.box(x, y, x + size, y + size)


def _buildings(n: int = 6, **columns: Any) -> gpd.GeoDataFrame:
    data = {"id": [f"B{at}" for at in range(n)], **columns}
    shapes = [_square(at % 4, at // 4) for at in range(n)]
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")


def _bring(engine: sa.Engine, frame: Any, path: Path, kind: str, **more: Any) -> Report:
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_file(path)
    else:
        frame.to_csv(path, index=False)
    return import_file(engine, path, _options(kind, **more))


def _all(engine: sa.Engine, *columns: Any) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns))]


def _reasons(report: Report) -> dict[Any, str]:
    found = report.findings.table()
    return found.groupby("row")["reason"].agg("; ".join).to_dict()


def _fingerprint(engine: sa.Engine) -> list[Any]:
    """Everything on the map, and how often it was written."""
    tables = (division, building, household, facility, ticket, plan_assignment, grid)
    with engine.connect() as connection:
        rows: list[Any] = [
            connection.scalars(sa.text(f"SELECT t::text FROM {table.name} t ORDER BY 1")).all()  # noqa: S608 - our own tables
            for table in tables
        ]
        changes = sa.select(data_change.c.subject).where(data_change.c.subject != "import_batch")
        return [*rows, connection.execute(changes.order_by(data_change.c.id)).all()]


# ----------------------------------------------------------------------------------- buildings


def test_buildings_go_in_with_cells_and_households(store: sa.Engine, tmp_path: Path) -> None:
    frame = _buildings(
        6,
        楼号=["1", "2", "3", "4", "5", "6"],
        层数=["6层", "18", None, "33", "1", "2"],
        户数=["4户", "暂无资料", "0", "12", None, "3"],
        用途=["住宅", "商业", None, "住宅", "公建", "其他"],
    )
    report = _bring(store, frame, tmp_path / "b.geojson", "buildings")
    assert (report.added, report.refused) == (6, 0)
    stored = {
        row[0]: row[1:]
        for row in _all(store, building.c.external_id, building.c.storeys, building.c.use)
    }
    assert stored["B0"] == (6, "residential")
    assert stored["B2"] == (None, "other")
    rooms = _all(store, household.c.room, household.c.state)
    assert len(rooms) == 4 + 12 + 3
    assert {state for _room, state in rooms} == {"resident"}
    with store.connect() as connection:
        covered = connection.scalar(sa.select(sa.func.ST_Area(sa.func.ST_Union(building.c.cell))))
    whole = (EAST - WEST) * (NORTH - SOUTH)
    assert covered == pytest.approx(whole, rel=1e-5), "cells tile the community"


def test_a_changed_count_adds_and_removes_made_households_only(
    store: sa.Engine, tmp_path: Path
) -> None:
    path = tmp_path / "b.geojson"
    _bring(store, _buildings(2, 户数=["5", "5"]), path, "buildings")
    with store.begin() as connection:
        asked = sa.select(household.c.id).where(household.c.room == "#005").limit(1)
        lived_in = connection.scalar(asked)
        person = {"name": "居民0001", "birth_date": "1950-01-01"}
        connection.execute(sa.insert(resident).values(household_id=lived_in, **person))
    path.unlink()
    report = _bring(store, _buildings(2, 户数=["3", "7"]), path, "buildings")
    assert report.changed == 2
    rooms = sorted(room for (room,) in _all(store, household.c.room))
    assert rooms.count("#005") == 2, "somebody lives there"
    assert len(rooms) == 3 + 1 + 7


def test_a_register_of_households_is_not_touched_by_a_count(
    store: sa.Engine, tmp_path: Path
) -> None:
    path = tmp_path / "b.geojson"
    _bring(store, _buildings(1), path, "buildings")
    with store.begin() as connection:
        one = connection.scalar(sa.select(building.c.id))
        connection.execute(sa.insert(household).values(building_id=one, room="101", state="rented"))
    path.unlink()
    report = _bring(store, _buildings(1, 户数=["9"]), path, "buildings")
    assert (report.changed, report.unchanged, report.warned) == (0, 1, 1)
    assert _all(store, household.c.room) == [("101",)]


def test_storeys_are_estimated_only_when_asked(store: sa.Engine, tmp_path: Path) -> None:
    frame = _buildings(3, height=[18.0, 0.0, None])
    _bring(store, frame, tmp_path / "a.geojson", "buildings")
    assert {storeys for (storeys,) in _all(store, building.c.storeys)} == {None}
    report = _bring(store, frame, tmp_path / "b.geojson", "buildings", storeys_from_height=True)
    assert (report.changed, report.warned, report.refused) == (1, 1, 0)
    assert sorted(_all(store, building.c.storeys), key=str) == [(6,), (None,), (None,)]


def test_an_empty_cell_leaves_what_is_stored(store: sa.Engine, tmp_path: Path) -> None:
    first = _buildings(1, 名称=["和平饭店"], 层数=["12"], 用途=["商业"])
    _bring(store, first, tmp_path / "a.geojson", "buildings")
    report = _bring(store, _buildings(1, 名称=[None]), tmp_path / "b.geojson", "buildings")
    assert report.unchanged == 1
    stored = _all(store, building.c.name, building.c.storeys, building.c.use)
    assert stored == [("和平饭店", 12, "commercial")]


def test_bad_buildings_each_get_a_line_and_good_ones_stay(store: sa.Engine, tmp_path: Path) -> None:
    x, y = WEST + 0.015, SOUTH + 0.01
    bow = shapely.Polygon([(x, y), (x + 4e-4, y + 4e-4), (x + 4e-4, y), (x, y + 4e-4)])
    spike = shapely.Polygon(
        [
            (WEST + 0.01, SOUTH + 0.01),
            (WEST + 0.011, SOUTH + 0.01),
            (WEST + 0.011, SOUTH + 0.011),
            (WEST + 0.012, SOUTH + 0.012),
            (WEST + 0.011, SOUTH + 0.011),
            (WEST + 0.01, SOUTH + 0.011),
        ]
    )
    line = shapely.Polygon([(WEST + 0.01, SOUTH), (WEST + 0.01, SOUTH + 1), (WEST + 0.01, SOUTH)])
    swapped = shapely.transform(_square(1), lambda xy: xy[:, ::-1])
    rows: list[tuple[Any, Any, Any, str]] = [
        ("good", _square(0), "6", ""),
        ("good", _square(1), "6", "this id stands in row 1 already"),
        (None, _square(1), "6", "has no id"),
        ("bare", None, "6", "has no shape or coordinates"),
        ("empty", shapely.Polygon(), "6", "the shape is empty"),
        ("point", shapely.Point(WEST + 0.01, SOUTH + 0.01), "6", "is not a polygon"),
        ("spike", spike, "6", "was not a valid polygon; repaired"),
        ("line", line, "6", "cannot be repaired"),
        ("bow", bow, "6", "was not a valid polygon; repaired"),
        ("outside", shapely.box(120, 30, 120.001, 30.001), "6", "lies outside 外滩社区"),
        ("swapped", swapped, "6", "longitude and latitude are swapped"),
        ("metres", shapely.box(5e5, 3e6, 5e5 + 9, 3e6 + 9), "6", "metres where degrees"),
        ("deep", _square(2), "-3", "must be from 1 to 200"),
        ("zero", _square(2), "0", "must be from 1 to 200"),
        ("high", _square(2), "900", "must be from 1 to 200"),
        ("half", _square(2), "6.5", "must be a whole number"),
        ("words", _square(2), "六七层", "is not a number"),
        ("x" * 101, _square(2), "6", "too long: at most 100 characters"),
        ("good2", _square(3), None, ""),
    ]
    data = {"id": [row[0] for row in rows], "层数": [row[2] for row in rows]}
    frame = gpd.GeoDataFrame(data, geometry=[row[1] for row in rows], crs="EPSG:4326")
    report = _bring(store, frame, tmp_path / "b.gpkg", "buildings", community=COMMUNITY)
    reasons = _reasons(report)
    for number, (_name, _shape, _storeys, reason) in enumerate(rows, start=1):
        assert reason in reasons.get(number, ""), (number, reason, reasons.get(number))
        assert bool(reason) == (number in reasons), number
    assert sorted(_all(store, building.c.external_id)) == [
        ("bow",),
        ("good",),
        ("good2",),
        ("spike",),
    ]
    assert (report.added, report.refused, report.warned) == (4, len(rows) - 4, 2)
    kept = _all(store, import_rejection.c.row_number, import_rejection.c.reason)
    assert {row for row, _reason in kept} == set(reasons) - {7, 9}


def test_households_absurd_and_use_unknown(store: sa.Engine, tmp_path: Path) -> None:
    frame = _buildings(3, 户数=["1000000", "-1", "5"], 用途=["住宅", "住宅", "飞船"])
    report = _bring(store, frame, tmp_path / "b.geojson", "buildings")
    assert _reasons(report) == {
        1: "must be from 0 to 5000",
        2: "must be from 0 to 5000",
        3: "is not a known use of a building",
    }
    assert report.added == 0


def test_new_buildings_join_the_grids_there_are(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _buildings(8), tmp_path / "a.geojson", "buildings")
    with store.begin() as connection:
        split_community(connection, COMMUNITY, effective_from=NOW.date(), count=3)
    assert len(_all(store, plan_assignment.c.building_id)) == 8
    shapes = _all(store, grid.c.code, sa.func.ST_Area(grid.c.geom))
    assert len(shapes) == 3
    _bring(store, _buildings(12), tmp_path / "b.geojson", "buildings")
    assert len(_all(store, plan_assignment.c.building_id)) == 12
    assert len(_all(store, plan_edit.c.id)) == 4, "newcomers are in the plan's log"
    after = _all(store, grid.c.code, sa.func.ST_Area(grid.c.geom))
    whole = (EAST - WEST) * (NORTH - SOUTH)
    assert sum(area for _code, area in after) == pytest.approx(whole, rel=1e-5)


# -------------------------------------------------------------------------------------- places


def test_a_community_is_drawn_around_the_rows(scratch_engine: sa.Engine, tmp_path: Path) -> None:
    report = _bring(
        scratch_engine,
        _buildings(8),
        tmp_path / "b.shp",
        "buildings",
        community=COMMUNITY,
        community_name="外滩社区",
        street_name="外滩街道",
        place="上海市黄浦区",
        make_community=True,
    )
    assert (report.added, report.refused) == (8, 0)
    stored = _all(scratch_engine, division.c.code, division.c.name, division.c.schematic)
    assert sorted(stored) == [(STREET, "外滩街道", True), (COMMUNITY, "外滩社区", True)]


def test_an_unknown_community_is_one_sentence(store: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="add --make-community"):
        _bring(store, _buildings(1), tmp_path / "b.geojson", "buildings", community="310101002009")
    with pytest.raises(FileError, match="is no code"):
        _bring(store, _buildings(1), tmp_path / "c.geojson", "buildings", community="外滩")
    assert _all(store, import_batch.c.id) == []


def test_crs_that_cannot_be_and_files_that_lie(store: sa.Engine, tmp_path: Path) -> None:
    frame = _buildings(2)
    for name in ("EPSG:999999", "EPSG:4978", "nonsense"):
        with pytest.raises(CrsError):
            _bring(store, frame, tmp_path / f"{uuid.uuid4().hex}.gpkg", "buildings", crs=name)
    metres = frame.to_crs("EPSG:4549").set_crs(None, allow_override=True)
    with pytest.raises(FileError, match="look like metres"):
        _bring(store, metres, tmp_path / "m.shp", "buildings")
    report = _bring(store, metres, tmp_path / "n.shp", "buildings", crs="EPSG:4549")
    assert report.added == 2


@pytest.mark.parametrize("system", ["EPSG:4490", "EPSG:4549", "EPSG:3857", "gcj02", "bd09"])
def test_every_reference_system_ends_at_the_same_place(
    store: sa.Engine, tmp_path: Path, system: str
) -> None:
    truth = (121.4905, 31.2400)
    if system.startswith("EPSG"):
        place = gpd.GeoSeries([shapely.Point(truth)], crs=4326).to_crs(system).iloc[0]
        x, y = place.x, place.y
    else:
        lon, lat = crs.wgs84_to_gcj02(np.array([truth[0]]), np.array([truth[1]]))
        x, y = lon[0], lat[0]
        if system == "bd09":
            radius = np.hypot(x, y) + 0.00002 * np.sin(y * np.pi * 3000 / 180)
            angle = np.arctan2(y, x) + 0.000003 * np.cos(x * np.pi * 3000 / 180)
            x, y = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    frame = pd.DataFrame({"名称": ["a"], "类型": ["公厕"], "X": [x], "Y": [y]})
    report = _bring(store, frame, tmp_path / "f.csv", "facilities", crs=system)
    assert report.added == 1, _reasons(report)
    (lon, lat) = _all(store, sa.func.ST_X(facility.c.geom), sa.func.ST_Y(facility.c.geom))[0]
    assert (lon, lat) == pytest.approx(truth, abs=2e-6)


# ---------------------------------------------------------------------------------- boundaries


def _divisions(**more: Any) -> gpd.GeoDataFrame:
    box = shapely.box(117.0, 38.0, 117.1, 38.1)
    half = shapely.box(117.0, 38.0, 117.05, 38.1)
    data = {
        "编码": ["FY-1", "120116031007", "120116031"],
        "名称": ["一区", "福苑里", "某街道"],
        "上级编码": ["120116031007", None, None],
        **more,
    }
    return gpd.GeoDataFrame(data, geometry=[half, box, box], crs="EPSG:4326")


def test_boundaries_in_any_order(scratch_engine: sa.Engine, tmp_path: Path) -> None:
    report = _bring(scratch_engine, _divisions(), tmp_path / "d.geojson", "boundaries")
    assert (report.added, report.refused) == (3, 0), _reasons(report)
    kinds = dict(_all(scratch_engine, division.c.code, division.c.kind))
    assert kinds == {"120116031": "street", "120116031007": "community", "FY-1": "sub_district"}
    again = _bring(scratch_engine, _divisions(), tmp_path / "e.geojson", "boundaries")
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
    renamed = _divisions(名称=["一区", "福苑里社区", "某街道"])
    third = _bring(scratch_engine, renamed, tmp_path / "f.geojson", "boundaries")
    assert (third.added, third.changed, third.unchanged) == (0, 1, 2)


def test_boundaries_that_cannot_be(scratch_engine: sa.Engine, tmp_path: Path) -> None:
    frame = _divisions(
        编码=["FY-1", "120116031007", "12011603"],
        级别=["片区", "社区", "街道"],
    )
    report = _bring(scratch_engine, frame, tmp_path / "d.geojson", "boundaries")
    assert _reasons(report) == {
        1: "there is no such community to belong to",
        2: "there is no such street to belong to",
        3: "must have 9 digits",
    }


# ---------------------------------------------------------------------------------- facilities


def test_facilities_with_and_without_ids(store: sa.Engine, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "name": ["外滩医院", "外滩医院", "幼儿园", "红绿灯", "远方", "近旁", "无类"],
            "type": [
                "医疗保健服务;综合医院;综合医院",
                "医疗保健服务;综合医院;综合医院",
                "科教文化服务;学校;幼儿园",
                "traffic_signals",
                "公厕",
                "公厕",
                None,
            ],
            "lon": [
                WEST + 0.01,
                WEST + 0.01,
                WEST + 0.01,
                WEST + 0.01,
                121.6,
                EAST + 0.005,
                121.49,
            ],
            "lat": [SOUTH + 0.01] * 7,
        }
    )
    report = _bring(store, frame, tmp_path / "f.csv", "facilities", street=STREET)
    assert _reasons(report) == {
        2: "same name and place as row 1",
        4: "is an unknown kind; name it in --mapping or give --kind",
        5: "stands more than 1000 m outside the street",
        7: "has no kind; give one with --kind",
    }
    stored = {
        row[0]: row[1:]
        for row in _all(store, facility.c.name, facility.c.kind, facility.c.community_id)
    }
    assert stored["外滩医院"][0] == "hospital"
    assert stored["近旁"] == ("toilet", None), "just outside: serves the street, no community"
    again = _bring(store, frame, tmp_path / "g.csv", "facilities", street=STREET)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 3)


# ------------------------------------------------------------------------------------- tickets


def _tickets(**more: Any) -> pd.DataFrame:
    base = {
        "工单号": ["T1"],
        "诉求类别": ["暴露垃圾"],
        "受理时间": ["2026-03-01 08:00:00"],
        "办结时间": ["2026-03-02 08:00:00"],
        "经度": [WEST + 0.01],
        "纬度": [SOUTH + 0.01],
    }
    size = max((len(value) for value in more.values()), default=1)
    return pd.DataFrame(
        {key: more.get(key, value * size) for key, value in base.items()}
        | {key: value for key, value in more.items() if key not in base}
    )


def test_tickets_go_in(store: sa.Engine, tmp_path: Path) -> None:
    frame = _tickets(
        工单号=["T1", "T2", "T3"],
        诉求类别=["暴露垃圾", "E0102", "暴露垃圾"],
        办结时间=["2026-03-02 08:00:00", None, "2026-03-02"],
        状态=["已办结", "办理中", None],
        来源=["12345热线", "随手拍", None],
        满意度=["满意", None, "3"],
        经度=[WEST + 0.01, None, WEST + 0.01],
        纬度=[SOUTH + 0.01, None, SOUTH + 0.01],
    )
    report = _bring(store, frame, tmp_path / "t.csv", "tickets", community=COMMUNITY)
    assert (report.added, report.refused, report.without_place) == (3, 0, 1), _reasons(report)
    columns = (ticket.c.external_id, ticket.c.category_code, ticket.c.state, ticket.c.satisfaction)
    assert sorted(_all(store, *columns)) == [
        ("T1", "E0101", "closed", 4),
        ("T2", "E0102", "active", None),
        ("T3", "E0101", "closed", 3),
    ]
    reported = _all(store, ticket.c.reported_at)[0][0]
    assert reported == datetime(2026, 3, 1, tzinfo=UTC), "08:00 in Shanghai"
    cells = [cell for (cell,) in _all(store, ticket.c.h3_10)]
    assert sum(cell is None for cell in cells) == 1


def test_bad_tickets_each_get_a_line(store: sa.Engine, tmp_path: Path) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, ""),
        ({"工单号": None}, "has no id"),
        ({"工单号": "T0"}, "this id stands in row 1 already"),
        ({"诉求类别": "外星人"}, "is an unknown category"),
        ({"诉求类别": None}, "has no category"),
        ({"受理时间": "昨天"}, "is not a date or time"),
        ({"受理时间": None}, "has no time of report"),
        ({"受理时间": "2027-01-01", "办结时间": None}, "lies in the future"),
        ({"受理时间": "1900-01-01", "办结时间": None}, "is before 1990"),
        ({"办结时间": "2026-02-01"}, "is before the report"),
        ({"状态": "飞走了"}, "is an unknown state"),
        ({"状态": "已办结", "办结时间": None}, "is closed, but has no closing time"),
        ({"来源": "心灵感应"}, "is an unknown source"),
        ({"经度": 0, "纬度": 0}, "0, 0 is what programs write"),
        ({"经度": 31.24, "纬度": 121.49}, "longitude and latitude are swapped"),
        ({"纬度": 200}, "there is no such longitude or latitude"),
        ({"纬度": "三十一"}, "is not a number"),
        ({"纬度": None}, "only one of the two coordinates"),
        ({"经度": 355_000, "纬度": 3_457_000}, "metres where degrees are expected"),
        ({"经度": 116.4, "纬度": 39.9}, "lies outside"),
        ({"经度": None, "纬度": None}, "has no coordinates; with --community"),
        ({"满意度": "9"}, "must be from 1 to 5"),
        ({"标题": "长" * 1001}, "too long: at most 1000 characters"),
        ({"状态": "办理中"}, "taken as closed"),
    ]
    base = _tickets().iloc[0].to_dict() | dict.fromkeys(["状态", "来源", "满意度", "标题"])
    frame = pd.DataFrame(
        [base | {"工单号": f"T{at}"} | change for at, (change, _reason) in enumerate(cases)]
    )
    report = _bring(store, frame, tmp_path / "t.csv", "tickets")
    reasons = _reasons(report)
    for number, (change, reason) in enumerate(cases, start=1):
        assert reason in reasons.get(number, ""), (change, reason, reasons.get(number))
        assert bool(reason) == (number in reasons), (change, reasons.get(number))
    assert sorted(_all(store, ticket.c.external_id)) == [("T0",), ("T23",)]


def test_a_row_without_place_finds_its_community_by_name(store: sa.Engine, tmp_path: Path) -> None:
    frame = _tickets(经度=[None], 纬度=[None], 所属社区=["外滩居委会"])
    report = _bring(store, frame, tmp_path / "t.csv", "tickets")
    assert (report.added, report.without_place) == (1, 1), _reasons(report)


def test_categories_can_be_registered(store: sa.Engine, tmp_path: Path) -> None:
    frame = _tickets(工单号=["T1", "T2"], 诉求类别=["Illegal Parking", "宠物扰民"])
    refused = _bring(store, frame, tmp_path / "t.csv", "tickets")
    assert refused.added == 0
    report = _bring(store, frame, tmp_path / "t.csv", "tickets", add_categories=True)
    assert report.added == 2
    codes = dict(_all(store, ticket.c.category_code, ticket.c.class_code))
    assert codes["x-illegal-parking"] == "other"
    again = _bring(store, frame, tmp_path / "t.csv", "tickets", add_categories=True)
    assert again.unchanged == 2


def test_american_clocks(store: sa.Engine, tmp_path: Path) -> None:
    frame = _tickets(受理时间=["06/26/2018 10:58:54 AM"], 办结时间=["06/26/2018 12:50:01 PM"])
    zone = ZoneInfo("America/New_York")
    report = _bring(store, frame, tmp_path / "t.csv", "tickets", zone=zone)
    assert report.added == 1, _reasons(report)
    assert _all(store, ticket.c.reported_at)[0][0] == datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)


# --------------------------------------------------------------------------- one transaction, once


def test_a_dry_run_stores_nothing(store: sa.Engine, tmp_path: Path) -> None:
    before = _fingerprint(store)
    report = _bring(store, _tickets(), tmp_path / "t.csv", "tickets", dry_run=True)
    assert report.added == 1
    assert _fingerprint(store) == before
    assert _all(store, import_batch.c.id) == []


def test_nothing_is_half_imported(
    store: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("etl.redraw.redraw", fail)
    before = _fingerprint(store)
    with pytest.raises(RuntimeError):
        _bring(store, _buildings(3, 户数=["1", "2", "3"]), tmp_path / "b.geojson", "buildings")
    assert _fingerprint(store) == before
    assert _all(store, import_batch.c.id) == []


@pytest.mark.parametrize("kind", ["buildings", "facilities", "tickets"])
def test_the_same_file_twice_changes_nothing(store: sa.Engine, tmp_path: Path, kind: str) -> None:
    frames: dict[str, Any] = {
        "buildings": _buildings(6, 户数=["3", None, "0", "2", "1", "暂无资料"], 层数=["6"] * 6),
        "facilities": pd.DataFrame(
            {"类型": ["公厕", "公园"], "经度": [121.49, 121.491], "纬度": [31.24, 31.24]}
        ),
        "tickets": _tickets(
            工单号=["T1", "T2"], 满意度=["4", None], 经度=[121.49, None], 纬度=[31.24, None]
        ),
    }
    suffix = "geojson" if kind == "buildings" else "csv"
    more = {"community": COMMUNITY} if kind == "tickets" else {}
    first = _bring(store, frames[kind], tmp_path / f"a.{suffix}", kind, **more)
    before = _fingerprint(store)
    again = _bring(store, frames[kind], tmp_path / f"b.{suffix}", kind, **more)
    assert (again.added, again.changed) == (0, 0)
    assert again.unchanged == first.added > 0
    assert _fingerprint(store) == before, "not a row was written, no data version moved"
    counts = import_batch.c
    rows = _all(store, counts.rows_read, counts.rows_added, counts.rows_unchanged)
    assert rows[1] == (first.rows_read, 0, first.added)


# --------------------------------------------------------------------------------- attribution

OSM, CITY = "© OpenStreetMap contributors", "© City"


def _shown(engine: sa.Engine, codes: Sequence[str], street: str = STREET) -> list[str]:
    """What the map of some communities says, to somebody who may see everything."""
    with engine.connect() as connection:
        ids = intake.divisions(connection).set_index("code")["id"]
        wanted = [int(ids[code]) for code in codes]
        return queries.attributions(connection, local_leader(), wanted, int(ids[street]))


@pytest.mark.parametrize("kind", ["buildings", "facilities", "tickets", "boundaries"])
def test_a_credit_is_shown_with_its_rows_only(store: sa.Engine, tmp_path: Path, kind: str) -> None:
    box = shapely.box(WEST, SOUTH, EAST, NORTH)
    frames = {
        "buildings": _buildings(3),
        "facilities": pd.DataFrame({"类型": ["公厕"], "经度": [121.49], "纬度": [31.24]}),
        "tickets": _tickets(工单号=["T1", "T2"]),
        "boundaries": gpd.GeoDataFrame(
            {"编码": [COMMUNITY], "名称": ["外滩社区"]}, geometry=[box], crs="EPSG:4326"
        ),
    }
    with store.begin() as connection:
        other = intake.add_division(connection, kind="street", code="990000001", name="别处街道")
        for code, parent in (("990000001001", other), ("310101002002", _street(connection))):
            facts = {"kind": "community", "code": code, "name": code}
            intake.add_division(connection, parent_id=parent, **facts)
    suffix = "geojson" if isinstance(frames[kind], gpd.GeoDataFrame) else "csv"
    more = {"community": COMMUNITY} if kind == "tickets" else {}
    path = tmp_path / f"a.{suffix}"
    report = _bring(store, frames[kind], path, kind, attribution=OSM, **more)
    assert report.refused == 0
    assert _all(store, import_batch.c.attribution) == [(OSM,)]
    assert _shown(store, [COMMUNITY]) == [OSM]
    assert _shown(store, ["990000001001"], "990000001") == []
    serves_the_street = kind == "facilities"
    assert _shown(store, ["310101002002"]) == ([OSM] if serves_the_street else [])
    with store.connect() as connection:
        ids = intake.divisions(connection).set_index("code")["id"]
        stranger = Viewer("someone", "leader", frozenset({int(ids["990000001001"])}))
        asked = ([int(ids[COMMUNITY])], int(ids[STREET]))
        assert queries.attributions(connection, stranger, *asked) == []


def _street(connection: sa.Connection) -> int:
    found = connection.scalar(sa.select(division.c.id).where(division.c.code == STREET))
    assert found is not None
    return int(found)


def test_a_credit_goes_with_its_source(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _buildings(3), tmp_path / "a.geojson", "buildings")
    assert _shown(store, [COMMUNITY]) == []
    before = _all(store, sa.func.count(data_change.c.id))
    # Nothing changes but the credit: the rows keep the first batch.
    _bring(store, _buildings(3), tmp_path / "b.geojson", "buildings", attribution=OSM)
    assert _shown(store, [COMMUNITY]) == [OSM]
    assert _all(store, sa.func.count(data_change.c.id)) > before
    # Forgotten the next time, when every row changes.
    _bring(store, _buildings(3, 层数=[4, 5, 6]), tmp_path / "c.geojson", "buildings")
    assert _shown(store, [COMMUNITY]) == [OSM]
    _bring(store, _buildings(3), tmp_path / "d.geojson", "buildings", attribution=CITY)
    assert _shown(store, [COMMUNITY]) == [CITY, OSM]
    _bring(store, _buildings(3), tmp_path / "e.geojson", "buildings", attribution=CITY)
    assert _shown(store, [COMMUNITY]) == [CITY, OSM]


def test_a_new_boundary_has_its_credit(store: sa.Engine, tmp_path: Path) -> None:
    code, shape = "310101002003", shapely.box(EAST, SOUTH, EAST + 0.01, NORTH)
    frame = gpd.GeoDataFrame({"编码": [code], "名称": ["新社区"]}, geometry=[shape], crs=4326)
    _bring(store, frame, tmp_path / "a.geojson", "boundaries", attribution=OSM)
    assert _shown(store, [code]) == [OSM]
    assert _shown(store, [COMMUNITY]) == []


def test_another_source_has_its_own_credit(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _buildings(3), tmp_path / "a.geojson", "buildings", attribution=OSM)
    path = tmp_path / "t.csv"
    _tickets(工单号=["T1"]).to_csv(path, index=False)
    import_file(store, path, _options("tickets", community=COMMUNITY))
    assert _all(store, import_batch.c.kind, import_batch.c.attribution) == [
        ("buildings", OSM),
        ("tickets", ""),
    ]


def test_addresses_bring_their_credit(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _buildings(2), tmp_path / "b.geojson", "buildings", attribution=CITY)
    middle = _square(0).centroid
    path = tmp_path / "p.csv"
    pd.DataFrame({"地址": ["外滩1号"], "经度": [middle.x], "纬度": [middle.y]}).to_csv(
        path, index=False
    )
    for credit, shown in (("", [CITY]), (OSM, [CITY, OSM]), (OSM, [CITY, OSM])):
        options = _options("addresses", community=COMMUNITY, attribution=credit)
        with store.begin() as connection:
            join_addresses(connection, path, options, 20.0)
        assert _shown(store, [COMMUNITY]) == shown
    stored = dict(_all(store, building.c.external_id, building.c.address))
    assert stored == {"B0": "外滩1号", "B1": ""}


_cell = st.one_of(st.none(), st.sampled_from(["", "x", "外滩", "暂无", "a'b", 'q"', "c,d", "\\N"]))
_rows = st.lists(
    st.tuples(
        st.sampled_from([f"T{n}" for n in range(8)]),
        _cell,
        st.one_of(st.none(), st.floats(WEST, EAST)),
        st.sampled_from([None, "2026-03-02", "2026-03-01 09:30:00", "soon"]),
        st.sampled_from([None, "1", "满意", "7"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=_rows)
def test_import_twice_is_import_once(
    store: sa.Engine, tmp_path: Path, rows: list[tuple[Any, ...]]
) -> None:
    frame = pd.DataFrame(
        {
            "工单号": [row[0] for row in rows],
            "诉求类别": "E0101",
            "标题": [row[1] for row in rows],
            "受理时间": "2026-03-01 08:00:00",
            "办结时间": [row[3] for row in rows],
            "满意度": [row[4] for row in rows],
            "经度": [row[2] for row in rows],
            "纬度": [None if row[2] is None else SOUTH + 0.005 for row in rows],
        }
    )
    path = tmp_path / f"{uuid.uuid4().hex}.csv"
    frame.to_csv(path, index=False)
    options = dataclasses.replace(_options("tickets", community=COMMUNITY), source=uuid.uuid4().hex)
    once = import_file(store, path, options)
    mine = sa.select(ticket).where(ticket.c.source == options.source).order_by(ticket.c.id)
    with store.connect() as connection:
        before = connection.execute(mine).all()
    twice = import_file(store, path, options)
    with store.connect() as connection:
        assert connection.execute(mine).all() == before
    assert once.added + once.refused == once.rows_read == len(rows)
    assert len(before) == once.added == twice.unchanged
    assert (twice.added, twice.changed) == (0, 0)


def test_a_split_needs_buildings_and_leaves_a_published_plan_alone(
    store: sa.Engine, tmp_path: Path
) -> None:
    day = NOW.date()
    with store.connect() as connection, pytest.raises(InputError, match="no buildings"):
        split_community(connection, COMMUNITY, effective_from=day, count=2)
    _bring(store, _buildings(8, 户数=["10"] * 8), tmp_path / "b.geojson", "buildings")
    with store.begin() as connection:
        made = split_community(connection, COMMUNITY, effective_from=day, households=20)
    assert (made.grids, made.weighed_by) == (4, "households")
    with store.connect() as connection, pytest.raises(InputError, match="published plan"):
        split_community(connection, COMMUNITY, effective_from=day, count=2)
    with store.begin() as connection:
        split_community(connection, COMMUNITY, effective_from=day, count=2, replace=True)
    assert sorted(_all(store, plan.c.state)) == [("published",), ("retired",)]
    codes = [code for (code,) in _all(store, grid.c.code)]
    assert len(set(codes)) == 6, "a retired plan's codes are not used again"
