#!/bin/sh
# make size: what Moat costs on a Cortex-M4, and whether that is within its gates.
#   size.sh [INCLUDE]: with the headers of another Mbed TLS than the system's
set -eu
cd "$(dirname "$0")/../.."
from=${1:-/usr/include}
out=build/size
mkdir -p "$out/include"
cp /usr/include/jsmn.h "$out/include/"
rm -rf "$out/include/mbedtls" "$out/include/psa"
cp -r "$from/mbedtls" "$from/psa" "$out/include/"
exec "$(tests/setup.sh --node)" tests/size/size.mjs "$out"
