#!/bin/bash
# Each public header stands alone, as C11 and as C++17, on both compilers. TAP.
set -u
cd "$(dirname "$0")/../.."
n=0
warn='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
for header in include/moat/*.h port/posix/moat_*.h port/sockets/moat_*.h port/template/moat_*.h; do
  for compiler in 'gcc -std=c11 -x c' 'clang -std=c11 -x c' 'clang++ -std=c++17 -x c++'; do
    n=$((n + 1))
    # shellcheck disable=SC2086
    if out=$(printf '#include "%s"\nextern int moat_header_stands_alone;\n' "$header" | $compiler $warn -Iinclude -I. -fsyntax-only - 2>&1); then
      echo "ok $n - $header: $compiler"
    else
      echo "not ok $n - $header: $compiler"
      printf '%s\n' "$out" | sed 's/^/# /'
    fi
  done
done
echo "1..$n"
