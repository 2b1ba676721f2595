#!/bin/bash
# deb.sh: the packages of build/deb, which `make deb` made, in a new Debian of the release that this machine runs: they
# are installed, used and purged there. The last line is "N passed, N failed". Where there can be no such Debian, it
# says why and ends with 0.
#
# The end-to-end tests run outside, as everywhere, and start the program in there.
set -eu
set -o pipefail
cd "$(dirname "$0")/.."

# ---- Steps, inside ----------------------------------------------------------------------------

installs() {
  apt-get install -y -q --no-install-recommends ./*.deb
  moat --version | grep -x "moat $(dpkg-query -W -f '${source:Upstream-Version}' moat)"
  dpkg -L moat | grep -e /bin/ -e '/lib/.*/.*/' -e '/share/[^d].*/.*/' | sort | diff /dev/stdin <(printf '/usr/%s\n' bin/moat \
    lib/systemd/system/moat-keep@.{service,timer} lib/systemd/user/moat-keep.{service,timer} \
    share/bash-completion/completions/moat share/fish/vendor_completions.d/moat.fish share/man/man1/moat.1.gz \
    share/zsh/vendor-completions/_moat)
  dpkg -L moat libmoat-dev | while read -r path; do [ -d "$path" ] || echo "$path"; done > files
}

# No unit of Moat's is wanted by another: neither for the system nor for all users.
enables_nothing() {
  export XDG_RUNTIME_DIR=/tmp
  systemd-analyze verify --man=no /usr/lib/systemd/system/moat-keep@{.service,.timer}
  systemd-analyze verify --man=no --user /usr/lib/systemd/user/moat-keep.{service,timer}
  [ -z "$(find /etc/systemd /usr/lib/systemd -path '*.wants/*moat*')" ]
  [ "$(systemctl is-enabled moat-keep@alice.timer)" = disabled ]
}

# Position independent, no lazy binding, read-only relocations, and both of what the compiler puts in.
is_hardened() {
  readelf -hldW /usr/bin/moat > elf
  grep -q 'Type: *DYN' elf
  grep -q GNU_RELRO elf
  grep -q BIND_NOW elf
  readelf --dyn-syms -W /usr/bin/moat > elf
  grep -q __stack_chk_fail elf
  grep -q '__[a-z]*_chk@' elf
}

links() { # EXAMPLE ...: as somebody would who has the package alone
  local name
  for name; do
    # shellcheck disable=SC2046
    gcc -static "/usr/share/doc/libmoat-dev/examples/$name.c" $(pkg-config --static --cflags --libs moat) -o "$name"
    readelf -d "$name" | grep 'There is no dynamic section'
  done
}

# A person's profile, and a service user's with the timer that keeps it.
is_used() {
  useradd -m alice
  runuser -u alice -- sh -euc 'moat init drive --client-id app --auth none && moat list' | grep drive
  [ -f /home/alice/.config/moat/drive.conf ]
  install -d -o alice -m 700 /var/lib/moat/alice
  runuser -u alice -- env MOAT_HOME=/var/lib/moat/alice moat init box --client-id app --auth none
  systemctl enable moat-keep@alice.timer
  [ -L /etc/systemd/system/timers.target.wants/moat-keep@alice.timer ]
  # What systemd notes once it has run.
  mkdir -p /var/lib/systemd/timers
  touch /var/lib/systemd/timers/stamp-moat-keep@alice.timer
}

removes() {
  apt-get remove -y -q moat
  [ ! -e /usr/bin/moat ]
  [ -f /var/lib/moat/alice/box.conf ]
}

purges() {
  apt-get purge -y -q moat libmoat-dev
  xargs -a files -d '\n' sh -c 'for path; do [ ! -e "$path" ] || echo "$path"; done' - > left
  find / -xdev \( -path /moat -o -path /home -o -path /proc -o -path /dev \) -prune -o -name '*moat*' -print >> left
  diff /dev/null left
  [ -f /home/alice/.config/moat/drive.conf ]
}

if [ "${1-}" = --step ]; then
  shift
  "$@"
  exit
fi

# ---- Outside ----------------------------------------------------------------------------------

. tests/count.sh
. tests/chroot.sh

purpose=deb
most_seconds=1800
space_kb=1500000

# shellcheck disable=SC1091
[ "${1-}" = --inside ] || set -- "$(. /etc/os-release && echo "${VERSION_ID-}")"
[ -f "$(echo build/deb/moat_*.deb)" ] || { echo 'deb.sh: there is no package in build/deb: make deb' >&2; exit 2; }
begin "$@"
step() { inside tests/deb.sh --step "$@"; }

# build/debian-N-deb/moat/bin/NAME runs /PATH/NAME in there, on the files that are outside.
outside() { # PATH NAME
  mkdir -p "${bin:=$folder/moat/bin}/$(dirname "$2")"
  printf '#!/bin/sh\nexec chroot "%s" env -C "$PWD" "%s" "$@"\n' "$folder" "$1" > "$bin/$2"
  chmod +x "$bin/$2"
}

end_to_end() {
  local tmp=${TMPDIR:-/tmp} status=0 made
  outside /usr/bin/moat moat
  outside /moat/blocking examples/blocking
  outside /moat/device_flow examples/device_flow
  made=$(LC_ALL=C mkdir -pv "$folder$PWD" "$folder$tmp" | sed -n "s/^mkdir: created directory '\(.*\)'$/\1/p")
  mount --bind "$PWD" "$folder$PWD"
  mount --bind "$tmp" "$folder$tmp"
  MOAT=$bin/moat tests/e2e/run.sh "$@" || status=1
  umount "$folder$tmp" "$folder$PWD"
  # Their names may have a moat in them, which a purge has to leave nowhere.
  [ -z "$made" ] || tac <<< "$made" | xargs -d '\n' rmdir
  return $status
}

mkdir -p "$folder/moat/tests"
cp tests/deb.sh "$folder/moat/tests/"
for package in moat libmoat-dev; do cp build/deb/${package}_*.deb "$folder/moat/$package.deb"; done
tests/setup.sh lab > "$log" 2>&1 || skip "the end-to-end tests cannot run: $(reason)"
tools=(gcc libc6-dev pkg-config systemd)
download ./moat.deb ./libmoat-dev.deb "${tools[@]}" || skip "packages cannot be had: $(reason)"
inside apt-get install -y -q --no-install-recommends "${tools[@]}" > "$log" 2>&1 || skip "$(reason)"
one 'packages: installed' step installs
one 'packages: no unit is enabled' step enables_nothing
one 'packages: the program is hardened' step is_hardened
one 'packages: static programs are linked' step links blocking device_flow
one 'packages: profiles of a person and of a service user' step is_used
closing 'packages: a sign-in by the program' end_to_end tests/e2e/flow.test.mjs
closing 'packages: a sign-in by programs that were linked' \
  end_to_end --test-name-pattern='/^(blocking|device_flow):/' tests/e2e/examples.test.mjs
one 'packages: removed, and the grants are still there' step removes
one 'packages: purged, and only homes are left' step purges
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
