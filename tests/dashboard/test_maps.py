"""The Python half of the map: one constant map, states as data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any, get_args

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import maps, theme


def _state(**changes: Any) -> maps.MapState:
    given: dict[str, Any] = {
        "community": "530111007001",
        "bounds_lon_lat": (102.7, 24.9, 102.8, 25.0),
        "boundary_urls": ["/api/community/1"],
        "grids_urls": ["/api/grids/1"],
        "version": "abc",
    }
    return maps.MapState(**given | changes)


def test_the_script_cannot_be_closed_from_inside() -> None:
    tips = {1: ("</script><script>alert(1)</script>", "<!--")}
    text = maps._script_json(maps.state_json(_state(grid_tips=tips)))
    assert "</" not in text
    assert json.loads(text)["gridTips"]["1"][0] == tips[1][0]


def test_state_has_plain_keys_and_no_empty_filters() -> None:
    told = maps.state_json(
        _state(
            filters={"sign": "overdue", "class": ""},
            choropleth=maps.Choropleth({3: 2, 4: None}, ("#111111",)),
            focus=maps.Focus(grid=3),
        )
    )
    assert told["filters"] == {"sign": "overdue"}
    assert told["choropleth"] == {"classes": {"3": 2, "4": None}, "colors": ["#111111"]}
    assert told["focus"] == {"grid": 3, "building": None, "point": None}


def test_a_state_says_whom_its_data_is_from() -> None:
    credit = "© OpenStreetMap contributors"
    assert maps.state_json(_state(attribution=credit))["attribution"] == credit
    assert maps.state_json(_state())["attribution"] == ""


def test_both_themes_say_every_colour() -> None:
    palette = maps._palette()
    assert palette["light"].keys() == palette["dark"].keys()
    assert len(palette["light"]["sequential"]) == len(maps.STOREY_BREAKS) + 1


def _luminance(color: str) -> float:
    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)

    red, green, blue = (linear(color[i : i + 2]) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, bright = sorted([_luminance(one), _luminance(other)])
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_numbers_can_be_read_on_every_tone(mode: str) -> None:
    colors = maps._palette()[mode]
    assert set(colors["tones"]) == {tone or "plain" for tone in get_args(maps.Tone)}
    for tone, color in colors["tones"].items():
        assert _contrast(color, colors["toneText"]) >= 4.5, tone
        # The disc itself must stand off from the ring around it.
        assert _contrast(color, colors["halo"]) >= 3, tone


def test_a_legend_gets_the_colour_of_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    for mode in ("light", "dark"):
        monkeypatch.setattr("dashboard.maps.theme.mode", lambda mode=mode: mode)
        tones = maps._palette()[mode]["tones"]
        assert maps.tone_color("") == tones["plain"]
        assert maps.tone_color("bad") == tones["bad"]


def test_buildings_marks_and_traces_are_told_as_plain_values() -> None:
    state = _state(
        building_classes=maps.BuildingClasses({7: 1, 8: None}, ("#111111", "#222222")),
        marks=[maps.Mark(102.7, 24.9, "12", "bad", "Stop 12"), maps.Mark(102.8, 25.0)],
        traces=[
            maps.Trace([(102.70000000049, 24.9), (102.8, 25.0)], "muted", dashed=True),
            maps.Trace(((1.0, 2.0), (3.0, 4.0))),
        ],
    )
    told = json.loads(maps._script_json(maps.state_json(state)))
    assert told["buildingClasses"] == {
        "classes": {"7": 1, "8": None},
        "colors": ["#111111", "#222222"],
    }
    assert told["marks"] == [
        {"lon": 102.7, "lat": 24.9, "text": "12", "tone": "bad", "title": "Stop 12"},
        {"lon": 102.8, "lat": 25.0, "text": "", "tone": "", "title": ""},
    ]
    assert told["traces"] == [
        {"line": [[102.7, 24.9], [102.8, 25.0]], "tone": "muted", "dashed": True},
        {"line": [[1.0, 2.0], [3.0, 4.0]], "tone": "", "dashed": False},
    ]


_SQUARES = (
    ((102.7, 24.9), (102.701, 24.9), (102.701, 24.901), (102.7, 24.901)),
    ((102.702, 24.9), (102.703, 24.9), (102.7031234567, 24.901)),
)


def _cells(**changes: Any) -> maps.Cells:
    given: dict[str, Any] = {
        "rings": _SQUARES,
        "classes": [1, None],
        "colors": ["#111111", ""],
        "tips": [("3 tickets", "sure"), ("0 tickets", "sure")],
        "hatched": [True, False],
        "chosen": 1,
    }
    return maps.Cells(**given | changes)


def _told_cells(cells: maps.Cells) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(maps._script_json(maps.state_json(_state(cells=cells))))
    return dict(told["cells"])


def test_areas_are_told_with_each_text_once() -> None:
    told = _told_cells(_cells())
    assert (told["classes"], told["colors"]) == ([1, None], ["#111111", ""])
    assert (told["hatched"], told["chosen"], told["opacity"]) == ([True, False], 1, 0.78)
    assert told["texts"] == ["3 tickets", "sure", "0 tickets"]
    assert told["tips"] == [0, 1, 2, 1]


def test_rings_are_told_to_a_centimetre() -> None:
    shape = _told_cells(_cells())["shape"]
    assert shape["sizes"] == [4, 3]
    points = [point for ring in _SQUARES for point in ring]
    for steps, axis in ((shape["lon"], 0), (shape["lat"], 1)):
        found = [whole / 10 ** shape["digits"] for whole in accumulate(steps)]
        assert found == pytest.approx([point[axis] for point in points], abs=0.6e-7)


def test_a_lattice_is_told_in_small_numbers() -> None:
    side = 150
    columns, rows = [n % side for n in range(side**2)], [n // side for n in range(side**2)]
    step = 0.00049321234567
    lattice = maps.Lattice(102.7, 24.9, step, 1e-6, -1e-6, step, columns, rows)
    told = _told_cells(maps.Cells(lattice=lattice, classes=[0] * side**2, colors=["#111111"]))
    shape = told["shape"]
    assert list(accumulate(shape["columns"])) == columns
    assert list(accumulate(shape["rows"])) == rows
    # Over all columns the steps are true to less than a millimetre.
    assert shape["affine"][2] * side == pytest.approx(step * side, abs=1e-9)
    assert len(maps._script_json(told)) < 8 * side**2


def test_circles_are_told_as_plain_values() -> None:
    disc = maps.Disc(102.7, 24.9, 150.0, "1", "bad", "Cluster 1", chosen=True)
    (told,) = maps.state_json(_state(discs=[disc]))["discs"]
    assert told == {
        "lon": 102.7,
        "lat": 24.9,
        "radius_m": 150.0,
        "text": "1",
        "tone": "bad",
        "title": "Cluster 1",
        "chosen": True,
    }


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_surest_stands_off_most_from_the_ground(mode: theme.Mode) -> None:
    ground = maps._palette()[mode]["inside"]
    for ramp in (theme.PALETTES[mode].hot, theme.PALETTES[mode].cold):
        found = [_contrast(color, ground) for color in ramp]
        assert found == sorted(found, reverse=True)
        assert found[0] >= 6
        # On dark ground every colour is seen; on light the least sure one is pale on purpose.
        assert found[2] >= (3 if mode == "dark" else 1.3)


def test_a_state_without_them_says_so() -> None:
    told = maps.state_json(_state())
    assert (told["buildingClasses"], told["marks"], told["traces"]) == (None, [], [])
    assert (told["cells"], told["discs"]) == (None, [])


@pytest.mark.parametrize(
    "make",
    [
        lambda: maps.Mark(1, 2, "1234"),
        lambda: maps.Mark(1, 2, "1", tone="loud"),  # type: ignore[arg-type]
        lambda: maps.Trace([(1, 2)]),
        lambda: maps.Trace([(1, 2), (3, 4)], "loud"),  # type: ignore[arg-type]
        lambda: maps.BuildingClasses({1: 1}, ["#111111"]),
        lambda: maps.BuildingClasses({1: -1}, ["#111111"]),
        lambda: maps.Disc(1, 2, 30, "1234"),
        lambda: maps.Disc(1, 2, 30, tone="loud"),  # type: ignore[arg-type]
        lambda: maps.Disc(1, 2, 0),
        lambda: maps.Disc(1, 2, math.nan),
        lambda: maps.Lattice(0, 0, 1, 0, 0, 1, [1, 2], [1]),
        lambda: _cells(classes=[0]),
        lambda: _cells(classes=[0, 2]),
        lambda: _cells(classes=[0, -1]),
        lambda: _cells(tips=[("one", "")]),
        lambda: _cells(hatched=[True]),
        lambda: _cells(chosen=2),
        lambda: _cells(chosen=-1),
        lambda: _cells(rings=[_SQUARES[0], _SQUARES[1][:2]]),
        lambda: _cells(lattice=maps.Lattice(0, 0, 1, 0, 0, 1, [1, 2], [1, 1])),
        lambda: _cells(rings=[]),
    ],
)
def test_what_cannot_be_painted_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"fit|tone|places|colour|radius|rows|areas|area|ring"):
        make()


def test_three_characters_and_colours_without_buildings_are_fine() -> None:
    assert maps.Mark(1, 2, "未分配").text == "未分配"
    assert not maps.BuildingClasses({}, []).classes
    assert maps.BuildingClasses({1: None}, []).classes == {1: None}


def test_nothing_is_loaded_from_elsewhere() -> None:
    shared = maps._shared_map()
    elements = [shared, *shared._children.values()]
    links = [
        link
        for element in elements
        for _name, link in (
            *getattr(element, "default_js", []),
            *getattr(element, "default_css", []),
        )
    ]
    assert links
    assert all(link.startswith(("/vendor/", "/assets/")) for link in links)


def test_a_click_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory: dict[str, object] = {}
    monkeypatch.setattr("dashboard.maps.st.session_state", memory)
    click = {"last_clicked": {"lat": 24.9, "lng": 102.7}}
    assert maps._new_click(click, "map") == maps.MapEvent(lon=102.7, lat=24.9)
    assert maps._new_click(click, "map") is None
    assert maps._new_click({"last_clicked": None}, "map") is None


_GESTURE: dict[str, Any] = {
    "kind": "polygon",
    "ring": [[102.7, 24.9], [102.71, 24.9], [102.7, 24.91]],
    "line": None,
    "building": None,
    "point": None,
    "mode": "add",
    "at": 1,
}


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    kept: dict[str, object] = {}
    monkeypatch.setattr("dashboard.maps.st.session_state", kept)
    return kept


@pytest.mark.usefixtures("memory")
def test_a_gesture_is_told_once_and_an_equal_one_again() -> None:
    expected = maps.Gesture(
        "polygon", ring=((102.7, 24.9), (102.71, 24.9), (102.7, 24.91)), mode="add"
    )
    assert maps._new_gesture({"gesture": _GESTURE}, "map") == expected
    assert maps._new_gesture({"gesture": _GESTURE}, "map") is None
    assert maps._new_gesture({"gesture": _GESTURE | {"at": 2}}, "map") == expected
    assert maps._new_gesture({"gesture": None}, "map") is None
    assert maps._new_gesture({}, "map") is None


@pytest.mark.usefixtures("memory")
def test_a_clicked_building_and_a_line_are_read() -> None:
    click = {"kind": "click", "ring": None, "building": 7, "point": [102.7, 24.9], "at": 2}
    found = maps._new_gesture({"gesture": _GESTURE | click}, "map")
    assert found == maps.Gesture("click", building=7, point=(102.7, 24.9), mode="add")
    line = {"kind": "line", "ring": None, "line": [[1, 2], [3, 4]], "mode": "set", "at": 3}
    found = maps._new_gesture({"gesture": _GESTURE | line}, "map")
    assert found == maps.Gesture("line", line=((1.0, 2.0), (3.0, 4.0)))


@pytest.mark.usefixtures("memory")
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "spray"},
        {"mode": "maybe"},
        {"ring": [[1, 2, 3]]},
        {"ring": [["west", "north"]]},
        {"ring": 5},
        {"ring": [[1, 91]]},
        {"ring": [[float("nan"), 2]]},
        {"ring": [[float("inf"), 2]]},
        {"building": "seven"},
        {"building": [7]},
        {"point": {"lon": 1, "lat": 2}},
    ],
)
def test_what_is_no_gesture_is_none(change: dict[str, object]) -> None:
    """Anybody can send a value to the server: nothing but a gesture may come of it."""
    assert maps._new_gesture({"gesture": _GESTURE | change}, "map") is None


@pytest.mark.usefixtures("memory")
def test_a_tool_is_told_once_and_an_unknown_one_never() -> None:
    told = {"tool_change": {"tool": "lasso", "at": 1}}
    assert maps._new_tool(told, "map") == maps.ToolChange("lasso")
    assert maps._new_tool(told, "map") is None
    assert maps._new_tool({"tool_change": {"tool": "axe", "at": 2}}, "map") is None
    assert maps._new_tool({"tool_change": None}, "map") is None


@pytest.mark.usefixtures("memory")
def test_of_several_news_the_gesture_comes_first_and_none_is_lost() -> None:
    answer = {
        "last_clicked": {"lat": 24.9, "lng": 102.7},
        "gesture": _GESTURE,
        "tool_change": {"tool": "lasso", "at": 1},
    }
    kinds = [type(maps._next_event(answer, "map")) for _run in range(4)]
    assert kinds == [maps.Gesture, maps.ToolChange, maps.MapEvent, type(None)]


def test_a_draft_is_handed_on_as_it_is() -> None:
    draft = {"target": "new", "assigned": [0, -1]}
    assert maps.state_json(_state(draft=draft))["draft"] == draft
    assert maps.state_json(_state())["draft"] is None


def _page() -> None:
    import streamlit as st  # noqa: PLC0415 - the page runs as a script of its own

    from dashboard import maps  # noqa: PLC0415 - likewise

    chosen = st.session_state.get("chosen", 1)
    maps.show(
        maps.MapState(
            community="1",
            bounds_lon_lat=(102.7, 24.9, 102.8, 25.0),
            boundary_urls=[],
            grids_urls=[],
            version=f"v{chosen}",
            focus=maps.Focus(grid=chosen),
        ),
        key="map",
    )


def test_a_new_state_does_not_mount_a_new_map() -> None:
    """The component's id is a hash of the map's script: it must not follow the state."""
    test = AppTest.from_function(_page)
    seen = []
    for chosen in (1, 2, 3):
        test.session_state["chosen"] = chosen
        test.run(timeout=20)
        assert not test.exception
        (component,) = test.get("component_instance")
        arguments = json.loads(component.proto.json_args)
        seen.append((component.proto.id, arguments["script"], arguments["feature_group"]))
    assert len({identity for identity, _script, _pushed in seen}) == 1
    assert len({script for _identity, script, _pushed in seen}) == 1
    assert len({pushed for _identity, _script, pushed in seen}) == 3
    assert '"version":"v3"' in seen[-1][2]
