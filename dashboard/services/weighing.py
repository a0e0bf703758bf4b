"""What load is judged by: the norms in force, with sources and history; and who works where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from dashboard.services.base import Edition, reading, viewer, writing
from dashboard.services.registry import NormInForce, merge
from dashboard.services.territory import Scope
from geo.errors import N_, InputError, NotAllowedError
from geo.norms import NORMS
from geo.periods import local_day
from geo.store import norm_rows, queries, staffing_rows
from geo.store.access import require_planner
from geo.store.norm_rows import Change

__all__ = ["Change", "Person"]

Norms = Mapping[str, NormInForce]


@dataclass(frozen=True)
class Person:
    """Somebody who leads or works grids; nobody's name.

    Attributes
    ----------
    number
        Tells the people of a community apart, from 1.
    leads
        Whether they lead any of their grids.
    grids
        Ids, by code.
    """

    community_id: int
    number: int
    leads: bool
    grids: tuple[int, ...]


# ------------------------------------------------------------------------------- reading norms


@st.cache_data(max_entries=64, show_spinner=False)
def _norms(edition: Edition, community_ids: tuple[int, ...]) -> dict[int, dict[str, NormInForce]]:
    with reading() as connection:
        found = {one: queries.norms(connection, one) for one in community_ids}
    by_key = {one: {row["key"]: row for row in listed} for one, listed in found.items()}
    return {
        one: {key: merge(norm, listed.get(key)) for key, norm in NORMS.items()}
        for one, listed in by_key.items()
    }


def norms(scope: Scope) -> dict[int, dict[str, NormInForce]]:
    """Return the norms in force, with their sources, of each community shown."""
    return _norms(scope.edition, scope.community_ids)


@st.cache_data(max_entries=64, show_spinner=False)
def _general(edition: Edition) -> dict[str, NormInForce]:
    with reading() as connection:
        rows = {row["key"]: row for row in queries.norms(connection)}
    return {key: merge(norm, rows.get(key)) for key, norm in NORMS.items()}


def general_norms(scope: Scope) -> dict[str, NormInForce]:
    """Return the norms in force for everybody who has none of their own."""
    return _general(scope.edition)


def history(key: str, community_id: int | None) -> list[Change]:
    """Return a norm's changes that a community has seen, the newest first; None: everybody's."""
    with reading() as connection:
        return norm_rows.history(connection, key, community_id)


# ------------------------------------------------------------------------------ changing norms


def depends(key: str) -> bool:
    """Say whether figures have to be computed anew when a norm changes."""
    return key not in norm_rows.JUDGED_ONLY


def _actor(community_id: int | None) -> str:
    """Return who changes a norm, as the history names them.

    Raises
    ------
    NotAllowedError
        If they may not: whoever plans in a community sets its norms, and who plans everywhere sets
        everybody's.
    """
    who = viewer()
    if community_id is not None:
        require_planner(who, community_id)
    elif who.divisions is not None:
        raise NotAllowedError(N_("You may not change the norms of all communities."))
    else:
        require_planner(who, 0)  # the role alone: they see everything
    return who.name


def set_norm(
    community_id: int | None, key: str, low: float | None, high: float | None, source: str
) -> None:
    """Set a norm and compute anew what depends on it, both or neither.

    Parameters
    ----------
    community_id
        Where it holds; None for every community without one of its own.
    """
    actor = _actor(community_id)
    with writing() as connection:
        norm_rows.wait(connection, key)
        norm_rows.set_norm(connection, community_id, key, (low, high), source=source, actor=actor)
        norm_rows.recompute(connection, community_id, key)


def set_weights(community_id: int | None, weights: Mapping[str, float], source: str) -> None:
    """Set the weights of the composite load that differ from those in force.

    Parameters
    ----------
    weights
        Of every term.

    Raises
    ------
    InputError
        If all are 0, or none differs.
    """
    actor = _actor(community_id)
    if not any(weights.values()):
        raise InputError(N_("At least one weight must be above 0."))
    with writing() as connection:
        held = {row["key"]: row for row in queries.norms(connection, community_id)}
        changed = {
            key: weight
            for term, weight in weights.items()
            for key in [f"weight_{term}"]
            if weight != merge(NORMS[key], held.get(key)).norm.value
        }
        if not changed:
            raise InputError(N_("No weight was changed."))
        for key, weight in changed.items():
            bounds = (weight, None)
            norm_rows.set_norm(connection, community_id, key, bounds, source=source, actor=actor)


def take_back(community_id: int | None, key: str, source: str) -> None:
    """Go back: a community to everybody's norm, everybody to the default."""
    actor = _actor(community_id)
    with writing() as connection:
        norm_rows.wait(connection, key)
        norm_rows.take_back(connection, community_id, key, source=source, actor=actor)
        norm_rows.recompute(connection, community_id, key)


# -------------------------------------------------------------------------------- who works where


@st.cache_data(max_entries=64, show_spinner=False)
def _people(
    edition: Edition, plan_ids: tuple[int, ...], as_of: datetime | None
) -> tuple[Person, ...]:
    if as_of is None:
        return ()
    with reading() as connection:
        rows = staffing_rows.duties(connection, viewer(), plan_ids, local_day(as_of))
    held: dict[tuple[int, int], list[queries.Row]] = {}
    for row in rows:
        held.setdefault((row["community_id"], row["staff_id"]), []).append(row)
    return tuple(_numbered(held))


def _numbered(held: Mapping[tuple[int, int], list[queries.Row]]) -> list[Person]:
    numbers: dict[int, int] = {}
    people = []
    for (community_id, _staff), rows in held.items():
        numbers[community_id] = numbers.get(community_id, 0) + 1
        leads = any(row["role"] == "grid_leader" for row in rows)
        grids = tuple(dict.fromkeys(row["grid_id"] for row in rows))
        people.append(Person(community_id, numbers[community_id], leads, grids))
    return people


def people(scope: Scope) -> tuple[Person, ...]:
    """Return who leads or works the grids shown, on the day the data ends."""
    return _people(scope.edition, scope.plan_ids, scope.as_of)
