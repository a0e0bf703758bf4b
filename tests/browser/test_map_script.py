"""The map's script on its own: a page like streamlit-folium's, hand-made tiles, no database."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
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
