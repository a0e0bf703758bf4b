"""Briefings as slides and text documents: read back, they say what the report says.

python-pptx, python-docx and openpyxl read them here; the charts are written without them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
import streamlit as st
from docx import Document
from openpyxl import load_workbook
from pptx import Presentation
from pptx.util import Emu

from dashboard import state
from dashboard.briefing import view, view_report
from dashboard.briefing.formats import VIEW_FORMATS
from dashboard.briefing.office.document import text_document
from dashboard.briefing.office.slides import slides
from dashboard.briefing.page import Made
from dashboard.briefing.report import (
    Chart,
    Kpi,
    Kpis,
    Plate,
    Report,
    Section,
    Series,
    Table,
)
from dashboard.briefing.runs import runs_of
from dashboard.services import territory
from geo import words
from geo.papers.wording import wrap

UseStore = Callable[[str], None]
MADE = Made(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), "local")
FOOTER = {
    "warning": "示意图",
    "source": "© 数据提供者",
    "made": "内部使用，由某某于 2026-11-27 制作",
    "page": "第 \u0001 页，共 \u0002 页",
}
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
LONG_NAME = "很长很长的网格名称" * 5
PT = 12700

MAP = {
    "width": 180.0,
    "height": 110.0,
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 180 110">'
    '<rect width="180" height="110" fill="#BFDADD"/></svg>',
    "labels": [],
    "arrow": {"box": (169.0, 2.0, 178.0, 15.0), "text": "北"},
    "bar": {"box": (120.0, 99.0, 178.0, 108.0), "length": 40.0, "ticks": ["0", "500 米"]},
    "alt": "某社区地图",
}
LEGEND = {
    "title": "户数",
    "subtitle": "",
    "rows": [{"sign": "fill", "color": "#3B7FC4", "mark": "", "text": "低于 300", "count": "2"}],
}


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("zh")
    yield
    st.cache_data.clear()
    words.speak("zh")


def table(rows: int, name: str = "网格", **more: Any) -> Table:
    return Table(
        title="各网格",
        head=("网格", "户数", "占比"),
        rows=tuple((f"{at:03d} {name}", f"{1000 + at:,}", f"{at / 10:.1f}%") for at in range(rows)),
        numeric=(False, True, True),
        **more,
    )


def chart(kind: str = "bars", count: int = 4, **more: Any) -> Chart:
    values = tuple(float(1200 + at) for at in range(count))
    return Chart(
        title="户数比较",
        kind=kind,
        unit="户",
        categories=tuple(f"{at:03d} 网格" for at in range(count)),
        series=(Series("户数", values, "#1A5FA8"),),
        texts=() if kind == "lines" else tuple(f"{value:,.0f}" for value in values),
        **more,
    )


def section(*blocks: Any, heading: str = "负荷", sentences: tuple[str, ...] = ()) -> Section:
    return Section(heading, tuple(runs_of(one) for one in sentences), blocks)


def report(*sections: Section) -> Report:
    return Report(
        title="某某社区月报",
        sub=("某某街道", "2026-10-01 至 2026-10-31"),
        facts=("2026 版", "数据截至 2026-11-20"),
        sections=sections,
        footer=FOOTER,
        author="某某",
    )


FULL = report(
    section(
        Kpis("", (Kpi("户数", "13,350", "户", (("+0.3%", "muted"),), "超上限", "bad"),)),
        heading="概况",
        sentences=("**003 网格** 有 :red[3,261 户]，超上限。",),
    ),
    section(Plate("负荷图", MAP, (LEGEND,), "比例尺 1:5,000"), sentences=("最重的是 003。",)),
    section(chart(band=(300.0, 500.0)), table(5, note="每户只计一次。"), heading="规范"),
    section(chart("lines", 12), heading="走势"),
)


def deck_of(told: Report) -> Any:
    return Presentation(io.BytesIO(slides(told, MADE)))


def text_of(told: Report) -> Any:
    return Document(io.BytesIO(text_document(told, MADE)))


def words_of(shape: Any) -> str:
    if shape.has_text_frame:
        return str(shape.text_frame.text)
    if getattr(shape, "has_table", False):
        return "\n".join(cell.text for row in shape.table.rows for cell in row.cells)
    return ""


def said(deck: Any) -> str:
    return "\n".join(words_of(shape) for slide in deck.slides for shape in slide.shapes)


def tables_of(deck: Any) -> list[Any]:
    return [
        shape.table
        for slide in deck.slides
        for shape in slide.shapes
        if getattr(shape, "has_table", False)
    ]


def charts_of(deck: Any) -> list[Any]:
    return [
        shape.chart
        for slide in deck.slides
        for shape in slide.shapes
        if getattr(shape, "has_chart", False)
    ]


def grid_tables(deck: Any) -> list[list[list[str]]]:
    """Return the tables that have the head of `table`."""
    found = [[[cell.text for cell in row.cells] for row in one.rows] for one in tables_of(deck)]
    return [rows for rows in found if rows[0] == ["网格", "户数", "占比"]]


# ------------------------------------------------------------------------------------- slides


def test_slides_say_what_the_report_says() -> None:
    deck = deck_of(FULL)
    titles = [slide.shapes.title.text for slide in deck.slides]
    everything = said(deck)
    assert titles[0] == "某某社区月报"
    for heading in ("概况", "负荷", "规范", "走势"):
        assert any(title.startswith(heading) for title in titles), heading
    for text in ("13,350", "超上限", "+0.3%", "每户只计一次。", "比例尺 1:5,000", "2026 版"):
        assert text in everything, text
    assert grid_tables(deck) == [[list(row) for row in (table(5).head, *table(5).rows)]]


def test_sentences_keep_bold_and_coloured_words() -> None:
    runs = [
        run
        for slide in deck_of(FULL).slides
        for shape in slide.shapes
        if shape.has_text_frame
        for paragraph in shape.text_frame.paragraphs
        for run in paragraph.runs
    ]
    bold = {run.text for run in runs if run.font.bold}
    red = {run.text for run in runs if run.font.color.type and str(run.font.color.rgb) == "B42318"}
    assert "003 网格" in bold
    assert red == {"3,261 户"}


def test_charts_are_native_and_have_their_numbers_behind_them() -> None:
    bars, lines = charts_of(deck_of(FULL))
    shown = {one.name: tuple(one.values) for plot in bars.plots for one in plot.series}
    assert shown["户数"] == (1200.0, 1201.0, 1202.0, 1203.0)
    ends = {"300", "500"} | {"200"}  # the norm, by its limits or by its width
    assert {f"{values[0]:g}" for name, values in shown.items() if name != "户数"} < ends
    assert list(bars.plots[0].categories) == ["000 网格", "001 网格", "002 网格", "003 网格"]
    assert len(lines.plots[0].categories) == 12
    sheet = load_workbook(io.BytesIO(bars.part.chart_workbook.xlsx_part.blob)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    place = rows[0].index("户数")
    assert [row[place] for row in rows[1:]] == [1200, 1201, 1202, 1203]
    assert [row[0] for row in rows[1:]] == ["000 网格", "001 网格", "002 网格", "003 网格"]


def test_what_nobody_knows_is_a_gap_in_a_chart() -> None:
    gap = replace(chart("lines", 3), series=(Series("件", (1.0, None, 3.0), "#1A5FA8"),))
    (made,) = charts_of(deck_of(report(section(gap))))
    assert tuple(made.plots[0].series[0].values) == (1.0, None, 3.0)


def test_a_map_is_a_picture_that_is_described() -> None:
    pictures = [
        shape for slide in deck_of(FULL).slides for shape in slide.shapes if shape.shape_type == 13
    ]
    (picture,) = pictures
    assert "某社区地图" in picture._element.nvPicPr.cNvPr.get("descr")
    wide, high = picture.image.size
    assert picture.width / picture.height == pytest.approx(wide / high, rel=0.01)
    assert wide > 180 / 25.4 * 199


def test_every_slide_has_its_foot_and_its_number() -> None:
    for slide in deck_of(FULL).slides:
        kinds = {one.placeholder_format.type.name: one for one in slide.placeholders}
        foot = kinds["FOOTER"].text_frame.text
        assert all(FOOTER[key] in foot for key in ("warning", "source", "made"))
        fields = kinds["SLIDE_NUMBER"]._element.findall(".//{*}fld")
        assert [one.get("type") for one in fields] == ["slidenum"]


def test_a_long_table_goes_on_with_its_head() -> None:
    parts = grid_tables(deck_of(report(section(table(60)))))
    assert len(parts) > 1
    assert all(part[0] == ["网格", "户数", "占比"] for part in parts)
    assert [row for part in parts for row in part[1:]] == [list(row) for row in table(60).rows]


@pytest.mark.parametrize(
    "told",
    [
        FULL,
        report(section(table(60, LONG_NAME, note="说明。" * 80), heading=LONG_NAME)),
        report(section(chart(count=60, band=(0.0, 500.0)))),
        report(section(sentences=(f"**{LONG_NAME}** " * 6,) * 14)),
        report(
            section(
                Kpis("", (Kpi(LONG_NAME, "1,234,567", "户", (("无上年数据", "muted"),) * 2),) * 8),
                table(9, LONG_NAME),
                sentences=("一句话。",) * 8,
            )
        ),
        report(section(Plate(LONG_NAME, MAP, (LEGEND,) * 3, "说明"), sentences=("长句。" * 60,))),
        report(section(table(0, empty="没有。", note="说明。" * 80), chart(count=0))),
        report(),
    ],
    ids=["full", "long table", "many bars", "long words", "figures", "map", "nothing", "empty"],
)
def test_nothing_stands_off_the_slide_or_on_something_else(told: Report) -> None:
    deck = deck_of(told)
    for slide in deck.slides:
        boxes = [_box(shape) for shape in slide.shapes if not shape.is_placeholder]
        for left, top, right, bottom in (_box(shape) for shape in slide.shapes):
            assert left >= 0
            assert top >= 0
            assert right <= deck.slide_width + PT
            assert bottom <= deck.slide_height + PT
        assert [pair for pair in combinations(boxes, 2) if _overlap(*pair)] == []


def _box(shape: Any) -> tuple[int, int, int, int]:
    """Return where a shape stands, as high as its words are."""
    high = max(int(shape.height), _words_high(shape))
    return shape.left, shape.top, shape.left + shape.width, shape.top + high


def _words_high(shape: Any) -> int:
    """Estimate how high a text box's words are."""
    if not shape.has_text_frame or shape.is_placeholder:
        return 0
    total = 0.0
    for paragraph in shape.text_frame.paragraphs:
        sizes = [run.font.size.pt for run in paragraph.runs if run.font.size]
        if sizes:
            room = Emu(shape.width).pt / max(sizes)
            total += len(wrap(paragraph.text, room, 999)) * max(sizes) * 1.2
    return int(total * PT)


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > PT and high > PT


# ------------------------------------------------------------------------------ text documents


def test_a_text_document_says_what_the_report_says() -> None:
    text = text_of(FULL)
    lines = [paragraph.text for paragraph in text.paragraphs]
    headings = [one.text for one in text.paragraphs if one.style.name == "Heading 1"]
    assert lines[0] == "某某社区月报"
    assert headings == ["一、概况", "二、负荷", "三、规范", "四、走势"]
    for line in ("003 网格 有 3,261 户，超上限。", "每户只计一次。", "比例尺 1:5,000"):
        assert line in lines, line
    cells = [[[cell.text for cell in row.cells] for row in one.rows] for one in text.tables]
    assert [list(row) for row in (table(5).head, *table(5).rows)] in cells
    assert "13,350 户" in cells[0][0][0]


def test_a_text_document_keeps_bold_words_repeats_heads_and_counts_its_pages() -> None:
    text = text_of(FULL)
    runs = [run for paragraph in text.paragraphs for run in paragraph.runs]
    assert "003 网格" in {run.text for run in runs if run.bold}
    heads = [one.rows[0]._tr.findall(".//{*}tblHeader") for one in text.tables]
    assert [len(found) for found in heads] == [0, 1]  # figures have no head
    foot = text.sections[0].footer.paragraphs[0]
    codes = [value for one in foot._p.findall(".//{*}fldSimple") for value in one.attrib.values()]
    assert codes == ["PAGE", "NUMPAGES"]
    assert FOOTER["made"] in foot.text


def test_a_text_document_has_native_charts_with_their_workbooks() -> None:
    with zipfile.ZipFile(io.BytesIO(text_document(FULL, MADE))) as file:
        names = file.namelist()
        charts = [name for name in names if name.startswith("word/charts/chart")]
        sheets = [name for name in names if name.startswith("word/embeddings/")]
        assert len(charts) == len(sheets) == 2
        assert b">1203<" in file.read(min(charts))
        sheet = load_workbook(io.BytesIO(file.read(min(sheets)))).active
    assert "户数" in [cell.value for cell in sheet[1]]


def test_a_map_in_a_text_document_keeps_its_scale() -> None:
    (picture,) = [
        one
        for one in text_of(FULL).inline_shapes
        if one._inline.docPr.get("descr") and "某社区地图" in one._inline.docPr.get("descr")
    ]
    assert picture.width.mm == pytest.approx(180.0, abs=0.6)


@pytest.mark.parametrize(
    "told", [report(), report(section(table(0, empty="没有。"), chart(count=0)))]
)
def test_an_empty_report_still_is_a_document(told: Report) -> None:
    assert text_of(told).paragraphs[0].text == "某某社区月报"
    assert deck_of(told).slides[0].shapes.title.text


# -------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("write", [slides, text_document])
def test_the_same_report_is_the_same_bytes(write: Callable[[Report, Made], bytes]) -> None:
    body = write(FULL, MADE)
    assert write(FULL, MADE) == body
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        core = file.read("docProps/core.xml").decode()
        assert len(set(file.namelist())) == len(file.namelist())
        inner = [name for name in file.namelist() if name.endswith(".xlsx")]
        with zipfile.ZipFile(io.BytesIO(file.read(inner[0]))) as book:
            assert "2026-11-27T04:00:00Z" in book.read("docProps/core.xml").decode()
    assert core.count("2026-11-27T04:00:00Z") == 2
    assert "某某" in core
    assert write(FULL, replace(MADE, at=MADE.at + timedelta(days=1))) != body


@pytest.mark.parametrize("write", [slides, text_document])
def test_files_name_a_chinese_font(write: Callable[[Report, Made], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(write(FULL, MADE))) as file:
        (theme,) = [name for name in file.namelist() if name.endswith("theme/theme1.xml")]
        assert file.read(theme).count(b'<a:ea typeface="Microsoft YaHei"') == 2


def test_names_are_never_commands_or_formulas() -> None:
    nasty = '=1+1 <b>&"#[x]'
    told = report(
        section(
            replace(chart(count=1), categories=(nasty,)),
            table(1, nasty),
            heading=nasty,
            sentences=(nasty.replace("[", r"\["),),
        )
    )
    deck = deck_of(told)
    assert nasty in said(deck)
    (made,) = charts_of(deck)
    sheet = load_workbook(io.BytesIO(made.part.chart_workbook.xlsx_part.blob)).active
    assert sheet["A2"].value == nasty
    assert sheet["A2"].data_type == "s"
    assert any(nasty in paragraph.text for paragraph in text_of(told).paragraphs)


# --------------------------------------------------------------------------------------- view


def page_of(**asked: str) -> dict[str, Any]:
    words.speak(asked.get("lang", "zh"))
    known = state.parse({**SPORTS_CITY, **asked})
    scope = territory.resolve(known)
    assert scope is not None
    return view.document_of(view.question_of(scope, known), VIEW_FORMATS["slide"], MADE)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("asked", [{}, {"ind": "on_time_rate", "lang": "en"}])
def test_a_view_becomes_a_map_and_a_ranking(asked: dict[str, str]) -> None:
    document = page_of(**asked)
    told = view_report.report_of(document)
    deck = deck_of(told)
    assert len(deck.slides) == 2
    assert deck.slides[0].shapes.title.text == document["heading"]["title"]
    everything = said(deck)
    for cell in document["strip"]:
        assert cell["value"] in everything
    for line in document["sentences"]["lines"]:
        assert "".join(run["text"] for run in line) in everything
    (made,) = charts_of(deck)
    rows = document["ranking"]["rows"]
    shown = [tuple(one.values) for plot in made.plots for one in plot.series]
    values = tuple(row["value"] for row in rows)
    assert any(one == pytest.approx(values) for one in shown)
    ranked = [[[cell.text for cell in row.cells] for row in one.rows] for one in tables_of(deck)][
        -1
    ]
    assert ranked[1:] == [[row["name"], row["text"], row["aside"]] for row in rows]


@pytest.mark.usefixtures("demo")
def test_the_chosen_grid_has_its_card() -> None:
    document = page_of(grid="530111007001003")
    assert document["card"]
    everything = said(deck_of(view_report.report_of(document)))
    assert document["card"]["title"] in everything
    assert all(row["label"] in everything for row in document["card"]["rows"])


@pytest.mark.usefixtures("demo")
def test_a_view_without_figures_says_so() -> None:
    document = page_of()
    document["ranking"] = {**document["ranking"], "empty": "没有数字。"}
    deck = deck_of(view_report.report_of(document))
    assert not charts_of(deck)
    assert "没有数字。" in said(deck)
