/* HTTP/1.1 (RFC 9112): the request that every token request is, and an incremental reader of one
 * response, in place in the buffer it is lent.
 *
 * Received bytes go behind the decoded ones and are fed; decoding moves them down to those and
 * never overtakes them. Headers are judged as they pass and forgotten, whatever their length, but
 * for those asked for. */
#ifndef MOAT__HTTP_H
#define MOAT__HTTP_H

#include "../text/text.h"

/* Room to read framing into when the body fills the buffer up to its limit. */
#define MOAT__HTTP_ROOM 16

/* `limit` is the most that the body and the kept headers may take together; at least
 * MOAT__HTTP_ROOM below `size`. */
void moat__http_init(moat_http *h, char *buffer, size_t size, size_t limit,
                     const char *const *keep_headers);

/* The body so far: h->held bytes. */
static inline char *moat__http_body(const moat_http *h) {
  return h->buffer + h->kept;
}

/* Where to receive to, and how much fits: never 0 before the answer is complete. */
char *moat__http_at(const moat_http *h);
size_t moat__http_room(const moat_http *h);

/* Takes n bytes received there. 1: complete, with *unread bytes after it; 0: more is needed; or
 * MOAT_E_HTTP, or MOAT_E_SPACE for a 2xx that does not fit. Any other answer that does not fit is
 * complete without its body, and so is a 2xx whose body does not begin like JSON. */
MOAT_NODISCARD int moat__http_feed(moat_http *h, size_t n, size_t *unread);

/* The stream ended in order. 1: complete, as a body that is dropped is; MOAT_E_EOF: too early. */
MOAT_NODISCARD int moat__http_eof(moat_http *h);

/* The status, once the head of the final answer was read; 0 before. */
int moat__http_status(const moat_http *h);

/* A byte of the answer has come, be it of an interim one. */
static inline bool moat__http_begun(const moat_http *h) {
  return h->past_head || h->framing_bytes;
}

/* The body did not fit and was dropped. h->needed is the size of buffer that would have done or,
 * where the answer does not say how long it is, the least that it could be. */
static inline bool moat__http_dropped(const moat_http *h) {
  return h->dropped;
}

/* No other answer can follow on this connection. */
static inline bool moat__http_closes(const moat_http *h) {
  return h->closes;
}

/* The value of keep_headers[index], absent if it did not come; of several the first. */
static inline moat_span moat__http_kept(const moat_http *h, unsigned index) {
  return h->kept_values[index];
}

/* ---- The request, and client authentication within it ---- */

struct moat_auth_ops {
  /* Header lines, each with its CR LF; NULL: none. */
  void (*header)(const moat_auth *a, moat_writer *w);
  /* Form fields; NULL: none. */
  void (*form)(const moat_auth *a, moat_writer *w);
  bool secret; /* whether client_secret is needed; without, it must be absent */
};

/* The head, and the fields of `auth`; fields of the grant follow, then the end, which puts the
 * length of the body in its place. */
void moat__post_begin(moat_writer *w, const moat_endpoint *e, const moat_auth *auth);
void moat__post_end(moat_writer *w);

/* "Authorization: Basic " with what was written from `start` on encoded in place. */
void moat__base64_from(moat_writer *w, size_t start);

/* ---- Retry-After ---- */

/* Retry-After (RFC 9110 10.2.3) in seconds: an integer, a fraction (rounded up, one provider sends
 * them), or a date, counted from the answer's own Date so that no clock is needed. 0 for anything
 * else; MOAT_RETRY_AFTER_MAX at most. */
uint32_t moat__retry_after(moat_span value, moat_span date);

#endif
