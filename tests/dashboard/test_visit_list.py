"""The list of visits to print: through the gate, with doors and without names, never kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
import streamlit as st

from dashboard import routes, visit_list
from dashboard.backend import Backend
from dashboard.services import visiting
from geo.errors import NotAllowedError
from geo.layers import PEOPLE_READERS
from geo.store import tables as t
from geo.store.access import Viewer
from tests.dashboard.test_routes import Browser, site
from tests.town import CANARY, town  # noqa: F401 - a fixture

COMMUNITY = "350102001011"
DOOR = f"{CANARY}[0-9]+"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def browser(
    town: sa.Engine,  # noqa: F811
    use_store: Callable[[str], None],
    tmp_path: Path,
) -> Iterator[Browser]:
    use_store(town.url.render_as_string(hide_password=False))
    st.cache_data.clear()
    with closing(Backend(town, tmp_path)) as backend:
        yield Browser(site(backend))
    st.cache_data.clear()


@pytest.fixture
def worker(town: sa.Engine) -> int:  # noqa: F811
    """Return somebody who works a grid of the community's plan on the last day."""
    asked = (
        sa.select(t.grid_role.c.staff_id)
        .join(t.grid)
        .where(t.grid.c.plan_id == 102, t.grid_role.c.role != "police")
        .where(t.grid_role.c.from_date <= sa.text("'2026-11-20'"))
        .where(t.grid_role.c.to_date.is_(None) | (t.grid_role.c.to_date > sa.text("'2026-11-20'")))
    )
    with town.connect() as connection:
        found = connection.scalar(asked.order_by(t.grid_role.c.staff_id).limit(1))
    assert found is not None
    return int(found)


def test_the_list_shows_ten_doors_and_nobody(browser: Browser, worker: int) -> None:
    reply = browser.get(f"/export/visits/{COMMUNITY}/{worker}?lang=en")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert reply.headers["cache-control"] == "no-store"
    assert "script" not in reply.text
    rows = re.findall(r"<tr><td>.*?</tr>", reply.text)
    assert len(rows) == visiting.NEXT
    # Whatever is personal holds the canary: one room number a row, the worker in the title.
    assert all(len(re.findall(DOOR, row)) == 1 for row in rows)
    assert len(re.findall(DOOR, re.sub(r"<tr><td>.*?</tr>", "", reply.text))) == 2


def test_the_list_speaks_the_language_asked_for(browser: Browser, worker: int) -> None:
    address = f"/export/visits/{COMMUNITY}/{worker}"
    assert 'lang="zh-CN"' in browser.get(address).text
    english = browser.get(f"{address}?lang=en").text
    assert 'lang="en"' in english
    heads = re.findall("<th>(.*?)</th>", english)
    assert len(heads) == 9
    assert not [head for head in heads if CHINESE.search(head)]
    assert "Data as of 2026-11-20" in english


@pytest.mark.parametrize(
    "address",
    [f"{COMMUNITY}/999", "350102001099/1", "all/1", f"{COMMUNITY}/x", "350102001/1"],
)
def test_who_is_not_there_has_no_list(browser: Browser, address: str) -> None:
    assert browser.get(f"/export/visits/{address}").status == 404


def test_only_who_may_know_doors_may_ask() -> None:
    entry = next(one for one in routes.ROUTES if one.path.startswith("/export/visits"))
    assert entry.roles == PEOPLE_READERS


def test_the_service_refuses_a_wall_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "viewer", lambda: Viewer("hall", "wall"))
    with pytest.raises(NotAllowedError):
        visiting.itinerary(COMMUNITY, 1, "30d")


@pytest.mark.usefixtures("browser")
def test_what_a_name_contains_is_text(worker: int) -> None:
    made = visiting.itinerary(COMMUNITY, worker, "30d")
    assert made is not None
    text = visit_list.page(replace(made, worker=replace(made.worker, name="<b>网格员</b>")))
    assert "<b>" not in text
    assert "&lt;b&gt;网格员" in text
