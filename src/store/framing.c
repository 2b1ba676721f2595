/* Every record ends in a CRC or a MAC. So a write that a power loss has cut is never taken for a
 * record. */
#include "store.h"

#include "../text/text.h"

/* CRC-32 of IEEE 802.3, bit by bit: records are short, and a table would take 1 KB. */
uint32_t moat__crc32(const char *p, size_t n) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    crc ^= (uint8_t)p[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

/* While the MAC is computed, the byte after the record holds the kind of the slot. The MAC later
 * takes its place. A and B are of the same kind. */
static int make_end(const moat_platform *platform, void *ctx, int slot, char *p, size_t n,
                    char end[MOAT__MAC]) {
  if (!platform->mac) {
    moat__put32(end, moat__crc32(p, n));
    return 0;
  }
  p[n] = (char)(slot == MOAT_SLOT_B ? MOAT_SLOT_A : slot);
  return platform->mac(ctx, p, n + 1, (uint8_t *)end);
}

int moat__record_seal(const moat_platform *platform, void *ctx, int slot, char *p, size_t n) {
  char end[MOAT__MAC];
  int r = make_end(platform, ctx, slot, p, n, end);
  if (!r) memcpy(p + n, end, moat__record_end(platform));
  return r;
}

int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p, size_t size,
                      size_t *n) {
  char end[MOAT__MAC], stored[MOAT__MAC];
  const size_t end_size = moat__record_end(platform);
  *n = 0;
  int r = platform->slot_read(ctx, slot, p, size, n);
  if (r) return r;
  if (*n > size) return MOAT_E_PORT;
  if (*n < end_size) return MOAT_E_STORE;
  *n -= end_size;
  memcpy(stored, p + *n, end_size);
  r = make_end(platform, ctx, slot, p, *n, end);
  /* Whatever the error of the mac, the record may be there and good. */
  if (r) return r <= MOAT_E_EMPTY && r >= MOAT_E_NEWER ? MOAT_E_PORT : r;
  bool same = moat__equal_secret((moat_span){end, end_size}, (moat_span){stored, end_size});
  return same ? 0 : MOAT_E_STORE;
}

uint32_t moat__unix_time(const moat_platform *platform, void *ctx) {
  int64_t seconds = 0;
  if (!platform->unix_time || platform->unix_time(ctx, &seconds)) return 0;
  return seconds > 0 && seconds <= UINT32_MAX ? (uint32_t)seconds : 0;
}
