"""Party contact on the page: a community worked out by hand, and the demo as it is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import party_map, party_rows
from dashboard.services import contacting
from dashboard.services.contacting import Contacting
from dashboard.services.overview import Area, Figure, Picture
from dashboard.services.territory import Community
from dashboard.state import DEFAULT, PageState
from geo import words
from geo.network import StraightLine
from geo.norms import NORMS
from geo.periods import Period
from geo.store import tables as t
from geo.store.cluster import Lease
from geo.store.compute import refresh_within
from geo.store.contact_rows import Records
from geo.store.engine import make_engine, url_of
from tests.store import small_city

UseStore = Callable[[str], None]
TIMEOUT_S = 60
CODE = "530111007001"
HERE = Community(1, CODE, "东苑社区", None, 1, "方案", None)
XY = np.array([[0.0, 0.0], [100.0, 0.0], [1000.0, 0.0]])


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.speak("en")
    st.cache_data.clear()
    yield
    st.cache_data.clear()
    words.speak(words.DEFAULT_LANGUAGE)


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


RECORDS = Records(
    buildings=frame(
        "id compound number name sub_district_id grid_id lon lat",
        (101, "东苑", "1", "", 0, 7, 119.30, 26.0),
        (102, "东苑", "2", "", 0, 8, 119.31, 26.0),
        (103, "东苑", "3", "", 0, 0, 119.32, 26.0),
    ),
    # 40 + 20 + 5 occupied; 1 party household in the first building with 12 links of 15.
    homes=frame(
        "building unit_id occupied linked hosting waiting",
        (0, 0, 40, 10, 1, 29),
        (1, 0, 20, 2, 0, 18),
        (2, 0, 5, 0, 0, 5),
    ),
    hosts=frame("building unit_id links", (0, 0, 12), (0, 0, 4)),
    links=frame("host home households", (0, 0, 10), (0, 1, 2)),
    organisations=frame(
        "id parent_id level name grid_id",
        (1, 0, "committee", "党委", 0),
        (2, 1, "grid_branch", "东支部", 7),
        (3, 1, "grid_branch", "散支部", 99),
        (4, 2, "corridor_group", "一组", 0),
    ),
    members=frame(
        "organisation_id building signed_up host served",
        (4, 0, False, True, 12),
        (4, 1, False, True, 4),
        (2, 2, False, False, 0),
        (3, 0, True, False, 0),
        (0, -1, True, False, 0),
    ),
)
GRIDS = frame("id code name", (7, f"{CODE}001", "东"), (8, f"{CODE}002", "西"))


@pytest.fixture
def found() -> Contacting:
    homes, hosts = contacting.groups(RECORDS, XY, 15)
    return contacting.worked_out(
        HERE, dict(NORMS), RECORDS, GRIDS, (homes, hosts, StraightLine(1.3))
    )


@pytest.fixture
def picture() -> Picture:
    areas = tuple(
        Area(one, "grid", f"{CODE}00{place}", name, 1)
        for place, (one, name) in enumerate([(7, "东"), (8, "西")], 1)
    )
    total = {"party_members": Figure(764.0), "households": Figure(13350.0)}
    period = Period("30d", date(2026, 10, 22), date(2026, 11, 21))
    return Picture(
        period=period,
        as_of=datetime(2026, 11, 20, tzinfo=UTC),
        areas=areas,
        figures={},
        total=total,
        before={},
        trend={},
        norms=dict(NORMS),
        states={},
        storeys=(),
        tickets=0,
        repeats=0,
        busiest=None,
    )


def test_the_plan_is_summed_by_building(found: Contacting) -> None:
    names = [*party_rows.PARTS, "occupied", "hosts", "below", "links", "taken", "grid"]
    assert found.buildings[names].to_numpy().tolist() == [
        # 3 + 11 places are free: all go to the own building.
        [10, 1, 14, 15, 0, 40, 2, 1, 16, 14, 0],
        [2, 0, 0, 18, 0, 20, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 5, 5, 0, 0, 0, 0, -1],
    ]
    parts = found.buildings[list(party_rows.PARTS)].sum(axis=1)
    assert (parts == found.buildings["occupied"]).all()


def test_the_arithmetic_of_the_reports(picture: Picture) -> None:
    sentence = party_rows.reach_sentence(picture)
    assert "**764 members** × 10–15 = 7,640–11,460 households: **57–86%** of 13,350." in sentence
    assert "13,350 ÷ 15 = 890: **126 more**" in sentence


def test_nothing_is_said_of_unknown_members(picture: Picture) -> None:
    assert party_rows.reach_sentence(replace(picture, total={})) == ""


def test_the_plan_in_a_sentence(found: Contacting) -> None:
    sentence = party_rows.plan_sentence(found)
    assert "**2 party households** keep contact with 16 households and have room for 14" in sentence
    assert "12 + 1 + 14 = 27 of 65 occupied households (**41.5%**)" in sentence


def test_grids_and_the_rest_add_up(found: Contacting, picture: Picture) -> None:
    table = party_rows.by_grid(found, picture)
    texts = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in table.rows}
    assert texts == {
        "001 东": ["15", "25.0", "62.5", "15", "0", "2", "1"],
        "002 西": ["18", "too few", "too few", "18", "0", "0", "0"],
        "In no grid": ["5", "too few", "too few", "0", "5", "0", "0"],
    }


def test_the_best_places_and_how_sure_that_is(found: Contacting) -> None:
    # 38 are left over. 1 and 2 are near enough to each other; 3 is on its own.
    assert [(one.building, one.gain) for one in found.best] == [(1, 15), (0, 15), (2, 5)]
    assert "63%" in party_rows.guarantee(replace(found, best=found.best[1:]))
    assert "full 15" in party_rows.guarantee(replace(found, best=found.best[:2]))
    assert "adds nothing" in party_rows.guarantee(replace(found, best=()))
    table = party_rows.best(found)
    assert [cell.text for cell in table.rows[0].cells] == ["1 东苑 building 2", "15", "18", "42"]
    assert table.rows[0].id == "102"


def test_everybody_served_is_said(found: Contacting) -> None:
    one = found.best[0]._replace(gain=38)
    assert "nobody is left over" in party_rows.guarantee(replace(found, best=(one,)))


def test_two_nets(found: Contacting, picture: Picture) -> None:
    # Three members are of the branch for grid 001: one lives there, one in 002, one in no grid.
    sentence = party_rows.nets_sentence(found)
    assert "**2 of 3 members** (too few) live in another grid" in sentence
    assert sentence.endswith("2 more have no home on record here, or no branch with a grid.")
    (row,) = party_rows.disagreements(found).rows
    assert [cell.text for cell in row.cells] == [
        "东支部",
        "001",
        "2 of 3",
        "1",
        "In no grid: 1, 002: 1",
    ]
    assert party_rows.gaps(found, picture) == [
        "Grids without a branch: 002 西.",
        "Branches for no grid of the plan in force: 散支部.",
    ]


def test_the_tree_opens_where_it_was_clicked(found: Contacting) -> None:
    def shown(org: int | None) -> list[str]:
        return [row.cells[0].text.strip() for row in party_rows.tree(found, org).rows]

    assert shown(None) == ["▾ 党委", "▸ 东支部", "· 散支部"]
    assert shown(2) == ["▾ 党委", "▾ 东支部", "· 一组", "· 散支部"]
    assert shown(4) == shown(2)
    top = party_rows.tree(found, None).rows[0]
    assert [cell.text for cell in top.cells[1:]] == ["3", "1", "2", "16"]


def test_what_is_looked_at(found: Contacting, picture: Picture) -> None:
    def about(**asked: Any) -> tuple[str, list[int]]:
        subject = party_rows.subject(found, picture, PageState(**asked))
        return subject.name, subject.buildings["id"].tolist()

    assert about() == ("东苑社区", [101, 102, 103])
    assert about(grid=f"{CODE}002") == ("002 西", [102])
    assert about(org=4) == ("一组", [101, 102])
    assert about(org=2, pick=("building", 103)) == ("东苑 building 3", [103])
    assert about(org=99, pick=("building", 99)) == ("东苑社区", [101, 102, 103])


def test_a_group_works_in_its_branchs_grid(found: Contacting) -> None:
    duty = dict(zip(found.organisations["name"], found.organisations["duty"], strict=True))
    assert duty == {"党委": -1, "东支部": 0, "一组": 0, "散支部": -1}


def test_who_keeps_contact_with_whom(found: Contacting) -> None:
    rows = party_rows.ties(found, 1)
    assert rows.to_numpy().tolist() == [["东苑 building 1", "东苑 building 2", "2", "on record"]]
    lines = party_map.traces(found, 0)
    assert [(line.line, line.dashed) for line in lines] == [
        ([(119.30, 26.0), (119.31, 26.0)], False)
    ]
    assert party_rows.ties(found, 2).empty


def test_names_are_harmless_in_tables(found: Contacting) -> None:
    bad = found.buildings.assign(compound="*苑*")
    rows = party_rows.ties(replace(found, buildings=bad), 1)
    assert "\\*苑\\*" in rows.to_numpy()[0][0]


@pytest.mark.parametrize(
    ("left", "index"), [(0, 0), (1, 1), (25, 1), (26, 2), (50, 2), (75, 3), (76, 4), (100, 4)]
)
def test_classes_of_households_left_over(found: Contacting, left: int, index: int) -> None:
    rows = found.buildings.assign(occupied=100, no_capacity=left, out_of_reach=0)
    classes = party_map.left_classes(replace(found, buildings=rows))
    assert set(classes.values()) == {index}


def test_classes_of_the_two_nets(found: Contacting) -> None:
    assert party_map.nets_classes(found) == {101: 0, 102: 2, 103: 2}
    rows = found.buildings.assign(members=[0, 2, 2], apart=[0, 1, 0])
    assert party_map.nets_classes(replace(found, buildings=rows)) == {102: 1, 103: 0}


def test_nobody_lives_here() -> None:
    empty = Records(**{name: rows[:0] for name, rows in vars(RECORDS).items()})
    homes, hosts = contacting.groups(empty, XY[:0], 15)
    found = contacting.worked_out(
        HERE, dict(NORMS), empty, GRIDS[:0], (homes, hosts, StraightLine(1.3))
    )
    assert not found.any_party
    assert found.best == ()
    assert party_rows.parts(found, found.buildings).iloc[0].tolist()[2] == "—"


def test_organisations_in_a_circle_belong_to_no_tree() -> None:
    circle = frame(
        "id parent_id level name grid_id",
        (1, 2, "grid_branch", "甲", 7),
        (2, 1, "grid_branch", "乙", 8),
    )
    homes, hosts = contacting.groups(RECORDS, XY, 15)
    found = contacting.worked_out(
        HERE,
        dict(NORMS),
        replace(RECORDS, organisations=circle),
        GRIDS,
        (homes, hosts, StraightLine(1.3)),
    )
    assert found.organisations.empty
    assert (found.members["organisation"] == -1).all()


# ------------------------------------------------------------------------------------ the page


def coverage_script() -> None:
    from dashboard.views import coverage  # noqa: PLC0415 - the body is the script

    coverage.page()


def run(**params: str) -> AppTest:
    app = AppTest.from_function(coverage_script, default_timeout=TIMEOUT_S)
    for key, value in {"view": "party", "lang": "en", **params}.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.fixture
def demo(use_store: UseStore, demo_url: str) -> None:
    use_store(demo_url)


@pytest.fixture
def town(use_store: UseStore, lease: Lease, scratch_database: str) -> None:
    """Use a small city whose first street has two communities; the second has no party."""
    made = make_engine(url_of(lease, "app", scratch_database))
    with made.begin() as connection:
        small_city.load(connection, 7)
        elsewhere = (
            sa.select(t.household.c.id).join(t.building).where(t.building.c.community_id == 13)
        )
        connection.execute(
            sa.delete(t.party_household).where(t.party_household.c.household_id.in_(elsewhere))
        )
        refresh_within(connection, now=datetime(2026, 12, 24, tzinfo=UTC))
    made.dispose()
    use_store(url_of(lease, "app", scratch_database).render_as_string(hide_password=False))


@pytest.mark.usefixtures("demo")
def test_the_page_says_what_the_members_can_reach() -> None:
    app = run(community=CODE)
    assert not app.exception
    text = said(app)
    assert "**764 members** × 10–15 = 7,640–11,460 households: **57–86%** of 13,350." in text
    assert "**560 party households** keep contact with" in text


@pytest.mark.usefixtures("demo")
def test_the_page_keeps_to_what_is_chosen() -> None:
    assert DEFAULT.paint == "contact"
    for chosen in ({"paint": "nets"}, {"grid": f"{CODE}003"}, {"org": "1"}, {"bld": "1"}):
        app = run(community=CODE, **chosen)
        assert not app.exception, chosen


@pytest.mark.usefixtures("demo")
def test_a_nonsensical_link_shows_the_whole() -> None:
    app = run(community=CODE, paint="zz", org="x", bld="999999999")
    assert not app.exception
    assert "新亚洲体育城社区" in said(app)


@pytest.mark.usefixtures("town")
def test_a_whole_street_is_shown_by_community() -> None:
    app = run(street="350102001", community="all")
    assert not app.exception
    text = said(app)
    assert re.search(r"At best \d+ of \d+ occupied households \(\*\*[\d.]+%\*\*\) are served", text)
    assert "Choose a community" in text


@pytest.mark.usefixtures("town")
def test_a_community_without_party_records_says_so() -> None:
    app = run(street="350102002")
    assert not app.exception
    assert "no party members or party households on record" in said(app)


def test_the_page_agrees_with_the_kept_figures(
    demo_engine: sa.Engine, use_store: UseStore, demo_url: str
) -> None:
    use_store(demo_url)
    from dashboard.services import territory  # noqa: PLC0415 - after the store is chosen

    keys = {
        "party_no_room": ["no_capacity"],
        "party_out_of_reach": ["out_of_reach"],
        "party_served": ["linked", "hosting", "assignable"],
    }
    scope = territory.resolve(PageState(community=CODE))
    assert scope is not None
    assert scope.community is not None
    with demo_engine.connect() as connection:
        found = contacting.read(connection, scope, scope.community)
        kept = t.indicator_value.c
        for key, names in keys.items():
            asked = sa.select(kept.numerator).where(
                kept.indicator == key,
                kept.area_kind == "community",
                kept.area_id == scope.community.id,
            )
            values = set(connection.scalars(asked.order_by(kept.period_to.desc()).limit(1)))
            assert values == {float(found.buildings[names].to_numpy().sum())}, key
