"""Walking networks: hand-counted lattices, mended lines, and networkx on random graphs."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeometryError
from geo.network import ISLET_SHARE, StraightLine, WalkNetwork, build
from geo.noding import Report

Floats = npt.NDArray[np.float64]
Place = tuple[float, float]


def lines(*given_lines: tuple[Place, ...]) -> npt.NDArray[Any]:
    return np.array([shapely.LineString(line) for line in given_lines], dtype=object)


def lattice(side: int = 3, step: float = 100.0) -> list[tuple[Place, ...]]:
    """Lay streets out whole: each is one line, without a vertex where it crosses another."""
    far, at = (side - 1) * step, [number * step for number in range(side)]
    return [*(((0, y), (far, y)) for y in at), *(((x, 0), (x, far)) for x in at)]


def blocks(side: int = 3, step: float = 100.0) -> list[tuple[Place, ...]]:
    """Lay the same streets out from corner to corner."""
    far = side - 1
    rows = [((x, y), (x + 1, y)) for x in range(far) for y in range(side)]
    columns = [((x, y), (x, y + 1)) for x in range(side) for y in range(far)]
    return [tuple((x * step, y * step) for x, y in line) for line in [*rows, *columns]]


def made(*given_lines: tuple[Place, ...], tolerance: float = 1.0) -> tuple[WalkNetwork, Report]:
    network, _source, report = build(lines(*given_lines), tolerance)
    return network, report


def xy(*places: Place) -> Floats:
    return np.array(places, dtype=np.float64).reshape(-1, 2)


# ----------------------------------------------------------------------------- joining, counted


def test_streets_that_cross_without_a_vertex_become_a_lattice() -> None:
    network, report = made(*lattice())
    assert (report.nodes, report.edges, report.length_m) == (9, 12, 1200.0)
    # The middle is a crossing; four ends of streets lie in the middle of a border street.
    assert (report.crossings, report.junctions, report.ends_joined) == (1, 4, 0)
    assert (report.parts, report.largest_nodes, report.largest_share) == (1, 9, 1.0)
    assert report.dead_ends == len(report.gaps.metres) == 0
    assert network.by_network


def test_streets_from_corner_to_corner_need_no_mending() -> None:
    _network, report = made(*blocks())
    assert (report.nodes, report.edges) == (9, 12)
    assert (report.crossings, report.junctions, report.ends_joined, report.duplicates) == (0,) * 4


def test_a_common_vertex_is_no_mended_crossing() -> None:
    _network, report = made(((0, 0), (50, 0), (100, 0)), ((50, -50), (50, 0), (50, 50)))
    assert (report.nodes, report.edges, report.crossings) == (5, 4, 0)


@pytest.mark.parametrize(("gap", "joined"), [(0.9, True), (1.1, False)])
def test_ends_that_nearly_meet(gap: float, joined: bool) -> None:  # noqa: FBT001
    network, report = made(((0, 0), (100, 0)), ((100 + gap, 0), (200, 0)))
    assert (report.parts == 1) is joined
    assert report.ends_joined == int(joined)
    way = network.between_m(xy((0, 0), (200, 0)))[0, 1]
    assert way == (pytest.approx(200) if joined else np.inf)
    assert report.gaps.metres.tolist() == ([] if joined else pytest.approx([gap, gap]))
    assert report.gaps.apart.all()


@pytest.mark.parametrize(("gap", "joined"), [(0.0, True), (0.9, True), (1.1, False)])
def test_an_end_on_a_line(gap: float, joined: bool) -> None:  # noqa: FBT001
    network, report = made(((0, 0), (100, 0)), ((40, gap), (40, 60)))
    assert report.junctions == int(joined)
    assert report.parts == (1 if joined else 2)
    way = network.between_m(xy((0, 0), (40, 60)))[0, 1]
    assert way == (pytest.approx(100, abs=1) if joined else np.inf)


def test_an_end_beside_the_end_of_a_line() -> None:
    # Farther than the tolerance from its end, not from the line: the rest of 0.8 m vanishes.
    _network, report = made(((0, 0), (100, 0)), ((99.2, 0.8), (99.2, 60)))
    assert report.parts == 1
    assert (report.nodes, report.edges) == (3, 2)


def test_bridges_pass_over_and_are_joined_at_their_ends() -> None:
    drawn = lines(((0, 0), (100, 0)), ((50, -50), (50, 50)), ((50, 50), (50, 90)))
    network, _source, report = build(drawn, 1.0, np.array([0, 1, 0]))
    assert (report.crossings, report.parts) == (0, 2)
    assert network.between_m(xy((50, -50), (50, 90)))[0, 1] == 140
    _network, _source, flat = build(drawn, 1.0)
    assert (flat.crossings, flat.parts) == (1, 1)


def test_a_path_that_ends_under_a_bridge_does_not_lead_onto_it() -> None:
    bridge = ((0.0, 0.0), (100.0, 0.0))
    for off, parts in ((0.5, 2), (0.0, 1)):
        path = ((50.0, off), (50.0, 60.0))
        _network, _source, report = build(lines(bridge, path), 1.0, np.array([1, 0]))
        assert (report.parts, report.junctions) == (parts, 2 - parts)


def test_what_lies_there_twice_counts_once() -> None:
    street = ((0.0, 0.0), (50.0, 10.0), (100.0, 0.0))
    whole = made(street, street[::-1])[1]
    assert (whole.edges, whole.duplicates) == (1, 1)
    # Cut at the edges of two tiles that overlap by 20 m.
    tiles = made(((0, 0), (60, 0)), ((40, 0), (100, 0)))[1]
    assert (tiles.edges, tiles.duplicates, tiles.length_m) == (3, 1, 100.0)
    # Two ways round between the same corners are two ways.
    loop = made(((0, 0), (50, 30), (100, 0)), ((0, 0), (50, -30), (100, 0)))[1]
    assert (loop.edges, loop.duplicates) == (2, 0)


def test_a_line_that_crosses_itself() -> None:
    eight = ((0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (50.0, 50.0), (50.0, -50.0))
    network, report = made(eight)
    assert (report.nodes, report.edges) == (3, 3)
    assert network.between_m(xy((0, 0), (50, -50)))[0, 1] == 100
    ramp, _source, _report = build(lines(eight), 1.0, np.array([1]))
    assert ramp.between_m(xy((0, 0), (50, -50)))[0, 1] == 300


def test_gaps_are_where_one_walks_far() -> None:
    # The yard's path ends 5 m from the street, which it leaves 20 m farther on: no gap.
    yard = made(((0, 0), (200, 0)), ((60, 0), (60, 15), (40, 15), (40, 5)))[1]
    assert (yard.dead_ends, len(yard.gaps.metres)) == (3, 0)
    # A path that comes from the far end of the street, 140 m away.
    long = made(((0, 0), (200, 0)), ((200, 0), (200, 15), (60, 15), (60, 5)))[1]
    assert long.gaps.metres.tolist() == [5.0]
    assert long.gaps.xy.tolist() == [[60.0, 5.0]]
    assert not long.gaps.apart.any()


def test_shapes_that_are_no_ways() -> None:
    with pytest.raises(GeometryError, match="another shape"):
        build(np.array([shapely.box(0, 0, 1, 1)], dtype=object), 1.0)
    for nothing in ([], [None], [shapely.LineString()], [shapely.LineString([(1, 1), (1, 1)])]):
        with pytest.raises(GeometryError, match="no line"):
            build(np.array([*nothing, None], dtype=object)[:-1], 1.0)


def test_each_edge_knows_its_line() -> None:
    drawn = np.array([None, *lines(*lattice()), shapely.LineString()], dtype=object)
    network, source, _report = build(drawn, 1.0)
    assert shapely.dwithin(drawn[source], network.lines, 1e-6).all()
    assert np.bincount(source).tolist() == [0, 2, 2, 2, 2, 2, 2]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25))
def test_random_lines_are_cut_as_geos_cuts_them(seed: int, count: int) -> None:
    drawn = shapely.linestrings(np.random.default_rng(seed).uniform(0, 1000, (count, 3, 2)))
    network, _source, report = build(drawn, 0.0)
    cut = shapely.get_parts(shapely.line_merge(shapely.unary_union(drawn)))
    ours = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(network.lines)))
    assert report.length_m == pytest.approx(shapely.length(cut).sum(), abs=0.1 * count)
    # Nodes closer than a centimetre become one: slivers may be missing.
    assert (shapely.length(ours) > 0.1).sum() == (shapely.length(cut) > 0.1).sum()
    assert shapely.hausdorff_distance(shapely.union_all(drawn), shapely.union_all(ours)) < 0.05


# ------------------------------------------------------------------------------ walking, counted


def test_ways_on_a_lattice() -> None:
    network, _report = made(*lattice())
    far = network.nearest_m(xy((0, 0), (100, 100), (130, 10)), xy((200, 200)))
    assert far.tolist() == [400, 200, 280]
    assert network.nearest_m(xy((0, 0)), xy((200, 200), (100, 0))).tolist() == [100]
    assert network.nearest_m(xy((0, 0), (100, 0)), xy((200, 0)), 150.0).tolist() == [np.inf, 100]


def test_places_on_one_edge_are_measured_along_it() -> None:
    network, _report = made(*lattice())
    places = xy((20, 10), (70, -5), (20, 10))
    between = network.between_m(places)
    assert between.tolist() == [[0, 65, 0], [65, 0, 65], [0, 65, 0]]
    # Longer along the edge than round the block: a street in the shape of a horseshoe.
    horseshoe, _report = made(((0, 0), (0, 300), (20, 300), (20, 0)), ((0, 0), (20, 0)))
    assert horseshoe.between_m(xy((0, 50), (20, 50)))[0, 1] == 120


def test_nothing_near_is_nothing_reached() -> None:
    network, _report = made(*lattice())
    places = xy((-149, 0), (-151, 0), (-151, 0))
    assert network.nearest_m(places, xy((0, 0))).tolist() == [149, np.inf, np.inf]
    assert network.between_m(places)[1].tolist() == [np.inf, 0, 0]
    assert network.nearest_m(xy((0, 0)), places[1:]).tolist() == [np.inf]


def test_no_place_joins_an_islet() -> None:
    islet = ((50, 50), (60, 50))
    network, report = made(*lattice(), islet)
    assert (report.parts, report.largest_nodes) == (2, 9)
    assert report.largest_share == pytest.approx(1200 / 1210)
    assert network.nearest_m(xy((45, 51)), xy((0, 0))).tolist() == pytest.approx([45 + 51])
    assert network.part.tolist().count(1) == 2
    # Beyond a river lies no islet.
    town, _report = made(*lattice(), *(tuple((x + 500, y) for x, y in row) for row in blocks(2)))
    assert town.nearest_m(xy((500, 0)), xy((600, 0), (0, 0))).tolist() == [100]
    assert town.nearest_m(xy((500, 0)), xy((0, 0))).tolist() == [np.inf]


def test_no_places() -> None:
    network, _report = made(*lattice())
    none = xy()
    assert network.nearest_m(none, xy((0, 0))).shape == (0,)
    assert network.nearest_m(xy((0, 0)), none).tolist() == [np.inf]
    assert network.between_m(none).shape == (0, 0)
    for here, there in ((none, xy((0, 0))), (xy((0, 0)), none), (none, none)):
        assert [len(part) for part in network.pairs_m(here, there, 100.0)] == [0, 0, 0]


def test_a_network_travels_to_another_process() -> None:
    network, _report = made(*lattice())
    asked = xy((0, 0)), xy((200, 200))
    network.nearest_m(*asked)
    again = pickle.loads(pickle.dumps(network))  # noqa: S301 - our own
    assert again.nearest_m(*asked).tolist() == [400]


def test_straight_line() -> None:
    ways = StraightLine(1.5)
    places, targets = xy((0, 0), (30, 40)), xy((0, 0), (0, 100))
    assert not ways.by_network
    assert ways.nearest_m(places, targets, 60.0).tolist() == [0, np.inf]
    assert ways.between_m(places).tolist() == [[0, 75], [75, 0]]
    pairs = ways.pairs_m(places, targets, 80.0)
    assert [part.tolist() for part in pairs] == [[0, 1], [0, 0], [0, 75]]


# ------------------------------------------------------------------------------ against networkx


def random_network(rng: np.random.Generator) -> WalkNetwork:
    """Join random nodes at random: several parts, edges twice and loops, lengths of their own."""
    nodes = rng.uniform(0, 1000, (int(rng.integers(2, 25)), 2))
    start, end = rng.integers(0, len(nodes), (2, int(rng.integers(1, 35))))
    bend = (nodes[start] + nodes[end]) / 2 + rng.uniform(-50, 50, (len(start), 2))
    drawn = shapely.linestrings(np.stack([nodes[start], bend, nodes[end]], axis=1))
    metres = shapely.length(drawn) * rng.uniform(1, 1.5, len(start))
    return WalkNetwork(nodes, start, end, metres, drawn)


def graph_with(network: WalkNetwork, places: Floats) -> Any:
    """Put places into a graph of networkx: ``("place", number)`` beside their spot on an edge."""
    whole = nx.Graph(list(zip(network.start.tolist(), network.end.tolist(), strict=True)))
    part = {
        node: group for group, nodes in enumerate(nx.connected_components(whole)) for node in nodes
    }
    length: dict[int, float] = {}
    for node, metres in zip(network.start.tolist(), network.metres.tolist(), strict=True):
        length[part[node]] = length.get(part[node], 0.0) + metres
    least = min(ISLET_SHARE * sum(length.values()), max(length.values()))
    stops: dict[int, list[tuple[float, Any]]] = {edge: [] for edge in range(len(network.start))}
    graph: Any = nx.Graph()
    for number, place in enumerate(places):
        graph.add_node(("place", number))
        point = shapely.Point(place)
        off, edge = min(
            (line.distance(point), edge)
            for edge, line in enumerate(network.lines)
            if length[part[int(network.start[edge])]] >= least
        )
        if off <= network.join_m:
            line = network.lines[edge]
            stops[edge].append((line.project(point) / line.length, ("spot", number)))
            graph.add_edge(("place", number), ("spot", number), weight=off)
    for edge, on_it in stops.items():
        ends = (0.0, int(network.start[edge])), (1.0, int(network.end[edge]))
        chain = [ends[0], *sorted(on_it), ends[1]]
        for (share, one), (next_share, other) in itertools.pairwise(chain):
            metres = float(network.metres[edge]) * (next_share - share)
            known = graph.get_edge_data(one, other, {"weight": np.inf})["weight"]
            graph.add_edge(one, other, weight=min(metres, known))
    return graph


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_way_is_as_long_as_networkx_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    count, limit = int(rng.integers(1, 12)), float(rng.uniform(0, 1500))
    places = rng.uniform(-100, 1100, (count, 2))
    places[rng.random(count) < 0.2] = places[0]
    targets = rng.uniform(-100, 1100, (int(rng.integers(1, 12)), 2))
    targets[rng.random(len(targets)) < 0.2] = places[0]
    both = np.concatenate([places, targets])
    graph = graph_with(network, both)
    expected = np.full((len(both), len(both)), np.inf)
    for one in range(len(both)):
        reached = nx.single_source_dijkstra_path_length(graph, ("place", one))
        for other in range(len(both)):
            expected[one, other] = reached.get(("place", other), np.inf)
        expected[one, (both == both[one]).all(axis=1)] = 0

    np.testing.assert_allclose(network.between_m(both), expected, atol=1e-6)
    across = expected[:count, count:]
    across = np.where(across <= limit, across, np.inf)
    nearest = network.nearest_m(places, targets, limit)
    np.testing.assert_allclose(nearest, across.min(axis=1), atol=1e-6)
    pairs = network.pairs_m(places, targets, limit)
    origin, target = np.nonzero(np.isfinite(across))
    assert pairs.origin.tolist() == origin.tolist()
    assert pairs.target.tolist() == target.tolist()
    np.testing.assert_allclose(pairs.metres, across[origin, target], atol=1e-6)


def test_blocks_of_origins_give_the_same_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    network, _report = made(*lattice(6))
    places, targets = rng.uniform(0, 500, (2, 40, 2))
    at_once = network.between_m(places), network.pairs_m(places, targets, 400.0)
    monkeypatch.setattr("geo.network._CELLS_AT_ONCE", 200)
    np.testing.assert_array_equal(network.between_m(places), at_once[0])
    for part, whole in zip(network.pairs_m(places, targets, 400.0), at_once[1], strict=True):
        np.testing.assert_array_equal(part, whole)
