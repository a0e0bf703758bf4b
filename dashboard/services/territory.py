"""Which streets and communities there are, and which of them a page is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import streamlit as st

from dashboard.services.base import Edition, edition, reading, viewer
from dashboard.state import WHOLE_STREET, PageState
from geo.store import queries

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Street:
    """A street office."""

    id: int
    code: str
    name: str
    place: str
    as_of: datetime | None
    households: int


@dataclass(frozen=True)
class Community:
    """A community with the plan in force, if there is one."""

    id: int
    code: str
    name: str
    as_of: datetime | None
    plan_id: int | None
    plan_name: str | None
    plan_from: date | None


@dataclass(frozen=True)
class Scope:
    """What a page is about.

    Attributes
    ----------
    streets
        Every street the viewer may see.
    communities
        The communities of the chosen street that the viewer may see.
    community
        The chosen one, or None for the whole street.
    bounds
        West, south, east, north of what is shown, degrees; None where nothing has a place.
    attributions
        What must be said where this is shown: whom the imported data is from.
    """

    edition: Edition
    streets: tuple[Street, ...]
    street: Street
    communities: tuple[Community, ...]
    community: Community | None
    bounds: Bounds | None
    attributions: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[Community, ...]:
        """The communities that are shown."""
        return (self.community,) if self.community else self.communities

    @property
    def community_ids(self) -> tuple[int, ...]:
        """Their ids."""
        return tuple(community.id for community in self.shown)

    @property
    def plan_ids(self) -> tuple[int, ...]:
        """The plans in force there."""
        return tuple(item.plan_id for item in self.shown if item.plan_id is not None)

    @cached_property
    def as_of(self) -> datetime | None:
        """The data cut-off of the street, else of its communities."""
        own = (self.community and self.community.as_of) or self.street.as_of
        return own or max((c.as_of for c in self.communities if c.as_of), default=None)


@st.cache_data(max_entries=64, show_spinner=False)
def _streets(edition: Edition) -> tuple[Street, ...]:
    with reading() as connection:
        found = queries.streets(connection, viewer())
    names = ("id", "code", "name", "place", "as_of", "households")
    return tuple(Street(**{name: row[name] for name in names}) for row in found)


@st.cache_data(max_entries=256, show_spinner=False)
def _communities(edition: Edition, street_id: int) -> tuple[Community, ...]:
    with reading() as connection:
        found = queries.communities(connection, viewer(), street_id)
    names = ("id", "code", "name", "as_of", "plan_id", "plan_name", "plan_from")
    return tuple(Community(**{name: row[name] for name in names}) for row in found)


@st.cache_data(max_entries=256, show_spinner=False)
def _bounds(edition: Edition, community_ids: tuple[int, ...]) -> Bounds | None:
    with reading() as connection:
        return queries.bounds(connection, viewer(), community_ids)


@st.cache_data(max_entries=256, show_spinner=False)
def _attributions(
    edition: Edition, community_ids: tuple[int, ...], street_id: int
) -> tuple[str, ...]:
    with reading() as connection:
        return tuple(queries.attributions(connection, viewer(), community_ids, street_id))


def _chosen_street(streets: tuple[Street, ...], code: str | None) -> Street:
    """Return the street with a code; without one, that with the most households."""
    named = next((street for street in streets if street.code == code), None)
    return named or max(streets, key=lambda street: street.households)


def _chosen_community(communities: tuple[Community, ...], code: str | None) -> Community | None:
    """Return the community with a code; a street's only community goes without saying."""
    if len(communities) == 1:
        return communities[0]
    if code == WHOLE_STREET:
        return None
    return next((item for item in communities if item.code == code), None)


def resolve(state: PageState) -> Scope | None:
    """Find what the URL speaks of; what is not there, or not for this viewer, is left out.

    Returns
    -------
    Scope or None
        None where there is no community at all yet.
    """
    now = edition()
    streets = _streets(now)
    if not streets:
        return None
    by_community = state.community[:9] if state.community and state.community != "all" else None
    street = _chosen_street(streets, state.street or by_community)
    communities = _communities(now, street.id)
    community = _chosen_community(communities, state.community)
    ids = (community.id,) if community else tuple(item.id for item in communities)
    bounds, attributions = _bounds(now, ids), _attributions(now, ids, street.id)
    return Scope(now, streets, street, communities, community, bounds, attributions)
