/* Files that hold a token of somebody else's: the assertion of a grant, or the one that proves the
 * client. */
#ifndef ASSERTION_FILE_H
#define ASSERTION_FILE_H

#include "../profile/profile.h"

/* Reads the file that the profile names in `key`, KEY_ASSERTION_FILE or KEY_CLIENT_ASSERTION. No
 * line shows the token from then on. Reports what is wrong and returns a CLI_ status. */
int assertion_file_read(const profile *p, int key, moat_span *out);
/* Wipes what was read. */
void assertion_file_wipe(void);

#endif
