#!/bin/bash
# readme.sh BUILD: compiles and links the C that README.md shows, word for word.
set -eu
cd "$(dirname "$0")/../.."
build=$1
out=build/check/readme
mkdir -p "$out"
awk '/^```c$/ {on = 1; next} /^```$/ {on = 0} on' README.md > "$out/readme.c"
lines=$(grep -c . "$out/readme.c")
[ "$lines" -ge 15 ] || { echo "README.md has no C example"; exit 1; }
[ "$lines" -le 32 ] || { echo "README.md promises 30 lines and has $lines"; exit 1; }
gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -Iport/posix "$out/readme.c" tests/proof/readme_main.c \
  "$build/libmoat-posix.a" "$build/libmoat.a" -lmbedtls -lmbedx509 -lmbedcrypto -lpthread -o "$out/readme"
"$out/readme"
