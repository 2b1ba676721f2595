/* Opens and closes the account.
 *
 * All buffers are static, because one process runs one command on one account. So every buffer that
 * holds a secret has a name by which it is wiped. */
#include "account.h"

#include "../log/log.h"
#include "../log/tap.h"
#include "../profile/paths.h"
#include "../profile/registration.h"
#include "../profile/secret.h"
#include "../signals.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "assertion_file.h"

#include <errno.h>
#include <string.h>

/* Far more than any provider is known to send, and not so much that it would matter on a gateway.
 */
enum { WORK_SIZE = 65536, ACCESS_SIZE = 16384, REFRESH_SIZE = 16384, TEXT_SIZE = 16384 };

static char
    memory[MOAT_ACCOUNT_MEMORY(WORK_SIZE, ACCESS_SIZE, REFRESH_SIZE, TEXT_SIZE) + ACCESS_SIZE];
static char token_memory[VALUE_SIZE + 2], device_memory[VALUE_SIZE + 2];

/* Roots and secret are read only when it is clear that the server has to be asked. Nothing is asked
 * if there is no room for the answer. The assertion goes along with requests for a token only. */
static int prepare(void *ctx, uint8_t how) {
  account *a = ctx;
  hide_record(moat_account_record(&a->moat));
  int r = moat_posix_reserve(&a->posix);
  a->prepared = r < 0 && !moat_is_want(r) ? account_state_failed(a, r) : account_prepare_grant(a);
  if (!a->prepared) a->prepared = account_prepare(a, how);
  a->posix.error = 0;
  return a->prepared ? MOAT_E_PORT : MOAT_OK;
}

static account *current;
static moat_platform platform; /* that of the port, but a grant may be refused */

static int write_slot(void *ctx, int slot, const void *p, size_t n) {
  bool is_grant = slot == MOAT_SLOT_A || slot == MOAT_SLOT_B;
  if (is_grant && current->accept) current->accepted = current->accept(current);
  return current->accepted ? MOAT_E_CANCEL : moat_posix_platform.slot_write(ctx, slot, p, n);
}

/* check_value() has accepted both URLs already. */
static int split_urls(account *a) {
  const char *token = a->profile.value[KEY_TOKEN_URL], *device = a->profile.value[KEY_DEVICE_URL];
  int r =
      moat_url_split(token, strlen(token), token_memory, sizeof token_memory, &a->token_endpoint);
  if (r == MOAT_OK && *device)
    r = moat_url_split(device, strlen(device), device_memory, sizeof device_memory,
                       &a->device_endpoint);
  return r;
}

void account_set_tap(account *a) {
  static tap watched;
  log_about(a->options.command->name, a->options.name);
  if (!log_has(LOG_FULL)) return;
  tap_setup(&watched, a->config.stream, a->config.io);
  a->config.stream = &tap_stream;
  a->config.io = &watched;
}

/* The profile in the library's terms. prepare() adds the secret when it is needed. */
static void set_config(account *a) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  current = a;
  platform = moat_posix_platform;
  platform.slot_write = write_slot;
  a->auth = (moat_jwt_auth){.auth = {&moat_auth_none, moat_str(value[KEY_CLIENT_ID]), {NULL, 0}}};
  a->device_auth = a->auth;
  a->config =
      (moat_account_config){.platform = &platform,
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
                            .device_extra = moat_str(value[KEY_DEVICE_EXTRA]),
                            .token_extra = moat_str(value[KEY_TOKEN_EXTRA]),
                            .refresh_extra = moat_str(value[KEY_REFRESH_EXTRA]),
                            .scope = moat_str(value[KEY_SCOPE]),
                            .auth = &a->auth.auth,
                            .device_auth = &a->device_auth.auth,
                            .prepare = prepare,
                            .ctx = a,
                            .timeout_ms = a->options.timeout_ms,
                            .revision = secret_revision(&a->profile, &a->paths),
                            .access_size = ACCESS_SIZE,
                            .refresh_size = REFRESH_SIZE,
                            .text_size = TEXT_SIZE,
                            .unattended = unattended_set(&a->unattended, &a->profile),
                            .keep_access = true, /* each command is a process of its own */
                            .shared = strcmp(value[KEY_SHARED], "yes") == 0};
}

int account_open_grant(account *a) {
  a->prepared = -1;
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
  a->net = (moat_posix_net){.timeout_ms = a->options.timeout_ms, .cancelled = &signal_caught};
  set_config(a);
  account_set_tap(a);
  int r = split_urls(a);
  if (r == MOAT_OK) r = moat_account_open(&a->moat, &a->config, memory, sizeof memory);
  if (r == MOAT_OK) return CLI_OK;
  say(CLI_FAILED, "the account cannot be opened: %s", moat_error_text(r));
  hint("Check token_url and device_url in the profile.");
  return CLI_FAILED;
}

/* The folder is made if it is missing. */
int account_open_folder(account *a) {
  if (moat_posix_open(&a->posix, a->paths.state) == 0) return CLI_OK;
  if (a->posix.error == EPERM) return account_tell_whose(a);
  say(CLI_FAILED, "cannot open the folder %s: %s", a->paths.state, strerror(a->posix.error));
  hint("It has to be yours to write to. MOAT_HOME names another place.");
  return CLI_FAILED;
}

int account_open_state(account *a) {
  int status = account_open_folder(a);
  return status ? status : account_open_grant(a);
}

/* Credentials belong to the proxy that they were given with, and another one must not see them. */
static int match_proxy(account *a) {
  const char *const *key_options = a->options.key;
  char(*value)[VALUE_SIZE] = a->profile.value;
  bool is_given = key_options[KEY_PROXY_CREDENTIALS] != NULL;
  if (key_options[KEY_PROXY] && !is_given) value[KEY_PROXY_CREDENTIALS][0] = '\0';
  if (!is_given || *value[KEY_PROXY]) return CLI_OK;
  return options_misuse(&a->options, "--proxy-credentials needs --proxy: the profile has no proxy");
}

/* Options come after the file, and the preset fills in what neither says. */
int account_open_profile(account *a) {
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = profile_read(&a->profile, a->paths.conf);
  if (!status) status = profile_apply(&a->profile, &a->options);
  if (!status) status = match_proxy(a);
  return status ? status : profile_resolve(&a->profile, &a->options);
}

/* All mistakes of the profile are reported before the state is touched. */
int account_open(account *a) {
  int status = account_open_profile(a);
  return status ? status : account_open_state(a);
}

/* Only TLS needs a correct clock. Everything else can do without a date. */
int64_t account_now(account *a) {
  int64_t now = 0;
  return moat_posix_platform.unix_time(&a->posix, &now) < 0 ? 0 : now;
}

/* Called after a failure half-way, too, so any of the parts may not have been opened. */
void account_close(account *a) {
  if (a->has_client) moat_cancel(&a->client); /* wipes its buffer */
  if (a->has_roots) roots_close(&a->roots);
  moat_account_wipe(&a->moat); /* as much of the memory as was used */
  if (a->has_tls) moat_tls_close(&a->tls);
  if (a->has_context) moat_tls_free(&a->context);
  client_certificate_close(&a->certificate);
  client_key_close(&a->key);
  unattended_close(&a->unattended);
  a->has_tls = a->has_roots = a->has_context = false; /* list opens one account after another */
  moat_posix_close(&a->posix);
  secret_wipe();
  registration_wipe();
  assertion_file_wipe();
  proxy_wipe();
  hide_forget();
}
