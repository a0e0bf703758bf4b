"""What the page's point layers count, and where: tickets, elderly people, party households.

A point of these layers is somebody's home, or what somebody reported. So a briefing shows them as
numbers, in such a way that none of them is about fewer than `briefing_fewest`, nor what is left
when one is taken from another:

- Elderly people are counted by class of care for groups of neighbouring buildings in which each
  class has nobody or enough people; party households likewise. A class that has too few people in
  all of a community is not shown there.
- Tickets at homes are counted for groups of neighbouring inhabited buildings, so many that no
  number is about one building's homes. All other tickets are issues of public places: these are
  where they are.

Groups are made once for each community, before filters, periods, and the part of the map that is
shown: see `dashboard.briefing.neighbours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from dashboard.briefing.land import Land
from dashboard.briefing.neighbours import groups, told
from dashboard.briefing.signs import PARTY, TICKETS, Bubble, Sign, care_bubble
from dashboard.services.base import reading, viewer
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo import settings
from geo.crs import to_metric
from geo.discretion import put_together
from geo.periods import Period
from geo.store import brief_rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Place = tuple[float, float]


@dataclass(frozen=True)
class Heaps:
    """Numbers at places.

    Attributes
    ----------
    keys
        What is counted: a name for each column.
    signs
        Their symbols; none for a bubble.
    bubble
        How all columns are shown together; None where each has its symbol.
    xy : array of (n, 2)
        Places, metres.
    counts : array of (n, k)
    """

    keys: tuple[str, ...]
    signs: tuple[Sign, ...]
    xy: Floats
    counts: Ints
    bubble: Bubble | None = None

    def total(self) -> int:
        """Count all there is."""
        return int(self.counts.sum())


def read_heaps(scope: Scope, crs: pyproj.CRS, asked: PageState, period: Period) -> dict[str, Heaps]:
    """Read the point layers that are switched on.

    Returns
    -------
    dict
        By key of the layer.

    Raises
    ------
    geo.errors.StoreError
        When the database does not answer.
    """
    wanted = {"ticket", "elderly", "party_household"}.intersection(asked.layers)
    if not wanted:
        return {}
    with reading() as connection:
        homes = brief_rows.homes(connection, viewer(), scope.community_ids)
        tickets = (
            brief_rows.tickets(connection, viewer(), scope.community_ids, period, asked.cls)
            if "ticket" in wanted
            else None
        )
    xy = _metric(homes, crs)
    made = {}
    if tickets is not None:
        made["ticket"] = _tickets(homes, xy, tickets, crs, asked.sign)
    if "elderly" in wanted:
        found = _people(homes, xy, brief_rows.PEOPLE)
        made["elderly"] = _only(found, asked.care or found.keys)
    if "party_household" in wanted:
        made["party_household"] = replace(_people(homes, xy, ("party_household",)), signs=(PARTY,))
    return made


def _metric(rows: pd.DataFrame, crs: pyproj.CRS) -> Floats:
    """Project the columns ``x y``."""
    points = shapely.points(rows[["x", "y"]].to_numpy(dtype=float))
    return np.asarray(shapely.get_coordinates(to_metric(np.asarray(points), crs)), dtype=float)


def _grouped(homes: pd.DataFrame, xy: Floats, counts: Ints) -> tuple[Ints, Ints]:
    """Group the buildings of each community by themselves.

    Returns
    -------
    group : array of (n,)
        Row of each building's group; -1 for none.
    counts : array of (n, k)
        Without what a community has too little of.
    """
    group, kept = np.full(len(homes), -1), counts.copy()
    fewest = settings.briefings().briefing_fewest
    for community in sorted(homes["community_id"].unique().tolist()):
        here = np.flatnonzero(homes["community_id"] == community)
        kept[here] = told(counts[here], fewest)
        found = groups(xy[here], kept[here], fewest)
        group[here] = np.where(found >= 0, here[found], -1)
    return group, kept


def _people(homes: pd.DataFrame, xy: Floats, keys: tuple[str, ...]) -> Heaps:
    group, counts = _grouped(homes, xy, homes[list(keys)].to_numpy(dtype=np.int64))
    names, row = np.unique(group[group >= 0], return_inverse=True)
    sums = np.zeros((len(names), len(keys)), dtype=np.int64)
    np.add.at(sums, row, counts[group >= 0])
    return Heaps(keys, (), _middles(xy[group >= 0], row), sums)


def _middles(xy: Floats, row: Ints) -> Floats:
    """Return the middle of each group's buildings."""
    size = np.bincount(row)
    return np.column_stack([np.bincount(row, xy[:, axis]) / size for axis in (0, 1)]).reshape(-1, 2)


def _tickets(
    homes: pd.DataFrame, xy: Floats, tickets: pd.DataFrame, crs: pyproj.CRS, shown: Iterable[str]
) -> Heaps:
    group, _ones = _grouped(homes, xy, np.ones((len(homes), 1), dtype=np.int64))
    names, row = np.unique(group[group >= 0], return_inverse=True)
    row_of = dict(
        zip(homes["building_id"].to_numpy()[group >= 0].tolist(), row.tolist(), strict=True)
    )
    # A community with fewer inhabited buildings than that has no groups: its tickets stay away.
    known = tickets[tickets["building_id"].isna() | tickets["building_id"].isin(list(row_of))]
    public = known["building_id"].isna().to_numpy()
    place = np.empty(len(known), dtype=np.int64)
    place[~public] = [row_of[int(number)] for number in known["building_id"][~public]]
    place[public] = len(names) + np.arange(public.sum())
    keys = [key for key in TICKETS if key in set(shown)]
    counts = np.zeros((len(names) + public.sum(), len(keys)), dtype=np.int64)
    for column, key in enumerate(keys):
        here = (known["sign"] == key).to_numpy()
        np.add.at(counts[:, column], place[here], known["n"].to_numpy()[here])
    where = np.concatenate([_middles(xy[group >= 0], row), _metric(known[public], crs)])
    some = counts.any(axis=1)
    return Heaps(tuple(keys), tuple(TICKETS[key] for key in keys), where[some], counts[some])


def _only(heaps: Heaps, wanted: tuple[str, ...]) -> Heaps:
    """Keep some classes of care."""
    at = [column for column, key in enumerate(heaps.keys) if key in wanted]
    keys = tuple(heaps.keys[column] for column in at)
    counts = heaps.counts[:, at]
    some = counts.any(axis=1)
    return Heaps(keys, (), heaps.xy[some], counts[some], care_bubble(keys))


def place_of_ticket(scope: Scope, crs: pyproj.CRS, building_id: int, place: Place) -> Place | None:
    """Return where a paper shows a ticket: if it is at a home, in the middle of the home's group.

    Parameters
    ----------
    crs
        Of the map.
    building_id
        The ticket's building.
    place
        The ticket's own place: longitude and latitude.

    Returns
    -------
    tuple or None
        Longitude and latitude; None where there is no group.
    """
    with reading() as connection:
        homes = brief_rows.homes(connection, viewer(), scope.community_ids)
    here = (homes["building_id"] == building_id).to_numpy()
    if not here.any():
        return place
    group, _ones = _grouped(homes, _metric(homes, crs), np.ones((len(homes), 1), dtype=np.int64))
    own = group[here][0]
    if own < 0:
        return None
    lon, lat = homes.loc[group == own, ["x", "y"]].mean()
    return float(lon), float(lat)


def held_back(scope: Scope, land: Land, period: Period, building_id: int) -> frozenset[str]:
    """Return which figures of a building a paper keeps to itself.

    A small number, and what would give one away: the numbers of a building's group stand on the
    map and those of its grid beside it, so that the cards of the other buildings, one after the
    other, would tell it. Others are kept back with it, as `geo.discretion.put_together` chooses.

    Returns
    -------
    frozenset
        Of ``residents``, ``age60``, ``party_households`` and ``tickets``.
    """
    with reading() as connection:
        homes = brief_rows.homes(connection, viewer(), scope.community_ids)
        tickets = brief_rows.tickets(connection, viewer(), scope.community_ids, period)
    here = np.flatnonzero(homes["building_id"] == building_id)
    if not len(here):
        return frozenset()
    at, xy = int(here[0]), _metric(homes, land.terrain.crs)
    grid = homes["building_id"].map(land.buildings.set_index("id")["grid_id"]).to_numpy()
    classes = homes[list(brief_rows.PEOPLE)].to_numpy(dtype=np.int64)
    party = homes[["party_household"]].to_numpy(dtype=np.int64)
    homely = np.ones((len(homes), 1), dtype=np.int64)
    told_of = {
        "residents": (homes[["residents"]].to_numpy(dtype=np.int64), homely),
        "age60": (classes.sum(axis=1, keepdims=True), classes),
        "party_households": (party, party),
        "tickets": (_by_progress(homes, tickets), homely),
    }
    hidden = set()
    for key, (counts, grouped_by) in told_of.items():
        group, _counts = _grouped(homes, xy, grouped_by)
        if any(_together(counts, same == same[at], at) for same in (group, grid)):
            hidden.add(key)
    return frozenset(hidden)


def _together(counts: Ints, same: npt.NDArray[np.bool_], at: int) -> bool:
    """Tell whether a building, one of several, is among those only told as their sum."""
    rows = np.flatnonzero(same)
    chosen = put_together(counts[rows], settings.briefings().briefing_fewest)
    return bool(chosen[rows == at].any())


def _by_progress(homes: pd.DataFrame, tickets: pd.DataFrame) -> Ints:
    """Count each building's tickets: waiting, overdue, done; columns share no ticket."""
    column = tickets["sign"].map({"pending": 0, "active": 0, "overdue": 1}).fillna(2).astype(int)
    counts = np.zeros((len(homes), 3), dtype=np.int64)
    place = pd.Index(homes["building_id"]).get_indexer(tickets["building_id"].fillna(-1))
    known = place >= 0
    np.add.at(counts, (place[known], column[known]), tickets["n"].to_numpy()[known])
    return counts
