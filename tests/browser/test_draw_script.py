"""Drawing on a draft, in the browser alone: made-up buildings, and a page that only listens."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely
import uvicorn
from playwright.sync_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard import maps
from geo import settings
from tests.browser.test_map_script import HERE, STATIC, Stage
from tests.browser.tile_bytes import EXTENT, Shape, layer

pytestmark = pytest.mark.browser

WEST, SOUTH, EAST, NORTH = 102.74, 24.96, 102.76, 24.97
COLUMNS, ROWS = 10, 6
STEP_X, STEP_Y = (EAST - WEST) / COLUMNS, (NORTH - SOUTH) / ROWS
HALF_X, HALF_Y = 0.3 * STEP_X, 0.22 * STEP_Y
NORM = (300, 500)

# By column: three grids, the third one locked, and two columns that nobody has taken.
GRID_OF_COLUMN = (1, 1, 1, 1, 2, 2, 2, 3, None, None)
GRIDS = (1, 2, 3)
LOCKED = 3

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Building:
    identity: int
    column: int
    lon: float
    lat: float
    households: int

    @property
    def grid(self) -> int | None:
        return GRID_OF_COLUMN[self.column]


@cache
def _buildings() -> tuple[Building, ...]:
    return tuple(
        Building(
            identity=100 + column * ROWS + row,
            column=column,
            lon=round(WEST + (column + 0.5) * STEP_X, 6),
            lat=round(SOUTH + (row + 0.5) * STEP_Y, 6),
            households=0 if (column, row) == (9, 5) else 7 + 3 * column + row,
        )
        for column in range(COLUMNS)
        for row in range(ROWS)
    )


def _at(column: int, row: int) -> Building:
    return next(b for b in _buildings() if b.identity == 100 + column * ROWS + row)


def _households(grid: int | None) -> int:
    return sum(b.households for b in _buildings() if b.grid == grid)


# ------------------------------------------------------------------------------- the server's side


def _tile_xy(lon: float, lat: float, z: int) -> tuple[float, float]:
    sine = math.sin(math.radians(lat))
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return (lon / 360 + 0.5) * 2**z, y * 2**z


def _outline(building: Building, z: int, x: int, y: int) -> list[tuple[int, int]]:
    corners = [(-1, 1), (1, 1), (1, -1), (-1, -1)]
    places = (
        _tile_xy(building.lon + dx * HALF_X, building.lat + dy * HALF_Y, z) for dx, dy in corners
    )
    return [(round((px - x) * EXTENT), round((py - y) * EXTENT)) for px, py in places]


def _is_near(points: Sequence[tuple[int, int]]) -> bool:
    return any(-200 < px < EXTENT + 200 and -200 < py < EXTENT + 200 for px, py in points)


def _tile(request: Request) -> Response:
    z, x, y = (int(request.path_params[name]) for name in "zxy")
    if "building" not in request.path_params["layers"]:
        return Response(b"", media_type="application/vnd.mapbox-vector-tile")
    shapes = [
        Shape(b.identity, points, {"no": str(b.identity), "hh": b.households})
        for b in _buildings()
        if _is_near(points := _outline(b, z, x, y))
    ]
    body = layer("building", shapes) if shapes else b""
    return Response(body, media_type="application/vnd.mapbox-vector-tile")


def _area(west: float, east: float) -> dict[str, Any]:
    ring = [[west, SOUTH], [east, SOUTH], [east, NORTH], [west, NORTH], [west, SOUTH]]
    return {"type": "Polygon", "coordinates": [ring]}


def _grid(number: int) -> dict[str, Any]:
    columns = [i for i, grid in enumerate(GRID_OF_COLUMN) if grid == number]
    west, east = WEST + columns[0] * STEP_X, WEST + (columns[-1] + 1) * STEP_X
    properties = {"code": f"{number:03d}", "lx": (west + east) / 2, "ly": (SOUTH + NORTH) / 2}
    geometry = _area(west, east)
    return {"type": "Feature", "id": number, "geometry": geometry, "properties": properties}


@dataclass
class Backstage:
    atoms_asked: list[str] = field(default_factory=list)

    def atoms(self, request: Request) -> Response:
        self.atoms_asked.append(request.url.query)
        of = _buildings()
        return JSONResponse(
            {
                "ids": [b.identity for b in of],
                "lon": [b.lon for b in of],
                "lat": [b.lat for b in of],
                "households": [b.households for b in of],
                "residents": [2 * b.households for b in of],
            }
        )


def _draft(**changes: object) -> dict[str, object]:
    places = {grid: place for place, grid in enumerate(GRIDS)} | {None: -1}
    return {
        "url": "/api/draft/5/atoms",
        "atomsVersion": "a1",
        "revision": 1,
        "grids": list(GRIDS),
        "assigned": [places[b.grid] for b in _buildings()],
        "locked": [LOCKED],
        "numbers": {str(grid): f"{grid:03d}" for grid in GRIDS},
        "target": 1,
        "targetText": "001",
        "onlyUnassigned": False,
        "norm": list(NORM),
        "tool": "polygon",
        "selection": [],
        "result": None,
        "clear": 0,
        **changes,
    }


def _state() -> maps.MapState:
    return maps.MapState(
        community="1",
        bounds_lon_lat=(WEST, SOUTH, EAST, NORTH),
        boundary_urls=["/api/community/1"],
        grids_urls=["/api/grids/5?r=1"],
        version="one",
        choropleth=maps.Choropleth({1: 0, 2: 1, 3: 1}, ["#00FF00", "#0000FF"]),
        grid_labels={grid: (f"{grid:03d}", str(_households(grid))) for grid in GRIDS},
        focus=maps.Focus(grid=1),
        draft=_draft(),
        legends=[maps.Legend("草案：每网格户数", [maps.LegendRow("fill", "规范内", "#00FF00")])],
    )


def _application(backstage: Backstage) -> Starlette:
    config = json.loads(maps._script_json(maps._config()))
    given = {"config": config, "state": maps.state_json(_state())}
    grids = {"type": "FeatureCollection", "features": [_grid(number) for number in GRIDS]}
    boundary = {"type": "Feature", "id": 1, "geometry": _area(WEST, EAST), "properties": {}}
    return Starlette(
        routes=[
            Route("/tiles/{layers}/{z}/{x}/{y}", _tile),
            Route("/api/grids/5", lambda _r: JSONResponse(grids)),
            Route("/api/community/1", lambda _r: JSONResponse(boundary)),
            Route("/api/draft/5/atoms", backstage.atoms),
            Route("/given", lambda _r: JSONResponse(given)),
            Mount("/assets", StaticFiles(directory=STATIC)),
            Mount("/vendor", StaticFiles(directory=settings.server().assets_dir)),
            Mount("/", StaticFiles(directory=HERE / "pages", html=True)),
        ]
    )


@pytest.fixture(scope="module")
def backstage() -> Backstage:
    return Backstage()


@pytest.fixture(scope="module")
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


# --------------------------------------------------------------------------------- the draughtsman


@dataclass
class Desk(Stage):
    """A stage with a draft on it."""

    def change(self, **changes: object) -> None:
        """Push a state whose draft differs in this."""
        self.apply(draft=_draft(**changes))

    def px(self, place: LonLat) -> tuple[float, float]:
        """Return where a place is on the page."""
        script = "place => (({ x, y }) => [x, y])(map.latLngToContainerPoint(place))"
        x, y = self.frame.evaluate(script, [place[1], place[0]])
        return x, y

    def move(self, place: LonLat) -> None:
        self.page.mouse.move(*self.px(place))

    def click(self, *places: LonLat) -> None:
        for place in places:
            self.page.mouse.click(*self.px(place))

    def drag(self, *places: LonLat) -> None:
        """Press at the first place and release at the last."""
        self.move(places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.px(place), steps=8)
        self.page.mouse.up()

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def settle(self) -> None:
        """Let two frames pass: what was due is painted."""
        self.frame.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    @property
    def values(self) -> list[dict[str, Any]]:
        """What has been sent in Streamlit's format, whole."""
        self.settle()
        told: list[dict[str, Any]] = self.page.evaluate(
            "told.filter(m => m.type === 'streamlit:setComponentValue')"
        )
        return told

    @property
    def gestures(self) -> list[dict[str, Any]]:
        found = {
            value["gesture"]["at"]: value["gesture"]
            for value in (message["value"] for message in self.values)
            if value["gesture"]
        }
        return [found[at] for at in sorted(found)]

    @property
    def tool(self) -> str | None:
        """The tool that the bar shows as in hand."""
        pressed = self.frame.locator(".wg-tools button[aria-pressed=true]")
        return pressed.get_attribute("data-tool") if pressed.count() else None

    @property
    def card(self) -> str:
        """The total at the cursor; empty when it is hidden."""
        self.settle()
        card = self.frame.locator(".wg-total")
        return card.inner_text() if card.is_visible() else ""

    @property
    def sketched(self) -> int:
        """Number of pixels the figure on the map covers."""
        self.settle()
        script = """() => {
          const canvas = document.querySelector('.leaflet-wg-sketch-pane canvas');
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          let n = 0;
          for (let i = 3; i < data.length; i += 4) n += data[i] > 0;
          return n;
        }"""
        covered: int = self.frame.evaluate(script)
        return covered


@pytest.fixture(scope="module")
def opened(browser: Browser, base: str) -> Iterator[Desk]:
    page = browser.new_page(viewport={"width": 1000, "height": 700})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{base}/outer.html")
    handle = page.wait_for_selector("#frame")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    yield Desk(page, frame, errors)
    page.close()


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    """Return the one page, as if it had just been opened."""
    opened.page.reload()
    handle = opened.page.wait_for_selector("#frame")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    opened.frame = frame
    opened.painted()
    yield opened
    assert opened.errors == []


def _corner(column: float, row: float) -> LonLat:
    """Return a place by column and row; whole numbers lie between buildings."""
    return WEST + column * STEP_X, SOUTH + row * STEP_Y


def _box(left: float, low: float, right: float, top: float) -> list[LonLat]:
    return [_corner(left, low), _corner(right, low), _corner(right, top), _corner(left, top)]


def _taken(ring: Sequence[Sequence[float]], *, free_only: bool = False) -> list[Building]:
    """Choose independently: shapely's point in polygon, then the draft's own rules."""
    area = shapely.Polygon(ring).buffer(0) if len(ring) < 3 else shapely.Polygon(ring)
    points = np.array([(b.lon, b.lat) for b in _buildings()])
    inside = shapely.contains_xy(area, points[:, 0], points[:, 1])
    return [
        b
        for b, hit in zip(_buildings(), inside, strict=True)
        if hit and b.grid != LOCKED and (b.grid is None or not free_only)
    ]


def _say(word: str, **values: object) -> str:
    """Say one of the map's words as the script has to."""
    template: str = maps._words()[word]
    return template.format(**values)


def _sums(
    buildings: Sequence[Building], target: int | None = 1, text: str = "001"
) -> tuple[str, str]:
    """Return the two sums the card must show."""
    households = sum(b.households for b in buildings)
    before = _households(target)
    after = before + sum(b.households for b in buildings if b.grid != target)
    return (
        _say("chosen", buildings=f"{len(buildings):,}", households=f"{households:,}"),
        _say("targetTotal", target=text, before=f"{before:,}", after=f"{after:,}"),
    )


def _polygon(desk: Desk, corners: Sequence[LonLat]) -> None:
    desk.click(*corners[:-1])
    desk.page.mouse.dblclick(*desk.px(corners[-1]))


# ------------------------------------------------------------------------------------- the figures


def _near(ring: Sequence[Sequence[float]], corners: Sequence[LonLat]) -> bool:
    """Are these the same corners, to a pixel?"""
    return np.allclose(sorted(map(tuple, ring)), sorted(corners), atol=STEP_X / 40)


def test_a_double_click_ends_a_polygon_and_tells_its_corners(desk: Desk) -> None:
    corners = _box(5, 1, 9, 4)
    _polygon(desk, corners)
    (gesture,) = desk.gestures
    assert (gesture["kind"], gesture["mode"]) == ("polygon", "set")
    assert len(gesture["ring"]) == 4
    assert _near(gesture["ring"], corners)
    assert gesture["line"] is gesture["building"] is gesture["point"] is None


def test_the_value_is_streamlits_and_keeps_the_last_click(desk: Desk) -> None:
    click = {"lat": 24.9, "lng": 102.7, "zoom": 15, "at": 1}
    desk.frame.evaluate("c => { window.__GLOBAL_DATA__ = {lat_lng_clicked: c}; }", click)
    before = time.time() * 1000
    _polygon(desk, _box(5, 1, 9, 4))
    (message,) = desk.values
    assert message["isStreamlitMessage"] is True
    assert message["dataType"] == "json"
    assert message["value"].keys() == {"last_clicked", "gesture", "tool_change"}
    assert message["value"]["last_clicked"] == click
    assert message["value"]["gesture"].keys() == {
        "kind",
        "ring",
        "line",
        "building",
        "point",
        "mode",
        "at",
    }
    assert before - 1000 < message["value"]["gesture"]["at"] < before + 60_000
    digits = [str(v).partition(".")[2] for p in message["value"]["gesture"]["ring"] for v in p]
    assert all(len(each) <= 7 for each in digits)


def test_what_is_sent_is_read_in_python(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.maps.st.session_state", {})
    _polygon(desk, _box(5, 1, 9, 4))
    value = desk.values[0]["value"]
    found = maps._new_gesture(value, "map")
    assert isinstance(found, maps.Gesture)
    assert found.ring == tuple(tuple(place) for place in value["gesture"]["ring"])
    assert maps._new_gesture(value, "map") is None


def test_enter_and_the_first_corner_end_a_polygon_too(desk: Desk) -> None:
    corners = _box(5, 1, 9, 4)
    desk.click(*corners)
    desk.press("Enter")
    desk.click(*corners, corners[0])
    first, second = desk.gestures
    assert _near(first["ring"], corners)
    assert _near(second["ring"], corners)
    assert desk.page.evaluate("heard") == [], "the page took Enter for its own"


def test_two_corners_are_no_polygon(desk: Desk) -> None:
    desk.click(_corner(5, 1), _corner(9, 1))
    desk.press("Enter")
    assert desk.gestures == []
    desk.click(_corner(9, 4))
    desk.press("Enter")
    assert len(desk.gestures) == 1


def test_backspace_takes_the_last_corner_back(desk: Desk) -> None:
    corners = _box(5, 1, 9, 4)
    desk.click(*corners[:3], _corner(2, 5))
    desk.press("Backspace")
    desk.click(corners[3])
    desk.press("Enter")
    assert _near(desk.gestures[0]["ring"], corners)


def test_escape_drops_the_figure_and_only_then_is_the_pages(desk: Desk) -> None:
    desk.click(*_box(5, 1, 9, 4)[:3])
    assert desk.sketched > 0
    desk.press("Escape")
    assert desk.sketched == 0
    assert desk.card == ""
    assert desk.gestures == []
    assert desk.page.evaluate("heard") == []
    desk.press("Escape")
    assert desk.page.evaluate("heard") == ["Escape"]


def test_a_polygon_that_crosses_itself_is_refused_and_can_be_mended(desk: Desk) -> None:
    bow = [_corner(5, 1), _corner(9, 4), _corner(9, 1), _corner(5, 4)]
    _polygon(desk, bow)
    assert desk.gestures == []
    note = desk.frame.locator(".wg-note")
    assert note.inner_text() == desk.frame.evaluate("wangge.state.words.crossing")
    desk.press("Backspace")
    desk.press("Backspace")
    desk.click(_corner(5, 4))
    desk.press("Enter")
    assert len(desk.gestures) == 1
    assert note.is_hidden()


def test_a_rectangle_is_dragged_and_does_not_move_the_map(desk: Desk) -> None:
    desk.change(tool="rectangle")
    centre = desk.frame.evaluate("map.getCenter()")
    corners = _box(4, 1, 9, 5)
    desk.drag(corners[0], corners[2])
    (gesture,) = desk.gestures
    assert gesture["kind"] == "rectangle"
    assert _near(gesture["ring"], corners)
    assert desk.frame.evaluate("map.getCenter()") == centre


def test_a_lasso_follows_the_hand(desk: Desk) -> None:
    desk.change(tool="lasso")
    middle, radius = _corner(6, 3), 2.4
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = [
        (middle[0] + radius * STEP_X * np.cos(t), middle[1] + radius * STEP_Y * np.sin(t))
        for t in turns
    ]
    desk.drag(*circle)
    (gesture,) = desk.gestures
    assert gesture["kind"] == "lasso"
    assert len(gesture["ring"]) < 120
    drawn, meant = shapely.Polygon(gesture["ring"]), shapely.Polygon(circle)
    assert drawn.symmetric_difference(meant).area < 0.03 * meant.area


def test_a_press_without_a_movement_is_no_figure(desk: Desk) -> None:
    for tool in ("lasso", "rectangle"):
        desk.change(tool=tool)
        desk.click(_corner(6, 3))
    assert desk.gestures == []


def test_a_line_is_told_as_drawn_and_its_sums_part_the_target(desk: Desk) -> None:
    desk.change(tool="line")
    line = [_corner(3, -0.4), _corner(3, 6.4)]
    desk.click(line[0])
    desk.move(line[1])
    leaving = sum(b.households for b in _buildings() if b.column == 3)
    staying = _households(1) - leaving
    assert leaving < staying
    assert _say("partedTotal", target="001", staying=staying, leaving=leaving) in desk.card
    desk.page.mouse.dblclick(*desk.px(line[1]))
    (gesture,) = desk.gestures
    assert gesture["kind"] == "line"
    assert gesture["ring"] is None
    assert _near(gesture["line"], line)


def test_a_click_toggles_a_building(desk: Desk) -> None:
    desk.change(tool="click")
    building = _at(5, 2)
    desk.click((building.lon, building.lat), (building.lon, building.lat), _corner(6, 2))
    on, off, ground = desk.gestures
    assert [g["kind"] for g in (on, off, ground)] == ["click"] * 3
    assert (on["building"], on["mode"]) == (building.identity, "add")
    assert (off["building"], off["mode"]) == (building.identity, "remove")
    assert on["point"] == pytest.approx([building.lon, building.lat], abs=STEP_X / 40)
    assert ground["building"] is None
    assert on["ring"] is None


def test_a_click_that_just_misses_a_building_means_it(desk: Desk) -> None:
    desk.change(tool="click")
    building = _at(5, 2)
    x, y = desk.px((building.lon + HALF_X, building.lat))
    desk.page.mouse.click(x + 2, y)
    desk.page.mouse.click(x + 8, y)
    near, far = desk.gestures
    assert near["building"] == building.identity
    assert far["building"] is None


# ------------------------------------------------------------------------------ modes and the total


def _ring_text(desk: Desk, corners: Sequence[LonLat]) -> str:
    """Draw all corners but the last, leave the cursor there, and read the card."""
    desk.click(*corners[:-1])
    desk.move(corners[-1])
    return desk.card


# Slanted, so that its sides run between points and never through one.
SLANT = [_corner(3.2, 0.8), _corner(9.8, 1.3), _corner(9.1, 5.6), _corner(4.9, 5.2)]


def test_the_total_is_the_sum_of_an_independent_count(desk: Desk) -> None:
    text = _ring_text(desk, SLANT)
    taken = _taken(SLANT)
    assert 10 < len(taken) < len(_buildings())
    chosen, total = _sums(taken)
    assert chosen in text
    assert total in text
    over = _households(1) + sum(b.households for b in taken if b.grid != 1) - NORM[1]
    assert over > 0
    assert _say("overBy", n=over) in text
    assert _say("normRange", range="300–500") in text


def test_the_total_follows_the_cursor(desk: Desk) -> None:
    desk.click(*SLANT[:-1])
    seen = set()
    for last in (_corner(4.9, 5.2), _corner(2.2, 5.2), _corner(8.2, 3.1)):
        desk.move(last)
        chosen, total = _sums(_taken([*SLANT[:-1], last]))
        assert chosen in desk.card
        assert total in desk.card
        seen.add(total)
    assert len(seen) == 3


def test_buildings_of_locked_grids_stay_and_the_card_says_so(desk: Desk) -> None:
    locked = _box(7, 1, 8, 4)
    text = _ring_text(desk, locked)
    assert _taken(locked) == []
    assert _sums([])[0] in text
    assert _say("lockedOut", grids="003") in text
    desk.press("Escape")
    desk.change(locked=[])
    text = _ring_text(desk, locked)
    inside = [b for b in _buildings() if b.grid == LOCKED and b.lat > SOUTH + STEP_Y]
    inside = [b for b in inside if b.lat < SOUTH + 4 * STEP_Y]
    assert _sums(inside)[0] in text
    assert "003" not in text


def test_a_locked_target_is_said_before_anything_is_drawn_for_it(desk: Desk) -> None:
    desk.change(locked=[1], target=1)
    assert _ring_text(desk, SLANT) == _say("lockedGrid", number="001")


def test_a_lock_stands_beside_the_label(desk: Desk) -> None:
    picture = "document.querySelector('.leaflet-wg-upper-pane canvas').toDataURL()"
    lower = desk.stats()["repaints"]["lower"]
    desk.change(locked=[LOCKED])
    locked = desk.frame.evaluate(picture)
    desk.change(locked=[])
    assert desk.frame.evaluate(picture) != locked
    assert desk.stats()["repaints"]["lower"] == lower


def test_only_what_is_in_no_grid_is_taken_when_asked(desk: Desk) -> None:
    desk.change(onlyUnassigned=True)
    chosen, total = _sums(_taken(SLANT, free_only=True))
    text = _ring_text(desk, SLANT)
    assert chosen in text
    assert total in text


def test_totals_of_a_new_grid_and_of_none(desk: Desk) -> None:
    taken = _taken(SLANT)
    desk.change(target="new", targetText="新网格")
    total = sum(b.households for b in taken)
    expected = _say("targetTotal", target="新网格", before=0, after=f"{total:,}")
    assert expected in _ring_text(desk, SLANT)
    desk.press("Escape")
    desk.change(target=None, targetText="未分")
    text = _ring_text(desk, SLANT)
    assert _sums(taken, None, "未分")[1] in text
    assert "300–500" not in text


def test_shift_adds_to_what_is_chosen_and_alt_takes_away(desk: Desk) -> None:
    chosen = [_at(5, row) for row in range(3)]
    desk.change(selection=[b.identity for b in chosen])
    area = _box(4, 1, 6, 4)
    inside = _taken(area)
    desk.click(*area[:-1])
    desk.move(area[-1])
    assert _sums(inside)[0] in desk.card
    desk.page.keyboard.down("Shift")
    joined = {b.identity: b for b in (*chosen, *inside)}
    assert _sums(list(joined.values()))[0] in desk.card
    desk.page.keyboard.up("Shift")
    desk.page.keyboard.down("Alt")
    left = [b for b in chosen if b not in inside]
    assert 0 < len(left) < len(chosen)
    assert _sums(left)[0] in desk.card
    desk.page.mouse.dblclick(*desk.px(area[-1]))
    desk.page.keyboard.up("Alt")
    assert [g["mode"] for g in desk.gestures] == ["remove"]
    desk.change(tool="rectangle", selection=[b.identity for b in chosen], clear=1)
    desk.page.keyboard.down("Shift")
    desk.drag(area[0], area[2])
    desk.page.keyboard.up("Shift")
    assert [g["mode"] for g in desk.gestures] == ["remove", "add"]


def test_many_buildings_are_counted_like_few(desk: Desk) -> None:
    """A long lasso is tested in bands of height: every band must give what the whole gives."""
    script = """async ring => {
      const { insideOf } = await import('/assets/map/rings.js');
      const inside = insideOf(ring);
      const found = [];
      for (let i = 0; i < 60; i++) for (let j = 0; j < 60; j++) {
        if (inside(i / 60 + 0.003, j / 60 + 0.003)) found.push([i, j]);
      }
      return found;
    }"""
    turns = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    reach = 0.25 + 0.2 * np.sin(7 * turns)
    ring = np.column_stack([0.5 + reach * np.cos(turns), 0.5 + reach * np.sin(turns)])
    found = {tuple(pair) for pair in desk.frame.evaluate(script, ring.tolist())}
    i, j = np.meshgrid(np.arange(60), np.arange(60), indexing="ij")
    hit = shapely.contains_xy(shapely.Polygon(ring), i / 60 + 0.003, j / 60 + 0.003)
    assert found == set(zip(*(axis.tolist() for axis in np.nonzero(hit)), strict=True))


# -------------------------------------------------------------------------------- what is painted


def test_drawing_paints_only_its_own_canvas(desk: Desk) -> None:
    before = desk.stats()["repaints"]
    desk.click(*SLANT[:-1])
    for step in range(8):
        desk.move(_corner(4 + step / 4, 5))
    desk.settle()
    after = desk.stats()["repaints"]
    assert after["sketch"] > before["sketch"] + 4
    assert (after["upper"], after["lower"]) == (before["upper"], before["lower"])


def test_choosing_paints_the_upper_canvas_and_an_edit_the_lower_one_once(desk: Desk) -> None:
    chosen = _at(5, 2)
    at_wall = (chosen.lon, chosen.lat + HALF_Y)
    assert sum(desk.pixel("wg-upper", *at_wall)) == 0
    before = desk.stats()["repaints"]["lower"]
    desk.change(selection=[chosen.identity])
    assert desk.pixel("wg-upper", *at_wall)[3] > 0
    assert desk.stats()["repaints"]["lower"] == before
    desk.apply(draft=_draft(revision=2), gridsUrls=["/api/grids/5?r=2"])
    desk.settle()
    assert desk.stats()["repaints"]["lower"] == before + 1


def test_buildings_wear_the_drafts_colours_and_those_left_over_a_hatch(
    desk: Desk, backstage: Backstage
) -> None:
    asked, moved, left = len(backstage.atoms_asked), _at(5, 2), _at(9, 2)
    tiles = desk.stats()["requests"]
    off_middle = HALF_X / 2, HALF_Y / 2  # clear of labels and dots
    place = moved.lon + off_middle[0], moved.lat + off_middle[1]
    assert desk.pixel("wg-lower", *place)[:3] == [0, 0, 255]
    assert _colours(desk, left) > 1
    assigned = [0 if b in {moved, left} else _place_of(b) for b in _buildings()]
    desk.change(assigned=json.dumps(assigned), revision=2)
    assert desk.pixel("wg-lower", *place)[:3] == [0, 255, 0]
    assert _colours(desk, left) == 1
    assert desk.stats()["requests"] == tiles
    assert len(backstage.atoms_asked) == asked
    desk.change(atomsVersion="a2")
    assert backstage.atoms_asked[asked:] == ["v=a2"]


def _place_of(building: Building) -> int:
    return -1 if building.grid is None else GRIDS.index(building.grid)


def _colours(desk: Desk, building: Building) -> int:
    """Count the colours along a line through a building."""
    steps = np.linspace(-0.5, 0.5, 41)
    line = [(building.lon + step * HALF_X, building.lat) for step in steps]
    return len({tuple(desk.pixel("wg-lower", *place)) for place in line})


def test_a_finished_figure_stays_until_it_is_cleared(desk: Desk) -> None:
    _polygon(desk, _box(5, 1, 9, 4))
    assert desk.sketched > 0
    assert desk.card == ""
    desk.change(selection=[_at(5, 2).identity])
    assert desk.sketched > 0
    desk.change(clear=1)
    assert desk.sketched == 0


def test_the_border_that_would_result_is_painted(desk: Desk) -> None:
    place = _corner(5, 3)
    assert sum(desk.pixel("wg-upper", *place)) == 0
    desk.change(result=_area(_corner(5, 0)[0], EAST))
    assert desk.pixel("wg-upper", *place)[3] > 0


def test_hovering_names_the_grid_and_its_lock(desk: Desk) -> None:
    tip = desk.frame.locator(".wg-tip")
    words = desk.frame.evaluate("wangge.state.words")
    for building, text in (
        (_at(5, 2), words["grid"].replace("{number}", "002")),
        (_at(7, 2), words["lockedGrid"].replace("{number}", "003")),
        (_at(9, 2), words["unassigned"]),
    ):
        desk.move((building.lon, building.lat))
        tip.wait_for(state="visible")
        desk.settle()
        assert text in tip.inner_text()
    desk.click(_corner(5, 1))
    desk.move((_at(5, 2).lon, _at(5, 2).lat))
    desk.settle()
    assert tip.is_hidden()


def test_pages_without_a_draft_have_no_tools(desk: Desk) -> None:
    desk.apply(draft=None)
    assert desk.frame.locator(".wg-tools").is_hidden()
    desk.frame.evaluate("map.on('click', () => { window.clicked = true; })")
    desk.click(_corner(5, 3))
    desk.press("r")
    assert desk.frame.evaluate("window.clicked") is True
    assert desk.page.evaluate("heard") == ["r"]
    assert desk.values == []


# ---------------------------------------------------------------------------------- tools and keys


def test_a_click_with_a_tool_is_no_click_on_the_map(desk: Desk) -> None:
    script = "map.on('click dblclick', () => { window.clicked = (window.clicked ?? 0) + 1; })"
    desk.frame.evaluate(script)
    zoom = desk.frame.evaluate("map.getZoom()")
    _polygon(desk, _box(5, 1, 9, 4))
    desk.change(tool="click")
    desk.click(_corner(5.5, 2.5))
    assert desk.frame.evaluate("window.clicked ?? 0") == 0
    assert desk.frame.evaluate("map.getZoom()") == zoom
    desk.change(tool="pan")
    desk.click(_corner(5.5, 2.5))
    assert desk.frame.evaluate("window.clicked") == 1
    assert len(desk.gestures) == 2


def test_letters_choose_tools_here_and_on_the_page(desk: Desk) -> None:
    keys = {"v": "click", "l": "lasso", "r": "rectangle", "s": "line", "h": "pan", "p": "polygon"}
    desk.click(_corner(5, 3))
    for key, tool in keys.items():
        desk.press(key)
        assert desk.tool == tool
    desk.page.mouse.click(950, 300)  # beside the frame
    for key, tool in keys.items():
        desk.press(key)
        assert desk.tool == tool
    told = [message["value"]["tool_change"]["tool"] for message in desk.values]
    assert told == [*keys.values(), *keys.values()]
    assert desk.gestures == []


def test_letters_typed_into_a_field_are_letters(desk: Desk) -> None:
    desk.page.locator("#field").click()
    desk.press("l")
    assert desk.page.locator("#field").input_value() == "l"
    assert desk.tool == "polygon"
    assert desk.values == []


def test_the_bar_can_be_used_by_keyboard_and_by_mouse(desk: Desk) -> None:
    lasso = desk.frame.locator(".wg-tools button[data-tool=lasso]")
    lasso.focus()
    desk.press("Enter")
    assert desk.tool == "lasso"
    desk.frame.locator(".wg-tools button[data-tool=rectangle]").click()
    assert desk.tool == "rectangle"
    told = [message["value"]["tool_change"]["tool"] for message in desk.values]
    assert told == ["lasso", "rectangle"]
    names = [b.inner_text().split() for b in desk.frame.locator(".wg-tools button").all()]
    assert [name[-1] for name in names] == ["V", "L", "P", "R", "S", "H"]
    assert all(name[0] for name in names)


def test_a_late_echo_does_not_take_the_tool_out_of_the_hand(desk: Desk) -> None:
    desk.click(_corner(5, 3))
    desk.press("l")
    desk.press("r")
    desk.change(tool="lasso")  # the page has only heard of the first key so far
    assert desk.tool == "rectangle"
    desk.change(tool="rectangle")
    assert desk.tool == "rectangle"
    desk.change(tool="click")  # now the page wants another one
    assert desk.tool == "click"


def test_the_space_bar_lends_the_hand(desk: Desk) -> None:
    desk.change(tool="rectangle")
    centre = desk.frame.evaluate("map.getCenter()")
    desk.click(_corner(5, 3))
    desk.page.keyboard.down("Space")
    desk.drag(_corner(6, 3), _corner(4, 3))
    desk.page.keyboard.up("Space")
    assert desk.gestures == []
    assert desk.frame.evaluate("map.getCenter().lng") > centre["lng"]
    desk.drag(_corner(5, 2), _corner(7, 4))
    assert [g["kind"] for g in desk.gestures] == ["rectangle"]


def test_dragging_with_a_tool_of_clicks_moves_the_map_and_keeps_the_figure(desk: Desk) -> None:
    corners = _box(5, 1, 9, 4)
    desk.click(*corners[:2])
    centre = desk.frame.evaluate("map.getCenter().lng")
    desk.drag(_corner(6, 3), _corner(5.5, 3))
    desk.page.wait_for_timeout(400)  # the map rolls on a little
    assert desk.frame.evaluate("map.getCenter().lng") > centre
    desk.click(*corners[2:])
    desk.press("Enter")
    assert _near(desk.gestures[0]["ring"], corners)


def test_a_finger_draws_as_a_mouse_does(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 700}, has_touch=True)
    page = context.new_page()
    page.goto(f"{base}/outer.html")
    handle = page.wait_for_selector("#frame")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    desk = Desk(page, frame, [])
    desk.painted()
    corners = _box(5, 1, 9, 4)
    for corner in (*corners, corners[0]):
        page.touchscreen.tap(*desk.px(corner))
    assert _near(desk.gestures[0]["ring"], corners)
    desk.change(tool="rectangle")
    cdp = context.new_cdp_session(page)
    centre = frame.evaluate("map.getCenter()")
    for kind, place in (
        ("touchStart", corners[0]),
        ("touchMove", _corner(7, 2)),
        ("touchMove", corners[2]),
        ("touchEnd", None),
    ):
        points = [] if place is None else [dict(zip("xy", desk.px(place), strict=True))]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert _near(desk.gestures[1]["ring"], corners)
    assert frame.evaluate("map.getCenter()") == centre
    context.close()
