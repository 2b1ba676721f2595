/* What a firmware that redeems codes and refreshes links of Moat, whatever its TLS: the measured
 * image of `make size`. It is linked, never run. */
#include "moat/moat.h"
#ifdef WITH_TLS
#include "moat/tls.h"
#endif
#ifdef WITH_STORE
#include "moat/session.h"
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
  if (moat_tls_add_root_der(&context, "", 1)) return 1;
  if (moat_tls_setup(&connection, &context, config.stream, NULL)) return 1;
#endif
  if (moat_code_begin(&client, &code) || moat_run(&client)) return 1;
  if (moat_refresh_begin(&client, &refresh) || moat_step(&client)) return 1;
#ifdef WITH_RESUME
  static moat_tls_session session;
  static char record[MOAT_TLS_RECORD];
  moat_tls *t = config.io;
  moat_tls_resume(t, &session);
  if (moat_tls_session_load(t, record, sizeof record)) return 1;
  if (moat_tls_session_save(t, record, sizeof record)) return 1;
  moat_tls_session_free(&session);
#endif
#ifdef WITH_DEVICE
  static moat_device_grant device;
  if (moat_device_begin(&client, &device)) return 1;
#endif
#ifdef WITH_STORE
  static moat_store store;
  static char buffer[64];
  moat_store_init(&store, config.platform, NULL, buffer, sizeof buffer);
  moat_store_renew(&store, MOAT_HOW_DEVICE, refresh.scope, refresh.scope, refresh.scope);
  tls[0] = &moat_store_keeper;
  if (moat_store_load(&store) || moat_store_settle(&store, true, 1) || moat_store_erase(&store))
    return 1;
#endif
#ifdef WITH_SESSION
  static moat_session session;
  session.store = &store;
  if (moat_session_begin(&client, &session)) return 1;
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
