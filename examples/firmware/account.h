/* The device's only account, and its connection to the provider. The main loop calls the functions
 * below in turn. Each reports on the console and returns Moat's result. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include <moat/account.h>
#include <moat/tls.h>
#include <moat_lwip.h>

/* Moat's own RAM, without the lent memory and TLS. */
typedef struct {
  moat_account moat;
  moat_account_config config;
  moat_auth auth; /* of an image that proves itself by no more than its client_id, or by TLS */
  moat_lwip_net net;
} account_t;

typedef struct {
  moat_tls_context context;
  moat_tls connection;
} account_tls_t;

extern account_t account;
extern account_tls_t account_tls;

/* Opens the account and TLS. The network must be open already. */
int account_open(void);
/* Steps the current verb until it is done. Returns MOAT_E_CANCEL if the cable is pulled. */
int account_run(void);
/* Closes the connection. */
void account_close(void);

int refresh(void); /* token.c: gets an access token by what is stored */
int refuse(void);  /* token.c: gets another token after the service refused it */
int use(void);     /* use.c: sends the access token to the service */

/* ---- How the account gets its tokens: person.c or machine.c, as the Makefile's BY says ---- */

/* The memory lent to the account. It begins with the work buffer, which is unused between two
 * exchanges. */
extern char account_memory[];
extern const size_t account_memory_size;

/* Completes the configuration. TLS is set up, but has no connection yet. */
int account_configure(moat_account_config *config);
int token(void); /* gets an access token, by a sign-in if it must */

#endif
