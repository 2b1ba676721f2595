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
  int r = moat_store_keeper.save(k->store, token);
  k->saved = r == MOAT_OK;
  return r;
}

static const moat_keeper_ops keeper_ops = {.mark = keep_mark, .save = keep_save};

static moat_grant grant_of(account *a, keeper *k) {
  return (moat_grant){.endpoint = &a->token_endpoint,
                      .auth = &a->auth,
                      .access = account_access,
                      .access_size = sizeof account_access,
                      .keeper = &keeper_ops,
                      .keeper_ctx = k};
}

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
  moat_code_grant g = {.grant = grant_of(a, &k),
                       .code = code,
                       .code_verifier = moat_str(p->keys.code_verifier),
                       .redirect_uri = moat_str(p->redirect_uri)};
  int r = moat_code_begin(&a->client, &g);
  if (r == MOAT_OK) r = moat_run(&a->client);
  return r < 0 ? code_failed(a, &k, r) : CLI_OK;
}

/* The refresh token may be spent without our knowing the next one, unless the server said that it
 * issued none. */
static int refresh_failed(account *a, const keeper *k, bool was_marked, int result) {
  bool definite = report_is_definite(a, result);
  int status = report_exchange(a, result);
  if (definite && was_marked && status == CLI_SIGN_IN)
    hint(
        "An earlier refresh was interrupted, and its answer with the next refresh token was lost.");
  if (definite && moat_store_unmark(&a->store) < 0)
    hint("The mark of this refresh could not be taken away: %s", strerror(a->posix.error));
  if (!k->sent)
    hint("Nothing was sent, and the stored grant is as it was.");
  else if (k->saved)
    hint("The refresh token of the answer is stored: the grant is good.");
  else if (!definite)
    hint("The refresh is marked: whether the server spent the refresh token is not known. The next "
         "call tries it once more.");
  return status;
}

/* A grant that is marked is tried once, at once: most often nothing was lost. */
int redeem_refresh(account *a) {
  keeper k = {.store = &a->store};
  const moat_record *r = &a->store.record;
  bool was_marked = a->store.marked;
  if (!r->refresh_token.n) {
    say(CLI_SIGN_IN, "the grant of %s has no refresh token", a->options.name);
    hint("The provider gave none; many want offline_access in the scope, or access_type=offline.");
    hint("Then sign in again: moat login %s", a->options.name);
    return CLI_SIGN_IN;
  }
  int status = account_connect(a, account_sends_secret(a, r->how));
  if (status) return status;
  term_hide(r->refresh_token);
  moat_refresh_grant g = {.grant = grant_of(a, &k), .refresh_token = r->refresh_token};
  int result = moat_refresh_begin(&a->client, &g);
  if (result == MOAT_OK) result = moat_run(&a->client);
  return result < 0 ? refresh_failed(a, &k, was_marked, result) : CLI_OK;
}
