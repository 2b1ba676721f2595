#include "record.h"

/* CRC-32 of IEEE 802.3, by the bit: records are short, and a table is 1 KB. */
static uint32_t crc32(const char *p, size_t n) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    crc ^= (uint8_t)p[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

void moat__record_seal(char *p, size_t n) {
  moat__put32(p + n, crc32(p, n));
}

int moat__record_open(const moat_platform *platform, void *ctx, int slot, char *p, size_t size,
                      size_t *n) {
  *n = 0;
  int r = platform->slot_read(ctx, slot, p, size, n);
  if (r) return r;
  if (*n > size) return MOAT_E_PORT;
  if (*n < MOAT__RECORD_END) return MOAT_E_STORE;
  *n -= MOAT__RECORD_END;
  return crc32(p, *n) == moat__get32(p + *n) ? 0 : MOAT_E_STORE;
}

uint32_t moat__unix_time(const moat_platform *platform, void *ctx) {
  int64_t seconds = 0;
  if (!platform->unix_time || platform->unix_time(ctx, &seconds)) return 0;
  return seconds > 0 && seconds <= UINT32_MAX ? (uint32_t)seconds : 0;
}
