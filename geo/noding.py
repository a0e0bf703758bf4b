"""From lines somebody drew to a network one can walk: cut where they meet, joined where they ought.

Drawn lines seldom hang together as they stand. They are cut at the edges of tiles, and overlap
there; they end a hand's breadth before the street they lead to; they cross without a common
vertex. Here they are cut where they meet, places closer than a tolerance become one node, and
what lies there twice is kept once. Whatever was mended is counted, and what looks broken but was
not mended is listed, since only somebody who knows the place can tell a gap from a fence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from geo.errors import N_, GeometryError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

EXACT_M = 0.01
"""Places closer than this are the same place written twice; joining them mends nothing."""

GAP_M, ROUND_M = 15.0, 100.0
"""A dead end this close to a way is worth a look where one walks farther than that to get there."""

SHORTEST_M = 1e-9
_APART_M = 100.0
_CELLS_AT_ONCE = 8_000_000


class Network(NamedTuple):
    """Nodes joined by edges.

    Attributes
    ----------
    nodes : array of (n, 2)
        Metres.
    start, end : arrays of (m,)
        Nodes of each edge.
    lines : array of (m,) LineString
        From start to end.
    source : array of (m,)
        The line given that an edge is a piece of.
    """

    nodes: Floats
    start: Ints
    end: Ints
    lines: Shapes
    source: Ints


class Gaps(NamedTuple):
    """Dead ends close to a way they do not lead to: to another part first, then the narrowest.

    Attributes
    ----------
    xy : array of (n, 2)
        The dead ends, metres.
    metres : array of (n,)
        How far the way is.
    apart : array of (n,) bool
        Whether the way belongs to another part, not to be reached at all.
    """

    xy: Floats
    metres: Floats
    apart: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Report:
    """What was mended and what does not hang together.

    Attributes
    ----------
    tolerance_m
        Places closer than this became one.
    lines
        Lines given that have a length.
    ends_joined
        Ends that nearly met another end.
    junctions
        Lines cut where another one ends.
    crossings
        Crossings without a common vertex that became nodes.
    duplicates
        Lines, or stretches of lines, that lay there twice.
    nodes, edges, length_m
        The network.
    parts
        How many pieces it falls into that no way joins.
    largest_nodes, largest_share
        Nodes of the largest part, and its share of the length.
    dead_ends
        Nodes with a single edge.
    gaps
        Those that look like a mistake.
    """

    tolerance_m: float
    lines: int
    ends_joined: int
    junctions: int
    crossings: int
    duplicates: int
    nodes: int
    edges: int
    length_m: float
    parts: int
    largest_nodes: int
    largest_share: float
    dead_ends: int
    gaps: Gaps


class _Marks(NamedTuple):
    """Places where lines are to be cut: line, metres along it, the place itself."""

    line: Ints
    along: Floats
    xy: Floats


class _Crossings(NamedTuple):
    """Marks of crossings, two each, and whether both lines have a vertex there already."""

    marks: _Marks
    noded: npt.NDArray[np.bool_]


def node_lines(
    lines: Shapes, tolerance_m: float, levels: Ints | None = None
) -> tuple[Network, Report]:
    """Make a network of lines.

    Parameters
    ----------
    lines : array of (n,) LineString
        In a metric CRS. Missing and empty ones, and those without length, are left out.
    tolerance_m
        Ends that nearly meet, and ends that nearly lie on another line, are joined when not
        farther apart. Places are joined in chains: choose less than the shortest way that counts.
    levels : array of (n,), optional
        Height above the ground: bridges 1, tunnels -1. Lines of different levels cross without
        meeting; their ends join whatever they meet. Off the ground (level 0) a line may also cross
        itself: a ramp that winds.

    Returns
    -------
    tuple
        The network, and the report on it.

    Raises
    ------
    GeometryError
        If there is a shape that is no line, or no line at all.
    """
    level = np.zeros(len(lines), dtype=np.int64) if levels is None else levels
    pieces, source, whole = _simple_pieces(lines, level)
    tree = shapely.STRtree(pieces)
    ends = _end_marks(pieces)
    touching, touched_by = _touches(tree, ends, level[source], tolerance_m)
    crossings = _crossings(tree, level[source])
    marks = _Marks(
        *(np.concatenate(part) for part in zip(ends, touching, crossings.marks, strict=True))
    )
    node = _clusters(marks.xy, tolerance_m, touched_by, len(ends.line))
    network, twice = _cut(pieces, marks, node, tolerance_m)
    network = network._replace(source=source[network.source])
    parts = parts_of(network.start, network.end, len(network.nodes))
    lengths = shapely.length(network.lines)
    share = np.bincount(parts[network.start], weights=lengths) / lengths.sum()
    dead = np.flatnonzero(_degree(network) == 1)
    return network, Report(
        tolerance_m=tolerance_m,
        lines=int(whole.size),
        ends_joined=_ends_joined(ends.xy, node[: len(ends.line)]),
        junctions=_count_junctions(touching, node, len(pieces)),
        crossings=_count_crossings(crossings, node, len(ends.line)),
        duplicates=twice + int((~whole).sum()),
        nodes=len(network.nodes),
        edges=len(network.lines),
        length_m=float(lengths.sum()),
        parts=len(share),
        largest_nodes=int((parts == 0).sum()),
        largest_share=float(share[0]),
        dead_ends=len(dead),
        gaps=_find_gaps(network, parts, dead),
    )


def parts_of(start: Ints, end: Ints, nodes: int, weight: Floats | None = None) -> Ints:
    """Return the connected part of each node; 0 has the most edges (the most weight).

    Parameters
    ----------
    start, end : arrays of (m,)
        Nodes of each edge.
    nodes
        How many nodes there are.
    weight : array of (m,), optional
        What counts for an edge, as its length; else each counts the same.
    """
    joined = coo_array((np.ones(len(start)), (start, end)), shape=(nodes, nodes))
    _count, label = connected_components(joined, directed=False)
    size = np.bincount(label[start], weights=weight, minlength=label.max(initial=-1) + 1)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.asarray(rank[label])


def steps_of(start: Ints, end: Ints, metres: Floats, nodes: int) -> tuple[Ints, Ints, Floats]:
    """Lay out edges in both directions, row by row: row pointers, columns, metres.

    Edges between the same nodes stay apart; making a sparse matrix would add them up.
    """
    row = np.concatenate([start, end])
    order = np.argsort(row, kind="stable")
    pointers = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=nodes))])
    # An edge of no length would be read as no edge.
    both = np.maximum(np.concatenate([metres, metres]), SHORTEST_M)
    return pointers, np.concatenate([end, start])[order], both[order]


# ------------------------------------------------------------------------------------- reading


def _simple_pieces(lines: Shapes, level: Ints) -> tuple[Shapes, Ints, npt.NDArray[np.bool_]]:
    """Return lines each once, cut where they cross themselves, and the line each comes from.

    The third answer says of each line with a length whether it is the first of its shape.
    """
    given = np.flatnonzero(~shapely.is_missing(lines) & (shapely.length(lines) > 0))
    chosen = shapely.force_2d(lines[given])
    if (shapely.get_type_id(chosen) != shapely.GeometryType.LINESTRING).any():
        raise GeometryError(N_("A walking network is made of lines; there is another shape."))
    if not len(chosen):
        raise GeometryError(N_("There is no line to make a walking network of."))
    _shape, first = np.unique(shapely.to_wkb(shapely.normalize(chosen)), return_index=True)
    whole = np.zeros(len(chosen), dtype=bool)
    whole[first] = True
    kept, source = chosen[whole], given[whole]
    simple = shapely.is_simple(kept) | (level[source] != 0)
    split = [shapely.get_parts(shapely.node(line)) for line in kept[~simple]]
    counts = [len(part) for part in split]
    pieces = np.concatenate([kept[simple], *split])
    return pieces, np.concatenate([source[simple], np.repeat(source[~simple], counts)]), whole


def _end_marks(pieces: Shapes) -> _Marks:
    """Return both ends of each line: all first ends, then all last ends."""
    which = np.arange(len(pieces))
    points = np.concatenate([shapely.get_point(pieces, 0), shapely.get_point(pieces, -1)])
    along = np.concatenate([np.zeros(len(pieces)), shapely.length(pieces)])
    return _Marks(np.concatenate([which, which]), along, shapely.get_coordinates(points))


def _touches(
    tree: shapely.STRtree, ends: _Marks, level: Ints, tolerance_m: float
) -> tuple[_Marks, Ints]:
    """Return where ends of other lines lie on a line, and which ends."""
    points = shapely.points(ends.xy)
    end, line = tree.query(points, predicate="dwithin", distance=tolerance_m)
    pieces = tree.geometries
    reach = np.where(level[ends.line[end]] == level[line], tolerance_m, EXACT_M)
    near = shapely.distance(points[end], pieces[line]) <= reach
    along = shapely.line_locate_point(pieces[line], points[end])
    inside = (along > 0) & (along < shapely.length(pieces[line]))
    kept = near & inside & (ends.line[end] != line)
    end, line, along = end[kept], line[kept], along[kept]
    place = shapely.get_coordinates(shapely.line_interpolate_point(pieces[line], along))
    return _Marks(line, along, place), end


def _crossings(tree: shapely.STRtree, level: Ints) -> _Crossings:
    """Return the places common to two lines: crossings, and the ends of what they share."""
    pieces = tree.geometries
    one, other = tree.query(pieces, predicate="intersects")
    pair = (one < other) & (level[one] == level[other])
    one, other = one[pair], other[pair]
    common, at = shapely.get_parts(
        shapely.intersection(pieces[one], pieces[other]), return_index=True
    )
    stretch = shapely.get_type_id(common) == shapely.GeometryType.LINESTRING
    points = np.concatenate(
        [
            common[~stretch],
            shapely.get_point(common[stretch], 0),
            shapely.get_point(common[stretch], -1),
        ]
    )
    at = np.concatenate([at[~stretch], at[stretch], at[stretch]])
    line = np.concatenate([one[at], other[at]])
    points = np.concatenate([points, points])
    along = shapely.line_locate_point(pieces[line], points)
    known = shapely.dwithin(_vertices(pieces)[line], points, EXACT_M)
    marks = _Marks(line, along, shapely.get_coordinates(points))
    return _Crossings(marks, known[: len(at)] & known[len(at) :])


def _vertices(lines: Shapes) -> Shapes:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    return np.asarray(shapely.multipoints(xy, indices=line))


# ------------------------------------------------------------------------------------- joining


def _clusters(xy: Floats, tolerance_m: float, touched_by: Ints, ends: int) -> Ints:
    """Return the node each mark becomes; a mark made for an end goes with that end."""
    near = cKDTree(xy).query_pairs(max(tolerance_m, EXACT_M), output_type="ndarray")
    made_for = np.column_stack([touched_by, ends + np.arange(len(touched_by))])
    first, second = np.concatenate([near, made_for]).T
    joined = coo_array((np.ones(len(first)), (first, second)), shape=(len(xy), len(xy)))
    _count, label = connected_components(joined, directed=False)
    return np.asarray(label, dtype=np.int64)


def _ends_joined(xy: Floats, node: Ints) -> int:
    """Count the ends that had to be moved to meet another."""
    places = np.unique(_clusters(xy, EXACT_M, np.empty(0, dtype=np.int64), len(xy)))
    return max(len(places) - len(np.unique(node)), 0)


def _count_junctions(touching: _Marks, node: Ints, pieces: int) -> int:
    """Count the cuts made for an end, but for those that fall together with the line's own end."""
    at = node[2 * pieces : 2 * pieces + len(touching.line)]
    inside = (at != node[touching.line]) & (at != node[pieces + touching.line])
    return len(np.unique(np.column_stack([touching.line, at])[inside], axis=0))


def _count_crossings(crossings: _Crossings, node: Ints, ends: int) -> int:
    """Count the nodes where lines cross, none ends, and not both had a vertex."""
    count = len(crossings.noded)
    at = node[len(node) - 2 * count : len(node) - count]
    return len(np.setdiff1d(at[~crossings.noded], node[:ends]))


# ------------------------------------------------------------------------------------- cutting


def _cut(pieces: Shapes, marks: _Marks, node: Ints, tolerance_m: float) -> tuple[Network, int]:
    """Cut lines at their marks; return the network and how many stretches lay there twice."""
    size = int(node.max()) + 1
    weight = np.bincount(node, minlength=size)
    places = np.column_stack(
        [np.bincount(node, weights=part, minlength=size) / weight for part in marks.xy.T]
    )
    line, xy, at = _sequence(pieces, marks, node, places)
    stop = np.flatnonzero(at >= 0)
    whole = line[stop[:-1]] == line[stop[1:]]
    first, last = stop[:-1][whole], stop[1:][whole]
    count = last - first + 1
    owner = np.repeat(np.arange(len(first)), count)
    vertex = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[owner]
    lines = np.asarray(shapely.linestrings(xy[vertex], indices=owner))
    start, end = at[first], at[last]
    kept = (start != end) | (shapely.length(lines) > 2 * tolerance_m)
    chosen = np.flatnonzero(kept)
    once = chosen[~_doubled(start[chosen], end[chosen], lines[chosen], tolerance_m)]
    used, ends = np.unique([start[once], end[once]], return_inverse=True)
    start, end = ends.reshape(2, -1)
    network = Network(places[used], start, end, lines[once], line[first][once])
    return network, len(chosen) - len(once)


def _sequence(
    pieces: Shapes, marks: _Marks, node: Ints, places: Floats
) -> tuple[Ints, Floats, Ints]:
    """Lay out what makes up each line in order: line, place, and node (-1: a mere vertex).

    Vertices as close to a mark as it moved give way to it, else a line would go back and forth.
    """
    xy, line = shapely.get_coordinates(pieces, return_index=True)
    along = _along(xy, line)
    order = np.lexsort((marks.along, marks.line))
    # One axis for all lines, one after the other and well apart, so that one search serves all.
    offset = np.cumsum(np.concatenate([[0.0], shapely.length(pieces) + _APART_M]))
    axis = offset[marks.line[order]] + marks.along[order]
    own = offset[line] + along
    after = np.minimum(np.searchsorted(axis, own), len(axis) - 1)
    before = np.maximum(after - 1, 0)
    moved = np.hypot(*(places[node[order]] - marks.xy[order]).T) + EXACT_M
    free = (np.abs(axis[after] - own) > moved[after]) & (np.abs(axis[before] - own) > moved[before])
    line = np.concatenate([line[free], marks.line[order]])
    along = np.concatenate([own[free], axis])
    at = np.concatenate([np.full(free.sum(), -1), node[order]])
    everything = np.concatenate([xy[free], places[node[order]]])
    order = np.lexsort((along, line))
    return line[order], everything[order], at[order]


def _along(xy: Floats, line: Ints) -> Floats:
    """Return how far along its line each vertex is."""
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    fresh = np.diff(line, prepend=-1) != 0
    step[fresh] = 0.0
    total = np.cumsum(step)
    return np.asarray(total - total[np.flatnonzero(fresh)][np.cumsum(fresh) - 1])


def _doubled(start: Ints, end: Ints, lines: Shapes, tolerance_m: float) -> npt.NDArray[np.bool_]:
    """Tell which edges run where another one does, between the same nodes."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((shapely.length(lines), high, low))
    same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0)
    one, next_one = order[:-1][same], order[1:][same]
    near = shapely.hausdorff_distance(lines[one], lines[next_one]) <= max(tolerance_m, EXACT_M)
    doubled = np.zeros(len(lines), dtype=bool)
    doubled[next_one[near]] = True
    return doubled


# ---------------------------------------------------------------------------------------- gaps


def _degree(network: Network) -> Ints:
    ends = np.concatenate([network.start, network.end])
    return np.bincount(ends, minlength=len(network.nodes))


def _find_gaps(network: Network, parts: Ints, dead: Ints) -> Gaps:
    """Find the dead ends close to an edge that one has to walk far to get to."""
    points = shapely.points(network.nodes[dead])
    at, edge = shapely.STRtree(network.lines).query(points, predicate="dwithin", distance=GAP_M)
    far = _way_round(network, dead, at, edge) > ROUND_M
    at, edge = at[far], edge[far]
    metres = shapely.distance(points[at], network.lines[edge])
    order = np.lexsort((metres, at))
    nearest = order[np.unique(at[order], return_index=True)[1]]
    place = dead[at[nearest]]
    apart = parts[place] != parts[network.start[edge[nearest]]]
    listed = np.lexsort((metres[nearest], ~apart))
    return Gaps(network.nodes[place][listed], metres[nearest][listed], apart[listed])


def _way_round(network: Network, dead: Ints, at: Ints, edge: Ints) -> Floats:
    """Return the way from each dead end (by position) to the place on an edge next to it."""
    length = shapely.length(network.lines)
    along = shapely.line_locate_point(network.lines[edge], shapely.points(network.nodes[dead[at]]))
    size = len(network.nodes)
    steps = csr_array(steps_of(network.start, network.end, length, size)[::-1], shape=(size, size))
    way = np.full(len(at), np.inf)
    many = max(1, _CELLS_AT_ONCE // size)
    for first in range(0, len(dead), many):
        some = np.flatnonzero((at >= first) & (at < first + many))
        metres = dijkstra(steps, indices=dead[first : first + many], limit=ROUND_M)
        row, on = at[some] - first, edge[some]
        way[some] = np.minimum(
            metres[row, network.start[on]] + along[some],
            metres[row, network.end[on]] + length[on] - along[some],
        )
    return way
