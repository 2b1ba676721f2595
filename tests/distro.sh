#!/bin/bash
# distro.sh 13 [COMMAND ...]: a Debian 13 in a folder of build/, and in it what README.md says to somebody new:
# make demo and make test; then the end-to-end tests. The last line is "N passed, N failed". Where there can be
# no such folder, it says why and ends with 0. A COMMAND is run instead, in the folder as the last run left it.
#
# debootstrap runs once; what it made is kept in build/debian-13.tar, and the packages that were downloaded since
# in build/debian-13.debs. Each run unpacks the former, so each target of make has to install what it needs.
# Mounts and processes are in namespaces that end with the run, however it ends: nobody else ever sees /dev
# in that folder.
set -eu
cd "$(dirname "$0")/.."
. tests/count.sh

inside=
if [ "${1-}" = --inside ]; then # the namespaces
  inside=yes
  shift
fi
declare -A suites=([12]=bookworm [13]=trixie)
release=${1:-13}
suite=${suites[$release]-}
[ -n "$suite" ] || { echo "distro.sh: there is no release '$release' here: 12 or 13" >&2; exit 2; }
shift || true
folder=$PWD/build/debian-$release
log=$folder.log
most_seconds=1800 # four times what it takes
end_to_end=(lab keep recipes proxy) # what these tests need, by the names of tests/setup.sh
space_kb=3000000 # half of it is used

skip() {
  echo "skipped Debian $release: $*"
  echo '0 passed, 0 failed'
  exit 0
}

reason() { # what a command said last
  tail -n 1 "$log"
}

enter() { # COMMAND ...: does what can be known before, and goes on in the namespaces
  local held=(setpriv --pdeathsig KILL) alone=(unshare --mount --pid --fork --kill-child) status=0
  [ "$(id -u)" = 0 ] || skip 'it takes root to make one'
  mkdir -p build
  chroot / true 2> "$log" || skip "$(reason)"
  "${alone[@]}" mount -t tmpfs tmpfs /mnt 2> "$log" || skip "nothing can be mounted here: $(reason)"
  [ "$(df --output=avail build | tail -n 1)" -ge $space_kb ] || skip "build/ has less than $((space_kb / 1000)) MB left"
  tests/setup.sh distro > "$log" 2>&1 || skip "debootstrap is not here and cannot be installed: $(reason)"
  [ $# = 0 ] || most_seconds=0 # no limit
  # Whichever of these ends, all below it end. What timeout sends first has no effect on unshare.
  "${held[@]}" timeout --foreground --kill-after=1 $most_seconds "${held[@]}" "${alone[@]}" \
    tests/distro.sh --inside "$release" "$@" || status=$?
  if [ $# = 0 ] && [ $status = 137 ]; then
    echo "FAIL  Debian $release: not done after $most_seconds s"
    echo '0 passed, 1 failed'
  fi
  exit $status
}

bootstrap() {
  local mirror
  mirror=$(tests/source.sh --mirrors | head -n 1)
  [ -n "$mirror" ] || skip 'apt names no mirror of Debian'
  rm -rf "$folder"
  DPKG_FORCE=unsafe-io timeout 400 debootstrap --variant=minbase --include=make "$suite" "$folder" "$mirror" \
    > "$log" 2>&1 || skip "debootstrap failed: $(reason)"
  tar -C "$folder" -cf "$folder.tar.part" .
  mv "$folder.tar.part" "$folder.tar"
}

unpack() {
  rm -rf "$folder"
  mkdir -p "$folder" "$folder.debs/partial"
  tar -C "$folder" -xf "$folder.tar"
  # How this machine reaches the network.
  cp /etc/resolv.conf "$folder/etc/"
  [ ! -d /usr/local/share/ca-certificates ] || cp -r /usr/local/share/ca-certificates "$folder/usr/local/share/"
  grep -ls Acquire /etc/apt/apt.conf.d/* | xargs -r cp -t "$folder/etc/apt/apt.conf.d"
  [ ! -f ~/.npmrc ] || cp ~/.npmrc "$folder/root/"
}

mounts() {
  mount -t proc proc "$folder/proc" &&
    mount --rbind /dev "$folder/dev" &&
    mount --bind "$folder.debs" "$folder/var/cache/apt/archives"
}

copy_project() {
  mkdir -p "$folder/moat"
  tar --exclude=./build --exclude=./.git --exclude=node_modules -c . | tar -C "$folder/moat" --no-same-owner -x
}

# DPKG_FORCE saves dpkg the waiting for the disk after each file, which is most of its time.
inside() { # COMMAND ...
  chroot "$folder" env -i -C /moat HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
    DPKG_FORCE=unsafe-io ${NPM_CONFIG_REGISTRY:+NPM_CONFIG_REGISTRY="$NPM_CONFIG_REGISTRY"} "$@"
}

# A mirror that is out of reach is no failure of Moat's. A package that does not exist is one, but not here.
download() {
  local packages
  inside apt-get update -q -o APT::Update::Error-Mode=any > "$log" 2>&1 || return 1
  packages="$(inside tests/setup.sh --list base qr unit "${end_to_end[@]}") npm nodejs"
  # shellcheck disable=SC2086
  ! inside apt-get install -s --no-install-recommends $packages > "$log" 2>&1 ||
    inside timeout 200 apt-get install -y -q --download-only --no-install-recommends $packages > "$log" 2>&1
}

[ -n "$inside" ] || enter "$@"
exec 9> "$folder.lock"
flock 9 # another run in this folder
[ -f "$folder.tar" ] || bootstrap
if [ $# = 0 ] || [ ! -d "$folder/moat" ]; then unpack; fi
mounts 2> "$log" || skip "nothing can be mounted here: $(reason)"
copy_project
if [ $# != 0 ]; then
  inside "$@"
  exit
fi
download || skip "packages cannot be had: $(reason)"
one "Debian $release: make demo" inside make demo
closing "Debian $release: make test" inside make test
one "Debian $release: make examples" inside make examples
one "Debian $release: what the end-to-end tests need" inside tests/setup.sh "${end_to_end[@]}"
closing "Debian $release: end to end" inside env YEAR=no tests/e2e/run.sh
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
