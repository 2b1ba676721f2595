#!/bin/bash
# mixed.sh MBEDTLS_DIR: a compiler takes a header that is missing there from the system, whose Mbed TLS is another one.
# The build has to fail, and to say so: by the Makefile, and elsewhere by the header, which sees the configuration of
# Mbed TLS 2.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/mixed
rm -rf "$out"
mkdir -p "$out/mbedtls"
cp -r "$1/include" "$1/lib" "$out/mbedtls"
rm "$out/mbedtls/include/mbedtls/asn1.h"
if make -s BUILD="$out/build" MBEDTLS_DIR="$out/mbedtls" "$out/build/libmoat.a" > "$out/log" 2>&1; then exit 1; fi
grep -q '/mbedtls/asn1.h is of another Mbed TLS than that of ' "$out/log" || { cat "$out/log"; exit 1; }

if gcc -fsyntax-only -DMBEDTLS_CONFIG_H -Iinclude -I"$1/include" -x c include/moat/tls.h 2> "$out/log"; then exit 1; fi
grep -q 'Headers of Mbed TLS 2 are mixed' "$out/log" || { cat "$out/log"; exit 1; }
