/* A signer without a key, and the parts of a JWT. */
#ifndef JOSE_FIXTURE_H
#define JOSE_FIXTURE_H

#include "checks.h"

#include "jose/jose.h"
#include "moat/tls.h"
#include "text/text.h"

/* ---- A signer that counts, waits and fails ---- */

typedef struct {
  unsigned waits; /* how often it first answers WANT_TIME, with rubbish in `out` */
  int result;     /* if not 0, what it returns instead of a length; -1: 0 */
  unsigned calls;
  int alg;
  uint8_t hash[48];
  size_t hash_size, size;
} fake;

static inline int fake_sign(void *ctx, int alg, const uint8_t *hash, size_t n, uint8_t *out,
                            size_t size) {
  fake *f = ctx;
  f->calls++;
  f->alg = alg;
  f->size = size;
  assert_true(n <= sizeof f->hash);
  /* After WANT_TIME the same hash comes again. */
  if (f->calls > 1 && f->waits) assert_memory_equal(f->hash, hash, n);
  memcpy(f->hash, hash, n);
  f->hash_size = n;
  for (size_t i = 0; i < size; i++)
    out[i] = (uint8_t)(i + 200);
  if (f->waits) {
    f->waits--;
    return MOAT_WANT_TIME;
  }
  return !f->result ? (int)size : f->result == -1 ? 0 : f->result;
}

static const moat_signer_ops fake_ops = {.sign = fake_sign};

static inline moat_signer signer_of(fake *f, uint8_t alg, uint16_t size) {
  const moat_crypto *crypto =
      alg == MOAT_HS256 ? &moat_hmac_crypto_mbedtls : &moat_jose_crypto_mbedtls;
  return (moat_signer){.ops = &fake_ops, .ctx = f, .crypto = crypto, .alg = alg, .size = size};
}

/* ---- Reading ---- */

/* Returns the number of bytes. Fails for a character that is not base64url, and for a length that
 * no encoding has. */
static inline size_t decode_base64url(moat_span s, void *out, size_t size) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint8_t *to = out;
  size_t n = 0;
  uint32_t bits = 0;
  assert_int_not_equal(s.n % 4, 1);
  for (size_t i = 0; i < s.n; i++) {
    const char *digit = s.p[i] ? strchr(digits, s.p[i]) : NULL;
    if (!digit) fail_msg("character %d at %zu", s.p[i], i);
    bits = bits << 6 | (uint32_t)(digit - digits);
    if (i % 4 == 0) continue;
    assert_true(n < size);
    to[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
  }
  return n;
}

/* The value of a form field in a request, up to the next '&' or the end. */
static inline moat_span field(const char *request, size_t n, const char *name) {
  size_t size = strlen(name);
  for (size_t i = 1; i + size < n; i++) {
    if (memcmp(request + i, name, size) != 0 || request[i + size] != '=') continue;
    if (request[i - 1] != '&' && request[i - 1] != '\n') continue;
    moat_span rest = {request + i + size + 1, n - i - size - 1};
    return moat__take(&rest, '&');
  }
  fail_msg("there is no %s", name);
  return (moat_span){NULL, 0};
}

typedef struct {
  moat_span input; /* what is signed */
  char header[512], claims[1024];
  uint8_t signature[512];
  size_t size; /* of the signature */
} jwt_parts;

static inline jwt_parts take_apart(moat_span jwt) {
  jwt_parts parts = {.input = {jwt.p, 0}};
  moat_span header = moat__take(&jwt, '.'), claims = moat__take(&jwt, '.');
  parts.input.n = (size_t)(claims.p + claims.n - parts.input.p);
  decode_base64url(header, parts.header, sizeof parts.header - 1);
  decode_base64url(claims, parts.claims, sizeof parts.claims - 1);
  parts.size = decode_base64url(jwt, parts.signature, sizeof parts.signature);
  return parts;
}

#endif
