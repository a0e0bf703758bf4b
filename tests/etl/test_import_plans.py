"""Grid plans from files: new drafts, polygons as drawn, tables by cells, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from typer.testing import CliRunner

from etl.__main__ import app
from etl.context import Options
from etl.grids import split_community
from etl.kinds.plans import read_code
from etl.load import Report, import_file
from etl.redraw import redraw, standing
from geo import crs
from geo.errors import FileError, InputError
from geo.settings import testing as data_settings
from geo.store import edits, intake
from geo.store.engine import url_of
from geo.store.tables import (
    building,
    division,
    grid,
    import_batch,
    import_rejection,
    plan,
    plan_assignment,
    plan_edit,
    plan_gesture,
)
from geo.words import speak

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREET, COMMUNITY, OTHER = "310101002", "310101002001", "310101002002"
WEST, SOUTH = 121.480, 31.230
STEP = 0.002
"""Grids are squares of this many degrees, two rows of four; each has two buildings."""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    speak("en")
    yield
    speak("zh")


def _tile(column: int, row: int, **stretch: float) -> Any:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(x, y, x + STEP + stretch.get("east", 0), y + STEP + stretch.get("north", 0))


def _tiles() -> list[Any]:
    return [_tile(column, row) for row in (1, 0) for column in range(4)]


def _houses() -> gpd.GeoDataFrame:
    """Sixteen buildings; ``B0`` and ``B1`` are in the north-west grid, and so on."""
    shapes, addresses = [], []
    for number, tile in enumerate(_tiles()):
        x, y = tile.bounds[:2]
        for at in (0.0004, 0.0012):
            shapes.append(shapely.box(x + at, y + at, x + at + 0.0003, y + at + 0.0003))
            addresses.append(f"外滩路{number + 1}号{len(shapes) % 2 + 1}栋")
    data = {"id": [f"B{at}" for at in range(len(shapes))], "地址": addresses}
    return gpd.GeoDataFrame(data, geometry=shapes, crs=4326)


@pytest.fixture
def store(scratch_engine: sa.Engine, tmp_path: Path) -> sa.Engine:
    """A community of two rows of four squares with two buildings each, and an empty one."""
    ground = shapely.MultiPolygon([shapely.box(WEST, SOUTH, WEST + 4 * STEP, SOUTH + 2 * STEP)])
    with scratch_engine.begin() as connection:
        street = intake.add_division(connection, kind="street", code=STREET, name="外滩街道")
        for code, name, geom in ((COMMUNITY, "外滩社区", ground), (OTHER, "空社区", None)):
            facts = {"kind": "community", "code": code, "name": name, "geom": geom}
            intake.add_division(connection, parent_id=street, **facts)
    _houses().to_file(tmp_path / "楼栋.geojson")
    options = Options(kind="buildings", now=NOW, source="census", community=COMMUNITY)
    import_file(scratch_engine, tmp_path / "楼栋.geojson", options)
    return scratch_engine


def _bring(engine: sa.Engine, frame: Any, path: Path, **more: Any) -> Report:
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_file(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False)
    facts: dict[str, Any] = {"kind": "plan", "now": NOW, "community": COMMUNITY}
    return import_file(engine, path, Options(**(facts | more)))


def _plan_file(shapes: list[Any] | None = None, **columns: Any) -> gpd.GeoDataFrame:
    shapes = _tiles() if shapes is None else shapes
    columns = columns or {"网格编码": [f"{COMMUNITY}{at + 1:03d}" for at in range(len(shapes))]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def _all(engine: sa.Engine, *columns: Any) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns))]


def _members(engine: sa.Engine, name: str) -> dict[str, list[int]]:
    """Return by serial of a plan's grids which buildings (by number) are in them."""
    asked = (
        sa.select(grid.c.code, building.c.external_id)
        .select_from(plan)
        .join(grid, grid.c.plan_id == plan.c.id)
        .join(plan_assignment, plan_assignment.c.grid_id == grid.c.id, isouter=True)
        .join(building, building.c.id == plan_assignment.c.building_id, isouter=True)
        .where(plan.c.name == name)
    )
    found: dict[str, list[int]] = {}
    with engine.connect() as connection:
        for code, house in connection.execute(asked):
            found.setdefault(code[-3:], []).extend([int(house.lstrip("B"))] if house else [])
    return {serial: sorted(houses) for serial, houses in found.items()}


def _shapes(engine: sa.Engine, column: Any) -> dict[str, Any]:
    with engine.connect() as connection:
        frame = intake.frame_of(connection, sa.select(grid.c.code, column.label("shape")))
    return dict(zip(frame["code"].str[-3:], frame["shape"], strict=True))


def _reasons(report: Report) -> dict[Any, str]:
    found = report.findings.table()
    return found.groupby("row")["reason"].agg("; ".join).to_dict()


PAIRS = {f"{at + 1:03d}": [2 * at, 2 * at + 1] for at in range(8)}


# ------------------------------------------------------------------------------------- polygons


def test_polygons_become_a_draft_as_they_are(store: sa.Engine, tmp_path: Path) -> None:
    names = [f"第{at + 1}网格" for at in range(8)]
    codes = [f"{COMMUNITY}{at + 1:03d}" for at in range(8)]
    frame = _plan_file(网格编码=codes, 网格名称=names, 网格员=["网格员0001"] * 8)
    report = _bring(store, frame, tmp_path / "2026版.geojson")
    assert (report.added, report.refused, report.warned) == (8, 0, 0)
    assert report.communities == []
    assert report.notes == ["Draft “2026版”: 8 grids with 16 of 16 buildings."]
    stored = _all(store, plan.c.name, plan.c.state, plan.c.source, plan.c.effective_from)
    assert stored == [("2026版", "draft", "imported", None)]
    assert _members(store, "2026版") == PAIRS
    assert sorted(_all(store, grid.c.code, grid.c.name)) == list(zip(codes, names, strict=True))
    kept = _shapes(store, grid.c.geom)
    given = gpd.read_file(tmp_path / "2026版.geojson").geometry
    for serial, tile in zip(PAIRS, given, strict=True):
        assert shapely.equals_identical(kept[serial], shapely.MultiPolygon([tile]))
    labels = _shapes(store, grid.c.label_point)
    assert all(kept[serial].contains(point) for serial, point in labels.items())
    assert _all(store, plan_gesture.c.kind) == [("start",)]
    assert len(_all(store, plan_edit.c.id)) == 16
    assert _all(store, import_batch.c.kind, import_batch.c.rows_added)[-1] == ("plan", 8)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (f"{COMMUNITY}007", f"{COMMUNITY}007"),
        (f"{OTHER}007", f"{OTHER}007"),
        ("7", f"{COMMUNITY}007"),
        ("007", f"{COMMUNITY}007"),
        ("第7网格", f"{COMMUNITY}007"),
        ("网格 7", f"{COMMUNITY}007"),
        ("7号网格", f"{COMMUNITY}007"),
        ("Grid-7", f"{COMMUNITY}007"),
        ("第七网格", f"{COMMUNITY}007"),
        ("第十网格", f"{COMMUNITY}010"),
        ("二十一", f"{COMMUNITY}021"),
        ("第一百零五网格", f"{COMMUNITY}105"),
        ("第一百一十网格", f"{COMMUNITY}110"),
        ("", ""),
        ("和平里网格", ""),
        ("三里屯", ""),
        ("12号院", ""),
        ("0", "?"),
        ("0007", "?"),
        ("1000", "?"),
        (COMMUNITY, "?"),
    ],
)
def test_codes_as_offices_write_them(label: str, expected: str) -> None:
    assert read_code(label, COMMUNITY) == expected


def test_bare_serials_and_grids_without_a_code(store: sa.Engine, tmp_path: Path) -> None:
    labels = ["7", "第2网格", None, None, "３", None, "和平里", None]
    report = _bring(store, _plan_file(网格编号=labels), tmp_path / "a.geojson")
    assert report.added == 8
    assert report.notes[1] == "5 grids without a code were numbered by their place."
    members = _members(store, "a")
    said = {"007": [0, 1], "002": [2, 3], "003": [8, 9]}
    # Free are 001, 004, 005, 006 and 008, from the north-west.
    assert members.items() >= (said | {"001": [4, 5], "004": [6, 7]}).items()
    assert set(members) == {*said, "001", "004", "005", "006", "008"}
    names = {code[-3:]: name for code, name in _all(store, grid.c.code, grid.c.name)}
    assert names == dict.fromkeys(members, "") | {
        "002": "第2网格",
        next(serial for serial in members if members[serial] == [12, 13]): "和平里",
    }


def test_redrawing_waits_for_an_edit_before_it_touches_a_grid(
    store: sa.Engine, tmp_path: Path
) -> None:
    """An edit locks the plan, then its grids: the other way round the two would block."""
    _bring(store, _plan_file(), tmp_path / "a.geojson")
    [(plan_id, community_id)] = _all(store, plan.c.id, plan.c.community_id)
    with store.connect() as editor, editor.begin(), store.connect() as importer, importer.begin():
        edits.require_draft(editor, plan_id)
        importer.execute(sa.text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            redraw(importer, community_id)


def test_a_code_is_never_given_out_twice(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _plan_file(), tmp_path / "a.geojson")
    _bring(store, _plan_file(_tiles()[:2], name=["东", "西"]), tmp_path / "b.geojson")
    assert sorted(_members(store, "b")) == ["009", "010"]
    # A code of the file itself stays, whoever had it before.
    _bring(store, _plan_file(_tiles()[:1], code=["8"]), tmp_path / "c.geojson")
    assert sorted(_members(store, "c")) == ["008"]


def test_rows_that_cannot_be_each_get_a_line(store: sa.Engine, tmp_path: Path) -> None:
    x, y = WEST, SOUTH
    bow = shapely.Polygon([(x, y), (x + 1e-3, y + 1e-3), (x + 1e-3, y), (x, y + 1e-3)])
    rows: list[tuple[Any, Any, str]] = [
        ("1", _tile(0, 1), ""),
        ("001", _tile(1, 1), "this grid stands in row 1 already"),
        (f"{OTHER}003", _tile(1, 1), "is the code of a grid of another community"),
        ("1234", _tile(1, 1), "is no grid code: 15 digits, or a number from 1 to 999"),
        ("5", shapely.Point(x, y), "is not a polygon"),
        ("6", None, "has no shape or coordinates"),
        ("7", shapely.box(120, 30, 120.001, 30.001), "lies outside 外滩社区"),
        ("8", shapely.transform(_tile(1, 1), lambda xy: xy[:, ::-1]), "swapped"),
        ("9", bow, "was not a valid polygon; repaired"),
        # The one that holds this code was refused, so it is free.
        ("7", _tile(2, 1), ""),
    ]
    data = {"网格编号": [row[0] for row in rows]}
    frame = gpd.GeoDataFrame(data, geometry=[row[1] for row in rows], crs=4326)
    report = _bring(store, frame, tmp_path / "p.gpkg")
    reasons = _reasons(report)
    for number, (_code, _shape, reason) in enumerate(rows, start=1):
        assert reason in reasons.get(number, ""), (number, reason, reasons.get(number))
        assert bool(reason) == (number in reasons), number
    assert (report.rows_read, report.added, report.refused, report.warned) == (10, 3, 7, 1)
    assert sorted(_members(store, "p")) == ["001", "007", "009"]
    assert len(_all(store, import_rejection.c.id)) == 7


def test_a_file_without_one_good_row_makes_no_plan(store: sa.Engine, tmp_path: Path) -> None:
    report = _bring(store, _plan_file(_tiles()[:1], code=["1234"]), tmp_path / "a.geojson")
    assert (report.added, report.refused, report.notes) == (0, 1, [])
    assert _all(store, plan.c.id) == []


def test_faults_are_told_and_buildings_outside_stay_unassigned(
    store: sa.Engine, tmp_path: Path
) -> None:
    tiles = _tiles()
    # Over its neighbour's first building, and out of the community.
    tiles[0] = _tile(0, 1, east=0.0008, north=0.0002)
    report = _bring(store, _plan_file(tiles[:7]), tmp_path / "a.geojson")
    assert report.added == 7
    assert report.notes[0] == "Draft “a”: 7 grids with 14 of 16 buildings."
    assert report.notes[1] == "2 buildings are in no grid yet."
    kinds = [note.split(":")[0] for note in report.notes[2:]]
    assert kinds == ["Overlap", "Gap", "Outside the community"]
    plane = crs.metric_crs(WEST, SOUTH)
    lost_m2 = crs.to_metric(np.array([_tile(3, 0)], dtype=object), plane)[0].area
    told = float(report.notes[3].split(": 1, ")[1].split(" m²")[0].replace(",", ""))
    assert told == pytest.approx(lost_m2, rel=1e-3)
    # The anchor in the overlap goes to the smaller code.
    assert _members(store, "a")["001"] == [0, 1, 2]
    assert _members(store, "a")["002"] == [3]


@pytest.mark.parametrize("turned", [False, True])
def test_the_smaller_code_wins_whatever_the_order(
    store: sa.Engine,
    tmp_path: Path,
    turned: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    both = _plan_file([_tile(0, 1), _tile(0, 1)], code=["9", "4"])
    _bring(store, both.iloc[::-1] if turned else both, tmp_path / "a.geojson")
    assert _members(store, "a") == {"009": [], "004": [0, 1]}


def test_standing_takes_the_first() -> None:
    points = np.array([shapely.Point(at, 0) for at in (0, 1, 9)], dtype=object)
    shapes = np.array([None, shapely.box(0.5, -1, 2, 1), shapely.box(-1, -1, 2, 1)], dtype=object)
    assert standing(points, shapes).tolist() == [2, 1, -1]
    assert standing(points, shapes[:0]).tolist() == [-1, -1, -1]


def test_the_same_file_again_makes_nothing(store: sa.Engine, tmp_path: Path) -> None:
    frame = _plan_file(code=["7", None, None, None, "3", None, None, None])
    _bring(store, frame, tmp_path / "a.geojson")
    before = (_all(store, plan.c.id), _all(store, grid.c.id), _all(store, plan_edit.c.id))
    report = _bring(store, frame, tmp_path / "a.geojson")
    assert (report.added, report.unchanged) == (0, 8)
    assert report.notes == ["The plan “a” holds exactly this already."]
    assert before == (_all(store, plan.c.id), _all(store, grid.c.id), _all(store, plan_edit.c.id))
    report = _bring(store, frame.iloc[:7], tmp_path / "a.geojson")
    assert report.added == 7
    assert report.notes[0].startswith("Draft “a 2”: 7 grids")
    assert _bring(store, frame.iloc[:7], tmp_path / "a.geojson").unchanged == 7
    assert _bring(store, frame, tmp_path / "a.geojson").unchanged == 8
    moved = frame.assign(geometry=frame.translate(1e-7))
    assert "Draft “a 3”" in _bring(store, moved, tmp_path / "a.geojson").notes[0]
    assert "Draft “b”" in _bring(store, frame, tmp_path / "a.geojson", plan_name="b").notes[0]


def test_a_dry_run_stores_nothing(store: sa.Engine, tmp_path: Path) -> None:
    report = _bring(store, _plan_file(), tmp_path / "a.geojson", dry_run=True)
    assert (report.added, len(report.notes)) == (8, 1)
    assert _all(store, plan.c.id) == []
    assert len(_all(store, import_batch.c.id)) == 1


@pytest.mark.parametrize("system", ["EPSG:4549", "gcj02"])
def test_other_reference_systems(store: sa.Engine, tmp_path: Path, system: str) -> None:
    frame = _plan_file()
    if system == "gcj02":
        frame.geometry = shapely.transform(
            frame.geometry.to_numpy(), lambda xy: np.column_stack(crs.wgs84_to_gcj02(*xy.T))
        )
    else:
        frame = frame.to_crs(system)
    report = _bring(store, frame, tmp_path / "a.gpkg", crs=system)
    assert report.added == 8
    assert _members(store, "a") == PAIRS
    kept = _shapes(store, grid.c.geom)
    far = max(
        shapely.hausdorff_distance(kept[serial], tile)
        for serial, tile in zip(PAIRS, _tiles(), strict=True)
    )
    assert far < 1e-8


# ---------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_table_draws_grids_around_cells(store: sa.Engine, tmp_path: Path, ending: str) -> None:
    labels = [f"第{at // 4 + 1}网格" for at in range(14)]
    table = pd.DataFrame({"楼栋编号": [f"B{at}" for at in range(14)], "网格编码": labels})
    report = _bring(store, table, tmp_path / f"表.{ending}")
    assert (report.added, report.refused) == (14, 0)
    assert report.notes == [
        "Draft “表”: 4 grids with 14 of 16 buildings.",
        "2 buildings are in no grid yet.",
    ]
    assert _all(store, plan.c.state, plan.c.source) == [("draft", "drawn")]
    assert _members(store, "表") == {
        "001": [0, 1, 2, 3],
        "002": [4, 5, 6, 7],
        "003": [8, 9, 10, 11],
        "004": [12, 13],
    }
    shapes = _shapes(store, grid.c.geom)
    with store.connect() as connection:
        found = intake.frame_of(connection, sa.select(building.c.external_id, building.c.cell))
    cells = found.set_index("external_id")["cell"]
    whole = shapely.coverage_union_all(cells[["B0", "B1", "B2", "B3"]].to_numpy(dtype=object))
    assert shapely.symmetric_difference(shapes["001"], whole).area < 1e-12
    assert shapely.coverage_is_valid(np.array(list(shapes.values()), dtype=object))
    assert _bring(store, table, tmp_path / f"表.{ending}").unchanged == 14
    table.loc[0, "网格编码"] = "第2网格"
    assert "表 2" in _bring(store, table, tmp_path / f"表.{ending}").notes[0]


def test_a_table_by_address_and_grids_by_name(store: sa.Engine, tmp_path: Path) -> None:
    houses = _houses()
    labels = ["东片", "西片"] * 8
    table = pd.DataFrame({"地址": houses["地址"].str.replace("路", "路 "), "网格": labels})
    report = _bring(store, table, tmp_path / "a.csv")
    assert report.added == 16
    assert report.notes[1] == "2 grids without a code were numbered by their place."
    assert sorted(_all(store, grid.c.name)) == [("东片",), ("西片",)]
    assert sorted(_members(store, "a").values()) == [list(range(0, 16, 2)), list(range(1, 16, 2))]
    assert _bring(store, table, tmp_path / "a.csv").unchanged == 16


def test_table_rows_that_cannot_be(store: sa.Engine, tmp_path: Path) -> None:
    with store.begin() as connection:
        same = sa.update(building).where(building.c.external_id.in_(["B8", "B9"]))
        connection.execute(same.values(address="外滩路5号"))
    rows: list[tuple[Any, Any, Any, str]] = [
        ("B0", None, "1", ""),
        ("B0", None, "2", "this building stands in row 1 already"),
        ("B99", None, "1", "there is no such building in 外滩社区"),
        (None, "外滩路9号", "1", "there is no such building in 外滩社区"),
        (None, None, "1", "has neither a building's id nor an address"),
        (None, "外滩路5号", "1", "several buildings have this address"),
        ("B1", None, None, "has no grid"),
        ("B2", None, f"{OTHER}001", "is the code of a grid of another community"),
        ("B3", None, "0", "is no grid code"),
        (None, "外滩路3号2栋", "001", ""),
    ]
    names = ("building", "address", "grid", "reason")
    table = pd.DataFrame(rows, columns=list(names)).drop(columns="reason")
    report = _bring(store, table, tmp_path / "a.csv")
    reasons = _reasons(report)
    for number, (*_facts, reason) in enumerate(rows, start=1):
        assert reason in reasons.get(number, ""), (number, reason, reasons.get(number))
        assert bool(reason) == (number in reasons), number
    assert (report.added, report.refused) == (2, 8)
    assert _members(store, "a") == {"001": [0, 4]}


def test_ids_of_two_sources(store: sa.Engine, tmp_path: Path) -> None:
    shifted = _houses().iloc[:1].translate(0.0003, 0)
    again = gpd.GeoDataFrame({"id": ["B0"]}, geometry=shifted.to_numpy(), crs=4326)
    again.to_file(tmp_path / "again.geojson")
    options = Options(kind="buildings", now=NOW, source="osm", community=COMMUNITY)
    import_file(store, tmp_path / "again.geojson", options)
    table = pd.DataFrame({"building": ["B0"], "grid": ["1"]})
    report = _bring(store, table, tmp_path / "a.csv")
    assert _reasons(report)[1].startswith("several buildings have this id")
    assert _bring(store, table, tmp_path / "a.csv", source="osm").added == 1
    asked = sa.select(building.c.source).join(
        plan_assignment, plan_assignment.c.building_id == building.c.id
    )
    with store.connect() as connection:
        assert connection.scalars(asked).all() == ["osm"]


# ------------------------------------------------------------------------------------- real data


@pytest.mark.data
def test_a_real_street_comes_back_from_its_own_polygons(
    scratch_engine: sa.Engine, tmp_path: Path
) -> None:
    folder = data_settings().test_data_dir
    path = folder / "shanghai_bund_osm" / "buildings_dissolved.geojson" if folder else None
    if path is None or not path.exists():
        pytest.skip("WANGGE_TEST_DATA_DIR has no shanghai_bund_osm")
    facts: dict[str, Any] = {"now": NOW, "community": COMMUNITY}
    make: dict[str, Any] = {"make_community": True, "street_name": "外滩街道", "source": "osm"}
    import_file(scratch_engine, path, Options(kind="buildings", **facts, **make))
    with scratch_engine.begin() as connection:
        split_community(connection, COMMUNITY, effective_from=date(2026, 1, 1), count=12, name="甲")
    for digits, name in ((15, "exact"), (5, "rounded")):
        shapes = _shapes(scratch_engine, grid.c.geom)
        drawn = shapely.set_precision(list(shapes.values()), 10.0**-digits)
        frame = gpd.GeoDataFrame({"网格": list(shapes)}, geometry=drawn, crs=4326)
        frame.to_file(tmp_path / f"{name}.gpkg")
        report = import_file(
            scratch_engine, tmp_path / f"{name}.gpkg", Options(kind="plan", **facts)
        )
        assert report.refused == 0
        assert "of 1,321" in report.notes[0] or "of 1321" in report.notes[0]
        before, after = _members(scratch_engine, "甲"), _members(scratch_engine, name)
        strayed = sum(len(set(before[one]) ^ set(after[one])) for one in before)
        assert strayed <= (0 if name == "exact" else 20), "1 m moves few anchors over a border"


# -------------------------------------------------------------------------------- wholly invalid


def test_files_that_cannot_go_in(store: sa.Engine, tmp_path: Path) -> None:
    frame = _plan_file()
    cases: list[tuple[Any, str, dict[str, str], type[Exception], str]] = [
        (frame, "a.geojson", {"community": ""}, FileError, "Say which community"),
        (frame, "a.geojson", {"community": "310101002009"}, InputError, "There is no community"),
        (frame, "a.geojson", {"community": STREET}, InputError, "There is no community"),
        (frame, "a.geojson", {"community": OTHER}, InputError, "has no buildings"),
        (pd.DataFrame({"楼栋编号": ["B0"]}), "b.csv", {}, FileError, "needed"),
        (pd.DataFrame({"网格": ["1"]}), "c.csv", {}, FileError, "needed"),
    ]
    for given, name, more, kind, sentence in cases:
        with pytest.raises(kind, match=sentence):
            _bring(store, given, tmp_path / name, **more)
    assert _all(store, plan.c.id) == []


def test_a_community_without_a_boundary(store: sa.Engine, tmp_path: Path) -> None:
    with store.begin() as connection:
        own = division.c.code == COMMUNITY
        connection.execute(sa.update(division).where(own).values(geom=None))
        connection.execute(sa.update(building).values(cell=None))
    report = _bring(store, _plan_file(), tmp_path / "a.geojson")
    assert report.notes == ["Draft “a”: 8 grids with 16 of 16 buildings."]
    table = pd.DataFrame({"building": ["B0"], "grid": ["1"]})
    assert _bring(store, table, tmp_path / "b.csv").added == 1


def test_the_command_says_what_became_of_it(
    lease: Any,
    scratch_database: str,
    store: sa.Engine,
    use_store: Callable[[str], None],
    tmp_path: Path,
) -> None:
    use_store(url_of(lease, "app", scratch_database).render_as_string(hide_password=False))
    tiles = [_tile(0, 1, east=0.0005), *_tiles()[1:]]
    _plan_file(tiles).to_file(tmp_path / "网格.geojson")
    command = ("import", "plan", str(tmp_path / "网格.geojson"), "--community", COMMUNITY)
    result = CliRunner().invoke(app, [*command, "--plan-name", "试点", "--language", "en"])
    assert result.exit_code == 0, result.output
    assert "Draft “试点”: 8 grids with 16 of 16 buildings." in result.output
    assert "Overlap: 1, " in result.output
    assert _all(store, plan.c.name) == [("试点",)]
    result = CliRunner().invoke(app, [*command[:3], "--community", OTHER, "--language", "en"])
    assert result.exit_code == 2
    assert "has no buildings" in result.output


# ------------------------------------------------------------------------- when buildings change


def test_newcomers_stay_out_of_drafts_and_join_what_is_in_force(
    store: sa.Engine, tmp_path: Path
) -> None:
    with store.begin() as connection:
        split_community(connection, COMMUNITY, effective_from=date(2026, 1, 1), count=3)
    _bring(store, _plan_file(code=[str(at) for at in range(11, 19)]), tmp_path / "多边形.geojson")
    table = pd.DataFrame({"building": [f"B{at}" for at in range(16)], "grid": ["21"] * 16})
    _bring(store, table, tmp_path / "表.csv")
    kept = _shapes(store, grid.c.geom)
    revisions = dict(_all(store, plan.c.source, plan.c.revision))
    x, y = _tile(0, 1).bounds[:2]
    fresh = gpd.GeoDataFrame(
        {"id": ["B16"]}, geometry=[shapely.box(x, y, x + 2e-4, y + 2e-4)], crs=4326
    )
    fresh.to_file(tmp_path / "新.geojson")
    options = Options(kind="buildings", now=NOW, source="census", community=COMMUNITY)
    import_file(store, tmp_path / "新.geojson", options)
    assert sum(16 in houses for houses in _members(store, "Simple split").values()) == 1
    assert all(16 not in houses for houses in _members(store, "多边形").values())
    assert _members(store, "表") == {"021": list(range(16))}
    after = _shapes(store, grid.c.geom)
    assert all(shapely.equals_identical(after[one], kept[one]) for one in PAIRS if one > "010")
    assert after["021"].area < kept["021"].area, "the newcomer's ground is nobody's yet"
    joined = sa.select(plan_gesture.c.kind).join(plan_edit).where(plan_edit.c.building_id > 16)
    with store.connect() as connection:
        assert "join" in connection.scalars(joined).all()
    raised = dict(_all(store, plan.c.source, plan.c.revision))
    assert raised["drawn"] == revisions["drawn"] + 1
    assert raised["imported"] == revisions["imported"]


def test_a_published_import_takes_newcomers_in(store: sa.Engine, tmp_path: Path) -> None:
    _bring(store, _plan_file(), tmp_path / "a.geojson")
    with store.begin() as connection:
        published = sa.update(plan).values(state="published", effective_from=date(2026, 1, 1))
        connection.execute(published)
    x, y = _tile(2, 0).bounds[:2]
    fresh = gpd.GeoDataFrame(
        {"id": ["B16"]}, geometry=[shapely.box(x, y, x + 2e-4, y + 2e-4)], crs=4326
    )
    fresh.to_file(tmp_path / "新.geojson")
    options = Options(kind="buildings", now=NOW, source="census", community=COMMUNITY)
    import_file(store, tmp_path / "新.geojson", options)
    assert _members(store, "a")["007"] == [12, 13, 16]
