#!/bin/sh
# Make this machine ready: system packages that are missing, the virtual environment from pinned
# versions, the front-end packages. Run it as often as you like; what is there already is kept.
#
#   scripts/setup.sh         enough to run
#   scripts/setup.sh test    and to run the tests: development tools and a browser
#
# Only the installation of system packages uses sudo, and says so before.
set -eu
umask 022
cd "$(dirname "$0")/.."

AIM=${1:-run}
VENV=.venv
PY=$VENV/bin/python
UNFINISHED=$VENV/wangge-unfinished
NPM_STAMP=node_modules/.wangge-stamp
NEEDED_MB=3000
LOG=build/setup.log

say() { printf '%s\n' "$*"; }
fail() {
  printf '\nSet-up stopped: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

case $AIM in
run | test) ;;
*) fail "unknown argument '$AIM'." "Use: scripts/setup.sh [test]" ;;
esac

# ------------------------------------------------------------------------------ what is there
fingerprint() { # of the named files, this folder and nothing else
  { pwd && cat "$@"; } | sha256sum | cut -d ' ' -f 1
}

good_python() { # >= 3.11, for which we have pinned versions, able to make environments
  "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
    >/dev/null 2>&1
}

find_python() {
  for name in python3 python3.13 python3.12 python3.11; do
    if good_python "$name"; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

venv_ready() {
  [ ! -e "$UNFINISHED" ] && [ -x "$PY" ] && "$PY" -c '' 2>/dev/null &&
    [ "$(cat "$VENV/wangge-$AIM" 2>/dev/null)" = "$(venv_print)" ]
}

venv_print() {
  if [ "$AIM" = test ]; then
    fingerprint pyproject.toml requirements.lock requirements-dev.lock
  else
    fingerprint pyproject.toml requirements.lock
  fi
}

npm_ready() { [ "$(cat $NPM_STAMP 2>/dev/null)" = "$(fingerprint package.json package-lock.json)" ]; }

has_postgis() { # a server whose version has PostGIS beside it
  for initdb in /usr/lib/postgresql/*/bin/initdb; do
    version=${initdb#/usr/lib/postgresql/}
    version=${version%%/*}
    if [ -x "$initdb" ] && [ -e "/usr/share/postgresql/$version/extension/postgis.control" ]; then
      return 0
    fi
  done
  return 1
}

postgis_package() { # beside a server that is there already, else whatever the system calls current
  for server in /usr/lib/postgresql/*/bin/postgres; do
    version=${server#/usr/lib/postgresql/}
    package="postgresql-${version%%/*}-postgis-3"
    if [ -x "$server" ] && apt-cache show "$package" >/dev/null 2>&1; then
      echo "$package"
      return
    fi
  done
  echo postgresql-postgis
}

has_chinese_font() {
  find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.fonts" "${HOME:-/}/.local/share/fonts" \
    \( -iname '*Sans*CJK*' -o -iname '*SourceHanSans*' \) 2>/dev/null | grep -q .
}

has_browser() {
  for name in chromium chromium-browser google-chrome google-chrome-stable /snap/bin/chromium; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  return 1
}

missing_packages() {
  if ! venv_ready && ! find_python >/dev/null; then
    if [ "$SYSTEM" = ubuntu-22.04 ]; then echo python3.11 python3.11-venv; else echo python3 python3-venv; fi
  fi
  # Somebody else's server makes one here needless, except that tests always use their own.
  if { [ -z "${WANGGE_DATABASE_URL:-}" ] || [ "$AIM" = test ]; } && ! has_postgis; then
    postgis_package
  fi
  if ! npm_ready && ! command -v npm >/dev/null 2>&1; then echo nodejs npm; fi
  has_chinese_font || echo fonts-noto-cjk
  [ -e /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
  if [ "$AIM" = test ] && ! has_browser && [ "$DISTRIBUTION" != ubuntu ]; then echo chromium; fi
}

# ----------------------------------------------------------------------------- system packages
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8 \
    apt-get -o DPkg::Lock::Timeout=300 "$@"
}

install_line() { echo "sudo apt-get update && sudo apt-get install --no-install-recommends $1"; }

may_install() { # ask for the rights once, aloud, or say what somebody with rights must type
  command -v apt-get >/dev/null 2>&1 || fail \
    "these are missing, and this system has no apt-get to install them:" "$1" \
    "(Debian's names. Install their like by hand, then start again.)"
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null 2>&1 || fail \
    "system packages are missing and there is no sudo here. Ask an administrator to run:" \
    "$(install_line "$1" | sed 's/sudo //g')" "then start again."
  say "Installing them needs administrator rights, for apt-get only; sudo may ask for your password."
  sudo -v || fail "no administrator rights. Ask an administrator to run:" \
    "$(install_line "$1")" "then start again."
}

# A server package makes and starts a cluster "main" of its own. We bring our own cluster, so on a
# machine that had no PostgreSQL we ask for none, and leave that question as we found it.
CLUSTER_CONF=/etc/postgresql-common/createcluster.conf
install_quietly_postgresql() {
  apt install -y --no-install-recommends postgresql-common >>$LOG 2>&1 || return 1
  as_root cp -p $CLUSTER_CONF $CLUSTER_CONF.wangge
  trap 'as_root mv $CLUSTER_CONF.wangge $CLUSTER_CONF; exit 130' INT TERM
  as_root sh -c "echo 'create_main_cluster = false' >>$CLUSTER_CONF"
  status=0
  apt install -y --no-install-recommends "$1" >>$LOG 2>&1 || status=1
  trap - INT TERM
  as_root mv $CLUSTER_CONF.wangge $CLUSTER_CONF
  return $status
}

install_packages() {
  for package in $1; do
    case $package in
    postgresql-postgis)
      if [ ! -e $CLUSTER_CONF ]; then
        install_quietly_postgresql "$package" || return 1
      fi
      ;;
    esac
  done
  # shellcheck disable=SC2086 # a list of words
  apt install -y --no-install-recommends $1 >>$LOG 2>&1
}

explain_log() { # what a failed installation's log says about why
  if grep -qiE 'no space left|ENOSPC|not enough free space' $LOG; then
    say "The disk is full: make room (about $NEEDED_MB MB) and start again."
  elif grep -qiE "resolv|connect|timed? ?out|unreachable|ENOTFOUND|EAI_AGAIN|max retries|no matching distribution" $LOG; then
    say "The package server could not be reached. Check the network, a proxy, or name a nearer mirror"
    say "  (pip config set global.index-url …; npm config set registry …), then start again."
  else
    say "Its last words are above; the whole is in $LOG."
  fi
}

step_failed() {
  tail -n 4 $LOG | cut -c 1-300 >&2
  fail "$1" "$(explain_log)"
}

system_packages() {
  packages=$(missing_packages | tr '\n' ' ' | sed 's/ *$//')
  if [ -n "$packages" ]; then
    say "Missing system packages: $packages"
    may_install "$packages"
    say "Installing them …"
    apt update >>$LOG 2>&1 || step_failed "the list of system packages could not be updated."
    packages=$(missing_packages | tr '\n' ' ' | sed 's/ *$//') # with today's list
    install_packages "$packages" || step_failed "system packages could not be installed."
  fi
  if [ "$AIM" = test ] && ! has_browser; then
    say "Note: browser tests need Chromium or Google Chrome and are skipped without. Ubuntu has it as a"
    say "  snap: sudo snap install chromium"
  fi
}

# -------------------------------------------------------------------------------- our packages
enough_room() {
  free_mb=$(df -Pm . | awk 'NR == 2 {print $4}')
  [ "$free_mb" -ge $NEEDED_MB ] || fail \
    "only $free_mb MB are free on the disk of this folder; set-up needs about $NEEDED_MB MB." \
    "Make room, or put this folder on a larger disk, and start again."
}

make_venv() {
  if [ -e "$UNFINISHED" ] || ! "$PY" -m pip --version >/dev/null 2>&1 || ! good_python "$PY"; then
    python=$(find_python) || fail "no Python 3.11, 3.12 or 3.13 with its venv module was found." \
      "Found: $(python3 --version 2>&1 || true)"
    if [ -e $VENV ]; then say "The virtual environment is unfinished or too old; making it anew."; fi
    rm -rf $VENV
    say "Making the virtual environment with $("$python" --version) …"
    "$python" -m venv $VENV >>$LOG 2>&1 || step_failed "the virtual environment could not be made."
  fi
  : >"$UNFINISHED"
}

pip_install() { "$PY" -m pip install --disable-pip-version-check --no-input "$@" >>$LOG 2>&1; }

fill_venv() {
  lock=requirements.lock
  if [ "$AIM" = test ]; then lock=requirements-dev.lock; fi
  say "Installing Python packages from $lock (some minutes the first time) …"
  pip_install --only-binary :all: -r $lock || step_failed "Python packages could not be installed."
  pip_install --no-deps --no-build-isolation -e . || step_failed "the project itself could not be installed."
  venv_print >"$VENV/wangge-$AIM"
  if [ "$AIM" = test ]; then (AIM=run && venv_print >"$VENV/wangge-run"); fi
  rm -f "$UNFINISHED"
}

npm_packages() {
  say "Installing front-end packages from package-lock.json …"
  npm ci --ignore-scripts --no-audit --no-fund >>$LOG 2>&1 ||
    step_failed "front-end packages could not be installed."
  fingerprint package.json package-lock.json >$NPM_STAMP
}

# ----------------------------------------------------------------------------------------- go
os_release() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" /etc/os-release 2>/dev/null || true; }
DISTRIBUTION=$(os_release ID)
SYSTEM=$DISTRIBUTION-$(os_release VERSION_ID)
if ! { mkdir -p build && : >>build/setup.lock; } 2>/dev/null; then
  fail "cannot write in $(pwd)." "The disk may be full, or the folder belongs to somebody else."
fi
exec 9>build/setup.lock
flock -n 9 || { say "Another set-up is running here; waiting for it …" && flock 9; }
: >$LOG

case $SYSTEM in
debian-12 | debian-13 | ubuntu-22.04 | ubuntu-24.04) ;;
*) say "Note: tried on Debian 12/13 and Ubuntu 22.04/24.04, not on $SYSTEM. Trying all the same." ;;
esac

system_packages
if ! venv_ready; then
  enough_room
  make_venv
  fill_venv
fi
if ! npm_ready; then
  enough_room
  npm_packages
fi
