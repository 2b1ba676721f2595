#!/bin/bash
# ports.sh: the ports to boards compile without a warning for three processors of 32 bits, have no variables of their own,
# and stay within these limits of flash; port/README.md has the figures. The sockets are lwIP's, by its own headers, and
# what else a board has is tests/mocks. One of the processors has a time_t of 32 bits.
# shellcheck disable=SC2016
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
out=build/check/ports
lwip=$(tests/source.sh lwip-2.2)/src/include
flags=(-std=c11 -Os -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Werror -D_POSIX_C_SOURCE=200809L
  -D_POSIX_TIMERS=1 -D_POSIX_MONOTONIC_CLOCK=1 -I"$root/include" -I"$root/port/sockets" -isystem "$root/tests/mocks/board"
  -isystem "$lwip" -isystem "$lwip/compat/posix" -isystem "$root/tests/mocks")
compilers=('arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb -D_USE_LONG_TIME_T' 'arm-none-eabi-gcc -mcpu=cortex-m33 -mthumb'
  'riscv64-unknown-elf-gcc --specs=picolibc.specs -march=rv32imc -mabi=ilp32')
status=0

port() { # NAME LIMIT LIMIT LIMIT ARGUMENT...: a row of the table, in bytes
  local row="| $1" limits=("${@:2:3}") i text data bss compiler
  shift 4
  for i in 0 1 2; do
    read -ra compiler <<< "${compilers[i]}"
    rm -rf "$out"
    mkdir -p "$out"
    (cd "$out" && "${compiler[@]}" "${flags[@]}" -c "$@")
    read -r text data bss _ < <("${compiler[0]%gcc}size" -t "$out"/*.o | tail -n 1)
    row+=" | $text"
    [ "$text" -le "${limits[i]}" ] && [ "$data$bss" = 00 ] && continue
    echo "over its limit: $text bytes of ${limits[i]}, $data of data and $bss of bss, with ${compilers[i]}"
    status=1
  done
  echo "$row |"
}
sockets=("$root"/port/sockets/*.c)

echo '| Port | Cortex-M0+ | Cortex-M33 | RV32IMC |'
port '`sockets`: lwIP, NVS' 1700 1700 2150 -DMOAT_SOCKETS_LWIP -DMOAT_SOCKETS_NVS "${sockets[@]}"
port '`sockets`: lwIP without IPv6, files' 2150 2150 2850 -DMOAT_SOCKETS_LWIP -DLWIP_IPV6=0 -DMOAT_SOCKETS_FILES "${sockets[@]}"
port '`sockets`: POSIX, files' 2550 2550 3450 -DMOAT_SOCKETS_FILES "${sockets[@]}"
port '`sockets`: Zephyr, NVS' 1650 1650 2150 -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_ZEPHYR_NVS "${sockets[@]}"
port '`esp-idf`' 2300 2300 3000 -DESP_PLATFORM -D_DEFAULT_SOURCE -DMOAT_SOCKETS_NVS -I"$root/port/esp-idf" "${sockets[@]}" "$root"/port/esp-idf/*.c
port '`zephyr`' 2450 2400 3150 -DMOAT_SOCKETS_ZEPHYR -DMOAT_SOCKETS_ZEPHYR_NVS -DCONFIG_NET_IPV4=1 -DCONFIG_NET_IPV6=1 -I"$root/port/zephyr" \
  "${sockets[@]}" "$root"/port/zephyr/*.c
port '`freertos`' 380 360 470 -I"$root/port/freertos" "$root"/port/freertos/*.c
port '`lwip`, without IPv6' 760 740 1020 -DLWIP_IPV6=0 -I"$root/port/lwip" "$root"/port/lwip/*.c
exit $status
