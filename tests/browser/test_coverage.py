"""Workload and coverage as a leader and an analyst use it: every part, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser

SPORTS_CITY = "coverage?street=530111007&community=530111007001"
PARTS = {
    "norms": "超上限 983",
    "load": "综合负荷",
    "visits": "应访",
    "party": "57–86%",
    "services": "15 分钟内",
}


@pytest.mark.parametrize(("part", "said"), PARTS.items(), ids=list(PARTS))
def test_each_part_paints_and_stays_on_this_host(watched: Watched, part: str, said: str) -> None:
    watched.open(f"{SPORTS_CITY}&view={part}")
    expect(watched.page.locator(".st-key-panel")).to_contain_text(said)
    watched.shot(f"coverage_{part}_zh")
    watched.assert_quiet()


def test_the_norm_table_shows_the_three_contradictions(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    panel = watched.page.locator(".st-key-panel")
    expect(panel).to_contain_text("13,350 户 ÷ 9 = 1,483；超上限 983")
    expect(panel).to_contain_text("22 人 × 600 = 13,200 < 13,350；150 户无人负责")
    expect(panel).to_contain_text("764 名党员 × 10–15 = 7,640–11,460 户，占 13,350 户的 57–86%")


def test_parts_are_switched_without_losing_the_territory(watched: Watched) -> None:
    watched.open(f"{SPORTS_CITY}&lang=en")
    for name, part in (
        ("Party contact", "party"),
        ("Workload", "load"),
        ("Visits to homes", "visits"),
    ):
        watched.page.get_by_role("radio", name=name, exact=True).click()
        watched.page.wait_for_url(f"**view={part}**")
        watched.painted()
        assert "community=530111007001" in watched.page.url
    watched.shot("coverage_visits_en")
    watched.assert_quiet()


def test_a_grid_of_the_table_is_chosen_on_the_map(watched: Watched) -> None:
    watched.open(SPORTS_CITY)
    watched.page.locator(".st-key-panel").get_by_role("row", name="003 锦绣苑").first.click()
    watched.page.wait_for_url("**grid=530111007001003**")
    watched.painted()
    watched.page.wait_for_timeout(500)
    assert watched.in_map("window.wangge.state.focus.grid") is not None
    watched.assert_quiet()


def test_a_month_is_chosen_by_its_bar(watched: Watched) -> None:
    watched.page.goto(f"{watched.base}/{SPORTS_CITY}&view=trends&ind=tickets")
    month = watched.page.get_by_role("radio", name="09")
    month.click()
    watched.page.wait_for_url("**month=2026-09**")
    expect(watched.page.locator(".st-key-panel")).to_contain_text("2026-09")
    watched.shot("coverage_trends_zh")
