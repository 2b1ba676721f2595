/* Shared by the commands that change a profile: init, set, secret and remove. */
#ifndef REWRITE_H
#define REWRITE_H

#include "../account/account.h"

/* Those that return an int report what is wrong, and it is a CLI_ status. */

/* Opens the state folder, takes the lock, and ends what a moat that was killed has begun. */
int rewrite_lock(account *a);
/* The same, and reads the profile as it is in the file. */
int rewrite_open(account *a, profile *before);
/* Ends what has begun, for commands that change nothing: it does not wait for the lock. a->paths
 * are known. */
void rewrite_end(account *a);

/* Whether a->profile and the secret fit together, and its roots, the client's certificate and new
 * credentials of a proxy can be read. */
int rewrite_check_secret(const account *a, bool has_secret);
int rewrite_check_files(account *a);
int rewrite_check_login(account *a); /* the credentials alone */

/* Whether the profile is a file itself, so that it can be changed. */
int rewrite_check_link(const account *a);

/* Warns of a new scope that is right, but hardly meant, and of a new assertion file or on_trouble
 * that cannot be used yet. */
void rewrite_warn(account *a);

/* Makes `given` of `before` in the text of the file, and says what changes. a->profile is `given`
 * with the values of the preset. For `secret` see change_write(). */
int rewrite_save(account *a, const profile *before, const profile *given, const moat_span *secret);

/* Shows each value that differs, by a function like print(). Returns whether there is any. */
typedef int rewrite_line(const char *format, ...);
bool rewrite_show(const profile *before, const profile *after, rewrite_line *line);

/* Whether a secret is stored beside the state. */
bool rewrite_has_stored(const account *a);

#endif
