/* Tells the log of each exchange, in words. */
#ifndef LOG_EXCHANGE_H
#define LOG_EXCHANGE_H

#include "account.h"

/* Makes the log as -v, -vv and MOAT_LOG want it. Says what is wrong, and returns a CLI_ status. */
int log_begin(const account *a);

/* From now on the log is told of what the account asks of the server. */
void log_watch(account *a);

#endif
