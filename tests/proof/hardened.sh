#!/bin/bash
# hardened.sh BUILD: the program that is shipped has what makes a fault hard to use. It can be loaded at any address, its
# tables are read-only once it runs, its stack is guarded and holds no code, and functions of glibc know the sizes
# of buffers. In a BUILD of `make cross` that is true of its Mbed TLS too. The archives have none of it: what firmware
# wants of it, it says in CFLAGS.
set -eu
cd "$(dirname "$0")/../.."
build=$1
fail() { echo "$build: $*" >&2; exit 1; }
called() { readelf -sW "$@" 2> /dev/null | awk '$7 == "UND" { sub("@.*", "", $8); print $8 }' | sort -u; }

elf=$(readelf -hldW "$build/moat")
has() { grep -qE "$1" <<< "$elf"; }
has 'FLAGS_1.* PIE' || fail 'moat is always loaded at the same address'
has GNU_RELRO || fail 'no table becomes read-only'
has 'GNU_STACK.* RW ' || fail 'the stack can hold code'
# A static program has nothing to bind.
has 'FLAGS_1.* NOW' || ! has NEEDED || fail 'functions are bound late'

guarded=__stack_chk_fail sized='__.*(printf|memcpy|memmove)_chk'
mapfile -t objects < <(find "$build/hardened" -name '*.o')
own=$(called "${objects[@]}")
grep -qx $guarded <<< "$own" || fail 'the stack is not guarded'
[[ $build = *musl* ]] || grep -qEx "$sized" <<< "$own" || fail 'the sizes of buffers are not checked'
for part in "$build"/mbedtls-3.6/lib/*.a "$build/qrcodegen.o"; do
  [[ $build != *cross* ]] || grep -qx $guarded <<< "$(called "$part")" || fail "the stack is not guarded in $part"
done

if grep -Ex -e $guarded -e "$sized" <<< "$(called "$build/libmoat.a" "$build/libmoat-posix.a")"; then
  fail 'flags of the program are in an archive'
fi
