"""The map's script on its own: a page like streamlit-folium's, hand-made tiles, no database."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Frame, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard import maps
from geo import settings
from tests.browser.tile_bytes import Shape, layer

pytestmark = pytest.mark.browser

HERE = Path(__file__).resolve().parent
STATIC = settings.PROJECT_DIR / "dashboard" / "static"
WEST, SOUTH, EAST, NORTH = 102.74, 24.96, 102.76, 24.98
MIDDLE = (WEST + EAST) / 2

# A building over the whole tile and a little more; a ticket in its middle.
BUILDING = Shape(
    7,
    [(-16, -16), (4112, -16), (4112, 4112), (-16, 4112)],
    {"compound": "星河苑", "no": "3", "storeys": 6, "hh": 48, "p60": 21, "grid": 1},
)
TICKET = Shape(9, [(2048, 2048)], {"sign": "overdue", "class": "c1"})
TILES = {"building": layer("building", [BUILDING]), "ticket": layer("ticket", [TICKET])}


def _rectangle(west: float, east: float) -> dict[str, Any]:
    ring = [[west, SOUTH], [east, SOUTH], [east, NORTH], [west, NORTH], [west, SOUTH]]
    return {"type": "Polygon", "coordinates": [ring]}


def _grid(number: int, west: float, east: float) -> dict[str, Any]:
    properties = {"code": f"{number:03d}", "lx": (west + east) / 2, "ly": (SOUTH + NORTH) / 2}
    return {
        "type": "Feature",
        "id": number,
        "geometry": _rectangle(west, east),
        "properties": properties,
    }


GRIDS = {
    "type": "FeatureCollection",
    "features": [_grid(1, WEST, MIDDLE), _grid(2, MIDDLE, EAST)],
}
BOUNDARY = {"type": "Feature", "id": 1, "geometry": _rectangle(WEST, EAST), "properties": {}}


def _state() -> maps.MapState:
    return maps.MapState(
        community="1",
        bounds_lon_lat=(WEST, SOUTH, EAST, NORTH),
        boundary_urls=["/api/community/1"],
        grids_urls=["/api/grids/1"],
        version="one",
        layers=["ticket"],
        choropleth=maps.Choropleth({1: 0, 2: None}, ["#FF0000"]),
        grid_labels={1: ("001", "10"), 2: ("002", "20")},
        grid_tips={1: ("001", "first"), 2: ("002", "second")},
        filters={"sign": "overdue", "care": "key"},
        attribution="© <b>OpenStreetMap</b> contributors",
        legends=[
            maps.Legend("<b>每网格户数</b>", [maps.LegendRow("fill", "多", "#FF0000", "", "1")])
        ],
    )


@dataclass
class Backstage:
    """The server's side: what was asked, and whether it answers."""

    asked: list[str] = field(default_factory=list)
    down: bool = False

    def tile(self, request: Request) -> Response:
        self.asked.append(f"{request.url.path}?{request.url.query}")
        if self.down:
            return PlainTextResponse("down", 503)
        layers = request.path_params["layers"].split(",")
        body = b"".join(TILES.get(name, b"") for name in layers)
        return Response(body, media_type="application/vnd.mapbox-vector-tile")

    def count(self, layers: str) -> int:
        return sum(path.startswith(f"/tiles/{layers}/") for path in self.asked)


def _application(backstage: Backstage) -> Starlette:
    config = json.loads(maps._script_json(maps._config()))
    given = {"config": config, "state": maps.state_json(_state())}
    return Starlette(
        routes=[
            Route("/tiles/{layers}/{z}/{x}/{y}", backstage.tile),
            Route("/api/grids/1", lambda _r: JSONResponse(GRIDS)),
            Route("/api/community/1", lambda _r: JSONResponse(BOUNDARY)),
            Route("/given", lambda _r: JSONResponse(given)),
            Mount("/assets", StaticFiles(directory=STATIC)),
            Mount("/vendor", StaticFiles(directory=settings.server().assets_dir)),
            Mount("/", StaticFiles(directory=HERE / "pages", html=True)),
        ]
    )


@pytest.fixture
def backstage() -> Backstage:
    return Backstage()


@pytest.fixture
def base(backstage: Backstage) -> Iterator[str]:
    config = uvicorn.Config(_application(backstage), port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@dataclass
class Stage:
    page: Page
    frame: Frame
    errors: list[str]

    def painted(self) -> None:
        self.frame.wait_for_function("window.wangge?.painted()", timeout=20_000)

    def apply(self, **changes: object) -> None:
        self.frame.evaluate("c => wangge.apply({...given, ...c})", changes)
        self.painted()

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.frame.evaluate("wangge.stats")
        return stats

    def pixel(self, pane: str, lon: float, lat: float) -> list[int]:
        """Return the colour painted at a place, RGBA."""
        script = """([pane, lat, lng]) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const at = map.latLngToLayerPoint([lat, lng]).subtract(L.DomUtil.getPosition(canvas));
          const ratio = canvas.width / canvas.offsetWidth;
          return [...canvas.getContext("2d").getImageData(at.x * ratio, at.y * ratio, 1, 1).data];
        }"""
        found: list[int] = self.frame.evaluate(script, [pane, lat, lon])
        return found

    def row(self, pane: str, start: tuple[float, float], end_lon: float) -> list[tuple[int, ...]]:
        """Return the colours from a place to one east of it, RGB."""
        script = """([pane, lat, west, east]) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const corner = L.DomUtil.getPosition(canvas);
          const at = (lng) => map.latLngToLayerPoint([lat, lng]).subtract(corner);
          const [a, b] = [at(west), at(east)];
          return [...canvas.getContext("2d").getImageData(a.x, a.y, b.x - a.x, 1).data];
        }"""
        lon, lat = start
        return _colours(self.frame.evaluate(script, [pane, lat, lon, end_lon]))

    def colours(self, pane: str, lon: float, lat: float, side: int) -> set[tuple[int, ...]]:
        """Return the colours in a square around a place, RGB."""
        script = """([pane, lat, lng, side]) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const at = map.latLngToLayerPoint([lat, lng]).subtract(L.DomUtil.getPosition(canvas));
          const [x, y] = [at.x - side / 2, at.y - side / 2];
          return [...canvas.getContext("2d").getImageData(x, y, side, side).data];
        }"""
        return set(_colours(self.frame.evaluate(script, [pane, lat, lon, side])))

    def faintest(self, pane: str, start: tuple[float, float], end_lon: float) -> int:
        """Return the least opacity from a place to one east of it, 0..255."""
        script = """([pane, lat, west, east]) => {
          const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
          const corner = L.DomUtil.getPosition(canvas);
          const at = (lng) => map.latLngToLayerPoint([lat, lng]).subtract(corner);
          const [a, b] = [at(west), at(east)];
          const {data} = canvas.getContext("2d").getImageData(a.x, a.y, b.x - a.x, 1);
          return Math.min(...data.filter((_, i) => i % 4 === 3));
        }"""
        lon, lat = start
        found: int = self.frame.evaluate(script, [pane, lat, lon, end_lon])
        return found

    def arrow(self, start: list[float], end: list[float]) -> float:
        """Return how far east of the first arrowhead's tip its wings lie, px."""
        script = """([a, b]) => {
          const canvas = document.querySelector(".leaflet-wg-upper-pane canvas");
          const corner = L.DomUtil.getPosition(canvas);
          const at = ([lng, lat]) => map.latLngToLayerPoint([lat, lng]).subtract(corner);
          const [from, to] = [at(a), at(b)];
          const tip = from.x + 40 * Math.sign(to.x - from.x);
          const {data} = canvas.getContext("2d").getImageData(tip - 12, from.y - 5, 25, 1);
          const inked = [...Array(25).keys()].filter((i) => data[4 * i + 3] > 0);
          return inked.reduce((sum, i) => sum + i - 12, 0) / inked.length;
        }"""
        found: float = self.frame.evaluate(script, [start, end])
        return found

    def hover(self, lon: float, lat: float) -> None:
        """Move the pointer over a place."""
        script = "([lat, lng]) => (({x, y}) => [x, y])(map.latLngToContainerPoint([lat, lng]))"
        x, y = self.frame.evaluate(script, [lat, lon])
        self.page.mouse.move(x - 3, y)
        self.page.mouse.move(x, y)


def _colours(data: list[int]) -> list[tuple[int, ...]]:
    return [tuple(data[i : i + 3]) for i in range(0, len(data), 4)]


def _open(browser: Browser, base: str, query: str = "") -> Stage:
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{base}/outer.html{query}")
    handle = page.wait_for_selector("#frame")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    return Stage(page, frame, errors)


@pytest.fixture
def stage(browser: Browser, base: str) -> Iterator[Stage]:
    opened = _open(browser, base)
    opened.painted()
    yield opened
    opened.page.close()
    assert opened.errors == []


def test_each_source_is_asked_with_its_own_filters(stage: Stage, backstage: Backstage) -> None:
    assert stage.frame.evaluate("wangge.state.community") == "1"
    assert backstage.count("ground,community,sub_district") > 0
    ticket = next(path for path in backstage.asked if path.startswith("/tiles/ticket/"))
    assert ticket.endswith("?sign=overdue&v=one")


def test_a_filter_refetches_its_own_layer_only(stage: Stage) -> None:
    before = stage.stats()["requests"]
    stage.apply(filters={"sign": "overdue,active"})
    after = stage.stats()["requests"]
    assert after["ticket"] > before["ticket"]
    assert (after["building"], after["ground"]) == (before["building"], before["ground"])


def test_choosing_a_grid_repaints_the_upper_canvas_only(stage: Stage) -> None:
    before = stage.stats()["repaints"]
    stage.apply(focus={"grid": 1, "building": None, "point": None})
    after = stage.stats()["repaints"]
    assert after["upper"] > before["upper"]
    assert after["lower"] == before["lower"]


def test_a_switched_off_layer_is_forgotten(stage: Stage) -> None:
    stage.apply(layers=[])
    assert set(stage.stats()["requests"]) == {"ground", "building"}


def test_buildings_wear_their_class_unless_points_lie_on_them(stage: Stage) -> None:
    inside = (WEST + 0.004, SOUTH + 0.004)
    stage.apply(layers=[])
    assert stage.pixel("wg-lower", *inside)[:3] == [255, 0, 0]
    stage.apply(layers=["ticket"])
    assert stage.pixel("wg-lower", *inside)[:3] != [255, 0, 0]


INSIDE = (WEST + 0.004, SOUTH + 0.004)
TEAL = {"classes": {"7": 0}, "colors": ["#00AA88"]}


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _tones(stage: Stage, theme: str = "light") -> dict[str, str]:
    script = "async t => (await (await fetch('/given')).json()).config.palette[t].tones"
    tones: dict[str, str] = stage.frame.evaluate(script, theme)
    return tones


def _mark(**changes: object) -> dict[str, object]:
    place = {"lon": INSIDE[0], "lat": INSIDE[1]}
    return {**place, "text": "", "tone": "", "title": "", **changes}


def _trace(**changes: object) -> dict[str, object]:
    line = [[WEST + 0.001, INSIDE[1]], [MIDDLE - 0.001, INSIDE[1]]]
    return {"line": line, "tone": "", "dashed": False, **changes}


def test_buildings_keep_a_class_of_their_own_under_points(stage: Stage) -> None:
    for layers in ([], ["ticket"]):
        for mode in ("indicator", "state", "plain"):
            stage.apply(layers=layers, buildingMode=mode, buildingClasses=TEAL)
            assert stage.pixel("wg-lower", *INSIDE)[:3] == [0, 170, 136], (layers, mode)


def test_a_building_nobody_asks_about_is_neutral(stage: Stage) -> None:
    stage.apply(layers=[], buildingClasses={"classes": {"8": 0}, "colors": ["#00AA88"]})
    assert stage.pixel("wg-lower", *INSIDE)[:3] == _rgb("#D3D9DF")


def test_a_building_nothing_can_be_said_of_is_hatched(stage: Stage) -> None:
    stage.apply(layers=[], buildingClasses={"classes": {"7": None}, "colors": []})
    seen = stage.colours("wg-lower", *INSIDE, 12)
    assert (251, 251, 250) in seen
    assert len(seen) > 1
    stage.apply(layers=[], buildingClasses=TEAL)
    assert stage.colours("wg-lower", *INSIDE, 12) == {(0, 170, 136)}


def test_classes_of_buildings_repaint_the_lower_canvas_too(stage: Stage) -> None:
    before = stage.stats()
    stage.apply(buildingClasses=TEAL)
    after = stage.stats()
    assert after["repaints"]["lower"] > before["repaints"]["lower"]
    assert after["requests"] == before["requests"]
    stage.apply(buildingClasses=TEAL)
    assert stage.stats()["repaints"]["lower"] == after["repaints"]["lower"]


def test_marks_and_traces_repaint_the_upper_canvas_only(stage: Stage) -> None:
    before = stage.stats()
    stage.apply(marks=[_mark(text="1")], traces=[_trace()])
    after = stage.stats()
    assert after["repaints"]["upper"] > before["repaints"]["upper"]
    assert after["repaints"]["lower"] == before["repaints"]["lower"]
    assert after["requests"] == before["requests"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_wear_their_tone(stage: Stage, theme: str) -> None:
    tones = _tones(stage, theme)
    for tone in ("", "good", "warn", "bad", "muted"):
        stage.apply(theme=theme, marks=[_mark(tone=tone)], traces=[_trace()])
        assert stage.pixel("wg-upper", *INSIDE) == [*_rgb(tones[tone or "plain"]), 255], tone
    stage.apply(theme=theme, marks=[])
    assert stage.pixel("wg-upper", *INSIDE)[3] == 0


def test_the_first_mark_lies_on_top(stage: Stage) -> None:
    stage.apply(marks=[_mark(tone="bad"), _mark(tone="good")])
    assert stage.pixel("wg-upper", *INSIDE)[:3] == _rgb(_tones(stage)["bad"])


def test_a_mark_shows_its_text_over_a_grid_label(stage: Stage) -> None:
    at = {"lon": (WEST + MIDDLE) / 2, "lat": (SOUTH + NORTH) / 2}
    place = (at["lon"], at["lat"])
    tone = tuple(_rgb(_tones(stage)["plain"]))
    stage.apply(layers=[], marks=[_mark(**at)])
    assert stage.colours("wg-upper", *place, 5) == {tone}
    stage.apply(layers=[], marks=[_mark(**at, text="10")])
    seen = stage.colours("wg-upper", *place, 14)
    assert {tone, (255, 255, 255)} <= seen


def test_hovering_a_mark_says_its_title(stage: Stage) -> None:
    stage.apply(marks=[_mark(title="Stop 1\n<b>12 households</b>")])
    tip = stage.frame.locator(".wg-tip")
    stage.hover(*INSIDE)
    tip.wait_for(state="visible")
    assert tip.locator("b").all_inner_texts() == ["Stop 1"]
    assert tip.locator("div").all_inner_texts() == ["<b>12 households</b>"]
    # One without a title hides nothing of what lies below.
    stage.apply(marks=[_mark()])
    stage.hover(INSIDE[0] + 1e-6, INSIDE[1])
    stage.frame.wait_for_function("document.querySelector('.wg-tip').innerText.includes('星河苑')")


def test_traces_wear_their_tone_in_a_casing(stage: Stage) -> None:
    tones = _tones(stage)
    place = (INSIDE[0] - 0.0002, INSIDE[1])
    stage.apply(layers=[], traces=[_trace(tone="bad")])
    seen = stage.colours("wg-upper", *place, 4)
    assert {tuple(_rgb(tones["bad"])), (255, 255, 255)} <= seen
    stage.apply(layers=[], traces=[])
    assert stage.pixel("wg-upper", *place)[3] == 0


def _runs(stage: Stage, trace: dict[str, object]) -> int:
    """Count how often a row of pixels along the trace takes up its colour."""
    stage.apply(layers=[], labels=False, traces=[trace])
    colors = stage.row("wg-upper", (WEST + 0.0015, INSIDE[1]), MIDDLE - 0.0015)
    tone = tuple(_rgb(_tones(stage)["plain"]))
    return sum(before != tone and now == tone for before, now in pairwise([(0, 0, 0), *colors]))


def test_only_a_dashed_trace_has_gaps(stage: Stage) -> None:
    assert _runs(stage, _trace(dashed=True)) > 5
    # Arrowheads cross a solid one in their casing.
    assert 1 <= _runs(stage, _trace()) <= 5


def test_an_arrowhead_points_to_the_end(stage: Stage) -> None:
    """The wings of an arrowhead lie behind its tip: above the line, nearer to its start."""
    line: Any = _trace()["line"]
    above = {}
    for name, given in {"on": line, "back": line[::-1]}.items():
        stage.apply(layers=[], labels=False, traces=[_trace(line=given)])
        above[name] = stage.arrow(given[0], given[1])
    assert above["on"] < 0 < above["back"]


SIDE = 0.002
"""Side of the squares below, degrees."""


def _lattice(**changes: object) -> dict[str, Any]:
    """Tell four squares in a row: a colour, no colour, no answer, a hatched colour."""
    square = maps.Lattice(WEST, SOUTH, SIDE, 0, 0, SIDE, [0, 1, 2, 3], [1, 1, 1, 1])
    cells = maps.Cells(
        lattice=square,
        classes=[0, 1, None, 2],
        colors=["#D2702F", "", "#1F5F9E"],
        hatched=[False, False, True],
        tips=[("12 tickets", "sure"), ("", ""), ("1 ticket", ""), ("0 tickets", "")],
        opacity=1,
    )
    return {**maps._cells_json(cells), **changes}


def _middle(column: int) -> tuple[float, float]:
    return WEST + (column + 0.5) * SIDE, SOUTH + 1.5 * SIDE


def _opacities(stage: Stage, place: tuple[float, float], width: float) -> set[int]:
    lon, lat = place
    return {stage.pixel("wg-upper", lon + width * i / 12, lat)[3] for i in range(13)}


def test_areas_wear_their_class(stage: Stage) -> None:
    stage.apply(layers=[], labels=False, cells=_lattice())
    assert stage.pixel("wg-upper", *_middle(0)) == [*_rgb("#D2702F"), 255]
    assert stage.pixel("wg-upper", *_middle(1))[3] == 0
    assert len(_opacities(stage, _middle(2), SIDE / 3)) > 1
    assert len(stage.colours("wg-upper", *_middle(0), 14)) == 1
    assert tuple(_rgb("#1F5F9E")) in stage.colours("wg-upper", *_middle(3), 14)
    assert len(stage.colours("wg-upper", *_middle(3), 14)) > 1
    stage.apply(layers=[], labels=False, cells=None)
    assert stage.pixel("wg-upper", *_middle(0))[3] == 0


def test_rings_are_painted_as_a_lattice_is(stage: Stage) -> None:
    stage.apply(layers=[], labels=False, cells=_lattice())
    by_lattice = [stage.colours("wg-upper", *_middle(column), 40) for column in range(4)]
    south, north = SOUTH + SIDE, SOUTH + 2 * SIDE
    edges = [WEST + SIDE * column for column in range(5)]
    rings = [[(a, south), (b, south), (b, north), (a, north)] for a, b in pairwise(edges)]
    stage.apply(layers=[], labels=False, cells=_lattice(shape=maps._rings_json(rings)))
    by_rings = [stage.colours("wg-upper", *_middle(column), 40) for column in range(4)]
    assert by_rings == by_lattice


def test_neighbours_of_different_colours_meet(stage: Stage) -> None:
    """Also where the corners lie between pixels."""
    columns, rows = [*range(60)] * 60, [row for row in range(60) for _column in range(60)]
    lattice = maps.Lattice(WEST, SOUTH, 9.1e-5, 0, 0, 8.7e-5, columns, rows)
    classes = [(n + n // 60) % 2 for n in range(3600)]
    cells = maps.Cells(lattice=lattice, classes=classes, colors=["#D2702F", "#1F5F9E"], opacity=1)
    start = (WEST + 0.001, SOUTH + 0.0025)
    for zoom in (15.35, 16.2, 17):
        stage.apply(layers=[], labels=False, cells=maps._cells_json(cells))
        stage.frame.evaluate(
            "([lat, lng, z]) => map.setView([lat, lng], z, {animate: false})", [*start[::-1], zoom]
        )
        stage.painted()
        assert stage.faintest("wg-upper", start, start[0] + 0.0025) == 255, zoom


def test_below_areas_everything_is_plain(stage: Stage) -> None:
    stage.apply(layers=[], cells=_lattice(), buildingClasses=TEAL)
    assert stage.pixel("wg-lower", *INSIDE)[:3] == _rgb("#D3D9DF")
    stage.apply(layers=[], cells=None)
    assert stage.pixel("wg-lower", *INSIDE)[:3] == [255, 0, 0]


def test_other_classes_repaint_the_upper_canvas_only(stage: Stage) -> None:
    stage.apply(cells=_lattice())
    before = stage.stats()["repaints"]
    stage.apply(cells=_lattice(classes=[2, 1, 0, 0]))
    after = stage.stats()["repaints"]
    assert after["upper"] > before["upper"]
    assert after["lower"] == before["lower"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_area_is_outlined(stage: Stage, theme: str) -> None:
    ink = {"light": "#1B2733", "dark": "#FFFFFF"}[theme]
    edge = (WEST + SIDE, SOUTH + 1.5 * SIDE)
    stage.apply(layers=[], labels=False, theme=theme, cells=_lattice())
    assert tuple(_rgb(ink)) not in stage.colours("wg-upper", *edge, 5)
    stage.apply(layers=[], labels=False, theme=theme, cells=_lattice(chosen=0))
    assert tuple(_rgb(ink)) in stage.colours("wg-upper", *edge, 5)
    assert stage.pixel("wg-upper", *_middle(0)) == [*_rgb("#D2702F"), 255]


def test_hovering_an_area_says_its_tip(stage: Stage) -> None:
    stage.apply(layers=[], cells=_lattice())
    tip = stage.frame.locator(".wg-tip")
    stage.hover(*_middle(0))
    tip.wait_for(state="visible")
    assert tip.locator("b").all_inner_texts() == ["12 tickets"]
    assert "sure" in tip.inner_text()
    assert "星河苑" in tip.inner_text()
    # One that says nothing hides nothing of what lies below.
    stage.hover(*_middle(1))
    stage.frame.wait_for_function(
        "document.querySelector('.wg-tip b').innerText.includes('星河苑')"
    )


def test_very_many_areas_are_painted_at_once(stage: Stage) -> None:
    """Time that grows with the square of their number would be minutes here."""
    side = 250
    many = maps.Lattice(
        WEST,
        SOUTH,
        0.02 / side,
        1e-7,
        -1e-7,
        0.02 / side,
        [n % side for n in range(side**2)],
        [n // side for n in range(side**2)],
    )
    cells = maps.Cells(
        lattice=many, classes=[n % 2 for n in range(side**2)], colors=["#D2702F", ""]
    )
    started = time.monotonic()
    stage.apply(layers=[], labels=False, cells=maps._cells_json(cells))
    assert time.monotonic() - started < 8
    lon, lat = WEST + 100.5 * 0.02 / side, SOUTH + 100.5 * 0.02 / side
    assert stage.pixel("wg-upper", lon, lat)[3] > 0


def _disc(**changes: object) -> dict[str, object]:
    disc = maps.Disc(MIDDLE - 0.004, SOUTH + 0.012, 200.0, "3", "bad", "Cluster 3\n12 tickets")
    return {**asdict(disc), **changes}


def test_a_circle_has_its_radius_on_the_ground(stage: Stage) -> None:
    """One degree of longitude is 100.9 km there: a metre is worth 9.91e-6 degrees."""
    stage.apply(layers=[], labels=False, discs=[_disc()])
    lon, lat = MIDDLE - 0.004, SOUTH + 0.012
    bad = tuple(_rgb(_tones(stage)["bad"]))
    east, north = 200 * 9.908e-6, 200 / 111_320
    for place in ((lon + east, lat), (lon - east, lat), (lon, lat + north), (lon, lat - north)):
        assert bad in stage.colours("wg-upper", *place, 5), place
    assert stage.pixel("wg-upper", lon + east * 0.7, lat)[3] == 0
    assert stage.pixel("wg-upper", lon + east * 1.2, lat)[3] == 0


def test_a_chosen_circle_is_outlined_in_ink_and_keeps_its_mark(stage: Stage) -> None:
    lon, lat = MIDDLE - 0.004, SOUTH + 0.012
    stage.apply(layers=[], labels=False, discs=[_disc(chosen=True)])
    assert tuple(_rgb("#1B2733")) in stage.colours("wg-upper", lon + 200 * 9.908e-6, lat, 5)
    assert tuple(_rgb(_tones(stage)["bad"])) in stage.colours("wg-upper", lon, lat, 16)


def test_hovering_the_middle_of_a_circle_says_its_title(stage: Stage) -> None:
    stage.apply(layers=[], discs=[_disc()])
    tip = stage.frame.locator(".wg-tip")
    stage.hover(MIDDLE - 0.004, SOUTH + 0.012)
    tip.wait_for(state="visible")
    assert tip.locator("b").all_inner_texts() == ["Cluster 3"]
    # Without a text and a title there is no mark, and nothing to say.
    stage.apply(layers=[], labels=False, discs=[_disc(text="", title="")])
    assert stage.pixel("wg-upper", MIDDLE - 0.004, SOUTH + 0.012)[3] == 0


def test_hovering_reads_the_tiles(stage: Stage, backstage: Backstage) -> None:
    stage.apply(layers=[])
    asked = len(backstage.asked)
    stage.page.mouse.move(400, 300)
    tip = stage.frame.locator(".wg-tip")
    tip.wait_for(state="visible")
    assert "星河苑" in tip.inner_text()
    assert "48" in tip.inner_text()
    assert len(backstage.asked) == asked


def test_texts_are_never_markup(stage: Stage) -> None:
    assert stage.frame.locator(".wg-legend h4").inner_text() == "<b>每网格户数</b>"


def test_whom_the_data_is_from_stands_in_the_corner(stage: Stage) -> None:
    corner = stage.frame.locator(".leaflet-bottom.leaflet-right .leaflet-control-attribution")
    assert corner.inner_text() == "© <b>OpenStreetMap</b> contributors"
    stage.apply(layers=[])
    assert corner.inner_text() == "© <b>OpenStreetMap</b> contributors"
    stage.apply(community="2", attribution="某某 & 某")
    assert corner.inner_text() == "某某 & 某"
    stage.apply(community="3", attribution="")
    assert corner.inner_text() == ""


def test_the_view_fits_and_is_written_into_the_address(browser: Browser, base: str) -> None:
    stage = _open(browser, base, "?lang=zh&layers=ticket,facility")
    stage.painted()
    stage.page.wait_for_url("**/outer.html?lang=zh&layers=ticket,facility&z=*")
    box = stage.frame.evaluate("(b => [b.getWest(), b.getEast()])(map.getBounds())")
    assert box[0] < WEST < EAST < box[1]
    stage.page.close()


def test_the_address_wins_over_fitting_until_the_community_changes(
    browser: Browser, base: str
) -> None:
    stage = _open(browser, base, "?z=17.5&c=24.97,102.75")
    stage.painted()
    assert stage.frame.evaluate("map.getZoom()") == pytest.approx(17.5, abs=0.03)
    stage.apply(community="2")
    assert stage.frame.evaluate("map.getZoom()") < 17
    stage.page.close()


def test_keys_reach_the_page_but_those_of_the_map_do_not(stage: Stage) -> None:
    stage.page.mouse.click(450, 300)
    stage.page.keyboard.press("Escape")
    stage.page.keyboard.press("ArrowLeft")
    assert stage.page.evaluate("heard") == ["Escape"]


def test_trouble_is_said_and_passes(stage: Stage, backstage: Backstage) -> None:
    note = stage.frame.locator(".wg-note")
    assert note.is_hidden()
    backstage.down = True
    stage.frame.evaluate("wangge.apply({...given, version: 'two'})")
    note.wait_for(state="visible")
    assert note.inner_text() == stage.frame.evaluate("wangge.state.words.retrying")
    assert not stage.frame.evaluate("wangge.painted()")
    # What was there stays on the map meanwhile.
    assert stage.pixel("wg-lower", WEST + 0.004, SOUTH + 0.004)[3] == 255
    backstage.down = False
    stage.painted()
    note.wait_for(state="hidden")


def test_panning_for_a_while_keeps_little(stage: Stage) -> None:
    for step in range(30):
        stage.frame.evaluate(
            "s => map.panBy([300 * (s % 2 ? 1 : -1), 200], {animate: false})", step
        )
    stage.painted()
    assert stage.stats()["kept"] < 400
    assert stage.frame.evaluate("document.querySelectorAll('canvas').length") == 2
