"""Where words stand on a map: greedily, the most important first, never one on another.

Everything here is in paper millimetres, origin top left, y down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.papers.terrain import array_of
from geo.papers.wording import MM_PER_PT, width_em

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]
Box = tuple[float, float, float, float]

LINE_EM = 1.2
"""From line to line, in the size of the text; `paper.typ` sets the same."""

PAD_MM = 0.5
"""Air around a label."""

LATTICE = 9
"""Other places tried for a label: a lattice of so many points each way."""

SPOT_MM2 = 0.4
"""What a better place is worth, in area of building hidden."""

BORDER_GAP_MM = 0.6
"""A road's name keeps away from the middle of a border."""

SHARES = (0.5, 0.35, 0.65, 0.2, 0.8)
"""Where along a road its name is tried."""

STRAIGHT = 0.97
"""Least ratio of a chord to the piece of road a name takes."""

RIGHT_DEG = 90.0

TURN_EM = 1.15
"""A character of a turned label takes this much of the road."""


@dataclass(frozen=True)
class Label:
    """Words at a place.

    Attributes
    ----------
    x, y
        Their middle, mm.
    lines
        One or more.
    size
        Points.
    style
        A key of the styles in `paper.typ`.
    angle
        Degrees, clockwise.
    """

    x: float
    y: float
    lines: tuple[str, ...]
    size: float
    style: str
    angle: float = 0.0


def extent(lines: Sequence[str], size: float) -> tuple[float, float]:
    """Return how wide and high lines are, with air, mm."""
    em = size * MM_PER_PT
    width = max((width_em(line) for line in lines), default=0.0) * em
    return width + 2 * PAD_MM, len(lines) * LINE_EM * em + PAD_MM


@dataclass
class Board:
    """A map that labels are put on, one after the other.

    Attributes
    ----------
    width_mm, height_mm
        Labels stay inside.
    labels
        Those that found a place.
    """

    width_mm: float
    height_mm: float
    labels: list[Label] = field(default_factory=list)
    _taken: list[Box] = field(default_factory=list)

    def reserve(self, box: Box) -> None:
        """Keep a place free of labels."""
        self._taken.append(box)

    def is_free(self, boxes: Sequence[Box]) -> bool:
        """Tell whether boxes lie on the map and on nothing that stands there already."""
        asked = np.array(boxes)
        if (asked[:, :2] < 0).any() or (asked[:, 2:] > (self.width_mm, self.height_mm)).any():
            return False
        if not self._taken:
            return True
        taken = np.array(self._taken)
        apart = (asked[:, None, 2:] <= taken[None, :, :2]) | (
            taken[None, :, 2:] <= asked[:, None, :2]
        )
        return bool(apart.any(axis=2).all())

    def put(self, label: Label, *, inside: Any = None) -> bool:
        """Put a label where it asks to stand, if nothing is there.

        Parameters
        ----------
        label
            Not turned.
        inside
            A shape the words must not leave; prepared shapes are faster.
        """
        width, height = extent(label.lines, label.size)
        box = (
            *(label.x - width / 2, label.y - height / 2),
            *(label.x + width / 2, label.y + height / 2),
        )
        if inside is not None and not shapely.contains(inside, shapely.box(*box)):
            return False
        if not self.is_free([box]):
            return False
        self._take(label, [box])
        return True

    def put_first(self, labels: Iterable[Label], *, inside: Any = None) -> bool:
        """Put the first of several forms of a label that finds a place."""
        return any(self.put(label, inside=inside) for label in labels)

    def put_along(self, text: str, line: Any, size: float, style: str, borders: Any) -> bool:
        """Put a name along a line, at the first of a few places that is straight and free.

        Parameters
        ----------
        text
            One line.
        line : LineString
            Where it stands, mm.
        borders : STRtree
            Lines it must not stand on.
        """
        em = size * MM_PER_PT
        need = width_em(text) * em * TURN_EM + 2 * PAD_MM
        for share in SHARES if line.length >= need else ():
            stand = _stand(line, share, need, em)
            if (
                stand is None
                or borders.query(stand, predicate="dwithin", distance=em / 2 + BORDER_GAP_MM).size
            ):
                continue
            boxes = _steps(stand, em)
            if self.is_free(boxes):
                middle = stand.centroid
                label = Label(middle.x, middle.y, (text,), size, style, _upright(stand))
                self._take(label, boxes)
                return True
        return False

    def _take(self, label: Label, boxes: list[Box]) -> None:
        self.labels.append(label)
        self._taken.extend(boxes)


def _stand(line: Any, share: float, need: float, em: float) -> Any | None:
    """Return the straight piece a name takes along a line; None where the line bends too much."""
    middle = min(max(line.length * share, need / 2), line.length - need / 2)
    stand = shapely.LineString(list(line.interpolate([middle - need / 2, middle + need / 2])))
    bent = stand.length < STRAIGHT * need or line.distance(stand.centroid) > em / 2
    return None if bent else stand


def _steps(stand: Any, em: float) -> list[Box]:
    """Cover a turned label with small upright boxes."""
    steps = max(2, math.ceil(stand.length / em))
    half = em * LINE_EM / 2
    xy = shapely.get_coordinates(stand.interpolate(np.linspace(0, stand.length, steps)))
    return [(x - half, y - half, x + half, y + half) for x, y in xy.tolist()]


def _upright(stand: Any) -> float:
    """Return the angle at which a text along a line is not upside down, degrees clockwise."""
    (x0, y0), (x1, y1) = stand.coords
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    if angle > RIGHT_DEG:
        return angle - 2 * RIGHT_DEG
    return angle + 2 * RIGHT_DEG if angle <= -RIGHT_DEG else angle


def places(shape: Any, first: Any) -> list[tuple[float, float]]:
    """Return points in a shape where its label may stand, the best first.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        What is to be labelled, mm.
    first : Point
        The best place.
    """
    west, south, east, north = shape.bounds
    columns = np.linspace(west, east, LATTICE + 2)[1:-1]
    rows = np.linspace(south, north, LATTICE + 2)[1:-1]
    spots = np.column_stack([np.tile(columns, LATTICE), np.repeat(rows, LATTICE)])
    spots = spots[shapely.contains_xy(shape, spots[:, 0], spots[:, 1])]
    far = np.hypot(spots[:, 0] - first.x, spots[:, 1] - first.y)
    others = spots[np.argsort(far, kind="stable")].tolist()
    return [(first.x, first.y), *((x, y) for x, y in others)]


def clear_first(
    spots: list[tuple[float, float]], lines: Sequence[str], size: float, built: Any
) -> list[tuple[float, float]]:
    """Sort places for a label: those that hide little of the buildings before others.

    Parameters
    ----------
    spots
        The best first: each may hide `SPOT_MM2` more than the next.
    built : STRtree
        Over the buildings, mm.
    """
    width, height = extent(lines, size)
    xs, ys = np.array(spots).T
    boxes = shapely.box(xs - width / 2, ys - height / 2, xs + width / 2, ys + height / 2)
    spot, building = built.query(boxes, predicate="intersects")
    hidden = shapely.area(shapely.intersection(boxes[spot], built.geometries[building]))
    cost = np.bincount(spot, hidden, minlength=len(spots)) + SPOT_MM2 * np.arange(len(spots))
    return [spots[place] for place in np.argsort(cost, kind="stable")]


def insides(shapes: Shapes) -> Shapes:
    """Return a point for each shape: the centroid where that lies inside, else one that does."""
    centres = shapely.centroid(shapes)
    outside = ~shapely.contains(shapes, centres)
    centres[outside] = shapely.point_on_surface(shapes[outside])
    return array_of(list(centres))
