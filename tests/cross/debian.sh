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

tests/cross/headers.sh "$out" "/usr/$tools" || fail 'headers of the building machine were used'
cmp "$out/include/jsmn.h" "$sysroot/usr/include/jsmn.h" || fail 'jsmn.h is another one'
# The default flags are still there: without -g there would be no flags to see.
"$tools-readelf" --debug-dump=info "$out/moat" | grep -q 'DW_AT_producer.*-Os' || fail 'EXTRA_CFLAGS took the place of CFLAGS'
"$tools-readelf" -d "$out/moat" | grep -q 'libqrcodegen' || fail 'no QR codes'

build install DESTDIR="$PWD/$out.installed" PREFIX=/usr LIBDIR="/usr/lib/$tools" > "$log" 2>&1 || fail 'it cannot be installed'
for file in bin/moat "lib/$tools/libmoat.a" "lib/$tools/libmoat-posix.a" "lib/$tools/pkgconfig/moat.pc" include/moat/moat.h; do
  [ -f "$out.installed/usr/$file" ] || fail "$file was not installed"
done
grep -qx "libdir=\${prefix}/lib/$tools" "$out.installed/usr/lib/$tools/pkgconfig/moat.pc" || fail 'moat.pc says another folder'

# What programs have to say for a time_t of Moat's width.
build install DESTDIR="$PWD/$out.installed" PREFIX=/wide EXTRA_CFLAGS=-D_TIME_BITS=64 > "$log" 2>&1 || fail 'it cannot be installed'
grep -q '^Cflags:.* -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 ' "$out.installed/wide/lib/pkgconfig/moat.pc" ||
  fail 'moat.pc does not say the width of time_t'

# A program, or a Moat, with a time_t that is not that of Debian's Mbed TLS is noticed. Both widths are tried, as
# releases of Debian differ. Prints the exit status of structs.c, which is 42 for that and for nothing else.
structs() { # BITS_OF_THE_PROGRAM BITS_OF_MOAT
  set -e # which bash has cleared in $(...)
  local of=() file bits=$1 program=$out/structs-$1-$2 status=0
  rm -f "$program"*
  for file in tests/cross/structs.c src/tls/tls_context.c; do
    of+=("$program-$(basename "$file" .c).o")
    "$tools-gcc" --sysroot="$sysroot" -std=c11 -Os -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -U_TIME_BITS \
      -D_TIME_BITS="$bits" -ffunction-sections -Iinclude -Iport/posix -c "$file" -o "${of[-1]}"
    bits=$2
  done
  "$tools-gcc" --sysroot="$sysroot" -Wl,--gc-sections "${of[@]}" "$out"/libmoat{-posix,}.a -lmbedtls -lmbedx509 \
    -lmbedcrypto -lpthread -o "$program"
  $qemu -L "$sysroot" "$program" || status=$?
  echo $status
}
if [ "$1" = armhf ]; then
  said=''
  for widths in '32 32' '64 64' '32 64' '64 32'; do
    # shellcheck disable=SC2086
    said+="$(structs $widths) "
  done
  [[ $said = '0 42 42 42 ' || $said = '42 0 42 42 ' ]] ||
    fail "of a program and a Moat with a time_t of 32 32, 64 64, 32 64 and 64 32 bits, moat_tls_init() says $said"
fi

UNDER="$qemu -L $sysroot" SECONDS_EACH=300 tests/test.sh "$out/unit"
