/* The file has four lines: when the grant was signed in, by which it is known to be this one's, the
 * issuer, the subject and the name. */
#include "identity.h"

#include "../files.h"
#include "claims.h"

#include <stdio.h>
#include <string.h>

enum { FILE_SIZE = sizeof(identity) + 32 };

static bool find_path(const account *a, char path[PATH_SIZE]) {
  int n = snprintf(path, PATH_SIZE, "%s/identity", a->paths.state);
  return n > 0 && n < PATH_SIZE;
}

/* ---- The token ---- */

/* Returns the host of an https URL. Google's issuer may lack the scheme. */
static moat_span host_of(const char *url) {
  static const char scheme[] = "https://";
  if (strncmp(url, scheme, sizeof scheme - 1) == 0) url += sizeof scheme - 1;
  return (moat_span){url, strcspn(url, ":/?")};
}

/* The issuer is the one that the profile names, or else at one of the provider's own hosts: an
 * issuer of Entra's has the tenant's id in it, which is known only now. */
static bool is_issuer(const account *a, const char *issuer) {
  char const(*value)[VALUE_SIZE] = a->profile.value;
  moat_span host = host_of(issuer);
  if (*value[KEY_ISSUER]) return strcmp(issuer, value[KEY_ISSUER]) == 0;
  return moat_span_equal(host, host_of(value[KEY_TOKEN_URL])) ||
         moat_span_equal(host, host_of(value[KEY_AUTHORIZE_URL]));
}

/* Nobody's address or name is a key, because both can change, and be somebody else's later. */
bool identity_of_answer(const account *a, identity *who) {
  static const char *const names[] = {"preferred_username", "email", "sub"};
  static char claims[CLAIMS_SIZE];
  bool good = claims_decode(moat_account_id_token(&a->moat), claims) &&
              claims_text(claims, "iss", who->issuer, sizeof who->issuer) &&
              is_issuer(a, who->issuer) &&
              claims_are_for(claims, a->profile.value[KEY_CLIENT_ID]) &&
              claims_text(claims, "sub", who->subject, sizeof who->subject);
  size_t i = 0;
  while (good && !claims_text(claims, names[i], who->name, sizeof who->name))
    i++;
  moat_wipe(claims, sizeof claims);
  return good;
}

/* ---- The file ---- */

/* Takes the next line of the text. */
static bool take_line(char **at, char *out, size_t size) {
  size_t n = strcspn(*at, "\n");
  if (!(*at)[n] || n >= size) return false;
  memcpy(out, *at, n);
  out[n] = '\0';
  *at += n + 1;
  return true;
}

/* A grant that came in another way has another time, or there is no file: then it is not known. */
bool identity_read(const account *a, identity *who) {
  char path[PATH_SIZE], text[FILE_SIZE], *at = text, signed_in[16], line[16];
  size_t n;
  (void)snprintf(signed_in, sizeof signed_in, "%lu",
                 (unsigned long)moat_account_record(&a->moat)->signed_in);
  return find_path(a, path) && !file_read(path, FILE_PRIVATE, text, sizeof text, &n) &&
         take_line(&at, line, sizeof line) && strcmp(line, signed_in) == 0 &&
         take_line(&at, who->issuer, sizeof who->issuer) &&
         take_line(&at, who->subject, sizeof who->subject) &&
         take_line(&at, who->name, sizeof who->name);
}

void identity_save(account *a, const identity *who) {
  char path[PATH_SIZE], text[FILE_SIZE];
  if (!find_path(a, path)) return;
  if (!who) {
    (void)file_erase(path);
    return;
  }
  int n = snprintf(text, sizeof text, "%lu\n%s\n%s\n%s\n",
                   (unsigned long)moat_account_record(&a->moat)->signed_in, who->issuer,
                   who->subject, who->name);
  if (n > 0 && (size_t)n < sizeof text)
    (void)account_write(a, path, text, (size_t)n, a->options.timeout_ms);
}

bool identity_is_same(const identity *a, const identity *b) {
  return strcmp(a->issuer, b->issuer) == 0 && strcmp(a->subject, b->subject) == 0;
}
