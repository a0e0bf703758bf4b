"""Two nets over one ground: the party's (committee, branches, groups) and the grids'.

A grid branch is *for* a grid; its members, and those of the groups below it, *live* in one. Where
the two differ, whoever keeps contact works on ground that is another branch's (双网融合).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NOWHERE = -1
"""Stands for no organisation above, no grid, no home here."""


@dataclass(frozen=True)
class Organisations:
    """The party's organisations, by position.

    Attributes
    ----------
    parent : array of (n,)
        The organisation above, or `NOWHERE`.
    grid : array of (n,)
        The grid it is for, or `NOWHERE`.
    branch : array of (n,)
        True for grid branches, which should be for a grid.
    """

    parent: Integers
    grid: Integers
    branch: Flags

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True)
class Members:
    """Party members.

    Attributes
    ----------
    organisation : array of (m,)
        Where they belong, or `NOWHERE`.
    lives : array of (m,)
        True where their home is on record; the rest have one elsewhere.
    grid : array of (m,)
        The grid they live in, or `NOWHERE`.
    signed_up : array of (m,)
        True for those of an employer elsewhere, who signed up (双报到).
    host : array of (m,)
        True where they keep a party household.
    served : array of (m,)
        Households it is in contact with.
    """

    organisation: Integers
    lives: Flags
    grid: Integers
    signed_up: Flags
    host: Flags
    served: Integers

    def __len__(self) -> int:
        return len(self.organisation)


@dataclass(frozen=True)
class Nets:
    """Where the nets agree.

    Attributes
    ----------
    duty_grid : array of (members,)
        The grid each member's organisation is for, or `NOWHERE`.
    comparable : array of (members,)
        True where that grid and a home are known.
    apart : array of (members,)
        True where they are comparable, and the home is in another grid or in none.
    organisations
        One row for each organisation that is for a grid, itself or through the one above that has
        it: position as index; grid, members (comparable, of it and all below that are for the same
        grid), apart, hosts_apart.
    crossings
        organisation, grid (where they live instead), members, hosts; most members first.
    grids_without_branch
        Grids no branch is for.
    branches_without_grid
        Positions of grid branches that are for no grid.
    """

    duty_grid: Integers
    comparable: Flags
    apart: Flags
    organisations: pd.DataFrame
    crossings: pd.DataFrame
    grids_without_branch: Integers
    branches_without_grid: Integers


def compare(organisations: Organisations, members: Members, grids: int) -> Nets:
    """Set the two nets against each other.

    Parameters
    ----------
    grids
        How many grids there are; they are numbered from 0.
    """
    holder = holders(organisations)
    at = _upon(holder, members.organisation)
    duty = _upon(organisations.grid, at)
    comparable = (duty != NOWHERE) & members.lives
    apart = comparable & (members.grid != duty)
    return Nets(
        duty_grid=duty,
        comparable=comparable,
        apart=apart,
        organisations=_by_holder(organisations, members, at, comparable, apart),
        crossings=_crossings(members, at, apart),
        grids_without_branch=np.setdiff1d(
            np.arange(grids), organisations.grid[organisations.branch]
        ),
        branches_without_grid=np.flatnonzero(
            organisations.branch & (organisations.grid == NOWHERE)
        ),
    )


def _upon(values: Integers, at: Integers) -> Integers:
    """Look up values at positions; `NOWHERE` at `NOWHERE`."""
    return np.append(values, NOWHERE)[at]


def holders(organisations: Organisations) -> Integers:
    """Return the organisation whose grid each one works in: itself, or the next one above."""
    found = np.where(organisations.grid != NOWHERE, np.arange(len(organisations)), NOWHERE)
    for line in _lines(organisations.parent):
        found = np.where(found == NOWHERE, _upon(found, line), found)
    return np.asarray(found, dtype=np.int64)


def _lines(parent: Integers) -> list[Integers]:
    """Return each one's parent, grandparent and so on, nearest first.

    As many steps as there are organisations at most, so that a circle of parents ends, too.
    """
    lines: list[Integers] = []
    above = parent
    while (above != NOWHERE).any() and len(lines) < len(parent):
        lines.append(above)
        above = _upon(parent, above)
    return lines


def _by_holder(
    organisations: Organisations, members: Members, at: Integers, comparable: Flags, apart: Flags
) -> pd.DataFrame:
    holding = np.flatnonzero(organisations.grid != NOWHERE)

    def count(chosen: Flags) -> Integers:
        return np.bincount(at[chosen], minlength=len(organisations))[holding]

    columns = {
        "grid": organisations.grid[holding],
        "members": count(comparable),
        "apart": count(apart),
        "hosts_apart": count(apart & members.host),
    }
    return pd.DataFrame(columns, index=pd.Index(holding, name="organisation"))


def _crossings(members: Members, at: Integers, apart: Flags) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "organisation": at[apart],
            "grid": members.grid[apart],
            "members": 1,
            "hosts": members.host[apart].astype(np.int64),
        }
    )
    counted = rows.groupby(["organisation", "grid"], as_index=False).sum()
    return counted.sort_values(
        ["members", "organisation", "grid"], ascending=[False, True, True], ignore_index=True
    )


def tree(organisations: Organisations, members: Members) -> pd.DataFrame:
    """Count the members of each organisation and of all below it.

    Returns
    -------
    DataFrame
        One row an organisation: own, signed_up, hosts, served.
    """
    columns = {
        "own": ~members.signed_up,
        "signed_up": members.signed_up,
        "hosts": members.host,
        "served": members.served,
    }
    return pd.DataFrame(
        {
            name: _summed_up(organisations, members.organisation, values.astype(np.int64))
            for name, values in columns.items()
        }
    )


def _summed_up(organisations: Organisations, at: Integers, values: Integers) -> Integers:
    """Sum values of members over their organisation and every one above it, each once."""
    size = len(organisations)
    belongs = at != NOWHERE
    own = np.bincount(at[belongs], values[belongs], minlength=size).astype(np.int64)
    total = own.copy()
    for line in _lines(organisations.parent):
        below = line != NOWHERE
        total += np.bincount(line[below], own[below], minlength=size).astype(np.int64)
    return total


def below(organisations: Organisations, top: int) -> Flags:
    """Tell which organisations are one, or below it."""
    found = np.arange(len(organisations)) == top
    for line in _lines(organisations.parent):
        found |= line == top
    return np.asarray(found, dtype=bool)
