/* The code is durable before anybody sees it, so that a restart of the program costs nobody a
 * second sign-in. The account's lock is held only while something is written: a person takes
 * minutes, and other commands go on meanwhile. */
#include "device.h"

#include "prompt.h"
#include "report.h"
#include "signin.h"
#include "term.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
  ANSWER_SIZE = 4096,
  RECORD_SIZE = ANSWER_SIZE + 5 * VALUE_SIZE,
  SECOND_MS = 1000,
  LOCK_POLL_MS = 20
};

static char texts[RECORD_SIZE], record[RECORD_SIZE];
static char owner[4 * VALUE_SIZE], endpoint_memory[VALUE_SIZE + 2];
static moat_endpoint endpoint;
static moat_device_grant grant;
static bool saved; /* the tokens are durable */

bool device_offered(const account *a) {
  bool entra = strcmp(a->profile.value[KEY_PROVIDER], "entra") == 0;
  /* A client of Entra's that has a secret is of the platform Web, which has no device codes. */
  return a->profile.value[KEY_DEVICE_URL][0] &&
         !(entra && strcmp(a->profile.value[KEY_AUTH], "none") != 0);
}

/* ---- The record of the pending code ---- */

/* Whatever else the profile says by now would make it another sign-in. */
static moat_span make_owner(const account *a) {
  const char(*value)[VALUE_SIZE] = a->profile.value;
  int n = snprintf(owner, sizeof owner, "%s\n%s\n%s\n%s", value[KEY_CLIENT_ID],
                   value[KEY_DEVICE_URL], value[KEY_TOKEN_URL], value[KEY_SCOPE]);
  return (moat_span){owner, (size_t)n};
}

static int load(account *a, moat_device_prompt *prompt, char buffer[RECORD_SIZE]) {
  return moat_device_load(prompt, make_owner(a), &moat_posix_platform, &a->posix, buffer,
                          RECORD_SIZE);
}

/* Called again while another moat holds it, and not at once. */
static int lock(account *a) {
  int r = moat_posix_platform.lock(&a->posix);
  if (r == MOAT_WANT_TIME) (void)poll(NULL, 0, LOCK_POLL_MS);
  return r;
}

static int save(account *a, moat_device_prompt *prompt) {
  int r = lock(a);
  if (r < 0) return r;
  r = moat_device_save(prompt, make_owner(a), &moat_posix_platform, &a->posix, record,
                       sizeof record);
  moat_posix_platform.unlock(&a->posix);
  return r;
}

/* Another kind of sign-in may have been begun meanwhile: that one is left alone. Who was told to
 * end does not wait for the lock, and says so once. */
static void erase(account *a) {
  moat_device_prompt p;
  if (account_cancelled ? moat_posix_platform.lock(&a->posix) : account_lock(a)) return;
  int r = load(a, &p, record);
  if (r == MOAT_OK || r == MOAT_E_EXPIRED)
    (void)moat_posix_platform.slot_erase(&a->posix, MOAT_SLOT_PENDING);
  moat_wipe(record, sizeof record);
  moat_posix_platform.unlock(&a->posix);
}

/* ---- The grant ---- */

static int show(void *ctx, moat_device_prompt *prompt) {
  account *a = ctx;
  int r = save(a, prompt);
  if (r < 0) return r;
  a->server = &a->token_endpoint;
  a->server_key = KEY_TOKEN_URL;
  return prompt_show(prompt, !a->options.no_qr) ? MOAT_E_PORT : MOAT_OK;
}

static int keep(void *ctx, const moat_token *token) {
  account *a = ctx;
  term_hide_token(token);
  int r = lock(a);
  if (r < 0) return r;
  r = account_load_old(a);
  if (r < 0) return r;
  moat_store_renew(&a->store, MOAT_HOW_DEVICE, moat_str(a->profile.value[KEY_TOKEN_URL]),
                   moat_str(a->profile.value[KEY_CLIENT_ID]),
                   moat_str(a->profile.value[KEY_SCOPE]));
  r = moat_store_keeper.save(&a->store, token);
  saved = r == MOAT_OK;
  return r;
}

static const moat_keeper_ops keeper = {.save = keep};

/* A code that is pending is taken up again, with its texts where an answer's would be. */
static int begin(account *a) {
  grant = (moat_device_grant){.grant = {.endpoint = &a->token_endpoint,
                                        .auth = &a->auth,
                                        .access = account_access,
                                        .access_size = sizeof account_access,
                                        .keeper = &keeper,
                                        .keeper_ctx = a},
                              .device_endpoint = &endpoint,
                              .scope = moat_str(a->profile.value[KEY_SCOPE]),
                              .memory = texts,
                              .memory_size = sizeof texts,
                              .show = show,
                              .show_ctx = a};
  if (load(a, &grant.prompt, texts) == MOAT_OK) {
    hint("This goes on with the sign-in that was begun before.");
    if (prompt_show(&grant.prompt, !a->options.no_qr)) return MOAT_E_PORT;
  } else {
    a->server = &endpoint;
    a->server_key = KEY_DEVICE_URL;
  }
  a->posix.error = 0;
  return moat_device_begin(&a->client, &grant);
}

/* ---- The wait ---- */

static uint32_t ticks(void) {
  return moat_posix_platform.ticks_ms(NULL);
}

/* A person who gives --wait means it, and the code lives no longer than it lives. */
static uint32_t seconds_left(const account *a, uint32_t since) {
  uint32_t life = (uint32_t)grant.prompt.expires_in, spent = (ticks() - since) / SECOND_MS;
  if (a->options.wait && a->options.wait_s < life) life = a->options.wait_s;
  return spent < life ? life - spent : 0;
}

/* Steps in turns of a second at most, for the count. MOAT_E_TIMEOUT: the person's time is over. */
static int poll_for_it(account *a) {
  bool in_place = isatty(STDERR_FILENO) && !a->options.verbose, shown = false;
  uint32_t since = 0;
  for (;;) {
    int r = moat_step(&a->client);
    if (r != MOAT_WANT_READ && r != MOAT_WANT_WRITE && r != MOAT_WANT_TIME) return r;
    if (!shown && a->server == &a->token_endpoint) {
      shown = true;
      since = ticks();
    }
    uint32_t left = shown ? seconds_left(a, since) : 1, ms = moat_wait_ms(&a->client);
    if (!left && a->options.wait) return MOAT_E_TIMEOUT;
    if (shown) prompt_count(left, in_place);
    r = moat_tls_stream.wait(&a->tls, r, ms < SECOND_MS ? ms : SECOND_MS);
    if (r < 0 && r != MOAT_WANT_TIME) return r;
  }
}

/* ---- How it ended ---- */

static void hint_other_way(const account *a) {
  hint("Where this way is not allowed, another may be: moat login %s --browser, or --paste",
       a->options.name);
}

static int refused(account *a) {
  const moat_error_info *e = moat_error(&a->client);
  const char *advice = moat_provider_advice(e->provider_code);
  say(CLI_SIGN_IN, "%s: the sign-in was refused, by the person or by a policy", a->options.name);
  if (advice) hint("%s", advice);
  hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  hint_other_way(a);
  return CLI_SIGN_IN;
}

static int expired(const account *a) {
  say(CLI_SIGN_IN, "nobody signed in while the code was valid");
  hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  return CLI_SIGN_IN;
}

static int time_is_over(const account *a) {
  say(CLI_SIGN_IN, "nobody signed in within %lu s", (unsigned long)a->options.wait_s);
  hint("The code is still valid. Go on with it: moat login %s --device", a->options.name);
  return CLI_SIGN_IN;
}

/* Who presses Ctrl-C or Ctrl-\ gives up, and leaves nothing that somebody could finish; whoever is
 * ended from outside goes on at the next start, if the code was shown. */
static int cancelled(account *a) {
  bool gives_up = account_cancelled == SIGINT || account_cancelled == SIGQUIT;
  moat_cancel(&a->client);
  if (gives_up) erase(a);
  say(CLI_FAILED, "cancelled");
  if (gives_up || !grant.prompt.device_code.n)
    hint("Nothing was changed. Begin anew: moat login %s --device", a->options.name);
  else
    hint("The code is still valid. Go on with it: moat login %s --device", a->options.name);
  return CLI_FAILED;
}

static int bad_address(const account *a) {
  say(CLI_FAILED, "%s wants people sent to an address that is not https, or not plain text",
      a->server->host);
  hint("It was not shown, and nothing was changed. Check device_url in the profile.");
  return CLI_FAILED;
}

static int failed(account *a, int result) {
  switch (result) {
  case MOAT_E_CANCEL: return cancelled(a);
  case MOAT_E_TIMEOUT:
    if (a->server == &a->token_endpoint) return time_is_over(a);
    break;
  case MOAT_E_DENIED: return refused(a);
  case MOAT_E_EXPIRED: return expired(a);
  case MOAT_E_URL: return bad_address(a);
  default: break;
  }
  int status = report_exchange(a, result);
  if (result == MOAT_E_OAUTH) hint_other_way(a);
  if (saved) hint("What was stored is good: try `moat refresh %s`.", a->options.name);
  return status;
}

/* The time for one exchange begins anew with each of them. */
static int connect_to_it(account *a) {
  const char *url = a->profile.value[KEY_DEVICE_URL];
  a->started = ticks();
  int status = account_connect(a, account_sends_secret(a, MOAT_HOW_DEVICE));
  if (status) return status;
  /* profile_check() has seen it. */
  return moat_url_split(url, strlen(url), endpoint_memory, sizeof endpoint_memory, &endpoint)
             ? CLI_PROFILE
             : CLI_OK;
}

int device_sign_in(account *a) {
  int status = connect_to_it(a);
  if (status) return status;
  int r = begin(a);
  if (r == MOAT_OK) r = poll_for_it(a);
  prompt_end();
  if (r < 0) status = failed(a, r);
  moat_cancel(&a->client);
  if (!grant.prompt.device_code.n) erase(a);
  moat_wipe(texts, sizeof texts);
  return status ? status : signin_show(a, a->profile.value[KEY_SCOPE]);
}
