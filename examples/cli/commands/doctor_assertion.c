/* Looks at the files that a profile gives to the server, or signs with. */
#include "doctor.h"

#include "../account/assertion_file.h"
#include "../account/claims.h"
#include "../account/history.h"
#include "../profile/secret.h"
#include "../terminal/term.h"
#include "finding.h"

#include <stdio.h>
#include <string.h>

/* Whoever writes the file has to write a new one. */
static int judge_end(const char *path, int64_t end, int64_t now) {
  char time[TIME_SIZE];
  if (!end || !now || end > now) return CLI_OK;
  say(CLI_PROFILE, "the token in %s expired at %s", path, time_text(end, time));
  hint("It has to be written anew before it ends. See to what writes it.");
  return CLI_PROFILE;
}

/* A provider that trusts an issuer compares these two to the letter. A token may be none that can
 * be looked into. */
static void tell(account *a, const char *path, moat_span token) {
  static char claims[CLAIMS_SIZE], issuer[VALUE_SIZE], subject[VALUE_SIZE];
  bool is_known = claims_decode(token, claims) &&
                  claims_text(claims, "iss", issuer, sizeof issuer) &&
                  claims_text(claims, "sub", subject, sizeof subject);
  int status = judge_end(path, claims_number(claims, "exp"), account_now(a));
  moat_wipe(claims, sizeof claims);
  finding_end(status, is_known ? "%s, of %s for %s" : "%s", path, issuer, subject);
}

static void look_at(account *a, int key) {
  moat_span token;
  int status = assertion_file_read(&a->profile, key, &token);
  const char *path = secret_path(a->profile.value[key]);
  if (status)
    finding_end(status, " ");
  else
    tell(a, path, token);
}

static void look_at_service_account(account *a) {
  const service_account *s = &a->unattended.service;
  finding_begin("service key");
  int status = account_prepare_grant(a);
  if (status)
    finding_end(status, " ");
  else
    finding_end(CLI_OK, "%s signs by %s as %s; its key_id is %s",
                a->profile.value[KEY_SERVICE_ACCOUNT], client_key_algorithm(&s->key), s->email,
                *s->key_id ? s->key_id : "missing");
}

/* Each is read anew for each request, and whoever mounts it may have replaced it. */
void doctor_look_at_assertion(account *a) {
  char(*value)[VALUE_SIZE] = a->profile.value;
  if (strcmp(value[KEY_AUTH], "federated") == 0) {
    finding_begin("client token");
    look_at(a, KEY_CLIENT_ASSERTION);
  }
  if (a->config.unattended && *value[KEY_SERVICE_ACCOUNT]) {
    look_at_service_account(a);
  } else if (a->config.unattended && *value[KEY_ASSERTION_FILE]) {
    finding_begin("assertion");
    look_at(a, KEY_ASSERTION_FILE);
  }
}
