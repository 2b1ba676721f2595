#include "account.h"

#include "board.h"
#include "console.h"
#include "figures.h"
#include "network.h"
#include "platform.h"
#include "roots.h"
#include "settings.h"

enum { TIMEOUT_MS = 20000 };

account_t account;
account_tls_t account_tls;
account_buffers_t account_buffers;

static int add_roots(void) {
  int r = MOAT_OK;
  for (unsigned i = 0; i < ROOTS && r == MOAT_OK; i++)
    r = moat_tls_add_root_der(&account_tls.context, roots[i].begin,
                              (size_t)(roots[i].end - roots[i].begin));
  return r;
}

static int open_tls(void) {
  moat_tls *t = &account_tls.connection;
  account.net = (moat_lwip_net){.poll = network_turn};
  int r = moat_tls_init(&account_tls.context, &platform, NULL);
  if (r == MOAT_OK) r = add_roots();
  if (r == MOAT_OK) r = moat_tls_setup(t, &account_tls.context, &moat_lwip_stream, &account.net);
  if (r != MOAT_OK) return r;
  moat_tls_resume(t, &account_tls.session);
  r = moat_tls_session_load(t, account_buffers.work, sizeof account_buffers.work);
  if (r == MOAT_OK) say("flash: a TLS session to resume\n");
  return MOAT_OK; /* without one the handshake is a full one */
}

int account_open(void) {
  account_buffers_t *b = &account_buffers;
  moat_config config = {.platform = &platform,
                        .stream = &moat_tls_stream,
                        .io = &account_tls.connection,
                        .work = b->work,
                        .work_size = sizeof b->work,
                        .timeout_ms = TIMEOUT_MS};
  account.auth = (moat_auth){.ops = &moat_auth_none, .client_id = settings.client_id};
  moat_store_init(&account.store, &platform, NULL, b->record, sizeof b->record);
  int r = open_tls();
  return r == MOAT_OK ? moat_init(&account.client, &config) : r;
}

/* Once a request is out, its answer may be had only once: it is waited for until the timeout, for
 * the cable may be back by then, and stored, which needs no network. Pauses end, and so do connects
 * that no request went before. */
static bool goes_on(void) {
  return network_link() || moat_error(&account.client)->sent;
}

static void wait(int r) {
  uint32_t ms = moat_wait_ms(&account.client), began = board_ms(), passed;
  while ((passed = board_ms() - began) < ms && goes_on()) {
    uint32_t left = ms - passed;
    if (moat_tls_stream.wait(&account_tls.connection, r, left < 100 ? left : 100) == MOAT_OK) break;
  }
}

/* moat_run() would do, but for the figures and the look at the cable. */
int account_run(void) {
  for (;;) {
    figures_step_begins();
    int r = moat_step(&account.client);
    figures_step_ends();
    if (r != MOAT_WANT_READ && r != MOAT_WANT_WRITE && r != MOAT_WANT_TIME) return r;
    wait(r);
    if (goes_on()) continue;
    moat_cancel(&account.client);
    return MOAT_E_CANCEL;
  }
}

int account_settle(int (*call)(void)) {
  int r;
  while ((r = call()) == MOAT_WANT_TIME)
    (void)network_turn(NULL);
  return r;
}

static int save_session(void) {
  return moat_tls_session_save(&account_tls.connection, account_buffers.work,
                               sizeof account_buffers.work);
}

/* The request and the answer are wiped from the work buffer first. */
void account_close(void) {
  moat_cancel(&account.client);
  moat_tls_stream.close(&account_tls.connection);
  if (account_settle(save_session) != MOAT_OK) say("flash: the TLS session could not be kept\n");
}
