/* An incremental reader of one HTTP/1.1 response (RFC 9112), in place in the buffer it is lent.
 *
 * Received bytes go behind the decoded ones and are fed; decoding moves them down to those and
 * never overtakes them. Headers are judged as they pass and forgotten, whatever their length, but
 * for those asked for. */
#ifndef MOAT_HTTP_H
#define MOAT_HTTP_H

#include "moat/moat.h"

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
 * MOAT_E_HTTP, MOAT_E_SPACE. */
MOAT_NODISCARD int moat__http_feed(moat_http *h, size_t n, size_t *unread);

/* The stream ended in order. 1: complete; MOAT_E_EOF: too early. */
MOAT_NODISCARD int moat__http_eof(moat_http *h);

/* The status, once the head of the final answer was read; 0 before. */
int moat__http_status(const moat_http *h);

/* No other answer can follow on this connection. */
static inline bool moat__http_closes(const moat_http *h) {
  return h->closes;
}

/* The value of keep_headers[index], absent if it did not come; of several the first. */
static inline moat_span moat__http_kept(const moat_http *h, unsigned index) {
  return h->kept_values[index];
}

#endif
