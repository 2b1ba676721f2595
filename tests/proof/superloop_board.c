/* The board of examples/superloop.c, on POSIX, by the environment: STATE, ROOTS, TOKEN_URL and
 * CLIENT_ID. Wants a token twice, prints it, and stops; or at the first word that there is none.
 * With RUN_MS it goes on after that word, until so many milliseconds have passed. */
#include "superloop.h"

#include <moat_posix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

board_settings board;

static moat_posix platform;
static moat_posix_net net;
static moat_tls_context context;
static char roots_pem[65536], url_memory[512], device_memory[512];
static unsigned turns, tokens;
static bool over;
static uint32_t run_ms, began;

static bool open_board(void) {
  FILE *f = fopen(getenv("ROOTS"), "rb");
  size_t n = f ? fread(roots_pem, 1, sizeof roots_pem, f) : 0;
  if (f) fclose(f);
  const char *device = getenv("DEVICE_URL");
  board.token_url = getenv("TOKEN_URL");
  board.client_id = getenv("CLIENT_ID");
  board.scope = "openid offline_access";
  board.platform = &moat_posix_platform;
  board.platform_ctx = &platform;
  board.tcp = &moat_posix_stream;
  board.tcp_ctx = &net;
  board.context = &context;
  return moat_posix_open(&platform, getenv("STATE")) == 0 &&
         moat_tls_init(&context, &moat_posix_platform, &platform) == 0 &&
         moat_tls_add_roots_pem(&context.roots, roots_pem, n) > 0 &&
         moat_url_split(board.token_url, strlen(board.token_url), url_memory, sizeof url_memory,
                        &board.token_endpoint) == 0 &&
         moat_url_split(device, strlen(device), device_memory, sizeof device_memory,
                        &board.device_endpoint) == 0;
}

/* The example begins with what is constant on a real board. */
__attribute__((constructor)) static void begin(void) {
  const char *ms = getenv("RUN_MS");
  if (!open_board()) exit(2);
  if (ms) run_ms = (uint32_t)strtoul(ms, NULL, 10);
  began = moat_posix_platform.ticks_ms(&platform);
}

bool board_turn(void) {
  turns++;
  if (run_ms) return moat_posix_platform.ticks_ms(&platform) - began < run_ms;
  return !over && tokens < 2;
}

bool board_wants_token(void) {
  return true;
}

void board_use(moat_span token) {
  tokens++;
  printf("token %u %.*s\n", turns, (int)token.n, token.p);
}

void board_show(moat_span address, moat_span user_code) {
  printf("open %.*s and enter the code %.*s\n", (int)address.n, address.p, (int)user_code.n,
         user_code.p);
  fflush(stdout);
}

void board_tell(moat_verdict verdict, int error) {
  over = true;
  printf("need %d %u %s\n", verdict.need, (unsigned)verdict.seconds, moat_error_name(error));
}
