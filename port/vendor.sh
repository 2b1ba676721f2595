#!/bin/sh
# vendor.sh DEST posix|sockets|lwip|freertos|esp-idf|zephyr|template|FOLDER [JSMN_FOLDER]: what firmware needs of Moat, to
# be kept in its own tree: the library, one port, jsmn.h with its licence, the guide to porting, port_check, the
# short examples, and lists of the sources for Make and for CMake. For ESP-IDF the copy is a component, and for
# Zephyr a module. A FOLDER, which has a / in it, is a port of somebody else's. `make vendor DEST=... PORT=...`
# calls it. An older copy is replaced if nobody has changed it.
set -eu
cd "$(dirname "$0")/.."
mark='# Moat, vendored'

fail() { echo "vendor: $*" >&2; exit 1; }

[ $# -ge 2 ] && [ -n "$1" ] || fail 'usage: make vendor DEST=folder PORT=posix|sockets|lwip|freertos|esp-idf|zephyr|template|folder'
dest=$1 from=port/$2 jsmn=${3:-/usr/include}/jsmn.h
case $2 in
  */*) from=${2%/} ;;
  *) [ -f "$from/moat_$(echo "$2" | tr - _).h" ] || fail "there is no port '$2'" ;;
esac
port=${from##*/}
case $port in
  esp-idf | zephyr) base=sockets ;; # the port that it is made on
  *) base= ;;
esac
ls "$from"/*.c "$from"/*.h > /dev/null 2>&1 || fail "there is no port in $from: it has .c and .h files"
[ ! -d "port/$port" ] || [ "$from" = "port/$port" ] || fail "Moat has a folder port/$port too; rename $from"
grep -q 'MIT License' "$jsmn" 2> /dev/null || fail "there is no jsmn.h with its licence at $jsmn; set JSMN"
mkdir -p "$dest"
if [ -n "$(ls -A "$dest")" ]; then
  head -n 1 "$dest/sources.mk" 2> /dev/null | grep -q "^$mark" || fail "$dest has other files in it"
  # What somebody has changed or added since is theirs.
  (cd "$dest" && sha256sum --check --quiet files.sha256) >&2 || fail "$dest has files that were changed since; move them away"
  (cd "$dest" && cut -c67- files.sha256 | xargs rm -f files.sha256)
fi

copy() { # FOLDER FILE...
  folder=$dest/$1
  shift
  mkdir -p "$folder"
  cp "$@" "$folder/"
  for copied; do list="$list ${folder#"$dest/"}/${copied##*/}"; done
}
list='sources.mk sources.cmake'
copy include "$jsmn"
copy include/moat include/moat/*.h
for room in src/*/; do copy "${room%/}" "$room"*.[ch]; done
copy "port/$port" "$from"/*.[ch]
[ -z "$base" ] || copy "port/$base" "port/$base"/*.[ch]
copy port/mbedtls port/mbedtls/*.[ch] port/mbedtls/fast.txt
copy port port/README.md
copy tests/port_check tests/port_check/port_check.[ch] tests/port_check/check_*.c tests/port_check/*.mjs
copy examples examples/*.[ch]
copy . LICENSE
version=$(sed -n 's/^#define MOAT_VERSION "\(.*\)"/\1/p' include/moat/moat.h)

# What the build system of the port looks for at the root. The lists of sources are made below.
if [ -n "$base" ]; then
  for file in $(cd "$from/package" && find . -type f ! -name sources.cmake | sed 's|^\./||' | sort); do
    mkdir -p "$dest/$(dirname "$file")"
    sed "s/@VERSION@/$version/" "$from/package/$file" > "$dest/$file"
    list="$list $file"
  done
fi

# Lists of their own, for an image with a TLS of its own leaves one out, and port_check is a program by itself.
core() { ls src/*/*.c | grep -v '^src/tls/'; }
mbedtls() { ls src/tls/*.c; }
port_files() { ls "$from"/*.c | sed "s|.*/|port/$port/|"; [ -z "$base" ] || ls "port/$base"/*.c; }
port_check() { ls tests/port_check/port_check.c tests/port_check/check_*.c; }
includes() { printf '%s\n' include "port/$port" ${base:+"port/$base"}; }

# shellcheck disable=SC2016
mk() { printf '\n%s := \\\n' "$1"; sed 's|^|  $(MOAT_DIR)|; $!s|$| \\|'; }
{
  echo "$mark $version, port $port. Include this file; it sets MOAT_DIR and the lists below it."
  echo '# MOAT_MBEDTLS_SOURCES are for who uses moat_tls_stream; the rest needs no Mbed TLS.'
  # shellcheck disable=SC2016
  echo 'MOAT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))'
  core | mk MOAT_SOURCES
  mbedtls | mk MOAT_MBEDTLS_SOURCES
  port_files | mk MOAT_PORT_SOURCES
  port_check | mk MOAT_PORT_CHECK_SOURCES
  includes | mk MOAT_INCLUDES
} > "$dest/sources.mk"

# shellcheck disable=SC2016
cm() { printf '\nset(%s\n' "$1"; sed 's|^|  ${CMAKE_CURRENT_LIST_DIR}/|; $s|$|)|'; }
{
  echo "$mark $version, port $port. include() this file; it sets the lists below."
  echo '# MOAT_MBEDTLS_SOURCES are for who uses moat_tls_stream; the rest needs no Mbed TLS.'
  core | cm MOAT_SOURCES
  mbedtls | cm MOAT_MBEDTLS_SOURCES
  port_files | cm MOAT_PORT_SOURCES
  port_check | cm MOAT_PORT_CHECK_SOURCES
  includes | cm MOAT_INCLUDES
} > "$dest/sources.cmake"
(cd "$dest" && sha256sum $list > files.sha256)
echo "$dest: Moat $version, port $port, $(find "$dest" -name '*.c' | wc -l) sources"
