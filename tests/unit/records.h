/* The end of a stored record, computed without the library's code. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "moat/tls.h"

/* Writes the CRC-32 of the first n bytes after them. */
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

/* ---- A platform's mac ---- */

static struct {
  uint8_t key[32];
  int result; /* if not 0, test_mac() returns this and does nothing */
  unsigned calls;
} mac;

static inline void hmac(const uint8_t key[32], const void *p, size_t n, uint8_t out[32]) {
  enum { BLOCK = 64, HASH = 32 };
  static uint8_t text[BLOCK + 8192];
  uint8_t outer[BLOCK + HASH];
  assert_true(n <= sizeof text - BLOCK);
  for (size_t i = 0; i < BLOCK; i++) {
    uint8_t k = i < 32 ? key[i] : 0;
    text[i] = k ^ 0x36;
    outer[i] = k ^ 0x5c;
  }
  memcpy(text + BLOCK, p, n);
  (void)moat_crypto_mbedtls.sha256(NULL, text, BLOCK + n, outer + BLOCK);
  (void)moat_crypto_mbedtls.sha256(NULL, outer, sizeof outer, out);
}

static inline int test_mac(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  mac.calls++;
  if (!mac.result) hmac(mac.key, p, n, out);
  return mac.result;
}

#endif
