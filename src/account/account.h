/* Shared by the files of this folder. */
#ifndef MOAT__ACCOUNT_H
#define MOAT__ACCOUNT_H

#include "moat/account.h"

/* A verb. Each verb has a const table in its own file, so an image contains only the verbs that it
 * uses. */
struct moat__verb {
  /* The work under the lock. Returns 0 when a request has begun, 1 when the verb is done,
   * MOAT_WANT_TIME to be called again, or an error. */
  int (*act)(moat_account *a);
  /* Called while another task holds the lock. True if the verb is done without the lock. May be
   * NULL. */
  bool (*is_done)(moat_account *a);
  /* Called after a complete answer without tokens. Updates the note, which is made durable before
   * the result is reported. May be NULL. */
  void (*refused)(moat_account *a);
  /* Called at the end of the verb, whatever the result, to bring slots in order. Returns 0,
   * MOAT_WANT_TIME, or an error. May be NULL. */
  int (*tidy)(moat_account *a);
  /* True if a token that is still valid is a good result when the trouble passes by itself. */
  bool serves;
};

struct moat_unattended_ops {
  int (*read)(moat_account *a); /* always moat__unattended_read() */
  /* Begins the request. */
  int (*begin)(moat_account *a, const moat_unattended *how);
};

/* The stages of a verb */
enum {
  MOAT__STAGE_IDLE,
  MOAT__STAGE_LOCK,     /* waiting for the lock */
  MOAT__STAGE_ACT,      /* holding the lock, in the verb's `act` */
  MOAT__STAGE_EXCHANGE, /* the client is at work */
  MOAT__STAGE_SETTLE,   /* making a refusal durable */
  MOAT__STAGE_TIDY,     /* in the verb's `tidy` */
  MOAT__STAGE_LEAVE     /* making the TLS session durable, then releasing the lock */
};

/* ---- Shared steps ---- */

/* Maps the result of the port or a callback with moat__port_result() (text.h). A foreign number is
 * kept as port_code. */
int moat__account_border(moat_account *a, int r, bool may_wait);
/* Begins a verb. */
int moat__account_begin(moat_account *a, const moat__verb *verb, const void *input, size_t n);
/* Takes the lock unless it is held already. Returns 0 when it is held, MOAT_WANT_TIME, or an
 * error. */
int moat__account_lock(moat_account *a);
void moat__account_unlock(moat_account *a);
/* Loads the stored grant and checks that it belongs to this client and provider. */
int moat__account_read(moat_account *a);
/* Whether the record that was loaded has this client and provider. */
bool moat__account_is_ours(const moat_account *a);
/* Returns the error with which the server ended the stored grant, or 0 if the grant is alive. Fills
 * a->error with the details. */
int moat__account_end(moat_account *a);
/* Fills the members that every grant needs, and prepares the connection. */
int moat__account_prepare(moat_account *a, moat_grant *g, uint8_t how);
/* Prepares the store for the tokens of a sign-in. The lock must be held until they are stored. */
int moat__account_renew(moat_account *a, uint8_t how, moat_span scope);
/* Call it with the result of a begin of the client, which it returns. The wait for the lock counts
 * as part of the exchange's time. */
int moat__account_start(moat_account *a, int begun);
/* Erases the pending device code if it belongs to this account. Returns 0, MOAT_WANT_TIME, or an
 * error. */
int moat__account_erase_device(moat_account *a);

/* ---- Without a person ---- */

/* As moat__account_read(), but without a token that will do it returns 0 and forgets the one in
 * memory. */
int moat__unattended_read(moat_account *a);
/* Prepares the store, which was read before, the connection, and the members that every grant
 * needs. */
int moat__unattended_prepare(moat_account *a);

/* ---- The token in memory ---- */

/* Adds the time since the last call to the token's age. */
void moat__token_ages(moat_account *a);
/* Copies the token of the loaded record into memory, if it is another one. */
void moat__token_adopt(moat_account *a);
/* Notes that the token in memory is the one of the store's record, with this length and age in
 * seconds. */
void moat__token_note(moat_account *a, size_t length, uint32_t age);
/* Wipes the token in memory. */
void moat__token_forget(moat_account *a);
/* Whether the token is valid for more than `margin` seconds, or for a fifth of its life if that is
 * less. */
bool moat__token_lasts(moat_account *a, uint32_t margin);
/* Whether the token's age is unknown until the date is known. */
bool moat__token_waits_for_date(moat_account *a);

#endif
