"""A deck of slides: its theme, its layouts, and what can be put on a slide.

Lengths are points from the top left of a slide.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pptx import Presentation
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.parts.chart import ChartPart
from pptx.parts.embeddedpackage import EmbeddedXlsxPart
from pptx.util import Pt

from dashboard.briefing.office.charts import CONTENT_TYPE, Look, chart_xml, workbook
from dashboard.briefing.office.drawingml import (
    SPACES,
    Box,
    Para,
    Row,
    cell_xml,
    emu,
    frame_xml,
    rule_xml,
)
from dashboard.briefing.office.dress import (
    BORDER,
    CARE,
    INK,
    LINE,
    broken,
    fitting,
    moment_of,
    quoted,
    settled,
    themed,
    tongue,
)
from dashboard.briefing.page import Made
from dashboard.briefing.report import Chart, Report
from dashboard.briefing.runs import Run
from geo.papers.wording import clean, width_em

WIDE, HIGH, MARGIN = 960.0, 540.0, 30.0
ROOM: Final = WIDE - 2 * MARGIN
TOP, BOTTOM = 84.0, 502.0
"""Where a slide's own content begins and ends."""

AIR: Final = "    "
"""Between what is told in one line."""

GAP_ABOVE: Final = 24.0
TITLE_SIZES: Final = (22.0, 20.0, 18.0, 16.0, 14.0)
ABOVE_SIZES: Final = (9.5, 9.0, 8.0, 7.0, 6.5)
FOOT_SIZES: Final = (8.0, 7.0, 6.0, 5.0)
_COVER, _SECTION, _CONTENT, _BLANK = 0, 5, 1, 6
"""Layouts of the template."""

_A, _P = (
    "{http://schemas.openxmlformats.org/drawingml/2006/main}",
    "{http://schemas.openxmlformats.org/presentationml/2006/main}",
)
_CHART_SPACE: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"


class Deck:
    """Slides that are being made.

    Parameters
    ----------
    report
        Whose title, lines and foot they bear.
    made
        When, and by whom.
    """

    def __init__(self, report: Report, made: Made) -> None:
        self._report, self._made = report, made
        self._show: Any = Presentation()
        self._show.slide_width, self._show.slide_height = Pt(WIDE), Pt(HIGH)
        self._layouts: list[Any] = [self._show.slide_layouts[at] for at in (_COVER, _SECTION)]
        kept = {_COVER, _SECTION, _CONTENT, _BLANK}
        for at, layout in reversed(list(enumerate(self._show.slide_layouts))):
            if at not in kept:
                self._show.slide_layouts.remove(layout)
        self._dress_master()
        self._describe()

    def save(self) -> bytes:
        """Return the file: the same bytes for the same slides."""
        into = io.BytesIO()
        self._show.save(into)
        edits = {"ppt/theme/theme1.xml": themed, "ppt/presentation.xml": _spoken}
        return settled(into.getvalue(), self._made.at, edits)

    def cover(self) -> Slide:
        """Add the first slide of several."""
        made = self._show.slides.add_slide(self._layouts[0])
        slide = Slide(made, self._show)
        slide.placeholder(
            0, self._report.title, fitting(self._report.title, (34, 30, 26, 22), 840, 2)
        )
        slide.placeholder(1, AIR.join(part for part in self._report.sub if part), 15.0)
        self._foot(slide)
        return slide

    def slide(self, title: str) -> Slide:
        """Add a slide with a title, and above it what it is part of."""
        made = self._show.slides.add_slide(self._layouts[1])
        slide = Slide(made, self._show)
        slide.placeholder(0, title, fitting(title, TITLE_SIZES, ROOM))
        kicker = (
            [self._report.title, *self._report.sub]
            if title != self._report.title
            else (self._report.sub)
        )
        facts = AIR.join(part for part in self._report.facts if part)
        self._above(slide, AIR.join(part for part in kicker if part), facts)
        self._foot(slide)
        return slide

    def _above(self, slide: Slide, left: str, right: str) -> None:
        """Write the line above the title: what does not fit ends in an ellipsis."""
        size = fitting(left + right, ABOVE_SIZES, ROOM - GAP_ABOVE)
        needed = [width_em(text) * size / CARE + 1.0 for text in (left, right)]
        part = min((ROOM - GAP_ABOVE) / sum(needed), 1.0)
        for text, wide, align in zip((left, right), needed, ("l", "r"), strict=True):
            kept = wide * part
            said = broken(text, size, kept)
            shown = said[0] if len(said) == 1 else f"{said[0][:-1]}…"
            x = MARGIN if align == "l" else WIDE - MARGIN - kept
            para = Para([Run(text=shown, bold=False, tone="muted")], size, align)
            if text:
                slide.words(Box(x, 14, kept, size * LINE + 1), [para])

    def _foot(self, slide: Slide) -> None:
        foot = self._report.footer
        warning, *said = (foot.get(key, "") for key in ("warning", "source", "made"))
        quiet = AIR.join(part for part in said if part)
        size = fitting(warning + quiet, FOOT_SIZES, ROOM - 80, 2)
        runs = [
            Run(text=f"{warning}    ", bold=True, tone="warn"),
            Run(text=quiet, bold=False, tone="muted"),
        ]
        slide.foot([run for run in runs if run["text"].strip()], size)

    def _describe(self) -> None:
        """Set who made it and when; nothing of the template's remains."""
        moment, facts = moment_of(self._made.at), self._show.core_properties
        facts.author = facts.last_modified_by = self._report.author
        facts.title, facts.language = self._report.title, tongue()
        facts.created = facts.modified = moment
        facts.revision = 1
        facts.subject = facts.keywords = facts.comments = ""

    def _dress_master(self) -> None:
        """Move everything of the template's 4:3 to where this deck has it."""
        master = self._show.slide_master
        boxes = {
            "TITLE": Box(MARGIN, 30, ROOM, 36),
            "BODY": Box(MARGIN, TOP, ROOM, BOTTOM - TOP),
            "FOOTER": Box(MARGIN, 508, ROOM - 70, 24),
            "SLIDE_NUMBER": Box(WIDE - MARGIN - 60, 508, 60, 24),
        }
        _place(master, boxes)
        _restyle(master)
        _rules(master, [(68.0, INK, 1.25), (505.0, BORDER, 0.5)])
        cover = self._layouts[0]
        _place(cover, {"CENTER_TITLE": Box(60, 120, 840, 84), "SUBTITLE": Box(60, 216, 840, 26)})
        cover.element.set("showMasterSp", "0")
        for shape in cover.placeholders:
            for level in shape.element.iter(f"{_A}lvl1pPr"):
                level.set("algn", "l")
        _rules(cover, [(210.0, INK, 2.0), (505.0, BORDER, 0.5)], indent=60.0)
        _dateless(master, *list(self._show.slide_layouts))


class Slide:
    """A slide that is being filled."""

    def __init__(self, made: Any, show: Any) -> None:
        self._slide, self._show = made, show
        self._tree = made.shapes.element

    def _number(self) -> int:
        return 1 + max(int(shape.shape_id) for shape in self._slide.shapes)

    def _add(self, xml: str) -> None:
        self._tree.append(parse_xml(xml))

    def placeholder(self, idx: int, text: str, size: float) -> None:
        """Fill a placeholder of the layout."""
        frame = self._slide.placeholders[idx].text_frame
        frame.text = clean(text)
        frame.paragraphs[0].font.size = Pt(size)
        for run in frame.paragraphs[0].runs:
            run.font.size = Pt(size)
            run.font.language_id = MSO_LANGUAGE_ID.from_xml(tongue())

    def foot(self, runs: Sequence[Run], size: float) -> None:
        """Write the foot and the number of the slide, which the program counts."""
        number = (
            f'<a:p><a:fld id="{{C1FF6DA9-008F-8B48-92A6-B652298478BF}}" type="slidenum">'
            f'<a:rPr lang="{tongue()}" sz="900"/><a:t>{len(self._show.slides)}</a:t></a:fld></a:p>'
        )
        foot = Para(runs, size).xml()
        for name, kind, idx, body in (
            ("Footer", "ftr", 11, foot),
            ("Slide Number", "sldNum", 12, number),
        ):
            self._add(
                f'<p:sp {SPACES}><p:nvSpPr><p:cNvPr id="{self._number()}" name="{name}"/>'
                f'<p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr><p:ph type="{kind}" '
                f'sz="quarter" idx="{idx}"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>'
                f"<a:lstStyle/>{body}</p:txBody></p:sp>"
            )

    def words(self, box: Box, paras: Iterable[Para], anchor: str = "t") -> None:
        """Write paragraphs."""
        number = self._number()
        self._add(
            f'<p:sp {SPACES}><p:nvSpPr><p:cNvPr id="{number}" name="Text {number}"/>'
            f'<p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr>{frame_xml(box, "a")}'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/></p:spPr><p:txBody>'
            '<a:bodyPr wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" '
            f'anchor="{anchor}"><a:noAutofit/></a:bodyPr><a:lstStyle/>'
            f"{''.join(para.xml() for para in paras)}</p:txBody></p:sp>"
        )

    def picture(self, box: Box, png: bytes, alt: str) -> None:
        """Show a picture."""
        places = (Pt(one) for one in (box.x, box.y, box.wide, box.high))
        shape = self._slide.shapes.add_picture(io.BytesIO(png), *places)
        shape.element.nvPicPr.cNvPr.set("descr", alt)

    def chart(self, box: Box, chart: Chart, look: Look) -> None:
        """Draw a chart, with its numbers as a workbook behind it."""
        package = self._slide.part.package
        name = package.next_partname(ChartPart.partname_template)
        part = ChartPart.load(
            PackURI(str(name)), CONTENT_TYPE, package, chart_xml(chart, look, "rId1")
        )
        part.relate_to(EmbeddedXlsxPart.new(workbook(chart), package), RT.PACKAGE)
        known = self._slide.part.relate_to(part, RT.CHART)
        data = f'<c:chart xmlns:c="{_CHART_SPACE}" r:id="{known}"/>'
        self._framed(box, _CHART_SPACE, data, chart.title)

    def table(
        self,
        box: Box,
        widths: Sequence[float],
        rows: Sequence[Row],
        alt: str,
    ) -> None:
        """Draw a table.

        Parameters
        ----------
        rows
            Height and cells of each; the first is the head.
        """
        columns = "".join(f'<a:gridCol w="{emu(wide)}"/>' for wide in widths)
        body = "".join(
            f'<a:tr h="{emu(high)}">{"".join(map(cell_xml, cells))}</a:tr>' for high, cells in rows
        )
        data = f'<a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{columns}</a:tblGrid>{body}</a:tbl>'
        self._framed(box, "http://schemas.openxmlformats.org/drawingml/2006/table", data, alt)

    def _framed(self, box: Box, uri: str, data: str, alt: str) -> None:
        number = self._number()
        self._add(
            f'<p:graphicFrame {SPACES}><p:nvGraphicFramePr><p:cNvPr id="{number}" '
            f'name="Frame {number}" descr={quoted(alt)}/>'
            '<p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/></p:cNvGraphicFramePr><p:nvPr/>'
            f"</p:nvGraphicFramePr>{frame_xml(box, 'p')}<a:graphic>"
            f'<a:graphicData uri="{uri}">{data}</a:graphicData></a:graphic></p:graphicFrame>'
        )


# --------------------------------------------------------------------- theme, master, layouts


def _place(owner: Any, boxes: dict[str, Box]) -> None:
    for shape in owner.placeholders:
        box = boxes.get(shape.placeholder_format.type.name)
        if box:
            shape.left, shape.top = Pt(box.x), Pt(box.y)
            shape.width, shape.height = Pt(box.wide), Pt(box.high)
            frame = shape.text_frame
            frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _restyle(master: Any) -> None:
    """Set the sizes of the master's own styles: they show when somebody adds a slide."""
    styles = master.element.find(f"{_P}txStyles")
    title = styles[0][0]
    title.set("algn", "l")
    _defaults(title, "2200", bold=True)
    for level, size in zip(styles[1], ("1600", "1400", "1200", "1200", "1200"), strict=False):
        _defaults(level, size, bold=False)


def _defaults(level: Any, size: str, *, bold: bool) -> None:
    look = level.find(f"{_A}defRPr")
    look.set("sz", size)
    look.set("b", str(int(bold)))


def _rules(owner: Any, rules: list[tuple[float, str, float]], indent: float = MARGIN) -> None:
    tree = owner.shapes.element
    for at, (y, color, weight) in enumerate(rules):
        box = Box(indent, y, WIDE - 2 * indent, 0)
        tree.append(parse_xml(rule_xml(90 + at, box, color, weight)))


def _dateless(*owners: Any) -> None:
    """Remove the template's dates: they would show the day somebody looks."""
    for owner in owners:
        for shape in list(owner.placeholders):
            if shape.placeholder_format.type.name == "DATE":
                shape.element.getparent().remove(shape.element)


def _spoken(show: bytes) -> bytes:
    """Say the language, and that the slides are wide."""
    text = re.sub(rb' type="screen4x3"', b"", show)
    return text.replace(b'lang="en-US"', f'lang="{tongue()}"'.encode())
