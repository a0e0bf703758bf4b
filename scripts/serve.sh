#!/bin/sh
# From nothing to the map.
#
#   scripts/serve.sh         set-up, the tables of this version, the server
#   scripts/serve.sh demo    and the demo data before, if the database is empty
set -eu
cd "$(dirname "$0")/.."
PY=.venv/bin/python

scripts/setup.sh
$PY -m dashboard serve --check # a taken port is told now, not after loading
if [ "${1:-}" = demo ]; then
  $PY -m etl demo --if-empty
else
  $PY -m geo migrate
fi
exec $PY -m dashboard serve # exec: Ctrl-C reaches the server itself
