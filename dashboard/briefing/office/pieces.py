"""The pieces of a text document: runs, tables, figures, native charts, pictures, the foot."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from math import floor
from typing import Any, Final

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from dashboard.briefing.office.charts import (
    CONTENT_TYPE,
    WORKBOOK_TYPE,
    Look,
    chart_xml,
    lying,
    workbook,
)
from dashboard.briefing.office.dress import BORDER, PANEL, SOFT, WARN, rgb, tone_color
from dashboard.briefing.office.plates import Drawn
from dashboard.briefing.report import Chart, Kpi, Sentence, Table
from geo.papers.wording import width_em

BULLET, CAPTION, NOTE = "List Bullet", "Wangge Caption", "Wangge Note"

CELL_PT: Final = (9.0, 8.0, 7.0, 6.5)
CELL_PAD: Final = 4.0
WIDEST_EM: Final = 34.0
WORDS_EM: Final = 8.0
HEAD_EM: Final = 5.2
BAR_PT, SECOND_PT, STANDING_PT, AROUND_PT = 17.0, 7.0, 180.0, 62.0
"""Height of a chart: of a bar, of one more beside it, of lines, of title, axis and legend."""

FIGURES: Final = 4
"""Side by side."""

_CHART: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"


# --------------------------------------------------------------------------------------- words


def write_runs(paragraph: Any, sentence: Sentence) -> None:
    """Write a sentence; its bold and coloured words stay so."""
    for piece in sentence:
        run = paragraph.add_run(piece["text"])
        run.bold = piece["bold"] or None
        if piece["tone"]:
            run.font.color.rgb = RGBColor.from_string(rgb(tone_color(piece["tone"])))


def _words(paragraph: Any, text: str, size: float, color: str = "", *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold or None
    if color:
        run.font.color.rgb = RGBColor.from_string(rgb(color))


# -------------------------------------------------------------------------------------- tables


def add_table(text: Any, table: Table, room: float) -> None:
    """Add a table whose head is repeated on every page."""
    size, widths = _widths(table, room)
    made = _blank(text, len(table.rows) + 1, widths)
    for down, row in enumerate((table.head, *table.rows)):
        line = made.rows[down]
        _keep(line, head=down == 0)
        for cell, words, numeric in zip(line.cells, row, table.numeric, strict=True):
            paragraph = cell.paragraphs[0]
            look = {"color": SOFT, "bold": True} if down == 0 else {}
            _words(paragraph, words, size, **look)  # type: ignore[arg-type]  # two kinds of values
            if numeric:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _dress(cell, PANEL if down == 0 else "", (("bottom", SOFT if down == 0 else BORDER),))


def _widths(table: Table, room: float) -> tuple[float, list[float]]:
    """Return the size of a table's text and the widths of its columns, points."""
    wants = [_want(table, at) for at in range(len(table.head))]
    pad = 2 * CELL_PAD + 1.0
    least = sum(
        want if number else min(want, WORDS_EM)
        for want, number in zip(wants, table.numeric, strict=True)
    )
    space = room - pad * len(wants)
    size = next((one for one in CELL_PT if least * one <= space), CELL_PT[-1])
    total = sum(wants) or 1.0
    fixed = sum(want for want, number in zip(wants, table.numeric, strict=True) if number)
    left = space / size - fixed
    if total * size <= space or fixed == total or left <= 0:
        return size, [want * space / total + pad for want in wants]
    return size, [
        (want if number else want * left / (total - fixed)) * size + pad
        for want, number in zip(wants, table.numeric, strict=True)
    ]


def _want(table: Table, at: int) -> float:
    cells = max((width_em(row[at]) for row in table.rows), default=0.0)
    head = width_em(table.head[at])
    if table.numeric[at]:
        word = max(map(width_em, re.findall(r"[!-~]+", table.head[at])), default=0.0)
        return max(min(head, HEAD_EM), min(word, WORDS_EM), min(cells, WIDEST_EM)) * 1.08
    return max(min(max(head, cells), WIDEST_EM), 1.0)


def _blank(text: Any, rows: int, widths: Sequence[float]) -> Any:
    """Add a table without lines, its columns as wide as told."""
    table = text.add_table(rows, len(widths))
    table.autofit = False
    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx has no margins of cells
    margins = OxmlElement("w:tblCellMar")
    for side, wide in (("top", 2.0), ("left", CELL_PAD), ("bottom", 2.0), ("right", CELL_PAD)):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), str(round(wide * 20)))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties.find(qn("w:tblLayout")).addnext(margins)
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Pt(wide)
        for cell in column.cells:
            cell.width = Pt(wide)
    return table


def _keep(row: Any, *, head: bool) -> None:
    """Keep a row on one page; repeat the head."""
    properties = row._tr.get_or_add_trPr()  # noqa: SLF001 - python-docx has no heads of tables
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def _dress(cell: Any, fill: str, edges: Sequence[tuple[str, str]]) -> None:
    """Draw a cell's borders and fill it; in the order of the format."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 - python-docx has no borders
    borders = OxmlElement("w:tcBorders")
    for side, color in edges:
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", rgb(color))):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    properties.append(borders)
    if fill:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", rgb(fill))):
            shade.set(qn(f"w:{name}"), value)
        properties.append(shade)


def add_figures(text: Any, figures: Sequence[Kpi], room: float) -> None:
    """Set figures side by side, in the cells of a table."""
    columns = min(len(figures), FIGURES)
    made = _blank(text, -(-len(figures) // columns), [room / columns] * columns)
    for row in made.rows:
        _keep(row, head=False)
    for at, figure in enumerate(figures):
        cell = made.cell(at // columns, at % columns)
        _figure(cell, figure)
        edges = tuple((side, BORDER) for side in ("top", "left", "bottom", "right"))
        _dress(cell, PANEL, edges)
    text.add_paragraph(style=NOTE)


def _figure(cell: Any, figure: Kpi) -> None:
    _words(cell.paragraphs[0], figure.label, 8.5, SOFT)
    value = cell.add_paragraph()
    _words(value, figure.value, 16.0, bold=True)
    if figure.unit:
        _words(value, f" {figure.unit}", 8.5, SOFT)
    for words, tone in ((figure.note, figure.tone), *figure.changes):
        if words:
            _words(cell.add_paragraph(), words, 8.0, tone_color(tone))


def side_by_side(text: Any, count: int, room: float) -> list[Any]:
    """Return the cells of a row without lines."""
    row = _blank(text, 1, [room / count] * count).rows[0]
    _keep(row, head=False)
    return list(row.cells)


# -------------------------------------------------------------------------- pictures and charts


def add_picture(paragraph: Any, picture: Drawn, wide: float) -> None:
    """Show a map; its words for those who do not see it stand in the file."""
    shape = paragraph.add_run().add_picture(io.BytesIO(picture.png), width=Pt(floor(wide)))
    shape._inline.docPr.set("descr", picture.alt)  # noqa: SLF001 - no API for it


def add_chart(text: Any, chart: Chart, room: float) -> None:
    """Add a chart with its numbers as a workbook behind it."""
    document = text.part
    package = document.package
    name = package.next_partname("/word/charts/chart%d.xml")
    number = re.sub(r"\D", "", str(name))
    part = Part(name, CONTENT_TYPE, chart_xml(chart, Look(9.0), "rId1"), package)
    sheet = PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx")
    part.relate_to(Part(sheet, WORKBOOK_TYPE, workbook(chart), package), RT.PACKAGE)
    known = document.relate_to(part, RT.CHART)
    paragraph = text.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(8)
    run = paragraph.add_run()._r  # noqa: SLF001 - python-docx has no charts
    run.append(_drawing(chart, known, document.next_id, (room, _height(chart))))


def _height(chart: Chart) -> float:
    if not lying(chart):
        return STANDING_PT
    each = BAR_PT + (SECOND_PT * (len(chart.series) - 1) if chart.kind == "bars" else 0.0)
    return AROUND_PT + each * len(chart.categories)


def _drawing(chart: Chart, known: str, number: int, size: tuple[float, float]) -> Any:
    wide, high = (int(Pt(side)) for side in size)
    drawing = parse_xml(
        f"<w:drawing {nsdecls('w', 'wp', 'a', 'r')}>"
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
        f'<wp:docPr id="{number}" name=""/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{_CHART}">'
        f'<c:chart xmlns:c="{_CHART}" r:id="{known}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    described = drawing.find(f".//{qn('wp:docPr')}")
    described.set("name", chart.title or chart.unit)
    described.set("descr", chart.title or chart.unit)
    return drawing


# ---------------------------------------------------------------------------------------- foot


def write_foot(section: Any, footer: dict[str, str], room: float) -> None:
    """Say on every page whose data it is and which page this is: the programs count themselves."""
    paragraph = section.footer.paragraphs[0]
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Pt(room), WD_TAB_ALIGNMENT.RIGHT)
    if footer.get("warning"):
        _words(paragraph, footer["warning"] + "  ", 7.5, WARN, bold=True)
    paragraph.add_run("  ".join(filter(None, (footer.get("source"), footer.get("made")))))
    paragraph.add_run("\t")
    for piece in re.split("([\u0001\u0002])", footer.get("page", "")):
        if piece in ("\u0001", "\u0002"):
            _field(paragraph, "PAGE" if piece == "\u0001" else "NUMPAGES")
        else:
            paragraph.add_run(piece)


def _field(paragraph: Any, code: str) -> None:
    """Add a field that the program fills."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    shown = OxmlElement("w:t")
    shown.text = "1"
    run.append(shown)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no fields
