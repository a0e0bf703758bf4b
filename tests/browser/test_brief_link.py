"""The briefing of a view shows the ground the map shows: the link is told as it is used."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

PLACE = "?street=530111007&community=530111007001&lang=en"
LINK = 'a[href*="/export/brief/view.png"]'


def told(watched: Watched) -> dict[str, str]:
    """Return what the link to the picture says when it is about to be followed."""
    link = watched.page.locator(LINK)
    link.dispatch_event("contextmenu")
    return dict(parse_qsl(urlsplit(str(link.get_attribute("href"))).query))


def test_the_link_says_where_the_map_looks_unless_the_whole_is_wanted(watched: Watched) -> None:
    page = watched.page
    watched.open(f"{PLACE}&z=16.5&c=24.97570,102.74434")
    page.get_by_role("button", name="Briefing").click()
    page.locator(LINK).wait_for()
    shown = told(watched)
    assert float(shown["z"]) == pytest.approx(16.5, abs=0.01)
    lat, lon = map(float, shown["c"].split(","))
    assert (lat, lon) == pytest.approx((24.9757, 102.74434), abs=1e-3)
    width, height = map(int, shown["s"].split("x"))
    assert width > height / 2 > 50
    page.get_by_text("The whole area").click()
    page.wait_for_function(f"() => document.querySelector('{LINK}').href.includes('z=whole')")
    assert told(watched)["z"] == "whole"
    page.get_by_text("As the map shows it").click()
    page.wait_for_function(f"() => !document.querySelector('{LINK}').href.includes('z=whole')")
    assert told(watched)["z"] == shown["z"]
