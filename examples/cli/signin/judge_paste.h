/* Judges what was pasted at the end of a sign-in. */
#ifndef JUDGE_PASTE_H
#define JUDGE_PASTE_H

#include "../account/account.h"
#include "../terminal/read_paste.h"

/* Judges whether a paste is the redirect of `p`. Decodes the paste in place. Reports what is wrong
 * with it, and sets *again if another paste could be right. Returns a CLI_ status. */
int judge_paste(account *a, const moat_authorization *p, paste *text, moat_redirect *out,
                bool *again);

#endif
