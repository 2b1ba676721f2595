#!/bin/bash
# vendor.sh: a vendored copy builds where nothing else of Moat is, with flags of somebody else's, for
# this machine and for the smallest Cortex-M.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/check/vendor
rm -rf "$out"
mkdir -p "$out"
cd "$root"
make -s vendor DEST="$out/posix/moat" PORT=posix
make -s vendor DEST="$out/board/moat" PORT=template
make -s vendor DEST="$out/board/moat" PORT=template # again: it replaces what it made
touch "$out/board/moat/port/template/mine.c"
make -s vendor DEST="$out/board/moat" PORT=template # what it did not make, it leaves alone
rm "$out/board/moat/port/template/mine.c"
cp -r "$out/board" "$out/changed"
echo >> "$out/changed/moat/port/template/template.c"
if make -s vendor DEST="$out/changed/moat" PORT=template 2> /dev/null; then echo 'it replaced what was changed'; exit 1; fi
tail -c 1 "$out/changed/moat/port/template/template.c" | grep -q '^$'
touch "$out/mine"
if make -s vendor DEST="$out" PORT=posix 2> /dev/null; then echo 'it wrote between other files'; exit 1; fi
for none in none mbedtls "$out/changed"; do
  if make -s vendor DEST="$out/none" PORT="$none" 2> /dev/null; then echo "there is no port $none"; exit 1; fi
done
grep -q 'MIT License' "$out/posix/moat/include/jsmn.h"
grep -q 'MIT' "$out/posix/moat/LICENSE"

cat > "$out/Makefile" << 'MAKE'
include moat/sources.mk
SOURCES := $(MOAT_SOURCES) $(MOAT_MBEDTLS_SOURCES) $(MOAT_PORT_SOURCES) $(MORE)
OBJECTS := $(notdir $(SOURCES:.c=.o))
VPATH := $(sort $(dir $(SOURCES)))
CFLAGS := $(FLAGS) $(addprefix -I,$(MOAT_INCLUDES))
all: $(OBJECTS)
MAKE
strange='-Wall -Wextra -Wpedantic -Werror -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wold-style-definition
  -Wpointer-arith -Wwrite-strings -Wvla -funsigned-char -fno-common'

cp "$out/Makefile" "$out/posix/"
make -s -C "$out/posix" -j"$(nproc)" CC=gcc FLAGS="-std=gnu17 -O3 -fshort-enums -D_POSIX_C_SOURCE=200809L $(echo $strange)" all
(cd "$out/posix" && gcc -std=gnu17 -Imoat/include -Imoat/port/posix moat/examples/blocking.c ./*.o -lmbedtls -lmbedx509 -lmbedcrypto -lpthread -o blocking)
status=0
echo token | "$out/posix/blocking" http://plain.example /dev/null client || status=$?
[ "$status" = 1 ]

# The port to sockets: by POSIX names, and for the smallest Cortex-M with the headers of lwIP.
make -s vendor DEST="$out/sockets/moat" PORT=sockets
cp "$out/Makefile" "$out/sockets/"
make -s -C "$out/sockets" -j"$(nproc)" CC=gcc MORE='$(MOAT_PORT_CHECK_SOURCES)' \
  FLAGS="-std=gnu17 -O3 -fshort-enums -D_POSIX_C_SOURCE=200809L -DMOAT_SOCKETS_FILES $(echo $strange)" all
mkdir -p "$out/lwip/arch"
cp -r "$out/sockets/moat" examples/firmware/arch "$out/lwip/"
echo 'typedef void *sys_sem_t, *sys_mutex_t, *sys_mbox_t, *sys_thread_t;' > "$out/lwip/arch/sys_arch.h"
for ipv6 in 0 1; do
  printf '#define %s\n' 'LWIP_ERRNO_STDINCLUDE' 'LWIP_COMPAT_SOCKETS 0' 'SYS_LIGHTWEIGHT_PROT 0' "LWIP_IPV6 $ipv6" \
    > "$out/lwip/lwipopts.h"
  for file in "$out"/lwip/moat/port/sockets/*.c; do
    arm-none-eabi-gcc -std=gnu11 -mcpu=cortex-m0 -mthumb -Os -DMOAT_SOCKETS_LWIP $strange -I"$out/lwip" \
      -I"$out/lwip/moat/include" -isystem "$(tests/source.sh lwip-2.2)/src/include" -c "$file" -o "$out/lwip/object.o"
  done
done

make -s vendor DEST="$out/freertos/moat" PORT=freertos
cp "$out/Makefile" "$out/freertos/"
make -s -C "$out/freertos" -j"$(nproc)" CC=gcc FLAGS="-std=gnu17 -Os -D_POSIX_C_SOURCE=200809L -I$root/tests/mocks $(echo $strange)" all

# A port of somebody else's, which is not in this tree, and port_check with it.
mkdir "$out/ours"
for file in port/template/*; do sed 's/template/ours/g' "$file" > "$out/ours/$(basename "$file" | sed s/template/ours/)"; done
make -s vendor DEST="$out/board/moat" PORT="$out/ours/"
[ ! -e "$out/board/moat/port/template/template.c" ]
grep -q 'moat/port.h' "$out/board/moat/port/README.md"
ls "$out"/board/moat/tests/port_check/{echo,dns}.mjs "$out"/board/moat/examples/superloop.c > /dev/null

# Mbed TLS as somebody else has it: Debian's headers, without what a board has not.
mkdir -p "$out/board/headers"
cp -r /usr/include/mbedtls /usr/include/psa tests/size/mbedtls_config.h "$out/board/headers/"
cp "$out/Makefile" "$out/board/"
make -s -C "$out/board" -j"$(nproc)" CC=arm-none-eabi-gcc MORE='$(MOAT_PORT_CHECK_SOURCES)' \
  FLAGS="-std=gnu11 -mcpu=cortex-m0 -mthumb -Os -Iheaders -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>' $(echo $strange)" all
