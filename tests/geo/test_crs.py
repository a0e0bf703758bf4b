"""Coordinates: zones, shifts, and refusals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.errors import CrsError

IN_CHINA = st.tuples(st.floats(75, 135), st.floats(18, 53))


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (102.75, 24.97, 4543),  # Kunming: central meridian 102 E
        (119.303, 26.087, 4549),  # Fuzhou: 120 E
        (75.2, 39.4, 4534),  # the westernmost zone
        (-73.9, 40.7, 32618),  # New York: UTM 18 north
        (24.94, 60.17, 32635),  # Helsinki: UTM 35 north
        (151.2, -33.9, 32756),  # Sydney: UTM 56 south
        (180.0, 0.0, 32601),  # the date line wraps
    ],
)
def test_metric_zone_of_known_places(lon: float, lat: float, epsg: int) -> None:
    assert crs.metric_crs(lon, lat).to_epsg() == epsg


@settings(deadline=None)  # the first use of a zone reads its definition
@given(IN_CHINA)
def test_metric_zone_keeps_distances(place: tuple[float, float]) -> None:
    """A kilometre on the ellipsoid is a kilometre in the zone, to one part in 2,000."""
    lon, lat = place
    zone = crs.metric_crs(lon, lat)
    geod = pyproj.Geod(ellps="GRS80")
    there = geod.fwd(lon, lat, 37.0, 1000.0)
    ends = crs.to_metric(shapely.points([[lon, lat], [there[0], there[1]]]), zone)
    assert abs(shapely.distance(ends[0], ends[1]) - 1000.0) < 0.5


def test_metric_zone_refuses_what_is_not_on_earth() -> None:
    with pytest.raises(CrsError, match="not a place on earth"):
        crs.metric_crs(400.0, 20.0)


def test_frame_without_crs_is_refused() -> None:
    with pytest.raises(CrsError, match="no reference system"):
        crs.metric_crs_of(gpd.GeoSeries([shapely.Point(102, 25)]))
    with pytest.raises(CrsError, match="no geometry"):
        crs.metric_crs_of(gpd.GeoSeries([], crs=4326))


@given(IN_CHINA)
def test_gcj02_there_and_back(place: tuple[float, float]) -> None:
    lon, lat = (np.array([value]) for value in place)
    back = crs.gcj02_to_wgs84(*crs.wgs84_to_gcj02(lon, lat))
    assert abs(back[0] - lon).max() < 1e-8
    assert abs(back[1] - lat).max() < 1e-8


def test_gcj02_shift_is_what_the_map_makers_publish() -> None:
    """Tiananmen: WGS84 116.3912757, 39.906217 is GCJ-02 116.3975, 39.9076 to four decimals."""
    lon, lat = crs.wgs84_to_gcj02(np.array([116.3912757]), np.array([39.906217]))
    assert lon[0] == pytest.approx(116.39751, abs=5e-5)
    assert lat[0] == pytest.approx(39.90762, abs=5e-5)


def test_gcj02_leaves_the_rest_of_the_world_alone() -> None:
    lon, lat = crs.wgs84_to_gcj02(np.array([-73.9]), np.array([40.7]))
    assert (lon[0], lat[0]) == (-73.9, 40.7)


def test_bd09_is_a_further_shift_of_gcj02() -> None:
    lon, lat = crs.bd09_to_gcj02(np.array([116.404]), np.array([39.915]))
    assert lon[0] == pytest.approx(116.39762729, abs=1e-7)
    assert lat[0] == pytest.approx(39.90865673, abs=1e-7)


@pytest.mark.parametrize("name", ["EPSG:4490", "4490", "epsg:4326"])
def test_parse_crs_by_code(name: str) -> None:
    parsed = crs.parse_crs(name)
    assert isinstance(parsed, pyproj.CRS)


@pytest.mark.parametrize("name", ["gcj02", "GCJ-02", "BD09", " bd-09 "])
def test_parse_crs_special(name: str) -> None:
    assert crs.parse_crs(name) in crs.SPECIAL_CRS


@pytest.mark.parametrize("name", ["EPSG:999999", "moon", ""])
def test_parse_crs_refuses(name: str) -> None:
    with pytest.raises(CrsError, match="no reference system"):
        crs.parse_crs(name)


def test_bring_to_stored_from_each_kind() -> None:
    place = shapely.Point(102.75, 24.97)
    zone = crs.metric_crs(102.75, 24.97)
    metric = crs.to_metric(np.array([place]), zone)
    assert crs.bring_to_stored(metric, zone)[0].equals_exact(place, 1e-9)
    lon, lat = crs.wgs84_to_gcj02(np.array([102.75]), np.array([24.97]))
    shifted = np.array([shapely.Point(lon[0], lat[0])])
    assert crs.bring_to_stored(shifted, "gcj02")[0].equals_exact(place, 1e-8)
