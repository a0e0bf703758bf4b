"""Which words stand on a briefing's map, the most important first; none on another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from dashboard.briefing.drawing import Disc
from dashboard.briefing.land import Land
from geo.papers.drawing import View, road_mm
from geo.papers.labels import (
    PAD_MM,
    Board,
    Label,
    clear_first,
    extent,
    insides,
    places,
)
from geo.papers.terrain import array_of, polygons_of
from geo.papers.wording import MM_PER_PT, clean, wrap
from geo.plans import label_points

Shapes = npt.NDArray[Any]

SHRINK: Final = (1.0, 0.9, 0.8, 0.7)
"""A grid's label may shrink so far to stay inside its grid."""

NAME_EM, SHORT_EM = 12.0, 6.0
"""A name is broken after so many characters; where that is too wide, after fewer."""

NUMBER_SHARES: Final = (1.0, 0.8, 0.63, 0.5, 0.4, 0.32)
"""Sizes of a building's number, of running text; the largest that stays inside is taken."""

FIT_PT: Final = 3.1
"""Points of a disc's number, for each millimetre of its radius."""

ASIDE_MM: Final = tuple(
    (x * far, y * far) for far in (0.0, 2.5, 4.0) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))
)
"""Where a building's number is tried that does not stand inside."""

WHOLE_SHARE: Final = 0.999
"""Of a grid's area on the map: with less, some of the grid is beyond the map's edge."""

ROAD_ASIDE_MM: Final = 1.2
"""Where a road is also a border, its name stands so far beside."""


@dataclass(frozen=True)
class Sizes:
    """Of words on the map, points: grids, roads, places; the wall map's are larger."""

    grid: float
    road: float
    place: float


@dataclass(frozen=True)
class Spot:
    """A grid on the map: what is seen of it, its best place, and whether some of it is not seen."""

    shape: Any
    point: Any
    cut: bool


@dataclass
class MapBoard(Board):
    """A board that is asked about many places at once, and that signs stand on besides words.

    Attributes
    ----------
    signs
        SVG elements above everything else, in units of `dashboard.briefing.drawing.PER_MM`.
    """

    signs: list[str] = field(default_factory=list)

    def free(self, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Tell which boxes lie on the map and on nothing that stands there already.

        Parameters
        ----------
        boxes : array of (n, 4)
            West, top, east, bottom; mm.
        """
        low, high = boxes[:, :2], boxes[:, 2:]
        size = np.array([self.width_mm, self.height_mm])
        on = (low >= 0).all(axis=1) & (high <= size).all(axis=1)
        taken = np.array(self._taken).reshape(-1, 4)
        apart = (high[:, None] <= taken[None, :, :2]) | (taken[None, :, 2:] <= low[:, None])
        return np.asarray(on & np.all(np.any(apart, axis=2), axis=1))


def label_grids(
    land: Land, view: View, board: MapBoard, said: Mapping[int, Sequence[str]], sizes: Sizes
) -> None:
    """Label the grids: code and name, and the value below.

    Parameters
    ----------
    said
        By grid id: the lines of `dashboard.maps.MapState`.
    """
    seen = _on_map(view)
    points = label_points(seen)
    built = shapely.STRtree(view.buildings)
    whole = shapely.area(land.terrain.grids) * view.frame.mm_per_m**2
    cut = shapely.area(seen) < WHOLE_SHARE * whole
    for place in np.argsort(shapely.area(seen), kind="stable").tolist():
        lines = [clean(line) for line in said.get(int(land.grid_id[place]), ()) if line]
        if lines and not points[place].is_empty:
            spot = Spot(seen[place], points[place], bool(cut[place]))
            _grid(lines, spot, board, built, sizes.grid)


def _on_map(view: View) -> Shapes:
    """Cut the grids to the map itself, without the bleed."""
    pane = (0.0, 0.0, view.frame.width_mm, view.frame.height_mm)
    return np.asarray(shapely.clip_by_rect(view.grids, *pane), dtype=object)


def _grid(lines: list[str], spot: Spot, board: MapBoard, built: Any, size: float) -> None:
    """Label a grid inside itself; where that is too narrow with less, at last with its code.

    A grid without any label could not be spoken of: the code stands even on other words, unless
    only a part of the grid is on the map.
    """
    shape = spot.shape
    name, *value = lines
    serial, _space, _rest = name.partition(" ")
    forms = (
        (*wrap(name, NAME_EM, 2), *value),
        (*wrap(name, SHORT_EM, 3), *value),
        (serial, *value),
        (serial,),
    )
    spots = clear_first(places(shape, spot.point), forms[0], size, built)
    shapely.prepare(shape)
    for form in forms:
        for share in SHRINK:
            if _somewhere(board, spots, form, size * share, shape):
                return
    if not spot.cut and not _somewhere(board, spots, forms[-1], size * SHRINK[-1], None):
        board.labels.append(Label(*spots[0], forms[-1], size * SHRINK[-1], "grid"))


def _somewhere(
    board: MapBoard,
    spots: list[tuple[float, float]],
    lines: tuple[str, ...],
    size: float,
    inside: Any,
) -> bool:
    """Put a label on the first of several places that has room, all of it inside a shape."""
    asked = _boxes(spots, lines, size)
    fits = board.free(shapely.bounds(asked))
    if inside is not None:
        fits &= shapely.contains(inside, asked)
    return board.put_first(Label(*spots[at], lines, size, "grid") for at in np.flatnonzero(fits))


def _boxes(spots: list[tuple[float, float]], lines: tuple[str, ...], size: float) -> Shapes:
    """Return what words would cover at each of several places."""
    width, height = extent(lines, size)
    xs, ys = np.array(spots).T
    made = shapely.box(xs - width / 2, ys - height / 2, xs + width / 2, ys + height / 2)
    return np.asarray(made, dtype=object)


def label_roads(land: Land, view: View, board: Board, size: float) -> None:
    """Name the roads along their axes, main roads first, each once."""
    borders = _borders(view)
    kinds = land.ground["kind"].to_numpy(dtype=object)[view.ground_at]
    names = np.array([clean(name) for name in land.ground["name"]], dtype=object)[view.ground_at]
    for kind in ("road_main", "road_minor"):
        for name in dict.fromkeys(names[kinds == kind].tolist()):
            if name:
                wide = road_mm(kind, view.frame)
                _road(
                    board, name, view.ground[(kinds == kind) & (names == name)], size, borders, wide
                )


def _road(
    board: Board, name: str, lines: Shapes, size: float, borders: Any, wide_mm: float
) -> None:
    """Put a name on a road's longest piece that takes it, else beside it."""
    merged = shapely.line_merge(shapely.union_all(lines))
    parts = shapely.get_parts(shapely.get_parts(array_of([merged])))
    parts = parts[shapely.get_type_id(parts) == 1]
    half = max(size * MM_PER_PT, wide_mm) / 2
    for part in parts[np.argsort(-shapely.length(parts), kind="stable")]:
        for aside in (0.0, -half - ROAD_ASIDE_MM, half + ROAD_ASIDE_MM):
            line = part.offset_curve(aside) if aside else part
            if line.geom_type == "LineString" and board.put_along(
                name, line, size, "road", borders
            ):
                return


def _borders(view: View) -> Any:
    """Index the lines that no name should stand on."""
    edge = array_of([] if view.edge is None else [view.edge])
    lines = np.append(shapely.boundary(polygons_of(view.grids)), edge)
    return shapely.STRtree(shapely.get_parts(lines))


def _off(
    spots: list[tuple[float, float]], lines: tuple[str, ...], size: float, borders: Any
) -> list[tuple[float, float]]:
    """Leave out the places at which words would stand on a border."""
    asked = _boxes(spots, lines, size)
    crossed = set(borders.query(asked, predicate="intersects")[0].tolist())
    return [spot for at, spot in enumerate(spots) if at not in crossed]


def label_areas(land: Land, view: View, board: Board, size: float, said: Iterable[str]) -> None:
    """Name waters, greens and compounds where they have room, in this order.

    Parameters
    ----------
    said
        Names that stand on the map already: many a grid is called as its compound.
    """
    known, borders = set(said), _borders(view)
    kinds = land.ground["kind"].to_numpy(dtype=object)[view.ground_at]
    names = land.ground["name"].to_numpy(dtype=object)[view.ground_at]
    for kind in ("water", "green", "compound"):
        for place in np.flatnonzero(kinds == kind).tolist():
            shapes = polygons_of(view.ground[place : place + 1])
            name = clean(names[place])
            if not name or not len(shapes) or name in known:
                continue
            shape = shapely.multipolygons(shapes)
            point = label_points(array_of([shape]))[0]
            lines = tuple(wrap(name, NAME_EM, 2))
            spots = _off(places(shape, point), lines, size, borders)
            inside = None if kind == "compound" else shape
            board.put_first((Label(x, y, lines, size, kind) for x, y in spots), inside=inside)


def label_parts(shapes: Shapes, names: Sequence[str], board: Board, size: float) -> None:
    """Name sub-districts at the best free place inside each.

    Parameters
    ----------
    shapes
        Cut to the map, mm.
    """
    for shape, name, point in zip(shapes, names, label_points(shapes), strict=True):
        lines = tuple(wrap(clean(name), NAME_EM, 2))
        if lines and not point.is_empty:
            spots = places(shape, point)
            board.put_first(Label(x, y, lines, size, "sub_district") for x, y in spots)


def label_numbers(
    land: Land, view: View, board: Board, styles: npt.NDArray[np.object_], text_pt: float
) -> None:
    """Put each building's number into it, at the largest size that stays inside.

    Where a facility stands there already, or the building is too small, beside it.

    Parameters
    ----------
    styles
        Of each building's number, from `dashboard.briefing.drawing.number_styles`.
    text_pt
        Size of running text.
    """
    texts = [clean(text) for text in land.buildings["number"].to_numpy()[view.building_at]]
    points = insides(view.buildings)
    sizes = [text_pt * share for share in NUMBER_SHARES]
    chosen = _number_sizes(view.buildings, points, texts, sizes)
    looks = styles[view.building_at].tolist()
    for text, point, size, look in zip(texts, points, chosen.tolist(), looks, strict=True):
        if text and not (size and board.put(Label(point.x, point.y, (text,), size, look))):
            board.put_first(
                Label(point.x + x, point.y + y, (text,), sizes[-2], "number-aside")
                for x, y in ASIDE_MM
            )


def _number_sizes(
    shapes: Shapes, points: Shapes, texts: list[str], sizes: list[float]
) -> npt.NDArray[np.float64]:
    """Return the largest size at which each text stays inside its building; 0 for none."""
    chosen = np.zeros(len(texts))
    xs, ys = shapely.get_x(points), shapely.get_y(points)
    for size in sizes[::-1]:
        wide = np.array([extent((text,), size)[0] for text in texts]) - 1.4 * PAD_MM
        high = size * MM_PER_PT * 0.8
        boxes = shapely.box(xs - wide / 2, ys - high / 2, xs + wide / 2, ys + high / 2)
        chosen[shapely.contains(shapes, boxes)] = size
    return chosen


def mark_discs(board: Board, discs: list[Disc]) -> None:
    """Put the number of its kind on each disc, and keep other words off it."""
    for disc in discs:
        r = disc.radius
        board.labels.append(Label(disc.x, disc.y, (disc.number,), r * FIT_PT, "disc"))
        board.reserve((disc.x - r, disc.y - r, disc.x + r, disc.y + r))


def label_discs(board: Board, discs: list[Disc], names: Sequence[str], size: float) -> None:
    """Name facilities beside their discs, where there is room."""
    for disc, name in zip(discs, names, strict=True):
        lines = tuple(wrap(name, NAME_EM, 2))
        if lines:
            width, height = extent(lines, size)
            right, down = disc.radius + width / 2, disc.radius + height / 2
            ways = ((right, 0.0), (-right, 0.0), (0.0, down), (0.0, -down))
            board.put_first(Label(disc.x + x, disc.y + y, lines, size, "facility") for x, y in ways)
