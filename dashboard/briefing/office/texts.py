"""What stands on slides, its words: sentences, figures, notes.

Each item knows how high it is at a width, and draws itself into a box. Heights are estimates on the
safe side: no program tells how wide its fonts are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Protocol

from dashboard.briefing.office.deck import ROOM, Slide
from dashboard.briefing.office.drawingml import CELL_PAD, Box, Cell, CellLook, Para
from dashboard.briefing.office.dress import (
    LINE,
    PANEL,
    broken,
    joined_lines,
    line_count,
    plain_run,
    words_of,
)
from dashboard.briefing.report import Kpi, Kpis, Sentence

GAP: Final = 18.0
"""Between what stands side by side."""

HALF: Final = (ROOM - GAP) / 2
TITLE_SIZE, NOTE_SIZE = 12.0, 9.0
TITLE_HIGH: Final = TITLE_SIZE * LINE + 3


class Item(Protocol):
    """Something that stands on a slide.

    Attributes
    ----------
    share
        The smallest part of a slide's width it can do with.
    grows
        Whether it fills whatever height there is.
    title
        Its own, if it has one.
    """

    @property
    def title(self) -> str: ...  # noqa: D102 - said above

    @property
    def share(self) -> float: ...  # noqa: D102 - said above

    @property
    def grows(self) -> bool: ...  # noqa: D102 - said above

    def height(self, wide: float) -> float:
        """Return how high it is, at least, at a width."""

    def good(self, wide: float) -> float:
        """Return the height it would rather have at a width."""

    def draw(self, slide: Slide, box: Box) -> None:
        """Draw it."""

    def cut(self, high: float) -> list[Item]:
        """Cut it into pieces that are no higher than a full slide, at its full width."""


def note_high(note: str, wide: float) -> float:
    """Return how high a note below something is; 0 for none."""
    return line_count(note, NOTE_SIZE, wide) * NOTE_SIZE * LINE + 4 if note else 0.0


def draw_note(slide: Slide, note: str, box: Box) -> None:
    """Write a note at the foot of a box."""
    if note:
        high = note_high(note, box.wide)
        place = Box(box.x, box.y + box.high - high + 4, box.wide, high - 4)
        slide.words(place, [Para([plain_run(note, "muted")], NOTE_SIZE)])


def draw_heading(slide: Slide, title: str, box: Box) -> None:
    """Write a title above something."""
    if title:
        size = TITLE_SIZE
        while size > NOTE_SIZE and line_count(title, size, box.wide) > 1:
            size -= 1
        high = line_count(title, size, box.wide) * size * LINE
        slide.words(
            Box(box.x, box.y, box.wide, min(high, TITLE_HIGH)),
            [Para([plain_run(title, bold=True)], size)],
        )


# -------------------------------------------------------------------------------- sentences


@dataclass(frozen=True)
class Words:
    """Sentences, each with a bullet."""

    sentences: tuple[Sentence, ...]
    sizes: tuple[float, ...] = (14.0, 13.0, 12.0, 11.0)
    grows: bool = False
    title: str = ""

    @property
    def share(self) -> float:
        """Half a slide, where they fit there."""
        return 0.38 if self.height(ROOM * 0.38) <= FULL * 0.95 else 1.0

    def _paras(self, wide: float, high: float = 0.0) -> list[Para]:
        """Set them as large as fits; the smallest size where none does."""
        chosen = next(
            (size for size in self.sizes if self._high(size, wide) <= high), self.sizes[-1]
        )
        return [self._para(one, chosen) for one in self.sentences]

    def _para(self, sentence: Sentence, size: float) -> Para:
        return Para(sentence, size, before=size * 0.45, bullet=True)

    def _high(self, size: float, wide: float) -> float:
        return sum(
            line_count(words_of(one), size, wide - size) * size * LINE + size * 0.45
            for one in self.sentences
        )

    def height(self, wide: float) -> float:
        """Return their height in a size that can still be read."""
        return self._high(self.sizes[2], wide)

    def good(self, wide: float) -> float:
        """Return their height in a size that is good to read."""
        return self._high(self.sizes[0], wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Write them."""
        slide.words(box, self._paras(box.wide, box.high))

    def cut(self, high: float) -> list[Item]:
        """Cut between sentences."""
        pieces: list[list[Sentence]] = [[]]
        for one in self.sentences:
            if pieces[-1] and Words((*pieces[-1], one)).height(ROOM) > high:
                pieces.append([])
            pieces[-1].append(one)
        return [replace(self, sentences=tuple(piece)) for piece in pieces]


FULL: Final = 418.0
"""Height of what a slide has room for."""


# ---------------------------------------------------------------------------------- figures

VALUE_SIZE, KPI_SIZE = 20.0, 10.0


@dataclass(frozen=True)
class Cards:
    """Figures side by side, as a table without a head."""

    kpis: Kpis
    share: float = 1.0
    grows: bool = False

    @property
    def title(self) -> str:
        """What the figures are."""
        return self.kpis.title

    @property
    def _columns(self) -> int:
        """Stand them in one row if that makes nothing long; else in fours."""
        count = len(self.kpis.figures)
        narrow = ROOM / max(count, 1) - 2 * CELL_PAD[0]
        one_row = all(
            line_count(text, KPI_SIZE, narrow) <= 2  # noqa: PLR2004 - lines
            for one in self.kpis.figures
            for text in (one.label, one.note, *(words for words, _tone in one.changes))
        )
        return max(min(count, 8 if one_row else 4), 1)

    def _paras(self, one: Kpi) -> list[Para]:
        value = [plain_run(one.value, bold=True)]
        paras = [Para([plain_run(one.label, "muted")], KPI_SIZE), Para(value, VALUE_SIZE)]
        if one.unit:
            value.append(plain_run(one.unit, "muted"))
            paras[1] = _KpiValue(value, VALUE_SIZE)
        lines = [(one.note, one.tone), *one.changes]
        return [*paras, *(Para([plain_run(text, tone)], KPI_SIZE) for text, tone in lines if text)]

    def _rows(self) -> list[tuple[float, list[Cell]]]:
        wide = ROOM / self._columns
        rows = []
        for start in range(0, len(self.kpis.figures), self._columns):
            figures = self.kpis.figures[start : start + self._columns]
            cells = [Cell(self._paras(one), _CARD) for one in figures]
            cells += [Cell([Para([], KPI_SIZE)], _CARD)] * (self._columns - len(cells))
            rows.append((max(cell_high(cell, wide) for cell in cells) + 3, cells))
        return rows

    def height(self, wide: float) -> float:  # noqa: ARG002 - always as wide as the slide
        """Return the height of all rows."""
        title = TITLE_HIGH if self.kpis.title else 0.0
        return title + sum(high for high, _cells in self._rows())

    def good(self, wide: float) -> float:
        """Return the same."""
        return self.height(wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Draw the table."""
        draw_heading(slide, self.kpis.title, box)
        top = TITLE_HIGH if self.kpis.title else 0.0
        rows, columns = self._rows(), self._columns
        if not rows:
            return
        place = Box(box.x, box.y + top, box.wide, sum(high for high, _cells in rows))
        alt = self.kpis.title or ", ".join(one.label for one in self.kpis.figures)
        slide.table(place, [box.wide / columns] * columns, rows, alt)

    def cut(self, high: float) -> list[Item]:
        """Cut between rows."""
        fit = max(int(high / max(row for row, _cells in self._rows())), 1) * self._columns
        figures = self.kpis.figures
        return [
            replace(self, kpis=replace(self.kpis, figures=figures[at : at + fit]))
            for at in range(0, len(figures), fit)
        ]


class _KpiValue(Para):
    """A figure with its unit, which is smaller."""

    def xml(self) -> str:
        """Return it as DrawingML."""
        value, unit = super().xml().split("</a:r>", 1)
        small = f'sz="{round(KPI_SIZE * 100)}"'
        unit = unit.replace(f'sz="{round(self.size * 100)}"', small, 1).replace(
            "<a:t>", "<a:t> ", 1
        )
        return f"{value}</a:r>{unit}"


_CARD: Final = CellLook(fill=PANEL, around=True)


def cell_high(cell: Cell, wide: float) -> float:
    """Return the height of a cell of a width."""
    inner = wide - 2 * CELL_PAD[0]
    lines = sum(
        line_count(words_of(list(para.runs)), para.size, inner - para.indent) * para.size * LINE
        + para.before
        for para in cell.paras
    )
    return lines + 2 * CELL_PAD[1]


@dataclass(frozen=True)
class Remark:
    """A note that has no room below what it belongs to."""

    note: str
    share: float = 1.0
    grows: bool = False
    title: str = ""

    def height(self, wide: float) -> float:
        """Return its height."""
        return note_high(self.note, wide)

    def good(self, wide: float) -> float:
        """Return the same."""
        return self.height(wide)

    def draw(self, slide: Slide, box: Box) -> None:
        """Write it."""
        slide.words(box, [Para([plain_run(self.note, "muted")], NOTE_SIZE)])

    def cut(self, high: float) -> list[Item]:
        """Cut it between lines."""
        lines = broken(self.note, NOTE_SIZE, ROOM)
        most = max(int((high - 8) / (NOTE_SIZE * LINE)), 1)
        return [Remark(joined_lines(lines[at : at + most])) for at in range(0, len(lines), most)]
