#include <moat/account.h>
#include <moat/tls.h>
#include <moat_esp_idf.h>
#include <stdio.h>

extern const char root_der[];
extern const uint32_t root_der_length;
static const moat_endpoint device = {"auth.example.com", 443, "/device"};
static const moat_endpoint token = {"auth.example.com", 443, "/token"};
static char memory[MOAT_ACCOUNT_MEMORY(8192, 4096, 4096, 4096)];
static moat_esp_idf board;
static moat_tls_context context;
static moat_tls tls;
static moat_account me;

static int show(void *ctx, const moat_device_prompt *p) {
  moat_span url = p->verification_uri, code = p->user_code;
  return printf("%.*s: %.*s\n", (int)url.n, url.p, (int)code.n, code.p) < 0 ? MOAT_E_PORT : 0;
}

void app_main(void) { /* the network and the date come first */
  moat_auth auth = {.ops = &moat_auth_none, .client_id = moat_str("my-device")};
  moat_account_config config = {.platform = &moat_esp_idf_platform,
                                .platform_ctx = &board,
                                .stream = &moat_tls_stream,
                                .io = &tls,
                                .token_endpoint = &token,
                                .device_endpoint = &device,
                                .provider = moat_str("https://auth.example.com"),
                                .auth = &auth,
                                .show = show};
  config.access_size = config.refresh_size = config.text_size = 4096;
  int r = nvs_flash_init() ? MOAT_E_PORT : moat_esp_idf_open(&board, "moat");
  if (!r) r = moat_tls_init(&context, &moat_esp_idf_platform, &board);
  if (!r) r = moat_tls_add_root_der(&context.roots, root_der, root_der_length);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_sockets_stream, &board.net);
  if (!r) r = moat_account_open(&me, &config, memory, sizeof memory);
  if (!r) r = moat_account_token(&me);
  if (!r) r = moat_account_run(&me);
  if (moat_judge(moat_account_error(&me)).need == MOAT_NEED_SIGN_IN) r = moat_account_sign_in(&me);
  if (!r) r = moat_account_run(&me);
  printf("%s\n", r ? moat_error_text(r) : moat_account_access(&me).p);
}
