"""Neighbouring buildings counted together until none of their numbers is a small one.

A map that leaves small numbers of single buildings out would lose most of what it is about: few
buildings have three party households. So buildings are put together with their nearest neighbours,
once for a whole community, before anything is filtered, moved or enlarged. Whatever a paper shows
is then a sum of the same groups, and what one paper shows less than another is a sum of them too:
there is nothing to be had by subtracting.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.discretion import small

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def told(counts: Ints, fewest: int) -> Ints:
    """Leave out what is a small number even of all buildings together.

    Parameters
    ----------
    counts : array of (n, p)
        People of each building in each of `p` groups.
    fewest
        The smallest number that may be told.

    Returns
    -------
    array of (n, p)
        Columns whose sum is small are nought.
    """
    return np.where(small(counts.sum(axis=0), fewest), 0, counts)


def groups(xy: Floats, counts: Ints, fewest: int) -> Ints:
    """Put each building that has a small number together with what is nearest.

    Parameters
    ----------
    xy : array of (n, 2)
        Where the buildings are, metres.
    counts : array of (n, p)
        From `told`. Buildings that count nobody are left alone.
    fewest
        The smallest number that may be told.

    Returns
    -------
    array of (n,)
        The group of each building, named by its first one; -1 for those that count nobody. The
        sums of each group are nought or large enough.
    """
    group = np.where(counts.any(axis=1), np.arange(len(counts)), -1)
    middle, sums, size = xy.astype(float), counts.copy(), np.ones(len(counts))
    alive = group >= 0
    while True:
        lacking = np.flatnonzero(alive & small(sums, fewest).any(axis=1))
        if not len(lacking) or alive.sum() == 1:
            return group
        lone = lacking[np.argmin(sums[lacking].sum(axis=1))]
        away = np.where(alive, np.hypot(*(middle - middle[lone]).T), np.inf)
        away[lone] = np.inf
        near = int(np.argmin(away))
        kept, gone = min(lone, near), max(lone, near)
        both = size[kept] + size[gone]
        middle[kept] = (middle[kept] * size[kept] + middle[gone] * size[gone]) / both
        sums[kept] += sums[gone]
        size[kept], alive[gone] = both, False
        group[group == gone] = kept
