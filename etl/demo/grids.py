"""Cutting a community into grids of whole buildings, and numbering them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from etl.demo.buildings import Building
from etl.demo.ground import Ground

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROW_M = 8.0
WIDE = 1.25
SIDES = {True: ("西", "东"), False: ("北", "南")}
PLACES = {True: ("西", "中", "东"), False: ("北", "中", "南")}


@dataclass(frozen=True)
class GridCut:
    """Grids of one community, ordered by code.

    Attributes
    ----------
    names, codes
        Per grid.
    of_building
        Position of each building's grid.
    """

    names: list[str]
    codes: list[str]
    of_building: Ints


def _bisect(members: Ints, keys: tuple[Floats, Floats], weight: Floats, k: int) -> list[Ints]:
    """Cut buildings into `k` runs of like weight, row by row so that each run hangs together."""
    order = members[np.lexsort((keys[1][members], keys[0][members]))]
    done = np.cumsum(weight[order]) - weight[order] / 2
    part = np.minimum((done / weight[order].sum() * k).astype(int), k - 1)
    return [order[part == i] for i in range(k)]


def _cut(members: Ints, xy: Floats, weight: Floats, k: int) -> tuple[list[Ints], bool]:
    """Cut between rows where the land is not much wider than deep, else between columns."""
    width, depth = np.ptp(xy[members], axis=0)
    across = bool(width > depth * WIDE)
    x, y = np.round(xy / ROW_M).T
    keys = (x, -xy[:, 1]) if across else (-y, xy[:, 0])
    return _bisect(members, keys, weight, k), across


def cut(ground: Ground, built: list[Building], households: Ints) -> GridCut:
    """Cut a community into the grids its recipe asks for.

    Parameters
    ----------
    ground, built
        The community.
    households : array of (n,)
        Per building.
    """
    plots = ground.recipe.plots
    xy = shapely.get_coordinates(shapely.centroid([b.geom for b in built]))
    label = np.array([plots[b.block].grid for b in built])
    weight: Floats = households.astype(np.float64) + 0.01
    names: list[str] = []
    groups: list[Ints] = []
    for name in dict.fromkeys(plot.grid for plot in plots):
        k = max(plot.grids for plot in plots if plot.grid == name)
        parts, across = _cut(np.flatnonzero(label == name), xy, weight, k)
        sides = [""] if k == 1 else list((SIDES if k == 2 else PLACES)[across])
        names += [name + side for side in sides]
        groups += parts
    return _numbered(ground.recipe.code, names, groups, xy)


def _numbered(code: str, names: list[str], groups: list[Ints], xy: Floats) -> GridCut:
    """Give grids their codes row by row from the north, each row from the west."""
    centres = np.array([xy[group].mean(axis=0) for group in groups])
    band = np.round(-centres[:, 1] / (np.ptp(xy[:, 1]) / 4))
    order = np.lexsort((centres[:, 0], band))
    of_building = np.empty(len(xy), dtype=np.int64)
    for position, group in enumerate(order):
        of_building[groups[group]] = position
    codes = [f"{code}{n:03d}" for n in range(1, len(names) + 1)]
    return GridCut([names[i] for i in order], codes, of_building)
