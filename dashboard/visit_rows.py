"""Visits to homes in words and tables: due, done, overdue, by class, by grid, and the next ten."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import numpy as np
import pandas as pd

from dashboard import figures, wording
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.visiting import Stop, Visiting, Walk
from dashboard.state import PageState
from geo.errors import N_
from geo.indicators import too_few
from geo.norms import Norm
from geo.periods import PERIODS
from geo.store.visit_rows import OTHERS, Worker
from geo.words import _
from geo.workload import CARE

CLASS_NAMES = (N_("High risk"), N_("Key care"), N_("General care"), N_("Others"))
"""By the positions of ``care``, short."""

_OVERDUE = 3
"""The column of overdue households in the table of areas."""


@dataclass(frozen=True)
class Counts:
    """Households: due, of them met, of them not met; overdue now; overdue again though met."""

    due: int
    done: int
    missed: int
    overdue: int
    again: int


def counts(homes: pd.DataFrame) -> Counts:
    """Count some of the households of a `Visiting`."""
    late = homes["over_days"] > 0
    return Counts(
        int(homes["due"].sum()),
        int(homes["done"].sum()),
        int(homes["missed"].sum()),
        int(late.sum()),
        int((late & homes["done"]).sum()),
    )


def share(done: float, due: float, norm: Norm) -> str:
    """Write a coverage, or that too few were due to say one (norm ``small_denominator``)."""
    if due and too_few(due, norm):
        return _("too few")
    return figures.share(done, due)


def chosen(found: Visiting, picture: Picture, asked: PageState) -> tuple[str, pd.DataFrame]:
    """Return what the figures are about, by name, and its households: a building, grid or all."""
    homes = found.homes
    if asked.pick is not None and asked.pick[0] == "building":
        place = np.flatnonzero(found.buildings["id"] == asked.pick[1])
        if place.size:
            name = wording.plain(building_name(found, int(place[0])))
            return name, homes[homes["building"] == place[0]]
    area = picture.area(asked.grid)
    if area is not None:
        return wording.plain(area.label), homes[homes["grid_id"] == area.id]
    return wording.plain(found.community.name), homes


def verdict(found: Visiting, homes: pd.DataFrame) -> list[str]:
    """Say with its arithmetic how many were due, met, and are overdue."""
    one, norm = counts(homes), found.norms["small_denominator"]
    period = _(PERIODS[found.period.key])
    if not one.due:
        return [_("{period}: no household was due for a visit.", period=period)]
    n = figures.integer
    covered = _(
        "{period}: **{due}** households were due, {done} of them were met. Coverage {done} ÷ "
        "{due} = **{share}**; {missed} were not met.",
        period=period,
        due=n(one.due),
        done=n(one.done),
        share=share(one.done, one.due, norm),
        missed=n(one.missed),
    )
    day = figures.moment(found.at, figures.this_year())
    late = _("On {day} **{n}** households are overdue.", day=day, n=n(one.overdue))
    if one.again:
        late = _(
            "On {day} **{n}** households are overdue: {rest} not met, {again} met but due again.",
            day=day,
            n=n(one.overdue),
            rest=n(one.overdue - one.again),
            again=n(one.again),
        )
    return [covered, late]


def records(found: Visiting) -> str:
    """Say since when visits are on record, where that is less than the longest interval."""
    longest = found.norms["household_visit_days"].value
    if found.since is None or (found.period.start - found.since).days >= longest:
        return ""
    return _(
        "Visits are on record since {day}; whoever was not met since counts as never met.",
        day=found.since.isoformat(),
    )


def by_class(found: Visiting, homes: pd.DataFrame) -> pd.DataFrame:
    """List due, met and overdue households by the class of their most urgent member."""
    norm = found.norms["small_denominator"]
    rows = []
    for place, name in enumerate(CLASS_NAMES):
        own = homes[homes["care"] == place]
        one = counts(own)
        rows.append(
            {
                _("Care class"): _(name),
                _("Visited every"): _interval(found, own, place),
                _("Were due"): figures.integer(one.due),
                _("Were met"): figures.integer(one.done),
                _("Overdue now"): figures.integer(one.overdue),
                _("Visit coverage"): share(one.done, one.due, norm),
            }
        )
    return pd.DataFrame(rows)


def _interval(found: Visiting, own: pd.DataFrame, place: int) -> str:
    """Write the days between two visits: of the households there are, else by the norm."""
    days = sorted(own["visit_days"].unique().tolist())
    if not days:
        key = f"visit_days_{CARE[place]}" if place < OTHERS else "household_visit_days"
        days = [found.norms[key].value]
    low, high = figures.plain(days[0]), figures.plain(days[-1])
    return _("{n} days", n=low if low == high else f"{low}–{high}")


def quota(found: Visiting) -> str:
    """Say how the visits made compare with the monthly quota, and whose the quota is."""
    one = found.quota
    values = {
        "made": figures.integer(one.made),
        "each": figures.plain(one.each),
        "n": figures.plain(one.holders),
        "asked": figures.integer(one.asked),
        "share": figures.share(one.made, one.asked),
    }
    if one.share is None:
        return _("{made} visits a month; nobody holds the quota of {each}.", **values)
    if one.per_worker:
        return _(
            "{made} visits a month ÷ ({each} × {n} workers = {asked}) = **{share}** of the quota. "
            "It is counted per worker; the norms can make it per grid.",
            **values,
        )
    return _(
        "{made} visits a month ÷ ({each} × {n} grids = {asked}) = **{share}** of the quota. "
        "It is counted per grid; the norms can make it per worker.",
        **values,
    )


def by_grid(found: Visiting, picture: Picture) -> AreaTable:
    """List the grids."""
    norm = found.norms["small_denominator"]
    homes = found.homes
    rows = [
        _area_row(area.code, area.label, counts(homes[homes["grid_id"] == area.id]), norm)
        for area in picture.areas
    ]
    return AreaTable(_columns(_("Grid")), tuple(rows), sort=_OVERDUE)


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first),
        Column(_("Were due"), _("Households whose interval ran out before the end of the period.")),
        Column(_("Were met"), _("Of these, met at least once in the period.")),
        Column(_("Overdue now"), _("Not met within their interval, at the end of the period.")),
        Column(
            _("Visit coverage"),
            _("Due households met in the period ÷ due households × 100."),
            bar=True,
        ),
    )


def _area_row(code: str, name: str, one: Counts, norm: Norm) -> TableRow:
    text = share(one.done, one.due, norm)
    known = bool(one.due) and not too_few(one.due, norm)
    cells = (
        TableCell(name),
        TableCell(figures.integer(one.due), one.due),
        TableCell(figures.integer(one.done), one.done),
        TableCell(figures.integer(one.overdue), one.overdue, "bad" if one.overdue else ""),
        TableCell(text, one.done / one.due if known else None),
    )
    return TableRow(code, cells)


# ------------------------------------------------------------------------------ a whole street


def street_verdict(picture: Picture) -> str:
    """Say how a street's due households were visited, from the kept figures."""
    figure, late = picture.sum("visit_coverage"), picture.sum("visits_overdue").value
    period = _(PERIODS[picture.period.key])
    if not figure.denominator or figure.numerator is None:
        return _("{period}: no household was due for a visit.", period=period)
    return _(
        "{period}: **{due}** households were due, {done} of them were met. Coverage {done} ÷ "
        "{due} = **{share}**; {late} households are overdue.",
        period=period,
        due=figures.integer(figure.denominator),
        done=figures.integer(figure.numerator),
        share=share(figure.numerator, figure.denominator, picture.norms["small_denominator"]),
        late=figures.integer(late),
    )


def by_community(picture: Picture) -> AreaTable:
    """List a street's communities, from the kept figures."""
    rows = tuple(_kept_row(picture, area) for area in picture.areas)
    return AreaTable(_columns(_("Community")), rows, sort=_OVERDUE)


def _kept_row(picture: Picture, area: Area) -> TableRow:
    covered: Figure = picture.figure("visit_coverage", area.id)
    late = picture.figure("visits_overdue", area.id).value
    cells = (
        TableCell(area.label),
        TableCell(figures.integer(covered.denominator), covered.denominator),
        TableCell(figures.integer(covered.numerator), covered.numerator),
        TableCell(figures.integer(late), late, "bad" if late else ""),
        TableCell(wording.shown(picture, "visit_coverage", covered), covered.value),
    )
    return TableRow(area.code, cells)


# ------------------------------------------------------------------------------- the next ten


def worker_names(found: Visiting, picture: Picture) -> dict[str, str]:
    """Return the workers to choose from, with their grids, by number."""
    short = {area.id: area.short for area in picture.areas}
    return {
        str(one.id): f"{one.name}（{grids}）" if (grids := _grids(one, short)) else one.name
        for one in found.workers
    }


def _grids(one: Worker, short: dict[int, str]) -> str:
    return "、".join(short[grid] for grid in one.grids if grid in short)


def building_name(found: Visiting, place: int) -> str:
    """Return what a building is called."""
    row = found.buildings.iloc[place]
    return wording.building(row["compound"], row["number"], row["name"])


def late(over_days: float) -> str:
    """Say how far past the deadline a household is."""
    if np.isinf(over_days):
        return _("never met")
    if over_days > 0:
        return _("{n} d over", n=figures.integer(np.ceil(over_days)))
    return _("{n} d left", n=figures.integer(np.floor(-over_days)))


def way(stop: Stop) -> str:
    """Write the way to a stop."""
    if stop.way_m is None:
        return figures.MISSING
    return _("{n} m", n=figures.integer(stop.way_m)) if stop.way_m else _("same building")


def next_rows(found: Visiting, walk: Walk) -> pd.DataFrame:
    """List the next visits in the order of the walk."""
    return pd.DataFrame(
        [
            {
                _("No."): str(number),
                _("Building"): wording.plain(building_name(found, stop.building)),
                _("Care class"): _(CLASS_NAMES[stop.care]),
                _("Deadline"): late(stop.over_days),
                _("Way there"): way(stop),
            }
            for number, stop in enumerate(walk.stops, 1)
        ]
    )


def walk_line(found: Visiting, walk: Walk) -> str:
    """Say how long the round is, on foot and in the homes."""
    on_foot = walk.length_m / found.norms["walk_speed_m_min"].value
    values = {
        "n": len(walk.stops),
        "m": figures.integer(walk.length_m),
        "walk": figures.integer(on_foot),
        "stay": figures.integer(len(walk.stops) * found.norms["visit_minutes"].value),
        "detour": figures.plain(found.norms["detour"].value),
    }
    begin = _("From the grid station. ") if walk.start else ""
    if walk.by_network:
        return begin + _(
            "{n} visits, {m} m on the walking network: {walk} min on foot, {stay} min in homes.",
            **values,
        )
    return begin + _(
        "{n} visits, {m} m (straight line × {detour}): {walk} min on foot, {stay} min in homes.",
        **values,
    )


def list_url(found: Visiting, asked: PageState) -> str:
    """Return the address of the list to print."""
    query = urlencode({"period": found.period.key, "lang": asked.lang})
    return f"/export/visits/{found.community.code}/{asked.staff}?{query}"
