/* Thumbprints of certificates and keys (RFC 7515 4.1.8, RFC 7638). */
#include "jose.h"

int moat_thumbprint(const moat_crypto *crypto, void *crypto_ctx, const void *p, size_t n,
                    char out[44]) {
  uint8_t hash[32];
  int r = moat__port_result(crypto->sha256(crypto_ctx, p, n, hash), false);
  if (r) return r;
  moat_writer w = {.p = out, .size = 44};
  moat__put_base64url(&w, (moat_span){(const char *)hash, sizeof hash});
  moat__put_char(&w, '\0');
  return 0;
}

static bool is_rsa(const moat_signer *s) {
  return s->alg == MOAT_RS256 || s->alg == MOAT_PS256;
}

/* Only what RFC 7638 3.2 requires, in the order of its names. */
static void put_jwk(moat_writer *w, const moat_signer *s, const char *key, size_t n) {
  size_t half = is_rsa(s) ? s->size : n / 2;
  moat_span first = {key, half}, second = {key + half, n - half};
  if (is_rsa(s)) {
    moat__put_text(w, "{\"e\":\"");
    moat__put_base64url(w, second);
    moat__put_text(w, "\",\"kty\":\"RSA\",\"n\":\"");
    moat__put_base64url(w, first);
  } else {
    moat__put_text(w, "{\"crv\":\"P-");
    moat__put_text(w, s->alg == MOAT_ES256 ? "256" : "384");
    moat__put_text(w, "\",\"kty\":\"EC\",\"x\":\"");
    moat__put_base64url(w, first);
    moat__put_text(w, "\",\"y\":\"");
    moat__put_base64url(w, second);
  }
  moat__put_text(w, "\"}");
}

/* Whether n bytes can be the public key. The exponent of RSA may have any length. */
static bool is_key(const moat_signer *s, size_t n) {
  return is_rsa(s) ? n > s->size : n == s->size;
}

/* The memory holds the raw key, and the JWK after it. */
int moat_jwk_thumbprint(const moat_signer *s, void *memory, size_t size, char out[44]) {
  if (!s->ops || !s->ops->public_key) return MOAT_E_MISUSE;
  int n = s->ops->public_key(s->ctx, memory, size);
  if (n < 0) return moat__port_result(n, false);
  if (!is_key(s, (size_t)n) || (size_t)n > size) return MOAT_E_PORT;
  moat_writer w = {.p = (char *)memory + n, .size = size - (size_t)n};
  put_jwk(&w, s, memory, (size_t)n);
  if (w.n > w.size) return MOAT_E_SPACE;
  return moat_thumbprint(s->crypto, s->crypto_ctx, w.p, w.n, out);
}
