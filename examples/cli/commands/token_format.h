/* The forms of an access token besides the token itself. */
#ifndef TOKEN_FORMAT_H
#define TOKEN_FORMAT_H

#include "../account/account.h"

/* Whether --format and --user can be satisfied. A CLI_ status. */
int token_format_check(const options *o);
/* Adds the token in the form of --format to the output. */
void token_format_put(const options *o, moat_span token);

#endif
