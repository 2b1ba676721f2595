/* What a firmware that redeems codes and refreshes links of Moat, whatever its TLS: the measured
 * image of `make size`. It is linked, never run. */
#include "moat/moat.h"
#ifdef WITH_TLS
#include "moat/tls.h"
#endif
#ifdef WITH_DISCOVERY
#include "moat/discovery.h"
#endif
#ifdef WITH_TOKEN
#include "moat/registration.h"
#include "moat/token.h"
#endif
#ifdef WITH_CHALLENGE
#include "moat/challenge.h"
#endif
#ifdef WITH_PROXY
#include "moat/proxy.h"
#endif
#ifdef WITH_JWT
#include "moat/jose.h"
#endif
#ifdef WITH_KEY
#include "moat/key.h"
#endif
#ifdef WITH_STORE
#include "moat/account.h"
#endif

int main(void);

static moat_client client;
static moat_code_grant code;
static moat_refresh_grant refresh;
const moat_auth_ops *volatile auth[4];
const void *volatile tls[2];

int main(void) {
  moat_config config = {.timeout_ms = 1};
  auth[0] = &moat_auth_none;
  auth[1] = &moat_auth_post;
  auth[2] = &moat_auth_basic;
  auth[3] = &moat_auth_basic_raw;
  if (moat_init(&client, &config)) return 1;
#ifdef WITH_TLS
  static moat_tls_context context;
  static moat_tls connection;
  tls[0] = &moat_tls_stream;
  tls[1] = &moat_crypto_mbedtls;
  if (moat_tls_init(&context, config.platform, NULL)) return 1;
  if (moat_tls_add_root_der(&context.roots, "", 1)) return 1;
  if (moat_tls_setup(&connection, &context, config.stream, NULL)) return 1;
#endif
  if (moat_code_begin(&client, &code) || moat_run(&client)) return 1;
  if (moat_refresh_begin(&client, &refresh) || moat_step(&client)) return 1;
#ifdef WITH_RESUME
  tls[0] = &moat_tls_resuming_stream;
  moat_tls_close(&connection);
#endif
#ifdef WITH_IDENTITY
  static moat_tls_identity identity;
  moat_tls_identity_init(&identity);
  if (moat_tls_identity_add_der(&identity, "", 1) ||
      moat_tls_identity_parse_key(&identity, &context, "", 1) ||
      moat_tls_set_identity(&context, &identity))
    return 1;
#endif
#ifdef WITH_PROXY
  static moat_proxy proxy;
  tls[0] = &moat_proxy_stream;
  tls[1] = moat_proxy_scheme(&proxy).p;
#endif
#ifdef WITH_KEY
  static moat_key key;
  static moat_signer signer;
  if (moat_key_load(&key, "", 1, config.platform, NULL) || moat_key_signer(&key, 0, &signer))
    return 1;
#endif
#ifdef WITH_JWT
  auth[0] = &moat_auth_private_key_jwt;
#endif
#ifdef WITH_DEVICE
  static moat_device_grant device;
  if (moat_device_begin(&client, &device)) return 1;
#endif
#ifdef WITH_REVOKE
  static moat_token_query query;
  if (moat_revoke_begin(&client, &query)) return 1;
#endif
#ifdef WITH_INTROSPECT
  static moat_introspection introspection;
  if (moat_introspect_begin(&client, &introspection)) return 1;
#endif
#ifdef WITH_REGISTER
  static moat_registration registration;
  if (moat_register_begin(&client, &registration)) return 1;
#endif
#ifdef WITH_UNREGISTER
  static moat_unregistration unregistration;
  if (moat_unregister_begin(&client, &unregistration)) return 1;
#endif
#ifdef WITH_USERINFO
  static moat_userinfo userinfo;
  if (moat_userinfo_begin(&client, &userinfo)) return 1;
#endif
#ifdef WITH_DISCOVERY
  static moat_discovery discovery;
  if (moat_discovery_begin(&client, &discovery)) return 1;
#endif
#ifdef WITH_STORE
  static moat_store store;
  static char buffer[64];
  moat_store_init(&store, config.platform, NULL, buffer, sizeof buffer);
  moat_store_renew(&store, MOAT_HOW_DEVICE, refresh.scope, refresh.scope, refresh.scope);
  tls[0] = &moat_store_keeper;
  if (moat_store_load(&store) || moat_store_settle(&store, &store.note) || moat_store_erase(&store))
    return 1;
#endif
#ifdef WITH_ACCOUNT
  static const moat_account_config account_config = {.timeout_ms = 1};
  static moat_account account;
  if (moat_account_open(&account, &account_config, NULL, 1)) return 1;
  if (moat_account_token(&account) || moat_account_run(&account)) return 1;
  tls[0] = moat_account_access(&account).p;
#endif
#ifdef WITH_UNATTENDED
  tls[1] = &UNATTENDED;
#endif
#ifdef WITH_VERBS
  if (moat_account_refresh(&account) || moat_account_refused(&account, refresh.scope) ||
      moat_account_adopt(&account, refresh.scope, MOAT_HOW_CODE, true) ||
      moat_account_forget(&account) || moat_account_load(&account) ||
      moat_account_pending(&account) || moat_account_is_valid(&account))
    return 1;
#endif
#ifdef WITH_SIGN_IN
  if (moat_account_sign_in(&account)) return 1;
#endif
#ifdef WITH_AUTHORIZE
  const moat_authorization *authorization;
  static char text[64];
  if (moat_account_authorize(&account, text, sizeof text) ||
      moat_account_authorization(&account, &authorization) ||
      moat_account_redeem(&account, refresh.scope) || moat_account_give_up(&account))
    return 1;
#endif
#ifdef WITH_CHALLENGE
  static moat_challenge challenge;
  static char value[64];
  if (moat_challenge_read(&challenge, value, sizeof value) ||
      moat_challenge_extra(&challenge, refresh.scope, value, sizeof value))
    return 1;
#endif
#ifdef WITH_NEED
  if (moat_judge(moat_error(&client)).need) return 1;
#endif
#ifdef WITH_PENDING
  moat_device_prompt prompt = {.interval = 1};
  if (moat_device_save(&prompt, refresh.scope, config.platform, NULL, buffer, sizeof buffer) ||
      moat_device_load(&prompt, refresh.scope, config.platform, NULL, buffer, sizeof buffer))
    return 1;
#endif
  moat_cancel(&client);
  return (int)moat_wait_ms(&client) + moat_error(&client)->code;
}
