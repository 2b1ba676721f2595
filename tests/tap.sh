# tap_count LOG STATUS: counts single tests in the TAP that a program printed before it ended with STATUS.
# Sets `good` and `bad`. To be sourced.
# shellcheck shell=bash disable=SC2034
tap_count() {
  local planned skipped
  good=$(grep -c '^ok ' "$1")
  skipped=$(grep '^not ok ' "$1" | grep -c '# SKIP') # cmocka's way to say that it skipped one
  bad=$(($(grep -c '^not ok ' "$1") - skipped))
  planned=$(sed -nE 's/^1\.\.([0-9]+)$/\1/p' "$1" | awk '{n += $1} END {print n + 0}')
  # A crash, or a sanitizer's word after the last test, is a failure too. So is an end before the last
  # test, whatever the status, and so is no test at all.
  if [ "$bad" = 0 ]; then
    if [ "$2" != 0 ] || [ $((good + skipped)) -lt "$planned" ] || [ "$good" = 0 ]; then bad=1; fi
  fi
}
