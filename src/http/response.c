/* Reads a response as it arrives. The result does not depend on how the bytes are split. Framing
 * that two readers could read differently is refused. */
#include "http.h"

#include <string.h>

#include "../text/text.h"
#include "response_fields.h"

enum {
  STATUS,    /* "HTTP/1.x nnn" */
  CODE_END,  /* a space, or the end of the line if the server omits it */
  REASON,    /* up to CR */
  LINE,      /* first byte of a header line */
  NAME,      /* up to ':' */
  VALUE,     /* up to CR */
  FOLD,      /* first byte of the next line: white space continues the value */
  SIZE,      /* first hex digit of a chunk size */
  DIGITS,    /* the other ones */
  SIZE_OWS,  /* white space before a chunk extension */
  EXTENSION, /* up to CR */
  DATA_END,  /* CR after a chunk's data */
  LF,        /* after any CR; `next` is the state that follows */
  HEAD_END,  /* used only in `next`: after the empty line, and after a chunk size */
  SIZE_END,
  BODY,  /* `left` bytes */
  CHUNK, /* `left` bytes, then DATA_END */
  UNTIL_EOF,
  DONE
};

_Static_assert(MOAT_HTTP_DROP_MAX > 0, "the first byte of a 2xx has to be read");

static void start(moat_http *h) {
  memset(h, 0, offsetof(moat_http, buffer));
}

void moat__http_init(moat_http *h, char *buffer, size_t size, size_t limit,
                     const char *const *keep_headers) {
  *h = (moat_http){.buffer = buffer, .size = size, .limit = limit, .keep_headers = keep_headers};
}

char *moat__http_at(const moat_http *h) {
  return h->buffer + h->kept + h->held;
}

size_t moat__http_room(const moat_http *h) {
  return h->size - h->kept - h->held;
}

int moat__http_status(const moat_http *h) {
  return h->past_head ? h->status : 0;
}

static size_t body_room(const moat_http *h) {
  return h->limit - h->kept - h->held;
}

/* ---- What does not fit ---- */

static void finish_dropped(moat_http *h) {
  h->past_head = h->dropped = h->closes = true;
  h->held = 0;
  h->state = DONE;
}

/* The head, the line of a chunk size, the trailers, or a needed header value is too long. Trailers
 * do not matter, and the answer before them is whole: a refresh token in it must not be lost. */
static int framing_too_long(moat_http *h) {
  if (h->in_trailers) {
    h->closes = true;
    h->state = DONE;
    return 0;
  }
  if (!h->status_decides) return MOAT_E_SPACE;
  finish_dropped(h);
  return 0;
}

/* Judges a 2xx that does not fit by its first byte, after white space or a byte order mark. JSON
 * begins with '{'. Anything else is a page or the plain text of a portal, which is a passing
 * trouble. A form is never that long. */
static int judge_byte(moat_http *h, char c) {
  if (h->status_decides || memchr("\xef\xbb\xbf \t\r\n", c, 7)) return 0;
  h->status_decides = c != '{';
  return h->status_decides ? 0 : MOAT_E_SPACE;
}

/* A dropped body is read to its end to keep the connection. That is pointless if the connection
 * closes anyway, and too expensive if much is left. A 2xx is always read up to its first byte. */
static void give_up(moat_http *h) {
  uint32_t droppable = MOAT_HTTP_DROP_MAX - h->discarded;
  if (droppable && !h->status_decides) return;
  if (h->closes || h->left > droppable) finish_dropped(h);
}

/* Announces n more bytes of the body. The body is dropped if they do not fit the buffer. */
static int expect_bytes(moat_http *h, uint32_t n) {
  int r = 0;
  if (!h->dropped) {
    if (n <= body_room(h)) return 0;
    h->dropped = true;
    h->needed = h->size - body_room(h);
    for (size_t i = 0; i < h->held && r == 0; i++)
      r = judge_byte(h, moat__http_body(h)[i]);
    h->held = 0;
  }
  h->needed += n;
  if (h->needed < n) h->needed = SIZE_MAX;
  give_up(h);
  return r;
}

/* ---- The status line ---- */

/* A 0 in the pattern stands for any digit: one of the version, and three of the status. */
static int status_byte(moat_http *h, char c) {
  char expected = "HTTP/1.0 000"[h->name_size++];
  if (expected != '0') return c == expected ? 0 : MOAT_E_HTTP;
  if (c < '0' || c > '9') return MOAT_E_HTTP;
  h->status = (uint16_t)(h->status * 10 + (c - '0'));
  if (h->name_size < 12) return 0;
  h->old = h->closes = h->status < 1000;
  if (!h->old) h->status = (uint16_t)(h->status - 1000);
  h->status_decides = h->status >= 300;
  h->name_size = 0;
  h->state = CODE_END;
  return h->status >= 100 && h->status < 1000 ? 0 : MOAT_E_HTTP;
}

/* ---- Header lines and trailers ---- */

static bool is_token(char c) {
  return moat__is_alphanumeric(c) || strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

/* No name has white space. So a line folded onto the status line is refused here, and so is a space
 * before ':'. A name that is too long becomes one character longer than any name that is looked
 * for. */
static int name_byte(moat_http *h, char c) {
  if (c == ':' && h->name_size) {
    h->field = moat__field(h);
    h->name_size = 0;
    h->state = VALUE;
    return 0;
  }
  h->state = NAME;
  h->name[h->name_size] = c;
  if (h->name_size < sizeof h->name - 1) h->name_size++;
  return is_token(c) ? 0 : MOAT_E_HTTP;
}

/* Needed values are gathered at the front of the buffer, after the kept ones. */
static int value_byte(moat_http *h, char c) {
  if (h->field == MOAT__FIELD_OTHER || (!h->held && moat__is_space(c))) return 0;
  if (!body_room(h)) return framing_too_long(h);
  *moat__http_at(h) = moat__is_space(c) ? ' ' : c;
  h->held++;
  return 0;
}

static int value_end(moat_http *h) {
  /* A trailer is not looked at either: the body is in the buffer by then. */
  if (h->field == MOAT__FIELD_OTHER) return 0;
  return moat__field_value(h);
}

/* RFC 9112 5.2: a line that begins with white space continues the previous value. Spaces join the
 * two. */
static int unfold(moat_http *h, char c) {
  h->state = moat__is_space(c) ? VALUE : LINE;
  return h->state == LINE ? value_end(h) : 0;
}

/* Finds the length of the body (RFC 9112 6.3). Framing that two readers could read differently is
 * refused. */
static int head_end(moat_http *h) {
  h->state = DONE;
  if (h->past_head) return 0;
  if (h->chunked && (h->has_length || h->old)) return MOAT_E_HTTP;
  if (h->status == 101) return MOAT_E_HTTP; /* nobody asked to change the protocol */
  if (h->status < 200) {
    start(h);
    return 0;
  }
  h->past_head = true;
  h->framing_bytes = 0;
  if (!moat__has_body(h)) return 0;
  if (h->chunked) {
    h->state = SIZE;
    return 0;
  }
  if (!h->has_length) {
    h->left = UINT32_MAX;
    h->state = UNTIL_EOF;
    return 0;
  }
  if (h->left) h->state = BODY;
  return expect_bytes(h, h->left);
}

/* ---- Chunked framing ---- */

static int size_byte(moat_http *h, char c) {
  int v = moat__hex(c);
  if (v >= 0 && h->state <= DIGITS) {
    bool fits = h->left <= UINT32_MAX >> 4;
    h->state = DIGITS;
    h->left = fits ? h->left << 4 | (uint32_t)v : UINT32_MAX;
    return fits || h->status_decides ? 0 : MOAT_E_HTTP;
  }
  if (h->state == SIZE || (c != ';' && !moat__is_space(c))) return MOAT_E_HTTP;
  h->state = c == ';' ? EXTENSION : SIZE_OWS;
  return 0;
}

static int size_end(moat_http *h) {
  h->state = h->left ? CHUNK : LINE;
  h->in_trailers = !h->left;
  h->framing_bytes = 0;
  return expect_bytes(h, h->left);
}

/* ---- Feeding ---- */

static int carriage_return(moat_http *h) {
  /* The state after a line that ends in this state; 0 if no line may end here. */
  static const uint8_t next[] = {
      [CODE_END] = LINE,   [REASON] = LINE,        [LINE] = HEAD_END, [VALUE] = FOLD,
      [DIGITS] = SIZE_END, [EXTENSION] = SIZE_END, [DATA_END] = SIZE};
  h->next = next[h->state];
  h->state = LF;
  return h->next ? 0 : MOAT_E_HTTP;
}

static int line_feed(moat_http *h) {
  h->state = h->next;
  if (h->next == HEAD_END) return head_end(h);
  return h->next == SIZE_END ? size_end(h) : 0;
}

static int framing_byte(moat_http *h, char c) {
  if (++h->framing_bytes > MOAT_HTTP_HEAD_MAX) return framing_too_long(h);
  if (h->state == LF) return c == '\n' ? line_feed(h) : MOAT_E_HTTP;
  int r = h->state == FOLD ? unfold(h, c) : 0;
  if (r < 0) return r;
  if (c == '\r') return carriage_return(h);
  if (((uint8_t)c < 0x20 && c != '\t') || c == 0x7f) return MOAT_E_HTTP;
  switch (h->state) {
  case STATUS: return status_byte(h, c);
  case CODE_END: h->state = REASON; return c == ' ' ? 0 : MOAT_E_HTTP;
  case LINE:
  case NAME: return name_byte(h, c);
  case VALUE: return value_byte(h, c);
  case SIZE:
  case DIGITS:
  case SIZE_OWS: return size_byte(h, c);
  case DATA_END: return MOAT_E_HTTP;
  default: return 0; /* the text of a reason or an extension does not matter */
  }
}

/* Takes some of the n bytes of the body, and moves them to the front or drops them. It takes single
 * bytes while it looks for the first byte of a dropped 2xx. So the answer ends at the same byte
 * however it arrives. */
static int body_bytes(moat_http *h, const char **p, size_t n) {
  int r = 0;
  if (n > h->left) n = h->left;
  if (!h->dropped) {
    if (n > body_room(h)) n = body_room(h);
    if (!n) return expect_bytes(h, 1);
    memmove(moat__http_at(h), *p, n);
    h->held += n;
  } else {
    if (!h->status_decides) n = 1;
    r = judge_byte(h, **p);
    h->discarded += (uint32_t)n;
  }
  *p += n;
  h->left -= (uint32_t)n;
  if (!h->left) h->state = h->state == CHUNK ? DATA_END : DONE;
  if (h->dropped) give_up(h);
  return r;
}

/* Most of a head is values that nobody asked for. Their bytes need no state machine. */
static const char *skip_value(moat_http *h, const char *p, const char *end) {
  const char *start = p;
  size_t room = MOAT_HTTP_HEAD_MAX - h->framing_bytes;
  if ((size_t)(end - p) > room) end = p + room;
  while (p < end && ((uint8_t)*p >= ' ' || *p == '\t') && *p != 0x7f)
    p++;
  h->framing_bytes += (uint32_t)(p - start);
  return p;
}

/* Decoding moves bytes down and leaves a second copy of the last ones, which is wiped. */
int moat__http_feed(moat_http *h, size_t n, size_t *unread) {
  const char *p = moat__http_at(h), *end = p + n;
  int r = 0;
  while (p < end && r == 0 && h->state != DONE) {
    if (h->state == VALUE && h->field == MOAT__FIELD_OTHER) p = skip_value(h, p, end);
    if (p < end)
      r = h->state >= BODY ? body_bytes(h, &p, (size_t)(end - p)) : framing_byte(h, *p++);
  }
  *unread = (size_t)(end - p);
  moat_wipe(moat__http_at(h), (size_t)(end - moat__http_at(h)));
  return r < 0 ? r : h->state == DONE;
}

int moat__http_eof(moat_http *h) {
  bool decided = h->dropped && h->status_decides;
  h->closes = true;
  return decided || h->state == UNTIL_EOF ? 1 : MOAT_E_EOF;
}
