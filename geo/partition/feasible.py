"""What cannot be, said before anything is computed: arithmetic on the connected parts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from geo.atoms import Atoms
from geo.errors import N_, InputError
from geo.partition.measures import pieces
from geo.partition.wish import Bools, Finding, Floats, Ints, Wish

BUILDING_OVER = N_(
    "Building {building} alone has {households} households, more than the ceiling of {ceiling}:"
    " split it by stairwell."
)
COMPOUND_OVER = N_(
    "A compound has {households} households, more than the ceiling of {ceiling}: it needs"
    " {grids} grids."
)
PART_BELOW = N_(
    "A part of {buildings} buildings that borders on nothing else has {households} households,"
    " fewer than the floor of {floor}."
)
PART_BETWEEN = N_(
    "A part of {buildings} buildings has {households} households: no valid number of grids;"
    " too many for {fewer} and too few for {more} with {floor} to {ceiling} households each."
)
PART_EMPTY = N_("A part of {buildings} buildings has no households: it joins the nearest grid.")
COUNT_LOW = N_(
    "{count} grids are too few: with at most {ceiling} households each it takes {least}."
)
COUNT_HIGH = N_(
    "{count} grids are too many: with at least {floor} households each there can be {most}."
)
PARTS_OVER_COUNT = N_(
    "There are {parts} parts that do not border on each other, more than the {count} grids wanted:"
    " the smallest join the nearest grid and are cut off from it."
)

_ROUNDING = 1e-9


def feasibility(
    atoms: Atoms, wish: Wish, locked: Bools | None = None, today: Ints | None = None
) -> list[Finding]:
    """Say what cannot be, whatever the plan.

    Parameters
    ----------
    atoms : Atoms
    wish : Wish
    locked : array of (n,) bool, optional
        Buildings of grids that stay as they are.
    today : array of (n,), optional
        Grid of each building now: with `locked` it says how many grids stay, and so how many of
        `Wish.count` are left.

    Returns
    -------
    list of Finding
        Buildings over the ceiling first, then compounds, parts and the number of grids.

    Raises
    ------
    InputError
        If the numbers make no sense.
    """
    check(atoms, wish)
    free = np.ones(len(atoms), dtype=bool) if locked is None else ~np.asarray(locked, dtype=bool)
    if not free.any() or not atoms.households[free].any():
        return []
    parts = free_parts(atoms, free)
    findings = [*_buildings(atoms, wish, free), *_compounds(atoms, wish, free)]
    for part in parts:
        findings += _part(part, atoms.households[part], wish)
    kept = 0 if today is None else len(np.unique(np.asarray(today)[~free]))
    return findings + _count(atoms, parts, wish, kept)


def free_parts(atoms: Atoms, free: Bools) -> list[Ints]:
    """Return the positions of each connected part of the free atoms."""
    label = pieces(atoms, free.astype(np.int64))
    return [np.flatnonzero(label == part) for part in np.unique(label[free])]


def check(atoms: Atoms, wish: Wish) -> None:
    """Refuse numbers that make no sense."""
    for values in (atoms.households, atoms.load, atoms.area_m2):
        bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
        if bad.size:
            raise InputError(
                N_("Building {building} has {value}: a number from 0 is needed."),
                building=int(bad[0]),
                value=float(values[bad[0]]),
            )
    if not 0 <= wish.floor <= wish.ceiling < math.inf or wish.ceiling == 0:
        raise InputError(
            N_("{floor} to {ceiling} households is no range."),
            floor=wish.floor,
            ceiling=wish.ceiling,
        )
    if wish.count is not None and wish.count < 1:
        raise InputError(N_("There must be at least one grid."))
    if not 0 <= wish.stay_close <= 1:
        raise InputError(N_("How close to stay is a number from 0 to 1."))


def possible(households: float, wish: Wish) -> tuple[int, int]:
    """Return the least and the most grids that keep within the band; least > most: none does."""
    least = math.ceil(households / wish.ceiling - _ROUNDING)
    if wish.floor == 0:
        return least, max(least, int(households))
    return least, math.floor(households / wish.floor + _ROUNDING)


def best_count(households: Floats, wish: Wish) -> int:
    """Choose a number of grids for a part: in the band if that can be, near its middle.

    A building over the ceiling is a grid of its own, so it is counted apart.
    """
    over = households > wish.ceiling
    rest = float(households[~over].sum())
    alone = int(over.sum())
    least, most = possible(rest, wish)
    if least <= most:
        return max(1, alone + min(max(round(rest / wish.middle), least), most))
    if most == 0:
        return max(1, alone)
    fewer, more = rest - most * wish.ceiling, least * wish.floor - rest
    return alone + (most if fewer <= more else least)


def _buildings(atoms: Atoms, wish: Wish, free: Bools) -> Iterator[Finding]:
    for building in np.flatnonzero(free & (atoms.households > wish.ceiling)).tolist():
        households = float(atoms.households[building])
        params = {
            "building": building,
            "households": plain(households),
            "ceiling": plain(wish.ceiling),
        }
        yield Finding(
            "building_over_ceiling", np.array([building]), households, BUILDING_OVER, params
        )


def _compounds(atoms: Atoms, wish: Wish, free: Bools) -> Iterator[Finding]:
    member = np.flatnonzero(free & (atoms.compound >= 0))
    if not wish.keep_together or member.size == 0:
        return
    names, place = np.unique(atoms.compound[member], return_inverse=True)
    total = np.bincount(place, atoms.households[member], minlength=len(names))
    for row in np.flatnonzero(total > wish.ceiling).tolist():
        params = {
            "households": plain(total[row]),
            "ceiling": plain(wish.ceiling),
            "grids": math.ceil(total[row] / wish.ceiling),
        }
        yield Finding(
            "compound_over_ceiling", member[place == row], float(total[row]), COMPOUND_OVER, params
        )


def _part(part: Ints, households: Floats, wish: Wish) -> Iterator[Finding]:
    total = float(households.sum())
    params = {
        "buildings": len(part),
        "households": plain(total),
        "floor": plain(wish.floor),
        "ceiling": plain(wish.ceiling),
    }
    least, most = possible(total, wish)
    if total == 0:
        yield Finding("no_households", part, total, PART_EMPTY, params)
    elif total < wish.floor:
        yield Finding("part_below_floor", part, total, PART_BELOW, params)
    elif least > most:
        counts = {"fewer": most, "more": least}
        yield Finding("part_between", part, total, PART_BETWEEN, params | counts)


def _count(atoms: Atoms, parts: list[Ints], wish: Wish, kept: int) -> list[Finding]:
    """Say when the wanted number of grids cannot be; `kept` ones are locked."""
    if wish.count is None:
        return []
    peopled = [part for part in parts if atoms.households[part].any()]
    everybody = np.concatenate(peopled)
    ranges = [possible(float(atoms.households[part].sum()), wish) for part in peopled]
    least, most = (
        kept + sum(low for low, _high in ranges),
        kept + sum(high for _low, high in ranges),
    )
    params = {
        "count": wish.count,
        "least": least,
        "most": most,
        "parts": len(peopled),
        "floor": plain(wish.floor),
        "ceiling": plain(wish.ceiling),
    }
    cases = (
        ("parts_over_count", PARTS_OVER_COUNT, kept + len(peopled) > wish.count),
        ("count_too_low", COUNT_LOW, wish.count < least),
        ("count_too_high", COUNT_HIGH, wish.count > most),
    )
    households = float(atoms.households[everybody].sum())
    return [
        Finding(kind, everybody, households, message_id, params)
        for kind, message_id, holds in cases
        if holds
    ]


def plain(number: float) -> float | int:
    """Write whole numbers without a point."""
    return int(number) if float(number).is_integer() else round(float(number), 1)
