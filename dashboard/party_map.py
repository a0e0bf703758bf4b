"""The map of party contact: who is left over, two nets, who keeps contact with whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from dashboard import figures, party_rows, picture_map, theme
from dashboard.maps import (
    BuildingClasses,
    Focus,
    Legend,
    LegendRow,
    MapState,
    Mark,
    Tone,
    Trace,
    tone_color,
)
from dashboard.services.contacting import Contacting
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo.words import _

Flags = npt.NDArray[np.bool_]
Classes = dict[int, int | None]

SHARES: Final = (0.25, 0.5, 0.75)
"""Upper limits of the classes of households left over; above the last one there is one more."""

_RECORDED: Final[Tone] = "good"
_PLANNED: Final[Tone] = "warn"


def map_state(scope: Scope, picture: Picture, asked: PageState, found: Contacting) -> MapState:
    """Say what the map of a community shows."""
    plain = replace(asked, layers=("label",), mode="plain", ind="party_served")
    base = picture_map.map_state(scope, picture, plain, None, {})
    building, nets = party_rows.picked(found, asked), asked.paint == "nets"
    classes = nets_classes(found) if nets else left_classes(found)
    top = found.organisation(asked.org)
    if top is not None:
        homes = found.buildings["id"].to_numpy()[party_rows.homes_of(found, top)]
        classes = {one: classes[one] for one in homes.tolist() if one in classes}
    colors, legend = (_nets_key if nets else _left_key)(classes)
    lines = traces(found, building) if building is not None else []
    whole = building is None and top is None and not nets
    return replace(
        base,
        building_classes=BuildingClasses(classes, colors),
        grid_labels=_labels(found, picture, nets=nets),
        marks=marks(found) if whole else (),
        traces=lines,
        focus=_focus(base.focus, found, top),
        legends=[legend, *_beside(found, lines, whole=whole)],
    )


def street_state(scope: Scope, picture: Picture, asked: PageState) -> MapState:
    """Say what the map of a street shows: its grids by who is served at best."""
    shown = replace(asked, layers=("label",), mode="indicator", ind="party_served")
    classes = picture_map.classes(scope, picture.grids, "party_served")
    return picture_map.map_state(scope, picture.grids, shown, classes, {})


def _focus(focus: Focus, found: Contacting, top: int | None) -> Focus:
    """Point out the grid a chosen organisation works in."""
    grid = int(found.organisations["duty"].iloc[top]) if top is not None else -1
    return replace(focus, grid=int(found.grids["id"].iloc[grid])) if grid >= 0 else focus


# ------------------------------------------------------------------------------------- classes


def left_classes(found: Contacting) -> Classes:
    """Sort buildings by the share of households left over; one nobody lives in has no class."""
    rows = found.buildings[found.buildings["occupied"] > 0]
    left = rows[list(party_rows.LEFT)].sum(axis=1) / rows["occupied"]
    classes = np.where(left > 0, 1 + np.searchsorted(SHARES, left), 0)
    return dict(zip(rows["id"].tolist(), classes.tolist(), strict=True))


def nets_classes(found: Contacting) -> Classes:
    """Sort buildings with members: all of the own grid's branch, some, or none of them."""
    rows = found.buildings[found.buildings["members"] > 0]
    classes = np.where(rows["apart"] == rows["members"], 2, (rows["apart"] > 0).astype(int))
    return dict(zip(rows["id"].tolist(), classes.tolist(), strict=True))


def _left_key(classes: Classes) -> tuple[tuple[str, ...], Legend]:
    palette = theme.palette()
    colors = (palette.within_bar, *palette.norm[2:6])
    limits = [figures.decimal(100 * limit, 0) for limit in SHARES]
    texts = (
        _("None"),
        _("up to {n}%", n=limits[0]),
        *(f"{low}–{high}%" for low, high in pairwise(limits)),
        _("more than {n}%", n=limits[-1]),
    )
    return colors, Legend(
        _("Households left over at best"), _rows(classes, colors, texts), _("right: buildings")
    )


def _nets_key(classes: Classes) -> tuple[tuple[str, ...], Legend]:
    palette = theme.palette()
    colors = (palette.within_bar, palette.norm[2], palette.norm[4])
    texts = (
        _("All belong to the grid's branch"),
        _("Some belong to another branch"),
        _("All belong to another branch"),
    )
    return colors, Legend(
        _("Party members living here"),
        _rows(classes, colors, texts),
        _("in the grids: of another branch / all"),
    )


def _rows(classes: Classes, colors: tuple[str, ...], texts: tuple[str, ...]) -> list[LegendRow]:
    held = list(classes.values())
    return [
        LegendRow("fill", text, color, count=figures.integer(held.count(index)))
        for index, (text, color) in enumerate(zip(texts, colors, strict=True))
    ]


def _beside(found: Contacting, lines: list[Trace], *, whole: bool) -> list[Legend]:
    """Explain the marks and lines that are shown."""
    if lines:
        rows = [
            LegendRow("trace", _("On record"), tone_color(_RECORDED)),
            LegendRow("line", _("Could be added"), tone_color(_PLANNED)),
        ]
        return [Legend(_("From party household to household"), rows)]
    if whole and found.best:
        row = LegendRow("circle", _("Best place for one more"), tone_color(""))
        return [Legend(_("Party households"), [row], _("numbers: order of the list"))]
    return []


def _labels(found: Contacting, picture: Picture, *, nets: bool) -> dict[int, tuple[str, str]]:
    """Write into each grid who is served at best, or who of its members is another branch's."""
    named = len(picture.areas) <= picture_map.MANY_GRIDS
    sums = party_rows.sums_by_grid(found)
    grids = {one: place for place, one in enumerate(found.grids["id"].tolist())}
    labels = {}
    for area in picture.areas:
        place = grids.get(area.id)
        row = sums.get(place) if place is not None else None
        text = figures.MISSING if row is None else _label(found, row, nets=nets)
        labels[area.id] = (area.label if named else area.short, text)
    return labels


def _label(found: Contacting, row: Mapping[str, float], *, nets: bool) -> str:
    if nets:
        return f"{figures.integer(row['apart'])} / {figures.integer(row['members'])}"
    left = sum(row[name] for name in party_rows.LEFT)
    norm = found.norms["small_denominator"]
    return party_rows.share(row["occupied"] - left, row["occupied"], norm)


# ------------------------------------------------------------------------------ marks and lines


def _place(found: Contacting, building: int) -> tuple[float, float]:
    row = found.buildings.iloc[building]
    return float(row["lon"]), float(row["lat"])


def marks(found: Contacting) -> list[Mark]:
    """Mark with numbers the buildings where one more party household would help most."""
    return [
        Mark(
            *_place(found, one.building),
            text=str(number),
            title="\n".join(
                [
                    party_rows.place_name(found, one.building),
                    _("{n} households more", n=one.gain),
                ]
            ),
        )
        for number, one in enumerate(found.best, 1)
    ]


def traces(found: Contacting, building: int) -> list[Trace]:
    """Draw who keeps, or could keep, contact with whom: from and to a building."""
    kinds = ((found.plan, _PLANNED, True), (found.links, _RECORDED, False))
    return [
        Trace([_place(found, row["host"]), _place(found, row["home"])], tone, dashed)
        for frame, tone, dashed in kinds
        for row in frame.to_dict("records")
        if (row["host"] == building) != (row["home"] == building)
    ]
