"""Draw grids, compare, staff and publish, as a member of staff does it in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Download, expect

from geo.store.cluster import Lease
from tests.browser.conftest import Watched, served, watching
from tests.store import drafting_town as town

pytestmark = pytest.mark.browser

CODE = "350102001011"
PAGE = f"street={CODE[:9]}&community={CODE}"
MAKE = ".st-key-confirm button"


@pytest.fixture(scope="module")
def base(lease: Lease) -> Iterator[str]:
    """Serve a small community of the module's own: these tests write."""
    with town.database(lease) as engine:
        url = engine.url.render_as_string(hide_password=False)
        with served(url) as address:
            yield address


@pytest.fixture
def drawing(base: str, browser: Browser) -> Iterator[Watched]:
    with watching(browser, base) as seen:
        yield seen


def open_page(seen: Watched, path: str, query: str = "") -> None:
    seen.page.goto(f"{seen.base}/{path}?{PAGE}{query}")
    seen.painted()


def copy_to_a_draft(seen: Watched, name: str) -> int:
    """Make a draft of the plan in force by the page's own buttons; return its number."""
    open_page(seen, "draw", f"&plan={town.PUBLISHED}")
    seen.page.locator(".st-key-draw_copy button").click()
    seen.page.locator(".st-key-new_name input").fill(name)
    seen.page.locator(".st-key-new_name input").press("Enter")
    seen.page.locator(".st-key-new_make button").click()
    seen.page.wait_for_url("**plan=*")
    seen.page.wait_for_function(f"!location.search.includes('plan={town.PUBLISHED}&')")
    # The address changes before the page: until the draft is there, the keys are the old map's.
    expect(seen.page.locator(".st-key-draw_undo")).to_be_visible(timeout=20_000)
    seen.painted()
    return int(parse_qs(urlsplit(seen.page.url).query)["plan"][0])


def box_of(seen: Watched) -> tuple[float, float, float, float]:
    box = seen.page.locator("iframe[title*='folium']").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]


def at(seen: Watched, lon: float, lat: float) -> tuple[float, float]:
    """Return where a place is on the page, pixels."""
    x, y, _w, _h = box_of(seen)
    point = seen.in_map(
        f"(() => {{ const p = map_div.latLngToContainerPoint([{lat}, {lon}]);"
        " return [p.x, p.y]; })()"
    )
    assert isinstance(point, list)
    return x + point[0], y + point[1]


def drag_a_box(seen: Watched, share: float) -> None:
    """Draw a rectangle over the western part of the community."""
    west, south = 119.3, 26.08
    side = 0.004
    seen.page.keyboard.press("r")
    start = at(seen, west - 0.0001, south + side + 0.0001)
    end = at(seen, west + side * share, south - 0.0001)
    seen.page.mouse.move(*start)
    seen.page.mouse.down()
    seen.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    seen.page.mouse.move(*end, steps=4)
    seen.page.mouse.up()


def rows(seen: Watched) -> list[str]:
    return seen.page.locator("button.row").all_inner_texts()


def test_draw_confirm_undo_reload_redo(drawing: Watched) -> None:
    copy_to_a_draft(drawing, "试画一")
    before = rows(drawing)
    drag_a_box(drawing, 0.5)
    expect(drawing.page.locator(MAKE)).to_be_visible(timeout=20_000)
    drawing.painted()  # a button is on the page before its key is
    drawing.shot("draw_preview")
    drawing.page.keyboard.press("Enter")
    expect(drawing.page.locator(MAKE)).to_have_count(0, timeout=20_000)
    drawing.painted()
    after = rows(drawing)
    assert len(after) != len(before) or after != before
    drawing.page.keyboard.press("Control+z")
    expect(drawing.page.locator(".st-key-draw_undo button")).to_be_disabled(timeout=20_000)
    drawing.painted()  # the bar is drawn before the list
    assert rows(drawing) == before
    drawing.page.reload()
    drawing.painted()
    assert rows(drawing) == before
    drawing.page.locator(".st-key-draw_redo button").click()
    expect(drawing.page.locator(".st-key-draw_redo button")).to_be_disabled(timeout=20_000)
    drawing.painted()
    assert rows(drawing) == after
    drawing.assert_quiet()


def test_escape_gives_up(drawing: Watched) -> None:
    copy_to_a_draft(drawing, "试画二")
    drag_a_box(drawing, 0.5)
    expect(drawing.page.locator(MAKE)).to_be_visible(timeout=20_000)
    drawing.painted()  # a key within the run that draws the preview can be lost
    drawing.page.keyboard.press("Escape")
    expect(drawing.page.locator(MAKE)).to_have_count(0, timeout=20_000)
    expect(drawing.page.locator(".st-key-draw_undo button")).to_be_disabled()
    drawing.assert_quiet()


def test_the_total_at_the_cursor_is_the_preview(drawing: Watched) -> None:
    """The browser counts while one draws, the server afterwards: both say the same."""
    copy_to_a_draft(drawing, "试画三")
    drawing.page.keyboard.press("r")
    start, end = at(drawing, 119.2999, 26.0841), at(drawing, 119.3022, 26.0799)
    drawing.page.mouse.move(*start)
    drawing.page.mouse.down()
    drawing.page.mouse.move(*end, steps=5)
    drawing.page.wait_for_timeout(300)
    tip = drawing.in_map("document.querySelector('.wg-total')?.innerText ?? ''")
    drawing.page.mouse.up()
    expect(drawing.page.locator(MAKE)).to_be_visible(timeout=20_000)
    said = drawing.page.locator(".st-key-preview").inner_text()
    assert isinstance(tip, str)
    buildings = tip.split("栋")[0].split()[-1]
    assert f"已选 {buildings} 栋" in said, (tip, said)
    drawing.assert_quiet()


def test_a_locked_grid_keeps_its_buildings(drawing: Watched) -> None:
    copy_to_a_draft(drawing, "试画四")
    locks = drawing.page.locator("button.lock")
    count = locks.count()
    for place in range(count):
        locks.nth(place).click()
        expect(locks.nth(place)).to_have_attribute("aria-pressed", "true", timeout=20_000)
    drag_a_box(drawing, 1.2)
    drawing.page.wait_for_timeout(1500)
    drawing.painted()
    free = drawing.page.locator("button.row[data-id='none']").count()
    if not free:
        expect(drawing.page.locator(MAKE)).to_have_count(0)
    drawing.shot("draw_locked")
    drawing.assert_quiet()


def save(download: Download, folder: Path) -> bytes:
    path = folder / "file"
    download.save_as(path)
    return path.read_bytes()


def test_suggest_staff_publish_and_file(  # noqa: PLR0915 - one person's way through the pages
    drawing: Watched, tmp_path: Path
) -> None:
    number = copy_to_a_draft(drawing, "试画五")
    page = drawing.page
    page.get_by_text("更多", exact=True).click()
    page.locator(".st-key-menu_more_suggest button").click()
    page.locator(".st-key-wish_count input").fill("3")
    page.locator(".st-key-wish_count input").press("Enter")
    page.locator(".st-key-wish_start button").click()
    page.locator(".st-key-take_0 button").click(timeout=60_000)
    expect(page.locator("button.row")).to_have_count(3, timeout=30_000)
    drawing.painted()

    open_page(drawing, "staff", f"&plan={number}")
    page.get_by_role("tab").nth(2).click()
    page.locator(".st-key-offer_make button").click()
    page.locator(".st-key-offer_take button").click(timeout=30_000)
    expect(page.locator(".st-key-offer_take")).to_have_count(0, timeout=30_000)
    drawing.shot("staff")

    open_page(drawing, "compare", f"&plan={number}")
    expect(page.locator(".st-key-compare_panel")).to_contain_text("户更换网格")
    drawing.shot("compare")

    open_page(drawing, "draw", f"&plan={number}")
    page.locator(".st-key-draw_publish button").click()
    page.locator(".st-key-publish_name input").fill("试画五")
    page.locator(".st-key-publish_who input").fill("张主任")
    page.locator(".st-key-publish_who input").press("Tab")
    page.locator(".st-key-publish_do button").click()
    expect(page.locator(".st-key-draw_copy button")).to_be_visible(timeout=60_000)
    drawing.painted()
    drawing.shot("published")

    for name, start in (("网格登记表", b"PK"), ("网格图", b"%PDF")):
        page.get_by_text("更多", exact=True).click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name).click()
        assert save(waiting.value, tmp_path).startswith(start)
        page.keyboard.press("Escape")
    drawing.assert_quiet()


def test_english_and_other_sizes(drawing: Watched) -> None:
    number = copy_to_a_draft(drawing, "试画六")
    for width, height in ((1366, 640), (1920, 1080), (3840, 2160)):
        drawing.page.set_viewport_size({"width": width, "height": height})
        open_page(drawing, "draw", f"&plan={number}&lang=en")
        drawing.page.wait_for_timeout(500)
        drawing.shot(f"draw_{width}x{height}_en")
        overflow = drawing.page.evaluate(
            """() => {
                const main = document.querySelector('[data-testid=stMain]');
                return [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth];
            }"""
        )
        assert overflow == [0, 0], (width, height)
    drawing.assert_quiet()


def test_a_dialog_speaks_english_and_a_bound_can_be_emptied(drawing: Watched) -> None:
    """A dialog is drawn anew by itself, in a context that knows no language."""
    number = copy_to_a_draft(drawing, "试画七")
    open_page(drawing, "draw", f"&plan={number}&lang=en")
    page = drawing.page
    page.get_by_text("More", exact=True).click()
    page.locator(".st-key-menu_norms button").click()
    for bound in ("low", "high"):
        field = page.locator(f".st-key-norm_{bound}_grid_households input")
        field.fill("")
        field.press("Tab")
    page.locator(".st-key-norm_source input").fill("试点")
    page.locator(".st-key-norm_source input").press("Tab")
    page.locator(".st-key-norm_save button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A norm needs a floor or a ceiling.", timeout=20_000)
    expect(dialog).to_contain_text("Norms of this community")
    drawing.assert_quiet()
