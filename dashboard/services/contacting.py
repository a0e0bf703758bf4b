"""Party contact of a community: who is served, who could be, where one more helps; two nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Community, Scope
from geo import contact, crs, nets
from geo.cases import project
from geo.contact import Addition, Assignment, Homes, Hosts
from geo.nets import NOWHERE, Members, Nets, Organisations
from geo.network import Ways
from geo.norms import Norm
from geo.store import contact_rows, queries
from geo.store.arrays import positions
from geo.store.contact_rows import Records
from geo.store.gather import read_norms
from geo.store.ways import read_ways

Integers = npt.NDArray[np.int64]

BEST = 10
"""How many buildings are listed where one more party household would help most."""


@dataclass(frozen=True)
class Contacting:
    """Party contact of a community. Buildings, grids and organisations are positions.

    Attributes
    ----------
    capacity, floor
        Most households a party household looks after, and fewest.
    reach_m
        How far away at most.
    by_network
        Whether ways are along a network, else straight line × detour.
    buildings
        id, compound, number, name, lon, lat, grid (position in `grids`, -1), and households:
        occupied = linked + hosting + assignable + no_capacity + out_of_reach; hosts (party
        households), below (of them, those under the floor), links (that they keep), taken (that
        they would take on besides), members (comparable), apart (of them).
    grids
        Grids of the plan in force: id, code, name.
    links, plan
        Between buildings: host, home, households; recorded, and what would be added.
    best
        Where one more party household would help most; ``building`` is a position.
    organisations
        id, parent (position, -1), level, name, grid (position, -1), duty (the same, else of the
        next one above that has it), depth, and with all below it: own, signed_up, hosts, served.
        In the order of a tree.
    members
        organisation (position, -1), building (position, -1).
    nets
        The two nets against each other.
    """

    community: Community
    norms: dict[str, Norm]
    capacity: int
    floor: float
    reach_m: float
    by_network: bool
    buildings: pd.DataFrame
    grids: pd.DataFrame
    links: pd.DataFrame
    plan: pd.DataFrame
    best: tuple[Addition, ...]
    organisations: pd.DataFrame
    members: pd.DataFrame
    nets: Nets

    @property
    def any_party(self) -> bool:
        """Whether there is anything of the party on record."""
        return bool(len(self.members) or self.buildings["hosts"].sum())

    def building(self, building_id: int | None) -> int | None:
        """Return the position of a building."""
        return _place(self.buildings, building_id)

    def organisation(self, organisation_id: int | None) -> int | None:
        """Return the position of an organisation."""
        return _place(self.organisations, organisation_id)


def _place(frame: pd.DataFrame, wanted: int | None) -> int | None:
    ids = frame["id"].tolist()
    return ids.index(wanted) if wanted in ids else None


def contacting(scope: Scope) -> Contacting | None:
    """Return the party contact of a community; None for a whole street."""
    if scope.community is None:
        return None
    return _contacting(scope.edition, scope.community.id, scope)


@st.cache_data(max_entries=64, show_spinner=False)
def _contacting(edition: Edition, community_id: int, _scope: Scope) -> Contacting:
    with reading() as connection:
        return read(connection, _scope, _the_one(_scope))


def _the_one(scope: Scope) -> Community:
    """Return the community of a scope that has one.

    Raises
    ------
    ValueError
        If it is a whole street.
    """
    if scope.community is None:
        message = "party contact is read by community"
        raise ValueError(message)
    return scope.community


def read(connection: Connection, scope: Scope, community: Community) -> Contacting:
    """Read and work out what `contacting` keeps."""
    norms = read_norms(connection)
    own = norms.get(community.id, norms[0])
    records = contact_rows.read(connection, viewer(), community.id)
    grids = pd.DataFrame(
        queries.grids(connection, viewer(), scope.plan_ids), columns=["id", "code", "name"]
    )
    places = records.buildings
    metres = crs.metric_crs(*_middle(places))
    ways = read_ways(connection, scope.street.id, own, metres)
    homes, hosts = groups(records, project(places, metres), _ceiling(own["party_contact"]))
    return worked_out(community, own, records, grids, (homes, hosts, ways))


def _middle(places: pd.DataFrame) -> tuple[float, float]:
    if places.empty:
        return 116.4, 39.9
    return float(places["lon"].mean()), float(places["lat"].mean())


def groups(records: Records, xy: npt.NDArray[np.float64], capacity: int) -> tuple[Homes, Hosts]:
    """Return homes and hosts as the analysis wants them; buildings are positions."""
    free = (capacity - records.hosts["links"]).clip(lower=0)
    hosts = records.hosts.assign(free=free).groupby(["building", "unit_id"], as_index=False).sum()
    return (
        Homes(
            **_common(records.buildings, xy, records.homes), waiting=_ints(records.homes, "waiting")
        ),
        Hosts(**_common(records.buildings, xy, hosts), free=_ints(hosts, "free")),
    )


def _ints(rows: pd.DataFrame, column: str) -> Integers:
    return rows[column].to_numpy(np.int64)


def _common(buildings: pd.DataFrame, xy: npt.NDArray[np.float64], rows: pd.DataFrame) -> Any:
    at = _ints(rows, "building")

    def known(values: Integers) -> Integers:
        return np.where(values == 0, -1, values)

    return {
        "building": at,
        "unit": known(_ints(rows, "unit_id")),
        "xy": xy[at],
        "grid": known(_ints(buildings, "grid_id")[at]),
        "sub_district": known(_ints(buildings, "sub_district_id")[at]),
    }


def worked_out(
    community: Community,
    norms: dict[str, Norm],
    records: Records,
    grids: pd.DataFrame,
    asked: tuple[Homes, Hosts, Ways],
) -> Contacting:
    """Work out what `contacting` keeps.

    Parameters
    ----------
    grids
        Of the plan in force: id, code, name.
    asked
        What `groups` returns of the records, and how one walks.
    """
    norm, reach_m = norms["party_contact"], norms["contact_reach_m"].value
    homes, hosts, ways = asked
    capacity, floor = _ceiling(norm), norm.low or 0.0
    found = contact.assign(homes, hosts, ways, reach_m=reach_m)
    best = contact.best_hosts(
        homes, hosts, ways, found, capacity=capacity, reach_m=reach_m, count=BEST
    )
    grid = _grid_of(records.buildings, grids)
    tree = _in_order(records.organisations, grids)
    party = Organisations(
        _ints(tree, "parent"), _ints(tree, "grid"), (tree["level"] == "grid_branch").to_numpy()
    )
    people = _people(records.members, tree, grid)
    compared = nets.compare(party, people, len(grids))
    at = _ints(records.members, "building")
    buildings = _counted(records, floor, (homes, hosts, found))
    return Contacting(
        community=community,
        norms=norms,
        capacity=capacity,
        floor=floor,
        reach_m=reach_m,
        by_network=ways.by_network,
        buildings=buildings.assign(
            grid=grid,
            members=_total(at[compared.comparable], None, len(grid)),
            apart=_total(at[compared.apart], None, len(grid)),
        ),
        grids=grids,
        links=records.links[["host", "home", "households"]],
        plan=_between(found, homes, hosts),
        best=tuple(best),
        organisations=pd.concat(
            [tree.assign(duty=_works_in(party)), nets.tree(party, people)], axis=1
        ),
        members=pd.DataFrame({"organisation": people.organisation, "building": at}),
        nets=compared,
    )


def _ceiling(norm: Norm) -> int:
    """Return the most households a party household looks after."""
    return round(norm.high or norm.value)


def _total(where: Integers, amount: Integers | None, size: int) -> Integers:
    return np.bincount(where, amount, minlength=size).astype(np.int64)


def _counted(
    records: Records, floor: float, planned: tuple[Homes, Hosts, Assignment]
) -> pd.DataFrame:
    """Count households and party households by building."""
    homes, hosts, found = planned
    here, size = records.buildings, len(records.buildings)
    at, keeping = _ints(records.homes, "building"), _ints(records.hosts, "building")
    links = _ints(records.hosts, "links")
    counts = {
        name: _total(at, _ints(records.homes, name), size)
        for name in ("occupied", "linked", "hosting")
    }
    planned_counts = {
        name: _total(homes.building, getattr(found, name), size)
        for name in ("assignable", "no_capacity", "out_of_reach")
    }
    return here[["id", "compound", "number", "name", "lon", "lat"]].assign(
        **counts,
        **planned_counts,
        hosts=_total(keeping, None, size),
        below=_total(keeping[links < floor], None, size),
        links=_total(keeping, links, size),
        taken=_total(hosts.building, found.taken, size),
    )


def _between(found: Assignment, homes: Homes, hosts: Hosts) -> pd.DataFrame:
    """Sum a plan between buildings: host, home, households, metres."""
    rows = pd.DataFrame(
        {
            "host": hosts.building[found.arcs.host],
            "home": homes.building[found.arcs.home],
            "households": found.arcs.households,
            "metres": found.arcs.metres,
        }
    )
    # Between two buildings it is always as far.
    between = rows.groupby(["host", "home"], as_index=False)
    return between.agg({"households": "sum", "metres": "first"})


def _grid_of(rows: pd.DataFrame, grids: pd.DataFrame) -> Integers:
    """Return the position of each row's grid among those in force; -1 for none."""
    return _upon(_ints(grids, "id"), _ints(rows, "grid_id"))


def _upon(ids: Integers, wanted: Integers) -> Integers:
    """Return where each wanted id stands in ids of any order; -1 where it does not."""
    order = ids.argsort()
    return np.append(order, NOWHERE)[positions(ids[order], wanted)]


# -------------------------------------------------------------------------------- the party's net


def _in_order(organisations: pd.DataFrame, grids: pd.DataFrame) -> pd.DataFrame:
    """Return organisations as a tree is read: id, parent, level, name, grid, depth.

    Those that are each other's parents, in a circle, belong to no tree and are left out.
    """
    rows = organisations
    below: dict[int, list[int]] = {}
    for one, parent in zip(rows["id"].tolist(), rows["parent_id"].tolist(), strict=True):
        below.setdefault(parent, []).append(one)
    known = set(rows["id"])
    roots = rows[~rows["parent_id"].isin(known)]
    order: list[tuple[int, int]] = []
    waiting = [(int(one), 0) for one in roots["id"][::-1]]
    while waiting:
        one, depth = waiting.pop()
        order.append((one, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(one, []))]
    ids = np.array([one for one, _depth in order], dtype=np.int64)
    kept = rows.set_index("id").loc[ids]
    return pd.DataFrame(
        {
            "id": ids,
            "parent": _upon(ids, _ints(kept, "parent_id")),
            "level": kept["level"].to_numpy(),
            "name": kept["name"].to_numpy(),
            "grid": _grid_of(kept, grids),
            "depth": [depth for _one, depth in order],
        }
    )


def _works_in(party: Organisations) -> Integers:
    return np.append(party.grid, NOWHERE)[nets.holders(party)]


def _people(members: pd.DataFrame, tree: pd.DataFrame, grid: Integers) -> Members:
    at = _ints(members, "building")
    return Members(
        organisation=_upon(_ints(tree, "id"), _ints(members, "organisation_id")),
        lives=at >= 0,
        grid=np.append(grid, NOWHERE)[at],
        signed_up=members["signed_up"].to_numpy(bool),
        host=members["host"].to_numpy(bool),
        served=_ints(members, "served"),
    )
