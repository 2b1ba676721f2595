/* The response reader: however the bytes come in, the answer is the same. */
#include "fuzz.h"

#include <ctype.h>
#include <strings.h>

#include "http/http.h"

static const char *const names[] = {"retry-after", "date", NULL};
enum { NAMES = 2 };

typedef struct {
  int result, status;
  size_t body_size, unread, needed;
  char *body, *kept[NAMES];
  size_t kept_size[NAMES];
  bool closes, dropped;
} outcome;

typedef struct {
  size_t limit;
  uint32_t random; /* 0: pieces of `step` */
  size_t step;
} way;

static size_t next_piece(way *w, size_t left) {
  size_t n = w->step;
  if (w->random) {
    w->random = w->random * 1664525u + 1013904223u;
    n = 1 + (w->random >> 24) % 64;
  }
  return n < left ? n : left;
}

static int feed(moat_http *h, const uint8_t *p, size_t n, size_t *unread) {
  int r = 0;
  while (n && !r) {
    size_t room = moat__http_room(h), take = n < room ? n : room;
    CHECK(room);
    memcpy(moat__http_at(h), p, take);
    r = moat__http_feed(h, take, unread);
    CHECK(r <= 1);
    CHECK(*unread <= take);
    p += take;
    n -= take;
  }
  *unread += n;
  return r;
}

static outcome read_in(fuzz_input in, way w) {
  moat_http h;
  outcome o = {.result = 0};
  size_t size = w.limit + MOAT__HTTP_ROOM;
  char *buffer = fuzz_memory(size, 0xa5);
  moat__http_init(&h, buffer, size, w.limit, names);
  while (in.n && !o.result) {
    size_t n = next_piece(&w, in.n);
    o.result = feed(&h, in.p, n, &o.unread);
    in.p += n;
    in.n -= n;
  }
  o.unread += in.n;
  if (!o.result) o.result = moat__http_eof(&h);
  CHECK(o.result == 1 || (o.result < 0 && fuzz_is_documented(o.result)));
  o.status = moat__http_status(&h);
  o.closes = moat__http_closes(&h);
  o.needed = h.needed;
  o.dropped = moat__http_dropped(&h);
  if (o.result == 1) {
    moat_span body = {moat__http_body(&h), h.held};
    CHECK(fuzz_is_inside(body, buffer, w.limit));
    CHECK(o.status >= 200 && o.status <= 999);
    o.body = fuzz_copy(body.p, o.body_size = body.n);
    for (unsigned i = 0; i < NAMES; i++) {
      moat_span kept = moat__http_kept(&h, i);
      CHECK(fuzz_is_inside(kept, buffer, w.limit));
      o.kept[i] = fuzz_copy(kept.p, o.kept_size[i] = kept.n);
    }
  }
  free(buffer);
  return o;
}

static void forget(outcome *o) {
  free(o->body);
  for (unsigned i = 0; i < NAMES; i++)
    free(o->kept[i]);
}

static void compare(const outcome *a, const outcome *b) {
  CHECK(a->result == b->result);
  CHECK(a->status == b->status);
  CHECK(a->needed == b->needed);
  if (a->result != 1) return;
  CHECK(a->closes == b->closes);
  CHECK(a->dropped == b->dropped);
  CHECK(a->unread == b->unread);
  CHECK(a->body_size == b->body_size && !memcmp(a->body, b->body, a->body_size));
  for (unsigned i = 0; i < NAMES; i++)
    CHECK(a->kept_size[i] == b->kept_size[i] && !memcmp(a->kept[i], b->kept[i], a->kept_size[i]));
}

/* ---- A second reader, of what the first has accepted ---- */

typedef struct {
  const char *p;
  size_t n;
} text;

/* Up to the next LF, which is taken away with the CR before it. */
static text take_line(text *t) {
  const char *end = memchr(t->p, '\n', t->n);
  CHECK(end);
  text line = {t->p, (size_t)(end - t->p)};
  *t = (text){end + 1, t->n - line.n - 1};
  if (line.n && end[-1] == '\r') line.n--;
  return line;
}

/* A header line, with those that continue it (RFC 9112 5.2). */
static text take_field(text *t) {
  text line = take_line(t);
  while (line.n && t->n && (*t->p == ' ' || *t->p == '\t')) {
    text more = take_line(t);
    line.n = (size_t)(more.p - line.p) + more.n;
  }
  return line;
}

/* The value of a header line of that name, without what is around it. */
static bool is_field(text line, const char *name, text *value) {
  size_t n = strlen(name);
  if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0) return false;
  *value = (text){line.p + n + 1, line.n - n - 1};
  while (value->n && strchr(" \t\r\n", *value->p))
    *value = (text){value->p + 1, value->n - 1};
  while (value->n && strchr(" \t\r\n", value->p[value->n - 1]))
    value->n--;
  return true;
}

/* Digits, of which there are few enough. */
static uint64_t number(text t, int base) {
  char digits[20] = "", *end;
  while (t.n > 1 && *t.p == '0')
    t = (text){t.p + 1, t.n - 1};
  CHECK(t.n > 0 && t.n < 17);
  memcpy(digits, t.p, t.n);
  uint64_t v = strtoull(digits, &end, base);
  CHECK(!*end && isxdigit((uint8_t)digits[0]));
  return v;
}

static void check_chunks(text in, const outcome *o) {
  size_t at = 0;
  for (;;) {
    text line = take_line(&in);
    size_t digits = 0;
    while (digits < line.n && isxdigit((uint8_t)line.p[digits]))
      digits++;
    uint64_t n = number((text){line.p, digits}, 16);
    if (!n) break;
    CHECK(n < in.n && n <= o->body_size - at);
    CHECK(memcmp(o->body + at, in.p, n) == 0);
    at += n;
    in = (text){in.p + n, in.n - n};
    CHECK(take_line(&in).n == 0);
  }
  CHECK(at == o->body_size);
  if (in.n > MOAT_HTTP_HEAD_MAX && o->closes) return; /* as much of the trailers is looked at */
  while (take_line(&in).n)
    ;
  CHECK(in.n == o->unread);
}

static void check_body(text in, const outcome *o, const text *length, const text *coding) {
  if (o->status == 204 || o->status == 304) {
    CHECK(o->body_size == 0 && o->unread == in.n);
  } else if (coding->p) {
    CHECK(!length->p && coding->n == 7 && strncasecmp(coding->p, "chunked", 7) == 0);
    check_chunks(in, o);
  } else {
    size_t n = length->p ? number(*length, 10) : in.n;
    CHECK(n == o->body_size && n <= in.n && in.n - n == o->unread);
    CHECK(memcmp(o->body, in.p, n) == 0);
  }
}

static void check_accepted(text in, const outcome *o) {
  text line, length, coding;
  int status;
  do {
    char code[4] = "";
    line = take_line(&in);
    CHECK(line.n >= 12 && memcmp(line.p, "HTTP/1.", 7) == 0);
    memcpy(code, line.p + 9, 3);
    status = atoi(code);
    length = coding = (text){NULL, 0};
    while ((line = take_field(&in)).n) {
      text value;
      if (status < 200 || status == 204 || status == 304) continue; /* no body follows */
      if (is_field(line, "content-length", &value)) {
        CHECK(!length.p || number(length, 10) == number(value, 10));
        length = value;
      }
      if (is_field(line, "transfer-encoding", &value)) {
        CHECK(!coding.p);
        coding = value;
      }
    }
  } while (status < 200);
  CHECK(status == o->status);
  check_body(in, o, &length, &coding);
}

/* The first byte is the size of the buffer, the second decides where it is split. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  uint8_t small = fuzz_byte(&in);
  uint32_t random = (fuzz_byte(&in) + 1u) * 0x01000193u;
  size_t limit = small ? small * 4u : 8192;
  outcome whole = read_in(in, (way){.limit = limit, .step = in.n});
  outcome bytes = read_in(in, (way){.limit = limit, .step = 1});
  outcome split = read_in(in, (way){.limit = limit, .random = random});
  compare(&whole, &bytes);
  compare(&whole, &split);
  /* One that does not fit may end within its head. */
  if (whole.result == 1 && whole.dropped) CHECK(whole.body_size == 0);
  if (whole.result == 1 && !whole.dropped) check_accepted((text){(const char *)in.p, in.n}, &whole);
  forget(&whole);
  forget(&bytes);
  forget(&split);
  return 0;
}
