/* A stream without a network: it answers from a script and remembers what was sent. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "moat/moat.h"
#include "moat/store.h"

typedef struct {
  const char *answer; /* of the current connection */
  size_t answer_size, given;
  int end;      /* what recv returns after the answer: MOAT_E_EOF, an error, or a WANT each time */
  size_t chunk; /* the most bytes that one call moves; 0 means all */
  bool stutter; /* every second call is a WANT */
  int connect_result; /* if not 0, connect returns this */
  int send_error;     /* if not 0, send returns this once `send_after` bytes are sent */
  size_t send_after;
  char sent[20000];
  size_t sent_size;
  unsigned calls, connects, closes, waits;
  bool open;
  uint32_t clock; /* milliseconds; each wait advances it */
  int wait_result;
  int32_t detail;
} scripted;

static inline int scripted_connect(void *io, const char *host, uint16_t port) {
  scripted *s = io;
  (void)host;
  (void)port;
  if (s->stutter && s->calls++ % 2 == 0) return MOAT_WANT_WRITE;
  if (s->connect_result) return s->connect_result;
  s->connects++;
  s->open = true;
  s->given = 0;
  return 0;
}

static inline size_t scripted_take(const scripted *s, size_t n, size_t have) {
  size_t take = n < have ? n : have;
  return s->chunk && take > s->chunk ? s->chunk : take;
}

static inline int scripted_send(void *io, const void *p, size_t n) {
  scripted *s = io;
  if (s->stutter && s->calls++ % 2 == 0) return MOAT_WANT_WRITE;
  if (s->send_error && s->sent_size >= s->send_after) return s->send_error;
  size_t take = scripted_take(s, n, sizeof s->sent - s->sent_size);
  if (s->send_error && take > s->send_after - s->sent_size) take = s->send_after - s->sent_size;
  memcpy(s->sent + s->sent_size, p, take);
  s->sent_size += take;
  return (int)take;
}

static inline int scripted_recv(void *io, void *p, size_t cap) {
  scripted *s = io;
  if (s->stutter && s->calls++ % 2 == 0) return MOAT_WANT_READ;
  size_t take = scripted_take(s, cap, s->answer_size - s->given);
  if (!take) return s->end;
  memcpy(p, s->answer + s->given, take);
  s->given += take;
  return (int)take;
}

static inline void scripted_close(void *io) {
  scripted *s = io;
  s->closes++;
  s->open = false;
}

static inline int scripted_wait(void *io, int want, uint32_t ms) {
  scripted *s = io;
  (void)want;
  s->waits++;
  s->clock += s->stutter ? 1 : ms;
  return s->wait_result;
}

static inline int32_t scripted_detail(void *io) {
  return ((scripted *)io)->detail;
}

static const moat_stream_ops scripted_stream = {.connect = scripted_connect,
                                                .send = scripted_send,
                                                .recv = scripted_recv,
                                                .close = scripted_close,
                                                .wait = scripted_wait,
                                                .detail = scripted_detail};

/* ---- A platform in memory. Its power can fail ---- */

typedef struct {
  scripted *stream;
  int64_t unix_time;
  char slots[MOAT_SLOTS][4096];
  size_t sizes[MOAT_SLOTS];
  unsigned writes;
  unsigned fail_at;  /* the write of this number fails … */
  size_t torn_at;    /* … after so many bytes */
  bool power_failed; /* from then on nothing is written */
  unsigned busy;     /* how many times each write or erase first answers WANT_TIME */
  unsigned waited;
} memory;

static inline uint32_t memory_ticks(void *ctx) {
  return ((memory *)ctx)->stream ? ((memory *)ctx)->stream->clock : 0;
}

static inline int memory_time(void *ctx, int64_t *seconds) {
  *seconds = ((memory *)ctx)->unix_time;
  return *seconds ? 0 : MOAT_E_CLOCK;
}

static inline int memory_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  memory *m = ctx;
  *n = m->sizes[slot];
  if (!*n) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, m->slots[slot], *n);
  return 0;
}

static inline int memory_write(void *ctx, int slot, const void *p, size_t n) {
  memory *m = ctx;
  if (m->power_failed || n > sizeof m->slots[slot]) return MOAT_E_STORE;
  if (m->waited++ < m->busy) return MOAT_WANT_TIME;
  m->waited = 0;
  size_t done = n;
  if (++m->writes == m->fail_at) {
    m->power_failed = true;
    done = m->torn_at < n ? m->torn_at : n;
  }
  memset(m->slots[slot], 0xff, sizeof m->slots[slot]);
  memcpy(m->slots[slot], p, done);
  m->sizes[slot] = m->power_failed ? (done ? done : 0) : n;
  return m->power_failed ? MOAT_E_STORE : 0;
}

static inline int memory_erase(void *ctx, int slot) {
  memory *m = ctx;
  if (m->power_failed) return MOAT_E_STORE;
  if (m->waited++ < m->busy) return MOAT_WANT_TIME;
  m->waited = 0;
  m->sizes[slot] = 0;
  return 0;
}

static const moat_platform memory_platform = {.ticks_ms = memory_ticks,
                                              .unix_time = memory_time,
                                              .slot_read = memory_read,
                                              .slot_write = memory_write,
                                              .slot_erase = memory_erase};

#endif
