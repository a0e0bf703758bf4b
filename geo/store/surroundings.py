"""What lies about the areas of a street: their ground, what stands on it, who could keep contact.

`geo.store.facts` says where each building counts; from there these frames follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import contact, crs
from geo.coverage import green_m2
from geo.norms import Norm
from geo.rounds import round_m
from geo.schema import FACILITY_KINDS
from geo.store.gather import Gathered, Ground

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

CONTACT = ("assignable", "no_capacity", "out_of_reach")


@dataclass(frozen=True)
class Place:
    """One community among the areas of its street.

    Attributes
    ----------
    position
        Among the communities gathered.
    grids
        Positions of its grids among the areas.
    rest
        Position of what is in no grid.
    shapes
        Polygon of each of `grids`, EPSG:4326; None where there is none.
    """

    position: int
    grids: Positions
    rest: int
    shapes: npt.NDArray[np.object_]


def ground(gathered: Gathered, places: list[Place], home: Positions, *, full: bool) -> pd.DataFrame:
    """Measure the ground of the areas.

    Parameters
    ----------
    home
        Area of each building, -1 for none of these.
    full
        Also greens and ways round, which are only known as they are now.

    Returns
    -------
    DataFrame
        ground_m2, green_m2, round_m; one row an area.
    """
    size = sum(len(place.grids) + 1 for place in places)
    measured = {name: np.zeros(size) for name in ("ground_m2", "green_m2", "round_m")}
    for place in places:
        _measure_ground(gathered, place, measured, full=full)
        known = gathered.grounds[place.position]
        if full and known is not None:
            measured["round_m"] += _rounds(gathered, place, known, home, size)
    return pd.DataFrame(measured)


def _measure_ground(
    gathered: Gathered, place: Place, measured: dict[str, Floats], *, full: bool
) -> None:
    """Measure a community and its grids; what no grid has is the rest's."""
    boundaries = gathered.boundaries
    whole = boundaries["geom"].to_numpy()[boundaries["community"].to_numpy() == place.position]
    shapes = np.append(place.shapes, whole[:1])
    known = np.flatnonzero(~shapely.is_missing(shapes))
    if known.size == 0:
        return
    middle = shapely.get_coordinates(shapely.centroid(shapes[known]))[-1]
    metres = crs.metric_crs(float(middle[0]), float(middle[1]))
    flat = crs.to_metric(shapes[known], metres)
    area_m2, green = np.zeros(len(shapes)), np.zeros(len(shapes))
    area_m2[known] = shapely.area(flat)
    if full:
        greens = gathered.greens
        own = greens["geom"].to_numpy()[greens["community"].to_numpy() == place.position]
        green[known] = green_m2(flat, crs.to_metric(own, metres)) if own.size else 0.0
    for name, values in (("ground_m2", area_m2), ("green_m2", green)):
        inside = values[: len(place.grids)]
        measured[name][place.grids] = inside
        if whole.size:
            measured[name][place.rest] = max(0.0, values[-1] - inside.sum())


def _rounds(gathered: Gathered, place: Place, known: Ground, home: Positions, size: int) -> Floats:
    own = np.flatnonzero(gathered.buildings["community"].to_numpy() == place.position)
    own = own[home[own] != place.rest]
    xy = gathered.buildings[["x", "y"]].iloc[own].to_numpy()
    return round_m(known.ways, xy, home[own], size)


def stock(gathered: Gathered, places: list[Place]) -> pd.DataFrame:
    """Say in which area each facility stands that belongs to a community: area, kind (word)."""
    facilities = gathered.facilities
    words = np.array([*FACILITY_KINDS], dtype=object)
    area = np.full(len(facilities), -1)
    for place in places:
        own = np.flatnonzero(facilities["community"].to_numpy() == place.position)
        area[own] = place.rest
        points = shapely.points(
            facilities["lon"].to_numpy()[own], facilities["lat"].to_numpy()[own]
        )
        point, shape = shapely.STRtree(place.shapes).query(points, predicate="intersects")
        # On a common border the first grid has it.
        for row, found in zip(point[::-1], shape[::-1], strict=True):
            area[own[row]] = place.grids[found]
    frame = pd.DataFrame({"area": area, "kind": words[facilities["kind"].to_numpy()]})
    return frame[area >= 0]


def contacts(gathered: Gathered, places: list[Place], home: Positions) -> pd.DataFrame:
    """Say for each building how many households without a link could have one.

    Returns
    -------
    DataFrame
        contact_assignable, contact_no_capacity, contact_out_of_reach; one row a building.
    """
    grid = np.where(np.isin(home, [place.rest for place in places]), -1, home)
    waiting = gathered.households[gathered.households["waiting"]]
    homes = _grouped(gathered, waiting.assign(n=1), grid)
    hosts = _grouped(gathered, _with_room(gathered), grid)
    counted = {name: np.zeros(len(gathered.buildings)) for name in CONTACT}
    for place in places:
        known = gathered.grounds[place.position]
        if known is not None:
            own = homes[homes["community"] == place.position]
            there = hosts[hosts["community"] == place.position]
            assigned = _assigned(own, there, known, gathered.norms[place.position])
            for name, found in counted.items():
                np.add.at(found, own["building"].to_numpy(), getattr(assigned, name))
    columns = {f"contact_{name}": found for name, found in counted.items()}
    return pd.DataFrame(columns, index=gathered.buildings.index)


def _with_room(gathered: Gathered) -> pd.DataFrame:
    """Say how many households more each party household could look after (n)."""
    hosts = gathered.hosts[gathered.hosts["building"] >= 0]
    norms = [norms["party_contact"] for norms in gathered.norms]
    ceiling = np.array([round(norm.high or norm.value) for norm in norms], dtype=np.int64)
    community = gathered.buildings["community"].to_numpy()[hosts["building"].to_numpy()]
    return hosts.assign(n=np.maximum(ceiling[community] - hosts["links"].to_numpy(), 0))


def _assigned(
    homes: pd.DataFrame, hosts: pd.DataFrame, known: Ground, norms: Mapping[str, Norm]
) -> contact.Assignment:
    return contact.assign(
        contact.Homes(*_common(homes), waiting=homes["n"].to_numpy(np.int64)),
        contact.Hosts(*_common(hosts), free=hosts["n"].to_numpy(np.int64)),
        known.ways,
        reach_m=norms["contact_reach_m"].value,
    )


def _grouped(gathered: Gathered, rows: pd.DataFrame, grid: Positions) -> pd.DataFrame:
    """Put rows of one stairwell together.

    Returns
    -------
    DataFrame
        building, unit_id, n, community, x, y, sub_district_id, grid.
    """
    groups = pd.DataFrame(rows.groupby(["building", "unit_id"], as_index=False)["n"].sum())
    at = groups["building"].to_numpy()
    here = gathered.buildings[["community", "x", "y", "sub_district_id"]]
    columns = {str(name): column.to_numpy()[at] for name, column in here.items()}
    return groups.assign(**columns, grid=grid[at])


def _common(groups: pd.DataFrame) -> tuple[Positions, Positions, Floats, Positions, Positions]:
    """Return the columns of `geo.contact.Groups`."""
    district = groups["sub_district_id"].to_numpy(np.int64)
    unit = groups["unit_id"].to_numpy(np.int64)
    return (
        groups["building"].to_numpy(np.int64),
        np.where(unit == 0, -1, unit),
        groups[["x", "y"]].to_numpy(np.float64),
        groups["grid"].to_numpy(np.int64),
        np.where(district == 0, -1, district),
    )
