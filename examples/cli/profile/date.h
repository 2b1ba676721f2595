/* Calendar days, as people write them. */
#ifndef DATE_H
#define DATE_H

#include "../cli.h"

/* Reads YYYY-MM-DD as days since 1970. Returns false for anything else. */
bool date_day(const char *date, int64_t *day);

#endif
