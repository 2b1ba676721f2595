/* Nobody who has just clicked through a sign-in knows for sure which of their accounts it was. So a
 * grant that works is not replaced by somebody else's without a word. */
#include "who.h"

#include "../account/identity.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "show_code.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_MOST = 255 }; /* bytes of a name */

static identity owner, person;   /* of the stored grant, and of the new one */
static bool has_owner, is_known; /* the person is */

/* ---- The URL ---- */

bool who_selects(const account *a) {
  return a->options.who && strcmp(a->options.who, "select") == 0;
}

/* The name that is expected, or NULL. */
static const char *expected(const account *a) {
  return who_selects(a) ? NULL : a->options.who;
}

/* Returns the value of a form field in the text, or NULL. */
static char *find_field(char *form, const char *name) {
  size_t n = strlen(name);
  for (char *field = form; field; field = strchr(field, '&')) {
    field += *field == '&';
    if (strncmp(field, name, n) == 0 && field[n] == '=') return field + n + 1;
  }
  return NULL;
}

static void put_encoded(const char *text, char out[3 * NAME_MOST + 1]) {
  for (; *text; text++) {
    bool plain = isalnum((unsigned char)*text) || strchr("-._~", *text);
    out += sprintf(out, plain ? "%c" : "%%%02X", (unsigned char)*text);
  }
}

/* `prompt` is a list (OpenID Connect Core 3.1.2.1), which the profile may have begun. */
static int add(account *a, const char *name, const char *value) {
  static char extra[2 * VALUE_SIZE];
  const char *old = a->profile.value[KEY_EXTRA];
  char *at = find_field(a->profile.value[KEY_EXTRA], name);
  if (at && !who_selects(a))
    return options_misuse(&a->options, "--account: the profile's extra has %s already", name);
  int before = at ? (int)(at - old + (long)strcspn(at, "&")) : (int)strlen(old);
  (void)snprintf(extra, sizeof extra, "%.*s%s%s%s%s%s", before, old,
                 at     ? "%20"
                 : *old ? "&"
                        : "",
                 at ? "" : name, at ? "" : "=", value, old + before);
  a->config.extra = moat_str(extra);
  return CLI_OK;
}

int who_ask(account *a) {
  char encoded[3 * NAME_MOST + 1];
  if (!a->options.who) return CLI_OK;
  size_t n = strlen(a->options.who);
  if (n < 1 || n > NAME_MOST)
    return options_misuse(&a->options, "--account takes 1 to %d bytes", NAME_MOST);
  if (who_selects(a)) return add(a, "prompt", "select_account");
  put_encoded(a->options.who, encoded);
  return add(a, "login_hint", encoded);
}

/* ---- The answer ---- */

/* The provider's own mistake or the profile's, so both are named. */
static void hint_unknown(const account *a) {
  if (moat_account_id_token(&a->moat).n)
    hint("Its ID token is not for this client, or not of the profile's issuer, or damaged.");
  else
    hint("The provider sent no ID token. It does if openid is in the scope, and granted.");
}

/* The new grant is not stored yet, and the old one still works. No command to copy has a name in it
 * that somebody else has chosen. */
static int doubt(account *a) {
  bool yes = false;
  const char *wanted = expected(a), *name = a->options.name;
  const char *who = is_known ? person.name : "somebody unknown";
  show_code_end();
  say(CLI_OK, "%s signed in, but %s is for %s", who, name, wanted ? wanted : owner.name);
  if (!is_known) hint_unknown(a);
  int status = CLI_OK;
  if (isatty(STDERR_FILENO) && ask_begin())
    status = ask_yes("Store the new grant all the same? yes or no", &yes);
  ask_end();
  if (yes) return CLI_OK;
  if (!status) say(CLI_FAILED, "the sign-in of %s was not stored", who);
  if (is_known)
    hint("Nothing was changed. If the other account is meant: moat login %s --account NAME", name);
  return CLI_FAILED;
}

/* An ID token that was not made for this client, or that cannot be read, is like one of another
 * person. Without any, nobody can be compared, but a name that was asked for is missing. */
static bool is_expected(const account *a) {
  const char *wanted = expected(a);
  if (wanted) return is_known && strcasecmp(wanted, person.name) == 0;
  if (!has_owner || !moat_account_id_token(&a->moat).n) return true;
  return is_known && identity_is_same(&owner, &person);
}

static int judge(account *a) {
  a->accept = NULL;
  is_known = identity_of_answer(a, &person);
  return is_expected(a) ? CLI_OK : doubt(a);
}

void who_guard(account *a, int result) {
  bool lives = result == MOAT_OK && !moat_account_note(&a->moat)->dead_code;
  has_owner = lives && identity_read(a, &owner);
  a->accept = judge;
}

const char *who_remember(account *a) {
  is_known = identity_of_answer(a, &person);
  identity_save(a, is_known ? &person : NULL);
  return is_known ? person.name : NULL;
}
