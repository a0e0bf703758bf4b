"""What stands beside a page's map in its briefing: sentences, tables, bars, curves.

They are made from the very tables and sentences the page shows, and `pageview.typ` sets them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from dashboard.briefing.runs import plain_text, runs_of
from dashboard.parts.breakdown import Breakdown
from dashboard.parts.cube import Bin
from dashboard.parts.lorenz import Curve
from dashboard.parts.months import Month
from dashboard.parts.slider import Step
from dashboard.parts.table import AreaTable, TableCell, TableRow
from dashboard.theme import PALETTES
from dashboard.wording import plain
from geo.papers.wording import clean, width_em
from geo.words import _

Page = dict[str, Any]
PALETTE: Final = PALETTES["light"]

MOST_ROWS: Final = 200
"""No file prints more rows of a table."""

MOST_COLUMNS: Final = 8
"""A wider table is turned over, or loses its last columns."""

MOST_TURNED: Final = 12
"""A table of so many rows can be turned over: they become its columns."""

AIR_EM: Final = 0.9
WIDEST_EM: Final = 13.0
NARROWEST_EM: Final = 1.8
CELL_SHARE: Final = 0.9
"""Text in a cell breaks where it is wider than `WIDEST_EM`; figures are never broken."""

_FIGURES: Final = re.compile(r"[-+−±≈<>≤≥]?[\d.,:%×–—÷/ ()mhd°⁰]*")


@dataclass(frozen=True)
class Cell:
    """A cell of a table: Markdown, its tone, and a bar's length (0..1) behind it."""

    text: str
    tone: str = ""
    share: float | None = None
    color: str = ""
    hatched: bool = False


@dataclass(frozen=True)
class Table:
    """A table as it is printed.

    Attributes
    ----------
    heading, hint
        Above it; the hint is less prominent.
    head
        Names of its columns; the first one names the row.
    chosen
        Position of the row the reader chose; -1 for none.
    total
        Whether its last row sums up: it is printed whatever is left out.
    hidden
        Names of columns there was no room for.
    """

    heading: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    hint: str = ""
    chosen: int = -1
    total: bool = False
    hidden: tuple[str, ...] = ()

    def json(self) -> Page:
        """Return it as `pageview.typ` reads it."""
        rows = self.rows[:MOST_ROWS]
        if self.total and len(self.rows) > MOST_ROWS:
            rows = (*rows[:-1], self.rows[-1])
        return {
            "kind": "table",
            "heading": clean(self.heading),
            "hint": clean(self.hint),
            "head": [clean(one) for one in self.head],
            "widths": self._widths(),
            "numeric": self._numeric(),
            "rows": [[_cell_json(cell) for cell in row] for row in rows],
            "all": len(self.rows),
            "chosen": self.chosen if self.chosen < len(rows) else -1,
            "total": self.total,
            "more": _("… and {n} more", n="\u0001"),
            "hidden": _("Columns left out here: {names}.", names=_(", ").join(self.hidden))
            if self.hidden
            else "",
        }

    def _widths(self) -> list[float]:
        """Return how wide each column should be, em: as its longest text, within limits."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.head)
        return [
            max([_head_em(head), *(_text_em(cell.text) for cell in cells)], default=0.0) + AIR_EM
            for head, cells in zip(self.head, columns, strict=True)
        ]

    def _numeric(self) -> list[bool]:
        """Tell which columns hold figures: they stand at the right."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.head)
        return [
            place > 0 and all(len(plain_text(cell.text)) <= 12 for cell in cells)  # noqa: PLR2004
            for place, cells in enumerate(columns)
        ]


def _text_em(text: str) -> float:
    shown = plain_text(text)
    wide = width_em(shown) * CELL_SHARE
    return wide if _FIGURES.fullmatch(shown) else min(wide, WIDEST_EM)


def _head_em(head: str) -> float:
    """Return how wide a head has to be: it breaks between words, Chinese anywhere."""
    longest = max((width_em(word) if word.isascii() else 2.0 for word in head.split()), default=0)
    return max(float(longest) * CELL_SHARE, min(width_em(head) / 2, 5.0), NARROWEST_EM)


def _cell_json(cell: Cell) -> Page:
    return {
        "runs": runs_of(cell.text),
        "tone": cell.tone,
        "share": cell.share,
        "color": cell.color,
        "hatched": cell.hatched,
    }


# ------------------------------------------------------------------------------ other blocks


@dataclass(frozen=True)
class Lines:
    """Sentences under a heading; quiet ones are less prominent and belong to what is above.

    `ahead` says that they belong to what is below.
    """

    lines: tuple[str, ...]
    heading: str = ""
    hint: str = ""
    quiet: bool = False
    ahead: bool = False

    def json(self) -> Page:
        """Return it as `pageview.typ` reads it."""
        return {
            "kind": "lines",
            "heading": clean(plain_text(self.heading)),
            "hint": clean(self.hint),
            "quiet": self.quiet,
            "ahead": self.ahead,
            "lines": [runs_of(line) for line in self.lines],
        }


@dataclass(frozen=True)
class Bars:
    """Figures step by step, as standing bars; `before` is a line across each."""

    heading: str
    bars: tuple[Page, ...]
    hint: str = ""
    names: tuple[str, str] = ("", "")

    def json(self) -> Page:
        """Return it as `pageview.typ` reads it."""
        values = [one[key] for one in self.bars for key in ("value", "before") if one[key]]
        return {
            "kind": "bars",
            "heading": clean(self.heading),
            "hint": clean(self.hint),
            "names": self.names,
            "top": max(values, default=0.0) or 1.0,
            "bars": list(self.bars),
        }


@dataclass(frozen=True)
class Curves:
    """Lorenz curves over the diagonal of equal shares."""

    heading: str
    curves: tuple[Curve, ...]
    axes: dict[str, str]

    def json(self) -> Page:
        """Return it as `pageview.typ` reads it."""
        curves = [
            {"label": one.label, "color": one.color, "points": one.points} for one in self.curves
        ]
        return {
            "kind": "curves",
            "heading": self.heading,
            "hint": "",
            "curves": curves,
            "axes": self.axes,
        }


Block = Table | Lines | Bars | Curves


def said(*lines: str, heading: str = "", hint: str = "", ahead: bool = False) -> list[Block]:
    """Say some sentences, maybe `ahead` of a table; nothing where there are none."""
    kept = tuple(line for line in lines if line)
    return [Lines(kept, heading, hint, ahead=ahead)] if kept else []


def quiet(*lines: str) -> list[Block]:
    """Say something less prominently; nothing where there is nothing to say."""
    kept = tuple(line for line in lines if line)
    return [Lines(kept, quiet=True)] if kept else []


# ------------------------------------------------------------------------------- from a page


def of_areas(
    heading: str,
    table: AreaTable,
    *,
    hint: str = "",
    chosen: str | None = None,
    keep: Callable[[TableRow], bool] = lambda _row: True,
) -> Table:
    """Take over a table of the page, in the order the page first shows it.

    Parameters
    ----------
    chosen
        Id of the row that is chosen on the page.
    keep
        Which rows may be printed.
    """
    rows = _ordered(table, [row for row in table.rows if keep(row)])
    tops = [_top(table.rows, place) for place in range(len(table.columns))]
    cells = tuple(
        tuple(
            Cell(plain(one.text), one.tone, _share(one, top) if column.bar else None)
            for one, column, top in zip(row.cells, table.columns, tops, strict=True)
        )
        for row in rows
    )
    at = next((place for place, row in enumerate(rows) if chosen and row.id == chosen), -1)
    head = tuple(column.label for column in table.columns)
    return _narrow(Table(heading, head, cells, hint, at))


def _ordered(table: AreaTable, rows: list[TableRow]) -> list[TableRow]:
    """Sort as the page's script does: the largest first, what is missing last."""
    if table.sort < 0:
        return rows
    column = table.sort
    if column == 0:
        return sorted(rows, key=lambda row: row.cells[0].text)
    return sorted(rows, key=lambda row: _rank(row.cells[column]))


def _rank(cell: TableCell) -> float:
    return math.inf if cell.value is None else -cell.value


def _top(rows: Iterable[TableRow], column: int) -> float:
    values = [row.cells[column].value for row in rows]
    return max((value for value in values if value is not None), default=0.0)


def _share(cell: TableCell, top: float) -> float | None:
    if cell.value is None or top <= 0:
        return None
    return min(max(cell.value / top, 0.0), 1.0)


def _narrow(table: Table) -> Table:
    """Turn a table over that has too many columns, or leave its last ones out."""
    if len(table.head) <= MOST_COLUMNS:
        return table
    if len(table.rows) > MOST_TURNED:
        return replace(
            table,
            head=table.head[:MOST_COLUMNS],
            rows=tuple(row[:MOST_COLUMNS] for row in table.rows),
            hidden=table.head[MOST_COLUMNS:],
        )
    names = tuple(_short(row[0].text) for row in table.rows)
    turned = tuple(
        (Cell(plain(head)), *(replace(row[place], share=None) for row in table.rows))
        for place, head in enumerate(table.head)
        if place
    )
    return replace(table, head=(table.head[0], *names), rows=turned, chosen=-1)


def _short(name: str) -> str:
    """Return the number of a grid, which names it well enough; any other name as it is."""
    first, _space, _rest = plain_text(name).partition(" ")
    return first if first.isdigit() else plain_text(name)


def of_frame(heading: str, frame: pd.DataFrame, *, hint: str = "", total: bool = False) -> Table:
    """Take over a table of text, Markdown in its cells."""
    rows = tuple(
        tuple(Cell(str(value)) for value in row) for row in frame.itertuples(index=False, name=None)
    )
    head = tuple(str(name).rstrip("\u200b") for name in frame.columns)
    return _narrow(Table(heading, head, rows, hint, total=total))


def of_breakdown(heading: str, made: Breakdown) -> Table:
    """Take over what a score is made of: a bar each, the sum last."""
    top = max((abs(one.part) for one in made.parts), default=0.0) or 1.0
    rows = [
        (
            Cell(plain(one.label)),
            Cell(plain(one.value)),
            Cell(plain(one.weight)),
            Cell(
                plain(one.text),
                share=abs(one.part) / top,
                color=made.colors[0] if one.part >= 0 else made.colors[1],
                hatched=one.part < 0,
            ),
        )
        for one in made.parts
    ]
    name, text = made.total
    rows.append((Cell(f"**{plain(name)}**"), Cell(""), Cell(""), Cell(f"**{plain(text)}**")))
    return Table(heading, made.head, tuple(rows), total=True)


def of_steps(heading: str, steps: Sequence[Step], shown: int | None, hint: str = "") -> Bars:
    """Take over the season behind a slider; the step that is shown is darker."""
    bars = tuple(
        _bar(
            one.label,
            one.count,
            f"{one.count:,.0f}",
            PALETTE.sequential[4 if place == shown else 2],
        )
        for place, one in enumerate(steps)
    )
    return Bars(heading, bars, hint)


def of_bins(heading: str, bins: Sequence[Bin], hint: str) -> Bars:
    """Take over the strip of one area: a colour for each level, cold ones hatched."""
    bars = tuple(
        {
            **_bar(one.label, one.value, f"{one.value:,.0f}", _level_color(one.level)),
            "hatched": one.level < 0,
        }
        for one in bins
    )
    return Bars(heading, bars, hint)


def _level_color(level: int) -> str:
    if not level:
        return PALETTE.states["vacant"]
    return (PALETTE.hot if level > 0 else PALETTE.cold)[3 - abs(level)]


def of_months(heading: str, months: Sequence[Month], names: tuple[str, str], chosen: str) -> Bars:
    """Take over the months of a trend; a month that is not over is hatched."""
    bars = tuple(
        {
            **_bar(
                one.label,
                one.value,
                one.text,
                PALETTE.plain_bar if one.key == chosen else PALETTE.sequential[2],
            ),
            "before": one.before,
            "hatched": one.partial,
            "mark": one.mark,
        }
        for one in months
    )
    return Bars(heading, bars, names=names)


def _bar(label: str, value: float | None, text: str, color: str) -> Page:
    return {
        "label": label,
        "value": value,
        "before": None,
        "text": text,
        "color": color,
        "hatched": False,
        "mark": "",
    }
