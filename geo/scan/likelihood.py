"""How unlikely a count is: the likelihood ratio of the scan statistic, and its inverse.

For c cases where μ are expected, of C in all (Kulldorff 1997, 10.1080/03610929708831995):

    LLR = c ln(c ÷ μ) + (C − c) ln((C − c) ÷ (C − μ)),

for an excess (c > μ) or, on the low side, a lack (c < μ). The space-time permutation statistic
(Kulldorff and others 2005, 10.1371/journal.pmed.0020059) is the same formula with another μ.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.special import rel_entr

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_CASES = 2
"""Fewest cases of a cluster on the high side: SaTScan's default. One case is no cluster."""

LLR_DIGITS = 9
"""Ratios that agree to so many digits are equal: the same numbers, summed in another order."""

_SLACK = 1e-9
"""The inverse errs on the side of looking too closely, never of missing a zone."""

_HALVINGS = 60


def llr(cases: npt.ArrayLike, expected: npt.ArrayLike, total: float) -> Floats:
    """Log likelihood ratio, whichever side the count lies on."""
    inside, mean = np.asarray(cases, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    mean = np.minimum(mean, total)
    ratio: Floats = rel_entr(inside, mean) + rel_entr(total - inside, total - mean)
    return ratio


def sided(cases: Floats, expected: Floats, total: float, sides: str) -> Floats:
    """Log likelihood ratio, 0 where the count lies on a side that is not asked for."""
    high = (cases > expected) & (cases >= LEAST_CASES) & (sides != "low")
    low = (cases < expected) & (sides != "high")
    return np.where(high | low, llr(cases, expected, total), 0.0)


class Bar:
    """The counts that reach a likelihood ratio, for any expectation up to a largest one.

    The ratio falls as the expectation comes nearer to the count. So for each count there is one
    expectation where it equals the bar, and looking up an expectation among those gives the count.

    Parameters
    ----------
    bar
        Likelihood ratio to reach.
    largest
        Largest expectation that will be asked for.
    total
        Cases in all.
    """

    def __init__(self, bar: float, largest: float, total: int) -> None:
        largest = min(largest * (1.0 + _SLACK), total)
        # With more cases than this even the largest expectation is beaten: the ratio is at least
        # (c − μ)² ÷ 2c.
        most = largest + bar + math.sqrt(bar * bar + 2.0 * bar * largest)
        counts = np.arange(min(total, math.ceil(most) + 1) + 1, dtype=np.float64)
        self._high = _crossing(counts, np.zeros_like(counts), bar, total) * (1.0 + _SLACK)
        self._high[:LEAST_CASES] = -1.0
        fewer = np.arange(min(total, math.ceil(largest)) + 1, dtype=np.float64)
        self._low = _crossing(fewer, np.full_like(fewer, total), bar, total) * (1.0 - _SLACK)

    def least(self, expected: Floats) -> Ints:
        """Fewest cases that reach the bar from above; more than there are if none does."""
        return np.searchsorted(self._high, expected, side="left")

    def most(self, expected: Floats) -> Ints:
        """Most cases that reach the bar from below; -1 if none does."""
        return np.searchsorted(self._low, expected, side="right") - 1


def _crossing(counts: Floats, far: Floats, bar: float, total: int) -> Floats:
    """Find by halving, between each count and `far`, the expectation where the ratio is `bar`."""
    near = counts.copy()
    far = far.copy()
    for _halving in range(_HALVINGS):
        middle = (near + far) / 2.0
        reached = llr(counts, middle, total) >= bar
        far, near = np.where(reached, middle, far), np.where(reached, near, middle)
    return near
