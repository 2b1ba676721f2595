/* The reader of token answers. */
#ifndef MOAT__TOKEN_H
#define MOAT__TOKEN_H

#include "moat/moat.h"

/* Reads an answer (RFC 6749 5.1, 5.2), JSON or a form, into views of its body.
 * 0: of a 2xx. Its refresh token, if it has one, is good; *access_error is why there is no access
 * token to use, or 0. MOAT_E_REPLY and no tokens: it may be another grant's answer, with members of
 * its own. MOAT_E_OAUTH: it has an `error`, whatever the status, and `e` what that says.
 * MOAT_E_STATUS: no 2xx, and no word of OAuth's. MOAT_E_JSON: a 2xx that is neither JSON nor a
 * form. MOAT_E_SPACE: it may say more in a larger buffer. After an error *t is as it was. */
MOAT_NODISCARD int moat__token_read(const moat_reply *r, moat_token *t, int *access_error,
                                    moat_error_info *e);

#endif
