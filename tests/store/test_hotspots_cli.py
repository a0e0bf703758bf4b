"""``python -m geo hotspots``: the same answers as the page, on the terminal and in files."""

from __future__ import annotations

import csv
import json
import stat
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from geo import studies, words
from geo.__main__ import app
from geo.errors import FileError, InputError, RequestError, WanggeError
from geo.store import case_rows, study_rows
from geo.store import tables as t
from geo.store.access import local_leader
from geo.store.cluster import Lease
from geo.store.compute import refresh_within
from geo.store.engine import make_engine, url_of
from geo.store.study_rows import Place
from geo.studies import Question, Study, files, from_json
from geo.studies.explain import explain
from geo.studies.files import About
from tests.store import small_city as city

TEMPLATE = "wangge_template"
COMMUNITY, STREET, ALONE = "350102001011", "350102001", "350102002"
SECRET = "机密-PERSONAL"
LAST = city.AS_OF.astimezone(city.ZONE).date()
STOP = LAST.toordinal() + 1


def _planted() -> list[dict[str, Any]]:
    """Return sixty tickets of the last month round one building."""
    x, y = city.corner(11)
    places = [(x + 8e-4 + n % 8 * 1e-4, y + 1e-3 + n // 8 * 1e-4) for n in range(60)]
    return [
        {
            "source": "test",
            "external_id": f"hot-{number}",
            "channel": "12345",
            "community_id": 11,
            "category_code": "0201",
            "class_code": "02",
            "handling": "promised",
            "state": "closed",
            "reported_at": city.AS_OF - timedelta(hours=11 * number + 1),
            "closed_at": city.AS_OF,
            "title": SECRET,
            "address": SECRET,
            "geom": f"SRID=4326;POINT({lon} {lat})",
        }
        for number, (lon, lat) in enumerate(places)
    ]


@pytest.fixture(scope="module")
def store(lease: Lease) -> Iterator[sa.Engine]:
    name = f"hotspots_{uuid.uuid4().hex[:8]}"
    lease.create_database(name, TEMPLATE)
    engine = make_engine(url_of(lease, "app", name))
    with engine.begin() as connection:
        city.load(connection, 3)
        connection.execute(sa.text("SELECT setval(pg_get_serial_sequence('ticket', 'id'), 100000)"))
        connection.execute(sa.insert(t.ticket), _planted())
        connection.execute(sa.update(t.building).values(compound="东苑", number="3"))
        refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))
    yield engine
    engine.dispose()
    lease.drop_database(name)


@pytest.fixture(autouse=True)
def _use(store: sa.Engine, use_store: Callable[[str], None]) -> None:
    use_store(store.url.render_as_string(hide_password=False))
    words.speak("en")


@pytest.fixture(autouse=True)
def _forget(store: sa.Engine) -> Iterator[None]:
    yield
    with store.begin() as connection:
        connection.execute(t.study.delete())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["hotspots", *map(str, arguments)])


def refused(kind: type[WanggeError], sentence: str, *arguments: object) -> None:
    told = run(*arguments)
    assert isinstance(told.exception, kind), told.output
    assert sentence in str(told.exception)


def _place(community: bool = True) -> Place:
    if community:
        return Place(city.STREET_A, 11, (102,), city.AS_OF)
    return Place(city.STREET_A, None, (102, 103), city.AS_OF)


def _expected(store: sa.Engine, asked: Question, ids: tuple[int, ...] = (11,)) -> Study:
    """Answer as the page does."""
    with store.connect() as connection:
        start = date.fromordinal(asked.start - asked.days)
        stop = date.fromordinal(asked.stop)
        return studies.answer(case_rows.read(connection, local_leader(), ids, start, stop), asked)


def _kept(store: sa.Engine, asked: Question, place: Place) -> Study | None:
    with store.connect() as connection:
        key = study_rows.key_of(asked, place, study_rows.data_version(connection))
        found = study_rows.find(connection, local_leader(), key)
    return found.study if found else None


GI = Question(method="gi", start=STOP - 182, stop=STOP)


def test_it_tells_what_was_found_and_how(store: sa.Engine) -> None:
    told = run("--community", COMMUNITY, "--measure", "count")
    assert told.exit_code == 0, told.output
    study = _expected(store, replace(GI, measure="count"))
    assert study.spots[0].class_code == "02"
    lines = told.output.splitlines()
    assert lines[0] == f"社区11 {COMMUNITY}"
    row = next(line for line in lines if line.startswith("1 "))
    spot = study.spots[0]
    for text in ("Hot spot", "near 东苑", str(spot.observed), f"{spot.expected:.1f}"):
        assert text in row
    assert f"{date.fromordinal(spot.first_day)} – {LAST}" in row
    for sentence in explain(study):
        assert f"- {sentence}" in lines
    assert SECRET not in told.output


def test_the_answer_is_kept_and_found_again(
    store: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("--community", COMMUNITY)
    assert _kept(store, GI, _place()) == _expected(store, GI)
    monkeypatch.setattr(studies, "answer", _broken)
    assert run("--community", COMMUNITY).output == first.output
    assert isinstance(run("--community", COMMUNITY, "--seed", 5).exception, ZeroDivisionError)
    with store.connect() as connection:
        made_by = connection.execute(sa.select(t.study.c.made_by)).scalars().all()
    assert made_by == ["command"]


def _broken(*_given: object) -> Study:
    raise ZeroDivisionError


def test_nothing_is_kept_if_not_wanted(store: sa.Engine) -> None:
    assert run("--community", COMMUNITY, "--no-keep").exit_code == 0
    with store.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.study)).scalar() == 0


def test_a_whole_street_and_a_street_of_one_community(store: sa.Engine) -> None:
    assert run("--street", STREET).exit_code == 0
    assert _kept(store, GI, _place(community=False)) == _expected(store, GI, (11, 12))
    told = run("--street", ALONE, "--to", f"{LAST}")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("社区13 35010200201")
    assert "Too few tickets" in told.output


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (
            "--method emerging --days 182 --by week --unit s100",
            Question(method="emerging", start=STOP - 182, stop=STOP, unit="s100"),
        ),
        (
            "--method scan --days 70 --now --radius 150 --simulations 19 --class 02 --seed 4",
            Question(
                method="scan",
                start=STOP - 70,
                stop=STOP,
                prospective=True,
                radius_m=150.0,
                simulations=19,
                classes=("02",),
                seed=4,
            ),
        ),
        ("--method repeats", replace(GI, method="repeats")),
        ("--method groups", replace(GI, method="groups", radius_m=50.0)),
        ("--method compare --together", replace(GI, method="compare", each=False)),
        (
            "--calls --arcgis --from 2026-10-01 --to 2026-10-31 --class 02 --class 01 --class 02",
            Question(
                method="gi",
                start=date(2026, 10, 1).toordinal(),
                stop=date(2026, 11, 1).toordinal(),
                repeats=True,
                mode="arcgis",
                classes=("01", "02"),
            ),
        ),
        (
            "--to 2026-10-31 --days 10",
            Question(
                method="gi",
                start=date(2026, 10, 22).toordinal(),
                stop=date(2026, 11, 1).toordinal(),
            ),
        ),
    ],
)
def test_each_option_is_part_of_the_question(
    store: sa.Engine, options: str, asked: Question
) -> None:
    told = run("--community", COMMUNITY, *options.split())
    assert told.exit_code == 0, told.output
    assert _kept(store, asked, _place()) == _expected(store, asked)


# ------------------------------------------------------------------------------------- files


def _about(store: sa.Engine) -> About:
    with store.connect() as connection:
        version = study_rows.data_version(connection)
    return About(
        code=COMMUNITY,
        name="社区11",
        as_of=city.AS_OF,
        plans=(102,),
        version=version,
        classes={"01": "类", "02": "类"},
    )


def test_files_hold_what_was_found(store: sa.Engine, tmp_path: Path) -> None:
    paths = [tmp_path / f"热点.{ending}" for ending in ("gpkg", "csv", "json")]
    outs = [word for path in paths for word in ("--out", path)]
    told = run("--community", COMMUNITY, "--measure", "count", *outs)
    assert told.exit_code == 0, told.output
    study = _expected(store, replace(GI, measure="count"))
    assert study.spots
    _check_geopackage(paths[0], study)
    _check_csv(paths[1], study)
    _check_json(paths[2], study, _about(store))
    for path in paths:
        assert str(path) in told.output
        assert SECRET.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) & 0o400
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(one.name for one in paths)


def _check_geopackage(path: Path, study: Study) -> None:
    layers = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    assert layers == {"spots": "Point", "areas": "Polygon", "told": None}
    spots = gpd.read_file(path, layer="spots")
    assert spots.crs.to_epsg() == 4326
    assert spots["observed"].tolist() == [one.observed for one in study.spots]
    assert [(p.x, p.y) for p in spots.geometry] == [(one.lon, one.lat) for one in study.spots]
    areas = gpd.read_file(path, layer="areas")
    assert areas["key"].tolist() == list(study.areas.keys)
    assert areas["level"].tolist() == list(study.areas.level)
    assert areas["q"].isna().tolist() == [one is None for one in study.areas.q]
    for shape, ring in zip(areas.geometry, study.areas.rings, strict=True):
        assert shape.equals(shapely.Polygon(ring))
    told = gpd.read_file(path, layer="told").set_index("name")["value"]
    assert told["asked.method"] == "gi"
    assert json.loads(told["asked.seed"]) == study.question.seed
    assert json.loads(told["told.areas"]) == study.told["areas"]
    assert json.loads(told["plans"]) == [102]
    assert told["as_of"] == "2026-11-20T10:00:00+00:00"
    assert len(told["data_version"]) == 16
    assert told["first_day"] == f"{LAST - timedelta(days=181)}"


def _check_csv(path: Path, study: Study) -> None:
    assert path.read_bytes().startswith(b"\xef\xbb\xbfnumber,kind,")
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == len(study.spots)
    for row, spot in zip(rows, study.spots, strict=True):
        assert (int(row["number"]), row["kind"], row["class_code"]) == (
            spot.number,
            spot.kind,
            spot.class_code,
        )
        assert float(row["q"]) == pytest.approx(spot.q, rel=1e-12)
        assert (float(row["lon"]), float(row["lat"])) == (spot.lon, spot.lat)
        assert row["first_day"] == f"{date.fromordinal(spot.first_day)}"
        assert row["keys"].split() == list(spot.keys)
        assert row["grids"].split() == list(spot.grids)
        assert [int(one) for one in row["weeks"].split()] == list(spot.weeks)
        assert row["class_name"] == "类"


def _check_json(path: Path, study: Study, about: About) -> None:
    made = json.loads(path.read_text(encoding="utf-8"))
    assert from_json(made["study"]) == study
    assert made["place"] == {"code": COMMUNITY, "name": "社区11"}
    assert (made["as_of"], made["plans"]) == ("2026-11-20T10:00:00+00:00", [102])
    assert made["data_version"] == about.version
    assert made["said"] == explain(study)


def test_an_answer_from_record_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        told = run("--community", COMMUNITY, "--out", tmp_path / f"{name}.json")
        assert told.exit_code == 0, told.output
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_buildings_and_grids_have_their_places(store: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "b.gpkg"
    assert run("--community", COMMUNITY, "--unit", "building", "--out", path).exit_code == 0
    areas = gpd.read_file(path, layer="areas").set_index("key")
    with store.connect() as connection:
        rows = city.rows_of(connection, t.building)
    anchor = {
        str(row.id): shapely.from_wkb(bytes(row.anchor)) for row in rows if row.community_id == 11
    }
    assert {key: shape.wkt for key, shape in areas.geometry.items()} == {
        key: shape.wkt for key, shape in anchor.items()
    }
    assert run("--community", COMMUNITY, "--unit", "grid", "--out", path, "--force").exit_code == 0
    grids = gpd.read_file(path, layer="areas")
    assert len(grids) == 3
    assert set(grids.geometry.geom_type) <= {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("method", ["emerging", "scan", "repeats", "groups"])
def test_every_method_can_be_written(method: str, tmp_path: Path) -> None:
    quick = ["--simulations", "19", "--radius", "100"] if method == "scan" else []
    outs = [w for e in files.ENDINGS for w in ("--out", tmp_path / f"x.{e}")]
    told = run("--community", COMMUNITY, "--method", method, *quick, *outs)
    assert told.exit_code == 0, told.output
    assert len(pd.read_csv(tmp_path / "x.csv")) == len(
        gpd.read_file(tmp_path / "x.gpkg", layer="spots")
    )
    assert json.loads((tmp_path / "x.json").read_bytes())["study"]["question"]["method"] == method


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")
    refused(FileError, "is there already", "--community", COMMUNITY, "--out", path)
    assert path.read_text() == "mine"
    assert run("--community", COMMUNITY, "--out", path, "--force").exit_code == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_file_that_cannot_be_written_leaves_nothing(
    store: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = _expected(store, GI)

    def full(_self: Path, _target: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(FileError, match="cannot be written: No space left"):
        files.write(study, _about(store), tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_text_is_never_a_formula(store: sa.Engine) -> None:
    study = _expected(store, replace(GI, measure="count"))
    spot = replace(study.spots[0], compound="=1+1", road="@now", keys=("-3.4",))
    body = files.body(replace(study, spots=(spot,)), _about(store), "csv").decode("utf-8-sig")
    row = next(csv.DictReader(body.splitlines()))
    assert (row["compound"], row["road"], row["keys"]) == ("'=1+1", "'@now", "'-3.4")
    assert float(row["lon"]) > 0


# ------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("kind", "sentence", "options"),
    [
        (InputError, "either --community or --street", []),
        (InputError, "either --community or --street", ["--street", STREET]),
        (InputError, "no class of tickets “99”; there is 01, 02", ["--class", "99"]),
        (InputError, "“2026-13-01” is no day", ["--from", "2026-13-01"]),
        (InputError, "“9999-12-31” is no day", ["--to", "9999-12-31"]),
        (InputError, "--from or --days", ["--from", "2026-11-01", "--days", "3"]),
        (RequestError, "ends before it begins", ["--from", "2026-11-10", "--to", "2026-11-01"]),
        (RequestError, "“guess”", ["--method", "guess"]),
        (RequestError, "“acre”", ["--unit", "acre"]),
        (InputError, "--unit has no meaning", ["--method", "scan", "--unit", "s50"]),
        (InputError, "--now has no meaning", ["--now"]),
        (InputError, "--together has no meaning", ["--method", "emerging", "--together"]),
        (InputError, "must end in one of .gpkg, .csv, .json", ["--out", "x.shp"]),
        (FileError, "no folder", ["--out", "/nowhere/at/all/x.csv"]),
    ],
)
def test_what_cannot_be_is_one_sentence(
    kind: type[WanggeError], sentence: str, options: list[str]
) -> None:
    place = [] if sentence.startswith("either") and not options else ["--community", COMMUNITY]
    refused(kind, sentence, *place, *options)


def test_an_unknown_place_is_one_sentence() -> None:
    refused(InputError, "no community with the code 1", "--community", "1")
    refused(InputError, "no street with the code 1", "--street", "1")


def test_a_place_without_data_is_one_sentence(store: sa.Engine) -> None:
    with store.begin() as connection:
        before = connection.execute(sa.select(t.division.c.id, t.division.c.as_of)).all()
        connection.execute(sa.update(t.division).values(as_of=None))
    try:
        refused(InputError, "社区11 has no data yet", "--community", COMMUNITY)
    finally:
        with store.begin() as connection:
            for number, as_of in before:
                chosen = t.division.c.id == number
                connection.execute(sa.update(t.division).where(chosen).values(as_of=as_of))


def test_ctrl_c_keeps_nothing(store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_given: object) -> Study:
        raise KeyboardInterrupt

    monkeypatch.setattr(studies, "answer", stopped)
    told = run("--community", COMMUNITY)
    assert told.exit_code == 130
    assert "Nothing was kept" in told.output
    with store.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.study)).scalar() == 0


def test_it_speaks_chinese_too(store: sa.Engine) -> None:
    words.speak("zh")
    told = run("--community", COMMUNITY, "--no-keep")
    assert told.exit_code == 0
    for sentence in explain(_expected(store, GI)):
        assert sentence in told.output
