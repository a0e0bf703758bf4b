"""Services within reach, by building: who does not get there, one building's ways, best sites.

And what stands where: greens, bins, lights and car parks.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard import figures, wording
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.reach_rows import Told
from dashboard.services import reaching
from dashboard.services.overview import Area
from dashboard.state import PageState
from geo.errors import N_
from geo.schema import FACILITY_KINDS
from geo.sites import GREEDY_SHARE, Sites, Stock
from geo.words import _

LONGEST_LIST = 20
"""Buildings that are listed."""

_AS_GIVEN = -1
_THOUSAND = 1000

_STOCK_NAMES = {"bin": N_("Bins"), "light": N_("Lights"), "car_park": N_("Car parks")}
"""Of `dashboard.services.reaching.STOCK`, short."""


# -------------------------------------------------------------------------------- out of reach


def beyond_line(told: Told) -> str:
    """Say how many people in how many buildings do not get there."""
    found = reaching.beyond(told.answer, told.column)
    people = float(told.answer.people[found].sum())
    group = told.group
    if not found.size:
        return _("{group}: everybody gets there.", group=group)
    if told.found.by_buildings:
        return _(
            "**{n}** buildings do not get there; the farthest first.",
            n=figures.integer(len(found)),
        )
    return _(
        "**{people}** people ({group}) in **{n}** buildings do not get there; the farthest first.",
        people=figures.integer(people),
        group=group,
        n=figures.integer(len(found)),
    )


def beyond(told: Told) -> AreaTable:
    """List the buildings whose people do not get there, the worst first."""
    last = _("Lacking") if told.column is None else _("Way")
    columns = (Column(_("Building")), Column(_("People")), Column(last))
    found = reaching.beyond(told.answer, told.column)[:LONGEST_LIST]
    rows = [
        TableRow(
            str(told.row(at)["id"]),
            (
                TableCell(name(told, at)),
                TableCell(figures.integer(told.answer.people[at]), float(told.answer.people[at])),
                _lacking(told, at) if told.column is None else way(told, at, told.column),
            ),
        )
        for at in found.tolist()
    ]
    return AreaTable(columns, tuple(rows), sort=_AS_GIVEN)


def name(told: Told, at: int) -> str:
    """Name a building of the answer."""
    row = told.row(at)
    return wording.building(row["compound"], row["number"], row["name"])


def _lacking(told: Told, at: int) -> TableCell:
    """Name the required services a building does not reach."""
    step = told.answer.question.step
    minutes = told.found.minutes[told.answer.own[at]]
    limits = told.limits(at)[:, step]
    lacking = [
        _(FACILITY_KINDS[kind])
        for column, kind in enumerate(told.found.kinds)
        if minutes[column] > 0 and told.answer.walk_m[at, column] > limits[column]
    ]
    return TableCell(" · ".join(lacking), float(len(lacking)))


def way(told: Told, at: int, column: int) -> TableCell:
    """Write how far a building has it to a kind."""
    metres = float(told.answer.walk_m[at, column])
    if not told.exists(column):
        return TableCell(_("none here"), None, "muted")
    if not np.isfinite(metres):
        return TableCell(_("no way"), None, "bad")
    minutes = metres / float(told.answer.speed[at])
    text = _(
        "{m} m · {minutes} min", m=figures.integer(metres), minutes=figures.decimal(minutes, 0)
    )
    return TableCell(text, metres)


def picked(told: Told, asked: PageState) -> int | None:
    """Return the building that was clicked, as a position of the answer."""
    if asked.pick is None or asked.pick[0] != "building":
        return None
    ids = told.found.buildings["id"].to_numpy()[told.answer.own]
    at = np.flatnonzero(ids == asked.pick[1])
    return int(at[0]) if at.size else None


def of_building(told: Told, at: int) -> pd.DataFrame:
    """List how far a building has it to the kinds that are required or asked for."""
    minutes = told.found.minutes[told.answer.own[at]]
    order = np.flatnonzero(minutes > 0).tolist()
    if told.column is not None:
        order = [told.column, *(one for one in order if one != told.column)]
    rows = [
        {
            _("Service"): _(FACILITY_KINDS[told.found.kinds[column]]),
            _("Way"): way(told, at, column).text,
            _("Norm"): _judged(told, at, column),
        }
        for column in order
    ]
    return pd.DataFrame(rows)


def _judged(told: Told, at: int, column: int) -> str:
    minutes = float(told.found.minutes[told.answer.own[at], column])
    if not minutes:
        return figures.MISSING
    kept = told.answer.walk_m[at, column] <= minutes * told.answer.speed[at]
    text = _("{n} min", n=figures.plain(minutes))
    return f":green[≤ {text}]" if kept else f":red[> {text}]"


# ---------------------------------------------------------------------------------- best sites


def sites(told: Told, best: Sites) -> str:
    """List the buildings where more facilities would help, and how much each adds."""
    return "\n".join(
        _(
            "{n}. {building}: **{gain}** more {unit} ({group})",
            n=number,
            building=wording.plain(name(told, at)),
            gain=figures.integer(gain),
            unit=told.unit,
            group=told.group,
        )
        for number, (at, gain) in enumerate(zip(best.chosen, best.gains, strict=True), 1)
    )


def sites_sum(told: Told, best: Sites) -> str:
    """Say what the sites reach together, with its arithmetic."""
    out = reaching.beyond(told.answer, told.column)
    people = float(told.answer.people[out].sum())
    question = told.answer.question
    values = {
        "minutes": figures.plain(question.minutes),
        "kind": wording.word(FACILITY_KINDS, question.kind or "other"),
        "all": figures.integer(people),
        "unit": told.unit,
    }
    if not people:
        return _("Everybody of this group reaches it within {minutes} minutes.", **values)
    if not best.chosen:
        return _("No building here is within {minutes} minutes of those who lack it.", **values)
    return _(
        "With {n} more ({kind}), {part} of the {all} {unit} that lack it get there within "
        "{minutes} minutes: **{share}**.",
        n=len(best.chosen),
        part=figures.integer(best.covered),
        share=figures.share(best.covered, people),
        **values,
    )


def proof(best: Sites) -> str:
    """Say whether other sites could be better, and by how much."""
    if best.method == "counted":
        return _("Exact: every building was tried.")
    if best.proven:
        return _("Exact: no other choice of as many buildings reaches more.")
    return _(
        "Found one after the other in the time there was: surely {share} of the best there is; "
        "no choice reaches more than {bound}.",
        share=figures.percent(max(GREEDY_SHARE, best.covered / best.bound) * 100),
        bound=figures.integer(best.bound),
    )


# ------------------------------------------------------------------------------ what stands where


def loaded(told: Told, stock: Stock) -> list[str]:
    """Return which layers there are: ``green`` and of `dashboard.services.reaching.STOCK`."""
    kinds = [kind for i, kind in enumerate(reaching.STOCK) if stock.number[:, i].any()]
    green = any(
        told.picture.figure("green_share", area.id).value is not None for area in told.areas
    )
    return [*(["green"] if green else []), *kinds]


def absent(there: list[str]) -> str:
    """Name the layers that are not loaded."""
    words = {"green": _("greens"), **{kind: _(text) for kind, text in _STOCK_NAMES.items()}}
    missing = [word for key, word in words.items() if key not in there]
    return _("Not loaded here: {layers}.", layers=" · ".join(missing)) if missing else ""


def ground(told: Told, stock: Stock, there: list[str]) -> AreaTable:
    """List the areas' greens, and what stands there, also per 1,000 residents."""
    columns = [Column(_("Grid") if told.scope.community else _("Community"))]
    if "green" in there:
        columns.append(Column(_("Green %"), _("Greens ÷ ground; overlaps count once"), bar=True))
    counted = [kind for kind in reaching.STOCK if kind in there]
    per = _("Number · per 1,000 residents")
    columns += [Column(_(_STOCK_NAMES[kind]), per) for kind in counted]
    if "car_park" in there:
        columns.append(Column(_("Places"), _("Of the car parks that say how many they have")))
    rows = [
        TableRow(area.code, tuple(_ground_cells(told, stock, there, at, area)))
        for at, area in enumerate(told.areas)
    ]
    return AreaTable(tuple(columns), tuple(rows))


def _ground_cells(
    told: Told, stock: Stock, there: list[str], at: int, area: Area
) -> list[TableCell]:
    cells = [TableCell(area.label)]
    if "green" in there:
        green = told.picture.figure("green_share", area.id).value
        cells.append(TableCell(figures.decimal(green), green))
    residents = float(told.residents(at))
    for column, kind in enumerate(reaching.STOCK):
        if kind in there:
            cells.append(_stock_cell(int(stock.number[at, column]), residents))
    if "car_park" in there:
        column = reaching.STOCK.index("car_park")
        known = stock.number[at, column] > stock.unknown[at, column]
        places = float(stock.places[at, column])
        cells.append(TableCell(figures.integer(places if known else None), places))
    return cells


def _stock_cell(number: int, residents: float) -> TableCell:
    each = number / residents * _THOUSAND if residents else None
    beside = f" · {figures.decimal(each)}" if each is not None else ""
    return TableCell(f"{figures.integer(number)}{beside}", float(number))
