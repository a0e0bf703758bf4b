"""Scripts of parts on their own: what they report, and that they wait for the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from dashboard import theme
from dashboard.parts import base
from dashboard.parts.cube import Bin
from dashboard.parts.slider import Step

pytestmark = pytest.mark.browser

_MOUNT = """async ([script, style]) => {
  document.body.innerHTML = "<div id='host'></div>";
  const root = document.getElementById("host").attachShadow({mode: "open"});
  root.innerHTML = `<style>${style}</style><div class="part"></div>`;
  const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
  const {default: draw} = await import(url);
  window.picks = [];
  window.show = (data) => {
    window.close = draw({data, parentElement: root, setTriggerValue: (_, key) => picks.push(key)});
  };
}"""


class Part:
    """One part on an empty page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        script = base._resource(f"{name}.js") + base._resource("base.js")
        style = base._resource("base.css") + base._resource(f"{name}.css")
        page.evaluate(_MOUNT, [script, style])

    def show(self, data: dict[str, Any]) -> None:
        self.page.evaluate("show", json.loads(json.dumps(data)))

    @property
    def picks(self) -> list[str]:
        found: list[str] = self.page.evaluate("picks")
        return found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 400, "height": 300})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.clock.install()
    yield opened
    opened.close()
    assert errors == []


# ---------------------------------------------------------------------------------- the slider

WORDS = {"play": "Play", "pause": "Pause", "steps": "Time", "all": "Whole period"}


def _steps(selected: str | None, count: int = 6) -> dict[str, Any]:
    steps = [asdict(Step(f"s{n}", f"0{n + 1}", n * 10, f"Month {n + 1}")) for n in range(count)]
    return {"steps": steps, "selected": selected, "words": WORDS}


@pytest.fixture
def slider(page: Page) -> Part:
    part = Part(page, "slider")
    part.show(_steps("s1"))
    return part


def _track(part: Part) -> Locator:
    return part.page.get_by_role("slider", name="Time")


def _button(part: Part, name: str) -> Locator:
    return part.page.get_by_role("button", name=name)


def test_the_slider_says_where_it_is(slider: Part) -> None:
    track = _track(slider)
    assert track.get_attribute("aria-valuenow") == "2"
    assert track.get_attribute("aria-valuetext") == "Month 2"
    slider.show(_steps(None))
    assert track.get_attribute("aria-valuetext") == "Whole period"
    heights = slider.page.locator(".bar").evaluate_all("all => all.map(one => one.style.height)")
    assert heights == ["0%", "20%", "40%", "60%", "80%", "100%"]


def test_keys_held_down_ask_once_and_then_for_the_last(slider: Part) -> None:
    _track(slider).focus()
    for _press in range(3):
        slider.page.keyboard.press("ArrowRight")
    assert slider.picks == ["s2"]
    slider.show(_steps("s2"))
    assert slider.picks == ["s2", "s4"]
    slider.show(_steps("s4"))
    assert slider.picks == ["s2", "s4"]
    for key, expected in (("Home", "s0"), ("End", "s5"), ("ArrowLeft", "s4")):
        slider.page.keyboard.press(key)
        slider.show(_steps(expected))
        assert slider.picks[-1] == expected


def test_a_step_is_reported_when_the_pointer_lets_go(slider: Part) -> None:
    box = _track(slider).bounding_box()
    assert box is not None
    y, column = box["y"] + 10, box["width"] / 6
    slider.page.mouse.move(box["x"] + 0.5 * column, y)
    slider.page.mouse.down()
    slider.page.mouse.move(box["x"] + 3.5 * column, y)
    assert _track(slider).get_attribute("aria-valuetext") == "Month 4"
    assert slider.picks == []
    slider.page.mouse.up()
    assert slider.picks == ["s3"]


def test_playing_waits_for_a_slow_answer_and_stops_at_the_end(slider: Part) -> None:
    clock = slider.page.clock
    slider.show(_steps("s3"))
    _button(slider, "Play").click()
    assert slider.picks == ["s4"]
    clock.run_for(5000)
    assert slider.picks == ["s4"]
    slider.show(_steps("s4"))
    clock.run_for(1000)
    assert slider.picks == ["s4", "s5"]
    slider.show(_steps("s5"))
    assert _button(slider, "Pause").count() == 1
    clock.run_for(1000)
    assert slider.picks == ["s4", "s5"]
    assert _button(slider, "Play").count() == 1


@pytest.mark.parametrize("how", ["pause", "key", "elsewhere", "other steps", "closed"])
def test_playing_ends_when_somebody_acts(slider: Part, how: str) -> None:
    _button(slider, "Play").click()
    slider.show(_steps("s2"))
    if how == "pause":
        _button(slider, "Pause").click()
    elif how == "key":
        _track(slider).press("Home")
        slider.show(_steps("s0"))
    elif how == "elsewhere":
        slider.show(_steps("s4"))
    elif how == "other steps":
        slider.show(_steps("s2", 5))
    else:
        slider.page.evaluate("close()")
    before = slider.picks
    slider.page.clock.run_for(5000)
    assert slider.picks == before


def test_an_answer_that_never_comes_does_not_block_for_good(slider: Part) -> None:
    _track(slider).press("ArrowRight")
    slider.page.clock.run_for(30_000)
    assert _track(slider).get_attribute("aria-valuetext") == "Month 2"
    _track(slider).press("End")
    assert slider.picks == ["s2", "s5"]


def test_playing_starts_over_at_the_end_and_at_the_start_of_the_whole(slider: Part) -> None:
    slider.show(_steps("s5"))
    _button(slider, "Play").click()
    assert slider.picks == ["s0"]
    _button(slider, "Pause").click()
    slider.show(_steps("s0"))
    slider.show(_steps(None))
    _button(slider, "Play").click()
    assert slider.picks == ["s0", "s0"]


# ------------------------------------------------------------------------------------ the cube


def _bins(selected: str | None) -> dict[str, Any]:
    levels = [3, 1, 0, -1, -3]
    bins = [
        asdict(Bin(f"s{n}", f"0{n + 1}", 4 - n, level, f"Month {n + 1}: {4 - n} tickets"))
        for n, level in enumerate(levels)
    ]
    light = theme.PALETTES["light"]
    words = {"strip": "Step by step"}
    return {
        "bins": bins,
        "selected": selected,
        "words": words,
        "hot": light.hot,
        "cold": light.cold,
    }


@pytest.fixture
def cube(page: Page) -> Part:
    part = Part(page, "cube")
    part.show(_bins(None))
    return part


def test_bins_wear_their_level(cube: Part) -> None:
    light = theme.PALETTES["light"]
    script = "all => all.map(one => one.style.getPropertyValue('--fill'))"
    fills = cube.page.locator(".bin").evaluate_all(script)
    assert fills == [light.hot[0], light.hot[2], "", light.cold[2], light.cold[0]]
    hatched = "all => all.map(one => getComputedStyle(one).backgroundImage !== 'none')"
    for piece in (".rod", ".foot"):
        found = cube.page.locator(piece).evaluate_all(hatched)
        assert found == [False, False, False, True, True]


def test_a_bin_is_chosen_by_click_and_by_key(cube: Part) -> None:
    cube.page.get_by_role("radio", name="Month 2: 3 tickets").click()
    assert cube.picks == ["s1"]
    cube.show(_bins("s1"))
    assert cube.page.get_by_role("radio", checked=True).count() == 1
    cube.page.keyboard.press("ArrowRight")
    cube.show(_bins("s2"))
    # The focus stays on the strip though it was drawn anew.
    cube.page.keyboard.press("ArrowRight")
    assert cube.picks == ["s1", "s2", "s3"]


def test_the_strip_can_be_reached_before_anything_is_chosen(cube: Part) -> None:
    cube.page.keyboard.press("Tab")
    cube.page.keyboard.press("Enter")
    assert cube.picks == ["s4"]
