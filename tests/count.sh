# How check.sh, distro.sh and test.sh count. To be sourced.
# shellcheck shell=bash disable=SC2034
passed=0 failed=0
wrong=() # what failed, a line each
log=/dev/null # who sources this says where the output of each check is kept

count() { # PASSED FAILED
  passed=$((passed + $1))
  failed=$((failed + $2))
}

took() { # BEGAN: says how long, where it is long
  [ $((SECONDS - $1)) -lt 10 ] || echo ", $((SECONDS - $1)) s"
}

one() { # NAME COMMAND ...: one check, its output shown only when it fails
  local name=$1 began=$SECONDS
  shift
  if "$@" > "$log" 2>&1; then
    count 1 0
    echo "ok    $name$(took "$began")"
  else
    count 0 1
    wrong+=("$name")
    echo "FAIL  $name"
    tail -n 40 "$log" | sed 's/^/      /'
  fi
}

closing() { # NAME COMMAND ...: a runner whose last line is "N passed, N failed"
  local name=$1 last status
  shift
  "$@" 2>&1 | tee "$log"
  status=${PIPESTATUS[0]}
  mapfile -t -O ${#wrong[@]} wrong < <(grep -aE '^ *FAIL' "$log")
  last=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
  if ! [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    count 0 1
    wrong+=("$name gave no result")
    echo "FAIL  $name gave no result"
    return
  fi
  count "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
  if [ "$status" != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then
    count 0 1
    wrong+=("$name ended with status $status")
    echo "FAIL  $name ended with status $status"
  fi
}

# tap_count LOG STATUS: counts single tests in the TAP that a program printed before it ended with STATUS.
# Sets `good` and `bad`.
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
