/* The client's own certificate for TLS, and its key: two files that the profile names. */
#ifndef CLIENT_CERTIFICATE_H
#define CLIENT_CERTIFICATE_H

#include <moat/tls.h>

#include "../profile/profile.h"

typedef struct {
  moat_tls_identity identity;
  bool is_read;
} client_certificate;

/* These two report what is wrong and return a CLI_ status. A profile without a certificate is fine.
 */

/* Reads the certificate, once. Its key is not looked at. */
int client_certificate_read(client_certificate *c, const profile *p);
/* Has a context show it to servers that ask. Without this, the key is never read. */
int client_certificate_use(client_certificate *c, const profile *p, moat_tls_context *context);

/* The last day (since 1970) of the first that ends, of it and its issuers; 0: none was read. */
int64_t client_certificate_end(const client_certificate *c);
/* Writes its subject. */
void client_certificate_name(const client_certificate *c, char *out, size_t size);

/* Call it after the context is freed. */
void client_certificate_close(client_certificate *c);

#endif
