"""The part of the page about visits, run as Streamlit runs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import visit_map, visit_rows
from dashboard.services import overview, territory, visiting
from dashboard.services.visiting import Stop, Visiting, Walk
from dashboard.state import PageState
from geo import words
from geo.norms import NORMS
from geo.store import tables as t
from tests.town import town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
COMMUNITY = "350102001002"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture
def demo(use_store: UseStore, demo_url: str) -> None:
    use_store(demo_url)


def script() -> None:
    from dashboard import state  # noqa: PLC0415 - the body is the script
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import tab_visits  # noqa: PLC0415

    asked = state.read()
    scope = territory.resolve(asked)
    if scope is not None:
        tab_visits.body(scope, asked)


def run(**params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=TIMEOUT_S)
    for key, value in params.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def seen(period: str = "30d") -> Visiting:
    found = visiting.visiting(_scope(), period)
    assert found is not None
    return found


def _scope() -> territory.Scope:
    scope = territory.resolve(PageState(community=COMMUNITY))
    assert scope is not None
    return scope


@pytest.mark.usefixtures("demo")
def test_the_verdict_carries_its_arithmetic() -> None:
    text, one = said(run(community=COMMUNITY, lang="en")), visit_rows.counts(seen().homes)
    assert one.due == one.done + one.missed > 0
    share = f"{one.done / one.due * 100:.1f}%"
    assert f"{one.done} ÷ {one.due} = **{share}**" in text
    assert f"**{one.overdue}** households are overdue" in text


@pytest.mark.usefixtures("demo")
def test_the_page_says_what_the_kept_figures_say() -> None:
    scope = _scope()
    for period in ("30d", "month", "quarter", "year"):
        picture, one = overview.picture(scope, period), visit_rows.counts(seen(period).homes)
        assert picture.sum("visit_coverage").numerator == one.done
        assert picture.sum("visit_coverage").denominator == one.due
        assert picture.sum("visits_due").value == one.due
        assert picture.sum("visits_overdue").value == one.overdue


@pytest.mark.usefixtures("demo")
def test_classes_grids_and_buildings_add_up() -> None:
    found = seen()
    whole = visit_rows.counts(found.homes)
    for column in ("care", "grid_id", "building"):
        parts = [visit_rows.counts(part) for _key, part in found.homes.groupby(column)]
        assert sum(part.due for part in parts) == whole.due
        assert sum(part.done for part in parts) == whole.done
        assert sum(part.overdue for part in parts) == whole.overdue


@pytest.mark.usefixtures("demo")
def test_a_grid_or_building_has_its_own_figures() -> None:
    found = seen()
    grid = run(community=COMMUNITY, grid=f"{COMMUNITY}003", lang="en")
    assert "003" in said(grid).splitlines()[0]
    building = int(found.buildings["id"][found.homes["building"][0]])
    own = visit_rows.counts(found.homes[found.homes["building"] == found.homes["building"][0]])
    text = said(run(community=COMMUNITY, bld=str(building), lang="en"))
    assert f"**{own.due}** households were due" in text


@pytest.mark.usefixtures("demo")
def test_a_worker_gets_ten_visits_in_order() -> None:
    found = seen()
    staff = found.workers[0]
    app = run(community=COMMUNITY, staff=str(staff.id), lang="en")
    assert f"{visiting.NEXT} visits" in said(app)
    listed = app.table[1].value
    assert len(listed) == visiting.NEXT
    walk = visiting.next_walk(_scope(), found, staff.id)
    grids = found.homes["grid_id"].to_numpy()[[stop.home for stop in walk.stops]]
    assert set(grids.tolist()) <= set(staff.grids)
    assert walk.length_m == pytest.approx(sum(stop.way_m or 0 for stop in walk.stops))


@pytest.mark.usefixtures("demo")
def test_english_says_nothing_chinese_of_its_own() -> None:
    app = run(community=COMMUNITY, staff=str(seen().workers[0].id), lang="en")
    heads = [name for table in app.table for name in table.value.columns]
    labels = [tab.label for tab in app.tabs] + [box.label for box in app.selectbox]
    assert not [text for text in [*heads, *labels] if CHINESE.search(text)]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("params", [{"staff": "999999"}, {"bld": "999999"}, {"grid": "1" * 15}])
def test_what_is_not_there_is_left_out(params: dict[str, str]) -> None:
    assert "庆城社区" in said(run(community=COMMUNITY, **params))


@pytest.fixture
def small(town: sa.Engine, use_store: UseStore) -> sa.Engine:  # noqa: F811
    use_store(town.url.render_as_string(hide_password=False))
    return town


def test_a_whole_street_is_told_by_community(small: sa.Engine) -> None:
    app = run(street="350102001", community="all", lang="en")
    text = said(app)
    with small.connect() as connection:
        asked = sa.select(t.indicator_value).where(
            t.indicator_value.c.area_kind == "street",
            t.indicator_value.c.area_id == 1,
            t.indicator_value.c.indicator == "visit_coverage",
            t.indicator_value.c.period_from == sa.text("'2026-10-22'"),
            t.indicator_value.c.period_to == sa.text("'2026-11-21'"),
        )
        row = connection.execute(asked).mappings().one()
    assert f"{row['numerator']:.0f} ÷ {row['denominator']:.0f}" in text
    assert "Choose a community" in text


@pytest.mark.usefixtures("small")
def test_without_visits_it_says_so() -> None:
    app = run(community="350102002013", lang="en")
    assert "No visits yet" in said(app)
    assert not app.table


# ------------------------------------------------------------------------- words and symbols


def _visiting(**changes: Any) -> Visiting:
    """Make a community of three households in two buildings."""
    homes = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "building": [0, 0, 1],
            "care": [0, 3, 3],
            "visit_days": [7, 365, 365],
            "due": [True, True, False],
            "done": [True, False, False],
            "missed": [False, True, False],
            "over_days": [2.5, np.inf, -10.2],
            "grid_id": [5, 5, 6],
        }
    )
    buildings = pd.DataFrame(
        {
            "id": [70, 71],
            "compound": ["苑", "苑"],
            "number": ["1", "2"],
            "name": ["", ""],
            "grid_id": [5, 6],
            "lon": [119.3, 119.301],
            "lat": [26.08, 26.08],
        }
    )
    base = visiting.Visiting.__new__(visiting.Visiting)
    for name, value in {"homes": homes, "buildings": buildings, **changes}.items():
        object.__setattr__(base, name, value)
    return base


def test_counts_of_three_households() -> None:
    one = visit_rows.counts(_visiting().homes)
    assert one == visit_rows.Counts(due=2, done=1, missed=1, overdue=2, again=1)


def test_how_late_somebody_is() -> None:
    words.speak("en")
    assert visit_rows.late(np.inf) == "never met"
    assert visit_rows.late(0.1) == "1 d over"
    assert visit_rows.late(-3.9) == "3 d left"


def test_buildings_are_sorted_by_their_overdue_households() -> None:
    found = _visiting()
    assert visit_map.building_classes(found) == {70: 2, 71: 0}
    met = found.homes.assign(over_days=-1.0)
    assert visit_map.building_classes(_with(found, met)) == {70: 1, 71: 0}
    many = pd.concat([found.homes] * 3)
    assert visit_map.building_classes(_with(found, many)) == {70: 4, 71: 0}


def _with(found: Visiting, homes: pd.DataFrame) -> Visiting:
    return _visiting(homes=homes, buildings=found.buildings)


def test_visits_in_one_building_share_a_mark() -> None:
    words.speak("en")
    stops = (
        Stop(0, 0, 0, 2.5, 100.0),
        Stop(1, 0, 3, np.inf, 0.0),
        Stop(2, 1, 3, -10.2, 130.0),
    )
    walk = Walk(stops, (119.299, 26.08), 230.0, by_network=False)
    first, second = visit_map.marks(_visiting(), walk)
    assert (first.text, first.tone, second.text) == ("1–2", "bad", "3")
    assert first.title.splitlines() == [
        "苑 building 1",
        "High risk: 3 d over",
        "Others: never met",
    ]
    (line,) = visit_map.traces(_visiting(), walk)
    assert line.line[0] == (119.299, 26.08)
    assert len(line.line) == 4


def test_no_line_leads_where_there_is_no_way() -> None:
    stops = (Stop(0, 0, 0, 2.5, 0.0), Stop(2, 1, 3, 1.0, None))
    walk = Walk(stops, None, 0.0, by_network=True)
    assert visit_map.traces(_visiting(), walk) == []
    assert len(visit_map.marks(_visiting(), walk)) == 2


def test_ten_visits_fit_on_their_marks() -> None:
    stops = tuple(Stop(0, place % 2, 3, 1.0, 1.0) for place in range(9))
    last = (Stop(0, 1, 3, 1.0, 0.0), Stop(0, 1, 3, 1.0, 0.0))
    walk = Walk((*stops[:8], *last), None, 9.0, by_network=False)
    assert [mark.text for mark in visit_map.marks(_visiting(), walk)][-1] == "8+"


def test_too_few_due_households_have_no_share() -> None:
    words.speak("en")
    norm = NORMS["small_denominator"]
    assert visit_rows.share(20, 29, norm) == "too few"
    assert visit_rows.share(20, 30, norm) == "66.7%"
    assert visit_rows.share(0, 0, norm) == "—"
    low = replace(norm, low=2.0)
    assert visit_rows.share(1, 2, low) == "50.0%"
