"""From a report to what `report.typ` sets, as plain data."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any, Final

from dashboard import figures
from dashboard.briefing.formats import Format
from dashboard.briefing.page import Page
from dashboard.briefing.report import Block, Chart, Plate, Report, Section, Table, axis_ticks
from geo.papers.wording import width_em, wrap
from geo.words import language

WIDEST_EM: Final = 34.0
"""A column of words that is wider than this breaks its lines."""

HEAD_EM: Final = 5.2
"""So wide at least is a column of numbers whose head is longer than that."""

WIDEST_NAME_EM: Final = 11.0
"""Of the names beside a chart's bars."""

PAD_EM: Final = 0.9

SMALL_SHARE: Final = 0.6
"""A map narrower than this share of the page stands beside others."""


def document_of(report: Report, form: Format) -> Page:
    """Compose the document.

    Parameters
    ----------
    report
        What is told.
    form
        One of `dashboard.briefing.formats.REPORT_FORMATS`.
    """
    names = ("width", "height", "margin", "text", "header", "footer", "map_w", "map_h")
    return {
        "title": report.title,
        "author": report.author,
        "lang": language(),
        "form": {name: getattr(form, name) for name in names},
        "heading": {"title": report.title, "sub": report.sub, "facts": report.facts},
        "sections": [_section(one, form) for one in report.sections],
        "footer": report.footer,
        "legends": [],  # pieces.typ asks for those of a page of one map
    }


def _section(section: Section, form: Format) -> Page:
    return {
        "heading": section.heading,
        "sentences": section.sentences,
        "blocks": [_block(one, form) for one in section.blocks],
    }


def _block(block: Block, form: Format) -> dict[str, Any]:
    if isinstance(block, Table):
        return {"is": "table", **asdict(block), "widths": _widths(block)}
    if isinstance(block, Chart):
        ticks = axis_ticks(_top(block))
        return {
            "is": "chart",
            **asdict(block),
            "ticks": [{"value": one, "text": figures.plain(one)} for one in ticks],
            "top": ticks[-1],
            "categories": [wrap(one, WIDEST_NAME_EM, 2) for one in block.categories],
            "name_em": _name_em(block),
        }
    if isinstance(block, Plate):
        small = block.map["width"] * 72 / 25.4 < form.map_w * SMALL_SHARE
        return {"is": "plate", **asdict(block), "small": small}
    return {"is": "kpis", **asdict(block)}


def _widths(table: Table) -> list[float]:
    """Return how wide each column wants to be, in its own text size."""
    return [_width(table, at) for at in range(len(table.head))]


def _width(table: Table, at: int) -> float:
    cells = max((width_em(row[at]) for row in table.rows), default=0.0)
    head = width_em(table.head[at])
    if table.numeric[at]:
        word = max(map(width_em, re.findall(r"[!-~]+", table.head[at])), default=0.0)
        return max(min(head, HEAD_EM), word, min(cells, WIDEST_EM)) + PAD_EM
    return min(max(head, cells), WIDEST_EM) + PAD_EM


def _name_em(chart: Chart) -> float:
    return min(max(map(width_em, chart.categories), default=0.0), WIDEST_NAME_EM) + PAD_EM


def _top(chart: Chart) -> float:
    """Return the largest value the axis has to reach."""
    columns = zip(*(one.values for one in chart.series), strict=True)
    known = [[value or 0.0 for value in values] for values in columns]
    sums = [sum(values) if chart.kind == "stacked" else max(values) for values in known]
    ends = [*sums, *((chart.band[1],) if chart.band else ())]
    return max(ends, default=0.0) or 1.0
