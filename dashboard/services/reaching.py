"""Who reaches which service on foot, who does not, and where one more would help most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
import streamlit as st
from sqlalchemy import Connection

from dashboard.services.base import Edition, reading, viewer
from dashboard.services.overview import Area
from dashboard.services.territory import Scope
from dashboard.state import MINUTES, PageState
from geo import coverage, crs
from geo.access import Steps, access
from geo.cases import project
from geo.coverage import Reach
from geo.network import Pairs, StraightLine, Ways
from geo.norms import Norm
from geo.schema import COVERED_GROUPS, WALKERS
from geo.sites import Sites, Stock, area_of, best_sites, stock
from geo.store import reach, service_rows
from geo.store.gather import read_norms
from geo.store.ways import read_report, read_ways

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Norms = Mapping[str, Norm]

KINDS = reach.KINDS
"""Of facilities people walk to."""

STOCK = ("bin", "light", "car_park")
"""Kinds that are counted where they stand."""

MOST_SITES = 3

_ZONES = ("walk_5min_m", "walk_10min_m", "walk_15min_m")
"""Norms of the zones in which a facility's places are shared."""

_SITE_SECONDS = 5.0
"""Time to look for sites that are better than those found one after the other."""

_DETOUR_M = 1500.0
"""The network's detour is estimated on ways to facilities up to so long."""


@dataclass(frozen=True)
class Flaw:
    """A place where the walking network does not hang together, degrees.

    Attributes
    ----------
    nodes
        Size of a part that is not joined to the rest; None for a gap between two ends.
    gap_m
        Width of a gap; None for a part.
    """

    lon: float
    lat: float
    nodes: int | None = None
    gap_m: float | None = None


@dataclass(frozen=True)
class Street:
    """What is walked in a street, from all its buildings to all its facilities.

    Attributes
    ----------
    buildings, facilities
        See `geo.store.service_rows`.
    kinds
        Of facilities, one for each column of `walk_m` and `minutes`.
    walk_m
        Way from each building to the nearest facility of each kind, infinite where there is none.
    minutes
        The time each kind should be reached in from each building, 0 where it is not required.
    speeds
        Metres a minute of each of ``geo.schema.WALKERS``, for each building.
    sharing
        Ways from buildings to facilities (positions) within the zones.
    zones
        In which a facility's places are shared.
    by_network
        Whether ways are along a network, else straight line × detour.
    detour
        Walking ÷ straight line: of the network, or as the norm has it.
    by_buildings
        Nobody at all is on record: each building counts as one.
    """

    buildings: pd.DataFrame
    facilities: pd.DataFrame
    kinds: tuple[str, ...]
    walk_m: Floats
    minutes: Floats
    speeds: Mapping[str, Floats]
    sharing: Pairs
    zones: Steps
    by_network: bool
    detour: float
    flaws: tuple[Flaw, ...]
    by_buildings: bool = False

    def column(self, kind: str | None) -> int | None:
        """Return the column of a kind; None for none."""
        return None if kind is None else self.kinds.index(kind)

    def own(self, community_ids: Sequence[int]) -> Positions:
        """Return the positions of the buildings of some communities."""
        return np.flatnonzero(self.buildings["community_id"].isin(community_ids))


def street(scope: Scope) -> Street | None:
    """Return what is walked in the street of a scope; None where it has no buildings."""
    ids = tuple(community.id for community in scope.communities)
    return _street(scope.edition, scope.street.id, ids)


@st.cache_data(max_entries=8, show_spinner=False)
def _street(edition: Edition, street_id: int, community_ids: tuple[int, ...]) -> Street | None:
    with reading() as connection:
        return read(connection, street_id)


@dataclass(frozen=True)
class _Ground:
    """How one walks in each community of a street, and where its buildings are, metres."""

    metres: pyproj.CRS
    places: Floats
    community: Positions
    norms: Mapping[int, Norms]
    ways: Mapping[int, Ways]

    def each(self) -> list[tuple[Norms, Ways, Positions]]:
        """Return each community's norms, ways and buildings (positions)."""
        return [
            (self.norms[one], ways, np.flatnonzero(self.community == one))
            for one, ways in self.ways.items()
        ]


def _ground(connection: Connection, street_id: int, buildings: pd.DataFrame) -> _Ground:
    metres = crs.metric_crs(float(buildings["lon"].mean()), float(buildings["lat"].mean()))
    in_force = read_norms(connection)
    community = buildings["community_id"].to_numpy(np.int64)
    norms = {one: in_force.get(one, in_force[0]) for one in np.unique(community).tolist()}
    found = read_ways(connection, street_id, in_force[0], metres)
    # A network is the same for all; without one each community goes by its own detour.
    ways = {
        one: found if found.by_network else StraightLine(own["detour"].value)
        for one, own in norms.items()
    }
    return _Ground(metres, project(buildings, metres), community, norms, ways)


def read(connection: Connection, street_id: int) -> Street | None:
    """Read what `street` keeps."""
    buildings = service_rows.buildings(connection, viewer(), street_id)
    if buildings.empty:
        return None
    by_buildings = not buildings["residents"].any()
    if by_buildings:
        buildings = buildings.assign(**dict.fromkeys(COVERED_GROUPS, 1))
    ground = _ground(connection, street_id, buildings)
    facilities = service_rows.facilities(connection, street_id)
    there = project(facilities, ground.metres)
    own_norms, ways, _own = ground.each()[0]
    by_network = ways.by_network
    measured = coverage.detour(ways, ground.places, there, _DETOUR_M) if by_network else np.nan
    return Street(
        buildings,
        facilities,
        reach.KINDS,
        **_walked(ground, facilities["kind"].to_numpy(), there),
        sharing=_shared(ground, there),
        zones=_zones(own_norms),
        by_network=by_network,
        by_buildings=by_buildings,
        detour=measured if by_network else own_norms["detour"].value,
        flaws=_flaws(connection, street_id) if by_network else (),
    )


def _flaws(connection: Connection, street_id: int) -> tuple[Flaw, ...]:
    """Read where the network does not hang together: parts by size, then gaps, the narrowest."""
    told = read_report(connection, viewer(), street_id)
    gaps = told.report.get("gaps", []) if told else []
    return (
        *(
            Flaw(row["lon"], row["lat"], nodes=row["nodes"])
            for row in service_rows.islands(connection, street_id)
        ),
        *(Flaw(gap["lon"], gap["lat"], gap_m=gap["gap_m"]) for gap in gaps),
    )


def _walked(ground: _Ground, kind: npt.NDArray[np.object_], there: Floats) -> dict[str, Any]:
    """Measure ways, and say how far they should be: walk_m, minutes, speeds of a `Street`."""
    targets = {name: there[kind == name] for name in reach.KINDS}
    shape = (len(ground.places), len(targets))
    walk_m, minutes = np.full(shape, np.inf), np.zeros(shape)
    speeds = {walker: np.zeros(shape[0]) for walker in WALKERS}
    for norms, ways, own in ground.each():
        walk_m[own] = coverage.walk_table(ways, ground.places[own], targets)
        asked = coverage.required(norms)
        minutes[own] = [asked.get(name, 0.0) for name in targets]
        for walker, speed in speeds.items():
            speed[own] = coverage.speed_m_min(norms, walker)
    return {"walk_m": walk_m, "minutes": minutes, "speeds": speeds}


def _shared(ground: _Ground, there: Floats) -> Pairs:
    found = []
    for norms, ways, own in ground.each():
        pairs = ways.pairs_m(ground.places[own], there, _zones(norms).reach_m)
        found.append(Pairs(own[pairs.origin], pairs.target, pairs.metres))
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _zones(norms: Norms) -> Steps:
    """Return the zones in which a facility's places are shared, with the usual weights."""
    near, middle, far = (norms[key].high or norms[key].value for key in _ZONES)
    return Steps((near, middle, far))


# ------------------------------------------------------------------------------- what is asked


def _numbers(column: pd.Series) -> Positions:
    return np.asarray(column.to_numpy(), dtype=np.int64)


@dataclass(frozen=True)
class Question:
    """Who walks how far to what.

    Attributes
    ----------
    group, walker
        Keys of ``geo.schema.COVERED_GROUPS`` and ``WALKERS``.
    step
        Position in ``geo.coverage.STEPS``.
    kind
        Of facilities; None for all that are required.
    """

    group: str
    walker: str
    step: int
    kind: str | None

    @property
    def minutes(self) -> float:
        """The minutes asked for."""
        return coverage.STEPS[self.step]


def question(asked: PageState) -> Question:
    """Take the question out of the page's state; a kind nobody walks to asks for all."""
    kind = asked.service if asked.service in reach.KINDS else None
    return Question(asked.group, asked.walker, MINUTES.index(asked.minutes), kind)


@dataclass(frozen=True)
class Answer:
    """Who reaches what in the buildings of a scope.

    Attributes
    ----------
    question
        What was asked.
    own
        Positions of its buildings in the street's.
    people
        Of the group, in each of them.
    area
        Position of the area of each; that beyond the last area stands for none.
    reach
        By area, the last one for buildings in none.
    missing
        Required kinds each building does not reach within each step, shape (own, steps).
    walk_m
        Way from each building to each kind, shape (own, kinds).
    speed
        Metres a minute in each building.
    places
        Kinds with places on record: places per person of the group where each building is.
    """

    question: Question
    own: Positions
    people: Floats
    area: Positions
    reach: Reach
    missing: Positions
    walk_m: Floats
    speed: Floats
    places: Mapping[str, Floats]


def answer(found: Street, scope: Scope, areas: Sequence[Area], asked: Question) -> Answer:
    """Count who reaches what.

    Parameters
    ----------
    areas
        Grids, or communities of a whole street.
    """
    own = found.own(scope.community_ids)
    rows, speed = found.buildings.iloc[own], found.speeds[asked.walker][own]
    walk_m, minutes = found.walk_m[own], found.minutes[own]
    place = {area.id: position for position, area in enumerate(areas)}
    key = "grid_id" if scope.community else "community_id"
    area = _numbers(rows[key].map(place).fillna(len(areas)))
    people = rows[asked.group].to_numpy(np.float64)
    return Answer(
        asked,
        own,
        people,
        area,
        coverage.reach(walk_m, people, area, len(areas) + 1, speed=speed, minutes=minutes),
        coverage.missing(walk_m, minutes, speed),
        walk_m,
        speed,
        {kind: shared[own] for kind, shared in _places(found, asked.group).items()},
    )


def _places(found: Street, group: str) -> dict[str, Floats]:
    """Share the places of each kind among all people of a group in the street."""
    if found.by_buildings:
        return {}
    people = found.buildings[group].to_numpy(np.float64)
    capacity = found.facilities["capacity"].to_numpy()
    kind = found.facilities["kind"].to_numpy()
    shared = {}
    for name in found.kinds:
        counted = (kind == name) & (capacity > 0)
        if counted.any():
            places = np.where(counted, capacity, 0.0)
            shared[name] = access(found.sharing, people, places, found.zones).places
    return shared


def beyond(answer: Answer, column: int | None) -> Positions:
    """Return the buildings (positions in ``own``) whose people do not get there, worst first.

    Parameters
    ----------
    column
        Of the kind asked for; None for all that are required.
    """
    asked = answer.question
    if column is None:
        lacking = answer.missing[:, asked.step].astype(np.float64)
        return coverage.farthest(lacking, answer.people, 0.0)
    limit_m = answer.speed * asked.minutes
    return coverage.farthest(answer.walk_m[:, column], answer.people, limit_m)


def best(scope: Scope, asked: Question, k: int) -> Sites | None:
    """Choose buildings where more facilities of the kind asked for would reach the most people.

    Candidates are all buildings of the community; reached are those of the group who do not get to
    any such facility within the minutes asked for.

    Returns
    -------
    Sites or None
        Positions among the community's buildings, as ``Answer.own``; None without a kind or a
        community.
    """
    if scope.community is None or asked.kind is None:
        return None
    return _best(scope.edition, scope.street.id, scope.community.id, asked, k, scope)


@st.cache_data(max_entries=128, show_spinner=False)
def _best(
    edition: Edition,
    street_id: int,
    community_id: int,
    asked: Question,
    k: int,
    _scope: Scope,
) -> Sites | None:
    found = street(_scope)
    if found is None or asked.kind is None:
        return None
    own = found.own([community_id])
    rows = found.buildings.iloc[own]
    with reading() as connection:
        ground = _ground(connection, street_id, rows)
    limit_m = float(found.speeds[asked.walker][own][0]) * asked.minutes
    people = rows[asked.group].to_numpy(np.float64)
    far = found.walk_m[own, found.kinds.index(asked.kind)] > limit_m
    homes = np.flatnonzero(far & (people > 0))
    pairs = ground.ways[community_id].pairs_m(ground.places, ground.places[homes], limit_m)
    return best_sites(
        (pairs.origin, pairs.target), people[homes], len(own), k=k, seconds=_SITE_SECONDS
    )


def standing(found: Street, scope: Scope, areas: Sequence[Area]) -> Stock:
    """Count what stands in each area, by `STOCK`; the last area is what is in none."""
    ids = tuple(area.id for area in areas)
    return _standing(scope.edition, scope.community_ids, ids, found, scope)


@st.cache_data(max_entries=64, show_spinner=False)
def _standing(
    edition: Edition,
    community_ids: tuple[int, ...],
    area_ids: tuple[int, ...],
    _found: Street,
    _scope: Scope,
) -> Stock:
    rows = _found.facilities
    rows = rows[rows["community_id"].isin(community_ids) & rows["kind"].isin(STOCK)]
    place = {one: position for position, one in enumerate(area_ids)}
    area = _numbers(rows["community_id"].map(place).fillna(len(area_ids)))
    if _scope.community:
        with reading() as connection:
            shapes = service_rows.grid_shapes(connection, _scope.plan_ids)
        points = shapely.points(rows["lon"].to_numpy(), rows["lat"].to_numpy())
        at = area_of(points, np.array([shapes.get(one) for one in area_ids], dtype=object))
        area = np.asarray(np.where(at >= 0, at, len(area_ids)), dtype=np.int64)
    kind = _numbers(rows["kind"].map({name: column for column, name in enumerate(STOCK)}))
    capacity = rows["capacity"].to_numpy(np.float64)
    return stock(area, kind, capacity, (len(area_ids) + 1, len(STOCK)))
