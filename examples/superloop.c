/* A main loop that never waits: other work, a watchdog, and an access token for who wants one. */
#include "superloop.h"

static char work[8192], access_token[4096], record[8192];
static moat_client client;
static moat_store store;
static moat_tls tls;
static moat_session session;
static moat_auth auth;

static int start(void) {
  moat_config config = {
      board.platform, board.platform_ctx, &moat_tls_stream, &tls, work, sizeof work, 0};
  auth = (moat_auth){&moat_auth_none, moat_str(board.client_id), {NULL, 0}};
  moat_store_init(&store, board.platform, board.platform_ctx, record, sizeof record);
  store.keep_access = true; /* then a restart costs no refresh */
  session = (moat_session){.grant = {.endpoint = &board.token_endpoint,
                                     .auth = &auth,
                                     .access = access_token,
                                     .access_size = sizeof access_token},
                           .store = &store,
                           .provider = moat_str(board.token_url)};
  int r = moat_tls_setup(&tls, board.roots, board.tcp, board.tcp_ctx);
  return r ? r : moat_init(&client, &config);
}

/* One turn's worth of it. */
static void token_turn(void) {
  static bool asking;
  if (!asking && !board_wants_token()) return;
  int r = asking ? moat_step(&client) : moat_session_begin(&client, &session);
  bool begun = r == 0 && !asking, wants = r < 0 && r >= MOAT_WANT_TIME;
  asking = begun || wants;
  if (asking) return;
  if (r == 0)
    board_use(session.grant.token.access_token);
  else
    board_tell(moat_judge(moat_error(&client)), r);
}

int main(void) {
  int r = start();
  while (!r && board_turn()) /* the watchdog, and all other work */
    token_turn();
  return r ? 1 : 0;
}
