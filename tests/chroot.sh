# A Debian in a folder of build/, as distro.sh and deb.sh use it. To be sourced, after count.sh, by a script that takes a
# release as its first argument, and says
#   purpose       its own folder is build/debian-RELEASE-PURPOSE
#   most_seconds  when it is ended
#   space_kb      what it needs of the disk
# and then calls begin "$@". What is left after that runs in namespaces. Where there can be no such folder, skip says
# why, and the script ends with 0.
#
# debootstrap runs once for each release; what it made is kept in build/debian-RELEASE.tar, and the packages that were
# downloaded since in build/debian-RELEASE.debs. Mounts and processes are in namespaces that end with the run, however
# it ends: nobody else ever sees /dev in that folder.
# shellcheck shell=bash disable=SC2154

declare -A suites=([12]=bookworm [13]=trixie)

skip() {
  echo "skipped Debian $release, $purpose: $*"
  echo '0 passed, 0 failed'
  exit 0
}

reason() { # what a command said last
  tail -n 1 "$log"
}

# Goes on in the namespaces, alone with this release. Sets `release`, `folder`, `log`, and what follows the
# release: `command`.
begin() { # RELEASE [COMMAND ...]
  local there=
  if [ "${1-}" = --inside ]; then
    there=yes
    shift
  fi
  release=$1
  shift
  command=("$@")
  store=$PWD/build/debian-$release
  folder=$store-$purpose
  log=$folder.log
  [ -n "${suites[$release]-}" ] || { echo "${0##*/}: there is no release '$release' here: 12 or 13" >&2; exit 2; }
  [ -n "$there" ] || enter
  exec 9> "$store.lock"
  flock 9
  [ -f "$store.tar" ] || bootstrap
  if [ ${#command[@]} = 0 ] || [ ! -d "$folder/moat" ]; then unpack; fi
  mounts 2> "$log" || skip "nothing can be mounted here: $(reason)"
}

# Does what can be known before, and begins the script anew in the namespaces.
enter() {
  local held=(setpriv --pdeathsig KILL) alone=(unshare --mount --pid --fork --kill-child) status=0
  mkdir -p build
  [ "$(id -u)" = 0 ] || skip 'it takes root to make one'
  chroot / true 2> "$log" || skip "$(reason)"
  "${alone[@]}" mount -t tmpfs tmpfs /mnt 2> "$log" || skip "nothing can be mounted here: $(reason)"
  [ "$(df --output=avail build | tail -n 1)" -ge "$space_kb" ] || skip "build/ has less than $((space_kb / 1000)) MB left"
  tests/setup.sh distro > "$log" 2>&1 || skip "debootstrap is not here and cannot be installed: $(reason)"
  [ ${#command[@]} = 0 ] || most_seconds=0 # no limit
  # Whichever of these ends, all below it end. What timeout sends first has no effect on unshare.
  "${held[@]}" timeout --foreground --kill-after=1 "$most_seconds" "${held[@]}" "${alone[@]}" \
    "tests/${0##*/}" --inside "$release" "${command[@]}" || status=$?
  if [ ${#command[@]} = 0 ] && [ $status = 137 ]; then
    echo "FAIL  Debian $release, $purpose: not done after $most_seconds s"
    echo '0 passed, 1 failed'
  fi
  exit $status
}

bootstrap() {
  local mirror
  mirror=$(tests/source.sh --mirrors | head -n 1)
  [ -n "$mirror" ] || skip 'apt names no mirror of Debian'
  rm -rf "$folder"
  DPKG_FORCE=unsafe-io timeout 900 debootstrap --variant=minbase --include=make "${suites[$release]}" "$folder" \
    "$mirror" > "$log" 2>&1 || skip "debootstrap failed: $(reason)"
  tar -C "$folder" -cf "$store.tar.part" .
  mv "$store.tar.part" "$store.tar"
}

unpack() {
  rm -rf "$folder"
  mkdir -p "$folder/moat" "$store.debs/partial"
  tar -C "$folder" -xf "$store.tar"
  # How this machine reaches the network.
  cp /etc/resolv.conf "$folder/etc/"
  [ ! -d /usr/local/share/ca-certificates ] || cp -r /usr/local/share/ca-certificates "$folder/usr/local/share/"
  grep -ls Acquire /etc/apt/apt.conf.d/* | xargs -r cp -t "$folder/etc/apt/apt.conf.d"
  [ ! -f ~/.npmrc ] || cp ~/.npmrc "$folder/root/"
}

mounts() {
  mount -t proc proc "$folder/proc" &&
    mount --rbind /dev "$folder/dev" &&
    mount --bind "$store.debs" "$folder/var/cache/apt/archives"
}

# In the folder's own /moat. DPKG_FORCE saves dpkg the waiting for the disk after each file, which is most of its time.
inside() { # COMMAND ...
  chroot "$folder" env -i -C /moat HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
    DPKG_FORCE=unsafe-io ${NPM_CONFIG_REGISTRY:+NPM_CONFIG_REGISTRY="$NPM_CONFIG_REGISTRY"} "$@"
}

# A mirror that is out of reach is no failure of Moat's. A package that does not exist is one, but not here.
download() { # PACKAGE ...
  inside apt-get update -q -o APT::Update::Error-Mode=any > "$log" 2>&1 || return 1
  ! inside apt-get install -s --no-install-recommends "$@" > "$log" 2>&1 ||
    inside timeout 600 apt-get install -y -q --download-only --no-install-recommends "$@" > "$log" 2>&1
}
