#!/bin/sh
# config_file.sh MBEDTLS_DIR: the library compiles with a configuration like that of Zephyr 3.5, which has the macro of Mbed
# TLS 2's own, no session tickets, and no date.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/config_file
mkdir -p "$out"
cat > "$out/config.h" << 'H'
#ifndef MBEDTLS_CONFIG_H
#define MBEDTLS_CONFIG_H
#include <moat_mbedtls_default.h>
#undef MBEDTLS_SSL_SESSION_TICKETS
#endif
H
for file in src/tls/*.c; do
  gcc -std=c11 -Wall -Wextra -Werror -fsyntax-only -Iinclude "-I$1/include" -Iport/mbedtls "-I$out" '-DMBEDTLS_CONFIG_FILE="config.h"' "$file"
done
