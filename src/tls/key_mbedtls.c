/* A private key in Mbed TLS's own memory. */
#include "moat/key.h"

#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/rsa.h>

#include "key_der.h"
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

/* An Mbed TLS that cannot decrypt does not tell that a key is encrypted. RFC 1421 4.6.1.1 and RFC
 * 7468 11 have this word. */
static bool is_encrypted(const char *text, size_t n) {
  static const char mark[] = "ENCRYPTED";
  for (size_t i = 0; i + sizeof mark <= n; i++)
    if (memcmp(text + i, mark, sizeof mark - 1) == 0) return true;
  return false;
}

static int parse(moat_key *k, const void *text, size_t n) {
#if MBEDTLS_VERSION_MAJOR < 3
  return mbedtls_pk_parse_key(&k->pk, text, n, NULL, 0);
#else
  return mbedtls_pk_parse_key(&k->pk, text, n, NULL, 0, fill_random, k);
#endif
}

/* DER begins with a sequence. Mbed TLS takes a text without a NUL for DER. */
int moat_key_load(moat_key *k, const void *text, size_t n, const moat_platform *platform,
                  void *platform_ctx) {
  const char *t = text;
  if (!n || !platform || !platform->random) return MOAT_E_MISUSE;
  bool is_der = *t == 0x30;
  if (!is_der && t[n - 1]) return MOAT_E_MISUSE;
  if (!is_der && is_encrypted(t, n)) return MOAT_E_ENCRYPTED;
  mbedtls_pk_init(&k->pk);
  k->platform = platform;
  k->platform_ctx = platform_ctx;
  int ret = parse(k, text, n);
  if (!ret && natural_alg(k)) return 0;
  moat_key_free(k);
  return moat__tls_error_of(ret, MOAT_E_KEY);
}

void moat_key_free(moat_key *k) {
  mbedtls_pk_free(&k->pk);
}

/* ---- Signing ---- */

/* Mbed TLS 2.28 is not told the room that there is. */
static int sign_pk(moat_key *k, mbedtls_md_type_t md, const uint8_t *hash, size_t n, uint8_t *out,
                   size_t size, size_t *length) {
#if MBEDTLS_VERSION_MAJOR < 3
  (void)size;
  return mbedtls_pk_sign(&k->pk, md, hash, n, out, length, fill_random, k);
#else
  return mbedtls_pk_sign(&k->pk, md, hash, n, out, size, length, fill_random, k);
#endif
}

static int sign_ec(moat_key *k, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
  uint8_t der[DER_MOST];
  size_t length;
  mbedtls_md_type_t md = alg == MOAT_ES384 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
  int ret = sign_pk(k, md, hash, n, der, sizeof der, &length);
  if (ret) return ret;
  return moat__der_to_fixed(der, length, out, size / 2) ? 0 : MOAT_E_PORT;
}

#ifdef MBEDTLS_RSA_C
/* The padding belongs to the key in 2.28, and is set back for RS256. */
static int sign_pss(moat_key *k, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
#ifndef MBEDTLS_PKCS1_V21
  (void)k, (void)hash, (void)n, (void)out, (void)size;
  return MOAT_E_MISUSE; /* moat__key_alg() has refused it */
#elif MBEDTLS_VERSION_MAJOR < 3
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(k->pk);
  (void)size;
  mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
  int ret = mbedtls_rsa_rsassa_pss_sign(rsa, fill_random, k, MBEDTLS_RSA_PRIVATE, MBEDTLS_MD_SHA256,
                                        (unsigned)n, hash, out);
  mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
  return ret;
#else
  size_t length;
  return mbedtls_pk_sign_ext(MBEDTLS_PK_RSASSA_PSS, &k->pk, MBEDTLS_MD_SHA256, hash, n, out, size,
                             &length, fill_random, k);
#endif
}

/* A key whose blinding could not be made, for lack of randomness or memory, would never sign again:
 * Mbed TLS goes on with the half of it. So the blinding is made anew next time. */
static int sign_rsa(moat_key *k, int alg, const uint8_t *hash, size_t n, uint8_t *out,
                    size_t size) {
  mbedtls_rsa_context *rsa = mbedtls_pk_rsa(k->pk);
  size_t length;
  int ret = alg == MOAT_PS256 ? sign_pss(k, hash, n, out, size)
                              : sign_pk(k, MBEDTLS_MD_SHA256, hash, n, out, size, &length);
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
                       .crypto = &moat_crypto_mbedtls,
                       .alg = (uint8_t)moat__key_alg(natural_alg(k), alg),
                       .size = (uint16_t)signature_size(k)};
  return out->alg ? 0 : MOAT_E_KEY;
}
