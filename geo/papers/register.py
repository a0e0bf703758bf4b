"""The registration table (网格登记表): a workbook that an office can file, print and read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

from geo.errors import N_
from geo.papers.model import CHANGES, SIDES, GridSheet, PlanPaper
from geo.papers.sides import bounds_in_words
from geo.papers.terrain import survey
from geo.papers.wording import (
    NOTHING,
    clean,
    day,
    made,
    minute,
    named,
    other_people,
    plan_name,
)
from geo.periods import ZONE
from geo.schema import HOUSEHOLD_STATES
from geo.words import _

Cell = str | int | float
Row = Sequence[Cell]

FONT = "Noto Sans CJK SC"
INK, PANEL, LINE = "1B2733", "F3F5F7", "9AA5AF"
RISKY = ("=", "+", "-", "@")
"""A text that begins so is taken for a formula by whoever types into the cell."""

_A3, _A4 = 8, 9
FACTS_ROW = 2

_POINTS_A_LINE = 13.5
_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    heading, group
        Message ids: its heading, and the one above it and its neighbours.
    width
        In letters.
    summed
        Whether it holds numbers that are added up.
    wraps
        Whether it holds text of any length.
    """

    heading: str
    width: float
    group: str = ""
    summed: bool = False
    wraps: bool = False


NUMBER = Column(N_("No."), 5)
CODE = Column(N_("Grid code"), 18)
NAME = Column(N_("Grid name"), 16, wraps=True)

REGISTER = (
    NUMBER,
    CODE,
    NAME,
    Column(N_("Community"), 14, wraps=True),
    Column(N_("Sub-district"), 12, wraps=True),
    *(Column(label, 16, N_("Bounds"), wraps=True) for label in SIDES.values()),
    Column(N_("Area (m²)"), 12, summed=True),
    Column(N_("Buildings"), 8, summed=True),
    Column(N_("Households"), 8, summed=True),
    *(
        Column(label, 7, N_("Dwellings by state"), summed=True)
        for label in HOUSEHOLD_STATES.values()
    ),
    Column(N_("Residents"), 9, summed=True),
    Column(N_("Residents 60+"), 8, summed=True),
    Column(N_("Residents 80+"), 8, summed=True),
    Column(N_("Party members"), 8, summed=True),
    Column(N_("Grid leader"), 12, N_("Staff"), wraps=True),
    Column(N_("Grid worker"), 18, N_("Staff"), wraps=True),
    Column(N_("Others"), 26, N_("Staff"), wraps=True),
    Column(N_("Kind of change"), 9),
    Column(N_("Former grid codes"), 18, wraps=True),
    Column(N_("Remarks"), 24, wraps=True),
)
ENDED = (
    NUMBER,
    CODE,
    NAME,
    Column(N_("Went to grids"), 40, wraps=True),
)
BELONGING = (
    NUMBER,
    Column(N_("Compound"), 20, wraps=True),
    Column(N_("Building number"), 14),
    CODE,
    NAME,
    Column(N_("Households"), 9, summed=True),
    Column(N_("Most dwellings are"), 14),
    Column(N_("Number in the system"), 14),
)


def registration_xlsx(paper: PlanPaper) -> bytes:
    """Write the registration table of a plan.

    Parameters
    ----------
    paper : PlanPaper
        Shapes in EPSG:4326.

    Returns
    -------
    bytes
        A workbook of three sheets: register, grids that end, buildings and their grids. The same
        paper gives the same bytes.
    """
    book = Workbook()
    book.remove(book.active)
    _sheet(book, paper, _("Grid register"), REGISTER, _register_rows(paper))
    _sheet(book, paper, _("Ended grids"), ENDED, _ended_rows(paper))
    _sheet(book, paper, _("Buildings by grid"), BELONGING, _building_rows(paper))
    wide = book.worksheets[0].page_setup
    wide.paperSize, wide.orientation = _A3, "landscape"
    return _packed(book, paper)


# ---------------------------------------------------------------------------------------- rows


def _register_rows(paper: PlanPaper) -> list[Row]:
    bounds = bounds_in_words(paper, survey(paper), range(len(paper.grids)), whole_codes=True)
    return [
        (
            number + 1,
            sheet.code,
            clean(sheet.name),
            clean(paper.community),
            clean(sheet.sub_district),
            *(clean(bounds[number][side]) for side in SIDES),
            *_counts(paper, sheet),
            named(sheet.staff, ("grid_leader",)),
            named(sheet.staff, ("grid_worker",)),
            other_people(sheet.staff),
            _(CHANGES[sheet.change]),
            _(", ").join(sheet.former) or NOTHING,
            clean(sheet.note),
        )
        for number, sheet in enumerate(paper.grids)
    ]


def _counts(paper: PlanPaper, sheet: GridSheet) -> tuple[Cell, ...]:
    people = (
        sheet.households,
        *(sheet.dwellings.get(state, 0) for state in HOUSEHOLD_STATES),
        sheet.residents,
        sheet.age60,
        sheet.age80,
        sheet.party_members,
    )
    known = people if paper.counted else (NOTHING,) * len(people)
    return (round(sheet.area_m2), sheet.buildings, *known)


def _ended_rows(paper: PlanPaper) -> list[Row]:
    rows: list[Row] = []
    for number, (code, name) in enumerate(paper.retired):
        heirs = [sheet.code for sheet in paper.grids if code in sheet.former]
        rows.append((number + 1, code, clean(name), _(", ").join(heirs) or NOTHING))
    return rows


def _building_rows(paper: PlanPaper) -> list[Row]:
    rows: list[Row] = []
    for number, outline in enumerate(paper.buildings):
        sheet = paper.grids[outline.grid] if outline.grid >= 0 else None
        state = HOUSEHOLD_STATES.get(outline.dominant)
        where = (sheet.code, clean(sheet.name)) if sheet else (NOTHING, _("in no grid"))
        households = outline.households if paper.counted else NOTHING
        what = (households, _(state) if state else NOTHING, str(outline.id))
        own = (clean(outline.compound) or NOTHING, clean(outline.number) or NOTHING)
        rows.append((number + 1, *own, *where, *what))
    return rows


# -------------------------------------------------------------------------------------- sheets


def _sheet(
    book: Workbook, paper: PlanPaper, title: str, columns: Sequence[Column], rows: Sequence[Row]
) -> None:
    """Write one sheet: titles, headings, rows, totals, and how it prints."""
    sheet = book.create_sheet(title)
    first = _titles(sheet, paper, title, len(columns))
    body = _headings(sheet, columns, first)
    for offset, row in enumerate(rows):
        _row(sheet, columns, body + offset, row)
    last = body + len(rows)
    if any(column.summed for column in columns):
        _row(sheet, columns, last, _totals(columns, rows), bold=True)
        last += 1
    _signatures(sheet, paper, last + 1, len(columns))
    _print_setup(sheet, paper, first, body)


def _titles(sheet: Any, paper: PlanPaper, title: str, width: int) -> int:
    """Write the lines above the table; return the row after them."""
    heading = _("{place}: {title}", place=clean(f"{paper.street} {paper.community}"), title=title)
    facts = (
        _("Community code {code}", code=paper.community_code),
        _("Plan {plan}", plan=plan_name(paper)),
        _("In force from {day}", day=day(paper.effective_from)),
        _("Data cut-off {time}", time=minute(paper.as_of)),
        made(paper),
    )
    lines = ["    ".join(facts)]
    if paper.schematic:
        lines.append(_("Schematic: boundaries and ground are drawn for illustration."))
    narrow = width < len(REGISTER)
    _line(sheet, 1, width, heading, (16, 26))
    for number, line in enumerate(lines, start=2):
        _line(sheet, number, width, line, (10, 32 if narrow and number == FACTS_ROW else 16))
    return len(lines) + FACTS_ROW


def _line(sheet: Any, number: int, width: int, text: str, size: tuple[int, int]) -> None:
    """Write a line across the table: text size and height of the row, points."""
    _write(sheet, number, 1, text)
    cell = sheet.cell(number, 1)
    cell.font = Font(name=FONT, size=size[0], bold=number == 1, color=INK)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.row_dimensions[number].height = size[1]
    sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=width)


def _headings(sheet: Any, columns: Sequence[Column], first: int) -> int:
    """Write the headings, in two rows where columns form groups; return the row after them."""
    grouped = any(column.group for column in columns)
    last = first + int(grouped)
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
        for row in range(first, last + 1):
            _head(sheet.cell(row, number))
        below = last if column.group else first
        _write(sheet, below, number, _(column.heading))
        if grouped and not column.group:
            sheet.merge_cells(start_row=first, end_row=last, start_column=number, end_column=number)
    for start, end, group in _groups(columns):
        _write(sheet, first, start, _(group))
        sheet.merge_cells(start_row=first, end_row=first, start_column=start, end_column=end)
    sheet.row_dimensions[last].height = 2.2 * _POINTS_A_LINE
    return last + 1


def _groups(columns: Sequence[Column]) -> list[tuple[int, int, str]]:
    """Return first and last column (from 1) and heading of each group."""
    found: list[tuple[int, int, str]] = []
    for number, column in enumerate(columns, start=1):
        if not column.group:
            continue
        if found and found[-1][2] == column.group and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number, column.group)
        else:
            found.append((number, number, column.group))
    return found


def _row(
    sheet: Any, columns: Sequence[Column], number: int, row: Row, *, bold: bool = False
) -> None:
    for place, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
        _write(sheet, number, place, value)
        cell = sheet.cell(number, place)
        cell.font = Font(name=FONT, size=10, bold=bold, color=INK)
        cell.border = _border()
        right = column.summed
        across = "right" if right else "left" if column.wraps else "center"
        cell.alignment = Alignment(
            horizontal=across,
            vertical="center",
            wrap_text=column.wraps,
            indent=int(across != "center"),
        )
        if right:
            cell.number_format = "#,##0"
        if bold:
            cell.fill = PatternFill("solid", fgColor=PANEL)
    sheet.row_dimensions[number].height = _height(columns, row)


def _height(columns: Sequence[Column], row: Row) -> float:
    """Estimate a row's height, points: programs do not all fit rows to wrapped text."""
    most = 1
    for column, value in zip(columns, row, strict=True):
        if column.wraps:
            letters = sum(2 if ord(letter) > 0x2E7F else 1 for letter in str(value))  # noqa: PLR2004
            most = max(most, -(-letters // max(int(column.width) - 3, 1)))
    return most * _POINTS_A_LINE + 4


def _totals(columns: Sequence[Column], rows: Sequence[Row]) -> Row:
    """Add up the columns that add; values, so that every reader shows them."""
    sums: list[Cell] = [
        _sum([row[place] for row in rows]) if column.summed else ""
        for place, column in enumerate(columns)
    ]
    sums[1] = _("Total")
    return sums


def _sum(cells: Sequence[Cell]) -> Cell:
    """Add up what is known; of nothing known nobody knows the sum."""
    known = [cell for cell in cells if not isinstance(cell, str)]
    return sum(known) if known or not cells else NOTHING


def _signatures(sheet: Any, paper: PlanPaper, number: int, width: int) -> None:
    """Leave the place where the office signs, and say whose data it is."""
    blank = "＿" * 8
    signed = (
        _("Made by {name}", name=clean(paper.made_by) or blank),
        _("Checked by {blank}", blank=blank),
        _("Street office (seal) {blank}", blank=blank),
        _("Date {blank}", blank=blank),
    )
    _line(sheet, number, width, "        ".join(signed), (10, 36))
    if clean(paper.attribution):
        _line(sheet, number + 1, width, clean(paper.attribution), (8, 24))


def _print_setup(sheet: Any, paper: PlanPaper, first: int, body: int) -> None:
    """Set A4 upright, one page wide, headings on every page, headings frozen."""
    sheet.freeze_panes = sheet.cell(body, min(4, sheet.max_column))
    sheet.print_title_rows = f"{first}:{body - 1}"
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom, margins.footer = 0.5, 0.75, 0.4
    place = clean(f"{paper.street} {paper.community}").replace("&", "&&")
    sheet.oddFooter.left.text = place
    sheet.oddFooter.right.text = "&P / &N"


# --------------------------------------------------------------------------------------- cells


def _write(sheet: Any, row: int, column: int, value: Cell) -> None:
    """Write a cell; text is always text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = value.startswith(RISKY)


def _head(cell: Any) -> None:
    cell.font = Font(name=FONT, size=10, bold=True, color=INK)
    cell.fill = PatternFill("solid", fgColor=PANEL)
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    cell.border = _border()


def _border() -> Border:
    line = Side(style="thin", color=LINE)
    return Border(left=line, right=line, top=line, bottom=line)


def _packed(book: Workbook, paper: PlanPaper) -> bytes:
    """Save a workbook with the paper's own time in it instead of the clock's."""
    at = paper.made_at if paper.made_at.tzinfo else paper.made_at.replace(tzinfo=ZONE)
    moment = max(at.astimezone(UTC), _ZIP_EPOCH)
    facts = book.properties
    facts.creator, facts.title = clean(paper.made_by), clean(f"{paper.community} {paper.plan}")
    facts.created = moment.replace(tzinfo=None, microsecond=0)
    raw = io.BytesIO()
    book.save(raw)
    facts.modified = facts.created
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            own = name == "docProps/core.xml"
            target.writestr(entry, tostring(facts.to_tree()) if own else source.read(name))
    return packed.getvalue()
