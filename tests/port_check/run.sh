#!/bin/bash
# run.sh posix|sockets|template|bad BUILD: port_check on the POSIX port, as TAP; on the port to sockets, also with the
# names of Zephyr and lwIP over tests/mocks, and with that to FreeRTOS above it; on the template, where it has to find fault with everything; on the POSIX
# port with one fault at a time (bad.c), where the check of that fault has to fail and no other.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/port_check
mkdir -p "$out"
sources=(tests/port_check/{port_check,check_calls,check_platform,check_slots,check_stream,check_names}.c)

compile() { # NAME ARGUMENT...
  local name=$1
  shift
  gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Os -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude \
    "${sources[@]}" "$@" -lpthread -o "$out/$name"
}

sockets=(-Iport/sockets tests/port_check/sockets.c port/sockets/*.c)
mocked=("${sockets[@]}" -Itests/mocks tests/mocks/store.c)
case $1 in
  template) compile template -Iport/template -DTEMPLATE tests/port_check/posix.c port/template/template.c ;;
  sockets)
    compile sockets "${sockets[@]}" -DMOAT_SOCKETS_FILES '-Wl,--wrap=getaddrinfo'
    compile sockets-zephyr "${mocked[@]}" -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_ZMS
    compile sockets-lwip "${mocked[@]}" -DMOAT_SOCKETS_LWIP -DMOAT_SOCKETS_NVS
    compile sockets-freertos "${mocked[@]}" -DMOAT_SOCKETS_LWIP -DMOAT_SOCKETS_NVS -DFREERTOS -Iport/freertos port/freertos/*.c
    ;;
  *)
    compile "$1" -Iport/posix tests/port_check/{posix,bad}.c "$2/libmoat-posix.a" '-Wl,--wrap=getaddrinfo' \
      '-Wl,--wrap=clock_gettime'
    ;;
esac
node=$(tests/setup.sh --node)
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT

check() { # NAME [FAULT]: what port_check says, with a peer of its own
  local port closed echo result=0
  coproc ECHO { exec "$node" tests/port_check/echo.mjs; }
  echo=$ECHO_PID
  read -r port closed <&"${ECHO[0]}"
  "$out/$1" "$state/${2-good}" "$port" "$closed" ${2+"$2"} || result=$?
  kill "$echo"
  wait "$echo" 2> /dev/null || :
  return $result
}

# Nothing but the check of the fault fails. A generator with a seed shows in the second start.
bad() { # FAULT CHECK
  local said=$state/$1.said
  if check bad "$1" > "$said"; then check bad "$1" > "$said" || :; fi
  [ "$(sed -n 's/^not ok [0-9]* - //p' "$said")" = "$2" ] && echo "ok - $1 is found" && return
  echo "not ok - $1 is found"
  sed 's/^/# /' "$said"
}

case $1 in
  posix)
    check posix > "$state/first" || :
    check posix
    ;;
  sockets)
    for mock in zephyr lwip freertos; do
      (check sockets-$mock > "$state/$mock" && rm "$state/$mock") &
    done
    check sockets > "$state/first" || :
    check sockets
    wait
    for mock in zephyr lwip freertos; do
      [ ! -e "$state/$mock" ] || { sed 's/^/# /' "$state/$mock"; exit 1; }
    done
    ;;
  template)
    check template > "$state/said" && exit 1
    # Checks that it does not have are skipped, and nothing else is good.
    if grep '^ok' "$state/said" | grep -v '# SKIP'; then exit 1; fi
    grep -q '^not ok' "$state/said"
    ;;
  bad)
    while IFS=$'\t' read -r fault name; do
      bad "$fault" "$name" > "$state/$fault.verdict" &
    done < <("$out/bad" faults)
    wait
    cat "$state"/*.verdict
    echo "1..$("$out/bad" faults | wc -l)"
    ! grep -q '^not ok' "$state"/*.verdict
    ;;
esac
