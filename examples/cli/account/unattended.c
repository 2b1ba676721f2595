/* The library has the grants. This file gives them what the profile names. */
#include "unattended.h"

#include "assertion_file.h"

#include <string.h>

void unattended_close(unattended *u) {
  service_account_close(&u->service);
}

static bool is(const profile *p, const char *grant) {
  return strcmp(p->value[KEY_GRANT], grant) == 0;
}

/* check_value() knows the same names. */
const moat_unattended *unattended_set(unattended *u, const profile *p) {
  const char *type = p->value[KEY_SUBJECT_TYPE];
  bool signs = *p->value[KEY_SERVICE_ACCOUNT];
  memset(&u->as, 0, sizeof u->as);
  if (is(p, "client-credentials")) u->as.kind.ops = &moat_unattended_client_credentials;
  if (is(p, "jwt-bearer"))
    u->as.kind.ops = signs ? &moat_unattended_signed_jwt : &moat_unattended_jwt_bearer;
  if (is(p, "token-exchange"))
    u->as.exchange = (moat_unattended_exchange){
        .unattended = {&moat_unattended_token_exchange},
        .subject_token_type = moat_str(*type ? type : "urn:ietf:params:oauth:token-type:jwt")};
  return u->as.kind.ops ? &u->as.kind : NULL;
}

/* Google wants the URL of its token endpoint as audience. */
static int sign(unattended *u, const profile *p, const moat_platform *platform,
                void *platform_ctx) {
  const char *audience = p->value[KEY_ASSERTION_AUDIENCE];
  int status = service_account_read(&u->service, p, platform, platform_ctx);
  u->as.signs.signer = &u->service.key.signer;
  u->as.signs.issuer = moat_str(u->service.email);
  u->as.signs.subject = moat_str(p->value[KEY_SUBJECT]);
  u->as.signs.audience = moat_str(*audience ? audience : p->value[KEY_TOKEN_URL]);
  u->as.signs.key_id = moat_str(u->service.key_id);
  return status;
}

int unattended_prepare(unattended *u, const profile *p, const moat_platform *platform,
                       void *platform_ctx) {
  if (is(p, "token-exchange"))
    return assertion_file_read(p, KEY_ASSERTION_FILE, &u->as.exchange.subject_token);
  if (!is(p, "jwt-bearer")) return CLI_OK;
  if (*p->value[KEY_SERVICE_ACCOUNT]) return sign(u, p, platform, platform_ctx);
  return assertion_file_read(p, KEY_ASSERTION_FILE, &u->as.assertion.assertion);
}
