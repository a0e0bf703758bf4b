"""What stands on slides, its tables; those that are too long go on, with their head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dashboard.briefing.office.deck import ROOM, Slide
from dashboard.briefing.office.drawingml import CELL_PAD, Box, Cell, CellLook, Para
from dashboard.briefing.office.dress import CARE, LINE, PANEL, SOFT, broken, joined_lines, plain_run
from dashboard.briefing.office.texts import (
    FULL,
    HALF,
    TITLE_HIGH,
    Item,
    Remark,
    cell_high,
    draw_heading,
    draw_note,
    note_high,
)
from dashboard.briefing.report import Table
from geo.papers.wording import width_em

TABLE_SIZES: Final = (11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
WIDEST_EM, NARROW_EM, HEAD_EM = 40.0, 9.0, 6.0
BOLD: Final = 1.08
"""How much wider bold words are."""

STRETCH: Final = 1.7
"""A table of little is not drawn over the whole slide, but so much wider than it needs."""


def _column(em: float, size: float) -> float:
    """Return how wide a column is whose words are so wide."""
    return em * size / CARE + 2 * CELL_PAD[0] + 1.0


_HEAD: Final = CellLook(fill=PANEL, below=SOFT, anchor="b")


@dataclass(frozen=True)
class Grid:
    """A table; one that is too long goes on, with its head."""

    table: Table
    grows: bool = False

    @property
    def title(self) -> str:
        """What the table is of."""
        return self.table.title

    @property
    def share(self) -> float:
        """Half a slide, where it fits there without becoming small."""
        half = self.size(HALF) >= TABLE_SIZES[2] and self.height(HALF) <= FULL
        return 0.45 if half else 1.0

    def _needs(self) -> list[tuple[float, float]]:
        """Return how wide each column wants to be, and has to be, em."""
        table, found = self.table, []
        for at, head in enumerate(table.head):
            cells = max((width_em(row[at]) for row in table.rows), default=0.0)
            heads = width_em(head) * BOLD
            wanted = min(max(cells, min(heads, HEAD_EM)), WIDEST_EM)
            word = max((width_em(one) * BOLD for one in head.split() if one.isascii()), default=0.0)
            least = wanted if table.numeric[at] else min(wanted, NARROW_EM)
            found.append((max(wanted, word), max(least, word)))
        return found

    def size(self, wide: float) -> float:
        """Return the size of its text at a width."""
        needs = [need for _want, need in self._needs()]
        fits = (size for size in TABLE_SIZES if sum(_column(one, size) for one in needs) <= wide)
        return next(fits, TABLE_SIZES[-1])

    def widths(self, wide: float) -> list[float]:
        """Share the width: all they want where there is room, else words give way to numbers."""
        size, needs = self.size(wide), self._needs()
        wanted = [_column(want, size) for want, _need in needs]
        if sum(wanted) <= wide:
            part = min(wide / sum(wanted), STRETCH)
            return [one * part for one in wanted]
        least = [_column(need, size) for _want, need in needs]
        more = [want - need for want, need in zip(wanted, least, strict=True)]
        free = max(wide - sum(least), 0.0) / (sum(more) or 1.0)
        found = [need + one * free for need, one in zip(least, more, strict=True)]
        return [one * min(wide / sum(found), 1.0) for one in found]

    def _row(self, texts: Sequence[str], size: float, *, head: bool = False) -> list[Cell]:
        return [
            Cell(
                [
                    Para(
                        [plain_run(text, "muted" if head else "", bold=head)],
                        size,
                        "r" if right else "l",
                    )
                ],
                _HEAD if head else CellLook(),
            )
            for text, right in zip(texts, self.table.numeric, strict=True)
        ]

    def rows(self, wide: float) -> list[tuple[float, list[Cell]]]:
        """Return height and cells of each row, the head first."""
        size, widths = self.size(wide), self.widths(wide)
        listed = [self._row(self.table.head, size, head=True)]
        listed += [self._row(row, size) for row in self.table.rows]
        return [
            (max(cell_high(cell, one) for cell, one in zip(cells, widths, strict=True)), cells)
            for cells in listed
        ]

    @property
    def _top(self) -> float:
        return TITLE_HIGH if self.table.title else 0.0

    def height(self, wide: float) -> float:
        """Return the height of title, rows and note."""
        note = note_high(self.table.note, wide)
        if not self.table.rows:
            return self._top + note_high(self.table.empty, wide) + note + 8
        return self._top + sum(high for high, _cells in self.rows(wide)) + note

    def good(self, wide: float) -> float:
        """Return the same."""
        return self.height(wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Draw it; where it has no rows, say so."""
        table = self.table
        box = replace(box, high=min(box.high, self.height(box.wide)))
        draw_heading(slide, table.title, box)
        taken = self._top + note_high(table.note, box.wide)
        inside = Box(box.x, box.y + self._top, box.wide, box.high - taken)
        if table.rows:
            rows, widths = self.rows(box.wide), self.widths(box.wide)
            high = sum(one for one, _cells in rows)
            slide.table(Box(box.x, inside.y, sum(widths), high), widths, rows, table.title)
        elif table.empty:
            slide.words(inside, [Para([plain_run(table.empty, "muted")], TABLE_SIZES[0])])
        draw_note(slide, table.note, box)

    def cut(self, high: float) -> list[Item]:
        """Cut between rows; what stands below the table stands below its end."""
        whole = replace(self, table=_split_tall(self, high))
        heights = [one for one, _cells in whole.rows(ROOM)]
        room = high - self._top - heights[0]
        pieces = _shared(heights[1:], room)
        even = sum(heights[1:]) / len(pieces) + max(heights[1:])
        even_pieces = _shared(heights[1:], min(even, room))
        pieces = even_pieces if len(even_pieces) == len(pieces) else pieces
        cut = [replace(whole.table, rows=whole.table.rows[one], note="") for one in pieces]
        last = replace(self, table=replace(cut[-1], note=self.table.note))
        if last.height(ROOM) <= high:
            return [*(replace(self, table=one) for one in cut[:-1]), last]
        return [*(replace(self, table=one) for one in cut), Remark(self.table.note)]


def _shared(heights: Sequence[float], room: float) -> list[slice]:
    """Share rows among slides: which rows each gets."""
    pieces, start, left = [], 0, room
    for at, high in enumerate(heights):
        if at > start and high > left:
            pieces.append(slice(start, at))
            start, left = at, room
        left -= high
    return [*pieces, slice(start, len(heights))]


def _split_tall(grid: Grid, high: float) -> Table:
    """Break rows that alone are higher than a slide into several."""
    size, widths = grid.size(ROOM), grid.widths(ROOM)
    most = max(int((high - 90) / (size * LINE)), 1)
    rows: list[tuple[str, ...]] = []
    for row in grid.table.rows:
        lines = [
            broken(text, size, wide - 2 * CELL_PAD[0])
            for text, wide in zip(row, widths, strict=True)
        ]
        if max(map(len, lines)) <= most:
            rows.append(row)
            continue
        rows.extend(
            tuple(joined_lines(one[start : start + most]) for one in lines)
            for start in range(0, max(map(len, lines)), most)
        )
    return replace(grid.table, rows=tuple(rows))
