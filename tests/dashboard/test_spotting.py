"""Questions about hot spots, their answers on record, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
import streamlit as st

from dashboard import state
from dashboard.services import spotting, territory
from dashboard.services.spotting import Kept
from dashboard.services.territory import Scope
from geo import words
from geo.spots import Spot
from geo.store import tables as t
from geo.store.engine import make_engine
from geo.studies import METHODS, Question
from tests.town import town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
HERE = {"community": "350102001011", "span": "364"}


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    words.speak("en")
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


@pytest.fixture
def store(town: sa.Engine, use_store: UseStore) -> Iterator[sa.Engine]:  # noqa: F811
    use_store(town.url.render_as_string(hide_password=False))
    writer = make_engine(town.url)
    yield writer
    with writer.begin() as connection:
        connection.execute(sa.delete(t.briefing_item))
        connection.execute(sa.delete(t.study))
    writer.dispose()


def _scope(**params: str) -> Scope:
    scope = territory.resolve(state.parse({**HERE, **params}))
    assert scope is not None
    return scope


def _question(**params: str) -> Question:
    return spotting.question(_scope(**params), state.parse({**HERE, **params}))


def _number(store: sa.Engine) -> int:
    with store.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(t.study)) or 0)


def _forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("geo.studies.answer", never)


# ------------------------------------------------------------------------------- the question


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("span", list(state.SPANS))
def test_a_period_ends_with_the_last_day_of_the_data(span: str) -> None:
    scope = _scope()
    assert scope.as_of is not None
    asked = _question(span=span)
    assert asked.stop == spotting.last_day(scope).toordinal() + 1
    assert asked.days == int(span)


@pytest.mark.usefixtures("store")
def test_a_question_says_what_the_address_says() -> None:
    asked = _question(
        method="scan", cls="E04,C05", each="all", calls="calls", unit="h10", measure="count",
        test="arcgis", step="month", scan="poisson", when="now", reach="500", sims="9999",
    )  # fmt: skip
    assert asked == Question(
        method="scan",
        start=asked.stop - 364,
        stop=asked.stop,
        classes=("C05", "E04"),
        each=False,
        repeats=True,
        unit="h10",
        measure="count",
        mode="arcgis",
        step="month",
        scan="poisson",
        prospective=True,
        radius_m=500.0,
        simulations=9999,
    )


@pytest.mark.usefixtures("store")
def test_how_near_a_group_is_has_a_field_of_its_own() -> None:
    assert _question(method="groups", near="120", reach="500").radius_m == 120.0
    assert _question(method="scan", near="120", reach="500").radius_m == 500.0


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("method", list(METHODS))
def test_the_default_of_every_method_can_be_asked(method: str) -> None:
    assert _question(method=method).method == method


@pytest.mark.usefixtures("store")
def test_tickets_of_as_many_days_before_are_there_for_a_comparison() -> None:
    scope, asked = _scope(), _question(span="28")
    days = spotting.cases(scope, asked).tickets["day"]
    assert days.between(asked.start - 28, asked.stop - 1).all()


# --------------------------------------------------------------------------------- the record


def test_an_answer_is_made_once(store: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    scope, asked = _scope(), _question(method="repeats")
    assert spotting.on_record(scope, asked) is None
    first = spotting.answer(scope, asked)
    assert first.id > 0
    assert _number(store) == 1
    _forbid(monkeypatch)
    assert spotting.answer(scope, asked) == first
    st.cache_data.clear()
    assert spotting.answer(scope, asked) == first
    assert spotting.on_record(scope, asked) == first


def test_another_place_or_question_is_another_answer(store: sa.Engine) -> None:
    here = spotting.answer(_scope(), _question(method="repeats"))
    there = spotting.answer(_scope(community="350102001012"), _question(method="repeats"))
    calls = spotting.answer(_scope(), _question(method="groups"))
    assert len({here.id, there.id, calls.id}) == 3
    assert _number(store) == 3


def test_an_answer_is_one_of_the_data_it_was_made_from(store: sa.Engine) -> None:
    scope, asked = _scope(), _question(method="repeats")
    made = spotting.answer(scope, asked).study
    kept = spotting.keep(scope, replace(made, question=replace(asked, seed=5)), "old", 1.5)
    assert kept.id == 0
    assert kept.study.question.seed == 5
    assert kept.seconds == 1.5
    assert spotting.on_record(scope, replace(asked, seed=5)) is None
    with store.connect() as connection:
        versions = connection.scalars(sa.select(t.study.c.data_version)).all()
    assert "old" in versions


def test_what_is_changed_is_answered_anew(store: sa.Engine) -> None:
    scope, asked = _scope(), _question(method="repeats")
    first = spotting.answer(scope, asked)
    with store.begin() as connection:
        connection.execute(sa.update(t.ticket).where(t.ticket.c.id == 1).values(title="x"))
    second = spotting.answer(_scope(), asked)
    assert second.id != first.id


def test_a_failure_leaves_nothing_on_record(
    store: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forbid(monkeypatch)
    with pytest.raises(AssertionError):
        spotting.answer(_scope(), _question(method="repeats"))
    assert _number(store) == 0


# ----------------------------------------------------------------------------- from an answer


@pytest.mark.usefixtures("store")
def test_a_place_lies_in_the_square_drawn_there() -> None:
    kept = spotting.answer(_scope(), _question(unit="s75"))
    areas = kept.study.areas
    assert areas is not None
    for at in range(0, len(areas.keys), 7):
        ring = areas.rings[at]
        lon = sum(place[0] for place in ring) / len(ring)
        lat = sum(place[1] for place in ring) / len(ring)
        assert spotting.area_at(kept, lon, lat) == areas.keys[at]
    assert spotting.area_at(kept, 0.0, 0.0) is None


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("unit", ["grid", "building"])
def test_grids_and_buildings_are_found_by_the_map_itself(unit: str) -> None:
    kept = spotting.answer(_scope(), _question(unit=unit))
    assert kept.study.areas is not None
    at = kept.study.addresses
    assert at
    assert spotting.area_at(kept, 119.3, 26.08) is None


_SPOT = Spot(
    number=1,
    kind="group",
    keys=(),
    lon=119.3,
    lat=26.08,
    radius_m=1.0,
    first_day=1,
    last_day=1,
    observed=1,
)


def _circles(kept: Kept, *circles: tuple[float, float]) -> Kept:
    """Return an answer with circles along a parallel: metres east, radius."""
    spots = tuple(
        replace(_SPOT, number=number, lon=119.3 + east / 100_000, radius_m=radius)
        for number, (east, radius) in enumerate(circles, 1)
    )
    return replace(kept, study=replace(kept.study, spots=spots))


@pytest.mark.usefixtures("store")
def test_the_smallest_circle_around_a_place_is_meant() -> None:
    kept = _circles(spotting.answer(_scope(), _question(method="groups")), (0, 200), (50, 60))
    assert spotting.circle_at(kept, 119.3, 26.08) == 2
    assert spotting.circle_at(kept, 119.2990, 26.08) == 1
    assert spotting.circle_at(kept, 119.31, 26.08) is None
    assert spotting.circle_at(_circles(kept), 119.3, 26.08) is None


@pytest.mark.usefixtures("store")
def test_a_measure_needs_a_week_on_either_side() -> None:
    scope, asked = _scope(), _question(unit="s75", calls="calls")
    kept = spotting.answer(scope, asked)
    assert kept.study.areas is not None
    spot = _spot(kept.study.areas.keys[:5])
    stop = date.fromordinal(asked.stop)
    found = spotting.before_after(scope, asked, spot, date.fromordinal(asked.stop - 70))
    assert found is not None
    assert len(found.treated) - found.cut == 10
    assert found.cut == 26
    assert sum(found.treated) + sum(found.control) <= kept.study.told["calls"]
    assert spotting.before_after(scope, asked, spot, date.fromordinal(asked.stop - 6)) is None
    assert spotting.before_after(scope, asked, spot, stop) is None
    assert spotting.before_after(scope, asked, _spot(("zzz",)), date(2026, 9, 1)) is None
    code = spotting.cases(scope, asked).tickets["class_code"].iloc[0]
    one = replace(spot, class_code=code)
    of_class = spotting.before_after(scope, asked, one, date.fromordinal(asked.stop - 70))
    assert of_class is not None
    counted = sum(of_class.treated) + sum(of_class.control)
    assert 0 < counted < sum(found.treated) + sum(found.control)


def _spot(keys: tuple[str, ...]) -> Spot:
    return Spot(
        number=1,
        kind="hot",
        keys=keys,
        lon=0.0,
        lat=0.0,
        radius_m=25.0,
        first_day=1,
        last_day=2,
        observed=1,
    )


@pytest.mark.usefixtures("store")
def test_the_briefing_is_one_list_of_the_street() -> None:
    scope, whole = _scope(), _scope(community="all", street="350102001")
    kept = spotting.answer(scope, _question(method="groups"))
    spotting.put_in_briefing(kept.id, 2)
    spotting.put_in_briefing(kept.id, 1)
    spotting.put_in_briefing(kept.id, 1)
    held = [(row["study_id"], row["spot"]) for row in spotting.in_briefing(whole)]
    assert held == [(kept.id, 2), (kept.id, 1)]
    assert spotting.in_briefing(_scope(community="350102002013")) == []
    spotting.take_out(kept.id, 2)
    spotting.take_out(kept.id, 99)
    assert [row["spot"] for row in spotting.in_briefing(scope)] == [1]
