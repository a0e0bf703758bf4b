"""A report of several sections as plain data, whatever kind of file it becomes.

Whoever writes a report fills these; `report.typ`, the slides and the text document print them.
Numbers arrive written, so that every kind of file says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any, Final

from dashboard.briefing.runs import Run

Sentence = list[Run]

MOST_STEPS: Final = 5
"""Of an axis."""


@dataclass(frozen=True)
class Kpi:
    """One figure.

    Attributes
    ----------
    label, value, unit
        Written; the value is ``—`` where nobody knows.
    changes
        Against the month before and the year before: words and tone (``good warn bad muted`` or
        empty).
    note
        A verdict, or the formula with its numbers.
    tone
        Of the note.
    """

    label: str
    value: str
    unit: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Kpis:
    """Figures side by side."""

    title: str
    figures: tuple[Kpi, ...]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    head
        One text a column.
    rows
        Likewise; written.
    numeric
        Which columns stand at the right.
    note
        Below it: formulas, what was left out.
    empty
        Said instead where there are no rows.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    note: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Series:
    """One row of bars, or one line; None where nobody knows."""

    name: str
    values: tuple[float | None, ...]
    color: str


@dataclass(frozen=True)
class Chart:
    """Bars or lines over categories.

    Attributes
    ----------
    kind
        ``bars`` (lying, one below the other), ``stacked`` (likewise, series one after another) or
        ``lines`` (over time).
    band
        Lower and upper limit of a norm, in the values' unit.
    texts
        The value written at the end of each category's bar; empty for none.
    """

    title: str
    kind: str
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    band: tuple[float, float] | None = None
    texts: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Plate:
    """A map with its legends, as `dashboard.briefing.page.map_of` and `legend_of` make them."""

    title: str
    map: dict[str, Any]
    legends: tuple[dict[str, Any], ...]
    note: str = ""


Block = Kpis | Table | Chart | Plate


@dataclass(frozen=True)
class Section:
    """A part of a report: what was found, in sentences, then what shows it."""

    heading: str
    sentences: tuple[Sentence, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes
    ----------
    title
        Of the whole.
    sub, facts
        Lines above and beside it: place and period; plan, data cut-off.
    sections
        In order.
    footer
        As `dashboard.briefing.page.footer_of` makes it.
    author
        Who made it.
    """

    title: str
    sub: tuple[str, ...]
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    footer: dict[str, str]
    author: str


def axis_ticks(top: float) -> list[float]:
    """Return round values of an axis from 0 to above a value, five steps at most."""
    power = 10.0 ** floor(log10(top / MOST_STEPS))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power * MOST_STEPS >= top)
    return [round(at * step, 6) for at in range(ceil(round(top / step, 6)) + 1)]
