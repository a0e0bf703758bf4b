"""A community as plans are drawn on it: read once per state of the data, and kept.

Everything a plan is judged by is summed from buildings, so it is read per building: people from
the register, tickets and visits month by month, cells and borders in metres.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa
from sqlalchemy import select

from geo import crs, periods
from geo.atoms import CROSSINGS, Atoms, find_borders
from geo.facts import microseconds
from geo.norms import Norm
from geo.periods import Period
from geo.plans import MONTHS, Ground, hull_corners
from geo.store import intake
from geo.store.arrays import positions, read_rows
from geo.store.gather import Gathered, Selection, gather, read_norms
from geo.store.tables import building, division, ground
from geo.workload import handling_hours, visits_due

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Land:
    """One community, ready for plans.

    Attributes
    ----------
    community_id, code, name
    ids : array of (n,)
        Buildings, ascending.
    lonlat : array of (n, 2)
        Their representative points, degrees.
    cells : array of (n,) MultiPolygon
        EPSG:4326; empty for a building without ground of its own.
    plane
        The metric CRS.
    pure
        What the analysis works on.
    names
        DataFrame of compound, number, name, per building.
    sub_districts
        Names by the numbers of ``pure.sub_district``.
    months
        The last twelve calendar months, oldest first.
    tickets, visits : arrays of (n, 12)
        Reported, and visits that met somebody, by building and month.
    as_of
        The data cut-off.
    """

    community_id: int
    code: str
    name: str
    ids: Ints
    lonlat: Floats
    cells: Shapes
    plane: pyproj.CRS
    pure: Ground
    names: pd.DataFrame
    sub_districts: tuple[str, ...]
    months: tuple[Period, ...]
    tickets: Floats
    visits: Floats
    as_of: datetime

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def position(self) -> Mapping[int, int]:
        """Position of each building id."""
        return {int(one): place for place, one in enumerate(self.ids)}

    def at(self, building_ids: Any) -> Ints:
        """Return the positions of buildings, -1 for strangers."""
        return positions(self.ids, np.asarray(building_ids, dtype=np.int64))

    def named(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a sentence, a ``building`` by position called as people do."""
        at = params.get("building")
        return dict(params) if at is None else {**params, "building": self._name_of(int(at))}

    def _name_of(self, position: int) -> str:
        compound, number, name = self.names.iloc[position]
        words = dict.fromkeys(str(word) for word in (compound, number or name) if word)
        return " ".join(words) or str(self.ids[position])


def read_land(connection: sa.Connection, community_id: int) -> Land:
    """Read a community.

    Parameters
    ----------
    connection
        In a transaction.
    community_id
        A community with a boundary and buildings; without, the arrays are empty.
    """
    known = read_rows(connection, "compute/communities")
    own = known[known["id"] == community_id].reset_index(drop=True)
    place = connection.execute(
        select(division.c.code, division.c.name, division.c.as_of).where(
            division.c.id == community_id
        )
    ).one()
    as_of = place.as_of or datetime.now(UTC)
    selection = Selection(own, everything=False)
    today = {int(own["street_id"].iloc[0]): periods.local_day(as_of).toordinal()}
    gathered = gather(connection, selection, today)
    named = _named(connection, community_id)
    norms = read_norms(connection)
    return _assemble(
        community_id,
        place,
        as_of,
        gathered,
        named,
        {
            "barriers": _barriers(connection, community_id),
            "norms": norms.get(community_id, norms[0]),
            "sub_districts": _sub_districts(connection, community_id),
        },
    )


def _named(connection: sa.Connection, community_id: int) -> pd.DataFrame:
    columns = ("id", "compound", "number", "name", "sub_district_id", "cell")
    return intake.frame_of(
        connection,
        select(*(building.c[name] for name in columns))
        .where(building.c.community_id == community_id)
        .order_by(building.c.id),
    )


def _barriers(connection: sa.Connection, community_id: int) -> dict[str, Shapes]:
    found = intake.frame_of(
        connection,
        select(ground.c.kind, ground.c.geom).where(
            ground.c.community_id == community_id, ground.c.kind.in_(list(CROSSINGS))
        ),
    )
    return {
        str(kind): np.asarray(rows["geom"].to_numpy(), dtype=object)
        for kind, rows in found.groupby("kind")
    }


def _sub_districts(connection: sa.Connection, community_id: int) -> dict[int, str]:
    found = connection.execute(
        select(division.c.id, division.c.name)
        .where(division.c.parent_id == community_id, division.c.kind == "sub_district")
        .order_by(division.c.code)
    )
    return {int(row.id): str(row.name) for row in found}


def _assemble(
    community_id: int,
    place: Any,
    as_of: datetime,
    gathered: Gathered,
    named: pd.DataFrame,
    beside: Mapping[str, Any],
) -> Land:
    ids = named["id"].to_numpy(dtype=np.int64)
    lonlat = gathered.buildings[["lon", "lat"]].to_numpy(dtype=np.float64)
    cells = _cells(named["cell"].to_numpy(dtype=object))
    plane = _plane(lonlat)
    months = tuple(periods.months(as_of))
    tickets = _by_month(
        _ticket_buildings(gathered, cells), gathered.tickets["reported_us"], months, len(ids)
    )
    visits = _by_month(
        gathered.visits["building"].to_numpy(), gathered.visits["at_us"], months, len(ids)
    )
    counts = _counts(gathered, tickets, len(ids))
    metric = crs.to_metric(cells, plane) if len(ids) else cells
    pure = _pure(metric, lonlat, counts, named, plane, beside)
    return Land(
        community_id=community_id,
        code=str(place.code),
        name=str(place.name),
        ids=ids,
        lonlat=lonlat,
        cells=cells,
        plane=plane,
        pure=pure,
        names=named[["compound", "number", "name"]],
        sub_districts=tuple(beside["sub_districts"].values()),
        months=months,
        tickets=tickets,
        visits=visits,
        as_of=as_of,
    )


def _counts(gathered: Gathered, tickets: Floats, size: int) -> dict[str, Floats]:
    """Count people, a year's tickets and a month's visits due by building."""
    homes = gathered.households
    per_month = visits_due(homes["visit_days"].to_numpy())
    due = np.bincount(homes["building"].to_numpy(), per_month, minlength=size)
    people = {
        name: gathered.buildings[name].to_numpy(dtype=np.float64)
        for name in ("households", "residents", "age60", "age80", "party_members")
    }
    return people | {"tickets": tickets.sum(axis=1), "visits_due": due.astype(np.float64)}


def _cells(stored: Shapes) -> Shapes:
    """Give buildings without a cell an empty one."""
    return np.where(shapely.is_missing(stored), shapely.MultiPolygon(), stored)


def _plane(lonlat: Floats) -> pyproj.CRS:
    middle = lonlat.mean(axis=0) if len(lonlat) else np.array([116.4, 39.9])
    return crs.metric_crs(float(middle[0]), float(middle[1]))


def _pure(
    cells: Shapes,
    lonlat: Floats,
    counts: Mapping[str, Floats],
    named: pd.DataFrame,
    plane: pyproj.CRS,
    beside: Mapping[str, Any],
) -> Ground:
    points = crs.to_metric(shapely.points(lonlat), plane) if len(lonlat) else np.empty(0, object)
    barriers = {kind: crs.to_metric(shapes, plane) for kind, shapes in beside["barriers"].items()}
    compound = pd.factorize(named["compound"].replace("", None))[0]
    order = {one: place for place, one in enumerate(beside["sub_districts"])}
    zone = [order.get(int(one), -1) if not pd.isna(one) else -1 for one in named["sub_district_id"]]
    atoms = Atoms(
        xy=shapely.get_coordinates(points),
        area_m2=shapely.area(cells).astype(np.float64),
        households=counts["households"],
        load=handling_hours(counts["tickets"] / MONTHS, counts["visits_due"], beside["norms"]),
        compound=compound.astype(np.int64),
        borders=find_borders(cells, barriers),
    )
    corners, owner = hull_corners(cells)
    return Ground(atoms, counts, np.array(zone, dtype=np.int64), corners, owner)


def _ticket_buildings(gathered: Gathered, cells: Shapes) -> Ints:
    """Return each ticket's building; one without is counted where its cell is."""
    at = gathered.tickets["building"].to_numpy().copy()
    lon, lat = gathered.tickets["lon"].to_numpy(), gathered.tickets["lat"].to_numpy()
    loose = np.flatnonzero((at < 0) & np.isfinite(lon))
    if loose.size and len(cells):
        tree = shapely.STRtree(cells)
        point, cell = tree.query(shapely.points(lon[loose], lat[loose]), predicate="intersects")
        order = np.argsort(-cell, kind="stable")
        at[loose[point[order]]] = cell[order]
    return at


def _by_month(where: Ints, at_us: pd.Series, months: tuple[Period, ...], size: int) -> Floats:
    """Count events by building and month, arrays of (n, months)."""
    edges = [microseconds(month.opens_at) for month in months]
    month = np.searchsorted(np.array(edges), at_us.to_numpy(), side="right") - 1
    last = microseconds(months[-1].closes_at)
    kept = (where >= 0) & (month >= 0) & (at_us.to_numpy() < last)
    flat = np.bincount(where[kept] * len(months) + month[kept], minlength=size * len(months))
    return flat.reshape(size, len(months)).astype(np.float64)


def norms_of(connection: sa.Connection, community_id: int) -> dict[str, Norm]:
    """Return the norms in force in a community."""
    norms = read_norms(connection)
    return norms.get(community_id, norms[0])


class Lands:
    """Communities kept in memory, each for one state of the data.

    Parameters
    ----------
    most
        How many communities to keep; the longest unused goes first.
    """

    def __init__(self, most: int = 8) -> None:
        self._most = most
        self._kept: OrderedDict[int, tuple[str, Land]] = OrderedDict()
        self._turns: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, connection: sa.Connection, community_id: int, version: str) -> Land:
        """Return a community as it is at a data version, reading it if need be.

        Readers who ask for the same one at the same time wait for one of them.
        """
        with self._lock:
            turn = self._turns.setdefault(community_id, threading.Lock())
        with turn:
            known = self._known(community_id, version)
            if known is None:
                known = read_land(connection, community_id)
                self._keep(community_id, version, known)
            return known

    def _known(self, community_id: int, version: str) -> Land | None:
        with self._lock:
            kept = self._kept.get(community_id)
            if kept is None or kept[0] != version:
                return None
            self._kept.move_to_end(community_id)
            return kept[1]

    def _keep(self, community_id: int, version: str, land: Land) -> None:
        with self._lock:
            self._kept[community_id] = (version, land)
            self._kept.move_to_end(community_id)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
