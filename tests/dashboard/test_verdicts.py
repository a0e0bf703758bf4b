"""The sentences and their arithmetic, on figures that can be checked in the head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dashboard import rankings, verdicts
from dashboard.choropleth import against_norm
from dashboard.services.overview import Area, Busiest, Figure, Picture
from geo import words
from geo.norms import NORMS
from geo.periods import Period


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.speak("en")
    yield
    words.speak("zh")


def area(number: int, name: str = "") -> Area:
    return Area(number, "grid", f"530111007001{number:03d}", name, 1)


def picture(
    households: dict[int, float], workers: float = 22, total: float | None = None
) -> Picture:
    whole = sum(households.values()) if total is None else total
    return Picture(
        period=Period("30d", date(2026, 10, 22), date(2026, 11, 21)),
        as_of=datetime(2026, 11, 20, 10, tzinfo=UTC),
        areas=tuple(area(number, f"Grid*{number}") for number in households),
        figures={
            "households": {n: Figure(value, value) for n, value in households.items()},
            "on_time_rate": {n: Figure(90.0, 27, 29 + n) for n in households},
            "tickets_overdue": {n: Figure(float(n), float(n)) for n in households},
        },
        total={
            "households": Figure(whole, whole),
            "households_per_worker": Figure(whole / workers, whole, workers),
            "tickets_overdue": Figure(6.0, 6.0),
            "on_time_rate": Figure(96.3, 963, 1000),
            "visits_overdue": Figure(100.0),
        },
        before={"on_time_rate": Figure(95.7, 957, 1000), "visits_overdue": Figure(80.0)},
        trend={},
        norms=dict(NORMS),
        states={},
        storeys=(),
        tickets=200,
        repeats=38,
        busiest=Busiest(7, "Sunny Court", "3", "", 23, "001"),
    )


def test_the_largest_grid_and_how_many_it_needs() -> None:
    first = verdicts.three_things(picture({1: 3261, 2: 400, 3: 250}))[0]
    assert "**3,261 households**" in first
    assert "3,261 ÷ 500 = 6.5" in first
    assert "**7 grids**" in first
    assert "Grid\\*1" in first  # a name cannot become Markdown


def test_all_inside_the_ceiling() -> None:
    first = verdicts.three_things(picture({1: 450, 2: 310}))[0]
    assert "All 2 grids keep to the ceiling of 500" in first
    assert "310 in the smallest, **450**" in first


def test_twenty_two_workers_are_not_enough() -> None:
    second = verdicts.three_things(picture({1: 13350}))[1]
    assert "22 workers × 600 = 13,200 < 13,350" in second
    assert "**150** have no worker" in second
    assert "**1 more**" in second
    assert "34 in all at 400" in second


def test_enough_workers() -> None:
    second = verdicts.three_things(picture({1: 2233}, workers=15))[1]
    assert "15 workers × 600 = 9,000 ≥ 2,233" in second
    assert "**149** each" in second


def test_tickets_are_said_with_repeats_place_and_overdue() -> None:
    third = verdicts.three_things(picture({1: 400, 2: 400, 3: 400}))[2]
    assert "**19.0%** of 200 tickets repeat an earlier one (38 ÷ 200)" in third
    assert "Sunny Court building 3: **23**" in third
    assert "holds **3** of 6 overdue" in third


def test_what_is_unknown_is_left_out() -> None:
    silent = replace(picture({1: 400}), total={}, tickets=0, figures={})
    assert verdicts.three_things(silent) == []
    cells = verdicts.strip_cells(silent)
    assert [cell.key for cell in cells] == list(verdicts.STRIP)
    assert {cell.value for cell in cells} == {"—"}
    assert {cell.unit for cell in cells} == {""}


def test_the_strip_judges_a_change_by_the_indicator_s_direction() -> None:
    cells = {cell.key: cell for cell in verdicts.strip_cells(picture({1: 600, 2: 400}))}
    assert cells["households"].verdict == "1 of 2 grids above 500"
    assert cells["households"].tone == "bad"
    better, worse = cells["on_time_rate"], cells["visits_overdue"]
    assert [better.change, better.change_tone] == ["+0.6 points", "good"]
    assert [worse.change, worse.change_tone] == ["+25.0%", "warn"]


def test_the_map_shows_the_rate_where_the_strip_shows_a_count() -> None:
    assert verdicts.MAPPED["tickets"] == "tickets_per_1000_households"
    assert verdicts.strip_key("tickets_per_1000_households") == "tickets"
    assert verdicts.strip_key("age60") == "age60"


def test_ranking_puts_the_worst_first_and_the_unknown_last() -> None:
    shown = picture({1: 712, 2: 3261, 3: 250})
    classes = against_norm(shown.values("households"), 300, 500)
    ranking = rankings.ranking(shown, "households", classes)
    assert [row.id[-3:] for row in ranking.rows] == ["002", "001", "003"]
    assert ranking.rows[0].aside == "6.5×"
    assert ranking.top >= 3261
    assert ranking.band == (300, 500)


def test_too_few_cases_have_no_number() -> None:
    shown = picture({1: 400, 2: 400})  # denominators 30 and 31; the limit is 30
    assert shown.values("on_time_rate") == {1: 90.0, 2: 90.0}
    strict = {**shown.norms, "small_denominator": replace(NORMS["small_denominator"], low=31)}
    few = replace(shown, norms=strict)
    assert few.values("on_time_rate") == {1: None, 2: 90.0}
    rows = rankings.ranking(few, "on_time_rate", None).rows
    assert (rows[-1].text, rows[-1].aside) == ("—", "too few")


def test_the_size_of_a_grid_is_no_norm_for_communities() -> None:
    shown = picture({1: 9000})
    community = Area(1, "community", "530111007001", "A", 1)
    street = replace(shown, areas=(community,))
    assert street.norm("households") is None
    assert street.norm("households_per_worker") is not None
    assert verdicts.over_ceiling(street) == []
