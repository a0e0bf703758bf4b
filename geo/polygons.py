"""Grids that came as polygons: what is wrong with them, and a repair of what is narrow.

An official plan is kept as it was drawn, so it may hold what grids made of cells cannot: overlaps,
gaps, slivers, ground outside the community, borders whose corners do not match. `find_faults`
shows them; `repair` closes those that nobody drew on purpose.

Why the repair is not `shapely.coverage_clean`: that one gives a gap as a whole to one neighbour (a
strip of 0.6 m along a row of five grids made the middle one 500 m long), takes every overlap
away from one owner however wide it is, and knows no boundary. Here borders are noded into faces
once; an open face changes hands only when no border moves farther than the tolerance by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.errors import N_, GeometryError

Geometry = Any
Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FAULT_KINDS = {
    "invalid": N_("Border crosses itself"),
    "parts": N_("In several pieces"),
    "overlap": N_("Overlap"),
    "gap": N_("Gap"),
    "outside": N_("Outside the community"),
    "sliver": N_("Sliver"),
    "edge": N_("Unmatched border"),
}
"""What can be wrong, the most important first."""

TOLERANCE_M = 1.0
"""How far a border may be moved by a repair; what is narrower was not drawn on purpose."""

AREA_M2 = 1.0
"""Smaller overlaps, gaps and ground outside say nothing; their borders are told as unmatched."""

HAIR_M = 0.05
"""Narrower gaps and ground outside say nothing either: a projection bends straight lines by 7 mm in
800 m, so where one side has a corner and the other has none, a hair of ground lies between them."""

OVERLAP_SHARE = 0.001
"""An overlap narrower than the tolerance counts from this share of the smaller grid."""

SLIVER_RADIUS_M = 3.0
"""A piece in which no larger circle finds room is a sliver: planted ones measured 0.2 to 1.1 m."""

SLIVER_ROUNDNESS = 0.05
"""A piece with 4 π area / perimeter² below this is a sliver: real grids have 0.2 to 0.65."""

TOUCH_M = 0.01
"""Shapes this near to each other touch."""

GRID_M = 2.0**-26
"""Grid the borders are rounded to in a repair, metres (see `geo.cells`)."""

_WIDTH_STEP = 1.02
_SLENDER = 10.0
"""Perimeter ÷ √(π area) from which a shape is a strip; a circle has 2, a square 2.3."""
_LISTED = 10
_PLACE = re.compile(r"\[(\S+) (\S+)\]")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    kind
        A key of `FAULT_KINDS`.
    grids
        Positions of the polygons concerned, ascending; for a gap, its neighbours.
    area_m2
        0 where it has no area.
    width_m
        Widest place: twice the radius of the largest circle inside, to 2 %.
    shape
        Where, in the CRS given; a point where a border crosses itself, lines of unmatched borders.
    """

    kind: str
    grids: tuple[int, ...]
    area_m2: float
    width_m: float
    shape: Geometry


def find_faults(
    polygons: Shapes, boundary: Geometry, *, tolerance_m: float = TOLERANCE_M
) -> list[Fault]:
    """Check polygons that should tile a community.

    Parameters
    ----------
    polygons : array of (n,) Polygon or MultiPolygon
        In a metric CRS, as they came. None and empty ones are passed over.
    boundary
        Of the community, same CRS; None: gaps are holes between polygons, and nothing is outside.
    tolerance_m
        Narrower overlaps must have `OVERLAP_SHARE` of a grid to count, and gaps narrower than it
        are unmatched borders even when they are smaller than `AREA_M2`.

    Returns
    -------
    list of Fault
        In the order of `FAULT_KINDS`, the largest of a kind first.

    Raises
    ------
    GeometryError
        If something is not a polygon.
    """
    given = _polygonal(polygons)
    sound = _sound(given)
    edges = shapely.coverage_invalid_edges(sound, gap_width=tolerance_m)
    tiled = bool(shapely.coverage_is_valid(sound))
    ground = _ground(sound, tiled=tiled)
    faults = [*_invalid(given), *_parts(sound), *_slivers(sound)]
    faults += [] if tiled else _overlaps(sound, tolerance_m)
    faults += _gaps(sound, ground, boundary)
    faults += _outside(sound, boundary)
    faults += _unmatched(edges, faults, tolerance_m)
    rank = list(FAULT_KINDS)
    return sorted(faults, key=lambda one: (rank.index(one.kind), -one.area_m2, one.grids))


def describe(fault: Fault, names: Sequence[str] | None = None) -> tuple[str, dict[str, str]]:
    """Return a fault as a message id and its parameters.

    Parameters
    ----------
    fault
        The fault.
    names
        What the polygons are called, by position; None: their numbers, from 1.
    """
    listed = [names[at] if names is not None else str(at + 1) for at in fault.grids[:_LISTED]]
    grids = ", ".join(listed) + (" …" if len(fault.grids) > _LISTED else "")
    params = {"grids": grids or "–"}
    if fault.kind == "edge":
        params["length"] = f"{shapely.length(fault.shape):,.1f}"
    elif fault.kind != "invalid":
        params |= {"area": f"{fault.area_m2:,.1f}", "width": f"{fault.width_m:,.1f}"}
    return _SENTENCES[fault.kind], params


_SENTENCES = {
    "invalid": N_("The border of grid {grids} crosses itself."),
    "parts": N_(
        "Grid {grids} is in several pieces; beside the largest, {area} m² up to {width} m wide."
    ),
    "overlap": N_("Grids {grids} overlap by {area} m², up to {width} m wide."),
    "gap": N_("A gap of {area} m², up to {width} m wide, beside grids {grids}."),
    "outside": N_("Grid {grids} has {area} m² outside the community, up to {width} m wide."),
    "sliver": N_("Grid {grids} has a piece of {area} m² that is only {width} m wide."),
    "edge": N_("The borders of grids {grids} do not match, over {length} m."),
}


# ---------------------------------------------------------------------------------- the checks


def _polygonal(polygons: Shapes) -> Shapes:
    given = np.asarray(polygons, dtype=object)
    kinds = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
    present = ~shapely.is_missing(given)
    if not np.isin(shapely.get_type_id(given[present]), kinds).all():
        raise GeometryError(N_("A grid must be a polygon."))
    return given


def _sound(given: Shapes) -> Shapes:
    """Make every polygon valid; what is no ground becomes empty."""
    sound = given.copy()
    sound[shapely.is_missing(sound)] = shapely.Polygon()
    broken = ~shapely.is_valid(sound)
    mended = shapely.make_valid(sound[broken], method="structure", keep_collapsed=False)
    sound[broken] = [_ground_of(shape) for shape in mended]
    return sound


def _ground_of(shape: Geometry) -> Geometry:
    """Return the areas of any shape as one polygon or multipolygon."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_dimensions(parts) > 1]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))


def _ground(sound: Shapes, *, tiled: bool) -> Geometry:
    return shapely.coverage_union_all(sound) if tiled else shapely.union_all(sound)


def _fault(kind: str, grids: Iterable[Any], shape: Geometry) -> Fault:
    numbers = tuple(sorted(int(at) for at in grids))
    width_m = float(widths(np.array([shape], dtype=object))[0])
    return Fault(kind, numbers, float(shapely.area(shape)), width_m, shape)


def widths(shapes: Shapes) -> Floats:
    """Return how wide each shape is at its widest place, metres, to 2 %.

    That is twice the radius of the largest circle inside. GEOS finds it at once in a compact shape
    but not in a strip (80 ms for 300 m × 1 m), which is shrunk by halves until it goes (1 to 30).

    Parameters
    ----------
    shapes : array of (n,) Polygon or MultiPolygon
        In a metric CRS; without area: 0.
    """
    area, around = shapely.area(shapes), shapely.length(shapes)
    wide = np.zeros(len(shapes))
    strip = around > _SLENDER * np.sqrt(np.pi * area)
    compact = np.flatnonzero(~strip & (area > 0))
    fine = (_WIDTH_STEP - 1) / 2 * area[compact] / around[compact]
    circles = shapely.maximum_inscribed_circle(shapes[compact], tolerance=fine)
    wide[compact] = 2 * shapely.length(circles)
    left = np.flatnonzero(strip & (area > 0))
    wide[left] = _strip_widths(shapes[left], area[left], around[left])
    return wide


def _strip_widths(shapes: Shapes, area: Floats, around: Floats) -> Floats:
    # No circle is larger than the area; and area / perimeter always finds room.
    low, high = area / around, np.sqrt(area / np.pi)
    while (high > low * _WIDTH_STEP).any():
        radius = np.sqrt(low * high)
        gone = shapely.is_empty(shapely.buffer(shapes, -radius))
        low, high = np.where(gone, low, radius), np.where(gone, radius, high)
    return np.asarray(2 * np.sqrt(low * high))


def _invalid(given: Shapes) -> list[Fault]:
    broken = np.flatnonzero(~shapely.is_valid(given) & ~shapely.is_missing(given))
    return [Fault("invalid", (int(at),), 0.0, 0.0, _crossing(given[at])) for at in broken]


def _crossing(shape: Geometry) -> Geometry:
    """Return where a shape is invalid, as GEOS says it."""
    said = _PLACE.search(shapely.is_valid_reason(shape))
    return shapely.Point(float(said[1]), float(said[2])) if said else shapely.centroid(shape)


def _parts(sound: Shapes) -> list[Fault]:
    """Tell polygons whose parts share no border; a common point joins nothing."""
    faults = []
    for at in np.flatnonzero(shapely.get_num_geometries(sound) > 1):
        parts = shapely.get_parts(sound[at])
        smaller = np.delete(parts, np.argmax(shapely.area(parts)))
        faults.append(_fault("parts", [at], shapely.MultiPolygon(list(smaller))))
    return faults


def _slivers(sound: Shapes) -> list[Fault]:
    parts, owner = shapely.get_parts(sound, return_index=True)
    parts, owner = parts[~shapely.is_empty(parts)], owner[~shapely.is_empty(parts)]
    round_ = 4 * np.pi * shapely.area(parts) / shapely.length(parts) ** 2
    # Most pieces show at a glance that a circle finds room: around their middle.
    middle = shapely.centroid(parts)
    room_m = shapely.distance(middle, shapely.boundary(parts))
    doubt = np.flatnonzero(~shapely.intersects(middle, parts) | (room_m < SLIVER_RADIUS_M))
    narrow = np.zeros(len(parts), dtype=bool)
    narrow[doubt] = shapely.is_empty(shapely.buffer(parts[doubt], -SLIVER_RADIUS_M))
    thin = np.flatnonzero(narrow | (round_ < SLIVER_ROUNDNESS))
    return [_fault("sliver", [owner[at]], parts[at]) for at in thin]


def _overlaps(sound: Shapes, tolerance_m: float) -> list[Fault]:
    one, other = shapely.STRtree(sound).query(sound, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(sound[one], sound[other])
    area = shapely.area(common)
    smaller = np.minimum(shapely.area(sound)[one], shapely.area(sound)[other])
    faults = []
    for at in np.flatnonzero(area > AREA_M2):
        fault = _fault("overlap", (one[at], other[at]), _ground_of(common[at]))
        if area[at] > OVERLAP_SHARE * smaller[at] or fault.width_m >= tolerance_m:
            faults.append(fault)
    return faults


def _gaps(sound: Shapes, ground: Geometry, boundary: Geometry) -> list[Fault]:
    whole = _filled(ground) if boundary is None else boundary
    parts = _large(shapely.difference(whole, ground))
    tree = shapely.STRtree(sound)
    beside = [tree.query(part, predicate="dwithin", distance=TOUCH_M) for part in parts]
    faults = [_fault("gap", grids, part) for grids, part in zip(beside, parts, strict=True)]
    return [fault for fault in faults if fault.width_m >= HAIR_M]


def _filled(ground: Geometry) -> Geometry:
    rings = shapely.get_exterior_ring(shapely.get_parts(ground))
    return shapely.union_all(shapely.polygons(rings))


def _large(shape: Geometry) -> Shapes:
    parts = np.asarray(shapely.get_parts(_ground_of(shape)), dtype=object)
    return np.asarray(parts[shapely.area(parts) > AREA_M2])


def _outside(sound: Shapes, boundary: Geometry) -> list[Fault]:
    if boundary is None:
        return []
    shapely.prepare(boundary)
    faults = []
    for at in np.flatnonzero(~shapely.covers(boundary, sound)):
        parts = _large(shapely.difference(sound[at], boundary))
        if len(parts):
            faults.append(_fault("outside", [at], shapely.MultiPolygon(list(parts))))
    return [fault for fault in faults if fault.width_m >= HAIR_M]


def _unmatched(edges: Shapes, told: list[Fault], tolerance_m: float) -> list[Fault]:
    """Tell the unmatched borders no other fault explains, those that hang together as one."""
    lines, owner = shapely.get_parts(edges, return_index=True)
    lines, owner = lines[~shapely.is_empty(lines)], owner[~shapely.is_empty(lines)]
    causes = np.array([one.shape for one in told if one.kind in {"overlap", "gap"}], dtype=object)
    explained = shapely.STRtree(causes).query(lines, predicate="dwithin", distance=TOUCH_M)[0]
    lines, owner = np.delete(lines, explained), np.delete(owner, explained)
    pairs = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=tolerance_m)
    group = _components(pairs[0], pairs[1], len(lines))
    faults = []
    for at in range(int(group.max(initial=-1)) + 1):
        grids = tuple(np.unique(owner[group == at]).tolist())
        if len(grids) > 1:  # a notch of one polygon is its own affair
            faults.append(Fault("edge", grids, 0.0, 0.0, shapely.union_all(lines[group == at])))
    return faults


def _components(left: Ints, right: Ints, count: int) -> Ints:
    if count == 0:
        return np.empty(0, dtype=np.int64)
    links = coo_array((np.ones(len(left), dtype=bool), (left, right)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


# ---------------------------------------------------------------------------------- the repair


def repair(
    polygons: Shapes, boundary: Geometry = None, *, tolerance_m: float = TOLERANCE_M
) -> tuple[Shapes, list[Fault]]:
    """Close what is narrow: gaps, overlaps, slivers, ground outside, unmatched borders.

    A gap goes, cut where its neighbours meet, to the neighbour with the longest common border; an
    overlap stays with the owner it has the longest border with; ground outside is cut off; a loose
    piece joins its neighbour. Each only when no border moves farther than the tolerance by it
    (what a loose piece's owner loses apart); otherwise it is left as it is, a tip sharper than the
    tolerance included.

    Parameters
    ----------
    polygons, boundary, tolerance_m
        As for `find_faults`.

    Returns
    -------
    repaired : array of (n,) MultiPolygon
        Empty where there was no ground, None where None was. Unless an overlap is left, they are
        a valid coverage. A polygon's area changes by less than its perimeter times the tolerance,
        loose pieces apart.
    left : list of Fault
        What is still wrong with them.

    Raises
    ------
    GeometryError
        If something is not a polygon.
    """
    given = _polygonal(polygons)
    sound = _sound(given)
    if not shapely.area(sound).any():
        return given, []
    origin = np.floor(shapely.total_bounds(sound)[:2])
    local = np.asarray(shapely.transform(sound, lambda xy: xy - origin), dtype=object)
    edge = None if boundary is None else shapely.transform(boundary, lambda xy: xy - origin)
    cuts = _cuts(_Faces(local, edge, []), tolerance_m)
    faces = _Faces(local, edge, cuts)
    settled = _Settling(faces, local, tolerance_m).settle()
    made = np.array([_united(faces.shapes[mask]) for mask in settled.T], dtype=object)
    repaired = np.asarray(shapely.transform(made, lambda xy: xy + origin), dtype=object)
    repaired[shapely.is_missing(given)] = None
    return repaired, find_faults(repaired, boundary, tolerance_m=tolerance_m)


def _united(faces: Shapes) -> Geometry:
    parts = shapely.get_parts(shapely.coverage_union_all(faces)) if len(faces) else []
    return shapely.MultiPolygon(list(parts))


class _Faces:
    """The ground cut along every border.

    Attributes
    ----------
    shapes
        Polygons between the borders, shape (f,); a valid coverage.
    owned
        Which polygons each lies in, shape (f, n).
    inside
        Whether each lies in the community, shape (f,).
    ends, length_m
        The pieces of border: both end points, shape (s, 2, 2), and lengths, shape (s,).
    sides
        The two faces beside each piece, shape (s, 2); -1: none.
    region
        Faces of the same owners that hang together have one number, shape (f,).
    """

    def __init__(self, polygons: Shapes, boundary: Geometry, cuts: list[Geometry]) -> None:
        outer = [] if boundary is None else [shapely.boundary(boundary)]
        lines = [*shapely.boundary(polygons), *outer, *cuts]
        noded = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID_M)
        pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
        self.shapes = np.asarray(pieces, dtype=object)
        middle = shapely.point_on_surface(self.shapes)
        face, polygon = shapely.STRtree(polygons).query(middle, predicate="intersects")
        self.owned = np.zeros((len(pieces), len(polygons)), dtype=bool)
        self.owned[face, polygon] = True
        self.inside = np.ones(len(pieces), dtype=bool)
        if boundary is not None:
            shapely.prepare(boundary)
            self.inside = shapely.intersects(boundary, middle)
        self._find_sides()
        self.region = self.connected(np.column_stack([self.owned, self.inside]))

    def _find_sides(self) -> None:
        rings, face = shapely.get_rings(self.shapes, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[:-1] == ring[1:]
        start, end = xy[:-1][same], xy[1:][same]
        swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
        ends = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
        found, which = np.unique(ends, axis=0, return_inverse=True)
        beside = face[ring[:-1][same]]
        order = np.argsort(which.ravel(), kind="stable")
        which, beside = which.ravel()[order], beside[order]
        first = np.r_[True, which[1:] != which[:-1]]
        self.sides = np.full((len(found), 2), -1, dtype=np.int64)
        self.sides[which[first], 0] = beside[first]
        self.sides[which[~first], 1] = beside[~first]
        self.ends = found.reshape(-1, 2, 2)
        self.length_m = np.hypot(*(self.ends[:, 1] - self.ends[:, 0]).T)
        order = np.argsort(beside, kind="stable")
        self._pieces = which[order]
        self._at = np.searchsorted(beside[order], np.arange(len(self.shapes) + 1))

    def connected(self, labels: npt.NDArray[Any]) -> Ints:
        """Give neighbours of equal labels one number, shape (f,)."""
        inner = self.sides[self.sides[:, 1] >= 0]
        alike = (labels[inner[:, 0]] == labels[inner[:, 1]]).all(axis=1)
        return _components(inner[alike, 0], inner[alike, 1], len(self.shapes))

    def touching(self, faces: Ints) -> tuple[Ints, Ints]:
        """Return the border pieces around some faces, and the face beyond each (-1: none)."""
        pieces = np.concatenate([self._pieces[self._at[f] : self._at[f + 1]] for f in faces])
        ours = np.isin(self.sides[pieces], faces)
        rim, first = pieces[ours.sum(axis=1) == 1], ours[ours.sum(axis=1) == 1, 0]
        return rim, np.where(first, self.sides[rim, 1], self.sides[rim, 0])


def _cuts(faces: _Faces, tolerance_m: float) -> list[Geometry]:
    """Return lines that cut each gap where two of its neighbours meet, straight across."""
    gaps = np.flatnonzero(~faces.owned.any(axis=1) & faces.inside)
    single = np.where(faces.owned.sum(axis=1) == 1, faces.owned.argmax(axis=1), -1)
    lines: list[Geometry] = []
    for gap in np.unique(faces.region[gaps]):
        rim, beyond = faces.touching(np.flatnonzero(faces.region == gap))
        label = np.where(beyond >= 0, single[beyond], -1)
        lines += _across(faces.ends[rim], label, tolerance_m)
    return lines


def _across(ends: npt.NDArray[np.float64], label: Ints, tolerance_m: float) -> list[Geometry]:
    """Join every corner to the nearest point of each other label's border, where that is near."""
    nodes, which = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    which = which.reshape(-1, 2)
    points, borders = shapely.points(nodes), shapely.linestrings(ends)
    lines: list[Geometry] = []
    for other in np.unique(label):
        theirs = np.unique(which[label == other])
        border = shapely.multilinestrings(borders[label == other])
        straight = shapely.shortest_line(np.delete(points, theirs), border)
        lines += straight[shapely.length(straight) <= tolerance_m].tolist()
    return lines


class _Settling:
    """Who gets which face: open ones change hands while no border moves too far."""

    def __init__(self, faces: _Faces, polygons: Shapes, tolerance_m: float) -> None:
        self.faces = faces
        self.polygons = polygons
        self.tolerance_m = tolerance_m
        self.owned = faces.owned.copy()
        count = faces.owned.sum(axis=1)
        self.open = (count != 1) | ~faces.inside
        self.open &= (count > 0) | faces.inside
        self._kept: dict[int, Geometry] = {}

    def settle(self) -> Mask:
        """Return who owns each face in the end, shape (f, n)."""
        regions = np.unique(self.faces.region[self.open])
        members = [np.flatnonzero(self.faces.region == region) for region in regions]
        members.sort(key=lambda faces: float(shapely.area(self.faces.shapes[faces]).sum()))
        while True:
            left = [faces for faces in members if not self._decide(faces)]
            if len(left) == len(members):
                break
            members = left
        self._join_loose()
        return self.owned

    def _decide(self, region: Ints) -> bool:
        """Settle all faces of a region, those that touch settled ground first, or none of it."""
        before = self.owned[region].copy()
        length_m = self._lengths(region)
        left = region.tolist()
        while left:
            rest = [face for face in left if not self._settle_one(face, length_m)]
            if len(rest) == len(left):
                self.owned[region], self.open[region] = before, True
                self._kept.clear()
                return False
            left = rest
        return True

    def _settle_one(self, face: int, length_m: Floats) -> bool:
        owner = self._owner_of(face, length_m)
        if owner is None:
            return False
        self.owned[face] = False
        self.owned[face, owner] = owner >= 0
        self.open[face] = False
        self._kept.pop(owner, None)
        return True

    def _owner_of(self, face: int, length_m: Floats) -> int | None:
        """Choose who gets an open face; -1: nobody, None: nobody can.

        Of its neighbours the one with the longest border along the whole region comes first, so
        that faces in a row go to the same side and the border stays straight.
        """
        before = np.flatnonzero(self.faces.owned[face])
        if not self.faces.inside[face]:
            return -1 if self._can_lose(face, before) else None
        beside = self._lengths(np.array([face])) > 0
        for owner in np.lexsort((-length_m, ~beside)).tolist():
            if self._can_have(face, owner, before, beside):
                return int(owner)
        return None

    def _can_have(self, face: int, owner: int, before: Ints, beside: Mask) -> bool:
        if len(before) == 0:
            return bool(beside[owner]) and self._near(face, self.polygons[owner])
        return owner in before and self._can_lose(face, before[before != owner])

    def _lengths(self, faces: Ints) -> Floats:
        """Return the length of the common border with each owner's settled ground, shape (n,)."""
        rim, beyond = self.faces.touching(faces)
        settled = beyond >= 0
        settled[settled] = ~self.open[beyond[settled]]
        return np.asarray(self.faces.length_m[rim[settled]] @ self.owned[beyond[settled]])

    def _can_lose(self, face: int, owners: Ints) -> bool:
        return all(self._near(face, self._kept_by(int(owner))) for owner in owners)

    def _kept_by(self, owner: int) -> Geometry:
        """Return the settled ground of an owner: what it has now and will not lose any more."""
        if owner not in self._kept:
            settled = self.owned[:, owner] & ~self.open
            self._kept[owner] = _united(self.faces.shapes[settled])
        return self._kept[owner]

    def _near(self, face: int, shape: Geometry) -> bool:
        """Tell whether no point of a face is farther from a shape than the tolerance."""
        own = self.faces.shapes[face]
        west, south, east, north = shapely.bounds(own)
        far = self.tolerance_m
        around = shapely.clip_by_rect(shape, west - far, south - far, east + far, north + far)
        return bool(shapely.covers(shapely.buffer(around, far), own))

    def _join_loose(self) -> None:
        """Give pieces that hang on nothing of their owner's to a neighbour."""
        for owner in range(len(self.polygons)):
            group = self.faces.connected(self.owned[:, [owner]])
            mine = np.flatnonzero(self.owned[:, owner])
            area = np.bincount(group[mine], shapely.area(self.faces.shapes[mine]))
            for loose in np.flatnonzero((area > 0) & (area < area.max(initial=0))):
                self._hand_over(mine[group[mine] == loose], owner)

    def _hand_over(self, piece: Ints, owner: int) -> None:
        if (self.owned[piece].sum(axis=1) > 1).any():
            return
        lengths = self._lengths(piece)
        taker = int(lengths.argmax())
        if lengths[taker] > 0 and all(self._near(f, self.polygons[taker]) for f in piece.tolist()):
            self.owned[piece, owner] = False
            self.owned[piece, taker] = True
