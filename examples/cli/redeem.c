/* Codes and refresh tokens at the token endpoint, and what a failure leaves behind: that the person
 * learns whether anything was sent, and whether the grant still stands, is half of the work. */
#include "redeem.h"

#include "report.h"
#include "term.h"

#include <string.h>

/* The store's keeper, and a note of how far it came: what a failure means depends on that. */
typedef struct {
  moat_store *store;
  bool sent;  /* the mark is written, the request goes out */
  bool saved; /* the answer's tokens are durable */
} keeper;

static int keep_mark(void *ctx) {
  keeper *k = ctx;
  int r = moat_store_keeper.mark(k->store);
  k->sent = r == MOAT_OK;
  return r;
}

/* Called before anybody sees the access token; see store.h. */
static int keep_save(void *ctx, const moat_token *token) {
  keeper *k = ctx;
  term_hide_token(token);
  int r = moat_store_keeper.save(k->store, token);
  k->saved = r == MOAT_OK;
  return r;
}

static const moat_keeper_ops keeper_ops = {.mark = keep_mark, .save = keep_save};

/* Once it was sent, a code is spent, whatever the answer was. */
static int code_failed(account *a, const keeper *k, int result) {
  const char *name = a->options.name;
  int status = report_exchange(a, result);
  if (!k->sent)
    hint("The code was not sent: the same redirect can be given to `moat exchange %s` again.",
         name);
  else if (k->saved)
    hint("What was stored is good: try `moat refresh %s`.", name);
  else if (status != CLI_SIGN_IN)
    hint("The code is used up. Sign in again: moat login %s", name);
  return status;
}

/* The spans that are lent to the store stay where they are: in profile and pending. */
int redeem_code(account *a, const pending *p, moat_span code) {
  keeper k = {.store = &a->store};
  int status = account_connect(a, account_sends_secret(a, MOAT_HOW_CODE));
  if (status) return status;
  term_hide(code);
  term_hide(moat_str(p->keys.code_verifier));
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str(a->profile.value[KEY_TOKEN_URL]),
                   moat_str(a->profile.value[KEY_CLIENT_ID]), moat_str(p->scope));
  moat_code_grant g = {.grant = {.endpoint = &a->token_endpoint,
                                 .auth = &a->auth,
                                 .access = account_access,
                                 .access_size = sizeof account_access,
                                 .keeper = &keeper_ops,
                                 .keeper_ctx = &k},
                       .code = code,
                       .code_verifier = moat_str(p->keys.code_verifier),
                       .redirect_uri = moat_str(p->redirect_uri)};
  int r = moat_code_begin(&a->client, &g);
  if (r == MOAT_OK) r = moat_run(&a->client);
  return r < 0 ? code_failed(a, &k, r) : CLI_OK;
}

/* ---- The stored grant ---- */

/* Roots and secret are read once it is clear that the server has to be asked. */
static int prepare(void *ctx, uint8_t how) {
  account *a = ctx;
  term_hide_record(&a->store.record);
  a->prepared = account_secure(a, account_sends_secret(a, how));
  return a->prepared ? MOAT_E_PORT : MOAT_OK;
}

/* Until then there is nothing to wait for but the lock. */
static int run(account *a) {
  for (;;) {
    int r = moat_step(&a->client);
    if (r != MOAT_WANT_TIME)
      return r == MOAT_WANT_READ || r == MOAT_WANT_WRITE ? moat_run(&a->client) : r;
    if (a->prepared == CLI_OK) return moat_run(&a->client);
    r = moat_posix_stream.wait(&a->net, MOAT_WANT_TIME, moat_wait_ms(&a->client));
    if (r == MOAT_E_CANCEL) moat_cancel(&a->client);
  }
}

static int no_refresh_token(const account *a) {
  say(CLI_SIGN_IN, "the grant of %s has no refresh token", a->options.name);
  hint("The provider gave none; many want offline_access in the scope, or access_type=offline.");
  hint("Then sign in again: moat login %s", a->options.name);
  return CLI_SIGN_IN;
}

static int report(account *a, int result) {
  switch (result) {
  case MOAT_E_BUSY: return account_busy(a);
  case MOAT_E_EMPTY:
    if (a->store.record.provider.n) return no_refresh_token(a);
    break;
  case MOAT_E_FOREIGN:
  case MOAT_E_NEWER:
  case MOAT_E_STORE: break;
  default: return report_exchange(a, result);
  }
  return account_load_failed(a, result);
}

/* The refresh token may be spent without our knowing the next one, unless the server said that it
 * issued none. */
static int refresh_failed(account *a, int result) {
  /* The server's refusal of a token that was lost before is as definite as any. */
  bool definite = moat_judge(moat_error(&a->client)).definite || result == MOAT_E_LOST;
  int status = report(a, result);
  if (a->prepared != CLI_OK) return status;
  if (!moat_error(&a->client)->sent)
    hint("Nothing was sent, and the stored grant is as it was.");
  else if (!definite && !a->store.marked)
    hint("The refresh token of the answer is stored: the grant is good.");
  else if (definite && a->store.marked && a->posix.error)
    hint("The mark of this refresh could not be taken away: %s", strerror(a->posix.error));
  else if (a->store.marked)
    hint("The refresh is marked: whether the server spent the refresh token is not known. The next "
         "call tries it once more.");
  return status;
}

/* A token that is valid is handed out even if the server could not be asked for the next one. */
int redeem_stored(account *a, bool now) {
  moat_session *s = &a->stored;
  a->started = moat_posix_platform.ticks_ms(&a->posix);
  int status = account_client(a);
  if (status) return status;
  a->auth = (moat_auth){&moat_auth_none, moat_str(a->profile.value[KEY_CLIENT_ID]), {NULL, 0}};
  *s = (moat_session){.grant = {.endpoint = &a->token_endpoint,
                                .auth = &a->auth,
                                .access = account_access,
                                .access_size = sizeof account_access},
                      .store = &a->store,
                      .provider = moat_str(a->profile.value[KEY_TOKEN_URL]),
                      .prepare = prepare,
                      .prepare_ctx = a,
                      .refresh_now = now,
                      .shared = strcmp(a->profile.value[KEY_SHARED], "yes") == 0};
  a->prepared = -1;
  a->posix.error = 0;
  int r = moat_session_begin(&a->client, s);
  if (r == MOAT_OK) r = run(a);
  if (a->prepared > CLI_OK) return a->prepared;
  if (r < 0) return refresh_failed(a, r);
  term_hide_record(&a->store.record);
  term_hide_token(&s->grant.token);
  if (s->early)
    say(CLI_OK, "%s: no newer token (%s); this one is still valid", a->options.name,
        moat_error_text(s->early));
  return CLI_OK;
}
