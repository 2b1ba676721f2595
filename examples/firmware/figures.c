#include "figures.h"

#include "board.h"
#include "console.h"
#include "pool.h"

#include <stdbool.h>

#include <moat/port.h>

#include <mbedtls/ssl.h>

static struct {
  uint32_t began;           /* ticks, of this step */
  uint32_t longest;         /* ticks, of a step */
  uint32_t handshake;       /* ticks, of its steps so far */
  bool shaking, full, done; /* full: the server sent its certificate, so no session was resumed */
} figures;

void figures_step_begins(void) {
  figures.began = board_ticks();
}

void figures_step_ends(void) {
  uint32_t ticks = board_ticks() - figures.began;
  if (ticks > figures.longest) figures.longest = ticks;
  if (figures.shaking) figures.handshake += ticks;
}

void figures_event(int event, int32_t value) {
  if (event == MOAT_EVENT_CONNECT) {
    figures.shaking = true;
    figures.full = figures.done = false;
    figures.handshake = 0;
  }
  if (event == MOAT_EVENT_HANDSHAKE && figures.shaking) {
    figures.full = figures.full || value == MBEDTLS_SSL_SERVER_CERTIFICATE;
    figures.done = value == MBEDTLS_SSL_HANDSHAKE_OVER;
  }
  if (event == MOAT_EVENT_SEND || event == MOAT_EVENT_CLOSE) figures.shaking = false;
}

/* The counter runs at 25 MHz, and an instruction takes a nanosecond. */
static void say_instructions(uint32_t ticks) {
  say_number((int32_t)(ticks * BOARD_INSTRUCTIONS_PER_TICK));
  say(" instructions");
}

static void say_mark(const char *what, uint32_t used, uint32_t all) {
  say(what);
  say_number((int32_t)used);
  say(" of ");
  say_number((int32_t)all);
  say(" bytes");
}

void figures_show(void) {
  if (figures.done) {
    say(figures.full ? "figures: full handshake " : "figures: resumed handshake ");
    say_instructions(figures.handshake);
    say("\n");
  }
  figures.done = false;
  say("figures: longest step ");
  say_instructions(figures.longest);
  say_mark(", stack ", board_stack_used(), board_stack_size());
  say_mark(", pool ", pool_used(), pool_size());
  say("\n");
}
