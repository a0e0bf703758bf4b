"""Grid sheets: the services' numbers, every building on its map, small numbers of none of them.

What may be told of a building is tried against linear programming: whoever reads a sheet must be
left with more than one possibility for each number that is kept back.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
import streamlit as st
from hypothesis import example, given, settings
from hypothesis import strategies as some
from pypdf import PdfReader
from scipy.optimize import linprog

from dashboard import facts, state
from dashboard.briefing import sheets
from dashboard.briefing.formats import SHEET_FORMATS, Ending
from dashboard.briefing.kinds import Order
from dashboard.briefing.page import Made
from dashboard.briefing.runs import plain_text
from dashboard.briefing.sheets import Sheets, Town, areas_of, document_of, towns_of
from dashboard.briefing.sheets.map import LARGEST, SMALLEST
from dashboard.briefing.sheets.numbers import numbered
from dashboard.briefing.sheets.table import HIDDEN, Register, Room, Row, pages_of, register
from dashboard.briefing.sheets.telling import Block, told
from dashboard.services import overview, territory
from dashboard.services import sheets as services
from dashboard.services.overview import Area
from geo import words
from geo.errors import InputError, NotAllowedError
from geo.papers.frame import SCALES
from geo.papers.labels import extent
from geo.schema import HOUSEHOLD_STATES
from geo.store import tables as t
from geo.store.access import Viewer
from tests.town import CANARY, town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
Page = dict[str, Any]

SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
FIRST = "530111007001001"
NOON = Made(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), "local")
FEWEST = 3
STATES = list(HOUSEHOLD_STATES)


pytestmark = pytest.mark.usefixtures("nothing_kept")


def order(frame: str = "a4p", ending: Ending = "pdf", **asked: str) -> Order:
    words.speak(asked.get("lang", "zh"))
    known = state.parse({**SPORTS_CITY, **asked})
    scope = territory.resolve(known)
    assert scope is not None
    return Order(scope, known, SHEET_FORMATS[frame], ending, NOON)


def the_town(one: Order) -> Town:
    (found,) = towns_of(one)
    return found


def rows_of(pages: list[Page]) -> list[Page]:
    return [row for page in pages for block in page["table"]["blocks"] for row in block]


def marks_of(pages: list[Page]) -> list[str]:
    """Return the marks in a table: of each building once."""
    marks = [row["cells"][0].split(" ")[0] for row in rows_of(pages) if row["kind"] != "heading"]
    return list(dict.fromkeys(marks))


def boxes(labels: list[Page]) -> np.ndarray[Any, np.dtype[np.float64]]:
    flat = [label for label in labels if label["angle"] == 0]
    sides = [extent(label["lines"], label["size"]) for label in flat]
    return np.array(
        [
            (one["x"] - wide / 2, one["y"] - high / 2, one["x"] + wide / 2, one["y"] + high / 2)
            for one, (wide, high) in zip(flat, sides, strict=True)
        ]
    )


# ---------------------------------------------------------------------------------- its numbers


@pytest.fixture
def recounted(demo_engine: sa.Engine) -> pd.DataFrame:
    """Count dwellings and elderly people of each building from their own rows."""
    home, person, community = t.household.c, t.resident.c, t.division
    dwellings = sa.select(
        home.building_id,
        *(sa.func.count().filter(home.state == key).label(key) for key in STATES),
    ).group_by(home.building_id)
    with demo_engine.connect() as connection:
        as_of = connection.scalar(
            sa.select(sa.func.max(community.c.as_of)).where(community.c.as_of.is_not(None))
        )
        assert as_of is not None
        day = as_of.astimezone().date()
        ages = sa.func.date_part("year", sa.func.age(sa.literal(day), person.birth_date))
        elderly = (
            sa.select(
                home.building_id,
                sa.func.count().filter(ages >= 60).label("age60"),
                sa.func.count().filter(ages >= 80).label("age80"),
            )
            .select_from(t.household.join(t.resident))
            .group_by(home.building_id)
        )
        first, second = (
            pd.DataFrame(connection.execute(one).mappings().all()).set_index("building_id")
            for one in (dwellings, elderly)
        )
    return first.join(second, how="outer").fillna(0).astype(int)


@pytest.mark.usefixtures("demo")
def test_the_table_tells_what_is_on_record_and_nothing_small(recounted: pd.DataFrame) -> None:
    one = order()
    here, seen = the_town(one), 0
    for area in here.picture.areas:
        buildings = here.of(area)
        marks = numbered(buildings).marks
        numbers = dict(zip(marks, buildings["building_id"].tolist(), strict=True))
        for row in rows_of(Sheets(here, one).pages(area)):
            if row["kind"] == "building":
                homes, *states, age60, age80 = row["cells"][1:]
                real = recounted.loc[numbers[row["cells"][0]]]
                expected = [*real[STATES], real.age60, real.age80]
                for shown, value in zip([*states, age60, age80], expected, strict=True):
                    assert shown in (HIDDEN, str(value))
                    assert shown == HIDDEN or value == 0 or value >= FEWEST
                assert homes in (HIDDEN, str(real[["resident", "rented", "vacant"]].sum()))
                seen += 1
    assert seen > 450


@pytest.mark.usefixtures("demo")
def test_what_is_told_together_is_the_sum(recounted: pd.DataFrame) -> None:
    one = order(lang="en")
    here = the_town(one)
    area = here.picture.areas[0]
    buildings = here.of(area)
    found = register(buildings, FEWEST, counted=True)
    inside = recounted.loc[buildings["building_id"]]
    together = found.told.homes.together
    sums = inside[STATES][together].sum()
    said = ", ".join(f"{words._(label)} {sums[key]:,}" for key, label in HOUSEHOLD_STATES.items())
    assert 2 <= together.sum() < len(buildings)
    assert f"{together.sum()} buildings together: {said}" in found.note


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figures_are_the_overviews(lang: str) -> None:
    one = order(grid=FIRST, lang=lang)
    picture = overview.picture(one.scope, one.state.period)
    area = picture.area(FIRST)
    assert area is not None
    (page,) = [page for page in document_of(one)["pages"] if page["kind"] == "sheet"]
    shown = {cell["label"]: cell["value"] for cell in page["cells"]}
    known = {fact.label: plain_text(fact.value) for fact in facts.of_area(picture, area)}
    assert len(shown) == 12
    assert len(shown.keys() & known.keys()) == 11
    for label in shown.keys() & known.keys():
        assert shown[label] == known[label]
    text = "".join(run["text"] for run in page["verdict"])
    assert f"{picture.figure('households', area.id).value:,.0f}" in text
    assert len(page["staff"]["roles"]) == len(area.roles)
    for n in area.roles.values():
        assert any(str(n) in role for role in page["staff"]["roles"])


@pytest.mark.usefixtures("demo")
def test_a_file_says_plan_cut_off_scale_use_and_page() -> None:
    body = sheets.KIND.body(order(grid=FIRST, lang="en"))
    pages = PdfReader(io.BytesIO(body)).pages
    text = " ".join(pages[0].extract_text().split())
    for said in ("in force since", "data until", "Scale 1:", "internal use", FIRST, "Page 1 of 1"):
        assert said in text


# ---------------------------------------------------------------------------------- its map


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("frame", SHEET_FORMATS)
def test_every_building_is_numbered_on_its_map_and_no_words_collide(frame: str) -> None:
    one = order(frame)
    here = the_town(one)
    for area in here.picture.areas:
        pages = Sheets(here, one).pages(area)
        labels = pages[0]["map"]["labels"]
        placed = Counter(
            label["lines"][0] for label in labels if label["style"].startswith("number")
        )
        assert placed == Counter(numbered(here.of(area)).marks)
        assert sorted(marks_of(pages)) == sorted(placed)
        taken = boxes(labels)
        low, high = taken[:, :2], taken[:, 2:]
        crossed = ((low[:, None] < high - 1e-6) & (low < high[:, None] - 1e-6)).all(axis=2)
        assert int(crossed.sum()) == len(taken)
        assert (low >= 0).all()
        assert (high <= np.array(one.form.map_mm)).all()


@pytest.mark.usefixtures("demo")
def test_scales_are_round_and_a_large_grid_says_why_its_is_smaller() -> None:
    words.speak("en")
    for community, larger in (("530111007001", True), ("350102001002", False)):
        one = order("a4", community=community, street=community[:9], lang="en")
        here = the_town(one)
        for area in here.picture.areas:
            said = Sheets(here, one).pages(area)[0]["heading"]["facts"][-1]
            scale = int(re.findall(r"1:([\d,]+)", said)[0].replace(",", ""))
            assert scale in SCALES
            assert scale >= LARGEST
            assert (scale > SMALLEST) is larger
            assert ("would not fit" in said) is larger


@pytest.mark.usefixtures("demo")
def test_only_the_grids_own_buildings_have_colours() -> None:
    one = order(grid=FIRST)
    here = the_town(one)
    (area,) = areas_of(here, one)
    maker = Sheets(here, one)
    alone = replace(here, buildings=here.buildings.iloc[:0])
    assert here.land is not None
    nobody = here.land.buildings.assign(grid_id=-1)
    empty = Sheets(replace(alone, land=replace(here.land, buildings=nobody)), one)
    colours = ["#3E93CC", "#E6B350", "#793573"]
    drawn, blank = (one.pages(area)[0]["map"]["svg"] for one in (maker, empty))
    assert all(colour in drawn for colour in colours)
    assert not any(colour in blank for colour in colours)


# ------------------------------------------------------------------------------------- privacy


def frame_of(homes: Any, elderly: Any) -> pd.DataFrame:
    """Make the buildings of a grid from dwellings by state, and people of 60–79 and 80+."""
    homes, elderly = np.array(homes).reshape(-1, 4), np.array(elderly).reshape(-1, 2)
    made = pd.DataFrame(homes, columns=STATES)
    count = len(made)
    return made.assign(
        building_id=np.arange(count),
        age60=elderly.sum(axis=1),
        age80=elderly[:, 1],
        compound="里",
        number=[str(at) for at in range(count)],
        name="",
        storeys=None,
        lon=0.0,
        lat=0.0,
    )


def possible(
    block: Block, summed: tuple[int, ...], goal: np.ndarray[Any, Any]
) -> tuple[float, float]:
    """Return the least and the most a sum of cells can be, for all a reader is told."""
    rows = np.flatnonzero(block.together)
    count, parts = len(rows), block.parts.shape[1]
    left, right = [], []

    def know(cells: np.ndarray[Any, Any], value: float) -> None:
        left.append(cells.ravel())
        right.append(value)

    if not block.secret:
        for part in range(parts):
            cells = np.zeros((count, parts))
            cells[:, part] = 1
            know(cells, block.sums[part])
    for at, row in enumerate(rows):
        if not block.silent[row]:
            cells = np.zeros((count, parts))
            cells[at, list(summed)] = 1
            know(cells, block.total[row])
    ends = []
    for sign in (1, -1):
        asked = {"A_eq": np.array(left), "b_eq": right} if left else {}
        found = linprog(sign * goal.ravel(), bounds=(0, 1_000), **asked)
        assert found.status == 0
        ends.append(sign * found.fun)
    return ends[0], ends[1]


SMALL = some.sampled_from([0, 0, 1, 2, 3, 4, 9])


@settings(max_examples=120, deadline=None)
@given(some.integers(1, 5).flatmap(lambda n: some.tuples(
    some.lists(SMALL, min_size=4 * n, max_size=4 * n),
    some.lists(SMALL, min_size=2 * n, max_size=2 * n),
)))  # fmt: skip
@example(([9, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4], [9, 2, 0, 0, 0, 0]))
@example(([1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0], [1, 0, 0, 2, 9, 9]))
def test_no_small_number_follows_from_a_sheet(counts: tuple[list[int], list[int]]) -> None:
    known = told(frame_of(*counts), FEWEST)
    for block, summed in ((known.homes, (0, 1, 2)), (known.elderly, (0, 1))):
        shown = block.parts[~block.together]
        assert ((shown == 0) | (shown >= FEWEST)).all()
        totals = block.total[~block.silent]
        assert ((totals == 0) | (totals >= FEWEST)).all()
        rows = np.flatnonzero(block.together)
        goals: list[tuple[int, tuple[int, ...]]] = [
            (at, (part,))
            for at, row in enumerate(rows)
            for part in range(block.parts.shape[1])
            if 0 < block.parts[row, part] < FEWEST
        ]
        goals += [(at, summed) for at, row in enumerate(rows) if 0 < block.total[row] < FEWEST]
        for at, columns in goals:
            goal = np.zeros((len(rows), block.parts.shape[1]))
            goal[at, list(columns)] = 1
            least, most = possible(block, summed, goal)
            assert most - least >= 1 - 1e-6


@pytest.mark.usefixtures("demo")
def test_a_small_number_of_a_grids_only_building_is_nowhere_on_its_sheet() -> None:
    one = order(grid=FIRST, lang="en")
    here = the_town(one)
    (area,) = areas_of(here, one)
    only = here.of(area).iloc[:1].assign(
        resident=20, rented=5, vacant=2, shop=0, age60=7, age80=2, number="1"
    )  # fmt: skip
    figures = {
        **here.picture.figures,
        **{
            key: {area.id: overview.Figure(value)}
            for key, value in {"households": 27, "age60": 7, "age80": 2, "alone60": 6}.items()
        },
    }
    states = {"resident": 20, "rented": 5, "vacant": 2, "shop": 0}
    alone = replace(area, states=states)
    picture = replace(here.picture, figures=figures, areas=(alone,))
    page = Sheets(replace(here, buildings=only, picture=picture), one).pages(alone)[0]
    cells = {cell["label"]: cell["value"] for cell in page["cells"]}
    assert cells["Households"] == "27 households"
    assert cells["Residents 60+"] == "7 people"
    assert cells["Residents 80+"] == HIDDEN
    assert cells["Elderly living alone"] == HIDDEN  # one does not
    (row,) = rows_of([page])
    assert row["cells"] == ["1", "27", *[HIDDEN] * 4, "7", HIDDEN]
    assert not any(entry["count"] for legend in page["legends"] for entry in legend["rows"])
    assert "together" not in page["table"]["note"]


def test_nobody_and_no_door_is_on_a_sheet(
    town: sa.Engine,  # noqa: F811
    use_store: UseStore,
) -> None:
    use_store(town.url.render_as_string(hide_password=False))
    for frame in SHEET_FORMATS:
        one = order(frame, street="350102001", community="350102001011")
        page = document_of(one)
        assert len(page["pages"]) >= 3
        assert CANARY not in str(page)


@pytest.mark.usefixtures("demo")
def test_a_wall_screen_gets_no_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    one = order(grid=FIRST)
    monkeypatch.setattr(services, "viewer", lambda: Viewer("wall", "wall", None))
    with pytest.raises(NotAllowedError):
        document_of(one)
    assert "wall" not in sheets.KIND.roles


# -------------------------------------------------------------------------------------- files


@pytest.mark.usefixtures("demo")
def test_a_zip_has_a_file_for_each_grid_and_the_same_bytes_again() -> None:
    one = order(ending="zip", community="120116051013", street="120116051")
    body = sheets.KIND.body(one)
    names = [name for name, _body in sheets.each(one)]
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        assert opened.namelist() == names
        assert [name[:15] for name in names] == [f"12011605101300{n}" for n in range(1, 7)]
        for area, name in zip(the_town(one).picture.areas, names, strict=True):
            assert area.name in name
            assert area.code in PdfReader(io.BytesIO(opened.read(name))).pages[0].extract_text()
    st.cache_data.clear()
    assert sheets.KIND.body(one) == body


@pytest.mark.usefixtures("demo")
def test_one_pdf_has_all_grids_or_the_chosen_one() -> None:
    every = sheets.KIND.body(order("a3"))
    assert len(PdfReader(io.BytesIO(every)).pages) == 9
    one = PdfReader(io.BytesIO(sheets.KIND.body(order("a3", grid=FIRST))))
    assert len(one.pages) == 1
    assert FIRST in one.pages[0].extract_text()
    fonts = [font.get_object() for font in one.pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:  # embedded, and only the letters that are used
        assert re.match(r"/[A-Z]{6}\+", font["/BaseFont"])
        (inner,) = font["/DescendantFonts"]
        known = inner.get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in known or "/FontFile3" in known


@pytest.mark.usefixtures("demo")
def test_a_street_has_the_sheets_of_all_its_communities() -> None:
    one = order(street="530111007", community="all")
    assert {page["heading"]["title"] for page in document_of(one)["pages"]} == {
        area.label for area in overview.picture(one.scope, one.state.period).grids.areas
    }


@pytest.mark.usefixtures("demo")
def test_a_picture_is_of_one_grid_on_one_page() -> None:
    with pytest.raises(InputError, match="picture is of one grid"):
        sheets.KIND.body(order(ending="png"))
    for frame in SHEET_FORMATS:
        body = sheets.KIND.body(order(frame, "png", grid="530111007001008", lang="en"))
        assert body[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.usefixtures("demo")
def test_a_grid_that_is_not_there_is_said_to_be_missing() -> None:
    for call in (sheets.KIND.body, lambda one: list(sheets.each(one))):
        with pytest.raises(InputError, match="no grid"):
            call(order(grid="530111007001099"))


# ----------------------------------------------------------------------------------- extremes


def made_one(here: Town, area: Area) -> Town:
    """Put all buildings of a community into one grid as large as it."""
    assert here.land is not None
    terrain = here.land.terrain
    shapes = terrain.grids.copy()
    shapes[here.land.grid_id == area.id] = shapely.union_all(terrain.grids)
    land = replace(
        here.land,
        buildings=here.land.buildings.assign(grid_id=area.id),
        terrain=replace(terrain, grids=shapes),
    )
    return replace(here, land=land, buildings=here.buildings.assign(grid_id=area.id))


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("frame", SHEET_FORMATS)
def test_a_huge_grid_with_a_long_name_goes_on_and_loses_no_building(frame: str) -> None:
    one = order(frame, grid=FIRST)
    here = the_town(one)
    (area,) = areas_of(here, one)
    long = replace(area, name="网格" * 20, roles={})
    huge = made_one(here, long)
    pages = Sheets(huge, one).pages(long)
    assert len(marks_of(pages)) == len(huge.buildings) >= 480
    assert [page["kind"] for page in pages] == ["sheet", *["more"] * (len(pages) - 1)]
    assert [bool(page["table"]["more"]) for page in pages] == [*[True] * (len(pages) - 1), False]
    body = sheets._set(sheets.bound(pages, [huge], one, "x"), one, "pdf")
    text = [page.extract_text() for page in PdfReader(io.BytesIO(body)).pages]
    assert len(text) == len(pages)
    assert all("网格" * 10 in "".join(one.split()) for one in text)
    cut = Sheets(huge, one, one_page=True).pages(long)
    assert len(cut) == 1
    left = len(huge.buildings) - len(marks_of(cut))
    assert str(left) in cut[0]["table"]["more"]


@pytest.mark.usefixtures("demo")
def test_a_grid_with_nothing_still_has_a_sheet() -> None:
    one = order(grid=FIRST, lang="en")
    here = the_town(one)
    (area,) = areas_of(here, one)
    bare = replace(area, name="", roles={}, states={})
    nowhere = replace(here, land=None, buildings=here.buildings.iloc[:0])
    picture = replace(here.picture, figures={}, areas=(bare,))
    pages = Sheets(replace(nowhere, picture=picture), one).pages(bare)
    body = sheets._set(sheets.bound(pages, [nowhere], one, "x"), one, "pdf")
    text = " ".join(PdfReader(io.BytesIO(body)).pages[0].extract_text().split())
    for said in (
        "Nobody knows yet how many households 001 has.",
        "nobody has a role on this grid",
        "There is nothing to draw yet",
        "There are no buildings in this grid.",
    ):
        assert said in text
    assert all(cell["value"] == "—" for cell in pages[0]["cells"])


@given(
    some.lists(some.sampled_from(["heading", "building", "building", "name"]), max_size=300),
    some.floats(60, 900),
    some.floats(40, 900),
)
@settings(max_examples=80, deadline=None)
def test_no_row_is_lost_whatever_the_room(kinds: list[str], width: float, height: float) -> None:
    rows = tuple(
        Row(kind, (str(at), "1"), str(at) if kind == "building" else "")
        for at, kind in enumerate([*kinds, "building"])
    )
    known = told(frame_of([], []), FEWEST)
    found = Register(numbered(frame_of([], [])), known, ("A", "B"), rows, "", counted=True)
    room, page = Room(width, height, 8.5), Room(539.0, 700.0, 8.5)
    tables = pages_of(found, room, page, one_page=False)
    printed = [row["cells"][0] for one in tables for block in one["blocks"] for row in block]
    assert printed == [row.cells[0] for row in rows]
    for one in tables:
        high = max((len(block) for block in one["blocks"]), default=0) * one["row"]
        assert high <= (height if one is tables[0] else 700.0)


# ------------------------------------------------------------------------------------- numbers


def named(*buildings: tuple[str, str, str]) -> pd.DataFrame:
    made = pd.DataFrame(buildings, columns=["compound", "number", "name"])
    return made.assign(lon=np.arange(len(made)) * 0.001, lat=0.0)


def test_buildings_keep_the_numbers_people_know() -> None:
    found = numbered(named(("甲", "10", ""), ("甲", "2", ""), ("乙", "3", "")))
    assert found.marks == ("10", "2", "3")
    assert [group.heading for group in found.groups] == ["乙", "甲"]
    assert [group.places for group in found.groups] == [(2,), (1, 0)]


def test_a_letter_tells_compounds_with_the_same_numbers_apart() -> None:
    found = numbered(named(("甲", "1", ""), ("甲", "2", ""), ("乙", "1", ""), ("乙", "2", "")))
    assert len(set(found.marks)) == 4
    assert sorted(found.marks) == ["A1", "A2", "B1", "B2"]
    most = numbered(named(("甲", "1", ""), ("甲", "2", ""), ("乙", "1", "")))
    assert most.marks == ("1", "2", "A1")


def test_what_has_no_number_of_its_own_gets_one_and_keeps_its_name() -> None:
    found = numbered(
        named(("", "", "大楼"), ("", "中山东一路外滩十二号", ""), ("", "1", ""), ("", "1", "副楼"))
    )
    assert found.marks == ("#1", "#2", "1", "#3")
    assert found.names == ("大楼", "中山东一路外滩十二号", "", "副楼")


@given(some.lists(some.tuples(*[some.sampled_from(["", "1", "A1", "#1", "2", "12"])] * 3)))
def test_no_two_buildings_have_the_same_mark(buildings: list[tuple[str, str, str]]) -> None:
    found = numbered(named(*buildings))
    assert len(set(found.marks)) == len(buildings)
    assert all(found.marks)
    places = [place for group in found.groups for place in group.places]
    assert sorted(places) == list(range(len(buildings)))
