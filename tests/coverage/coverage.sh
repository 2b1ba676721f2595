#!/bin/sh
# make coverage: which lines and branches of src/ the unit tests run, and whether that is enough.
#
# gcc without optimisation counts the branches that the source has and no others: none for a sanitizer
# or a stack protector, none of an unrolled loop. gcov comes with gcc, so there is nothing to install.
set -eu
cd "$(dirname "$0")/../.."
build=build/coverage
make -s -j"$(nproc)" BUILD=$build CC=gcc CFLAGS='-O0 -g --coverage' LDFLAGS=--coverage SAN= unit
find $build -name '*.gcda' -delete
tests/test.sh $build/unit > $build/log || {
  cat $build/log
  exit 1
}
find $build/obj/src -name '*.gcno' -exec gcov --json-format --stdout --branch-probabilities {} + > $build/gcov.json 2> $build/log
exec "$(tests/setup.sh --node)" tests/coverage/coverage.mjs $build/gcov.json
