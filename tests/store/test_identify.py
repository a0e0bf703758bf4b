"""What a click means, on real PostGIS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.errors import RequestError
from geo.layers import LAYERS, POINT_LEAD, read_filters
from geo.store.access import Viewer
from geo.store.identify import TOUCH_PX, identify, metres_per_pixel
from tests.town import BOX, LEADER, town  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def reader(town: sa.Engine) -> Iterator[sa.Connection]:  # noqa: F811
    with town.connect() as connection:
        yield connection


def anchor(connection: sa.Connection, query: str) -> tuple[int, float, float]:
    row = connection.execute(
        sa.text(f"SELECT id, ST_X(p) AS lon, ST_Y(p) AS lat FROM ({query}) AS q")  # noqa: S608
    ).one()
    return row.id, row.lon, row.lat


BUILDING = (
    "SELECT b.id, b.anchor AS p FROM building b JOIN plan_assignment a ON a.building_id = b.id"
    " WHERE a.plan_id = 102 ORDER BY b.id LIMIT 1"
)
LONELY_TICKET = (
    "SELECT t.id, t.geom AS p FROM ticket t WHERE t.geom IS NOT NULL AND NOT EXISTS (SELECT 1"
    " FROM ticket o WHERE o.id <> t.id AND ST_DWithin(o.geom, t.geom, 0.0002)) ORDER BY t.id"
    " LIMIT 1"
)


@pytest.mark.parametrize(("zoom", "first"), [(16.0, "grid"), (16.9, "grid"), (17.0, "building")])
def test_from_zoom_17_a_click_means_the_building(
    reader: sa.Connection, zoom: float, first: str
) -> None:
    building, lon, lat = anchor(reader, BUILDING)
    hits = identify(reader, LEADER, lon, lat, zoom, ["building", "grid", "community"])
    assert hits[0].layer == first
    assert {hit.layer for hit in hits} == {"building", "grid", "community"}
    grid = next(hit for hit in hits if hit.layer == "grid")
    found = next(hit for hit in hits if hit.layer == "building")
    assert found.id == building
    assert found.properties["grid"] == grid.id
    assert hits[-1].layer == "community"


def test_a_point_wins_within_ten_pixels_where_it_is_drawn(reader: sa.Connection) -> None:
    ticket, lon, lat = anchor(reader, LONELY_TICKET)
    everything = set(LAYERS)
    for zoom, hit in ((17, True), (14.8, True), (14.6, False), (14, False)):  # below 14.7: cells
        found = identify(reader, LEADER, lon, lat, zoom, everything)
        assert (bool(found) and found[0].layer == "ticket" and found[0].id == ticket) is hit


@pytest.mark.parametrize(("pixels", "hit"), [(0.0, True), (9.5, True), (10.5, False)])
def test_the_reach_is_in_pixels_of_the_display(
    reader: sa.Connection,
    pixels: float,
    hit: bool,  # noqa: FBT001 - a table of cases
) -> None:
    ticket, lon, lat = anchor(reader, LONELY_TICKET)
    step = pixels * metres_per_pixel(lat, 19) / 111_195
    found = identify(reader, LEADER, lon, lat + step, 19, ["ticket"])
    assert (ticket in {one.id for one in found}) is hit
    if hit:
        assert found[0].distance_px == pytest.approx(pixels, abs=0.05)


def test_what_a_filter_hides_cannot_be_hit(reader: sa.Connection) -> None:
    ticket, lon, lat = anchor(reader, LONELY_TICKET)
    found = identify(reader, LEADER, lon, lat, 18, ["ticket"])
    sign = found[0].properties["sign"]
    other = next(one for one in ("closed", "void") if one != sign)
    same = identify(reader, LEADER, lon, lat, 18, ["ticket"], read_filters({"sign": str(sign)}))
    assert [hit.id for hit in same] == [ticket]
    assert not identify(reader, LEADER, lon, lat, 18, ["ticket"], read_filters({"sign": other}))


def test_a_viewer_hits_only_what_is_theirs(reader: sa.Connection) -> None:
    _building, lon, lat = anchor(reader, BUILDING)
    viewer = Viewer("other", "staff", frozenset({12}))
    assert not identify(reader, viewer, lon, lat, 18, LAYERS)
    wall = Viewer("wall", "wall")
    seen = {hit.layer for hit in identify(reader, wall, lon, lat, 18, LAYERS)}
    assert not seen & {"elderly", "party_household"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lon=st.floats(BOX[0], BOX[2]),
    lat=st.floats(BOX[1], BOX[3]),
    zoom=st.floats(0, 23),
)
def test_hits_are_near_ordered_and_drawn(
    reader: sa.Connection, lon: float, lat: float, zoom: float
) -> None:
    hits = identify(reader, LEADER, lon, lat, zoom, LAYERS)
    for hit in hits:
        assert hit.distance_px <= TOUCH_PX
        assert hit.layer != "ground"
        layer = LAYERS[hit.layer]
        if layer.geometry == "point":
            assert zoom + (POINT_LEAD if layer.cells else 0) > layer.min_zoom
    layers = [hit.layer for hit in hits]
    assert layers == [key for key in dict.fromkeys(layers) for _ in range(layers.count(key))]


@pytest.mark.parametrize(
    ("lon", "lat", "zoom"),
    [(181, 0, 10), (0, 89, 10), (float("nan"), 0, 10), (0, 0, float("nan")), (0, 0, 99)],
)
def test_places_that_cannot_be(reader: sa.Connection, lon: float, lat: float, zoom: float) -> None:
    with pytest.raises(RequestError):
        identify(reader, LEADER, lon, lat, zoom, ["building"])


def test_unknown_layer(reader: sa.Connection) -> None:
    with pytest.raises(RequestError):
        identify(reader, LEADER, 119.3, 26.08, 17, ["buildings"])
