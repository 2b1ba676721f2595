/* A private key that PSA holds. */
#include "moat/key.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <string.h>

#include "key.h"

static int error_of(psa_status_t status) {
  if (status == PSA_ERROR_INSUFFICIENT_ENTROPY) return MOAT_E_RANDOM;
  return status == PSA_ERROR_INSUFFICIENT_MEMORY ? MOAT_E_MEMORY : (int)status;
}

/* A policy allows either kind of ECDSA. */
static psa_algorithm_t algorithm(int alg, const psa_key_attributes_t *a) {
  psa_algorithm_t hash = alg == MOAT_ES384 ? PSA_ALG_SHA_384 : PSA_ALG_SHA_256;
  if (alg == MOAT_RS256) return PSA_ALG_RSA_PKCS1V15_SIGN(hash);
  if (alg == MOAT_PS256) return PSA_ALG_RSA_PSS(hash);
  bool deterministic = PSA_ALG_IS_DETERMINISTIC_ECDSA(psa_get_key_algorithm(a));
  return deterministic ? PSA_ALG_DETERMINISTIC_ECDSA(hash) : PSA_ALG_ECDSA(hash);
}

/* PSA writes ECDSA signatures as JWS has them. */
static int sign(void *ctx, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
  const mbedtls_svc_key_id_t *id = ctx;
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  size_t length;
  psa_status_t status = psa_get_key_attributes(*id, &a);
  if (!status) status = psa_sign_hash(*id, algorithm(alg, &a), hash, n, out, size, &length);
  psa_reset_key_attributes(&a);
  return status ? error_of(status) : (int)length;
}

/* RSA: both numbers move towards the front, each to where nothing is read any more. */
static int rsa_public(uint8_t *out, size_t n) {
  const uint8_t *part[2];
  size_t size[2];
  if (!moat__der_pair(out, n, part, size)) return MOAT_E_PORT;
  memmove(out, part[0], size[0]);
  memmove(out + size[0], part[1], size[1]);
  return (int)(size[0] + size[1]);
}

/* A point begins with its format, which is always 4 (SEC 1 2.3.3). */
static int public_key(void *ctx, uint8_t *out, size_t size) {
  const mbedtls_svc_key_id_t *id = ctx;
  size_t n;
  psa_status_t status = psa_export_public_key(*id, out, size, &n);
  if (status == PSA_ERROR_BUFFER_TOO_SMALL) return MOAT_E_SPACE;
  if (status) return error_of(status);
  if (*out != 4) return rsa_public(out, n);
  memmove(out, out + 1, n - 1);
  return (int)(n - 1);
}

static int natural_alg(psa_key_type_t type, size_t bits) {
  if (type == PSA_KEY_TYPE_RSA_KEY_PAIR) return bits >= 2048 ? MOAT_PS256 : 0;
  if (type != PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)) return 0;
  return bits == 256 ? MOAT_ES256 : bits == 384 ? MOAT_ES384 : 0;
}

int moat_psa_signer(mbedtls_svc_key_id_t *id, int alg, moat_signer *out) {
  static const moat_signer_ops ops = {.sign = sign, .public_key = public_key};
  psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
  if (psa_get_key_attributes(*id, &a)) return MOAT_E_PORT;
  size_t bits = psa_get_key_bits(&a);
  int natural = natural_alg(psa_get_key_type(&a), bits);
  psa_reset_key_attributes(&a);
  *out = (moat_signer){.ops = &ops,
                       .ctx = id,
                       .crypto = &moat_jose_crypto_mbedtls,
                       .alg = (uint8_t)moat__key_alg(natural, alg),
                       .size = (uint16_t)(natural == MOAT_PS256 ? (bits + 7) / 8 : bits / 4)};
  return out->alg ? 0 : MOAT_E_KEY;
}
#endif
