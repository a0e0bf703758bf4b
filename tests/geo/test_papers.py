"""The papers of a grid plan: what they say, and that the drawings are true to scale."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import openpyxl
import pypdf
import pytest
import shapely
import typst
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from geo.crs import metric_crs, to_stored
from geo.errors import RequestError, WanggeError
from geo.papers import (
    GridSheet,
    Outline,
    Person,
    PlanPaper,
    drawings_pdf,
    press,
    registration_xlsx,
)
from geo.papers.drawing import hatch
from geo.papers.frame import BAR_MM, SCALES, bar_m, fit
from geo.papers.labels import extent
from geo.papers.mapsheet import COMMUNITY_MARGIN_MM, GRID_MARGIN_MM, document_of
from geo.papers.press import picture
from geo.papers.sides import EDGE, OPEN, bounds_in_words, sides_of
from geo.papers.terrain import array_of, survey
from geo.papers.wording import width_em, wrap
from geo.schema import GRID_ROLES
from geo.words import language, speak

LON, LAT = 102.75, 24.97
CRS = metric_crs(LON, LAT)
CODE = "530111007001"
CELL_M = 120.0
CORNER = np.array([475_000.0, 2_763_000.0])
LONG = "新亚洲体育城星河苑东区第二物业服务中心及沿街商铺与幼儿园教师公寓联合网格之一"
HOSTILE = '=1+1 "#\\$<b>&\n*_[x]@{y}'


def place(*shapes: Any) -> Any:
    """Bring shapes given in metres from the middle of a zone to EPSG:4326."""
    moved = shapely.transform(array_of(list(shapes)), lambda xy: xy + CORNER)
    return to_stored(moved, CRS)


def cell(number: int, columns: int) -> Any:
    x, y = number % columns * CELL_M, -(number // columns) * CELL_M
    return shapely.box(x, y, x + CELL_M, y + CELL_M)


def grid_sheet(number: int, shape: Any, **more: Any) -> GridSheet:
    facts: dict[str, Any] = {
        "code": f"{CODE}{number + 1:03d}",
        "name": f"网格名{number + 1}",
        "sub_district": "星河片区",
        "shape": place(shapely.multipolygons(shapely.get_parts([shape])))[0],
        "buildings": 4,
        "households": 300 + number,
        "residents": 900,
        "age60": 120,
        "age80": 20,
        "party_members": 11,
        "dwellings": {"resident": 200 + number, "rented": 60, "vacant": 40, "shop": 5},
        "area_m2": float(shape.area),
        "staff": (Person("grid_leader", "网格长01"), Person("police", "民警01")),
        "former": (f"{CODE}{number + 1:03d}",),
    }
    return GridSheet(**{**facts, **more})


def outlines(number: int, shape: Any) -> list[Outline]:
    west, south, east, north = shape.bounds
    states = ("resident", "rented", "vacant", "shop", "none")
    made = []
    for place_ in range(4):
        x = west + 15 + place_ % 2 * 55
        y = south + 20 + place_ // 2 * 50
        box = shapely.box(x, y, min(x + 40, east), min(y + 14, north))
        identity = number * 4 + place_
        state = states[identity % len(states)]
        made.append(
            Outline(identity, str(place_ + 1), place(box)[0], number, 75, state, f"小区{number}")
        )
    return made


def paper(count: int = 6, columns: int = 3, **more: Any) -> PlanPaper:
    cells = [cell(number, columns) for number in range(count)]
    whole = shapely.union_all(cells) if cells else shapely.box(0, 0, 300, 200)
    axis = shapely.LineString([(CELL_M, 2 * CELL_M), (CELL_M, -5 * CELL_M)])
    facts: dict[str, Any] = {
        "street": "矣六街道",
        "community": "新亚洲体育城社区",
        "community_code": CODE,
        "plan": "2026 版",
        "state": "published",
        "effective_from": date(2026, 1, 1),
        "as_of": datetime(2026, 11, 20, 10, tzinfo=UTC),
        "made_at": datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=8))),
        "made_by": "经办人01",
        "boundary": place(shapely.multipolygons(shapely.get_parts([whole])))[0],
        "grids": tuple(grid_sheet(number, shape) for number, shape in enumerate(cells)),
        "buildings": tuple(
            outline for number, shape in enumerate(cells) for outline in outlines(number, shape)
        ),
        "ground": (
            ("road_main", "示范大道", place(axis)[0]),
            ("green", "中心花园", place(shapely.Point(60, 60).buffer(12))[0]),
        ),
    }
    return PlanPaper(**{**facts, **more})


def changed(which: PlanPaper, number: int, **facts: Any) -> PlanPaper:
    """Return a paper with one grid changed."""
    grids = list(which.grids)
    grids[number] = dataclasses.replace(grids[number], **facts)
    return dataclasses.replace(which, grids=tuple(grids))


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = language()
    speak("en")
    yield
    speak(before)


def text_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def book_of(which: PlanPaper) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(registration_xlsx(which)))


def table_of(sheet: Any) -> list[list[Any]]:
    """Return the rows of a sheet that belong to its table: headings in one row or two, then all."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    first = next(number for number, row in enumerate(rows) if row[0] == "No.")
    return rows[first:]


# ---------------------------------------------------------------------------------- the register


def test_the_register_lists_every_grid_and_its_totals_are_the_sums() -> None:
    which = paper(7)
    rows = table_of(book_of(which).worksheets[0])
    head = [below or above for above, below in zip(rows[0], rows[1], strict=True)]
    body = rows[2:9]
    assert [row[1] for row in body] == [sheet.code for sheet in which.grids]
    assert [row[head.index("Households")] for row in body] == [300 + n for n in range(7)]
    total = rows[9]
    assert total[1] == "Total"
    for column, name in enumerate(head):
        if isinstance(body[0][column], int) and name != "No.":
            assert total[column] == sum(row[column] for row in body), name
    assert sum(isinstance(value, int) for value in total) == 11


def test_codes_and_dangerous_texts_are_text() -> None:
    which = changed(paper(3), 1, name="=HYPERLINK(1)", note="@SUM(A1)", sub_district="-1+2")
    which = dataclasses.replace(which, made_by="+49", retired=((f"{CODE}009", "=1\x07+1"),))
    book = book_of(which)
    risky = [
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value[:1] in "=+-@"
    ]
    assert {cell.value for cell in risky} >= {"=HYPERLINK(1)", "@SUM(A1)", "-1+2", "=1+1"}
    assert {cell.data_type for cell in risky} == {"s"}
    assert all(cell.quotePrefix for cell in risky)
    code = table_of(book.worksheets[0])[2][1]
    assert code == f"{CODE}001"
    assert isinstance(code, str)


def test_the_same_paper_gives_the_same_workbook() -> None:
    which = paper(4)
    data = registration_xlsx(which)
    assert data == registration_xlsx(which)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {entry.date_time for entry in packed.infolist()} == {(2026, 11, 21, 1, 30, 0)}
        assert b"2026-11-21T01:30:00Z" in packed.read("docProps/core.xml")
    later = dataclasses.replace(which, made_at=which.made_at + timedelta(days=1))
    assert data != registration_xlsx(later)


def test_the_register_prints_one_page_wide_with_its_headings() -> None:
    for sheet in book_of(paper(4)).worksheets:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        first = next(row for row in sheet.iter_rows() if row[0].value == "No.")[0].row
        assert sheet.print_title_rows.startswith(f"${first}:")
        assert int(sheet.freeze_panes.lstrip("ABCDEFG")) > first
        assert max(dim.width for dim in sheet.column_dimensions.values()) > 10


def test_ended_grids_name_their_heirs_and_buildings_their_grid() -> None:
    which = changed(paper(3), 2, former=(f"{CODE}040", f"{CODE}003"), change="changed")
    loose = dataclasses.replace(which.buildings[0], grid=-1, number="", compound="")
    which = dataclasses.replace(
        which,
        retired=((f"{CODE}040", "旧网格"), (f"{CODE}041", "")),
        buildings=(loose, *which.buildings[1:]),
    )
    book = book_of(which)
    ended = table_of(book.worksheets[1])
    assert ended[1][1:] == [f"{CODE}040", "旧网格", f"{CODE}003"]
    assert ended[2][3] == "—"
    buildings = table_of(book.worksheets[2])
    assert buildings[1][1:5] == ["—", "—", "—", "in no grid"]
    assert buildings[5][1:5] == ["小区1", "1", f"{CODE}002", "网格名2"]
    assert buildings[13][5] == 12 * 75


def uncounted() -> PlanPaper:
    """Return a paper of a community nobody has imported dwellings of, made by nobody named."""
    nobody: dict[str, Any] = dict.fromkeys(
        ("households", "residents", "age60", "age80", "party_members"), 0
    )
    which = paper(2, 2, made_by="")
    return dataclasses.replace(
        which,
        grids=tuple(dataclasses.replace(one, dwellings={}, **nobody) for one in which.grids),
        buildings=tuple(
            dataclasses.replace(one, households=0, dominant="none") for one in which.buildings
        ),
    )


def test_what_is_not_on_record_is_a_dash_and_never_a_nought() -> None:
    book = book_of(uncounted())
    register = table_of(book.worksheets[0])
    assert all("0" not in map(str, row) and 0 not in row for row in register[1:])
    community, first, _second = text_of(drawings_pdf(uncounted()))
    assert "0 households" not in community
    assert "4 buildings" in community
    assert "No dwellings are on record." in first


def test_an_unnamed_maker_signs_by_hand() -> None:
    lines = [str(row[0].value) for row in book_of(uncounted()).worksheets[0].iter_rows()]
    assert any(line.startswith("Made by ＿") for line in lines)
    assert "by " not in next(
        part for line in lines for part in line.split("    ") if "Made 2" in part
    )


def test_a_plan_without_grids_has_a_register() -> None:
    rows = table_of(book_of(paper(0)).worksheets[0])
    assert rows[2][1] == "Total"
    assert rows[2][9] == 0


# ------------------------------------------------------------------------------------ the bounds


def sides(which: PlanPaper, grid: int) -> dict[str, tuple[int, ...]]:
    terrain = survey(which)
    assert terrain is not None
    return sides_of(terrain, grid, shapely.STRtree(terrain.grids))


def test_each_side_names_the_neighbours_it_has() -> None:
    which = paper(6, 3)
    assert sides(which, 0) == {"east": (1,), "south": (3,), "west": (EDGE,), "north": (EDGE,)}
    assert sides(which, 4) == {"east": (5,), "south": (EDGE,), "west": (3,), "north": (1,)}


def test_a_neighbour_across_a_road_is_a_neighbour_and_one_far_away_is_none() -> None:
    gap = [
        shapely.box(0, 0, 100, 100),
        shapely.box(120, 0, 220, 100),
        shapely.box(260, 0, 300, 100),
    ]
    grids = tuple(grid_sheet(number, shape) for number, shape in enumerate(gap))
    which = paper(0, grids=grids, boundary=None, ground=())
    assert sides(which, 0)["east"] == (1,)
    assert sides(which, 1)["east"] == (OPEN,)


def test_a_side_with_two_neighbours_names_the_longer_border_first() -> None:
    parts = [
        shapely.box(0, 0, 100, 100),
        shapely.box(100, 0, 200, 30),
        shapely.box(100, 30, 200, 100),
    ]
    grids = tuple(grid_sheet(number, shape) for number, shape in enumerate(parts))
    which = paper(0, grids=grids, boundary=None, ground=())
    assert sides(which, 0)["east"] == (2, 1)


def test_the_words_of_the_office_come_first() -> None:
    which = changed(paper(2, 2), 0, bounds={"north": "世纪大道"})
    said = bounds_in_words(which, survey(which), [0, 1], whole_codes=True)
    assert said[0]["north"] == "世纪大道"
    assert said[0]["east"] == f"grid {CODE}002"
    assert said[1]["west"] == f"grid {CODE}001"
    assert said[1]["east"] == "edge of the community"
    row = table_of(book_of(which).worksheets[0])[2]
    assert row[5:9] == [said[0][side] for side in ("east", "south", "west", "north")]


# ------------------------------------------------------------------------------- true to scale


@given(
    width=st.floats(5, 1.9e4),
    height=st.floats(5, 1.9e4),
    paper_w=st.floats(100, 400),
    paper_h=st.floats(100, 400),
)
def test_the_scale_is_the_largest_round_one_that_fits(
    width: float, height: float, paper_w: float, paper_h: float
) -> None:
    margin = 10.0
    frame = fit((0, 0, width, height), paper_w, paper_h, margin)
    room = (paper_w - 2 * margin, paper_h - 2 * margin)
    assert frame.scale in SCALES
    assert width * frame.mm_per_m <= room[0] * (1 + 1e-9)
    assert height * frame.mm_per_m <= room[1] * (1 + 1e-9)
    if frame.scale > SCALES[0]:
        larger = SCALES[SCALES.index(frame.scale) - 1]
        assert max(width / room[0], height / room[1]) * 1000 > larger * (1 - 1e-9)
    assert BAR_MM / 2.6 <= bar_m(frame.scale) * frame.mm_per_m <= BAR_MM


def dark_runs(line: Any, least: int) -> list[tuple[int, int]]:
    """Return where at least so many pixels of a line are dark one after the other."""
    dark = np.concatenate([[False], line < 90, [False]]).astype(int)
    starts, stops = np.flatnonzero(np.diff(dark) == 1), np.flatnonzero(np.diff(dark) == -1)
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True) if b - a >= least]


def test_the_printed_scale_is_true_when_measured_on_the_paper() -> None:
    which = paper(1, 1, ground=(), buildings=())
    page = document_of(which, [f"{CODE}001"])
    assert page["pages"][0]["scale"]["text"] == "Scale 1:1,000"
    png = picture(page, which.made_at, ppi=254)
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    sheet = page["pages"][0]
    assert pixels.shape == (sheet["height"] * 10, sheet["width"] * 10)
    middle = pixels[950, : int((sheet["map"]["width"] + 17) * 10)]
    left, right = dark_runs(middle, 8)
    assert (right[0] + right[1] - left[0] - left[1]) / 2 == pytest.approx(CELL_M * 10, abs=3)
    below = [dark_runs(line, 100) for line in pixels[1900:2150]]
    bar = next(runs for runs in below if len(runs) == 2 and runs[1][1] - runs[0][0] < 600)
    assert sheet["scale"]["ticks"] == ["0", "25", "50 m"]
    assert bar[1][1] - bar[0][0] == pytest.approx(0.75 * 500, abs=5)


def test_a_tall_grid_stands_upright_and_a_wide_one_lies() -> None:
    shapes = [shapely.box(0, 0, 90, 400), shapely.box(90, 0, 500, 90)]
    grids = tuple(grid_sheet(number, shape) for number, shape in enumerate(shapes))
    pages = document_of(paper(0, grids=grids, boundary=None))["pages"]
    assert [page["form"] for page in pages] == ["community", "upright", "across"]


# ------------------------------------------------------------------------------------ the labels


def boxes_of(labels: list[dict[str, Any]]) -> Any:
    sizes = np.array([extent(label["lines"], label["size"]) for label in labels])
    xs = np.array([label["x"] for label in labels])
    ys = np.array([label["y"] for label in labels])
    half_w, half_h = sizes.T / 2
    return shapely.box(xs - half_w, ys - half_h, xs + half_w, ys + half_h)


@pytest.mark.parametrize(("count", "columns"), [(6, 3), (33, 6), (100, 10)])
def test_labels_of_the_community_stay_apart_and_inside_their_grids(
    count: int, columns: int
) -> None:
    which = paper(count, columns)
    drawn = document_of(which)["pages"][0]["map"]
    upright = [label for label in drawn["labels"] if label["angle"] == 0]
    boxes = boxes_of(upright)
    left, right = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    overlap = shapely.area(shapely.intersection(boxes[left], boxes[right]))
    assert overlap[left != right].max(initial=0) < 1e-6
    terrain = survey(which)
    assert terrain is not None
    frame = fit(terrain.bounds, drawn["width"], drawn["height"], COMMUNITY_MARGIN_MM)
    grids = frame.on_paper(terrain.grids)
    named = {label["lines"][0]: box for label, box in zip(upright, boxes, strict=True)}
    for sheet, shape in zip(which.grids, grids, strict=True):
        assert shape.contains(named[sheet.serial]), sheet.code


def test_a_grid_page_names_neighbours_buildings_and_roads() -> None:
    which = paper(6, 3)
    drawn = document_of(which, [f"{CODE}002"])["pages"][0]["map"]
    said = [" ".join(label["lines"]) for label in drawn["labels"]]
    assert {"001 网格名1", "003 网格名3", "005 网格名5"} <= set(said)
    assert sorted(said.count(number) for number in "1234") == [1, 1, 1, 1]
    assert "示范大道" in said
    assert "小区1" in said
    assert not any("网格名2" in words for words in said)


def test_building_numbers_stay_inside_their_buildings() -> None:
    which = paper(6, 3)
    drawn = document_of(which, [f"{CODE}001"])["pages"][0]["map"]
    terrain = survey(which)
    assert terrain is not None
    bounds = terrain.grids[0].bounds
    frame = fit(bounds, drawn["width"], drawn["height"], GRID_MARGIN_MM)
    shapes = shapely.union_all(frame.on_paper(terrain.buildings[:4]))
    numbers = [label for label in drawn["labels"] if label["style"].startswith("number")]
    assert len(numbers) == 4
    assert all(shapes.contains(shapely.Point(label["x"], label["y"])) for label in numbers)


@given(st.text(st.sampled_from("网格星河苑ABC xyz-1"), max_size=60), st.floats(3, 20))
def test_wrapped_lines_are_narrow_and_lose_nothing(text: str, most: float) -> None:
    lines = wrap(text, most, 100)
    assert all(width_em(line) <= most for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    short = wrap(text, most, 2)
    assert len(short) <= 2
    assert len(lines) <= 2 or short[-1].endswith("…")


def test_hatching_lies_in_its_shapes_at_an_even_distance() -> None:
    frame = fit((0, 0, 100, 100), 150, 150, 10)
    shapes = array_of([shapely.box(10, 10, 40, 30), shapely.Point(80, 80).buffer(10)])
    lines = hatch(shapes, frame)
    assert all(shape.buffer(1e-6).contains(line) for shape, line in zip(shapes, lines, strict=True))
    assert shapely.length(lines) == pytest.approx(shapely.area(shapes) / 1.2, rel=0.08)


# ------------------------------------------------------------------------------------- the pages


def test_the_same_paper_gives_the_same_pdf_and_an_archive_one() -> None:
    which = paper(3, 3)
    pdf = drawings_pdf(which)
    assert pdf == drawings_pdf(which)
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    facts = pypdf.PdfReader(io.BytesIO(pdf)).metadata
    assert facts.author == "经办人01"
    assert facts.creation_date == which.made_at


def test_the_pdf_says_what_the_office_files_and_its_text_can_be_searched() -> None:
    which = changed(paper(3, 3), 1, note="经会议同意", change="new")
    community, _first, second, _third = text_of(drawings_pdf(which))
    for words in ("新亚洲体育城社区", f"{CODE}002", "网格名3", "903", "Total"):
        assert words in community.replace(",", "")
    for words in (f"{CODE}002", "网格名2", "网格长01", "民警01", "经会议同意", "Page 3 of 4"):
        assert words.replace(" ", "") in second.replace(" ", "")


def test_fonts_are_embedded_as_subsets() -> None:
    pdf = drawings_pdf(paper(2, 2))
    assert len(pdf) < 400_000
    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert re.match(r"/[A-Z]{6}\+", inner["/BaseFont"])
            assert "/FontFile3" in inner["/FontDescriptor"].get_object()


def test_sheets_have_their_size() -> None:
    reader = pypdf.PdfReader(io.BytesIO(drawings_pdf(paper(2, 2))))
    sizes = [
        (
            round(float(page.mediabox.width) / 72 * 25.4),
            round(float(page.mediabox.height) / 72 * 25.4),
        )
        for page in reader.pages
    ]
    assert sizes[0] == (420, 297)
    assert set(sizes[1:]) <= {(210, 297), (297, 210)}


def test_only_the_pages_asked_for() -> None:
    which = paper(5, 3)
    pages = text_of(drawings_pdf(which, [f"{CODE}004", f"{CODE}002"]))
    assert len(pages) == 2
    assert "网格名4" in pages[0]
    with pytest.raises(RequestError, match=f"{CODE}099"):
        drawings_pdf(which, [f"{CODE}099"])


@pytest.mark.parametrize("count", [0, 33, 46, 100])
def test_the_table_of_grids_holds_them_all(count: int) -> None:
    which = paper(count, 10)
    page = document_of(which, None)
    tables = [page["pages"][0].get("table")]
    tables += [table for sheet in page["pages"] for table in sheet.get("tables", ())]
    codes = [row[0] for table in tables if table for row in table["rows"]]
    assert codes == [sheet.code for sheet in which.grids]
    assert [bool(table["total"]) for table in tables if table].count(True) == 1


def odd_papers() -> dict[str, PlanPaper]:
    usual = paper(4, 2)
    crowd = tuple(Person(role, f"{LONG}{n}") for role in GRID_ROLES for n in range(30))
    far = shapely.union_all([shapely.box(0, 0, 50, 50), shapely.box(300, 300, 340, 380)])
    return {
        "long": changed(usual, 0, name=LONG, note=LONG * 4, sub_district=LONG, staff=crowd),
        "hostile": changed(usual, 0, name=HOSTILE, note=HOSTILE, bounds={"east": HOSTILE}),
        "no buildings": dataclasses.replace(usual, buildings=()),
        "no numbers": dataclasses.replace(
            usual, buildings=tuple(dataclasses.replace(b, number="") for b in usual.buildings)
        ),
        "two parts": changed(usual, 1, shape=place(far)[0]),
        "no shape": changed(usual, 2, shape=shapely.MultiPolygon()),
        "no boundary": dataclasses.replace(usual, boundary=None),
        "no grids": paper(0),
        "nothing": paper(0, boundary=None, ground=()),
        "draft": dataclasses.replace(
            usual, state="draft", effective_from=None, as_of=None, schematic=True, attribution=LONG
        ),
        "glyphless": changed(usual, 0, name="\U000f0000 \x00\ud800"),
        "empty ground": dataclasses.replace(usual, ground=(("lane", "", shapely.LineString()),)),
        "bow tie": changed(
            usual, 0, shape=place(shapely.Polygon([(0, 0), (90, 90), (90, 0), (0, 90)]))[0]
        ),
    }


@pytest.mark.parametrize("kind", odd_papers())
def test_odd_plans_have_all_their_papers(kind: str) -> None:
    which = odd_papers()[kind]
    assert len(text_of(drawings_pdf(which))) == 1 + len(which.grids)
    assert book_of(which).sheetnames == ["Grid register", "Ended grids", "Buildings by grid"]


def test_hostile_names_are_printed_as_they_are() -> None:
    pages = text_of(drawings_pdf(odd_papers()["hostile"]))
    assert '=1+1"#\\$<b>&*_[x]@{y}' in pages[1].replace(" ", "")


def test_a_draft_and_schematic_ground_say_so() -> None:
    pages = text_of(drawings_pdf(odd_papers()["draft"]))
    assert all("DRAFT" in page and "Schematic" in page for page in pages)
    usual = text_of(drawings_pdf(paper(1, 1)))
    assert not any("DRAFT" in page or "Schematic" in page for page in usual)


def test_the_language_is_that_of_the_reader() -> None:
    assert "Households" in text_of(drawings_pdf(paper(1, 1)))[1]
    speak("zh")
    page = text_of(drawings_pdf(paper(1, 1)))[1]
    assert "户数" in page
    assert "2026年1月1日" in page.replace(" ", "")
    assert "Households" not in page


def test_a_machine_without_chinese_fonts_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(press, "FAMILIES", ("No Such Font",))
    press.fonts.cache_clear()
    with pytest.raises(WanggeError, match="fonts-noto-cjk"):
        drawings_pdf(paper(1, 1))
    press.fonts.cache_clear()


def test_a_refusal_of_typst_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_facts: object) -> bytes:
        raise typst.TypstError("no", "", [], [])

    monkeypatch.setattr(typst, "compile", refuse)
    with pytest.raises(WanggeError, match="could not be set"):
        drawings_pdf(paper(1, 1))
