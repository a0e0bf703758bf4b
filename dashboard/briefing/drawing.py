"""The map of a briefing: an SVG in hundredths of a paper millimetre, shapes only.

It paints what `dashboard.maps.MapState` says the page's own map shows, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from dashboard import theme
from dashboard.briefing.land import Land
from dashboard.maps import STOREY_BREAKS, MapState
from geo import settings
from geo.crs import to_metric
from geo.papers.drawing import View, hatch, road_mm
from geo.papers.frame import Frame
from geo.papers.terrain import array_of, polygons_of

Shapes = npt.NDArray[Any]
Words = npt.NDArray[np.object_]

PER_MM: Final = 100
"""Units of the drawing in a millimetre: whole numbers halve the file."""

PALETTE: Final = theme.PALETTES["light"]
INK, SOFT = "#1B2733", "#55636F"
OUTSIDE, INSIDE = "#ECEFF2", "#FBFBFA"
ROAD, CASING, GREEN, WATER, SHORE = "#FFFFFF", "#C3CBD3", "#DFEADB", "#CFE1EE", "#8FB4CF"
NEUTRAL, GRID_LINE, OUTLINE = "#D3D9DF", "#3A4752", "#7A8792"
DARK: Final = 0.179
"""Below this luminance white contrasts more than black."""

TINT: Final = 0.26
"""Ground takes so much of its grid's colour."""

HATCHED_STATE: Final = "vacant"

CROWDED: Final = frozenset({"ticket", "elderly", "party_household"})
"""Layers whose points push buildings back to neutral, as on the page."""

SPOT_MM: Final = 2.4
"""Radius of the ring around a chosen thing, on a sheet held in the hand."""


@dataclass(frozen=True)
class Disc:
    """A facility on the map, mm: place and radius, its colour, the number of its kind."""

    x: float
    y: float
    radius: float
    color: str
    number: str


@dataclass(frozen=True)
class Pen:
    """How a map is drawn.

    Attributes
    ----------
    weight
        Width of borders: 1 is that of a sheet held in the hand.
    hatch_lowest
        Whether the first class is hatched: *below the norm* is as dark as *up to three times*
        without colours.
    """

    weight: float = 1.0
    hatch_lowest: bool = False


def svg_of(
    land: Land,
    view: View,
    state: MapState,
    discs: list[Disc],
    pen: Pen,
    over: Sequence[str] = (),
    top: Sequence[str] = (),
) -> str:
    """Draw a map.

    Parameters
    ----------
    land, view
        What there is, and what of it is seen.
    state
        What the page's map shows.
    discs
        Facilities to mark.
    pen
        How it is drawn.
    over
        More SVG elements, in units of `PER_MM`: above buildings, below borders.
    top
        More of them, above everything else.

    Returns
    -------
    str
        SVG without any text.
    """
    frame = view.frame
    width, height = round(frame.width_mm * PER_MM), round(frame.height_mm * PER_MM)
    layers = [
        _land(view),
        *_tints(land, view, state, hatch_lowest=pen.hatch_lowest),
        *_ground(land, view),
        *_buildings(land, view, state, hatch_lowest=pen.hatch_lowest),
        *over,
        *_borders(land, view, state, pen.weight),
        *(_disc(disc) for disc in discs),
        *top,
        *_chosen_point(land, view, state, pen.weight),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{frame.width_mm:.2f}mm" '
        f'height="{frame.height_mm:.2f}mm" viewBox="0 0 {width} {height}" fill="none" '
        'stroke-linejoin="round" stroke-linecap="round">' + "".join(layers) + "</svg>"
    )


# -------------------------------------------------------------------------------------- layers


def _land(view: View) -> str:
    edge = shapely.box(0, 0, view.frame.width_mm, view.frame.height_mm)
    if view.boundary is None:
        return _fill(array_of([edge]), INSIDE)
    return _fill(array_of([edge]), OUTSIDE) + _fill(array_of([view.boundary]), INSIDE)


def _tints(land: Land, view: View, state: MapState, *, hatch_lowest: bool) -> list[str]:
    """Tint the ground of each grid; hatch it where nothing can be said.

    Where buildings do not show the classes, the ground hatches the lowest one in their place.
    """
    if state.choropleth is None:
        return []
    colors = _class_colors(state)
    named = np.array([colors.get(int(number), "") for number in land.grid_id], dtype=object)
    layers = [
        _fill(view.grids[named == color], color, f'fill-opacity="{TINT}"')
        for color in dict.fromkeys(named.tolist())
        if color
    ]
    unknown = view.grids[(named == "") & ~shapely.is_empty(view.grids)]
    layers.append(stroke(hatch(unknown, view.frame), "#A5AEB6", 0.13))
    if hatch_lowest and crowded(state):
        color = state.choropleth.colors[0]
        layers.append(stroke(hatch(view.grids[named == color], view.frame), color, 0.16))
    return layers


def _ground(land: Land, view: View) -> list[str]:
    """Draw greens, waters and compounds, then roads, casings below."""
    kinds = land.ground["kind"].to_numpy(dtype=object)[view.ground_at]
    layers = [
        _fill(view.ground[kinds == "green"], GREEN),
        _fill(view.ground[kinds == "water"], WATER),
        stroke(view.ground[kinds == "water"], SHORE, 0.15),
    ]
    roads = [
        stroke(view.ground[kinds == kind], color, road_mm(kind, view.frame) + more)
        for color, more in ((CASING, 0.3), (ROAD, 0.0))
        for kind in ("lane", "road_minor", "road_main")
    ]
    return [*layers, *roads]


def _buildings(land: Land, view: View, state: MapState, *, hatch_lowest: bool) -> list[str]:
    colors, hatched = building_colors(land, state, hatch_lowest=hatch_lowest)
    colors, hatched = colors[view.building_at], hatched[view.building_at]
    layers = [
        _fill(view.buildings[colors == color], color, _line(OUTLINE, 0.1))
        for color in sorted(set(colors.tolist()))
    ]
    lines = hatch(view.buildings[hatched], view.frame)
    return [*layers, stroke(lines, SOFT if state.building_mode == "state" else "#FFFFFF", 0.16)]


def building_colors(
    land: Land, state: MapState, *, hatch_lowest: bool = False
) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Choose the colour of each building as the page's map does.

    Returns
    -------
    colors : array of (b,) str
        ``#RRGGBB``.
    hatched : array of (b,) bool
        Vacant, of unknown height, or in the lowest class where that is to be hatched.
    """
    known = land.buildings
    none = np.zeros(len(known), dtype=bool)
    if state.building_mode == "state":
        dominant = known["dominant_state"].mask(too_few(land), "none")
        colors = dominant.map(lambda key: PALETTE.states.get(key, NEUTRAL))
        return colors.to_numpy(dtype=object), (dominant == HATCHED_STATE).to_numpy()
    if state.building_mode == "storeys":
        step = np.searchsorted(STOREY_BREAKS, known["storeys"].to_numpy(), side="right")
        unknown = (known["storeys"] <= 0).to_numpy()
        return np.where(unknown, NEUTRAL, np.array(PALETTE.sequential, object)[step]), unknown
    if state.building_mode != "indicator" or state.choropleth is None or crowded(state):
        return np.full(len(known), NEUTRAL, dtype=object), none
    by_grid = _class_colors(state)
    colors = known["grid_id"].map(lambda number: by_grid.get(number) or NEUTRAL)
    inhabited = (known["households"] > 0).to_numpy()
    lowest = {grid for grid, index in state.choropleth.classes.items() if index == 0}
    return (
        np.where(inhabited, colors.to_numpy(dtype=object), NEUTRAL),
        inhabited & known["grid_id"].isin(lowest).to_numpy() if hatch_lowest else none,
    )


def number_styles(land: Land, state: MapState) -> Words:
    """Choose how each building's number is set to be read on its colour.

    Returns
    -------
    array of (b,) str
        Styles of `brief.typ`.
    """
    colors, hatched = building_colors(land, state)
    dark = [luminance(color) < DARK for color in colors]
    return np.where(hatched, "number-plate", np.where(dark, "number-light", "number"))


def luminance(color: str) -> float:
    """Return the relative luminance of ``#RRGGBB``, 0 to 1, as WCAG 2 defines it."""
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - of sRGB
    return float(linear @ (0.2126, 0.7152, 0.0722))


def too_few(land: Land) -> npt.NDArray[np.bool_]:
    """Tell which buildings have so few dwellings that their state would be somebody's.

    Shops are nobody's home, so the colour of a building of shops stays.
    """
    homes, dominant = land.buildings["households"], land.buildings["dominant_state"]
    few = (homes > 0) & (homes < settings.briefings().briefing_fewest) & (dominant != "shop")
    return np.asarray(few, dtype=bool)


def crowded(state: MapState) -> bool:
    """Tell whether points compete with coloured buildings: these are plain then."""
    return not CROWDED.isdisjoint(state.layers)


def _class_colors(state: MapState) -> Mapping[int, str]:
    """Return the colour of each grid that has a class."""
    if state.choropleth is None:
        return {}
    shown = state.choropleth
    return {grid: shown.colors[index] for grid, index in shown.classes.items() if index is not None}


def _borders(land: Land, view: View, state: MapState, weight: float) -> list[str]:
    """Draw the grids' borders, the communities' outlines, and the chosen grid on top."""
    layers = [
        stroke(view.grids, "#FFFFFF", 1.1 * weight),
        stroke(view.grids, GRID_LINE, 0.4 * weight),
    ]
    if len(land.communities) > 1:
        inner = view.frame.on_paper(land.communities)
        layers.append(stroke(shapely.boundary(inner), INK, 0.7 * weight))
    if view.edge is not None:
        on, off = 4 * PER_MM * weight, 1.3 * PER_MM * weight
        dash = f'stroke-dasharray="{on:g} {off:g} 1 {off:g}"'
        layers.append(stroke(array_of([view.edge]), INK, 0.55 * weight, dash))
    grid = view.grids[land.grid_id == (state.focus.grid or 0)]
    building = view.buildings[building_at(land, state.focus.building)[view.building_at]]
    for chosen, thick in ((grid, weight), (building, 0.6 * weight)):
        layers += [stroke(chosen, "#FFFFFF", 2.0 * thick), stroke(chosen, INK, thick)]
    return layers


def building_at(land: Land, number: int | None) -> npt.NDArray[np.bool_]:
    """Tell which building has a database id."""
    if number is None:
        return np.zeros(len(land.buildings), dtype=bool)
    return np.asarray(land.buildings["id"] == number, dtype=bool)


def on_map(land: Land, view: View, place: tuple[float, float]) -> Any:
    """Return where a place (longitude, latitude) lies on the map, mm."""
    metric = to_metric(array_of([shapely.Point(place)]), land.terrain.crs)
    return view.frame.on_paper(metric)[0]


def _chosen_point(land: Land, view: View, state: MapState, weight: float) -> list[str]:
    """Draw a ring around the place of a chosen thing."""
    if state.focus.point is None:
        return []
    place = on_map(land, view, state.focus.point)
    at = f'cx="{round(place.x * PER_MM)}" cy="{round(place.y * PER_MM)}"'
    ring = f'<circle {at} r="{round(SPOT_MM * weight * PER_MM)}"'
    return [f"{ring} {_line('#FFFFFF', 1.4 * weight)}/>", f"{ring} {_line(INK, 0.65 * weight)}/>"]


def _disc(disc: Disc) -> str:
    x, y, r = (round(value * PER_MM) for value in (disc.x, disc.y, disc.radius))
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{disc.color}" {_line("#FFFFFF", 0.3)}/>'


# ---------------------------------------------------------------------------------- path data


def _line(color: str, width_mm: float) -> str:
    return f'stroke="{color}" stroke-width="{width_mm * PER_MM:g}"'


def _fill(shapes: Shapes, color: str, more: str = "") -> str:
    data = _data(shapely.get_rings(polygons_of(shapes)), "Z")
    return f'<path d="{data}" fill-rule="evenodd" fill="{color}" {more}/>' if data else ""


def stroke(shapes: Shapes, color: str, width_mm: float, more: str = "") -> str:
    """Draw lines, and the outlines of areas, as one path; empty where there are none."""
    parts = np.asarray(shapely.get_parts(shapely.get_parts(shapes)), dtype=object)
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
    data = _data(shapely.get_rings(polygons_of(shapes)), "Z") + _data(lines, "")
    return f'<path d="{data}" {_line(color, width_mm)} {more}/>' if data else ""


def _data(lines: Shapes, closing: str) -> str:
    """Write lines as path data: a start, then whole steps from point to point."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    if not len(xy):
        return ""
    units = np.rint(xy * PER_MM).astype(np.int64)
    first = np.diff(line, prepend=-1) != 0
    steps = np.diff(units, axis=0, prepend=0)
    steps[first] = units[first]
    words = [f"{x} {y}" for x, y in steps.tolist()]
    starts = np.flatnonzero(first).tolist()
    pieces = [words[a:b] for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]
    return "".join(f"M{piece[0]}l{' '.join(piece[1:])}{closing}" for piece in pieces if piece[1:])


def scale_m(frame: Frame) -> int:
    """Return how many metres the scale bar spans: a quarter of the map at most, a round number."""
    most = frame.width_mm / 4 / frame.mm_per_m
    power = 10 ** int(np.floor(np.log10(max(most, 1.0))))
    return int(max([step * power for step in (1, 2, 5) if step * power <= most], default=1))
