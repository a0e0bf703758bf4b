"""Party contact as it is on record: homes, party households, links, organisations and members.

Counts and numbers only: nobody is named, and no door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import sqlalchemy as sa
from sqlalchemy import func, select

from geo.store.access import Viewer
from geo.store.arrays import positions
from geo.store.queries import frame, grids_in_force, seen
from geo.store.tables import (
    building,
    contact_link,
    household,
    party_household,
    party_member,
    party_organisation,
    resident,
)

_OCCUPIED = ("resident", "rented")
_NONE = 0

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Records:
    """What is on record of one community. ``building`` is a position in `buildings`.

    Attributes
    ----------
    buildings
        By id: id, compound, number, name, sub_district_id, grid_id (of the plan in force; 0: none),
        lon, lat.
    homes
        Occupied households by stairwell: building, unit_id (0: none), occupied, linked (with an
        active link), hosting (party households without one), waiting (the rest).
    hosts
        Party households: building, unit_id, links (active ones).
    links
        Active links of occupied households between buildings of the community: host, home
        (positions of their buildings), households.
    organisations
        By id: id, parent_id, level, name, grid_id (0: none).
    members
        organisation_id (0: none), building (-1: none here), signed_up, host, served (households in
        contact with theirs).
    """

    buildings: pd.DataFrame
    homes: pd.DataFrame
    hosts: pd.DataFrame
    links: pd.DataFrame
    organisations: pd.DataFrame
    members: pd.DataFrame


def read(connection: sa.Connection, viewer: Viewer, community_id: int) -> Records:
    """Read what is on record of a community; nothing where the viewer may not see it."""
    here = (building.c.community_id == community_id) & seen(viewer, building.c.community_id)
    buildings = frame(connection, _buildings(here))
    ids = buildings["id"].to_numpy(np.int64)
    own = (party_member.c.community_id == community_id) & seen(viewer, party_member.c.community_id)
    return Records(
        buildings=buildings,
        homes=_placed(frame(connection, _homes(here)), ids),
        hosts=_placed(frame(connection, _hosts(here)), ids),
        links=_between(frame(connection, _links(here)), ids),
        organisations=frame(connection, _organisations(viewer, community_id)),
        members=_placed(frame(connection, _members(own)), ids),
    )


def _placed(rows: pd.DataFrame, ids: Integers, column: str = "building") -> pd.DataFrame:
    """Turn ids of buildings into positions; -1 for those of elsewhere."""
    return rows.assign(**{column: positions(ids, rows[column].to_numpy(np.int64))})


def _between(links: pd.DataFrame, ids: Integers) -> pd.DataFrame:
    placed = _placed(_placed(links, ids, "host"), ids, "home")
    return placed[placed["host"] >= 0].reset_index(drop=True)


def _or_none(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    return func.coalesce(column, _NONE).label(name)


def _buildings(here: sa.ColumnElement[bool]) -> sa.Select[Any]:
    homes = grids_in_force()
    return (
        select(
            *(building.c[name] for name in ("id", "compound", "number", "name")),
            _or_none(building.c.sub_district_id, "sub_district_id"),
            _or_none(homes.c.grid_id, "grid_id"),
            func.ST_X(building.c.anchor).label("lon"),
            func.ST_Y(building.c.anchor).label("lat"),
        )
        .select_from(building.outerjoin(homes, homes.c.building_id == building.c.id))
        .where(here)
        .order_by(building.c.id)
    )


def _homes(here: sa.ColumnElement[bool]) -> sa.Select[Any]:
    linked = contact_link.c.id.is_not(None)
    hosting = party_household.c.id.is_not(None)
    unit_id = _or_none(household.c.unit_id, "unit_id")
    return (
        select(
            household.c.building_id.label("building"),
            unit_id,
            func.count().label("occupied"),
            func.count().filter(linked).label("linked"),
            func.count().filter(hosting & ~linked).label("hosting"),
            func.count().filter(~hosting & ~linked).label("waiting"),
        )
        .select_from(
            household.join(building)
            .outerjoin(party_household, party_household.c.household_id == household.c.id)
            .outerjoin(contact_link, _active(contact_link.c.household_id == household.c.id))
        )
        .where(here, household.c.state.in_(_OCCUPIED))
        .group_by(household.c.building_id, unit_id)
        .order_by(household.c.building_id, unit_id)
    )


def _active(joined: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return joined & contact_link.c.until.is_(None)


def _hosts(here: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        select(
            household.c.building_id.label("building"),
            _or_none(household.c.unit_id, "unit_id"),
            func.count(contact_link.c.id).label("links"),
        )
        .select_from(
            party_household.join(household, household.c.id == party_household.c.household_id)
            .join(building)
            .outerjoin(
                contact_link, _active(contact_link.c.party_household_id == party_household.c.id)
            )
        )
        .where(here)
        .group_by(party_household.c.id, household.c.building_id, household.c.unit_id)
        .order_by(party_household.c.id)
    )


def _links(here: sa.ColumnElement[bool]) -> sa.Select[Any]:
    home = household.alias("home")
    return (
        select(
            household.c.building_id.label("host"),
            home.c.building_id.label("home"),
            func.count().label("households"),
        )
        .select_from(
            contact_link.join(
                party_household, party_household.c.id == contact_link.c.party_household_id
            )
            .join(household, household.c.id == party_household.c.household_id)
            .join(home, home.c.id == contact_link.c.household_id)
            .join(building, building.c.id == home.c.building_id)
        )
        .where(here, contact_link.c.until.is_(None), home.c.state.in_(_OCCUPIED))
        .group_by(household.c.building_id, home.c.building_id)
        .order_by(household.c.building_id, home.c.building_id)
    )


def _organisations(viewer: Viewer, community_id: int) -> sa.Select[Any]:
    one = party_organisation.c
    return (
        select(
            one.id,
            _or_none(one.parent_id, "parent_id"),
            one.level,
            one.name,
            _or_none(one.grid_id, "grid_id"),
        )
        .where(one.community_id == community_id, seen(viewer, one.community_id))
        .order_by(one.id)
    )


def _members(own: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Select members; one may keep several party households."""
    kept = (
        select(
            party_household.c.member_id,
            func.count(contact_link.c.id).label("served"),
        )
        .select_from(
            party_household.outerjoin(
                contact_link, _active(contact_link.c.party_household_id == party_household.c.id)
            )
        )
        .group_by(party_household.c.member_id)
        .subquery("kept")
    )
    return (
        select(
            _or_none(party_member.c.organisation_id, "organisation_id"),
            _or_none(household.c.building_id, "building"),
            (party_member.c.kind == "signed_up").label("signed_up"),
            kept.c.member_id.is_not(None).label("host"),
            func.coalesce(kept.c.served, 0).label("served"),
        )
        .select_from(
            party_member.outerjoin(resident)
            .outerjoin(household, household.c.id == resident.c.household_id)
            .outerjoin(kept, kept.c.member_id == party_member.c.id)
        )
        .where(own)
        .order_by(party_member.c.id)
    )
