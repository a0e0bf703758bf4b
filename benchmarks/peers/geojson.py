"""The usual way: the stored buildings as one folium.GeoJson (none of them: the empty map)."""

import sys

import folium
import geopandas as gpd
import streamlit as st
from sqlalchemy import text
from streamlit_folium import st_folium

from geo.store.engine import engine

folium.Map.default_js = [("leaflet", "/vendor/leaflet/dist/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/vendor/leaflet/dist/leaflet.css")]

LIMIT = int(sys.argv[3])


@st.cache_data
def buildings() -> gpd.GeoDataFrame:
    """Read the first buildings, by id."""
    return gpd.read_postgis(
        text(f"SELECT id, storeys, geom FROM building ORDER BY id LIMIT {LIMIT}"),  # noqa: S608 - a number
        engine(),
    )


st.set_page_config(layout="wide")
the_map = folium.Map(tiles=None)
if LIMIT:
    frame = buildings()
    west, south, east, north = frame.total_bounds
    the_map.fit_bounds([[south, west], [north, east]])
    folium.GeoJson(frame).add_to(the_map)
st_folium(the_map, use_container_width=True, height=600, returned_objects=[])
