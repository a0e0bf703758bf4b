"""The maps of a monthly report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import shapely

from dashboard.briefing.captions import Sizes, label_areas, label_grids, label_roads, mark_discs
from dashboard.briefing.drawing import INSIDE, PER_MM, Disc, Pen
from dashboard.briefing.formats import GAP_PT, PEN_SHARE, Format
from dashboard.briefing.land import Land
from dashboard.briefing.page import (
    Made,
    Page,
    board_of,
    facts_of,
    frame_of,
    legend_of,
    lines_legend,
    map_of,
    nothing_to_draw,
)
from dashboard.briefing.report import Plate
from dashboard.maps import Cells, Legend, MapState
from dashboard.services.territory import Scope
from geo.crs import to_metric
from geo.papers.drawing import View, hatch, look
from geo.papers.frame import Frame
from geo.papers.terrain import array_of, polygons_of
from geo.papers.wording import clean

SPOT_COLOR: Final = "#7A1F13"
SPOT_MM: Final = 2.1
"""Radius of a hot spot's number."""

CELL_OPACITY: Final = 0.62

AROUND_M: Final = 40.0
"""Ground beside a grid on its own small map."""

SMALL_RATIO: Final = 1.05
"""Height of a small map, of its width."""


@dataclass(frozen=True)
class Atlas:
    """What every map of a report is drawn from."""

    scope: Scope
    land: Land | None
    form: Format
    made: Made

    def plate(
        self, title: str, state: MapState, spots: Sequence[Disc] = (), note: str = ""
    ) -> Plate:
        """Draw everything there is.

        Parameters
        ----------
        spots
            Numbered marks; x and y in degrees.
        """
        return self._drawn(self.land, title, state, spots, self.form, note)

    def close_up(self, title: str, state: MapState, across: int) -> Plate:
        """Draw the chosen grid, as small as several maps side by side must be."""
        width = (self.form.map_w - (across - 1) * GAP_PT) / across
        form = replace(self.form, map_w=width, map_h=width * SMALL_RATIO, text=self.form.text * 0.8)
        land = self.land
        if land is not None:
            land = _around(land, state.focus.grid)
        return self._drawn(land, title, state, (), form, "")

    def _drawn(
        self,
        land: Land | None,
        title: str,
        state: MapState,
        spots: Sequence[Disc],
        form: Format,
        note: str,
    ) -> Plate:
        if land is None:
            return Plate(title, nothing_to_draw(form), (), note)
        frame = frame_of(land, form)
        view, pen = look(land.terrain, frame), Pen(form.text * PEN_SHARE)
        board = board_of(view, pen)
        discs = _on_paper(land, frame, spots)
        mark_discs(board, discs)
        sizes = Sizes(grid=form.text * 0.9, road=form.text * 0.72, place=form.text * 0.66)
        label_grids(land, view, board, state.grid_labels, sizes)
        label_roads(land, view, board, sizes.road)
        label_areas(land, view, board, sizes.place, land.grid_names)
        over = _cells(land, view, state.cells) if state.cells else []
        legends = [_legend(one) for one in state.legends]
        facts = facts_of(self.scope, self.made, frame.scale if form.round_scale else None)
        return Plate(
            title,
            map_of(land, view, state, board, discs, pen, over),
            (*legends, lines_legend(land, state)),
            clean(" · ".join(filter(None, [note, *facts, *self.scope.attributions]))),
        )


def _legend(legend: Legend) -> Page:
    """Take over a legend; what the page leaves unfilled has the colour of the ground."""
    made = legend_of(legend)
    for row in made["rows"]:
        if row["color"] == "transparent":
            row["color"] = INSIDE
    return made


def _around(land: Land, grid: int | None) -> Land:
    """Return land whose bounds are a grid's."""
    at = np.flatnonzero(land.grid_id == grid)
    if not at.size or shapely.is_empty(land.terrain.grids[at[0]]):
        return land
    west, south, east, north = shapely.bounds(land.terrain.grids[at[0]]).tolist()
    bounds = (west - AROUND_M, south - AROUND_M, east + AROUND_M, north + AROUND_M)
    return replace(land, terrain=replace(land.terrain, bounds=bounds))


def _on_paper(land: Land, frame: Frame, spots: Sequence[Disc]) -> list[Disc]:
    """Bring marks from degrees to the paper; those beyond the map are left out."""
    if not spots:
        return []
    places = array_of([shapely.Point(one.x, one.y) for one in spots])
    points = frame.on_paper(to_metric(places, land.terrain.crs))
    pane = shapely.box(0, 0, frame.width_mm, frame.height_mm)
    return [
        replace(one, x=point.x, y=point.y)
        for one, point in zip(spots, points, strict=True)
        if pane.contains(point)
    ]


def _cells(land: Land, view: View, cells: Cells) -> list[str]:
    """Draw the squares of a study in the colours of their classes."""
    rings = array_of([shapely.Polygon(ring) for ring in cells.rings])
    shapes = view.frame.on_paper(to_metric(rings, land.terrain.crs))
    held = np.array([-1 if one is None else one for one in cells.classes])
    layers = []
    for place, color in enumerate(cells.colors):
        own = shapes[held == place]
        if not color or not len(own):
            continue
        look_of = f'fill="{color}" fill-opacity="{CELL_OPACITY}" stroke="#FFFFFF" stroke-width="8"'
        layers.append(f'<path d="{_outline(own)}" {look_of}/>')
        if cells.hatched and cells.hatched[place]:
            lines = _outline(hatch(own, view.frame))
            layers.append(f'<path d="{lines}" stroke="#FFFFFF" stroke-width="16"/>')
    return layers


def _outline(shapes: Any) -> str:
    """Write shapes as path data, in the drawing's units."""
    lines = np.asarray(shapely.get_parts(shapely.get_parts(shapes)), dtype=object)
    lines = lines[np.isin(shapely.get_type_id(lines), (1, 2))]
    rings = shapely.get_rings(polygons_of(shapes))
    data = []
    for line in (*rings, *lines):
        xy = np.rint(shapely.get_coordinates(line) * PER_MM).astype(int).tolist()
        data.append("M" + "L".join(f"{x} {y}" for x, y in xy))
    return "".join(data)
