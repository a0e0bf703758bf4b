"""What may be told of single buildings on the sheet of their grid.

Dwellings by state and elderly people by age are each told of a building, or only as a sum of
several (`geo.discretion.put_together`). The total of a building's row is told as well where that
is no small number: with the sums of its columns it leaves every cell of the buildings put together
a range that reaches from below to at least the threshold, so none of their small numbers follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.discretion import Bools, Ints, put_together, small
from geo.schema import HOUSEHOLD_STATES

SHOP = "shop"
HOMES = tuple(state for state in HOUSEHOLD_STATES if state != SHOP)
"""The states of dwellings that are somebody's home."""


@dataclass(frozen=True)
class Block:
    """Some columns of the table: numbers of groups that share nobody, and the rows' totals.

    Attributes
    ----------
    parts : array of (n, p)
        By group.
    total : array of (n,)
        Of those groups that are summed.
    together : array of (n,) bool
        Rows whose parts are told only as a sum.
    silent : array of (n,) bool
        Rows whose total is not told either.
    lone
        Whether all who are counted belong to one building: the sums of the grid are its own.
    secret
        Whether its parts then hold a small number: none of their sums is told.
    """

    parts: Ints
    total: Ints
    together: Bools
    silent: Bools
    lone: bool
    secret: bool

    @property
    def sums(self) -> Ints:
        """The parts of the rows put together, summed."""
        return np.asarray(self.parts[self.together].sum(axis=0))


@dataclass(frozen=True)
class Told:
    """What is told of the buildings of a grid, in their order.

    Attributes
    ----------
    homes
        Dwellings by state, in the order of `HOUSEHOLD_STATES`; its total is households.
    elderly
        People of 60 to 79, and of 80 and more; its total is people of 60 and more.
    """

    homes: Block
    elderly: Block


def told(buildings: pd.DataFrame, fewest: int) -> Told:
    """Choose what is told.

    Parameters
    ----------
    buildings : DataFrame
        ``age60 age80`` and a column for each state, of one grid.
    fewest
        The smallest number that may be told of a building.
    """
    states = buildings[list(HOUSEHOLD_STATES)].to_numpy(dtype=np.int64)
    age60, age80 = (buildings[name].to_numpy(dtype=np.int64) for name in ("age60", "age80"))
    homes = [place for place, state in enumerate(HOUSEHOLD_STATES) if state in HOMES]
    return Told(
        _block(states, homes, fewest),
        _block(np.column_stack([age60 - age80, age80]), [0, 1], fewest),
    )


def _block(parts: Ints, summed: Sequence[int], fewest: int) -> Block:
    total = parts[:, list(summed)].sum(axis=1)
    together = put_together(parts, fewest)
    silent = np.zeros(len(parts), dtype=bool)
    silent[together] = put_together(total[together][:, None], fewest)
    lone = int(np.count_nonzero(total)) <= 1
    return Block(parts, total, together, silent, lone, lone and bool(small(parts, fewest).any()))
