#!/bin/bash
# run.sh PORT... BUILD: port_check on ports of this machine, all at once, as TAP: posix, sockets, and over tests/mocks
# esp-idf, zephyr, lwip (sockets by its names) and freertos (above that).
# run.sh template BUILD: on the template, where it has to find fault with everything.
# run.sh bad BUILD: on the POSIX port with one fault at a time (bad.c), where the check of that fault has to fail and no
# other.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/port_check
mkdir -p "$out"
build=${*: -1}
sources=(tests/port_check/{port_check,check_calls,check_platform,check_random,check_restart,check_slots,check_stream,check_wait,check_close,check_names,host}.c)
sockets=(-Iport/sockets port/sockets/*.c)
mocks=("${sockets[@]}" -Itests/mocks tests/mocks/*.c)
lwip=("${mocks[@]}" -DMOAT_SOCKETS_LWIP -DMOAT_SOCKETS_NVS tests/port_check/sockets.c)

compile() { # PORT
  local parts
  case $1 in
    posix | bad) parts=(-Iport/posix tests/port_check/{posix,bad}.c "$build/libmoat-posix.a") ;;
    template) parts=(-Iport/template tests/port_check/template.c port/template/template.c) ;;
    sockets) parts=("${sockets[@]}" -DMOAT_SOCKETS_FILES tests/port_check/sockets.c) ;;
    esp-idf) parts=("${mocks[@]}" -DMOAT_SOCKETS_NVS -Iport/esp-idf port/esp-idf/*.c tests/port_check/esp_idf.c) ;;
    zephyr)
      parts=("${mocks[@]}" -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_ZEPHYR_NVS -DCONFIG_NET_IPV4 -Iport/zephyr port/zephyr/*.c
        tests/port_check/zephyr.c)
      ;;
    lwip) parts=("${lwip[@]}") ;;
    freertos) parts=("${lwip[@]}" -DFREERTOS -Iport/freertos port/freertos/*.c) ;;
  esac
  gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Os -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude \
    "${sources[@]}" "${parts[@]}" -lpthread -Wl,--wrap=getaddrinfo,--wrap=clock_gettime,--wrap=time -o "$out/$1"
}

node=$(tests/setup.sh --node)
state=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || :; rm -rf "$state"' EXIT

check() { # PORT [FAULT]: what port_check says, with a peer of its own
  local port closed echo result=0
  coproc ECHO { exec setpriv --pdeathsig KILL "$node" tests/port_check/echo.mjs; }
  echo=$ECHO_PID
  read -r port closed <&"${ECHO[0]}"
  timeout 900 "$out/$1" "$state/$1${2+-$2}" "$port" "$closed" ${2+"$2"} || result=$?
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

# The stores over mocks are in memory, and a second start finds nothing of the first.
good() { # PORT
  compile "$1"
  case $1 in posix | sockets) check "$1" > /dev/null ;; esac
  check "$1"
}

case $1 in
  template)
    compile template
    check template > "$state/said" && exit 1
    # Checks that it does not have are skipped, and nothing else is good.
    if grep '^ok' "$state/said" | grep -v '# SKIP\|- ticks_ms'; then exit 1; fi
    grep -q '^not ok' "$state/said"
    ;;
  bad)
    compile bad
    while IFS=$'\t' read -r fault name; do
      bad "$fault" "$name" > "$state/$fault.verdict" &
    done < <("$out/bad" faults)
    wait
    cat "$state"/*.verdict
    echo "1..$("$out/bad" faults | wc -l)"
    ! grep -q '^not ok' "$state"/*.verdict
    ;;
  *)
    status=0 checks=()
    for port in "${@:1:$#-1}"; do
      good "$port" > "$state/$port.said" 2>&1 &
      checks+=($!)
    done
    for check in "${checks[@]}"; do wait "$check" || status=1; done
    for port in "${@:1:$#-1}"; do cat "$state/$port.said"; done
    exit $status
    ;;
esac
