#!/bin/bash
# install.sh BUILD: installs into a folder, and builds against what is there by pkg-config.
set -eu
cd "$(dirname "$0")/../.."
dest=$PWD/build/check/install
rm -rf "$dest"
make -s install BUILD="$1" CC=gcc DESTDIR="$dest" PREFIX=/opt/moat
"$dest/opt/moat/bin/moat" --version
export PKG_CONFIG_PATH=$dest/opt/moat/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$dest
cat > "$dest/use.c" <<'C'
#include <moat/moat.h>
#include <moat/store.h>
#include <moat/tls.h>
#include <moat_posix.h>
int main(void) {
  moat_client c;
  moat_config config = {.platform = &moat_posix_platform, .stream = &moat_tls_stream};
  return moat_init(&c, &config) == MOAT_E_MISUSE ? 0 : 1;
}
C
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Werror "$dest/use.c" $(pkg-config --cflags --libs moat) -o "$dest/use"
"$dest/use"
