/* Further requests about a token: to revoke it (RFC 7009), what it is good for (RFC
 * 7662), and whose it is (OpenID Connect Core 5.3). Each costs flash only where it is used. A
 * request may be sent twice after a connection broke: the second one changes nothing, but an
 * assertion in it (moat_auth_assertion) is used twice. */
#ifndef MOAT_TOKEN_H
#define MOAT_TOKEN_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A request about a token. */
typedef struct {
  const moat_endpoint *endpoint; /* the revocation or introspection endpoint */
  const moat_auth *auth;         /* as at the token endpoint */
  moat_span token;
  moat_span token_type_hint; /* "refresh_token" or "access_token"; absent: the server finds out */
} moat_token_query;

/* Revokes the token. Revoking a refresh token ends the whole grant at most servers; an access token
 * may stay valid until it expires. Ends with 0 if the token is not valid any more, which it may not
 * have been before either (RFC 7009 2.2), or with
 *   MOAT_E_OAUTH   the server refused, such as unsupported_token_type (2.2.1)
 *   MOAT_E_STATUS  no answer of such an endpoint; after a 503 the token is still valid, and
 *                  moat_error()->retry_after says when to try again
 * or with an error of the exchange. */
MOAT_NODISCARD int moat_revoke_begin(moat_client *c, moat_token_query *q);

/* The answer about a token. Spans are views into the work buffer, valid until the next begin or
 * cancel on the client; a member that did not come is absent. They are the server's text, raw. */
typedef struct {
  moat_token_query query;
  bool active; /* without it nothing else is said about the token */
  moat_span scope;
  moat_span client_id;
  moat_span username;
  moat_span token_type;
  moat_span sub;
  moat_span aud; /* several are separated by spaces */
  moat_span iss;
  moat_span exp; /* seconds since 1970-01-01 UTC, as the text of a number; so are iat and nbf */
  moat_span iat;
  moat_span nbf;
} moat_introspection;

/* Asks what the token is good for. Ends with
 *   MOAT_E_REPLY   the answer does not say whether the token is active
 *   MOAT_E_JSON    the answer is neither a JSON object nor a form with such members
 *   MOAT_E_OAUTH, MOAT_E_STATUS  the server refused
 *   MOAT_E_SPACE   the answer does not fit the work buffer
 * or with an error of the exchange. */
MOAT_NODISCARD int moat_introspect_begin(moat_client *c, moat_introspection *i);

typedef struct {
  const moat_endpoint *endpoint; /* the userinfo endpoint */
  moat_span access_token;        /* visible ASCII (RFC 6750 2.1) */
  moat_span claims; /* the result: a JSON object, checked and unchanged, a view like those above */
} moat_userinfo;

/* Asks whose token it is, with the token in the Authorization header. Ends with
 *   MOAT_E_OAUTH   the token was refused: `invalid_token` after a 401, for which a new access token
 *                  may help, or `insufficient_scope` after a 403, unless the server says otherwise
 *   MOAT_E_STATUS  another status than 2xx
 *   MOAT_E_JSON    the answer is no JSON object; it may be a signed one (5.3.2)
 *   MOAT_E_SPACE   the answer does not fit the work buffer
 * or with an error of the exchange. */
MOAT_NODISCARD int moat_userinfo_begin(moat_client *c, moat_userinfo *u);

#ifdef __cplusplus
}
#endif

#endif
