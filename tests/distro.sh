#!/bin/bash
# distro.sh 13 [COMMAND ...]: Debian 13 in a folder of build/, made once by debootstrap, and in it what
# README.md says to somebody new: make demo, make test, and the end-to-end tests; or COMMAND alone.
# Where that cannot be, it says why and ends with 0. The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."
declare -A suites=([12]=bookworm [13]=trixie)
release=${1:-13}
suite=${suites[$release]-}
[ -n "$suite" ] || { echo "distro.sh: there is no release '$release' here: 12 or 13" >&2; exit 2; }
shift || true
folder=$PWD/build/debian-$release

skip() {
  echo "skipped Debian $release: $*"
  echo '0 passed, 0 failed'
  exit 0
}
[ "$(id -u)" = 0 ] || skip 'it takes root to make one'
command -v debootstrap > /dev/null || apt-get install -y -q --no-install-recommends debootstrap > /dev/null 2>&1 ||
  skip 'debootstrap is not here and cannot be installed'

# From where this machine has its own packages.
mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
  grep -E '/debian/?$' | head -n 1)
[ -n "$mirror" ] || skip 'apt names no mirror of Debian'

mounted=()
leave() {
  local at
  for at in "${mounted[@]}"; do umount -R -l "$at"; done
}
trap leave EXIT

make_root() {
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder.new" "$mirror" > "$folder.log" 2>&1 ||
    { tail -n 3 "$folder.log"; return 1; }
  mv "$folder.new" "$folder"
}
[ -d "$folder" ] || make_root || skip "debootstrap failed"

# How this machine reaches the network.
cp /etc/resolv.conf "$folder/etc/resolv.conf"
if [ -d /usr/local/share/ca-certificates ]; then cp -r /usr/local/share/ca-certificates "$folder/usr/local/share/"; fi
grep -l Acquire /etc/apt/apt.conf.d/* 2> /dev/null | xargs -r cp -t "$folder/etc/apt/apt.conf.d" || true
if [ -f ~/.npmrc ]; then cp ~/.npmrc "$folder/root/.npmrc"; fi
mount -t proc proc "$folder/proc" 2> /dev/null || skip 'nothing can be mounted here'
mounted=("$folder/proc")
# With the pseudo-terminals below it. What is unmounted here later stays mounted out there.
{ mount --rbind /dev "$folder/dev" && mount --make-rslave "$folder/dev"; } || skip 'nothing can be mounted here'
mounted=("$folder/dev" "${mounted[@]}")

inside() { # COMMAND ...
  chroot "$folder" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
    ${NPM_CONFIG_REGISTRY:+NPM_CONFIG_REGISTRY="$NPM_CONFIG_REGISTRY"} "$@"
}
inside update-ca-certificates > /dev/null 2>&1 || true

# What git knows of this folder, as it is now; what was built there before stays.
mkdir -p "$folder/moat"
find "$folder/moat" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git ls-files -z | tar --null -T - -c | tar -x -C "$folder" --one-top-level=moat
inside sh -c 'cd /moat && { command -v make > /dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends make; }; }' > "$folder.log" 2>&1

[ $# = 0 ] || { inside sh -c 'cd /moat && exec "$@"' sh "$@"; exit; }

passed=0 failed=0
one() { # NAME COMMAND
  if inside sh -c "cd /moat && $2" > "$folder.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok    Debian $release: $1"
  else
    failed=$((failed + 1))
    echo "FAIL  Debian $release: $1"
    tail -n 30 "$folder.log" | sed 's/^/      /'
  fi
}
one 'make demo' 'make demo'
one 'make test' 'make test'
one 'end to end' 'tests/e2e/run.sh'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
