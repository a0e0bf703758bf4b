#!/bin/sh
# Everything that is checked without running the product. Goes on after a failure and says at the
# end which checks failed, so that one run shows all there is to mend.
set -u
cd "$(dirname "$0")/.." || exit

failed=""
check() { # a name, then a command
  name=$1
  shift
  printf '%s\n' "== $name"
  "$@" || failed="$failed $name"
}

check format .venv/bin/python -m ruff format --check --quiet .
check lint .venv/bin/python -m ruff check --quiet .
check types .venv/bin/python -m mypy
check imports .venv/bin/lint-imports --no-logo
check words .venv/bin/python scripts/words.py check
if [ -n "$failed" ]; then
  printf 'Failed:%s\n' "$failed"
  exit 1
fi
echo "All checks passed."
