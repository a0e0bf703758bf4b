"""What was clicked, and what there is to say about it: counts, states and times; never a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import streamlit as st
from sqlalchemy import Connection

from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Scope
from dashboard.state import PICKABLE, PageState
from geo.layers import read_filters
from geo.periods import Period
from geo.schema import HOUSEHOLD_STATES
from geo.store import cards
from geo.store.access import Viewer
from geo.store.identify import BUILDING_FIRST_ZOOM, Hit, identify

USUAL_ZOOM = 16.0
"""Taken where a click does not say how close it was made."""


class Place(NamedTuple):
    """A place on the map, degrees, and the display zoom it is looked at with."""

    lon: float
    lat: float
    zoom: float


@dataclass(frozen=True)
class Thing:
    """A clicked thing.

    Attributes
    ----------
    layer, id
        Which one.
    facts
        Its columns, see `geo.store.cards`.
    parts
        What it consists of: units of a building, floors of a unit, steps of a ticket.
    signs
        Tickets of the period by sign; only of buildings.
    """

    layer: str
    id: int
    facts: dict[str, Any]
    parts: tuple[dict[str, Any], ...] = ()
    signs: dict[str, int] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, int]:
        """Its dwellings by state."""
        prefix = "state_" if self.layer == "building" else ""
        return {state: self.facts.get(prefix + state) or 0 for state in HOUSEHOLD_STATES}

    @property
    def point(self) -> tuple[float, float] | None:
        """Longitude and latitude, where known."""
        lon, lat = self.facts.get("lon"), self.facts.get("lat")
        return None if lon is None or lat is None else (lon, lat)


_CARDS: dict[str, Callable[[Connection, Viewer, int], dict[str, Any] | None]] = {
    "building": cards.building_card,
    "unit": cards.unit_card,
    "ticket": cards.ticket_card,
    "facility": cards.facility_card,
    "elderly": cards.elderly_card,
    "party_household": cards.party_card,
}
_PARTS: dict[str, Callable[[Connection, Viewer, int], list[dict[str, Any]]]] = {
    "building": cards.building_units,
    "unit": cards.unit_floors,
    "ticket": cards.ticket_steps,
}


@st.cache_data(max_entries=512, show_spinner=False)
def thing(edition: Edition, layer: str, thing_id: int, period: Period) -> Thing | None:
    """Read what there is to say about a thing; None where it is not there or not to be seen."""
    who = viewer()
    with reading() as connection:
        facts = _CARDS[layer](connection, who, thing_id)
        if facts is None:
            return None
        parts = _PARTS[layer](connection, who, thing_id) if layer in _PARTS else []
        signs = (
            cards.building_tickets(connection, who, thing_id, period) if layer == "building" else {}
        )
    return Thing(layer, thing_id, facts, tuple(parts), signs)


def chosen(scope: Scope, asked: PageState, period: Period) -> Thing | None:
    """Return the thing the URL speaks of, if it is there and inside what is shown."""
    if asked.pick is None:
        return None
    found = thing(scope.edition, *asked.pick, period)
    here = found is not None and found.facts["community_id"] in {None, *scope.community_ids}
    return found if here else None


class Meaning(NamedTuple):
    """What a click means: a grid's code and a thing as ``(layer, id)``; both empty for nothing."""

    grid: str | None = None
    pick: tuple[str, int] | None = None


def at(scope: Scope, asked: PageState, place: Place, filters: Mapping[str, str]) -> Meaning:
    """Find what was clicked, among what is drawn there.

    A point is meant before anything else. Far out a click means the grid; a click close up, or a
    second one into the chosen grid, means the building.

    Parameters
    ----------
    place
        Where, and at which display zoom.
    filters
        The map's filters: what they hide cannot be clicked.
    """
    known = read_filters({**filters, "community": ",".join(map(str, scope.community_ids))})
    layers = ["grid", "building", *(layer for layer in asked.layers if layer in PICKABLE)]
    with reading() as connection:
        hits = identify(connection, viewer(), place.lon, place.lat, place.zoom, layers, known)
    return _meaning(hits, asked, place.zoom)


def _meaning(hits: list[Hit], asked: PageState, zoom: float) -> Meaning:
    grid = next((str(hit.properties["code"]) for hit in hits if hit.layer == "grid"), None)
    things = [hit for hit in hits if hit.layer in PICKABLE and hit.layer != "building"]
    if not things and (zoom >= BUILDING_FIRST_ZOOM or grid is None or grid == asked.grid):
        things = [hit for hit in hits if hit.layer == "building"]
    return Meaning(grid, (things[0].layer, things[0].id) if things else None)
