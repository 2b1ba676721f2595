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

static int add_roots(void) {
  int r = MOAT_OK;
  for (unsigned i = 0; i < ROOTS && r == MOAT_OK; i++)
    r = moat_tls_add_root_der(&account_tls.context.roots, roots[i].begin,
                              (size_t)(roots[i].end - roots[i].begin));
  return r;
}

static int open_tls(void) {
  account.net = (moat_lwip_net){.poll = network_turn};
  int r = moat_tls_init(&account_tls.context, &platform, NULL);
  if (r == MOAT_OK) r = add_roots();
  if (r == MOAT_OK)
    r = moat_tls_setup(&account_tls.connection, &account_tls.context, &moat_lwip_stream,
                       &account.net);
  return r;
}

int account_open(void) {
  account.config = (moat_account_config){.platform = &platform,
                                         .stream = &moat_tls_resuming_stream,
                                         .io = &account_tls.connection,
                                         .token_endpoint = &settings.token,
                                         .provider = moat_str(settings.token_url),
                                         .scope = settings.scope,
                                         .timeout_ms = TIMEOUT_MS,
                                         .access_size = ACCESS_SIZE,
                                         .text_size = TEXT_SIZE};
  int r = open_tls();
  if (r == MOAT_OK) r = account_configure(&account.config);
  if (r == MOAT_OK)
    r = moat_account_open(&account.moat, &account.config, account_memory, account_memory_size);
  return r;
}

/* An answer may come only once. So after a request was sent, the account goes on until the timeout
 * without a cable. The cable may be back by then, and storing needs no network. Without a cable,
 * pauses end, and so do connects before a request. */
static bool goes_on(void) {
  return network_link() || moat_account_error(&account.moat)->sent;
}

static void wait(int r) {
  uint32_t ms = moat_account_wait_ms(&account.moat), began = board_ms(), passed;
  while ((passed = board_ms() - began) < ms && goes_on()) {
    uint32_t left = ms - passed;
    if (moat_tls_stream.wait(&account_tls.connection, r, left < 100 ? left : 100) == MOAT_OK) break;
  }
}

/* This is moat_account_run() with figures and a check of the cable. */
int account_run(void) {
  for (;;) {
    figures_step_begins();
    int r = moat_account_step(&account.moat);
    figures_step_ends();
    if (!moat_is_want(r)) return r;
    wait(r);
    if (goes_on()) continue;
    moat_account_cancel(&account.moat);
    return MOAT_E_CANCEL;
  }
}

void account_close(void) {
  moat_account_cancel(&account.moat);
}
