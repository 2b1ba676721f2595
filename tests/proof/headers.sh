#!/bin/bash
# Each public header stands alone, as C11 and as C++11 to C++23, on both compilers, and so does the sketch in C++. TAP.
set -u
cd "$(dirname "$0")/../.."
n=0
warn='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
cpp="$warn -Wold-style-cast"
result() { # NAME COMMAND ...: the command prints nothing
  local name=$1 out
  shift
  n=$((n + 1))
  if out=$("$@" 2>&1); then echo "ok $n - $name"; else
    echo "not ok $n - $name"
    printf '%s\n' "$out" | sed 's/^/# /'
  fi
}
alone() { # HEADER COMPILER ...
  printf '#include "%s"\nextern int moat_header_stands_alone;\n' "$1" | "${@:2}" -Iinclude -I. -fsyntax-only -
}
# shellcheck disable=SC2086
for header in include/moat/*.h port/posix/moat_*.h port/sockets/moat_*.h port/template/moat_*.h; do
  result "$header: gcc, C11" alone "$header" gcc -std=c11 -x c $warn
  result "$header: clang, C11" alone "$header" clang -std=c11 -x c $warn
  result "$header: g++, C++11" alone "$header" g++ -std=c++11 -x c++ $cpp
  result "$header: clang++, C++23" alone "$header" clang++ -std=c++2b -x c++ $cpp
done
# Two more, over the headers that tests/mocks has for their systems.
# shellcheck disable=SC2086
for more in 'port/esp-idf/moat_esp_idf.h -DMOAT_SOCKETS_NVS' 'port/zephyr/moat_zephyr.h -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_ZEPHYR_NVS'; do
  header=${more%% *} mocked="-D_GNU_SOURCE -Iport/sockets -isystem tests/mocks ${more#* }"
  result "$header: clang, C11" alone "$header" clang -std=c11 -x c $warn $mocked
  result "$header: g++, C++11" alone "$header" g++ -std=c++11 -x c++ $cpp $mocked
  result "$header: clang++, C++23" alone "$header" clang++ -std=c++2b -x c++ $cpp $mocked
done
# A cast in a macro shows only where it is used.
# shellcheck disable=SC2086
for standard in c++11 c++14 c++17 c++20 c++2b; do
  for compiler in g++ clang++; do
    result "examples/sketch.cpp: $compiler, $standard" $compiler -std=$standard $cpp -Iinclude -fsyntax-only examples/sketch.cpp
  done
done
echo "1..$n"
