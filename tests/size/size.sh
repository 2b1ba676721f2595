#!/bin/sh
# make size: what Moat costs on a Cortex-M4, and whether that is within its gates, with the headers
# of the system's Mbed TLS (2.28 on Debian 12) and with those of 3.6. Then a whole device on four cores.
#   size.sh [INCLUDE]: with those of another one only
set -eu
cd "$(dirname "$0")/../.."
node=$(tests/setup.sh --node)

measure() { # INCLUDE OUT
  mkdir -p "$2/include"
  cp /usr/include/jsmn.h "$2/include/"
  rm -rf "$2/include/mbedtls" "$2/include/psa" "$2/include/tf-psa-crypto"
  cp -r "$1/mbedtls" "$1/psa" "$2/include/"
  [ ! -d "$1/tf-psa-crypto" ] || cp -r "$1/tf-psa-crypto" "$2/include/" # of 4.x
  "$node" tests/size/size.mjs "$2"
}

if [ $# -gt 0 ]; then
  measure "$1" build/size
  exit
fi
newest=$(tests/source.sh mbedtls-3.6)
status=0
measure /usr/include build/size || status=1
echo
measure "$newest/include" build/size/mbedtls-3.6 || status=1
"$node" tests/size/cores.mjs "$newest/include" build/size/cores || status=1
exit $status
