"""How reports and grid sheets of extremes look, compared with pictures somebody has looked at."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from dashboard.briefing import sheets
from dashboard.briefing.formats import REPORT_FORMATS
from dashboard.briefing.press import press
from dashboard.briefing.report_page import document_of
from dashboard.briefing.sheets import Sheets, areas_of
from tests import golden_images
from tests.dashboard.test_brief_golden import empty
from tests.dashboard.test_briefing import LONG, NOON, crowd, odd  # noqa: F401 - a fixture
from tests.dashboard.test_monthly import ODD, many_categories, report_of
from tests.dashboard.test_sheets import FIRST, made_one, order, the_town

pytestmark = pytest.mark.usefixtures("nothing_kept")

GOLDEN = Path(__file__).parent / "golden"
PPI = 40.0
Change = Callable[[sa.Connection], None]


def side_by_side(pages: list[bytes] | bytes, most: int) -> bytes:
    """Put the first pages beside each other."""
    made = [pages] if isinstance(pages, bytes) else pages
    images = [Image.open(io.BytesIO(png)).convert("RGB") for png in made[:most]]
    sheet = Image.new("RGB", (sum(one.width for one in images), images[0].height), "white")
    at = 0
    for one in images:
        sheet.paste(one, (at, 0))
        at += one.width
    into = io.BytesIO()
    sheet.save(into, "PNG")
    return into.getvalue()


def report_pages(asked: dict[str, str], most: int) -> bytes:
    document = document_of(report_of(asked), REPORT_FORMATS["a4p"])
    return side_by_side(press(document, NOON.at, "png", PPI, template="report"), most)


def everything_at_once(connection: sa.Connection) -> None:
    """Make 60 grids of 600 buildings with 60 categories of tickets."""
    crowd(connection)
    many_categories(connection)


@pytest.mark.parametrize(
    ("name", "change", "asked"),
    [
        ("report-empty", empty, {**ODD, "community": "350102001099"}),
        ("report-crowd", everything_at_once, ODD),
    ],
)
def test_reports_of_extremes_look_as_they_did(
    odd: Callable[[Change], None],  # noqa: F811
    name: str,
    change: Change,
    asked: dict[str, str],
) -> None:
    odd(change)
    golden_images.compare(report_pages(asked, 3), GOLDEN / f"{name}.png")


@pytest.mark.usefixtures("demo")
def test_the_sheet_of_a_huge_grid_looks_as_it_did() -> None:
    one = order("a4p", grid=FIRST)
    here = the_town(one)
    (area,) = areas_of(here, one)
    long = replace(area, name=LONG, roles={})
    huge = made_one(here, long)
    pages = Sheets(huge, one).pages(long)
    document = sheets.bound(pages, [huge], one, "x")
    made = press(document, NOON.at, "png", PPI, template="sheets")
    golden_images.compare(side_by_side(made, 2), GOLDEN / "sheet-huge.png")
