/* Checks names and the values of a profile. */
#ifndef CHECK_VALUE_H
#define CHECK_VALUE_H

#include "../cli.h"

/* Begins the path of a secret file that is a credential of systemd's. */
#define SECRET_CREDENTIAL "$CREDENTIALS_DIRECTORY/"

/* Returns NULL, or what is wrong with the value of a KEY_: "is not ...". An empty value counts as
 * not given, which is always right. */
const char *check_value(int key, const char *value);

/* Whether a profile may have this name. */
bool check_name(const char *name);

bool is_guid(moat_span s);

#endif
