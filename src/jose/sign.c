/* Signs a JWT where it stands in the request. Nothing is remembered between two calls: the place of
 * a signature that is not made yet still has its mark. */
#include "jose.h"

#include <string.h>

/* Returns the length of the signature, or no length. A hash that fails with any positive number
 * must not be taken for one. */
static int sign(const moat_signer *s, moat_span secret, moat_span input, uint8_t *out) {
  const moat_crypto *c = s->crypto;
  uint8_t hash[48];
  bool wide = s->alg == MOAT_ES384;
  int r = s->alg == MOAT_HS256
              ? c->hmac_sha256(s->crypto_ctx, secret.p, secret.n, input.p, input.n, out)
              : (wide ? c->sha384 : c->sha256)(s->crypto_ctx, input.p, input.n, hash);
  if (r) return moat__port_result(r, false);
  if (s->alg == MOAT_HS256) return MOAT__HS256_BYTES;
  return s->ops->sign(s->ctx, s->alg, hash, wide ? 48 : 32, out, s->size);
}

/* The JWT begins after the last '=' before the mark, because base64url has none. The signature is
 * written where its encoding will be, which is longer. If there is none yet, or none at all, the
 * place is marked again: the key may have begun to write. */
int moat__jws_sign(const moat_signer *s, moat_span secret, char mark, char *request, size_t n) {
  char *at = memchr(request, mark, n), *input = at;
  size_t size = moat__base64url_size(s->size);
  if (!at) return 0;
  while (input > request && input[-1] != '=')
    input--;
  if (input == at || n - (size_t)(at - request) < size) return MOAT_E_MISUSE;
  int r = sign(s, secret, (moat_span){input, (size_t)(at - 1 - input)}, (uint8_t *)at);
  if (r != s->size) {
    memset(at, mark, size);
    return r ? r : MOAT_E_PORT;
  }
  moat_writer w = {.p = at, .size = size, .n = s->size};
  moat__base64url_from(&w, 0);
  return 0;
}
