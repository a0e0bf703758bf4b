"""The map of visits: buildings by overdue households, grids by coverage, a worker's next round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from typing import Final

import numpy as np

from dashboard import figures, maps, picture_map, theme, visit_rows
from dashboard.maps import BuildingClasses, Legend, LegendRow, MapState, Mark, Tone, Trace
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.services.visiting import Stop, Visiting, Walk
from dashboard.state import PageState
from geo.words import _

MANY = (1, 3, 6)
"""Fewest overdue households of a building in each of the three overdue classes."""

TWO_DIGITS = 10

_TONES: Final[tuple[Tone, ...]] = ("bad", "warn", "", "muted")
"""Tone of a mark by the class of care."""


def map_state(
    scope: Scope, picture: Picture, asked: PageState, found: Visiting, walk: Walk | None
) -> MapState:
    """Say what the map of a community shows."""
    plain = replace(asked, layers=("label",), mode="plain", ind="visit_coverage")
    base = picture_map.map_state(scope, picture, plain, None, {})
    classes = building_classes(found)
    legends = [_legend(classes)]
    if walk is not None and walk.stops:
        legends.append(_walk_legend(walk))
    return replace(
        base,
        building_classes=BuildingClasses(classes, _colors()),
        grid_labels=_labels(found, picture),
        marks=marks(found, walk) if walk else (),
        traces=traces(found, walk) if walk else (),
        legends=legends,
    )


def street_state(scope: Scope, picture: Picture, asked: PageState) -> MapState:
    """Say what the map of a street shows: its grids by coverage."""
    shown = replace(asked, layers=("label",), mode="indicator", ind="visit_coverage")
    classes = picture_map.classes(scope, picture.grids, "visit_coverage")
    return picture_map.map_state(scope, picture.grids, shown, classes, {})


def building_classes(found: Visiting) -> dict[int, int | None]:
    """Sort buildings: nobody due, nobody overdue, then by how many households are overdue."""
    homes, ids = found.homes, found.buildings["id"].tolist()
    where = homes["building"].to_numpy()
    late = np.bincount(where[homes["over_days"] > 0], minlength=len(ids)).tolist()
    due = np.bincount(where[homes["due"]], minlength=len(ids)).tolist()
    return {one: _class(late[place], due[place]) for place, one in enumerate(ids)}


def _class(late: int, due: int) -> int:
    return 1 + sum(late >= least for least in MANY) if late or due else 0


def _colors() -> tuple[str, ...]:
    palette = theme.palette()
    return (palette.fates[4], palette.within_bar, *palette.norm[2:5])


def _legend(classes: dict[int, int | None]) -> Legend:
    overdue = [_("{low}–{high} overdue", low=low, high=high - 1) for low, high in pairwise(MANY)]
    texts = (
        _("Nobody due"),
        _("All who were due met"),
        *overdue,
        _("{low} or more overdue", low=MANY[-1]),
    )
    held = list(classes.values())
    rows = [
        LegendRow("fill", text, color, count=figures.integer(held.count(index)))
        for index, (text, color) in enumerate(zip(texts, _colors(), strict=True))
    ]
    return Legend(_("Households overdue for a visit"), rows, _("right: buildings"))


def _walk_legend(walk: Walk) -> Legend:
    held = [min(stop.care for stop in stops) for _number, stops in _by_building(walk)]
    rows = [
        LegendRow("circle", _(visit_rows.CLASS_NAMES[care]), maps.tone_color(_TONES[care]))
        for care in sorted(set(held))
    ]
    return Legend(_("Next round"), rows, _("numbers: order of the visits"))


def _labels(found: Visiting, picture: Picture) -> dict[int, tuple[str, str]]:
    norm = found.norms["small_denominator"]
    named = len(picture.areas) <= picture_map.MANY_GRIDS
    labels = {}
    for area in picture.areas:
        one = visit_rows.counts(found.homes[found.homes["grid_id"] == area.id])
        text = visit_rows.share(one.done, one.due, norm)
        labels[area.id] = (area.label if named else area.short, text)
    return labels


def _place(found: Visiting, stop: Stop) -> tuple[float, float]:
    row = found.buildings.iloc[stop.building]
    return float(row["lon"]), float(row["lat"])


def marks(found: Visiting, walk: Walk) -> list[Mark]:
    """Mark the buildings of a round by number; visits in one building share a mark."""
    return [_mark(found, number, stops) for number, stops in _by_building(walk)]


def _by_building(walk: Walk) -> list[tuple[int, list[Stop]]]:
    """Return the visits of each building with the number of the first, counted from 1."""
    numbered = groupby(enumerate(walk.stops, 1), key=lambda pair: pair[1].building)
    runs = [list(run) for _building, run in numbered]
    return [(run[0][0], [stop for _number, stop in run]) for run in runs]


def _mark(found: Visiting, number: int, stops: Sequence[Stop]) -> Mark:
    last = number + len(stops) - 1
    several = f"{number}–{last}" if last < TWO_DIGITS else f"{number}+"
    what = [
        f"{_(visit_rows.CLASS_NAMES[stop.care])}: {visit_rows.late(stop.over_days)}"
        for stop in stops
    ]
    return Mark(
        *_place(found, stops[0]),
        text=str(number) if len(stops) == 1 else several,
        tone=_TONES[min(stop.care for stop in stops)],
        title="\n".join([visit_rows.building_name(found, stops[0].building), *what]),
    )


def traces(found: Visiting, walk: Walk) -> list[Trace]:
    """Draw the order of a round from the station on; what no way leads to is left out."""
    places = [_place(found, stop) for stop in walk.stops if stop.way_m is not None]
    line = ([walk.start] if walk.start else []) + places
    return [Trace(line)] if len(line) > 1 else []
