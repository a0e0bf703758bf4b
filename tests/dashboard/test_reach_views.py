"""The part of the page about services within reach, run as Streamlit runs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import reach_lists, reach_map, reach_rows, state
from dashboard.reach_rows import Told
from dashboard.services import overview, reaching, territory
from dashboard.services.reaching import Street
from dashboard.state import PageState
from geo import words
from geo.access import Steps
from geo.network import Pairs
from geo.schema import COVERED_GROUPS, WALKERS
from geo.sites import Sites
from geo.store import tables as t
from geo.store.engine import make_engine
from tests.store import small_city
from tests.town import town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
COMMUNITY = "370702002004"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("en")
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture
def demo(use_store: UseStore, demo_url: str) -> None:
    use_store(demo_url)


@pytest.fixture
def small(town: sa.Engine, use_store: UseStore) -> sa.Engine:  # noqa: F811
    use_store(town.url.render_as_string(hide_password=False))
    return town


def script() -> None:
    from dashboard import state  # noqa: PLC0415 - the body is the script
    from dashboard.services import territory  # noqa: PLC0415
    from dashboard.views import tab_services  # noqa: PLC0415

    asked = state.read()
    scope = territory.resolve(asked)
    if scope is not None:
        tab_services.body(scope, asked)


def run(**params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=TIMEOUT_S)
    for key, value in params.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


def told(**params: str) -> Told:
    """Return what the page tells."""
    asked = state.parse(params)
    scope = territory.resolve(asked)
    assert scope is not None
    found = reaching.street(scope)
    assert found is not None
    picture = overview.picture(scope, asked.period)
    answer = reaching.answer(found, scope, picture.areas, reaching.question(asked))
    return Told(scope, found, answer, picture)


# ------------------------------------------------------------------------------------ the demo


@pytest.mark.usefixtures("demo")
def test_stock_is_the_kept_indicators() -> None:
    one = told(community=COMMUNITY)
    stock = reaching.standing(one.found, one.scope, one.areas)
    for column, key in enumerate(("bins", "lights", "car_parks")):
        assert one.picture.sum(key).value == stock.number[:, column].sum()
        for at, area in enumerate(one.areas):
            assert one.picture.figure(key, area.id).value == stock.number[at, column]


@pytest.mark.usefixtures("demo")
def test_it_begins_with_the_share_and_its_arithmetic() -> None:
    text = said(run(community=COMMUNITY, lang="en", group="age60", service="canteen", minutes="5"))
    line = re.search(r"Elderly canteen within 5 minutes: ([\d,]+) ÷ ([\d,]+) people .*", text)
    assert line
    part, whole = (int(number.replace(",", "")) for number in line.groups())
    assert f"**{part / whole * 100:.1f}%**" in line[0]
    assert "Straight line × 1.3" in text
    missing = re.search(r"\*\*([\d,]+)\*\* people .* do not get there", text)
    assert missing
    assert int(missing[1].replace(",", "")) == whole - part
    assert f"of the {whole - part:,} people that lack it" in text
    assert "Exact: every building was tried." in text


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("group", "walker"), [*zip(COVERED_GROUPS, [*WALKERS, *WALKERS], strict=False)]
)
def test_every_group_and_walker_is_told(group: str, walker: str) -> None:
    app = run(community=COMMUNITY, group=group, walker=walker, lang="en", minutes="10")
    assert "required services within 10 minutes" in said(app)


@pytest.mark.usefixtures("demo")
def test_in_english_it_says_nothing_chinese_of_its_own() -> None:
    app = run(community=COMMUNITY, lang="en", service="clinic")
    assert not [box.label for box in app.selectbox if CHINESE.search(box.label)]
    assert not [tab.label for tab in app.tabs if CHINESE.search(tab.label)]
    assert not CHINESE.search(said(app).replace("西南关社区", "").split("1\\. ")[0][:300])


@pytest.mark.usefixtures("demo")
def test_a_clicked_building_tells_its_ways() -> None:
    one = told(community=COMMUNITY)
    building = int(one.row(0)["id"])
    app = run(community=COMMUNITY, lang="en", bld=str(building))
    assert app.table[0].value["Service"].tolist()[:2] == [
        "Party and community service centre",
        "Elderly canteen",
    ]


@pytest.mark.usefixtures("demo")
def test_three_sites_reach_no_less_than_one() -> None:
    one = told(community="530111007001", group="age60", service="day_care", minutes="5")
    found = [reaching.best(one.scope, one.answer.question, k) for k in (1, 2, 3)]
    covered = [best.covered for best in found if best is not None]
    assert covered == sorted(covered)
    assert len(covered) == 3
    out = reaching.beyond(one.answer, one.column)
    assert covered[-1] <= one.answer.people[out].sum()


# ------------------------------------------------------------------------------- a whole street


def test_a_whole_street_is_told_by_community(small: sa.Engine) -> None:
    app = run(street="350102001", community="all", lang="en")
    with small.connect() as connection:
        asked = sa.select(sa.func.sum(t.building_summary.c.residents)).select_from(
            t.building_summary.join(t.building)
        )
        people = connection.scalar(asked.where(t.building.c.community_id.in_((11, 12))))
    text = said(app)
    assert f"÷ {people} people" in text
    assert "Choose one service and one community" in text


@pytest.mark.usefixtures("small")
def test_the_circle_is_the_kept_indicator() -> None:
    for community in ("350102001011", "350102001012"):
        one = told(community=community)
        reach, kept = one.answer.reach, one.picture.sum("circle_15min")
        total = reach.total()
        assert (kept.numerator, kept.denominator) == (total.circle[0, -1], total.people[0])
        assert bool(kept.numerator) == (community == "350102001011")
        for at, area in enumerate(one.areas):
            figure = one.picture.figure("circle_15min", area.id)
            assert (figure.numerator, figure.denominator) == (
                reach.circle[at, -1],
                reach.people[at],
            )


@pytest.mark.usefixtures("small")
def test_grids_of_a_street_add_up_to_its_communities() -> None:
    one = told(street="350102001", community="all", walker="wheelchair")
    asked = one.answer.question
    grids = reaching.answer(one.found, one.scope, one.picture.grids.areas, asked)
    assert one.picture.grids.areas[0].kind == "grid"
    for by_grid, by_community in zip(
        (grids.reach.people, grids.reach.kinds, grids.reach.circle),
        (one.answer.reach.people, one.answer.reach.kinds, one.answer.reach.circle),
        strict=True,
    ):
        assert np.array_equal(by_grid.sum(axis=0), by_community.sum(axis=0))
    shown = reach_map.map_state(
        one,
        PageState(),
        None,
        gaps=True,
        grids=Told(one.scope, one.found, grids, one.picture.grids),
    )
    assert set(shown.grid_labels) == {area.id for area in one.picture.grids.areas}


def test_with_a_network_ways_follow_it_and_its_flaws_are_known(small: sa.Engine) -> None:
    west, south = small_city.corner(11)
    y = south + 0.001  # near enough for the places along the southern edge
    lines = [((west, y), (west + 0.012, y)), ((west, y + 0.002), (west + 0.0003, y + 0.002))]
    report = {"gaps": [{"lon": west, "lat": y, "gap_m": 3.0}]}
    writer = make_engine(small.url)
    with writer.connect() as connection, connection.begin() as transaction:
        straight = reaching.read(connection, small_city.STREET_A)
        _walkways(connection, lines, report)
        found = reaching.read(connection, small_city.STREET_A)
        transaction.rollback()
    writer.dispose()
    assert straight is not None
    assert found is not None
    assert (straight.by_network, straight.flaws, straight.detour) == (False, (), 1.3)
    assert found.by_network
    near = np.isfinite(found.walk_m)
    assert near.any()
    assert (found.walk_m[near] * 1.3 >= straight.walk_m[near] - 1e-6).all()
    assert found.detour > 1
    assert [(flaw.nodes, flaw.gap_m) for flaw in found.flaws] == [(2, None), (None, 3.0)]


def _walkways(connection: sa.Connection, lines: list[Any], report: dict[str, Any]) -> None:
    """Put a network into the database; each line is a part of its own."""
    made = {"id": 1, "street_id": small_city.STREET_A, "tolerance_m": 1.0, "report": report}
    connection.execute(sa.insert(t.walk_network), [made])
    for part, line in enumerate(lines):
        for end, (lon, lat) in enumerate(line):
            place = f"SRID=4326;POINT({lon} {lat})"
            node = {"network_id": 1, "node": 2 * part + end, "part": part, "geom": place}
            connection.execute(sa.insert(t.walk_node), [node])
        path = ",".join(f"{lon} {lat}" for lon, lat in line)
        edge = {"network_id": 1, "start_node": 2 * part, "end_node": 2 * part + 1}
        length_m = (line[1][0] - line[0][0]) * 100_000
        shape = f"SRID=4326;LINESTRING({path})"
        connection.execute(sa.insert(t.walk_edge), [edge | {"length_m": length_m, "geom": shape}])


@pytest.mark.usefixtures("small")
def test_what_is_not_loaded_is_said() -> None:
    app = run(community="350102002013", lang="en")
    assert "Not loaded here: greens · Bins · Lights · Car parks." in said(app)
    assert "No facility here has its places on record." in said(app)


# ------------------------------------------------------------------------- words and symbols


def _street(one: Told, **changes: Any) -> Street:
    """Return a street of three buildings: near all, far from one kind, without a way."""
    kinds = ("canteen", "clinic")
    buildings = pd.DataFrame(
        {
            "id": [1, 2, 3],
            "community_id": one.scope.community_ids[0],
            "compound": "",
            "number": "",
            "name": ["East", "West", "North"],
            "grid_id": [one.areas[0].id, one.areas[0].id, 0],
            "lon": [1.0, 2.0, 3.0],
            "lat": 0.0,
            **dict.fromkeys(COVERED_GROUPS, 0),
            "age60": [40, 60, 20],
        }
    )
    facilities = pd.DataFrame({"kind": kinds, "capacity": [60.0, np.nan], "community_id": 0})
    given: dict[str, Any] = {
        "buildings": buildings,
        "facilities": facilities,
        "kinds": kinds,
        "walk_m": np.array([[100.0, 200], [800, 200], [np.inf, 700]]),
        "minutes": np.full((3, 2), 15.0),
        "speeds": {walker: np.full(3, 45.0) for walker in WALKERS},
        "sharing": Pairs(np.array([0, 1]), np.array([0, 0]), np.array([100.0, 800])),
        "zones": Steps(),
        "by_network": True,
        "detour": 1.42,
        "flaws": (reaching.Flaw(5.0, 6.0, nodes=7), reaching.Flaw(7.0, 8.0, gap_m=2.5)),
    }
    return Street(**given | changes)


@pytest.fixture
def made(demo: None) -> Callable[..., Told]:  # noqa: ARG001 - names of areas come from there
    real = told(community=COMMUNITY)

    def make(asked: dict[str, str], **changes: Any) -> Told:
        found = _street(real, **changes)
        question = reaching.question(state.parse({"group": "age60", **asked}))
        answer = reaching.answer(found, real.scope, real.areas, question)
        return Told(real.scope, found, answer, real.picture)

    return make


def test_the_figures_are_those_counted_by_hand(made: Callable[..., Told]) -> None:
    one = made({"service": "all"})
    # 15 minutes of 45 m: 675 m. West lacks the canteen, North both.
    assert "2 required services within 15 minutes: 40 ÷ 120 people" in reach_rows.verdict(
        one, PageState()
    )
    assert reach_map.building_classes(one) == {1: 0, 2: 1, 3: 2}
    worst = reach_lists.beyond(one)
    assert [row.id for row in worst.rows] == ["3", "2"]
    assert worst.rows[0].cells[2].text == "Elderly canteen · Health station"
    assert "**80** people (Residents 60+) in **2** buildings" in reach_lists.beyond_line(one)
    one = made({"service": "canteen", "minutes": "5"})
    assert reach_map.building_classes(one) == {1: 0, 2: 3, 3: None}
    assert [row.cells[2].text for row in reach_lists.beyond(one).rows] == [
        "no way",
        "800 m · 18 min",
    ]


def test_areas_come_worst_first_and_few_people_are_too_few(made: Callable[..., Told]) -> None:
    table = reach_rows.by_area(made({"service": "canteen"}))
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts[0][1:4] == ["100", "40", "40.0%"]
    assert texts[-1][0:4] == ["In no grid", "20", "0", "too few"]
    # 60 places: 40 people at weight 1 and 60 at 0.22 ask; of 100 people all 60 places are had.
    assert texts[0][4] == "600.0"


def test_the_badge_says_how_ways_were_measured(made: Callable[..., Told]) -> None:
    assert ":blue-badge[Walking network]" in reach_rows.basis(made({}))
    assert "1.42 ×" in reach_rows.basis(made({}))
    straight = reach_rows.basis(made({}, by_network=False, detour=1.3))
    assert "Straight line × 1.3" in straight


def test_where_nobody_is_on_record_buildings_are_counted(made: Callable[..., Told]) -> None:
    told = made({"service": "canteen"}, by_buildings=True)
    assert "buildings (nobody is on record)" in reach_rows.verdict(told, PageState())
    assert reach_rows.by_area(told).columns[1].label == "Buildings"
    assert told.residents(0) == 0


def test_people_without_any_way_are_told_apart(made: Callable[..., Told]) -> None:
    assert "**20** of them have no way" in reach_rows.adrift(made({"service": "canteen"}))
    assert "**20** of them have no way" in reach_rows.adrift(made({"service": "all"}))
    assert not reach_rows.adrift(made({"service": "clinic"}))
    assert not reach_rows.adrift(made({"service": "canteen"}, by_network=False))
    legend = reach_map.map_state(
        made({"service": "canteen"}), PageState(), None, gaps=False
    ).legends[0]
    assert (legend.rows[-1].text, legend.rows[-1].count) == ("No way there", "1")


def test_a_kind_nobody_has_is_said(made: Callable[..., Told]) -> None:
    facilities = pd.DataFrame({"kind": ["clinic"], "capacity": [np.nan], "community_id": 0})
    nothing = Pairs(np.empty(0, int), np.empty(0, int), np.empty(0))
    one = made({"service": "all"}, facilities=facilities, sharing=nothing)
    assert "Elderly canteen" in reach_rows.unrecorded(one)
    row = next(row for row in reach_rows.by_kind(one, PageState()).rows if row.id == "canteen")
    assert row.cells[2].text == "none here"
    assert one.answer.places == {}


def test_nothing_required_is_no_verdict(made: Callable[..., Told]) -> None:
    one = made({"service": "all"}, minutes=np.zeros((3, 2)))
    assert "No service is required" in reach_rows.verdict(one, PageState())
    assert not reach_rows.unrecorded(one)


def test_gaps_and_sites_are_marked(made: Callable[..., Told]) -> None:
    one, best = made({"service": "canteen"}), Sites((1,), (60.0,), 60.0, "counted")
    shown = reach_map.map_state(one, PageState(), best, gaps=True)
    assert [(mark.lon, mark.tone, mark.text) for mark in shown.marks] == [
        (2.0, "good", "1"),
        (5.0, "bad", ""),
        (7.0, "bad", ""),
    ]
    assert [mark.title for mark in shown.marks[1:]] == [
        "Not joined to the rest of the network: 7 nodes",
        "Two ends of ways 2.5 m apart",
    ]
    assert len(reach_map.map_state(one, PageState(), None, gaps=False).marks) == 0
    assert shown.filters["kind"] == "canteen"
    assert "facility" in shown.layers


def test_a_choice_that_is_not_proven_says_so() -> None:
    assert "Exact" in reach_lists.proof(Sites((1, 2), (6.0, 4.0), 10.0, "programmed"))
    unproven = reach_lists.proof(Sites((1, 2), (6.0, 2.0), 10.0, "greedy"))
    assert "80.0% of the best" in unproven
    assert "no choice reaches more than 10" in unproven
