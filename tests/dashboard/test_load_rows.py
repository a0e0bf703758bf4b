"""The load in words and rows, on figures that can be checked in the head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from dashboard import load_rows
from dashboard.load_map import BREAKS
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.weighing import Person
from geo import words
from geo.indicators import INDICATORS
from geo.norms import NORMS, WORKLOAD_TERMS
from geo.periods import Period


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.speak("en")
    yield
    words.speak("zh")


def picture(**terms: list[float | None]) -> Picture:
    count = len(next(iter(terms.values())))
    return Picture(
        period=Period("30d", date(2026, 10, 22), date(2026, 11, 21)),
        as_of=datetime(2026, 11, 20, 10, tzinfo=UTC),
        areas=tuple(
            Area(n, "grid", f"530111007001{n:03d}", f"G*{n}", 1) for n in range(1, count + 1)
        ),
        figures={
            key: {n: Figure(value, value, 100) for n, value in enumerate(values, 1)}
            for key, values in terms.items()
        },
        total={},
        before={},
        trend={},
        norms=dict(NORMS),
        states={},
        storeys=(),
        tickets=0,
        repeats=0,
        busiest=None,
    )


TWO: dict[str, list[float | None]] = {"households": [100.0, 200, 600], "tickets": [10.0, 10, 40]}


def test_the_heaviest_is_said_with_what_it_is_made_of() -> None:
    made = load_rows.load(picture(**TWO))
    # Both terms stand at the same place: (-√2/2 or so); the third leads in both.
    assert [area.id for area in made.order] == [3, 2, 1]
    said = load_rows.verdict(made)
    assert said.startswith("**003 G\\*3** carries most: **+1.40** (0 is the mean), rank 1.")
    assert "Most of it: Tickets +0.71, Households +0.69." in said


def test_what_does_not_count_is_told() -> None:
    gap = picture(households=[100.0, None, 600], tickets=[1.0, 2, 3])
    norms = {**gap.norms, "weight_tickets_open": replace(NORMS["weight_tickets_open"], low=0)}
    gap.figures["tickets_open"] = {1: Figure(1.0), 2: Figure(2.0), 3: Figure(3.0)}
    said = load_rows.told(load_rows.load(replace(gap, norms=norms)))
    assert "Left out, no data: " in said
    assert INDICATORS["round_m"].label in said
    assert "Left out, weight 0: Open tickets." in said
    assert "1 missing values count as the mean." in said


def test_too_few_cases_are_unknown_and_not_a_number() -> None:
    shown = picture(**TWO, rented_share=[10.0, 20, 30])
    few = {n: Figure(value, 1, 29) for n, value in ((1, 10.0), (2, 20.0))}
    shown.figures["rented_share"] |= few
    made = load_rows.load(shown)
    column = made.found.keys.index("rented_share")
    assert made.found.unknown[:, column].tolist() == [True, True, False]
    texts = [
        row.cells[4 + load_rows.MEASURED.index("rented_share")].text
        for row in load_rows.table(made).rows
    ]
    assert texts[:2] == ["too few", "too few"]


def test_weights_are_those_in_force() -> None:
    shown = picture(**TWO)
    heavy = {**shown.norms, "weight_tickets": replace(NORMS["weight_tickets"], low=3)}
    made = load_rows.load(replace(shown, norms=heavy))
    assert made.found.weights.tolist() == [0.25, 0.75]
    parts = load_rows.breakdown(made, made.order[0]).parts
    assert {part.label: part.weight for part in parts} == {
        "Households": "25%",
        "Tickets": "75%",
    }


@pytest.mark.parametrize("scale", list(load_rows.SCALE_NAMES))
def test_every_scale_adds_up(scale: str) -> None:
    made = load_rows.load(picture(**TWO), scale)
    for area in made.picture.areas:
        shown = load_rows.breakdown(made, area)
        assert sum(part.part for part in shown.parts) == pytest.approx(made.score(area))
        assert [part.part for part in shown.parts] == sorted(
            (part.part for part in shown.parts), reverse=True
        )


def test_the_table_has_every_measured_term_and_the_ranks() -> None:
    made = load_rows.load(picture(**TWO))
    shown = load_rows.table(made)
    assert len(shown.columns) == 4 + len(load_rows.MEASURED)
    first, _second, third = shown.rows
    assert [cell.text for cell in third.cells[:4]] == ["003 G*3", "+1.40", "1", "100%"]
    assert third.cells[2].value > first.cells[2].value


def test_without_figures_nobody_leads() -> None:
    made = load_rows.load(picture(residents=[1.0, 2]))
    assert made.order == []
    assert load_rows.verdict(made) == ""
    assert {row.cells[1].text for row in load_rows.table(made).rows} == {"—"}


def test_a_score_is_written_with_its_sign() -> None:
    shown = [load_rows.score_text(one) for one in (1.396, -0.5, 0.001, -0.001, None, np.nan)]
    assert shown == ["+1.40", "−0.50", "0.00", "0.00", "—", "—"]


def test_how_evenly_households_hours_and_hands_lie() -> None:
    shown = picture(households=[100.0, 200, 600], workload_hours=[50.0, 50, 50])
    people = [Person(1, 1, leads=False, grids=(1, 2)), Person(1, 2, leads=False, grids=(3,))]
    found = load_rows.shared(shown, people)
    assert [one.balance.count for one in found] == [3, 3, 2]
    sentences = load_rows.balance_sentences(found)
    assert sentences[0] == (
        "**Households over grids: very unevenly shared.** The largest is 2.0× the mean (600 ÷ "
        "300); CV 0.72, Gini 0.56. For all to be equal, 300 households (33.3%) would have to move."
    )
    assert "evenly shared" in sentences[1]
    assert "Gini 0.33" in sentences[2]  # 300 and 600: 1/6, twice that with the correction
    frame = load_rows.balance_frame(found)
    assert frame.iloc[1].tolist()[1:] == ["100–600", "50–50", "300–600"]
    assert [curve.points[-1] for curve in load_rows.curves(found)] == [(1, 1)] * 3


def test_nobody_at_work_is_left_out() -> None:
    found = load_rows.shared(picture(households=[1.0, 2]), [])
    assert [one.title for one in found] == ["Households over grids"]


def test_what_can_be_chosen_is_in_the_registry() -> None:
    assert set(load_rows.MEASURED) <= INDICATORS.keys()
    assert set(WORKLOAD_TERMS) <= INDICATORS.keys()
    assert list(BREAKS) == sorted(BREAKS)
