"""Every figure known of the five communities holds exactly in the database."""

from __future__ import annotations

import pytest
import shapely
import sqlalchemy as sa

from etl.demo import DEFAULT_AS_OF, Loaded, load_demo
from etl.demo.calibration import FIGURES, Figure
from etl.demo.world import stored_area_km2
from geo import words
from geo.store.fill import is_empty

BUILDINGS = "SELECT count(*) FROM building b JOIN community c ON c.id = b.community_id WHERE "
HOMES = (
    "SELECT count(*) FROM household h JOIN building b ON b.id = h.building_id"
    " JOIN community c ON c.id = b.community_id WHERE "
)
PEOPLE = (
    "SELECT count(*) FROM resident r JOIN household h ON h.id = r.household_id"
    " JOIN building b ON b.id = h.building_id JOIN community c ON c.id = b.community_id WHERE "
)
MEMBERS = "SELECT count(*) FROM party_member m JOIN community c ON c.id = m.community_id WHERE "
THINGS = "SELECT count(*) FROM facility f JOIN community c ON c.id = f.community_id WHERE "
PARTS = "SELECT count(*) FROM division d JOIN community c ON c.id = d.parent_id WHERE "
OLD = "r.birth_date <= date '1966-11-20' AND "
GRIDS = (
    "SELECT count(*) FROM (SELECT g.id, count(h.id) AS n FROM grid g"
    " JOIN plan p ON p.id = g.plan_id"
    " JOIN community c ON c.id = p.community_id"
    " LEFT JOIN plan_assignment a ON a.grid_id = g.id"
    " LEFT JOIN household h ON h.building_id = a.building_id AND h.state <> 'shop'"
    " WHERE p.state = 'published' GROUP BY g.id) AS grids WHERE "
)

QUESTIONS = {
    "buildings": BUILDINGS + "true",
    "commercial_buildings": BUILDINGS + "b.use = 'commercial'",
    "compounds": BUILDINGS.replace("count(*)", "count(DISTINCT b.compound)") + "b.compound <> ''",
    "wudaomiao_buildings_of_1993": BUILDINGS + "b.compound = '五道庙小区' AND b.built_year = 1993",
    "xuefu_garden_built": BUILDINGS.replace("count(*)", "min(b.built_year)")
    + "b.compound = '学府花园' HAVING min(b.built_year) = max(b.built_year)",
    "units": "SELECT count(*) FROM unit u JOIN building b ON b.id = u.building_id"
    " JOIN community c ON c.id = b.community_id",
    "households": HOMES + "h.state <> 'shop'",
    "shops": HOMES + "h.state = 'shop'",
    "employers": HOMES + "h.state = 'shop' AND b.use = 'commercial'",
    "residents": PEOPLE + "true",
    "elderly_in_care": PEOPLE + OLD + "r.care_class IS NOT NULL",
    "care_empty_nest_or_disabled": PEOPLE
    + OLD
    + "r.care_class IS NOT NULL AND (r.living = 'empty_nest' OR r.disabled)",
    "party_members": MEMBERS + "true",
    "own_members": MEMBERS + "m.kind = 'own'",
    "signed_up_members": MEMBERS + "m.kind = 'signed_up'",
    "staff": "SELECT count(*) FROM staff s JOIN community c ON c.id = s.community_id"
    " WHERE s.kind = 'staff'",
    "sub_districts": PARTS + "d.kind = 'sub_district'",
    "unmanaged_courtyards": PARTS + "d.kind = 'sub_district' AND d.place = '无主管楼院'",
    "grids": GRIDS + "true",
    "grids_of_300_to_500": GRIDS + "n BETWEEN 300 AND 500",
    "tickets_in_a_year": "SELECT count(*) FROM ticket t JOIN community c ON c.id = t.community_id"
    " WHERE t.reported_at > :as_of - interval '1 year' AND t.reported_at <= :as_of",
    "institutions": THINGS + "f.kind = 'institution'",
    "bins": THINGS + "f.kind = 'bin'",
    "lights_solar": THINGS + "f.kind = 'light' AND f.name LIKE '太阳能路灯%'",
    "lights_wall": THINGS + "f.kind = 'light' AND f.name LIKE '庭院壁灯%'",
    "care_centre_area_m2": THINGS.replace("count(*)", "max(f.area_m2)")
    + "f.name = '西南关日间照料中心'",
}
ONE = "WITH community AS (SELECT * FROM division WHERE code = :code) "


@pytest.mark.parametrize("known", FIGURES, ids=lambda f: f"{f.community}-{f.key}")
def test_a_known_figure_holds_in_the_database(demo_engine: sa.Engine, known: Figure) -> None:
    with demo_engine.connect() as connection:
        if known.key == "area_km2":
            found = _area(connection, known.community)
            assert found == pytest.approx(known.value, abs=1e-6)
            return
        asked = {"code": known.community, "as_of": DEFAULT_AS_OF}
        text = ONE + QUESTIONS[known.key]
        used = {name: value for name, value in asked.items() if f":{name}" in text}
        assert connection.scalar(sa.text(text), used) == known.value


def _area(connection: sa.Connection, code: str) -> float:
    asked = sa.text("SELECT ST_AsBinary(geom) FROM division WHERE code = :code")
    return stored_area_km2(shapely.from_wkb(connection.scalar(asked, {"code": code})), code)


def test_every_question_is_asked() -> None:
    assert {known.key for known in FIGURES} == {*QUESTIONS, "area_km2"}


def test_shops_of_xinanguan_are_on_the_map_too(demo_engine: sa.Engine) -> None:
    with demo_engine.connect() as connection:
        text = ONE + THINGS + "f.kind = 'shop'"
        assert connection.scalar(sa.text(text), {"code": "370702002004"}) == 101


def test_every_grid_has_a_leader_and_a_worker(demo_engine: sa.Engine) -> None:
    text = """
        SELECT count(*) FROM grid g JOIN plan p ON p.id = g.plan_id AND p.state = 'published'
        WHERE (SELECT count(DISTINCT role) FROM grid_role r WHERE r.grid_id = g.id
               AND r.to_date IS NULL) < 6
    """
    with demo_engine.connect() as connection:
        assert connection.scalar(sa.text(text)) == 0


def test_contact_links_are_ten_to_fifteen_and_begin_at_home(demo_engine: sa.Engine) -> None:
    text = """
        SELECT count(*) AS n, count(*) FILTER (WHERE home.building_id = mine.building_id) AS near
        FROM contact_link l JOIN household mine ON mine.id = l.household_id
        JOIN party_household p ON p.id = l.party_household_id
        JOIN household home ON home.id = p.household_id
        GROUP BY p.id
    """
    with demo_engine.connect() as connection:
        found = connection.execute(sa.text(text)).all()
    assert max(row.n for row in found) == 15
    assert sum(row.near for row in found) > 0.5 * sum(row.n for row in found)


def test_a_second_load_changes_nothing(demo_engine: sa.Engine) -> None:
    said: list[str] = []
    words.speak("en")
    assert load_demo(demo_engine, tell=said.append) == Loaded(done=False)
    words.speak(words.DEFAULT_LANGUAGE)
    assert said == ["The database already holds data: it is kept, no demo was loaded."]


def test_a_small_city_loads_and_can_be_replaced(scratch_owner_engine: sa.Engine) -> None:
    first = load_demo(scratch_owner_engine, scale=400, compute=False)
    assert first.done
    assert not load_demo(scratch_owner_engine, scale=800, compute=False).done
    again = load_demo(scratch_owner_engine, scale=800, compute=False, replace=True)
    assert again.rows > 1.9 * first.rows
    with scratch_owner_engine.connect() as connection:
        assert not is_empty(connection)
        assert connection.scalar(sa.text("SELECT count(*) FROM building")) == 800
        assert connection.scalar(sa.text("SELECT count(*) FROM norm")) > 0
        checked = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
        assert connection.scalar(sa.text(checked)) == 0
