/* Tells the person at the keyboard what a failed exchange means. */
#ifndef REPORT_H
#define REPORT_H

#include "../account/account.h"

/* Says what went wrong with the exchange that ended with `result`, and what to do. Returns a CLI_
 * status. */
int report_exchange(account *a, int result);

/* The same for an error that came with the redirect, and for any other. */
int report_redirect(account *a, const moat_redirect *redirect);
int report_failure(account *a, const moat_error_info *e);

/* Says in hints what to do about an answer, and nothing else. */
void report_advice(const account *a, const moat_error_info *e);

/* Returns why the grant has ended or why the server is not asked, and prints nothing. The text may
 * be empty. */
const char *report_reason(const account *a);

#endif
