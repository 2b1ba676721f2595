/* Reads what passes a byte at a time, so it does not matter how it was divided. */
#include "tap.h"

#include "log.h"

#include <string.h>
#include <strings.h>

/* DONE: the rest of a message is not looked at. */
enum { FIRST_LINE, NAME, VALUE, FIELD_NAME, FIELD_VALUE, DONE };

enum { STATUS_LINE = sizeof "HTTP/1.1 200" - 1 };

static const char *const harmless_headers[] = {"accept",         "cache-control",
                                               "connection",     "content-encoding",
                                               "content-length", "content-type",
                                               "date",           "host",
                                               "keep-alive",     "retry-after",
                                               "server",         "transfer-encoding",
                                               "user-agent",     NULL};
static const char *const harmless_fields[] = {"client_id", "grant_type", "redirect_uri", "scope",
                                              NULL};

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* ---- Lines ---- */

/* The first byte that does not fit is dropped, and the text then counts as too long. */
static void add(char *text, size_t size, size_t *n, char c) {
  if (*n < size) text[(*n)++] = c;
}

/* In a header's line or a field of the form, whichever it is that the name was read from. */
static bool is_harmless(const tap_reader *r) {
  const char *const *list = r->state == VALUE ? harmless_headers : harmless_fields;
  for (; *list && r->name_n < TAP_NAME_SIZE; list++)
    if (strlen(*list) == r->name_n && strncasecmp(*list, r->name, r->name_n) == 0) return true;
  return false;
}

/* The name and value before have been shown. */
static void begin_name(tap_reader *r, int state) {
  r->state = state;
  r->name_n = r->value_n = 0;
}

/* A part of a body that was taken for a head has other characters. */
static bool is_plain(const char *name, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!name[i] || !strchr(NAME_CHARACTERS, name[i])) return false;
  return n < TAP_NAME_SIZE;
}

/* A value that is too long is masked as well. If it were cut, a part of a secret could remain that
 * nobody recognizes as one. */
static void show_pair(const tap_reader *r, const char *between) {
  bool shows = is_harmless(r) && r->value_n < TAP_VALUE_SIZE;
  bool named = is_plain(r->name, r->name_n);
  log_line(LOG_FULL, "%c %.*s%s%.*s", r->mark, named ? (int)r->name_n : 3, named ? r->name : "***",
           between, shows ? (int)r->value_n : 3, shows ? r->value : "***");
}

/* "HTTP/1.1 200", without the words after it. Anything else may be a token that came without a
 * head.
 */
static bool is_status_line(const char *line, size_t n) {
  static const char pattern[] = "HTTP/0.0 000";
  for (size_t i = 0; i < sizeof pattern - 1; i++) {
    bool is_digit = i < n && line[i] >= '0' && line[i] <= '9';
    if (i >= n || (pattern[i] == '0' ? !is_digit : line[i] != pattern[i])) return false;
  }
  return n == STATUS_LINE || strchr(" \r", line[STATUS_LINE]);
}

/* "POST /token", without a query. */
static size_t length_of_request_line(const tap_reader *r) {
  const char *space = memchr(r->value, ' ', r->value_n);
  size_t n = space ? (size_t)(space - r->value) + 1 : 0;
  while (n < r->value_n && r->value[n] != ' ' && r->value[n] != '?')
    n++;
  return n;
}

/* Returns whether a head follows. */
static bool show_first_line(const tap_reader *r) {
  bool is_request = r->mark == '>', is_known = is_request || is_status_line(r->value, r->value_n);
  size_t n = is_request ? length_of_request_line(r) : STATUS_LINE;
  log_line(LOG_FULL, "%c %.*s", r->mark, is_known ? (int)n : 3, is_known ? r->value : "***");
  return is_known;
}

/* ---- Bytes ---- */

/* The body of a request is a form. That of an answer is not shown: it has the tokens. */
static void end_line(tap_reader *r) {
  bool is_head_over = r->state == NAME && !r->name_n;
  bool is_head = r->state != FIRST_LINE || show_first_line(r);
  if (r->state == VALUE) show_pair(r, ": ");
  begin_name(r, !is_head ? DONE : !is_head_over ? NAME : r->mark == '>' ? FIELD_NAME : DONE);
}

static void take_head(tap_reader *r, char c) {
  bool is_blank = c == ' ' || c == '\t';
  if (c == '\n')
    end_line(r);
  else if (r->state == NAME && c == ':')
    r->state = VALUE;
  else if (r->state == NAME && c != '\r')
    add(r->name, sizeof r->name, &r->name_n, c);
  else if (r->state == FIRST_LINE || (is_harmless(r) && c != '\r' && (r->value_n || !is_blank)))
    add(r->value, sizeof r->value, &r->value_n, c);
}

static void end_field(tap_reader *r) {
  if (r->state == FIELD_VALUE) show_pair(r, "=");
  begin_name(r, FIELD_NAME);
}

/* Values are shown as they are sent, so nothing is decoded. */
static void take_form(tap_reader *r, char c) {
  if (c == '&')
    end_field(r);
  else if (r->state == FIELD_NAME && c == '=')
    r->state = FIELD_VALUE;
  else if (r->state == FIELD_NAME)
    add(r->name, sizeof r->name, &r->name_n, c);
  else if (is_harmless(r))
    add(r->value, sizeof r->value, &r->value_n, c);
}

static void take(tap_reader *r, const char *p, size_t n) {
  for (size_t i = 0; i < n && r->state != DONE; i++)
    (r->state < FIELD_NAME ? take_head : take_form)(r, p[i]);
}

/* The next bytes of this direction begin a message. */
static void end_message(tap_reader *r) {
  if (r->state >= FIELD_NAME) end_field(r);
  begin_name(r, FIRST_LINE);
}

/* ---- The stream ---- */

static int tap_connect(void *io, const char *host, uint16_t port) {
  tap *t = io;
  return t->lower->connect(t->lower_io, host, port);
}

/* Bytes that are sent after an answer or a failure are the next request. */
static int tap_send(void *io, const void *p, size_t n) {
  tap *t = io;
  int r = t->lower->send(t->lower_io, p, n);
  end_message(&t->in);
  if (r > 0 && (size_t)r <= n) take(&t->out, p, (size_t)r);
  return r;
}

/* Nothing else marks the end of a form, whose length is in a header. */
static int tap_recv(void *io, void *p, size_t cap) {
  tap *t = io;
  int r = t->lower->recv(t->lower_io, p, cap);
  end_message(&t->out);
  if (r > 0 && (size_t)r <= cap) take(&t->in, p, (size_t)r);
  return r;
}

static void tap_close(void *io) {
  tap *t = io;
  end_message(&t->out);
  end_message(&t->in);
  t->lower->close(t->lower_io);
}

static int tap_wait(void *io, int want, uint32_t ms) {
  tap *t = io;
  return t->lower->wait(t->lower_io, want, ms);
}

static int32_t tap_detail(void *io) {
  tap *t = io;
  return t->lower->detail(t->lower_io);
}

static int tap_load(void *io, void *p, size_t n) {
  tap *t = io;
  return t->lower->session_load(t->lower_io, p, n);
}

static int tap_save(void *io, void *p, size_t n) {
  tap *t = io;
  return t->lower->session_save(t->lower_io, p, n);
}

const moat_stream_ops tap_stream = {.connect = tap_connect,
                                    .send = tap_send,
                                    .recv = tap_recv,
                                    .close = tap_close,
                                    .wait = tap_wait,
                                    .detail = tap_detail,
                                    .session_load = tap_load,
                                    .session_save = tap_save};

void tap_setup(tap *t, const moat_stream_ops *lower, void *lower_io) {
  *t = (tap){.lower = lower, .lower_io = lower_io, .out = {.mark = '>'}, .in = {.mark = '<'}};
}
