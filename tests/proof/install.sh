#!/bin/bash
# install.sh BUILD [MBEDTLS_DIR]: installs into a folder, builds against what is there by pkg-config, and
# uninstalls.
set -eu
set -o pipefail
cd "$(dirname "$0")/../.."
dest=$PWD/build/check/install
rm -rf "$dest"
# Whoever installs may keep everything to themselves; what is installed is for all.
(umask 077 && make -s install BUILD="$1" MBEDTLS_DIR="${2-}" CC=gcc DESTDIR="$dest" PREFIX=/opt/moat)
(cd "$dest/opt/moat" && find . -type f -printf '%m %P\n' | sort -k 2) > "$dest/list"
sort -k 2 << LIST | diff - "$dest/list"
755 bin/moat
$(printf '644 %s\n' include/moat/*.h)
644 include/moat_posix.h
644 lib/libmoat-posix.a
644 lib/libmoat.a
644 lib/pkgconfig/moat.pc
644 lib/systemd/system/moat-keep@.service
644 lib/systemd/system/moat-keep@.timer
644 lib/systemd/user/moat-keep.service
644 lib/systemd/user/moat-keep.timer
644 share/bash-completion/completions/moat
644 share/fish/vendor_completions.d/moat.fish
644 share/man/man1/moat.1
644 share/zsh/site-functions/_moat
LIST
"$dest/opt/moat/bin/moat" --version
# None is enabled: that is the choice of whoever installs it.
[ "$(grep -h '^ExecStart=' "$dest"/opt/moat/lib/systemd/*/*.service | sort -u)" = 'ExecStart=/opt/moat/bin/moat keep' ]
export PKG_CONFIG_PATH=$dest/opt/moat/lib/pkgconfig
[ "moat $(pkg-config --modversion moat)" = "$("$dest/opt/moat/bin/moat" --version)" ]
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
gcc -std=c11 -Wall -Werror "$dest/use.c" $(pkg-config --define-prefix --cflags --libs moat) -o "$dest/use"
"$dest/use"

# A space is refused before anything is written or removed.
for target in install uninstall; do
  ! make -s "$target" BUILD="$1" MBEDTLS_DIR="${2-}" CC=gcc DESTDIR="$dest/a b" PREFIX=/opt/moat 2> "$dest/said"
  grep -q 'can have no spaces' "$dest/said"
done
[ ! -e "$dest/a" ] && [ ! -e "$dest/a b" ]

# Nothing of ours is left, and all of others.
touch "$dest/opt/moat/lib/another.a"
for _ in once again; do make -s uninstall BUILD="$1" DESTDIR="$dest" PREFIX=/opt/moat; done
[ "$(cd "$dest/opt/moat" && find . -type f)" = ./lib/another.a ]
[ ! -e "$dest/opt/moat/include/moat" ]
