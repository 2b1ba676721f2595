#!/bin/bash
# run.sh posix|template BUILD: port_check on the POSIX port, as TAP; or on the template, where it has
# to find fault with everything.
set -eu
cd "$(dirname "$0")/../.."
out=build/check/port_check
mkdir -p "$out"
case $1 in
  posix) more=("$2/libmoat-posix.a") ;;
  template) more=(-DTEMPLATE port/template/template.c) ;;
esac
gcc -std=c11 -D_POSIX_C_SOURCE=200809L -Os -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Iinclude \
  -Iport/posix -Iport/template tests/port_check/{port_check,platform,slots,stream,posix}.c "${more[@]}" -lpthread -o "$out/$1"
coproc ECHO { exec "$(tests/setup.sh --node)" tests/port_check/echo.mjs; }
echo=$ECHO_PID
state=$(mktemp -d)
trap 'kill "$echo"; wait "$echo" 2> /dev/null || :; rm -rf "$state"' EXIT
read -r port closed <&"${ECHO[0]}"
if [ "$1" = posix ]; then
  "$out/posix" "$state" "$port" "$closed"
else
  "$out/template" "$state" "$port" "$closed" > "$state/said" && exit 1
  if grep '^ok' "$state/said" || ! grep -q '^not ok' "$state/said"; then exit 1; fi
fi
