/* From the redirect to a stored grant.
 *
 * What was pasted is judged before anything is consumed, so that a wrong address costs nothing. The
 * pending sign-in is erased, durably, when the first byte of its request goes out: a code and its
 * verifier are used once, even if the power fails. */
#include "commands.h"

#include "input.h"
#include "redeem.h"
#include "report.h"
#include "scope.h"
#include "term.h"

#include <errno.h>
#include <string.h>

enum {
  REDIRECT_MAX = 16384,
  /* What Linux's terminals give of one line, its end not counted. */
  TERMINAL_LINE = 4095
};

static char text[REDIRECT_MAX + 1];
static pending p;

/* ---- The pending sign-in ---- */

/* A redirect without its pending sign-in could be anybody's (RFC 6749 10.12). */
static int no_pending(account *a, const char *what) {
  say(CLI_SIGN_IN, "%s for %s", what, a->options.name);
  hint("Begin a new one: moat url %s", a->options.name);
  return CLI_SIGN_IN;
}

/* The profile may have changed since, by hand or by init; then the code is not for this client.
 * What the command line says is meant. */
static bool is_other(const account *a, int key, const char *then) {
  return !a->options.key[key] && strcmp(a->profile.value[key], then) != 0;
}

static int take_pending(account *a) {
  a->posix.error = 0;
  int r = pending_load(a, &p);
  if (r == MOAT_E_EMPTY) return no_pending(a, "no sign-in is under way");
  if (r == MOAT_E_STORE) return no_pending(a, "the record of the sign-in is damaged");
  if (r < 0) return account_state_failed(a, r);
  if (pending_is_old(a, &p)) {
    (void)pending_erase(a);
    return no_pending(a, "the sign-in was begun too long ago");
  }
  if (!is_other(a, KEY_TOKEN_URL, p.token_url) && !is_other(a, KEY_CLIENT_ID, p.client_id))
    return CLI_OK;
  say(CLI_PROFILE, "the sign-in for %s was begun for another client or token URL", a->options.name);
  hint("The profile has changed since. Begin a new one: moat url %s", a->options.name);
  return CLI_PROFILE;
}

/* ---- The redirect ---- */

/* In its line mode a terminal drops what is beyond, without a word. */
static int explain_cut(void) {
  hint("It has %d characters, the most that a terminal passes on of a line: its end is missing.",
       TERMINAL_LINE);
  hint("Put it in a file for its owner alone, and give that: moat exchange NAME < FILE");
  return CLI_FAILED;
}

static size_t line_length(size_t n) {
  return n - (n > 0 && text[n - 1] == '\n');
}

static int read_redirect(size_t *n) {
  if (input_is_terminal()) hint("Paste the address that the browser ended at, then press Enter:");
  int error = input_read(text, sizeof text, n);
  if (error == EINTR) return say_cancelled();
  if (error == EFBIG) {
    say(CLI_FAILED, "more than %d bytes came on stdin: that is no redirect", REDIRECT_MAX);
    hint("Give the address that the browser ended at, and nothing else.");
    return CLI_FAILED;
  }
  if (error) {
    say(CLI_FAILED, "cannot read stdin: %s", strerror(error));
    hint("Give the address that the browser ended at on stdin.");
    return CLI_FAILED;
  }
  if (!input_is_terminal() || line_length(*n) != TERMINAL_LINE) return CLI_OK;
  say(CLI_FAILED, "the address was cut off");
  return explain_cut();
}

/* People copy the code alone, too. It has no name before it and no mark of a URL. */
static bool is_code_alone(void) {
  static const char *const names[] = {"code=", "state=", "error=", "iss="};
  const char *start = text + strspn(text, " \t\r\n");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(start, names[i], strlen(names[i])) == 0) return false;
  return !strpbrk(start, "?&#") && !strstr(start, "://");
}

/* Each refusal says what to look at, and that nothing is lost by it. */
static int refused(account *a, int result, size_t length) {
  say(CLI_FAILED, "%s", moat_error_text(result));
  if (length == TERMINAL_LINE) return explain_cut();
  if (result == MOAT_E_ISSUER)
    hint("A redirect of %s has iss in it; give the whole address, and check who sent it.",
         a->profile.value[KEY_ISSUER]);
  else if (result == MOAT_E_STATE)
    hint("Its state is missing or not the one of the last `moat url %s`: each begins anew.",
         a->options.name);
  else
    hint("Give the whole address that the browser ended at, as it is, with code and state.");
  hint("Nothing was sent, and the sign-in can go on.");
  return CLI_FAILED;
}

/* The text is decoded in place, so its length is taken before. */
static int judge(account *a, size_t n, moat_redirect *redirect) {
  size_t length = line_length(n);
  moat_expect expect = {.state = moat_str(p.keys.state),
                        .issuer = moat_str(a->profile.value[KEY_ISSUER])};
  int r = is_code_alone() ? moat_redirect_code(text, n, &expect, redirect)
                          : moat_redirect_url(text, n, &expect, redirect);
  if (r == MOAT_E_OAUTH) return report_redirect(a, redirect);
  return r < 0 ? refused(a, r, length) : CLI_OK;
}

/* ---- The result ---- */

/* Who signed in is not known to OAuth; where and for what is. */
static int show(account *a) {
  static char missing[VALUE_SIZE];
  char until[TIME_SIZE];
  const moat_record *r = &a->store.record;
  int status = print("%s is signed in at %s.", a->options.name, a->token_endpoint.host);
  if (!status && r->scope.n) status = print("Scope: %.*s", (int)r->scope.n, r->scope.p);
  if (!status && r->expires)
    status = print("The access token is valid until %s.", time_text(r->expires, until));
  if (!status && r->refresh_token.n) status = print("The refresh token is stored.");
  if (scope_missing(moat_str(p.scope), r->scope, missing, sizeof missing))
    hint("Asked for, but not granted: %s", missing);
  if (!r->refresh_token.n) {
    hint("No refresh token came, so this ends with the access token.");
    hint("Many providers want offline_access in the scope, Google access_type=offline.");
  }
  hint("From now on: moat token %s", a->options.name);
  return status;
}

/* What was read before the wait at the prompt may be gone by now, so the pending sign-in counts as
 * it is under the lock. */
static int exchange(account *a, size_t n) {
  moat_redirect redirect = {.code = {NULL, 0}};
  int status = account_lock(a);
  if (!status) status = take_pending(a);
  if (!status) status = judge(a, n, &redirect);
  if (status) return status;
  /* A grant that is damaged or absent is about to be replaced, so only its number would matter. */
  int r = moat_store_load(&a->store);
  if (r == MOAT_E_NEWER || r == MOAT_E_PORT) return account_state_failed(a, r);
  status = redeem_code(a, &p, redirect.code);
  return status ? status : show(a);
}

/* Checked twice: here, so that nobody pastes in vain, and again under the lock. */
int cmd_exchange(account *a) {
  size_t n = 0;
  int status = account_open(a);
  if (!status) status = take_pending(a);
  if (!status) status = read_redirect(&n);
  if (!status) status = exchange(a, n);
  moat_wipe(text, sizeof text);
  moat_wipe(&p, sizeof p);
  return status;
}
