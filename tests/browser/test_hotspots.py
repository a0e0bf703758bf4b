"""Hot spots as an analyst uses them: every method, by hand, in both languages, without a trace."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect

from geo.store import tables as t
from geo.store.engine import make_engine
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

HERE = "hotspots?street=530111007&community=530111007001&span=91&measure=count&each=all"
SERIES = f"{HERE}&method=emerging"
QUICK = (
    "hotspots?street=530111007&community=530111007001&method=scan&span=28&cls=C01&reach=100"
    "&sims=199"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
METHODS = {
    "gi": "方法说明",
    "emerging": "演变类型",
    "scan": "聚集扫描需要一些时间",
    "repeats": "分布",
    "groups": "组",
    "compare": "变化",
}
LATE_MS = 30_000
_FITS = "(part) => part.scrollWidth <= part.clientWidth"


@pytest.fixture(autouse=True, scope="module")
def _off_record(demo_url: str) -> Iterator[None]:
    """Take off the demo's record what the page puts there."""
    yield
    engine = make_engine(sa.make_url(demo_url))
    with engine.begin() as connection:
        connection.execute(sa.delete(t.briefing_item))
        connection.execute(sa.delete(t.study))
    engine.dispose()


def panel(page: Page) -> Locator:
    return page.locator(".st-key-panel")


def click(watched: Watched, lon: float, lat: float) -> None:
    """Click a place on the map; it stands as it was fitted to the community."""
    at = watched.in_map(
        f"""(() => {{
            const map = Object.values(window).find((one) => one instanceof L.Map);
            const {{x, y}} = map.latLngToContainerPoint([{lat}, {lon}]);
            return [x, y];
        }})()"""
    )
    assert isinstance(at, list)
    box = watched.page.locator("iframe[title*='folium']").bounding_box()
    assert box is not None
    watched.page.mouse.click(box["x"] + at[0], box["y"] + at[1])


@pytest.mark.parametrize(("method", "said"), METHODS.items(), ids=list(METHODS))
def test_each_method_paints_and_stays_on_this_host(
    watched: Watched, method: str, said: str
) -> None:
    watched.open(f"{HERE}&method={method}")
    expect(panel(watched.page)).to_contain_text(said, timeout=LATE_MS)
    watched.shot(f"hotspots_{method}_zh")
    watched.assert_quiet()


@pytest.mark.parametrize("method", ["gi", "groups", "compare"])
def test_english_fits_beside_the_map(watched: Watched, method: str) -> None:
    watched.open(f"{HERE}&method={method}&lang=en")
    tabs = watched.page.get_by_role("tab").all_inner_texts()
    assert tabs
    assert not [text for text in tabs if CHINESE.search(text)]
    bar = watched.page.locator(".st-key-hotspots_bar")
    assert bar.evaluate(_FITS)
    lists = watched.page.locator(".st-key-hotspots_found .scroller")
    expect(lists).to_be_visible(timeout=LATE_MS)
    assert lists.evaluate(_FITS)
    watched.shot(f"hotspots_{method}_en")
    watched.assert_quiet()


def test_a_click_chooses_an_area_its_spot_and_a_step(watched: Watched) -> None:
    page = watched.page
    watched.open(SERIES)
    marks = watched.in_map("window.wangge.state.marks")
    assert isinstance(marks, list)
    second = marks[1]
    click(watched, second["lon"], second["lat"])
    page.wait_for_url("**spot=2**", timeout=LATE_MS)
    expect(page.locator(".st-key-hotspots_cube")).to_be_visible(timeout=LATE_MS)
    expect(panel(page).get_by_text("网格员").first).to_be_visible()
    watched.painted()
    assert watched.in_map("window.wangge.state.cells.chosen") is not None
    page.locator(".st-key-hotspots_cube").get_by_role("radio").nth(3).click()
    page.wait_for_url("**at=3**", timeout=LATE_MS)
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('spot=')", timeout=LATE_MS)
    watched.shot("hotspots_step_zh")
    watched.assert_quiet()


def test_the_slider_plays_by_its_keys(watched: Watched) -> None:
    page = watched.page
    watched.open(f"{SERIES}&at=2")
    before = watched.in_map("JSON.stringify(window.wangge.state.cells.classes)")
    page.locator(".st-key-hotspots_slider").get_by_role("slider").press("ArrowRight")
    page.wait_for_url("**at=3**", timeout=LATE_MS)
    watched.painted()
    page.wait_for_timeout(500)
    assert watched.in_map("JSON.stringify(window.wangge.state.cells.classes)") != before
    page.go_back()
    page.wait_for_url("**at=2**", timeout=LATE_MS)
    watched.assert_quiet()


def test_a_row_opens_a_spot_and_another_method_forgets_it(watched: Watched) -> None:
    page = watched.page
    watched.open(f"{HERE}&method=groups")
    page.locator(".st-key-hotspots_found").get_by_role("row").nth(2).click()
    page.wait_for_url("**spot=2**", timeout=LATE_MS)
    expect(panel(page).get_by_text("近期")).to_be_visible(timeout=LATE_MS)
    watched.painted()
    page.wait_for_timeout(500)
    assert watched.in_map("window.wangge.state.discs.findIndex((one) => one.chosen)") == 1
    page.get_by_role("radio", name="前后对比").click()
    page.wait_for_url("**method=compare**", timeout=LATE_MS)
    watched.painted()
    assert "spot=" not in page.url
    watched.assert_quiet()


@pytest.mark.parametrize(
    "odd",
    [
        "cell=zzz&spot=999&at=999",
        "spot=1&since=2026-02-30",
        "spot=1&since=1999-01-01&cell=1.2",
        "cls=no-such-class&spot=1",
        "unit=s99999&step=year&near=1&sims=5&reach=0",
        "at=999999999999999999&spot=999999999999999999",
    ],
)
def test_an_odd_address_is_no_error(watched: Watched, odd: str) -> None:
    watched.open(f"{SERIES}&{odd}")
    expect(panel(watched.page).get_by_role("tab").first).to_be_visible(timeout=LATE_MS)
    assert watched.page.locator("[data-testid=stException]").count() == 0
    watched.assert_quiet()


def test_clusters_are_looked_for_beside_the_page(watched: Watched) -> None:
    page = watched.page
    watched.open(QUICK)
    page.get_by_role("button", name="开始扫描").click()
    expect(panel(page).get_by_role("tab").first).to_be_visible(timeout=3 * LATE_MS)
    watched.painted()
    watched.open(QUICK)
    expect(panel(page).get_by_role("tab").first).to_be_visible(timeout=LATE_MS)
    expect(page.get_by_role("button", name="开始扫描")).to_have_count(0)
    watched.shot("hotspots_scan_done_zh")
    watched.assert_quiet()


def test_a_search_goes_on_while_something_else_is_looked_at(watched: Watched) -> None:
    page = watched.page
    watched.open(QUICK.replace("span=28", "span=364").replace("sims=199", "sims=9999"))
    page.get_by_role("button", name="开始扫描").click()
    expect(page.locator("[data-testid=stProgress]")).to_be_visible(timeout=LATE_MS)
    page.get_by_role("radio", name="成组与密度").click()
    page.wait_for_url("**method=groups**", timeout=LATE_MS)
    expect(panel(page).get_by_role("tab").first).to_be_visible(timeout=LATE_MS)
    expect(page.locator("[data-testid=stProgress]")).to_have_count(0)
    page.get_by_role("radio", name="聚集扫描").click()
    expect(page.locator("[data-testid=stProgress]")).to_be_visible(timeout=LATE_MS)
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_role("button", name="开始扫描")).to_be_visible(timeout=LATE_MS)
    watched.assert_quiet()


def test_the_files_are_the_answer(watched: Watched) -> None:
    page = watched.page
    watched.open(f"{HERE}&method=groups")
    links = panel(page).locator("a[href*='/export/study/']")
    expect(links.first).to_be_visible(timeout=LATE_MS)
    addresses = {links.nth(at).get_attribute("href") or "" for at in range(links.count())}
    endings = {address.partition("?")[0].rpartition(".")[2]: address for address in addresses}
    assert set(endings) == {"gpkg", "csv", "json"}
    told = json.loads(page.request.get(f"{watched.base}{endings['json']}").body())
    rows = page.locator(".st-key-hotspots_found").get_by_role("row")
    assert rows.count() == 1 + len(told["study"]["spots"])
    table = page.request.get(f"{watched.base}{endings['csv']}").text()
    assert len(table.strip().splitlines()) == rows.count()
    assert page.request.get(f"{watched.base}{endings['gpkg']}").body()[:6] == b"SQLite"


def test_a_spot_goes_into_the_briefing_and_out(watched: Watched) -> None:
    page = watched.page
    watched.open(f"{SERIES}&spot=1")
    page.get_by_role("button", name="放入简报").click()
    page.get_by_role("tab", name="简报").click()
    out = page.get_by_role("button", name="移出")
    expect(out).to_have_count(1, timeout=LATE_MS)
    out.click()
    expect(out).to_have_count(0, timeout=LATE_MS)
    watched.assert_quiet()
