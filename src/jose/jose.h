/* JSON Web Signatures in compact form (RFC 7515), written and signed in place. */
#ifndef MOAT__JOSE_H
#define MOAT__JOSE_H

#include "moat/jose.h"

#include "../text/text.h"

/* The signature's place is filled with one of these bytes until it is made. No request has them
 * otherwise: they are escaped in a form, and not allowed in a URL. A request has one signature of a
 * kind at most. */
enum { MOAT__UNSIGNED_CLIENT = 1, MOAT__UNSIGNED_GRANT = 2 };

enum { MOAT__HS256_BYTES = 32 };

/* The type of an assertion that proves a client (RFC 7523 2.2). */
#define MOAT__ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* The header and the claims of a JWT (RFC 7519 4.1). What is absent is left out. */
typedef struct {
  moat_span key_id, thumbprint;               /* kid, x5t#S256 */
  moat_span issuer, subject, audience, scope; /* iss, sub, aud, scope */
  uint32_t lifetime;                          /* seconds from iat to exp; 0: 300 */
} moat__jwt;

/* Writes header, claims and the place of the signature, after a '='. Uses the writer's config, and
 * its error says what is missing: the signer or its tables (MOAT_E_MISUSE), the date, randomness.
 */
void moat__put_jwt(moat_writer *w, const moat__jwt *t, const moat_signer *s, char mark);

/* Signs the JWT with this mark in a request of n bytes. `secret` is the key of HS256. Returns 0,
 * also if there is none that is not signed, or what the key returned: MOAT_WANT_TIME, or an
 * error that is not mapped yet. */
MOAT_NODISCARD int moat__jws_sign(const moat_signer *s, moat_span secret, char mark, char *request,
                                  size_t n);

#endif
