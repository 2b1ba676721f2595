#!/bin/bash
# mixed.sh MBEDTLS_DIR: a compiler takes a header that is missing there from the system, whose Mbed TLS is another one.
# The build has to fail, and to say so.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/mixed
rm -rf "$out"
mkdir -p "$out/mbedtls"
cp -r "$1/include" "$1/lib" "$out/mbedtls"
rm "$out/mbedtls/include/mbedtls/asn1.h"
if make -s BUILD="$out/build" MBEDTLS_DIR="$out/mbedtls" "$out/build/libmoat.a" > "$out/log" 2>&1; then exit 1; fi
grep -q '/mbedtls/asn1.h is of another Mbed TLS than that of ' "$out/log" || { cat "$out/log"; exit 1; }
