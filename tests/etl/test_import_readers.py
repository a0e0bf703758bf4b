"""Files into tables of text: every format, every encoding, and every way a file can be broken."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from etl.readers import read
from geo.errors import FileError
from geo.words import explain, speak

HEADER = "编号,名称,经度,纬度"
ROW = "A1,外滩,121.49,31.24"


def _csv(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "f.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def _frame(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    shapes = [shapely.box(121.49, 31.23, 121.50, 31.24), shapely.box(121.50, 31.23, 121.51, 31.24)]
    data = {"编号": ["A1", "A2"], "层数": [6, 18], "高度": [18.0, 54.5]}
    return gpd.GeoDataFrame(data, geometry=shapes, crs=crs)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_csv_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    sheet = read(_csv(tmp_path, f"{HEADER}\n{ROW}\n", encoding))
    assert list(sheet.frame.columns) == ["编号", "名称", "经度", "纬度"]
    assert sheet.frame.iloc[0].tolist() == ["A1", "外滩", "121.49", "31.24"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_with_every_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = f"{HEADER}\n{ROW}\n".replace(",", delimiter)
    assert read(_csv(tmp_path, text)).frame.shape == (1, 4)


def test_csv_title_above_the_header_and_quoted_newlines(tmp_path: Path) -> None:
    text = f'外滩街道楼栋表\n{HEADER}\n"A\n1","外,滩",1,2\n'
    sheet = read(_csv(tmp_path, text))
    assert sheet.frame.iloc[0].tolist() == ["A\n1", "外,滩", "1", "2"]


def test_short_and_long_rows_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    sheet = read(_csv(tmp_path, f"{HEADER}\n{ROW}\nA2,短\n{ROW}\na,b,c,d,e\n{ROW}\n"))
    assert sheet.row_numbers.tolist() == [1, 3, 5]
    assert [(row, found) for row, _text, _expected, found in sheet.broken] == [(2, 2), (4, 5)]


def test_half_written_csv_loses_only_its_last_row(tmp_path: Path) -> None:
    whole = f"{HEADER}\n{ROW}\nA2,外滩街道".encode()
    path = tmp_path / "half.csv"
    path.write_bytes(whole[:-1])  # in the middle of a character
    sheet = read(path)
    assert len(sheet.frame) == 1
    assert sheet.broken[0][0] == 2


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_vector_formats(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"f.{suffix}"
    _frame().to_file(path)
    sheet = read(path)
    assert sheet.geometry is not None
    assert sheet.crs is not None
    assert sheet.crs.to_epsg() == 4326
    assert sheet.frame["编号"].tolist() == ["A1", "A2"]
    assert sheet.frame["层数"].tolist() == ["6", "18"]
    assert sheet.frame["高度"].tolist() == ["18", "54.5"]


def test_shapefile_in_gbk_without_cpg(tmp_path: Path) -> None:
    path = tmp_path / "f.shp"
    frame = _frame()
    frame["名称"] = ["外滩社区", "南京东路"]
    frame.to_file(path, encoding="GBK")
    (tmp_path / "f.cpg").unlink(missing_ok=True)
    assert read(path).frame["名称"].tolist() == ["外滩社区", "南京东路"]


def test_geojson_in_gbk_with_an_open_ring_and_no_shape(tmp_path: Path) -> None:
    ring = [[121.49, 31.23], [121.5, 31.23], [121.5, 31.24]]
    features = [
        {"type": "Feature", "properties": {"名称": "外滩"}, "geometry": None},
        {
            "type": "Feature",
            "properties": {"名称": "开口"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        },
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    path = _csv(tmp_path, text, "gbk", "f.geojson")
    sheet = read(path)
    assert sheet.frame["名称"].tolist() == ["外滩", "开口"]
    assert sheet.unreadable is not None
    assert sheet.unreadable.tolist() == [False, True]


def test_xlsx_with_a_title_whole_floats_and_blank_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["诉求清单"])
    page.append(["工单号", "受理时间", "层数"])
    page.append([39573567.0, "2024-01-05", 6])
    page.append([None, None, None])
    page.append(["B2", None, 7.5])
    path = tmp_path / "f.xlsx"
    book.save(path)
    sheet = read(path)
    assert sheet.row_numbers.tolist() == [1, 3]
    assert sheet.frame["工单号"].tolist() == ["39573567", "B2"]
    assert sheet.frame["层数"].tolist() == ["6", "7.5"]
    assert sheet.frame["受理时间"].isna().tolist() == [False, True]


def _broken_files(tmp_path: Path) -> dict[str, tuple[Path, str]]:
    """Name each broken file, where it is, and a piece of the sentence it must get."""
    whole = tmp_path / "whole.geojson"
    _frame().to_file(whole)
    package = tmp_path / "whole.gpkg"
    _frame().to_file(package)
    shape = tmp_path / "lonely.shp"
    _frame().to_file(shape)
    shape.with_suffix(".shx").unlink()
    shape.with_suffix(".dbf").unlink()
    book = tmp_path / "whole.xlsx"
    openpyxl.Workbook().save(book)
    two = tmp_path / "two.gpkg"
    _frame().to_file(two, layer="a")
    _frame().to_file(two, layer="b")

    def put(name: str, raw: bytes) -> Path:
        (tmp_path / name).write_bytes(raw)
        return tmp_path / name

    return {
        "missing": (tmp_path / "nothing.csv", "There is no file"),
        "folder": (tmp_path, "is a folder"),
        "zero bytes": (put("zero.geojson", b""), "0 bytes"),
        "zero csv": (put("zero.csv", b""), "0 bytes"),
        "unknown kind": (put("f.docx", b"x"), "of a kind we cannot read"),
        "half geojson": (put("half.geojson", whole.read_bytes()[:300]), "half-written"),
        "not geojson": (put("list.geojson", b"[1, 2]"), "not a GeoJSON FeatureCollection"),
        "no features": (
            put("none.geojson", b'{"type": "FeatureCollection", "features": []}'),
            "has no rows",
        ),
        "half gpkg": (put("half.gpkg", package.read_bytes()[:20_000]), "damaged or half-written"),
        "no gpkg": (put("no.gpkg", b"hello" * 100), "damaged or half-written"),
        "many layers": (two, "--layer"),
        "lonely shp": (shape, "lonely.shx, lonely.dbf"),
        "no zip": (put("no.xlsx", b"hello"), "not an XLSX file"),
        "half xlsx": (put("half.xlsx", book.read_bytes()[:-200]), "not an XLSX file"),
        "old xls": (put("old.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600)), "old or password-protected"),
        "empty xlsx": (book, "has no rows"),
        "binary csv": (put("bin.csv", b"\x00\x01\x02\x03\xff" * 50), "is not a text file"),
        "latin csv": (put("latin.csv", b"name,x\n" + b"\xe9t\xe9 \xff\xff,1\n" * 5), "--encoding"),
        "header only": (put("header.csv", b"a,b,c\n"), "has no rows"),
        "blank": (put("blank.csv", b"\n\n\n"), "no header row"),
    }


@pytest.mark.parametrize(
    "case",
    [
        *("missing", "folder", "zero bytes", "zero csv", "unknown kind", "half geojson"),
        *("not geojson", "no features", "half gpkg", "no gpkg", "many layers", "lonely shp"),
        *("no zip", "half xlsx", "old xls", "empty xlsx", "binary csv", "latin csv"),
        *("header only", "blank"),
    ],
)
def test_a_broken_file_gets_one_sentence(tmp_path: Path, case: str) -> None:
    path, piece = _broken_files(tmp_path)[case]
    with pytest.raises(FileError) as caught:
        read(path)
    assert piece in str(caught.value)
    assert "\n" not in str(caught.value)
    speak("zh")
    assert explain(caught.value) != str(caught.value), "no Chinese for this sentence"


def test_a_wrong_encoding_named_by_hand_is_refused(tmp_path: Path) -> None:
    path = _csv(tmp_path, f"{HEADER}\n{ROW}\n", "gb18030")
    with pytest.raises(FileError, match="not text in the encoding utf-8"):
        read(path, encoding="utf-8")
    with pytest.raises(FileError, match="no encoding klingon"):
        read(path, encoding="klingon")
