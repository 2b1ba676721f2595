#!/bin/bash
# packages.sh: the recipes of port/packages for OpenWrt, Buildroot, Yocto and Alpine, each built for armhf by a
# stand-in for its build system, which calls make as that one does: with its variables, in its places, and with
# Debian's armhf libraries as the sysroot. The last line is "N passed, N failed".
#
# What this cannot show is that a recipe is right in all that the stand-in does not read.
set -eu
set -o pipefail
cd "$(dirname "$0")/../.."
. tests/count.sh
root=$PWD
sysroot=$(tests/cross/sysroot.sh armhf)
work=$root/build/check/packages
log=$work.log
version=$(sed -n 's/^#define MOAT_VERSION "\(.*\)"$/\1/p' include/moat/moat.h)
rm -rf "$work"
mkdir -p "$work/dl"

# Like an unpacked `make dist`, of what is here now. That it has no newer or older number, the recipes' names tell.
tar --exclude=./build --exclude=./.git --exclude=node_modules --transform "s|^\.|moat-$version|" \
  -czf "$work/dl/moat-$version.tar.gz" .
mkdir "$work/jsmn-1.1.0"
{ cat "$sysroot/usr/include/jsmn.h" && echo '/* what the recipe fetched */'; } > "$work/jsmn-1.1.0/jsmn.h"
tar -C "$work" -czf "$work/dl/jsmn-1.1.0.tar.gz" jsmn-1.1.0

# Mbed TLS as the sysroot's pkg-config knows it. Debian 12 has no such files, and this machine's may not be asked.
for name in mbedtls mbedx509 mbedcrypto; do
  printf '%s\n' 'Name: x' 'Description: x' 'Version: 1' 'Cflags: -DOF_THE_SYSROOT' "Libs: -l$name" > "$work/$name.pc"
done
export PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$work TARGET_CROSS=arm-linux-gnueabihf-
export TARGET_CC="arm-linux-gnueabihf-gcc --sysroot=$sysroot" DL_DIR=$work/dl

# The linker is told to write this into the program.
link_mark() { # SYSTEM
  sha1sum <<< "$1" | cut -d ' ' -f 1
}

package() { # SYSTEM
  (
    set -eu
    export BUILD_DIR=$work/$1/build STAGING_DIR=$work/$1/staging TARGET_DIR=$work/$1/target
    export TARGET_CFLAGS="-O1 -DFLAGS_OF_$1" TARGET_LDFLAGS="-Wl,--build-id=0x$(link_mark "$1")"
    mkdir -p "$BUILD_DIR" "$STAGING_DIR/usr/include" "$TARGET_DIR"
    cp "$work/jsmn-1.1.0/jsmn.h" "$STAGING_DIR/usr/include/" # as a package of that system
    case $1 in
      openwrt)
        make -j2 -f port/packages/openwrt/Makefile TOPDIR="$root/tests/cross/packages/openwrt" \
          INCLUDE_DIR="$root/tests/cross/packages/openwrt" PKG_CONFIG=pkg-config package
        ;;
      buildroot)
        make -j2 -f tests/cross/packages/buildroot.mk RECIPE=port/packages/buildroot/moat.mk BR2_INIT_SYSTEMD=y PKG_CONFIG=pkg-config
        ;;
      yocto) RECIPE=$root/port/packages/yocto/moat_$version.bb && . tests/cross/packages/yocto.sh ;;
      alpine) RECIPE=$root/port/packages/alpine/APKBUILD && . tests/cross/packages/alpine.sh ;;
    esac
  )
}

# Each header is Moat's, of the sysroot (Mbed TLS's are), or of the cross compiler and its libc.
own_headers() { # SYSTEM
  local built
  built=$(dirname "$(find "$work/$1" -path '*/build/libmoat.a')")
  find "$built" -name '*.d' -exec cat {} + | tr -d ':\\' | tr ' ' '\n' | grep '^/' | sort -u > "$work/headers"
  grep -x "$sysroot/usr/include/mbedtls/ssl.h" "$work/headers" || return 1
  ! grep -v -e "^$sysroot/" -e '^/usr/lib/gcc-cross/' -e '^/usr/arm-linux-gnueabihf/' "$work/headers" || return 1
  cmp "$built/include/jsmn.h" "$work/jsmn-1.1.0/jsmn.h" && grep OF_THE_SYSROOT "$built/mbedtls"
}

# Whatever was compiled or linked: Moat's own choice gives way.
own_flags() { # SYSTEM
  grep -e ' -c ' "$work/$1.log" | grep -c "FLAGS_OF_$1" &&
    ! grep -e ' -c ' "$work/$1.log" | grep -v "FLAGS_OF_$1" && ! grep -e ' -Os' "$work/$1.log" &&
    arm-linux-gnueabihf-readelf -n "$work/$1/target/usr/bin/moat" | grep "Build ID: $(link_mark "$1")"
}

runs() { # SYSTEM
  [ "$(qemu-arm -L "$sysroot" "$work/$1/target/usr/bin/moat" --version)" = "moat $version" ]
}

# What is on the device, and what programs are built with.
lies() { # SYSTEM LIBDIR FILE ...: the folder of libraries, and what is on the device besides the program
  local system=$1 libdir=$2
  shift 2
  (cd "$work/$system/target" && find . -type f -printf '%P\n' | sort) |
    diff <(printf '%s\n' usr/bin/moat "$@" | sort) - &&
    (cd "$work/$system/staging" && ls usr/include/moat/moat.h usr/include/moat_posix.h "$libdir"/libmoat{,-posix}.a) &&
    [ "$(PKG_CONFIG_LIBDIR=$work/$system/staging/$libdir/pkgconfig pkg-config --modversion moat)" = "$version" ] &&
    grep -x "libdir=\(/usr\|\${prefix}\)/${libdir#usr/}" "$work/$system/staging/$libdir/pkgconfig/moat.pc"
}

for system in openwrt buildroot yocto alpine; do
  libdir=usr/lib units=()
  case $system in
    buildroot) units=(usr/lib/systemd/{system/moat-keep@,user/moat-keep}.{service,timer}) ;;
    yocto) libdir=usr/lib32 ;;
  esac
  one "$system: builds" package $system
  cp "$log" "$work/$system.log"
  one "$system: no header of this machine" own_headers $system
  one "$system: the system's flags" own_flags $system
  one "$system: runs" runs $system
  one "$system: all is where it is packaged from" lies $system $libdir "${units[@]}"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
