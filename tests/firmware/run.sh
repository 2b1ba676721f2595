#!/bin/bash
# run.sh [PROFILE [MACHINE]]: the firmware image in QEMU against the lab, for a person to see.
set -eu
cd "$(dirname "$0")/../.."
exec "$(tests/setup.sh --node)" tests/firmware/run.mjs "$@"
