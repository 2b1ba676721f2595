#!/bin/bash
# make bench: instructions of one refresh in one process, against a bare Mbed TLS program that makes
# the same POST. Counted by callgrind, so the machine's speed and load do not matter.
set -eu
cd "$(dirname "$0")/../.."
out=build/bench
gate=300000
node=$(tests/setup.sh --node)
mkdir -p "$out"
tests/tls/make-certs.sh build/certs > /dev/null
make -s BUILD="$out" CC=gcc CFLAGS='-O2 -g' "$out/libmoat.a" "$out/libmoat-posix.a"
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -O2 -g -Wall -Wextra -Werror)
libs=(-lmbedtls -lmbedx509 -lmbedcrypto -lpthread)
gcc "${flags[@]}" -Iinclude -Iport/posix tests/bench/refresh.c "$out/libmoat-posix.a" "$out/libmoat.a" \
  -Wl,--gc-sections "${libs[@]}" -o "$out/refresh"
gcc "${flags[@]}" tests/bench/bare.c "${libs[@]}" -o "$out/bare"

coproc SERVER { exec "$node" tests/bench/server.mjs build/certs; }
server=$SERVER_PID
trap 'kill "$server" 2> /dev/null || :' EXIT
read -r port <&"${SERVER[0]}"

roots=build/certs/root-ec.crt
count() { # PROGRAM: "OWN TOTAL" of one run
  valgrind -q --tool=callgrind --callgrind-out-file="$out/callgrind.$1" "$out/$1" "$port" "$roots"
  "$node" tests/bench/count.mjs "$out/callgrind.$1"
}
median() { sort -n | sed -n 3p; }

own=() moat=() bare=()
for _ in 1 2 3 4 5; do
  read -r a b < <(count refresh)
  own+=("$a") moat+=("$b")
  read -r _ b < <(count bare)
  bare+=("$b")
done
own=$(printf '%s\n' "${own[@]}" | median)
moat=$(printf '%s\n' "${moat[@]}" | median)
bare=$(printf '%s\n' "${bare[@]}" | median)
echo "One refresh in one process, one EC root, TLS 1.2, an answer of 1021 + 4711 bytes; medians of 5:"
printf '  %-42s %10d instructions\n' "Moat's own code" "$own" 'the whole program' "$moat" 'bare Mbed TLS, the same POST' "$bare"
awk -v a="$moat" -v b="$bare" 'BEGIN {printf "  %-42s %10.3f\n", "ratio", a / b}'
[ "$own" -le "$gate" ] || { echo "OVER: own code $own of $gate"; exit 1; }
