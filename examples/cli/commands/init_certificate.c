/* The questions of `moat init` about the client's certificate and key. Only a client that proves
 * itself by them is asked: others may have a certificate too, which is an option then. */
#include "../profile/check_value.h"
#include "../terminal/ask.h"
#include "init_guide.h"
#include "rewrite.h"

#include <string.h>

/* The check of an answer is not given the guide. */
static const guide *asking;

/* Entra knows a key by its certificate. */
bool guide_is_by_certificate(const profile *p) {
  return strcmp(p->value[KEY_AUTH], "tls") == 0 || (profile_signs(p) && profile_is_entra(p));
}

bool guide_is_by_key(const profile *p) {
  return guide_is_by_certificate(p) || profile_signs(p);
}

static int ask_file(guide *g, int key, const char *question, ask_check *check) {
  return ask_text(question, guide_known(g, key, NULL), check, key, g->given->value[key]);
}

/* Its file is read with the key, because the two have to fit. */
int guide_ask_certificate(guide *g) {
  if (!guide_is_asked(g, KEY_CLIENT_CERTIFICATE) || !guide_is_open(g, KEY_CLIENT_CERTIFICATE))
    return GUIDE_SKIPPED;
  guide_step("Two files are needed, each with its whole path: the certificate that the client "
             "is registered with, and its key, which only you may read.");
  return ask_file(g, KEY_CLIENT_CERTIFICATE, "PEM file of the certificate, and its issuers'",
                  check_value);
}

/* Both files are read here, as they will be read when a server is asked. */
static const char *check_key(int key, const char *answer) {
  profile *p = &asking->a->profile;
  const char *wrong = check_value(key, answer);
  if (wrong) return wrong;
  memcpy(p->value[KEY_CLIENT_KEY], answer, strlen(answer) + 1);
  memcpy(p->value[KEY_AUTH], asking->given->value[KEY_AUTH], VALUE_SIZE);
  memcpy(p->value[KEY_CLIENT_CERTIFICATE], asking->given->value[KEY_CLIENT_CERTIFICATE],
         VALUE_SIZE);
  return rewrite_check_files(asking->a) ? "cannot be used" : NULL;
}

int guide_ask_key(guide *g) {
  if (!guide_is_asked(g, KEY_CLIENT_KEY) || !guide_is_open(g, KEY_CLIENT_KEY)) return GUIDE_SKIPPED;
  asking = g;
  bool has_certificate = guide_is_by_certificate(g->given);
  if (!has_certificate)
    guide_step("The client's private key, with its whole path. Only you may read it, and the "
               "provider has its public half.");
  return ask_file(g, KEY_CLIENT_KEY, has_certificate ? "File of its key" : "File of the key",
                  check_key);
}
