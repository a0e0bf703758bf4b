"""The wall: the overview's numbers in large type, without people, and never without a picture."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Never

import pytest
import sqlalchemy as sa
import streamlit
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard import screen_scenes, screen_wall, state, verdicts
from dashboard.screen_wall import Shown
from dashboard.services import overview, screening, territory
from dashboard.services.territory import Scope
from dashboard.state import PageState, parse, query
from geo import words
from geo.errors import StoreUnreachableError
from geo.store import tables as t
from geo.store.compute import refresh_within
from tests.store import small_city

UseStore = Callable[[str], None]
WALL = {"mode": "screen", "street": "530111007", "community": "530111007001"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LONG = "非常长的名字的社区居民委员会第一第二第三第四第五第六联合网格化服务管理示范片区甲"


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    streamlit.cache_data.clear()
    words.speak("en")
    yield
    words.speak(words.DEFAULT_LANGUAGE)
    streamlit.cache_data.clear()


def asked_for(**params: str) -> PageState:
    return parse({**WALL, "lang": "en", **params})


def scope_of(asked: PageState) -> Scope:
    scope = territory.resolve(asked)
    assert scope is not None
    return scope


# -------------------------------------------------------------------------------- the address


def test_the_address_chooses_the_wall_its_scenes_and_their_time() -> None:
    asked = parse({"mode": "screen", "scenes": "services,norms", "every": "5", "scene": "norms"})
    assert asked.screen
    assert asked.mode == "indicator"
    assert asked.scenes == ("services", "norms")
    assert asked.every == 5
    assert asked.scene == "norms"
    assert not parse({"mode": "state"}).screen


@pytest.mark.parametrize("every", ["", "4", "601", "x", "1e1", "-20", "20.5", "005", "²0"])
def test_a_time_that_makes_no_sense_is_the_usual_one(every: str) -> None:
    assert parse({"every": every}).every == state.DEFAULT.every


@pytest.mark.parametrize("scenes", ["", "zz", ",,", "NORMS"])
def test_scenes_nobody_knows_are_all_of_them(scenes: str) -> None:
    assert parse({"scenes": scenes}).scenes == tuple(state.SCENES)
    assert parse({"scenes": f"homes,homes,{scenes}"}).scenes == ("homes",)


@given(
    st.dictionaries(
        st.sampled_from(["mode", "scenes", "every", "scene", "community"]),
        st.text("abz,019 :&网", max_size=12)
        | st.sampled_from(["screen", "state", "norms,homes", "homes,norms", "600", "5"]),
    )
)
def test_what_was_read_of_a_wall_is_written_the_same(params: dict[str, str]) -> None:
    asked = parse(params)
    assert parse(query(asked)) == asked


# ------------------------------------------------------------------------------- the contents


@pytest.mark.usefixtures("demo")
def test_the_figures_are_those_of_the_overview() -> None:
    asked = asked_for()
    shown = screen_wall.refresh(asked, None).wall
    strip = verdicts.strip_cells(overview.picture(scope_of(asked), asked.period))
    assert [one.value for one in shown.numbers] == [cell.value for cell in strip[:5]]
    assert shown.numbers[0].value == "1,483"
    assert [scene.key for scene in shown.scenes] == list(state.SCENES)
    assert "3,261 households, 6.5× the ceiling of 500; 9 of 9" in shown.scenes[0].sentence


@pytest.mark.usefixtures("demo")
def test_classes_of_tickets_add_up_to_what_the_map_shows() -> None:
    asked = asked_for()
    scope = scope_of(asked)
    picture = overview.picture(scope, asked.period)
    signs = overview.ticket_signs(scope, picture.period, ())
    found = screening.outcomes(scope, picture.period)
    assert sum(one.all for one in found) == picture.tickets > 0
    assert sum(one.overdue for one in found) == signs["overdue"] > 0
    assert sum(one.open for one in found) == signs["pending"] + signs["active"]
    assert [one.all for one in found] == sorted((one.all for one in found), reverse=True)


@pytest.mark.usefixtures("demo")
def test_every_scene_has_a_map_a_sentence_and_one_legend() -> None:
    shown = screen_wall.refresh(asked_for(), None).wall
    for scene in shown.scenes:
        assert scene.sentence
        assert scene.legend
        assert all(panel.rows for panel in scene.panels), scene.key
        assert scene.map is not None
        assert scene.map["wall"] is True
        assert scene.map["legends"] == []
    maps = {scene.key: scene.map for scene in shown.scenes}
    assert maps["tickets"]["layers"] == ["ticket"]
    assert maps["services"]["layers"] == ["facility"]
    assert maps["norms"]["choropleth"] is not None
    assert maps["homes"]["buildingMode"] == "state"
    same = {json.dumps([m["community"], m["boundsLonLat"], m["gridsUrls"]]) for m in maps.values()}
    assert len(same) == 1, "the map would look elsewhere or load anew between scenes"


@pytest.mark.usefixtures("demo")
def test_bars_stay_within_their_panel() -> None:
    for community in ("530111007001", "all"):
        shown = screen_wall.refresh(asked_for(community=community), None).wall
        bars = [bar for scene in shown.scenes for panel in scene.panels for bar in panel.rows]
        assert bars
        assert all(0 <= sum(piece.share for piece in bar.pieces) <= 1 + 1e-9 for bar in bars)


@pytest.mark.usefixtures("demo")
def test_nobody_is_named_and_no_door_is_shown(demo_engine: sa.Engine) -> None:
    text = json.dumps(asdict(screen_wall.refresh(asked_for(), None).wall), ensure_ascii=False)
    with demo_engine.connect() as connection:
        staff = connection.scalars(sa.select(t.staff.c.name)).all()
    assert staff
    assert not [name for name in staff if name and name in text]
    busiest = overview.picture(scope_of(asked_for()), "30d").busiest
    assert busiest is not None
    assert f"{busiest.compound} building {busiest.number}" not in text


@pytest.mark.usefixtures("demo")
def test_in_english_only_names_are_chinese() -> None:
    shown = screen_wall.refresh(asked_for(), None).wall
    own = [number.label + number.line + number.aside for number in shown.numbers]
    own += [panel.title for scene in shown.scenes for panel in scene.panels]
    own += [key.text for scene in shown.scenes for key in scene.legend]
    assert own
    assert not [text for text in own if CHINESE.search(text)]


# ------------------------------------------------------------------------------- what fails


def raise_unreachable(*_args: Any, **_named: Any) -> Never:
    raise StoreUnreachableError("The database did not answer in time.")


def raise_value_error(*_args: Any, **_named: Any) -> Never:
    message = "a broken scene"
    raise ValueError(message)


@pytest.mark.usefixtures("demo")
def test_without_a_database_the_last_picture_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_for()
    good = screen_wall.refresh(asked, None)
    assert not good.wall.late
    with monkeypatch.context() as patched:
        patched.setattr(territory, "edition", raise_unreachable)
        kept = screen_wall.refresh(asked, good)
        assert kept.wall.late == good.wall.offline
        assert kept.wall.late.startswith("Offline · data of ")
        assert replace(kept.wall, late="") == good.wall
        assert screen_wall.refresh(asked, kept) == kept
    assert screen_wall.refresh(asked, kept) == good


@pytest.mark.usefixtures("demo")
def test_without_any_picture_it_says_that_it_will_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(territory, "edition", raise_unreachable)
    shown = screen_wall.refresh(asked_for(), None)
    assert shown.first is None
    assert shown.wall.late == "Offline"
    assert "tries again by itself" in shown.wall.scenes[0].sentence


@pytest.mark.usefixtures("demo")
def test_one_broken_scene_keeps_its_earlier_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_for()
    good = screen_wall.refresh(asked, None)
    made = screen_scenes.make

    def make(scope: Scope, wanted: PageState, key: str) -> Any:
        return raise_value_error() if key == "homes" else made(scope, wanted, key)

    monkeypatch.setattr(screen_scenes, "make", make)
    kept = {scene.key: scene for scene in screen_wall.refresh(asked, good).wall.scenes}
    before = {scene.key: scene for scene in good.wall.scenes}
    assert "earlier one" in kept["homes"].trouble
    assert replace(kept["homes"], trouble="") == before["homes"]
    assert kept["norms"] == before["norms"]
    never = {scene.key: scene for scene in screen_wall.refresh(asked, None).wall.scenes}
    assert never["homes"].map is None
    assert "cannot be shown" in never["homes"].trouble


@pytest.mark.usefixtures("demo")
def test_any_other_failure_is_not_called_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    good = screen_wall.refresh(asked_for(), None)
    monkeypatch.setattr(overview, "picture", raise_value_error)
    kept = screen_wall.refresh(asked_for(), good).wall
    assert kept.late == f"Not updated · {good.wall.cutoff}"


# ------------------------------------------------------------------------------- odd places


@pytest.fixture
def odd(scratch_engine: sa.Engine, use_store: UseStore) -> Callable[..., Shown]:
    """Return a function that changes the small city and shows a place of it."""

    def show(change: Callable[[sa.Connection], None], **place: str) -> Shown:
        with scratch_engine.begin() as connection:
            small_city.load(connection, 7)
            change(connection)
            refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))
        use_store(scratch_engine.url.render_as_string(hide_password=False))
        streamlit.cache_data.clear()
        here = {"street": "350102001", "community": "350102001011", **place}
        return screen_wall.refresh(asked_for(**here), None)

    return show


def test_an_empty_community_says_so(odd: Callable[..., Shown]) -> None:
    def add(connection: sa.Connection) -> None:
        empty = {"kind": "community", "code": "350102001099", "name": LONG, "parent_id": 1}
        connection.execute(sa.insert(t.division).values(empty))

    shown = odd(add, community="350102001099").wall
    assert not shown.late
    assert shown.title.startswith(LONG)
    assert not [scene.key for scene in shown.scenes if scene.map]
    assert len(shown.scenes) == len(state.SCENES)
    assert not [scene.key for scene in shown.scenes if scene.trouble]
    assert shown.scenes[0].sentence == "This place has no grids in force yet."
    assert all(panel.note for scene in shown.scenes for panel in scene.panels)


def test_a_place_without_tickets_says_so(odd: Callable[..., Shown]) -> None:
    def forget(connection: sa.Connection) -> None:
        connection.execute(sa.update(t.ticket).values(repeat_of_id=None))
        connection.execute(sa.delete(t.ticket))

    scenes = {scene.key: scene for scene in odd(forget).wall.scenes}
    assert scenes["tickets"].sentence == "No tickets were reported in this period."
    assert scenes["tickets"].panels[1].note == "No tickets were reported in this period."
    assert not [scene.key for scene in scenes.values() if scene.trouble]


def test_a_whole_street_is_told_by_community(odd: Callable[..., Shown]) -> None:
    shown = odd(lambda _connection: None, community="all").wall
    assert not shown.late
    assert not [scene.key for scene in shown.scenes if scene.trouble]
    ranked = shown.scenes[0].panels[0]
    assert "communities" in ranked.title
    assert len(ranked.rows) > 1
    assert ranked.band is None


def test_new_data_are_shown_at_the_next_look(
    odd: Callable[..., Shown], scratch_engine: sa.Engine
) -> None:
    def forget(connection: sa.Connection) -> None:
        connection.execute(sa.update(t.ticket).values(repeat_of_id=None))
        connection.execute(sa.delete(t.ticket))

    before = odd(lambda _connection: None)
    asked = asked_for(street="350102001", community="350102001011")
    assert screen_wall.refresh(asked, before) == before
    with scratch_engine.begin() as connection:
        forget(connection)
        refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))
    after = screen_wall.refresh(asked, before)
    assert after.first == before.first, "the map would be mounted anew"
    tickets = {scene.key: scene for scene in after.wall.scenes}["tickets"]
    assert tickets.sentence == "No tickets were reported in this period."
    assert after.wall.numbers[2] != before.wall.numbers[2]


def test_an_empty_database_says_so(use_store: UseStore, store_url: str) -> None:
    use_store(store_url)
    shown = screen_wall.refresh(asked_for(), None)
    assert shown.wall.scenes[0].sentence == "No communities yet"
    assert shown.first is None


# ----------------------------------------------------------------------------------- the page


def script() -> None:
    from dashboard.views import screen  # noqa: PLC0415 - the body is the script

    screen.page()


def run(**params: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    for key, value in {**WALL, **params}.items():
        app.query_params[key] = value
    return app.run()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_draws(lang: str) -> None:
    app = run(lang=lang)
    assert not app.exception
    assert not app.error


def test_the_page_stands_without_a_database(use_store: UseStore) -> None:
    use_store("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    app = run()
    assert not app.exception
    assert not app.error
