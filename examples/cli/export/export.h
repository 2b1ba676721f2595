/* The grant as another program's configuration. */
#ifndef EXPORT_H
#define EXPORT_H

#include "../account/account.h"

/* All of these report what is wrong and return a CLI_ status. The account is open. */

/* Whether there is such a format. If not, this is the command line's mistake. */
int export_check(const account *a, const char *format);

/* The same, without a word. */
bool export_knows(const char *format);

/* Makes Moat's own keys in the file at `path` those of the stored grant, and leaves the rest of the
 * file as it is. A refresh token there that the file's program has renewed is taken over first.
 * Says nothing if all is well. Without `with_access` no access token is in the file afterwards.
 * *changed, unless NULL, tells whether the file was written. */
int export_file(account *a, const char *format, const char *path, bool with_access, bool *changed);

/* Prints the configuration for people to see or programs to read, with stars for secrets if
 * `masked`. */
int export_print(account *a, const char *format, bool masked);

/* Says what the person has to know besides, after an export. */
void export_advise(const account *a, const char *format);

/* Takes over refresh tokens that other programs have renewed in the files which Moat wrote. Call it
 * before a refresh of a shared grant: the token that Moat has would be refused. */
int export_adopt(account *a);

/* The other way: reads the refresh token that is on stdin in a format. That it belongs to another
 * client is reported as well. */
int import_read(const account *a, const char *format, char *out, size_t size, size_t *n);
void import_wipe(void);

#endif
