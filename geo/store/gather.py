"""Gathering what the figures need: rows become arrays whose keys are positions, not ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa

from geo import crs
from geo.coverage import nearest_m
from geo.norms import NORMS, Norm, in_force
from geo.schema import (
    CARE_CLASSES,
    ELDERLY_SERVICE_KINDS,
    HOUSEHOLD_STATES,
    OPEN_TICKET_STATES,
    TICKET_STATES,
)
from geo.store.arrays import NEVER_DAY, positions, read_arrays, read_rows
from geo.workload import CARE, visit_days

Positions = npt.NDArray[np.int64]

STATES = tuple(HOUSEHOLD_STATES)
HOUSEHOLD = ("resident", "rented", "vacant")
OCCUPIED = ("resident", "rented")


@dataclass(frozen=True)
class Selection:
    """The communities a refresh is about.

    Attributes
    ----------
    communities
        DataFrame of id, street_id, code, as_of; one row each, ascending id.
    everything
        Whether these are all communities there are, so that no query needs a filter.
    """

    communities: pd.DataFrame
    everything: bool

    @property
    def ids(self) -> list[int]:
        """Ids of the communities."""
        return [int(value) for value in self.communities["id"]]

    @property
    def streets(self) -> list[int]:
        """Ids of their streets, ascending."""
        return sorted({int(value) for value in self.communities["street_id"]})

    @property
    def filter(self) -> dict[str, object]:
        """What the queries are told."""
        return {"everything": self.everything, "communities": self.ids}


@dataclass(frozen=True)
class Gathered:
    """Frames of one selection. ``building`` and ``community`` are positions (-1: none of ours).

    Attributes
    ----------
    buildings
        id, community, lon, lat and the counts of ``building_summary``, and elderly_near.
    households
        Occupied dwellings: building, visit_days.
    visits
        Oldest first: building, household (position in `households` or -1), at_us.
    links
        Of occupied dwellings: building, since_day, until_day.
    members
        building, community.
    tickets
        building, community, reported_us, due_us, closed_us, open, state, class, h3_10, lon, lat.
    """

    buildings: pd.DataFrame
    households: pd.DataFrame
    visits: pd.DataFrame
    links: pd.DataFrame
    members: pd.DataFrame
    tickets: pd.DataFrame

    def split(self, street: Positions) -> list[Gathered]:
        """Split by street, so that each can be counted to its own cut-off.

        Parameters
        ----------
        street
            Position of each community's street.
        """
        count = int(street.max(initial=-1)) + 1
        if count <= 1:
            return [self] * count
        return [self._of(street == wanted) for wanted in range(count)]

    def _of(self, chosen: npt.NDArray[np.bool_]) -> Gathered:
        """Keep the rows of some communities; positions of buildings stay as they are."""
        home = self.buildings["community"].to_numpy()
        ours = np.append(chosen[home], False)
        parts = {
            name: frame[ours[frame["building"].to_numpy()]]
            for name, frame in self._by_building().items()
        }
        kept = np.full(len(self.households) + 1, -1)
        kept[np.flatnonzero(ours[self.households["building"].to_numpy()])] = np.arange(
            len(parts["households"])
        )
        parts["visits"] = parts["visits"].assign(
            household=kept[parts["visits"]["household"].to_numpy()]
        )
        return replace(
            self,
            members=self.members[chosen[self.members["community"].to_numpy()]],
            tickets=self.tickets[chosen[self.tickets["community"].to_numpy()]],
            **parts,
        )

    def _by_building(self) -> dict[str, pd.DataFrame]:
        names = ("households", "visits", "links")
        return {
            field.name: getattr(self, field.name) for field in fields(self) if field.name in names
        }


def read_norms(connection: sa.Connection) -> dict[int, dict[str, Norm]]:
    """Return the norms in force; key 0 for everybody, else the community that has its own."""
    changed: dict[int, dict[str, Norm]] = {}
    for row in read_rows(connection, "compute/norms").to_dict("records"):
        key = row["key"]
        if key in NORMS:
            owner = 0 if pd.isna(row["community_id"]) else int(row["community_id"])
            own = replace(NORMS[key], low=_bound(row["low"]), high=_bound(row["high"]))
            changed.setdefault(owner, {})[key] = own
    general = in_force(changed.pop(0, None))
    return {0: general, **{owner: {**general, **own} for owner, own in changed.items()}}


def _bound(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def gather(connection: sa.Connection, selection: Selection, today: Mapping[int, int]) -> Gathered:
    """Read what the figures of a selection need.

    Parameters
    ----------
    connection
        In the transaction of the refresh.
    selection
        Which communities.
    today
        For each street, the ordinal of the last day of its data: ages are counted on it.
    """
    asked = selection.filter
    buildings = read_arrays(
        connection,
        "compute/buildings",
        {"id": "int8", "community_id": "int8", "lon": "float8", "lat": "float8"},
        **asked,
    )
    ids = selection.communities["id"].to_numpy(np.int64)
    buildings["community"] = positions(ids, buildings["community_id"].to_numpy())
    homes = _homes(connection, buildings, asked)
    days = selection.communities["street_id"].map(today).to_numpy(np.int64)
    people = _people(connection, homes, days[buildings["community"].to_numpy()], asked)
    linked = _links(connection, homes, asked)
    members = _members(connection, homes, buildings, ids, asked)
    summary = _summary(connection, buildings, homes, people, linked, members, asked)
    norms = read_norms(connection)
    buildings = buildings.assign(
        **summary, elderly_near=_near(connection, selection, buildings, summary["age60"], norms)
    )
    households = _households(homes, people, buildings, ids, norms)
    return Gathered(
        buildings,
        households,
        _visits(connection, homes, asked),
        linked,
        members,
        _tickets(connection, buildings, ids, asked),
    )


def _homes(
    connection: sa.Connection, buildings: pd.DataFrame, asked: dict[str, object]
) -> pd.DataFrame:
    """Return all dwellings: id, building, state (position in `STATES`), occupied (or -1)."""
    homes = read_arrays(
        connection,
        "compute/households",
        {"id": "int8", "building_id": "int8", "state": "int2"},
        states=list(STATES),
        **asked,
    )
    building = positions(buildings["id"].to_numpy(), homes["building_id"].to_numpy())
    state = homes["state"].to_numpy() - 1
    known = building >= 0
    building, state = building[known], state[known]
    lived_in = np.isin(state, [STATES.index(name) for name in OCCUPIED])
    rank = np.where(lived_in, np.cumsum(lived_in) - 1, -1)
    return pd.DataFrame(
        {
            "id": homes["id"].to_numpy()[known],
            "building": building,
            "state": state,
            "occupied": rank,
        }
    )


def _at(homes: pd.DataFrame, household_id: npt.NDArray[np.int64], column: str) -> Positions:
    """Return a column of the dwellings for each household id, -1 where there is none."""
    place = positions(homes["id"].to_numpy(), household_id)
    return np.append(homes[column].to_numpy(), -1)[place]


def _people(
    connection: sa.Connection, homes: pd.DataFrame, day: Positions, asked: dict[str, object]
) -> pd.DataFrame:
    """Return everybody: home (position), building, age60, age80, alone, care (0: none)."""
    people = read_arrays(
        connection,
        "compute/residents",
        {"household_id": "int8", "birth_day": "date", "alone": "bool", "care": "int2"},
        care=list(CARE_CLASSES),
        **asked,
    )
    home = positions(homes["id"].to_numpy(), people["household_id"].to_numpy())
    people, home = people[home >= 0], home[home >= 0]
    building = homes["building"].to_numpy()[home]
    birth, today = people["birth_day"].to_numpy(), day[building]
    return pd.DataFrame(
        {
            "home": home,
            "building": building,
            "age60": birth <= _years_before(today, 60),
            "age80": birth <= _years_before(today, 80),
            "alone": people["alone"].to_numpy(),
            "care": people["care"].to_numpy(),
        }
    )


def _years_before(ordinals: Positions, years: int) -> Positions:
    """Return the birth days of those whose birthday of so many years is that day.

    On 28 February of a common year, people born on 29 February are not yet a year older.
    """
    unique, back = np.unique(ordinals, return_inverse=True)
    past = [_year_before(int(ordinal), years) for ordinal in unique]
    return np.array(past, dtype=np.int64)[back]


def _year_before(ordinal: int, years: int) -> int:
    day = pd.Timestamp.fromordinal(ordinal)
    return int((day - pd.DateOffset(years=years)).toordinal())


def _links(
    connection: sa.Connection, homes: pd.DataFrame, asked: dict[str, object]
) -> pd.DataFrame:
    links = read_arrays(
        connection,
        "compute/links",
        {"household_id": "int8", "since_day": "date", "until_day": "date"},
        **asked,
    )
    household_id = links["household_id"].to_numpy()
    links["building"] = _at(homes, household_id, "building")
    return links[_at(homes, household_id, "occupied") >= 0]


def _members(
    connection: sa.Connection,
    homes: pd.DataFrame,
    buildings: pd.DataFrame,
    ids: Positions,
    asked: dict[str, object],
) -> pd.DataFrame:
    members = read_arrays(
        connection,
        "compute/party_members",
        {"community_id": "int8", "household_id": "int8"},
        **asked,
    )
    community = positions(ids, members["community_id"].to_numpy())
    building = _at(homes, members["household_id"].to_numpy(), "building")
    return pd.DataFrame({"building": _own(building, community, buildings), "community": community})


def _own(building: Positions, community: Positions, buildings: pd.DataFrame) -> Positions:
    """Forget buildings of another community: a row counts for the community that keeps it."""
    home = np.append(buildings["community"].to_numpy(), -1)
    return np.where(home[building] == community, building, -1)


def _summary(
    connection: sa.Connection,
    buildings: pd.DataFrame,
    homes: pd.DataFrame,
    people: pd.DataFrame,
    links: pd.DataFrame,
    members: pd.DataFrame,
    asked: dict[str, object],
) -> dict[str, Positions]:
    """Count per building: the columns of ``building_summary``."""
    size = len(buildings)

    def count(building: npt.NDArray[Any]) -> Positions:
        return np.bincount(building[building >= 0], minlength=size)

    building, state = homes["building"].to_numpy(), homes["state"].to_numpy()
    by_state = {f"state_{name}": count(building[state == i]) for i, name in enumerate(STATES)}
    where, age60 = people["building"].to_numpy(), people["age60"].to_numpy()
    care = people["care"].to_numpy()
    active = links[links["until_day"] >= NEVER_DAY]
    party = read_arrays(connection, "compute/party_households", {"household_id": "int8"}, **asked)
    units = read_arrays(connection, "compute/units", {"building_id": "int8"}, **asked)
    return {
        "households": np.sum([by_state[f"state_{name}"] for name in HOUSEHOLD], axis=0),
        **by_state,
        "residents": count(where),
        "age60": count(where[age60]),
        "age80": count(where[people["age80"].to_numpy()]),
        "alone60": count(where[age60 & people["alone"].to_numpy()]),
        # As the map's points: a class of care is one of the old, whatever a register says.
        **{f"care_{name}": count(where[age60 & (care == i + 1)]) for i, name in enumerate(CARE)},
        "party_members": count(members["building"].to_numpy()),
        "party_households": count(_at(homes, party["household_id"].to_numpy(), "building")),
        "contact_linked": count(active["building"].to_numpy()),
        "units": count(positions(buildings["id"].to_numpy(), units["building_id"].to_numpy())),
    }


def _households(
    homes: pd.DataFrame,
    people: pd.DataFrame,
    buildings: pd.DataFrame,
    ids: Positions,
    norms: Mapping[int, Mapping[str, Norm]],
) -> pd.DataFrame:
    """Return the occupied dwellings and how often each is due for a visit."""
    lived_in = homes["occupied"].to_numpy() >= 0
    care, home = people["care"].to_numpy(), people["home"].to_numpy()
    cared = {
        name: np.bincount(home[care == i + 1], minlength=len(homes))[lived_in]
        for i, name in enumerate(CARE)
    }
    building = homes["building"].to_numpy()[lived_in]
    days = visit_days(cared, norms[0])
    for owner in norms.keys() - {0}:
        own = ids[buildings["community"].to_numpy()[building]] == owner
        days = np.where(own, visit_days(cared, norms[owner]), days)
    return pd.DataFrame({"building": building, "visit_days": days})


def _visits(
    connection: sa.Connection, homes: pd.DataFrame, asked: dict[str, object]
) -> pd.DataFrame:
    visits = read_arrays(
        connection, "compute/visits", {"household_id": "int8", "at_us": "instant"}, **asked
    )
    household_id, at = visits["household_id"].to_numpy(), visits["at_us"].to_numpy()
    place = positions(homes["id"].to_numpy(), household_id)
    order = np.argsort(at, kind="stable")
    order = order[place[order] >= 0]
    return pd.DataFrame(
        {
            "building": homes["building"].to_numpy()[place[order]],
            "household": homes["occupied"].to_numpy()[place[order]],
            "at_us": at[order],
        }
    )


def _tickets(
    connection: sa.Connection, buildings: pd.DataFrame, ids: Positions, asked: dict[str, object]
) -> pd.DataFrame:
    classes = list(read_rows(connection, "compute/ticket_classes")["class_code"])
    columns = {
        "community_id": "int8",
        "building_id": "int8",
        "reported_us": "instant",
        "due_us": "instant",
        "closed_us": "instant",
        "state": "int2",
        "class": "int2",
        "h3_10": "int8",
        "lon": "float8",
        "lat": "float8",
    }
    tickets = read_arrays(
        connection, "compute/tickets", columns, states=list(TICKET_STATES), classes=classes, **asked
    )
    state = tickets["state"].to_numpy() - 1
    opened = [list(TICKET_STATES).index(name) for name in OPEN_TICKET_STATES]
    community = positions(ids, tickets["community_id"].to_numpy())
    building = positions(buildings["id"].to_numpy(), tickets["building_id"].to_numpy())
    return tickets.assign(
        state=state,
        open=np.isin(state, opened),
        building=_own(building, community, buildings),
        community=community,
    )


def _near(
    connection: sa.Connection,
    selection: Selection,
    buildings: pd.DataFrame,
    age60: Positions,
    norms: Mapping[int, Mapping[str, Norm]],
) -> Positions:
    """Count residents of 60 or more whose building reaches an elderly service of its street."""
    services = read_facilities(connection, selection.streets)
    services = services[services["elderly"]]
    community = buildings["community"].to_numpy()
    street = selection.communities["street_id"].to_numpy(np.int64)[community]
    straight_m = np.full(len(buildings), np.inf)
    for name in np.unique(street):
        own = np.flatnonzero(street == name)
        straight_m[own] = _straight_m(buildings.iloc[own], services[services["street_id"] == name])
    in_norm = [norms.get(owner, norms[0]) for owner in selection.ids]
    reach_m = np.array([one["elderly_service_reach_m"].value for one in in_norm])
    detour = np.array([one["detour"].value for one in in_norm])
    near = straight_m * detour[community] <= reach_m[community]
    return np.where(near, age60, 0)


def _straight_m(buildings: pd.DataFrame, services: pd.DataFrame) -> npt.NDArray[np.float64]:
    metres = crs.metric_crs(float(buildings["lon"].mean()), float(buildings["lat"].mean()))
    return nearest_m(_metric(buildings, metres), _metric(services, metres))


def _metric(places: pd.DataFrame, metres: pyproj.CRS) -> npt.NDArray[np.float64]:
    points = shapely.points(places["lon"].to_numpy(), places["lat"].to_numpy())
    return np.asarray(shapely.get_coordinates(crs.to_metric(points, metres)))


def read_facilities(connection: sa.Connection, streets: list[int]) -> pd.DataFrame:
    """Return the facilities of some streets: street_id, elderly, lon, lat."""
    return read_arrays(
        connection,
        "compute/facilities",
        {"street_id": "int8", "elderly": "bool", "lon": "float8", "lat": "float8"},
        kinds=list(ELDERLY_SERVICE_KINDS),
        streets=streets,
    )
