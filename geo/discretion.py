"""Keeping small numbers of single buildings to ourselves, also what would give them away.

A count below a threshold speaks of somebody. Beside totals, it is not enough to leave that count
out: the total less the others gives it back. So buildings are put together until each printed
number is nought or large enough, whichever way they are subtracted: cell suppression in its
simplest safe form, whole rows, after Hundepool et al., Statistical Disclosure Control (2012),
chapter 4.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SEVERAL = 2
"""A row put together with none is itself."""


def small(counts: Ints, fewest: int) -> Bools:
    """Tell which counts speak of somebody: above nought, below the threshold."""
    return np.asarray((counts > 0) & (counts < fewest))


def put_together(counts: Ints, fewest: int) -> Bools:
    """Choose the rows that are only told as their sum.

    Parameters
    ----------
    counts : array of (n, p)
        People of each building in each of `p` groups that share nobody.
    fewest
        The smallest count that may be told; at most 1 tells everything.

    Returns
    -------
    array of (n,) bool
        Rows to be told together. All others hold no small count, and the sums of these hold none
        either, unless all rows are together: then the sum is the total, which is no building's.
    """
    chosen = np.asarray(small(counts, fewest).any(axis=1))
    if not chosen.any():
        return chosen
    totals = counts.sum(axis=1)
    while not chosen.all():
        lacking = small(counts[chosen].sum(axis=0), fewest)
        if chosen.sum() >= SEVERAL and not lacking.any():
            break
        helps = counts[:, lacking].sum(axis=1) if lacking.any() else totals
        candidates = np.flatnonzero(~chosen & (helps > 0))
        if not len(candidates):
            candidates = np.flatnonzero(~chosen)
        chosen[candidates[np.argmin(totals[candidates])]] = True
    return chosen
