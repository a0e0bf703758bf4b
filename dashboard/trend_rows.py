"""An indicator month by month as a chart, a verdict and a table of areas."""

from __future__ import annotations

import pandas as pd

from dashboard import figures, wording
from dashboard.parts.months import Month
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.overview import UNKNOWN, Figure
from dashboard.services.trending import Trend, a_year_before
from geo.indicators import INDICATORS
from geo.norms import Norm
from geo.periods import MONTHS_PER_YEAR
from geo.words import _


def _known(indicator: str, figure: Figure, norm: Norm) -> float | None:
    """Return a figure's value unless it stands on too few cases."""
    few = INDICATORS[indicator].too_few(figure.denominator, norm)
    return None if few or not figures.known(figure.value) else figure.value


def _text(indicator: str, figure: Figure, norm: Norm) -> str:
    if INDICATORS[indicator].too_few(figure.denominator, norm):
        return _("too few")
    return wording.number(indicator, figure.value)


def change(indicator: str, now: float | None, before: float | None) -> tuple[str, str]:
    """Write the change against last year, and its tone."""
    entry = INDICATORS[indicator]
    write = figures.change_points if entry.unit == "%" else figures.change_percent
    text = write(now, before)
    better = {"up_good": figures.RISE, "down_good": figures.FALL}.get(entry.direction)
    if text == figures.MISSING or better is None or text.startswith(figures.STEADY):
        return text, ""
    return text, "good" if text.startswith(better) else "warn"


def months(trend: Trend, norm: Norm) -> list[Month]:
    """Return the last twelve months, each over the same month of the year before.

    Parameters
    ----------
    norm
        ``small_denominator``.
    """
    first = len(trend.months) - MONTHS_PER_YEAR
    return [_month(trend, position, norm) for position in range(first, len(trend.months))]


def _month(trend: Trend, position: int, norm: Norm) -> Month:
    period, figure = trend.months[position], trend.total[position]
    before = trend.total[position - MONTHS_PER_YEAR]
    last = position == len(trend.months) - 1
    changed = trend.plans[position] != trend.plans[position - 1]
    return Month(
        key=period.key,
        label=_month_name(period.key, with_year=period.start.month == 1),
        value=_known(trend.indicator, figure, norm),
        before=_known(trend.indicator, before, norm),
        text=_text(trend.indicator, figure, norm),
        help=_help(trend, position),
        partial=last,
        mark=_("new plan") if changed and trend.plans[position] else "",
    )


def _month_name(key: str, *, with_year: bool) -> str:
    year, month = key.split("-")
    return f"{year}-{month}" if with_year else month


def _help(trend: Trend, position: int) -> str:
    figure, period = trend.total[position], trend.months[position]
    lines = [
        f"{period.start} – {period.last_day}",
        wording.with_unit(trend.indicator, figure.value),
    ]
    if figures.known(figure.denominator):
        lines.append(_made_of(figure))
    if trend.plans[position]:
        lines.append(_("Plan: {names}", names=", ".join(trend.plans[position])))
    return "\n".join(lines)


def verdict(trend: Trend, position: int, norm: Norm) -> str:
    """Say how a month stands against the same month of last year, with both figures."""
    period, figure = trend.months[position], trend.total[position]
    label = _(INDICATORS[trend.indicator].label)
    entry = INDICATORS[trend.indicator]
    if entry.too_few(figure.denominator, norm):
        return _(
            "{label}, {month}: too few cases (denominator {n} < {limit}).",
            label=label,
            month=period.key,
            n=figures.integer(figure.denominator),
            limit=figures.plain(norm.value),
        )
    now = wording.with_unit(trend.indicator, figure.value)
    earlier = a_year_before(position)
    before = UNKNOWN if earlier is None else trend.total[earlier]
    value = _known(trend.indicator, before, norm)
    if value is None or not figures.known(figure.value):
        return _(
            "{label}, {month}: **{now}**. Nothing to compare with last year.",
            label=label,
            month=period.key,
            now=now,
        )
    return _(
        "{label}, {month}: **{now}**, a year before {before}: **{change}**.",
        label=label,
        month=period.key,
        now=now,
        before=wording.with_unit(trend.indicator, value),
        change=change(trend.indicator, figure.value, value)[0],
    )


def table(trend: Trend, position: int, norm: Norm, *, of_grids: bool) -> AreaTable:
    """Set the areas' figures of a month beside those of a year before.

    What a count has in no area is a row of its own, so that the rows add up to the whole.
    """
    columns = (
        Column(_("Grid") if of_grids else _("Community")),
        Column(trend.months[position].key, bar=True),
        Column(_("A year before")),
        Column(_("On the year")),
    )
    rows = [
        _row(trend.indicator, line.code, _name(line.code, line.name), line.figures, position, norm)
        for line in trend.lines
        if any(figures.known(figure.value) for figure in line.figures)
    ]
    rest = _rest(trend)
    if rest is not None:
        rows.append(_row(trend.indicator, "", _("In no grid"), rest, position, norm))
    return AreaTable(columns, tuple(rows))


def _rest(trend: Trend) -> tuple[Figure, ...] | None:
    """Return what a count has beyond its areas, month by month; None where that is nothing."""
    if INDICATORS[trend.indicator].kind != "count":
        return None
    rest = []
    for month, total in enumerate(trend.total):
        parts = [line.figures[month].value or 0.0 for line in trend.lines]
        rest.append(Figure(None if total.value is None else round(total.value - sum(parts), 6)))
    return tuple(rest) if any(figure.value for figure in rest) else None


def months_frame(trend: Trend, norm: Norm) -> pd.DataFrame:
    """Set the last twelve months as a table, the latest first: what each was made of, and when."""
    columns = [
        _("Month"),
        _("Figure"),
        _("Made of"),
        _("A year before"),
        _("On the year"),
        _("Plan"),
    ]
    rows = []
    for position in reversed(range(len(trend.months) - MONTHS_PER_YEAR, len(trend.months))):
        now, before = trend.total[position], trend.total[position - MONTHS_PER_YEAR]
        values = [_known(trend.indicator, figure, norm) for figure in (now, before)]
        rows.append(
            (
                trend.months[position].key,
                f"**{_text(trend.indicator, now, norm)}**",
                _made_of(now),
                _text(trend.indicator, before, norm),
                change(trend.indicator, values[0], values[1])[0],
                wording.plain(", ".join(trend.plans[position])),
            )
        )
    return pd.DataFrame(rows, columns=columns)


def _made_of(figure: Figure) -> str:
    if not figures.known(figure.denominator):
        return figures.MISSING
    return f"{figures.integer(figure.numerator)} ÷ {figures.integer(figure.denominator)}"


def _name(code: str, name: str) -> str:
    return f"{code[-3:]} {name}".strip() if len(code) > 12 else name  # noqa: PLR2004 - of a community


def _row(
    indicator: str,
    code: str,
    name: str,
    through: tuple[Figure, ...],
    position: int,
    norm: Norm,
) -> TableRow:
    earlier = a_year_before(position)
    now, before = through[position], UNKNOWN if earlier is None else through[earlier]
    values = _known(indicator, now, norm), _known(indicator, before, norm)
    text, tone = change(indicator, *values)
    return TableRow(
        code,
        (
            TableCell(name),
            TableCell(_text(indicator, now, norm), values[0]),
            TableCell(_text(indicator, before, norm), values[1]),
            TableCell(text, None if None in values else values[0] - values[1], tone),  # type: ignore[operator]
        ),
    )
