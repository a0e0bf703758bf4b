"""Visits to homes: who was due, done and missed; whom a worker should see next, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from sqlalchemy import Connection

from dashboard.services import territory
from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Community, Scope
from dashboard.state import COMMUNITY_DIGITS, PageState
from geo import crs, periods, visits
from geo.cases import project
from geo.errors import N_, NotAllowedError
from geo.facts import Window, window
from geo.layers import PEOPLE_READERS
from geo.network import Ways
from geo.norms import Norm
from geo.periods import Period, local_day
from geo.store import queries, visit_rows
from geo.store.gather import read_norms
from geo.store.visit_rows import Calls, Worker
from geo.store.ways import read_ways
from geo.visits import Quota

Positions = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NEXT = 10
"""How many visits a worker is told at once."""


@dataclass(frozen=True)
class Visiting:
    """How the households of a community were visited in a period.

    Attributes
    ----------
    homes
        As `geo.store.visit_rows.Calls.homes`, and: due, done, missed (see `geo.visits`), over_days
        (at the end of the period or the data cut-off; infinite: never met), grid_id.
    buildings
        As `geo.store.visit_rows.Calls.buildings`.
    at
        The instant `over_days` is counted to.
    since
        The first day with a visit on record; None without any.
    """

    community: Community
    period: Period
    at: datetime
    norms: dict[str, Norm]
    homes: pd.DataFrame
    buildings: pd.DataFrame
    workers: tuple[Worker, ...]
    quota: Quota
    since: date | None

    def worker(self, staff_id: int | None) -> Worker | None:
        """Return a worker by number."""
        return next((one for one in self.workers if one.id == staff_id), None)


@dataclass(frozen=True)
class Stop:
    """One visit of a round.

    Attributes
    ----------
    home
        Position in `Visiting.homes`.
    building
        Position in `Visiting.buildings`.
    care
        See `geo.store.visit_rows.Calls`.
    over_days
        Infinite: never met. Negative: not yet due.
    way_m
        Way from the stop before; 0 in the same building, None where no way leads there.
    """

    home: int
    building: int
    care: int
    over_days: float
    way_m: float | None


@dataclass(frozen=True)
class Walk:
    """The next visits of a worker as one walk.

    Attributes
    ----------
    start
        Where it begins: longitude and latitude of the grid station, or None for the first visit.
    by_network
        Whether ways are along a network, else straight line × detour.
    """

    stops: tuple[Stop, ...]
    start: tuple[float, float] | None
    length_m: float
    by_network: bool


def visiting(scope: Scope, period_key: str) -> Visiting | None:
    """Return how a community's households were visited; None for a whole street.

    Parameters
    ----------
    period_key
        One of `geo.periods.PERIODS`.
    """
    if scope.community is None:
        return None
    return _visiting(scope.edition, scope.community.id, period_key, scope)


@st.cache_data(max_entries=64, show_spinner=False)
def _visiting(edition: Edition, community_id: int, period_key: str, _scope: Scope) -> Visiting:
    with reading() as connection:
        return read(connection, _scope, period_key)


def read(connection: Connection, scope: Scope, period_key: str) -> Visiting:
    """Read what `visiting` keeps; the scope is of one community.

    Raises
    ------
    ValueError
        If it is of a whole street.
    """
    community = scope.community
    if community is None:
        message = "visits are read by community"
        raise ValueError(message)
    as_of = scope.as_of or datetime.now(periods.ZONE)
    period = periods.current(period_key, as_of)
    asked, norms = window(period, as_of), read_norms(connection)
    own = norms.get(community.id, norms[0])
    calls = visit_rows.read(connection, viewer(), community.id, asked, own)
    workers = visit_rows.workers(connection, viewer(), community.id, period.last_day)
    grids = len(np.setdiff1d(calls.buildings["grid_id"], [0]))
    return Visiting(
        community=community,
        period=period,
        at=min(as_of, period.closes_at),
        norms=own,
        homes=_judged(calls, asked),
        buildings=calls.buildings,
        workers=workers,
        quota=visits.quota(calls.visits, asked.days, own, workers=len(workers), grids=grids),
        since=None
        if calls.since_us is None
        else local_day(_EPOCH + timedelta(microseconds=calls.since_us)),
    )


def _judged(calls: Calls, asked: Window) -> pd.DataFrame:
    homes = calls.homes
    days = homes["visit_days"].to_numpy()
    standing = visits.standing(
        homes["last_before_us"].to_numpy(),
        homes["met"].to_numpy(),
        days,
        asked.start_us,
        min(asked.stop_us, asked.at_us + 1),
    )
    over_days = visits.days_over(homes["last_us"].to_numpy(), days, asked.at_us)
    grid_id = calls.buildings["grid_id"].to_numpy(np.int64)[homes["building"].to_numpy()]
    return homes.assign(**standing._asdict(), over_days=over_days, grid_id=grid_id)


def next_walk(scope: Scope, found: Visiting, staff_id: int) -> Walk:
    """Return the next visits of a worker in the order of one walk; no stops for nobody's grids."""
    return _walk(scope.edition, found.community.id, found.period.key, staff_id, scope, found)


@st.cache_data(max_entries=256, show_spinner=False)
def _walk(
    edition: Edition,
    community_id: int,
    period_key: str,
    staff_id: int,
    _scope: Scope,
    _found: Visiting,
) -> Walk:
    with reading() as connection:
        return walk(connection, _scope.street.id, _found, staff_id)


def walk(connection: Connection, street_id: int, found: Visiting, staff_id: int) -> Walk:
    """Work out what `next_walk` keeps."""
    chosen = _most_urgent(found, found.worker(staff_id))
    if chosen.size == 0:
        return Walk((), None, 0.0, by_network=False)
    buildings = found.buildings
    metres = crs.metric_crs(float(buildings["lon"].mean()), float(buildings["lat"].mean()))
    ways = read_ways(connection, street_id, found.norms, metres)
    where = found.homes["building"].to_numpy()[chosen]
    places = project(buildings.iloc[where], metres)
    stations = visit_rows.stations(connection, street_id)
    spots = project(stations, metres)
    nearest = _nearest(ways, spots, places)
    order = visits.in_order(ways, places, where, None if nearest is None else spots[nearest])
    return Walk(
        tuple(map(partial(_stop, found.homes), chosen[order.order], order.way_m)),
        None if nearest is None else _lon_lat(stations, nearest),
        order.length_m,
        ways.by_network,
    )


def _most_urgent(found: Visiting, worker: Worker | None) -> Positions:
    homes = found.homes
    own = np.flatnonzero(homes["grid_id"].isin(worker.grids if worker else ()))
    over, days = homes["over_days"].to_numpy(), homes["visit_days"].to_numpy()
    return own[visits.most_urgent(days[own], over[own], NEXT)]


def _nearest(ways: Ways, stations: Floats, places: Floats) -> int | None:
    """Return the station from which some place is nearest, if one can be reached."""
    away_m = ways.nearest_m(stations, places)
    return int(np.argmin(away_m)) if np.isfinite(away_m).any() else None


def _stop(homes: pd.DataFrame, one: np.int64, way_m: np.float64) -> Stop:
    home = homes.iloc[int(one)]
    return Stop(
        home=int(one),
        building=int(home["building"]),
        care=int(home["care"]),
        over_days=float(home["over_days"]),
        way_m=None if np.isnan(way_m) else float(way_m),
    )


def _lon_lat(places: pd.DataFrame, one: int) -> tuple[float, float]:
    lon, lat = places[["lon", "lat"]].to_numpy(np.float64)[one].tolist()
    return lon, lat


@dataclass(frozen=True)
class Itinerary:
    """The list a worker takes along.

    Attributes
    ----------
    grids
        Serials of the worker's grids.
    doors
        ``unit floor room`` of each stop's household, in the order of the stops.
    """

    scope: Scope
    visiting: Visiting
    worker: Worker
    grids: tuple[str, ...]
    walk: Walk
    doors: tuple[dict[str, Any], ...]


def itinerary(community_code: str, staff_id: int, period_key: str) -> Itinerary | None:
    """Return the list of a worker's next visits; None where there is no such worker.

    Raises
    ------
    NotAllowedError
        If this viewer may not know behind which door somebody lives.
    """
    who = viewer()
    if who.role not in PEOPLE_READERS:
        raise NotAllowedError(N_("You may not see this."))
    scope = territory.resolve(PageState(community=community_code))
    if scope is None or scope.community is None or scope.community.code != community_code:
        return None
    with reading() as connection:
        found = read(connection, scope, period_key)
        worker = found.worker(staff_id)
        if worker is None:
            return None
        way = walk(connection, scope.street.id, found, staff_id)
        ids = found.homes["id"].to_numpy()[[stop.home for stop in way.stops]].tolist()
        behind = visit_rows.doors(connection, who, ids)
        codes = {row["id"]: row["code"] for row in queries.grids(connection, who, scope.plan_ids)}
    grids = tuple(codes[one][COMMUNITY_DIGITS:] for one in worker.grids if one in codes)
    return Itinerary(scope, found, worker, grids, way, tuple(behind[one] for one in ids))
