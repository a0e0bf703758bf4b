"""The wall as a room sees it: large type, scenes in turn, and the truth when nobody answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.engine import make_url

from tests.browser.conftest import Watched, served, watching

pytestmark = pytest.mark.browser

WALL = "?mode=screen&street=530111007&community=530111007001&lang=en"

SIZES = """() => {
    const root = [...document.querySelectorAll('*')].map(one => one.shadowRoot)
        .find(one => one?.querySelector('.wall'));
    const found = [];
    for (const one of root.querySelectorAll('.wall *')) {
        const own = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        const name = one.className || one.tagName;
        if (own) found.push([name, parseFloat(getComputedStyle(one).fontSize)]);
    }
    return found;
}"""

OUTSIDE = """() => {
    const root = [...document.querySelectorAll('*')].map(one => one.shadowRoot)
        .find(one => one?.querySelector('.wall'));
    const box = name => root.querySelector(name).getBoundingClientRect();
    const [foot, head] = [box('footer'), box('header')];
    const found = [];
    for (const one of root.querySelectorAll('aside *')) {
        const at = one.getBoundingClientRect();
        if (at.bottom > foot.top + 1 || at.top < head.bottom - 1) found.push(one.className);
    }
    for (const one of root.querySelectorAll('header *, footer *, .value, .under, .over, .text')) {
        const at = one.getBoundingClientRect();
        const off = at.right > innerWidth + 1 || at.left < -1 || at.bottom > innerHeight + 1;
        const isBox = getComputedStyle(one).display !== 'inline';
        if (off) found.push(one.className);
        if (isBox && one.scrollWidth > one.clientWidth + 2) found.push('cut ' + one.className);
    }
    const main = document.querySelector('[data-testid=stMain]');
    const scrolls = getComputedStyle(main).overflowY !== 'hidden';
    if (scrolls && main.scrollHeight > main.clientHeight) found.push('main');
    return found;
}"""


def tab(watched: Watched) -> str:
    return watched.page.locator(".tab[aria-selected=true]").inner_text()


def test_the_wall_is_nothing_but_the_wall(watched: Watched) -> None:
    watched.page.set_viewport_size({"width": 1920, "height": 1080})
    watched.open(WALL)
    watched.shot("screen_1920_norms")
    for name in ("stHeader", "stToolbar", "stStatusWidget"):
        for found in watched.page.get_by_test_id(name).all():
            expect(found).to_be_hidden()
    sizes = watched.page.evaluate(SIZES)
    assert len(sizes) > 40
    assert [one for one in sizes if one[1] < 18] == []
    assert max(size for name, size in sizes if name == "value") == 64
    assert next(size for name, size in sizes if name == "H1") == pytest.approx(36.8)
    frame = watched.page.locator("iframe[title*='folium']").bounding_box()
    assert frame is not None
    assert frame["width"] == pytest.approx(0.54 * (1920 - 6.4 * 16), abs=2)
    assert watched.in_map("document.querySelector('.wg-legend').offsetHeight") == 0
    watched.assert_quiet()


@pytest.mark.parametrize(
    ("width", "height", "more"),
    [
        (1366, 768, "&embed_options=dark_theme"),
        (1366, 640, ""),
        (1024, 768, "&lang=zh"),
        (3840, 2160, "&embed_options=dark_theme"),
    ],
)
def test_nothing_is_cut_off(watched: Watched, width: int, height: int, more: str) -> None:
    watched.page.set_viewport_size({"width": width, "height": height})
    watched.open(WALL.replace("&lang=en", "") + more)
    for key in "1234":
        watched.page.keyboard.press(key)
        watched.painted()
        assert watched.page.evaluate(OUTSIDE) == []
        watched.shot(f"screen_{width}x{height}_{key}")
    watched.assert_quiet()


def test_keys_choose_space_holds_and_the_link_says_so(watched: Watched) -> None:
    watched.open(WALL)
    watched.in_map("window.stayed = 'the same frame'")
    assert tab(watched) == "Norms"
    for key, name in (("2", "Tickets"), ("3", "Residence"), ("4", "Services"), ("9", "Services")):
        watched.page.keyboard.press(key)
        assert tab(watched) == name
    watched.page.wait_for_timeout(700)
    assert watched.in_map("window.wangge.state.layers") == ["facility"]
    assert watched.in_map("window.stayed") == "the same frame"
    watched.page.keyboard.press("Space")
    expect(watched.page.locator(".paused")).to_be_visible()
    assert "scene=services" in watched.page.url
    assert "&z=" not in watched.page.url
    watched.page.reload()
    watched.painted()
    assert tab(watched) == "Services"
    expect(watched.page.locator(".paused")).to_be_visible()
    watched.page.keyboard.press("Space")
    expect(watched.page.locator(".paused")).to_have_count(0)
    assert "scene=" not in watched.page.url
    watched.assert_quiet()


def test_scenes_turn_by_themselves_on_one_map(watched: Watched) -> None:
    watched.open(f"{WALL}&scenes=homes,norms&every=5")
    watched.in_map("window.stayed = 'the same frame'")
    expect(watched.page.locator(".tab")).to_have_text(["Residence", "Norms"])
    expect(watched.page.locator(".tab[aria-selected=true]")).to_have_text("Norms", timeout=20_000)
    expect(watched.page.locator(".tab[aria-selected=true]")).to_have_text(
        "Residence", timeout=20_000
    )
    watched.page.wait_for_timeout(700)
    assert watched.in_map("window.wangge.state.buildingMode") == "state"
    assert watched.in_map("window.stayed") == "the same frame"
    watched.assert_quiet()


class Line:
    """A line to the database that can be cut: a port that leads to its socket."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _address = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._open += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=_carry, args=ends, daemon=True).start()

    def cut(self) -> None:
        """End every connection and take no more."""
        for ended in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                ended.shutdown(socket.SHUT_RDWR)
            ended.close()
        self._open.clear()

    def mend(self) -> None:
        """Take connections again."""
        self._listener = self._listen(self.port)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(demo_url: str) -> Iterator[Line]:
    """Lay a line to the demo that can be cut."""
    made = Line(f"{make_url(demo_url).query['host']}/.s.PGSQL.5432")
    yield made
    made.cut()


def test_the_wall_outlives_its_database(demo_url: str, line: Line, browser: Browser) -> None:
    address = make_url(demo_url).set(host="127.0.0.1", port=line.port, query={})
    with (
        served(address.render_as_string(hide_password=False)) as base,
        watching(browser, base) as watched,
    ):
        watched.page.set_viewport_size({"width": 1920, "height": 1080})
        watched.open(WALL)
        shown = watched.page.locator(".figures").inner_text()
        late = watched.page.locator(".late")
        expect(late).to_have_count(0)
        line.cut()
        expect(late).to_be_visible(timeout=30_000)
        assert late.inner_text() == "Offline · data of 11-20 18:00"
        colour = late.evaluate("one => getComputedStyle(one).backgroundColor")
        assert colour == "rgb(246, 160, 77)"
        watched.page.keyboard.press("3")
        assert tab(watched) == "Residence"
        watched.page.wait_for_timeout(700)
        assert watched.in_map("window.wangge.state.buildingMode") == "state"
        watched.shot("screen_offline")
        assert watched.page.locator(".figures").inner_text() == shown
        line.mend()
        expect(late).to_have_count(0, timeout=45_000)
        expect(watched.page.locator(".right")).to_contain_text("data until 11-20 18:00")
        watched.painted()
        assert watched.page.locator(".figures").inner_text() == shown
        assert watched.foreign == []
