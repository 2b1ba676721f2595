/* One account at work: profile, state folder, lock, stored grant, connection.
 *
 * All buffers are static: the program holds one account, for one command, and what holds a secret
 * is known by name when the time comes to wipe it. */
#include "account.h"

#include "../profile/secret.h"
#include "../terminal/term.h"
#include "roots.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Far more than any provider is known to send, and not so much that it would matter on a gateway.
 */
enum {
  WORK_SIZE = 65536,
  ACCESS_SIZE = 16384,
  REFRESH_SIZE = 16384,
  TEXT_SIZE = 16384,
  LOCK_POLL_MS = 20
};

volatile sig_atomic_t account_cancelled;

static char
    memory[MOAT_ACCOUNT_MEMORY(WORK_SIZE, ACCESS_SIZE, REFRESH_SIZE, TEXT_SIZE) + ACCESS_SIZE];
static char token_memory[VALUE_SIZE + 2], device_memory[VALUE_SIZE + 2];

/* ---- Profile and state ---- */

/* For -v: one line an event, named as in port.h. */
static const char *const event_names[] = {
    [MOAT_EVENT_CONNECT] = "connect", [MOAT_EVENT_HANDSHAKE] = "handshake",
    [MOAT_EVENT_SEND] = "send",       [MOAT_EVENT_STATUS] = "status",
    [MOAT_EVENT_REPLY] = "reply",     [MOAT_EVENT_RECONNECT] = "reconnect",
    [MOAT_EVENT_CLOSE] = "close"};

/* Integers only: an event cannot give away a secret. */
static void show_event(void *ctx, int event, int32_t value) {
  (void)ctx;
  size_t count = sizeof event_names / sizeof *event_names;
  const char *name = event >= 0 && (size_t)event < count ? event_names[event] : "event";
  say(CLI_OK, "%s %d", name, (int)value);
}

static int prepare(void *ctx, uint8_t how);

/* check_value() has seen both. */
static int split_urls(account *a) {
  const char *token = a->profile.value[KEY_TOKEN_URL], *device = a->profile.value[KEY_DEVICE_URL];
  int r =
      moat_url_split(token, strlen(token), token_memory, sizeof token_memory, &a->token_endpoint);
  if (r == MOAT_OK && *device)
    r = moat_url_split(device, strlen(device), device_memory, sizeof device_memory,
                       &a->device_endpoint);
  return r;
}

/* The profile in the library's terms. A secret is read once it is clear that it is needed. */
static void set_config(account *a) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  a->device_auth = a->auth =
      (moat_auth){&moat_auth_none, moat_str(value[KEY_CLIENT_ID]), {NULL, 0}};
  a->config =
      (moat_account_config){.platform = &moat_posix_platform,
                            .platform_ctx = &a->posix,
                            .stream = &moat_tls_resuming_stream,
                            .io = &a->tls,
                            .crypto = &moat_crypto_mbedtls,
                            .token_endpoint = &a->token_endpoint,
                            .device_endpoint = *value[KEY_DEVICE_URL] ? &a->device_endpoint : NULL,
                            .provider = moat_str(value[KEY_TOKEN_URL]),
                            .authorize_url = moat_str(value[KEY_AUTHORIZE_URL]),
                            .redirect_uri = moat_str(value[KEY_REDIRECT_URI]),
                            .extra = moat_str(value[KEY_EXTRA]),
                            .scope = moat_str(value[KEY_SCOPE]),
                            .auth = &a->auth,
                            .device_auth = &a->device_auth,
                            .prepare = prepare,
                            .ctx = a,
                            .timeout_ms = a->options.timeout_ms,
                            .revision = secret_revision(a),
                            .access_size = ACCESS_SIZE,
                            .refresh_size = REFRESH_SIZE,
                            .text_size = TEXT_SIZE,
                            .keep_access = true, /* each command is a process of its own */
                            .shared = strcmp(value[KEY_SHARED], "yes") == 0};
}

static int open_account(account *a) {
  a->prepared = -1;
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
  a->net = (moat_posix_net){.timeout_ms = a->options.timeout_ms, .cancelled = &account_cancelled};
  set_config(a);
  int r = split_urls(a);
  if (r == MOAT_OK) r = moat_account_open(&a->moat, &a->config, memory, sizeof memory);
  if (r == MOAT_OK) return CLI_OK;
  say(CLI_FAILED, "the account cannot be opened: %s", moat_error_text(r));
  hint("Check token_url and device_url in the profile.");
  return CLI_FAILED;
}

int account_open_state(account *a) {
  if (a->options.verbose) a->posix.event = show_event;
  if (moat_posix_open(&a->posix, a->paths.state) < 0) {
    say(CLI_FAILED, "cannot open the folder %s: %s", a->paths.state, strerror(a->posix.error));
    hint("It has to be yours to write to. MOAT_HOME names another place.");
    return CLI_FAILED;
  }
  return open_account(a);
}

/* Everything that can be wrong with the profile is told before the state is touched. */
int account_open(account *a) {
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = profile_read(&a->profile, a->paths.conf);
  if (!status) status = profile_apply(&a->profile, &a->options);
  if (!status) status = profile_resolve(&a->profile, &a->options);
  return status ? status : account_open_state(a);
}

/* Nobody but TLS needs the clock to be right; all the others have to do without. */
int64_t account_now(account *a) {
  int64_t now = 0;
  return moat_posix_platform.unix_time(&a->posix, &now) < 0 ? 0 : now;
}

/* The port tells a damaged record, MOAT_E_STORE without an errno, from a file that it would not
 * read: another user's, a link, or open to others. */
int account_state_failed(account *a, int result) {
  const char *name = a->options.name, *folder = a->paths.state;
  int error = a->posix.error;
  if (result == MOAT_E_NEWER) {
    say(CLI_FAILED, "the grant stored for %s was written by a newer moat; it is left alone", name);
    hint("Use the newer moat, or sign in under another name.");
    return CLI_FAILED;
  }
  if (result == MOAT_E_STORE && error == 0) {
    say(CLI_SIGN_IN, "the grant stored for %s is damaged", name);
    hint("Sign in again: moat login %s", name);
    return CLI_SIGN_IN;
  }
  if (error != EPERM && error != ELOOP) {
    say(CLI_FAILED, "the state in %s cannot be read or written: %s", folder,
        error ? strerror(error) : moat_error_text(result));
    hint("See to the folder and its disk, then try again.");
    return CLI_FAILED;
  }
  say(CLI_PROFILE, "files in %s are not yours alone", folder);
  hint("If that is by mistake, make them so: chmod -R go= %s", folder);
  hint("If somebody may have read them: moat logout %s, and sign in again.", name);
  return CLI_PROFILE;
}

/* ---- The stored grant ---- */

int account_busy(const account *a) {
  say(CLI_LATER, "another moat is busy with %s", a->options.name);
  hint("Nothing was changed. Try again later, or with a longer --timeout.");
  return CLI_LATER;
}

/* Polled: a lock that blocks could not be given up in time. */
int account_lock(account *a) {
  uint32_t started = moat_posix_platform.ticks_ms(&a->posix);
  for (;;) {
    int r = moat_posix_platform.lock(&a->posix);
    if (r == MOAT_OK) return CLI_OK;
    if (r != MOAT_WANT_TIME) return account_state_failed(a, r);
    if (account_cancelled) return say_cancelled();
    if (moat_posix_platform.ticks_ms(&a->posix) - started >= a->options.timeout_ms) break;
    (void)poll(NULL, 0, LOCK_POLL_MS);
  }
  return account_busy(a);
}

int account_load_failed(account *a, int result) {
  const char *name = a->options.name;
  switch (result) {
  case MOAT_E_EMPTY:
    say(CLI_SIGN_IN, "nobody has signed in for %s yet", name);
    hint("Run: moat login %s", name);
    return CLI_SIGN_IN;
  case MOAT_E_FOREIGN:
    say(CLI_PROFILE, "the grant stored for %s belongs to another client or token URL", name);
    hint("It goes nowhere else. Correct the profile, or sign in again: moat login %s", name);
    return CLI_PROFILE;
  default: return account_state_failed(a, result);
  }
}

/* A server may say back the tokens of a grant, whatever is done with it. */
int account_read(account *a) {
  /* The errno of an earlier failure must not explain this one. */
  a->posix.error = 0;
  int r = moat_account_load(&a->moat);
  term_hide_record(moat_account_record(&a->moat));
  return r;
}

int account_load(account *a) {
  int r = account_read(a);
  return r < 0 ? account_load_failed(a, r) : CLI_OK;
}

/* ---- Connection ---- */

int account_trust(account *a) {
  int r = moat_tls_init(&a->roots, &moat_posix_platform, &a->posix);
  a->has_roots = true;
  if (r == MOAT_OK) return roots_add(&a->roots, a->profile.value[KEY_CA]);
  say(CLI_FAILED, "TLS cannot be set up: %s", moat_error_text(r));
  hint("This is about the machine and not about the account; it may be out of memory.");
  return CLI_FAILED;
}

/* At Entra one registration is confidential for codes and public for device codes; then the secret
 * must not be sent, nor with the refreshes to come. */
bool account_sends_secret(const account *a, uint32_t how) {
  bool entra = strcmp(a->profile.value[KEY_PROVIDER], "entra") == 0;
  return strcmp(a->profile.value[KEY_AUTH], "none") != 0 && !(entra && how == MOAT_HOW_DEVICE);
}

static int set_auth(account *a, uint8_t how) {
  static const struct {
    const char *name;
    const moat_auth_ops *ops;
  } methods[] = {{"none", &moat_auth_none},
                 {"post", &moat_auth_post},
                 {"basic", &moat_auth_basic},
                 {"basic-raw", &moat_auth_basic_raw}};
  const char *method = account_sends_secret(a, how) ? a->profile.value[KEY_AUTH] : "none";
  moat_auth *auth = how == MOAT_HOW_DEVICE ? &a->device_auth : &a->auth;
  size_t i = 0; /* check_value() knows the same names */
  while (strcmp(methods[i].name, method) != 0)
    i++;
  auth->ops = methods[i].ops;
  if (i == 0) return CLI_OK;
  int status = secret_read(a, &auth->client_secret);
  term_hide_client(auth->client_id, auth->client_secret);
  return status;
}

/* In the order of what costs least to find wrong. */
int account_prepare(account *a, uint8_t how) {
  int status = set_auth(a, how);
  if (!status && !a->has_roots) status = account_trust(a);
  if (status || a->has_tls) return status;
  int r = moat_tls_setup(&a->tls, &a->roots, &moat_posix_stream, &a->net);
  a->has_tls = r == MOAT_OK;
  if (a->has_tls) return CLI_OK;
  say(CLI_FAILED, "the connection cannot be prepared: %s", moat_error_text(r));
  hint("Nothing was sent.");
  return CLI_FAILED;
}

/* Roots and secret are read once it is clear that the server has to be asked. */
static int prepare(void *ctx, uint8_t how) {
  account *a = ctx;
  term_hide_record(moat_account_record(&a->moat));
  a->prepared = account_prepare(a, how);
  a->posix.error = 0;
  return a->prepared ? MOAT_E_PORT : MOAT_OK;
}

/* Servers echo what they hand out, in a scope for instance. */
void account_hide_tokens(account *a) {
  term_hide_record(moat_account_record(&a->moat));
  term_hide(moat_account_access(&a->moat));
  term_hide(moat_account_id_token(&a->moat));
}

/* Until there is a connection there is nothing to wait for but the lock. */
int account_wait(account *a, int want, uint32_t ms) {
  return a->has_tls ? moat_tls_stream.wait(&a->tls, want, ms)
                    : moat_posix_stream.wait(&a->net, MOAT_WANT_TIME, ms);
}

int account_run(account *a) {
  for (;;) {
    int r = moat_account_step(&a->moat);
    if (!moat_is_want(r)) return r;
    uint32_t ms = moat_account_wait_ms(&a->moat);
    r = ms ? account_wait(a, r, ms) : 0;
    if (r == 0 || r == MOAT_WANT_TIME) continue;
    moat_account_cancel(&a->moat);
    return r;
  }
}

/* Also after a failure half-way: each part may never have been begun. */
void account_close(account *a) {
  moat_account_cancel(&a->moat);
  if (a->has_tls) moat_tls_close(&a->tls);
  if (a->has_roots) moat_tls_free(&a->roots);
  moat_posix_close(&a->posix);
  secret_wipe();
  moat_wipe(memory, sizeof memory);
  term_forget();
}
