"""Answers about hot spots on record: found again, kept for who may see them, forgotten in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from geo.spots import Address, Driver, Spot
from geo.store import study_rows
from geo.store import tables as t
from geo.store.access import Viewer, local_leader
from geo.store.study_rows import Place
from geo.studies import AreaFigures, Question, Study, as_json, spot_from_json
from tests.store import small_city as city

LEADER = local_leader()
AS_OF = datetime(2026, 11, 20, 10, tzinfo=UTC)
HERE = Place(city.STREET_A, 11, (102,), AS_OF)
WHOLE = Place(city.STREET_A, None, (102, 103), AS_OF)
ELSEWHERE = Place(city.STREET_B, 13, (), None)


@pytest.fixture(scope="module")
def filled(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as opened, opened.begin() as transaction:
        city.load(opened, 3)
        yield opened
        transaction.rollback()


@pytest.fixture
def store(filled: sa.Connection) -> Iterator[sa.Connection]:
    nested = filled.begin_nested()
    yield filled
    nested.rollback()


def _study(seed: int = 1) -> Study:
    spots = tuple(
        Spot(
            number=number,
            kind="hot",
            class_code="E04",
            keys=("3.4", "3.5"),
            lon=119.3,
            lat=26.08,
            radius_m=40.0,
            first_day=739_900,
            last_day=739_940,
            observed=20 + number,
            expected=3.5,
            p=0.001,
            q=0.02,
            compound="东苑",
            grids=("350102001011201",),
            drivers=(Driver("E04", 7, 2.0),),
            addresses=(Address(1101, "东苑", "1", "", 3),),
            weeks=(1, 2),
        )
        for number in (1, 2)
    )
    return Study(
        question=Question(method="gi", start=739_850, stop=739_941, seed=seed),
        told={"tickets": 40, "areas": 2, "p_least": None},
        spots=spots,
        areas=AreaFigures(
            unit="s75", keys=("3.4", "3.5"), observed=(3, 4), households=(1.0, 2.0), z=(None, 1.5)
        ),
        steps=(1, 2),
        more={"rows": [1, None, "甲"]},
    )


def _keep(store: sa.Connection, made: Study, place: Place = HERE, version: str = "v") -> int:
    return study_rows.keep(store, made, place, version, who="甲", seconds=1.5)


def _find(
    store: sa.Connection,
    made: Study,
    place: Place = HERE,
    version: str = "v",
    who: Viewer = LEADER,
) -> study_rows.Kept | None:
    return study_rows.find(store, who, study_rows.key_of(made.question, place, version))


def test_what_is_kept_is_found_as_it_was(store: sa.Connection) -> None:
    assert _find(store, _study()) is None
    number = _keep(store, _study())
    found = _find(store, _study())
    assert (found.id, found.seconds, found.study) == (number, 1.5, _study())
    assert found.made_at.tzinfo is not None
    row = store.execute(sa.select(t.study).where(t.study.c.id == number)).mappings().one()
    assert (row["method"], row["seed"], row["plans"]) == ("gi", 1, [102])
    assert (row["as_of"], row["made_by"]) == (AS_OF, "甲")
    assert row["parameters"]["unit"] == "s50"


def test_an_answer_is_kept_once(store: sa.Connection) -> None:
    number = _keep(store, _study())
    other = replace(_study(), told={"tickets": 0})
    assert _keep(store, other) == number
    assert _find(store, other).study.told["tickets"] == 40


def test_another_place_plan_version_or_question_is_another_answer(store: sa.Connection) -> None:
    _keep(store, _study())
    assert _find(store, _study(), version="w") is None
    assert _find(store, _study(), WHOLE) is None
    assert _find(store, _study(), replace(HERE, plans=(101,))) is None
    assert _find(store, _study(2)) is None
    # The cut-off is part of the data's version and of the question's days.
    assert _find(store, _study(), replace(HERE, as_of=None)) is not None


@pytest.mark.parametrize(
    ("divisions", "sees"),
    [
        (None, (True, True, True)),
        (frozenset({11}), (True, False, False)),
        (frozenset({12, city.STREET_A}), (False, True, False)),
        (frozenset({13}), (False, False, True)),
        (frozenset(), (False, False, False)),
    ],
)
def test_a_viewer_finds_answers_of_his_divisions_only(
    store: sa.Connection, divisions: frozenset[int] | None, sees: tuple[bool, ...]
) -> None:
    viewer = Viewer("乙", "leader", divisions)
    for place, seen in zip((HERE, WHOLE, ELSEWHERE), sees, strict=True):
        _keep(store, _study(), place)
        assert (_find(store, _study(), place, who=viewer) is not None) == seen


def test_the_version_changes_with_the_tickets_and_not_with_what_is_kept(
    store: sa.Connection,
) -> None:
    before = study_rows.data_version(store)
    number = _keep(store, _study())
    study_rows.put_in_briefing(store, number, 1, "甲")
    assert study_rows.data_version(store) == before
    store.execute(sa.update(t.ticket).where(t.ticket.c.id == 1).values(source="other"))
    assert study_rows.data_version(store) != before


def test_old_answers_are_forgotten_street_by_street(
    store: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_rows, "KEPT", 3)
    elsewhere = _keep(store, _study(9), ELSEWHERE)
    numbers = [_keep(store, _study(seed), HERE if seed % 2 else WHOLE) for seed in range(3)]
    study_rows.put_in_briefing(store, numbers[1], 2, "甲")
    numbers += [_keep(store, _study(seed)) for seed in range(10, 13)]
    left = set(store.execute(sa.select(t.study.c.id)).scalars())
    # The three newest, the one a briefing needs, and the other street's.
    assert left == {elsewhere, numbers[1], *numbers[-3:]}


def test_the_list_for_the_briefing(store: sa.Connection) -> None:
    first, whole, other = (
        _keep(store, _study(seed), place) for seed, place in enumerate((HERE, WHOLE, ELSEWHERE))
    )
    for number, spot in ((whole, 2), (first, 1), (first, 1), (other, 1), (first, 2)):
        study_rows.put_in_briefing(store, number, spot, "甲")
    listed = study_rows.briefing(store, LEADER, city.STREET_A)
    assert [(row["study_id"], row["spot"]) for row in listed] == [
        (whole, 2),
        (first, 1),
        (first, 2),
    ]
    assert [row["place"] for row in listed] == ["街道1", "社区11", "社区11"]
    assert spot_from_json(listed[0]["found"]) == _study(1).spots[1]
    assert listed[1]["method"] == "gi"
    assert listed[1]["as_of"] == AS_OF
    viewer = Viewer("乙", "leader", frozenset({11}))
    assert len(study_rows.briefing(store, viewer, city.STREET_A)) == 2
    study_rows.take_out(store, first, 1)
    study_rows.take_out(store, first, 1)
    assert [row["spot"] for row in study_rows.briefing(store, viewer, city.STREET_A)] == [2]


def test_a_spot_that_is_not_there_is_listed_without_words(store: sa.Connection) -> None:
    number = _keep(store, _study())
    study_rows.put_in_briefing(store, number, 77, "甲")
    assert study_rows.briefing(store, LEADER, city.STREET_A)[0]["found"] is None


def test_json_in_the_store_is_the_study(store: sa.Connection) -> None:
    number = _keep(store, _study())
    kept = store.execute(sa.select(t.study.c.result).where(t.study.c.id == number)).scalar_one()
    assert kept["spots"][1]["observed"] == as_json(_study())["spots"][1]["observed"] == 22
    assert kept["areas"]["z"] == [None, 1.5]
