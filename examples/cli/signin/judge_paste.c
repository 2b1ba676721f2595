/* A paste is judged before anything is sent, so a wrong one costs nothing and can be pasted again.
 * What it looks like is noted first, because the library decodes it in place. */
#include "judge_paste.h"

#include "../report/report.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "signin.h"

#include <string.h>
#include <strings.h>

enum { SHORTEST_CODE = 6, LONGEST_WORD = 15, HOST_SHOWN = 100 };

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS "abcdefghijklmnopqrstuvwxyz" CAPITALS
#define DIGITS "0123456789"

static const char blanks[] = " \t\r\n";

/* Letters before a ':'. They are a scheme, or the name of a host before its port. */
static moat_span scheme_of(const char *text) {
  size_t n = strspn(text, LETTERS "+.-");
  return (moat_span){text, text[n] == ':' ? n : 0};
}

static bool is_same(moat_span a, moat_span b) {
  return a.n == b.n && strncasecmp(a.p, b.p, b.n) == 0;
}

static bool is_web(moat_span scheme) {
  return is_same(scheme, moat_str("https")) || is_same(scheme, moat_str("http"));
}

/* The host of an address, without the port; empty if the text does not begin with a scheme. */
static moat_span host_of(const char *text) {
  const char *at = strstr(text, "://");
  if (!at || strcspn(text, "?&=#\"'< ") < (size_t)(at - text)) return (moat_span){NULL, 0};
  at += 3;
  size_t literal = *at == '[' ? strcspn(at, "]/?#") : 0;
  return (moat_span){at, literal ? literal + (at[literal] == ']') : strcspn(at, ":/?#& \t\r\n")};
}

/* People also copy only the code. It has no name before it and nothing of a URL in it. */
static bool is_alone(const char *text) {
  static const char *const names[] = {"code=", "state=", "error=", "iss="};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strncmp(text, names[i], strlen(names[i])) == 0) return false;
  return !strpbrk(text, "?&#") && !strstr(text, "://") && !scheme_of(text).n;
}

/* RFC 6749 sets no least length, but a code cannot be guessed (10.10). So a short one does not look
 * like a word or a host: it has digits or capitals in it, and no dot. */
static bool is_word(const char *text, size_t n) {
  bool is_plain = 1 + strcspn(text + 1, CAPITALS DIGITS) >= n || strcspn(text, ".") < n;
  return n < SHORTEST_CODE || (n <= LONGEST_WORD && is_plain);
}

/* Whether it is no code either, but a word, several words, or nothing. */
static bool is_talk(const char *text) {
  size_t n = strcspn(text, blanks);
  return is_alone(text) && (is_word(text, n) || text[n + strspn(text + n, blanks)]);
}

/* The address that moat itself shows, or one that a provider makes of it. */
static bool is_sign_in_url(const account *a, const char *text) {
  const char *url = a->profile.value[KEY_AUTHORIZE_URL];
  size_t n = strcspn(url, "?");
  bool begins =
      strncmp(text, url, n) == 0 && (!text[n] || strchr("?#", text[n]) || strchr(blanks, text[n]));
  return begins || strstr(text, "response_type=");
}

/* Providers lead through several hosts before the browser comes back to that of the redirect URI.
 * People also paste what is no address of the web: a file, an empty page. */
static bool is_elsewhere(const account *a, const char *text) {
  moat_span ours = host_of(a->profile.value[KEY_REDIRECT_URI]);
  moat_span host = host_of(text), scheme = scheme_of(text);
  if (scheme.n && !is_web(scheme)) return !is_same(scheme, ours);
  return host.n && ours.n && !is_same(host, ours);
}

/* "state=", and not the one of session_state. */
static const char *find_state(const char *text) {
  const char *at = strstr(text, "state=");
  while (at && at > text && at[-1] == '_')
    at = strstr(at + 1, "state=");
  return at;
}

/* If the end of an address is missing, so is the state or a part of it. The text is not decoded
 * yet, but Moat's states need no encoding. */
static bool is_cut(const moat_authorization *p, const char *text) {
  const char *state = find_state(text);
  if (!state) return strstr(text, "code=") || strstr(text, "state=") || strstr(text, "://");
  state += strlen("state=");
  size_t n = strcspn(state, "&# \t\r\n"), rest = strspn(state + n, blanks);
  return n < strlen(p->state) && strncmp(state, p->state, n) == 0 && !state[n + rest];
}

/* A line break within it, quotes around it, and blanks that only look like part of it (RFC 3986).
 * Browsers leave \ ^ { | } in an address as they are. */
static bool has_stray(const char *text) {
  size_t n = strlen(text);
  while (n && strchr(blanks, text[n - 1]))
    n--;
  for (size_t i = 0; i < n; i++)
    if (text[i] <= ' ' || text[i] > '~' || strchr("\"<>`", text[i])) return true;
  return false;
}

/* ---- What it looks like, if it is refused ---- */

/* The order counts: the first that fits is told. Those up to ELSEWHERE are of another place than
 * the redirect's. */
enum { NOTHING, TALK, SIGN_IN_URL, ELSEWHERE, CUT, ALTERED, STRAY, BROKEN, WHOLE };

static int look_of(const account *a, const moat_authorization *p, const char *text) {
  if (!*text) return NOTHING;
  if (is_talk(text)) return TALK;
  if (is_alone(text)) return WHOLE;
  if (is_sign_in_url(a, text)) return SIGN_IN_URL;
  if (is_elsewhere(a, text)) return ELSEWHERE;
  if (is_cut(p, text)) return CUT;
  bool stray = has_stray(text);
  if (strstr(text, p->state)) return stray ? STRAY : ALTERED;
  return stray ? BROKEN : WHOLE;
}

static void tell_elsewhere(moat_span host, moat_span scheme) {
  moat_span shown = is_web(scheme) ? host : scheme;
  say(CLI_FAILED, "that is an address %s %.*s%s; no sign-in ends there",
      is_web(scheme) ? "of" : "that begins with",
      (int)(shown.n < HOST_SHOWN ? shown.n : HOST_SHOWN), shown.p, is_web(scheme) ? "" : ":");
}

/* Tells what was given instead of the address, and where to find that. */
static void tell_place(const account *a, int look, moat_span host, moat_span scheme) {
  if (look == NOTHING)
    say(CLI_FAILED, "nothing was given");
  else if (look == TALK)
    say(CLI_FAILED, "that is neither an address nor a code");
  else if (look == SIGN_IN_URL)
    say(CLI_FAILED, "that is the address to sign in at, not the one that the browser ends at");
  else
    tell_elsewhere(host, scheme);
  if (look == SIGN_IN_URL)
    hint("Open it in a browser, and sign in there.");
  else if (look == ELSEWHERE)
    hint("Finish the sign-in in the browser.");
  hint("Give the address with code and state in it. It begins with %.*s",
       (int)strcspn(a->profile.value[KEY_REDIRECT_URI], "?"), a->profile.value[KEY_REDIRECT_URI]);
}

/* Tells what is wrong with an address that has the right place. */
static void tell_fault(const account *a, int result, int look, size_t n) {
  const char *name = a->options.name;
  if (look == CUT) {
    say(CLI_FAILED, "the address is not whole: in its %zu characters the state is missing or cut",
        n);
    hint("Something cut it off on its way here. Copy all of it;");
    hint("from a file: moat exchange %s < FILE", name);
  } else if (look == BROKEN) {
    say(CLI_FAILED,
        "there is a line break, a blank, a quote or the like in it, and no address has one");
    hint("Give the whole address in one line, without anything else around it.");
  } else if (look == STRAY || (look == ALTERED && result == MOAT_E_STATE)) {
    say(CLI_FAILED, "the address is not as the browser had it, though the right state is in it");
    hint("Give it without quotes or anything else around it.");
    hint("Its parameters follow a '?', not a '#'.");
  } else {
    say(CLI_FAILED, "%s", moat_error_text(result));
    if (result == MOAT_E_ISSUER) {
      moat_span issuer = signin_expect(a, NULL).issuer;
      hint("Its iss has to be %.*s;", (int)issuer.n, issuer.p);
      hint("give the whole address, and check who sent it.");
    } else if (result == MOAT_E_STATE) {
      hint("Its state is not the one of the last sign-in of %s: each begins anew.", name);
      hint("An older window of the browser may show an older address.");
    } else {
      hint("Give the whole address that the browser ended at, as it is,");
      hint("with code and state.");
    }
  }
}

static int too_long(void) {
  say(CLI_FAILED, "more than %d bytes were given: that is no redirect", PASTE_MAX);
  hint("Give the address that the browser ended at, and nothing else.");
  return CLI_FAILED;
}

int judge_paste(account *a, const moat_authorization *p, paste *text, moat_redirect *out,
                bool *again) {
  moat_expect expect = signin_expect(a, p->state);
  *again = true;
  hide_secret(expect.state);
  if (text->too_long) return too_long();
  size_t n = text->n;
  char *start = text->text + strspn(text->text, blanks);
  moat_span host = host_of(start), scheme = scheme_of(start);
  int look = look_of(a, p, start);
  int r = MOAT_E_CODE;
  if (look > TALK)
    r = is_alone(start) ? moat_redirect_code(text->text, n, &expect, out)
                        : moat_redirect_url(text->text, n, &expect, out);
  *again = r != MOAT_OK && r != MOAT_E_OAUTH;
  if (r == MOAT_OK) return CLI_OK;
  if (r == MOAT_E_OAUTH) return report_redirect(a, out);
  if (look <= ELSEWHERE)
    tell_place(a, look, host, scheme);
  else
    tell_fault(a, r, look, n);
  hint("Nothing was sent, and the sign-in can go on.");
  return CLI_FAILED;
}
