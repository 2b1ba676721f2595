/* What the tests know of a stored record's end, so that they need not believe the code. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>

/* Writes the CRC-32 of the n bytes behind them. */
static inline void seal_crc(char *p, size_t n) {
  uint32_t crc = ~0u;
  for (size_t i = 0; i < n; i++)
    for (int bit = 0; bit < 8; bit++) {
      uint32_t in = ((uint32_t)(uint8_t)p[i] >> bit ^ crc) & 1;
      crc = crc >> 1 ^ (in ? 0xedb88320u : 0);
    }
  for (size_t i = 0; i < 4; i++)
    p[n + i] = (char)(~crc >> (8 * i) & 0xff);
}

#endif
