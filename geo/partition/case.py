"""Preparing the free atoms: parts, how many grids each gets, and the units that move."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.atoms import Atoms, Borders
from geo.errors import N_, InputError
from geo.partition.counts import counts
from geo.partition.feasible import free_parts
from geo.partition.units import Units, gather, whole_compounds
from geo.partition.wish import Ints, Wish


@dataclass(frozen=True)
class Case:
    """What is to be partitioned, with what is computed only once.

    Attributes
    ----------
    positions : array of ints
        Where these atoms are among all.
    atoms, wish, today
        Of these atoms only; `today` is None where none of them has a grid.
    parts
        Connected parts (positions in `atoms`), and how many grids each gets.
    coarse, fine
        Compounds, and single buildings, as units.
    """

    positions: Ints
    atoms: Atoms
    wish: Wish
    today: Ints | None
    parts: list[tuple[Ints, int]]
    coarse: Units
    fine: Units

    @property
    def count(self) -> int:
        """How many grids there will be."""
        return sum(count for _part, count in self.parts)


def prepare(atoms: Atoms, wish: Wish, today: Ints, free: Ints, locked_grids: int) -> Case:
    """Make a case of the free atoms.

    Parameters
    ----------
    atoms : Atoms
    wish : Wish
    today : array of (n,)
    free : array of ints
        Positions of the atoms that are not locked, at least one.
    locked_grids
        How many grids stay as they are; they count towards `Wish.count`.

    Returns
    -------
    Case
        Parts without a grid (nobody lives there) are left out.
    """
    left = None if wish.count is None else max(wish.count - locked_grids, 1)
    inner, wanted = subset(atoms, free), replace(wish, count=left)
    parts = free_parts(inner, np.ones(len(free), dtype=bool))
    if not inner.households.any():
        inner, wanted = _without_people(inner, wanted, locked_grids, len(parts))
    numbers = counts(inner, parts, wanted, today[free])
    active = np.sort(
        np.concatenate([part for part, number in zip(parts, numbers, strict=True) if number])
    )
    kept = [
        (np.searchsorted(active, part), number)
        for part, number in zip(parts, numbers, strict=True)
        if number
    ]
    return _case(subset(inner, active), wanted, today[free[active]], free[active], kept)


def _case(
    atoms: Atoms, wish: Wish, today: Ints, positions: Ints, parts: list[tuple[Ints, int]]
) -> Case:
    return Case(
        positions=positions,
        atoms=atoms,
        wish=wish,
        today=today if (today >= 0).any() else None,
        parts=parts,
        coarse=gather(atoms, _coarse(atoms, wish, parts), wish),
        fine=gather(atoms, np.arange(len(atoms)), wish),
    )


def subset(atoms: Atoms, positions: Ints) -> Atoms:
    """Return some atoms; their borders with the others become outline."""
    place = np.full(len(atoms), -1, dtype=np.int64)
    place[positions] = np.arange(len(positions))
    borders = atoms.borders
    left, right = place[borders.left], place[borders.right]
    inside = (left >= 0) & (right >= 0)
    outer_m = borders.outer_m[positions].copy()
    for mine, other in ((left, right), (right, left)):
        rim = (mine >= 0) & (other < 0)
        outer_m += np.bincount(mine[rim], borders.length_m[rim], minlength=len(positions))
    kept = Borders(
        left[inside], right[inside], borders.length_m[inside], borders.crossing[inside], outer_m
    )
    return Atoms(
        xy=atoms.xy[positions],
        area_m2=atoms.area_m2[positions],
        households=atoms.households[positions],
        load=atoms.load[positions],
        compound=atoms.compound[positions],
        borders=kept,
    )


def _without_people(atoms: Atoms, wish: Wish, locked_grids: int, parts: int) -> tuple[Atoms, Wish]:
    """Share out work, else ground, else buildings, where no household lives."""
    if wish.count is None and not locked_grids:
        raise InputError(N_("There are no households to share out: say how many grids to make."))
    choice = [atoms.load, atoms.area_m2, np.ones(len(atoms))]
    values = next(values for values in choice if values.any())
    count = parts if wish.count is None else wish.count
    loose = replace(wish, floor=0.0, ceiling=float(values.sum()) + 1, by_load=True, count=count)
    return replace(atoms, households=values, load=values), loose


def _coarse(atoms: Atoms, wish: Wish, parts: list[tuple[Ints, int]]) -> Ints:
    """Keep compounds whole, except in parts that have fewer of them than they need grids."""
    label = whole_compounds(atoms, wish)
    for part, count in parts:
        if len(np.unique(label[part])) < count:
            label[part] = part
    return label
