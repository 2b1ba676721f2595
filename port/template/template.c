/* moat/port.h tells what each function has to do. The comments here tell what often goes wrong. */
#include "moat_template.h"

/* ---- The byte stream ---- */

/* The function is called again until it is done, so it keeps its progress in `io`. Name resolution
 * must not block either. Turn off Nagle's algorithm if the stack has it. */
static int stream_connect(void *io, const char *host, uint16_t port) {
  (void)io;
  (void)host;
  (void)port;
  return MOAT_E_PORT;
}

/* Return how many bytes the stack has taken, even if that was not all. */
static int stream_send(void *io, const void *p, size_t n) {
  (void)io;
  (void)p;
  (void)n;
  return MOAT_E_PORT;
}

/* An orderly end is MOAT_E_EOF and never 0. A reset is MOAT_E_NETWORK. */
static int stream_recv(void *io, void *p, size_t cap) {
  (void)io;
  (void)p;
  (void)cap;
  return MOAT_E_PORT;
}

/* This is also called in the middle of a connect, and before the first one. */
static void stream_close(void *io) {
  (void)io;
}

/* For MOAT_WANT_TIME it only lets the time pass, with or without a connection. Set it to NULL on a
 * board that only calls moat_step(). */
static int stream_wait(void *io, int want, uint32_t ms) {
  (void)io;
  (void)want;
  (void)ms;
  return MOAT_E_PORT;
}

/* This is called after an error, perhaps after the close that followed. */
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

/* This is the only function that cannot report that it is missing: until it counts, deadlines never
 * pass. It also counts while the device sleeps. */
static uint32_t ticks_ms(void *ctx) {
  (void)ctx;
  return 0;
}

/* Return MOAT_E_CLOCK until the date is set. Without a date no certificate is judged and nothing is
 * sent. */
static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  (void)seconds;
  return MOAT_E_PORT;
}

/* Use a true random source. If it is not ready yet, return an error, and no request is sent. */
static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  (void)p;
  (void)n;
  return MOAT_E_PORT;
}

/* Tell "erased" (MOAT_E_EMPTY) from "cannot be read" (MOAT_E_PORT). After the first a person signs
 * in again. After the second the grant may still be there. */
static int slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  (void)slot;
  (void)p;
  (void)cap;
  *n = 0;
  return MOAT_E_PORT;
}

/* Return 0 only after the bytes would survive a power cut. A cut during the write may spoil this
 * slot and no other, so two slots never share an erase block. */
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

/* Only a single task may use the account while there is no lock: add lock and unlock if there are
 * two. An event is for somebody who wants to watch. A board that can keep a key secret also has a
 * mac: see "Slots" in moat/port.h. */
const moat_platform moat_template_platform = {.ticks_ms = ticks_ms,
                                              .unix_time = unix_time,
                                              .random = random_bytes,
                                              .slot_read = slot_read,
                                              .slot_write = slot_write,
                                              .slot_erase = slot_erase};
