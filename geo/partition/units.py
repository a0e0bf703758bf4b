"""Units: buildings, or compounds, or what of a compound lies in a grid, that move as one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.atoms import Atoms
from geo.partition.measures import pieces, sums
from geo.partition.wish import Floats, Ints, Wish

Near = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Units:
    """What moves, and what it borders on.

    Attributes
    ----------
    member : array of (n,)
        Unit of each atom, 0 to u - 1.
    xy : array of (u, 2)
        Middle of each unit, metres.
    near : list of (u,)
        Neighbours of each unit, each with the metres of outline that joining both in one grid
        saves: the common border on both sides, less what crossing it costs.
    tail, head : arrays
        Each pair of neighbours, both ways round.
    outline_m, area_m2, households, load : arrays of (u,)
    compound : array of (u,)
        Numbered from 0; -1 for none.
    """

    member: Ints
    xy: Floats
    near: list[Near]
    tail: Ints
    head: Ints
    outline_m: Floats
    area_m2: Floats
    households: Floats
    load: Floats
    compound: Ints

    def __len__(self) -> int:
        return len(self.households)


def whole_compounds(atoms: Atoms, wish: Wish) -> Ints:
    """Return a label that keeps the pieces of compounds together which fit into a grid."""
    alone = np.arange(len(atoms))
    if not wish.keep_together:
        return alone
    label = np.where(atoms.compound >= 0, len(atoms) + atoms.compound, alone)
    piece = pieces(atoms, label)
    total = sums(piece, atoms.households, 0)
    return np.where(total[piece] <= wish.ceiling, label, alone)


def gather(atoms: Atoms, label: Ints, wish: Wish) -> Units:
    """Make units of the connected pieces of equal label."""
    member = pieces(atoms, label)
    count = int(member.max(initial=-1)) + 1
    tail, head, saved_m, length_m = _links(atoms, member, count, wish)
    outline_m = sums(member, atoms.borders.outer_m, count) + sums(tail, length_m, count)
    compound = np.full(count, -1, dtype=np.int64)
    inside = atoms.compound >= 0
    compound[member[inside]] = np.unique(atoms.compound[inside], return_inverse=True)[1]
    size = np.bincount(member, minlength=count)
    middle = [sums(member, atoms.xy[:, axis], count) / size for axis in (0, 1)]
    return Units(
        member=member,
        xy=np.column_stack(middle),
        near=_near(tail, head, saved_m, count),
        tail=tail,
        head=head,
        outline_m=outline_m,
        area_m2=sums(member, atoms.area_m2, count),
        households=sums(member, atoms.households, count),
        load=sums(member, atoms.load, count),
        compound=compound,
    )


def _links(atoms: Atoms, member: Ints, count: int, wish: Wish) -> tuple[Ints, Ints, Floats, Floats]:
    """Return neighbouring units both ways round, what joining them saves, and their border."""
    borders = atoms.borders
    cost = np.array([wish.crossing_cost.get(kind, 0.0) for kind in range(4)])
    left, right = member[borders.left], member[borders.right]
    real = left != right
    key = np.append(left[real] * count + right[real], right[real] * count + left[real])
    pairs, place = np.unique(key, return_inverse=True)
    length_m = np.tile(borders.length_m[real], 2)
    saved_m = length_m * (2 - np.tile(cost[borders.crossing[real]], 2))
    size = max(count, 1)
    total = [sums(place, metres, len(pairs)) for metres in (saved_m, length_m)]
    return pairs // size, pairs % size, total[0], total[1]


def _near(tail: Ints, head: Ints, saved_m: Floats, count: int) -> list[Near]:
    cuts = np.searchsorted(tail, np.arange(count + 1)).tolist()
    pairs = list(zip(head.tolist(), saved_m.tolist(), strict=True))
    return [tuple(pairs[begin:end]) for begin, end in pairwise(cuts)]
