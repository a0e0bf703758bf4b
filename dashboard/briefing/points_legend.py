"""What the symbols of a briefing's point layers stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard import figures, legends
from dashboard.briefing.heaps import Heaps
from dashboard.maps import Legend
from dashboard.state import PageState
from geo import settings
from geo.papers.wording import clean
from geo.schema import CARE_CLASSES
from geo.words import _

Page = dict[str, Any]


def points_legends(
    asked: PageState, heaps: Mapping[str, Heaps], tickets: Mapping[str, int]
) -> list[Page]:
    """Explain the layers that count, as the page does, with numbers at the right.

    Parameters
    ----------
    heaps
        From `dashboard.briefing.heaps.read_heaps`.
    tickets
        Of the period by sign, as the page counts them.
    """
    makers: dict[str, Callable[[], Page]] = {
        "ticket": lambda: _tickets(asked, tickets),
        "elderly": lambda: _elderly(asked, heaps["elderly"]),
        "party_household": lambda: _party(heaps["party_household"]),
    }
    return [make() for layer, make in makers.items() if layer in heaps]


def _tickets(asked: PageState, tickets: Mapping[str, int]) -> Page:
    legend = legends.ticket_legend(tickets, asked.sign)
    said = _(
        "right: tickets; those at homes stand at groups of {n} inhabited buildings or more",
        n=settings.briefings().briefing_fewest,
    )
    return _page(legend, said, [row.count or "" for row in legend.rows])


def _elderly(asked: PageState, heaps: Heaps) -> Page:
    legend = legends.elderly_legend(asked.care)
    said = _(
        "right: people; counted for groups of buildings, {n} of a class or more",
        n=settings.briefings().briefing_fewest,
    )
    bubble = heaps.bubble
    kinds = _(", ").join(_(CARE_CLASSES[key]) for key in asked.care)
    label = _("Elderly people: {classes}", classes=kinds) if kinds else _("Elderly people")
    rows = [_row("bubble", bubble.color if bubble else "", label, int(heaps.counts.sum()))]
    if bubble and bubble.urgent:
        urgent = int(heaps.counts[:, list(bubble.urgent)].sum())
        text = _("of these high risk or key")
        rows.append(_row("arc", bubble.urgent_color, text, urgent))
    return {"title": clean(legend.title), "subtitle": said, "rows": rows}


def _row(sign: str, color: str, text: str, count: int) -> Page:
    shown = figures.integer(count or None)
    return {"sign": sign, "color": color, "mark": "", "text": clean(text), "count": shown}


def _party(heaps: Heaps) -> Page:
    said = _(
        "right: households; counted for groups of buildings, {n} or more",
        n=settings.briefings().briefing_fewest,
    )
    return _page(legends.party_legend(), said, [figures.integer(heaps.total() or None)])


def _page(legend: Legend, subtitle: str, counts: list[str]) -> Page:
    rows = [
        {
            "sign": row.swatch,
            "color": row.color,
            "mark": "",
            "text": clean(row.text),
            "count": count,
        }
        for row, count in zip(legend.rows, counts, strict=True)
    ]
    return {"title": clean(legend.title), "subtitle": subtitle, "rows": rows}
