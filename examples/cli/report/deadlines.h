/* Finds the ends that can be told ahead: of the client secret, of a grant that is not used, of
 * the client's certificate, and of the roots of trust. */
#ifndef DEADLINES_H
#define DEADLINES_H

#include "../account/account.h"

enum {
  DEADLINE_SECRET,
  DEADLINE_GRANT,
  DEADLINE_CERTIFICATE, /* the client's own */
  DEADLINE_ROOTS, /* of the profile's own file: the system's are kept up to date with the system */
  DEADLINES
};

enum { DEADLINE_SOON = 30 }; /* days ahead of which there is a warning */

typedef struct {
  bool known;
  int64_t day;       /* since 1970 */
  int64_t days_left; /* negative after it */
} deadline;

/* Finds those of the secret and of the grant, which was loaded. Reads no file. */
void deadlines_of_grant(account *a, deadline all[DEADLINES]);

/* Finds all deadlines of an account whose grant has been loaded. With `reads` the files of
 * certificates are read for that, which takes as long as a handshake if there are many roots; else
 * they count only if they have been read. Says what is wrong with them, and returns a CLI_ status.
 */
int deadlines_find(account *a, bool reads, deadline all[DEADLINES]);

/* "ends on 2026-05-01, in 3 days". Valid until the next call. */
const char *deadline_text(const deadline *d);

/* Says on stderr when it is, and what to do. */
void deadline_warn(const account *a, int which, const deadline *d);

#endif
