/* The client secret: where it comes from, and where it is kept. */
#ifndef SECRET_H
#define SECRET_H

#include "paths.h"
#include "profile.h"

/* Each a CLI_ status, with what is wrong said. The span lies in a buffer of secret.c. */

/* From the file that the profile names, or the one stored with the state. */
int secret_read(const profile *p, const paths *files, moat_span *secret);
/* From a file that the command line names; one that others may read gets a warning. */
int secret_take_file(const char *path, moat_span *secret);
/* One line that is all of stdin. */
int secret_take_input(moat_span *secret);
/* Typed at a terminal without echo, until it will do. Enter alone leaves it
 * empty, where that is allowed. */
int secret_ask(const profile *p, const char *question, bool may_skip, moat_span *secret);
/* Whether it is likely to be what Entra calls Secret ID; then that is said. */
bool secret_suspect(const profile *p, moat_span secret);

/* A number that changes with the secret and with all else of the profile that the server judges. It
 * is made of the file's identity, not of the secret. */
uint32_t secret_revision(const profile *p, const paths *files);

void secret_wipe(void);

#endif
