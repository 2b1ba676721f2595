/* What stored records are made of. */
#ifndef MOAT_RECORD_H
#define MOAT_RECORD_H

#include "moat/store.h"

/* Little-endian, `bytes` wide. */
void moat__put_le(char *p, uint64_t v, unsigned bytes);
uint64_t moat__get_le(const char *p, unsigned bytes);

/* CRC-32 of IEEE 802.3, by the bit: records are short, and a table is 1 KB. */
uint32_t moat__crc32(const char *p, size_t n);

#endif
