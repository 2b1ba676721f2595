#!/bin/bash
# source.sh mbedtls-3.6|lwip-2.2|qrcodegen-1.8|jsmn-1.1: fetches the newest source that can be had of an ordered list of
# pinned Debian source packages, and prints the folder it is unpacked in, below build/source.
# source.sh --mirrors: prints the mirrors of Debian that this machine installs its packages from.
#
# Each is the upstream release, generated files included. It comes from the mirror that this machine
# installs its packages from, whatever release that is set up for, and counts only with its checksum.
set -eu
cd "$(dirname "$0")/.."
store=build/source

say() { echo "source: $*" >&2; }

candidates() { # VERSION FILE SHA256 a line, in the order of preference
  case $1 in
    mbedtls-3.6)
      echo '3.6.7 mbedtls_3.6.7.orig.tar.bz2 a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6'
      echo '3.6.6 mbedtls_3.6.6.orig.tar.bz2 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a'
      ;;
    lwip-2.2)
      echo '2.2.1 lwip_2.2.1+dfsg1.orig.tar.xz 83729c274c499d3348e9fbbe043a3113f3fa8953e7efddc7c21c7fcbb1f2b7b1'
      ;;
    qrcodegen-1.8)
      echo '1.8.0 qr-code-generator_1.8.0.orig.tar.gz 2ec0a4d33d6f521c942eeaf473d42d5fe139abcfa57d2beffe10c5cf7d34ae60'
      ;;
    jsmn-1.1)
      echo '1.1.0 jsmn_1.1.0.orig.tar.gz 5f0913a10657fe7ec8d5794ccf00a01000e3e1f2f1e1f143c34a0f7b47edcb38'
      ;;
    *)
      say "usage: source.sh mbedtls-3.6|lwip-2.2|qrcodegen-1.8|jsmn-1.1"
      exit 2
      ;;
  esac
}

# Debian's own entries, in either of the two forms that sources have.
mirrors() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2> /dev/null |
    sed -nE 's/^URIs: *//p; s/^deb +(\[[^]]*\] +)?([^ ]+) .*/\2/p' | tr ' ' '\n' | grep -E '/debian/?$' | sort -u
}

fetch() { # FILE SHA256
  local mirror package=${1%%_*}
  for mirror in $(mirrors); do
    /usr/lib/apt/apt-helper download-file "${mirror%/}/pool/main/${package:0:1}/$package/$1" "$store/$1.part" \
      > /dev/null 2>&1 || continue
    if echo "$2  $store/$1.part" | sha256sum --check --status; then
      mv "$store/$1.part" "$store/$1"
      return 0
    fi
    say "$1 has not the checksum that is pinned"
  done
  rm -f "$store/$1.part"
  return 1
}

if [ "${1-}" = --mirrors ]; then
  mirrors
  exit 0
fi
list=$(candidates "${1-}")
mkdir -p "$store"
exec 9> "$store.lock"
flock 9 # another part of make check may want the same
while read -r version file sum; do
  folder=$store/${1%-*}-$version
  if [ ! -d "$folder" ]; then
    [ -f "$store/$file" ] || fetch "$file" "$sum" || continue
    rm -rf "$folder.part"
    mkdir "$folder.part"
    tar -xf "$store/$file" --strip-components=1 -C "$folder.part"
    mv "$folder.part" "$folder"
  fi
  echo "$PWD/$folder"
  exit 0
done <<< "$list"
say "none of $1 can be had from the mirrors of this machine"
exit 1
