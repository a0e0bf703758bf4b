"""Areas in order: the ranking of one indicator, and the table of several."""

from __future__ import annotations

from typing import Final

from dashboard import figures, theme, wording
from dashboard.choropleth import Classes
from dashboard.parts.rank import Ranking, RankRow
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.overview import Area, Figure, Picture
from dashboard.verdicts import norm_line
from geo.indicators import INDICATORS
from geo.schema import HOUSEHOLD_STATES
from geo.words import _

TABLE: Final = (
    ("tickets_per_1000_households", True),
    ("tickets_overdue", False),
    ("visits_overdue", True),
    ("alone60", False),
    ("party_contact_coverage", True),
)
"""Columns of the areas' table: indicator, and whether it has a bar."""


def _heads() -> dict[str, str]:
    """Return the heads that are shorter than the indicator's label."""
    return {
        "tickets_per_1000_households": _("Per 1,000"),
        "tickets_overdue": _("Overdue"),
        "visits_overdue": _("Visits due"),
        "alone60": _("60+ alone"),
        "party_contact_coverage": _("Party %"),
    }


def _order(picture: Picture, indicator: str) -> list[Area]:
    """Return the areas, worst first; what is unknown goes last."""
    values = picture.values(indicator)
    sign = 1 if INDICATORS[indicator].direction == "up_good" else -1

    def key(area: Area) -> tuple[bool, float, str]:
        value = values[area.id]
        return value is None, sign * (value or 0.0), area.code

    return sorted(picture.areas, key=key)


def _color(classes: Classes | None, area: Area) -> str:
    palette = theme.palette()
    index = classes.of.get(area.id) if classes else None
    if classes is None or index is None or classes.ramp != "norm":
        return palette.plain_bar
    return palette.within_bar if index == 1 else palette.norm[index]


def _aside(picture: Picture, indicator: str, figure: Figure) -> str:
    """Return what stands beside a number: times the ceiling, or what the ratio is made of."""
    norm = picture.norm(indicator)
    if norm and norm.high and figures.known(figure.value):
        return _("{n}×", n=figures.decimal(figure.value / norm.high))
    if figures.known(figure.denominator):
        return f"÷ {figures.integer(figure.denominator)}"
    return figures.share(figure.value, picture.sum(indicator).value)


def _row(picture: Picture, indicator: str, area: Area, classes: Classes | None) -> RankRow:
    figure = picture.figure(indicator, area.id)
    few = picture.too_few(indicator, figure)
    return RankRow(
        id=area.code,
        name=area.label,
        value=None if few or not figures.known(figure.value) else figure.value,
        text=figures.MISSING if few else wording.number(indicator, figure.value),
        color=_color(classes, area),
        aside=_("too few") if few else _aside(picture, indicator, figure),
    )


def _aside_head(picture: Picture, indicator: str) -> str:
    norm = picture.norm(indicator)
    if norm and norm.high:
        return _("÷ ceiling")
    return _("base") if INDICATORS[indicator].denominator else _("share")


def ranking(picture: Picture, indicator: str, classes: Classes | None) -> Ranking:
    """Rank the areas by an indicator, over the norm's band where it has one."""
    norm = picture.norm(indicator)
    band = (norm.low or 0.0, norm.high) if norm and norm.high else None
    scale = _("norm {range}", range=figures.bounds(norm.low, norm.high)) if norm else ""
    unit = wording.unit(indicator)
    head = (
        _("Grid") if picture.of_grids else _("Community"),
        scale,
        _("per 1,000 hh") if INDICATORS[indicator].kind == "rate" else unit,
        _aside_head(picture, indicator),
    )
    rows = [_row(picture, indicator, area, classes) for area in _order(picture, indicator)]
    return Ranking(tuple(rows), head, band)


def _cell(picture: Picture, indicator: str, area: Area) -> TableCell:
    figure = picture.figure(indicator, area.id)
    if picture.too_few(indicator, figure):
        return TableCell(_("too few"), None, "muted")
    value = figure.value if figures.known(figure.value) else None
    norm = picture.norm(indicator)
    tone = norm_line(norm, value)[1] if norm else ""
    return TableCell(wording.number(indicator, value), value, tone)


def _rented(area: Area) -> TableCell:
    total = sum(area.states.get(state, 0) for state in HOUSEHOLD_STATES)
    rented = area.states.get("rented", 0)
    if not total:
        return TableCell(figures.MISSING)
    return TableCell(figures.decimal(rented / total * 100), rented / total)


def table(picture: Picture) -> AreaTable:
    """Set the areas against the indicators leaders ask for most."""
    heads = _heads()
    columns = [Column(_("Grid") if picture.of_grids else _("Community"))]
    for indicator, bar in TABLE:
        entry = INDICATORS[indicator]
        columns.append(Column(heads.get(indicator, _(entry.label)), _(entry.formula), bar))
    if picture.of_grids:
        formula = _("Rented dwellings ÷ all dwellings × 100.")
        columns.append(Column(_("Rented %"), formula, bar=True))
    rows = tuple(_table_row(picture, area) for area in picture.areas)
    return AreaTable(tuple(columns), rows)


def _table_row(picture: Picture, area: Area) -> TableRow:
    cells = [TableCell(area.label), *(_cell(picture, key, area) for key, _bar in TABLE)]
    if picture.of_grids:
        cells.append(_rented(area))
    return TableRow(area.code, tuple(cells))
