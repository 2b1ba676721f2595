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
 * file as it is. A refresh token there that the file's program has renewed is not overwritten. Says
 * nothing if all is well. Without `with_access` no access token is in the file afterwards.
 * *changed, unless NULL, tells whether the file was written. */
int export_file(account *a, const char *format, const char *path, bool with_access, bool *changed);

/* Prints the configuration for people to see or programs to read, with stars for secrets if
 * `masked`. */
int export_print(account *a, const char *format, bool masked);

/* Says what the person has to know besides, after an export. */
void export_advise(const account *a, const char *format);

/* Finds a refresh token that another program has renewed in a file which Moat wrote: the one at
 * `path`, or any. Returns the path, or NULL. Both stay valid until another call of this room. */
const char *export_renewed(account *a, const char *path, moat_span *out);
/* From now on the token that was found counts as Moat's, whatever became of it. */
int export_settle(account *a);
/* The stored grant was written anew. Files that had the grant of that sign-in have it still. */
int export_carry(account *a, uint32_t signed_in);
void export_wipe(void);

/* The other way: reads the refresh token that is on stdin in a format. That it belongs to another
 * client is reported as well. */
int import_read(const account *a, const char *format, char *out, size_t size, size_t *n);
void import_wipe(void);

#endif
