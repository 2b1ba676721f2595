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

/* A record ends in its checksum, of MOAT__RECORD_END bytes. */
enum { MOAT__RECORD_END = 4 };

/* Writes the end of a record behind its n bytes at p. */
void moat__record_seal(char *p, size_t n);

/* Reads a slot into p, and in *n is how many bytes there are before the end of its record; where
 * that is no 0, how many there are in the slot. 0, MOAT_E_STORE for what a torn write left, or what
 * the port answered: still to be mapped by moat__port_result(). */
MOAT_NODISCARD int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p,
                                     size_t size, size_t *n);

/* Seconds since 1970, until 2106; 0 while the clock is unknown or tells a time outside of that. */
uint32_t moat__unix_time(const moat_platform *platform, void *ctx);

static inline uint32_t moat__store_now(const moat_store *s) {
  return moat__unix_time(s->platform, s->platform_ctx);
}

#endif
