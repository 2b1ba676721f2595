/* A profile: which client of which provider a NAME stands for. Never a secret. */
#ifndef PROFILE_H
#define PROFILE_H

#include "options.h"
#include "providers.h"

typedef struct {
  char value[KEYS][VALUE_SIZE]; /* empty: not given */
} profile;

/* Each a CLI_ status, with what is wrong already said. */
int profile_read(profile *p, const char *path);
int profile_apply(profile *p, const options *o);   /* the command line beats the file */
int profile_resolve(profile *p, const options *o); /* fills in what the provider's preset knows */

/* The text of the file: `given` was said by somebody, `resolved` also has what the preset says.
 * Returns its length, or 0 when it does not fit. */
size_t profile_text(const profile *given, const profile *resolved, char *out, size_t size);

/* The provider that it names; before it names one, one of which nothing is known. */
const provider *profile_provider(const profile *p);

/* Whether the client goes without a secret. */
bool profile_is_public(const profile *p);

/* "token_url". */
const char *profile_key(int key);
/* "--token-url"; valid until the next call. */
const char *profile_option(int key);

#endif
