#!/bin/bash
# make test and make check call this. It runs unit tests side by side and shows the output of those that
# fail. The last line is "N passed, N failed", of single tests.
#   test.sh FOLDER [TEST ...] runs FOLDER/TEST, or all in FOLDER; what each printed is kept in FOLDER/TEST.log.
#                             $UNDER is a command to run them under, such as valgrind
#   test.sh --needs           says what is missing to build them, and installs it where that is allowed;
#                             CC, CPPFLAGS and JSMN are the Makefile's
set -u
cd "$(dirname "$0")/.." || exit
. tests/count.sh

seconds=${SECONDS_EACH:-120} # a test that hangs is ended; the slowest takes one

missing=
need() { # WHAT PACKAGE COMMAND ...
  local what=$1 package=$2
  shift 2
  "$@" > /dev/null 2>&1 && return
  echo "make test: $what is missing (in Debian: $package)" >&2
  missing=yes
}

has_header() { # HEADER
  # shellcheck disable=SC2086
  printf '#include <%s>\n' setjmp.h stdarg.h stddef.h stdint.h "$1" | $CC $CPPFLAGS -fsyntax-only -x c -
}

needs() {
  need 'a C compiler' 'gcc and libc6-dev' has_header stdio.h
  if [ -z "$missing" ]; then # else the others cannot be told
    need 'Mbed TLS' libmbedtls-dev has_header mbedtls/ssl.h
    need cmocka libcmocka-dev has_header cmocka.h
  fi
  need jsmn libjsmn-dev test -f "$JSMN/jsmn.h"
  [ -z "$missing" ] || tests/setup.sh base unit
}

# The result is counted here, beside the other tests.
one() { # PROGRAM
  local status good bad
  # shellcheck disable=SC2086
  CMOCKA_MESSAGE_OUTPUT=TAP timeout "$seconds" ${UNDER-} "$1" > "$1.log" 2>&1
  status=$?
  tap_count "$1.log" $status
  echo "$good $bad $status" > "$1.status"
}

run() { # FOLDER [TEST ...]
  local folder=$1 test good bad status passed=0 failed=0
  shift
  # shellcheck disable=SC2046
  [ $# -gt 0 ] || set -- $(cd "$folder" && find test_* -prune -type f -perm -u+x)
  [ $# -gt 0 ] || { echo "there are no tests in $folder"; return 1; }
  (cd "$folder" && rm -f "${@/%/.status}")
  printf '%s\n' "${@/#/$folder/}" | xargs -P "$(nproc)" -n 1 "$0" --one
  for test; do
    good=0 bad=1 status=unknown
    [ ! -f "$folder/$test.status" ] || read -r good bad status < "$folder/$test.status"
    count "$good" "$bad"
    [ "$bad" != 0 ] || continue
    echo "FAIL  $test: $good passed, $bad failed, exit status $status"
    grep -av '^ok ' "$folder/$test.log" | tail -n 60 | sed 's/^/      /'
  done
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

case $1 in
  --needs) needs ;;
  --one) one "$2" ;;
  *) run "$@" ;;
esac
