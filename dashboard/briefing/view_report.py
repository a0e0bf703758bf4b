"""A view as a report of two parts, for slides and text documents: the map, and the ranking.

All of it comes out of the page `dashboard.briefing.view.document_of` made, so it says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard import figures
from dashboard.briefing.office.charts import Painted
from dashboard.briefing.report import (
    Block,
    Chart,
    Kpi,
    Kpis,
    Plate,
    Report,
    Section,
    Sentence,
    Series,
    Table,
)
from geo.words import _

NOTES_BETWEEN: Final = "  "


def report_of(document: Mapping[str, Any]) -> Report:
    """Read a page as a report.

    Parameters
    ----------
    document
        As `dashboard.briefing.view.document_of` makes it; its map is drawn for a slide if its
        format was one.
    """
    heading = document["heading"]
    return Report(
        title=document["title"],
        sub=tuple(heading["sub"]),
        facts=tuple(heading["facts"]),
        sections=(_seen(document), _ranked(document["ranking"])),
        footer=document["footer"],
        author=document["author"],
    )


def _seen(document: Mapping[str, Any]) -> Section:
    """Tell what the page tells beside its map."""
    blocks: list[Block] = []
    if document["strip"]:
        blocks.append(Kpis("", tuple(_kpi(cell) for cell in document["strip"])))
    note = NOTES_BETWEEN.join(document["notes"])
    blocks.append(Plate("", document["map"], tuple(document["legends"]), note))
    if document["card"]:
        blocks.append(_card(document["card"]))
    return Section(document["title"], tuple(document["sentences"]["lines"]), tuple(blocks))


def _kpi(cell: Mapping[str, str]) -> Kpi:
    changes = ((cell["change"], cell["change_tone"]),) if cell["change"] else ()
    return Kpi(cell["label"], cell["value"], cell["unit"], changes, cell["verdict"], cell["tone"])


def _card(card: Mapping[str, Any]) -> Table:
    """Tell of the chosen grid or thing."""
    rows = tuple((row["label"], row["value"], _text(row["against"])) for row in card["rows"])
    head = (_("Indicator"), _("Value"), _("In comparison"))
    return Table(card["title"], head, rows, (False, True, False), card["line"])


def _text(runs: Sentence) -> str:
    return "".join(run["text"] for run in runs)


def _ranked(ranking: Mapping[str, Any]) -> Section:
    """Tell the order of the areas, as bars and as a table."""
    table = _table(ranking)
    if ranking["empty"]:
        return Section(ranking["heading"], (), (table,))
    return Section(ranking["heading"], (), (_bars(ranking), table))


def _bars(ranking: Mapping[str, Any]) -> Chart:
    rows, band = ranking["rows"], ranking["band"]
    _name, _scale, unit, _aside = ranking["head"]
    colors = tuple(row["color"] for row in rows)
    values = Series(unit, tuple(row["value"] for row in rows), colors[0])
    return Painted(
        title=ranking["heading"],
        kind="bars",
        unit=unit,
        categories=tuple(row["name"] for row in rows),
        series=(values,),
        band=tuple(band) if band else None,
        texts=tuple(row["text"] for row in rows),
        note=_("Green: the norm, {range}.", range=_range(band)) if band else "",
        colors=colors,
    )


def _range(band: Sequence[float]) -> str:
    low, high = band
    return figures.bounds(low or None, high)


def _table(ranking: Mapping[str, Any]) -> Table:
    name, _scale, unit, aside = ranking["head"]
    rows = tuple((row["name"], row["text"], row["aside"]) for row in ranking["rows"])
    shown = () if ranking["empty"] else rows
    return Table("", (name, unit, aside), shown, (False, True, True), empty=ranking["empty"])
