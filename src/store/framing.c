/* Every record ends in a CRC or a MAC. So a write that a power loss has cut is never taken for a
 * record. */
#include "store.h"

#include "../text/text.h"

/* CRC-32 of IEEE 802.3, half a byte at a time: the table takes 64 bytes. One for whole bytes would
 * take 1 KB. */
uint32_t moat__crc32(const char *p, size_t n) {
  static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                     0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                     0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                     0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    crc ^= (uint8_t)p[i];
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

/* While the MAC is computed, the byte after the record holds the kind of the slot. A and B are of
 * the same kind. */
static int make_end(const moat_platform *platform, void *ctx, int slot, char *p, size_t n,
                    char end[MOAT__MAC]) {
  if (!platform->mac) {
    moat__put32(end, moat__crc32(p, n));
    return 0;
  }
  char next = p[n];
  p[n] = (char)(slot == MOAT_SLOT_B ? MOAT_SLOT_A : slot);
  int r = platform->mac(ctx, p, n + 1, (uint8_t *)end);
  p[n] = next;
  return r;
}

int moat__record_seal(const moat_platform *platform, void *ctx, int slot, char *p, size_t n) {
  char end[MOAT__MAC];
  int r = make_end(platform, ctx, slot, p, n, end);
  if (!r) memcpy(p + n, end, moat__record_end(platform));
  return r;
}

int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p, size_t size,
                      size_t *n) {
  char end[MOAT__MAC];
  const size_t end_size = moat__record_end(platform);
  *n = 0;
  int r = platform->slot_read(ctx, slot, p, size, n);
  if (r) return r;
  if (*n > size) return MOAT_E_PORT;
  if (*n < end_size) return MOAT_E_STORE;
  *n -= end_size;
  r = make_end(platform, ctx, slot, p, *n, end);
  /* Whatever the error of the mac, the record may be there and good. */
  if (r) return r <= MOAT_E_EMPTY && r >= MOAT_E_NEWER ? MOAT_E_PORT : r;
  bool same = moat__equal_secret((moat_span){end, end_size}, (moat_span){p + *n, end_size});
  return same ? 0 : MOAT_E_STORE;
}

uint32_t moat__unix_time(const moat_platform *platform, void *ctx) {
  int64_t seconds = 0;
  if (!platform->unix_time || platform->unix_time(ctx, &seconds)) return 0;
  return (uint64_t)seconds >> 32 ? 0 : (uint32_t)seconds; /* before 1970, or after 2106 */
}
