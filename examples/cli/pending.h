/* A sign-in between `url` and `exchange`. */
#ifndef PENDING_H
#define PENDING_H

#include "account.h"

enum { PENDING_SECONDS = 600 };

/* To whom the code goes is kept with it: the profile may change meanwhile (RFC 9700 4.4). */
typedef struct {
  moat_pending keys;
  int64_t created; /* 0 where the clock was not set */
  char token_url[VALUE_SIZE], client_id[VALUE_SIZE], redirect_uri[VALUE_SIZE], scope[VALUE_SIZE];
} pending;

/* Durable when it returns. 0 or a MOAT_E_. */
int pending_save(account *a, const pending *p);
/* 0, MOAT_E_EMPTY, MOAT_E_STORE for a damaged one, or another MOAT_E_. */
int pending_load(account *a, pending *p);
bool pending_is_old(account *a, const pending *p);
int pending_erase(account *a);

#endif
