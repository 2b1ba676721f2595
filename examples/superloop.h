/* The functions that examples/superloop.c needs from its board. */
#ifndef SUPERLOOP_H
#define SUPERLOOP_H

#include <moat/account.h>
#include <moat/tls.h>

/* Most of this is constant and lies in flash. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  const moat_stream_ops *tcp;
  void *tcp_ctx;
  const moat_tls_context *context;
  moat_endpoint token_endpoint, device_endpoint;
  const char *token_url, *client_id, *scope;
} board_settings;

extern board_settings board;

/* Does one turn of all other work: feeds the watchdog, reads sensors. Returns false to shut
 * down. */
bool board_turn(void);
bool board_wants_token(void);
/* Uses the token: "Authorization: Bearer …". */
void board_use(moat_span token);
/* Shows the address to open on another device and the code to enter there. Both are untrusted
 * text. */
void board_show(moat_span address, moat_span user_code);
/* Tells that there is no token: what is needed for one, and the error. */
void board_tell(moat_verdict verdict, int error);

#endif
