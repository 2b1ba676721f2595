/* The client secret: where it comes from, and where it is kept. */
#ifndef SECRET_H
#define SECRET_H

#include "account.h"

/* Each a CLI_ status, with what is wrong said. The span lies in a buffer of secret.c. */

/* From the file that the profile names, or the one stored with the state. */
int secret_read(account *a, moat_span *secret);
/* From a file that the command line names; one that others may read gets a warning. */
int secret_take_file(const char *path, moat_span *secret);
/* One line of stdin, or typed at a terminal without echo. */
int secret_take_input(moat_span *secret);

void secret_wipe(void);

#endif
