/* A service account of Google's, or of a server that has the same: a JSON file with a name and a
 * private key, which signs for its tokens (RFC 7523 2.1). */
#ifndef SERVICE_ACCOUNT_H
#define SERVICE_ACCOUNT_H

#include "client_key.h"

typedef struct {
  client_key key;
  char email[VALUE_SIZE], key_id[VALUE_SIZE];
} service_account;

/* These report what is wrong and return a CLI_ status. */

/* Reads the file that the profile names, with its key. TLS has to be set up, as for a
 * client_key. */
int service_account_read(service_account *s, const profile *p, const moat_platform *platform,
                         void *platform_ctx);
/* Reads only whose it is. */
int service_account_email(const profile *p, char email[VALUE_SIZE]);

void service_account_close(service_account *s);

#endif
