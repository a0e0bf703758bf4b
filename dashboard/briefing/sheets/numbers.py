"""How the buildings of a grid are called on its sheet: each by one short mark, none by two.

A building keeps the number people know it by. Where several compounds of a grid count from 1, a
letter stands before the number; what has no number, or one that is taken, gets ``#1``, ``#2``, …,
as one reads: from the north to the south, each row from the west to the east.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

import numpy as np
import pandas as pd

from geo.papers.wording import clean, width_em
from geo.words import _

LONGEST_EM: Final = 3.5
"""A longer number is a name: it does not fit into a building on the map."""

BAND_DEG: Final = 0.0004
"""Height of a row of buildings without numbers: about 45 m."""

_DIGITS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Group:
    """Buildings that stand together in the table.

    Attributes
    ----------
    heading
        Above them; empty where the grid has no other.
    places
        Positions in the grid's buildings, in the order of their numbers.
    """

    heading: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Numbered:
    """The buildings of a grid with their marks.

    Attributes
    ----------
    marks
        On the map and in the table, by position; all different.
    names
        What else a building is called, by position; only of those without a number.
    groups
        Every building once.
    """

    marks: tuple[str, ...]
    names: tuple[str, ...]
    groups: tuple[Group, ...]


def numbered(buildings: pd.DataFrame) -> Numbered:
    """Give each building of a grid its mark.

    Parameters
    ----------
    buildings : DataFrame
        ``compound number name lon lat`` of one grid.
    """
    compounds = [clean(text) for text in buildings["compound"]]
    numbers = [clean(text) for text in buildings["number"]]
    titles = [clean(text) for text in buildings["name"]]
    kept = _kept(compounds, numbers)
    letters = _letters(kept, numbers)
    marks, names = [""] * len(numbers), [""] * len(numbers)
    taken: set[str] = set()
    for compound, places in kept.items():
        for place in places:
            mark = letters[compound] + numbers[place]
            if mark not in taken:
                marks[place] = mark
                taken.add(mark)
    rest = [place for place in _as_one_reads(buildings) if not marks[place]]
    serials = _serials(taken)
    for place in rest:
        marks[place] = next(serials)
        long = numbers[place] if width_em(numbers[place]) > LONGEST_EM else ""
        said = (compounds[place], titles[place], long)
        names[place] = " ".join(dict.fromkeys(part for part in said if part))
    return Numbered(tuple(marks), tuple(names), _groups(kept, letters, marks, rest))


def _as_one_reads(buildings: pd.DataFrame) -> list[int]:
    """Return all positions, row by row from the north-west."""
    band = np.floor(-buildings["lat"].to_numpy(dtype=float) / BAND_DEG)
    order = np.lexsort((buildings["lon"].to_numpy(dtype=float), band))
    return [int(place) for place in order]


def natural(text: str) -> list[tuple[int, int, str]]:
    """Return what sorts 2 before 10: numbers by value, before other text."""
    parts = [part for part in _DIGITS.split(text) if part]
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def _kept(compounds: list[str], numbers: list[str]) -> dict[str, list[int]]:
    """Return the positions of those that keep their number, by compound, each number once."""
    found: dict[str, dict[str, int]] = {}
    for place, (compound, number) in enumerate(zip(compounds, numbers, strict=True)):
        if number and not number.startswith("#") and width_em(number) <= LONGEST_EM:
            found.setdefault(compound, {}).setdefault(number, place)
    return {
        compound: [places[number] for number in sorted(places, key=natural)]
        for compound, places in sorted(found.items(), key=lambda item: natural(item[0]))
    }


def _letters(kept: dict[str, list[int]], numbers: list[str]) -> dict[str, str]:
    """Return what stands before the numbers of each compound; nothing where they differ anyway.

    A compound with more than half of all buildings goes without.
    """
    every = [numbers[place] for places in kept.values() for place in places]
    if len(set(every)) == len(every):
        return dict.fromkeys(kept, "")
    plain = next((key for key, places in kept.items() if 2 * len(places) > len(every)), None)
    letters = _alphabet()
    return {compound: "" if compound == plain else next(letters) for compound in kept}


def _alphabet() -> Iterator[str]:
    """Give A, B, …, Z, AA, AB, …."""
    size = len(ascii_uppercase)
    number = 0
    while True:
        number += 1
        text, left = "", number
        while left:
            left, at = divmod(left - 1, size)
            text = ascii_uppercase[at] + text
        yield text


def _serials(taken: set[str]) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        if f"#{number}" not in taken:
            yield f"#{number}"


def _groups(
    kept: dict[str, list[int]], letters: dict[str, str], marks: list[str], rest: list[int]
) -> tuple[Group, ...]:
    left_over = set(rest)
    groups = [
        Group(
            f"{letters[compound]} {compound or _('Other buildings')}".strip(),
            tuple(place for place in places if place not in left_over),
        )
        for compound, places in kept.items()
    ]
    # The largest first, as its numbers stand alone; the others by their letters.
    groups.sort(key=lambda group: bool(group.places) and marks[group.places[0]][0].isalpha())
    if rest:
        groups.append(Group(_("Without a number of their own"), tuple(rest)))
    groups = [group for group in groups if group.places]
    return tuple(groups) if len(groups) > 1 else tuple(Group("", one.places) for one in groups)
