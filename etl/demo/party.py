"""The party organisation, its members, and party households in contact with their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from etl.demo.people import RESIDENT, VACANT, People

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CONTACT = (10, 15)
BUILDINGS_PER_GROUP = 6
MEMBER_AGE = (25, 82)


@dataclass(frozen=True)
class Members:
    """Members of one community.

    Attributes
    ----------
    resident
        Position of the resident who is the member; -1 for those who live elsewhere.
    signed_up
        Belongs to an employer elsewhere and signed up here.
    holds
        Keeps a party household.
    """

    resident: Ints
    signed_up: npt.NDArray[np.bool_]
    holds: npt.NDArray[np.bool_]


def choose_members(
    people: People,
    state: Ints,
    wanted: tuple[int, int, int],
    rng: np.random.Generator,
) -> Members:
    """Choose members among adults who are registered here, one a household.

    Parameters
    ----------
    people, state
        Residents, and the state of each dwelling.
    wanted
        Own members, signed-up members, party households.
    rng
        Chance.
    """
    own, signed_up, holding = wanted
    low, high = MEMBER_AGE
    able = ~people.floating & (people.age >= low) & (people.age <= high)
    able &= state[people.home] == RESIDENT
    order = rng.permutation(np.flatnonzero(able))
    weight = rng.random(len(order)) ** (1 / (1 + people.age[order] / 30))
    order = order[np.argsort(-weight, kind="stable")]
    order = order[np.sort(np.unique(people.home[order], return_index=True)[1])]
    here = own + max(0, holding - own)
    resident = np.full(own + signed_up, -1, dtype=np.int64)
    resident[:here] = order[:here]
    number = np.arange(own + signed_up)
    return Members(resident, number >= own, number < holding)


@dataclass(frozen=True)
class Links:
    """Contact links: position of the party household, position of the dwelling."""

    party: Ints
    home: Ints


def _nearest_buildings(xy: Floats, grid: Ints, i: int) -> Ints:
    """Return the buildings of the same grid, the building itself first, then the nearer ones."""
    same = np.flatnonzero(grid == grid[i])
    return same[np.argsort(((xy[same] - xy[i]) ** 2).sum(axis=1), kind="stable")]


def link(
    party_homes: Ints,
    home_building: Ints,
    state: Ints,
    place: tuple[Floats, Ints],
    rng: np.random.Generator,
) -> Links:
    """Give each party household 10 to 15 households, first in its own building.

    Parameters
    ----------
    party_homes
        Position of each party household's dwelling.
    home_building, state
        Building and state of each dwelling.
    place
        Centre of each building, and its grid.
    rng
        Chance.
    """
    free = [set[int]() for _ in range(len(place[0]))]
    lived_in = (state < VACANT) & ~np.isin(np.arange(len(state)), party_homes)
    for home in np.flatnonzero(lived_in).tolist():
        free[home_building[home]].add(home)
    want = rng.integers(CONTACT[0], CONTACT[1] + 1, len(party_homes))
    parties: list[int] = []
    homes: list[int] = []
    for n, home in enumerate(party_homes.tolist()):
        found = _take(free, _nearest_buildings(*place, home_building[home]), int(want[n]))
        parties += [n] * len(found)
        homes += found
    return Links(np.array(parties, dtype=np.int64), np.array(homes, dtype=np.int64))


def _take(free: list[set[int]], buildings: Ints, want: int) -> list[int]:
    """Take up to `want` free dwellings, building by building."""
    found: list[int] = []
    for building in buildings[:8].tolist():
        taken = sorted(free[building])[: want - len(found)]
        free[building].difference_update(taken)
        found += taken
        if len(found) == want:
            break
    return found
