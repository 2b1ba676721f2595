/* A private key in Mbed TLS's own memory, of 2.28 and 3.x. */
#include "moat/key.h"

#if MBEDTLS_VERSION_MAJOR < 4
#include <string.h>

#include <mbedtls/rsa.h>

#include "key.h"
#include "tls_compat.h"
#include "tls_error.h"

enum { RSA_LEAST = 2048 /* RFC 7518 3.3, 3.5 */, DER_MOST = 2 + 2 * (2 + 1 + 48) };

static int fill_random(void *p, unsigned char *out, size_t n) {
  const moat_key *k = p;
  return k->platform->random(k->platform_ctx, out, n) ? MOAT__TLS_RANDOM_FAILED : 0;
}

/* ---- Kinds of keys ---- */

static bool is_rsa(const moat_key *k) {
  return mbedtls_pk_can_do(&k->pk, MBEDTLS_PK_RSA);
}

/* The usual algorithm of a key, or 0 if the key is not for signing. Other curves of 256 bits have
 * algorithms of their own. */
static int natural_alg(const moat_key *k) {
  if (is_rsa(k)) return mbedtls_pk_get_bitlen(&k->pk) >= RSA_LEAST ? MOAT_PS256 : 0;
  if (!mbedtls_pk_can_do(&k->pk, MBEDTLS_PK_ECDSA)) return 0;
  switch (mbedtls_pk_ec(k->pk)->MBEDTLS_PRIVATE(grp).id) {
  case MBEDTLS_ECP_DP_SECP256R1: return MOAT_ES256;
  case MBEDTLS_ECP_DP_SECP384R1: return MOAT_ES384;
  default: return 0;
  }
}

static size_t signature_size(const moat_key *k) {
  return mbedtls_pk_get_len(&k->pk) * (is_rsa(k) ? 1 : 2);
}

/* ---- Loading ---- */

int moat__key_parse(moat_key *k, const void *text, size_t n) {
  mbedtls_pk_init(&k->pk);
  int ret = moat__mbedtls_parse_key(&k->pk, text, n, fill_random, k);
  if (!ret && natural_alg(k)) return 0;
  moat_key_free(k);
  return moat__tls_error_of(ret, MOAT_E_KEY);
}

void moat_key_free(moat_key *k) {
  mbedtls_pk_free(&k->pk);
}

/* ---- Signing ---- */

static int sign_ec(moat_key *k, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
  uint8_t der[DER_MOST];
  size_t length;
  mbedtls_md_type_t md = alg == MOAT_ES384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
  int ret = moat__mbedtls_sign(&k->pk, md, hash, n, der, sizeof der, &length, fill_random, k);
  if (ret) return ret;
  return moat__der_to_fixed(der, length, out, size / 2) ? 0 : MOAT_E_PORT;
}

#ifdef MBEDTLS_RSA_C
static int sign_pss(moat_key *k, const uint8_t *hash, size_t n, uint8_t *out) {
#ifdef MBEDTLS_PKCS1_V21
  return moat__mbedtls_sign_pss(&k->pk, hash, n, out, fill_random, k);
#else
  (void)k, (void)hash, (void)n, (void)out;
  return MOAT_E_MISUSE; /* moat__key_alg() has refused it */
#endif
}

/* A key whose blinding could not be made, for lack of randomness or memory, would never sign again:
 * Mbed TLS goes on with the half of it. So the blinding is made anew next time. */
static int sign_rsa(moat_key *k, int alg, const uint8_t *hash, size_t n, uint8_t *out,
                    size_t size) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(k->pk);
  size_t length;
  int ret = alg == MOAT_PS256 ? sign_pss(k, hash, n, out)
                              : moat__mbedtls_sign(&k->pk, MBEDTLS_MD_SHA256, hash, n, out, size,
                                                   &length, fill_random, k);
  if (!ret) return 0;
  mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(Vi));
  mbedtls_mpi_free(&rsa->MBEDTLS_PRIVATE(Vf));
  return ret;
}

/* No exponent in use has more than 4 bytes. */
static int rsa_public(const moat_key *k, uint8_t *out, size_t size) {
  size_t width = signature_size(k), zeros = 0;
  uint8_t e[8];
  if (size < width + sizeof e) return MOAT_E_SPACE;
  int ret = mbedtls_rsa_export_raw(mbedtls_pk_rsa(k->pk), out, width, NULL, 0, NULL, 0, NULL, 0, e,
                                   sizeof e);
  if (ret) return ret;
  while (!e[zeros])
    zeros++;
  memcpy(out + width, e + zeros, sizeof e - zeros);
  return (int)(width + sizeof e - zeros);
}
#else
#define sign_rsa(k, alg, hash, n, out, size) MOAT_E_MISUSE
#define rsa_public(k, out, size) MOAT_E_MISUSE
#endif

/* The size is that of the moat_signer, which anybody may have changed. */
static int sign(void *ctx, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
  moat_key *k = ctx;
  if (moat__key_alg(natural_alg(k), alg) != alg || size != signature_size(k)) return MOAT_E_MISUSE;
  int ret = is_rsa(k) ? sign_rsa(k, alg, hash, n, out, size) : sign_ec(k, alg, hash, n, out, size);
  return ret ? moat__tls_error_of(ret, ret) : (int)size;
}

/* ---- The public key ---- */

static int ec_public(const moat_key *k, uint8_t *out, size_t size) {
  const mbedtls_ecp_point *q = &mbedtls_pk_ec(k->pk)->MBEDTLS_PRIVATE(Q);
  size_t width = signature_size(k) / 2;
  if (size < 2 * width) return MOAT_E_SPACE;
  int ret = mbedtls_mpi_write_binary(&q->MBEDTLS_PRIVATE(X), out, width);
  if (!ret) ret = mbedtls_mpi_write_binary(&q->MBEDTLS_PRIVATE(Y), out + width, width);
  return ret ? ret : (int)(2 * width);
}

static int public_key(void *ctx, uint8_t *out, size_t size) {
  const moat_key *k = ctx;
  return is_rsa(k) ? rsa_public(k, out, size) : ec_public(k, out, size);
}

int moat_key_signer(moat_key *k, int alg, moat_signer *out) {
  static const moat_signer_ops ops = {.sign = sign, .public_key = public_key};
  *out = (moat_signer){.ops = &ops,
                       .ctx = k,
                       .crypto = &moat_jose_crypto_mbedtls,
                       .alg = (uint8_t)moat__key_alg(natural_alg(k), alg),
                       .size = (uint16_t)signature_size(k)};
  return out->alg ? 0 : MOAT_E_KEY;
}
#endif
