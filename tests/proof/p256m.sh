#!/bin/sh
# p256m.sh MBEDTLS_DIR: port/mbedtls/p256m.c against the Mbed TLS 3.6 that `make mbedtls-3.6` built. Prints TAP. valgrind
# sees what was judged without having been written.
set -eu
cd "$(dirname "$0")/../.."
mbedtls=$1 out=build/check/p256m
source=$(tests/source.sh mbedtls-3.6)/3rdparty/p256-m/p256-m
mkdir -p "$out"
flags="-std=c11 -Os -g -I$mbedtls/include -isystem $source"
cc() { "${CC:-gcc}" "$@"; }
# shellcheck disable=SC2086
{
  cc $flags -w -DMBEDTLS_PSA_P256M_DRIVER_ENABLED -c "$source/p256-m.c" -o "$out/p256-m.o"
  cc $flags -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iport/mbedtls -DMBEDTLS_CONFIG_FILE='"moat_mbedtls_tiny.h"' -DMOAT_P256M \
    -Dmbedtls_ecdh_gen_public=p256m_gen_public -Dmbedtls_ecdh_compute_shared=p256m_compute_shared \
    -Dmbedtls_ecdsa_verify=p256m_verify -c port/mbedtls/p256m.c -o "$out/p256m.o"
  cc $flags -Wall -Wextra -Werror tests/proof/p256m.c "$out/p256m.o" "$out/p256-m.o" -L"$mbedtls/lib" \
    -lmbedcrypto -o "$out/p256m"
}
exec valgrind -q --error-exitcode=9 "$out/p256m"
