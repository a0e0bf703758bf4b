"""Grid plans: the shapes of grids as unions of their buildings' cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[Any]

_LABEL_TOLERANCE = 100


def grid_shapes(cells: Shapes, grid_index: npt.NDArray[np.int64]) -> tuple[Shapes, Shapes]:
    """Unite cells into grids.

    Parameters
    ----------
    cells : array of (n,) Polygon or MultiPolygon
        A valid coverage, in any plane (shared vertices stay exactly shared).
    grid_index : array of (n,)
        Which grid each cell belongs to, 0 to k - 1; negative: none.

    Returns
    -------
    shapes : array of (k,) MultiPolygon
        Empty where a grid has no cell.
    label_points : array of (k,) Point
        See `label_points`.
    """
    count = int(grid_index.max(initial=-1)) + 1
    order = np.argsort(grid_index, kind="stable")
    cuts = np.searchsorted(grid_index[order], np.arange(count + 1))
    shapes = np.empty(count, dtype=object)
    for grid in range(count):
        members = cells[order[cuts[grid] : cuts[grid + 1]]]
        parts = shapely.get_parts(shapely.coverage_union_all(members)) if members.size else []
        shapes[grid] = shapely.MultiPolygon(list(parts))
    return shapes, label_points(shapes)


def label_points(shapes: Shapes) -> Shapes:
    """Return where a grid's name stands best: in the middle of its widest place.

    Parameters
    ----------
    shapes : array of (k,) Polygon or MultiPolygon
        In a plane whose axes have one scale, so preferably metric.

    Returns
    -------
    array of (k,) Point
        Inside the largest part; empty for an empty shape.
    """
    return np.array([_label_point(shape) for shape in shapes], dtype=object)


def _label_point(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    if parts.size == 0:
        return shapely.Point()
    widest = parts[np.argmax(shapely.area(parts))]
    tolerance = np.sqrt(widest.area) / _LABEL_TOLERANCE
    radius = shapely.maximum_inscribed_circle(widest, tolerance=tolerance)
    return shapely.get_point(radius, 0)
