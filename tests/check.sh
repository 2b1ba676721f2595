#!/bin/bash
# make check: everything that can fail. The last line is "N passed, N failed".
#   check.sh [units|fuzz|gates|e2e|mbedtls-3.6|mbedtls|cross|browser|firmware|deb|distro ...]: some parts only.
#   Without, all of them but mbedtls, and distro only where $DISTRO names a release of Debian.
set -u
cd "$(dirname "$0")/.." || exit
. tests/count.sh
parts=${*:-units fuzz gates e2e mbedtls-3.6 browser firmware}
beside= # the parts that go on meanwhile
[ $# != 0 ] || beside="deb cross ${DISTRO:+distro}"
log=build/check/${parts%% *}.log
export WERROR=-Werror # the Makefile's, for whatever is built from here
mkdir -p build/check

say() { printf '\n== %s\n' "$*"; }

tap() { # NAME COMMAND ...: a program that prints TAP
  local name=$1 good bad began=$SECONDS
  shift
  CMOCKA_MESSAGE_OUTPUT=TAP "$@" > "$log" 2>&1
  tap_count "$log" $?
  count "$good" "$bad"
  printf '%-5s %s: %s passed, %s failed%s\n' "$([ "$bad" = 0 ] && echo ok || echo FAIL)" "$name" "$good" "$bad" "$(took "$began")"
  [ "$bad" = 0 ] && return
  wrong+=("$name")
  grep -v '^ok ' "$log" | tail -n 60 | sed 's/^/      /'
}

sanitize='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'

build() { # CC KIND [MBEDTLS_DIR NAME]
  local flags='-Os -g' san='' name=$1-$2${4:+-$4}
  [ "$2" = plain ] || { flags='-O1 -g' san=$sanitize; }
  one "build $name" make -s -j"$(nproc)" BUILD="build/check/$name" MBEDTLS_DIR="${3-}" CC="$1" CFLAGS="$flags" \
    SAN="$san" default unit examples
}

unit() { # BUILD
  closing "unit tests, $1" tests/test.sh "build/check/$1/unit"
}

units() {
  local cc kind
  for cc in gcc clang; do
    for kind in plain san; do
      say "$cc, $kind"
      build "$cc" "$kind"
      unit "$cc-$kind"
    done
  done
  say 'valgrind'
  UNDER='valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite' \
    SECONDS_EACH=600 closing 'unit tests under valgrind' tests/test.sh build/check/gcc-plain/unit
}

# A check of one commit is to come out alike each time, so it always takes the same way; `make fuzz`
# takes another each time. What fails is kept in build/fuzz/crashes.
fuzz() {
  say 'fuzzing: each corpus, and 15 s beyond it'
  closing fuzzing env SEED=1 tests/fuzz/run.sh --seconds 15
}

gates() {
  say 'what is promised'
  [ -f build/check/gcc-plain/libmoat.a ] || build gcc plain
  tap symbols tests/proof/symbols.sh build/check/gcc-plain/libmoat.a
  tap headers tests/proof/headers.sh
  one 'lines and branches that the unit tests run' tests/coverage/coverage.sh
  tap 'one judge' tests/proof/judges.sh
  tap 'arrows' "$(tests/setup.sh --node)" tests/proof/arrows.mjs
  tap 'shape' "$(tests/setup.sh --node)" tests/proof/shape.mjs
  tap 'README.md' "$(tests/setup.sh --node)" tests/proof/readme.mjs
  tap 'situations' "$(tests/setup.sh --node)" tests/proof/situations.mjs
  tap 'port_check' tests/port_check/run.sh posix sockets esp-idf zephyr lwip freertos build/check/gcc-plain
  one 'port_check, template: nothing is there' tests/port_check/run.sh template build/check/gcc-plain
  tap 'port_check, bad ports' tests/port_check/run.sh bad build/check/gcc-plain
  one 'what hardens the program' tests/proof/hardened.sh build/check/gcc-plain
  one 'make install' tests/proof/install.sh build/check/gcc-plain
  one 'a vendored copy' tests/proof/vendor.sh
  one 'ports on processors of 32 bits' tests/proof/ports.sh
  one 'packages for ESP-IDF and Zephyr' tests/proof/packages_idf_zephyr.sh
  one 'CMake: subfolder, package, vendored' tests/proof/cmake.sh
  [ ! -e .git ] || one 'make dist' tests/proof/dist.sh # what is unpacked has no history to pack
  tap 'man page' tests/proof/manual.sh "$PWD/build/check/gcc-plain/moat"
  tap 'completion' tests/proof/completion.sh "$PWD/build/check/gcc-plain/moat"
  one 'clang-format' make -s check-format
  one 'flash, RAM and stack' tests/size/size.sh
  one 'what a refresh costs' tests/bench/bench.sh
}

# The unit tests look for leaks. Here that would take longer than all else that a program under sanitizers does,
# and it would find little: the memory of Mbed TLS is a pool of the program's own.
e2e() {
  for kind in gcc-plain clang-san; do
    say "end to end, $kind"
    [ -x "build/check/$kind/moat" ] || build "${kind%-*}" "${kind#*-}"
    # One build goes through the year of year.test.mjs.
    closing "end to end, $kind" env MOAT="$PWD/build/check/$kind/moat" ASAN_OPTIONS=detect_leaks=0 \
      YEAR="$([ "$kind" = gcc-plain ] && echo yes || echo no)" tests/e2e/run.sh
  done
}

# The unit tests, and the end-to-end tests of connections and exchanges, with another Mbed TLS than the system's.
with_mbedtls() { # DIR NAME KIND ...
  local kind dir=$1 name=$2 newest=TLSv1.3
  shift 2
  # Moat does not use the TLS 1.3 of two releases.
  ! grep -qE 'VERSION_STRING +"(3\.6\.6|4\.1\.0)"' "$dir/include/mbedtls/build_info.h" || newest=TLSv1.2
  for kind; do
    say "$name, $kind"
    build "${kind%-*}" "${kind#*-}" "$dir" "$name"
    unit "$kind-$name"
  done
  kind=gcc-plain-$name
  tap symbols tests/proof/symbols.sh "build/check/$kind/libmoat.a"
  closing "end to end, $kind" env MOAT="$PWD/build/check/$kind/moat" NEWEST_TLS=$newest \
    tests/e2e/run.sh tests/e2e/{exchange,failures,flow,grant,proxy,resume,roots}.test.mjs tests/tls/*.test.mjs
}

# The newest of the LTS, whose TLS 1.3 is used. All end-to-end tests have a 3.6 in Debian 13.
mbedtls-3.6() {
  local dir=build/mbedtls-3.6
  say 'Mbed TLS 3.6'
  one 'make mbedtls-3.6' make -s -j"$(nproc)" mbedtls-3.6 CC=gcc
  with_mbedtls "$dir" mbedtls-3.6 gcc-plain clang-san
  one 'make install' tests/proof/install.sh build/check/gcc-plain-mbedtls-3.6 "$dir"
  tap 'P-256 by p256-m' tests/proof/p256m.sh "$dir"
  one 'no headers of two versions' tests/proof/mixed.sh "$dir"
  one 'a configuration like that of Zephyr' tests/proof/config_file.sh "$dir"
}

# make check-mbedtls: the same with the Mbed TLS in $MBEDTLS_DIR.
mbedtls() {
  : "${MBEDTLS_DIR:?is not set}"
  with_mbedtls "$(cd "$MBEDTLS_DIR" && pwd)" mbedtls-other gcc-plain clang-san
}

browser() {
  say 'a browser'
  [ -x build/check/gcc-plain/moat ] || build gcc plain
  closing 'a browser' env MOAT="$PWD/build/check/gcc-plain/moat" tests/e2e/run.sh tests/e2e/browser/*.test.mjs
}

cross() {
  local target folders
  say "other processors"
  for target in armhf arm64 mips mipsel riscv64 amd64-musl 'amd64-musl gateway_tls12'; do
    # shellcheck disable=SC2086
    one "cross $target" port/cross.sh $target
    case $target in
      amd64-musl*) folders=(/usr/include/x86_64-linux-musl /usr/lib/gcc) ;;
      *) folders=("$(sed -n 's|.* -L \(/usr/[^ ]*\) .*|\1|p' "build/cross/$target/run")") ;;
    esac
    one "headers of $target" tests/cross/headers.sh "build/cross/${target/ /-}" "${folders[@]}"
    one "what hardens $target" tests/proof/hardened.sh "build/cross/${target/ /-}"
  done
  closing 'unit tests, armhf' tests/cross/debian.sh armhf
  closing 'unit tests, s390x' tests/cross/debian.sh s390x
  closing 'other processors' tests/e2e/run.sh tests/cross/*.test.mjs
  closing 'recipes of other build systems' tests/cross/packages.sh
}

firmware() {
  say 'the firmware image'
  one 'build the firmware images' tests/firmware/build.sh
  closing 'the firmware image' tests/firmware/check.sh
}

deb() {
  say 'Debian packages'
  if [ ! -e .git ] || ! type -P dpkg > /dev/null; then
    echo 'skipped: it takes the history of the project, and a Debian'
    return
  fi
  one 'make deb: built, and lintian is content' make deb
  closing 'Debian packages' tests/deb.sh
}

distro() {
  say "Debian ${DISTRO:=13}"
  closing "Debian $DISTRO" tests/distro.sh "$DISTRO"
}

# Much of these uses one processor: installing, unpacking, emulation. The other parts take what is left.
# They end with this process, however that ends.
begin_beside() {
  # shellcheck disable=SC2016,SC2086
  setsid setpriv --pdeathsig TERM bash -c 'trap "trap - TERM; kill 0" TERM; tests/check.sh "$@" & wait $!' \
    beside $beside > build/check/beside.log 2>&1 &
  lane=$!
}

end_beside() {
  local status=0
  say "beside these: $beside"
  wait "$lane" || status=$?
  # shellcheck disable=SC2016
  closing "$beside" sh -c 'cat "$0"; exit "$1"' build/check/beside.log $status
}

spent=
[ -z "$beside" ] || begin_beside
for part in $parts; do
  began=$SECONDS
  "$part"
  spent+=" $part $((SECONDS - began)) s,"
done
[ -z "$beside" ] || end_beside
printf '\nTime:%s in all %s s\n' "$spent" "$SECONDS"
[ "$failed" = 0 ] || printf 'failed: %s\n' "${wrong[@]}" # once more, where it is seen
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
