"""Tickets in a monthly report: by month, class, category and area, and how many were in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from dashboard import figures, wording
from dashboard.briefing.drawing import PALETTE
from dashboard.briefing.monthly.words import (
    WITHHELD,
    Told,
    class_name,
    joined,
    listed,
    n_of,
    ratio,
    said,
    withheld_note,
)
from dashboard.briefing.report import Block, Chart, Section, Series, Table
from dashboard.services import trending
from dashboard.services.monthly import Category, total_before
from dashboard.services.overview import Area
from dashboard.services.trending import Line, Trend
from geo.errors import N_
from geo.indicators import INDICATORS
from geo.papers.wording import clean
from geo.periods import MONTHS_PER_YEAR
from geo.words import _

MOST_BARS: Final = 12
"""Classes drawn as bars of their own; the others are one."""

NAMED: Final = 3
"""Classes a sentence names."""

AREA_HEADS: Final = (
    N_("Grid"),
    N_("Reported"),
    N_("Last month"),
    N_("Change on the month"),
    N_("A year before"),
    N_("Per 1,000 households"),
    N_("Closed on time"),
    N_("Open"),
    N_("Overdue"),
)
"""Of the table of grids; that of communities begins with them."""

LAST_COLOR: Final = "#9AB7D3"
PAST_COLOR: Final = "#9AA5AF"


@dataclass(frozen=True)
class Row:
    """Tickets of a class, category or everything, as `geo.store.monthly_rows.categories`."""

    name: str
    reported: int
    before: int
    year_before: int
    on_time: int
    had_to: int
    open: int
    overdue: int


COUNTS: Final = ("reported", "before", "year_before", "on_time", "had_to", "open", "overdue")


def _sum(name: str, parts: Iterable[Category | Row]) -> Row:
    kept = list(parts)
    return Row(name, *(sum(getattr(one, key) for one in kept) for key in COUNTS))


def by_class(told: Told) -> list[Row]:
    """Return the classes, the most tickets first."""
    groups = groupby(told.found.categories, key=lambda one: one.class_code)
    rows = [_sum(class_name(code, told.classes), list(own)) for code, own in groups]
    return sorted(rows, key=lambda row: (-row.reported, -row.had_to))


def section(told: Told) -> Section:
    """Return the section."""
    rows = by_class(told)
    total = _sum(_("All"), told.found.categories)
    sentences = [_reported(told, total), _late(total), *_classes(told, rows, total), _source(told)]
    blocks: list[Block] = [*history(told, "tickets")]
    if rows:
        blocks += [_mix(told, rows), _class_table(told, rows, total), _punctual(told, rows)]
        blocks.append(_category_table(told))
        blocks.append(_area_table(told))
    return Section(_("Tickets"), said(*sentences), tuple(blocks))


# --------------------------------------------------------------------------------- sentences


def _reported(told: Told, total: Row) -> str:
    month = told.found.month.key
    if not total.reported:
        return _("In {month} 0 tickets were reported.", month=month)
    repeats = sum(one.repeats for one in told.found.categories)
    return joined(
        _("In {month} **{n} tickets** were reported.", month=month, n=n_of(total.reported)),
        _(
            "{repeats} ÷ {n} = {share} repeat an earlier one.",
            repeats=n_of(repeats),
            n=n_of(total.reported),
            share=ratio(repeats, total.reported, told.few),
        ),
    )


def _late(total: Row) -> str:
    if not total.open:
        return _("At the end of the month 0 tickets were open.")
    return _(
        "At the end of the month {open} tickets were open, **{late}** of them overdue ({late} ÷ "
        "{open} = {share}).",
        open=n_of(total.open),
        late=n_of(total.overdue),
        share=figures.share(total.overdue, total.open),
    )


def _classes(told: Told, rows: Sequence[Row], total: Row) -> list[str]:
    """Name the largest classes, those that grew most, and the least punctual."""
    if not total.reported:
        return []
    largest = [
        _("{name} {n} ({share})", name=row.name, n=n_of(row.reported), share=share)
        for row in rows[:NAMED]
        if row.reported
        for share in [figures.share(row.reported, total.reported)]
    ]
    found = [_("Most tickets by class: {classes}.", classes=listed(largest))]
    return [*found, _grown(told, rows), _least_punctual(told, rows)]


def _grown(told: Told, rows: Sequence[Row]) -> str:
    more = sorted(rows, key=lambda row: row.before - row.reported)
    grew = [row for row in more if row.reported > row.before][:NAMED]
    if "before" not in _known_past(told) or not grew:
        return ""
    parts = [
        _(
            "{name} +{n} ({before} → {now})",
            name=row.name,
            n=n_of(row.reported - row.before),
            before=n_of(row.before),
            now=n_of(row.reported),
        )
        for row in grew
    ]
    return _("Most growth against last month: {classes}.", classes=listed(parts))


def _least_punctual(told: Told, rows: Sequence[Row]) -> str:
    enough = [row for row in rows if row.had_to >= max(told.few.value, 1)]
    few = sum(0 < row.had_to < told.few.value for row in rows)
    parts = []
    if enough:
        worst = min(enough, key=lambda row: row.on_time / row.had_to)
        parts.append(
            _(
                "Least in time: {name}, {part} ÷ {whole} = **{share}**.",
                name=worst.name,
                part=n_of(worst.on_time),
                whole=n_of(worst.had_to),
                share=figures.share(worst.on_time, worst.had_to),
            )
        )
    if few:
        parts.append(
            _(
                "{n} classes have too few cases for a rate (fewer than {limit}).",
                n=few,
                limit=figures.plain(told.few.value),
            )
        )
    return joined(*parts)


def _source(told: Told) -> str:
    own, others = (told.picture.sum(f"tickets_{how}").value for how in ("proactive", "received"))
    if not figures.known(own) or not figures.known(others) or not own + others:
        return ""
    return _(
        "Found by the grid's own patrol: {own} ÷ {all} = {share}; the other {others} were "
        "reported to it.",
        own=n_of(own),
        all=n_of(own + others),
        others=n_of(others),
        share=ratio(own, own + others, told.few),
    )


# ------------------------------------------------------------------------------------ charts


def history(told: Told, key: str) -> list[Chart]:
    """Draw twelve months of an indicator over those of the year before; none without figures."""
    trend = trending.trend(told.found.scope, key)
    last = trend.position(told.found.month.key)
    months = range(last - MONTHS_PER_YEAR + 1, last + 1)
    values = _values(told, trend)
    label = _(INDICATORS[key].label)
    unit = INDICATORS[key].unit
    series = (
        Series(
            _("a year before"), tuple(values(at - MONTHS_PER_YEAR) for at in months), PAST_COLOR
        ),
        Series(label, tuple(values(at) for at in months), PALETTE.plain_bar),
    )
    told_of = tuple(one for one in series if any(map(figures.known, one.values)))
    if not told_of:
        return []
    return [
        Chart(
            _("{label} by month", label=label),
            "lines",
            "%" if unit == "%" else _(unit),
            tuple(_month_label(trend, at) for at in months),
            told_of,
            note=_("A gap: nothing on record, or too few cases."),
        )
    ]


def _values(told: Told, trend: Trend) -> Callable[[int], float | None]:
    def value(at: int) -> float | None:
        if at < 0:
            return None
        figure = trend.total[at]
        few = INDICATORS[trend.indicator].too_few(figure.denominator, told.few)
        return None if few or not figures.known(figure.value) else figure.value

    return value


def _month_label(trend: Trend, at: int) -> str:
    if at < 0:
        return ""
    year, month = trend.months[at].key.split("-")
    return f"{year}-{month}" if month == "01" else month


def _mix(told: Told, rows: Sequence[Row]) -> Chart:
    """Draw the classes: tickets of this month, and of those it compares with."""
    shown = _capped(rows)
    looks = {
        "reported": (_("this month"), PALETTE.plain_bar),
        "before": (_("last month"), LAST_COLOR),
        "year_before": (_("a year before"), PAST_COLOR),
    }
    return Chart(
        _("Tickets by class"),
        "bars",
        _("tickets"),
        tuple(row.name for row in shown),
        tuple(
            Series(looks[key][0], tuple(float(getattr(row, key)) for row in shown), looks[key][1])
            for key in ("reported", *_known_past(told))
        ),
        texts=tuple(n_of(row.reported) for row in shown),
    )


def _capped(rows: Sequence[Row]) -> list[Row]:
    if len(rows) <= MOST_BARS:
        return list(rows)
    rest = rows[MOST_BARS - 1 :]
    return [*rows[: MOST_BARS - 1], _sum(_("{n} other classes", n=len(rest)), rest)]


def _punctual(told: Told, rows: Sequence[Row]) -> Chart:
    """Draw closed in time and not, of the tickets that had to be closed."""
    shown = [row for row in _capped(rows) if row.had_to]
    return Chart(
        _("Closed on time by class"),
        "stacked",
        _("tickets"),
        tuple(row.name for row in shown),
        (
            Series(
                _("on time"), tuple(float(row.on_time) for row in shown), PALETTE.tickets["closed"]
            ),
            Series(
                _("late, or overdue and open"),
                tuple(float(row.had_to - row.on_time) for row in shown),
                PALETTE.tickets["overdue"],
            ),
        ),
        texts=tuple(ratio(row.on_time, row.had_to, told.few) for row in shown),
        note=_formula(),
    )


def _formula() -> str:
    entry = INDICATORS["on_time_rate"]
    return _("{label}: {formula}", label=_(entry.label), formula=_(entry.formula))


# ------------------------------------------------------------------------------------ tables


def _known_past(told: Told) -> tuple[str, ...]:
    """Return which months there are records of to compare with."""
    month, year = (figures.known(one.value) for one in total_before(told.found, "tickets"))
    return (*(["before"] if month else []), *(["year_before"] if year else []))


def _heads(told: Told) -> tuple[str, ...]:
    names = {
        "before": (_("Last month"), _("Change on the month")),
        "year_before": (_("A year before"),),
    }
    past = [name for key in _known_past(told) for name in names[key]]
    return (_("Reported"), *past, _("On time ÷ due"), _("Closed on time"), _("Open"), _("Overdue"))


def _cells(told: Told, row: Row) -> tuple[str, ...]:
    change = figures.change_percent(row.reported, row.before)
    cells = {"before": (n_of(row.before), change), "year_before": (n_of(row.year_before),)}
    past = [cell for key in _known_past(told) for cell in cells[key]]
    made = f"{n_of(row.on_time)} ÷ {n_of(row.had_to)}" if row.had_to else figures.MISSING
    enough = row.had_to >= told.few.value
    share = figures.share(row.on_time, row.had_to) if enough else _("too few")
    share = share if row.had_to else figures.MISSING
    return (n_of(row.reported), *past, made, share, n_of(row.open), n_of(row.overdue))


def _class_table(told: Told, rows: Sequence[Row], total: Row) -> Table:
    heads = _heads(told)
    body = [(row.name, *_cells(told, row)) for row in [*rows, total]]
    note = joined(_formula(), _few_note(told))
    numeric = (False, *[True] * len(heads))
    return Table(_("Tickets by class"), (_("Class"), *heads), tuple(body), numeric, note)


def _few_note(told: Told) -> str:
    return _(
        "Too few: fewer than {limit} tickets had to be closed.",
        limit=figures.plain(told.few.value),
    )


def _category_table(told: Told) -> Table:
    heads = _heads(told)
    rows = [_sum(clean(one.name), [one]) for one in told.found.categories]
    names = {one.name: class_name(one.class_code, told.classes) for one in told.found.categories}
    order = sorted(rows, key=lambda row: (-row.reported, -row.had_to))
    body = [(row.name, *_cells(told, row)) for row in order if row.reported or row.had_to]
    note = _("{n} categories of {classes} classes.", n=len(body), classes=len(set(names.values())))
    numeric = (False, *[True] * len(heads))
    title = _("Tickets by category")
    return Table(title, (_("Category"), *heads), tuple(body), numeric, note)


def _area_table(told: Told) -> Table:
    """Set the grids or communities against each other, the most tickets first."""
    trend = trending.trend(told.found.scope, "tickets")
    at = trend.position(told.found.month.key)
    lines = sorted(trend.lines, key=lambda line: (-(line.figures[at].value or 0.0), line.code))
    shown = {area.code: area for area in told.picture.areas}
    kept = [one for one in lines if one.code in shown or one.figures[at].value]
    rows = [_area_row(told, one, at, shown.get(one.code)) for one in kept]
    if rest := _rest(trend, at):
        rows.append((_("In no grid"), n_of(rest), *[figures.MISSING] * (len(AREA_HEADS) - 2)))
    of_grids = told.found.scope.community is not None
    first = _("Grid") if of_grids else _("Community")
    heads = (first, *(_(head) for head in AREA_HEADS[1:]))
    full = [at for at in range(len(heads)) if at == 0 or any(_says(row[at]) for row in rows)]
    plans = clean(_(", ").join(told.found.plans))
    hidden = told.withheld & set(shown)
    return Table(
        _("Tickets by grid") if of_grids else _("Tickets by community"),
        tuple(heads[at] for at in full),
        tuple(tuple(row[at] for at in full) for row in rows),
        tuple(at > 0 for at in full),
        joined(
            _("Counted on: {plans}.", plans=plans) if plans and of_grids else "",
            withheld_note(len(hidden)),
        ),
    )


def _says(cell: str) -> bool:
    return cell != figures.MISSING


def _area_row(told: Told, line: Line, at: int, area: Area | None) -> tuple[str, ...]:
    name = area.label if area else f"{line.code[-3:]} {line.name}"
    if line.code in told.withheld:
        return (clean(name), *[WITHHELD] * (len(AREA_HEADS) - 1))
    now, before = line.figures[at].value, line.figures[at - 1].value if at else None
    year = trending.a_year_before(at)
    then = None if year is None else line.figures[year].value
    change = figures.change_percent(now, before)
    keys = ("tickets_per_1000_households", "on_time_rate", "tickets_open", "tickets_overdue")
    more = [_figure(told, key, area) for key in keys]
    return (clean(name), n_of(now), n_of(before), change, n_of(then), *more)


def _figure(told: Told, key: str, area: Area | None) -> str:
    if area is None:
        return figures.MISSING
    figure = told.picture.figure(key, area.id)
    if told.picture.too_few(key, figure):
        return _("too few")
    text = wording.number(key, figure.value)
    return f"{text}%" if INDICATORS[key].unit == "%" and _says(text) else text


def _rest(trend: Trend, at: int) -> float:
    """Return how many tickets lie in no area, so that the rows add up to the whole."""
    every = trend.total[at].value or 0.0
    return round(every - sum(line.figures[at].value or 0.0 for line in trend.lines), 6)
