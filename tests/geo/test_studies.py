"""Questions about hot spots: what is planted is found where, when and as what it was planted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo import words
from geo.areas import areas_of, at_homes
from geo.cases import Cases
from geo.errors import RequestError
from geo.hotspots import expected_cases
from geo.spots import Spot
from geo.studies import Question, Study, answer, as_json, effect, from_json
from geo.studies.explain import SHORTAGES, explain
from tests.geo import hot_town as town

STOP = town.STOP
WEEKS = 7

ASKED = {
    "gi": Question(method="gi", start=STOP - 35, stop=STOP),
    "gi count": Question(method="gi", start=STOP - 35, stop=STOP, measure="count", unit="s100"),
    "gi arcgis": Question(method="gi", start=STOP - 35, stop=STOP, mode="arcgis"),
    "emerging": Question(method="emerging", start=STOP - 26 * WEEKS, stop=STOP, classes=("E04",)),
    "months": Question(method="emerging", start=STOP - 364, stop=STOP, step="month"),
    "permutation": Question(
        method="scan", start=STOP - 18 * WEEKS, stop=STOP, radius_m=120, simulations=99
    ),
    "going on": Question(
        method="scan",
        start=STOP - 18 * WEEKS,
        stop=STOP,
        radius_m=120,
        simulations=99,
        prospective=True,
        classes=("E04",),
    ),
    "poisson": Question(
        method="scan", start=STOP - 35, stop=STOP, scan="poisson", radius_m=120, simulations=99
    ),
    "space_time_poisson": Question(
        method="scan",
        start=STOP - 18 * WEEKS,
        stop=STOP,
        scan="space_time_poisson",
        classes=("E04",),
        radius_m=120,
        simulations=99,
    ),
    "repeats": Question(method="repeats", start=STOP - 364, stop=STOP),
    "groups": Question(method="groups", start=STOP - 35, stop=STOP, radius_m=50, classes=("E04",)),
    "compare": Question(method="compare", start=STOP - 35, stop=STOP),
}


@pytest.fixture(scope="module")
def cases() -> Cases:
    return town.town()


@pytest.fixture(scope="module")
def quiet() -> Cases:
    return town.town(seed=2, planted=False)


@pytest.fixture(scope="module")
def studies(cases: Cases) -> dict[str, Study]:
    return {name: answer(cases, asked) for name, asked in ASKED.items()}


def _away_m(spot: Spot, at: tuple[float, float]) -> float:
    lon, lat = town.lon_lat([at])[0]
    step = town.lon_lat([(at[0] + 1, at[1] + 1)])[0] - (lon, lat)
    return float(np.hypot((spot.lon - lon) / step[0], (spot.lat - lat) / step[1]))


# ------------------------------------------------------------------------------ what was planted


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("gi", {"hot"}),
        ("gi count", {"hot"}),
        ("gi arcgis", {"hot"}),
        ("emerging", {"new_hot", "consecutive_hot", "sporadic_hot"}),
        ("permutation", {"cluster"}),
        ("going on", {"cluster"}),
        ("poisson", {"cluster"}),
        ("space_time_poisson", {"cluster"}),
        ("groups", {"group"}),
        ("compare", {"hot"}),
    ],
)
def test_the_planted_spot_is_found(studies: dict[str, Study], name: str, kinds: set[str]) -> None:
    study = studies[name]
    assert not study.shortage
    near = [one for one in study.spots if _away_m(one, town.SPOT_M) < town.SPOT_REACH_M]
    assert near
    spot = near[0]
    assert spot.kind in kinds
    if study.question.each and study.question.method in {"gi", "scan", "compare"}:
        assert spot.class_code == "E04"
    assert spot.observed > town.PLANTED / 3
    first, last = study.question.start, study.question.stop - 1
    assert first <= spot.first_day <= spot.last_day <= last
    assert spot.last_day >= STOP - 14
    if study.question.days > town.SPOT_DAYS and name != "compare":
        assert spot.first_day >= STOP - 2 * town.SPOT_DAYS
    if spot.kind != "group":
        # Tickets alone: a spot that makes up much of its class raises what is expected there.
        times = 1.5 if name in {"permutation", "going on"} else 2
        assert spot.observed > times * spot.expected
        assert spot.relative_risk > times
        assert 0 < spot.q <= 0.05
        assert spot.p is None or 0 < spot.p <= spot.q
    assert spot.compound == "东苑"
    assert spot.road == "八一七路"
    assert spot.grids[0] == "350102001002002"
    assert sum(spot.weeks) == spot.observed
    assert spot.addresses
    assert spot.addresses[0].calls > 1


def test_what_is_told_of_a_spot_can_be_counted_again(
    cases: Cases, studies: dict[str, Study]
) -> None:
    study = studies["gi"]
    asked = cases.between(STOP - 35, STOP).first_reports()
    areas = at_homes(areas_of(asked, "s50"), asked)
    for spot in study.spots:
        part = [areas.keys.index(key) for key in spot.keys]
        around = set(areas.window[part].indices.tolist())
        mine = (asked.tickets["class_code"] == spot.class_code).to_numpy()
        inside = mine & np.isin(areas.of_ticket, list(around))
        assert spot.observed == inside.sum()
        values = areas.count(np.flatnonzero(mine))
        expected = expected_cases(values, areas.households)
        assert spot.expected == pytest.approx(expected[list(around)].sum())
    assert sum(study.areas.observed) == len(asked.tickets)
    assert study.told["tickets"] == len(asked.tickets)
    assert study.told["calls"] == study.told["tickets"] + study.told["repeats"]
    assert len(study.areas.rings) == len(study.areas.keys) == study.told["areas"]


def test_the_address_that_calls_a_lot_is_told(studies: dict[str, Study]) -> None:
    study = studies["repeats"]
    first = study.spots[0]
    assert first.kind == "address"
    assert first.keys == (str(1001 + town.CALLER),)
    assert first.observed >= 0.8 * town.CALLS
    assert first.expected < 5
    assert len(study.spots) <= 3
    assert study.addresses[0].building_id == 1001 + town.CALLER
    near = {one["class_code"]: one for one in study.more["knox"]}
    assert set(near) == {"E04", "C05", "S01"}
    assert all(0 < one["p"] <= one["q"] <= 1 for one in near.values())
    assert near["E04"]["q"] <= 0.05  # planted together in space and time
    assert near["S01"]["q"] > 0.05  # all of them from one address: no pairs from two places
    assert study.told["addresses_all"] == 256


def test_a_new_spot_has_appeared(studies: dict[str, Study]) -> None:
    study = studies["compare"]
    rows = {row["after"]: row for row in study.more["changes"]}
    spot = next(one for one in study.spots if one.class_code == "E04" and one.kind == "hot")
    row = rows[spot.number]
    assert row["change"] in {"appeared", "grew"}
    assert row["before"] is None
    assert row["ratio"] is None or row["ratio"] > 2
    assert row["class_code"] == "E04"


def test_looked_at_backwards_it_has_gone(cases: Cases) -> None:
    """The same five weeks as the period before: what was there is told with its number."""
    later = replace(cases, tickets=cases.tickets.assign(day=cases.tickets["day"] - 35))
    study = answer(later, ASKED["compare"])
    rows = [row for row in study.more["changes"] if row["after"] is None]
    spots = {one.number: one for one in study.spots}
    gone = [spots[row["before"]] for row in rows]
    assert any(
        one.class_code == "E04" and _away_m(one, town.SPOT_M) < town.SPOT_REACH_M for one in gone
    )
    assert all(one.last_day < STOP - 35 for one in gone)
    assert {row["change"] for row in rows} <= {"gone", "faded", "steady"}


@pytest.mark.parametrize("name", ["gi", "permutation", "poisson", "going on"])
def test_where_nothing_is_planted_nothing_is_found(quiet: Cases, name: str) -> None:
    study = answer(quiet, ASKED[name])
    assert not study.shortage
    assert study.spots == ()


def test_together_the_class_is_told_as_what_drives_it(cases: Cases) -> None:
    study = answer(cases, replace(ASKED["gi"], each=False))
    spot = study.spots[0]
    assert spot.class_code == ""
    assert spot.drivers[0].class_code == "E04"
    assert spot.drivers[0].times > 1
    assert "classes" not in study.told


def test_only_the_chosen_classes_count(cases: Cases) -> None:
    study = answer(cases, replace(ASKED["gi"], classes=("C05",)))
    assert not [one for one in study.spots if one.kind == "hot"]
    chosen = cases.between(STOP - 35, STOP).of_classes(["C05"])
    assert study.told["calls"] == len(chosen.tickets)


def test_without_households_numbers_are_compared_and_said(cases: Cases) -> None:
    homeless = replace(cases, buildings=cases.buildings.assign(households=0))
    study = answer(homeless, ASKED["gi"])
    assert study.told["measure"] == "count"
    assert any(one.class_code == "E04" for one in study.spots)
    assert answer(homeless, ASKED["poisson"]).shortage == "households"
    assert answer(homeless, ASKED["repeats"]).told["measure"] == "count"


# ---------------------------------------------------------------------------------- too little


@pytest.mark.parametrize("name", list(ASKED))
def test_too_little_is_said_and_nothing_told_as_found(cases: Cases, name: str) -> None:
    few = replace(cases, tickets=cases.tickets.iloc[:5])
    for held in (few, replace(cases, tickets=cases.tickets.iloc[:0])):
        study = answer(held, ASKED[name])
        assert study.shortage in SHORTAGES
        assert study.spots == ()
        for language in words.LANGUAGES:
            words.speak(language)
            assert words._(SHORTAGES[study.shortage]) in explain(study)


def test_the_busiest_addresses_are_told_where_nothing_can_be_tested(cases: Cases) -> None:
    few = replace(cases, tickets=cases.tickets.iloc[:5].assign(building=[3, 3, 3, 4, -1]))
    asked = Question(method="gi", start=STOP - 364, stop=STOP, repeats=True)
    found = answer(few, asked).addresses
    assert [(one.building_id, one.calls) for one in found] == [(1004, 3), (1005, 1)]


def test_too_few_areas_and_steps_have_their_own_words(cases: Cases) -> None:
    asked = Question(method="gi", start=STOP - 364, stop=STOP, unit="grid")
    assert answer(cases, asked).shortage == "areas"
    short = Question(method="emerging", start=STOP - 3 * WEEKS, stop=STOP)
    assert answer(cases, short).shortage == "steps"


def test_a_ground_without_buildings_is_no_error(cases: Cases) -> None:
    at = cases.tickets.assign(building=-1)
    bare = replace(cases, tickets=at, buildings=cases.buildings.iloc[:0])
    for name in ("gi", "permutation", "groups", "repeats"):
        study = answer(bare, ASKED[name])
        assert json.dumps(as_json(study), allow_nan=False)
    found = answer(bare, ASKED["permutation"]).spots
    assert any(_away_m(one, town.SPOT_M) < town.SPOT_REACH_M for one in found)


# ----------------------------------------------------------------------------- questions, keys


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("method", "guess"),
        ("unit", "acre"),
        ("measure", "money"),
        ("mode", "both"),
        ("step", "day"),
        ("scan", "square"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(name: str, value: str) -> None:
    given: dict[str, Any] = {"method": "gi", name: value}
    with pytest.raises(RequestError, match=f"“{value}”"):
        Question(start=1, stop=2, **given)


def test_a_period_must_hold_a_day() -> None:
    with pytest.raises(RequestError, match="ends before it begins"):
        Question(method="gi", start=5, stop=5)


def test_the_same_question_has_the_same_key() -> None:
    asked = ASKED["gi"]
    assert asked.key(1, None, (3,), "v") == replace(asked).key(1, None, (3,), "v")
    # What the method makes no use of changes nothing.
    idle = replace(asked, simulations=9, radius_m=1, scan="poisson", step="month")
    assert idle.key("v") == asked.key("v")


@pytest.mark.parametrize(
    "change",
    [
        {"start": STOP - 36},
        {"stop": STOP + 1},
        {"classes": ("E04",)},
        {"each": False},
        {"repeats": True},
        {"unit": "s75"},
        {"measure": "count"},
        {"mode": "arcgis"},
        {"seed": 1},
        {"method": "compare"},
    ],
)
def test_another_question_has_another_key(change: dict[str, Any]) -> None:
    asked = ASKED["gi"]
    assert replace(asked, **change).key("v") != asked.key("v")


def test_other_data_another_place_or_plan_has_another_key() -> None:
    keys = [
        ASKED["gi"].key(*where)
        for where in ((1, None, (), "v"), (1, 2, (), "v"), (1, None, (3,), "v"), (1, None, (), "w"))
    ]
    assert len(set(keys)) == 4


@pytest.mark.parametrize("name", list(ASKED))
def test_a_study_goes_through_json_unchanged(studies: dict[str, Study], name: str) -> None:
    study = studies[name]
    text = json.dumps(as_json(study), allow_nan=False)
    assert from_json(json.loads(text)) == study


@pytest.mark.parametrize("name", ["gi", "emerging", "going on", "groups"])
def test_answered_twice_it_is_the_same(cases: Cases, studies: dict[str, Study], name: str) -> None:
    assert answer(cases, ASKED[name]) == studies[name]


def test_progress_is_told_and_stops(cases: Cases) -> None:
    shares: list[float] = []
    answer(cases, ASKED["poisson"], shares.append)
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1

    def stop(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer(cases, ASKED["poisson"], stop)


# ------------------------------------------------------------------------------ the explanation


_NUMBERS = {
    "gi": ("tickets", "areas", "households", "classes"),
    "gi count": ("tickets", "areas"),
    "gi arcgis": ("tickets", "areas"),
    "emerging": ("tickets", "areas", "areas_empty", "steps", "bins"),
    "months": ("tickets", "steps"),
    "permutation": ("tickets", "places", "classes"),
    "going on": ("places",),
    "poisson": ("places", "scans"),
    "space_time_poisson": ("places",),
    "repeats": ("calls", "repeats_of", "addresses", "addresses_all", "tested"),
    "groups": ("least", "eps_m"),
    "compare": ("areas", "classes"),
}


@pytest.mark.parametrize("language", list(words.LANGUAGES))
@pytest.mark.parametrize("name", list(ASKED))
def test_the_explanation_says_every_number(
    studies: dict[str, Study], name: str, language: str
) -> None:
    words.speak(language)
    study = studies[name]
    said = explain(study)
    text = " ".join(said)
    assert len(said) > 2
    assert not re.search(r"[{}]", text)
    assert "None" not in text
    assert "nan" not in text.split()
    told = set(re.findall(r"\d[\d,]*", text))
    for number in _NUMBERS[name]:
        value = study.told[number]
        if number == "tickets" and study.told.get("repeats"):
            value = study.told["repeats"]
        assert f"{value:,.0f}" in told, number
    first, last = study.question.start, study.question.stop - 1
    assert f"{date.fromordinal(first)}" in text
    assert f"{date.fromordinal(last)}" in text


def test_what_has_no_place_is_said_for_the_period_and_classes_asked_for(cases: Cases) -> None:
    lost = pd.DataFrame(
        {
            "day": [STOP - 1, STOP - 2, STOP - 3, STOP - 100],
            "class_code": ["E04", "C05", "E04", "E04"],
            "repeat": [False, False, True, False],
        }
    )
    held = replace(cases, unplaced=lost)
    asked = replace(ASKED["gi"], classes=("E04",))
    assert answer(held, asked).told["unplaced"] == 2
    assert answer(held, ASKED["gi"]).told["unplaced"] == 3
    words.speak("en")
    assert "3 more have no place on record" in " ".join(explain(answer(held, ASKED["gi"])))


def test_a_ticket_away_from_every_building_is_said(cases: Cases) -> None:
    far = cases.tickets.copy()
    here = np.flatnonzero((far["day"] >= STOP - 35) & ~far["repeat"])[:2]
    places = town.lon_lat([(5000, 5000)])[0]
    far.loc[here, ["lon", "lat"]] = places
    study = answer(replace(cases, tickets=far), ASKED["gi"])
    assert study.told["outside"] == 2
    words.speak("en")
    assert "2 lie in none of the areas" in " ".join(explain(study))


# ------------------------------------------------------------------------------- what it changed


def test_the_weeks_before_and_after_are_counted_on_the_same_ground(cases: Cases) -> None:
    cut = date.fromordinal(STOP - 35)
    asked = Question(method="gi", start=STOP - 364, stop=STOP, classes=("E04",))
    keys = next(
        one.keys
        for one in answer(cases, ASKED["gi"]).spots
        if one.kind == "hot" and one.class_code == "E04"
    )
    trial = effect(cases, asked, keys, cut)
    assert trial.cut == 26
    assert len(trial.treated) == len(trial.control) == 31
    assert trial.start == STOP - 35 - 26 * WEEKS
    chosen = cases.between(trial.start, STOP).of_classes(["E04"]).first_reports()
    areas = at_homes(areas_of(chosen, "s50"), chosen)
    around = areas.window[[areas.keys.index(key) for key in keys]].indices
    inside = np.isin(areas.of_ticket, around)
    assert sum(trial.treated) == inside.sum()
    assert sum(trial.control) == ((areas.of_ticket >= 0) & ~inside).sum()
    recent = (chosen.tickets["day"] >= STOP - 35).to_numpy()
    assert sum(trial.treated[trial.cut :]) == (inside & recent).sum()
    assert trial.found.effect.ratio > 2
    assert trial.found.effect.p < 0.01


def test_no_whole_week_on_a_side_is_no_trial(cases: Cases) -> None:
    asked = Question(method="gi", start=STOP - 28, stop=STOP)
    keys = areas_of(cases, "s50").keys[:3]
    assert effect(cases, asked, keys, date.fromordinal(STOP - 6)) is None
    assert effect(cases, asked, keys, date.fromordinal(STOP - 27)) is None
    assert effect(cases, asked, ("9.9",), date.fromordinal(STOP - 14)) is None
    assert effect(cases, asked, keys, date.fromordinal(STOP - 14)) is not None
