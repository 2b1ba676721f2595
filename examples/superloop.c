/* A main loop that never waits: it does other work, feeds a watchdog, and keeps an access token
 * ready. If only a person can help, it shows a code to sign in with, and goes on after that. */
#include "superloop.h"

static char memory[MOAT_ACCOUNT_MEMORY(8192, 4096, 2048, 2048) + 4096];
static moat_account account;
static moat_account_config config;
static moat_auth auth;
static moat_tls tls;

static int show(void *ctx, const moat_device_prompt *prompt) {
  (void)ctx;
  board_show(prompt->verification_uri, prompt->user_code);
  return 0;
}

static int start(void) {
  auth = (moat_auth){&moat_auth_none, moat_str(board.client_id), {NULL, 0}};
  config = (moat_account_config){.platform = board.platform,
                                 .platform_ctx = board.platform_ctx,
                                 .stream = &moat_tls_resuming_stream,
                                 .io = &tls,
                                 .token_endpoint = &board.token_endpoint,
                                 .device_endpoint = &board.device_endpoint,
                                 .provider = moat_str(board.token_url),
                                 .scope = moat_str(board.scope),
                                 .auth = &auth,
                                 .show = show,
                                 .access_size = 4096,
                                 .refresh_size = 2048,
                                 .text_size = 2048,
                                 .keep_access = true}; /* so a restart needs no refresh */
  int r = moat_tls_setup(&tls, board.context, board.tcp, board.tcp_ctx);
  return r ? r : moat_account_open(&account, &config, memory, sizeof memory);
}

/* One turn of the account. After a failure it rests for as long as the verdict says, or for a
 * minute. A sign-in that failed is not begun anew before that either. */
static void account_turn(void) {
  static bool busy, signs_in;
  static uint32_t since, rest_ms;
  uint32_t now = board.platform->ticks_ms(board.platform_ctx);
  if (!busy && (now - since < rest_ms || !board_wants_token())) return;
  int r = busy ? moat_account_step(&account) : moat_account_token(&account);
  busy = moat_is_want(r) || (r == 0 && !busy);
  if (busy) return;
  moat_verdict v = moat_judge(moat_account_error(&account));
  bool asks = v.need == MOAT_NEED_SIGN_IN && !signs_in;
  since = now;
  rest_ms = !r || asks ? 0 : 1000 * (v.seconds ? v.seconds : 60);
  busy = signs_in = asks && !moat_account_sign_in(&account);
  if (r == 0) board_use(moat_account_access(&account));
  if (r && !busy) board_tell(v, r);
}

int main(void) {
  if (start()) return 1;
  while (board_turn()) /* the watchdog, and all other work */
    account_turn();
  return 0;
}
