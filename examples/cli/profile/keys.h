/* The keys of a profile. */
#ifndef KEYS_H
#define KEYS_H

#include "../cli.h"

/* The KEY_ of a name, or KEYS. */
int profile_find_key(moat_span name);
/* The name of a KEY_ in the file, such as "token_url". */
const char *profile_key(int key);
/* Its option, such as "--token-url". Valid until the next call. */
const char *profile_option(int key);

/* The comment on a key in the file: one line, or several with "\n# " between them. */
const char *key_comment(int key);
/* Whether the provider's preset may have it, so that the file need not. */
bool key_is_preset(int key);

#endif
