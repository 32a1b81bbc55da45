#!/bin/sh
# Makes a fresh clone ready; every npm script runs it first, so it is quiet and quick when there is nothing to do.
# It installs the npm packages, which bring the Node that muster needs where the machine's own is older (npm puts
# node_modules/.bin first in PATH while a script runs). `--system test` and `--system bench` also see to the Debian
# programs in tools/debian-packages.txt. Plain sh and old tools only: nothing is installed when it starts.
set -eu
cd "$(dirname "$0")/.."

# `npm ci` insists on lock entries for every platform, and not every registry carries every platform's optional
# binaries; `npm install --no-save` takes the locked versions and leaves the lock file as it is.
install_npm_packages() {
  stamp=node_modules/.package-lock.json
  if [ -f "$stamp" ] && [ ! package-lock.json -nt "$stamp" ]; then return 0; fi
  echo "muster: installing npm packages (once)"
  npm install --no-save --ignore-scripts --loglevel=error --no-progress --no-update-notifier </dev/null || {
    echo "muster: npm could not install the packages named in package-lock.json; see its message above" >&2
    exit 1
  }
  touch "$stamp"
}

check_node() {
  PATH="$PWD/node_modules/.bin:$PATH"
  version=$(node --version 2>/dev/null || echo none)
  numbers=${version#v}
  major=${numbers%%.*}
  rest=${numbers#*.}
  minor=${rest%%.*}
  case "$major$minor" in '' | *[!0-9]*) major=0 minor=0 ;; esac
  if [ "$major" -gt 24 ] || { [ "$major" -eq 24 ] && [ "$minor" -ge 15 ]; }; then return 0; fi
  echo "muster: needs Node 24.15 or newer, found $version, and npm has no Node for this kind of machine: install one" >&2
  exit 1
}

missing_packages() {
  wanted=$(awk -v use="$1" '!/^#/ && NF && (use == "bench" || $2 == use) { print $1 }' tools/debian-packages.txt)
  for package in $wanted; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    if [ "$state" != installed ]; then printf '%s ' "$package"; fi
  done
}

# Debian starts a daemon as soon as it is installed, unless policy-rc.d says no. One that exists is left alone.
apt_install() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    $as_root sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
    trap '$as_root rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 130' INT TERM
  fi
  $as_root apt-get update -qq </dev/null >&2 || echo "muster: apt-get update failed; trying with the lists at hand" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

install_system_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "muster: not a Debian system: tests that miss a program of tools/debian-packages.txt will fail and name it" >&2
    return 0
  fi
  missing=$(missing_packages "$1")
  if [ -z "$missing" ]; then return 0; fi
  echo "muster: these Debian packages are missing: $missing"
  as_root=
  if [ "$(id -u)" -ne 0 ]; then as_root='sudo -n'; fi
  if [ -n "$as_root" ] && ! sudo -n true 2>/dev/null; then
    echo "muster: may not install them; please run: sudo apt-get install --no-install-recommends $missing" >&2
    exit 1
  fi
  echo "muster: installing them with apt-get; no service is started"
  # shellcheck disable=SC2086 # a list of words
  apt_install $missing || {
    echo "muster: apt-get failed; please run: apt-get update && apt-get install --no-install-recommends $missing" >&2
    exit 1
  }
}

install_npm_packages
check_node
if [ "${1:-}" = --system ]; then install_system_packages "${2:-test}"; fi
