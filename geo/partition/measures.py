"""Measuring a plan, without geometry: perimeters are sums of borders."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from geo.atoms import Atoms
from geo.partition.wish import Bools, Floats, Ints, Measures, Wish


def measure(atoms: Atoms, grid: Ints, wish: Wish, today: Ints | None = None) -> Measures:
    """Measure a plan.

    Parameters
    ----------
    atoms : Atoms
    grid : array of (n,)
        Grid of each atom; any numbers from 0. Numbers that do not occur are no grids.
    wish : Wish
        Gives the band, and what is balanced.
    today : array of (n,), optional
        Grid of each atom now; -1 for none.

    Returns
    -------
    Measures
    """
    used, grid = np.unique(np.asarray(grid, dtype=np.int64), return_inverse=True)
    count = len(used)
    households = sums(grid, atoms.households, count)
    balanced = sums(grid, atoms.load, count) if wish.by_load else households
    mean = balanced.mean() if count else 0.0
    shape = polsby_popper(atoms, grid, count)
    split, compounds = _compounds(atoms.compound, grid)
    return Measures(
        balance=float(balanced.std() / mean) if mean > 0 else 0.0,
        in_band=int(in_band(households, wish).sum()),
        grids=count,
        parts=len(np.unique(pieces(atoms, grid))) - count,
        polsby_popper=float(shape.mean()) if count else 0.0,
        polsby_popper_min=float(shape.min(initial=1.0)) if count else 0.0,
        compounds_split=split,
        compounds=compounds,
        households_moved=_moved(atoms.households, grid, today),
        low=float(households.min()) if count else 0.0,
        high=float(households.max()) if count else 0.0,
    )


def sums(group: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of the values of each group, 0 to count - 1."""
    return np.bincount(group, values, minlength=count).astype(np.float64)


def in_band(households: Floats, wish: Wish) -> Bools:
    """Tell which numbers of households are within floor and ceiling."""
    return np.asarray((households >= wish.floor) & (households <= wish.ceiling))


def polsby_popper(atoms: Atoms, grid: Ints, count: int) -> Floats:
    """Return 4πA/P² of each grid; 0 for one without outline."""
    borders = atoms.borders
    area_m2 = sums(grid, atoms.area_m2, count)
    outline_m = sums(grid, borders.outer_m, count)
    left, right = grid[borders.left], grid[borders.right]
    parting = left != right
    for side in (left, right):
        outline_m += sums(side[parting], borders.length_m[parting], count)
    square = outline_m**2
    round_ = np.zeros(count)
    np.divide(4 * np.pi * area_m2, square, out=round_, where=square > 0)
    return round_


def pieces(atoms: Atoms, label: Ints) -> Ints:
    """Return a number for each connected piece of equal label, over common borders."""
    borders, count = atoms.borders, len(atoms)
    if count == 0:
        return np.empty(0, dtype=np.int64)
    same = label[borders.left] == label[borders.right]
    links = sparse.coo_matrix(
        (np.ones(int(same.sum())), (borders.left[same], borders.right[same])), shape=(count, count)
    )
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def match(households: Floats, grid: Ints, today: Ints) -> Ints:
    """Take each of today's grids for the new one with which it shares most, in all.

    Returns
    -------
    array of ints
        For each of today's numbers, 0 to the largest, the new grid; -1 where there is none.
    """
    known = today >= 0
    rows, columns = int(today.max(initial=-1)) + 1, int(grid.max(initial=-1)) + 1
    shared = np.zeros((rows, columns))
    np.add.at(shared, (today[known], grid[known]), households[known])
    partner = np.full(rows, -1, dtype=np.int64)
    row, column = linear_sum_assignment(shared, maximize=True)
    partner[row] = np.where(shared[row, column] > 0, column, -1)
    return partner


def _moved(households: Floats, grid: Ints, today: Ints | None) -> float:
    if today is None or not (today >= 0).any():
        return 0.0
    known = today >= 0
    numbers = np.full(len(today), -1, dtype=np.int64)
    numbers[known] = np.unique(today[known], return_inverse=True)[1]
    stays = match(households, grid, numbers)[numbers[known]] == grid[known]
    return float(households[known][~stays].sum())


def _compounds(compound: Ints, grid: Ints) -> tuple[int, int]:
    """Return how many compounds lie in several grids, and how many there are."""
    member = compound >= 0
    pairs = np.unique(np.column_stack([compound[member], grid[member]]), axis=0)
    grids_of = np.unique(pairs[:, 0], return_counts=True)[1]
    return int((grids_of > 1).sum()), len(grids_of)
