"""The norm table's sentences, on figures that can be checked in the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dashboard import norm_lines
from dashboard.norm_lines import Account
from dashboard.services.base import Edition
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.registry import NormInForce, merge
from dashboard.services.territory import Community, Scope, Street
from dashboard.services.weighing import Person
from geo import words
from geo.norms import NORMS
from geo.periods import Period

HERE = Community(1, "530111007001", "新亚洲", None, 7, "现行", None)
THERE = Community(2, "530111007002", "别处", None, 8, "现行", None)
RULES = {key: merge(norm, None) for key, norm in NORMS.items()}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.speak("en")
    yield
    words.speak("zh")


def scope_of(*communities: Community, whole: bool = False) -> Scope:
    street = Street(9, "530111007", "矣六街道", "昆明", None, 0)
    return Scope(
        Edition("1", "x"), (street,), street, communities, None if whole else communities[0], None
    )


def grid(number: int, community: int = 1) -> Area:
    return Area(number, "grid", f"53011100700{community}{number:03d}", f"G{number}", community)


def picture(
    households: dict[int, float], workers: float = 22, members: float | None = 764
) -> Picture:
    total = sum(households.values())
    whole = {
        "households": Figure(total, total),
        "households_per_worker": Figure(total / workers, total, workers),
    }
    if members is not None:
        whole["party_members"] = Figure(members, members)
    return Picture(
        period=Period("30d", date(2026, 10, 22), date(2026, 11, 21)),
        as_of=datetime(2026, 11, 20, 10, tzinfo=UTC),
        areas=tuple(grid(number) for number in households),
        figures={
            "households": {n: Figure(value, value) for n, value in households.items()},
            "households_per_worker": {
                n: Figure(value / 2, value, 2) for n, value in households.items()
            },
        },
        total=whole,
        before={},
        trend={},
        norms=dict(NORMS),
        states={},
        storeys=(),
        tickets=0,
        repeats=0,
        busiest=None,
    )


NEW_ASIA = picture(dict(zip(range(1, 10), [1_483] * 8 + [1_486], strict=True)))


def account(shown: Picture = NEW_ASIA, changed: Mapping[str, NormInForce] = RULES) -> Account:
    return norm_lines.accounts(scope_of(HERE), shown, {1: {**RULES, **changed}})[0]


def said(found: Account) -> dict[str, str]:
    return {line.key: norm_lines.arithmetic(line) for line in norm_lines.lines(found)}


def test_the_three_contradictions_of_new_asia() -> None:
    text = said(account())
    assert text["grid_households"] == (
        "13,350 households ÷ 9 = 1,483; 983 above the ceiling. "
        "**Grids to add: 18** (a cut into 27 to 44 keeps to 300–500)."
    )
    assert text["worker_households"] == (
        "22 workers × 600 = 13,200 < 13,350: 150 households without a worker. "
        "**Workers missing: 1** at 600 households each, 12 at 400."
    )
    assert text["party_contact"] == (
        "764 members × 10–15 = 7,640–11,460 households: 57–86% of 13,350. "
        "**Members missing: 126**, as 13,350 ÷ 15 = 890."
    )


def test_a_line_has_figure_gap_norm_and_source() -> None:
    line = norm_lines.lines(account())[0]
    assert (line.figure, line.norm, line.gap, line.tone) == (
        "1,483",
        "300–500 households",
        "983 above the ceiling",
        "bad",
    )
    assert line.source == "Newspaper reports on the model communities (read in the source)"
    assert norm_lines.headline(line) == (
        "**Households per grid**　**1,483**　:red[983 above the ceiling]"
    )


def test_what_the_office_set_says_so() -> None:
    set_by = NormInForce(replace(NORMS["grid_households"], source="会议*"), None, changed=True)
    assert norm_lines.source_text(set_by) == "Set by the office: 会议\\*"
    own = replace(set_by, own=True)
    assert norm_lines.source_text(own) == "This community's own: 会议\\*"


def test_what_keeps_to_the_norm_needs_no_mending() -> None:
    kept = account(picture({1: 450, 2: 350}, workers=2, members=80))
    text = said(kept)
    assert text["grid_households"] == "800 households ÷ 2 = 400; within the norm"
    assert text["worker_households"] == "2 workers × 600 = 1,200 ≥ 800 households"
    assert text["party_contact"] == "80 members × 10–15 = 800–1,200 households: 100% of 800"
    assert {line.tone for line in norm_lines.lines(kept)} == {"good"}


@pytest.mark.parametrize(
    ("households", "words_"),
    [
        ({1: 600, 2: 200}, "their borders are not: 1 of 2 grids above 500"),
        ({1: 550}, "No number of grids keeps to 300–500 with 550 households: 2 are too many, 1 "),
        ({1: 250}, "Too few households for one grid: 250 < 300."),
        ({1: 100, 2: 250, 3: 250}, "**Grids to merge away: 1** (a cut into 2 keeps to 300–500)."),
    ],
)
def test_what_would_mend_a_broken_cut(households: dict[int, float], words_: str) -> None:
    assert words_ in said(account(picture(households)))["grid_households"]


def test_bounds_that_are_not_there_are_not_spoken_of() -> None:
    free = {
        key: merge(replace(NORMS[key], high=None), None)
        for key in ("grid_households", "worker_households", "party_contact")
    }
    text = said(account(changed=free))
    assert text["grid_households"] == "13,350 households ÷ 9 = 1,483; within the norm"
    assert text["worker_households"].startswith("13,350 households ÷ 22 workers = 607")
    assert "764 members × 10 = 7,640 households: 57% of 13,350" in text["party_contact"]


def test_what_is_unknown_is_left_out() -> None:
    silent = replace(NEW_ASIA, total={}, figures={})
    assert norm_lines.lines(account(silent)) == []
    assert set(said(account(replace(NEW_ASIA, areas=())))) == {"worker_households", "party_contact"}
    assert "party_contact" not in said(account(picture({1: 400}, members=None)))


def test_grids_in_rows() -> None:
    shown = picture({1: 3_261, 2: 550, 3: 250, 4: 400})
    rows = norm_lines.grids(shown, RULES).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["001 G1", "3,261", "+2,761", "7–10", "1,630", "+1,030"],
        ["002 G2", "550", "+50", "no number fits", "275", "−125"],
        ["003 G3", "250", "−50", "merge", "125", "−275"],
        ["004 G4", "400", "0", "1", "200", "−200"],
    ]
    assert [row.cells[1].tone for row in rows] == ["bad", "bad", "warn", ""]


def test_one_grid_in_a_sentence() -> None:
    shown = picture({1: 3_261, 2: 550, 3: 400})
    cut = "a cut into 7 to 10 keeps to"
    sentences = [norm_lines.grid_sentence(shown, RULES, area) for area in shown.areas]
    assert sentences == [
        f"001 G1: **3,261 households**; 2,761 above the ceiling; {cut} 300–500",
        "002 G2: **550 households**; 50 above the ceiling; no number of grids keeps to 300–500",
        "003 G3: **400 households**; within the norm",
    ]


def test_workers_are_numbers() -> None:
    shown = picture({1: 900, 2: 300, 3: 40})
    people = [Person(1, 1, leads=True, grids=(1, 2)), Person(1, 2, leads=False, grids=(1,))]
    rows = norm_lines.workers(shown, people, RULES).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["Grid leader 1", "001, 002", "750", "+150"],
        ["Grid worker 2", "001", "450", "0"],
    ]
    assert len({row.id for row in rows}) == 2
    assert norm_lines.unstaffed(shown, people) == "40 households live in grids without a worker."


def test_communities_of_a_street_in_rows() -> None:
    shown = picture({1: 1_000, 2: 400})
    areas = [Area(one.id, "community", one.code, one.name, one.id) for one in (HERE, THERE)]
    by_community = {
        "households": {1: Figure(1_400), 2: Figure(None)},
        "households_per_worker": {1: Figure(700, 1_400, 2)},
    }
    street = replace(shown, areas=tuple(areas), figures=by_community, ground=shown)
    scope = scope_of(HERE, THERE, whole=True)
    found = norm_lines.accounts(scope, street, {1: RULES, 2: RULES})
    rows = norm_lines.communities(found).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [
        ["新亚洲", "700", "1", "700", "1", "—"],
        ["别处", "—", "—", "—", "—", "—"],
    ]


def test_every_norm_can_be_edited() -> None:
    assert {*norm_lines.KEYS, *norm_lines.others()} == set(NORMS)
