#!/bin/bash
# check.sh [FILE...]: the firmware image in QEMU against the lab; the last line is "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- tests/firmware/*.test.mjs
exec "$(tests/setup.sh --node)" --test --test-concurrency=2 --test-timeout=1800000 \
  --test-reporter=./tests/e2e/lab/reporter.mjs --test-reporter-destination=stdout "$@"
