# A stand-in for BitBake, to be sourced: reads the simple assignments and the shell functions of a recipe, and runs
# do_compile and do_install with what OE-Core exports. The environment says what is for the target.
# shellcheck shell=bash disable=SC2034,SC2154,SC1090
PV=${RECIPE##*_} PV=${PV%.bb} PN=moat
BP=$PN-$PV S=$BUILD_DIR/$BP D=$BUILD_DIR/image
prefix=/usr libdir=/usr/lib32
tar -xzf "$DL_DIR/$BP.tar.gz" -C "$BUILD_DIR"
tar -xzf "$DL_DIR/jsmn-1.1.0.tar.gz" -C "$S" # subdir=
export CC=$TARGET_CC AR=${TARGET_CROSS}ar LD=${TARGET_CROSS}ld CPPFLAGS='' CFLAGS="$TARGET_CFLAGS" LDFLAGS="$TARGET_LDFLAGS"

. <(sed -n -e 's/\${@bb[^}]*}/false/' -e 's/^\([A-Z_]*\) = \("[^"]*"\)$/\1=\2/p' -e '/^do_[a-z]*() {$/,/^}$/p' "$RECIPE")
oe_runmake() { eval "make $EXTRA_OEMAKE \"\$@\""; }

md5sum --check --quiet <<< "${LIC_FILES_CHKSUM##*=}  $S/LICENSE"
cd "$S"
do_compile
do_install

# Which file goes into which package: FILES of bitbake.conf and bash-completion.bbclass, and of the recipe itself.
cd "$D"
find . -type f -printf '/%P\n' | while read -r file; do
  case $file in
    /usr/lib32/*.a | /usr/include/* | /usr/lib32/pkgconfig/*) to=$STAGING_DIR ;;
    /usr/bin/* | /usr/lib/systemd/*) to=$TARGET_DIR ;;
    /usr/share/man/* | /usr/share/bash-completion/* | /usr/share/fish/* | /usr/share/zsh/*) continue ;;
    *) echo "$file is in no package" && exit 1 ;;
  esac
  install -D "./$file" "$to/$file"
done
