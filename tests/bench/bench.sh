#!/bin/bash
# bench.sh [--all | --pairs [CELL] | CELL...]: builds what is measured as it is shipped, and measures it (bench.mjs). What needs
# TLS 1.3 has Mbed TLS 3.6, from source.
set -eu
cd "$(dirname "$0")/../.."
tests/tls/make-certs.sh build/certs > /dev/null
build() { make -s -j"$(nproc)" CC=gcc WERROR=-Werror "$@" > /dev/null; }
programs() { printf '%s ' "$1/moat"; printf "$1/bench/%s " bare refresh "${@:2}"; }
build mbedtls-3.6
# shellcheck disable=SC2046
build BUILD=build/bench/3.6 MBEDTLS_DIR=build/mbedtls-3.6 $(programs build/bench/3.6) build/bench/3.6/examples/many
# shellcheck disable=SC2046
build BUILD=build/bench/system $(programs build/bench/system rusage wire curl_loop curl_multi) build/bench/system/probe
port/cross.sh amd64-musl gateway build/bench/musl > /dev/null # make check builds build/cross at the same time
node=$(tests/setup.sh --node)
PROBE=build/bench/system/probe "$node" --test tests/bench/count.test.mjs > build/bench/count.log || { cat build/bench/count.log; exit 1; }
exec "$node" tests/bench/bench.mjs "$@"
