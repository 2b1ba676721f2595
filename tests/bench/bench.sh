#!/bin/bash
# make bench: instructions of one refresh in one process, against a bare Mbed TLS program that makes
# the same POST, and of one that resumes the TLS session of the last process. Counted by callgrind,
# so the machine's speed and load do not matter. TLS 1.3 is that of Mbed TLS 3.6, from source.
set -eu
cd "$(dirname "$0")/../.."
out=build/bench
gate=300000
node=$(tests/setup.sh --node)
mkdir -p "$out"
tests/tls/make-certs.sh build/certs > /dev/null
roots=build/certs/root-ec.crt
server='' failed=0
stop() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2> /dev/null || :
  server=
}
trap stop EXIT

serve() { # VERSION: sets port
  stop
  coproc SERVER { exec "$node" tests/bench/server.mjs build/certs "$1"; }
  server=$SERVER_PID
  read -r port <&"${SERVER[0]}"
}

count() { # PROGRAM ARG...: "OWN TOTAL" of one run
  valgrind -q --tool=callgrind --callgrind-out-file="$out/callgrind" "$@"
  "$node" tests/bench/count.mjs "$out/callgrind"
}
median() { sort -n | sed -n 3p; }
show() { printf '  %-42s %10d instructions\n' "$@"; }

at_most() { # WHAT VALUE OF GATE
  awk -v a="$2" -v b="$3" -v gate="$4" -v what="$1" 'BEGIN {
    over = a / b > gate
    printf "  %-42s %10.3f of %s%s\n", what, a / b, gate, over ? "  OVER" : ""
    exit over }' || failed=1
}

# ---- A full handshake, and a resumed one, with the Mbed TLS of a build folder
resume() { # BUILD VERSION MBEDTLS GATE
  local state full=() resumed=() b
  state=$(mktemp -d)
  serve "$2"
  for _ in 1 2 3 4 5; do
    rm -f "$state"/*
    read -r _ b < <(count "$1/refresh" "$port" "$roots" "$state")
    full+=("$b")
    read -r _ b < <(count "$1/refresh" "$port" "$roots" "$state")
    resumed+=("$b")
  done
  rm -r "$state"
  full=$(printf '%s\n' "${full[@]}" | median)
  resumed=$(printf '%s\n' "${resumed[@]}" | median)
  echo "The same with the TLS session kept in a file, $3, $2:"
  show 'full handshake' "$full" 'resumed by the next process' "$resumed"
  at_most 'ratio' "$resumed" "$full" "$4"
}

flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -O2 -g -Wall -Wextra -Werror)
libs=(-lmbedtls -lmbedx509 -lmbedcrypto -lpthread)
build() { # BUILD [MBEDTLS_DIR]: makes BUILD/refresh
  local at=()
  make -s BUILD="$1" MBEDTLS_DIR="${2-}" CC=gcc CFLAGS='-O2 -g' "$1/libmoat.a" "$1/libmoat-posix.a"
  [ -z "${2-}" ] || at=(-isystem "$2/include" "-L$2/lib")
  gcc "${flags[@]}" -Iinclude -Iport/posix "${at[@]}" tests/bench/refresh.c "$1/libmoat-posix.a" "$1/libmoat.a" \
    -Wl,--gc-sections "${libs[@]}" -o "$1/refresh"
}
build "$out"
gcc "${flags[@]}" tests/bench/bare.c "${libs[@]}" -o "$out/bare"
make -s mbedtls-3.6 CC=gcc > /dev/null
build "$out/mbedtls-3.6" build/mbedtls-3.6

serve TLSv1.2
own=() moat=() bare=()
for _ in 1 2 3 4 5; do
  read -r a b < <(count "$out/refresh" "$port" "$roots")
  own+=("$a") moat+=("$b")
  read -r _ b < <(count "$out/bare" "$port" "$roots")
  bare+=("$b")
done
own=$(printf '%s\n' "${own[@]}" | median)
moat=$(printf '%s\n' "${moat[@]}" | median)
bare=$(printf '%s\n' "${bare[@]}" | median)
echo "One refresh in one process, one EC root, TLS 1.2, an answer of 1021 + 4711 bytes; medians of 5:"
show "Moat's own code" "$own" 'the whole program' "$moat" 'bare Mbed TLS, the same POST' "$bare"
awk -v a="$moat" -v b="$bare" 'BEGIN {printf "  %-42s %10.3f\n", "ratio", a / b}'
[ "$own" -le "$gate" ] || { echo "OVER: own code $own of $gate"; failed=1; }

resume "$out" TLSv1.2 "the system's Mbed TLS" 0.05
resume "$out/mbedtls-3.6" TLSv1.2 'Mbed TLS 3.6' 0.05
resume "$out/mbedtls-3.6" TLSv1.3 'Mbed TLS 3.6' 0.35
exit "$failed"
