/* A response fed to the reader, at once and in pieces. */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "cmocka_all.h"

#include <stdlib.h>

#include "http/http.h"

static const char *const kept_names[] = {"retry-after", "date", NULL};

typedef struct {
  int result; /* 1 complete, or an error */
  int status;
  size_t body, unread, needed;
  char text[600];
  char kept[2][200];
  bool closes, dropped;
} outcome;

static inline int feed(moat_http *h, const char *p, size_t n, size_t *unread) {
  while (n) {
    size_t room = moat__http_room(h), take = n < room ? n : room;
    assert_true(room > 0);
    assert_ptr_equal(moat__http_at(h) + room, h->buffer + h->size);
    memcpy(moat__http_at(h), p, take);
    int r = moat__http_feed(h, take, unread);
    p += take;
    n -= take;
    if (r) {
      *unread += n;
      return r;
    }
  }
  return 0;
}

/* If step is 0, two pieces, the first of `first` bytes. Otherwise pieces of `step` bytes. */
static inline outcome read_it(const char *raw, size_t n, size_t first, size_t step, size_t limit) {
  moat_http h;
  outcome o = {.result = 0};
  char *buffer = malloc(limit + MOAT__HTTP_ROOM);
  moat__http_init(&h, buffer, limit + MOAT__HTTP_ROOM, limit, kept_names);
  for (size_t at = 0; at < n && !o.result;) {
    size_t take = step ? step : at ? n - at : first;
    if (take == 0 || take > n - at) take = n - at;
    o.result = feed(&h, raw + at, take, &o.unread);
    at += take;
    if (o.result) o.unread += n - at;
  }
  if (!o.result) o.result = moat__http_eof(&h);
  o.status = moat__http_status(&h);
  o.closes = moat__http_closes(&h);
  o.dropped = moat__http_dropped(&h);
  o.needed = h.needed;
  assert_int_equal(moat__http_begun(&h), n > 0);
  if (o.result == 1) {
    o.body = h.held;
    memcpy(o.text, moat__http_body(&h), h.held < sizeof o.text ? h.held : sizeof o.text - 1);
    for (unsigned i = 0; i < 2; i++) {
      moat_span s = moat__http_kept(&h, i);
      memcpy(o.kept[i], s.p ? s.p : "", s.n);
    }
  } else {
    o.unread = 0;
  }
  free(buffer);
  return o;
}

static inline outcome read_every_way(const char *raw, size_t n, size_t limit) {
  outcome whole = read_it(raw, n, n, 0, limit);
  for (size_t i = 0; i <= n; i++) {
    outcome split = read_it(raw, n, i, 0, limit);
    assert_memory_equal(&whole, &split, sizeof whole);
  }
  for (size_t step = 1; step <= 3; step++) {
    outcome bytes = read_it(raw, n, 0, step, limit);
    assert_memory_equal(&whole, &bytes, sizeof whole);
  }
  return whole;
}

#define OK "HTTP/1.1 200 OK\r\n"

/* ---- Bodies that do not fit ---- */

enum { LIMIT = 32, KEPT_OPEN = 0, CLOSES = 1 };

#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"
#define CODING "Transfer-Encoding: chunked\r\n\r\n"
#define BYTES_16 "0123456789abcdef"
#define SPACES_16 " \t\r\n \t\r\n \t\r\n \t\r\n"

static inline size_t sized(size_t body) {
  return body > SIZE_MAX - MOAT__HTTP_ROOM ? SIZE_MAX : body + MOAT__HTTP_ROOM;
}

/* ---- Long answers, built at run time ---- */

static char long_text[2 * MOAT_HTTP_DROP_MAX + 1000];
static size_t long_size;

static inline void put(const char *text) {
  memcpy(long_text + long_size, text, strlen(text));
  long_size += strlen(text);
}

static inline void put_many(char c, size_t n) {
  memset(long_text + long_size, c, n);
  long_size += n;
}

/* Reads it in pieces of several sizes, and split at points near the end. */
static inline outcome read_long(size_t limit) {
  static const size_t steps[] = {1, 7, 333, 4096, 65536};
  outcome whole = read_it(long_text, long_size, long_size, 0, limit);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    outcome o = read_it(long_text, long_size, 0, steps[i], limit);
    assert_memory_equal(&whole, &o, sizeof whole);
  }
  for (size_t back = 0; back <= 40; back++) {
    outcome o = read_it(long_text, long_size, long_size - back, 0, limit);
    assert_memory_equal(&whole, &o, sizeof whole);
  }
  return whole;
}

#endif
