"""The list of visits a worker takes along, as a page to print.

It says which door to knock at, and no name and no phone number: whoever works the grid knows them,
and paper gets lost.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from dashboard import figures, visit_rows
from dashboard.services.visiting import Itinerary, Stop
from geo import words
from geo.periods import PERIODS
from geo.words import _


@cache
def _template() -> jinja2.Template:
    source = (files("dashboard") / "parts" / "visit_list.html").read_text(encoding="utf-8")
    return jinja2.Environment(autoescape=True, trim_blocks=True).from_string(source)


def page(made: Itinerary) -> str:
    """Return the list as HTML, in the language spoken."""
    columns = (
        _("No."),
        _("Building"),
        _("Unit"),
        _("Floor and room"),
        _("Care class"),
        _("Deadline"),
        _("Way there"),
        _("Were met"),
        _("Remark"),
    )
    return _template().render(
        lang="zh-CN" if words.language() == "zh" else "en",
        title=_("Next visits of {worker}", worker=made.worker.name),
        lines=_lines(made),
        private=_("For the worker of the grid only. Do not leave it lying about."),
        columns=columns,
        rows=_rows(made),
        foot=_foot(made),
    )


def _lines(made: Itinerary) -> list[str]:
    numbers = "、".join(made.grids)
    place = _(
        "{street} · {community} · grids {grids}",
        street=made.scope.street.name,
        community=made.visiting.community.name,
        grids=numbers or figures.MISSING,
    )
    if not made.walk.stops:
        return [place, _("There is no household in these grids.")]
    return [place, visit_rows.walk_line(made.visiting, made.walk)]


def _rows(made: Itinerary) -> list[tuple[str, ...]]:
    pairs = zip(made.walk.stops, made.doors, strict=True)
    return [_row(made, number, stop, door) for number, (stop, door) in enumerate(pairs, 1)]


def _row(made: Itinerary, number: int, stop: Stop, door: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(number),
        visit_rows.building_name(made.visiting, stop.building),
        door["unit"] or figures.MISSING,
        _door(door),
        _(visit_rows.CLASS_NAMES[stop.care]),
        visit_rows.late(stop.over_days),
        visit_rows.way(stop),
    )


def _door(door: dict[str, Any]) -> str:
    """Write floor and room; the room alone where the floor is not known."""
    room = door["room"] or figures.MISSING
    return (
        room if door["floor"] is None else _("{floor} F · {room}", floor=door["floor"], room=room)
    )


def _foot(made: Itinerary) -> list[str]:
    found = made.visiting
    days = _(
        "Data as of {at} · {period} {start} to {end}",
        at=figures.moment(found.at, None),
        period=_(PERIODS[found.period.key]),
        start=found.period.start.isoformat(),
        end=found.period.last_day.isoformat(),
    )
    rule = _(
        "Chosen by class, then by days over: every {high} days at high risk, {key} of key care, "
        "{general} of general care, {other} for every household.",
        high=figures.plain(found.norms["visit_days_high_risk"].value),
        key=figures.plain(found.norms["visit_days_key"].value),
        general=figures.plain(found.norms["visit_days_general"].value),
        other=figures.plain(found.norms["household_visit_days"].value),
    )
    own = _("registers of {community}", community=found.community.name)
    source = " · ".join([own, *made.scope.attributions])
    return [days, rule, _("Source: {source}", source=source)]
