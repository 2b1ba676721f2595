/* The device's one account: the client with its buffers, and the connection to the provider. What
 * the main loop does with it, by turns, is in the functions below; each says on the console what
 * comes of it and answers with Moat's result. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <stdbool.h>

#include <moat/moat.h>
#include <moat/store.h>
#include <moat/tls.h>
#include <moat_lwip.h>

/* Moat's own RAM: all but the buffers that are lent, and TLS. */
typedef struct {
  moat_client client;
  moat_store store;
  moat_auth auth;
  moat_device_grant device;
  moat_refresh_grant refresh;
  moat_lwip_net net;
} account_t;

typedef struct {
  moat_tls_context context;
  moat_tls connection;
  moat_tls_session session;
} account_tls_t;

/* What is lent. The stored grant's buffer serves for the pending device code before there is one,
 * and the work buffer for the TLS session's record between two exchanges. */
typedef struct {
  char work[WORK_SIZE];
  char access[ACCESS_SIZE];
  char record[RECORD_SIZE];
  char prompt[PROMPT_SIZE];
} account_buffers_t;

extern account_t account;
extern account_tls_t account_tls;
extern account_buffers_t account_buffers;

/* Everything but the network's own. */
int account_open(void);
/* Steps the client until it is done, or the cable is out: MOAT_E_CANCEL. */
int account_run(void);
/* Closes the connection, and makes the TLS session durable. */
void account_close(void);
/* Repeats what flash makes wait. */
int account_settle(int (*call)(void));

int signin(void);  /* signin.c:  the device flow, from a pending code or a new one */
int refresh(void); /* refresh.c: a new access token by the stored grant */
int use(void);     /* use.c:     shows the access token to the service that it is for */

#endif
