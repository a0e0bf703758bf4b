"""The overview as a street leader uses it: open, switch, click, share; nothing leaves the host."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

SPORTS_CITY = "?street=530111007&community=530111007001"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

COLOURS_DRAWN = """(() => {
    const canvas = document.querySelector('canvas.wg-surface');
    const bytes = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < bytes.length; i += 4 * 97) {
        seen.add((bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]);
    }
    return seen.size;
})()"""


def state_of(watched: Watched) -> dict[str, str]:
    query = parse_qs(urlsplit(watched.page.url).query)
    return {key: values[-1] for key, values in query.items()}


def test_overview_paints_and_stays_on_this_host(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    watched.shot("overview_1366_zh")
    expect(watched.page.locator("button.cell")).to_have_count(7)
    colours = watched.in_map(COLOURS_DRAWN)
    assert isinstance(colours, int)
    assert colours > 60, "painted, it says, but there is no ground and no building"
    assert "1,483" in watched.page.locator("button.cell").first.inner_text()
    expect(watched.page.locator("button.row[data-id^='530111007001']")).to_have_count(9)
    watched.assert_quiet()


def test_indicator_switch_recolours_the_same_map(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    before = watched.in_map("window.wangge.state.choropleth.classes")
    watched.in_map("window.stayed = 'the same frame'")
    watched.page.locator("button.cell").nth(2).click()
    watched.page.wait_for_url("**ind=tickets**")
    watched.painted()
    watched.page.wait_for_timeout(500)
    assert watched.in_map("window.stayed") == "the same frame"
    assert watched.in_map("window.wangge.state.choropleth.classes") != before
    watched.shot("overview_1366_tickets")
    watched.assert_quiet()


def test_grid_click_opens_its_card_and_escape_returns(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    box = watched.page.locator("iframe").first.bounding_box()
    assert box is not None
    watched.page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.25 * box["height"])
    watched.page.wait_for_url("**grid=530111007001**")
    watched.painted()
    code = state_of(watched)["grid"]
    expect(watched.page.get_by_text(code)).to_be_visible()
    watched.shot("grid_card_1366_zh")
    watched.page.keyboard.press("Escape")
    expect(watched.page.get_by_text(code)).to_have_count(0)
    watched.assert_quiet()


def test_row_click_selects_on_the_map(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    watched.page.locator("button.row").first.click()
    watched.page.wait_for_url("**grid=**")
    watched.painted()
    chosen = state_of(watched)["grid"]
    focused = watched.in_map("window.wangge.state.focus.grid")
    assert chosen.startswith("530111007001")
    assert focused
    watched.assert_quiet()


def test_english_has_no_chinese_of_ours(watched: Watched) -> None:
    watched.open(SPORTS_CITY + "&lang=en")
    watched.shot("overview_1366_en")
    labels = watched.page.locator("button.cell").all_inner_texts()
    assert labels
    assert not [text for text in labels if CHINESE.search(text)]
    legend = watched.in_map("document.querySelector('.wg-legend').innerText")
    assert isinstance(legend, str)
    assert not CHINESE.search(legend)
    watched.assert_quiet()


def test_language_switch_keeps_the_state(watched: Watched) -> None:
    watched.open(SPORTS_CITY + "&ind=age60")
    watched.page.get_by_text("EN", exact=True).click()
    watched.page.wait_for_url("**lang=en**")
    watched.painted()
    assert state_of(watched)["ind"] == "age60"
    assert state_of(watched)["community"] == "530111007001"
    watched.assert_quiet()


@pytest.mark.parametrize("layers", ["ticket,facility", "elderly,party_household", "unit,label"])
def test_point_layers_paint(watched: Watched, layers: str) -> None:
    watched.open(f"{SPORTS_CITY}&layers={layers}&z=17&c=24.9717,102.7480")
    watched.shot(f"points_{layers.replace(',', '_')}")
    watched.assert_quiet()


def test_bad_links_fall_back_without_a_crash(watched: Watched) -> None:
    watched.open(
        "?street=1&community=x&ind=%3Cscript%3E&grid=9&z=nan&c=,&layers=zz&period=eternity"
    )
    expect(watched.page.locator("button.cell")).to_have_count(7)
    watched.assert_quiet()


@pytest.mark.parametrize(
    ("width", "height"), [(1366, 640), (1366, 768), (1920, 1080), (3840, 2160)]
)
def test_nothing_is_cut_off(watched: Watched, width: int, height: int) -> None:
    """The overview fits the window: no page scrollbar, no cell wider than its column."""
    watched.page.set_viewport_size({"width": width, "height": height})
    watched.open(SPORTS_CITY)
    watched.shot(f"overview_{width}x{height}")
    overflow = watched.page.evaluate(
        """() => {
            const main = document.querySelector('[data-testid=stMain]');
            return [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth];
        }"""
    )
    assert overflow == [0, 0]
    watched.assert_quiet()
