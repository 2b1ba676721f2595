/* The key with which a client signs its assertions. */
#ifndef CLIENT_KEY_H
#define CLIENT_KEY_H

#include <moat/key.h>

#include "client_certificate.h"
#include "key_file.h"

typedef struct {
  moat_key key;
  moat_signer signer;
  char thumbprint[44]; /* of the certificate, or empty */
  bool is_read;
} client_key;

/* Reads the key that the profile names, and takes the thumbprint of the certificate, if that is
 * read. TLS has to be set up before: Mbed TLS may need what that prepares. Reports what is wrong
 * and returns a CLI_ status. */
int client_key_read(client_key *k, const client_certificate *c, const profile *p,
                    const moat_platform *platform, void *platform_ctx);
/* Takes a key that was read from what the profile names in `key`, in the same way. The text may be
 * wiped then. */
int client_key_parse(client_key *k, const profile *p, int key, const key_text *text,
                     const moat_platform *platform, void *platform_ctx);
/* Fills what `auth` takes from the profile, with the key or, if k is NULL, for a client secret. */
void client_key_use(const client_key *k, const profile *p, moat_jwt_auth *auth);
/* The name of the algorithm, as in a profile. */
const char *client_key_algorithm(const client_key *k);
/* Whom the assertions are for. */
const char *client_key_audience(const profile *p);
/* Writes a hint: what to compare when the server refuses the client. */
void client_key_advise(const profile *p);
void client_key_close(client_key *k);

#endif
