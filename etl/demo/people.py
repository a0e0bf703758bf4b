"""Residents: how many live in each dwelling, how old, with whom, and who needs care.

Registered households and the people who live there are two populations. Where a community has far
more people than its households would hold (新亚洲体育城: 100,000 in 13,350), the surplus lives in
let dwellings shared by many and in rooms behind the shops, as it does in reality; resident
households stay of ordinary size. One is never derived from the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from etl.demo import calibration as cal

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

RESIDENT, RENTED, VACANT, SHOP = range(4)
CARE = np.array([None, "high_risk", "key", "general"], dtype=object)
LIVING = np.array([None, "alone", "empty_nest", "with_family"], dtype=object)
OLD_AGE = 60
OLDER_AGE = 80
NEAR_YEARS = 0.02
CARE_SHARE = (0.022, 0.07, 0.15)
"""Share of people of 60 and more per care class, before their age is looked at."""


@dataclass
class People:
    """Residents of one community as arrays.

    Attributes
    ----------
    home
        Position of the dwelling.
    age
        Years, with a fraction.
    floating, disabled
        Registered elsewhere; disabled.
    living, care
        Positions in `LIVING` and `CARE`; 0 below 60.
    """

    home: Ints
    age: Floats
    floating: Bools
    disabled: Bools
    living: Ints
    care: Ints

    @property
    def old(self) -> Bools:
        """Who is 60 or more."""
        return np.asarray(self.age >= OLD_AGE)


def household_sizes(state: Ints, total: int, rng: np.random.Generator) -> Ints:
    """Draw how many live in each dwelling, summing to exactly `total`."""
    home = 1 + rng.choice(6, len(state), p=(0.16, 0.31, 0.29, 0.14, 0.07, 0.03))
    let = 1 + rng.choice(5, len(state), p=(0.25, 0.33, 0.24, 0.12, 0.06))
    size = np.select([state == RESIDENT, state == RENTED], [home, let], 0)
    if total > size.sum() * 1.4:
        size = _crowded(size, state, total, rng)
    return _exactly(size, total, rng)


def _crowded(size: Ints, state: Ints, total: int, rng: np.random.Generator) -> Ints:
    """Fill let dwellings and rooms behind shops with the people a community really has."""
    weight = np.select([state == RENTED, state == SHOP, state == RESIDENT], [11.0, 8.0, 2.6], 0.0)
    weight *= rng.gamma(6.0, 1 / 6, len(state))
    weight[(state == RESIDENT) & (size <= 2)] = 0.0  # couples and singles are left alone
    extra = (total - size.sum()) * weight / weight.sum()
    return np.asarray(size + np.floor(extra + rng.random(len(state))).astype(np.int64))


def _exactly(size: Ints, total: int, rng: np.random.Generator) -> Ints:
    """Move single people in or out until the sum is right; who lives alone stays alone."""
    while (gap := total - int(size.sum())) != 0:
        able = np.flatnonzero(size > 1)
        moved = rng.choice(able, min(abs(gap), len(able)), replace=False)
        size[moved] += np.sign(gap)
    return size


def _ages(size: Ints, state: Ints, old: Floats, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Draw the ages of each household by who lives together: elders alone, couples, families."""
    n = len(size)
    chance = np.select([size == 1, size == 2], [0.6, 0.56], 0.11) * old
    elders = (rng.random(n) < chance) & (state == RESIDENT)
    young = rng.normal(41, 10.5, n)
    head = np.where(elders, 60 + rng.gamma(2.0, 5.6, n), np.clip(young, 21, 68))
    head = np.where((state == RENTED) & ~elders, np.clip(rng.normal(33, 9, n), 18, 66), head)
    home = np.repeat(np.arange(n), size)
    slot = np.arange(len(home)) - np.repeat(np.cumsum(size) - size, size)
    return home, _by_slot(home, slot, head, elders, old, rng)


def _by_slot(
    home: Ints, slot: Ints, head: Floats, elders: Bools, old: Floats, rng: np.random.Generator
) -> Floats:
    """Give the n-th person of a household an age that fits the first one's."""
    n = len(home)
    first = head[home]
    partner = first + rng.normal(-1, 2.6, n)
    child = np.where(elders[home], first - 27 - rng.normal(0, 3, n), first - rng.normal(28, 4, n))
    grandparent = first + rng.normal(26, 3, n)
    with_grandparent = rng.random(n) < 0.5 * old[home]
    other = np.clip(rng.gamma(3.4, 9.6, n), 0, 92)
    third = np.where(child < 0, other, child)
    fourth = np.where(with_grandparent, grandparent, np.where(child > 0, child - 3, other))
    age = np.select(
        [slot == 0, slot == 1, slot == 2, slot < 5], [first, partner, third, fourth], other
    )
    # Nobody's birthday of 60 or 80 is so near that a count of days could see it another way.
    for birthday in (OLD_AGE, OLDER_AGE):
        age = np.where(np.abs(age - birthday) < NEAR_YEARS, birthday + 2 * NEAR_YEARS, age)
    return np.asarray(np.clip(age, 0.02, 101.0))


def _living(people: People, size: Ints) -> Ints:
    """Say with whom people of 60 and more live, from who is in the household."""
    young = np.bincount(people.home, ~people.old, minlength=len(size))[people.home] > 0
    alone = size[people.home] == 1
    kind = np.select([alone, ~young], [1, 2], 3)
    return np.asarray(np.where(people.old, kind, 0))


def _care(people: People, rng: np.random.Generator) -> Ints:
    """Draw care classes: the older and the more alone, the likelier."""
    need = (
        1.0 + 2.2 * (people.age >= OLDER_AGE) + 0.9 * (people.living == 1) + 2.5 * people.disabled
    )
    edges = np.cumsum(np.asarray(CARE_SHARE))[None, :] * (need / 1.6)[:, None]
    lot = rng.random(len(need))[:, None]
    care = np.select([(lot < edges)[:, i] for i in range(3)], [1, 2, 3], 0)
    return np.asarray(np.where(people.old, care, 0))


def _calibrated_care(people: People, code: str, rng: np.random.Generator) -> None:
    """Make the numbers of elders in care, and of empty-nest or disabled among them, exact."""
    in_care = cal.count(code, "elderly_in_care")
    special = cal.count(code, "care_empty_nest_or_disabled")
    need = (people.age - OLD_AGE) * np.where(people.living == 1, 2.0, 1.0)
    need *= rng.random(len(need))
    people.disabled &= ~people.old
    nest = np.flatnonzero(people.old & (people.living == 2))
    rest = np.flatnonzero(people.old & (people.living != 2))
    disabled, nested = special // 3, special - special // 3
    nest = nest[np.argsort(-need[nest], kind="stable")][:nested]
    rest = rest[np.argsort(-need[rest], kind="stable")][: in_care - nested]
    people.disabled[rest[:disabled]] = True
    people.care[:] = 0
    chosen = np.concatenate([rest, nest])
    people.care[chosen] = rng.choice([1, 2, 3], in_care, p=(0.13, 0.32, 0.55))


def settle(code: str, state: Ints, old: Floats, total: int, rng: np.random.Generator) -> People:
    """Settle exactly `total` people in the dwellings of a community.

    Parameters
    ----------
    code
        The community's.
    state : array of (n,)
        State of each dwelling, 0 to 3.
    old : array of (n,)
        How old the people round there are; 1 is average.
    total
        People in all.
    rng
        Chance.
    """
    size = household_sizes(state, total, rng)
    home, age = _ages(size, state, old, rng)
    stays = np.where(state == RESIDENT, 0.05, 0.82)[home]
    n = len(home)
    frail = np.select([age >= OLDER_AGE, age >= OLD_AGE], [0.11, 0.035], 0.007)
    people = People(
        home=home,
        age=age,
        floating=rng.random(n) < stays,
        disabled=rng.random(n) < frail,
        living=np.zeros(n, dtype=np.int64),
        care=np.zeros(n, dtype=np.int64),
    )
    people.living = _living(people, size)
    people.care = _care(people, rng)
    if code == cal.XINANGUAN:
        _calibrated_care(people, code, rng)
    return people


def birth_dates(age: Floats, as_of: datetime) -> npt.NDArray[np.datetime64]:
    """Turn ages at the cut-off into birth dates (whole days)."""
    today = np.datetime64(as_of.date(), "D")
    return np.asarray(today - np.ceil(age * 365.2425).astype("timedelta64[D]"))
