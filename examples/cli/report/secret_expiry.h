/* The last day of a client secret, which the provider tells only when the secret is made. */
#ifndef SECRET_EXPIRY_H
#define SECRET_EXPIRY_H

#include "../account/account.h"

typedef struct {
  bool known;        /* the client has a secret, the profile its last day, the machine a clock */
  int64_t days_left; /* 0 on the last day, negative after it */
} expiry;

expiry expiry_find(account *a);

/* "until 2026-05-01", or how soon that is, or that it has passed. Valid until the next call. */
const char *expiry_text(const account *a, expiry e);

/* Says on stderr what to do about a secret that ends soon or has ended. Says nothing about any
 * other. */
void expiry_warn(const account *a, expiry e);

#endif
