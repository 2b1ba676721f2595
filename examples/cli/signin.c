/* What was pasted or sent is judged before anything is consumed, so that a wrong address costs
 * nothing. The pending sign-in is erased, durably, when the first byte of its request goes out: a
 * code and its verifier are used once, even if the power fails. */
#include "signin.h"

#include "redeem.h"
#include "report.h"
#include "scope.h"
#include "term.h"

#include <stdlib.h>
#include <string.h>

/* ---- The URL ---- */

static int write_url(account *a, const pending *p, char *url) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  moat_authorize request = {.url = moat_str(value[KEY_AUTHORIZE_URL]),
                            .client_id = moat_str(value[KEY_CLIENT_ID]),
                            .redirect_uri = moat_str(p->redirect_uri),
                            .scope = moat_str(value[KEY_SCOPE]),
                            .extra = moat_str(value[KEY_EXTRA])};
  return moat_authorize_url(&request, &p->keys, &moat_crypto_mbedtls, NULL, url, SIGNIN_URL_SIZE);
}

/* The redirect URI and scope of now, whatever the profile says at the exchange. */
static int make_pending(account *a, pending *p, const char *redirect_uri) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  p->created = account_now(a);
  memcpy(p->token_url, value[KEY_TOKEN_URL], VALUE_SIZE);
  memcpy(p->client_id, value[KEY_CLIENT_ID], VALUE_SIZE);
  memcpy(p->redirect_uri, redirect_uri, strlen(redirect_uri) + 1);
  memcpy(p->scope, value[KEY_SCOPE], VALUE_SIZE);
  return moat_pending_make(&p->keys, &moat_posix_platform, &a->posix);
}

int signin_begin(account *a, pending *p, const char *redirect_uri, char url[SIGNIN_URL_SIZE]) {
  int r = make_pending(a, p, redirect_uri);
  if (r == MOAT_OK) r = write_url(a, p, url);
  if (r < 0) {
    /* Only what the profile says can make it fail, or a machine without randomness. */
    say(CLI_FAILED, "the authorize URL cannot be made: %s", moat_error_text(r));
    hint("Check authorize_url, scope and extra in the profile.");
    return CLI_FAILED;
  }
  int status = account_lock(a);
  if (status) return status;
  r = pending_save(a, p);
  moat_posix_platform.unlock(&a->posix);
  return r < 0 ? account_state_failed(a, r) : CLI_OK;
}

/* ---- The pending sign-in ---- */

/* A redirect without its pending sign-in could be anybody's (RFC 6749 10.12). */
static int no_pending(account *a, const char *what) {
  say(CLI_SIGN_IN, "%s for %s", what, a->options.name);
  hint("Begin a new one: moat login %s", a->options.name);
  return CLI_SIGN_IN;
}

/* The profile may have changed since, by hand or by init; then the code is not for this client.
 * What the command line says is meant. */
static bool is_other(const account *a, int key, const char *then) {
  return !a->options.key[key] && strcmp(a->profile.value[key], then) != 0;
}

int signin_pending(account *a, pending *p) {
  a->posix.error = 0;
  int r = pending_load(a, p);
  if (r == MOAT_E_EMPTY) return no_pending(a, "no sign-in is under way");
  if (r == MOAT_E_STORE) return no_pending(a, "the record of the sign-in is damaged");
  if (r < 0) return account_state_failed(a, r);
  if (pending_is_old(a, p)) {
    (void)pending_erase(a);
    return no_pending(a, "the sign-in was begun too long ago");
  }
  if (!is_other(a, KEY_TOKEN_URL, p->token_url) && !is_other(a, KEY_CLIENT_ID, p->client_id))
    return CLI_OK;
  say(CLI_PROFILE, "the sign-in for %s was begun for another client or token URL", a->options.name);
  hint("The profile has changed since. Begin a new one: moat login %s", a->options.name);
  return CLI_PROFILE;
}

/* ---- The redirect ---- */

/* People copy the code alone, too. It has no name before it and no mark of a URL. */
static bool is_code_alone(const char *text) {
  static const char *const names[] = {"code=", "state=", "error=", "iss="};
  const char *start = text + strspn(text, " \t\r\n");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(start, names[i], strlen(names[i])) == 0) return false;
  return !strpbrk(start, "?&#") && !strstr(start, "://");
}

/* "state=", and not the one of session_state. */
static const char *find_state(const char *text) {
  const char *at = strstr(text, "state=");
  while (at && at > text && at[-1] == '_')
    at = strstr(at + 1, "state=");
  return at;
}

/* An address that has lost its end has lost the state, or the last part of it. Looked at before the
 * text is decoded; a state of ours has nothing to encode. */
static bool is_cut(const pending *p, const paste *text) {
  const char *state = find_state(text->text);
  if (!state)
    return strstr(text->text, "code=") || strstr(text->text, "state=") || strstr(text->text, "://");
  state += strlen("state=");
  size_t n = strcspn(state, "&# \t\r\n"), rest = strspn(state + n, " \t\r\n");
  return n < strlen(p->keys.state) && strncmp(state, p->keys.state, n) == 0 && !state[n + rest];
}

/* Each refusal says what to look at, and that nothing is lost by it. */
static int refused(account *a, int result, const paste *text, bool cut, bool altered) {
  if (cut) {
    say(CLI_FAILED, "the address is not whole: in its %zu characters the state is missing or cut",
        text->n);
    hint("Something cut it off on its way here. Copy all of it; from a file: moat exchange %s < "
         "FILE",
         a->options.name);
  } else if (altered) {
    say(CLI_FAILED, "the address is not as the browser had it, though the right state is in it");
    hint("Give it without quotes or anything else around it. Its parameters follow a '?', not a "
         "'#'.");
  } else {
    say(CLI_FAILED, "%s", moat_error_text(result));
    if (result == MOAT_E_ISSUER)
      hint("A redirect of %s has iss in it; give the whole address, and check who sent it.",
           a->profile.value[KEY_ISSUER]);
    else if (result == MOAT_E_STATE)
      hint("Its state is not the one of the last sign-in of %s: each begins anew.",
           a->options.name);
    else
      hint("Give the whole address that the browser ended at, as it is, with code and state.");
  }
  hint("Nothing was sent, and the sign-in can go on.");
  return CLI_FAILED;
}

static int too_long(void) {
  say(CLI_FAILED, "more than %d bytes were given: that is no redirect", PASTE_MAX);
  hint("Give the address that the browser ended at, and nothing else.");
  return CLI_FAILED;
}

int signin_judge(account *a, const pending *p, paste *text, moat_redirect *out, bool *again) {
  moat_expect expect = {.state = moat_str(p->keys.state),
                        .issuer = moat_str(a->profile.value[KEY_ISSUER])};
  *again = true;
  term_hide(expect.state);
  if (text->too_long) return too_long();
  bool cut = is_cut(p, text), alone = is_code_alone(text->text);
  bool altered = strstr(text->text, p->keys.state) != NULL; /* if that is not its state */
  int r = alone ? moat_redirect_code(text->text, text->n, &expect, out)
                : moat_redirect_url(text->text, text->n, &expect, out);
  *again = r != MOAT_OK && r != MOAT_E_OAUTH && (r != MOAT_E_STATE || cut || altered);
  if (r == MOAT_E_OAUTH) return report_redirect(a, out);
  return r < 0 ? refused(a, r, text, cut && !alone, altered && r == MOAT_E_STATE) : CLI_OK;
}

/* ---- The grant ---- */

/* What was known before the wait may be gone by now, so the pending sign-in counts as it is under
 * the lock. */
static int check_pending(account *a, const pending *p) {
  static pending stored;
  int status = signin_pending(a, &stored);
  bool same = memcmp(&stored.keys, &p->keys, sizeof p->keys) == 0;
  moat_wipe(&stored, sizeof stored);
  if (status || same) return status;
  say(CLI_FAILED, "another sign-in for %s was begun meanwhile", a->options.name);
  hint("Finish that one, or begin anew: moat login %s", a->options.name);
  return CLI_FAILED;
}

void signin_forget(account *a, const pending *p) {
  static pending stored;
  if (moat_posix_platform.lock(&a->posix) != MOAT_OK) return;
  bool same =
      pending_load(a, &stored) == MOAT_OK && memcmp(&stored.keys, &p->keys, sizeof p->keys) == 0;
  moat_wipe(&stored, sizeof stored);
  if (same) (void)pending_erase(a);
}

int signin_redeem(account *a, const pending *p, moat_span code) {
  int status = account_lock(a);
  if (!status) status = check_pending(a, p);
  if (status) return status;
  int r = account_load_old(a);
  return r < 0 ? account_state_failed(a, r) : redeem_code(a, p, code);
}

/* Who signed in is not known to OAuth; where and for what is. */
int signin_show(account *a, const char *scope) {
  static char missing[VALUE_SIZE];
  char until[TIME_SIZE];
  const moat_record *r = &a->store.record;
  int status = print("%s is signed in at %s.", a->options.name, a->token_endpoint.host);
  if (!status && r->scope.n) status = print("Scope: %.*s", (int)r->scope.n, r->scope.p);
  if (!status && r->expires)
    status = print("The access token is valid until %s.", time_text(r->expires, until));
  if (!status && r->refresh_token.n) status = print("The refresh token is stored.");
  if (scope_missing(moat_str(scope), r->scope, missing, sizeof missing))
    hint("Asked for, but not granted: %s", missing);
  if (!r->refresh_token.n) {
    hint("No refresh token came, so this ends with the access token.");
    hint("Many providers want offline_access in the scope, Google access_type=offline.");
  }
  hint("From now on: moat token %s", a->options.name);
  return status;
}
