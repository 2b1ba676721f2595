/* What each function has to do is said in moat/port.h; what tends to go wrong is said here. */
#include "moat_template.h"

/* ---- The byte stream ---- */

/* Called again until it is done, so it keeps in `io` how far it is. Name resolution must not block
 * either. Send without Nagle's delay, if the stack has one. */
static int stream_connect(void *io, const char *host, uint16_t port) {
  (void)io;
  (void)host;
  (void)port;
  return MOAT_E_PORT;
}

/* What the stack has taken is gone for us: return how much that was, even if it was not all. */
static int stream_send(void *io, const void *p, size_t n) {
  (void)io;
  (void)p;
  (void)n;
  return MOAT_E_PORT;
}

/* An orderly end is MOAT_E_EOF, and never 0; a reset is MOAT_E_NETWORK. */
static int stream_recv(void *io, void *p, size_t cap) {
  (void)io;
  (void)p;
  (void)cap;
  return MOAT_E_PORT;
}

/* Also in the middle of a connect, and before the first one. */
static void stream_close(void *io) {
  (void)io;
}

/* Leave it NULL on a board that only calls moat_step(). */
static int stream_wait(void *io, int want, uint32_t ms) {
  (void)io;
  (void)want;
  (void)ms;
  return MOAT_E_PORT;
}

/* Asked after an error, perhaps after the close that followed. */
static int32_t stream_detail(void *io) {
  return ((const moat_template_net *)io)->error;
}

const moat_stream_ops moat_template_stream = {.connect = stream_connect,
                                              .send = stream_send,
                                              .recv = stream_recv,
                                              .close = stream_close,
                                              .wait = stream_wait,
                                              .detail = stream_detail};

/* ---- The platform ---- */

/* The one function that cannot say that it is missing: until it counts, deadlines never pass. */
static uint32_t ticks_ms(void *ctx) {
  (void)ctx;
  return 0;
}

/* MOAT_E_CLOCK until the date was set: without one no certificate is judged, and nothing is sent.
 */
static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  (void)seconds;
  return MOAT_E_PORT;
}

/* From a true source. One that is not ready yet is an error, and no request goes out. */
static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  (void)p;
  (void)n;
  return MOAT_E_PORT;
}

/* Tell "erased" (MOAT_E_EMPTY) from "cannot be read" (MOAT_E_PORT): after the first a person signs
 * in anew, after the second the grant may still be there. */
static int slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  (void)slot;
  (void)p;
  (void)cap;
  *n = 0;
  return MOAT_E_PORT;
}

/* 0 only once it would survive a power cut. A cut on the way may spoil this slot and no other: so
 * two slots never share an erase block. */
static int slot_write(void *ctx, int slot, const void *p, size_t n) {
  (void)ctx;
  (void)slot;
  (void)p;
  (void)n;
  return MOAT_E_PORT;
}

static int slot_erase(void *ctx, int slot) {
  (void)ctx;
  (void)slot;
  return MOAT_E_PORT;
}

/* No lock, for a board has one process; and no event until somebody wants to watch. A board with a
 * place for a key that nobody can read has a mac, too: see "Slots" in moat/port.h. */
const moat_platform moat_template_platform = {.ticks_ms = ticks_ms,
                                              .unix_time = unix_time,
                                              .random = random_bytes,
                                              .slot_read = slot_read,
                                              .slot_write = slot_write,
                                              .slot_erase = slot_erase};
