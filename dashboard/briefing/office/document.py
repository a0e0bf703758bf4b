"""A report as a text document that can be changed: headings, tables and charts of its own kind."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from dashboard.briefing.formats import REPORT_FORMATS
from dashboard.briefing.office.dress import (
    ACCENT,
    FONT,
    INK,
    LATIN,
    SOFT,
    moment_of,
    rgb,
    settled,
    themed,
    tongue,
)
from dashboard.briefing.office.pieces import (
    BULLET,
    CAPTION,
    NOTE,
    add_chart,
    add_figures,
    add_picture,
    add_table,
    side_by_side,
    write_foot,
    write_runs,
)
from dashboard.briefing.office.plates import Drawn, drawn
from dashboard.briefing.page import Made
from dashboard.briefing.report import Block, Chart, Kpis, Plate, Report, Section, Table
from geo.words import language

PAGE: Final = REPORT_FORMATS["a4p"]
"""The paper: its maps then keep their scale, and pages break about as in the PDF."""

ROOM: Final = PAGE.width - 2 * PAGE.margin
SMALL_PT: Final = 300.0
"""A map narrower than this stands beside others."""

TEXT_PT: Final = 10.5
FEW_SECTIONS: Final = 2
"""So few need no numbers."""

HAN_NUMBERS: Final = "一二三四五六七八九十"


def text_document(report: Report, made: Made) -> bytes:
    """Write a text document.

    Returns
    -------
    bytes
        A DOCX file; the same for the same report and time.

    Raises
    ------
    WanggeError
        If a map cannot be set; see `dashboard.briefing.press.press`.
    """
    text = Document()
    _lay_out(text)
    _dress(text)
    _describe(text, report, made)
    _head(text, report)
    numbered = len(report.sections) > FEW_SECTIONS
    for number, section in enumerate(report.sections, start=1):
        if numbered or section.heading != report.title:
            text.add_heading((_number(number) if numbered else "") + section.heading, 1)
        _section(text, section, made)
    write_foot(text.sections[0], report.footer, ROOM)
    out = io.BytesIO()
    text.save(out)
    return settled(out.getvalue(), made.at, {"word/theme/theme1.xml": themed})


def _lay_out(text: Any) -> None:
    page = text.sections[0]
    page.page_width, page.page_height = Pt(PAGE.width), Pt(PAGE.height)
    page.left_margin = page.right_margin = Pt(PAGE.margin)
    page.top_margin, page.bottom_margin = Pt(PAGE.margin), Pt(PAGE.margin + PAGE.footer)
    page.footer_distance = Pt(PAGE.margin * 0.6)


def _dress(text: Any) -> None:
    """Set the styles, so that whoever changes one changes it everywhere."""
    styles = text.styles
    _style(styles["Normal"], TEXT_PT, INK)
    _style(styles["Title"], 20.0, INK, bold=True, after=4.0)
    _style(styles["Heading 1"], 14.0, ACCENT, bold=True, before=16.0, after=6.0)
    _style(styles["List Bullet"], TEXT_PT, INK, after=4.0)
    _style(styles["Footer"], 7.5, SOFT)
    caption = styles.add_style(CAPTION, WD_STYLE_TYPE.PARAGRAPH)
    _style(caption, TEXT_PT, INK, bold=True, before=10.0, after=4.0)
    caption.paragraph_format.keep_with_next = True
    _style(styles.add_style(NOTE, WD_STYLE_TYPE.PARAGRAPH), 8.0, SOFT, before=3.0, after=6.0)


def _style(
    style: Any, size: float, color: str, *, bold: bool = False, before: float = 0, after: float = 0
) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(rgb(color))
    style.paragraph_format.space_before = Pt(before)
    style.paragraph_format.space_after = Pt(after)
    style.paragraph_format.line_spacing = 1.0
    properties = style.element.get_or_add_rPr()
    _face(properties)
    paragraph = style.element.get_or_add_pPr()
    for name in ("w:pBdr", "w:tabs"):  # the template underlines titles, and has a smaller page
        for found in paragraph.findall(qn(name)):
            paragraph.remove(found)


def _face(properties: Any) -> None:
    """Name the font for every script, in place of the template's theme."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    faces = {"ascii": LATIN, "hAnsi": LATIN, "eastAsia": FONT, "cs": LATIN}
    for script, face in faces.items():
        fonts.set(qn(f"w:{script}"), face)
    spoken = properties.find(qn("w:lang"))
    if spoken is None:
        spoken = properties.makeelement(qn("w:lang"), {})
        properties.append(spoken)
    spoken.set(qn("w:val"), "en-US")
    spoken.set(qn("w:eastAsia"), "zh-CN")


def _describe(text: Any, report: Report, made: Made) -> None:
    core = text.core_properties
    core.title, core.author, core.last_modified_by = report.title, report.author, report.author
    core.created = core.modified = moment_of(made.at)
    core.language, core.revision = tongue(), 1
    core.comments = core.subject = core.keywords = core.category = ""


def _head(text: Any, report: Report) -> None:
    text.add_paragraph(report.title, "Title")
    for line in (report.sub, report.facts):
        if any(line):
            text.add_paragraph("   ".join(filter(None, line)), NOTE)


def _number(number: int) -> str:
    """Return the number of a section, as the PDF has it."""
    if language() == "zh" and number <= len(HAN_NUMBERS):
        return f"{HAN_NUMBERS[number - 1]}、"
    return f"{number}. "


def _section(text: Any, section: Section, made: Made) -> None:
    for figures in section.blocks:
        if isinstance(figures, Kpis):
            _block(text, figures)
    for sentence in section.sentences:
        write_runs(text.add_paragraph(style=BULLET), sentence)
    rest = [block for block in section.blocks if not isinstance(block, Kpis)]
    for small, group in groupby(rest, _is_small):
        blocks = list(group)
        if small:
            _plates(text, [block for block in blocks if isinstance(block, Plate)], made)
            continue
        for block in blocks:
            if isinstance(block, Plate):
                _plate(text, block, drawn(block, made))
            else:
                _block(text, block)


def _is_small(block: Block) -> bool:
    return isinstance(block, Plate) and block.map["width"] * 72 / 25.4 < SMALL_PT


def _block(text: Any, block: Kpis | Table | Chart) -> None:
    if isinstance(block, Kpis):
        _caption(text, block.title)
        if block.figures:
            add_figures(text, block.figures, ROOM)
    elif isinstance(block, Table):
        _caption(text, block.title)
        if block.rows:
            add_table(text, block, ROOM)
        elif block.empty:
            text.add_paragraph(block.empty, NOTE)
        _note(text, block.note)
    elif block.categories and block.series:
        add_chart(text, block, ROOM)
        _note(text, block.note)


def _plate(text: Any, plate: Plate, picture: Drawn) -> None:
    _caption(text, plate.title)
    add_picture(text.add_paragraph(), picture, min(picture.wide, ROOM))
    _note(text, plate.note)


def _plates(text: Any, plates: Sequence[Plate], made: Made) -> None:
    """Set small maps side by side."""
    cells = side_by_side(text, len(plates), ROOM)
    for cell, plate in zip(cells, plates, strict=True):
        picture = drawn(plate, made)
        cell.paragraphs[0].style = CAPTION
        cell.paragraphs[0].add_run(plate.title)
        add_picture(cell.add_paragraph(), picture, min(picture.wide, ROOM / len(plates) - 8.0))
        _note(cell, plate.note)


def _caption(text: Any, title: str) -> None:
    if title:
        text.add_paragraph(title, CAPTION)


def _note(text: Any, note: str) -> None:
    if note:
        text.add_paragraph(note, NOTE)
