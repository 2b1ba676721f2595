/* Reports trouble with a proxy. */
#ifndef PROXY_TROUBLE_H
#define PROXY_TROUBLE_H

#include "../account/account.h"

/* Says why the proxy made no connection (MOAT_E_PROXY), and what to do. Returns `status`. */
int report_proxy(account *a, int status, const moat_error_info *e, const moat_verdict *v);

/* Says in a hint which proxy the connection goes through, if there is one, and who names it. */
void hint_proxy(const account *a);

#endif
