"""The map of hot spots: what is coloured, circled and counted is what the study says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import streamlit as st

from dashboard import maps, spot_map, state, theme
from dashboard.maps import MapState
from dashboard.services import overview, territory
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from geo import words
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.studies import AreaFigures, Question, Study, answer
from tests.geo import hot_town as town

UseStore = Callable[[str], None]
COMMUNITY = "530111007001"
CLASSES = {"E04": "Noise", "C05": "Order"}
STOP = town.STOP
LEVELS = (3, 2, 1, 0, -1, -2, -3)
HISTORIES = list(EMERGING)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("en")
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture
def here(use_store: UseStore, demo_url: str) -> tuple[Scope, Picture]:
    use_store(demo_url)
    asked = state.parse({"community": COMMUNITY})
    scope = territory.resolve(asked)
    assert scope is not None
    return scope, overview.picture(scope, asked.period).grids


@pytest.fixture(scope="module")
def gi() -> Study:
    return answer(town.town(), Question(method="gi", start=STOP - 35, stop=STOP))


@pytest.fixture(scope="module")
def series() -> Study:
    asked = Question(method="emerging", start=STOP - 182, stop=STOP, classes=("E04",))
    return answer(town.town(), asked)


@pytest.fixture(scope="module")
def groups() -> Study:
    asked = Question(method="groups", start=STOP - 35, stop=STOP, radius_m=50, classes=("E04",))
    return answer(town.town(), asked)


def _shown(here: tuple[Scope, Picture], study: Study | None, **params: str) -> MapState:
    scope, picture = here
    asked = state.parse({"community": COMMUNITY, **params})
    return spot_map.map_state(scope, picture, asked, study, CLASSES)


def _spot(number: int = 1, kind: str = "hot", **changes: Any) -> Spot:
    return Spot(
        **{
            "number": number,
            "kind": kind,
            "class_code": "E04",
            "keys": ("a",),
            "lon": 102.75,
            "lat": 24.97,
            "radius_m": 40.0,
            "first_day": STOP - 28,
            "last_day": STOP - 1,
            "observed": 20,
            "expected": 5.0,
            "relative_risk": 4.0,
            "p": 0.001,
            "q": 0.01,
            **changes,
        }
    )


def _study(*spots: Spot, method: str = "gi", **more: Any) -> Study:
    question = Question(method=method, start=STOP - 28, stop=STOP, classes=("E04",))
    return Study(question=question, told={}, spots=spots, **more)


def _areas(unit: str, keys: tuple[str, ...], **more: Any) -> AreaFigures:
    n = len(keys)
    return AreaFigures(unit=unit, keys=keys, observed=(3,) * n, households=(12.0,) * n, **more)


def _squares(level: tuple[int, ...], **more: Any) -> AreaFigures:
    ring = ((102.75, 24.97), (102.751, 24.97), (102.751, 24.971))
    keys = tuple(f"{at}.7" for at in range(len(level)))
    return _areas("s75", keys, rings=(ring,) * len(level), level=level, **more)


def _legend(shown: MapState) -> dict[str, str | None]:
    (legend,) = shown.legends
    return {row.text: row.count for row in legend.rows}


# -------------------------------------------------------------------------------------- a frame


def test_without_an_answer_only_the_ground_is_shown(here: tuple[Scope, Picture]) -> None:
    shown = _shown(here, None)
    assert shown.cells is None
    assert shown.choropleth is None
    assert not shown.marks
    assert not shown.discs
    assert list(shown.legends) == []
    assert set(shown.grid_labels) == {area.id for area in here[1].areas}
    assert shown.focus.building is None


def test_only_layers_that_help_here_can_be_on(here: tuple[Scope, Picture], gi: Study) -> None:
    every = ",".join(state.SWITCHABLE_LAYERS)
    assert set(_shown(here, gi, layers=every).layers) <= {"ticket", "facility", "label"}
    assert "ticket" in _shown(here, gi, layers=every).layers


def test_the_tickets_shown_are_those_of_the_question(here: tuple[Scope, Picture]) -> None:
    filters = _shown(here, _study(), period="year", layers="ticket").filters
    assert filters["from"] == f"{date.fromordinal(STOP - 28)}"
    assert filters["to"] == f"{date.fromordinal(STOP)}"
    assert filters["class"] == "E04"
    assert "sign" not in maps.state_json(_shown(here, _study()))["filters"]


# --------------------------------------------------------------------------------------- squares


def test_squares_have_the_levels_of_the_study(here: tuple[Scope, Picture], gi: Study) -> None:
    shown = _shown(here, gi)
    areas, cells = gi.areas, shown.cells
    assert areas is not None
    assert cells is not None
    assert list(cells.rings) == list(areas.rings)
    assert [LEVELS[one] for one in cells.classes if one is not None] == list(areas.level)
    counted = Counter(areas.level)
    told = _legend(shown)
    assert counted[3] > 0
    assert told["Hot, 99 % sure"] == str(counted[3])
    assert told["Hot, 95 % sure"] == str(counted[2])
    assert told["Nothing certain"] == str(counted[0])
    assert sum(int(n or 0) for n in told.values()) == len(areas.keys)


def test_cold_is_hatched_and_nothing_certain_is_not_filled(here: tuple[Scope, Picture]) -> None:
    shown = _shown(here, _study(areas=_squares(LEVELS)))
    cells = shown.cells
    assert cells is not None
    assert list(cells.classes) == list(range(7))
    assert list(cells.hatched) == [False] * 4 + [True] * 3
    assert cells.colors[3] == ""
    palette = theme.PALETTES["light"]
    assert tuple(cells.colors) == (*palette.hot, "", *reversed(palette.cold))
    (legend,) = shown.legends
    assert [row.swatch for row in legend.rows] == ["fill"] * 4 + ["hatched_fill"] * 3
    assert {row.count for row in legend.rows} == {"1"}


def test_what_was_too_little_is_hatched_all_over_and_said(here: tuple[Scope, Picture]) -> None:
    shown = _shown(here, _study(areas=_squares(()), shortage="cases"))
    assert [legend.title for legend in shown.legends] == ["Too few cases"]
    few = _areas("s75", ("1.1",), rings=(((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),))
    cells = _shown(here, _study(areas=few, shortage="cases")).cells
    assert cells is not None
    assert list(cells.classes) == [None]
    assert [row for legend in shown.legends for row in legend.rows] == []


def test_the_chosen_square_is_outlined(here: tuple[Scope, Picture], gi: Study) -> None:
    assert gi.areas is not None
    key = gi.areas.keys[17]
    cells = _shown(here, gi, cell=key).cells
    assert cells is not None
    assert cells.chosen == 17
    for nonsense in ("zzz", "1.1.1", COMMUNITY):
        none = _shown(here, gi, cell=nonsense).cells
        assert none is not None
        assert none.chosen is None


def test_hovering_a_square_tells_its_figures(here: tuple[Scope, Picture], gi: Study) -> None:
    areas, cells = gi.areas, _shown(here, gi).cells
    assert areas is not None
    assert cells is not None
    at = areas.level.index(3)
    title, text = cells.tips[at]
    assert title == f"hot, 99 % sure · {CLASSES[areas.class_code[at]]}"
    assert text.startswith(f"{areas.observed[at]} tickets · {areas.households[at]:.0f} households")
    assert " · q " in text
    quiet = areas.level.index(0)
    assert cells.tips[quiet][0] == "nothing certain"


# ------------------------------------------------------------------------- grids and buildings


def test_grids_are_coloured_by_their_own_shapes(here: tuple[Scope, Picture]) -> None:
    by_code = {area.code: area.id for area in here[1].areas}
    codes = tuple(sorted(by_code))[:7]
    areas = _areas("grid", (*codes, "999999999999999"), level=(*LEVELS, 3))
    shown = _shown(here, _study(areas=areas))
    assert shown.cells is None
    assert shown.choropleth is not None
    assert shown.choropleth.classes == {by_code[code]: at for at, code in enumerate(codes)}
    assert all(shown.choropleth.colors)
    assert shown.choropleth.colors[3] == "transparent"


def test_of_buildings_only_those_that_stand_out_are_coloured(here: tuple[Scope, Picture]) -> None:
    areas = _areas("building", ("11", "12", "13"), level=(3, 0, -1))
    shown = _shown(here, _study(areas=areas))
    assert shown.building_classes is not None
    assert shown.building_classes.classes == {11: 0, 13: 4}
    assert _legend(shown)["Nothing certain"] == "1"
    untested = _areas("building", ("11",))
    few = _shown(here, _study(areas=untested, shortage="cases"))
    assert few.building_classes is not None
    assert few.building_classes.classes == {11: None}


# ------------------------------------------------------------------------------------ over time


def test_histories_are_shown_until_a_step_is_chosen(
    here: tuple[Scope, Picture], series: Study
) -> None:
    areas = series.areas
    assert areas is not None
    whole = _shown(here, series)
    assert whole.cells is not None
    assert list(whole.cells.classes) == list(areas.category)
    counted = Counter(HISTORIES[one] for one in areas.category if HISTORIES[one] != "none")
    assert _legend(whole) == {EMERGING[name]: str(n) for name, n in counted.items()}
    for at in (0, 13, len(series.steps) - 2):
        step = _shown(here, series, at=str(at))
        assert step.cells is not None
        assert [LEVELS[one or 0] for one in step.cells.classes] == [row[at] for row in areas.levels]


@pytest.mark.parametrize("at", ["26", "999", "999999999999999999", "-1", "x"])
def test_a_step_that_is_not_there_shows_the_histories(
    here: tuple[Scope, Picture], series: Study, at: str
) -> None:
    assert len(series.steps) == 27
    assert _shown(here, series, at=at).cells == _shown(here, series).cells


def test_every_history_but_none_has_a_colour_of_its_side(here: tuple[Scope, Picture]) -> None:
    every = tuple(range(len(HISTORIES)))
    areas = _squares(tuple(0 for _one in every), category=every)
    study = replace(_study(areas=areas, method="emerging"), steps=(STOP - 7, STOP))
    shown = _shown(here, study)
    assert shown.cells is not None
    palette = theme.PALETTES["light"]
    for name, color, hatched in zip(
        HISTORIES, shown.cells.colors, shown.cells.hatched, strict=True
    ):
        if name == "none":
            assert color == ""
            assert not hatched
        else:
            assert color in (palette.hot if name.endswith("_hot") else palette.cold)
            assert hatched or name.endswith("_hot")
    assert len(_legend(shown)) == len(HISTORIES) - 1


# --------------------------------------------------------------------------- marks and circles


def test_every_spot_has_its_number_where_it_is(here: tuple[Scope, Picture], gi: Study) -> None:
    marks = _shown(here, gi).marks
    assert [(mark.text, mark.lon, mark.lat) for mark in marks] == [
        (str(one.number), one.lon, one.lat) for one in gi.spots
    ]
    assert all(mark.title.splitlines()[0].startswith(mark.text) for mark in marks)


def test_hot_is_red_cold_is_blue_and_what_is_over_is_grey(here: tuple[Scope, Picture]) -> None:
    over = _spot(3, first_day=STOP - 56, last_day=STOP - 29)
    kinds = [_spot(1), _spot(2, "cold"), over, _spot(4, "new_cold"), _spot(5, "persistent_hot")]
    marks = _shown(here, _study(*kinds, method="compare")).marks
    assert [mark.tone for mark in marks] == ["bad", "", "muted", "", "bad"]


def test_more_spots_than_fit_are_cut_not_refused(here: tuple[Scope, Picture]) -> None:
    many = [_spot(number) for number in range(1, 1500)]
    for method in ("gi", "scan"):
        shown = _shown(here, _study(*many, method=method))
        drawn: list[maps.Mark | maps.Disc] = [*shown.marks, *shown.discs]
        assert len(drawn) == 99
        assert drawn[0].text == "1"


def test_clusters_are_circles_and_the_chosen_one_stands_out(here: tuple[Scope, Picture]) -> None:
    spots = [_spot(1, "cluster", radius_m=120.0), _spot(2, "cluster", radius_m=0.0)]
    discs = _shown(here, _study(*spots, method="scan"), spot="2").discs
    assert [(disc.text, disc.tone, disc.chosen) for disc in discs] == [
        ("1", "bad", False),
        ("2", "bad", True),
    ]
    assert discs[0].radius_m == 120.0
    assert discs[1].radius_m > 0
    none = _shown(here, _study(*spots, method="scan"), spot="999").discs
    assert not any(disc.chosen for disc in none)


# ------------------------------------------------------------------------------------- density


def test_a_density_has_a_class_for_each_limit(here: tuple[Scope, Picture], groups: Study) -> None:
    shown = _shown(here, groups)
    surface = groups.more["surface"]
    cells = shown.cells
    assert cells is not None
    assert cells.lattice is not None
    assert list(cells.lattice.columns) == surface["column"]
    (legend,) = shown.legends
    limits = [float(row.text[1:].replace(",", "")) for row in legend.rows[1:]]
    assert limits == sorted(set(limits))
    assert legend.rows[0].text == f"< {limits[0]:.0f}"
    values = np.array(surface["per_km2_month"])
    slow = [sum(value >= limit for limit in limits) for value in values]
    assert list(cells.classes) == slow
    assert cells.colors[0] == ""
    assert len(cells.colors) == len(limits) + 1
    assert [disc.text for disc in shown.discs] == [str(one.number) for one in groups.spots]
    assert {disc.tone for disc in shown.discs} == {"muted"}


def test_the_lattice_lies_where_the_tickets_do(here: tuple[Scope, Picture], groups: Study) -> None:
    cells = _shown(here, groups).cells
    assert cells is not None
    lattice = cells.lattice
    assert lattice is not None
    surface = groups.more["surface"]
    best = int(np.argmax(surface["per_km2_month"]))
    column, row = lattice.columns[best] + 0.5, lattice.rows[best] + 0.5
    lon = lattice.lon0 + column * lattice.d_lon_per_col + row * lattice.d_lon_per_row
    lat = lattice.lat0 + column * lattice.d_lat_per_col + row * lattice.d_lat_per_row
    lon_m, lat_m = town.lon_lat([town.SPOT_M])[0]
    step = town.lon_lat([(town.SPOT_M[0] + 1, town.SPOT_M[1] + 1)])[0] - (lon_m, lat_m)
    away_m = np.hypot((lon - lon_m) / step[0], (lat - lat_m) / step[1])
    assert away_m < town.SPOT_REACH_M


@pytest.mark.parametrize("values", [[], [0.4, 0.4, 0.4], [5.0] * 50, [0.0, 0.0, 3.0]])
def test_a_flat_or_empty_density_is_no_error(
    here: tuple[Scope, Picture], values: list[float]
) -> None:
    surface = {
        "corners": [[102.75, 24.97], [102.751, 24.97], [102.75, 24.971]],
        "column": list(range(len(values))),
        "row": [0] * len(values),
        "per_km2_month": values,
    }
    shown = _shown(here, _study(method="groups", more={"surface": surface}))
    assert (shown.cells is None) == (not values)
    assert len(shown.legends) == bool(values)
    texts = [row.text for legend in shown.legends for row in legend.rows]
    assert len(texts) == len(set(texts))


def test_few_tickets_on_much_ground_have_limits_in_tenths(here: tuple[Scope, Picture]) -> None:
    surface = {
        "corners": [[102.75, 24.97], [102.751, 24.97], [102.75, 24.971]],
        "column": [0, 1, 2, 3],
        "row": [0] * 4,
        "per_km2_month": [0.1, 0.4, 1.26, 2.0],
    }
    (legend,) = _shown(here, _study(method="groups", more={"surface": surface})).legends
    assert [row.text for row in legend.rows] == ["< 0.8", "≥ 0.8", "≥ 1.4", "≥ 1.8", "≥ 1.9"]


def test_too_few_tickets_have_no_density(here: tuple[Scope, Picture]) -> None:
    shown = _shown(here, _study(method="groups", shortage="cases"))
    assert shown.cells is None
    assert not shown.discs


# --------------------------------------------------------------------------------------- themes


def test_dark_ground_has_its_own_colours(
    here: tuple[Scope, Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    light = _shown(here, _study(areas=_squares(LEVELS))).cells
    monkeypatch.setattr(theme, "mode", lambda: "dark")
    dark = _shown(here, _study(areas=_squares(LEVELS))).cells
    assert light is not None
    assert dark is not None
    assert dark.classes == light.classes
    both = zip(light.colors, dark.colors, strict=True)
    assert [one == other for one, other in both] == [at == 3 for at in range(7)]


def test_a_state_is_plain_json(
    here: tuple[Scope, Picture], gi: Study, series: Study, groups: Study
) -> None:
    for study in (gi, series, groups):
        for page in (PageState(), PageState(at=3, spot=1)):
            shown = spot_map.map_state(*here, page, study, CLASSES)
            json.dumps(maps.state_json(shown), allow_nan=False)
