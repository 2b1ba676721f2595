/* What a failed exchange means for the person at the keyboard. */
#ifndef REPORT_H
#define REPORT_H

#include "../account/account.h"

/* Says what went wrong with the exchange that ended with `result`, and what to do. A CLI_ status.
 */
int report_exchange(account *a, int result);

/* The same for an error that came with the redirect. */
int report_redirect(account *a, const moat_redirect *redirect);

/* What is remembered of the stored grant, of which nothing is said. */

/* Whether the server refused the last refresh in a way that a new sign-in mends. */
bool report_wants_sign_in(const account *a);
/* Whether an answer may have been lost, and a person has to say whether to try once more, because
 * other software shares the grant. */
bool report_wants_decision(const account *a);
/* Why the grant has ended, or why the server is not asked; may be empty. */
const char *report_reason(const account *a);

#endif
