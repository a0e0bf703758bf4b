"""The page of hot spots, run as Streamlit runs it, over a real database."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import maps, spot_rows, state
from dashboard.parts import cube, slider, table
from dashboard.services import spotting, territory
from dashboard.services.jobs import Job
from dashboard.services.spotting import Kept
from dashboard.services.territory import Scope
from dashboard.views import context
from geo import words
from geo.errors import N_, GeometryError
from geo.followup import VERDICTS as EFFECTS
from geo.store import tables as t
from geo.store.engine import make_engine
from geo.studies import METHODS, effect
from geo.studies.explain import explain
from tests.town import town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SPORTS_CITY = {"community": "530111007001", "span": "91"}
QUICK = {
    "community": "530111007001",
    "method": "scan",
    "span": "28",
    "cls": "C01",
    "reach": "100",
    "sims": "199",
}
SMALL = {"community": "410103007001", "span": "28", "cls": "S04"}
TIMEOUT_S = 90


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("en")
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture(scope="module")
def demo_engine_here(demo_url: str) -> Iterator[sa.Engine]:
    """Use the demo; what was put on record is taken off again."""
    engine = make_engine(sa.make_url(demo_url))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.delete(t.briefing_item))
        connection.execute(sa.delete(t.study))
    engine.dispose()


@pytest.fixture
def demo(use_store: UseStore, demo_url: str, demo_engine_here: sa.Engine) -> Iterator[sa.Engine]:
    """Use the demo; searches and the briefing are for one test alone."""
    use_store(demo_url)
    yield demo_engine_here
    with demo_engine_here.begin() as connection:
        connection.execute(sa.delete(t.briefing_item))
        connection.execute(sa.delete(t.study).where(t.study.c.method == "scan"))


@dataclass
class Shown:
    """What a run drew with our own parts, and what a reader does with them."""

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: list[maps.MapState] = field(default_factory=list)
    picks: dict[str, str] = field(default_factory=dict)
    clicks: list[maps.MapEvent] = field(default_factory=list)

    def mount(
        self, _name: str, data: Any, key: str, on_pick: Callable[[str], None] | None = None
    ) -> None:
        self.parts[key] = data
        if key in self.picks and on_pick:
            on_pick(self.picks.pop(key))

    def show(self, shown: maps.MapState, **_named: Any) -> maps.MapEvent | None:
        self.states.append(shown)
        return self.clicks.pop() if self.clicks else None

    def rows(self, key: str = "hotspots_found") -> list[list[str]]:
        return [[cell["text"] for cell in row["cells"]] for row in self.parts[key]["rows"]]

    def heads(self, key: str = "hotspots_found") -> list[str]:
        return [column["label"] for column in self.parts[key]["columns"]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Look at what our own parts are given; Streamlit's test bench runs no browser."""
    seen = Shown()
    for part in (table, slider, cube):
        monkeypatch.setattr(part, "mount", seen.mount)
    monkeypatch.setattr(maps, "show", seen.show)
    return seen


def script() -> None:
    from dashboard.views import hotspots  # noqa: PLC0415 - the body is the script

    hotspots.page()


def run(**params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=TIMEOUT_S)
    for key, value in ({"lang": "en"} | params).items():
        app.query_params[key] = value
    return again(app)


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def keys(app: AppTest) -> set[str | None]:
    return {button.key for button in app.button}


def url(app: AppTest) -> dict[str, str]:
    found = {key: app.query_params[key] for key in app.query_params}
    return {key: one if isinstance(one, str) else one[0] for key, one in found.items()}


def asked_of(**params: str) -> tuple[Scope, Kept]:
    """Return what the page answers."""
    asked = state.parse(params)
    scope = territory.resolve(asked)
    assert scope is not None
    return scope, spotting.answer(scope, spotting.question(scope, asked))


# --------------------------------------------------------------------------------- every method


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_draws_whatever_is_chosen(shown: Shown, method: str, lang: str) -> None:
    base = {**SPORTS_CITY, "method": method, "lang": lang, "measure": "count", "each": "all"}
    base["unit"] = "s75"
    app = run(**base)
    for also in (
        {"spot": "1"},
        {"cell": "7680.36847"},
        {"at": "3"},
        {"spot": "1", "cell": "7680.36847", "at": "3", "since": "2026-09-30"},
        {"spot": "999", "cell": "zzz", "at": "999", "since": "2026-02-30", "cls": "no-such"},
    ):
        for key, value in also.items():
            app.query_params[key] = value
        again(app)
    assert len(shown.states) >= 6
    assert app.tabs or method == "scan"


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("method", [one for one in METHODS if one != "scan"])
def test_english_says_nothing_chinese_of_its_own(shown: Shown, method: str) -> None:
    app = run(**SPORTS_CITY, method=method, measure="count", each="all", spot="1")
    labels = [one.label for one in [*app.tabs, *app.selectbox, *app.button]]
    heads = [head for key in shown.parts if "columns" in shown.parts[key]
             for head in shown.heads(key)]  # fmt: skip
    legends = [row.text for legend in shown.states[-1].legends for row in legend.rows]
    assert not [text for text in [*labels, *heads, *legends] if CHINESE.search(text)]
    titles = [legend.title for legend in shown.states[-1].legends]
    assert not [text for text in titles if CHINESE.search(text)]


@pytest.mark.usefixtures("demo", "shown")
def test_chinese_has_every_tab() -> None:
    tabs = [tab.label for tab in run(**SPORTS_CITY, method="emerging", lang="zh").tabs]
    assert len(tabs) == 5
    assert all(CHINESE.search(label) for label in tabs)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("method", "tab"),
    [
        ("gi", None),
        ("emerging", "Histories"),
        ("repeats", "Spread"),
        ("groups", None),
        ("compare", "Changes"),
    ],
)
def test_a_method_has_the_tabs_and_the_list_it_needs(
    shown: Shown, method: str, tab: str | None
) -> None:
    params = {**SPORTS_CITY, "method": method, "measure": "count", "each": "all"}
    app = run(**params)
    _scope, kept = asked_of(**params)
    assert [one.label for one in app.tabs] == [
        "Found",
        *([tab] if tab else []),
        "Addresses",
        "How it was done",
        "Briefing",
    ]
    if kept.study.spots:
        ids = [row["id"] for row in shown.parts["hotspots_found"]["rows"]]
        assert ids == [str(one.number) for one in kept.study.spots]
        head, *_between, last = shown.heads()
        assert (head, last) == ("Place", "Tickets" if method == "groups" else "q")
    assert len(shown.rows("hotspots_addresses")) == len(kept.study.addresses)
    for sentence in explain(kept.study):
        assert sentence[:40] in said(app).replace("\\", "")


@pytest.mark.usefixtures("demo")
def test_what_is_slow_is_not_begun_unasked(shown: Shown) -> None:
    app = run(**QUICK | {"sims": "999"})
    assert "scan_start" in keys(app)
    assert "compared with 999 made-up periods" in said(app)
    assert shown.states[-1].discs == ()
    assert not app.tabs


# -------------------------------------------------------------------------------- too little


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("method", ["gi", "emerging", "repeats", "groups", "compare"])
def test_too_few_tickets_are_said_and_their_addresses_listed(shown: Shown, method: str) -> None:
    app = run(**SMALL, method=method, lang="zh")
    _scope, kept = asked_of(**SMALL, method=method)
    assert kept.study.shortage
    assert kept.study.spots == ()
    if kept.study.shortage == "cases":
        assert "样本不足" in said(app)
    listed = shown.rows("hotspots_instead")
    assert len(listed) == len(kept.study.addresses) > 0
    assert [row[1] for row in listed] == [str(one.calls) for one in kept.study.addresses]
    assert "hotspots_found" not in shown.parts
    assert "hotspots_slider" not in shown.parts
    assert not shown.states[-1].marks


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("method", ["gi", "repeats", "groups", "compare"])
def test_without_any_ticket_it_says_so(shown: Shown, method: str) -> None:
    app = run(**SPORTS_CITY, method=method, cls="no-such", lang="zh")
    assert "样本不足" in said(app)
    assert shown.rows("hotspots_instead") == []


@pytest.fixture
def small(town: sa.Engine, use_store: UseStore) -> sa.Engine:  # noqa: F811
    use_store(town.url.render_as_string(hide_password=False))
    return town


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("method", list(METHODS))
def test_a_whole_street_draws(shown: Shown, method: str) -> None:
    app = run(street="350102001", community="all", method=method, span="364")
    assert app.tabs or "scan_start" in keys(app)
    assert len(shown.states[-1].boundary_urls) > 1


@pytest.mark.usefixtures("small")
def test_a_whole_street_is_all_of_its_communities() -> None:
    whole_scope, whole = asked_of(street="350102001", community="all", method="repeats", span="364")
    assert whole_scope.community is None
    parts = [
        asked_of(community=one.code, method="repeats", span="364")[1]
        for one in whole_scope.communities
    ]
    assert len(parts) > 1
    assert whole.study.told["calls"] == sum(one.study.told["calls"] for one in parts) > 0


# ---------------------------------------------------------------------------- one of what was found

EMERGING = {**SPORTS_CITY, "method": "emerging"}


@pytest.mark.usefixtures("demo")
def test_a_spot_is_told_with_its_workers_by_name() -> None:
    scope, kept = asked_of(**EMERGING)
    spot = kept.study.spots[0]
    app = run(**EMERGING, spot=str(spot.number))
    told = dict(app.table[0].value.itertuples(index=False, name=None))
    assert told["Tickets"] == f"{spot.observed:,}"
    assert told["Grids"].split(", ") == [code[-3:] for code in spot.grids]
    staff = spotting.workers(scope, spot.grids)
    assert all(staff[code] for code in spot.grids)
    assert set(told["Grid workers"].split(", ")) == {one for code in staff for one in staff[code]}
    classes = context.class_names(scope)
    assert len(told["Driven by"].split("; ")) == len(spot.drivers)
    assert told["Driven by"].startswith(classes[spot.drivers[0].class_code])
    assert len(told["Most tickets from"].split("; ")) == len(spot.addresses)
    assert told["Lately"].startswith(f"{sum(spot.weeks[-4:])} in the last 4 weeks")


@pytest.mark.usefixtures("demo")
def test_a_worker_is_one_who_serves_the_grid_on_the_last_day(demo: sa.Engine) -> None:
    scope, _kept = asked_of(**EMERGING)
    code = "530111007001003"
    with demo.connect() as connection:
        names = connection.scalars(
            sa.text(
                "SELECT DISTINCT s.name FROM grid_role r JOIN grid g ON g.id = r.grid_id"
                " JOIN staff s ON s.id = r.staff_id WHERE g.code = :code AND g.plan_id = :plan"
                " AND r.role IN ('grid_leader', 'grid_worker')"
            ),
            {"code": code, "plan": scope.plan_ids[0]},
        ).all()
    assert names
    assert set(spotting.workers(scope, (code, "000"))[code]) <= set(names)
    assert spotting.workers(scope, (code, "000"))["000"] == ()


@pytest.mark.usefixtures("demo")
def test_a_row_opens_its_spot_and_closes_it(shown: Shown) -> None:
    shown.picks["hotspots_found"] = "2"
    app = run(**EMERGING)
    assert url(app)["spot"] == "2"
    again(app)
    assert shown.parts["hotspots_found"]["selected"] == "2"
    shown.picks["hotspots_found"] = "2"
    again(app)
    assert "spot" not in url(app)
    app.query_params["spot"] = "3"
    again(app)
    app.button(key="spot_back").click()
    again(app)
    assert "spot" not in url(app)


@pytest.mark.usefixtures("demo", "shown")
@pytest.mark.parametrize("spot", ["999", "0", "-1", "x"])
def test_a_spot_that_is_not_there_is_left_out(spot: str) -> None:
    app = run(**EMERGING, spot=spot)
    assert not app.table
    assert "spot_back" not in keys(app)


@pytest.mark.usefixtures("demo", "shown")
def test_a_spot_is_put_in_the_briefing_and_taken_out() -> None:
    app = run(**EMERGING, spot="2")
    assert "Nothing is on the list yet" in said(app)
    app.button(key="spot_brief").click()
    again(app)
    assert "Nothing is on the list yet" not in said(app)
    scope, kept = asked_of(**EMERGING)
    (held,) = spotting.in_briefing(scope)
    assert (held["study_id"], held["spot"]) == (kept.id, 2)
    sentence = spot_rows.sentence(kept.study.spots[1], context.class_names(scope))
    assert sentence in said(app).replace("\\", "")
    app.button(key="spot_brief").click()
    again(app)
    assert len(spotting.in_briefing(scope)) == 1
    other = run(community=SPORTS_CITY["community"], method="repeats")
    assert sentence in said(other).replace("\\", "")
    other.button(key=f"brief_out_{kept.id}_2").click()
    again(other)
    assert spotting.in_briefing(scope) == []
    assert "Nothing is on the list yet" in said(other)


@pytest.mark.usefixtures("demo", "shown")
def test_another_question_forgets_what_was_chosen_of_the_answer() -> None:
    app = run(**EMERGING, spot="2", at="3", cell="7680.36847")
    app.segmented_control(key="choice_method").set_value("groups")
    again(app)
    assert url(app)["method"] == "groups"
    assert "spot" not in url(app)
    assert "at" not in url(app)
    assert not app.table


# ------------------------------------------------------------------------------------ over time


@pytest.mark.usefixtures("demo")
def test_the_slider_moves_the_map_and_the_address(shown: Shown) -> None:
    shown.picks["hotspots_slider"] = "4"
    app = run(**EMERGING)
    before = shown.states[-1].cells
    assert url(app)["at"] == "4"
    again(app)
    _scope, kept = asked_of(**EMERGING)
    areas, cells = kept.study.areas, shown.states[-1].cells
    assert areas is not None
    assert cells is not None
    assert cells != before
    assert shown.parts["hotspots_slider"]["selected"] == "4"
    hot = [at for at, one in enumerate(cells.classes) if one is not None and one < 3]
    assert hot == [at for at, row in enumerate(areas.levels) if row[4] > 0]
    app.button(key="hotspots_whole").click()
    again(app)
    assert "at" not in url(app)
    assert shown.states[-1].cells == before


@pytest.mark.usefixtures("demo")
def test_the_strip_of_the_chosen_area_moves_it_too(shown: Shown) -> None:
    _scope, kept = asked_of(**EMERGING)
    areas = kept.study.areas
    assert areas is not None
    key = kept.study.spots[0].keys[0]
    shown.picks["hotspots_cube"] = "7"
    app = run(**EMERGING, cell=key)
    assert url(app)["at"] == "7"
    bins = shown.parts["hotspots_cube"]["bins"]
    assert [one["value"] for one in bins] == list(areas.series[areas.keys.index(key)])


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("at", ["13", "999", "999999999999999999"])
def test_a_step_that_is_not_there_is_none(shown: Shown, at: str) -> None:
    app = run(**EMERGING, at=at)
    assert shown.parts["hotspots_slider"]["selected"] is None
    assert "hotspots_whole" not in keys(app)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("cell", ["zzz", "1.1", "530111007001003", "." * 40])
def test_an_area_that_is_not_there_has_no_strip(shown: Shown, cell: str) -> None:
    run(**EMERGING, cell=cell)
    assert "hotspots_cube" not in shown.parts
    assert shown.states[-1].cells is not None
    assert shown.states[-1].cells.chosen is None


# ------------------------------------------------------------------------------------- a measure


@pytest.mark.usefixtures("demo", "shown")
def test_a_day_tells_whether_a_measure_helped() -> None:
    scope, kept = asked_of(**EMERGING)
    spot = kept.study.spots[0]
    day = date(2026, 9, 30)
    app = run(**EMERGING, spot="1")
    assert "Choose the day a measure was taken" in said(app)
    app.date_input(key="spot_since").set_value(day)
    again(app)
    assert url(app)["since"] == "2026-09-30"
    question = kept.study.question
    whole = question.__class__(**{**question.__dict__, "start": question.stop - 364})
    found = effect(spotting.cases(scope, whole), whole, spot.keys, day)
    assert found is not None
    verdict, counts, *_rest = spot_rows.trial(found)
    assert verdict.strip("*") in EFFECTS.values()
    assert verdict in said(app)
    assert counts in said(app)


@pytest.mark.usefixtures("demo", "shown")
@pytest.mark.parametrize(
    "since", ["2026-02-30", "2020-01-01", "2031-01-01", "0000-00-00", "2026-11-21", "soon"]
)
def test_a_day_that_cannot_be_is_none(since: str) -> None:
    app = run(**EMERGING, spot="1", since=since)
    assert app.date_input(key="spot_since").value is None
    assert "Choose the day a measure was taken" in said(app)


@pytest.mark.usefixtures("demo", "shown")
def test_yesterday_is_too_late_to_tell() -> None:
    scope, _kept = asked_of(**EMERGING)
    day = spotting.last_day(scope) - timedelta(days=2)
    app = run(**EMERGING, spot="1", since=f"{day}")
    assert "There is no whole week on either side" in said(app)


@pytest.mark.usefixtures("demo", "shown")
def test_the_day_in_the_address_wins_over_what_the_field_showed() -> None:
    app = run(**EMERGING, spot="1", since="2026-09-30")
    app.query_params["since"] = "2026-08-05"
    again(app)
    assert app.date_input(key="spot_since").value == date(2026, 8, 5)
    assert url(app)["since"] == "2026-08-05"


# ------------------------------------------------------------------------------------- clicks


@pytest.mark.usefixtures("demo")
def test_a_click_chooses_an_area_and_its_spot(shown: Shown) -> None:
    _scope, kept = asked_of(**EMERGING)
    areas = kept.study.areas
    assert areas is not None
    spot = kept.study.spots[1]
    at = areas.keys.index(spot.keys[0])
    lon = sum(place[0] for place in areas.rings[at]) / 4
    lat = sum(place[1] for place in areas.rings[at]) / 4
    app = run(**EMERGING)
    shown.clicks.append(maps.MapEvent(lon, lat, 15.0))
    again(app)
    assert (url(app)["cell"], url(app)["spot"]) == (spot.keys[0], "2")
    again(app)
    assert shown.states[-1].cells is not None
    assert shown.states[-1].cells.chosen == at
    quiet = next(
        one for one, key in enumerate(areas.keys)
        if not any(key in spot.keys for spot in kept.study.spots)
    )  # fmt: skip
    lon, lat = areas.rings[quiet][0]
    inside = areas.rings[quiet][2]
    shown.clicks.append(maps.MapEvent((lon + inside[0]) / 2, (lat + inside[1]) / 2, 15.0))
    again(app)
    assert url(app)["cell"] == areas.keys[quiet]
    assert "spot" not in url(app)


@pytest.mark.usefixtures("demo")
def test_a_click_beyond_every_area_keeps_the_spot(shown: Shown) -> None:
    app = run(**EMERGING, spot="2", cell="7680.36847")
    shown.clicks.append(maps.MapEvent(10.0, 50.0, 15.0))
    again(app)
    assert url(app)["spot"] == "2"
    assert "cell" not in url(app)


@pytest.mark.usefixtures("demo")
def test_a_click_into_circles_chooses_the_smallest(shown: Shown) -> None:
    params = {**SPORTS_CITY, "method": "groups"}
    _scope, kept = asked_of(**params)
    smallest = min(kept.study.spots, key=lambda one: one.radius_m)
    shown.clicks.append(maps.MapEvent(smallest.lon, smallest.lat, 15.0))
    app = run(**params)
    assert url(app)["spot"] == str(smallest.number)
    assert spotting.circle_at(kept, 0.0, 0.0) is None


@pytest.mark.usefixtures("demo")
def test_a_click_on_a_whole_street_leads_into_a_community(shown: Shown, small: sa.Engine) -> None:
    with small.connect() as connection:
        lon, lat, code = connection.execute(
            sa.text(
                "SELECT ST_X(p), ST_Y(p), code FROM (SELECT ST_PointOnSurface(g.geom) AS p, g.code"
                " FROM grid g JOIN plan ON plan.id = g.plan_id WHERE plan.state = 'published'"
                " AND g.code LIKE '350102001011%' ORDER BY g.id LIMIT 1) AS one"
            )
        ).one()
    app = run(street="350102001", community="all", method="groups", span="364")
    shown.clicks.append(maps.MapEvent(lon, lat, 15.0))
    again(app)
    assert url(app)["community"] == code[:12]


# ---------------------------------------------------------------------------------------- a job


def _until(app: AppTest, done: Callable[[AppTest], bool]) -> None:
    end = time.monotonic() + TIMEOUT_S
    while not done(app):
        assert time.monotonic() < end
        time.sleep(0.3)
        again(app)


def _kept(engine: sa.Engine) -> int:
    """Count the searches on record."""
    asked = sa.select(sa.func.count()).where(t.study.c.method == "scan")
    with engine.connect() as connection:
        return int(connection.scalar(asked) or 0)


def test_a_search_is_begun_watched_kept_and_there_at_once_the_second_time(
    demo: sa.Engine, shown: Shown
) -> None:
    app = run(**QUICK)
    assert _kept(demo) == 0
    app.button(key="scan_start").click()
    again(app)
    assert "scan_stop" in keys(app)
    _until(app, lambda one: bool(one.tabs))
    assert _kept(demo) == 1
    assert "study_making" not in app.session_state
    st.cache_data.clear()
    second = run(**QUICK)
    assert second.tabs
    assert "scan_start" not in keys(second)
    _scope, kept = asked_of(**QUICK)
    assert kept.seconds > 0
    assert [disc.text for disc in shown.states[-1].discs] == [
        str(one.number) for one in kept.study.spots
    ]


def test_a_search_that_is_stopped_leaves_nothing(demo: sa.Engine, shown: Shown) -> None:
    app = run(**QUICK | {"span": "364", "sims": "9999", "reach": "500", "cls": ""})
    app.button(key="scan_start").click()
    again(app)
    job = app.session_state["study_making"].job
    app.button(key="scan_stop").click()
    again(app)
    assert "scan_start" in keys(app)
    assert "study_making" not in app.session_state
    assert job._process.poll() is not None
    assert job.result is None
    assert _kept(demo) == 0
    assert shown.states[-1].discs == ()


class _Failing(Job[Any]):
    """A search that is over without an answer."""

    failure: Exception = ValueError()

    @classmethod
    def begin(cls, *_args: Any) -> Job[Any]:
        return cls(running=False, error=cls.failure)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (GeometryError(N_("There are no cells to test.")), "There are no cells to test."),
        (EOFError("secret detail"), "The search failed; nothing was changed."),
    ],
)
def test_a_search_that_fails_is_told(
    demo: sa.Engine, monkeypatch: pytest.MonkeyPatch, failure: Exception, sentence: str
) -> None:
    monkeypatch.setattr(_Failing, "failure", failure)
    monkeypatch.setattr(spotting, "Job", _Failing)
    app = run(**QUICK)
    app.button(key="scan_start").click()
    again(app)
    assert [one.value for one in app.error] == [sentence]
    assert _kept(demo) == 0
    app.button(key="scan_again").click()
    again(app)
    assert "scan_start" in keys(app)
    assert not app.error


class _Endless(Job[Any]):
    @classmethod
    def begin(cls, *_args: Any) -> Job[Any]:
        return cls(share=0.4)


@pytest.mark.usefixtures("demo", "shown")
def test_a_search_of_one_community_is_not_shown_as_that_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spotting, "Job", _Endless)
    app = run(**QUICK)
    app.button(key="scan_start").click()
    again(app)
    assert "scan_stop" in keys(app)
    job = app.session_state["study_making"].job
    app.query_params["community"] = "350102001002"
    again(app)
    assert "scan_start" in keys(app)
    assert "scan_stop" not in keys(app)
    assert job.running
    app.query_params["community"] = SPORTS_CITY["community"]
    again(app)
    assert "scan_stop" in keys(app)
    app.query_params["community"] = "350102001002"
    again(app)
    app.button(key="scan_start").click()
    again(app)
    assert not job.running


def test_the_answer_of_a_search_is_kept_for_the_place_it_was_made_for(demo: sa.Engine) -> None:
    asked = state.parse({**QUICK})
    scope = territory.resolve(asked)
    other = territory.resolve(state.parse({"community": "350102001002"}))
    assert scope is not None
    assert other is not None
    question = spotting.question(scope, asked)
    making = spotting.begin(scope, question)
    making.job.stop()
    assert making.is_for(scope, question)
    assert not making.is_for(other, question)
    assert not making.is_for(scope, spotting.question(scope, state.parse(SPORTS_CITY)))
    assert spotting.finished(scope, making) is None
    assert _kept(demo) == 0


# -------------------------------------------------------------------------------- what goes wrong


@pytest.mark.usefixtures("demo")
def test_a_method_that_cannot_work_says_why(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise GeometryError(N_("The ground has no area."))

    monkeypatch.setattr("geo.studies.answer", fail)
    app = run(community=SPORTS_CITY["community"], method="groups", span="28", near="120")
    assert [one.value for one in app.warning] == ["The ground has no area."]
    assert shown.states[-1].discs == ()


@pytest.mark.usefixtures("demo")
def test_nothing_of_a_person_or_a_door_is_on_the_map(shown: Shown, demo: sa.Engine) -> None:
    with demo.connect() as connection:
        people = set(connection.scalars(sa.select(t.resident.c.name).limit(5000)))
        staff = set(connection.scalars(sa.select(t.staff.c.name)))
        phones = set(connection.scalars(sa.select(t.staff.c.phone)))
        phones |= set(connection.scalars(sa.select(t.resident.c.phone).limit(5000)))
    for method in ("gi", "emerging", "repeats", "groups", "compare"):
        run(**SPORTS_CITY, method=method, measure="count", each="all", spot="1")
    for one in shown.states:
        text = maps._script_json(maps.state_json(one))
        found = [name for name in (people | staff | phones) - {"", None} if name in text]
        assert found == []
