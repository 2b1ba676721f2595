/* Client authentication by a signed assertion (RFC 7523), and the keys that sign.
 *
 * A key is a table of two functions and a context, so it may be a key of Mbed TLS (key.h), one
 * that PSA holds, or one that never leaves a board's secure element. Assertions are written into
 * the work buffer, and signed there right before the request is sent. */
#ifndef MOAT_JOSE_H
#define MOAT_JOSE_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Signing keys ---- */

/* Algorithms of JWS (RFC 7518 3.1) */
enum { MOAT_ES256 = 1, MOAT_ES384, MOAT_RS256, MOAT_PS256, MOAT_HS256 };

typedef struct {
  /* Signs a hash: n bytes of SHA-384 for MOAT_ES384, otherwise of SHA-256. Writes the signature as
   * JWS has it (RFC 7518 3.3 to 3.5): R and S for ECDSA, each as wide as the curve, most
   * significant byte first; for RSA as many bytes as the modulus. The salt of PS256 has 32 bytes.
   * Returns the length, MOAT_WANT_TIME to be called again with the same hash, or an error. `size`
   * is that of the moat_signer. `out` counts only after a length. */
  int (*sign)(void *ctx, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size);
  /* Writes the public key and returns its length, or an error. For ECDSA it is X and Y, each as
   * wide as the curve. For RSA it is the modulus, as many bytes as a signature, and then the
   * exponent without leading zeros. May be NULL: then the key has no thumbprint. */
  int (*public_key)(void *ctx, uint8_t *out, size_t size);
} moat_signer_ops;

/* A key and what it is used for. Constant in flash, or made by moat_key_signer() (key.h). It stays
 * borrowed, like all that it points to. One thread at a time uses it. */
typedef struct {
  const moat_signer_ops *ops; /* NULL with MOAT_HS256 */
  void *ctx;
  const moat_crypto *crypto; /* sha256; sha384 for MOAT_ES384; hmac_sha256 for MOAT_HS256 */
  void *crypto_ctx;
  uint8_t alg;   /* MOAT_ES256 … */
  uint16_t size; /* bytes of a signature: ES256 64, ES384 96, HS256 32, RSA as its modulus */
} moat_signer;

/* Writes the SHA-256 of n bytes in base64url and a NUL. Of a certificate in DER this is `x5t#S256`
 * (RFC 7515 4.1.8). Returns 0 or the error of `crypto`. */
MOAT_NODISCARD int moat_thumbprint(const moat_crypto *crypto, void *crypto_ctx, const void *p,
                                   size_t n, char out[44]);

/* Writes the thumbprint of the public key as a JWK (RFC 7638), which many servers use as `kid`.
 * `memory` is for working in: 1 KB serves RSA keys of 2048 bits, 256 bytes serve P-256. Returns 0,
 * MOAT_E_SPACE, MOAT_E_MISUSE if the key cannot say its public key, or an error of the key or of
 * `crypto`. */
MOAT_NODISCARD int moat_jwk_thumbprint(const moat_signer *s, void *memory, size_t size,
                                       char out[44]);

/* ---- Client authentication ----
 *
 * Give a grant or an account the member `auth`. The platform needs `random` and `unix_time`.
 * Without a date a begin returns MOAT_E_CLOCK, without randomness MOAT_E_RANDOM, and without what
 * is required here MOAT_E_MISUSE, and for a secret that is too short MOAT_E_KEY. Nothing is sent
 * then. If the key fails, the exchange ends with
 * its error before a byte of the request is sent. */

/* An assertion that the client signs (RFC 7523 2.2, 3). Its `jti` is 128 random bits. `iss` and
 * `sub` are the client_id. */
typedef struct {
  moat_auth auth; /* ops: one of the two below. client_secret is the key of HS256, else absent */
  const moat_signer *signer;
  moat_span audience;   /* `aud`: the server's issuer; at Entra the URL of its token endpoint */
  moat_span key_id;     /* `kid`, or absent */
  moat_span thumbprint; /* `x5t#S256`, or absent: Entra knows a certificate by it */
  uint32_t lifetime;    /* seconds until `exp`; 0: 300 */
} moat_jwt_auth;

extern const moat_auth_ops moat_auth_private_key_jwt; /* any algorithm but HS256 */

/* HS256. The secret has 32 bytes or more (RFC 7518 3.2). A shorter one could be guessed by whoever
 * gets to see one assertion; servers with this method issue none, and most refuse them. */
extern const moat_auth_ops moat_auth_client_secret_jwt;

/* An assertion that somebody else signed, such as a workload's identity (RFC 7523 2.2). It is a
 * moat_auth whose client_secret is the assertion. Read it anew for each request, because it expires
 * soon.
 *
 * It is sent as often as the request is: again if a connection breaks, and with each poll for a
 * device code. RFC 7523 3 allows a server to take each `jti` once. Those that take the identity of
 * a workload do not, because such a token serves for an hour or so, as in Kubernetes. One that does
 * refuses the second request. That costs no grant, and a newer assertion is accepted. */
extern const moat_auth_ops moat_auth_assertion;

/* ---- An assertion as the grant (RFC 7523 2.1) ----
 *
 * The client signs it: a service account at Google, for example. It needs the same of the platform.
 */

typedef struct {
  moat_grant grant;
  const moat_signer *signer; /* with any algorithm but HS256 */
  moat_span issuer, subject; /* `iss`; `sub`, which Google wants only for another person's data */
  moat_span audience;        /* `aud`: the server's issuer, or the URL of its token endpoint */
  moat_span key_id;          /* `kid`, or absent */
  moat_span scope;           /* a claim, or absent */
  uint32_t lifetime;         /* seconds until `exp`; 0: 300 */
} moat_signed_jwt_grant;

MOAT_NODISCARD int moat_signed_jwt_begin(moat_client *c, moat_signed_jwt_grant *g);

#ifdef __cplusplus
}
#endif
#endif
