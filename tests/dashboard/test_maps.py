"""The Python half of the map: one constant map, states as data."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import maps


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
