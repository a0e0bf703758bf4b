"""Grids as unions of cells."""

from __future__ import annotations

import numpy as np
import shapely

from geo.plans import grid_shapes, label_points


def test_cells_unite_into_their_grids() -> None:
    cells = np.array([shapely.box(x, 0, x + 1, 1) for x in range(5)], dtype=object)
    shapes, labels = grid_shapes(cells, np.array([0, 0, 3, -1, 0]))
    assert shapely.area(shapes).tolist() == [3, 0, 0, 1]
    assert len(shapes[0].geoms) == 2
    assert shapes[1].is_empty
    assert labels[1].is_empty
    assert shapely.get_type_id(shapes).tolist() == [shapely.GeometryType.MULTIPOLYGON] * 4


def test_no_cells_no_grids() -> None:
    shapes, labels = grid_shapes(np.empty(0, dtype=object), np.empty(0, dtype=np.int64))
    assert shapes.size == labels.size == 0


def test_a_label_stands_in_the_widest_place() -> None:
    hammer = shapely.union_all([shapely.box(0, 0, 20, 1), shapely.box(20, -5, 30, 6)])
    far = shapely.box(100, 0, 103, 3)
    label = label_points(np.array([shapely.MultiPolygon([far, hammer])], dtype=object))[0]
    assert label.distance(shapely.Point(25, 0.5)) < 1
