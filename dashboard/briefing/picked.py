"""The thing somebody picked on the page, as far as a paper may tell of it.

Its card is the page's, without what is about few people: small numbers, what a total would give
away, who is behind which stairwell, and at whose home a single ticket was.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dashboard import facts, figures
from dashboard.briefing.heaps import Place, held_back, place_of_ticket
from dashboard.briefing.land import Land
from dashboard.facts import Fact
from dashboard.services import things
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.services.things import Thing
from geo import settings
from geo.schema import OPEN_TICKET_STATES
from geo.words import _

PEOPLE: Final[tuple[str, ...]] = (
    *("households", "residents", "age60", "alone60", "party_households", "contact_linked"),
)
"""Counts of a building's or a stairwell's people."""

PARTS: Final = (("residents", "age60"), ("age60", "alone60"))
"""A total, and a part of it that would tell the rest."""

DEPENDS: Final = {"alone60": "age60", "contact_linked": "party_households"}
"""What is told beside another figure, and only with it."""


@dataclass(frozen=True)
class Picked:
    """What a paper shows of a thing.

    Attributes
    ----------
    title, line, rows
        Of its card, as on the page.
    building
        To be outlined.
    point
        To be ringed; longitude and latitude.
    note
        What a dash in the card means; empty where there is none.
    """

    title: str
    line: str
    rows: list[Fact]
    building: int | None
    point: Place | None
    note: str


def picked_of(scope: Scope, picture: Picture, found: Thing, land: Land | None) -> Picked:
    """Say what a paper tells of a thing.

    People of a stairwell are told of by their building: it has more of them.

    Parameters
    ----------
    found
        From `dashboard.services.things.chosen`.
    land
        What the map draws; None where nothing is drawn.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer.
    """
    if found.layer in ("elderly", "party_household"):
        number = int(found.facts["building_id"])
        found = things.thing(scope.edition, "building", number, picture.period) or found
    building = found.id if found.layer == "building" else None
    if found.layer == "unit":
        building = int(found.facts["building_id"])
    known = land is not None and found.layer == "building"
    back = held_back(scope, land, picture.period, found.id) if land and known else frozenset()
    told = _discreet(found, back)
    rows = _rows(picture, told, back)
    hidden = any(figures.MISSING in row.value + row.against for row in rows)
    return Picked(
        title=facts.title(told),
        line="" if found.layer == "ticket" else facts.line(told),
        rows=rows,
        building=building,
        point=_point(scope, found, land),
        note=_dash_means() if hidden and building else "",
    )


def _dash_means() -> str:
    return _(
        "{dash}: unknown, or kept back so that no number below {n} can be worked out.",
        dash=figures.MISSING,
        n=settings.briefings().briefing_fewest,
    )


def _point(scope: Scope, found: Thing, land: Land | None) -> Place | None:
    """Return where to draw a ring; people have none, and a ticket at a home has its group's."""
    if found.layer == "facility":
        return found.point
    if found.layer != "ticket" or land is None or found.point is None:
        return None
    building = found.facts["building_id"]
    if not building:
        return found.point
    return place_of_ticket(scope, land.terrain.crs, building, found.point)


def _small(count: int | None) -> bool:
    return count is not None and 0 < count < settings.briefings().briefing_fewest


def _discreet(found: Thing, back: Collection[str] = ()) -> Thing:
    """Take away the counts that are about few people, and what would give them away.

    Parameters
    ----------
    back
        From `dashboard.briefing.heaps.held_back`.
    """
    row = dict(found.facts)
    kept = {key: None if _small(row.get(key)) else row.get(key) for key in PEOPLE if key in row}
    for total, part in PARTS:
        whole, some = row.get(total), row.get(part)
        if part in kept and whole is not None and some is not None and _small(whole - some):
            kept[part] = None
    kept |= {key: None for key in kept if key in back or DEPENDS.get(key) in back}
    if _small(row.get("households")):
        kept = dict.fromkeys(kept)
    return replace(found, facts={**row, **kept})


def _rows(picture: Picture, told: Thing, back: Collection[str] = ()) -> list[Fact]:
    rows, hidden = facts.of_thing(picture, told), set()
    if told.layer == "unit":
        homes = sum(told.states.values()) - told.states.get("shop", 0)
        hidden = {_("Dwellings"), _("Households")} if _small(homes) else set()
    elif "tickets" in back or _few_tickets(told.signs):
        hidden = {_("Tickets in the period")}
    return [Fact(row.label, figures.MISSING) if row.label in hidden else row for row in rows]


def _few_tickets(signs: Mapping[str, int]) -> bool:
    """Tell whether the numbers of a building's tickets, or their differences, are small."""
    late = signs.get("overdue", 0)
    waiting = sum(signs.get(sign, 0) for sign in OPEN_TICKET_STATES)
    reported = sum(signs.values())
    done = reported - waiting - late
    return any(_small(count) for count in (late, waiting, late + waiting, done))
