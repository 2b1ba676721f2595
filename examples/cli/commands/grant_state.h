/* How a stored grant stands, without asking the server. */
#ifndef GRANT_STATE_H
#define GRANT_STATE_H

#include "../account/account.h"
#include "../report/secret_expiry.h"

typedef struct {
  bool stored;  /* there is a grant */
  bool damaged; /* there was one */
  bool fits;    /* it belongs to the profile's client */
  bool persons; /* it does not, for somebody has signed in, and the profile needs nobody now */
  bool dead;    /* the provider has ended it */
  bool refused; /* the provider refused the last refresh, and may have ended it */
  bool asks;    /* an answer may be lost, and a person decides whether to try once more */
  bool usable;  /* nobody has to sign in, or to say anything */
  bool valid;   /* the access token has not expired */
  int pending;  /* MOAT_PENDING_: somebody began to sign in */
  uint32_t pause;
  int64_t now; /* or 0 */
  expiry secret;
  const char *next;
} grant_state;

/* Reads without the lock: a slot is replaced as a whole, and this must answer while another moat is
 * busy. Reports what is wrong and returns a CLI_ status; a damaged grant is no error. */
int grant_look(account *a, grant_state *s);

/* "stored", or why nobody is signed in. */
const char *grant_word(const grant_state *s);

#endif
