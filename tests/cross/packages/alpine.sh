# A stand-in for abuild, to be sourced: build and package of an APKBUILD with what abuild exports when it builds for
# another processor. The environment says what is for the target.
# shellcheck shell=bash disable=SC2034,SC2154,SC1090
srcdir=$BUILD_DIR/src pkgdir=$BUILD_DIR/pkg
. "$RECIPE"
for name in pkgdesc url license; do # what abuild wants to be there
  [ -n "${!name-}" ] || { echo "APKBUILD: there is no $name" >&2; exit 1; }
done
builddir=$srcdir/$pkgname-$pkgver
mkdir -p "$srcdir" "$pkgdir"
for archive in "$DL_DIR"/*.tar.gz; do tar -xzf "$archive" -C "$srcdir"; done
export CC=$TARGET_CC AR=${TARGET_CROSS}ar LD=${TARGET_CROSS}ld CPPFLAGS="$TARGET_CFLAGS" CFLAGS="$TARGET_CFLAGS" \
  LDFLAGS="$TARGET_LDFLAGS"
cd "$builddir"
build
cd "$builddir"
package

# What abuild moves to the subpackages -doc, those for each shell, and -dev.
rm -r "$pkgdir"/usr/share/{man,bash-completion,fish,zsh}
(cd "$pkgdir" && find usr/include usr/lib/*.a usr/lib/pkgconfig -type f -exec cp --parents -t "$STAGING_DIR" {} + -exec rm {} +)
(cd "$pkgdir" && find . -type f -exec cp --parents -t "$TARGET_DIR" {} +)
