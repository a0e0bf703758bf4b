#!/bin/sh
# The import on data nobody here wrote: a street on the Bund in Shanghai from OpenStreetMap and a
# map provider's clinics and schools, and a far-away street with New York's issue reports.
#
#   WANGGE_TEST_DATA_DIR=…/data sh scripts/real_run.sh
#
# Run it twice: the second time nothing is added and nothing changes.
# Data from OpenStreetMap (ODbL) is credited wherever it is shown: --attribution.
set -eu

: "${WANGGE_TEST_DATA_DIR:?say where the public data sets are}"
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
data=$WANGGE_TEST_DATA_DIR
rejected=${WANGGE_DATA_DIR:-.local}/rejections
mkdir -p "$rejected"

etl() { "$python" -m etl "$@"; }
note() { printf '\n== %s\n' "$*"; }
# 1: not one row could go in; told, and no reason to stop here.
bring() { etl import "$@" --rejections "$rejected" || [ $? -eq 1 ]; }

# The codes are schematic: 外滩街道 lies in 黄浦区 (310101), the data also shows the other bank.
street=310101002
community=${street}001
credit="© OpenStreetMap contributors"
far_street=990000001
far_community=${far_street}001

"$python" -m geo migrate

note 外滩: buildings
bring buildings "$data/shanghai_bund_osm/buildings_dissolved.geojson" \
  --source osm --community $community --community-name 外滩社区 \
  --street-name 外滩街道 --place 上海市黄浦区 --make-community --storeys-from-height \
  --attribution "$credit"

note 外滩: addresses
etl addresses "$data/shanghai_bund_osm/address_points.geojson" --community $community \
  --attribution "$credit"

note 外滩: facilities
bring facilities "$data/shanghai_bund_osm/pois.geojson" --source osm --street $street \
  --attribution "$credit"
bring facilities "$data/shanghai_poi_amap/shanghai_hospital.csv" \
  "$data/shanghai_poi_amap/shanghai_school.csv" --source amap --street $street

note 外滩: walking network
etl walkways "$data/shanghai_bund_osm/roads_tiled_raw.geojson" --street $street --tolerance 2 \
  --attribution "$credit"

note 外滩: grids
etl grids --community $community --count 12 --from 2026-01-01 ||
  echo "(there are grids already)"

note New York: tickets
bring tickets "$data/nyc311/nyc311_portal_export.csv" \
  --source nyc311 --community $far_community --community-name "New York (311)" \
  --street-name "New York" --place "New York, USA" --make-community \
  --timezone America/New_York --add-categories
