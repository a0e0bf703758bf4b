"""How many grids each connected part gets."""

from __future__ import annotations

import numpy as np

from geo.atoms import Atoms
from geo.partition.feasible import best_count, possible
from geo.partition.wish import Floats, Ints, Wish


def counts(atoms: Atoms, parts: list[Ints], wish: Wish, today: Ints) -> list[int]:
    """Choose the number of grids of each part.

    Parameters
    ----------
    atoms : Atoms
    parts : list of arrays
        Positions of the atoms of each connected part.
    wish : Wish
        Its `count` is the number of grids of these parts.
    today : array of (n,)
        Today's grids; who wants to stay close keeps their number where the band allows it.

    Returns
    -------
    list of ints
        0 for a part that has to join another one: without households, or one too many.
    """
    households = [atoms.households[part] for part in parts]
    total = np.array([values.sum() for values in households])
    if wish.count is None:
        return [
            _count(values, wish, today[part])
            for part, values in zip(parts, households, strict=True)
        ]
    ranges = [possible(float(value), wish) for value in total]
    size = np.array([len(part) for part in parts])
    chosen = _least(total, np.array([least for least, _most in ranges]), size, wish.count)
    most = np.minimum(np.array([most for _least, most in ranges]), size)
    _add(chosen, total, most, wish.count)
    _add(chosen, total, size, wish.count)
    return [int(number) for number in chosen]


def _count(households: Floats, wish: Wish, today: Ints) -> int:
    if not households.any():
        return 0
    least, most = possible(float(households.sum()), wish)
    now = len(np.unique(today[today >= 0]))
    number = best_count(households, wish)
    if wish.stay_close > 0 and least <= now <= most:
        number = now
    return min(number, len(households))


def _least(total: Floats, least: Ints, size: Ints, count: int) -> Ints:
    """Return what each part needs at least, or one each, heaviest first, as far as it goes."""
    need = np.minimum(np.where(total > 0, np.maximum(least, 1), 0), size)
    if need.sum() <= count:
        return need
    chosen = np.zeros(len(total), dtype=np.int64)
    chosen[np.argsort(-total, kind="stable")[:count]] = 1
    return np.asarray(np.where(total > 0, chosen, 0))


def _add(chosen: Ints, total: Floats, most: Ints, count: int) -> None:
    """Give the rest one by one to the part with most households per grid, none beyond `most`."""
    while chosen.sum() < count:
        per_grid = np.where((chosen < most) & (chosen > 0), total / np.maximum(chosen, 1), -1.0)
        if per_grid.max() < 0:
            return
        chosen[per_grid.argmax()] += 1
