/* The frame of all stored records, and the numbers in them. */
#ifndef MOAT__STORE_H
#define MOAT__STORE_H

#include <string.h>

#include "moat/store.h"

#if defined(__GNUC__)
#define MOAT__INLINE static inline __attribute__((always_inline))
#else
#define MOAT__INLINE static inline
#endif

/* Little-endian, at any address. Written like this and inlined, a compiler turns it into one
 * instruction on a little-endian machine. */
MOAT__INLINE uint32_t moat__get32(const char *p) {
  return (uint8_t)p[0] | (uint32_t)(uint8_t)p[1] << 8 | (uint32_t)(uint8_t)p[2] << 16 |
         (uint32_t)(uint8_t)p[3] << 24;
}

MOAT__INLINE void moat__put32(char *p, uint32_t v) {
  v = moat__get32((const char *)&v); /* now its bytes are little-endian */
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

/* ---- The frame of every record, in any slot ----
 *
 * After its bytes, a record has an end that proves it whole. The end is a MAC if the platform has
 * one, else a CRC-32. A MAC also proves that this device wrote the record for this kind of slot. */

enum { MOAT__CRC = 4, MOAT__MAC = 32 };

static inline size_t moat__record_end(const moat_platform *platform) {
  return platform->mac ? MOAT__MAC : MOAT__CRC;
}

/* Writes the end of a record after its n bytes at p. A second call for the same bytes writes the
 * same end. Returns 0, or the error of the platform's mac: nothing may be stored then. */
MOAT_NODISCARD int moat__record_seal(const moat_platform *platform, void *ctx, int slot, char *p,
                                     size_t n);

/* Reads a slot into p. Returns 0 with *n set to the number of bytes before the end, MOAT_E_STORE
 * for a record that is torn, altered or of another kind, or the platform's result with the
 * platform's *n.
 *
 * Both functions return results of the platform unchanged: the caller maps them with
 * moat__port_result(). */
MOAT_NODISCARD int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p,
                                     size_t size, size_t *n);

/* Seconds since 1970, until 2106. 0 if the clock is unknown or outside that range. */
uint32_t moat__unix_time(const moat_platform *platform, void *ctx);

static inline uint32_t moat__store_now(const moat_store *s) {
  return moat__unix_time(s->platform, s->platform_ctx);
}

/* The note in memory, to be changed. moat_store_settle() writes it. */
static inline moat_note *moat__store_note(moat_store *s) {
  return &s->note;
}

/* Lends the buffer, all of it, to another part until the next load or wipe. */
static inline char *moat__store_lend(moat_store *s) {
  s->used = s->size;
  return s->buffer;
}

/* Seconds that are left of a pause, or -1 if the date does not tell. */
int32_t moat__store_pause(const moat_store *s);

#endif
