/* The client shares the connection with the library's account, so only one of them has it at a
 * time. */
#include "client.h"

#include "../signals.h"
#include "../terminal/term.h"

#include <string.h>

enum { WORK_SIZE = 65536 };

static char work[WORK_SIZE], url_memory[VALUE_SIZE + 2];

/* Before there is a profile no account has been opened, and so there is no stream yet. */
static void set_stream(account *a) {
  if (a->config.stream) return;
  a->net = (moat_posix_net){.timeout_ms = a->options.timeout_ms, .cancelled = &signal_caught};
  a->config.stream = &moat_tls_stream;
  a->config.io = &a->tls;
  account_set_tap(a);
}

/* The roots, the secret and the connection that the account has prepared serve again. Its own
 * exchange is over, and its copy of the stored grant is wiped. */
int client_open(account *a, int key, const char *url, uint8_t how) {
  moat_account_cancel(&a->moat);
  int r = moat_url_split(url, strlen(url), url_memory, sizeof url_memory, &a->client_endpoint);
  if (r < 0)
    return say(CLI_PROFILE, "%s %s", url, "is not an https URL that Moat would connect to");
  set_stream(a);
  a->server = &a->client_endpoint;
  a->server_key = key;
  a->prepared = -1;
  int status = how == CLIENT_UNKNOWN ? account_prepare_connection(a) : account_prepare(a, how);
  a->prepared = status;
  if (status) return status;
  moat_config config = {.platform = &moat_posix_platform,
                        .platform_ctx = &a->posix,
                        .stream = a->config.stream,
                        .io = a->config.io,
                        .work = work,
                        .work_size = sizeof work,
                        .timeout_ms = a->options.timeout_ms};
  a->has_client = moat_init(&a->client, &config) == MOAT_OK;
  return a->has_client ? CLI_OK : say(CLI_FAILED, "the request cannot be prepared");
}

const moat_auth *client_auth(const account *a, uint8_t how) {
  return how == MOAT_HOW_DEVICE ? &a->device_auth.auth : &a->auth.auth;
}

/* The same wait as account_run(), but nothing of it goes into the history: that is about the grant,
 * and this request does not change it. A signal ends it. */
int client_run(account *a, int begun) {
  int r = begun;
  while (!r || moat_is_want(r)) {
    r = moat_step(&a->client);
    a->client_sent = moat_error(&a->client)->sent; /* a cancel wipes it */
    if (!moat_is_want(r)) break;
    uint32_t ms = moat_wait_ms(&a->client);
    int waited = ms ? account_wait(a, r, ms) : 0;
    if (waited == 0 || waited == MOAT_WANT_TIME) continue;
    moat_cancel(&a->client);
    return waited;
  }
  return r;
}

/* From here on reports are about the token endpoint again. */
void client_close(account *a) {
  if (a->has_client) moat_cancel(&a->client);
  a->has_client = false;
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
}
