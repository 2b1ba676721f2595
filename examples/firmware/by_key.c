/* A machine that signs an assertion for each request (RFC 7523), with its key on P-256. The key is
 * among the settings of the factory. A key in a secure element is another moat_signer. */
#include "machine.h"

#include "platform.h"
#include "settings.h"

#include <moat/key.h>

static moat_key key;
static moat_signer signer;
static moat_jwt_auth auth;

int machine_prove(moat_account_config *config) {
  auth = (moat_jwt_auth){.auth.ops = &moat_auth_private_key_jwt,
                         .auth.client_id = settings.client_id,
                         .signer = &signer,
                         .audience = moat_str(settings.audience)};
  config->auth = &auth.auth;
  int r = moat_key_load(&key, settings.key.p, settings.key.n, &platform, NULL);
  return r ? r : moat_key_signer(&key, MOAT_ES256, &signer);
}
