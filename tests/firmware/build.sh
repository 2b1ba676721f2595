#!/bin/bash
# build.sh: the firmware image in each profile and for each processor. The linker refuses one that is
# over its budget. The roots in it are those of the lab. And port_check, for the same board.
set -eu
cd "$(dirname "$0")/../.."
tests/tls/make-certs.sh build/certs
mbedtls=$(tests/source.sh mbedtls-3.6)
lwip=$(tests/source.sh lwip-2.2)
image() { # VARIABLE=VALUE ...
  make -s --no-print-directory -j"$(nproc)" -C examples/firmware MBEDTLS="$mbedtls" LWIP="$lwip" "$@"
}
for profile in default tiny; do
  for cpu in cortex-m3 cortex-m4; do
    image PROFILE=$profile CPU=$cpu
  done
done
for by in key certificate; do
  for cpu in cortex-m3 cortex-m4; do
    image BY=$by CPU=$cpu
  done
done
image PROFILE=default CPU=cortex-m4 FAST=1
image PROFILE=tiny CPU=cortex-m3 ELF="$PWD/build/firmware/tiny-cortex-m3/port_check.elf" \
  MAIN="$(echo tests/port_check/{port_check,check_calls,check_platform,check_random,check_restart,check_slots,check_stream,check_wait,check_close,check_names,firmware}.c)"
