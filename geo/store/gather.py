"""Gathering what the figures need: rows become arrays whose keys are positions, not ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import sqlalchemy as sa

from geo import crs
from geo.cases import project
from geo.network import StraightLine, Ways
from geo.norms import NORMS, Norm, in_force
from geo.schema import (
    CARE_CLASSES,
    FACILITY_KINDS,
    HOUSEHOLD_STATES,
    OPEN_TICKET_STATES,
    TICKET_STATES,
)
from geo.store import reach
from geo.store.arrays import NEVER_DAY, positions, read_arrays, read_rows, read_shapes
from geo.store.ways import read_ways
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
class Ground:
    """How one walks in a street: coordinates are metres in the CRS."""

    ways: Ways
    metres: pyproj.CRS


@dataclass(frozen=True)
class Gathered:
    """Frames of one selection. ``building`` and ``community`` are positions (-1: none of ours).

    Attributes
    ----------
    buildings
        id, community, sub_district_id, lon, lat, x, y (metres, CRS of the street), the counts of
        ``building_summary``, elderly_near and circle_near (see `geo.facts.Facts`).
    households
        Occupied dwellings: building, unit_id (0: none), visit_days, waiting (neither in contact
        with a party household nor one).
    hosts
        Party households: building, unit_id, links (households in contact now).
    visits
        Oldest first: building, household (position in `households` or -1), at_us.
    links
        Of occupied dwellings: building, since_day, until_day.
    members
        building, community.
    tickets
        building, community, reported_us, due_us, closed_us, open, patrol, repeat, state, class,
        h3_10, lon, lat.
    facilities
        Of the streets: street_id, community, kind (position in ``FACILITY_KINDS``), lon, lat.
    greens
        community, geom (EPSG:4326).
    boundaries
        community, geom (EPSG:4326).
    grounds
        How one walks in each community, by position; None where there are no buildings.
    norms
        In force in each community, by position.
    """

    buildings: pd.DataFrame
    households: pd.DataFrame
    visits: pd.DataFrame
    links: pd.DataFrame
    members: pd.DataFrame
    tickets: pd.DataFrame
    hosts: pd.DataFrame
    facilities: pd.DataFrame
    greens: pd.DataFrame
    boundaries: pd.DataFrame
    grounds: Sequence[Ground | None]
    norms: Sequence[Mapping[str, Norm]]

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
            facilities=self._near_by(self.facilities, chosen),
            greens=self._near_by(self.greens, chosen),
            boundaries=self._near_by(self.boundaries, chosen),
            members=self.members[chosen[self.members["community"].to_numpy()]],
            tickets=self.tickets[chosen[self.tickets["community"].to_numpy()]],
            **parts,
        )

    @staticmethod
    def _near_by(frame: pd.DataFrame, chosen: npt.NDArray[np.bool_]) -> pd.DataFrame:
        kept: pd.DataFrame = frame[np.append(chosen, False)[frame["community"].to_numpy()]]
        return kept

    def _by_building(self) -> dict[str, pd.DataFrame]:
        names = ("households", "visits", "links", "hosts")
        return {
            field.name: getattr(self, field.name) for field in fields(self) if field.name in names
        }


def read_norms(
    connection: sa.Connection, asked: Mapping[str, object] | None = None
) -> dict[int, dict[str, Norm]]:
    """Return the norms in force; key 0 for everybody, else the community that has its own.

    Parameters
    ----------
    asked
        `Selection.filter`: whose own ones; None for those of all.
    """
    changed: dict[int, dict[str, Norm]] = {}
    rows = read_rows(connection, "compute/norms", **(asked or {"everything": True}))
    for row in rows.to_dict("records"):
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
    ids = selection.communities["id"].to_numpy(np.int64)
    buildings = _buildings(connection, ids, asked)
    homes = _homes(connection, buildings, asked)
    days = selection.communities["street_id"].map(today).to_numpy(np.int64)
    people = _people(connection, homes, days[buildings["community"].to_numpy()], asked)
    linked = _links(connection, homes, asked)
    members = _members(connection, homes, buildings, ids, asked)
    hosts = _hosts(connection, homes, asked)
    hosting = np.bincount(hosts["building"].to_numpy(), minlength=len(buildings))
    summary = _summary(connection, buildings, homes, people, linked, members, asked)
    norms = read_norms(connection, asked)
    here = [norms.get(owner, norms[0]) for owner in selection.ids]
    facilities = read_facilities(connection, selection)
    counted = buildings.assign(**summary, party_households=hosting)
    grounds = _grounds(connection, selection, buildings, here)
    return Gathered(
        buildings=_placed(counted, selection, grounds, facilities, here),
        households=_households(homes, people, linked, hosts, buildings, here),
        visits=_visits(connection, homes, asked),
        links=linked,
        members=members,
        tickets=_tickets(connection, buildings, ids, asked),
        hosts=hosts,
        facilities=facilities,
        greens=_shapes(connection, "compute/greens", "community_id", ids, asked),
        boundaries=_shapes(
            connection, "compute/boundaries", "id", ids, {"communities": selection.ids}
        ),
        grounds=grounds,
        norms=here,
    )


def _buildings(connection: sa.Connection, ids: Positions, asked: dict[str, object]) -> pd.DataFrame:
    columns = {
        "id": "int8",
        "community_id": "int8",
        "sub_district_id": "int8",
        "lon": "float8",
        "lat": "float8",
    }
    buildings = read_arrays(connection, "compute/buildings", columns, **asked)
    return buildings.assign(community=positions(ids, buildings["community_id"].to_numpy()))


def _shapes(
    connection: sa.Connection, name: str, owner: str, ids: Positions, asked: dict[str, object]
) -> pd.DataFrame:
    shapes = read_shapes(connection, name, **asked)
    community = positions(ids, shapes[owner].to_numpy(np.int64))
    return pd.DataFrame({"community": community, "geom": shapes["geom"]})


def _grounds(
    connection: sa.Connection,
    selection: Selection,
    buildings: pd.DataFrame,
    norms: Sequence[Mapping[str, Norm]],
) -> list[Ground | None]:
    """Return how one walks in each community; None where there are no buildings.

    A street's network is one for all its communities; where there is none, each has its own detour.
    """
    grounds: list[Ground | None] = []
    networks: dict[int, Ground] = {}
    community = buildings["community"].to_numpy()
    lon, lat = buildings["lon"].to_numpy(), buildings["lat"].to_numpy()
    for place, street_id in enumerate(selection.communities["street_id"].to_numpy(np.int64)):
        own = np.flatnonzero(community == place)
        if street_id not in networks and own.size:
            metres = crs.metric_crs(float(lon[own].mean()), float(lat[own].mean()))
            ways = read_ways(connection, int(street_id), norms[place], metres)
            networks[street_id] = Ground(ways, metres)
        ground = networks.get(street_id) if own.size else None
        if ground is not None and not ground.ways.by_network:
            ground = Ground(StraightLine(norms[place]["detour"].value), ground.metres)
        grounds.append(ground)
    return grounds


def _placed(
    buildings: pd.DataFrame,
    selection: Selection,
    grounds: Sequence[Ground | None],
    facilities: pd.DataFrame,
    norms: Sequence[Mapping[str, Norm]],
) -> pd.DataFrame:
    """Add where each building is in metres, and who there reaches what."""
    xy = np.zeros((len(buildings), 2))
    near, circle = np.zeros(len(buildings), dtype=bool), np.zeros(len(buildings), dtype=bool)
    community = buildings["community"].to_numpy()
    street = selection.communities["street_id"].to_numpy(np.int64)
    for place, ground in enumerate(grounds):
        own = np.flatnonzero(community == place)
        if ground is None:
            continue
        xy[own] = project(buildings.iloc[own], ground.metres)
        there = facilities[facilities["street_id"] == street[place]]
        walk_m = reach.walks(xy[own], there, ground.ways, ground.metres)
        near[own] = reach.near_elderly_service(walk_m, norms[place])
        circle[own] = reach.in_circle(walk_m, norms[place])
    return buildings.assign(
        x=xy[:, 0],
        y=xy[:, 1],
        elderly_near=np.where(near, buildings["age60"], 0),
        circle_near=np.where(circle, buildings["residents"], 0),
    )


def _homes(
    connection: sa.Connection, buildings: pd.DataFrame, asked: dict[str, object]
) -> pd.DataFrame:
    """Return all dwellings: id, building, unit_id, state (in `STATES`), occupied (or -1)."""
    homes = read_arrays(
        connection,
        "compute/households",
        {"id": "int8", "building_id": "int8", "unit_id": "int8", "state": "int2"},
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
            "unit_id": homes["unit_id"].to_numpy()[known],
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
    """Return everybody: home (position), building, age60, age80, child, alone, care (0: none)."""
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
            "child": birth > _years_before(today, 15),
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
    links["household"] = _at(homes, household_id, "occupied")
    return links[links["household"] >= 0]


def _hosts(
    connection: sa.Connection, homes: pd.DataFrame, asked: dict[str, object]
) -> pd.DataFrame:
    """Return the party households: building, unit_id, household (occupied, or -1), links."""
    found = read_arrays(
        connection, "compute/party_households", {"household_id": "int8", "links": "int8"}, **asked
    )
    household_id = found["household_id"].to_numpy()
    return pd.DataFrame(
        {
            "building": _at(homes, household_id, "building"),
            "unit_id": _at(homes, household_id, "unit_id"),
            "household": _at(homes, household_id, "occupied"),
            "links": found["links"],
        }
    )


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
    units = read_arrays(connection, "compute/units", {"building_id": "int8"}, **asked)
    return {
        "households": np.sum([by_state[f"state_{name}"] for name in HOUSEHOLD], axis=0),
        **by_state,
        "residents": count(where),
        "age60": count(where[age60]),
        "age80": count(where[people["age80"].to_numpy()]),
        "alone60": count(where[age60 & people["alone"].to_numpy()]),
        "children": count(where[people["child"].to_numpy()]),
        # As the map's points: a class of care is one of the old, whatever a register says.
        **{f"care_{name}": count(where[age60 & (care == i + 1)]) for i, name in enumerate(CARE)},
        "party_members": count(members["building"].to_numpy()),
        "contact_linked": count(active["building"].to_numpy()),
        "units": count(positions(buildings["id"].to_numpy(), units["building_id"].to_numpy())),
    }


def _households(
    homes: pd.DataFrame,
    people: pd.DataFrame,
    links: pd.DataFrame,
    hosts: pd.DataFrame,
    buildings: pd.DataFrame,
    norms: Sequence[Mapping[str, Norm]],
) -> pd.DataFrame:
    """Return the occupied dwellings, how often each is due for a visit, and who waits for contact.

    A household waits unless it has an active link or is a party household itself.
    """
    lived_in = homes["occupied"].to_numpy() >= 0
    care, home = people["care"].to_numpy(), people["home"].to_numpy()
    cared = {
        name: np.bincount(home[care == i + 1], minlength=len(homes))[lived_in]
        for i, name in enumerate(CARE)
    }
    building = homes["building"].to_numpy()[lived_in]
    community, days = buildings["community"].to_numpy()[building], np.zeros(len(building), int)
    # Most communities share one table of norms.
    tables = {id(table): table for table in norms}
    table_of = np.array([[*tables].index(id(table)) for table in norms], dtype=np.int64)
    for number, table in enumerate(tables.values()):
        own = table_of[community] == number
        days[own] = visit_days({name: count[own] for name, count in cared.items()}, table)
    waiting = np.ones(len(building) + 1, dtype=bool)
    waiting[links["household"].to_numpy()[links["until_day"].to_numpy() >= NEVER_DAY]] = False
    waiting[hosts["household"].to_numpy()] = False
    return pd.DataFrame(
        {
            "building": building,
            "unit_id": homes["unit_id"].to_numpy()[lived_in],
            "visit_days": days,
            "waiting": waiting[:-1],
        }
    )


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
        "patrol": "bool",
        "repeat": "bool",
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


def read_facilities(connection: sa.Connection, selection: Selection) -> pd.DataFrame:
    """Return the facilities of a selection's streets: street_id, community, kind, lon, lat."""
    columns = {
        "street_id": "int8",
        "community_id": "int8",
        "kind": "int2",
        "lon": "float8",
        "lat": "float8",
    }
    found = read_arrays(
        connection,
        "compute/facilities",
        columns,
        kinds=list(FACILITY_KINDS),
        streets=selection.streets,
    )
    ids = selection.communities["id"].to_numpy(np.int64)
    return found.assign(
        kind=found["kind"] - 1, community=positions(ids, found["community_id"].to_numpy())
    )
