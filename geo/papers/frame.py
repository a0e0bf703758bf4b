"""From metres to millimetres: round scales, the frame of a map, its scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[Any]
Bounds = tuple[float, float, float, float]

SCALES = (
    *(500, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000, 6_000, 7_500, 8_000, 10_000, 12_500),
    *(15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 250_000),
)
"""Denominators a drawing may have, the largest scale first."""

MM_PER_M = 1000.0
BAR_MM = 50.0
"""A scale bar is at most this long on paper."""

_COARSE = 500_000


@dataclass(frozen=True)
class Frame:
    """What part of the ground a map shows, and how large.

    Attributes
    ----------
    width_mm, height_mm
        On paper.
    scale
        Denominator: 2000 for 1:2,000.
    x, y
        Its middle, metres in the metric CRS of the drawing.
    """

    width_mm: float
    height_mm: float
    scale: int
    x: float
    y: float

    @property
    def mm_per_m(self) -> float:
        """Paper millimetres that a metre on the ground takes."""
        return MM_PER_M / self.scale

    def window(self, pad_mm: float = 0.0) -> Bounds:
        """Return the ground shown, metres: west, south, east, north."""
        half_w = (self.width_mm / 2 + pad_mm) / self.mm_per_m
        half_h = (self.height_mm / 2 + pad_mm) / self.mm_per_m
        return self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h

    def on_paper(self, shapes: Shapes) -> Shapes:
        """Bring metric shapes to paper millimetres, origin top left, y down."""
        factor = self.mm_per_m

        def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            right = (xy[:, 0] - self.x) * factor + self.width_mm / 2
            down = (self.y - xy[:, 1]) * factor + self.height_mm / 2
            return np.column_stack([right, down])

        return np.asarray(shapely.transform(shapes, move), dtype=object)


def scale_for(width_m: float, height_m: float, width_mm: float, height_mm: float) -> int:
    """Choose the largest round scale at which ground of that size fits on paper of that size."""
    needed = MM_PER_M * max(width_m / width_mm, height_m / height_mm)
    for scale in SCALES:
        if needed <= scale:
            return scale
    return math.ceil(needed / _COARSE) * _COARSE


def fit(bounds: Bounds, width_mm: float, height_mm: float, margin_mm: float) -> Frame:
    """Lay a frame around ground, with at least a margin of other ground on each side.

    Parameters
    ----------
    bounds
        West, south, east, north, metres.
    width_mm, height_mm, margin_mm
        Of the map on paper.
    """
    west, south, east, north = bounds
    room_w, room_h = width_mm - 2 * margin_mm, height_mm - 2 * margin_mm
    scale = scale_for(east - west, north - south, room_w, room_h)
    return Frame(width_mm, height_mm, scale, (west + east) / 2, (south + north) / 2)


def bar_m(scale: int) -> int:
    """Return the length of the scale bar, metres: 1, 2 or 5 times a power of ten."""
    most = BAR_MM * scale / MM_PER_M
    power = 10 ** math.floor(math.log10(most))
    return int(max(step * power for step in (1, 2, 5) if step * power <= most))
