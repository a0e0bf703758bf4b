"""What stands beside the map on the wall: large figures at the left, bars at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dashboard import choropleth, figures, legends, picture_map, rankings, theme, verdicts, wording
from dashboard.parts.wall import Bar, Gauge, Number, Panel, Stretch
from dashboard.services import screening
from dashboard.services.overview import Picture
from dashboard.services.screening import Outcome
from dashboard.services.territory import Scope
from geo.indicators import INDICATORS
from geo.periods import PERIODS
from geo.schema import FACILITY_KINDS, HOUSEHOLD_STATES
from geo.words import _, language

NUMBERS: Final = verdicts.STRIP[:5]
"""The figures that are always there."""

MOST_AREAS: Final = 9
MOST_CLASSES: Final = 6
_GAUGE_ROOM: Final = 1.3


def numbers(picture: Picture) -> tuple[Number, ...]:
    """Return the large figures: those of the overview's strip."""
    return tuple(_number(picture, key) for key in NUMBERS)


def _number(picture: Picture, key: str) -> Number:
    cell = verdicts.cell(picture, key)
    norm = picture.norm(key)
    aside = _("{change} vs before", change=cell.change) if cell.change else ""
    if norm is not None:
        aside = _("norm {range}", range=figures.bounds(norm.low, norm.high))
    gauge = _gauge(picture) if key == "households" else None
    return Number(cell.label, cell.value, cell.unit, aside, cell.verdict, cell.tone, gauge)


def _gauge(picture: Picture) -> Gauge | None:
    """Set the mean size of a grid against the norm."""
    norm, total = picture.norm("households"), picture.sum("households").value
    if norm is None or not norm.high or not picture.areas or not figures.known(total):
        return None
    mean, low = total / len(picture.areas), norm.low or 0.0
    top = max(mean, norm.high) * _GAUGE_ROOM
    at = choropleth.norm_class(mean, norm.low, norm.high)
    palette = theme.palette()
    color = palette.within_bar if at == 1 else palette.norm[at]
    return Gauge(mean / top, (low / top, norm.high / top), color)


def ranking(scope: Scope, picture: Picture, indicator: str) -> Panel:
    """Rank the areas by an indicator, worst first."""
    label, areas = _(INDICATORS[indicator].label), wording.areas_noun(picture)
    known = [value for value in picture.values(indicator).values() if figures.known(value)]
    if not known:
        empty = _("No grids yet") if not picture.areas else _("No figures yet")
        return Panel(label, note=empty)
    found = rankings.ranking(picture, indicator, picture_map.classes(scope, picture, indicator))
    title = _("{areas}: {indicator} ({unit})", areas=areas, indicator=label, unit=found.head[2])
    rows = [
        Bar(row.name, row.text, _one((row.value or 0.0) / found.top, row.color))
        for row in found.rows[:MOST_AREAS]
    ]
    left = len(found.rows) - len(rows)
    band = (found.band[0] / found.top, found.band[1] / found.top) if found.band else None
    note = _("and {n} more", n=figures.integer(left)) if left else ""
    return Panel(title, tuple(rows), band, note=note)


def _one(share: float, color: str) -> tuple[Stretch, ...]:
    return (Stretch(min(share, 1.0), color),)


def tickets(scope: Scope, picture: Picture) -> Panel:
    """Tell what became of the period's tickets by class."""
    title = _("Tickets by class · {period}", period=period(picture))
    found = screening.outcomes(scope, picture.period)
    if not found:
        return Panel(title, note=_("No tickets were reported in this period."))
    most = found[0].all
    rows = [
        Bar(
            row.name if language() == "zh" else row.name_en,
            figures.integer(row.all),
            _pieces(row, most),
        )
        for row in found[:MOST_CLASSES]
    ]
    left = len(found) - len(rows)
    note = _("and {n} more classes", n=figures.integer(left)) if left else ""
    return Panel(title, tuple(rows), keys=_keys(found), note=note)


def _colors() -> dict[str, tuple[str, str]]:
    colors = theme.palette().tickets
    return {
        "done": (colors["closed"], _("Closed")),
        "open": (colors["active"], _("Open")),
        "overdue": (colors["overdue"], _("Overdue")),
        "void": (colors["void"], _("Returned etc.")),
    }


def _pieces(row: Outcome, most: int) -> tuple[Stretch, ...]:
    pieces = [(getattr(row, name), color) for name, (color, _text) in _colors().items()]
    return tuple(Stretch(n / most, color) for n, color in pieces if n)


def _keys(found: Sequence[Outcome]) -> tuple[tuple[str, str], ...]:
    return tuple(key for name, key in _colors().items() if any(getattr(row, name) for row in found))


def states(picture: Picture) -> Panel:
    """Count dwellings by state."""
    title = _("Dwellings by state")
    counts = {state: picture.states.get(state, 0) for state in HOUSEHOLD_STATES}
    total = sum(counts.values())
    if not total:
        return Panel(title, note=_("No figures yet"))
    colors, most = theme.palette().states, max(counts.values())
    rows = [
        Bar(
            _(label),
            f"{figures.integer(counts[state])} · {figures.share(counts[state], total)}",
            (Stretch(counts[state] / most, colors[state], state == "vacant"),),
        )
        for state, label in HOUSEHOLD_STATES.items()
    ]
    return Panel(title, tuple(rows))


def facilities(scope: Scope) -> Panel:
    """Count the facilities the map shows by kind."""
    title, found = _("Facilities"), screening.facilities(scope)
    counts = [(kind, found.get(kind, 0)) for kind in legends.LEADING_FACILITIES]
    most = max((n for _kind, n in counts), default=0)
    if not most:
        return Panel(title, note=_("No facilities are on record here yet."))
    color = theme.palette().plain_bar
    rows = [
        Bar(_(FACILITY_KINDS[kind]), figures.integer(n), _one(n / most, color))
        for kind, n in counts
    ]
    return Panel(title, tuple(rows))


def period(picture: Picture) -> str:
    """Return what the picture's period is called."""
    return _(PERIODS[picture.period.key])
