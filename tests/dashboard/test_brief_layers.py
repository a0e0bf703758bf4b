"""What a briefing draws of the page's layers: its numbers, the ground it shows, no secrets."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from dashboard import state, theme
from dashboard.briefing import (
    drawing,
    heaps,
    look,
    making,
    neighbours,
    picked,
    signs,
    tallies,
    view,
)
from dashboard.briefing.captions import MapBoard
from dashboard.briefing.formats import VIEW_FORMATS
from dashboard.briefing.heaps import Heaps, read_heaps
from dashboard.briefing.land import read_land
from dashboard.briefing.making import Wish, make
from dashboard.briefing.page import frame_of
from dashboard.facts import Fact
from dashboard.maps import Choropleth
from dashboard.services import overview, territory, things
from dashboard.services.base import reading, viewer
from dashboard.services.things import Thing
from dashboard.views.brief_button import WHOLE, link
from geo import words
from geo.discretion import small
from geo.papers.drawing import look as look_at
from geo.papers.frame import Frame
from geo.papers.wording import width_em
from geo.schema import TICKET_SIGNS
from geo.store import brief_rows
from geo.store.access import Viewer
from tests.dashboard.test_briefing import NOON, UseStore, land_of, map_state
from tests.town import CANARY, town  # noqa: F401 - a fixture

SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
POINTS = "ticket,elderly,party_household,label"
FEWEST = 3


pytestmark = pytest.mark.usefixtures("nothing_kept")


def asked_of(**asked: str) -> state.PageState:
    query = {**SPORTS_CITY, **asked}
    words.speak(query.get("lang", "zh"))
    return look.with_look(state.parse(query), query)


def document_of(frame: str = "slide", **asked: str) -> dict[str, Any]:
    _kind, order = making.order_of(Wish("view", asked_of(**asked), frame), NOON)
    return view.document_of(view.question_of(order.scope, order.state), order.form, NOON)


def layers_of(**asked: str) -> dict[str, Heaps]:
    page = asked_of(**asked)
    scope = territory.resolve(page)
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    period = overview.picture(scope, page.period).period
    return read_heaps(scope, land.terrain.crs, page, period)


def legend(document: dict[str, Any], sign: str) -> list[dict[str, Any]]:
    return [row for one in document["legends"] for row in one["rows"] if row["sign"] == sign]


# ---------------------------------------------------------------------------------- its numbers


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("period", ["30d", "year"])
def test_tickets_are_as_many_as_on_the_page(period: str) -> None:
    every = ",".join(TICKET_SIGNS)
    found = layers_of(layers="ticket", sign=every, period=period)["ticket"]
    page = asked_of(period=period)
    scope = territory.resolve(page)
    assert scope is not None
    counted = overview.ticket_signs(scope, overview.picture(scope, period).period, ())
    assert dict(zip(found.keys, found.counts.sum(axis=0).tolist(), strict=True)) == counted
    shown = document_of(layers="ticket", sign=every, period=period)["legends"][1]["rows"]
    assert [int(row["count"].replace(",", "")) for row in shown] == [
        counted[sign] for sign in TICKET_SIGNS
    ]


@pytest.mark.usefixtures("demo")
def test_a_class_of_tickets_is_filtered_as_on_the_page() -> None:
    page = asked_of()
    scope = territory.resolve(page)
    assert scope is not None
    one = overview.ticket_classes(scope.edition)[0]["code"]
    period = overview.picture(scope, "30d").period
    counted = overview.ticket_signs(scope, period, (one,))
    found = layers_of(layers="ticket", cls=one)["ticket"]
    assert int(found.counts.sum()) == sum(counted.get(sign, 0) for sign in state.DEFAULT_SIGNS)
    assert document_of(layers="ticket", cls=one)["notes"]


@pytest.mark.usefixtures("demo")
def test_people_are_as_many_as_the_pages_figures() -> None:
    found = layers_of(layers=POINTS)
    scope = territory.resolve(asked_of())
    assert scope is not None
    picture = overview.picture(scope, "30d")
    assert int(found["elderly"].counts.sum()) == picture.sum("age60").value == 14_596
    assert found["party_household"].total() == 560
    document = document_of(layers=POINTS)
    assert legend(document, "bubble")[0]["count"] == "14,596"
    assert legend(document, "house")[0]["count"] == "560"


@pytest.mark.usefixtures("demo")
def test_a_care_class_shows_its_people_only() -> None:
    every = layers_of(layers="elderly")["elderly"]
    some_of = layers_of(layers="elderly", care="high_risk,general")["elderly"]
    assert some_of.keys == ("high_risk", "general")
    by_class = dict(zip(every.keys, every.counts.sum(axis=0).tolist(), strict=True))
    assert some_of.counts.sum(axis=0).tolist() == [by_class["high_risk"], by_class["general"]]


@pytest.mark.usefixtures("demo")
def test_marks_on_the_map_add_up_to_what_is_counted() -> None:
    found = layers_of(layers=POINTS)
    scope = territory.resolve(asked_of())
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    frame = frame_of(land, VIEW_FORMATS["slide"])
    for layer in found.values():
        marks = tallies.marks_of(layer, frame, em=2.7)
        assert sum(sum(mark.numbers) for mark in marks) == layer.total()
        assert len(marks) < len(layer.xy)


@pytest.mark.usefixtures("demo")
def test_thousands_of_tickets_stay_a_small_file_of_few_marks() -> None:
    every = ",".join(TICKET_SIGNS)
    document = document_of(layers="ticket,label", sign=every, period="year")
    numbers = [label for label in document["map"]["labels"] if label["style"] == "tally"]
    assert 50 < len(numbers) < 400
    many = make(Wish("view", asked_of(layers="ticket", sign=every, period="year"), "a4"), NOON)
    few = make(Wish("view", asked_of(), "a4"), NOON)
    assert len(many.body) < len(few.body) + 60_000


@pytest.mark.usefixtures("demo")
def test_nothing_of_the_page_is_left_out() -> None:
    layers = ",".join(state.SWITCHABLE_LAYERS)
    document = document_of(layers=layers, lang="en")
    assert document["notes"] == []
    assert {row["text"] for row in legend(document, "sub_district")} == {"Sub-district"}
    names = {label["lines"][0] for label in document["map"]["labels"]}
    assert {"星河片区", "春晓片区", "阳光片区", "广福片区"} <= names


@pytest.mark.usefixtures("demo")
def test_with_points_buildings_are_plain_and_grids_have_their_codes() -> None:
    document = document_of(layers="ticket,label")
    grids = [label for label in document["map"]["labels"] if label["style"] == "grid"]
    assert sorted(label["lines"] for label in grids) == [(f"{n:03}",) for n in range(1, 10)]
    plain = document_of(layers="ticket,label", mode="plain")["map"]["svg"]
    assert document["map"]["svg"].count("#D3D9DF") == plain.count("#D3D9DF") == 1


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("frame", ["slide", "a4", "phone"])
def test_no_number_stands_on_another(frame: str) -> None:
    drawn = document_of(frame, layers="ticket,elderly,label")["map"]
    board = [label for label in drawn["labels"] if label["style"] in ("tally", "grid")]
    boxes = [inked(label) for label in board]
    clashes = [(a, b) for a, b in itertools.combinations(boxes, 2) if a.intersection(b).area > 0.05]
    assert len(boxes) > 40
    assert not clashes


def inked(label: dict[str, Any]) -> Any:
    """Return what a label covers, without the air around it."""
    wide = max(width_em(line) for line in label["lines"]) * label["size"] * 0.3528
    high = len(label["lines"]) * label["size"] * 0.3528 * 0.75
    x, y = label["x"], label["y"]
    return shapely.box(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)


def test_who_is_counted_together_does_not_depend_on_where_the_map_is() -> None:
    rng = np.random.default_rng(1)
    layer = Heaps(("a",), (signs.PARTY,), rng.uniform(0, 900, (300, 2)), np.full((300, 1), 3))
    here = tallies.marks_of(layer, Frame(200.0, 200.0, 5_000, 450.0, 450.0), em=2.5)
    moved = tallies.marks_of(layer, Frame(200.0, 200.0, 5_000, 480.0, 431.0), em=2.5)
    assert sorted(mark.numbers for mark in here) == sorted(mark.numbers for mark in moved)
    rooms = [shapely.box(*mark.box) for mark in here]
    assert not [1 for a, b in itertools.combinations(rooms, 2) if a.intersection(b).area > 1e-9]


def test_a_mark_gives_way_to_what_stands_there() -> None:
    layer = Heaps(("a",), (signs.PARTY,), np.array([[50.0, 50.0]]), np.array([[5]]))
    frame, board = Frame(100.0, 100.0, 1_000, 50.0, 50.0), MapBoard(100.0, 100.0)
    (alone,) = tallies.put_marks(layer, frame, MapBoard(100.0, 100.0), 10.0)
    board.reserve((48.0, 48.0, 52.0, 52.0))
    (moved,) = tallies.put_marks(layer, frame, board, 10.0)
    taken = shapely.box(48.0, 48.0, 52.0, 52.0)
    assert shapely.box(*alone.box).intersects(taken)
    assert shapely.box(*moved.box).intersection(taken).area == 0
    assert board.signs
    assert [label.lines for label in board.labels] == [("5",)]


# ------------------------------------------------------------------------------------- privacy

counts_of = some.lists(some.tuples(*[some.integers(0, 6)] * 3), min_size=1, max_size=30).map(
    lambda rows: np.array(rows, dtype=np.int64)
)


@given(counts=counts_of, fewest=some.integers(1, 5), seed=some.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_groups_have_no_small_number_and_lose_nobody(
    counts: np.ndarray[Any, Any], fewest: int, seed: int
) -> None:
    xy = np.random.default_rng(seed).uniform(0, 500, (len(counts), 2))
    kept = neighbours.told(counts, fewest)
    assert not small(kept.sum(axis=0), fewest).any()
    group = neighbours.groups(xy, kept, fewest)
    assert ((group >= 0) == kept.any(axis=1)).all()
    sums = [kept[group == one].sum(axis=0) for one in set(group.tolist()) - {-1}]
    assert not any(small(one, fewest).any() for one in sums)
    assert sum(one.sum() for one in sums) == kept.sum()


def test_large_numbers_stand_alone() -> None:
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [500.0, 0.0], [503.0, 0.0]])
    counts = np.array([[9], [7], [1], [8]])
    assert neighbours.groups(xy, counts, 3).tolist() == [0, 1, 2, 2]
    assert neighbours.groups(xy, counts, 1).tolist() == [0, 1, 2, 3]


@pytest.mark.usefixtures("demo")
def test_no_number_of_people_is_small_nor_what_is_left_of_two() -> None:
    found = layers_of(layers=POINTS)
    for key in ("elderly", "party_household"):
        assert not small(found[key].counts, FEWEST).any()
    every, high = layers_of(layers="elderly")["elderly"], layers_of(layers="elderly", care="key")
    places = {tuple(xy): row for xy, row in zip(every.xy.tolist(), every.counts, strict=True)}
    for xy, row in zip(high["elderly"].xy.tolist(), high["elderly"].counts, strict=True):
        assert not small(places[tuple(xy)].sum() - row, FEWEST).any()


@pytest.mark.usefixtures("demo")
def test_tickets_at_homes_stand_at_groups_of_inhabited_buildings() -> None:
    scope = territory.resolve(asked_of())
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    with reading() as connection:
        homes = brief_rows.homes(connection, viewer(), scope.community_ids)
        rows = brief_rows.tickets(
            connection, viewer(), scope.community_ids, overview.picture(scope, "30d").period
        )
    xy = heaps._metric(homes, land.terrain.crs)
    group, _counts = heaps._grouped(homes, xy, np.ones((len(homes), 1), dtype=np.int64))
    assert np.unique(group, return_counts=True)[1].min() >= FEWEST
    found = layers_of(layers="ticket", sign=",".join(TICKET_SIGNS))["ticket"]
    own = shapely.STRtree(shapely.points(xy))
    public = heaps._metric(rows[rows["building_id"].isna()], land.terrain.crs)
    known = {tuple(place) for place in public.tolist()}
    others = [place for place in found.xy.tolist() if tuple(place) not in known]
    assert 0 < len(others) <= len(set(group.tolist()))
    near = own.query(shapely.points(others), predicate="dwithin", distance=0.5)[0]
    assert len(set(near.tolist())) < 0.1 * len(others)  # in the middle, hardly ever at a building


@pytest.mark.usefixtures("demo")
def test_the_legend_tells_no_less_where_the_map_is_larger() -> None:
    whole = document_of(layers=POINTS)
    near = document_of(layers=POINTS, z="17", c="24.9757,102.7443")
    for sign in ("bubble", "arc", "house", "triangle"):
        counts = [[row["count"] for row in legend(one, sign)] for one in (whole, near)]
        assert counts[0] == counts[1]


@pytest.mark.usefixtures("demo")
def test_a_viewer_without_the_right_sees_neither_points_nor_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = Viewer("wall", "wall", None)
    for module in (view, heaps):
        monkeypatch.setattr(module, "viewer", lambda: wall)
    document = document_of(layers=POINTS, lang="en")
    assert len(document["notes"]) == 2
    assert not legend(document, "bubble")
    assert not legend(document, "house")
    assert legend(document, "triangle")
    people = layers_of(layers=POINTS)
    assert people["elderly"].total() == people["party_household"].total() == 0


FACTS: dict[str, Any] = {
    "id": 1,
    "building_id": 1,
    "community_id": 1,
    "number": "7",
    "compound": "甲苑",
    "name": "",
    "use": "residential",
    "storeys": 6,
    "units": 2,
    "built_year": 2004,
    "community_name": "甲",
    "grid_code": "",
    "households": 30,
    "residents": 80,
    "age60": 12,
    "alone60": 4,
    "party_households": 5,
    "contact_linked": 9,
}


def card(layer: str, signs_: dict[str, int] | None = None, **changed: Any) -> dict[str, Fact]:
    thing = Thing(layer, 1, {**FACTS, **changed}, signs=signs_ or {})
    told = picked._discreet(thing)
    norms = {"party_contact": type("Norm", (), {"low": 10.0, "high": 15.0})()}
    picture: Any = type("Picture", (), {"norms": norms})()
    return {row.label: row for row in picked._rows(picture, told)}


@pytest.mark.parametrize(
    ("changed", "label", "hidden"),
    [
        ({}, "Residents 60+", False),
        ({"age60": 2}, "Residents 60+", True),
        ({"age60": 79}, "Residents 60+", True),
        ({"party_households": 1}, "Party households", True),
        ({"households": 2}, "Residents", True),
        ({"households": 3}, "Residents", False),
        ({"residents": 1, "age60": 0, "alone60": 0}, "Residents", True),
    ],
)
def test_a_buildings_card_has_no_small_number(
    changed: dict[str, int], label: str, *, hidden: bool
) -> None:
    words.speak("en")
    assert ("—" in card("building", None, **changed)[label].value) is hidden


@pytest.mark.parametrize(
    ("found", "hidden"),
    [
        ({}, False),
        ({"closed": 9}, False),
        ({"closed": 9, "overdue": 3}, False),
        ({"closed": 9, "overdue": 1}, True),
        ({"closed": 1, "active": 9}, True),
        ({"pending": 1, "active": 1}, True),
    ],
)
def test_a_buildings_tickets_are_told_from_three_on(found: dict[str, int], *, hidden: bool) -> None:
    words.speak("en")
    row = card("building", found)["Tickets in the period"]
    assert (row.value == "—") is hidden
    assert bool(row.against) is not hidden


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("figure", ["age60", "party_households", "tickets"])
def test_all_cards_together_do_not_give_away_what_one_keeps_back(figure: str) -> None:
    scope = territory.resolve(asked_of())
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    period = overview.picture(scope, "30d").period
    with reading() as connection:
        homes = brief_rows.homes(connection, viewer(), scope.community_ids)
        tickets = brief_rows.tickets(connection, viewer(), scope.community_ids, period)
    people, party = homes[list(brief_rows.PEOPLE)].to_numpy(), homes[["party_household"]].to_numpy()
    counted = {
        "age60": people.sum(axis=1, keepdims=True),
        "party_households": party,
        "tickets": heaps._by_progress(homes, tickets),
    }[figure]
    by = {"age60": people, "party_households": party}.get(figure, np.ones((len(homes), 1), int))
    group, _counts = heaps._grouped(homes, heaps._metric(homes, land.terrain.crs), by)
    names, sizes = np.unique(group[group >= 0], return_counts=True)
    for name in names[np.argsort(-sizes)][:4]:
        members = np.flatnonzero(group == name)
        numbers = homes["building_id"].to_numpy()[members].tolist()
        back = [figure in heaps.held_back(scope, land, period, number) for number in numbers]
        assert not small(counted[members[np.invert(back)]], FEWEST).any()
        if not all(back):
            assert not small(counted[members[back]].sum(axis=0), FEWEST).any()


@pytest.mark.usefixtures("demo")
def test_people_picked_at_a_stairwell_are_told_of_by_their_building() -> None:
    with reading() as connection:
        number, building = connection.execute(
            sa.text(
                "SELECT s.id, s.building_id FROM unit_summary s JOIN division d"
                " ON d.id = s.community_id WHERE d.code = '530111007001' AND s.age60 > 5"
                " ORDER BY s.id LIMIT 1"
            )
        ).one()
    by_point = document_of(pick=f"elderly:{number}", layers="elderly")
    assert by_point["card"] == document_of(bld=str(building), layers="elderly")["card"]
    assert [row["text"] for row in legend(by_point, "chosen")] == [words._("Chosen building")]


@pytest.mark.usefixtures("demo")
def test_a_picked_ticket_at_a_home_is_shown_at_its_group_and_without_the_house() -> None:
    scope = territory.resolve(asked_of())
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    period = overview.picture(scope, "30d").period
    with reading() as connection:
        at_home = connection.scalar(
            sa.text(
                "SELECT min(t.id) FROM ticket t JOIN building_summary s USING (building_id)"
                " WHERE t.community_id = :here AND s.households > 5"
            ),
            {"here": scope.community_ids[0]},
        )
    found = things.thing(scope.edition, "ticket", at_home, period)
    assert found is not None
    shown = picked.picked_of(scope, overview.picture(scope, "30d"), found, land)
    assert shown.point is not None
    assert shown.point != found.point
    assert not shown.line
    printed = str(document_of(pick=f"ticket:{at_home}", layers="ticket,label")["card"])
    assert str(found.facts["building_compound"]) not in printed


def test_nobody_and_no_door_is_on_a_card_or_a_map(
    town: sa.Engine,  # noqa: F811
    use_store: UseStore,
) -> None:
    use_store(town.url.render_as_string(hide_password=False))
    place = {"street": "350102001", "community": "350102001011"}
    layers = ",".join(state.SWITCHABLE_LAYERS)
    with town.connect() as connection:
        numbers = {
            "building": connection.scalar(sa.text("SELECT min(id) FROM building")),
            "unit": connection.scalar(sa.text("SELECT min(id) FROM unit")),
            "ticket": connection.scalar(
                sa.text("SELECT min(id) FROM ticket WHERE community_id = 11")
            ),
            "elderly": connection.scalar(
                sa.text("SELECT min(id) FROM unit_summary WHERE age60 > 0 AND community_id = 11")
            ),
            "party_household": connection.scalar(
                sa.text("SELECT min(id) FROM unit_summary WHERE party_households > 0")
            ),
        }
    for layer, number in numbers.items():
        chosen = {"bld": str(number)} if layer == "building" else {"pick": f"{layer}:{number}"}
        document = document_of(**place, **chosen, layers=layers)
        assert document["card"] is not None
        assert CANARY not in str(document)


# ----------------------------------------------------------------------------------- pan and zoom


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"z": "16"},
        {"c": "24.97,102.75"},
        {"z": "whole", "c": "24.97,102.75"},
        {"z": "nan", "c": "24.97,102.75"},
        {"z": "1e9", "c": "24.97,102.75"},
        {"z": "16", "c": "24.97"},
        {"z": "16", "c": "24.97,102.75,3"},
        {"z": "16", "c": "inf,102.75"},
        {"z": "16", "c": "89,102.75"},
        {"z": "16", "c": "24.97,190"},
        {"z": "0", "c": "24.97,102.75"},
        {"z": "-3", "c": "24.97,102.75"},
        {"z": "99", "c": "24.97,102.75"},
        {"z": "１６", "c": "24.97,102.75"},
    ],
)
def test_what_makes_no_sense_is_the_whole_area(query: dict[str, str]) -> None:
    assert look.look_of(query) is None
    assert look.with_look(state.DEFAULT, query) is state.DEFAULT


@pytest.mark.parametrize("size", ["", "0x600", "-5x6", "axb", "900", "99999x10", "900x600x3"])
def test_a_size_that_makes_no_sense_is_the_usual_one(size: str) -> None:
    found = look.look_of({"z": "16", "c": "24.97,102.75", "s": size})
    assert found is not None
    assert found.size_px == look.USUAL_PX


@pytest.mark.usefixtures("demo")
def test_a_part_is_drawn_as_large_as_it_fits_and_no_more_than_lies_there() -> None:
    there = {"z": "17", "c": "24.97570,102.74434", "s": "900x600", "layers": "label"}
    whole, near = document_of(layers="label")["map"], document_of(**there)["map"]
    assert near["bar"]["ticks"][-1] != whole["bar"]["ticks"][-1]
    serials = {
        label["lines"][0].split(" ")[0] for label in near["labels"] if label["style"] == "grid"
    }
    assert serials == {"001", "002"}
    assert any(label["style"].startswith("number") for label in near["labels"])
    assert not any(label["style"].startswith("number") for label in whole["labels"])
    edge = shapely.box(0, 0, near["width"], near["height"])
    assert all(edge.covers(shapely.Point(one["x"], one["y"])) for one in near["labels"])


@pytest.mark.usefixtures("demo")
def test_the_ground_of_the_screen_is_on_the_paper() -> None:
    page = asked_of(z="16.5", c="24.97570,102.74434", s="800x500")
    scope = territory.resolve(page)
    assert scope is not None
    land = read_land(scope)
    assert land is not None
    part = look.part_of(page, land.terrain.crs, land.terrain.bounds)
    assert part is not None
    m_per_px = 40_075_016.686 / 256 / 2**16.5 * np.cos(np.radians(24.9757))
    assert part[2] - part[0] == pytest.approx(800 * m_per_px, rel=1e-6)
    assert part[3] - part[1] == pytest.approx(500 * m_per_px, rel=1e-6)
    for form in VIEW_FORMATS.values():
        frame = frame_of(land, form, part)
        window = shapely.box(*frame.window())
        assert window.buffer(1e-6).covers(shapely.box(*part))
        assert window.area < 4 * shapely.box(*part).area
        if not form.round_scale:
            level = look.level_of(frame, land.terrain.crs)
            shown = frame.width_mm / look.CSS_PX_MM
            assert 2 ** (16.5 - level) == pytest.approx(
                (window.bounds[2] - window.bounds[0]) / m_per_px / shown, rel=1e-3
            )


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "there", [{"z": "12", "c": "24.972,102.748"}, {"z": "16", "c": "31.2,121.5"}, {"z": "banana"}]
)
def test_a_map_that_shows_all_or_nothing_of_it_is_the_whole_area(there: dict[str, str]) -> None:
    asked = {"c": "24.97,102.75", **there}
    assert document_of(**asked) == document_of()


@pytest.mark.usefixtures("demo")
def test_stairwells_are_drawn_where_the_page_draws_them() -> None:
    near = {"layers": "unit,label", "c": "24.97570,102.74434"}
    assert not legend(document_of(**near, z="16.4"), "dot")
    assert legend(document_of(**near, z="16.6"), "dot")
    svg = document_of(**near, z="16.6")["map"]["svg"]
    assert svg.count('fill="#1A5FA8"') > 20


@pytest.mark.usefixtures("demo")
def test_a_picked_building_is_outlined_and_told() -> None:
    with reading() as connection:
        number = connection.scalar(
            sa.text("SELECT id FROM building WHERE number <> '' ORDER BY id LIMIT 1")
        )
        community = connection.scalar(
            sa.text(
                "SELECT code FROM division WHERE id = (SELECT community_id FROM building"
                " WHERE id = :id)"
            ),
            {"id": number},
        )
    place = {"community": community, "street": community[:9]}
    plain, chosen = document_of(**place), document_of(**place, bld=str(number), lang="en")
    assert len(chosen["map"]["svg"]) > len(plain["map"]["svg"])
    assert {row["label"] for row in chosen["card"]["rows"]} >= {"Use", "Storeys", "Residents 60+"}
    assert [row["text"] for row in legend(chosen, "chosen")] == ["Chosen building"]
    assert document_of(**place, bld="999999999")["card"] is None


@pytest.mark.usefixtures("demo")
def test_the_same_view_gives_the_same_bytes() -> None:
    asked = {"layers": POINTS, "z": "16", "c": "24.9757,102.7443", "s": "900x600"}
    first = make(Wish("view", asked_of(**asked), "slide", "png"), NOON).body
    st.cache_data.clear()
    assert make(Wish("view", asked_of(**asked), "slide", "png"), NOON).body == first
    moved = {**asked, "c": "24.9700,102.7500"}
    assert make(Wish("view", asked_of(**moved), "slide", "png"), NOON).body != first


def test_a_link_to_the_whole_area_says_so() -> None:
    assert "z=whole" in link("view.png", state.DEFAULT, "slide", z=WHOLE)
    assert "z=" not in link("view.png", state.DEFAULT, "slide")


# ------------------------------------------------------------------------------------ its colours

LEAST_LIGHTNESS = 7.0
"""Least difference of CIE lightness between neighbouring classes: what a grey print keeps apart."""

LEAST_SEEN = 8.0
"""Least CIE76 difference between neighbouring classes for eyes that lack a kind of cone."""

LACKING = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
}  # fmt: skip
"""Linear sRGB as dichromats see it: Machado, Oliveira & Fernandes (2009), severity 1."""


def linear(color: str) -> np.ndarray[Any, Any]:
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return CIE L*a*b* (D65) of linear sRGB."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    ratio = to_xyz @ np.clip(rgb, 0, 1) / (0.95047, 1.0, 1.08883)
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def test_lightness_is_that_of_the_books() -> None:
    assert lab(linear("#FFFFFF"))[0] == pytest.approx(100, abs=0.05)
    assert lab(linear("#777777"))[0] == pytest.approx(50.03, abs=0.1)
    assert np.abs(lab(linear("#777777"))[1:]).max() < 0.1


PALETTE = theme.PALETTES["light"]
RAMPS = {
    "norm": PALETTE.norm[1:],  # the one below is hatched: as dark as up to three times
    "sequential": PALETTE.sequential,
    "hot": PALETTE.hot,
    "cold": PALETTE.cold,
    "states": (PALETTE.states["shop"], PALETTE.states["resident"], PALETTE.states["rented"]),
}


@pytest.mark.parametrize("name", RAMPS)
def test_neighbouring_classes_differ_in_grey_and_for_the_colour_blind(name: str) -> None:
    for one, other in itertools.pairwise(RAMPS[name]):
        first, second = linear(one), linear(other)
        assert abs(lab(first)[0] - lab(second)[0]) >= LEAST_LIGHTNESS, (one, other)
        for matrix in LACKING.values():
            seen = np.linalg.norm(lab(np.array(matrix) @ first) - lab(np.array(matrix) @ second))
            assert seen >= LEAST_SEEN, (one, other)


def test_signs_of_tickets_differ_by_shape_or_lightness() -> None:
    for one, other in itertools.combinations(signs.TICKETS.values(), 2):
        shaped = (one.shape, one.hollow) != (other.shape, other.hollow)
        dark, light = lab(linear(one.color))[0], lab(linear(other.color))[0]
        assert shaped or abs(dark - light) >= LEAST_LIGHTNESS, (one, other)


def test_a_bubbles_arc_differs_from_its_disc() -> None:
    bubble = signs.care_bubble(("high_risk", "key", "general", "none"))
    over_white = 0.3 * linear(bubble.color) + 0.7
    assert lab(over_white)[0] - lab(linear(bubble.urgent_color))[0] >= 30


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("asked", [{}, {"ind": "age60"}, {"mode": "state"}, {"mode": "storeys"}])
def test_the_picture_has_the_colours_that_were_tested(asked: dict[str, str]) -> None:
    document = document_of(**asked)
    rows = [row for row in document["legends"][0]["rows"] if row["color"]]
    png = make(Wish("view", asked_of(**asked), "slide", "png"), NOON).body
    with Image.open(io.BytesIO(png)) as image:
        rgb = np.asarray(image.convert("RGB"), dtype=np.int64) @ [0x10000, 0x100, 1]
    colors, counts = np.unique(rgb, return_counts=True)
    pixels = {f"#{color:06X}": n for color, n in zip(colors.tolist(), counts.tolist(), strict=True)}
    assert len(rows) >= 3
    assert all(pixels.get(row["color"], 0) > 30 for row in rows)
    greys = [lab(linear(row["color"]))[0] for row in rows if row["sign"] == "fill"]
    apart = [abs(a - b) for a, b in itertools.pairwise(greys)]
    assert (
        min(apart) >= LEAST_LIGHTNESS or asked == {}
    )  # below the norm: hatched where there is any


def test_below_the_norm_is_hatched_on_the_ground_where_buildings_are_plain() -> None:
    land = land_of(["none"], [3], [1.0], [7])
    frame = frame_of(land, VIEW_FORMATS["slide"])
    shown = map_state(
        building_mode="indicator",
        layers=("ticket",),
        choropleth=Choropleth({7: 0, 8: None}, ["#3B7FC4"]),
    )
    seen, pen = look_at(land.terrain, frame), drawing.Pen(hatch_lowest=True)
    hatched = drawing.svg_of(land, seen, shown, [], pen)
    plain = drawing.svg_of(land, seen, shown, [], replace(pen, hatch_lowest=False))
    assert len(hatched) > len(plain)
