#!/bin/bash
# headers.sh BUILD FOLDER...: each header that was compiled for another processor is Moat's, the cross compiler's, or of
# one of these folders. Prints those that are not.
set -eu
set -o pipefail
cd "$(dirname "$0")/../.."
build=$1
shift
of=(-e "^$PWD/" -e '^/usr/lib/gcc-cross/')
for folder; do of+=(-e "^$folder/"); done
used=$(find "$build" -name '*.d' -exec cat {} + | tr -d ':\\' | tr ' ' '\n' | grep '^/' | sort -u)
grep -q '/mbedtls/ssl\.h$' <<< "$used" || { echo "$build does not say which headers it has"; exit 1; }
! grep -v "${of[@]}" <<< "$used"
