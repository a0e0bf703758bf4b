"""Walking: how far it is from one place to another, along a network of ways or as the crow flies.

Whatever measures walking takes `Ways` and need not know which of the two it is; its figures say
which by `Ways.by_network`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.noding import SHORTEST_M, Report, node_lines, parts_of, steps_of

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of places with the way between them: positions of origin and target, and metres."""

    origin: Positions
    target: Positions
    metres: Floats


class Ways(Protocol):
    """What measures walking. Places are arrays of (n, 2) in the metric CRS of the ways, metres."""

    @property
    def by_network(self) -> bool:
        """True along a network, False for straight line × detour."""

    def nearest_m(self, places: Floats, targets: Floats, limit_m: float = np.inf) -> Floats:
        """Return the way from each place to its nearest target; infinite beyond the limit."""

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        """Return all pairs not farther apart than the limit, by origin, then target."""

    def between_m(self, places: Floats) -> Floats:
        """Return the ways between all places, shape (n, n); infinite where there is none."""


@dataclass(frozen=True)
class StraightLine:
    """Walking as the crow flies, longer by a factor.

    Attributes
    ----------
    detour
        Walking distance ÷ straight line.
    """

    detour: float
    by_network: bool = False

    def nearest_m(self, places: Floats, targets: Floats, limit_m: float = np.inf) -> Floats:
        """Return the way from each place to its nearest target; infinite beyond the limit."""
        if len(targets) == 0 or len(places) == 0:
            return np.full(len(places), np.inf)
        straight_m, _nearest = cKDTree(targets).query(places)
        metres = np.asarray(straight_m, dtype=np.float64) * self.detour
        return np.where(metres <= limit_m, metres, np.inf)

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        """Return all pairs not farther apart than the limit, by origin, then target."""
        if len(origins) == 0 or len(targets) == 0:
            none = np.empty(0, dtype=np.int64)
            return Pairs(none, none, np.empty(0))
        near = cKDTree(origins).sparse_distance_matrix(
            cKDTree(targets), limit_m / self.detour, output_type="ndarray"
        )
        near = near[np.lexsort((near["j"], near["i"]))]
        return Pairs(
            near["i"].astype(np.int64), near["j"].astype(np.int64), near["v"] * self.detour
        )

    def between_m(self, places: Floats) -> Floats:
        """Return the ways between all places, shape (n, n)."""
        across = places[:, None, :] - places[None, :, :]
        return np.asarray(np.hypot(across[..., 0], across[..., 1]) * self.detour)


JOIN_M = 150.0
"""A place farther from every way than this is not reached along the network."""

ISLET_SHARE = 0.05
"""Parts with less of the length are islets no place is joined to: mostly mistakes in the lines."""

_CELLS_AT_ONCE = 8_000_000
_PLACES_KEPT = 16
_TREE_NODE, _ROW_M = 2, 400.0
"""How the nearest edge is found fastest: children of a node of the tree; places row by row."""


class Joined(NamedTuple):
    """Where places join the network.

    Attributes
    ----------
    edge : array of (n,)
        The edge, -1 where none is near.
    along : array of (n,)
        Metres from the start of the edge.
    off : array of (n,)
        Metres from the place to the edge; infinite where none is near.
    """

    edge: Positions
    along: Floats
    off: Floats


@dataclass(frozen=True)
class WalkNetwork:
    """Walking along a network; each edge can be walked both ways.

    A place joins the nearest point of the nearest edge, and the straight way there counts. Edges
    of islets (`ISLET_SHARE`) are passed over: a path that hangs together with nothing would cut
    off everything beside it. Nothing is reached from a place farther than `join_m` from any edge,
    but whatever stands on the very same spot.

    Attributes
    ----------
    nodes : array of (n, 2)
        Metres.
    start, end : arrays of (m,)
        Nodes of each edge.
    metres : array of (m,)
        Length of each edge.
    lines : array of (m,) LineString
        Shape of each edge from start to end.
    join_m
        How far a place may be from its edge.
    """

    nodes: Floats
    start: Positions
    end: Positions
    metres: Floats
    lines: npt.NDArray[Any]
    join_m: float = JOIN_M
    by_network: bool = True

    @cached_property
    def part(self) -> Positions:
        """The connected part of each node, by length: 0 is the largest."""
        return parts_of(self.start, self.end, len(self.nodes), self.metres)

    def nearest_m(self, places: Floats, targets: Floats, limit_m: float = np.inf) -> Floats:
        """Return the way from each place to its nearest target; infinite beyond the limit."""
        if len(targets) == 0 or len(places) == 0:
            return np.full(len(places), np.inf)
        here, there = self.join(places), self.join(targets)
        everyone = np.zeros(len(targets), dtype=np.int64)
        at_node = self._spread(there, everyone, 1, limit_m)
        metres = self._arrive(at_node, here)[0]
        direct = self._direct(here, there, places, targets)
        np.minimum.at(metres, direct.origin, direct.metres)
        return np.where(metres <= limit_m, metres, np.inf)

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        """Return all pairs not farther apart than the limit, by origin, then target."""
        if len(origins) > len(targets):  # ways have no direction: start from the fewer
            back = self.pairs_m(targets, origins, limit_m)
            order = np.lexsort((back.origin, back.target))
            return Pairs(back.target[order], back.origin[order], back.metres[order])
        found = []
        for first, metres in self._blocks(origins, targets, limit_m):
            origin, target = np.nonzero(metres <= limit_m)
            found.append(Pairs(origin + first, target, metres[origin, target]))
        none = np.empty(0, dtype=np.int64)
        found.append(Pairs(none, none, np.empty(0)))
        return Pairs(*(np.concatenate(part) for part in zip(*found, strict=True)))

    def between_m(self, places: Floats) -> Floats:
        """Return the ways between all places, shape (n, n); infinite where there is none."""
        rows = [metres for _first, metres in self._blocks(places, places, np.inf)]
        return np.concatenate([np.empty((0, len(places))), *rows])

    def join(self, places: Floats) -> Joined:
        """Find where places join the network.

        The same places are asked about service after service: the last answers are kept.
        """
        asked = places.tobytes()
        known = self._known.get(asked)
        if known is None:
            known = self._join(places)
            if len(self._known) >= _PLACES_KEPT:
                self._known.clear()
            self._known[asked] = known
        return known

    @cached_property
    def _known(self) -> dict[bytes, Joined]:
        return {}

    @cached_property
    def _joinable(self) -> tuple[Positions, shapely.STRtree]:
        """The edges places may join, and a tree of them."""
        part = self.part[self.start]
        length = np.bincount(part, weights=self.metres)
        wide = length >= min(ISLET_SHARE * length.sum(), length.max())
        edges = np.flatnonzero(wide[part])
        return edges, shapely.STRtree(self.lines[edges], node_capacity=_TREE_NODE)

    def _join(self, places: Floats) -> Joined:
        edges, tree = self._joinable
        x, y = places.T
        near = np.empty(len(places), dtype=np.int64)
        order = np.lexsort((x, y // _ROW_M))  # neighbours one after the other are found faster
        near[order] = edges[tree.nearest(shapely.points(places[order]))]
        points, lines = shapely.points(places), self.lines[near]
        off = shapely.distance(points, lines)
        along = shapely.line_locate_point(lines, points, normalized=True) * self.metres[near]
        reached = off <= self.join_m
        return Joined(
            np.where(reached, near, -1),
            np.where(reached, along, 0.0),
            np.where(reached, off, np.inf),
        )

    @cached_property
    def _steps(self) -> tuple[Positions, Positions, Floats]:
        """Edges in both directions, row by row: row pointers, columns, metres."""
        return steps_of(self.start, self.end, self.metres, len(self.nodes))

    def _spread(self, joined: Joined, group: Positions, groups: int, limit_m: float) -> Floats:
        """Return the way from each group of places to each node, shape (groups, nodes).

        Each group is a node of its own, from which one gets to both ends of its edges.
        """
        on = np.flatnonzero(joined.edge >= 0)
        edge, off, along = joined.edge[on], joined.off[on], joined.along[on]
        row = np.concatenate([group[on], group[on]])
        order = np.argsort(row, kind="stable")
        column = np.concatenate([self.start[edge], self.end[edge]])[order]
        metres = np.concatenate([off + along, off + self.metres[edge] - along])[order]
        pointers, columns, weights = self._steps
        counts = np.bincount(row, minlength=groups)
        size = len(self.nodes) + groups
        steps = csr_array(
            (
                np.concatenate([weights, np.maximum(metres, SHORTEST_M)]),
                np.concatenate([columns, column]),
                np.concatenate([pointers, pointers[-1] + np.cumsum(counts)]),
            ),
            shape=(size, size),
        )
        sources = np.arange(len(self.nodes), size)
        return np.asarray(dijkstra(steps, indices=sources, limit=limit_m))[:, : len(self.nodes)]

    def _arrive(self, at_node: Floats, joined: Joined) -> Floats:
        """Go on from the nodes to places, through either end of their edge."""
        edge = joined.edge  # -1 takes some edge; its off is infinite
        by_start = at_node[:, self.start[edge]] + joined.along
        by_end = at_node[:, self.end[edge]] + (self.metres[edge] - joined.along)
        return np.asarray(np.minimum(by_start, by_end) + joined.off)

    def _direct(self, here: Joined, there: Joined, places: Floats, targets: Floats) -> Pairs:
        """Return the pairs on one edge, which need not pass a node, and those on one spot."""
        one, other = _same(here.edge, there.edge)
        apart = np.abs(here.along[one] - there.along[other])
        metres = apart + here.off[one] + there.off[other]
        x, y = np.concatenate([places, targets]).T
        spot = np.unique(x + 1j * y, return_inverse=True)[1]  # sorts faster than rows
        mine, its = _same(spot[: len(places)], spot[len(places) :])
        return Pairs(
            np.concatenate([one, mine]),
            np.concatenate([other, its]),
            np.concatenate([metres, np.zeros(len(mine))]),
        )

    def _blocks(
        self, origins: Floats, targets: Floats, limit_m: float
    ) -> Iterator[tuple[int, Floats]]:
        """Give the ways from some origins at a time to all targets, with the first origin."""
        there = self.join(targets)
        many = max(1, _CELLS_AT_ONCE // (len(self.nodes) + len(targets)))
        for first in range(0, len(origins) if len(targets) else 0, many):
            some = origins[first : first + many]
            here = self._join(some)
            at_node = self._spread(here, np.arange(len(some)), len(some), limit_m)
            metres = self._arrive(at_node, there)
            direct = self._direct(here, there, some, targets)
            np.minimum.at(metres, (direct.origin, direct.target), direct.metres)
            yield first, metres


def _same(keys: Positions, others: Positions) -> tuple[Positions, Positions]:
    """Return the positions of all pairs with the same key; negative keys match nothing."""
    order = np.argsort(others, kind="stable")
    low = np.searchsorted(others[order], keys, side="left")
    count = np.searchsorted(others[order], keys, side="right") - low
    count[keys < 0] = 0
    one = np.repeat(np.arange(len(keys)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return one, order[low[one] + step]


def build(
    lines: npt.NDArray[Any], tolerance_m: float, levels: Positions | None = None
) -> tuple[WalkNetwork, Positions, Report]:
    """Make a walking network of lines, see `geo.noding.node_lines`.

    Parameters
    ----------
    lines : array of (n,) LineString
        In a metric CRS.
    tolerance_m
        Places closer than this become one.
    levels : array of (n,), optional
        Bridges 1, tunnels -1: they cross other lines without meeting them.

    Returns
    -------
    tuple
        The network, the line each of its edges comes from, shape (m,), and the report.

    Raises
    ------
    GeometryError
        If there is a shape that is no line, or no line at all.
    """
    made, report = node_lines(lines, tolerance_m, levels)
    metres = np.asarray(shapely.length(made.lines), dtype=np.float64)
    network = WalkNetwork(made.nodes, made.start, made.end, metres, made.lines)
    return network, made.source, report
