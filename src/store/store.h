/* What stored records are made of: their frame, and the numbers in them. */
#ifndef MOAT__STORE_H
#define MOAT__STORE_H

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

/* CRC-32 of IEEE 802.3. */
uint32_t moat__crc32(const char *p, size_t n);

/* ---- The frame of every record, in whatever slot ----
 *
 * Behind its bytes comes what shows that they are whole: a MAC where the platform has one, which
 * also shows that they were written by this device and for this kind of slot; else a CRC-32. */

enum { MOAT__CRC = 4, MOAT__MAC = 32 };

static inline size_t moat__record_end(const moat_platform *platform) {
  return platform->mac ? MOAT__MAC : MOAT__CRC;
}

/* Writes the end of a record behind its n bytes at p. Called again for the same bytes, it writes
 * the same. 0, or what the platform's mac answered: nothing may be stored then. */
MOAT_NODISCARD int moat__record_seal(const moat_platform *platform, void *ctx, int slot, char *p,
                                     size_t n);

/* Reads a slot into p. 0, with *n the bytes before the end of the record; MOAT_E_STORE for what is
 * torn, altered or of another kind; or what the platform answered, with the *n that it gave.
 *
 * Both return answers of the platform as they came: moat__port_result() is for the caller to use.
 */
MOAT_NODISCARD int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p,
                                     size_t size, size_t *n);

/* Seconds since 1970, until 2106; 0 while the clock is unknown or tells a time outside of that. */
uint32_t moat__unix_time(const moat_platform *platform, void *ctx);

static inline uint32_t moat__store_now(const moat_store *s) {
  return moat__unix_time(s->platform, s->platform_ctx);
}

/* Seconds that are left of a pause; -1 where the date does not tell. */
int32_t moat__store_pause(const moat_store *s);

#endif
