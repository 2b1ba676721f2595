/* The device's one account, and the connection to the provider. What the main loop does with it, by
 * turns, is in the functions below; each says on the console what comes of it and answers with
 * Moat's result. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include <moat/account.h>
#include <moat/tls.h>
#include <moat_lwip.h>

/* Moat's own RAM: all but the memory that is lent, and TLS. */
typedef struct {
  moat_account moat;
  moat_account_config config;
  moat_auth auth;
  moat_lwip_net net;
} account_t;

typedef struct {
  moat_tls_context context;
  moat_tls connection;
} account_tls_t;

extern account_t account;
extern account_tls_t account_tls;
/* The memory lent to the account. It begins with the work buffer, free between two exchanges. */
extern char account_memory[MOAT_ACCOUNT_MEMORY(WORK_SIZE, ACCESS_SIZE, REFRESH_SIZE, TEXT_SIZE)];

/* Everything but the network's own. */
int account_open(void);
/* Steps the verb that has begun until it is done, or the cable is out: MOAT_E_CANCEL. */
int account_run(void);
/* Closes the connection. */
void account_close(void);

int token(void);  /* token.c: an access token by the stored grant, or else by a person */
int refuse(void); /* token.c: another one, after the service refused it */
int use(void);    /* use.c:   shows the access token to the service that it is for */

#endif
