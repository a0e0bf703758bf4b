"""Tiles on real PostGIS: nothing twice, nothing lost, nothing personal, nothing stale."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import h3
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from geo.errors import NotAllowedError, RequestError
from geo.layers import CELL_RESOLUTION, LAYERS, MAX_ZOOM, choose, read_filters
from geo.store import tables as t
from geo.store.access import Viewer
from geo.store.tiles import LINEAR_ZOOM, Address, Tiles, ask, tile_engine
from geo.store.versions import Versions
from tests.store import small_city
from tests.town import (
    BOX,
    CANARY,
    LEADER,
    PERSONAL,
    SOUTH,
    WEST,
    addresses,
    column,
    features,
    fill,
    owned,
    row,
    town,  # noqa: F401 - a fixture
)

ALL = ",".join(LAYERS)
LOCAL = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def reader(town: sa.Engine) -> Iterator[sa.Connection]:  # noqa: F811
    with town.connect() as connection:
        yield connection


# --------------------------------------------------------------------------------- the addresses


@given(st.integers(0, MAX_ZOOM), st.data())
def test_neighbouring_tiles_share_their_border_to_the_last_bit(z: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, 2**z - 1))
    y = data.draw(st.integers(0, 2**z - 1))
    west, south, east, north = Address(z, x, y).box()
    assert west < east
    assert south < north
    if x + 1 < 2**z:
        assert Address(z, x + 1, y).box()[0] == east
    if y + 1 < 2**z:
        assert Address(z, x, y + 1).box()[3] == south


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
@example("1", "2", "0")
@example("1", "-1", "0")
@example("23", "0", "0")
@example("٣", "0", "0")
@example("1e1", "0", "0")
@example("0", "0", "00000000000000000000000000")
def test_an_address_is_a_tile_or_a_request_error(z: str, x: str, y: str) -> None:
    try:
        address = Address.read(z, x, y)
    except RequestError:
        return
    assert 0 <= address.z <= MAX_ZOOM
    assert 0 <= max(address.x, address.y) < 2**address.z


# ----------------------------------------------------------------------------- once, and complete

EXPECTED = {
    "building": "SELECT id FROM building",
    "unit": "SELECT id FROM unit",
    "ticket": "SELECT id FROM ticket WHERE geom IS NOT NULL",
    "facility": "SELECT id FROM facility",
    "elderly": "SELECT id FROM unit_summary WHERE age60 > 0",
    "party_household": "SELECT id FROM unit_summary WHERE party_households > 0",
    "sub_district": "SELECT id FROM division WHERE kind = 'sub_district'",
    "grid": "SELECT g.id FROM grid g JOIN plan p ON p.id = g.plan_id"
    " WHERE p.state = 'published' AND g.geom IS NOT NULL",
    "community": "SELECT id FROM division WHERE kind = 'community'",
    "ground": "SELECT id FROM ground",
}


@pytest.mark.parametrize("zoom", [14, 15, 16, 18])
@pytest.mark.parametrize("key", LAYERS)
def test_each_feature_is_owned_once_per_zoom(reader: sa.Connection, key: str, zoom: int) -> None:
    if zoom < max(LAYERS[key].min_zoom, 16 if key == "facility" else 0):
        pytest.skip("counted in cells, or not all shown, at this zoom")
    seen = Counter(feature["id"] for feature in owned(reader, key, zoom))
    expected = set(reader.scalars(sa.text(EXPECTED[key])))
    assert expected, "the town has none: the test would prove nothing"
    assert set(seen) == expected
    if LAYERS[key].owned:
        assert set(seen.values()) == {1}


def test_no_tile_holds_a_feature_twice(reader: sa.Connection) -> None:
    for zoom in (12, 14, 16):
        for x, y in addresses(zoom):
            for found in features(reader, ALL, (zoom, x, y)).values():
                assert max(Counter(one["id"] for one in found).values()) == 1


@pytest.mark.parametrize("zoom", [13, 14, 16, 19])
def test_places_are_true_to_half_a_unit_although_nothing_is_projected(
    reader: sa.Connection, zoom: int
) -> None:
    """Against the map's own projection, computed here; the decoder turns y upwards."""
    places = {
        row.id: (row.lon, row.lat)
        for row in reader.execute(
            sa.text("SELECT id, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM facility")
        )
    }
    checked = 0
    for x, y in addresses(zoom):
        for one in features(reader, "facility", (zoom, x, y)).get("facility", []):
            lon, lat = places[one["id"]]
            down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
            true_x = ((lon + 180) / 360 * 2**zoom - x) * 4096
            true_y = 4096 - (down * 2**zoom - y) * 4096
            found_x, found_y = one["geometry"]["coordinates"]
            assert abs(found_x - true_x) <= 1
            assert abs(found_y - true_y) <= 1
            checked += 1
    assert checked


@pytest.mark.parametrize("zoom", CELL_RESOLUTION)
def test_each_cell_is_owned_once_and_no_ticket_is_lost(reader: sa.Connection, zoom: int) -> None:
    cells = owned(reader, "ticket", zoom)
    assert set(Counter(cell["id"] for cell in cells).values()) == {1}
    placed = reader.scalar(sa.text("SELECT count(*) FROM ticket WHERE geom IS NOT NULL"))
    assert sum(cell["properties"]["n"] for cell in cells) == placed


@pytest.mark.parametrize("zoom", CELL_RESOLUTION)
@pytest.mark.parametrize(
    ("key", "column"), [("elderly", "age60"), ("party_household", "party_households")]
)
def test_people_in_cells_add_up(reader: sa.Connection, key: str, column: str, zoom: int) -> None:
    whole = reader.scalar(sa.text(f"SELECT sum({column}) FROM building_summary"))  # noqa: S608
    cells = owned(reader, key, zoom)
    near = owned(reader, key, 15)
    assert sum(cell["properties"]["n"] for cell in cells) == whole
    assert sum(one["properties"]["n"] for one in near) == whole


def test_a_neighbours_copy_is_marked_and_lies_in_the_margin(reader: sa.Connection) -> None:
    zoom, copies = 16, 0
    for x, y in addresses(zoom):
        for feature in features(reader, "ticket", (zoom, x, y)).get("ticket", []):
            inside = all(0 <= value <= 4096 for value in feature["geometry"]["coordinates"])
            # The index keeps single-precision boxes: it finds a few units more than asked for.
            near = all(-140 <= value <= 4236 for value in feature["geometry"]["coordinates"])
            assert near
            if "edge" in feature["properties"]:
                copies += 1
            else:
                assert inside
    assert copies, "no ticket near a tile's edge: the test would prove nothing"


# ---------------------------------------------------------------------------- counted, recounted


def recount(
    connection: sa.Connection, zoom: int, first: date | None, last: date | None
) -> dict[int, tuple[int, int, int, int]]:
    """Count tickets by cell the slow way, with the h3 library and Python's clock."""
    counts: dict[int, list[int]] = {}
    rows = connection.execute(
        sa.text(
            "SELECT ST_Y(t.geom) AS lat, ST_X(t.geom) AS lon, t.state, t.due_at, t.reported_at,"
            " d.as_of FROM ticket t JOIN division d ON d.id = t.community_id"
            " WHERE t.geom IS NOT NULL"
        )
    )
    for one in rows:
        day = one.reported_at.astimezone(LOCAL).date()
        if (first and day < first) or (last and day >= last):
            continue
        place = h3.latlng_to_cell(one.lat, one.lon, 10)
        cell = h3.str_to_int(h3.cell_to_parent(place, CELL_RESOLUTION[zoom]))
        still_open = one.state in ("pending", "active")
        late = still_open and one.due_at is not None and one.due_at < one.as_of
        count = counts.setdefault(cell, [0, 0, 0, 0])
        for k, counted in enumerate((True, still_open, late, one.state == "closed")):
            count[k] += counted
    return {cell: (a, b, c, d) for cell, (a, b, c, d) in counts.items()}


DAYS = st.none() | st.dates(date(2025, 9, 1), date(2026, 12, 31))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(zoom=st.sampled_from(sorted(CELL_RESOLUTION)), first=DAYS, last=DAYS)
@example(zoom=12, first=date(2026, 1, 1), last=date(2026, 3, 1))
@example(zoom=12, first=date(2026, 1, 31), last=date(2026, 2, 1))
@example(zoom=10, first=date(2026, 1, 2), last=date(2026, 12, 31))
def test_cells_hold_what_a_plain_recount_finds(
    reader: sa.Connection, zoom: int, first: date | None, last: date | None
) -> None:
    if first and last and first > last:
        first, last = last, first
    filters = {"from": first, "to": last}
    asked = {key: day.isoformat() for key, day in filters.items() if day}
    found = {
        cell["id"]: tuple(cell["properties"][name] for name in ("n", "open", "overdue", "closed"))
        for cell in owned(reader, "ticket", zoom, **asked)
    }
    assert found == recount(reader, zoom, first, last)


def test_a_day_begins_at_midnight_in_china(reader: sa.Connection) -> None:
    found = owned(reader, "ticket", 15, **{"from": "2026-03-10", "to": "2026-03-20"})
    start = datetime.combine(date(2026, 3, 10), time(), LOCAL)
    expected = reader.scalars(
        sa.select(t.ticket.c.id).where(
            t.ticket.c.geom.is_not(None),
            t.ticket.c.reported_at >= start,
            t.ticket.c.reported_at < start + timedelta(days=10),
        )
    )
    assert {one["id"] for one in found} == set(expected)


# --------------------------------------------------------------------------------------- filters


def test_filters_narrow(reader: sa.Connection) -> None:
    every = owned(reader, "ticket", 15)
    for sign in ("overdue", "closed", "void"):
        chosen = owned(reader, "ticket", 15, sign=sign)
        expected = {one["id"] for one in every if one["properties"]["sign"] == sign}
        assert {one["id"] for one in chosen} == expected
        assert 0 < len(chosen) < len(every)
        for zoom in (12, 13, 14):
            cells = owned(reader, "ticket", zoom, sign=sign)
            assert sum(cell["properties"]["n"] for cell in cells) == len(chosen)
    classes = {one["properties"]["class"] for one in every}
    for asked in [{one} for one in classes] + [classes]:
        near = [one for one in every if one["properties"]["class"] in asked]
        for zoom in (12, 14):
            cells = owned(reader, "ticket", zoom, **{"class": ",".join(asked)})
            assert sum(cell["properties"]["n"] for cell in cells) == len(near)
    only = owned(reader, "building", 15, community="12")
    assert {one["id"] // 100 for one in only} == {12}
    assert {one["properties"]["kind"] for one in owned(reader, "facility", 16, kind="bin")} == {
        "bin"
    }


def test_care_counts_the_people_of_that_class_only(reader: sa.Connection) -> None:
    sums = reader.execute(
        sa.text("SELECT sum(care_key) AS key, sum(age60 - care_high_risk - care_key - care_general)"
                " AS none FROM building_summary")
    ).one()  # fmt: skip
    for zoom in (12, 15):
        keyed = owned(reader, "elderly", zoom, care="key")
        assert sum(one["properties"]["n"] for one in keyed) == sums.key
        none = owned(reader, "elderly", zoom, care="none,key")
        assert sum(one["properties"]["n"] for one in none) == sums.key + sums.none


def test_a_plan_shows_its_own_grids_and_the_others_theirs(reader: sa.Connection) -> None:
    shown = owned(reader, "building", 15, plan="101")
    grids = {one["properties"].get("grid") for one in shown if one["id"] // 100 == 11}
    assert grids - {None} <= {1010, 1011, 1012}
    published = {one["properties"].get("grid") for one in owned(reader, "building", 15)}
    assert {grid // 10 for grid in published - {None}} == {102, 103}
    others = {one["properties"].get("grid") for one in shown if one["id"] // 100 == 12}
    assert others - {None} <= {1030, 1031, 1032}


NONSENSE = [
    {"sing": "closed"},
    {"sign": "shut"},
    {"sign": "closed,"},
    {"from": "2026-13-01"},
    {"from": "20260101"},
    {"from": "yesterday"},
    {"from": "2026-02-01", "to": "2026-01-01"},
    {"from": "0001-01-01"},
    {"community": "1;DROP TABLE division"},
    {"community": "-1"},
    {"community": "9" * 30},
    {"community": ",".join(map(str, range(1, 1000)))},
    {"plan": "1,2"},
    {"class": "' OR 1=1"},
    {"care": "urgent"},
    {"kind": "temple"},
]


@pytest.mark.parametrize("parameters", NONSENSE, ids=str)
def test_nonsense_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(RequestError):
        read_filters(parameters)


@pytest.mark.parametrize("keys", ["", "nothing", "building,", "building,building", "BUILDING"])
def test_unknown_layers_are_refused(keys: str) -> None:
    with pytest.raises(RequestError):
        choose(keys, "leader")


@given(st.dictionaries(st.sampled_from(["from", "sign", "plan", "class", "x"]), st.text()))
def test_filters_are_read_or_refused(parameters: dict[str, str]) -> None:
    try:
        read_filters(parameters)
    except RequestError as error:
        assert str(error)  # noqa: PT017 - either way is right; a refusal has its sentence


def test_only_low_tiles_are_taken_for_flat() -> None:
    """Points and whole buildings are scaled without a projection: not at small scales."""
    for layer in LAYERS.values():
        if layer.geometry == "point" or not layer.clipped:
            assert layer.min_zoom >= LINEAR_ZOOM
    for zoom in (LINEAR_ZOOM, LINEAR_ZOOM + 3):
        tile = Address(zoom, 2**zoom // 2, int(0.24 * 2**zoom))  # 65 degrees north
        _west, south, _east, north = tile.box()
        lat = (south + north) / 2
        assert abs(tile.place(_west, lat)[1] - 2048) <= 1.5


def test_the_order_of_layers_makes_no_other_tile() -> None:
    place = ("15", "27243", "13923")
    assert ask("ticket,building", place, {}, LEADER) == ask("building,ticket", place, {}, LEADER)


def test_idle_filters_make_no_other_tile() -> None:
    place = ("15", "27243", "13923")
    assert ask("unit", place, {"sign": "closed"}, LEADER) == ask("unit", place, {}, LEADER)


# ---------------------------------------------------------------------------------- who may see


def test_a_viewer_of_one_community_sees_only_that(reader: sa.Connection) -> None:
    viewer = Viewer("one", "staff", frozenset({12}))
    inside = {
        "building": "SELECT id FROM building WHERE community_id = 12",
        "ticket": "SELECT id FROM ticket WHERE community_id = 12 AND geom IS NOT NULL",
        "community": "SELECT 12",
        "unit": "SELECT u.id FROM unit u JOIN building b ON b.id = u.building_id"
        " WHERE b.community_id = 12",
        "elderly": "SELECT id FROM unit_summary WHERE community_id = 12 AND age60 > 0",
        "party_household": "SELECT id FROM unit_summary"
        " WHERE community_id = 12 AND party_households > 0",
        "grid": "SELECT g.id FROM grid g JOIN plan p ON p.id = g.plan_id"
        " WHERE p.state = 'published' AND p.community_id = 12 AND g.geom IS NOT NULL",
        "ground": "SELECT 1 WHERE false",
        "sub_district": "SELECT 1 WHERE false",
        "facility": "SELECT 1 WHERE false",
    }
    assert set(inside) == set(LAYERS)
    for key, query in inside.items():
        found = {one["id"] for one in owned(reader, key, 16, viewer)}
        assert found == set(reader.scalars(sa.text(query))), key
    cells = owned(reader, "ticket", 11, viewer)
    own = set(reader.scalars(sa.text(inside["ticket"])))
    assert sum(cell["properties"]["n"] for cell in cells) == len(own)


def test_the_wall_never_shows_where_people_live() -> None:
    for key in ("elderly", "party_household"):
        with pytest.raises(NotAllowedError):
            ask(key, ("15", "0", "0"), {}, Viewer("wall", "wall"))


def test_rights_are_in_the_fingerprint() -> None:
    viewers = [
        Viewer("a", "leader"),
        Viewer("a", "staff"),
        Viewer("a", "leader", frozenset()),
        Viewer("a", "leader", frozenset({1, 12})),
        Viewer("a", "leader", frozenset({11, 2})),
    ]
    assert len({viewer.fingerprint for viewer in viewers}) == len(viewers)
    assert Viewer("a", "staff").fingerprint == Viewer("b", "staff").fingerprint


@pytest.mark.parametrize("zoom", range(8, 20))
def test_nothing_personal_is_in_any_tile(reader: sa.Connection, zoom: int) -> None:
    held = reader.scalar(sa.text("SELECT count(*) FROM resident WHERE name LIKE :canary"),
                         {"canary": f"{CANARY}%"})  # fmt: skip
    assert held, "the canary is not in the database: the test would prove nothing"
    west, _south, _east, north = BOX
    for dx in range(3):
        for dy in range(3):
            place = (zoom, column(west, zoom) + dx, row(north, zoom) + dy)
            found = json.dumps(features(reader, ALL, place), ensure_ascii=False)
            assert CANARY not in found


def test_no_field_is_named_like_a_personal_column() -> None:
    public = {"community", "sub_district", "grid", "ground", "facility"}  # places have names
    personal = {name for columns in PERSONAL.values() for name in columns}
    for layer in LAYERS.values():
        fields = {*layer.fields, *(name for cells in layer.cells for name in cells.sums)}
        forbidden = personal - ({"name"} if layer.key in public else set())
        assert not fields & forbidden, layer.key


# --------------------------------------------------------------------------------------- staleness


def test_a_change_is_seen_after_the_interval_and_only_where_it_matters(
    scratch_engine: sa.Engine,
) -> None:
    with scratch_engine.begin() as connection:
        fill(connection)
    engine = tile_engine(scratch_engine, 1)
    now = [0.0]
    tiles = Tiles(engine, Versions(engine, 1.0, lambda: now[0]))
    place = ("15", str(column(WEST + 0.001, 15)), str(row(SOUTH + 0.001, 15)))
    tickets, units = (ask(key, place, {}, LEADER) for key in ("ticket", "unit"))
    before, other = tiles.etag(tickets, LEADER), tiles.etag(units, LEADER)
    with scratch_engine.begin() as connection:
        connection.execute(sa.update(t.ticket).values(class_code="99"))
    assert tiles.etag(tickets, LEADER) == before
    now[0] = 1.0
    after = tiles.etag(tickets, LEADER)
    assert after != before
    assert tiles.etag(units, LEADER) == other
    tile = tiles.make(tickets, LEADER, after)
    assert b"99" in tile.unpacked()
    assert tiles.kept(after) is tile
    engine.dispose()


def test_the_cache_stays_within_its_bytes(town: sa.Engine) -> None:  # noqa: F811
    tiles = Tiles(town, Versions(town), cache_bytes=3000)
    etags = []
    for x, y in addresses(16, 0):
        question = ask("building,ticket", ("16", str(x), str(y)), {}, LEADER)
        etags.append(tiles.etag(question, LEADER))
        tiles.make(question, LEADER, etags[-1])
    kept = [tile for tile in (tiles.kept(etag) for etag in etags) if tile]
    assert kept
    assert len(kept) < len(etags)
    assert sum(len(tile.packed) for tile in kept) <= 3000


def test_the_town_lies_where_the_tests_look() -> None:
    assert small_city.corner(11)[0] > BOX[0]
