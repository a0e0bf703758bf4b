"""Walking networks from files and from the map, into the store and out of it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from etl import walkways, waylines
from etl.__main__ import app
from etl.context import Options
from geo import crs, settings
from geo.errors import FileError, InputError
from geo.network import StraightLine, WalkNetwork
from geo.norms import NORMS
from geo.store import intake
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.engine import url_of
from geo.store.ways import read_report, read_ways
from geo.store.writes import copy_frame
from geo.words import speak

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STREET, COMMUNITY = 1, 11
CODE = "350102001"
WEST, SOUTH, SIDE = 119.3, 26.08, 0.004
PLANE = crs.metric_crs(WEST, SOUTH)
GRAPHML = """<?xml version='1.0' encoding='utf-8'?>{doctype}
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="a" for="node" attr.name="x" attr.type="string"/>
<key id="b" for="node" attr.name="y" attr.type="string"/>
<key id="c" for="edge" attr.name="length" attr.type="string"/>
<key id="d" for="edge" attr.name="geometry" attr.type="string"/>
<key id="e" for="edge" attr.name="highway" attr.type="string"/>
<graph edgedefault="directed">{body}</graph></graphml>"""


def options(**changes: Any) -> Options:
    return Options(kind="walkways", now=NOW, street=CODE, **changes)


def fill(connection: sa.Connection, side: float = SIDE) -> None:
    """Put a street with one square community into the database."""
    square = shapely.box(WEST, SOUTH, WEST + side, SOUTH + side)
    street = {"id": STREET, "kind": "street", "code": CODE, "name": "甲街道"}
    community = {"id": COMMUNITY, "kind": "community", "code": f"{CODE}001", "name": "甲社区"}
    copy_frame(connection, t.division, pd.DataFrame([street]))
    copy_frame(
        connection, t.division, pd.DataFrame([{**community, "parent_id": STREET, "geom": square}])
    )


@pytest.fixture
def store(connection: sa.Connection) -> sa.Connection:
    fill(connection)
    return connection


def row(y: float, *xs: float) -> shapely.LineString:
    return shapely.LineString([(WEST + x * SIDE, SOUTH + y * SIDE) for x in xs])


def column(x: float, *ys: float) -> shapely.LineString:
    return shapely.LineString([(WEST + x * SIDE, SOUTH + y * SIDE) for y in ys])


def file_of(path: Path, shapes: list[Any], **columns: list[Any]) -> Path:
    gpd.GeoDataFrame(columns or {"n": [*range(len(shapes))]}, geometry=shapes, crs=4326).to_file(
        path
    )
    return path


def metres(*places: tuple[float, float]) -> Any:
    points = shapely.points([(WEST + x * SIDE, SOUTH + y * SIDE) for x, y in places])
    return shapely.get_coordinates(crs.to_metric(points, PLANE))


# ------------------------------------------------------------------------------------- reading


def test_only_what_one_may_walk_along(tmp_path: Path) -> None:
    rows = [
        ("footway", None, None, None, None),
        ("motorway", None, None, None, None),
        ("construction", None, None, None, None),
        ("service", "private", None, None, None),
        ("service", "private", "yes", None, None),
        ("residential", None, "no", None, None),
        (None, None, None, None, None),
        ("footway", None, None, "yes", None),
        ("footway", None, None, None, "building_passage"),
        ("footway", None, None, "no", "no"),
    ]
    names = ("highway", "access", "foot", "bridge", "tunnel")
    cells = {name: [one[at] for one in rows] for at, name in enumerate(names)}
    shapes = [row(number / 10, 0, 1) for number in range(len(rows))]
    found = waylines.read_lines(file_of(tmp_path / "r.gpkg", shapes, **cells))
    assert (found.read, found.forbidden) == (10, 5)
    assert found.kind.tolist() == ["footway", "service", "footway", "footway", "footway"]
    assert found.level.tolist() == [0, 0, 1, -1, 0]


def test_roads_for_cars_need_a_pavement(tmp_path: Path) -> None:
    rows = [
        ("trunk", None, None, None, None),
        ("trunk_link", None, None, "no", None),
        ("trunk", None, "yes", None, None),
        ("trunk", None, None, "both", None),
        ("trunk_link", None, None, None, "yes"),
        ("trunk", None, None, "separate", None),
        ("primary", "yes", None, None, None),
        ("primary", "yes", "designated", None, None),
        ("primary", "no", None, None, None),
        ("motorway", None, "yes", "both", None),
        ("trunk", None, "no", "both", None),
    ]
    names = ("highway", "motorroad", "foot", "sidewalk", "sidewalk:left")
    cells = {name: [one[at] for one in rows] for at, name in enumerate(names)}
    shapes = [row(number / 10, 0, 1) for number in range(len(rows))]
    found = waylines.read_lines(file_of(tmp_path / "cars.gpkg", shapes, **cells))
    assert found.row.tolist() == [3, 4, 5, 8, 9]
    assert found.forbidden == 6


def test_pavements_in_the_tags_of_openstreetmap(tmp_path: Path) -> None:
    tags = (("motorroad", "yes"), ("sidewalk:right", "yes"), ("sidewalk", "none"), ("foot", "yes"))
    ways = "".join(
        f'<way id="{10 + at}"><nd ref="1"/><nd ref="2"/><tag k="highway" v="trunk"/>'
        f'<tag k="{key}" v="{value}"/></way>'
        for at, (key, value) in enumerate(tags)
    )
    places = "".join(f'<node id="{n}" lat="{SOUTH}" lon="{WEST + n * SIDE}"/>' for n in (1, 2))
    path = tmp_path / "t.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{places}{ways}</osm>')
    assert waylines.read_lines(path).row.tolist() == [2, 4]


def test_tiles_call_things_otherwise(tmp_path: Path) -> None:
    path = file_of(
        tmp_path / "t.geojson",
        [row(0, 0, 1), row(1, 0, 1), shapely.MultiLineString([row(2, 0, 1), row(3, 0, 1)])],
        kind=["path", "ferry", "path"],
        kind_detail=["footway", None, None],
        is_bridge=["True", None, None],
    )
    found = waylines.read_lines(path)
    assert found.kind.tolist() == ["footway", "path", "path"]
    assert found.level.tolist() == [1, 0, 0]
    assert (found.read, found.forbidden, len(found.lines)) == (3, 1, 3)


def graphml(path: Path, body: str, doctype: str = "") -> Path:
    path.write_text(GRAPHML.format(body=body, doctype=doctype), encoding="utf-8")
    return path


def node(name: str, x: float, y: float) -> str:
    at = WEST + x * SIDE, SOUTH + y * SIDE
    return f'<node id="{name}"><data key="a">{at[0]}</data><data key="b">{at[1]}</data></node>'


def edge(one: str, other: str, **data: object) -> str:
    inside = "".join(f'<data key="{key}">{value}</data>' for key, value in data.items())
    return f'<edge source="{one}" target="{other}">{inside}</edge>'


def test_a_graph_keeps_its_lengths_and_its_flyovers(tmp_path: Path, store: sa.Connection) -> None:
    nodes = node("w", 0, 0.5) + node("e", 1, 0.5) + node("s", 0.5, 0) + node("n", 0.5, 1)
    body = nodes + edge("w", "e", c=500, e="['footway', 'path']") + edge("e", "w", c=500)
    path = graphml(tmp_path / "g.graphml", body + edge("s", "n", c=450) + edge("w", "n", c=444))
    found = walkways.import_walkways(store, path, options())
    assert (found.read, found.report.crossings, found.report.nodes) == (3, 0, 4)
    ways = read_ways(store, STREET, NORMS, PLANE)
    between = ways.between_m(metres((0, 0.5), (1, 0.5), (0.5, 0), (0.5, 1)))
    np.testing.assert_allclose(between[0], [0, 500, 894, 444], atol=0.01)
    kinds = store.scalars(sa.select(t.walk_edge.c.kind).order_by(t.walk_edge.c.length_m)).all()
    assert kinds == ["", "", "footway"]


@pytest.mark.parametrize(
    ("body", "doctype", "told"),
    [
        ("", '<!DOCTYPE g [<!ENTITY a "aaaa">]>', "has a DOCTYPE"),
        ("<node", "", "half-written"),
        ('<node id="1"/>', "", "no x and y"),
        (node("1", 0, 0) + edge("1", "2"), "", "leads to a node that is not there"),
        (node("1", 0, 0), "", "has no rows"),
    ],
)
def test_graphs_that_are_none(tmp_path: Path, body: str, doctype: str, told: str) -> None:
    with pytest.raises(FileError) as caught:
        waylines.read_lines(graphml(tmp_path / "g.graphml", body, doctype))
    assert told in str(caught.value)


def test_a_graph_too_large_to_hold(tmp_path: Path) -> None:
    path = tmp_path / "city.graphml"
    with path.open("wb") as file:
        file.write(b"<")
        file.truncate(waylines.LARGEST_GRAPHML_B + 1)  # a hole: no disk is used
    with pytest.raises(FileError, match=r"city.graphml has 100 MB; GraphML is read up to 100 MB"):
        waylines.read_lines(path)


def test_a_layer_without_lines_is_named(tmp_path: Path) -> None:
    path = tmp_path / "street.gpkg"
    layers = {"blocks": shapely.box(WEST, SOUTH, WEST + 1, SOUTH + 1), "ways": row(0, 0, 1)}
    for name, shape in layers.items():
        gpd.GeoDataFrame(geometry=[shape], crs=4326).to_file(path, layer=name)
    told = r"Layer blocks of street.gpkg has 1 shapes .* \(Polygon\).* in it: ways\."
    with pytest.raises(FileError, match=told):
        waylines.read_lines(path, "blocks")
    only = file_of(tmp_path / "only.gpkg", [layers["blocks"]])
    with pytest.raises(FileError, match=r"Layer only of only.gpkg has .* in it: –\."):
        waylines.read_lines(only)


def test_points_are_no_ways(tmp_path: Path) -> None:
    path = file_of(tmp_path / "p.geojson", [shapely.Point(WEST, SOUTH), row(0, 0, 1)])
    with pytest.raises(FileError, match=r"has 1 shapes that are no lines \(Point\)"):
        waylines.read_lines(path)
    (tmp_path / "p.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileError, match="has no shapes"):
        waylines.read_lines(tmp_path / "p.csv")
    (tmp_path / "broken.pbf").write_bytes(b"\x00\x00no")
    with pytest.raises(FileError, match="cannot be read"):
        waylines.read_lines(tmp_path / "broken.pbf")


# ------------------------------------------------------------------------------------- storing


def test_a_street_gets_its_network_and_then_another(tmp_path: Path, store: sa.Connection) -> None:
    assert read_ways(store, STREET, NORMS, PLANE) == StraightLine(NORMS["detour"].value)
    assert read_report(store, local_leader(), STREET) is None
    far = [row(500, 0, 1)]
    path = file_of(tmp_path / "两条路.geojson", [row(0.5, 0, 1), column(0.5, 0, 1), *far])
    credit = "© OpenStreetMap contributors"
    found = walkways.import_walkways(store, path, options(attribution=credit))
    assert (found.read, found.outside, found.used) == (3, 1, 2)
    assert found.communities == [COMMUNITY]

    ways = read_ways(store, STREET, NORMS, PLANE)
    assert isinstance(ways, WalkNetwork)
    places = metres((0, 0.5), (0.5, 1))
    straight = np.abs(places[0] - places[1]).sum()
    assert ways.between_m(places)[0, 1] == pytest.approx(straight, abs=1.0)
    told = read_report(store, local_leader(), STREET)
    assert told is not None
    assert (told.name, told.attribution) == ("两条路.geojson", credit)
    assert told.imported_at is not None
    assert told.report["crossings"] == 1
    assert told.report["gap_count"] == len(told.report["gaps"]) == 0
    stranger = Viewer("x", "leader", frozenset({99}))
    assert read_report(store, stranger, STREET) is None

    walkways.import_walkways(store, file_of(tmp_path / "one.gpkg", [row(0.2, 0, 1)]), options())
    assert store.scalar(sa.select(sa.func.count()).select_from(t.walk_network)) == 1
    assert store.scalar(sa.select(sa.func.count()).select_from(t.walk_edge)) == 1
    kinds = store.scalars(sa.select(t.import_batch.c.kind)).all()
    assert kinds == ["walkways", "walkways"]


def test_gaps_are_kept_as_places(tmp_path: Path, store: sa.Connection) -> None:
    path = file_of(tmp_path / "g.geojson", [row(0.5, 0, 0.49), row(0.5, 0.5, 1)])
    found = walkways.import_walkways(store, path, options())
    assert found.report.parts == 2
    told = read_report(store, local_leader(), STREET)
    assert told is not None
    gaps = sorted((gap["lon"], gap["lat"], gap["apart"]) for gap in told.report["gaps"])
    assert gaps == [
        (pytest.approx(WEST + 0.49 * SIDE, abs=1e-5), pytest.approx(SOUTH + 0.5 * SIDE), True),
        (pytest.approx(WEST + 0.5 * SIDE, abs=1e-5), pytest.approx(SOUTH + 0.5 * SIDE), True),
    ]
    width = 0.01 * SIDE * 111_320 * np.cos(np.radians(SOUTH))
    assert told.report["gaps"][0]["gap_m"] == pytest.approx(width, rel=0.01)
    parts = store.scalars(sa.select(t.walk_node.c.part).order_by(t.walk_node.c.node)).all()
    assert sorted(parts) == [0, 0, 1, 1]


def test_a_file_of_somewhere_else(tmp_path: Path, store: sa.Connection) -> None:
    path = file_of(tmp_path / "helsinki.geojson", [shapely.LineString([(25, 60), (25, 61)])])
    with pytest.raises(FileError, match=r"of somewhere else: its nearest way is [\d,]+ km"):
        walkways.import_walkways(store, path, options())
    assert store.scalar(sa.select(sa.func.count()).select_from(t.walk_network)) == 0
    rails = file_of(tmp_path / "rails.geojson", [row(0, 0, 1)], kind=["rail"])
    with pytest.raises(FileError, match="no line one could walk along"):
        walkways.import_walkways(store, rails, options())
    with pytest.raises(InputError, match="There is no street 999999999"):
        walkways.street_id(store, "999999999")


def test_how_far_somewhere_else_is(tmp_path: Path, store: sa.Connection) -> None:
    """On the ground, not in a projection: 60° north and 94° west of here, 7,800 km."""
    for name, place in (("helsinki", (25.0, 60.0)), ("the other side", (WEST - 180, -SOUTH))):
        there = shapely.LineString([place, (place[0], place[1] - 0.1)])
        path = file_of(tmp_path / f"{name}.geojson", [there])
        metres_away = pyproj.Geod(ellps="WGS84").inv(*place, WEST + SIDE / 2, SOUTH + SIDE / 2)[2]
        with pytest.raises(FileError, match="of somewhere else") as caught:
            walkways.import_walkways(store, path, options())
        told = float(str(caught.value.params["km"]).replace(",", ""))
        assert told == pytest.approx(metres_away / 1000, rel=0.005)


@pytest.mark.parametrize(
    ("plane", "said", "told"),
    [
        (PLANE, "EPSG:4326", "None of the 2 ways of w.gpkg is a place on earth .* in WGS 84"),
        (PLANE, "gcj02", "None of the 2 ways of w.gpkg is a place on earth .* in gcj02"),
        (4326, "EPSG:32650", r"nearest way is [\d,]+ km from street 甲街道"),
    ],
)
def test_a_wrong_reference_system(
    tmp_path: Path, store: sa.Connection, plane: Any, said: str, told: str
) -> None:
    lines = gpd.GeoDataFrame(geometry=[row(0.5, 0, 1), column(0.5, 0, 1)], crs=4326)
    path = tmp_path / "w.gpkg"
    lines.to_crs(plane).to_file(path)
    with pytest.raises(FileError, match=f"{told}.*--crs"):
        walkways.import_walkways(store, path, options(crs=said))
    assert store.scalar(sa.select(sa.func.count()).select_from(t.walk_network)) == 0


def test_broken_coordinates_are_left_out_and_told(tmp_path: Path, store: sa.Connection) -> None:
    nodes = node("w", 0, 0.5) + node("e", 1, 0.5) + node("n", 0.5, 1) + node("x", np.nan, 0)
    drawn = "LINESTRING (119.3 26.08, 119.301 inf)"
    edges = edge("w", "x") + edge("w", "e") + edge("w", "n", d=drawn) + edge("e", "n")
    path = graphml(tmp_path / "damaged.graphml", nodes + edges)
    found = walkways.import_walkways(store, path, options())
    assert (found.read, found.used, found.refused.tolist()) == (4, 2, [1, 3])
    assert found.counts()["Refused"] == 2
    speak("en")
    told = "2 rows were left out because a coordinate is infinite or no number: 1, 3."
    assert found.notes()[0] == told
    batch = store.execute(sa.select(t.import_batch)).one()
    assert (batch.rows_read, batch.rows_added, batch.rows_rejected) == (4, 2, 2)
    rejected = store.execute(sa.select(t.import_rejection.c.row_number)).scalars().all()
    assert sorted(rejected) == [1, 3]
    stored = read_report(store, local_leader(), STREET)
    assert stored is not None
    assert stored.report["refused"] == 2


def test_a_row_is_left_out_as_a_whole(tmp_path: Path, store: sa.Connection) -> None:
    broken = shapely.LineString([(WEST, SOUTH), (WEST, np.nan), (WEST + SIDE, SOUTH)])
    two = shapely.MultiLineString([row(0.2, 0, 1), broken])
    found = walkways.import_walkways(
        store, file_of(tmp_path / "m.gpkg", [two, row(0.5, 0, 1)]), options()
    )
    assert (found.used, found.refused.tolist()) == (1, [1])
    with pytest.raises(FileError, match="in all of its 1 ways a coordinate is infinite"):
        walkways.import_walkways(store, file_of(tmp_path / "one.gpkg", [two]), options())


def test_metres_and_shifted_degrees(tmp_path: Path, store: sa.Connection) -> None:
    drawn = [row(0.5, 0, 1), column(0.5, 0, 1)]
    plain = gpd.GeoDataFrame(geometry=drawn, crs=4326)
    plain.to_crs(PLANE).to_file(tmp_path / "metres.gpkg")
    shifted = shapely.transform(
        np.array(drawn), lambda xy: np.column_stack(crs.wgs84_to_gcj02(xy[:, 0], xy[:, 1]))
    )
    file_of(tmp_path / "gcj.geojson", list(shifted))
    for name, said in (("metres.gpkg", None), ("gcj.geojson", "gcj02")):
        walkways.import_walkways(store, tmp_path / name, options(crs=said))
        edges = intake.frame_of(store, sa.select(t.walk_edge.c.geom))["geom"].to_numpy()
        assert shapely.hausdorff_distance(shapely.union_all(edges), shapely.union_all(drawn)) < 1e-7


def test_of_the_roads_on_the_map(store: sa.Connection) -> None:
    assert walkways.from_ground(store, STREET) is None
    kinds = ["road_main", "lane", "green", "water"]
    shapes = [row(0.5, 0, 1), column(0.5, 0, 1), shapely.box(WEST, SOUTH, WEST + 1, SOUTH + 1)]
    rows = pd.DataFrame({"kind": kinds[:3], "geom": shapes, "community_id": COMMUNITY, "name": ""})
    copy_frame(store, t.ground, rows)
    found = walkways.from_ground(store, STREET)
    assert found is not None
    assert (found.read, found.report.nodes, found.report.crossings) == (2, 5, 1)
    told = read_report(store, local_leader(), STREET)
    assert told is not None
    assert (told.name, told.imported_at, told.attribution) == ("", None, "")
    assert read_ways(store, STREET, NORMS, PLANE).by_network


@pytest.mark.parametrize("of_ground", [True, False])
def test_waits_for_other_imports(
    scratch_engine: sa.Engine, tmp_path: Path, *, of_ground: bool
) -> None:
    with scratch_engine.begin() as connection:
        fill(connection)
    path = file_of(tmp_path / "w.geojson", [row(0.5, 0, 1)])
    with scratch_engine.connect() as other, scratch_engine.connect() as connection:
        intake.lock(other)
        connection.execute(sa.text("SET lock_timeout = '100ms'"))
        imported = (
            partial(walkways.from_ground, connection, STREET)
            if of_ground
            else partial(walkways.import_walkways, connection, path, options())
        )
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            imported()


# ------------------------------------------------------------------------------------- command


@pytest.fixture
def run(
    lease: Any,
    scratch_database: str,
    scratch_engine: sa.Engine,
    use_store: Callable[[str], None],
) -> Callable[..., Result]:
    use_store(url_of(lease, "app", scratch_database).render_as_string(hide_password=False))
    with scratch_engine.begin() as connection:
        fill(connection)

    def run_it(*arguments: object) -> Result:
        words = ["walkways", *map(str, arguments), "--language", "en"]
        return CliRunner().invoke(app, words)

    return run_it


def test_the_command(run: Callable[..., Result], tmp_path: Path, scratch_engine: sa.Engine) -> None:
    path = file_of(tmp_path / "w.geojson", [row(0.5, 0, 1), column(0.5, 0, 1), row(500, 0, 1)])
    networks = sa.select(sa.func.count()).select_from(t.walk_network)
    for extra, stored in ((("--dry-run",), 0), ((), 1)):
        result = run(path, "--street", CODE, *extra)
        assert result.exit_code == 0, result.output
        assert "1 crossings without a node" in result.output
        assert "in 1 parts; the largest has 100.0% of them" in result.output
        assert ("dry run, nothing stored" in result.output) is not bool(stored)
        with scratch_engine.connect() as connection:
            assert connection.scalar(networks) == stored
    for arguments, piece in (
        ((), "Give a file, or --from-ground"),
        ((path, "--from-ground"), "Give a file, or --from-ground"),
        (("--from-ground",), "has no roads"),
        ((tmp_path / "none.gpkg",), "There is no file"),
        ((path, "--crs", "EPSG:99999"), "There is no reference system"),
    ):
        result = run(*arguments, "--street", CODE)
        assert result.exit_code == 2, (arguments, result.output)
        assert piece in result.output
        assert "Traceback" not in result.output


# ----------------------------------------------------------------------------------- real files


@pytest.fixture
def data() -> Path:
    folder = settings.testing().test_data_dir
    if folder is None:
        pytest.skip("WANGGE_TEST_DATA_DIR is not set")
    return folder


def move(connection: sa.Connection, lon: float, lat: float, side: float) -> None:
    square = shapely.box(lon, lat, lon + side, lat + side)
    ground = sa.func.ST_Multi(sa.func.ST_GeomFromWKB(shapely.to_wkb(square), 4326))
    connection.execute(
        sa.update(t.division).where(t.division.c.id == COMMUNITY).values(geom=ground)
    )


@pytest.mark.data
def test_futian_agrees_with_networkx_for_every_origin(data: Path, store: sa.Connection) -> None:
    path = data / "sz_futian_walknet" / "G.graphml"
    move(store, 114.0, 22.5, 0.06)
    found = walkways.import_walkways(store, path, options())
    graph = nx.Graph()
    read = nx.read_graphml(path)
    for one, other, metres_said in read.edges(data="length"):
        known = graph.get_edge_data(one, other, {"weight": np.inf})["weight"]
        graph.add_edge(one, other, weight=min(float(metres_said), known))
    assert (found.outside, found.report.nodes, found.report.parts) == (0, len(graph), 1)

    plane = crs.metric_crs(114.035, 22.545)
    names = list(graph)
    lonlat = [(float(read.nodes[name]["x"]), float(read.nodes[name]["y"])) for name in names]
    places = shapely.get_coordinates(crs.to_metric(shapely.points(lonlat), plane))
    ways = read_ways(store, STREET, NORMS, plane)
    pairs = ways.pairs_m(places, places, 900.0)
    at = np.searchsorted(pairs.origin, np.arange(len(names) + 1))
    position = {name: number for number, name in enumerate(names)}
    for number, name in enumerate(names):
        reached = nx.single_source_dijkstra_path_length(graph, name, cutoff=901.0)
        mine = slice(at[number], at[number + 1])
        ours = dict(zip(pairs.target[mine].tolist(), pairs.metres[mine].tolist(), strict=True))
        theirs = {position[other]: far for other, far in reached.items()}
        for minutes in (5, 10, 15):
            reach = 60.0 * minutes
            differ = {one for one, far in ours.items() if far <= reach} ^ {
                one for one, far in theirs.items() if far <= reach
            }
            # Lengths are written to the millimetre: who stands on the line is nobody's mistake.
            assert all(abs(theirs[one] - reach) < 0.01 for one in differ), (name, minutes)
        for one, far in ours.items():
            assert far == pytest.approx(theirs[one], abs=0.01)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "corner", "read", "share"),
    [
        ("shanghai_bund_osm/roads_tiled_raw.geojson", (121.485, 31.235), 1778, 0.95),
        ("osm_pbf_helsinki/Helsinki.osm.pbf", (24.94, 60.165), 2504, 0.95),
    ],
)
def test_real_lines(
    data: Path,
    store: sa.Connection,
    name: str,
    corner: tuple[float, float],
    read: int,
    share: float,
) -> None:
    move(store, *corner, 0.01)
    found = walkways.import_walkways(store, data / name, options())
    assert found.read == read
    assert found.report.largest_share > share
    told = read_report(store, local_leader(), STREET)
    assert told is not None
    assert 0 < len(told.report["gaps"]) <= walkways.GAPS_KEPT
