"""Briefings: the page's own numbers, on every size of page, the same bytes each time, nobody named.

Pages are read back with pypdf, which knows nothing of how they were made.
"""

from __future__ import annotations

import io
import logging
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
import streamlit as st
from hypothesis import given, settings
from hypothesis import strategies as some
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard import __main__ as commands
from dashboard import rankings, routes, state, verdicts
from dashboard.backend import Backend
from dashboard.briefing import command, drawing, making, page, view, wall
from dashboard.briefing.captions import MapBoard
from dashboard.briefing.formats import VIEW_FORMATS, WALL_FORMATS, Format, format_of
from dashboard.briefing.kinds import Order
from dashboard.briefing.land import NO_GRID, Land, read_land
from dashboard.briefing.making import Wish, make
from dashboard.briefing.page import Made
from dashboard.briefing.runs import plain_text, runs_of
from dashboard.maps import Choropleth, Focus, MapState
from dashboard.services import overview, territory
from dashboard.services.overview import Busiest
from dashboard.views.brief_button import link
from geo import words
from geo.errors import InputError, RequestError
from geo.papers.labels import Label, extent
from geo.papers.terrain import Terrain, array_of
from geo.store import tables as t
from geo.store.compute import refresh_within
from tests.dashboard.test_routes import Browser, site
from tests.store import small_city
from tests.town import CANARY, town  # noqa: F401 - a fixture

UseStore = Callable[[str], None]
SPORTS_CITY = {"street": "530111007", "community": "530111007001"}
NOON = Made(datetime(2026, 11, 27, 4, 0, tzinfo=UTC), "local")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


pytestmark = pytest.mark.usefixtures("nothing_kept")


def wish(kind: str = "view", frame: str = "a4", ending: str = "", **asked: str) -> Wish:
    words.speak(asked.get("lang", "zh"))
    return Wish(kind, state.parse({**SPORTS_CITY, **asked}), frame, ending)


def text_of(body: bytes) -> str:
    """Return a PDF's text without spaces: where lines break is not what is said."""
    return "".join(
        "".join(part.extract_text().split()) for part in PdfReader(io.BytesIO(body)).pages
    )


def tight(text: str) -> str:
    return "".join(text.split())


def pixels(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


# ---------------------------------------------------------------------------------- its numbers


def overview_script() -> None:
    from dashboard.views import overview as script  # noqa: PLC0415 - the body is the script

    script.page()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"ind": "tickets_per_1000_households", "period": "month"},
        {"ind": "on_time_rate", "lang": "en", "period": "year"},
    ],
)
def test_a_briefing_says_what_the_page_says(asked: dict[str, str]) -> None:
    app = AppTest.from_function(overview_script, default_timeout=60)
    for key, value in {**SPORTS_CITY, **asked}.items():
        app.query_params[key] = value
    said = [line for element in app.run().markdown for line in element.value.splitlines()]
    sentences = [plain_text(line[3:]) for line in said if re.match(r"[123]\. ", line)]
    assert len(sentences) == 3
    printed = text_of(make(wish(**asked), NOON).body)
    for sentence in sentences:
        assert tight(sentence) in printed


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("ind", ["households", "party_contact_coverage"])
def test_strip_ranking_and_labels_are_the_pages(ind: str) -> None:
    asked = wish(ind=ind)
    scope = territory.resolve(asked.state)
    assert scope is not None
    picture = overview.picture(scope, asked.state.period)
    printed = text_of(make(asked, NOON).body)
    for cell in verdicts.strip_cells(picture):
        assert tight(cell.label) in printed
        assert tight(cell.value + cell.unit) in printed
        assert tight(cell.verdict) in printed
    for row in rankings.ranking(picture, ind, None).rows:
        assert tight(row.name) in printed
        assert tight(row.text) in printed


@pytest.mark.usefixtures("demo")
def test_known_figures_and_facts_are_on_the_page() -> None:
    printed = text_of(make(wish(), NOON).body)
    assert "新亚洲体育城社区" in printed
    assert "22×600<13,350" in printed
    assert "3,261÷500=6.5" in printed
    assert "数据截至2026-11-2018:00" in printed
    assert "2026版" in printed
    assert "2026-11-2712:00" in printed  # when it was made, in Shanghai
    assert re.search(r"比例尺1:1[0-9],000", printed)


@pytest.mark.usefixtures("demo")
def test_a_chosen_grid_is_outlined_and_told() -> None:
    code = "530111007001003"
    asked = wish(grid=code, layers="label,ticket,facility")
    printed = text_of(make(asked, NOON).body)
    assert code in printed
    assert "23,827人" in printed
    plain = view_document(wish(layers="label,ticket,facility"))
    chosen = view_document(asked)
    assert chosen["ranking"]["rows"][chosen["ranking"]["chosen"]]["id"] == code
    assert plain["ranking"]["chosen"] == -1
    assert len(chosen["map"]["svg"]) > len(plain["map"]["svg"])
    assert not plain["notes"]  # all that the page shows is drawn


def document_of(asked: Wish) -> dict[str, Any]:
    """Return what is pressed."""
    _kind, order = making.order_of(asked, NOON)
    question = view.question_of(order.scope, order.state)
    if asked.kind == "wall":
        return wall.document_of(wall.wall_question(question), order.form, NOON)
    return view.document_of(question, order.form, NOON)


def view_document(asked: Wish, form: Format = VIEW_FORMATS["a4"]) -> dict[str, Any]:
    scope = territory.resolve(asked.state)
    assert scope is not None
    return view.document_of(view.question_of(scope, asked.state), form, NOON)


@pytest.mark.usefixtures("demo")
def test_legend_counts_sum_up_to_the_grids() -> None:
    document = view_document(wish())
    counts = [int(row["count"]) for row in document["legends"][0]["rows"]]
    assert sum(counts) == 9
    states = view_document(wish(mode="state"))["legends"][0]["rows"]
    assert sum(int(row["count"].replace(",", "")) for row in states) == 8018 + 3668 + 1664 + 846


# ------------------------------------------------------------------------------------ its pages


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("frame", "size"),
    [("slide", (1920, 1080)), ("slide4k", (3840, 2160)), ("phone", (1080, 1920))],
)
def test_pictures_have_the_size_they_are_named_for(frame: str, size: tuple[int, int]) -> None:
    assert pixels(make(wish(frame=frame, ending="png"), NOON).body) == size


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("kind", "frame", "size_mm"),
    [
        ("view", "a4", (297, 210)),
        ("view", "a4p", (210, 297)),
        ("view", "a3", (420, 297)),
        ("view", "a3p", (297, 420)),
        ("wall", "a1", (841, 594)),
        ("wall", "a0", (1189, 841)),
    ],
)
def test_papers_are_one_page_of_their_size(
    kind: str, frame: str, size_mm: tuple[float, float]
) -> None:
    made = make(wish(kind, frame), NOON)
    assert made.media_type == "application/pdf"
    reader = PdfReader(io.BytesIO(made.body))
    assert len(reader.pages) == 1
    box = reader.pages[0].mediabox
    assert [float(box.width) / 72 * 25.4, float(box.height) / 72 * 25.4] == pytest.approx(
        size_mm, abs=0.5
    )


@pytest.mark.usefixtures("demo")
def test_the_map_is_vector_and_the_fonts_are_embedded_subsets() -> None:
    reader = PdfReader(io.BytesIO(make(wish(), NOON).body))
    assert not list(reader.pages[0].images)
    fonts = reader.pages[0]["/Resources"]["/Font"].get_object()
    assert fonts
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert re.match(r"/[A-Z]{6}\+", descendant["/BaseFont"])
        descriptor = descendant["/FontDescriptor"].get_object()
        assert any(f"/FontFile{n}" in descriptor for n in ("", 2, 3))


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(("kind", "frame"), [("view", "a4"), ("view", "slide"), ("wall", "a1")])
def test_the_same_question_gives_the_same_bytes(kind: str, frame: str) -> None:
    first = make(wish(kind, frame), NOON).body
    st.cache_data.clear()
    assert make(wish(kind, frame), NOON).body == first
    assert (
        make(wish(kind, frame), replace(NOON, at=datetime(2026, 11, 28, tzinfo=UTC))).body != first
    )


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("kind", ["view", "wall"])
def test_in_english_only_names_are_chinese(kind: str) -> None:
    asked = wish(kind, "a4" if kind == "view" else "a1", lang="en")
    scope = territory.resolve(asked.state)
    assert scope is not None
    document = document_of(asked)
    heads = [
        *(row["text"] for legend in document["legends"] for row in legend["rows"]),
        *(cell["label"] + cell["verdict"] for cell in document["strip"]),
        *document["ranking"]["head"],
        document["footer"]["warning"],
        document["footer"]["made"],
    ]
    assert len(heads) > 8
    assert not [text for text in heads if CHINESE.search(text)]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("kind", ["view", "wall"])
def test_no_label_stands_on_another(kind: str) -> None:
    asked = wish(kind, "slide" if kind == "view" else "a1", layers="label,facility")
    scope = territory.resolve(asked.state)
    assert scope is not None
    drawn = document_of(asked)["map"]
    labels = [Label(**{**one, "lines": tuple(one["lines"])}) for one in drawn["labels"]]
    boxes = array_of([box_of(one) for one in labels if one.style not in ("road", "disc")])
    assert len(boxes) >= 9
    left, right = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    overlaps = shapely.area(shapely.intersection(boxes[left], boxes[right]))[left < right]
    assert (overlaps < 0.01).all()
    edge = shapely.box(-0.1, -0.1, drawn["width"] + 0.1, drawn["height"] + 0.1)
    assert shapely.within(boxes, edge).all()


def box_of(label: Label) -> Any:
    width, height = extent(label.lines, label.size)
    return shapely.box(
        label.x - width / 2, label.y - height / 2, label.x + width / 2, label.y + height / 2
    )


@pytest.mark.usefixtures("demo")
def test_every_grid_is_labelled_and_nearly_every_building_numbered() -> None:
    asked = wish("wall", "a1")
    scope = territory.resolve(asked.state)
    assert scope is not None
    labels = document_of(asked)["map"]["labels"]
    serials = {label["lines"][0].split(" ")[0] for label in labels if label["style"] == "grid"}
    assert serials == {f"{n:03}" for n in range(1, 10)}
    land = read_land(scope)
    assert land is not None
    numbered = sum(label["style"].startswith("number") for label in labels)
    assert numbered >= 0.97 * (land.buildings["number"] != "").sum()


# ----------------------------------------------------------------------------------- bad input


@pytest.fixture
def odd(scratch_engine: sa.Engine, use_store: UseStore) -> Callable[[Callable[..., None]], None]:
    """Return a function that fills a database with the small city, changed somehow."""

    def fill(change: Callable[[sa.Connection], None]) -> None:
        with scratch_engine.begin() as connection:
            small_city.load(connection, 7)
            change(connection)
            refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))
        use_store(scratch_engine.url.render_as_string(hide_password=False))
        st.cache_data.clear()

    return fill


def of_the_odd(kind: str, frame: str, **asked: str) -> str:
    place = {"street": "350102001", "community": "350102001011"}
    return text_of(make(wish(kind, frame, "pdf", **{**place, **asked}), NOON).body)


EVERY_FRAME = [*(("view", key) for key in ("slide", "a4", "a4p", "phone")), ("wall", "a1")]
"""One of each arrangement; A3 and the sharp slide are only larger."""


def test_an_empty_community_says_so(odd: Callable[[Callable[..., None]], None]) -> None:
    def add(connection: sa.Connection) -> None:
        connection.execute(
            sa.insert(t.division).values(
                kind="community", code="350102001099", name="空社区", parent_id=1
            )
        )

    odd(add)
    for kind, frame in EVERY_FRAME:
        printed = of_the_odd(kind, frame, community="350102001099")
        assert "空社区" in printed
        assert tight(
            words._("There is nothing to draw yet: no boundary, no grids, no buildings.")
        ) in (printed)


def test_a_community_without_a_plan_has_a_map_and_no_ranking(
    odd: Callable[[Callable[..., None]], None],
) -> None:
    def drop(connection: sa.Connection) -> None:
        connection.execute(sa.delete(t.plan).where(t.plan.c.community_id == 11))

    odd(drop)
    for kind, frame in EVERY_FRAME:
        printed = of_the_odd(kind, frame)
        assert tight(words._("No grid plan yet")) in printed
        assert tight(words._("There are no grids yet: nothing to compare.")) in printed


def test_a_period_without_tickets_has_no_invented_noughts(
    odd: Callable[[Callable[..., None]], None],
) -> None:
    odd(lambda connection: connection.execute(sa.delete(t.ticket)))
    printed = of_the_odd("view", "a4", ind="on_time_rate")
    label = words._("Closed on time")
    assert tight(
        words._("There are no figures of “{indicator}” in this period.", indicator=label)
    ) in (printed)


LONG = "这是一个名字长达四十个汉字的社区网格专门用来看版面会不会被撑破所以写得非常非常长哦"
HOSTILE = '#panic("x") *b* $a$ \\u{41} <svg> [c]'


@pytest.mark.parametrize("name", [LONG, HOSTILE, "Long Latin name " * 3])
def test_long_and_hostile_names_stay_words(
    odd: Callable[[Callable[..., None]], None], name: str
) -> None:
    def rename(connection: sa.Connection) -> None:
        connection.execute(sa.update(t.division).where(t.division.c.id == 11).values(name=name))
        connection.execute(sa.update(t.grid).values(name=name))
        connection.execute(sa.update(t.building).values(compound=name))

    odd(rename)
    for kind, frame in EVERY_FRAME:
        assert tight(name) in of_the_odd(kind, frame)


def crowd(connection: sa.Connection) -> None:
    """Put 600 buildings in 60 grids with names of 41 characters into a community of 400 m."""
    connection.execute(sa.delete(t.grid).where(t.grid.c.plan_id == 102))
    (x0, y0), step = small_city.corner(11), small_city.SIDE_DEG / 30
    grids, buildings, assigned, homes = [], [], [], []
    for n in range(60):
        x, y = x0 + n % 10 * 3 * step, y0 + n // 10 * 5 * step
        shape = f"SRID=4326;{shapely.MultiPolygon([shapely.box(x, y, x + 3 * step, y + 5 * step)])}"
        code = f"350102001011{n + 1:03}"
        grids.append({"id": 5000 + n, "plan_id": 102, "code": code, "name": LONG, "geom": shape})
        for k in range(10):
            number, (west, south) = 20000 + n * 10 + k, (x + k % 3 * step, y + k // 3 * step)
            outline = shapely.MultiPolygon(
                [shapely.box(west, south, west + step * 0.8, south + step * 0.5)]
            )
            buildings.append(
                {
                    "id": number,
                    "source": "crowd",
                    "external_id": str(number),
                    "community_id": 11,
                    "number": str(k + 1),
                    "use": "residential",
                    "geom": f"SRID=4326;{outline}",
                    "anchor": f"SRID=4326;{outline.centroid}",
                }
            )
            assigned.append({"plan_id": 102, "building_id": number, "grid_id": 5000 + n})
            homes += [
                {"id": number * 100 + room, "building_id": number, "room": "1", "state": "resident"}
                for room in range(n)
            ]
    for table, rows in ((t.grid, grids), (t.building, buildings), (t.plan_assignment, assigned)):
        connection.execute(sa.insert(table), rows)
    connection.execute(sa.insert(t.household), homes)


def test_sixty_grids_and_six_hundred_buildings_still_read_well(
    odd: Callable[[Callable[..., None]], None],
) -> None:
    odd(crowd)
    for kind, frame in EVERY_FRAME:
        chosen = {"grid": "350102001011002"} if kind == "view" else {}  # next to last of the rank
        printed = of_the_odd(kind, frame, **chosen)
        assert "60" in printed
        assert "350102001011002" in printed or kind == "wall"
        assert re.search("……另有[0-9]+个|…and[0-9]+more|59", printed)


def test_a_whole_street_is_one_page(odd: Callable[[Callable[..., None]], None]) -> None:
    odd(lambda _connection: None)
    printed = of_the_odd("view", "slide", community="all")
    assert "社区11" in printed
    assert "社区12" in printed
    with pytest.raises(InputError):
        of_the_odd("wall", "a1", community="all")


def test_a_community_that_is_not_there_is_no_other(
    odd: Callable[[Callable[..., None]], None],
) -> None:
    odd(lambda _connection: None)
    with pytest.raises(InputError):
        of_the_odd("view", "slide", community="350102001098")


# ------------------------------------------------------------------------------------- privacy


def test_nobody_and_no_door_is_in_a_briefing(
    town: sa.Engine,  # noqa: F811
    use_store: UseStore,
) -> None:
    use_store(town.url.render_as_string(hide_password=False))
    asked = {"street": "350102001", "community": "350102001011"}
    for kind, frame in EVERY_FRAME:
        for grid in ("", "350102001011001"):
            for layers in ("label,facility", "ticket,elderly,party_household,unit,facility,label"):
                one = wish(kind, frame, "pdf", **asked, grid=grid, layers=layers)
                scope = territory.resolve(one.state)
                assert scope is not None
                assert CANARY not in str(document_of(one))


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(("tickets", "said"), [(2, False), (3, True)])
def test_a_small_number_of_one_building_is_not_said(tickets: int, *, said: bool) -> None:
    scope = territory.resolve(state.parse(SPORTS_CITY))
    assert scope is not None
    picture = overview.picture(scope, "30d")
    place = Busiest(1, "秘密小区", "7", "", tickets, "001")
    kept = view.discreet(replace(picture, busiest=place, ground=replace(picture, busiest=place)))
    assert ("秘密小区" in "".join(verdicts.three_things(kept))) is said
    assert kept.ground is not None
    assert (kept.ground.busiest is not None) is said


# ---------------------------------------------------------------------------------- its pieces


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("", []),
        ("plain", [("plain", False, "")]),
        ("a **b** c", [("a ", False, ""), ("b", True, ""), (" c", False, "")]),
        (r"1\. \*\*x\*\* \[y\]", [("1. **x** [y]", False, "")]),
        (":red[late] now", [("late", False, "bad"), (" now", False, "")]),
        (r":gray[a\]b]", [("a]b", False, "muted")]),
        ("a ] b", [("a ] b", False, "")]),
    ],
)
def test_markdown_becomes_runs(markdown: str, expected: list[tuple[str, bool, str]]) -> None:
    assert [(run["text"], run["bold"], run["tone"]) for run in runs_of(markdown)] == expected


def test_path_data_is_a_start_and_whole_steps() -> None:
    square = shapely.Polygon([(0, 0), (1.5, 0), (1.5, 2), (0, 2)])
    made = drawing._data(shapely.get_rings(array_of([square])), "Z")
    assert made == "M0 0l150 0 0 200 -150 0 0 -200Z"
    two = array_of([shapely.LineString([(1, 1), (2, 1)]), shapely.LineString([(3, 3), (3, 4)])])
    assert drawing._data(two, "") == "M100 100l100 0M300 300l0 100"
    assert drawing._data(array_of([]), "") == ""


def land_of(
    states: list[str], households: list[int], storeys: list[float], grid: list[int]
) -> Land:
    count = len(states)
    squares = array_of([shapely.box(at * 20, 0, at * 20 + 10, 10) for at in range(count)])
    cells = array_of([shapely.box(0, 0, 40, 40), shapely.box(40, 0, 80, 40)])
    none = array_of([])
    terrain = Terrain(
        crs=None,  # type: ignore[arg-type]
        grids=cells,
        buildings=squares,
        building_tree=shapely.STRtree(squares),
        building_grid=np.full(count, NO_GRID),
        ground=none,
        ground_tree=shapely.STRtree(none),
        boundary=None,
        bounds=(0.0, 0.0, 80.0, 40.0),
    )
    buildings = pd.DataFrame(
        {
            "number": [str(at) for at in range(count)],
            "storeys": storeys,
            "households": households,
            "dominant_state": states,
            "grid_id": grid,
        }
    )
    empty = pd.DataFrame({"kind": [], "name": []})
    return Land(
        terrain=terrain,
        grid_id=np.array([7, 8]),
        grid_names=("", ""),
        buildings=buildings,
        ground=empty,
        communities=none,
        facilities=empty,
        places=none,
        schematic=False,
    )


def map_state(**more: Any) -> MapState:
    return MapState(
        community="1",
        bounds_lon_lat=(0, 0, 1, 1),
        boundary_urls=(),
        grids_urls=(),
        version="v",
        **more,
    )


def test_buildings_are_coloured_as_the_page_colours_them() -> None:
    land = land_of(
        ["resident", "vacant", "none", "shop"], [5, 3, 0, 2], [3, 4, 0, 30], [7, 8, 7, -1]
    )
    colors, hatched = drawing.building_colors(land, map_state(building_mode="state"))
    palette = drawing.PALETTE
    states = palette.states
    assert colors.tolist() == [
        *(states["resident"], states["vacant"]),
        *(drawing.NEUTRAL, states["shop"]),
    ]
    assert hatched.tolist() == [False, True, False, False]
    colors, hatched = drawing.building_colors(land, map_state(building_mode="storeys"))
    steps = palette.sequential
    assert colors.tolist() == [steps[0], steps[1], drawing.NEUTRAL, steps[4]]
    assert hatched.tolist() == [False, False, True, False]
    shown = map_state(choropleth=Choropleth({7: 0, 8: None}, ("#111111", "#222222")))
    colors, hatched = drawing.building_colors(land, shown, hatch_lowest=True)
    assert colors.tolist() == ["#111111", *[drawing.NEUTRAL] * 3]
    assert hatched.tolist() == [True, False, False, False]
    assert set(drawing.building_colors(land, map_state(building_mode="plain"))[0]) == {
        drawing.NEUTRAL
    }


def test_the_state_of_a_building_of_two_homes_is_not_shown() -> None:
    states = ["vacant", "vacant", "shop", "none"]
    land = land_of(states, [2, 3, 1, 0], [1] * 4, [7] * 4)
    shown = map_state(building_mode="state")
    colors, hatched = drawing.building_colors(land, shown)
    palette = drawing.PALETTE.states
    assert colors.tolist() == [
        *(drawing.NEUTRAL, palette["vacant"]),
        *(palette["shop"], drawing.NEUTRAL),
    ]
    assert hatched.tolist() == [False, True, False, False]
    (told,) = page.few_legend(land, shown)
    assert "3" in told["rows"][0]["text"]
    assert not page.few_legend(land, map_state(building_mode="plain"))
    enough = land_of(states, [3, 3, 1, 0], [1] * 4, [7] * 4)
    assert not page.few_legend(enough, shown)


def test_numbers_are_read_on_every_colour() -> None:
    land = land_of(["resident", "vacant", "shop", "none"], [5, 3, 0, 0], [1] * 4, [7] * 4)
    styles = drawing.number_styles(land, map_state(building_mode="state"))
    assert styles.tolist() == ["number", "number-plate", "number-light", "number"]
    assert drawing.luminance("#FFFFFF") == pytest.approx(1)
    assert drawing.luminance("#000000") == 0
    assert drawing.luminance("#777777") == pytest.approx(0.184, abs=0.001)  # 4.48 : 1 on white


def test_only_the_chosen_grid_is_outlined() -> None:
    from geo.papers.drawing import look  # noqa: PLC0415 - only here

    land = land_of(["none"], [0], [0], [7])
    frame = page.frame_of(land, VIEW_FORMATS["slide"])
    seen = look(land.terrain, frame)
    pen = drawing.Pen()
    plain = drawing.svg_of(land, seen, map_state(), [], pen)
    chosen = drawing.svg_of(land, seen, map_state(focus=Focus(grid=8)), [], pen)
    assert plain.count('stroke-width="100"') == 0
    assert chosen.count('stroke-width="100"') == 1


boxes_mm = some.tuples(*[some.integers(-5, 60)] * 2, *[some.integers(1, 30)] * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@given(taken=some.lists(boxes_mm, max_size=6), asked=some.lists(boxes_mm, min_size=1, max_size=8))
def test_many_places_are_judged_as_one_by_one(
    taken: list[tuple[float, float, float, float]], asked: list[tuple[float, float, float, float]]
) -> None:
    board = MapBoard(60.0, 50.0)
    for box in taken:
        board.reserve(box)
    assert board.free(np.array(asked, dtype=float)).tolist() == [board.is_free([b]) for b in asked]


@given(
    width=some.floats(1, 50_000),
    height=some.floats(1, 50_000),
    key=some.sampled_from(sorted({*VIEW_FORMATS, *WALL_FORMATS})),
)
@settings(max_examples=80, deadline=None)
def test_the_frame_holds_everything(width: float, height: float, key: str) -> None:
    form = {**VIEW_FORMATS, **WALL_FORMATS}[key]
    land = land_of(["none"], [0], [0], [7])
    moved = replace(land, terrain=replace(land.terrain, bounds=(0.0, 0.0, width, height)))
    frame = page.frame_of(moved, form)
    west, south, east, north = frame.window()
    assert west < 0 < width < east
    assert south < 0 < height < north
    if form.round_scale:
        assert len(str(frame.scale).rstrip("0")) <= 2
    assert 0 < drawing.scale_m(frame) * frame.mm_per_m <= max(frame.width_mm / 4, frame.mm_per_m)


@pytest.mark.parametrize("form", [*VIEW_FORMATS.values(), *WALL_FORMATS.values()])
def test_every_format_leaves_room_for_the_words(form: Format) -> None:
    width, height = form.panel
    assert width > 15 * form.text
    assert height > 10 * form.text
    assert form.map_w + 2 * form.margin <= form.width
    assert form.map_h + 2 * form.margin + form.header + form.footer <= form.height


def test_an_unknown_size_names_those_there_are() -> None:
    with pytest.raises(RequestError) as refused:
        format_of(VIEW_FORMATS, "a9")
    assert "slide4k" in words.explain(refused.value)


# -------------------------------------------------------------------------------- how one asks


def test_the_buttons_link_reproduces_the_page() -> None:
    asked = state.parse(
        {**SPORTS_CITY, "ind": "age60", "grid": "530111007001003", "mode": "state", "lang": "en"}
    )
    parts = urlsplit(link("view.png", asked, "phone"))
    assert parts.path == "/export/brief/view.png"
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert query["frame"] == "phone"
    assert state.parse(query) == asked
    assert dict(parse_qsl(urlsplit(link("view.png", state.DEFAULT, "a4")).query))["lang"] == "zh"


def offer_script() -> None:
    from dashboard import state as page_state  # noqa: PLC0415 - the body is the script
    from dashboard.views import brief_button  # noqa: PLC0415

    asked = page_state.read()
    brief_button._view(asked)
    brief_button._wall(asked)


def test_the_button_offers_every_size_and_the_wall_maps() -> None:
    app = AppTest.from_function(offer_script, default_timeout=60)
    app.query_params["grid"] = "530111007001003"
    app.query_params["lang"] = "en"
    app.run()
    assert not app.exception
    assert len(app.selectbox(key="brief_frame").options) == len(VIEW_FORMATS)
    app.selectbox(key="brief_frame").select("phone").run()
    offered = [urlsplit(one.proto.url) for one in app.get("link_button")]
    assert [one.path.rpartition("/")[2] for one in offered] == [
        *("view.png", "view.pdf", "view.pptx", "view.docx"),
        *("wall.pdf", "wall.pdf"),
    ]
    asked = [dict(parse_qsl(one.query)) for one in offered]
    assert [one["frame"] for one in asked] == [*("phone",) * 4, "a1", "a0"]
    assert {one["grid"] for one in asked} == {"530111007001003"}
    assert {one["lang"] for one in asked} == {"en"}


@pytest.fixture
def browser(
    town: sa.Engine,  # noqa: F811
    use_store: UseStore,
    tmp_path: Path,
) -> Iterator[Browser]:
    use_store(town.url.render_as_string(hide_password=False))
    with closing(Backend(town, tmp_path)) as backend:
        yield Browser(site(backend))


TOWN = "community=350102001011&street=350102001"


def test_the_route_answers_with_a_file(browser: Browser) -> None:
    reply = browser.get(f"/export/brief/view.png?{TOWN}&frame=slide&lang=en")
    assert reply.status == 200
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == "no-store"
    assert "filename*=UTF-8''" in reply.headers["content-disposition"]
    assert pixels(reply.body) == (1920, 1080)
    wall = browser.get(f"/export/brief/wall.pdf?{TOWN}&frame=a1")
    assert wall.status == 200
    assert wall.body.startswith(b"%PDF")


@pytest.mark.parametrize(
    "address",
    [
        "view.gif?frame=slide",
        "view.png?frame=a9",
        "view.png",
        "wall.pdf?frame=slide",
        "wall.pdf?frame=a1&community=all",
        "gossip.pdf?frame=a4",
        "view.pdf?frame=a4&community=350102001098",
    ],
)
def test_the_route_refuses_in_a_sentence(browser: Browser, address: str) -> None:
    joined = (
        address if "community" in address else f"{address}{'&' if '?' in address else '?'}{TOWN}"
    )
    reply = browser.get(f"/export/brief/{joined}&lang=en")
    assert reply.status == 400
    assert not CHINESE.search(reply.text)
    assert reply.text.endswith(".")


def test_the_route_is_declared() -> None:
    assert "/export/brief/{name}" in {entry.path for entry in routes.ROUTES}


@pytest.fixture
def _logging_back() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("demo", "_logging_back")
def test_the_command_writes_files_and_a_line_about_each(tmp_path: Path) -> None:
    asked = ["brief", "--community", "530111007001", "--lang", "en", "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(commands.app, [*asked, "--frame", "slide", "--frame", "a4"])
    assert done.exit_code == 0, done.output
    written = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert written == [
        "530111007001-view-households-30d-a4-en.pdf",
        "530111007001-view-households-30d-slide-en.png",
    ]
    assert len(done.output.splitlines()) == 2
    assert all(name in done.output for name in written)


@pytest.mark.usefixtures("demo", "_logging_back")
def test_without_a_community_every_one_is_made_and_a_failure_stops_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = view.KIND.body

    def body(order: Order) -> bytes:
        community = order.scope.community
        if community is not None and community.code == "350102001002":
            raise InputError("No luck with {code}.", code=community.code)
        return real(order)

    monkeypatch.setitem(making.KINDS, "view", replace(view.KIND, body=body))
    done = CliRunner().invoke(commands.app, ["brief", "--out", str(tmp_path)])
    assert done.exit_code == 1
    made = sorted(path.name[:12] for path in tmp_path.iterdir())
    assert made == ["120116051013", "370702002004", "410103007001", "530111007001"]
    assert len(done.stdout.splitlines()) == 4
    (failed,) = done.stderr.splitlines()
    assert "350102001002" in failed
    assert "No luck" in failed


@pytest.mark.usefixtures("demo", "_logging_back")
def test_each_grid_comes_as_a_file_of_its_own(tmp_path: Path) -> None:
    asked = ["brief", "--community", "530111007001", "--each", "grids", "--out", str(tmp_path)]
    done = CliRunner().invoke(commands.app, asked)
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.iterdir())) == 9
    done = CliRunner().invoke(commands.app, [*asked, "--each", "houses"])
    assert done.exit_code == 1


@pytest.mark.usefixtures("demo", "_logging_back")
@pytest.mark.parametrize(
    "wrong",
    [
        ["--frame", "a9"],
        ["--kind", "gossip"],
        ["--format", "gif"],
        ["--ind", "happiness"],
        ["--period", "decade"],
        ["--mode", "rainbow"],
        ["--grid", "12"],
        ["--layers", "label,ghosts"],
        ["--community", "530111007099"],
    ],
)
def test_the_command_refuses_what_makes_no_sense(tmp_path: Path, wrong: list[str]) -> None:
    place = [] if "--community" in wrong else ["--community", "530111007001"]
    done = CliRunner().invoke(commands.app, ["brief", "--out", str(tmp_path / "x"), *place, *wrong])
    assert done.exit_code == 1
    assert done.output.strip()
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        command._save(tmp_path / "file" / "x.png", b"")
