"""A page's briefing as a report, for slides and text documents: its map, then a part a heading.

All of it comes out of what `document_of` made, so it says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from dashboard.briefing.office.charts import Painted
from dashboard.briefing.report import Block, Chart, Plate, Report, Section, Sentence, Series, Table
from dashboard.briefing.runs import Run
from dashboard.theme import PALETTES

Page = Mapping[str, Any]

TENTHS: Final = 10


def report_of(document: Page) -> Report:
    """Read a page's briefing as a report.

    Parameters
    ----------
    document
        As `dashboard.briefing.other_pages.content.document_of` makes it for a slide.
    """
    heading, parts = document["heading"], _parts(document["blocks"])
    opening = _opening(document, parts.pop(0)[1])
    return Report(
        title=document["title"],
        sub=tuple(part for part in heading["sub"] if part),
        facts=tuple(heading["facts"]),
        sections=(opening, *(_section(title, blocks) for title, blocks in parts)),
        footer=document["footer"],
        author=document["author"],
    )


def _parts(blocks: Sequence[Page]) -> list[tuple[str, list[Page]]]:
    """Begin a part at each heading; what stands before the first one comes first."""
    parts: list[tuple[str, list[Page]]] = [("", [])]
    ahead: list[Page] = []
    for block in blocks:
        if block.get("ahead") and not block["heading"]:
            ahead.append(block)
        elif block["heading"]:
            parts.append((block["heading"], [*ahead, block]))
            ahead = []
        else:
            parts[-1][1].extend([*ahead, block])
            ahead = []
    parts[-1][1].extend(ahead)
    return parts


def _opening(document: Page, blocks: list[Page]) -> Section:
    """Tell what was asked, and show the map."""
    asked = [
        [*_plain(f"{one['label']} "), Run(text=one["value"], bold=True, tone="")]
        for one in document["asked"]
    ]
    made = _section(document["title"], blocks)
    notes = "  ".join(_text(note) for note in document["notes"])
    if document["map"] is None:
        remarks = [_plain(notes)] if notes else []
        return Section(made.heading, (*asked, *made.sentences, *remarks), made.blocks)
    plate = Plate("", document["map"], tuple(document["legends"]), notes)
    return Section(made.heading, (*asked, *made.sentences), (plate, *made.blocks))


def _section(title: str, blocks: Sequence[Page]) -> Section:
    sentences: list[Sentence] = []
    shown: list[Block] = []
    for block in blocks:
        if block["kind"] == "lines":
            sentences.extend(block["lines"])
        elif block["kind"] == "table":
            shown.append(_table(block))
        elif block["kind"] == "bars":
            shown.append(_chart(block))
        else:
            shown.append(_curves(block))
    return Section(title, tuple(sentences), tuple(shown))


def _table(block: Page) -> Table:
    rows = tuple(tuple(_text(cell["runs"]) for cell in row) for row in block["rows"])
    left = block["all"] - len(rows)
    more = block["more"].replace("\u0001", str(left)) if left else ""
    note = "  ".join(filter(None, (block["hint"], block["hidden"], more)))
    return Table("", tuple(block["head"]), rows, tuple(block["numeric"]), note)


def _chart(block: Page) -> Chart:
    """Show bars; where each has a former value too, two lines."""
    bars, (name, former) = block["bars"], block["names"]
    colors = tuple(one["color"] for one in bars)
    plain = PALETTES["light"].plain_bar
    values = Series(name, tuple(one["value"] for one in bars), plain)
    before = tuple(one["before"] for one in bars)
    common = {
        "title": "",
        "unit": "",
        "categories": tuple(one["label"] for one in bars),
        "note": block["hint"],
    }
    if any(one is not None for one in before):
        faded = Series(former, before, PALETTES["light"].sequential[2])
        return Chart(kind="lines", series=(values, faded), **common)
    texts = tuple(one["text"] for one in bars)
    return Painted(kind="bars", series=(values,), texts=texts, colors=colors, **common)


def _curves(block: Page) -> Chart:
    """Show Lorenz curves tenth by tenth, and the diagonal of equal shares."""
    tenths = np.linspace(0.0, 1.0, TENTHS + 1)
    even = Series(block["axes"]["even"], _percent(tenths), PALETTES["light"].states["vacant"])
    series = [
        Series(
            one["label"], _percent(np.interp(tenths, *np.transpose(one["points"]))), one["color"]
        )
        for one in block["curves"]
    ]
    note = f"→ {block['axes']['x']}  ↑ {block['axes']['y']}"
    names = tuple(f"{tenth:.0%}" for tenth in tenths)
    return Chart("", "lines", "%", names, (*series, even), note=note)


def _percent(shares: npt.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple((shares * 100).round(1).tolist())


def _plain(text: str) -> Sentence:
    return [Run(text=text, bold=False, tone="")]


def _text(runs: Sentence) -> str:
    return "".join(run["text"] for run in runs)
