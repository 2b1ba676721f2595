/* Reads the strings of an ID token (OpenID Connect Core 2). Its signature is not checked: it came
 * from the token endpoint over TLS (3.1.3.7). */
#ifndef CLAIMS_H
#define CLAIMS_H

#include "../cli.h"

enum { CLAIMS_SIZE = 16384 };

/* Decodes the JSON object in a token, with a NUL behind it. Returns whether there is one. */
bool claims_decode(moat_span token, char claims[CLAIMS_SIZE]);

/* Copies the string that the claim `name` is. Returns false if it is none, is empty, does not fit
 * or has a control character. */
bool claims_text(const char *claims, const char *name, char *out, size_t size);

/* The same for a text of several lines. */
bool claims_lines(const char *claims, const char *name, char *out, size_t size);

/* The number that the claim `name` is, or 0: `exp`, for example. */
int64_t claims_number(const char *claims, const char *name);

/* Whether the token was made for this client: `aud` is its id, or an array with it. */
bool claims_are_for(const char *claims, const char *client_id);

#endif
