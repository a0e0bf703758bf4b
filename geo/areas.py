"""The areas tickets are counted in: squares, hexagons, buildings or grids, and their neighbours."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from geo import crs, hotspots
from geo.cases import Cases, to_degrees
from geo.errors import N_, RequestError
from geo.tickets import h3_cells
from geo.words import _

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

UNITS = {
    "s50": N_("Squares of 50 m"),
    "s75": N_("Squares of 75 m"),
    "s100": N_("Squares of 100 m"),
    "h10": N_("Hexagons of about 130 m"),
    "h11": N_("Hexagons of about 50 m"),
    "building": N_("Buildings"),
    "grid": N_("Grids"),
}
"""What is offered to count in; other sides and resolutions can be asked for: ``s200``, ``h9``."""

_UNIT = re.compile(r"building|grid|s[1-9][0-9]{0,4}|h(?:[0-9]|1[0-5])")

_SQUARE = 1.5
"""A window of squares: the square and the eight around it."""

_HEXAGON = 1.2
"""A window of hexagons: the hexagon and the six around it."""

_BUILDING_M = 75.0
"""A window of buildings: those so near."""

_TOUCH_M = 1.0

FROM_HOME_M = 150.0
"""As far as a ticket is put down to the people who live nearest to it."""


@dataclass(frozen=True)
class Areas:
    """Areas and who is next to whom.

    Attributes
    ----------
    unit
        One of `UNITS`.
    keys
        A name for each that stays the same from one run to the next.
    xy
        Centres, (n, 2) metres.
    households
        In each.
    window
        Neighbours of each, itself included; (n, n), binary.
    of_ticket
        Where each ticket counts, -1 for none.
    of_building
        Where each building lies, -1 for none.
    cells
        Column and row of each square, (n, 2); None where areas are no squares.
    size_m
        Side of a square, 0 for others.
    """

    unit: str
    keys: tuple[str, ...]
    xy: Floats
    households: Floats
    window: sparse.csr_matrix
    of_ticket: Positions
    of_building: Positions
    cells: Positions | None = None
    size_m: float = 0.0

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def has_rings(self) -> bool:
        """Whether `rings` knows their outline."""
        return self.unit not in {"building", "grid"}

    def count(self, tickets: Positions | None = None) -> Floats:
        """Count tickets (positions; None: all) in each area."""
        at = self.of_ticket if tickets is None else self.of_ticket[tickets]
        return np.bincount(at[at >= 0], minlength=len(self)).astype(np.float64)


def is_unit(unit: str) -> bool:
    """Tell whether tickets can be counted in something of that name."""
    return _UNIT.fullmatch(unit) is not None


def unit_words(unit: str) -> str:
    """Return what a unit is called, in the language that is spoken now."""
    if unit in UNITS:
        return _(UNITS[unit])
    if unit.startswith("s"):
        return _("Squares of {n} m", n=unit[1:])
    return _("Hexagons of H3 resolution {n}", n=unit[1:])


def areas_of(cases: Cases, unit: str) -> Areas:
    """Lay areas over a place.

    Squares and hexagons are those that hold a building, and those next to one: zeros of inhabited
    ground count, empty land beyond does not. Tickets further away are in none of them.

    Raises
    ------
    RequestError
        If there is no such unit.
    """
    if not is_unit(unit):
        raise RequestError(N_("Tickets cannot be counted in “{unit}”."), unit=unit)
    if unit == "building":
        return _buildings(cases)
    if unit == "grid":
        return _grids(cases)
    if unit.startswith("h"):
        return _hexagons(cases, int(unit[1:]))
    return _squares(cases, float(unit[1:]))


def at_homes(areas: Areas, cases: Cases) -> Areas:
    """Count tickets of areas where nobody lives at the nearest building with homes.

    A rate needs somebody who could have called. Those farther away than `FROM_HOME_M` are left out.
    """
    lived = np.append(areas.households > 0, False)
    lost = np.flatnonzero(~lived[areas.of_ticket])
    homes = np.flatnonzero((cases.households > 0) & (areas.of_building >= 0))
    moved = areas.of_ticket.copy()
    moved[lost] = -1
    if lost.size and homes.size:
        tree = shapely.STRtree(shapely.points(cases.homes_xy[homes]))
        points = shapely.points(cases.xy[lost])
        at, near = tree.query_nearest(points, max_distance=FROM_HOME_M, all_matches=False)
        moved[lost[at]] = areas.of_building[homes[near]]
    return replace(areas, of_ticket=moved)


def _inside(places: Positions, known: Positions) -> Positions:
    """Return where each row of `places` (n, 2) stands in sorted `known` (k, 2); -1 for nowhere."""
    if known.size == 0:
        return np.full(len(places), -1)
    low, high = known.min(axis=0), known.max(axis=0)
    height = int(high[1] - low[1]) + 1
    near = ((places >= low) & (places <= high)).all(axis=1)
    packed = (known[:, 0] - low[0]) * height + known[:, 1] - low[1]
    wanted = (places[:, 0] - low[0]) * height + places[:, 1] - low[1]
    return np.where(near, _sorted_positions(packed, wanted), -1)


def _squares(cases: Cases, size_m: float) -> Areas:
    """Lay squares whose corners are multiples of their side, so that they stay the same."""
    homes = np.floor(cases.homes_xy / size_m).astype(np.int64)
    around = np.stack(np.meshgrid([-1, 0, 1], [-1, 0, 1]), axis=-1).reshape(-1, 2)
    ground = homes if len(homes) else np.floor(cases.xy / size_m).astype(np.int64)
    cells = np.unique((ground[:, None] + around[None]).reshape(-1, 2), axis=0)
    households = np.zeros(len(cells))
    of_building = _inside(homes, cells)
    np.add.at(households, of_building, cases.households)
    of_ticket = _inside(np.floor(cases.xy / size_m).astype(np.int64), cells)
    return Areas(
        unit=f"s{size_m:g}",
        keys=tuple(f"{column}.{row}" for column, row in cells.tolist()),
        xy=(cells + 0.5) * size_m,
        households=households,
        window=hotspots.lattice_window(cells, _SQUARE),
        of_ticket=of_ticket,
        of_building=of_building,
        cells=cells,
        size_m=size_m,
    )


def _hexagons(cases: Cases, resolution: int) -> Areas:
    homes = h3_cells(*_lon_lat(cases.buildings), resolution)
    own = h3_cells(*_lon_lat(cases.tickets), resolution)
    ground = homes if len(homes) else own
    near = {ring for cell in np.unique(ground).tolist() for ring in h3.grid_disk(cell, 1)}
    cells = np.array(sorted(near), dtype=np.int64)
    centres = np.array([h3.cell_to_latlng(cell) for cell in cells.tolist()]).reshape(-1, 2)
    points = crs.to_metric(shapely.points(centres[:, ::-1]), cases.metres)
    xy = np.asarray(shapely.get_coordinates(points)).reshape(-1, 2)
    households = np.zeros(len(cells))
    of_building = _sorted_positions(cells, homes)
    np.add.at(households, of_building, cases.households)
    return Areas(
        unit=f"h{resolution}",
        keys=tuple(f"{cell:x}" for cell in cells.tolist()),
        xy=xy,
        households=households,
        window=hotspots.band(xy, _hexagon_step_m(xy) * _HEXAGON),
        of_ticket=_sorted_positions(cells, own),
        of_building=of_building,
    )


def _lon_lat(frame: object) -> tuple[Floats, Floats]:
    return frame["lon"].to_numpy(np.float64), frame["lat"].to_numpy(np.float64)  # type: ignore[index]


def _hexagon_step_m(xy: Floats) -> float:
    """Return the distance of neighbouring centres: the usual one of a nearest neighbour."""
    if len(xy) < 2:  # noqa: PLR2004 - one has no neighbour
        return 1.0
    tree = shapely.STRtree(shapely.points(xy))
    pairs, away_m = tree.query_nearest(
        shapely.points(xy), exclusive=True, return_distance=True, all_matches=False
    )
    return float(np.median(away_m[np.argsort(pairs[0])]))


def _sorted_positions(known: Positions, wanted: Positions) -> Positions:
    if known.size == 0:
        return np.full(wanted.shape, -1)
    at = np.minimum(np.searchsorted(known, wanted), known.size - 1)
    return np.where(known[at] == wanted, at, -1)


def _buildings(cases: Cases) -> Areas:
    return Areas(
        unit="building",
        keys=tuple(map(str, cases.buildings["id"].tolist())),
        xy=cases.homes_xy,
        households=cases.households,
        window=hotspots.band(cases.homes_xy, _BUILDING_M),
        of_ticket=cases.nearest,
        of_building=np.arange(len(cases.buildings)),
    )


def _grids(cases: Cases) -> Areas:
    """Take grids as areas; next to each other are those whose shapes touch."""
    shapes = np.array([_or_empty(shape) for shape in cases.shapes], dtype=object)
    metric = crs.to_metric(shapes, cases.metres) if len(shapes) else shapes
    tree = shapely.STRtree(metric)
    pairs = tree.query(metric, predicate="dwithin", distance=_TOUCH_M).T
    at = cases.buildings["grid"].to_numpy(np.int64)
    households = np.bincount(
        at[at >= 0], cases.households[at >= 0], minlength=len(cases.grids)
    ).astype(np.float64)
    return Areas(
        unit="grid",
        keys=tuple(cases.grids["code"].tolist()),
        xy=_centres(metric, cases, at),
        households=households,
        window=hotspots.contiguity(pairs, len(cases.grids)),
        of_ticket=cases.grid,
        of_building=at,
    )


def _centres(shapes: npt.NDArray[np.object_], cases: Cases, at: Positions) -> Floats:
    """Return the centroids, of grids without a shape the middle of their buildings (`at`)."""
    xy = np.full((len(shapes), 2), np.nan)
    shaped = ~shapely.is_empty(shapes)
    xy[shaped] = shapely.get_coordinates(shapely.centroid(shapes[shaped]))
    for one in np.flatnonzero(~shaped):
        if (at == one).any():
            xy[one] = cases.homes_xy[at == one].mean(axis=0)
    return xy


def _or_empty(shape: object) -> object:
    return shapely.Polygon() if shape is None else shape


def rings(areas: Areas, cases: Cases) -> list[list[tuple[float, float]]]:
    """Return the outline of squares or hexagons in degrees, the first point not repeated.

    Raises
    ------
    ValueError
        If the areas are buildings or grids, which have shapes of their own.
    """
    if areas.cells is not None:
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
        xy = (areas.cells[:, None] + corners[None]).reshape(-1, 2) * areas.size_m
        placed = to_degrees(xy, cases.metres).reshape(-1, 4, 2)
        return [[(lon, lat) for lon, lat in ring] for ring in placed.tolist()]
    if areas.unit.startswith("h"):
        found = [h3.cell_to_boundary(int(key, 16)) for key in areas.keys]
        return [[(lon, lat) for lat, lon in ring] for ring in found]
    message = f"areas of {areas.unit} have shapes of their own"
    raise ValueError(message)
