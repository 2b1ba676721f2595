# tap_count LOG STATUS: counts single tests in the TAP that a program printed before it ended with STATUS.
# Sets `good` and `bad`. To be sourced.
# shellcheck shell=bash disable=SC2034
tap_count() {
  local planned skipped # skipped: "not ok" is cmocka's way to say that it skipped one
  read -r good bad skipped planned < <(awk '
    /^ok / { good++ }
    /^not ok / { if (/# SKIP/) skipped++; else bad++ }
    /^1\.\.[0-9]+$/ { planned += substr($0, 4) }
    END { print good + 0, bad + 0, skipped + 0, planned + 0 }' "$1")
  # A crash, or a sanitizer's word after the last test, is a failure too. So is an end before the last
  # test, whatever the status, and so is no test at all.
  if [ "$bad" = 0 ]; then
    if [ "$2" != 0 ] || [ $((good + skipped)) -lt "$planned" ] || [ "$good" = 0 ]; then bad=1; fi
  fi
}
