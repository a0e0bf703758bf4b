"""The map of services within reach: buildings by their way, the services, the best sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from dashboard import choropleth, figures, legends, picture_map, reach_lists, theme
from dashboard.choropleth import Classes
from dashboard.maps import BuildingClasses, Choropleth, Legend, LegendRow, MapState, Mark
from dashboard.reach_rows import Told, share
from dashboard.services.reaching import Flaw
from dashboard.state import PageState
from geo.coverage import STEPS
from geo.schema import FACILITY_KINDS
from geo.sites import Sites
from geo.words import _

BREAKS: Final = (20.0, 40.0, 60.0, 80.0)
"""Limits of the classes of grids by the share of people who get there, per cent."""

_WORST_MISSING = 3
"""As many lacking services and more are one class."""


def map_state(
    told: Told, asked: PageState, best: Sites | None, *, gaps: bool, grids: Told | None = None
) -> MapState:
    """Say what the map shows.

    Parameters
    ----------
    gaps
        Whether the flaws of the walking network are marked.
    grids
        The answer by grid, where `told` is by community: the map tints the grids then, since a
        whole street is too far away to see buildings.
    """
    by_grid = grids or told
    shown = replace(asked, layers=_layers(asked), kind=_kinds(told), mode="plain")
    base = picture_map.map_state(told.scope, by_grid.picture, shown, None, {})
    classes = building_classes(told)
    tint = None if grids is None else _tint(grids)
    ground = [_legend(told, classes)] if tint is None else [_tint_legend(told, tint)]
    return replace(
        base,
        building_classes=BuildingClasses(classes, colors(told)),
        choropleth=None if tint is None else Choropleth(tint.of, legends.class_colors(tint)),
        grid_labels=_labels(by_grid),
        grid_tips=_tips(by_grid),
        marks=[*_site_marks(told, best), *(_flaw_marks(told) if gaps else ())],
        legends=[
            *ground,
            legends.facility_legend(_kinds(told)),
            *([_flaw_legend(told)] if gaps else []),
        ],
    )


def _layers(asked: PageState) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*(one for one in asked.layers if one == "label"), "facility"]))


def _kinds(told: Told) -> tuple[str, ...]:
    """Return the kinds of facilities to show: the one asked for, or all that are required."""
    kind = told.answer.question.kind
    if kind is not None:
        return (kind,)
    kinds = np.array(told.found.kinds)[told.required].tolist()
    return tuple(one for one in FACILITY_KINDS if one in kinds)


# ----------------------------------------------------------------------------------- buildings


def building_classes(told: Told) -> dict[int, int | None]:
    """Sort the buildings with people of the group: by their way, or by how much they lack.

    Those without any way to the kind asked for are in no class.
    """
    answer = told.answer
    ids = told.found.buildings["id"].to_numpy()[answer.own]
    found = _lacking(told) if told.column is None else _by_way(told, told.column)
    lost = np.zeros(len(ids), dtype=bool)
    if told.column is not None:
        lost = np.isinf(answer.walk_m[:, told.column])
    return {
        int(ids[at]): None if lost[at] else int(found[at])
        for at in np.flatnonzero(answer.people > 0).tolist()
    }


def _lacking(told: Told) -> npt.NDArray[np.int64]:
    return np.minimum(told.answer.missing[:, told.answer.question.step], _WORST_MISSING)


def _by_way(told: Told, column: int) -> npt.NDArray[np.int64]:
    steps_m = told.answer.speed[:, None] * np.array(STEPS)
    return np.asarray((told.answer.walk_m[:, [column]] > steps_m).sum(axis=1))


def colors(told: Told) -> tuple[str, ...]:
    """Return the colours of the buildings' classes."""
    palette = theme.palette()
    if told.column is None:
        return (palette.within_bar, palette.norm[2], palette.norm[3], palette.norm[5])
    steps = palette.sequential
    return (steps[4], steps[3], steps[1], palette.norm[4])


def _legend(told: Told, classes: dict[int, int | None]) -> Legend:
    held, title = list(classes.values()), _title(told)
    rows = [
        LegendRow("fill", text, color, count=figures.integer(held.count(index)))
        for index, (text, color) in enumerate(zip(_texts(told), colors(told), strict=True))
    ]
    if None in held:
        rows.append(LegendRow("hatch", _("No way there"), count=figures.integer(held.count(None))))
    return Legend(title, rows, _("right: buildings"))


def _title(told: Told) -> str:
    kind = told.answer.question.kind
    if kind is not None:
        return _("Walk to: {kind}", kind=_(FACILITY_KINDS[kind]))
    minutes = figures.plain(told.answer.question.minutes)
    return _("Required services within {n} min", n=minutes)


def _texts(told: Told) -> Sequence[str]:
    if told.column is None:
        return (_("All reached"), _("1 lacking"), _("2 lacking"), _("3 or more lacking"))
    within = [_("≤ {n} min", n=figures.plain(step)) for step in STEPS]
    return (*within, _("> {n} min", n=figures.plain(STEPS[-1])))


# --------------------------------------------------------------------------------------- grids


def _figure(told: Told, at: int) -> tuple[float, float]:
    one = told.answer.reach.of(at)
    return float(told.reached(one)[0, told.answer.question.step]), float(one.people[0])


def _labels(told: Told) -> dict[int, tuple[str, str]]:
    named = len(told.areas) <= picture_map.MANY_GRIDS
    return {
        area.id: (area.label if named else area.short, share(told, *_figure(told, at)))
        for at, area in enumerate(told.areas)
    }


def _tips(told: Told) -> dict[int, tuple[str, str]]:
    tips = {}
    for at, area in enumerate(told.areas):
        part, whole = _figure(told, at)
        text = f"{figures.integer(part)} ÷ {figures.integer(whole)} = {share(told, part, whole)}"
        tips[area.id] = (area.label, f"{_title(told)}: {text}")
    return tips


def _tint(told: Told) -> Classes | None:
    values: dict[int, float | None] = {}
    for at, area in enumerate(told.areas):
        part, whole = _figure(told, at)
        known = whole >= told.picture.norms["small_denominator"].value and whole > 0
        values[area.id] = part / whole * 100 if known else None
    return choropleth.by_breaks(values, BREAKS)


def _tint_legend(told: Told, found: Classes) -> Legend:
    rows = [
        LegendRow("fill", text, color, count=figures.integer(count))
        for text, color, count in zip(
            found.texts, legends.class_colors(found), found.counts, strict=True
        )
    ]
    return Legend(_title(told), rows, "% · " + _("right: grids"))


# --------------------------------------------------------------------------------------- marks


def _site_marks(told: Told, best: Sites | None) -> list[Mark]:
    found = best or Sites((), (), 0.0, "counted")
    return [
        Mark(
            float(told.row(at)["lon"]),
            float(told.row(at)["lat"]),
            text=str(number),
            tone="good",
            title="\n".join(
                [
                    _("Best site {n}: {building}", n=number, building=reach_lists.name(told, at)),
                    _("{n} more {unit} get there", n=figures.integer(gain), unit=told.unit),
                ]
            ),
        )
        for number, (at, gain) in enumerate(zip(found.chosen, found.gains, strict=True), 1)
    ]


def _flaw_marks(told: Told) -> list[Mark]:
    return [
        Mark(flaw.lon, flaw.lat, tone="bad", title=_flaw_text(flaw)) for flaw in told.found.flaws
    ]


def _flaw_legend(told: Told) -> Legend:
    color = theme.palette().tickets["overdue"]
    n = figures.integer(len(told.found.flaws))
    return Legend(
        _("Walking network"),
        [LegendRow("circle", _("Gap, or a part not joined"), color, count=n)],
    )


def _flaw_text(flaw: Flaw) -> str:
    if flaw.gap_m is not None:
        return _("Two ends of ways {n} m apart", n=figures.decimal(flaw.gap_m))
    return _("Not joined to the rest of the network: {n} nodes", n=flaw.nodes)
