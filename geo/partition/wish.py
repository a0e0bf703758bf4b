"""What is asked of a suggestion, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.atoms import MAIN_ROAD, MINOR_ROAD, OPEN, WATER

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Progress = Callable[[float], bool]
"""Told the share done, 0 to 1; answers False to cancel."""

Message = tuple[str, Mapping[str, Any]]
"""A message id and the values for its places."""

CROSSING_COST: Mapping[int, float] = MappingProxyType(
    {OPEN: 0.0, MINOR_ROAD: 0.1, MAIN_ROAD: 0.8, WATER: 2.0}
)
"""How many metres of outline a metre of such a border counts as when it runs inside a grid.

At 2 a grid gains nothing by reaching across: the border counts as outline on both banks.
"""


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The caller did not want to wait any longer."""


@dataclass(frozen=True)
class Wish:
    """What the grids shall be like.

    Attributes
    ----------
    floor, ceiling
        Households a grid shall have at least and at most.
    count
        How many grids, locked ones included; None: as many as come nearest to the middle of the
        band.
    seed
        The same seed, atoms and wish give the same plans.
    by_load
        Balance `Atoms.load` instead of households. The band stays on households.
    keep_together
        Leave compounds whole where they fit into a grid.
    stay_close
        0 to 1: how much it weighs that households keep their grid (and so their worker).
    crossing_cost
        By kind of border, see `CROSSING_COST`.
    """

    floor: float = 300
    ceiling: float = 500
    count: int | None = None
    seed: int = 0
    by_load: bool = False
    keep_together: bool = True
    stay_close: float = 0.0
    crossing_cost: Mapping[int, float] = field(default_factory=lambda: dict(CROSSING_COST))

    @property
    def middle(self) -> float:
        """What a grid has when all goes well."""
        return (self.floor + self.ceiling) / 2


@dataclass(frozen=True)
class Finding:
    """Something that cannot be, whatever the plan.

    Attributes
    ----------
    kind
        ``building_over_ceiling``, ``compound_over_ceiling``, ``part_below_floor``,
        ``part_between``, ``no_households``, ``count_too_low``, ``count_too_high`` or
        ``parts_over_count``.
    atoms : array of ints
        Positions of the buildings concerned.
    households
        How many they have together.
    message_id, params
        A sentence. ``{building}`` is a position: who shows it puts the address there.
    """

    kind: str
    atoms: Ints
    households: float
    message_id: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Measures:
    """How good a plan is.

    Attributes
    ----------
    balance
        Coefficient of variation, over the grids, of what the wish balances.
    in_band
        Grids with households within floor and ceiling.
    grids
    parts
        Pieces that are cut off from the rest of their grid, all grids together; 0 is contiguous.
    polsby_popper, polsby_popper_min
        4πA/P², mean and smallest: 1 is a circle, π/4 a square.
    compounds_split, compounds
        Compounds that lie in more than one grid; compounds in all.
    households_moved
        Households that leave today's grid, when each of today's grids is taken for the new one
        with which it shares most. 0 without a plan of today.
    low, high
        Fewest and most households of a grid.
    """

    balance: float
    in_band: int
    grids: int
    parts: int
    polsby_popper: float
    polsby_popper_min: float
    compounds_split: int
    compounds: int
    households_moved: float
    low: float
    high: float


@dataclass(frozen=True)
class Candidate:
    """One plan.

    Attributes
    ----------
    kind
        What it is best at: ``recommended``, ``balanced``, ``compact``, ``whole`` (compounds) or
        ``close`` (to today's plan).
    grid : array of (n,)
        Grid of each building, 0 to k - 1.
    measures : Measures
    reasons
        For each grid out of band a sentence that says why.
    """

    kind: str
    grid: Ints
    measures: Measures
    reasons: Mapping[int, Message]


@dataclass(frozen=True)
class Suggestion:
    """The plans, the recommended one first, and what cannot be."""

    plans: tuple[Candidate, ...]
    findings: tuple[Finding, ...]
