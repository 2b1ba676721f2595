/* What stored records are made of. */
#ifndef MOAT_RECORD_H
#define MOAT_RECORD_H

#include <string.h>

#include "moat/store.h"

#if defined(__GNUC__)
#define MOAT__INLINE static inline __attribute__((always_inline))
#else
#define MOAT__INLINE static inline
#endif

/* Little-endian, at any address: one instruction where the machine is that, if a compiler is shown
 * the bytes like this and made to inline it. */
MOAT__INLINE uint32_t moat__get32(const char *p) {
  return (uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16 |
         (uint32_t)(uint8_t)p[3] << 24;
}

MOAT__INLINE void moat__put32(char *p, uint32_t v) {
  v = moat__get32((const char *)&v); /* in the order that it is to have */
  memcpy(p, &v, sizeof v);
}

MOAT__INLINE void moat__put16(char *p, size_t v) {
  const uint8_t bytes[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
  memcpy(p, bytes, sizeof bytes);
}

MOAT__INLINE size_t moat__get16(const char *p) {
  return (uint8_t)p[0] | (size_t)(uint8_t)p[1] << 8;
}

/* CRC-32 of IEEE 802.3, by the bit: records are short, and a table is 1 KB. */
uint32_t moat__crc32(const char *p, size_t n);

/* Seconds since 1970, until 2106; 0 while the clock is unknown. */
uint32_t moat__store_now(const moat_store *s);

#endif
