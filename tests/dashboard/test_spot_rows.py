"""Hot spots in tables and sentences: every number is one of the study, in either language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from dashboard import figures, spot_rows
from geo import words
from geo.followup import CHANGES, before_after_weekly
from geo.followup import VERDICTS as EFFECTS
from geo.spacetime import EMERGING
from geo.spots import Address, Driver, Spot
from geo.studies import METHODS, AreaFigures, Question, Study, Trial, answer, as_json, effect
from geo.studies.explain import SHORTAGES
from tests.geo import hot_town as town

STOP = town.STOP
CLASSES = {"E04": "Noise", "C05": "Order", "S01": "Care"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
DAY = date(2026, 11, 20).toordinal()

SPOT = Spot(
    number=7,
    kind="hot",
    class_code="E04",
    keys=("3.4",),
    lon=119.3,
    lat=26.08,
    radius_m=54.2,
    first_day=DAY - 6,
    last_day=DAY,
    observed=1234,
    expected=411.4,
    relative_risk=3.04,
    p=0.0004,
    q=0.00009,
    compound="东苑",
    road="八一七路",
    grids=("350102001002002", "350102001002001"),
    drivers=(Driver("C05", 20, 2.04), Driver("X99", 3, 1.5)),
    addresses=(Address(11, "东苑", "3", "", 9), Address(12, "", "", "礼堂", 2)),
    weeks=(1, 2, 3, 4, 5, 6, 7, 8, 9),
)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(figures, "this_year", lambda: 2026)
    words.speak("en")
    yield
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    cases = town.town()
    asked = {
        "gi": Question(method="gi", start=STOP - 35, stop=STOP),
        "emerging": Question(method="emerging", start=STOP - 182, stop=STOP, classes=("E04",)),
        "months": Question(method="emerging", start=STOP - 364, stop=STOP, step="month"),
        "scan": Question(
            method="scan",
            start=STOP - 35,
            stop=STOP,
            scan="poisson",
            classes=("E04",),
            radius_m=120,
            simulations=99,
        ),
        "repeats": Question(method="repeats", start=STOP - 364, stop=STOP),
        "groups": Question(
            method="groups", start=STOP - 35, stop=STOP, radius_m=50, classes=("E04",)
        ),
        "compare": Question(method="compare", start=STOP - 35, stop=STOP),
    }
    return {name: answer(cases, one) for name, one in asked.items()}


def _study(*spots: Spot, method: str = "gi", **more: Any) -> Study:
    question = Question(method=method, start=DAY - 27, stop=DAY + 1)
    return Study(question=question, told={}, spots=spots, **more)


def _labels(made: Any) -> list[str]:
    return [column.label for column in made.columns]


def _texts(made: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in made.rows]


# ---------------------------------------------------------------------------------- single words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"),
        (0.0, "< 0.0001"),
        (0.000099, "< 0.0001"),
        (0.0001, "0.0001"),
        (0.00994, "0.0099"),
        (0.01, "0.010"),
        (0.0374, "0.037"),
        (1.0, "1.000"),
    ],
)
def test_a_probability_is_never_nothing(value: float | None, said: str) -> None:
    assert spot_rows.probability(value) == said


def test_times_and_days() -> None:
    assert spot_rows.times(None) == "—"
    assert spot_rows.times(3.04) == "3.0×"
    assert spot_rows.days(SPOT) == "11-14 – 11-20"
    assert spot_rows.days(replace(SPOT, first_day=DAY - 363)) == "2025-11-22 – 11-20"


def test_a_spot_has_a_number_class_and_place() -> None:
    assert spot_rows.name(SPOT, CLASSES) == "7 Noise · near 东苑, 八一七路, grid 002, 001"
    bare = replace(SPOT, class_code="", compound="", road="", grids=())
    assert spot_rows.name(bare, CLASSES).strip() == "7"
    assert spot_rows.name(replace(bare, class_code="X99"), CLASSES) == "7 X99"


def test_a_level_says_which_way_and_how_sure() -> None:
    assert spot_rows.level_words(3) == "hot, 99 % sure"
    assert spot_rows.level_words(-1) == "cold, 90 % sure"
    assert spot_rows.level_words(0) == "nothing certain"


# ----------------------------------------------------------------------------------- the verdict


@pytest.mark.parametrize("shortage", list(SHORTAGES))
def test_a_shortage_is_all_that_is_said(shortage: str) -> None:
    assert spot_rows.verdict(_study(shortage=shortage), CLASSES) == f"**{SHORTAGES[shortage]}**"
    words.speak("zh")
    assert CHINESE.search(spot_rows.verdict(_study(shortage=shortage), CLASSES))


def test_too_few_cases_are_a_small_sample_in_chinese() -> None:
    words.speak("zh")
    assert "样本不足" in spot_rows.verdict(_study(shortage="cases"), CLASSES)


@pytest.mark.parametrize("method", list(METHODS))
def test_every_method_says_when_nothing_was_found(method: str) -> None:
    said = {spot_rows.verdict(_study(method=one), CLASSES) for one in METHODS}
    assert len(said) == len(METHODS)
    assert not re.search(r"\d", spot_rows.verdict(_study(method=method), CLASSES))


@pytest.mark.parametrize("method", ["gi", "compare"])
def test_only_cold_spots_are_no_hot_spot_but_not_nothing(method: str) -> None:
    cold = [replace(SPOT, kind="cold", number=number) for number in (1, 2, 3)]
    said = spot_rows.verdict(_study(*cold, method=method), CLASSES)
    assert said.startswith("**No hot spot.")
    assert "3" in said
    assert said != spot_rows.verdict(_study(method=method), CLASSES)


def test_the_verdict_counts_what_is_hot_and_tells_the_first() -> None:
    cold = replace(SPOT, kind="cold", number=1)
    said = spot_rows.verdict(_study(cold, SPOT, replace(SPOT, number=8)), CLASSES)
    assert re.match(r"\*\*[^*]*\b2\b[^*]*\*\* near ", said)
    plain = said.replace("\\", "")
    assert "1,234 tickets where 411.4 were to be expected (3.0×)" in plain
    assert "with a probability of < 0.0001." in plain


def test_what_is_only_described_has_no_probability() -> None:
    group = replace(SPOT, kind="group", expected=None, relative_risk=None, p=None, q=None)
    said = spot_rows.sentence(group, CLASSES)
    assert said.endswith("11-14 – 11-20: 1,234 tickets.")
    assert "probability" not in said


def test_names_from_the_data_are_no_markup() -> None:
    odd = replace(SPOT, compound="<b>**苑**</b> [x](http://example.org)")
    _bold, _mark, said = spot_rows.verdict(_study(odd), CLASSES)[2:].partition("** ")
    assert "example" in said
    assert not re.search(r"(?<!\\)[*<\[(]", said)


# --------------------------------------------------------------------------------- tables


def test_a_list_of_one_kind_does_not_say_it_of_each(studies: dict[str, Study]) -> None:
    made = spot_rows.table(studies["gi"], CLASSES)
    assert _labels(made) == ["Place", "Tickets", "Expected", "Ratio", "q"]
    assert made.columns[1].bar
    assert made.sort == -1
    for row, spot in zip(made.rows, studies["gi"].spots, strict=True):
        values = [cell.value for cell in row.cells]
        assert row.id == str(spot.number)
        assert values[1:] == [spot.observed, spot.expected, spot.relative_risk, spot.q]


def test_a_list_of_several_kinds_says_which() -> None:
    made = spot_rows.table(_study(SPOT, replace(SPOT, kind="cold", number=8)), CLASSES)
    assert _labels(made) == ["Place", "Kind", "Tickets", "Ratio", "q"]
    assert [row[1] for row in _texts(made)] == ["Hot spot", "Cold spot"]
    assert not any(column.bar for column in made.columns)


@pytest.mark.parametrize("method", ["emerging", "months", "scan", "repeats", "groups", "compare"])
def test_every_method_has_the_columns_it_needs(studies: dict[str, Study], method: str) -> None:
    study = studies[method]
    assert study.spots
    made = spot_rows.table(study, CLASSES)
    several = len({one.kind for one in study.spots}) > 1
    expected = [] if several else ["Expected"]
    sure = [] if method == "groups" else [*expected, "Ratio", "q"]
    assert _labels(made) == ["Place", *(["Kind"] if several else []), "Tickets", *sure]
    assert [row.id for row in made.rows] == [str(one.number) for one in study.spots]
    assert {len(row.cells) for row in made.rows} == {len(made.columns)}
    assert all(cell.text for row in made.rows for cell in row.cells)


def _detail(spot: Spot, staff: dict[str, tuple[str, ...]] | None = None) -> dict[str, str]:
    found = spot_rows.details(spot, CLASSES, staff or {})
    return dict(zip(found["Figure"], found["Value"], strict=True))


def test_a_card_tells_all_there_is() -> None:
    staff = {"350102001002002": ("网格员08", "网格员01"), "350102001002001": ("网格员08",)}
    told = _detail(SPOT, staff)
    assert told["Kind"] == "Hot spot"
    assert told["Class"] == "Noise"
    assert told["Days"] == "11-14 – 11-20"
    assert told["Tickets"] == "1,234"
    assert told["Expected"] == "411.4"
    assert told["Ratio"] == "3.0×"
    assert told["p · q"] == "0.0004 · < 0.0001"
    assert told["Radius"] == "54 m"
    assert told["Grids"] == "002, 001"
    assert told["Grid workers"] == "网格员08, 网格员01"
    assert re.fullmatch(r"东苑 building 3\W*9\W*; 礼堂\W*2\W*", told["Most tickets from"])
    assert told["Lately"] == "30 in the last 4 weeks, 14 in the 4 before"
    assert "Driven by" not in told
    assert "Such an alarm by accident" not in told


def test_a_card_of_all_classes_tells_what_drives_it() -> None:
    told = _detail(replace(SPOT, class_code=""))
    assert told["Class"] == "All classes"
    assert told["Driven by"] == "Order 20 (2.0× its usual share); X99 3 (1.5× its usual share)"
    assert _detail(replace(SPOT, class_code="", drivers=()))["Driven by"] == "—"


def test_a_card_leaves_nothing_empty() -> None:
    bare = Spot(
        number=1, kind="group", keys=(), lon=0, lat=0, radius_m=0, first_day=1, last_day=1,
        observed=3,
    )  # fmt: skip
    told = _detail(bare)
    assert all(told.values())
    for name in ("Expected", "Ratio", "Grids", "Grid workers", "Most tickets from", "Driven by"):
        assert told[name] == "—"
    assert told["Lately"] == "0 in the last 4 weeks, 0 in the 4 before"


@pytest.mark.parametrize(
    ("days", "said"), [(99.6, "once in 100 days"), (364.0, "once in 364 days"), (730.0, "2.0")]
)
def test_an_alarm_says_how_often_it_is_false(days: float, said: str) -> None:
    told = _detail(replace(SPOT, recurrence_days=days))["Such an alarm by accident"]
    assert said in told
    assert ("years" in told) == (days >= 365)


def test_the_addresses_are_those_of_the_study(studies: dict[str, Study]) -> None:
    made = spot_rows.addresses(studies["gi"])
    assert made.rows
    assert [(row.id, row.cells[1].value) for row in made.rows] == [
        (str(one.building_id), one.calls) for one in studies["gi"].addresses
    ]
    assert not spot_rows.addresses(_study()).rows


# --------------------------------------------------------------------------- over time


@pytest.mark.parametrize("name", ["emerging", "months"])
def test_steps_add_up_to_the_tickets_of_all_areas(studies: dict[str, Study], name: str) -> None:
    study = studies[name]
    assert study.areas is not None
    made = spot_rows.steps(study)
    assert [one.key for one in made] == [str(at) for at in range(len(study.steps) - 1)]
    assert [one.count for one in made] == np.array(study.areas.series).sum(axis=0).tolist()
    assert sum(one.count for one in made) == sum(sum(row) for row in study.areas.series)
    last = made[-1]
    first = date.fromordinal(study.steps[-2])
    assert last.label == (f"{first:%Y-%m}" if name == "months" else f"{first:%m-%d}")
    final = date.fromordinal(study.steps[-1] - 1)
    assert last.help == f"{first} – {final}: {figures.integer(last.count)} tickets"


def test_the_strip_of_an_area(studies: dict[str, Study]) -> None:
    study = studies["emerging"]
    areas = study.areas
    assert areas is not None
    hot = next(at for at, row in enumerate(areas.levels) if max(row) > 0)
    made = spot_rows.bins(study, areas.keys[hot])
    assert tuple(one.value for one in made) == areas.series[hot]
    assert tuple(one.level for one in made) == areas.levels[hot]
    assert [one.key for one in made] == [step.key for step in spot_rows.steps(study)]
    assert "hot, " in max(made, key=lambda one: one.level).help
    assert spot_rows.history_of(study, areas.keys[hot]) in EMERGING.values()


@pytest.mark.parametrize("key", ["zzz", "", "1.5", "350102001002001"])
def test_an_area_that_is_not_there_has_no_strip(studies: dict[str, Study], key: str) -> None:
    for study in studies.values():
        assert spot_rows.bins(study, key) == []
        assert spot_rows.history_of(study, key) == ""


def test_an_area_of_a_map_without_steps_has_no_strip(studies: dict[str, Study]) -> None:
    areas = studies["gi"].areas
    assert areas is not None
    assert spot_rows.bins(studies["gi"], areas.keys[0]) == []
    assert spot_rows.history_of(studies["gi"], areas.keys[0]) == ""


@pytest.mark.parametrize(
    ("at", "step"), [(None, None), (0, 0), (25, 25), (26, None), (999, None), (10**18 - 1, None)]
)
def test_only_a_step_of_the_series_is_looked_at(
    studies: dict[str, Study], at: int | None, step: int | None
) -> None:
    assert len(studies["emerging"].steps) == 27
    assert spot_rows.step_of(studies["emerging"], at) == step
    assert spot_rows.step_of(studies["gi"], at) is None


@pytest.mark.parametrize("name", ["emerging", "months"])
def test_histories_count_every_area_once(studies: dict[str, Study], name: str) -> None:
    study = studies[name]
    assert study.areas is not None
    names = list(EMERGING)
    counted = Counter(names[one] for one in study.areas.category)
    made = spot_rows.histories(study)
    assert {row.id: row.cells[1].value for row in made.rows} == dict(counted)
    assert sum(row.cells[1].value or 0 for row in made.rows) == len(study.areas.keys)
    assert spot_rows.histories(_study()).rows == ()


# ------------------------------------------------------------------------ repeat addresses


def test_the_spread_names_its_shares(studies: dict[str, Study]) -> None:
    more = studies["repeats"].more
    said = spot_rows.spread(studies["repeats"]).split("; ")
    assert len(said) == len(more["shares"])
    for text, share, found, even in zip(
        said, more["shares"], more["from_top"], more["from_top_even"], strict=True
    ):
        numbers = [float(one) for one in re.findall(r"([\d.]+)%", text)]
        assert numbers == pytest.approx([share * 100, found * 100, even * 100], abs=0.051)


def test_what_came_back_stands_beside_what_chance_brings(studies: dict[str, Study]) -> None:
    study = studies["repeats"]
    said = spot_rows.reopened(study)
    assert said.startswith(f"{study.more['reopened']} tickets came back")
    by_chance = round(study.more["reopened_even"])
    assert f"; {by_chance:,} would by chance." in said


def test_near_repeats_say_how_many_classes_were_tested(studies: dict[str, Study]) -> None:
    study = studies["repeats"]
    assert f"{study.told['near_classes']} classes were tested" in spot_rows.near(study)
    assert "too many pairs" not in spot_rows.near(study)
    many = replace(study, told={**study.told, "near_too_many": 2})
    assert "2 classes have too many pairs" in spot_rows.near(many)
    rows = study.more["knox"]
    assert rows
    made = spot_rows.knox(study, CLASSES)
    assert _labels(made) == ["Class", "Pairs", "Expected", "Ratio", "q"]
    for row, told in zip(made.rows, rows, strict=True):
        assert row.cells[0].text == CLASSES[told["class_code"]]
        values = [cell.value for cell in row.cells[1:]]
        assert values == [told["pairs"], told["expected"], told["ratio"], told["q"]]


def test_the_table_by_distance_and_time_marks_what_is_sure() -> None:
    found = {
        "metres": [0, 50, 100],
        "days": [7.0, 14.0],
        "ratio": [[2.0, None], [1.2345, 1.0], [0.5, 0.999]],
        "p": [[0.05, 1.0], [0.0501, 0.5], [0.001, 1.0]],
    }
    frame = spot_rows.knox_frame(_study(method="repeats", more={"knox_table": found}))
    assert list(frame) == ["Distance", "≤ 7 days", "≤ 14 days"]
    assert frame.to_numpy().tolist() == [
        ["same place", "2.00 *", "—"],
        ["≤ 50 m", "1.23", "1.00"],
        ["≤ 100 m", "0.50 *", "1.00"],
    ]


def test_one_class_is_laid_out_by_distance_and_time() -> None:
    asked = Question(method="repeats", start=STOP - 364, stop=STOP, classes=("E04",))
    study = answer(town.town(), asked)
    frame = spot_rows.knox_frame(study)
    table = study.more["knox_table"]
    assert frame.shape == (len(table["ratio"]), 1 + len(table["days"]))


# --------------------------------------------------------------------------- before and now


def test_changes_lead_to_the_spot_they_are_about(studies: dict[str, Study]) -> None:
    study = studies["compare"]
    made = spot_rows.changes(study, CLASSES)
    assert made.rows
    by_number = {str(one.number): one for one in study.spots}
    for row, told in zip(made.rows, study.more["changes"], strict=True):
        spot = by_number[row.id]
        assert spot.class_code == told["class_code"]
        assert (spot.last_day < study.question.start) == (told["after"] is None)
        assert row.cells[1].text == CHANGES[told["change"]]
        assert row.cells[2].value == told["ratio"]


def test_a_change_says_how_far_it_may_reach() -> None:
    changes = [
        {"before": None, "after": 7, "change": "grew", "ratio": 3.0, "low": 1.5, "high": None},
        {"before": 8, "after": None, "change": "gone", "ratio": None, "low": None, "high": None},
        {"before": 8, "after": 7, "change": "steady", "ratio": 1.0, "low": 0.9, "high": 1.1},
    ]
    study = _study(SPOT, replace(SPOT, number=8), method="compare", more={"changes": changes})
    made = spot_rows.changes(study, CLASSES)
    assert [row.id for row in made.rows] == ["7", "8", "7"]
    assert [row[2:] for row in _texts(made)] == [
        ["3.0×", "1.5–∞"],
        ["—", "—"],
        ["1.0×", "0.9–1.1"],
    ]
    assert [row.cells[1].tone for row in made.rows] == ["bad", "good", ""]


def _trial(treated: list[int], control: list[int], cut: int) -> Trial:
    found = before_after_weekly(np.array(treated), np.array(control), cut=cut)
    return Trial(DAY, cut, tuple(treated), tuple(control), found)


def test_a_measure_that_helped_is_told_with_its_counts() -> None:
    rng = np.random.default_rng(1)
    treated = [*rng.poisson(20, 26), *rng.poisson(8, 26)]
    control = list(rng.poisson(100, 52))
    found = _trial(treated, control, 26)
    verdict, counts, sure, *_rest = spot_rows.trial(found)
    assert verdict == f"**{EFFECTS['fewer']}**"
    assert counts == (
        f"Here {sum(treated[:26])} tickets in 26 weeks before and {sum(treated[26:])} in 26 weeks "
        f"after; elsewhere {sum(control[:26]):,} and {sum(control[26:]):,}."
    )
    assert f"{found.found.effect.ratio:.2f}×" in sure
    assert re.search(r"; −\d+\.\d tickets a month\.$", sure)


def test_too_few_tickets_give_no_ratio() -> None:
    said = spot_rows.trial(_trial([1, 0, 2, 1], [30, 31, 29, 30], 2))
    assert said[0] == f"**{EFFECTS['small']}**"
    assert not [one for one in said if "95 %" in one]
    assert said[-1].startswith("Too little before it")


def test_ground_that_already_moved_apart_is_no_fair_comparison() -> None:
    treated = [*range(10, 62, 2), *[60] * 26]
    said = spot_rows.trial(_trial(treated, [100] * 52, 26))
    assert said[-1] == "Here and elsewhere already moved apart before: the comparison is not fair."


def test_the_trial_of_the_town_is_told() -> None:
    cases = town.town()
    asked = Question(method="gi", start=STOP - 35, stop=STOP, classes=("E04",))
    spot = answer(cases, asked).spots[0]
    found = effect(cases, replace(asked, start=STOP - 364), spot.keys, date.fromordinal(STOP - 35))
    assert found is not None
    assert spot_rows.trial(found)[0] == f"**{EFFECTS['more']}**"


# -------------------------------------------------------------------------------- the briefing


def test_the_briefing_says_place_and_finding_and_skips_what_is_lost() -> None:
    study = _study(SPOT)
    kept = as_json(study)["spots"][0]
    rows = [
        {"study_id": 5, "spot": 7, "place": "庆城社区", "found": kept},
        {"study_id": 6, "spot": 9, "place": "庆城社区", "found": None},
    ]
    said = spot_rows.briefing(rows, CLASSES)
    assert said == [(5, 7, f"庆城社区: {spot_rows.sentence(SPOT, CLASSES)}")]


# --------------------------------------------------------------------------------- languages


def _all_words(study: Study) -> list[str]:
    """Return what is said of a study apart from names."""
    tables = [spot_rows.table(study, CLASSES), spot_rows.addresses(study)]
    heads = [column.label + column.help for table in tables for column in table.columns]
    kinds = [spot_rows.details(one, CLASSES, {}) for one in study.spots[:3]]
    return heads + [name for one in kinds for name in [*one, *one.iloc[:, 0]]]


@pytest.mark.parametrize("name", ["gi", "emerging", "scan", "repeats", "groups", "compare"])
def test_english_says_nothing_chinese_of_its_own(studies: dict[str, Study], name: str) -> None:
    assert not [text for text in _all_words(studies[name]) if CHINESE.search(text)]


def test_grids_and_buildings_have_strips_too() -> None:
    areas = AreaFigures(
        unit="grid",
        keys=("350102001002001",),
        observed=(3,),
        households=(10.0,),
        series=((1, 2),),
        levels=((0, -3),),
        category=(15,),
    )
    study = _study(areas=areas, steps=(DAY - 13, DAY - 6, DAY + 1), method="emerging")
    one, two = spot_rows.bins(study, "350102001002001")
    assert (one.value, two.value, two.level) == (1, 2, -3)
    assert two.help.endswith("2 tickets · cold, 99 % sure")
    assert spot_rows.history_of(study, "350102001002001") == EMERGING["historical_cold"]
