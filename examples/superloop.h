/* What examples/superloop.c asks of the board it runs on. */
#ifndef SUPERLOOP_H
#define SUPERLOOP_H

#include <moat/account.h>
#include <moat/tls.h>

/* Constant in flash, most of it. */
typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  const moat_stream_ops *tcp;
  void *tcp_ctx;
  const moat_tls_context *roots;
  moat_endpoint token_endpoint, device_endpoint;
  const char *token_url, *client_id, *scope;
} board_settings;

extern board_settings board;

/* One turn of everything else: feeds the watchdog, reads sensors. False: shut down. */
bool board_turn(void);
bool board_wants_token(void);
/* "Authorization: Bearer …" */
void board_use(moat_span token);
/* The address to open on another device and the code to enter there. Untrusted text. */
void board_show(moat_span address, moat_span user_code);
/* No token: what is needed for one, and the error. */
void board_tell(moat_verdict verdict, int error);

#endif
