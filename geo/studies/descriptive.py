"""Groups and density: where tickets lie, described. Neither is a test of anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs, density, grouping
from geo.cases import Cases, to_degrees
from geo.density import Mask
from geo.followup import DAYS_PER_MONTH
from geo.spots import Find
from geo.studies.intake import Asked
from geo.studies.question import Study

Floats = npt.NDArray[np.float64]

LEAST = 10
"""So many tickets near each other make a group, or more where tickets lie dense everywhere."""

DENSER = 3.0
"""A group is so many times as dense as all of the ground."""

_MOST_CELLS = 40_000
_AROUND_M = 60.0
"""Ground of a surface: within so far of a building or a ticket, where grids have no shape."""


def grouped(asked: Asked) -> Study:
    """Answer a question about groups and density."""
    cases, question = asked.cases, asked.question
    if len(cases.tickets) < LEAST:
        return asked.study([], shortage="cases")
    ground = _mask(_ground(cases))
    around_km2 = np.pi * (question.radius_m / 1000) ** 2
    usual = len(cases.tickets) / ground.area_km2 * around_km2
    least = max(LEAST, round(DENSER * usual))
    asked.told |= {"least": least, "eps_m": question.radius_m, "denser": DENSER}
    found = grouping.group(cases.xy, None, eps_m=question.radius_m, least=least)
    asked.told["alone"] = int((found.label < 0).sum())
    finds = [
        Find(
            kind="group",
            xy=(float(found.centre[one, 0]), float(found.centre[one, 1])),
            radius_m=max(float(found.radius_m[one]), question.radius_m / 2),
            tickets=np.flatnonzero(found.label == one),
            first_day=question.start,
            last_day=question.stop - 1,
        )
        for one in range(len(found.size))
    ]
    return asked.study(finds, more={"surface": _surface(cases, ground, question.days)})


def _mask(ground: Any) -> Mask:
    """Lay cells over the ground, larger ones where it is a whole city."""
    west, south, east, north = shapely.bounds(ground)
    coarse_m = float(np.sqrt((east - west) * (north - south) / _MOST_CELLS))
    return density.mask(ground, max(density.CELL_M, coarse_m))


def _surface(cases: Cases, ground: Mask, days: int) -> dict[str, Any]:
    """Return the density as cells with a value, for drawing.

    Cells whose middle is outside the ground have none.
    """
    made = density.surface(cases.xy, months=days / DAYS_PER_MONTH, mask=ground)
    row, column = np.nonzero(np.isfinite(made.per_km2_month))
    west, south = made.origin
    corners = np.array([(0, 0), (1, 0), (0, 1)]) * made.cell_m + (west, south)
    return {
        "corners": to_degrees(corners, cases.metres).tolist(),
        "cell_m": made.cell_m,
        "bandwidth_m": made.bandwidth_m,
        "column": column.tolist(),
        "row": row.tolist(),
        "per_km2_month": np.round(made.per_km2_month[row, column], 2).tolist(),
        "outside": made.outside,
    }


def _ground(cases: Cases) -> Any:
    """Return the ground tickets can lie on, metres: the grids, else what is around buildings."""
    shapes = [shape for shape in cases.shapes if shape is not None]
    if shapes:
        metric = crs.to_metric(np.array(shapes, dtype=object), cases.metres)
        return shapely.union_all(metric)
    # Circle by circle: buffering thousands of points as one takes many times as long.
    places = shapely.points(np.vstack([cases.homes_xy, cases.xy]))
    return shapely.union_all(shapely.buffer(places, _AROUND_M, quad_segs=4))
