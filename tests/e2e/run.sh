#!/bin/bash
# run.sh [FILE...]: the end-to-end, TLS and field tests, or some files of them, against build/moat or $MOAT.
# The last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
[ -x "${MOAT:-build/moat}" ] || { echo "there is no ${MOAT:-build/moat}: run make first" >&2; exit 1; }
[ $# -gt 0 ] || set -- tests/e2e/*.test.mjs tests/tls/*.test.mjs tests/field/*.test.mjs
# The tests wait for most of their time: for polls, pauses and processes.
exec "$(tests/setup.sh --node)" --test --test-concurrency=$((2 * $(nproc))) --test-timeout=1800000 \
  --test-reporter=./tests/e2e/lab/reporter.mjs --test-reporter-destination=stdout "$@"
