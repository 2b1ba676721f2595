#include "record.h"

void moat__put_le(char *p, uint64_t v, unsigned bytes) {
  for (unsigned i = 0; i < bytes; i++)
    p[i] = (char)(v >> (8 * i) & 0xff);
}

uint64_t moat__get_le(const char *p, unsigned bytes) {
  uint64_t v = 0;
  while (bytes-- > 0)
    v = v << 8 | (uint8_t)p[bytes];
  return v;
}

uint32_t moat__crc32(const char *p, size_t n) {
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    crc ^= (uint8_t)p[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}
