"""The map of the load: grids coloured by the composite load, or by one measured term."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dashboard import choropleth, figures, legends, load_rows, picture_map
from dashboard.choropleth import Classes
from dashboard.load_rows import Load
from dashboard.maps import Choropleth, Legend, LegendRow, MapState
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import SCORE, PageState
from geo.words import _

BREAKS: Final = (-0.5, 0.0, 0.5, 1.0)
"""Limits of the classes of the composite load, fixed: one month compares with the next."""


def map_state(scope: Scope, picture: Picture, asked: PageState, made: Load) -> MapState:
    """Say what the map shows.

    Parameters
    ----------
    picture
        Of grids.
    asked
        With the term in ``term``.
    made
        The composite load of these grids.
    """
    shown = replace(
        asked,
        ind="households" if asked.term == SCORE else asked.term,
        mode="indicator",
        pick=None,
        layers=tuple(one for one in asked.layers if one == "label"),
    )
    if asked.term != SCORE:
        found = picture_map.classes(scope, picture, asked.term)
        return picture_map.map_state(scope, picture, shown, found, {})
    found = _classes(made)
    ground = picture_map.map_state(scope, picture, shown, None, {})
    labels = {
        area.id: (ground.grid_labels[area.id][0], load_rows.score_text(made.score(area)))
        for area in picture.areas
    }
    return replace(
        ground,
        choropleth=Choropleth(found.of, legends.class_colors(found)) if found else None,
        grid_labels=labels,
        grid_tips={area.id: (area.label, load_rows.tip(made, area)) for area in picture.areas},
        legends=[_legend(found)],
    )


def _classes(made: Load) -> Classes | None:
    scores = {area.id: made.score(area) for area in made.picture.areas}
    return choropleth.by_breaks(scores, BREAKS)


def _legend(found: Classes | None) -> Legend:
    title = _("Composite load")
    if found is None:
        return Legend(title, [], _("Few areas: read the values on the map"))
    colors = legends.class_colors(found)
    rows = [
        LegendRow("fill", text, color, count=figures.integer(count))
        for color, text, count in zip(colors, found.texts, found.counts, strict=True)
    ]
    if found.unknown:
        rows.append(LegendRow("hatch", _("No data"), count=figures.integer(found.unknown)))
    return Legend(title, rows, _("0 is the mean · right: grids"))
