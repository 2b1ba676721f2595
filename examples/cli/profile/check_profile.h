/* Checks what no value shows alone, or what is right and hardly meant. */
#ifndef CHECK_PROFILE_H
#define CHECK_PROFILE_H

/* Whether these values of a filled profile fit together. Returns NULL, or what is wrong with the
 * value of the KEY_ `key`: "is not ...". */
const char *check_endpoints(const char *cloud, const char *tenant, const char *authorize_url,
                            const char *token_url, int *key);

/* NULL, or what is suspicious about a scope, though it is a right one. */
const char *check_scope_text(const char *scope);

/* Whether a grant without a person has what it needs. */
const char *check_grant_fits(const char *grant, const char *auth, const char *file,
                             const char *tenant, const char *token_url, int *key);

/* Whether the grant uses an assertion file and a subject type, each of which may be empty. */
const char *check_grant_uses(const char *grant, const char *file, const char *type, int *key);

#endif
