/* Challenges of a service that wants more than the token it was given: another sign-in, with what
 * the challenge names. They are an answer with status 401 and the header WWW-Authenticate.
 *
 * Two kinds are known: RFC 9470 (acr_values, max_age), and Microsoft Entra's claims challenge. A
 * new token by a refresh does not answer either, so do not call moat_account_refused(). The
 * challenge is no secret. */
#ifndef MOAT_CHALLENGE_H
#define MOAT_CHALLENGE_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  moat_span error;       /* insufficient_user_authentication, insufficient_claims, invalid_token */
  moat_span description; /* for people */
  moat_span acr_values;  /* how a person has to sign in, or absent */
  moat_span claims;      /* a JSON object that the next token has to satisfy, or absent */
  uint32_t max_age;      /* seconds since the person signed in, at most */
  bool has_max_age;
} moat_challenge;

/* Reads the value of WWW-Authenticate (RFC 9110 11.6.1), which may hold several challenges. Several
 * headers are joined by commas. The n bytes are changed: *out has views of them, not
 * NUL-terminated. Returns 0, MOAT_E_EMPTY if no challenge is of these kinds, or MOAT_E_HTTP if the
 * value is malformed.
 *
 * What is needed is a sign-in. moat_judge() says so, too, of
 * (moat_error_info){.code = MOAT_E_OAUTH, .status = 401, .error = out->error}. */
MOAT_NODISCARD int moat_challenge_read(moat_challenge *out, char *value, size_t n);

/* Writes the parameters with which the next sign-in answers the challenge, form-encoded and with a
 * NUL: `extra` and `device_extra` of an account. Entra wants `claims` in requests for the token as
 * well: give `token_extra` those of a moat_challenge with nothing else. `extra` has the parameters
 * that the account sends anyhow, or is absent; the challenge's replace its own of the same name.
 * Returns the length without the NUL, or MOAT_E_SPACE. Once somebody has signed in, set the account
 * up as before. */
MOAT_NODISCARD int moat_challenge_extra(const moat_challenge *c, moat_span extra, char *out,
                                        size_t size);

#ifdef __cplusplus
}
#endif
#endif
