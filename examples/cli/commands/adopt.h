/* Takes over what the programs of exported files have renewed, before a command goes on. */
#ifndef ADOPT_H
#define ADOPT_H

#include "../account/account.h"

/* All of these report what is wrong and return a CLI_ status. */

/* Takes over the refresh token of the file at `path`, or of any, if its program has renewed it and
 * the provider agrees. Else the stored grant stays. Sets *asked if a refresh went well. */
int adopt_renewed(account *a, const char *path, bool *asked);
/* As fetch_token(), for a shared grant after adopt_renewed(). */
int adopt_and_fetch(account *a, bool now);
/* As export_file(), after adopt_renewed(). */
int adopt_and_export(account *a, const char *format, const char *path, bool with_access,
                     bool *changed);

#endif
