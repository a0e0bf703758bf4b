"""What lies about the areas of a street: their ground, what stands on it, who could keep contact.

`geo.store.facts` says where each building counts; from there these frames follow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import contact, crs
from geo.coverage import green_m2
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
    own = np.flatnonzero(np.isin(home, place.grids))
    xy = gathered.buildings[["x", "y"]].to_numpy()[own]
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
    counted = {f"contact_{name}": np.zeros(len(gathered.buildings)) for name in CONTACT}
    for place in places:
        known = gathered.grounds[place.position]
        if known is not None:
            for name, found in _contact(gathered, place, known, home).items():
                counted[f"contact_{name}"] += found
    return pd.DataFrame(counted, index=gathered.buildings.index)


def _contact(gathered: Gathered, place: Place, known: Ground, home: Positions) -> dict[str, Floats]:
    norms = gathered.norms[place.position]
    capacity = round(norms["party_contact"].high or norms["party_contact"].value)
    waiting = _grouped(gathered, place, gathered.households[gathered.households["waiting"]], home)
    free = (capacity - gathered.hosts["links"]).clip(lower=0)
    hosts = _grouped(gathered, place, gathered.hosts.assign(n=free), home)
    assigned = contact.assign(
        contact.Homes(*_common(waiting), waiting=waiting["n"].to_numpy(np.int64)),
        contact.Hosts(*_common(hosts), free=hosts["n"].to_numpy(np.int64)),
        known.ways,
        reach_m=norms["contact_reach_m"].value,
    )
    at, size = waiting["building"].to_numpy(), len(gathered.buildings)

    def by_building(households: Positions) -> Floats:
        return np.bincount(at, households, minlength=size).astype(np.float64)

    return {name: by_building(getattr(assigned, name)) for name in CONTACT}


def _grouped(gathered: Gathered, place: Place, rows: pd.DataFrame, home: Positions) -> pd.DataFrame:
    """Put rows of one stairwell together: building, unit_id, n, x, y, grid, sub_district_id."""
    community = np.append(gathered.buildings["community"].to_numpy(), -1)
    own = rows[community[rows["building"].to_numpy()] == place.position]
    own = own if "n" in own else own.assign(n=1)
    groups = own.groupby(["building", "unit_id"], as_index=False)["n"].sum()
    at = groups["building"].to_numpy()
    here = gathered.buildings[["x", "y", "sub_district_id"]].to_numpy()[at]
    grid = np.where(home[at] == place.rest, -1, home[at])
    return pd.DataFrame(groups).assign(
        x=here[:, 0], y=here[:, 1], sub_district=here[:, 2], grid=grid
    )


def _common(groups: pd.DataFrame) -> tuple[Positions, Positions, Floats, Positions, Positions]:
    """Return the columns of `geo.contact.Groups`."""
    district = groups["sub_district"].to_numpy(np.int64)
    unit = groups["unit_id"].to_numpy(np.int64)
    return (
        groups["building"].to_numpy(np.int64),
        np.where(unit == 0, -1, unit),
        groups[["x", "y"]].to_numpy(np.float64),
        groups["grid"].to_numpy(np.int64),
        np.where(district == 0, -1, district),
    )
