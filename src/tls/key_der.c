/* ECDSA signatures have a variable length in DER, and a fixed one in JWS. */
#include "key.h"

#include <string.h>

#include <mbedtls/asn1.h>

#include "moat/key.h"

/* A first bit that is set makes a number negative, so DER puts a zero before it. */
static bool take_integer(uint8_t **p, const uint8_t *end, const uint8_t **part, size_t *size) {
  if (mbedtls_asn1_get_tag(p, end, size, MBEDTLS_ASN1_INTEGER)) return false;
  const uint8_t *at = *p;
  *p += *size;
  if (!*size || *at & 0x80) return false;
  while (*size && !*at) {
    at++;
    --*size;
  }
  *part = at;
  return true;
}

bool moat__der_pair(const uint8_t *der, size_t n, const uint8_t *part[2], size_t size[2]) {
  uint8_t *p = (uint8_t *)(uintptr_t)der;
  const uint8_t *end = der + n;
  size_t length;
  int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
  if (mbedtls_asn1_get_tag(&p, end, &length, sequence) || p + length != end) return false;
  for (int i = 0; i < 2; i++)
    if (!take_integer(&p, end, &part[i], &size[i])) return false;
  return p == end;
}

bool moat__der_to_fixed(const uint8_t *der, size_t n, uint8_t *out, size_t width) {
  const uint8_t *part[2];
  size_t size[2];
  if (!moat__der_pair(der, n, part, size) || size[0] > width || size[1] > width) return false;
  memset(out, 0, 2 * width);
  memcpy(out + width - size[0], part[0], size[0]);
  memcpy(out + 2 * width - size[1], part[1], size[1]);
  return true;
}

int moat__key_alg(int natural, int alg) {
  if (!alg) alg = natural;
#ifndef MBEDTLS_PKCS1_V21
  if (alg == MOAT_PS256) return 0;
#endif
  return alg == natural || (alg == MOAT_RS256 && natural == MOAT_PS256) ? alg : 0;
}
