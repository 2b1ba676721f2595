#!/bin/sh
# harden.sh: prints the flags that harden a program, as far as the compiler and its target have them. CC, CFLAGS
# and LDFLAGS are the environment's, and what they decide stays as it is. Where they say -static, and a static
# program can be loaded anywhere, -static-pie takes its place. The Makefile and cross.sh call it.
set -eu
CC=${CC:-cc} CFLAGS=${CFLAGS-} LDFLAGS=${LDFLAGS-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The guard of the stack needs an array, and the checks of _FORTIFY_SOURCE a header.
cat > "$work/try.c" << 'C'
#include <stdio.h>
int main(int argc, char **argv) {
  char line[20];
  return snprintf(line, sizeof line, "%s", argv[argc - 1]) < 0;
}
C

flags=
add() { # FLAG ...: if a program is compiled and linked with these, and without a warning
  # shellcheck disable=SC2086
  $CC $CFLAGS $flags "$@" -Werror "$work/try.c" $LDFLAGS -o "$work/try" 2> /dev/null || return 1
  flags="$flags $*"
}

case " $CC $CFLAGS $LDFLAGS " in
  *' -no-pie '* | *' -fno-pie '* | *' -fno-PIE '*) ;;
  *' -static '*)
    static=$LDFLAGS LDFLAGS=
    for flag in $static; do [ "$flag" = -static ] || LDFLAGS="$LDFLAGS $flag"; done
    add -fPIE -static-pie || LDFLAGS=$static
    ;;
  *) add -fPIE -pie || : ;;
esac
add -fstack-protector-strong -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack ||
  for flag in -fstack-protector-strong -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack; do add $flag || :; done
# It has no effect without optimisation, and glibc warns of that. Some compilers define it by themselves.
# shellcheck disable=SC2086
macros=$($CC $CFLAGS -dM -E -x c /dev/null | sed -n 's/^#define \(_FORTIFY_SOURCE\|__OPTIMIZE__\) .*/\1/p')
[ "$macros" != __OPTIMIZE__ ] || add -D_FORTIFY_SOURCE=3 || add -D_FORTIFY_SOURCE=2 || :
echo $flags
