/* The text of a key. */
#include <string.h>

#include "key.h"

/* An Mbed TLS that cannot decrypt does not tell that a key is encrypted. RFC 1421 4.6.1.1 and RFC
 * 7468 11 have this word. */
static bool is_encrypted(const char *text, size_t n) {
  static const char mark[] = "ENCRYPTED";
  for (size_t i = 0; i + sizeof mark <= n; i++)
    if (memcmp(text + i, mark, sizeof mark - 1) == 0) return true;
  return false;
}

/* DER begins with a sequence. Mbed TLS takes a text without a NUL for DER. */
int moat_key_load(moat_key *k, const void *text, size_t n, const moat_platform *platform,
                  void *platform_ctx) {
  const char *t = text;
  if (!n || !platform || !platform->random) return MOAT_E_MISUSE;
  bool is_der = *t == 0x30;
  if (!is_der && t[n - 1]) return MOAT_E_MISUSE;
  if (!is_der && is_encrypted(t, n)) return MOAT_E_ENCRYPTED;
  k->platform = platform;
  k->platform_ctx = platform_ctx;
  return moat__key_parse(k, text, n);
}
