#!/bin/bash
# cmake.sh: a project of somebody else's builds with Moat as a subfolder, alone and beside Mbed TLS, as
# a package that was installed, and as a vendored copy; each time a file of examples/ is what it
# builds, and runs.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/check/cmake
rm -rf "$out"
mkdir -p "$out/project"
cat > "$out/project/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(somebody_elses C)
if(HOW STREQUAL both)
  set(ENABLE_PROGRAMS OFF)
  set(ENABLE_TESTING OFF)
  add_subdirectory(${MBEDTLS} mbedtls EXCLUDE_FROM_ALL)
endif()
if(HOW STREQUAL subfolder OR HOW STREQUAL both)
  add_subdirectory(${MOAT} moat EXCLUDE_FROM_ALL)
elseif(HOW STREQUAL package)
  find_package(moat 0.1 REQUIRED)
else()
  include(${MOAT}/sources.cmake)
endif()
add_executable(blocking ${EXAMPLE})
target_compile_options(blocking PRIVATE -Wall -Wextra -Werror)
if(HOW STREQUAL vendored)
  target_sources(blocking PRIVATE ${MOAT_SOURCES} ${MOAT_MBEDTLS_SOURCES} ${MOAT_PORT_SOURCES})
  target_include_directories(blocking PRIVATE ${MOAT_INCLUDES})
  target_link_libraries(blocking mbedtls mbedx509 mbedcrypto pthread)
else()
  target_link_libraries(blocking moat::mbedtls moat::posix)
endif()
CMAKE

build() { # HOW ARG...
  local how=$1 status=0
  shift
  cmake -S "$out/project" -B "$out/$how" -DHOW="$how" -DEXAMPLE="$root/examples/blocking.c" "$@"
  cmake --build "$out/$how" -j "$(nproc)"
  echo token | "$out/$how/blocking" http://plain.example /dev/null client || status=$?
  [ "$status" = 1 ]
}
build subfolder -DMOAT="$root"
build both -DMOAT="$root" -DMBEDTLS="$("$root/tests/source.sh" mbedtls-3.6)"
cmake -S "$root" -B "$out/moat" -DCMAKE_INSTALL_PREFIX="$out/installed"
cmake --build "$out/moat" -j "$(nproc)"
cmake --install "$out/moat"
build package -DCMAKE_PREFIX_PATH="$out/installed"
"$root/port/vendor.sh" "$out/vendor" posix
build vendored -DMOAT="$out/vendor"
