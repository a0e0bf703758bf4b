"""Values into classes: against a norm, or by rounded quantiles that stay put.

Classes against a norm *are* the norm and its multiples, so a map can be read without looking up
where a statistician cut. Everything else uses quantiles of every grid there is, rounded, so that
one community's map compares with the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from dashboard import figures
from geo.words import _

FEWEST_AREAS: Final = 8
"""Fewer areas than this are labelled, not coloured, unless there is a norm to colour by."""

MULTIPLES: Final = (1.0, 1.5, 2.0, 3.0)
QUANTILES: Final = (0.2, 0.4, 0.6, 0.8)
_PERCENT_STEPS: Final = (60.0, 75.0, 85.0, 95.0)

Ramp = Literal["norm", "sequential"]


@dataclass(frozen=True)
class Classes:
    """Areas sorted into classes.

    Attributes
    ----------
    ramp
        Which palette the class index points into.
    of
        Area id to class index; None where the value is unknown or too few cases stand behind it.
    texts
        One legend text per class.
    """

    ramp: Ramp
    of: dict[int, int | None]
    texts: tuple[str, ...]

    @property
    def counts(self) -> list[int]:
        """Areas per class; 0 stays, so the legend never changes its shape."""
        found = list(self.of.values())
        return [found.count(index) for index in range(len(self.texts))]

    @property
    def unknown(self) -> int:
        """Areas without a class."""
        return sum(index is None for index in self.of.values())


def norm_class(value: float, low: float | None, high: float | None) -> int:
    """Return the class of a value against a norm.

    Returns
    -------
    int
        0 below the floor, 1 within, 2–4 up to 1.5, 2 and 3 times the ceiling, 5 above that.
    """
    if low is not None and value < low:
        return 0
    if high is None:
        return 1
    over = [value <= high * multiple for multiple in MULTIPLES]
    return 1 + (over.index(True) if True in over else len(MULTIPLES))


def _norm_texts(low: float | None, high: float | None) -> tuple[str, ...]:
    below = _("below {low}", low=figures.plain(low)) if low is not None else _("below the floor")
    within = _("{range} within", range=figures.bounds(low, high))
    if high is None:
        return below, within
    edges = [high * multiple for multiple in MULTIPLES]
    steps = [
        f"{figures.plain(start + 1)}–{figures.plain(stop)}　≤ "
        + _("{n}×", n=figures.plain(multiple))
        for start, stop, multiple in zip(edges, edges[1:], MULTIPLES[1:], strict=False)
    ]
    top = _("over {n}", n=figures.plain(edges[-1])) + "　> " + _("{n}×", n="3")
    return below, within, *steps, top


def against_norm(
    values: Mapping[int, float | None], low: float | None, high: float | None
) -> Classes:
    """Sort areas into the norm's classes.

    Parameters
    ----------
    values
        Area id to value; None is unknown.
    low, high
        The norm.
    """
    of = {
        area: norm_class(value, low, high) if figures.known(value) else None
        for area, value in values.items()
    }
    return Classes("norm", of, _norm_texts(low, high))


def _round(value: float) -> float:
    """Round to two significant digits; small counts to whole numbers."""
    if value == 0:
        return 0.0
    digits = 1 - int(np.floor(np.log10(abs(value))))
    return float(round(value, digits))


def quantile_breaks(reference: Iterable[float | None], *, percent: bool = False) -> list[float]:
    """Return rounded class limits, ascending and distinct; each begins a new class.

    Parameters
    ----------
    reference
        Values of every grid there is, not only of those shown.
    percent
        Percentages prefer limits everybody knows, where those tell the areas apart.
    """
    known = np.array([value for value in reference if figures.known(value)], dtype=float)
    if known.size == 0:
        return []
    if percent and len(set(np.digitize(known, _PERCENT_STEPS))) > len(_PERCENT_STEPS) // 2:
        return list(_PERCENT_STEPS)
    cuts = np.quantile(known, QUANTILES)
    return sorted({_round(float(cut)) for cut in cuts})


def _quantile_texts(breaks: Sequence[float]) -> tuple[str, ...]:
    shown = [figures.plain(limit) for limit in breaks]
    middle = [f"{start} – < {stop}" for start, stop in pairwise(shown)]
    return f"< {shown[0]}", *middle, f"≥ {shown[-1]}"


def by_breaks(values: Mapping[int, float | None], breaks: Sequence[float]) -> Classes | None:
    """Sort areas into classes between fixed limits.

    Returns
    -------
    Classes or None
        None where there is nothing to colour: too few areas, or no limits.
    """
    if len(values) < FEWEST_AREAS or not breaks:
        return None
    of = {
        area: int(np.searchsorted(breaks, value, side="right")) if figures.known(value) else None
        for area, value in values.items()
    }
    return Classes("sequential", of, _quantile_texts(breaks))
