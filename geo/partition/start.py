"""The first cut: a balanced power diagram, its contiguity repaired.

Lloyd's rounds with a linear programme in between: each unit's households go to one of the nearest
centres so that no centre has too many or too few (Cohen-Addad, Klein, Young 2018,
arXiv:1710.03358). The optimum gives all but a few units to one centre wholly.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from geo.partition.units import Units
from geo.partition.wish import Floats, Ints

ROUNDS = 6
NEAREST = 8
_SPREAD = 0.08
_MISSED = 30.0
_SPECK = 0.01


def power_diagram(units: Units, members: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Cut connected units into grids of about equal households.

    Parameters
    ----------
    units : Units
    members : array of ints
        The units of a connected part.
    count
        How many grids, at most as many as there are units.
    rng
        Chooses the first centres.

    Returns
    -------
    array of ints
        Grid of each of `members`, 0 to count - 1; each grid occurs and is connected.
    """
    xy, weight = units.xy[members], _weight(units, members)
    grid = np.zeros(len(members), dtype=np.int64)
    if count > 1:
        centres = xy[_scattered(xy, weight, count, rng)]
        for _round in range(ROUNDS):
            grid = _share_out(xy, weight, centres)
            centres = _middles(xy, weight, grid, centres)
    return repair(_links(units, members), weight, grid, count)


def repair_part(units: Units, members: Ints, grid: Ints, count: int) -> Ints:
    """Make grids of a connected part connected and none empty; -1 is for who has none yet."""
    return repair(_links(units, members), _weight(units, members), grid, count)


def _weight(units: Units, members: Ints) -> Floats:
    """Return households, a speck where there are none; without any, ground."""
    for values in (units.households[members], units.area_m2[members]):
        if values.any():
            return np.asarray(np.maximum(values, _SPECK * values.mean()))
    return np.ones(len(members))


def _scattered(xy: Floats, weight: Floats, count: int, rng: np.random.Generator) -> list[int]:
    """Choose centres far from each other, as k-means++ does."""
    chosen = [int(rng.choice(len(xy), p=weight / weight.sum()))]
    far = ((xy - xy[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chance = far * weight
        chance[chosen] = 0
        if not chance.any():
            chance = np.ones(len(xy))
            chance[chosen] = 0
        chosen.append(int(rng.choice(len(xy), p=chance / chance.sum())))
        far = np.minimum(far, ((xy - xy[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _share_out(xy: Floats, weight: Floats, centres: Floats) -> Ints:
    """Assign units to centres: least squared distance, nobody far from an equal share."""
    count, nearest = len(centres), min(NEAREST, len(centres))
    distance_m, centre = cKDTree(centres).query(xy, k=nearest)
    distance_m, centre = distance_m.reshape(len(xy), -1), centre.reshape(len(xy), -1)
    scale = max(float((distance_m[:, 0] ** 2).mean()), 1e-9)
    share = weight.sum() / count
    size = len(xy) * nearest
    unit = np.repeat(np.arange(len(xy)), nearest)
    arcs = (np.ones(size), (unit, np.arange(size)))
    full = sparse.csr_matrix(arcs, shape=(len(xy), size + 2 * count))
    loads = sparse.csr_matrix((np.ones(size), (centre.ravel(), np.arange(size))), (count, size))
    slack, none = sparse.identity(count), sparse.csr_matrix((count, count))
    bounds = sparse.vstack(
        [sparse.hstack([loads, -slack, none]), sparse.hstack([-loads, none, -slack])]
    )
    done = linprog(
        np.append((distance_m**2 / scale).ravel(), np.full(2 * count, _MISSED)),
        A_ub=bounds.tocsr(),
        b_ub=np.repeat([share * (1 + _SPREAD), -share * (1 - _SPREAD)], count),
        A_eq=full,
        b_eq=weight,
        method="highs",
    )
    if done.x is None:  # the slacks make it solvable; numbers out of all proportion may still fail
        return np.asarray(centre[:, 0])
    flow = done.x[:size].reshape(len(xy), nearest)
    return np.asarray(centre[np.arange(len(xy)), flow.argmax(axis=1)])


def _middles(xy: Floats, weight: Floats, grid: Ints, centres: Floats) -> Floats:
    """Return each grid's middle; an empty one keeps its centre."""
    total = np.bincount(grid, weight, minlength=len(centres))
    middle = [np.bincount(grid, weight * xy[:, axis], minlength=len(centres)) for axis in (0, 1)]
    moved = np.column_stack(middle) / np.maximum(total, 1e-300)[:, None]
    return np.where((total > 0)[:, None], moved, centres)


def _links(units: Units, members: Ints) -> sparse.csr_matrix:
    """Return who borders on whom among `members`."""
    place = np.full(len(units), -1, dtype=np.int64)
    place[members] = np.arange(len(members))
    tail, head = place[units.tail], place[units.head]
    inside = (tail >= 0) & (head >= 0)
    ones = np.ones(int(inside.sum()))
    shape = (len(members), len(members))
    return sparse.csr_matrix((ones, (tail[inside], head[inside])), shape=shape)


def repair(links: sparse.csr_matrix, weight: Floats, grid: Ints, count: int) -> Ints:
    """Make grids connected and none empty.

    Each grid keeps its heaviest piece; what is cut off goes to the lightest grid it borders on.
    An empty grid takes a unit from the heaviest grid that has two.
    """
    grid = _main_pieces(links, weight, grid)
    if (grid < 0).all():
        grid[0] = 0
    grid = _grown(links, weight, grid, count)
    for empty in np.flatnonzero(np.bincount(grid, minlength=count) == 0):
        total = np.bincount(grid, weight, minlength=count)
        total[np.bincount(grid, minlength=count) < 2] = -1  # noqa: PLR2004 - one must stay
        if total.max() < 0:
            break
        inside = np.flatnonzero(grid == total.argmax())
        # The last that a breadth-first search reaches is never what holds the rest together.
        last = breadth_first_order(links[inside][:, inside], 0, directed=False)[0][-1]
        grid[inside[last]] = empty
    return grid


def _main_pieces(links: sparse.csr_matrix, weight: Floats, grid: Ints) -> Ints:
    """Return the grid where it is the heaviest connected piece, -1 elsewhere."""
    pairs = links.tocoo()
    same = grid[pairs.row] == grid[pairs.col]
    within = sparse.csr_matrix((pairs.data[same], (pairs.row[same], pairs.col[same])), links.shape)
    piece = connected_components(within, directed=False)[1]
    total = np.bincount(piece, weight)
    of_piece = np.zeros(len(total), dtype=np.int64)
    of_piece[piece] = grid
    order = np.lexsort((total, of_piece))
    last = np.append(of_piece[order][1:] != of_piece[order][:-1], True)
    main = np.zeros(len(total), dtype=bool)
    main[order[last]] = True
    return np.where(main[piece], grid, -1)


def _grown(links: sparse.csr_matrix, weight: Floats, grid: Ints, count: int) -> Ints:
    """Give what has no grid to the lightest it borders on, ring by ring."""
    total = np.bincount(grid[grid >= 0], weight[grid >= 0], minlength=count)
    open_ = np.flatnonzero(grid < 0).tolist()
    while open_:
        left = []
        for unit in open_:
            around = grid[links.indices[links.indptr[unit] : links.indptr[unit + 1]]]
            around = around[around >= 0]
            if around.size:
                grid[unit] = around[total[around].argmin()]
                total[grid[unit]] += weight[unit]
            else:
                left.append(unit)
        if len(left) == len(open_):
            break
        open_ = left
    return grid
