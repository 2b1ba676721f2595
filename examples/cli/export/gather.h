/* The grant as the formats take it. */
#ifndef GATHER_H
#define GATHER_H

#include "../account/account.h"
#include "formats.h"

/* Collects the parts of the grant that is loaded. They are views until the next verb. For the
 * screen, the texts among them have stars in place of secrets. Reports what is wrong and returns a
 * CLI_ status. */
int gather(account *a, const export_format *f, bool with_access, bool for_screen, exported *e);

#endif
