"""One sentence for each picture on the wall, with its arithmetic; no person, phone or door."""

from __future__ import annotations

from dashboard import figures
from dashboard.services.overview import Area, Picture
from dashboard.verdicts import over_ceiling
from geo.schema import HOUSEHOLD_STATES
from geo.words import _, language

REACH = "elderly_service_reach"
LATE = "tickets_overdue"


def norms(picture: Picture) -> str:
    """Tell the largest grid against the ceiling, and how many are above it."""
    ground = picture.grids
    limit = ground.norms["grid_households"].high
    sizes = [ground.figure("households", area.id).value for area in ground.areas]
    known = [size for size in sizes if figures.known(size)]
    if not known or limit is None:
        return _no_figures(picture)
    over = over_ceiling(ground)
    if not over:
        return _(
            "All {n} grids keep to the ceiling of {limit} households; the largest has {high}.",
            n=len(known),
            limit=figures.plain(limit),
            high=figures.integer(max(known)),
        )
    area, value = over[0]
    return _(
        "{name}: {value} households, {times}× the ceiling of {limit}; "
        "{n} of {all} grids are above it.",
        name=area.label,
        value=figures.integer(value),
        times=figures.decimal(value / limit),
        limit=figures.plain(limit),
        n=len(over),
        all=len(ground.areas),
    )


def tickets(picture: Picture) -> str:
    """Tell how many tickets repeat an earlier one, and where most overdue ones are."""
    if not picture.tickets:
        return _("No tickets were reported in this period.")
    repeats = _(
        "**{share}** of {n} tickets repeat an earlier one ({repeats} ÷ {n}).",
        share=figures.share(picture.repeats, picture.tickets),
        n=figures.integer(picture.tickets),
        repeats=figures.integer(picture.repeats),
    ).replace("**", "")
    worst, total = _most(picture, LATE), picture.sum(LATE).value
    if worst is None or not figures.known(total):
        return repeats
    late = _(
        "{all} tickets of any age are overdue, most of them in {name}: {n}.",
        name=worst[0].label,
        n=figures.integer(worst[1]),
        all=figures.integer(total),
    )
    return repeats + ("" if language() == "zh" else " ") + late


def homes(picture: Picture) -> str:
    """Tell how many dwellings are rented or vacant, and what a building's colour means."""
    total = sum(picture.states.get(state, 0) for state in HOUSEHOLD_STATES)
    if not total:
        return _no_figures(picture)
    return _(
        "{rented} of {n} dwellings are rented, {vacant} vacant; "
        "a building has the colour of its most frequent state.",
        n=figures.integer(total),
        rented=figures.share(picture.states.get("rented", 0), total),
        vacant=figures.share(picture.states.get("vacant", 0), total),
    )


def services(picture: Picture) -> str:
    """Tell how many elderly people reach a service on foot, and where the fewest do."""
    figure = picture.sum(REACH)
    if not figures.known(figure.value) or picture.too_few(REACH, figure):
        return _("How many elderly people reach a service is not known here.")
    reach = _(
        "{share} of residents aged 60+ reach an elderly service on foot ({some} ÷ {all}).",
        share=figures.percent(figure.value),
        some=figures.integer(figure.numerator),
        all=figures.integer(figure.denominator),
    )
    known = [
        (area, value) for area in picture.areas if figures.known(value := _value(picture, area))
    ]
    least = min(known, key=lambda pair: pair[1], default=None)
    if least is None or len(known) < 2:  # noqa: PLR2004 - the least of one says nothing
        return reach
    name, share = least[0].label, figures.percent(least[1])
    fewest = _("Fewest in {name}: {share}.", name=name, share=share)
    return reach + ("" if language() == "zh" else " ") + fewest


def _value(picture: Picture, area: Area) -> float | None:
    return picture.values(REACH)[area.id]


def _most(picture: Picture, indicator: str) -> tuple[Area, float] | None:
    found = [(area, picture.figure(indicator, area.id).value) for area in picture.areas]
    known = [(area, value) for area, value in found if figures.known(value) and value > 0]
    return max(known, key=lambda pair: pair[1], default=None)


def _no_figures(picture: Picture) -> str:
    """Say why nothing can be said."""
    if not picture.grids.areas:
        return _("This place has no grids in force yet.")
    return _("No households are on record here yet.")
