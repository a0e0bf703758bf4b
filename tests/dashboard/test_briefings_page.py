"""The page of briefings: every kind with its files, and series that are made, told and fetched."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.briefing.parcels import parcels

UseStore = Callable[[str], None]
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}


pytestmark = pytest.mark.usefixtures("nothing_kept")


def script() -> None:
    from dashboard.views import briefings  # noqa: PLC0415 - the body is the script

    briefings.page()


def opened(**asked: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for key, value in asked.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def links(app: AppTest) -> dict[str, dict[str, list[str]]]:
    """Return the query of each briefing that is offered, by kind and ending."""
    urls = [urlsplit(element.proto.url) for element in app.get("link_button")]
    return {
        url.path.removeprefix("/export/brief/"): parse_qs(url.query)
        for url in urls
        if url.path.startswith("/export/brief/")
    }


@pytest.mark.usefixtures("demo")
def test_every_kind_is_offered_with_its_files() -> None:
    app = opened(**SPORTS_CITY, lang="en")
    found = links(app)
    assert set(found) == {
        *("monthly.pdf", "monthly.pptx", "monthly.docx"),
        *("sheets.pdf", "sheets.zip", "wall.pdf", "wall.png", "set.zip"),
    }
    assert {query["community"][0] for query in found.values()} == {"530111007001"}
    assert {query["lang"][0] for query in found.values()} == {"en"}


@pytest.mark.usefixtures("demo")
def test_one_grid_comes_as_a_picture_too() -> None:
    found = links(opened(**SPORTS_CITY, grid="530111007001003"))
    assert found["sheets.png"]["grid"] == ["530111007001003"]


@pytest.mark.usefixtures("demo")
def test_only_complete_months_are_offered() -> None:
    app = opened(**SPORTS_CITY)
    assert app.selectbox(key="choice_month").options[0] == "2026-10"
    app.selectbox(key="choice_month").select("2026-03").run()
    assert links(app)["monthly.pdf"]["month"] == ["2026-03"]


@pytest.mark.usefixtures("demo")
def test_a_series_is_made_told_and_kept_for_its_maker() -> None:
    app = opened(**SPORTS_CITY, lang="en")
    app.selectbox(key="series_kind_grids").select("view").run()
    app.button(key="series_start").click().run()
    for _try in range(120):
        time.sleep(0.5)
        app.run()
        if app.success:
            break
    assert "9 briefings" in app.success[0].value
    (url,) = [
        element.proto.url
        for element in app.get("link_button")
        if element.proto.url.startswith("/export/series/")
    ]
    waiting = parcels().fetch(url.rpartition("/")[2], "local")
    assert waiting is not None
    with zipfile.ZipFile(waiting.path) as made:
        assert len(made.namelist()) == 9
    app.button(key="series_again").click().run()
    assert [one.key for one in app.button] == ["series_start"]


@pytest.mark.usefixtures("demo")
def test_a_series_can_be_stopped() -> None:
    app = opened(**SPORTS_CITY)
    app.button(key="series_start").click().run()
    app.button(key="series_stop").click().run()
    assert [one.key for one in app.button] == ["series_start"]
    assert not app.success
