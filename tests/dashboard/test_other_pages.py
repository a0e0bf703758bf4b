"""Briefings of the pages but the overview: the page's own numbers, nobody named, nothing small.

Pages are read back with pypdf, which knows nothing of how they were made.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
import streamlit as st
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from dashboard import (
    load_rows,
    maps,
    party_rows,
    plan_map,
    plan_rows,
    plan_staff,
    reach_rows,
    spot_rows,
    state,
    trend_rows,
    visit_map,
    visit_rows,
)
from dashboard.briefing import making, other_pages
from dashboard.briefing.formats import VIEW_FORMATS
from dashboard.briefing.land import read_land
from dashboard.briefing.look import with_look
from dashboard.briefing.making import Wish, make
from dashboard.briefing.other_pages import blocks, overlays
from dashboard.briefing.other_pages import coverage as of_coverage
from dashboard.briefing.other_pages import homes as of_homes
from dashboard.briefing.other_pages import hotspots as of_hotspots
from dashboard.briefing.other_pages import plan as of_plan
from dashboard.briefing.other_pages.content import document_of
from dashboard.briefing.page import frame_of
from dashboard.briefing.runs import plain_text
from dashboard.maps import BuildingClasses, Cells, Disc, Lattice, Legend, LegendRow, Mark, Trace
from dashboard.parts.table import AreaTable, Column, TableCell, TableRow
from dashboard.plan_map import Hand
from dashboard.services import (
    comparing,
    contacting,
    overview,
    planning,
    reaching,
    rostering,
    spotting,
    territory,
    trending,
    visiting,
)
from dashboard.services.base import reading
from dashboard.services.territory import Scope
from dashboard.views import (
    brief_button,
    context,
)
from dashboard.views import (
    comparing as comparing_page,
)
from dashboard.views import (
    coverage as coverage_page,
)
from dashboard.views import (
    drawing as drawing_page,
)
from dashboard.views import (
    hotspots as hotspots_page,
)
from dashboard.views import (
    imports as imports_page,
)
from dashboard.views import (
    norms as norms_page,
)
from dashboard.views import (
    staffing as staffing_page,
)
from geo import settings, words
from geo.norms import NORMS
from geo.papers.drawing import look
from geo.spots import Address, Driver, Spot
from geo.store import tables as t
from geo.studies import AreaFigures, Question, Study
from tests.dashboard.test_briefing import (
    NOON,
    SPORTS_CITY,
    UseStore,
    odd,  # noqa: F401 - a fixture
    pixels,
    text_of,
    tight,
)
from tests.town import CANARY, town  # noqa: F401 - a fixture

XIANGHE = {"street": "410103007", "community": "410103007001"}
SMALL = {"street": "350102001", "community": "350102001011"}
TABS = [("coverage", {"view": view}) for view in state.VIEWS]
PAGES = [
    *TABS,
    ("hotspots", {}),
    ("plan", {}),
    ("compare", {}),
    ("staff", {}),
    ("norms", {}),
    ("imports", {}),
]
Change = Callable[[Callable[[sa.Connection], None]], None]


@pytest.fixture(autouse=True)
def _every_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(making, "KINDS", {**making.KINDS, **other_pages.KINDS})
    st.cache_data.clear()
    words.speak("zh")
    yield
    monkeypatch.undo()
    settings.forget()
    st.cache_data.clear()
    words.speak("zh")


def wish(kind: str, frame: str = "a3", ending: str = "pdf", **asked: str) -> Wish:
    words.speak(asked.get("lang", "zh"))
    return Wish(kind, state.parse({**SPORTS_CITY, **asked}), frame, ending)


def printed(kind: str, frame: str = "a3", **asked: str) -> str:
    return text_of(make(wish(kind, frame, **asked), NOON).body)


def document(kind: str, frame: str = "a3", **asked: str) -> dict[str, Any]:
    found, order = making.order_of(wish(kind, frame, **asked), NOON)
    view = VIEWS_OF[kind](order)
    assert found is other_pages.KINDS[kind]
    return document_of(view, order.form, NOON, order.state)


VIEWS_OF: dict[str, Callable[[Any], Any]] = {
    "coverage": lambda order: of_coverage.PARTS[order.state.view](order.scope, order.state),
    "hotspots": lambda order: of_hotspots.view_of(order.scope, order.state),
    "plan": lambda order: of_plan.plan(order.scope, order.state),
}


def place(asked: Wish) -> Scope:
    scope = territory.resolve(asked.state)
    assert scope is not None
    return scope


def shows(text: str, *markdown: str) -> None:
    for one in markdown:
        assert tight(plain_text(one)) in text, one


def shows_cells(text: str, frame: pd.DataFrame) -> None:
    shows(text, *(str(value) for row in frame.itertuples(index=False) for value in row))


# ------------------------------------------------------------------------------ the page's words


def coverage_script() -> None:
    from dashboard.views import coverage as script  # noqa: PLC0415 - the body is the script

    script.page()


@pytest.mark.usefixtures("demo")
def test_the_norms_are_told_as_on_the_page() -> None:
    app = AppTest.from_function(coverage_script, default_timeout=60)
    for key, value in SPORTS_CITY.items():
        app.query_params[key] = value
    said = [element.value for element in app.run().markdown]
    sums = [line for line in said if " ÷ " in line or " × " in line]
    assert len(sums) >= 3
    text = printed("coverage")
    shows(text, *sums)
    assert "22人×600=13,200<13,350" in text
    assert "003锦绣苑3,261+2,761" in text


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_load_is_the_pages(lang: str) -> None:
    asked = wish("coverage", view="load", lang=lang)
    picture = overview.picture(place(asked), asked.state.period)
    made = load_rows.load(picture)
    text = text_of(make(asked, NOON).body)
    shows(text, load_rows.verdict(made))
    for row in load_rows.table(made).rows:
        shows(text, row.cells[1].text, row.cells[2].text)
    shows(text, *(part.text for part in load_rows.breakdown(made, made.order[0]).parts))


@pytest.mark.usefixtures("demo")
def test_visits_are_the_pages_and_nobody_is_named() -> None:
    asked = wish("coverage", view="visits")
    scope = place(asked)
    picture = overview.picture(scope, asked.state.period)
    found = visiting.visiting(scope, asked.state.period)
    assert found is not None
    worker = found.workers[0]
    text = printed("coverage", view="visits", staff=str(worker.id))
    shows(text, *visit_rows.verdict(found, found.homes), visit_rows.quota(found))
    shows_cells(text, visit_rows.by_class(found, found.homes))
    for row in visit_rows.by_grid(found, picture).rows:
        shows(text, *(cell.text for cell in row.cells))
    walk = visiting.next_walk(scope, found, worker.id)
    shows(text, visit_rows.walk_line(found, walk))
    assert "网格长1" in text
    assert not [one.name for one in found.workers if one.name in text]
    stops = visit_rows.next_rows(found, walk)
    assert not [one for one in stops.iloc[:, 1] if tight(plain_text(one)) in text]


@pytest.mark.usefixtures("demo")
def test_party_contact_is_the_pages() -> None:
    asked = wish("coverage", view="party")
    scope = place(asked)
    picture = overview.picture(scope, asked.state.period)
    found = contacting.contacting(scope)
    assert found is not None
    text = text_of(make(asked, NOON).body)
    shows(text, party_rows.reach_sentence(picture), party_rows.plan_sentence(found))
    shows(text, party_rows.guarantee(found), party_rows.nets_sentence(found))
    shows_cells(text, party_rows.parts(found, found.buildings))


@pytest.mark.usefixtures("demo")
def test_services_are_the_pages() -> None:
    asked = wish("coverage", view="services", service="canteen", group="age80", minutes="10")
    scope = place(asked)
    picture = overview.picture(scope, asked.state.period)
    found = reaching.street(scope)
    assert found is not None
    question = reaching.question(asked.state)
    told = reach_rows.Told(
        scope, found, reaching.answer(found, scope, picture.areas, question), picture
    )
    text = text_of(make(asked, NOON).body)
    shows(text, reach_rows.verdict(told, asked.state))
    kinds, areas = reach_rows.by_kind(told, asked.state), reach_rows.by_area(told)
    for row in (*kinds.rows[:5], *areas.rows[:5]):  # there is not room for all
        shows(text, *(cell.text for cell in row.cells))


@pytest.mark.usefixtures("demo")
def test_trends_are_the_pages() -> None:
    asked = wish("coverage", view="trends", ind="tickets")
    scope = place(asked)
    trend = trending.trend(scope, "tickets")
    norm = overview.picture(scope, asked.state.period).norms["small_denominator"]
    text = text_of(make(asked, NOON).body)
    shows(text, trend_rows.verdict(trend, trend.position(None), norm))
    shows_cells(text, trend_rows.months_frame(trend, norm))
    shows(text, *(one.text for one in trend_rows.months(trend, norm)))


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "question",
    [
        {"each": "all", "measure": "count", "span": "364", "spot": "1"},
        {"method": "emerging"},
        {"method": "scan", "scan": "poisson", "each": "all", "reach": "500", "span": "91"},
        {"method": "groups"},
        {"method": "repeats"},
    ],
)
def test_hot_spots_are_the_pages_with_the_question_in_words(question: dict[str, str]) -> None:
    asked = wish("hotspots", **question)
    scope = place(asked)
    kept = spotting.answer(scope, spotting.question(scope, asked.state))
    classes = of_hotspots._class_names(scope)
    text = text_of(make(asked, NOON).body)
    shows(text, spot_rows.verdict(kept.study, classes))
    for row in spot_rows.table(kept.study, classes).rows[:5]:
        shows(text, *(cell.text for cell in row.cells))
    told = document("hotspots", **question)["asked"]
    assert {"label": "时段", "value": words._(state.SPANS[asked.state.span])} in told
    assert f"{kept.study.told['calls']:,}" in text  # how many tickets were looked at


@pytest.mark.usefixtures("demo")
def test_a_slow_question_is_answered_from_the_record_or_not_at_all() -> None:
    text = printed("hotspots", method="scan", sims="9999")
    assert "尚未" in text or "havenotbeenlookedfor" in text
    assert "9999" in text


@pytest.mark.usefixtures("demo")
def test_a_plan_is_told_with_its_norm_and_checks() -> None:
    asked = wish("plan")
    desk = planning.desk(place(asked).community_ids[0], None)
    assert desk is not None
    text = text_of(make(asked, NOON).body)
    for row in plan_rows.targets(desk):
        shows(text, row.name, row.text, row.state)
    shows(text, plan_rows.said(desk.findings[0]))
    people = [row["name"] for row in rostering.staff(desk)]
    assert people
    assert not [name for name in people if name in text]


@pytest.mark.usefixtures("demo")
def test_two_plans_are_told_and_their_staff_are_numbers() -> None:
    asked = wish("compare", **XIANGHE)
    found = comparing.sides(place(asked).community_ids[0], None, None)
    assert found is not None
    text = text_of(make(asked, NOON).body)
    shows(text, plan_rows.moved_line(found.second, found.found))
    shows_cells(text, plan_rows.balance_table(found.found))
    grids = plan_rows.comparison_table(found.first, found.second, found.found)
    shows_cells(text, grids[[words._("Grid"), words._("Buildings"), words._("Households")]])
    assert not [row["name"] for row in rostering.staff(found.second) if row["name"] in text]


@pytest.mark.usefixtures("demo")
def test_staff_are_numbers_with_their_loads() -> None:
    asked = wish("staff")
    desk = planning.desk(place(asked).community_ids[0], None)
    assert desk is not None
    text = text_of(make(asked, NOON).body)
    shows(text, plan_staff.verdict(desk))
    people = rostering.staff(desk)
    loads = plan_staff.by_worker(desk, people)
    shows_cells(text, loads[loads.iloc[:, 1] != "—"].iloc[:, 1:])
    busy = {duty.staff for duty in desk.duties or () if duty.grids}
    assert not [row["name"] for row in people if row["id"] in busy and row["name"] in text]


@pytest.mark.usefixtures("demo")
def test_the_norms_run_over_pages_and_lose_no_row() -> None:
    text = printed("norms", "a4")
    for norm in NORMS.values():
        shows(text, words._(norm.label))
    assert "第1页，共1页" not in text


@pytest.mark.usefixtures("demo")
def test_the_import_log_says_where_there_is_nothing() -> None:
    text = printed("imports", "a4")
    with reading() as connection:
        files = connection.scalar(sa.select(sa.func.count()).select_from(t.import_batch))
    assert files == 0
    assert tight(words._("No file has been imported yet.")) in text


# ----------------------------------------------------------------------------------- its sheets


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(("kind", "asked"), PAGES, ids=str)
def test_the_same_question_gives_the_same_bytes(kind: str, asked: dict[str, str]) -> None:
    first = make(wish(kind, "a4p", **asked), NOON).body
    st.cache_data.clear()
    assert make(wish(kind, "a4p", **asked), NOON).body == first


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("kind", list(other_pages.KINDS))
def test_every_kind_comes_as_picture_and_paper(kind: str) -> None:
    assert other_pages.KINDS[kind].formats is VIEW_FORMATS
    assert pixels(make(wish(kind, "slide", "png"), NOON).body) == (1920, 1080)
    assert pixels(make(wish(kind, "phone", "png"), NOON).body) == (1080, 1920)


@pytest.mark.usefixtures("demo")
def test_what_has_no_room_is_named() -> None:
    text = printed("coverage", "slide", view="services", lang="en")
    assert re.search(r"…and\d+more", text)
    assert "Noroomherefor:" in text


@pytest.mark.usefixtures("demo")
def test_in_english_only_names_are_chinese() -> None:
    made = document("coverage", view="load", lang="en")
    heads = [name for block in made["blocks"] for name in block.get("head", [])]
    heads += [one["label"] + one["value"] for one in made["asked"]]
    assert len(heads) > 10
    assert not [text for text in heads if re.search(r"[\u4e00-\u9fff]", text)]


@pytest.mark.usefixtures("demo")
def test_the_map_may_show_a_part() -> None:
    asked = wish("coverage")
    part = with_look(asked.state, {"z": "17", "c": "24.97,102.75"})
    whole, near = make(asked, NOON).body, make(replace(asked, state=part), NOON).body
    assert text_of(whole) != text_of(near)
    scale = re.compile(r"比例尺1:([\d,]+)")
    numbers = [scale.search(text_of(body)) for body in (whole, near)]
    assert all(numbers)
    assert len({found[1] for found in numbers if found}) == 2


def test_nobody_is_named_on_any_page(town: sa.Engine, use_store: UseStore) -> None:  # noqa: F811
    use_store(town.url.render_as_string(hide_password=False))
    for kind, asked in PAGES:
        body = make(wish(kind, "a3", **{**SMALL, **asked}), NOON).body
        assert CANARY not in text_of(body), kind
        assert CANARY.encode() not in body


# ------------------------------------------------------------------------------- little to show


def test_the_import_log_counts_refused_rows(odd: Change) -> None:  # noqa: F811
    def take(connection: sa.Connection) -> None:
        rows = {"rows_read": 90, "rows_added": 80, "rows_changed": 0, "rows_unchanged": 0}
        connection.execute(
            sa.insert(t.import_batch).values(
                **rows,
                kind="buildings",
                file_name="楼栋.csv",
                crs="WGS84",
                actor="local",
                sha256="0" * 64,
                mapping={},
                rows_rejected=10,
            )
        )

    odd(take)
    text = printed("imports", "a4", **SMALL)
    assert tight("楼栋.csv") in text
    sentence = words._(
        "{files} files with {read} rows; {refused} rows were refused.",
        files="1",
        read="90",
        refused="10",
    )
    shows(text, sentence)


def test_an_empty_community_says_so(odd: Change) -> None:  # noqa: F811
    def add(connection: sa.Connection) -> None:
        connection.execute(
            sa.insert(t.division).values(
                kind="community", code="350102001099", name="空社区", parent_id=1
            )
        )

    odd(add)
    for kind, asked in PAGES:
        text = printed(kind, "a4", **{**SMALL, "community": "350102001099", **asked})
        assert "空社区" in text
        if kind in ("plan", "staff"):
            assert tight(words._("This community has no plan of grids yet.")) in text


def test_without_a_plan_or_tickets_there_are_sentences(odd: Change) -> None:  # noqa: F811
    def drop(connection: sa.Connection) -> None:
        connection.execute(sa.delete(t.plan).where(t.plan.c.community_id == 11))
        connection.execute(sa.delete(t.ticket))
        connection.execute(sa.delete(t.visit))

    odd(drop)
    for kind, asked in PAGES:
        assert len(printed(kind, "phone", **{**SMALL, **asked})) > 60
    assert tight(words._("There are no grids yet: nothing to compare.")) in printed(
        "coverage", **SMALL
    )
    tickets = words._("Too few tickets to tell anything: the addresses most come from are listed.")
    assert tight(tickets) in printed("hotspots", **SMALL)


def test_a_whole_street_has_its_pages(odd: Change) -> None:  # noqa: F811
    odd(lambda _connection: None)
    for kind, asked in PAGES:
        assert printed(kind, "a4", **{**SMALL, "community": "all", **asked})


# -------------------------------------------------------------------------------- small numbers


def spot(number: int, observed: int, kind: str = "address", **more: Any) -> Spot:
    return Spot(
        number=number,
        kind=kind,
        keys=(str(number),),
        lon=102.75,
        lat=24.97,
        radius_m=10.0,
        first_day=date(2026, 5, 1).toordinal(),
        last_day=date(2026, 11, 1).toordinal(),
        observed=observed,
        **more,
    )


def study(method: str, unit: str = "s50", **more: Any) -> Study:
    question = Question(method=method, start=739_000, stop=739_364, unit=unit)
    return Study(question=question, told={"calls": 9}, **more)


def test_small_repeat_addresses_are_left_out_and_counted() -> None:
    small, large = spot(1, 2), spot(2, 9)
    made, left_out = of_hotspots.discreet(study("repeats", spots=(small, large)))
    assert [one.number for one in made.spots] == [2]
    assert left_out == 1
    assert "1" in of_hotspots._notes(left_out)[0]
    assert of_hotspots._notes(0) == ()


def test_squares_keep_their_small_numbers_but_their_addresses_do_not() -> None:
    rare, often = Address(1, "苑", "1", "", 2), Address(2, "苑", "2", "", 3)
    one = spot(1, 2, "cold", addresses=(rare, often), drivers=(Driver("a", 1, 2.0),))
    made, left_out = of_hotspots.discreet(study("gi", spots=(one,), addresses=(rare, often)))
    assert left_out == 0
    assert made.spots[0].addresses == (often,) == made.addresses
    assert made.spots[0].drivers


def test_buildings_with_few_tickets_have_no_colour_of_their_own() -> None:
    areas = AreaFigures(
        unit="building", keys=("1", "2"), observed=(2, 8), households=(9, 9), level=(3, 3)
    )
    one = spot(1, 2, "hot", drivers=(Driver("a", 1, 2.0),))
    made, left_out = of_hotspots.discreet(
        study("gi", "building", spots=(one, replace(one, number=2, observed=8)), areas=areas)
    )
    assert left_out == 1
    assert made.areas is not None
    assert made.areas.level == (0, 3)
    assert made.spots[0].drivers == ()


def overdue(classes: dict[int, int | None]) -> maps.MapState:
    rows = [LegendRow("fill", name, count="1") for name in ("none", "met", "1–2", "3–5", "6+")]
    return maps.MapState(
        community="1",
        bounds_lon_lat=(0, 0, 1, 1),
        boundary_urls=[],
        grids_urls=[],
        version="",
        building_classes=BuildingClasses(classes, ("#1", "#2", "#3", "#4", "#5")),
        legends=[Legend("Overdue", rows)],
    )


def test_few_overdue_homes_of_a_building_look_like_none() -> None:
    shown = of_homes.few_overdue(overdue({1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 2}))
    assert shown.building_classes is not None
    assert shown.building_classes.classes == {1: 0, 2: 1, 3: 1, 4: 3, 5: 4, 6: 1}
    texts = [row.text for row in shown.legends[0].rows]
    assert texts == ["none", words._("Fewer than {n} overdue", n=visit_map.MANY[1]), "3–5", "6+"]
    assert shown.legends[0].rows[1].count == "3"


@pytest.mark.parametrize("fewest", [1, 5, 100])
def test_the_limit_is_the_settings(fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_BRIEFING_FEWEST", str(fewest))
    settings.forget()
    held: dict[int, int | None] = {number: number for number in range(5)}
    shown = of_homes.few_overdue(overdue(held))
    assert shown.building_classes is not None
    left = set(shown.building_classes.classes.values())
    assert left == {1: {0, 1, 2, 3, 4}, 5: {0, 1, 4}, 100: {0, 1}}[fewest]


def test_a_row_of_a_building_with_a_small_number_is_left_out() -> None:
    def row(*values: float) -> TableRow:
        return TableRow("1", (TableCell("1"), *(TableCell(str(n), n) for n in values)))

    assert of_homes._enough(row(3.0, 0.0, 90.0))
    assert not of_homes._enough(row(15.0, 2.0, 90.0))


# --------------------------------------------------------------------------- tables and drawing


def table(*values: float | None, sort: int = 1, bar: bool = True) -> AreaTable:
    rows = tuple(
        TableRow(str(n), (TableCell(f"00{n} name"), TableCell(f"{value}", value)))
        for n, value in enumerate(values)
    )
    return AreaTable((Column("Grid"), Column("Figure", bar=bar)), rows, sort=sort)


def test_rows_stand_as_the_page_first_sorts_them() -> None:
    made = blocks.of_areas("", table(1.0, None, 3.0, 2.0), chosen="3")
    assert [row[0].text[:3] for row in made.rows] == ["002", "003", "000", "001"]
    assert made.chosen == 1
    assert [row[1].share for row in made.rows] == [1.0, 2 / 3, 1 / 3, None]
    given = blocks.of_areas("", table(1.0, 3.0, sort=-1, bar=False))
    assert [row[0].text[:3] for row in given.rows] == ["000", "001"]
    assert given.rows[0][1].share is None


def test_a_wide_table_is_turned_over_or_says_what_it_lacks() -> None:
    wide = pd.DataFrame({f"c{n}": [f"{n} a", f"{n} b"] for n in range(12)})
    turned = blocks.of_frame("", wide)
    assert turned.head == ("c0", "0", "0")
    assert [cell.text for cell in turned.rows[-1]] == ["c11", "11 a", "11 b"]
    many = blocks.of_frame("", pd.DataFrame({f"c{n}": ["x"] * 20 for n in range(12)}))
    assert many.hidden == ("c8", "c9", "c10", "c11")
    assert "c11" in many.json()["hidden"]


@pytest.mark.usefixtures("demo")
def test_what_the_page_puts_on_its_map_is_drawn() -> None:
    scope = place(wish("plan"))
    land = read_land(scope)
    desk = planning.desk(scope.community_ids[0], None)
    assert land is not None
    assert desk is not None
    seen = look(land.terrain, frame_of(land, VIEW_FORMATS["a4"]))
    base = replace(plan_map.map_state(scope, desk, Hand(), None, version=""), draft=None)
    lon, lat = 102.75, 24.97
    ring = ((lon, lat), (lon + 0.001, lat), (lon + 0.001, lat + 0.001))
    shown = replace(
        base,
        building_classes=BuildingClasses({int(land.buildings["id"][0]): None}, ("#123456",)),
        cells=Cells(rings=(ring, ring), classes=(0, 1), colors=("#ABCDEF", ""), chosen=0),
        discs=(Disc(lon, lat, 100.0, "1", "bad"),),
        traces=(Trace([(lon, lat), (lon + 0.001, lat)], "good", dashed=True),),
        marks=(Mark(lon, lat, "2"), Mark(lon + 9, lat, "3")),
    )
    drawn = overlays.overlay_of(land, seen, shown, 10.0)
    svg = "".join(drawn.over)
    assert 'fill="#ABCDEF"' in svg
    assert "stroke-dasharray" in svg
    assert [dot.number for dot in drawn.dots] == ["1", "2"]  # 3 lies beyond; the first is on top
    assert overlays.overlay_of(land, seen, base, 10.0) == overlays.Overlay()


def test_a_lattice_is_drawn_where_it_lies() -> None:
    lattice = Lattice(10.0, 20.0, 1.0, 0.0, 0.0, 2.0, (0, 3), (0, 1))
    shapes = overlays._parallelograms(lattice)
    assert shapely.bounds(shapes).tolist() == [[10, 20, 11, 22], [13, 22, 14, 24]]
    assert np.allclose(shapely.area(shapes), 2.0)


def test_paths_close_areas_and_leave_lines_open() -> None:
    square = np.array([shapely.box(0, 0, 1, 1)], dtype=object)
    line = np.array([shapely.LineString([(0, 0), (1, 2)])], dtype=object)
    assert "Z" in overlays.path(square, fill="#1")
    assert "M0 0l100 200" in overlays.path(line, stroke="#1")
    assert "Z" not in overlays.path(line, stroke="#1")
    assert overlays.path(square[:0]) == ""


# --------------------------------------------------------------------------------- the buttons


def page_script() -> None:
    import importlib  # noqa: PLC0415 - the body is the script

    import streamlit as page  # noqa: PLC0415

    importlib.import_module(page.session_state["module"]).page()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("module", "kind"),
    [
        (hotspots_page, "hotspots"),
        (coverage_page, "coverage"),
        (drawing_page, "plan"),
        (comparing_page, "compare"),
        (staffing_page, "staff"),
        (norms_page, "norms"),
        (imports_page, "imports"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_every_page_has_its_button(
    module: ModuleType, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    # The row of parts holds it where a page has parts.
    holder = module if hasattr(module, "page_button") else context
    monkeypatch.setattr(holder, "page_button", lambda kind, **_mapped: asked.append(kind))
    app = AppTest.from_function(page_script, default_timeout=60)
    app.session_state["module"] = module.__name__
    for key, value in XIANGHE.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert asked == [kind]
    assert kind in other_pages.KINDS


def slide_cells(body: bytes) -> set[str]:
    return {
        tight(cell.text)
        for slide in Presentation(io.BytesIO(body)).slides
        for shape in slide.shapes
        if shape.has_table
        for cell in shape.table.iter_cells()
    }


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("kind", "asked"), [*TABS, ("hotspots", {}), ("hotspots", {"method": "emerging"}), ("plan", {})]
)
def test_the_tables_of_slides_are_the_sheets(kind: str, asked: dict[str, str]) -> None:
    given = {**XIANGHE, **asked, "lang": "en"}
    tables = [one for one in document(kind, "slide", **given)["blocks"] if one["kind"] == "table"]
    cells = slide_cells(make(wish(kind, "slide", "pptx", **given), NOON).body)
    told = [
        "".join(run["text"] for run in cell["runs"])
        for table in tables
        for row in table["rows"][:5]
        for cell in row
    ]
    assert all(tight(text) in cells for text in told if text)
    if kind != "hotspots":  # there may be nothing to list
        assert told


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(("kind", "asked"), PAGES)
def test_slides_and_text_documents_are_the_same_each_time(kind: str, asked: dict[str, str]) -> None:
    for ending in ("pptx", "docx"):
        asking = wish(kind, "slide", ending, **{**XIANGHE, **asked})
        assert make(asking, NOON).body == make(asking, NOON).body


def offer_script() -> None:
    from dashboard import state as page_state  # noqa: PLC0415 - the body is the script
    from dashboard.views import brief_button as button  # noqa: PLC0415

    button._view(page_state.read(), "hotspots", mapped=False)


def test_a_button_leads_to_its_own_kind() -> None:
    app = AppTest.from_function(offer_script, default_timeout=60)
    app.query_params["method"] = "scan"
    app.run()
    links = [urlsplit(one.proto.url) for one in app.get("link_button")]
    names = [one.path.rpartition("/")[2] for one in links]
    assert names == [f"hotspots.{ending}" for ending in ("png", "pdf", "pptx", "docx")]
    assert {dict(parse_qsl(one.query))["method"] for one in links} == {"scan"}
    assert not app.radio  # there is no map to choose a part of
    assert brief_button.ADDRESS in links[0].path
