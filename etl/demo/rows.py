"""Rows of slabs and towers: how a Chinese compound is filled.

Rows run east–west so that every flat has a south side; the distance between rows follows the
buildings' height. Each row is divided evenly, so a compound of exactly *n* buildings has no holes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

Row = tuple[float, float, float]
"""South edge, west end, east end."""


@dataclass(frozen=True)
class Form:
    """The form of the buildings in a compound, metres.

    Attributes
    ----------
    length_m
        Shortest, preferred and longest.
    depth_m
        South to north.
    gap_m
        Between the ends of two neighbours in a row.
    pitch_m
        Smallest and largest distance from row to row.
    """

    length_m: tuple[float, float, float]
    depth_m: float
    gap_m: float
    pitch_m: tuple[float, float]


SLAB = Form((24.0, 46.0, 66.0), 13.0, 9.0, (27.0, 44.0))
LONG_SLAB = Form((52.0, 76.0, 92.0), 13.0, 11.0, (29.0, 62.0))
TOWER = Form((26.0, 28.0, 29.0), 23.0, 17.0, (41.0, 60.0))
HALL = Form((44.0, 58.0, 74.0), 38.0, 14.0, (52.0, 64.0))
SCHOOL = Form((40.0, 64.0, 84.0), 18.0, 14.0, (34.0, 52.0))
YARD = Form((14.0, 34.0, 58.0), 11.5, 6.0, (24.0, 80.0))


def skew(land: BaseGeometry) -> float:
    """Return the angle of a block's long sides against east–west, degrees within ±14."""
    box = shapely.minimum_rotated_rectangle(land)
    corners = np.asarray(shapely.get_coordinates(box))[:2]
    dx, dy = corners[1] - corners[0]
    angle = (np.degrees(np.arctan2(dy, dx)) + 45.0) % 90.0 - 45.0
    return float(np.clip(angle, -14.0, 14.0))


def free_rows(land: BaseGeometry, pitch_m: float, form: Form) -> list[Row]:
    """Find the stretches where a building of `form` fits, at one pitch."""
    west, south, east, north = land.bounds
    spare = north - south - form.depth_m
    if spare < 0:
        return []
    count = int(spare // pitch_m)
    first = south + (spare - count * pitch_m) / 2
    rows: list[Row] = []
    for y in first + pitch_m * np.arange(count + 1):
        strip = shapely.box(west, y, east, y + form.depth_m)
        blocked = shapely.get_parts(shapely.difference(strip, land))
        spans = shapely.bounds(blocked)[:, [0, 2]] if len(blocked) else np.empty((0, 2))
        rows += [(float(y), a, b) for a, b in _gaps(spans, west, east)]
    return [row for row in rows if row[2] - row[1] >= form.length_m[0]]


def _gaps(spans: np.ndarray, west: float, east: float) -> list[tuple[float, float]]:
    """Return what `spans` leave free between west and east."""
    gaps, at = [], west
    for left, right in spans[np.argsort(spans[:, 0])]:
        if left > at:
            gaps.append((float(at), float(left)))
        at = max(at, float(right))
    if east > at:
        gaps.append((float(at), float(east)))
    return gaps


def shared_out(rows: list[Row], n: int, form: Form) -> list[int] | None:
    """Share `n` buildings among rows as evenly as their lengths allow; None if they do not fit."""
    spans = np.array([b - a + form.gap_m for _, a, b in rows])
    most = np.floor(spans / (form.length_m[0] + form.gap_m) + 1e-9).astype(int)
    if most.sum() < n:
        return None
    counts = np.zeros(len(rows), dtype=int)
    for _ in range(n):
        counts[np.argmax(np.where(counts < most, spans / (counts + 1), -1.0))] += 1
    return counts.tolist()


def _rectangles(rows: list[Row], counts: list[int], form: Form) -> list[Polygon]:
    made = []
    for (y, west, east), k in zip(rows, counts, strict=True):
        step = (east - west + form.gap_m) / max(k, 1)
        length = min(form.length_m[2], step - form.gap_m)
        for i in range(k):
            x = west + i * step + (step - form.gap_m - length) / 2
            made.append(shapely.box(x, y, x + length, y + form.depth_m))
    return made


def fill(land: BaseGeometry, n: int, form: Form, angle: float) -> list[Polygon]:
    """Fill `land` with exactly `n` buildings, north to south and west to east.

    Parameters
    ----------
    land
        Where they may stand; holes are left free.
    n
        How many.
    form
        Their form; the pitch whose lengths come nearest to the preferred one is taken.
    angle
        Turn of the rows, degrees.

    Raises
    ------
    ValueError
        If there is no room for `n`.
    """
    centre = land.centroid
    flat = affinity.rotate(land, -angle, origin=centre)
    best: tuple[float, list[Polygon]] | None = None
    for pitch_m in np.linspace(form.pitch_m[1], form.pitch_m[0], 24):
        rows = free_rows(flat, float(pitch_m), form)
        counts = shared_out(rows, n, form) if rows else None
        if counts is None:
            continue
        made = _rectangles(rows, counts, form)
        wrong = _wrong(rows, counts, made, form)
        if best is None or wrong < best[0] - 0.5:
            best = (wrong, made)
    if best is None:
        message = f"no room for {n} buildings"
        raise ValueError(message)
    return [affinity.rotate(r, angle, origin=centre) for r in reversed_rows(best[1])]


def _wrong(rows: list[Row], counts: list[int], made: list[Polygon], form: Form) -> float:
    """Say how far a filling is from the preferred length and from evenly filled rows."""
    lengths = np.array([r.bounds[2] - r.bounds[0] for r in made])
    spans = np.array([b - a + form.gap_m for _, a, b in rows])
    built = np.minimum(np.array(counts) * (form.length_m[2] + form.gap_m), spans)
    return abs(float(lengths.mean()) - form.length_m[1]) + 45.0 * float(np.std(built / spans))


def reversed_rows(made: list[Polygon]) -> list[Polygon]:
    """Order buildings north to south, then west to east."""
    return sorted(made, key=lambda r: (-r.bounds[1], r.bounds[0]))
