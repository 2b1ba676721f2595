/* A profile says which client of which provider a NAME stands for. It never holds a secret. */
#ifndef PROFILE_H
#define PROFILE_H

#include "keys.h"
#include "options.h"
#include "providers.h"

typedef struct {
  char value[KEYS][VALUE_SIZE]; /* empty: not given */
} profile;

/* Each of these reports what is wrong and returns a CLI_ status. */
int profile_read(profile *p, const char *path);
int profile_apply(profile *p, const options *o);       /* the command line beats the file */
int profile_resolve(profile *p, const options *o);     /* fills it, and sees that it is whole */
int profile_check(const profile *p, const options *o); /* whether the values fit together */

/* A key as the command line has it: an option, or a key for set. */
const char *profile_given_as(const options *o, int key);

/* NULL, or why a value of a filled profile does not fit to the others: "is not ...". */
const char *profile_conflict(const profile *p, int *key);

/* Fills in what the provider's preset knows. */
void profile_fill(profile *p);

/* Writes the text of the file. `given` has what a person said, and `resolved` has the values of the
 * preset as well. Returns the length, or 0 if the text does not fit. */
size_t profile_text(const profile *given, const profile *resolved, char *out, size_t size);

/* The provider that the profile names. Without a name it is one of which nothing is known. */
const provider *profile_provider(const profile *p);

/* How the client proves itself by a file of its own, as words, or NULL. */
const char *profile_proof(const profile *p);
/* Whether the client has a secret. */
bool profile_has_secret(const profile *p);

/* Whether the client proves itself by an assertion that its key signs. */
bool profile_signs(const profile *p);

/* Whether tokens come from Entra, also if the URLs are the profile's own. */
bool profile_is_entra(const profile *p);

/* How a client proves itself by the files that the profile names, or NULL. */
const char *profile_method(const profile *p);

/* Whether the profile gets tokens without a person. */
bool profile_is_unattended(const profile *p);

#endif
