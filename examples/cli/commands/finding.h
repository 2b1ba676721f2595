/* Prints what `moat doctor` finds, a line each: ok, a warning or a problem. */
#ifndef FINDING_H
#define FINDING_H

#include "../cli.h"

/* From now on reports are held, and become findings. */
void findings_begin(bool json);

/* Begins a check, so that what was said before does not count for it. */
void finding_begin(const char *check);
/* Ends it. With a CLI_ status other than CLI_OK it is a problem. If something was said with CLI_OK,
 * it is a warning. Else it is well, and the text says how it stands. */
__attribute__((format(printf, 2, 3))) void finding_end(int status, const char *format, ...);

/* Returns the exit status: that of the worst, or CLI_FAILED if the output failed. */
int findings_end(void);

#endif
