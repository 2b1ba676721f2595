/* A token over Zephyr's secure sockets: moat_tls_stream and Mbed TLS of Moat's own are not there.
 */
#include "secure_stream.h"

#include <moat/account.h>
#include <moat_zephyr.h>
#include <stdio.h>
#include <zephyr/net/sntp.h>
#include <zephyr/net/tls_credentials.h>

static const uint8_t root[] = {
#include "root.der.inc"
};
static const moat_endpoint token = {"auth.example.com", 443, "/token"};
static const moat_unattended machine = {&moat_unattended_client_credentials};
static char memory[MOAT_ACCOUNT_MEMORY(8192, 2048, 2048, 2048)];
static moat_zephyr board;
static secure_stream stream;
static moat_account account;

static int prepare(void) {
  struct sntp_time now;
  if (sntp_simple("pool.ntp.org", 5000, &now)) return MOAT_E_CLOCK;
  moat_zephyr_set_date(&board, (int64_t)now.seconds);
  if (tls_credential_add(SECURE_STREAM_TAG, TLS_CREDENTIAL_CA_CERTIFICATE, root, sizeof root))
    return MOAT_E_PORT;
  return moat_zephyr_open_partition(&board, MOAT_ZEPHYR_PARTITION(storage_partition));
}

int main(void) { /* the network comes first */
  moat_auth auth = {&moat_auth_post, moat_str("my-device"), moat_str("its secret")};
  moat_account_config config = {.platform = &moat_zephyr_platform,
                                .platform_ctx = &board,
                                .stream = &secure_stream_ops,
                                .io = &stream,
                                .token_endpoint = &token,
                                .provider = moat_str("https://auth.example.com"),
                                .auth = &auth,
                                .unattended = &machine};
  config.access_size = config.refresh_size = config.text_size = 2048;
  int r = prepare();
  if (!r) r = moat_account_open(&account, &config, memory, sizeof memory);
  if (!r) r = moat_account_token(&account);
  if (!r) r = moat_account_run(&account);
  printf("%s\n", r ? moat_error_text(r) : moat_account_access(&account).p);
  return 0;
}
