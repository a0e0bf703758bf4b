"""The map of a study: areas by how sure they are hot or cold, clusters as circles, groups."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import numpy as np

from dashboard import figures, picture_map, spot_rows, theme
from dashboard.maps import (
    BuildingClasses,
    Cells,
    Choropleth,
    Disc,
    Lattice,
    Legend,
    LegendRow,
    MapState,
    Mark,
    Swatch,
    Tone,
)
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.spot_rows import Names
from dashboard.state import PageState
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.studies import AreaFigures, Study
from geo.words import _

_LEVELS: Final = (3, 2, 1, 0, -1, -2, -3)
_CATEGORIES: Final = tuple(EMERGING)
_SHARES: Final = (0.5, 0.75, 0.9, 0.97)
"""Limits of the classes of a density: shares of the cells."""

_COARSE: Final = 100
"""Limits of densities that reach so far are told in tens, others in tenths."""

_MOST_MARKS: Final = 99
_NONE: Final = ""
_CLEAR: Final = "transparent"


def map_state(
    scope: Scope, picture: Picture, asked: PageState, study: Study | None, classes: Names
) -> MapState:
    """Say what the map shows.

    Parameters
    ----------
    picture
        Of grids.
    study
        None while there is no answer yet.
    """
    layers = tuple(one for one in asked.layers if one in ("label", "ticket", "facility"))
    shown = replace(asked, layers=layers, mode="plain", pick=None)
    base = replace(
        picture_map.map_state(scope, picture, shown, None, {}),
        grid_labels={area.id: (area.short,) for area in picture.areas},
        legends=[],
    )
    if study is None:
        return base
    base = replace(base, filters=_filters(base, study), **_spots(study, asked, classes))
    if study.question.method == "groups":
        return _density(base, study)
    if study.areas is None:
        return base
    return _areas(base, picture, study, study.areas, asked, classes)


def _filters(base: MapState, study: Study) -> dict[str, str]:
    """Show the tickets of the study, not those of the page's period."""
    question = study.question
    days = {
        "from": f"{date.fromordinal(question.start)}",
        "to": f"{date.fromordinal(question.stop)}",
    }
    return {**base.filters, **days, "class": ",".join(question.classes), "sign": _NONE}


# --------------------------------------------------------------------------------------- spots


def _spots(study: Study, asked: PageState, classes: Names) -> dict[str, Any]:
    """Draw clusters and groups as circles, everything else as numbered marks."""
    spots = study.spots[:_MOST_MARKS]
    if study.question.method in ("scan", "groups"):
        return {"discs": [_disc(one, asked, classes) for one in spots]}
    past = study.question.start
    chosen = sorted(spots, key=lambda one: one.number != asked.spot)  # the first lies on top
    return {"marks": [_mark(one, classes, past) for one in chosen]}


def _disc(spot: Spot, asked: PageState, classes: Names) -> Disc:
    return Disc(
        spot.lon,
        spot.lat,
        max(spot.radius_m, 15.0),
        text=str(spot.number),
        tone="muted" if spot.kind == "group" else "bad",
        title=_title(spot, classes),
        chosen=spot.number == asked.spot,
    )


def _mark(spot: Spot, classes: Names, start: int) -> Mark:
    """Mark a spot: hot red, cold blue, one of an earlier period grey."""
    tone: Tone = "" if spot.kind.endswith("cold") else "bad"
    if spot.last_day < start:
        tone = "muted"
    return Mark(spot.lon, spot.lat, str(spot.number), tone, _title(spot, classes))


def _title(spot: Spot, classes: Names) -> str:
    return f"{spot_rows.name(spot, classes)}\n{spot_rows.sentence(spot, classes)}"


# --------------------------------------------------------------------------------------- areas


def _areas(
    base: MapState,
    picture: Picture,
    study: Study,
    areas: AreaFigures,
    asked: PageState,
    classes: Names,
) -> MapState:
    at = spot_rows.step_of(study, asked.at)
    by_category = bool(areas.category) and at is None
    shown = _by_category(areas) if by_category else _by_level(areas, at)
    legend = _category_legend(shown) if by_category else _level_legend(study, shown)
    colors = _category_colors() if by_category else _level_colors()
    if areas.rings:
        cells = Cells(
            rings=areas.rings,
            classes=shown,
            colors=colors,
            tips=_tips(study, areas, classes),
            hatched=_category_hatched() if by_category else _level_hatched(),
            chosen=_chosen(study, areas, asked),
        )
        return replace(base, cells=cells, legends=[legend])
    if areas.unit == "building":
        held = {int(key): one for key, one in zip(areas.keys, shown, strict=True)}
        filled = {key: one for key, one in held.items() if one is None or colors[one]}
        return replace(base, building_classes=BuildingClasses(filled, colors), legends=[legend])
    ids = {area.code: area.id for area in picture.areas}
    by_grid = {ids[key]: one for key, one in zip(areas.keys, shown, strict=True) if key in ids}
    return replace(base, choropleth=Choropleth(by_grid, _solid(colors)), legends=[legend])


def _chosen(study: Study, areas: AreaFigures, asked: PageState) -> int | None:
    """Return the area to outline: the one clicked, else one of the spot chosen in the list."""
    spot = next((one for one in study.spots if one.number == asked.spot), None)
    keys = (asked.cell, *(spot.keys if spot else ()))
    return next((areas.keys.index(key) for key in keys if key in areas.keys), None)


def _by_level(areas: AreaFigures, at: int | None) -> list[int | None]:
    """Return the class of each area: its level, as a position in `_LEVELS`; None: not tested."""
    if not areas.level:
        return [None] * len(areas.keys)
    level = areas.level
    if at is not None and areas.levels:
        level = tuple(row[at] for row in areas.levels)
    return [_LEVELS.index(one) for one in level]


def _level_colors() -> tuple[str, ...]:
    palette = theme.palette()
    return (*palette.hot, _NONE, *reversed(palette.cold))


def _swatch(hatched: bool) -> Swatch:  # noqa: FBT001 - a yes or no is all it is about
    return "hatched_fill" if hatched else "fill"


def _level_hatched() -> tuple[bool, ...]:
    return tuple(one < 0 for one in _LEVELS)


def _level_legend(study: Study, shown: list[int | None]) -> Legend:
    texts = {
        3: _("Hot, 99 % sure"),
        2: _("Hot, 95 % sure"),
        1: _("Hot, 90 % sure"),
        0: _("Nothing certain"),
        -1: _("Cold, 90 % sure"),
        -2: _("Cold, 95 % sure"),
        -3: _("Cold, 99 % sure"),
    }
    if study.shortage:
        return Legend(_("Too few cases"), [])
    rows = [
        LegendRow(_swatch(level < 0), texts[level], color or _CLEAR, count=_count(shown, at))
        for at, (level, color) in enumerate(zip(_LEVELS, _level_colors(), strict=True))
        if level > 0 or at in shown
    ]
    return Legend(_("Hot spots (Gi*)"), rows, _("right: areas"))


def _count(shown: list[int | None], at: int) -> str:
    return figures.integer(shown.count(at))


def _by_category(areas: AreaFigures) -> list[int | None]:
    return list(areas.category)


def _category_colors() -> tuple[str, ...]:
    """Colour hot histories by how urgent they are, cold ones likewise, none not at all."""
    palette = theme.palette()
    strength = {
        "intensifying": 0,
        "persistent": 0,
        "new": 1,
        "consecutive": 1,
        "sporadic": 2,
        "oscillating": 2,
        "diminishing": 2,
        "historical": 2,
    }
    colors = []
    for name in _CATEGORIES:
        kind, _separator, side = name.rpartition("_")
        ramp = palette.hot if side == "hot" else palette.cold
        colors.append(ramp[strength[kind]] if kind in strength else _NONE)
    return tuple(colors)


def _category_hatched() -> tuple[bool, ...]:
    return tuple(
        name.endswith("_cold") or name.startswith(("diminishing", "historical"))
        for name in _CATEGORIES
    )


def _category_legend(shown: list[int | None]) -> Legend:
    rows = [
        LegendRow(
            _swatch(_category_hatched()[at]), _(EMERGING[name]), color, count=_count(shown, at)
        )
        for at, (name, color) in enumerate(zip(_CATEGORIES, _category_colors(), strict=True))
        if at in shown and color
    ]
    return Legend(_("What became of areas"), rows, _("right: areas"))


def _solid(colors: tuple[str, ...]) -> tuple[str, ...]:
    """Grids have no unfilled class: nothing certain gets the ground's colour."""
    return tuple(color or _CLEAR for color in colors)


def _tips(study: Study, areas: AreaFigures, classes: Names) -> list[tuple[str, str]]:
    tips = []
    for at in range(len(areas.keys)):
        n = _("{n} tickets", n=figures.integer(areas.observed[at]))
        homes = _("{n} households", n=figures.integer(areas.households[at]))
        level = spot_rows.level_words(areas.level[at]) if areas.level else ""
        code = areas.class_code[at] if areas.class_code and areas.level[at] else ""
        q = areas.q[at] if areas.q else None
        sure = f"q {spot_rows.probability(q)}" if q is not None else ""
        said = spot_rows.history_of(study, areas.keys[at]) if areas.category else level
        title = " · ".join(filter(None, [said, classes.get(code, code)]))
        tips.append((title or n, " · ".join(filter(None, [n if title else "", homes, sure]))))
    return tips


# ------------------------------------------------------------------------------------- density


def _density(base: MapState, study: Study) -> MapState:
    """Colour small squares by tickets per km² and month."""
    surface = study.more.get("surface")
    if not surface or not surface["per_km2_month"]:
        return base
    values = np.array(surface["per_km2_month"])
    parted = np.quantile(values, _SHARES)
    coarse = parted[-1] >= _COARSE
    limits = np.unique(parted.round(-1 if coarse else 1))
    shown = np.searchsorted(limits, values, side="right")
    colors = theme.palette().sequential
    (lon0, lat0), (lon1, lat1), (lon2, lat2) = surface["corners"]
    lattice = Lattice(
        lon0,
        lat0,
        lon1 - lon0,
        lat1 - lat0,
        lon2 - lon0,
        lat2 - lat0,
        surface["column"],
        surface["row"],
    )
    cells = Cells(
        lattice=lattice, classes=shown.tolist(), colors=(_NONE, *colors[1 : len(limits) + 1])
    )
    told = [figures.integer(one) if coarse else figures.decimal(one) for one in limits]
    texts = [f"< {told[0]}", *(f"≥ {one}" for one in told)]
    rows = [
        LegendRow("fill", text, color or _CLEAR)
        for text, color in zip(texts, cells.colors, strict=True)
    ]
    return replace(
        base,
        cells=cells,
        legends=[Legend(_("Tickets per km² and month"), rows, _("described, not tested"))],
    )
