#!/bin/bash
# cross.sh TARGET [PROFILE [FOLDER]]: the program and the examples for a gateway's processor, stripped,
# with Mbed TLS built from source, in build/cross/TARGET (build/cross/TARGET-PROFILE for another profile
# of port/mbedtls than `gateway`), or in FOLDER. `make cross TARGET=...` calls it.
set -eu
cd "$(dirname "$0")/.."
target=${1-} profile=${2-gateway}

# Static where the libc allows it: glibc's resolver loads its parts when it runs.
link=
case $target in
  armhf) tools=arm-linux-gnueabihf- run='qemu-arm -L /usr/arm-linux-gnueabihf' ;;
  arm64) tools=aarch64-linux-gnu- run='qemu-aarch64 -L /usr/aarch64-linux-gnu' ;;
  mips) tools=mips-linux-gnu- run='qemu-mips -L /usr/mips-linux-gnu' ;;
  mipsel) tools=mipsel-linux-gnu- run='qemu-mipsel -L /usr/mipsel-linux-gnu' ;;
  riscv64) tools=riscv64-linux-gnu- run='qemu-riscv64 -L /usr/riscv64-linux-gnu' ;;
  amd64-musl) tools='' link='-static -Wl,-z,noseparate-code' run='' ;;
  *)
    echo 'cross: TARGET is one of armhf, arm64, mips, mipsel, riscv64, amd64-musl' >&2
    exit 2
    ;;
esac
cc=${tools}gcc
out=build/cross/$target
[ "$profile" = gateway ] || out=$out-$profile
out=${3-$out}
[ -f "port/mbedtls/moat_mbedtls_$profile.h" ] || { echo "cross: there is no port/mbedtls/moat_mbedtls_$profile.h" >&2; exit 2; }
mkdir -p "$out"
if [ "$target" = amd64-musl ]; then
  # The specs of musl-gcc, which knows nothing of static programs that can be loaded anywhere.
  sed -e 's/Scrt1/rcrt1/' -e 's/%{static:-static}/-static -pie --no-dynamic-linker/' \
    "$(sed -n 's/.*-specs "\(.*\)".*/\1/p' "$(command -v musl-gcc)")" > "$out/specs"
  cc="gcc -specs $PWD/$out/specs"
fi
# Nothing unwinds a stack, so the tables for it would be dead weight. A clock of 32 bits ends in 2038, within the
# life of a gateway.
flags='-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64'
harden=$(CC=$cc CFLAGS=$flags LDFLAGS=$link port/harden.sh)
jsmn=${JSMN:-$(tests/source.sh jsmn-1.1)}
build() {
  make -s --no-print-directory -j"$(nproc)" BUILD="$out" CC="$cc" AR="${tools}ar" JSMN="$jsmn" \
    HARDEN="$harden" "$@"
}

build mbedtls-3.6 MBEDTLS_PROFILE="$profile" MBEDTLS_BUILD_CFLAGS="$flags $harden"

source=$(tests/source.sh qrcodegen-1.8)/c
mkdir -p "$out/qrcodegen"
cp -u "$source/qrcodegen.h" "$out/qrcodegen/"
# shellcheck disable=SC2086
$cc $flags $harden -std=c11 -c "$source/qrcodegen.c" -o "$out/qrcodegen.o"

build all examples MBEDTLS_DIR="$out/mbedtls-3.6" CFLAGS="$flags" LDFLAGS="$link" QR=1 QR_CFLAGS="-isystem $out" \
  QR_LIBS="$out/qrcodegen.o"
programs=("$out/moat")
for example in examples/*.c; do
  example=${example##*/}
  programs+=("$out/examples/${example%.c}")
done
"${tools}strip" "${programs[@]}"

# How it runs here.
{
  echo '#!/bin/sh'
  echo "exec $run \"\${0%/*}/moat\" \"\$@\""
} > "$out/run"
chmod +x "$out/run"
echo "$out/moat: $(stat -c %s "$out/moat") bytes"
