#!/bin/sh
# make size: what Moat costs on a Cortex-M4, and whether that is within its gates.
set -eu
cd "$(dirname "$0")/../.."
out=build/size
mkdir -p "$out/include"
cp /usr/include/jsmn.h "$out/include/"
rm -rf "$out/include/mbedtls" "$out/include/psa"
cp -r /usr/include/mbedtls /usr/include/psa "$out/include/"
exec "$(tests/setup.sh --node)" tests/size/size.mjs "$out"
