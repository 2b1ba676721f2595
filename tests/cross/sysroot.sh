#!/bin/bash
# sysroot.sh ARCHITECTURE: Debian's libraries of another processor, for its compiler and for qemu-user, unpacked in
# a folder of build/sysroot, which it prints. apt has lists and a state of its own meanwhile: this machine has no
# packages of the other architecture before or after.
set -eu
cd "$(dirname "$0")/../.."
folder=$PWD/build/sysroot/$1
if [ ! -d "$folder" ]; then
  work=$folder.apt
  rm -rf "$work" "$folder.part"
  mkdir -p "$work"/{lists,archives}/partial "$folder.part"
  touch "$work/status"
  apt=(apt-get -q -o Dir::State="$work" -o Dir::State::status="$work/status" -o Dir::Cache="$work"
    -o APT::Architecture="$1" -o APT::Architectures="$1" -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=yes)
  {
    "${apt[@]}" update || : # what is missing then, the next line says
    "${apt[@]}" install -y --no-install-recommends --download-only \
      libc6-dev libmbedtls-dev libjsmn-dev libqrcodegen-dev libcmocka-dev
  } >&2
  # Packages of before the merge of /lib and /usr/lib have files in both.
  for name in bin lib sbin; do
    mkdir -p "$folder.part/usr/$name"
    ln -s "usr/$name" "$folder.part/$name"
  done
  for package in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder.part"
  done
  rm -rf "$work"
  mv "$folder.part" "$folder"
fi
echo "$folder"
