"""The table of a grid's buildings: its rows, and how they are laid out in columns and pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from dashboard import figures
from dashboard.briefing.formats import Format
from dashboard.briefing.sheets.numbers import Numbered, numbered
from dashboard.briefing.sheets.telling import Block, Told, told
from geo.papers.wording import count, width_em, wrap
from geo.schema import HOUSEHOLD_STATES
from geo.words import _

Page = dict[str, Any]

HIDDEN: Final = "*"
"""Stands for a number that is told only together with others."""

SIZES: Final = (1.0, 0.95, 0.9, 0.85, 0.8, 0.76, 0.72, 0.675)
"""Sizes of the table that are tried, of running text; the largest at which it fits is taken."""

FULL: Final = 0.78
"""Size of a table that does not fit and goes on, of running text."""

ROW_EM: Final = 1.36
HEAD_EM: Final = 1.55
GUTTER_EM: Final = 1.6
AIR_EM: Final = 0.6
HEAD_SHARE: Final = 0.72
"""Width of a column's head, of what it would be at the table's size; `sheets.typ` sets it small."""

WIDEST_EM: Final = 16.0
"""A name ends in an ellipsis beyond this."""

NOTE_SHARE: Final = 0.9
NOTE_LINE_EM: Final = 1.3
TITLE_EM: Final = 1.9
"""Size of the note, of the table's; its lines, and the title above the table, in that size."""


@dataclass(frozen=True)
class Row:
    """A row: a building, or a heading or a name over all columns; one text a column."""

    kind: str
    cells: tuple[str, ...]
    mark: str = ""


@dataclass(frozen=True)
class Register:
    """The buildings of a grid, and what is told of them.

    Attributes
    ----------
    numbers
        Their marks.
    told
        Their numbers.
    head
        Names of the table's columns.
    rows
        Buildings below their headings.
    note
        What the asterisk stands for; empty where there is none.
    counted
        Whether dwellings are on record in the community.
    """

    numbers: Numbered
    told: Told
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str
    counted: bool


def register(buildings: pd.DataFrame, fewest: int, *, counted: bool) -> Register:
    """Write the table of a grid.

    Parameters
    ----------
    buildings : DataFrame
        Of one grid, see `geo.store.sheet_rows.buildings`.
    fewest
        The smallest number that may be told of a building.
    counted
        Whether dwellings are on record in the community; else storeys stand in their place.
    """
    numbers, known = numbered(buildings), told(buildings, fewest)
    storeys = buildings["storeys"].tolist()
    if counted:
        states = (_(state) for state in HOUSEHOLD_STATES.values())
        head = (_("Bldg"), _("Homes"), *states, "60+", "80+")
        lines = [_line(known, place) for place in range(len(buildings))]
    else:
        head, lines = (
            (_("Bldg"), _("Storeys")),
            [(figures.plain(number),) for number in storeys],
        )
    rows = [row for group in numbers.groups for row in _group_rows(numbers, group, lines, head)]
    note = _note(known, fewest) if counted else ""
    return Register(numbers, known, head, tuple(rows), note, counted)


def _group_rows(
    numbers: Numbered, group: Any, lines: Sequence[tuple[str, ...]], head: tuple[str, ...]
) -> list[Row]:
    made = [row for place in group.places for row in _building_rows(numbers, place, lines[place])]
    blank = ("",) * (len(head) - 1)
    return [Row("heading", (group.heading, *blank)), *made] if group.heading else made


def _building_rows(numbers: Numbered, place: int, line: tuple[str, ...]) -> list[Row]:
    """Return a building's row; where it has a name, that stands across its columns.

    Who has neither dwellings nor people has no numbers then, only the name.
    """
    mark, name = numbers.marks[place], numbers.names[place]
    if not name:
        return [Row("building", (mark, *line), mark)]
    named = " ".join(wrap(f"{mark} {name}", WIDEST_EM, 1))
    if len(line) == 1:
        return [Row("building", (named, *line), mark)]
    across = Row("name", (named, *("",) * len(line)), mark)
    if not set(line) - {count(0)}:
        return [across]
    return [across, Row("building", (mark, *line), mark)]


def _line(known: Told, place: int) -> tuple[str, ...]:
    """Write a building's numbers."""
    homes, elderly = known.homes, known.elderly
    states = [_part(homes, place, column) for column in range(len(HOUSEHOLD_STATES))]
    return (_whole(homes, place), *states, _whole(elderly, place), _part(elderly, place, 1))


def _part(block: Block, place: int, column: int) -> str:
    return HIDDEN if block.together[place] else count(int(block.parts[place, column]))


def _whole(block: Block, place: int) -> str:
    return HIDDEN if block.silent[place] else count(int(block.total[place]))


def _note(known: Told, fewest: int) -> str:
    """Say what the asterisk stands for, and the sums of the rows put together."""
    sums = []
    for block, names in (
        (known.homes, [_(state) for state in HOUSEHOLD_STATES.values()]),
        (known.elderly, [_("60–79"), "80+"]),
    ):
        several = int(block.together.sum())
        if 0 < several < len(block.total):
            said = [
                _("{name} {n}", name=name, n=count(number))
                for name, number in zip(names, block.sums.tolist(), strict=True)
            ]
            sums.append(
                _("{n} buildings together: {figures}.", n=several, figures=_(", ").join(said))
            )
    hidden = known.homes.together.any() or known.elderly.together.any()
    if not hidden:
        return ""
    why = _("* fewer than {n} somewhere in the row, so not told by itself.", n=fewest)
    return " ".join([why, *sums])


# ------------------------------------------------------------------------------------- layout


@dataclass(frozen=True)
class Room:
    """Where a table stands: points, and the size of running text there."""

    width: float
    height: float
    text: float


@dataclass(frozen=True)
class _Measure:
    """A table at a size: widths of its columns and how many rows and blocks a room takes."""

    size: float
    widths: tuple[float, ...]
    rows: int
    blocks: int

    @property
    def capacity(self) -> int:
        return self.rows * self.blocks


def pages_of(found: Register, first: Room, other: Room, *, one_page: bool) -> list[Page]:
    """Lay the table out: on the first page if it fits, else it goes on.

    Parameters
    ----------
    found
        The table.
    first, other
        Room on the first page, and on each further one.
    one_page
        Whether there is no further page: what does not fit is counted instead.

    Returns
    -------
    list
        One or more tables, as `sheets.typ` sets them.
    """
    rows = list(found.rows)
    fitting = [made for share in SIZES if (made := _measure(found, first, share)).capacity]
    whole = next((made for made in fitting if _fill(rows, made)[1] == []), None)
    if whole is not None or not rows:
        return [_table(found, rows, whole or _measure(found, first, 1.0), "", note=True)]
    least = _measure(found, first, SIZES[-1] if one_page else FULL)
    pages: list[Page] = []
    left, at = rows, least
    while left:
        _blocks, rest = _fill(left, at)
        if len(rest) == len(left):  # not one row has room here
            rest = left if not pages else []
        last = not rest or one_page
        more = _more(rest, one_page=one_page)
        pages.append(_table(found, left[: len(left) - len(rest)], at, more, note=last))
        if one_page:
            break
        left, at = rest, _measure(found, other, FULL)
    return pages


def _more(rest: list[Row], *, one_page: bool) -> str:
    """Say how many buildings are not in this part of the table."""
    left = len({row.mark for row in rest if row.mark})
    if not left:
        return ""
    if one_page:
        return _("{n} more buildings: only the PDF has them", n=count(left))
    return _("{n} more buildings on the next page", n=count(left))


def _measure(found: Register, room: Room, share: float) -> _Measure:
    size = room.text * share
    widths = tuple(width * size for width in _widths(found))
    block, gutter = sum(widths), GUTTER_EM * size
    blocks = max(int((room.width + gutter) / (block + gutter)), 1)
    note = math.ceil(width_em(found.note) * size * NOTE_SHARE / room.width) * NOTE_LINE_EM
    high = room.height - (TITLE_EM + HEAD_EM + note * NOTE_SHARE + 0.4) * size
    return _Measure(size, widths, max(int(high / (ROW_EM * size)), 0), blocks)


def _widths(found: Register) -> list[float]:
    """Return the columns' widths, em: as their longest text."""
    texts = [
        [row.cells[at] for row in found.rows if row.kind == "building"]
        for at in range(len(found.head))
    ]
    return [
        max([width_em(head) * HEAD_SHARE, *map(width_em, column)], default=0.0) + AIR_EM
        for head, column in zip(found.head, texts, strict=True)
    ]


def _fill(rows: list[Row], made: _Measure) -> tuple[list[list[Row]], list[Row]]:
    """Fill blocks with rows, evenly; return them and what has no room.

    What stands over a row is never the last row of a block.
    """
    each = min(made.rows, math.ceil(len(rows) / made.blocks)) if made.rows else 0
    while each <= made.rows:
        blocks, rest = _poured(rows, each, made.blocks)
        if not rest or each == made.rows:
            return blocks, rest
        each += 1
    return [], rows


def _poured(rows: list[Row], each: int, most: int) -> tuple[list[list[Row]], list[Row]]:
    blocks: list[list[Row]] = []
    at = 0
    while at < len(rows) and len(blocks) < most and each:
        block = rows[at : at + each]
        while block[-1].kind != "building" and len(block) > 1 and at + len(block) < len(rows):
            block = block[:-1]
        blocks.append(block)
        at += len(block)
    return blocks, rows[at:]


def _table(found: Register, rows: list[Row], made: _Measure, more: str, *, note: bool) -> Page:
    return {
        "title": _title(len(found.told.homes.total)),
        "size": made.size,
        "widths": made.widths,
        "row": ROW_EM * made.size,
        "head_row": HEAD_EM * made.size,
        "gutter": GUTTER_EM * made.size,
        "head": list(found.head),
        "blocks": [
            [{"kind": row.kind, "cells": list(row.cells)} for row in block]
            for block in _fill(rows, made)[0]
        ],
        "more": more,
        "note": found.note if note else "",
    }


def _title(buildings: int) -> str:
    if not buildings:
        return _("There are no buildings in this grid.")
    return _("{n} buildings", n=count(buildings))


def room_of(form: Format, high: float) -> Room:
    """Return the room of a table on a further page, which has nothing else but `high` points."""
    width = form.width - 2 * form.margin
    return Room(width, form.height - 2 * form.margin - high, form.text)
