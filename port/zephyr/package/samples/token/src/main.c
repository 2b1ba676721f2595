#include <moat/account.h>
#include <moat/tls.h>
#include <moat_zephyr.h>
#include <stdio.h>
#include <zephyr/net/sntp.h>

static const uint8_t root[] = {
#include "root.der.inc"
};
static const moat_endpoint token = {"auth.example.com", 443, "/token"};
static const moat_unattended machine = {&moat_unattended_client_credentials};
static char memory[MOAT_ACCOUNT_MEMORY(8192, 2048, 2048, 2048)];
static moat_zephyr board;
static moat_tls_context context;
static moat_tls tls;
static moat_account account;

int main(void) { /* the network comes first */
  moat_auth auth = {&moat_auth_post, moat_str("my-device"), moat_str("its secret")};
  moat_account_config config = {.platform = &moat_zephyr_platform,
                                .platform_ctx = &board,
                                .stream = &moat_tls_stream,
                                .io = &tls,
                                .token_endpoint = &token,
                                .provider = moat_str("https://auth.example.com"),
                                .auth = &auth,
                                .unattended = &machine};
  config.access_size = config.refresh_size = config.text_size = 2048;
  struct sntp_time now;
  int r = sntp_simple("pool.ntp.org", 5000, &now) ? MOAT_E_CLOCK : MOAT_OK;
  if (!r) moat_zephyr_set_date(&board, (int64_t)now.seconds);
  if (!r) r = moat_zephyr_open_partition(&board, MOAT_ZEPHYR_PARTITION(storage_partition));
  if (!r) r = moat_tls_init(&context, &moat_zephyr_platform, &board);
  if (!r) r = moat_tls_add_root_der(&context.roots, root, sizeof root);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_sockets_stream, &board.net);
  if (!r) r = moat_account_open(&account, &config, memory, sizeof memory);
  if (!r) r = moat_account_token(&account);
  if (!r) r = moat_account_run(&account);
  printf("%s\n", r ? moat_error_text(r) : moat_account_access(&account).p);
  return 0;
}
