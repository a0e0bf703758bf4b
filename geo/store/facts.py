"""From gathered frames to `geo.facts.Facts`: which area every row counts in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.facts import Facts
from geo.store import surroundings
from geo.store.arrays import positions
from geo.store.gather import Gathered

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Areas:
    """The areas of one street under one set of plans.

    First come the grids, then one *rest* for each community: what is in no grid of the plan in
    force. So grids and rests together are exactly the communities.

    Attributes
    ----------
    grids
        DataFrame of id, plan_id, community_id; ascending id.
    communities
        Ids, ascending.
    plans
        Plan of each community, -1 for none.
    """

    grids: pd.DataFrame
    communities: Positions
    plans: Positions

    @property
    def size(self) -> int:
        """Number of grids and rests."""
        return len(self.grids) + len(self.communities)

    @cached_property
    def community(self) -> Positions:
        """Position of the community of each area."""
        of_grid = positions(self.communities, self.grids["community_id"].to_numpy(np.int64))
        return np.append(of_grid, np.arange(len(self.communities)))


@dataclass(frozen=True)
class Plans:
    """What belongs to the plans of a selection.

    Attributes
    ----------
    plans
        id, community_id, effective_from, effective_to; oldest first.
    grids
        id, plan_id, community_id; ascending id.
    assignments
        plan_id, building (position), grid_id.
    roles
        staff, grid_id, from_day, to_day.
    shapes
        id (of the grid), geom.
    """

    plans: pd.DataFrame
    grids: pd.DataFrame
    assignments: pd.DataFrame
    roles: pd.DataFrame
    shapes: pd.DataFrame

    def in_force(self, communities: Positions, day: date) -> Positions:
        """Return each community's plan in force on a day, -1 for one that never had a plan.

        Where none was, the next one stands in (before the first plan began, a year's figures are
        shown by the first plan's grids), else the last one there was.
        """
        chosen = [self._in_force(int(community), day) for community in communities]
        return np.array(chosen, dtype=np.int64)

    def _in_force(self, community: int, day: date) -> int:
        own = self._terms.get(community, [])
        now = [plan for plan, start, end in own if start <= day and (end is None or end > day)]
        later = [plan for plan, start, _end in own if start > day]
        return (now[-1:] or later[:1] or [plan for plan, *_term in own[-1:]] or [-1])[0]

    @cached_property
    def _terms(self) -> dict[int, list[tuple[int, date, date | None]]]:
        """The plans of each community with the days they began and ended, oldest first."""
        terms: dict[int, list[tuple[int, date, date | None]]] = {}
        for row in self.plans.to_dict("records"):
            end = None if pd.isna(row["effective_to"]) else row["effective_to"]
            terms.setdefault(int(row["community_id"]), []).append(
                (int(row["id"]), row["effective_from"], end)
            )
        return terms


def facts_of(
    gathered: Gathered, plans: Plans, areas: Areas, ours: Positions, *, full: bool = True
) -> Facts:
    """Say in which area every row counts.

    Parameters
    ----------
    gathered
        The frames of one street.
    plans
        At least the plans of `areas`.
    areas
        Where to count.
    ours
        Position of each community of the selection among ``areas.communities``, -1 elsewhere.
    full
        Also what is only known as it is now: greens, ways round, who could keep contact.
    """
    grids = len(areas.grids)
    rest = np.where(ours >= 0, grids + ours, -1)
    home = rest[gathered.buildings["community"].to_numpy()]
    assigned = plans.assignments[plans.assignments["plan_id"].isin(areas.plans)]
    at = assigned["building"].to_numpy()
    grid_ids = areas.grids["id"].to_numpy(np.int64)
    place = positions(grid_ids, assigned["grid_id"].to_numpy())
    inside = (at >= 0) & (place >= 0)
    home[at[inside]] = place[inside]
    # One more entry, reached by the position -1, for rows without a building.
    home = np.append(home, -1)

    def by_building(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(area=home[frame["building"].to_numpy()])

    def or_rest(frame: pd.DataFrame) -> pd.DataFrame:
        area = home[frame["building"].to_numpy()]
        return frame.assign(area=np.where(area < 0, rest[frame["community"].to_numpy()], area))

    places = _places(plans, areas, ours)
    buildings = gathered.buildings.assign(area=home[:-1])
    if full:
        contact = surroundings.contacts(gathered, places, home[:-1])
        buildings = pd.concat([buildings, contact], axis=1)
    return Facts(
        size=areas.size,
        community=areas.community,
        norms=[gathered.norms[place.position] for place in places],
        buildings=buildings[buildings["area"] >= 0],
        members=or_rest(gathered.members),
        tickets=_in_grids(or_rest(gathered.tickets), plans, areas),
        households=by_building(gathered.households),
        visits=by_building(gathered.visits),
        links=by_building(gathered.links),
        roles=_roles(plans.roles, areas),
        stock=surroundings.stock(gathered, places),
        ground=surroundings.ground(gathered, places, home[:-1], full=full),
    )


def _places(plans: Plans, areas: Areas, ours: Positions) -> list[surroundings.Place]:
    """Say of each community of `areas` which of the areas are its own."""
    ids = areas.grids["id"].to_numpy(np.int64)
    row = positions(plans.shapes["id"].to_numpy(np.int64), ids)
    shapes = np.append(plans.shapes["geom"].to_numpy(), [None])[row]
    community = areas.community[: len(ids)]
    selected = np.flatnonzero(ours >= 0)
    position = dict(zip(ours[selected].tolist(), selected.tolist(), strict=True))
    return [
        surroundings.Place(
            position[place],
            np.flatnonzero(community == place),
            len(ids) + place,
            shapes[community == place],
        )
        for place in range(len(areas.communities))
    ]


def _roles(roles: pd.DataFrame, areas: Areas) -> pd.DataFrame:
    """Place roles on grids; somebody who works for two communities is one person in each."""
    area = positions(areas.grids["id"].to_numpy(np.int64), roles["grid_id"].to_numpy())
    placed = roles.assign(area=area)[area >= 0]
    community = areas.community[placed["area"].to_numpy()]
    person = placed["staff"].to_numpy() * len(areas.communities) + community
    return placed.assign(staff=person)


def _in_grids(tickets: pd.DataFrame, plans: Plans, areas: Areas) -> pd.DataFrame:
    """Put tickets without a building into the grid whose polygon holds their point.

    On a common border the grid with the smaller id takes the ticket.
    """
    lon, lat = tickets["lon"].to_numpy(), tickets["lat"].to_numpy()
    loose = np.flatnonzero(np.isfinite(lon))
    grid = positions(areas.grids["id"].to_numpy(np.int64), plans.shapes["id"].to_numpy(np.int64))
    shaped = grid >= 0
    if loose.size == 0 or not shaped.any():
        return tickets
    tree = shapely.STRtree(plans.shapes["geom"].to_numpy()[shaped])
    point, shape = tree.query(shapely.points(lon[loose], lat[loose]), predicate="intersects")
    area = tickets["area"].to_numpy().copy()
    row, found = loose[point], grid[shaped][shape]
    same = areas.community[found] == areas.community[area[row]]
    row, found = row[same], found[same]
    order = np.argsort(-found, kind="stable")
    area[row[order]] = found[order]
    return tickets.assign(area=area)


STOCK = {"bins": "bin", "lights": "light", "car_parks": "car_park"}
"""The subjects that are facilities of one kind."""


def presence(facts: Facts, areas: Areas, *, facilities: bool) -> dict[str, npt.NDArray[np.bool_]]:
    """Tell for each subject which communities have any data of it."""
    count = len(areas.communities)
    community = areas.community
    stock, green = facts.stock, facts.ground["green_m2"].to_numpy() > 0

    def has(area: pd.Series) -> npt.NDArray[np.bool_]:
        return np.bincount(community[area.to_numpy()], minlength=count) > 0

    buildings = facts.buildings
    return {
        "households": has(buildings[_dwellings(buildings) > 0]["area"]),
        "residents": has(buildings[buildings["residents"] > 0]["area"]),
        "party_members": has(facts.members["area"]),
        "tickets": has(facts.tickets["area"]),
        "visits": has(facts.visits["area"]),
        "facilities": np.full(count, facilities),
        "roles": has(facts.roles["area"]),
        "party_households": has(buildings[buildings["party_households"] > 0]["area"]),
        "grids": has(areas.grids.index.to_series()),
        "green": np.bincount(community[green], minlength=count) > 0,
        **{name: has(stock[stock["kind"] == kind]["area"]) for name, kind in STOCK.items()},
    }


def _dwellings(buildings: pd.DataFrame) -> pd.Series:
    return buildings["households"] + buildings["state_shop"]
