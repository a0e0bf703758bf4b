"""What the map's colours and symbols mean: built here, so map, panel and briefing agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Final

from dashboard import figures, theme, wording
from dashboard.choropleth import Classes
from dashboard.maps import STOREY_BREAKS, Legend, LegendRow, Swatch
from dashboard.services.overview import Picture
from dashboard.state import PageState
from geo.indicators import INDICATORS
from geo.schema import CARE_CLASSES, FACILITY_KINDS, HOUSEHOLD_STATES, TICKET_SIGNS
from geo.words import _

TICKET_SHAPES: Final[dict[str, Swatch]] = {
    "pending": "ring",
    "active": "circle",
    "overdue": "triangle",
    "closed": "circle",
    "void": "square",
}
CARE_SHAPES: Final[dict[str, Swatch]] = {
    "high_risk": "diamond",
    "key": "circle",
    "general": "ring",
    "none": "circle",
}
LEADING_FACILITIES: Final = (
    "party_centre",
    "grid_station",
    "canteen",
    "day_care",
    "clinic",
    "after_school",
)
MOST_FACILITY_ROWS: Final = 6
"""A legend of more kinds than this names only these; hovering names the rest."""


def class_colors(classes: Classes) -> tuple[str, ...]:
    """Return the colours of the classes; fewer classes than steps spread over the ramp."""
    palette = theme.palette()
    if classes.ramp == "norm":
        return palette.norm[: len(classes.texts)]
    steps, n = palette.sequential, len(classes.texts)
    if n >= len(steps) or n == 1:
        return steps[:n]
    return tuple(steps[round(i * (len(steps) - 1) / (n - 1))] for i in range(n))


def _counted(picture: Picture) -> str:
    """Return what the numbers at the right of the areas' legend count."""
    return _("right: grids") if picture.of_grids else _("right: communities")


def _indicator_subtitle(picture: Picture, indicator: str) -> str:
    """Return the unit, the norm if there is one, and what the numbers at the right count."""
    norm, unit = picture.norm(indicator), wording.unit(indicator)
    if norm:
        unit = _("norm {range} {unit}", range=figures.bounds(norm.low, norm.high), unit=unit)
    return f"{unit} · {_counted(picture)}"


def _class_rows(classes: Classes) -> list[LegendRow]:
    colors = class_colors(classes)
    return [
        LegendRow("fill", text, color, count=figures.integer(count))
        for color, text, count in zip(colors, classes.texts, classes.counts, strict=True)
    ]


def indicator_legend(picture: Picture, indicator: str, classes: Classes | None) -> Legend:
    """Explain the colours of an indicator; without classes, that areas are only labelled."""
    title = _(INDICATORS[indicator].label)
    unknown = sum(value is None for value in picture.values(indicator).values())
    rows = _class_rows(classes) if classes else []
    if unknown:
        text = _unknown_text(picture, indicator)
        rows.append(LegendRow("hatch", text, count=figures.integer(unknown)))
    if not rows:
        return Legend(title, rows, _("Few areas: read the values on the map"))
    return Legend(title, rows, _indicator_subtitle(picture, indicator))


def _unknown_text(picture: Picture, indicator: str) -> str:
    few = any(
        picture.too_few(indicator, picture.figure(indicator, area.id)) for area in picture.areas
    )
    if not few:
        return _("No data")
    limit = figures.plain(picture.norms["small_denominator"].value)
    return _("Too few cases (denominator < {limit})", limit=limit)


def state_legend(picture: Picture) -> Legend:
    """Explain the household states; a building has the colour of its most frequent one."""
    colors = theme.palette().states
    rows = [
        LegendRow(
            "hatch" if state == "vacant" else "fill",
            _(label),
            "" if state == "vacant" else colors[state],
            count=figures.integer(picture.states.get(state, 0)),
        )
        for state, label in HOUSEHOLD_STATES.items()
    ]
    return Legend(_("Household states (dominant per building)"), rows, _("right: dwellings"))


def storey_legend(picture: Picture) -> Legend:
    """Explain building heights."""
    lows = (1, *STOREY_BREAKS)
    texts = [_("{low}–{high} storeys", low=low, high=high - 1) for low, high in pairwise(lows)]
    texts.append(_("{low} storeys and more", low=lows[-1]))
    rows = [
        LegendRow("fill", text, color, count=figures.integer(count))
        for text, color, count in zip(
            texts, theme.palette().sequential, picture.storeys, strict=False
        )
    ]
    unknown = picture.storeys[-1] if picture.storeys else 0
    if unknown:
        rows.append(LegendRow("hatch", _("Height unknown"), count=figures.integer(unknown)))
    return Legend(_("Building height"), rows, _("right: buildings"))


def ticket_legend(counts: Mapping[str, int], signs: Iterable[str]) -> Legend:
    """Explain the ticket signs that are shown, and count each."""
    palette = theme.palette()
    rows = [
        LegendRow(
            TICKET_SHAPES[sign],
            _(TICKET_SIGNS[sign]),
            palette.ink if sign == "pending" else palette.tickets[sign],
            count=figures.integer(counts.get(sign, 0)),
        )
        for sign in signs
    ]
    return Legend(_("Tickets reported in the period"), rows, _("right: tickets"))


def elderly_legend(care: tuple[str, ...]) -> Legend:
    """Explain the care classes; a point is a unit and shows its most urgent one."""
    colors = theme.palette().care
    rows = [
        LegendRow(CARE_SHAPES[key], _(label), colors[key])
        for key, label in CARE_CLASSES.items()
        if not care or key in care
    ]
    if not care:
        rows.append(LegendRow(CARE_SHAPES["none"], _("No care class"), colors["none"]))
    return Legend(_("Elderly people by care class"), rows, _("one point per unit"))


def party_legend() -> Legend:
    """Explain the party households."""
    row = LegendRow("house", _("Party household"), theme.palette().party)
    return Legend(_("Party households"), [row], _("one point per unit"))


def facility_legend(kinds: tuple[str, ...]) -> Legend:
    """Name the facilities' icons; of many kinds only the services."""
    rows = [
        LegendRow("icon", _(FACILITY_KINDS[kind]), icon=kind)
        for kind in (kinds or LEADING_FACILITIES)[:MOST_FACILITY_ROWS]
    ]
    return Legend(_("Facilities"), rows, _("hover an icon for its name"))


def legends(
    picture: Picture, state: PageState, classes: Classes | None, tickets: Mapping[str, int]
) -> list[Legend]:
    """Return the legends of what is on the map: areas or buildings first, then points."""
    by_mode = {"state": state_legend, "storeys": storey_legend}
    if state.mode in by_mode:
        ground = [by_mode[state.mode](picture)]
    else:
        ground = [indicator_legend(picture, state.ind, classes)] if picture.areas else []
    points: dict[str, Callable[[], Legend]] = {
        "ticket": lambda: ticket_legend(tickets, state.sign),
        "elderly": lambda: elderly_legend(state.care),
        "party_household": party_legend,
        "facility": lambda: facility_legend(state.kind),
    }
    return [*ground, *(make() for layer, make in points.items() if layer in state.layers)]
