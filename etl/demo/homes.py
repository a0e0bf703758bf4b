"""Stairwells, dwellings and their states, to the exact number of households."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import affinity
from shapely.geometry import Point

from etl.demo.buildings import Building, plot_of
from etl.demo.ground import Ground, placed
from etl.demo.recipes import Plot

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

STATES = np.array(["resident", "rented", "vacant", "shop"], dtype=object)
SHOP = 3
FLAT_WIDTHS_M = (14.0, 16.0, 19.0, 23.0, 28.0, 34.0)
FLOORS_WANTED = 5.3
TOWER_FLATS = 4
SLAB_FLATS = 2


@dataclass
class Homes:
    """Units and dwellings of one community, as arrays; buildings by position.

    Attributes
    ----------
    storeys
        Per building.
    mixed
        Per building: homes with shops on the ground floor.
    unit_building, unit_no, unit_point
        Per unit; points in the metric CRS, at the north side.
    home_building, home_unit, floor, room, state
        Per dwelling; `home_unit` is a position in the unit arrays, -1 for premises.
    """

    storeys: Ints
    mixed: npt.NDArray[np.bool_]
    unit_building: Ints
    unit_no: Ints
    unit_point: npt.NDArray[np.object_]
    home_building: Ints
    home_unit: Ints
    floor: Ints
    room: npt.NDArray[np.object_]
    state: Ints


def shares(n: int, weights: Floats) -> Ints:
    """Share `n` things out by weight, the parts summing to exactly `n`."""
    exact = weights / weights.sum() * n
    counts: Ints = np.floor(exact).astype(np.int64)
    rest = n - int(counts.sum())
    counts[np.argsort(-(exact - counts), kind="stable")[:rest]] += 1
    return np.asarray(counts)


def _length(b: Building) -> float:
    flat = affinity.rotate(b.geom, -b.angle, origin=b.geom.centroid)
    return float(flat.bounds[2] - flat.bounds[0])


def _units_of_plot(homes: list[Building], plot: Plot, fixed: int) -> Ints:
    """Stairwells per building: as many as its length holds, unless the total is known."""
    lengths = np.array([_length(b) for b in homes])
    if fixed:
        return shares(fixed, lengths)
    if plot.style == "tower":
        return np.ones(len(homes), dtype=np.int64)
    need = plot.households + plot.shops
    for width in FLAT_WIDTHS_M:
        units = np.maximum(1, np.round(lengths / width)).astype(np.int64)
        if need / (units.sum() * SLAB_FLATS) >= FLOORS_WANTED:
            break
    return units


def _floors(per_floor: Ints, need: int, rng: np.random.Generator) -> Ints:
    """Choose storeys so that the dwellings just suffice."""
    floors = np.full(len(per_floor), need // per_floor.sum(), dtype=np.int64)
    order = rng.permutation(len(per_floor))
    for i in order:
        if (floors * per_floor).sum() >= need:
            break
        floors[i] += 1
    for i, j in order[: len(order) // 2 * 2].reshape(-1, 2)[::2]:
        if per_floor[i] == per_floor[j] and floors[j] > 2:
            floors[i] += 1
            floors[j] -= 1
    return floors


@dataclass
class _Rooms:
    """Dwellings of some buildings before surplus ones are taken out."""

    building: Ints
    unit: Ints
    floor: Ints
    door: Ints
    top: Ints


def _rooms(buildings: Ints, units: Ints, flats: int, floors: Ints) -> _Rooms:
    unit_building = np.repeat(np.arange(len(buildings)), units)
    per_unit = floors[unit_building] * flats
    unit = np.repeat(np.arange(len(unit_building)), per_unit)
    nth = np.arange(len(unit)) - np.repeat(np.cumsum(per_unit) - per_unit, per_unit)
    owner = unit_building[unit]
    return _Rooms(buildings[owner], unit, nth // flats + 1, nth % flats + 1, floors[owner])


def _without_surplus(rooms: _Rooms, need: int, rng: np.random.Generator) -> _Rooms:
    """Take surplus flats out: two flats under the roof made into one."""
    surplus = len(rooms.unit) - need
    last = np.flatnonzero((rooms.floor == rooms.top) & (rooms.door == rooms.door.max()))
    gone = rng.choice(last, surplus, replace=False)
    keep = np.ones(len(rooms.unit), dtype=bool)
    keep[gone] = False
    return _Rooms(*(getattr(rooms, n)[keep] for n in ("building", "unit", "floor", "door", "top")))


def _states(rooms: _Rooms, plot: Plot, rng: np.random.Generator) -> Ints:
    """Draw each dwelling's state; every building has a mix of its own round the compound's."""
    owners, position = np.unique(rooms.building, return_inverse=True)
    mix = rng.dirichlet(np.asarray(plot.mix) * 26, len(owners))
    unusual = rng.random(len(owners)) < 0.05
    mix[unusual] = rng.dirichlet((3.2, 2.2, 5.5), int(unusual.sum()))
    edge = np.cumsum(mix, axis=1)[position]
    return np.asarray((rng.random(len(position))[:, None] > edge[:, :2]).sum(axis=1))


def _shops(rooms: _Rooms, near: Floats, n: int) -> Ints:
    """Choose the ground-floor dwellings nearest to a road."""
    ground = np.flatnonzero(rooms.floor == 1)
    order = np.lexsort((rooms.door[ground], rooms.unit[ground], near[rooms.building[ground]]))
    return np.asarray(ground[order[:n]])


class HomesMaker:
    """Makes the homes of one community, plot by plot."""

    def __init__(self, ground: Ground, built: list[Building], rng: np.random.Generator) -> None:
        self.ground, self.built, self.rng = ground, built, rng
        self.storeys = rng.integers(2, 5, len(built))
        self.mixed = np.zeros(len(built), dtype=bool)
        self.units: list[tuple[int, int]] = []
        self.rows: list[pd.DataFrame] = []

    def near_road(self) -> Floats:
        """Return each building's distance to the nearest road, metres."""
        lines = shapely.union_all([*self.ground.lines, *self.ground.edge_lines])
        return np.asarray(shapely.distance([b.geom for b in self.built], lines))

    def fixed_units(self) -> dict[int, int]:
        """Share a known total of units among the plots."""
        total, plots = self.ground.recipe.units, self.ground.recipe.plots
        homes = np.array([plot.homes for plot in plots], dtype=float)
        return dict(enumerate(shares(total, homes).tolist())) if total else {}

    def plot(self, index: int, near: Floats, fixed: int) -> None:
        """Make the homes of one plot."""
        plot = self.ground.recipe.plots[index]
        at = np.array(
            [i for i, b in enumerate(self.built) if b.block == index and b.use == "residential"]
        )
        if not len(at):
            return
        flats = TOWER_FLATS if plot.style == "tower" else SLAB_FLATS
        units = _units_of_plot([self.built[i] for i in at], plot, fixed)
        need = plot.households + plot.shops
        self.storeys[at] = _floors(units * flats, need, self.rng)
        rooms = _rooms(at, units, flats, self.storeys[at])
        rooms = _without_surplus(rooms, need, self.rng)
        state = _states(rooms, plot, self.rng)
        shops = _shops(rooms, near, plot.shops)
        state[shops] = SHOP
        self.mixed[rooms.building[shops]] = True
        self._keep(at, units, rooms, state)

    def _keep(self, at: Ints, units: Ints, rooms: _Rooms, state: Ints) -> None:
        first = len(self.units)
        pairs = zip(at.tolist(), units.tolist(), strict=True)
        self.units += [(b, k + 1) for b, n in pairs for k in range(n)]
        room = (rooms.floor * 100 + rooms.door).astype(str).astype(object)
        self.rows.append(
            pd.DataFrame(
                {
                    "building": rooms.building,
                    "unit": rooms.unit + first,
                    "floor": rooms.floor,
                    "room": room,
                    "state": state,
                }
            )
        )

    def premises(self) -> None:
        """Let premises in the commercial buildings."""
        at = np.array([i for i, b in enumerate(self.built) if b.use == "commercial"])
        if not len(at):
            return
        area = np.array([self.built[i].geom.area for i in at])
        counts = shares(self.ground.recipe.premises, np.sqrt(area) * self.storeys[at])
        building = np.repeat(at, counts)
        nth = np.arange(len(building)) - np.repeat(np.cumsum(counts) - counts, counts)
        per_floor = np.maximum(1, -(-counts // self.storeys[at]))
        floor = nth // np.repeat(per_floor, counts) + 1
        room = np.char.add("商", np.char.zfill((nth + 1).astype(str), 2)).astype(object)
        rows = {"building": building, "unit": -1, "floor": floor, "room": room, "state": SHOP}
        self.rows.append(pd.DataFrame(rows))

    def done(self) -> Homes:
        """Return the arrays."""
        rows = pd.concat(self.rows, ignore_index=True)
        return Homes(
            storeys=self.storeys,
            mixed=self.mixed,
            unit_building=np.array([b for b, _ in self.units]),
            unit_no=np.array([k for _, k in self.units]),
            unit_point=_unit_points(self.ground, self.built, self.units),
            home_building=rows["building"].to_numpy(np.int64),
            home_unit=rows["unit"].to_numpy(np.int64),
            floor=rows["floor"].to_numpy(np.int64),
            room=rows["room"].to_numpy(object),
            state=rows["state"].to_numpy(np.int64),
        )


def _unit_points(
    ground: Ground, built: list[Building], units: list[tuple[int, int]]
) -> npt.NDArray[np.object_]:
    """Put entrances a step outside the north side, evenly along it."""
    counts = np.bincount([b for b, _ in units], minlength=len(built))
    points = []
    for b, k in units:
        shape, angle = built[b].geom, built[b].angle
        flat = affinity.rotate(shape, -angle, origin=shape.centroid)
        west, _, east, north = flat.bounds
        at = Point(west + (east - west) * (k - 0.5) / counts[b], north + 1.0)
        points.append(affinity.rotate(at, angle, origin=shape.centroid))
    return placed(np.array(points, dtype=object), ground.recipe.code)


def make_homes(ground: Ground, built: list[Building], rng: np.random.Generator) -> Homes:
    """Make every stairwell and dwelling of a community; households come out exact."""
    maker = HomesMaker(ground, built, rng)
    near, fixed = maker.near_road(), maker.fixed_units()
    for index in range(len(ground.recipe.plots)):
        maker.plot(index, near, fixed.get(index, 0))
    maker.premises()
    return maker.done()


def built_years(ground: Ground, built: list[Building], rng: np.random.Generator) -> Ints:
    """Draw the year each building was built, within its plot's span."""
    spans = np.array([plot_of(ground, b).built for b in built])
    return np.asarray(rng.integers(spans[:, 0], spans[:, 1] + 1))
