/* One account at work: profile, state folder, lock, stored grant, connection.
 *
 * All buffers are static: the program holds one account, for one command, and what holds a secret
 * is known by name when the time comes to wipe it. */
#include "account.h"

#include "roots.h"
#include "secret.h"
#include "term.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* Far more than any provider is known to send, and not so much that it would matter on a gateway.
 */
enum { WORK_SIZE = 65536, RECORD_SIZE = 49152, TLS_RECORD_SIZE = 4096, LOCK_POLL_MS = 20 };

volatile sig_atomic_t account_cancelled;
char account_access[16384];

static char work[WORK_SIZE], record[RECORD_SIZE], endpoint_memory[VALUE_SIZE + 2];
static char tls_record[TLS_RECORD_SIZE];

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

int account_open_state(account *a) {
  if (a->options.verbose) a->posix.event = show_event;
  if (moat_posix_open(&a->posix, a->paths.state) < 0) {
    say(CLI_FAILED, "cannot open the folder %s: %s", a->paths.state, strerror(a->posix.error));
    hint("It has to be yours to write to. MOAT_HOME names another place.");
    return CLI_FAILED;
  }
  moat_store_init(&a->store, &moat_posix_platform, &a->posix, record, sizeof record);
  a->store.keep_access = true; /* each command is a process of its own */
  return CLI_OK;
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

/* ---- Lock and grant ---- */

static uint32_t elapsed(account *a) {
  return moat_posix_platform.ticks_ms(&a->posix) - a->started;
}

/* Polled: a lock that blocks could not be given up in time. */
int account_lock(account *a) {
  a->started = moat_posix_platform.ticks_ms(&a->posix);
  for (;;) {
    int r = moat_posix_platform.lock(&a->posix);
    if (r == MOAT_OK) return CLI_OK;
    if (r != MOAT_WANT_TIME) return account_state_failed(a, r);
    if (account_cancelled) return say_cancelled();
    if (elapsed(a) >= a->options.timeout_ms) break;
    (void)poll(NULL, 0, LOCK_POLL_MS);
  }
  return account_busy(a);
}

int account_busy(const account *a) {
  say(CLI_LATER, "another moat is busy with %s", a->options.name);
  hint("Nothing was changed. Try again later, or with a longer --timeout.");
  return CLI_LATER;
}

/* A refresh token goes to nobody but who issued it, whatever the profile says by now. */
bool account_fits(const account *a) {
  const moat_record *r = &a->store.record;
  return moat_span_equal(r->provider, moat_str(a->profile.value[KEY_TOKEN_URL])) &&
         moat_span_equal(r->client_id, moat_str(a->profile.value[KEY_CLIENT_ID]));
}

/* Some never end, and come without a refresh token. */
bool account_is_valid(account *a) {
  const moat_record *r = &a->store.record;
  int64_t now = account_now(a);
  return r->access_token.n && (r->expires ? now && now < r->expires : !r->refresh_token.n);
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

int account_load(account *a) {
  /* The errno of an earlier failure must not explain this one. */
  a->posix.error = 0;
  int r = moat_store_load(&a->store);
  term_hide_record(&a->store.record);
  if (r == MOAT_OK && !account_fits(a)) r = MOAT_E_FOREIGN;
  return r < 0 ? account_load_failed(a, r) : CLI_OK;
}

int account_load_old(account *a) {
  a->posix.error = 0;
  int r = moat_store_load(&a->store);
  term_hide_record(&a->store.record);
  return r == MOAT_E_EMPTY || r == MOAT_E_STORE ? MOAT_OK : r;
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

static int set_auth(account *a, bool with_secret) {
  static const struct {
    const char *name;
    const moat_auth_ops *ops;
  } methods[] = {{"none", &moat_auth_none},
                 {"post", &moat_auth_post},
                 {"basic", &moat_auth_basic},
                 {"basic-raw", &moat_auth_basic_raw}};
  const char *method = with_secret ? a->profile.value[KEY_AUTH] : "none";
  size_t i = 0; /* profile_check() knows the same names */
  while (strcmp(methods[i].name, method) != 0)
    i++;
  a->auth =
      (moat_auth){.ops = methods[i].ops, .client_id = moat_str(a->profile.value[KEY_CLIENT_ID])};
  if (i == 0) return CLI_OK;
  int status = secret_read(a, &a->auth.client_secret);
  term_hide_client(a->auth.client_id, a->auth.client_secret);
  return status;
}

/* One that is not there, damaged or refused costs a full handshake, and no word is said about it.
 */
static void load_session(account *a) {
  moat_tls_resume(&a->tls, &a->session);
  a->has_session = true;
  if (moat_tls_session_load(&a->tls, tls_record, sizeof tls_record) < 0) return;
}

static void save_session(account *a) {
  if (moat_tls_session_save(&a->tls, tls_record, sizeof tls_record) < 0 && a->options.verbose)
    say(CLI_OK, "the TLS session could not be kept");
  moat_tls_session_free(&a->session);
}

static int connection_failed(int result) {
  say(CLI_FAILED, "the connection cannot be prepared: %s", moat_error_text(result));
  hint("Nothing was sent.");
  return CLI_FAILED;
}

/* The wait for the lock is part of what --timeout allows. */
int account_client(account *a) {
  uint32_t spent = elapsed(a), all = a->options.timeout_ms;
  uint32_t left = spent < all ? all - spent : 1;
  const char *url = a->profile.value[KEY_TOKEN_URL];
  a->net = (moat_posix_net){.timeout_ms = left, .cancelled = &account_cancelled};
  moat_config config = {.platform = &moat_posix_platform,
                        .platform_ctx = &a->posix,
                        .stream = &moat_tls_stream,
                        .io = &a->tls,
                        .work = work,
                        .work_size = sizeof work,
                        .timeout_ms = left};
  int r =
      moat_url_split(url, strlen(url), endpoint_memory, sizeof endpoint_memory, &a->token_endpoint);
  if (r == MOAT_OK) r = moat_init(&a->client, &config);
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
  return r == MOAT_OK ? CLI_OK : connection_failed(r);
}

static int set_tls(account *a) {
  int r = moat_tls_setup(&a->tls, &a->roots, &moat_posix_stream, &a->net);
  if (r < 0) return connection_failed(r);
  load_session(a);
  a->posix.error = 0;
  return CLI_OK;
}

/* In the order of what costs least to find wrong. */
int account_prepare(account *a, bool secret) {
  int status = set_auth(a, secret);
  return status ? status : account_trust(a);
}

int account_secure(account *a, bool secret) {
  int status = a->has_roots ? CLI_OK : account_prepare(a, secret);
  return status ? status : set_tls(a);
}

int account_connect(account *a, bool secret) {
  int status = account_client(a);
  return status ? status : account_secure(a, secret);
}

/* Also after a failure half-way: each part may never have been begun. */
void account_close(account *a) {
  moat_cancel(&a->client);
  if (a->has_session) save_session(a);
  if (a->has_roots) moat_tls_free(&a->roots);
  moat_posix_close(&a->posix);
  secret_wipe();
  moat_wipe(work, sizeof work);
  moat_wipe(record, sizeof record);
  moat_wipe(account_access, sizeof account_access);
  term_forget();
}
