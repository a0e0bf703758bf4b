"""What stands on the papers of a grid plan: plain facts, gathered by whoever calls.

Nothing here asks a database, a page or a clock. Shapes are EPSG:4326; `geo.papers` projects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from geo.errors import N_

Shape = Any
"""A shapely geometry; shapely ships no types."""

CHANGES = {
    "kept": N_("Kept"),
    "changed": N_("Re-cut"),
    "new": N_("New"),
}
"""What became of a grid against the previous plan."""

SIDES = {"east": N_("East"), "south": N_("South"), "west": N_("West"), "north": N_("North")}
"""The four bounds (四至), in the order papers give them."""

SERIAL_DIGITS = 3
"""The last digits of a grid code tell the grids of one community apart."""


@dataclass(frozen=True)
class Person:
    """Somebody with a role on a grid.

    Attributes
    ----------
    role
        Key of `geo.schema.GRID_ROLES`.
    name
        As it is to be printed.
    """

    role: str
    name: str


@dataclass(frozen=True)
class GridSheet:
    """One grid: a row of the register and a page of the drawings.

    Attributes
    ----------
    code, name, sub_district
        15 digits; the name; the area inside the community it lies in, or empty.
    shape : MultiPolygon
        EPSG:4326; empty where the grid has none yet.
    buildings, households, residents, age60, age80, party_members
        Counts; households are resident, rented and vacant dwellings, shops apart.
    dwellings
        Number of dwellings by key of `geo.schema.HOUSEHOLD_STATES`.
    area_m2
        Square metres.
    staff
        Everybody with a role on the grid.
    bounds
        ``east``, ``south``, ``west``, ``north`` to words (四至); a side that is missing is
        described by the neighbours the shapes show.
    former
        Codes of the grids of the previous plan it came from.
    change
        Key of `CHANGES`.
    note
        Remarks, such as the signed reason of an exception.
    """

    code: str
    name: str
    sub_district: str
    shape: Shape
    buildings: int
    households: int
    residents: int
    age60: int
    age80: int
    party_members: int
    dwellings: Mapping[str, int]
    area_m2: float
    staff: tuple[Person, ...] = ()
    bounds: Mapping[str, str] = field(default_factory=dict)
    former: tuple[str, ...] = ()
    change: str = "kept"
    note: str = ""

    @property
    def serial(self) -> str:
        """The last three digits of the code."""
        return self.code[-SERIAL_DIGITS:]


@dataclass(frozen=True)
class Outline:
    """A building.

    Attributes
    ----------
    id, number, compound
        Our number; the number on the wall and the compound it stands in, either may be empty.
    shape : Polygon or MultiPolygon
        Footprint, EPSG:4326.
    grid
        Position of its grid in `PlanPaper.grids`; -1 for none.
    households
        Resident, rented and vacant dwellings.
    dominant
        Most frequent key of `geo.schema.HOUSEHOLD_STATES`, or ``none``.
    """

    id: int
    number: str
    shape: Shape
    grid: int
    households: int
    dominant: str
    compound: str


@dataclass(frozen=True)
class PlanPaper:
    """A grid plan as it is filed.

    Attributes
    ----------
    street, community, community_code, plan
        Names, and the 12-digit code.
    state
        Key of `geo.schema.PLAN_STATES`.
    effective_from
        First day the plan holds; None while nobody has said.
    as_of
        Data cut-off; times with a zone are printed in Shanghai time, others as they are.
    made_at, made_by
        When and by whom the paper was made; an empty name is filled in by hand.
    boundary : MultiPolygon or None
        Of the community, EPSG:4326.
    grids
        In the order of their codes.
    buildings
        All of the community, with a grid or without.
    ground
        Kind (of `geo.schema.GROUND_KINDS`), name and geometry (EPSG:4326) of roads, greens, waters
        and compounds.
    retired
        Code and name of the previous plan's grids that end.
    attribution
        What the sources of the data want to be said, one a line.
    schematic
        Whether ground or boundaries are drawn for illustration; the paper says so.
    """

    street: str
    community: str
    community_code: str
    plan: str
    state: str
    effective_from: date | None
    as_of: datetime | None
    made_at: datetime
    made_by: str
    boundary: Shape | None
    grids: tuple[GridSheet, ...]
    buildings: tuple[Outline, ...]
    ground: tuple[tuple[str, str, Shape], ...]
    retired: tuple[tuple[str, str], ...] = ()
    attribution: str = ""
    schematic: bool = False

    @property
    def counted(self) -> bool:
        """Whether dwellings are on record; without them nobody knows how many people there are."""
        return any(any(sheet.dwellings.values()) or sheet.households for sheet in self.grids)
