/* The connection: what it needs, and the wait for it. */
#include "account.h"

#include "../log/log.h"
#include "../profile/secret.h"
#include "../signals.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "asked_claims.h"
#include "assertion_file.h"
#include "history.h"
#include "log_exchange.h"

#include <signal.h>
#include <string.h>

int account_identify(account *a) {
  if (a->has_context) return CLI_OK;
  int r = moat_tls_init(&a->context, &moat_posix_platform, &a->posix);
  if (r == MOAT_OK) {
    int status = client_certificate_use(&a->certificate, &a->profile, &a->context);
    a->has_context = !status;
    if (status) moat_tls_free(&a->context);
    return status;
  }
  moat_tls_free(&a->context);
  say(CLI_FAILED, "TLS cannot be set up: %s", moat_error_text(r));
  hint(r == MOAT_E_MISUSE
           ? "The program was built for another Mbed TLS than it runs with."
           : "This is about the machine and not about the account; it may be out of memory.");
  return CLI_FAILED;
}

int account_open_roots(account *a) {
  if (a->has_roots) return CLI_OK;
  a->has_roots = true;
  a->roots.status = &a->prepared;
  return roots_open(&a->roots, a->profile.value[KEY_CA]);
}

int account_trust(account *a) {
  int status = account_identify(a);
  if (!status) status = account_open_roots(a);
  if (!status) moat_tls_set_root_source(&a->context, &roots_source, &a->roots);
  return status;
}

void account_distrust(account *a) {
  if (a->has_roots) roots_close(&a->roots);
  if (a->has_context) moat_tls_free(&a->context);
  client_certificate_close(&a->certificate);
  client_key_close(&a->key);
  a->has_roots = a->has_context = false;
}

/* A file of roots that cannot be opened has been reported by then. */
int account_roots_end(account *a, bool reads, int64_t *day) {
  *day = 0;
  if (!*a->profile.value[KEY_CA] || !(reads || a->roots.is_read)) return CLI_OK;
  int status = account_open_roots(a);
  if (status || a->roots.fd < 0) return status;
  status = roots_read(&a->roots);
  if (!status) *day = roots_end(&a->roots, account_now(a));
  return status;
}

int account_certificate_end(account *a, bool reads, int64_t *day) {
  *day = 0;
  if (!reads && !a->certificate.is_read) return CLI_OK;
  int status = client_certificate_read(&a->certificate, &a->profile);
  if (!status) *day = client_certificate_end(&a->certificate);
  return status;
}

/* At Entra one registration can be confidential for codes and public for device codes. Then no
 * secret or assertion may be sent with a device code, or with any later refresh of its grant. */
static bool goes_without(const account *a, uint32_t how) {
  return how == MOAT_HOW_DEVICE && profile_provider(&a->profile)->device_is_public;
}

bool account_sends_secret(const account *a, uint32_t how) {
  return profile_has_secret(&a->profile) && !goes_without(a, how);
}

const char *account_proof(const account *a, uint32_t how) {
  if (goes_without(a, how)) return NULL;
  bool signs = strcmp(a->profile.value[KEY_AUTH], "client-secret-jwt") == 0;
  return signs ? "what its secret signs" : profile_proof(&a->profile);
}

/* The certificate comes first, because the assertion may have its thumbprint. */
int account_read_key(account *a) {
  int status = account_identify(a);
  if (status || !profile_signs(&a->profile)) return status;
  return client_key_read(&a->key, &a->certificate, &a->profile, &moat_posix_platform, &a->posix);
}

/* A key is parsed after TLS is set up, as above. */
int account_prepare_grant(account *a) {
  int status = *a->profile.value[KEY_SERVICE_ACCOUNT] ? account_identify(a) : CLI_OK;
  if (status) return status;
  return unattended_prepare(&a->unattended, &a->profile, &moat_posix_platform, &a->posix);
}

static int set_key(account *a, moat_jwt_auth *auth) {
  int status = account_read_key(a);
  if (!status) client_key_use(&a->key, &a->profile, auth);
  return status;
}

/* The client's proof is read anew for each connection. */
static int set_secret(account *a, moat_jwt_auth *auth) {
  int status = secret_read(&a->profile, &a->paths, &auth->auth.client_secret);
  hide_client(auth->auth.client_id, auth->auth.client_secret);
  if (!status && auth->auth.ops == &moat_auth_client_secret_jwt) {
    status = secret_check_long(CLI_PROFILE, &a->profile, auth->auth.client_secret);
    client_key_use(NULL, &a->profile, auth);
  }
  return status;
}

/* The methods are the library's, but for `tls`: its proof is the connection itself. */
static int set_auth(account *a, uint8_t how) {
  static const struct {
    const char *name;
    const moat_auth_ops *ops;
  } methods[] = {{"none", &moat_auth_none},
                 {"omitted", &moat_auth_omitted},
                 {"post", &moat_auth_post},
                 {"basic", &moat_auth_basic},
                 {"basic-raw", &moat_auth_basic_raw},
                 {"tls", &moat_auth_none}, /* RFC 8705 2: the client_id goes along */
                 {"private-key-jwt", &moat_auth_private_key_jwt},
                 {"client-secret-jwt", &moat_auth_client_secret_jwt},
                 {"federated", &moat_auth_assertion}};
  moat_jwt_auth *auth = how == MOAT_HOW_DEVICE ? &a->device_auth : &a->auth;
  const char *method = goes_without(a, how) ? "none" : a->profile.value[KEY_AUTH];
  size_t i = 0; /* check_value() knows the same names */
  while (strcmp(methods[i].name, method) != 0)
    i++;
  auth->auth.ops = methods[i].ops;
  if (auth->auth.ops == &moat_auth_private_key_jwt) return set_key(a, auth);
  if (auth->auth.ops == &moat_auth_assertion)
    return assertion_file_read(&a->profile, KEY_CLIENT_ASSERTION, &auth->auth.client_secret);
  return account_sends_secret(a, how) ? set_secret(a, auth) : CLI_OK;
}

/* TLS goes through the tunnel as it would go over TCP. */
static int set_tls(account *a) {
  const proxy *p = &a->proxy;
  if (p->source) {
    log_line(LOG_BRIEF, "the proxy is %s port %u, from %s", p->stream.host, p->stream.port,
             p->source);
    return moat_tls_setup(&a->tls, &a->context, &moat_proxy_stream, &a->proxy.stream);
  }
  return moat_tls_setup(&a->tls, &a->context, &moat_posix_stream, &a->net);
}

int account_set_tls(account *a) {
  int r = set_tls(a);
  a->has_tls = r == MOAT_OK;
  if (a->has_tls) return CLI_OK;
  say(CLI_FAILED, "the connection cannot be prepared: %s", moat_error_text(r));
  hint("Nothing was sent.");
  return CLI_FAILED;
}

/* The roots take the longest to read, so a mistake in anything else is found before. */
int account_prepare(account *a, uint8_t how) {
  int status = set_auth(a, how);
  return status ? status : account_prepare_connection(a);
}

int account_prepare_connection(account *a) {
  int status = CLI_OK;
  log_watch(a);
  if (!a->has_tls) status = proxy_find(&a->proxy, &a->profile, &a->net);
  if (!status && !a->has_tls) status = account_trust(a);
  return status || a->has_tls ? status : account_set_tls(a);
}

/* Before TLS is set up, only the lock is waited for. */
int account_wait(account *a, int want, uint32_t ms) {
  return a->has_tls ? moat_tls_stream.wait(&a->tls, want, ms)
                    : moat_posix_stream.wait(&a->net, MOAT_WANT_TIME, ms);
}

/* A refresh token may serve only once, and then the answer has the only one that is good. So at a
 * shutdown, or when the terminal goes, an answer is waited for until the timeout. Ctrl-C is a
 * person's choice. Returns whether there is such an answer. */
static bool put_off(const account *a, int *signal) {
  bool is_urgent = signal_caught != SIGTERM && signal_caught != SIGHUP;
  if (is_urgent || !moat_account_error(&a->moat)->sent) return false;
  bool is_first = !*signal;
  *signal = signal_caught;
  signal_caught = 0; /* before a person can read that Ctrl-C ends it */
  if (is_first) hint("The answer is waited for, as it may be the grant. Ctrl-C ends that.");
  return true;
}

static int run(account *a, int *signal) {
  for (;;) {
    int r = moat_account_step(&a->moat);
    if (!moat_is_want(r)) return r;
    uint32_t ms = moat_account_wait_ms(&a->moat);
    r = ms ? account_wait(a, r, ms) : 0;
    if (r == 0 || r == MOAT_WANT_TIME) continue;
    if (r == MOAT_E_CANCEL && put_off(a, signal)) continue;
    moat_account_cancel(&a->moat);
    return r;
  }
}

int account_run(account *a) {
  int signal = 0;
  a->prepared = -1;
  int r = run(a, &signal);
  if (signal) signal_caught = signal;
  history_add(a, r);
  asked_claims_save(a);
  return r;
}
