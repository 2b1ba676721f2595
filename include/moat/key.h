/* Signing keys (jose.h) of Mbed TLS: parsed from PEM or DER in memory, or held by PSA.
 *
 * Keys are EC on P-256 (MOAT_ES256) or P-384 (MOAT_ES384), or RSA of 2048 bits or more (MOAT_RS256,
 * MOAT_PS256; RFC 7518 3.3). PS256 takes an Mbed TLS with MBEDTLS_PKCS1_V21.
 *
 * A signature is made in one call, which takes as long as Mbed TLS does: RSA of 2048 bits takes a
 * second or so on a small processor. The hashes are those of moat_jose_crypto_mbedtls. After an
 * error of a signature, moat_error()->port_code is the number of Mbed TLS or of PSA. */
#ifndef MOAT_KEY_H
#define MOAT_KEY_H

#include "jose.h"
#include "tls.h"

#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A private key in memory. It must not move once it is loaded. */
typedef struct {
#if MBEDTLS_VERSION_MAJOR < 4
  mbedtls_pk_context pk;
#else
  mbedtls_svc_key_id_t id; /* PSA keeps it in memory */
#endif
  const moat_platform *platform;
  void *platform_ctx;
} moat_key;

/* Parses a key: PKCS #8, PKCS #1 or SEC 1, in DER. An Mbed TLS with MBEDTLS_PEM_PARSE_C takes PEM
 * too; n then counts a NUL at the end. The text is copied, and may be wiped afterwards. Randomness
 * for signatures comes from the platform, or from PSA if Mbed TLS was built with
 * MBEDTLS_USE_PSA_CRYPTO; then call psa_crypto_init() first, as moat_tls_init() does. With Mbed TLS
 * 4.x it is always PSA's, which also keeps the key, and this function calls psa_crypto_init().
 *
 * Returns 0 or
 *   MOAT_E_KEY        this is no private key, or none of the kinds above
 *   MOAT_E_ENCRYPTED  the PEM is encrypted: decrypt it, and protect the file instead
 *   MOAT_E_MISUSE     PEM without a NUL, or a platform without randomness
 *   MOAT_E_MEMORY, MOAT_E_RANDOM
 * If Mbed TLS runs out of memory while it parses, it may say that this is no key: MOAT_E_KEY.
 * After an error there is nothing to free. */
MOAT_NODISCARD int moat_key_load(moat_key *k, const void *text, size_t n,
                                 const moat_platform *platform, void *platform_ctx);

/* Makes a signer of a loaded key, which stays borrowed. `alg` is MOAT_ES256 …, or 0 for the one of
 * the curve, and for RSA that of Entra (PS256). Returns 0, or MOAT_E_KEY if the key is not for this
 * algorithm. */
MOAT_NODISCARD int moat_key_signer(moat_key *k, int alg, moat_signer *out);

/* Wipes the key. */
void moat_key_free(moat_key *k);

#if defined(MBEDTLS_PSA_CRYPTO_C)
/* The same for a key that PSA holds, perhaps in a secure element. The id stays borrowed. The key's
 * policy has to allow PSA_KEY_USAGE_SIGN_HASH and the algorithm: ECDSA, deterministic or not,
 * RSA_PKCS1V15_SIGN or RSA_PSS, with SHA-256 (ES384: SHA-384). `alg` 0 is as above. Returns 0,
 * MOAT_E_KEY, or MOAT_E_PORT if PSA does not know the key. */
MOAT_NODISCARD int moat_psa_signer(mbedtls_svc_key_id_t *id, int alg, moat_signer *out);
#endif

#ifdef __cplusplus
}
#endif
#endif
