/* Moat keeps this of a client that it has registered: enough to delete it again (RFC 7592). It is
 * the file `registration` of the state folder. */
#ifndef REGISTRATION_H
#define REGISTRATION_H

#include "paths.h"
#include "profile.h"

typedef struct {
  moat_span client_id, client_uri, access_token; /* the last two: absent if it cannot be deleted */
  moat_span client_secret;                       /* only until it is stored with the profile */
} registration;

bool registration_exists(const paths *p);
/* Sees that there is room for the file. Reports what is wrong and returns a CLI_ status. */
int registration_check_room(const paths *p);
/* Writes the file, durable, with the connection of the profile, which may not be written yet.
 * Reports what is wrong and returns a CLI_ status. */
int registration_write(const paths *p, const registration *r, const profile *of);
/* Reads it. The spans lie in a buffer of registration.c. The values of the connection that `of`
 * does not have are set there. Reports what is wrong and returns a CLI_ status. */
int registration_read(const paths *p, registration *r, profile *of);
/* Once the secret is stored with the profile, it goes from here. */
int registration_settle(const paths *p);
/* Wipes that buffer. */
void registration_wipe(void);

/* A profile whose client Moat has registered keeps it, so that none is left over at the provider.
 * Says so and returns CLI_MISUSE if `is` is of another client. */
int registration_keep(const paths *p, const profile *is, const char *name);

#endif
