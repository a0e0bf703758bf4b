"""Cells: the ground that is nearer to a building than to any other, as a seamless coverage.

A morphological tessellation (Fleischmann et al. 2020, doi:10.1016/j.compenvurbsys.2019.101441),
cut inside road enclosures first so that borders follow streets instead of zigzagging across them.

How it goes: the boundary and the barriers are noded into enclosures; enclosures without a building
join the neighbour with the longest common border. In each enclosure the outlines, inset a little
so that touching walls differ, are sampled every few metres; the edges of the samples' Voronoi
diagram that part two buildings are the borders. All borders of all enclosures are noded together
on a fine grid and cut the boundary into faces; so the whole is a valid coverage, and unions of
cells leave neither gap nor sliver.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Voronoi, cKDTree

from geo import crs
from geo.errors import N_, GeometryError

Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

SPACING_M = 3.0
"""Distance between samples of an outline."""

INSET_M = 0.4
"""How far samples lie inside the wall, so that touching buildings share no sample."""

GRID_M = 2.0**-26
"""Grid the borders are rounded to, metres: 15 nanometres, and a power of two, so that moving the
result back to large coordinates loses no digit."""

Sites = tuple[Floats, Positions]

_SAMPLE_DIGITS = 6
_LISTED = 10
_FRAME_POINTS = 4


def tessellate(
    outlines: Shapes,
    boundary: shapely.Polygon | shapely.MultiPolygon,
    barriers: Shapes | None = None,
    *,
    spacing_m: float = SPACING_M,
    inset_m: float = INSET_M,
) -> Shapes:
    """Cut a community into one cell per building.

    Parameters
    ----------
    outlines : array of (n,) Polygon or MultiPolygon
        Valid outlines in a metric CRS. They may overlap or cross the boundary; the smaller of two
        overlapping ones owns the common ground. Of exact duplicates the later ones get a speck.
    boundary
        The community, same CRS.
    barriers : array of LineString or MultiLineString, optional
        Roads, rivers, railways that no cell shall cross.
    spacing_m, inset_m
        Sampling of the outlines, metres.

    Returns
    -------
    array of (n,) MultiPolygon
        In the order of `outlines`; together a valid coverage of `boundary`.

    Raises
    ------
    GeometryError
        If the boundary has no area, an outline is invalid or not polygonal, or a building is
        outside.
    """
    outlines = np.asarray(outlines, dtype=object)
    _check(outlines, boundary)
    if outlines.size == 0:
        return np.empty(0, dtype=object)
    origin = np.floor(shapely.get_coordinates(boundary).mean(axis=0))
    local, edge = _moved(outlines, -origin), _moved(np.array([boundary]), -origin)[0]
    lines = _moved(np.asarray([] if barriers is None else barriers, dtype=object), -origin)
    anchors = _anchors(local, edge)
    enclosures = _enclosures(edge, lines, anchors)
    cells = _cells(_visible(local), anchors, enclosures, spacing_m, inset_m)
    return _moved(_multi(cells), origin)


def tessellate_stored(
    outlines: Shapes,
    boundary: shapely.Polygon | shapely.MultiPolygon,
    barriers: Shapes | None = None,
) -> Shapes:
    """Cut a community given in degrees into one cell per building, in degrees.

    A projection bends straight lines a little, so vertices put on a projected boundary come back
    beside the stored one. Here metres are the projection's tangent at the community's middle: a
    straight line stays straight, and the cells tile the stored boundary itself.

    Parameters, result and errors as `tessellate`, but EPSG:4326.
    """
    middle = np.array(shapely.get_coordinates(shapely.centroid(boundary))[0])
    matrix = _tangent(middle)

    def metric(xy: Floats) -> Floats:
        return np.asarray((xy - middle) @ matrix)

    def degrees(xy: Floats) -> Floats:
        return np.asarray(xy @ np.linalg.inv(matrix) + middle)

    lines = None if barriers is None else shapely.transform(barriers, metric)
    cells = tessellate(
        shapely.transform(outlines, metric), shapely.transform(boundary, metric), lines
    )
    return np.asarray(shapely.transform(cells, degrees), dtype=object)


def _tangent(place: Floats) -> Floats:
    """Return the matrix from degrees to metres near a place."""
    step = 1e-4
    around = place + step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    metres = crs.to_metric(shapely.points(around), crs.metric_crs(float(place[0]), float(place[1])))
    east, west, north, south = shapely.get_coordinates(metres)
    return np.array([east - west, north - south]) / (2 * step)


def _check(outlines: Shapes, boundary: Any) -> None:
    if not isinstance(boundary, shapely.Polygon | shapely.MultiPolygon) or not boundary.area > 0:
        raise GeometryError(N_("The boundary has no area."))
    if not boundary.is_valid:
        raise GeometryError(N_("The boundary crosses itself."))
    kinds = shapely.get_type_id(outlines)
    polygonal = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    _refuse(
        ~polygonal | ~shapely.is_valid(outlines) | ~(shapely.area(outlines) > 0),
        N_("These buildings have no valid outline: {rows}."),
    )


def _refuse(bad: npt.NDArray[np.bool_], message_id: str) -> None:
    """Raise a sentence that lists the rows (0 is the first) where something is wrong."""
    rows = np.flatnonzero(bad)
    if rows.size:
        listed = ", ".join(str(row) for row in rows[:_LISTED])
        more = " …" if rows.size > _LISTED else ""
        raise GeometryError(message_id, rows=listed + more)


def _moved(shapes: Shapes, by: Floats) -> Shapes:
    """Shift to small numbers, where a double has digits to spare."""
    return np.asarray(shapely.transform(shapes, lambda xy: xy + by), dtype=object)


def _anchors(outlines: Shapes, boundary: Any) -> Shapes:
    """Return a point of each building that is inside the boundary."""
    shapely.prepare(boundary)
    anchors = shapely.point_on_surface(outlines)
    out = np.flatnonzero(~shapely.contains_properly(boundary, anchors))
    if out.size:
        inner = shapely.intersection(outlines[out], boundary)
        lost = np.zeros(outlines.size, dtype=bool)
        lost[out] = ~(shapely.area(inner) > 0)
        _refuse(lost, N_("These buildings are outside the boundary: {rows}."))
        anchors[out] = shapely.point_on_surface(inner)
    return np.asarray(anchors)


def _enclosures(boundary: Any, barriers: Shapes, anchors: Shapes) -> list[tuple[Any, Positions]]:
    """Cut the boundary along the barriers.

    Returns
    -------
    list of (polygon, positions of the buildings in it)
        Every building once; enclosures without buildings are joined to a neighbour.
    """
    faces = _faces(boundary, barriers)
    building, face = shapely.STRtree(faces).query(anchors, predicate="intersects")
    first = np.unique(building, return_index=True)[1]
    owner = face[first]
    merged = _join_empty(faces, np.unique(owner))
    return [(shape, np.flatnonzero(np.isin(owner, members))) for shape, members in merged]


def _faces(boundary: Any, barriers: Shapes) -> Shapes:
    """Return the polygons between boundary and barriers; they cover the boundary."""
    crossing = barriers[shapely.intersects(barriers, boundary)] if barriers.size else barriers
    if crossing.size == 0:
        return np.array(shapely.get_parts(boundary), dtype=object)
    lines = shapely.union_all(np.append(crossing, shapely.boundary(boundary)))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.contains_properly(boundary, shapely.point_on_surface(faces))
    return np.asarray(faces[inside])


def _join_empty(faces: Shapes, occupied: Positions) -> list[tuple[Any, Positions]]:
    """Join faces without buildings to neighbours, longest common border first, ring by ring.

    A part of the boundary that touches no occupied face goes to the nearest one.
    """
    group = np.full(faces.size, -1)
    group[occupied] = occupied
    left, right, border_m = _borders(faces)
    while True:
        open_ = (group[left] < 0) & (group[right] >= 0)
        if not open_.any():
            break
        order = np.argsort(border_m[open_], kind="stable")
        # Later writes win: the longest border is written last.
        group[left[open_][order]] = group[right[open_][order]]
    lonely = np.flatnonzero(group < 0)
    if lonely.size:
        nearest = shapely.STRtree(faces[occupied]).nearest(faces[lonely])
        group[lonely] = occupied[nearest]
    return [
        (shapely.coverage_union_all(faces[group == name]), np.flatnonzero(group == name))
        for name in occupied
    ]


def _borders(faces: Shapes) -> tuple[Positions, Positions, Floats]:
    """Return pairs of faces that share a border, both ways round, with its length in metres."""
    left, right = shapely.STRtree(faces).query(faces, predicate="intersects")
    other = left != right
    left, right = left[other], right[other]
    rims = shapely.boundary(faces)
    border_m = shapely.length(shapely.intersection(rims[left], rims[right]))
    shared = border_m > 0
    return left[shared], right[shared], border_m[shared]


def _visible(outlines: Shapes) -> Shapes:
    """Take from each outline what a smaller overlapping one covers (an earlier one when equal).

    A building that is wholly covered keeps an empty shape; its anchor still stands for it.
    """
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    area_m2 = shapely.area(outlines)
    smaller = (area_m2[other] < area_m2[one]) | ((area_m2[other] == area_m2[one]) & (other < one))
    one, other = one[smaller], other[smaller]
    over = shapely.area(shapely.intersection(outlines[one], outlines[other])) > 0
    visible = outlines.copy()
    for loser, winner in zip(one[over], other[over], strict=True):
        visible[loser] = shapely.difference(visible[loser], outlines[winner])
    return visible


def _cells(
    outlines: Shapes,
    anchors: Shapes,
    enclosures: list[tuple[Any, Positions]],
    spacing_m: float,
    inset_m: float,
) -> Shapes:
    """Lay all borders between buildings and between enclosures over each other, and cut."""
    owner, seeds = _samples(outlines, spacing_m, inset_m)
    starts = np.searchsorted(owner, np.arange(outlines.size + 1))
    lines, sites = [], []
    for shape, members in enclosures:
        picked = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in members])
        site = _sites(shape, members, anchors[members], owner[picked], seeds[picked])
        sites.append(site)
        lines += [shapely.boundary(shape), *_borders_between(shape, *site)]
    # Snap-rounding closes what rounding errors leave open, and its result is noded by definition:
    # the faces between the lines are a coverage.
    noded = shapely.union_all(_array(lines), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    return _dissolved(*_owned(faces, enclosures, sites), outlines.size)


def _owned(
    faces: Shapes, enclosures: list[tuple[Any, Positions]], sites: list[Sites]
) -> tuple[Shapes, Positions]:
    """Give each face to the building of the nearest site of its enclosure; holes have no owner."""
    inner = shapely.point_on_surface(faces)
    face, enclosure = shapely.STRtree(_array([shape for shape, _m in enclosures])).query(
        inner, predicate="intersects"
    )
    owner = np.full(faces.size, -1)
    where = shapely.get_coordinates(inner)
    for number, (points, owners) in enumerate(sites):
        own = face[enclosure == number]
        owner[own] = owners[cKDTree(points).query(where[own])[1]]
    return faces[owner >= 0], owner[owner >= 0]


def _samples(outlines: Shapes, spacing_m: float, inset_m: float) -> tuple[Positions, Floats]:
    """Sample the inset outlines; buildings too thin for the inset are sampled on the wall."""
    inset = shapely.buffer(outlines, -inset_m, join_style="mitre")
    kept = np.where(shapely.is_empty(inset), outlines, inset)
    dense = shapely.segmentize(shapely.boundary(kept), spacing_m)
    seeds, owner = shapely.get_coordinates(dense, return_index=True)
    return owner, seeds


def _sites(
    enclosure: Any, members: Positions, anchors: Shapes, owner: Positions, seeds: Floats
) -> Sites:
    """Return the points of an enclosure that claim ground, and whose they are.

    Anchors come first: a building keeps its own anchor whatever its neighbours' samples are.
    """
    shapely.prepare(enclosure)
    inside = shapely.contains_xy(enclosure, seeds[:, 0], seeds[:, 1])
    points = np.vstack([_apart(shapely.get_coordinates(anchors)), seeds[inside]])
    points = np.round(points, _SAMPLE_DIGITS)
    first = np.sort(np.unique(points, axis=0, return_index=True)[1])
    return points[first], np.append(members, owner[inside])[first]


def _borders_between(enclosure: Any, points: Floats, owner: Positions) -> list[Any]:
    """Return the lines that are as far from one building as from the next, in the enclosure."""
    if (owner == owner[0]).all():
        return []
    diagram = Voronoi(np.vstack([points, _frame(enclosure)]))
    # Points of the frame belong to nobody and bound nothing that matters.
    between = np.append(owner, np.full(_FRAME_POINTS, -1))[diagram.ridge_points]
    ends = np.array(diagram.ridge_vertices)
    wanted = (between >= 0).all(axis=1) & (between[:, 0] != between[:, 1]) & (ends >= 0).all(axis=1)
    ridges = shapely.linestrings(diagram.vertices[ends[wanted]])
    near = ridges[shapely.intersects(enclosure, ridges)]
    crossing = ~shapely.contains_properly(enclosure, near)
    near[crossing] = shapely.intersection(near[crossing], enclosure)
    return list(near)


def _frame(enclosure: Any) -> Floats:
    """Return corners so far around that no site's ground inside feels them."""
    west, south, east, north = enclosure.bounds
    far = 20 * max(east - west, north - south)
    return np.array([[x, y] for x in (west - far, east + far) for y in (south - far, north + far)])


def _apart(points: Floats) -> Floats:
    """Move repeated anchors (duplicate buildings) a decimetre each, so that all have ground."""
    order = np.lexsort(points.T[::-1])
    ranked = points[order]
    again = np.append(False, (np.abs(np.diff(ranked, axis=0)) < 10**-_SAMPLE_DIGITS).all(axis=1))
    run = np.arange(again.size) - np.maximum.accumulate(np.where(again, 0, np.arange(again.size)))
    moved = points.copy()
    moved[order, 0] += 0.1 * run
    return moved


def _dissolved(faces: Shapes, owner: Positions, count: int) -> Shapes:
    """Unite each owner's faces; most have one."""
    order = np.argsort(owner, kind="stable")
    cuts = np.searchsorted(owner[order], np.arange(1, count))
    parts = np.split(faces[order], cuts)
    return _array([one[0] if one.size == 1 else shapely.coverage_union_all(one) for one in parts])


def _array(shapes: list[Any]) -> Shapes:
    """Make an object array without numpy looking inside the shapes."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _multi(cells: Shapes) -> Shapes:
    """Make every cell a MultiPolygon."""
    single = shapely.get_type_id(cells) == shapely.GeometryType.POLYGON
    wrapped = cells.copy()
    rows = np.flatnonzero(single)
    wrapped[rows] = shapely.multipolygons(cells[rows], indices=np.arange(rows.size))
    return wrapped
