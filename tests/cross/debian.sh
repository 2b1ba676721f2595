#!/bin/bash
# debian.sh armhf|s390x: what somebody does who builds for another processor with Debian's libraries of it, or with a
# build system's folder of them: builds everything with that as the compiler's sysroot, installs it into a folder,
# and runs the unit tests under qemu-user. armhf has 32 bits, and s390x the other order of bytes. The last line is
# "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
case $1 in
  armhf) tools=arm-linux-gnueabihf qemu=qemu-arm ;;
  s390x) tools=s390x-linux-gnu qemu=qemu-s390x ;;
esac
sysroot=$(tests/cross/sysroot.sh "$1")
out=build/check/debian-$1
log=$out.log
fail() { echo "FAIL  $*"; echo '0 passed, 1 failed'; exit 1; }
build() {
  make -s --no-print-directory -j"$(nproc)" BUILD="$out" CC="$tools-gcc --sysroot=$sysroot" AR="$tools-ar" \
    EXTRA_CFLAGS=-DSAID_BESIDES WERROR=-Werror "$@"
}
rm -rf "$out.installed"
mkdir -p build/check
build all unit > "$log" 2>&1 || { tail -n 40 "$log"; fail 'it does not build'; }

# Each header is Moat's, the cross compiler's own, or in the sysroot, as jsmn.h is.
foreign=$(find "$out" -name '*.d' -exec cat {} + | tr ' ' '\n' | grep '^/' | tr -d ':\\' |
  grep -v -e "^$sysroot/" -e '^/usr/lib/gcc-cross/' -e "^/usr/$tools/" | sort -u)
[ -z "$foreign" ] || { echo "$foreign"; fail 'headers of the building machine were used'; }
cmp "$out/include/jsmn.h" "$sysroot/usr/include/jsmn.h" || fail 'jsmn.h is another one'
# The default flags are still there: without -g there would be no flags to see.
"$tools-readelf" --debug-dump=info "$out/moat" | grep -q 'DW_AT_producer.*-Os' || fail 'EXTRA_CFLAGS took the place of CFLAGS'
"$tools-readelf" -d "$out/moat" | grep -q 'libqrcodegen' || fail 'no QR codes'

build install DESTDIR="$PWD/$out.installed" PREFIX=/usr LIBDIR="/usr/lib/$tools" > "$log" 2>&1 || fail 'it cannot be installed'
for file in bin/moat "lib/$tools/libmoat.a" "lib/$tools/libmoat-posix.a" "lib/$tools/pkgconfig/moat.pc" include/moat/moat.h; do
  [ -f "$out.installed/usr/$file" ] || fail "$file was not installed"
done
grep -qx "libdir=\${prefix}/lib/$tools" "$out.installed/usr/lib/$tools/pkgconfig/moat.pc" || fail 'moat.pc says another folder'

# A time_t that is not that of Debian's Mbed TLS is noticed. Both widths are tried, as releases of Debian differ.
structs() { # BITS
  local of=() file status=0
  for file in src/tls/tls_context.c tests/cross/structs.c; do
    of+=("$out/structs-$1-$(basename "$file" .c).o")
    "$tools-gcc" --sysroot="$sysroot" -std=c11 -Os -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -U_TIME_BITS \
      -D_TIME_BITS="$1" -ffunction-sections -Iinclude -Iport/posix -c "$file" -o "${of[-1]}"
  done
  "$tools-gcc" --sysroot="$sysroot" -Wl,--gc-sections "${of[@]}" "$out"/libmoat{-posix,}.a -lmbedtls -lmbedx509 \
    -lmbedcrypto -lpthread -o "$out/structs-$1"
  $qemu -L "$sysroot" "$out/structs-$1" || status=$?
  echo $status
}
if [ "$1" = armhf ]; then
  said="$(structs 32) $(structs 64)"
  [[ $said = '0 1' || $said = '1 0' ]] || fail "of the widths 32 and 64 of time_t, moat_tls_init() says $said"
fi

UNDER="$qemu -L $sysroot" SECONDS_EACH=300 tests/test.sh "$out/unit"
