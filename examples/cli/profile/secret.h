/* The client secret: where it comes from, and where it is kept. */
#ifndef SECRET_H
#define SECRET_H

#include "../files.h"
#include "paths.h"
#include "profile.h"

/* Each of these reports what is wrong and returns a CLI_ status. The span lies in a buffer of
 * secret.c. */

/* From the file that the profile names, or the one stored with the state. */
int secret_read(const profile *p, const paths *files, moat_span *secret);
/* The path of a file with a secret: what the profile says, or a credential of systemd's, which is
 * $CREDENTIALS_DIRECTORY/ID there. Valid until the next call. */
const char *secret_path(const char *path);
/* The path of the file that secret_read() reads. Valid as long. */
const char *secret_file(const profile *p, const paths *files);
/* Whether a path is in the folder of systemd's credentials. */
bool secret_is_credential(const char *path);
/* As file_read(), but not by way of another user's link (FILE_LINK). Reports nothing. */
int secret_read_file(const char *path, file_demand demand, char *p, size_t size, size_t *n);
/* Warns if others may read a file with a secret. */
void secret_warn_of_readers(const char *path);
/* From a file that the command line names. If others may read it, there is a warning. */
int secret_take_file(const char *path, moat_span *secret);
/* From an answer of the provider. */
int secret_take_text(moat_span text, moat_span *secret);
/* One line that is all of stdin. */
int secret_take_input(moat_span *secret);
/* Typed at a terminal without echo. The question is repeated until the answer is right. With
 * `may_skip`, Enter alone leaves the secret empty. */
int secret_ask(const profile *p, const char *question, bool may_skip, moat_span *secret);
/* Refuses a secret that is too short for the profile's method. */
int secret_check_long(int status, const profile *p, moat_span secret);
/* Returns whether it is likely to be what Entra calls Secret ID, or cut off, and warns if so. */
bool secret_suspect(const profile *p, moat_span secret);

/* A number that changes with the secret, with the client's certificate, and with everything else in
 * the profile that the server judges. */
uint32_t secret_revision(const profile *p, const paths *files);

void secret_wipe(void);

#endif
