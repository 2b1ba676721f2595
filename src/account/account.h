/* Shared by the files of the account. */
#ifndef MOAT__ACCOUNT_H
#define MOAT__ACCOUNT_H

#include "moat/account.h"

/* A verb. The tables are const, one beside each verb, so that an image has only those it uses. */
struct moat__verb {
  /* What it does under the lock. 0: a request has begun; 1: it is done; MOAT_WANT_TIME: again; or
   * an error. */
  int (*act)(moat_account *a);
  /* While another task holds the lock: whether that is no matter. May be NULL. */
  bool (*is_done)(moat_account *a);
  /* A complete answer without tokens: to be made durable before it is reported. May be NULL. */
  void (*refused)(moat_account *a);
  /* What its end makes durable, whatever that was: 0, MOAT_WANT_TIME, or an error. May be NULL. */
  int (*tidy)(moat_account *a);
  /* A token that is still good serves where trouble passes. */
  bool serves;
};

/* How far it has come */
enum {
  MOAT__STAGE_IDLE,
  MOAT__STAGE_LOCK,     /* waits for the lock */
  MOAT__STAGE_ACT,      /* holds it, and does what its verb does before a request */
  MOAT__STAGE_EXCHANGE, /* the client is at work */
  MOAT__STAGE_SETTLE,   /* a refusal is made durable */
  MOAT__STAGE_TIDY,     /* what its end leaves is made durable */
  MOAT__STAGE_LEAVE     /* the TLS session is made durable; the lock is given back */
};

/* ---- Shared steps ---- */

/* Maps what the port or a callback answered, at the border; an odd number is kept as port_code. */
int moat__account_border(moat_account *a, int r, bool may_wait);
/* Begins a verb. */
int moat__account_begin(moat_account *a, const moat__verb *verb, const void *input, size_t n);
/* 0 held, MOAT_WANT_TIME, or an error; once it is held, 0 again. */
int moat__account_lock(moat_account *a);
void moat__account_unlock(moat_account *a);
/* Loads the stored grant and checks whose it is. */
int moat__account_read(moat_account *a);
/* What the server said when it ended the stored grant, or 0 where it has not. */
int moat__account_end(moat_account *a);
/* Fills what every grant needs, and makes the connection ready. */
int moat__account_prepare(moat_account *a, moat_grant *g, uint8_t how);
/* Prepares the stored grant for the tokens of a sign-in; the lock is held until they are there. */
int moat__account_renew(moat_account *a, uint8_t how, moat_span scope);
/* After a begin of the client: the wait for the lock is part of what the exchange may take. */
int moat__account_start(moat_account *a, int begun);
/* Erases a pending device code that is this account's. 0, MOAT_WANT_TIME or an error. */
int moat__account_erase_device(moat_account *a);

/* ---- The token at hand ---- */

/* Counts the time since it was last called. */
void moat__token_ages(moat_account *a);
/* Takes over the token of the record that was loaded, where it is another one. */
void moat__token_adopt(moat_account *a);
/* The token of the record that was just stored is at hand, and so old. */
void moat__token_note(moat_account *a, size_t length, uint32_t age);
/* There is none at hand. */
void moat__token_forget(moat_account *a);
/* Whether it is good for more than `margin` seconds, or a fifth of its life where that is less. */
bool moat__token_lasts(moat_account *a, uint32_t margin);
/* Whether its age cannot be told before the date is known. */
bool moat__token_waits_for_date(moat_account *a);

#endif
