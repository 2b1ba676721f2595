#include "http.h"

#include <string.h>

#include "text.h"

enum {
  STATUS,    /* "HTTP/1.x nnn" */
  CODE_END,  /* a space, or the end of the line where servers leave it out */
  REASON,    /* up to CR */
  LINE,      /* first byte of a header line */
  NAME,      /* up to ':' */
  VALUE,     /* up to CR */
  SIZE,      /* hex digits of a chunk size */
  SIZE_OWS,  /* white space before a chunk extension */
  EXTENSION, /* up to CR */
  DATA_END,  /* CR after a chunk's data */
  LF,        /* after any CR; `next` says what it ends */
  HEAD_END,  /* as a `next` only: the empty line, and the line of a chunk size */
  SIZE_END,
  BODY,  /* `left` bytes */
  CHUNK, /* `left` bytes, then DATA_END */
  UNTIL_EOF,
  DONE
};

enum { HAS_LENGTH = 1, CHUNKED = 2, CLOSE = 4, OLD = 8, TRAILER = 16 };

enum { OTHER, LENGTH, CODING, CONNECTION, KEEP };

#define NUMBER_MAX 0x0fffffff
#define STATUS_SIZE 12

static void start(moat_http *h) {
  memset(h->kept_values, 0, sizeof h->kept_values);
  h->held = h->kept = 0;
  h->state = STATUS;
  h->name_size = h->flags = 0;
  h->status = 0;
}

void moat__http_init(moat_http *h, char *buffer, size_t size, size_t limit,
                     const char *const *keep_headers) {
  memset(h, 0, sizeof *h);
  h->buffer = buffer;
  h->size = size;
  h->limit = limit;
  h->keep_headers = keep_headers;
  start(h);
}

char *moat__http_body(const moat_http *h) {
  return h->buffer + h->kept;
}

char *moat__http_at(const moat_http *h) {
  return h->buffer + h->kept + h->held;
}

size_t moat__http_room(const moat_http *h) {
  return h->size - h->kept - h->held;
}

int moat__http_status(const moat_http *h) {
  bool body = h->state >= SIZE || h->flags & TRAILER;
  return body ? h->status : 0;
}

bool moat__http_closes(const moat_http *h) {
  return (h->flags & (CLOSE | OLD)) != 0;
}

static int space(moat_http *h, size_t body) {
  h->needed = body ? body + h->kept + (h->size - h->limit) : 0;
  return MOAT_E_SPACE;
}

moat_span moat__http_kept(const moat_http *h, unsigned index) {
  return h->kept_values[index];
}

/* ---- The status line ---- */

static int status_end(moat_http *h) {
  static const char version[] = "HTTP/1.";
  const char *p = h->name;
  int32_t status = moat__number((moat_span){p + 9, 3}, 599);
  if (memcmp(p, version, sizeof version - 1) != 0 || (p[7] != '0' && p[7] != '1') || p[8] != ' ' ||
      status < 100)
    return MOAT_E_HTTP;
  if (p[7] == '0') h->flags |= OLD;
  h->status = (uint16_t)status;
  h->state = CODE_END;
  return 0;
}

static int status_byte(moat_http *h, char c) {
  h->name[h->name_size++] = c;
  return h->name_size < STATUS_SIZE ? 0 : status_end(h);
}

/* ---- Header lines and trailers ---- */

static bool is_token(char c) {
  char lower = moat__lower(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool name_is(const moat_http *h, const char *name) {
  return moat_span_equal(moat_str(name), (moat_span){h->name, h->name_size});
}

static uint8_t field_of(const moat_http *h) {
  if (h->flags & TRAILER || h->name_size > sizeof h->name) return OTHER;
  if (name_is(h, "content-length")) return LENGTH;
  if (name_is(h, "transfer-encoding")) return CODING;
  if (name_is(h, "connection")) return CONNECTION;
  for (uint8_t i = 0; i < MOAT_KEPT_MAX && h->keep_headers && h->keep_headers[i]; i++)
    if (name_is(h, h->keep_headers[i])) return (uint8_t)(KEEP + i);
  return OTHER;
}

/* White space is in no name, so neither obs-fold nor a space before ':' gets past this. */
static int name_byte(moat_http *h, char c) {
  if (h->state == LINE) h->name_size = 0;
  if (c == ':' && h->state == NAME) {
    h->field = field_of(h);
    h->state = VALUE;
    return 0;
  }
  if (!is_token(c)) return MOAT_E_HTTP;
  h->state = NAME;
  if (h->name_size < sizeof h->name) h->name[h->name_size] = moat__lower(c);
  if (h->name_size <= sizeof h->name) h->name_size++;
  return 0;
}

/* Values that matter are gathered at the front, behind those that are kept. */
static int value_byte(moat_http *h, char c) {
  if (h->field == OTHER || (!h->held && (c == ' ' || c == '\t'))) return 0;
  if (h->held + h->kept >= h->limit) return space(h, 0);
  *moat__http_at(h) = c;
  h->held++;
  return 0;
}

static moat_span trim(const char *p, size_t n) {
  while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
    n--;
  while (n && (*p == ' ' || *p == '\t')) {
    p++;
    n--;
  }
  return (moat_span){p, n};
}

/* RFC 9112 6.3: digits and nothing else; the same length twice does no harm, another one does. */
static int length_value(moat_http *h, moat_span value) {
  int32_t n = moat__number(value, NUMBER_MAX);
  if (n < 0 || (h->flags & HAS_LENGTH && h->left != (uint32_t)n)) return MOAT_E_HTTP;
  h->left = (uint32_t)n;
  h->flags |= HAS_LENGTH;
  return 0;
}

static int coding_value(moat_http *h, moat_span value) {
  if (h->flags & CHUNKED || !moat__equal_nocase(value, MOAT__LIT("chunked"))) return MOAT_E_HTTP;
  h->flags |= CHUNKED;
  return 0;
}

static int connection_value(moat_http *h, moat_span value) {
  while (value.n) {
    moat_span word = moat__take(&value, ',');
    if (moat__equal_nocase(trim(word.p, word.n), MOAT__LIT("close"))) h->flags |= CLOSE;
  }
  return 0;
}

static int value_end(moat_http *h) {
  if (h->field == OTHER) return 0; /* a trailer, too: the body is held by then */
  moat_span value = trim(moat__http_body(h), h->held);
  h->held = 0;
  switch (h->field) {
  case LENGTH: return length_value(h, value);
  case CODING: return coding_value(h, value);
  case CONNECTION: return connection_value(h, value);
  default: break;
  }
  if (!h->kept_values[h->field - KEEP].p) { /* of several the first */
    h->kept_values[h->field - KEEP] = value;
    h->kept += value.n;
  }
  return 0;
}

static int begin_chunk(moat_http *h) {
  h->state = SIZE;
  h->name_size = 0;
  h->left = 0;
  return 0;
}

/* How long the body is: RFC 9112 6.3, refusing what two readers could take in two ways. */
static int head_end(moat_http *h) {
  bool length = (h->flags & HAS_LENGTH) != 0;
  h->state = DONE;
  if (h->flags & TRAILER) return 0;
  if (h->flags & CHUNKED && h->flags & (HAS_LENGTH | OLD)) return MOAT_E_HTTP;
  if (h->status == 101) return MOAT_E_HTTP; /* nobody asked to change the protocol */
  if (h->status < 200) {
    start(h);
  } else if (h->status != 204 && h->status != 304) {
    if (h->flags & CHUNKED) return begin_chunk(h);
    if (length && h->left + h->kept > h->limit) return space(h, h->left);
    if (!length) h->flags |= CLOSE;
    if (!length || h->left) h->state = length ? BODY : UNTIL_EOF;
  }
  return 0;
}

/* ---- Chunked framing ---- */

static int size_byte(moat_http *h, char c) {
  int v = moat__hex(c);
  if (h->state == SIZE && v >= 0) {
    h->name_size = 1;
    if (h->left > NUMBER_MAX >> 4) return space(h, 0);
    h->left = h->left << 4 | (uint32_t)v;
    return 0;
  }
  if (!h->name_size || (c != ';' && c != ' ' && c != '\t')) return MOAT_E_HTTP;
  h->state = c == ';' ? EXTENSION : SIZE_OWS;
  return 0;
}

static int size_end(moat_http *h) {
  h->state = h->left ? CHUNK : LINE;
  if (!h->left) h->flags |= TRAILER;
  return h->held + h->left + h->kept > h->limit ? space(h, h->held + h->left) : 0;
}

/* ---- Feeding ---- */

static int carriage_return(moat_http *h) {
  int r = 0;
  switch (h->state) {
  case CODE_END:
  case REASON: h->next = LINE; break;
  case LINE: h->next = HEAD_END; break;
  case VALUE:
    h->next = LINE;
    r = value_end(h);
    break;
  case SIZE: r = h->name_size ? 0 : MOAT_E_HTTP; /* fall through */
  case EXTENSION: h->next = SIZE_END; break;
  case DATA_END: h->next = SIZE; break;
  default: r = MOAT_E_HTTP;
  }
  h->state = LF;
  return r;
}

static int line_feed(moat_http *h) {
  h->state = h->next;
  if (h->next == HEAD_END) return head_end(h);
  if (h->next == SIZE_END) return size_end(h);
  return h->next == SIZE ? begin_chunk(h) : 0;
}

static int framing_byte(moat_http *h, char c) {
  if (h->state == LF) return c == '\n' ? line_feed(h) : MOAT_E_HTTP;
  if (c == '\r') return carriage_return(h);
  if (((uint8_t)c < 0x20 && c != '\t') || c == 0x7f) return MOAT_E_HTTP;
  switch (h->state) {
  case STATUS: return status_byte(h, c);
  case CODE_END: h->state = REASON; return c == ' ' ? 0 : MOAT_E_HTTP;
  case LINE:
  case NAME: return name_byte(h, c);
  case VALUE: return value_byte(h, c);
  case SIZE:
  case SIZE_OWS: return size_byte(h, c);
  case DATA_END: return MOAT_E_HTTP;
  default: return 0; /* a reason or an extension says nothing */
  }
}

/* Moves up to n bytes of body down to the front; how many of them it took. */
static size_t body_bytes(moat_http *h, const char *p, size_t n) {
  if (h->state != UNTIL_EOF && n > h->left) n = h->left;
  memmove(moat__http_at(h), p, n);
  h->held += n;
  if (h->state == UNTIL_EOF) return n;
  h->left -= (uint32_t)n;
  if (!h->left) h->state = h->state == BODY ? DONE : DATA_END;
  return n;
}

int moat__http_feed(moat_http *h, size_t n, size_t *unread) {
  const char *p = moat__http_at(h), *end = p + n;
  while (p < end && h->state != DONE) {
    if (h->state >= BODY) {
      p += body_bytes(h, p, (size_t)(end - p));
      if (h->held + h->kept > h->limit) return space(h, 0);
      continue;
    }
    if (++h->head_bytes > MOAT_HTTP_HEAD_MAX) return space(h, 0);
    int r = framing_byte(h, *p++);
    if (r < 0) return r;
  }
  *unread = (size_t)(end - p);
  return h->state == DONE;
}

int moat__http_eof(moat_http *h) {
  if (h->state == UNTIL_EOF) h->state = DONE;
  return h->state == DONE ? 1 : MOAT_E_EOF;
}
