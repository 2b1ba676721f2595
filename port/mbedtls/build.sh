#!/bin/sh
# build.sh OUT [PROFILE]: Mbed TLS 3.6 from source into OUT/include and OUT/lib, with its default
# configuration or with a profile of this folder. CC, AR and CFLAGS are the environment's. With a
# profile, the files that fast.txt lists are compiled with -O2. A copy of the source is built, so that
# each OUT may have its own compiler. `make mbedtls-3.6` calls it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/lib"
out=$(cd "$1" && pwd) profile=${2-}
from=$("$here/../../tests/source.sh" mbedtls-3.6)
work=$out/$(basename "$from")
mkdir -p "$work" "$out/lib"
(cd "$from" && cp -rpu library include 3rdparty scripts framework "$work")
flags=${CFLAGS:--O2} fast=
[ -z "$profile" ] || fast=$(cat "$here/fast.txt")

# Mbed TLS's own makefile does not see that a header or the flags are others.
renew() { # FILE COPY
  cmp -s "$1" "$2" || { cp "$1" "$2" && rm -f "$work"/library/*.[ao]; }
}
config() { renew "$1" "$work/include/mbedtls/$2"; } # FILE NAME
if [ -n "$profile" ]; then
  for header in "$here"/*.h; do config "$header" "$(basename "$header")"; done
  echo "#include \"moat_mbedtls_$profile.h\"" > "$out/config.h"
  config "$out/config.h" mbedtls_config.h
else
  config "$from/include/mbedtls/mbedtls_config.h" mbedtls_config.h
fi
echo "${CC:-cc} $flags" $fast > "$out/flags"
renew "$out/flags" "$work/flags"

compile() { # CFLAGS GOAL...
  with=$1
  shift
  "${MAKE:-make}" -s --no-print-directory -C "$work/library" GEN_FILES= CC="${CC:-cc}" AR="${AR:-ar}" CFLAGS="$with" "$@" > /dev/null
}
# shellcheck disable=SC2086
[ -z "$fast" ] || compile "$flags -O2" $fast
compile "$flags" libmbedcrypto.a libmbedx509.a libmbedtls.a
rm -rf "$out/include/mbedtls" "$out/include/psa"
mkdir -p "$out/include"
cp -rp "$work/include/mbedtls" "$work/include/psa" "$out/include"
cp -p "$work"/library/*.a "$out/lib"
