"""The commands as a person types them: exit codes, languages, rejection files, no tracebacks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from etl.__main__ import app
from etl.rejections import place_for
from geo.errors import FileError
from geo.store.engine import url_of
from geo.words import speak

COMMUNITY = "310101002001"


@pytest.fixture
def run(
    lease: object, scratch_database: str, use_store: Callable[[str], None]
) -> Callable[..., Result]:
    url = url_of(lease, "app", scratch_database)  # type: ignore[arg-type] # the fixture's type
    use_store(url.render_as_string(hide_password=False))

    def run_it(*arguments: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run_it


def _buildings(path: Path, storeys: tuple[str, ...] = ("6", "-3", "18")) -> Path:
    shapes = [
        shapely.box(121.49 + at * 0.001, 31.24, 121.4905 + at * 0.001, 31.2405)
        for at in range(len(storeys))
    ]
    data = {"id": [f"B{at}" for at in range(len(storeys))], "层数": list(storeys)}
    gpd.GeoDataFrame(data, geometry=shapes, crs=4326).to_file(path)
    return path


MAKE = (
    *("--community", COMMUNITY, "--make-community", "--community-name", "外滩社区"),
    *("--street-name", "外滩街道"),
)


def test_a_file_with_a_bad_row_goes_in_and_says_why(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = _buildings(tmp_path / "楼栋.geojson")
    result = run("import", "buildings", path, *MAKE, "--language", "zh")
    assert result.exit_code == 0, result.output
    assert "拒绝: 层数: 必须在 1 到 200 之间" in result.output
    rejected = tmp_path / "楼栋.rejections.csv"
    raw = rejected.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows == [
        ["行号", "列", "值", "级别", "原因"],
        ["2", "层数", "-3", "拒绝", "必须在 1 到 200 之间"],
    ]

    again = run("import", "buildings", path, *MAKE, "--language", "en")
    assert again.exit_code == 0
    assert "must be from 1 to 200" in again.output
    assert (tmp_path / "楼栋.rejections-2.csv").exists()
    assert rejected.read_bytes() == raw, "never written over"


def test_exit_codes(run: Callable[..., Result], tmp_path: Path) -> None:
    bad = _buildings(tmp_path / "bad.geojson", ("0", "-1"))
    (tmp_path / "zero.csv").touch()
    english = ("--language", "en")
    nothing = run("import", "buildings", bad, *MAKE, *english)
    assert nothing.exit_code == 1, nothing.output
    for arguments, piece in (
        (("buildings", tmp_path / "zero.csv"), "0 bytes"),
        (("buildings", tmp_path / "none.csv"), "There is no file"),
        (("buildings", bad, "--crs", "EPSG:99999"), "There is no reference system"),
        (("tickets", bad, "--timezone", "Mars/Olympus"), "There is no time zone"),
        (("facilities", bad, "--kind", "castle"), "is none of"),
        (("buildings", bad, "--mapping", tmp_path / "no.json"), "There is no file"),
        (("buildings", bad, bad, "--rejections", tmp_path / "r.csv"), "must be a folder"),
        (("tickets", bad), "use --mapping"),
    ):
        result = run("import", *arguments, *english)
        assert result.exit_code == 2, (arguments, result.output)
        assert piece in result.output
        assert "Traceback" not in result.output
        assert len(result.output.strip().splitlines()) == 1, result.output


def test_one_bad_file_does_not_keep_the_others_out(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "zero.geojson").touch()
    good = _buildings(tmp_path / "good.geojson", ("6", "7"))
    result = run("import", "buildings", tmp_path / "zero.geojson", good, *MAKE)
    assert result.exit_code == 2
    again = run("import", "buildings", good, "--language", "en")
    assert again.exit_code == 0
    assert "Unchanged" in again.output


def test_grids_and_addresses(run: Callable[..., Result], tmp_path: Path) -> None:
    run("import", "buildings", _buildings(tmp_path / "b.geojson", ("6",) * 6), *MAKE)
    points = tmp_path / "p.csv"
    pd.DataFrame(
        {
            "路名": ["南京东路", "南京东路"],
            "门牌号": ["20", "99"],
            "经度": [121.4902, 121.4],
            "纬度": [31.2402, 31.2],
        }
    ).to_csv(points, index=False)
    joined = run("addresses", points, "--community", COMMUNITY, "--language", "en")
    assert "1 buildings got one; 1 points lie more than 20 m" in joined.output
    made = run("grids", "--community", COMMUNITY, "--count", 2, "--language", "en")
    assert made.exit_code == 0, made.output
    assert "2 grids of 6 buildings" in made.output
    for arguments, piece in (
        (("--community", COMMUNITY, "--count", 2), "--replace"),
        (("--community", "1"), "There is no community"),
        (("--community", COMMUNITY, "--replace"), "--count"),
        (("--community", COMMUNITY, "--replace", "--count", 7), "cannot be made of 6"),
        (("--community", COMMUNITY, "--from", "gestern"), "is no day"),
    ):
        result = run("grids", *arguments, "--language", "en")
        assert result.exit_code == 2, (arguments, result.output)
        assert piece in result.output


def test_where_the_rejection_file_goes(tmp_path: Path) -> None:
    speak("en")
    source = tmp_path / "f.csv"
    assert place_for(source, None) == tmp_path / "f.rejections.csv"
    (tmp_path / "f.rejections.csv").touch()
    assert place_for(source, None) == tmp_path / "f.rejections-2.csv"
    assert place_for(source, tmp_path / "mine.csv") == tmp_path / "mine.csv"
    with pytest.raises(FileError, match="exists already"):
        place_for(source, tmp_path / "f.rejections.csv")
    with pytest.raises(FileError, match="no folder"):
        place_for(source, tmp_path / "nowhere" / "r.csv")
    speak("zh")


def test_a_dry_run_says_so(
    run: Callable[..., Result], tmp_path: Path, scratch_engine: sa.Engine
) -> None:
    path = _buildings(tmp_path / "b.geojson")
    result = run("import", "buildings", path, *MAKE, "--dry-run", "--language", "en")
    assert result.exit_code == 0
    assert "dry run, nothing stored" in result.output
    with scratch_engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM division")) == 0
