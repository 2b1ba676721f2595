/* The reader of token answers. */
#ifndef MOAT__TOKEN_H
#define MOAT__TOKEN_H

#include "moat/moat.h"

/* Reads an answer (RFC 6749 5.1, 5.2), JSON or a form, into views of its body. Returns
 *   0              for a 2xx; its refresh token, if there is one, is good
 *   MOAT_E_OAUTH   the answer has an `error`, whatever the status; `e` has the details
 *   MOAT_E_STATUS  not a 2xx, and no OAuth error
 *   MOAT_E_JSON    a 2xx that is neither JSON nor a form
 *   MOAT_E_SPACE   the answer may say more in a larger buffer
 * After 0, *access_error tells why there is no usable access token, or is 0. With MOAT_E_REPLY and
 * no token it may be the answer to another request, with members of its own. After an error *t is
 * unchanged. */
MOAT_NODISCARD int moat__token_read(const moat_reply *r, moat_token *t, int *access_error,
                                    moat_error_info *e);

#endif
