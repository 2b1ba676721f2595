#!/bin/bash
# cmake.sh: a project of somebody else's builds with Moat as a subfolder, alone and beside Mbed TLS, as
# a package that was installed, with the system's Mbed TLS and with 3.6, and as a vendored copy; each time
# a file of examples/ is what it builds, and runs. A package is not used with another Mbed TLS than its own.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/check/cmake
rm -rf "$out"
mkdir -p "$out/project"
cat > "$out/project/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(somebody_elses C)
if(MBEDTLS)
  set(ENABLE_PROGRAMS OFF)
  set(ENABLE_TESTING OFF)
  add_subdirectory(${MBEDTLS} mbedtls EXCLUDE_FROM_ALL)
endif()
if(HOW STREQUAL subfolder OR HOW STREQUAL both)
  add_subdirectory(${MOAT} moat EXCLUDE_FROM_ALL)
elseif(HOW STREQUAL package)
  find_package(moat 0.1)
  if(CMAKE_MODULE_PATH)
    message(FATAL_ERROR "the project's CMAKE_MODULE_PATH is ${CMAKE_MODULE_PATH} now")
  elseif(NOT moat_FOUND)
    message(FATAL_ERROR "there is no Moat: ${moat_NOT_FOUND_MESSAGE}")
  endif()
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
refuses() { # WHY ARG...: what is named and not there is not replaced by anything else
  local why=$1
  shift
  rm -rf "$out/refused"
  if cmake -B "$out/refused" "$@" > "$out/log" 2>&1; then echo "it takes another Mbed TLS: $*"; exit 1; fi
  grep -qE "$why" "$out/log" && ! grep 'CMAKE_MODULE_PATH is' "$out/log" || { cat "$out/log"; exit 1; }
}
package() { # NAME ARG...: installs it, and builds with it
  local name=$1
  shift
  cmake -S "$root" -B "$out/moat-$name" -DCMAKE_INSTALL_PREFIX="$out/installed-$name" "$@"
  cmake --build "$out/moat-$name" -j "$(nproc)"
  cmake --install "$out/moat-$name"
  rm -rf "$out/package"
  build package -DCMAKE_PREFIX_PATH="$out/installed-$name" "$@"
  readelf -d "$out/package/blocking" > "$out/$name.needed"
}

build subfolder -DMOAT="$root"
cmake -S "$root" -B "$out/wide" -DCMAKE_C_FLAGS='-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64'
grep -r --include=moat-targets.cmake 'INTERFACE_COMPILE_DEFINITIONS "_FILE_OFFSET_BITS=64;_TIME_BITS=64"' "$out/wide/CMakeFiles/Export"
source=$("$root/tests/source.sh" mbedtls-3.6)
build both -DMOAT="$root" -DMBEDTLS="$source"
make -s -C "$root" mbedtls-3.6 CC=gcc
newest=$root/build/mbedtls-3.6
package system
grep -q 'NEEDED.*libmbedtls' "$out/system.needed"
package 3.6 -DMbedTLS_ROOT="$newest" # a static one
if grep 'NEEDED.*libmbedtls' "$out/3.6.needed"; then exit 1; fi
refuses 'Could NOT find MbedTLS' -S "$root" -DMbedTLS_ROOT="$out/nothing"
user=(-S "$out/project" -DHOW=package -DEXAMPLE="$root/examples/blocking.c")
refuses 'Could NOT find MbedTLS' "${user[@]}" -DCMAKE_PREFIX_PATH="$out/installed-3.6" -DMbedTLS_ROOT="$out/nothing"
system=$(sed -n 's/^find_package(MbedTLS \([0-9.]*\) EXACT.*/\1/p' "$out/moat-system/moat-config.cmake")
[ -n "$system" ]
if [ "$system" != 3.6 ]; then
  refuses 'exact version "3.6"' "${user[@]}" -DCMAKE_PREFIX_PATH="$out/installed-3.6"
  refuses "exact version \"$system\"" "${user[@]}" -DCMAKE_PREFIX_PATH="$out/installed-system" -DMbedTLS_ROOT="$newest"
  # One that the project builds is judged as well, by its headers.
  refuses "exact version \"$system\"" "${user[@]}" -DCMAKE_PREFIX_PATH="$out/installed-system" -DMBEDTLS="$source"
fi
cmake "${user[@]}" -B "$out/builds_it" -DCMAKE_PREFIX_PATH="$out/installed-3.6" -DMBEDTLS="$source"

# Headers and libraries that are named outright are taken, and of two folders in turn each by its own version.
mkdir -p "$out/find"
cat > "$out/find/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.16)
project(finds C)
list(APPEND CMAKE_MODULE_PATH ${FINDS})
if(OTHER)
  set(MbedTLS_ROOT ${OTHER})
  find_package(MbedTLS 99)
  set(MbedTLS_ROOT ${NEWEST})
endif()
find_package(MbedTLS 3.6 EXACT REQUIRED)
get_target_property(library MbedTLS::mbedtls IMPORTED_LOCATION)
get_target_property(headers MbedTLS::mbedtls INTERFACE_INCLUDE_DIRECTORIES)
if(NOT library MATCHES "^${NEWEST}/lib" OR NOT headers STREQUAL "${NEWEST}/include")
  message(FATAL_ERROR "found ${library} and ${headers}")
endif()
CMAKE
finds=(-S "$out/find" -DFINDS="$root/port/mbedtls" -DNEWEST="$newest")
named=(-DMbedTLS_INCLUDE_DIR="$newest/include")
for name in mbedtls mbedx509 mbedcrypto; do named+=("-D${name}_LIBRARY=$newest/lib/lib$name.a"); done
cmake "${finds[@]}" -B "$out/named" "${named[@]}"
cmake "${finds[@]}" -B "$out/in_turn" -DOTHER=/usr

"$root/port/vendor.sh" "$out/vendor" posix
build vendored -DMOAT="$out/vendor"
